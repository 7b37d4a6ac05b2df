//! Handlers of Lambda@Edge in the shapes that real code has, and the hooks that come out of them, in the text form.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use edge::{HookPoint, Program, print, verify};
use source::Sources;
use symex::{Function, Host, evaluate};

fn hook_at(text: &str, point: HookPoint, origin: Option<&'static str>) -> String {
    let mut sources = Sources::new();
    let file = sources.add("index.js", text);
    let kind = if text.contains("export ") { front_js::Kind::Module } else { front_js::Kind::Script };
    let module = match front_js::parse(file, &sources, kind) {
        Ok(module) => module,
        Err(wrong) => return format!("{wrong:?}"),
    };
    let mut program = Program::default();
    let function = Function {
        name: Arc::from("f"),
        entry: &module,
        modules: &BTreeMap::new(),
        resolve: &|_, _| None,
        host: Host::LambdaEdge,
        handler: "handler",
        forwarded: None,
        origin,
        point: Some(point),
        instances: &HashMap::new(),
    };
    let evaluated = evaluate(&mut program, &function);
    assert!(evaluated.has_handler);
    program.hooks.push(evaluated.hook);
    assert_eq!(verify(&program), Vec::new());
    print(&program.store, &program.hooks)
}

fn assert_at(point: HookPoint, source: &str, expected: &str) {
    let got = hook_at(source, point, Some("custom"));
    assert_eq!(got.trim(), expected.trim(), "\n--- got\n{got}");
}

const REWRITE: &str = "origin_request f\n  path when ends_with(path, \"/\") := concat(path, \"index.html\")";

#[test]
fn every_shape_of_a_handler_is_found() {
    let body =
        "const request = event.Records[0].cf.request;\n  if (request.uri.endsWith('/')) request.uri += 'index.html';\n";
    for source in [
        format!("exports.handler = async (event) => {{ {body} return request; }};"),
        format!("module.exports.handler = async function (event, context) {{ {body} return request; }};"),
        format!("module.exports = {{ handler }};\nasync function handler(event) {{ {body} return request; }}"),
        format!("exports.handler = (event, context, callback) => {{ {body} callback(null, request); }};"),
        format!("exports.handler = (event, context, callback) => {{ {body} return callback(null, request); }};"),
        format!("exports.handler = function (event, context) {{ {body} context.succeed(request); }};"),
        format!("exports.handler = function (event, context) {{ {body} context.done(null, request); }};"),
        format!("exports.handler = (event) => {{ {body} return Promise.resolve(request); }};"),
        format!("export const handler = async (event) => {{ {body} return request; }};"),
        format!("export async function handler(event) {{ {body} return request; }}"),
        format!("const handler = async (event) => {{ {body} return request; }};\nexport {{ handler }};"),
    ] {
        let got = hook_at(&source, HookPoint::OriginRequest, None);
        assert_eq!(got.trim(), REWRITE, "{source}\n--- got\n{got}");
    }
}

#[test]
fn a_generated_response_is_an_exit() {
    assert_at(
        HookPoint::ClientRequest,
        r#"'use strict';
        exports.handler = (event, context, callback) => {
            const request = event.Records[0].cf.request;
            const host = request.headers.host[0].value;
            if (host === 'www.example.com') {
                const response = {
                    status: '301',
                    statusDescription: 'Moved Permanently',
                    headers: { location: [{ key: 'Location', value: 'https://example.com' + request.uri }] },
                };
                callback(null, response);
                return;
            }
            callback(null, request);
        };"#,
        "client_request f\n  when eq(host, \"www.example.com\") => redirect 301 concat(\"https://example.com\", path)",
    );
}

#[test]
fn the_first_of_two_callbacks_counts() {
    assert_at(
        HookPoint::ClientRequest,
        r#"exports.handler = (event, context, callback) => {
            const request = event.Records[0].cf.request;
            if (request.uri === '/gone') {
                callback(null, { status: 410, body: 'gone' });
            }
            callback(null, request);
        };"#,
        "client_request f\n  when eq(path, \"/gone\") => respond 410 some(\"gone\")",
    );
}

#[test]
fn response_headers_are_lists_of_lines() {
    assert_at(
        HookPoint::OriginResponse,
        r#"exports.handler = async (event) => {
            const response = event.Records[0].cf.response;
            const headers = response.headers;
            headers['strict-transport-security'] = [{ key: 'Strict-Transport-Security', value: 'max-age=63072000' }];
            delete headers['x-powered-by'];
            if (response.status === '404') {
                response.status = '200';
            }
            return response;
        };"#,
        "origin_response f\n  status when int.eq(status, 404) := 200\n  response.header(\"strict-transport-security\") when true := list.push(list.empty(), \"max-age=63072000\")\n  response.header(\"x-powered-by\") when true := list.empty()",
    );
}

#[test]
fn an_origin_is_changed_in_place() {
    assert_at(
        HookPoint::OriginRequest,
        r#"exports.handler = async (event) => {
            const request = event.Records[0].cf.request;
            const country = request.headers['cloudfront-viewer-country'];
            if (country && country[0].value === 'DE') {
                request.origin.custom.domainName = 'eu.example.com';
                request.headers.host = [{ key: 'host', value: 'eu.example.com' }];
            }
            return request;
        };"#,
        "origin_request f\n  %1 = and(present(visitor(\"country\")), eq(or(visitor(\"country\"), \"\"), \"DE\"))\n  origin.host when %1 := some(\"eu.example.com\")\n  origin.host_header when %1 := some(\"eu.example.com\")",
    );
}

#[test]
fn an_origin_is_replaced() {
    assert_at(
        HookPoint::OriginRequest,
        r#"exports.handler = async (event) => {
            const request = event.Records[0].cf.request;
            if (request.uri.startsWith('/blog/')) {
                request.origin = {
                    custom: {
                        domainName: 'blog.example.com', port: 443, protocol: 'https', path: '',
                        sslProtocols: ['TLSv1.2'], readTimeout: 30, keepaliveTimeout: 5, customHeaders: {},
                    },
                };
                request.headers['host'] = [{ key: 'Host', value: 'blog.example.com' }];
            }
            return request;
        };"#,
        "origin_request f\n  %1 = starts_with(path, \"/blog/\")\n  origin.host when %1 := some(\"blog.example.com\")\n  origin.host_header when %1 := some(\"blog.example.com\")",
    );
}

#[test]
fn a_status_is_compared_in_every_way() {
    for condition in [
        "response.status === '503'",
        "response.status == 503",
        "Number(response.status) === 503",
        "parseInt(response.status, 10) === 503",
        "parseInt(response.status) == '503'",
    ] {
        let source = format!(
            "exports.handler = async (event) => {{
                const response = event.Records[0].cf.response;
                if ({condition}) response.headers['retry-after'] = [{{ key: 'Retry-After', value: '30' }}];
                return response;
            }};"
        );
        let got = hook_at(&source, HookPoint::OriginResponse, None);
        let wanted = "origin_response f\n  response.header(\"retry-after\") when int.eq(status, 503) := list.push(list.empty(), \"30\")";
        assert_eq!(got.trim(), wanted, "{condition}");
    }
    let source = "exports.handler = async (event) => {
        const response = event.Records[0].cf.response;
        if (response.status >= 400 && response.status <= '499') response.status = 404;
        return response;
    };";
    let got = hook_at(source, HookPoint::OriginResponse, None);
    assert!(got.contains("int.le(400, status)"), "{got}");
}

#[test]
fn an_extension_is_a_pattern() {
    for import in ["const path = require('path');", "import * as path from 'node:path';\nexport {};"] {
        let source = format!(
            "{import}
            {} = async (event) => {{
                const request = event.Records[0].cf.request;
                if (!path.extname(request.uri)) request.uri = '/index.html';
                return request;
            }};",
            if import.contains("export") { "export const handler" } else { "exports.handler" }
        );
        let got = hook_at(&source, HookPoint::OriginRequest, None);
        let wanted = r#"origin_request f
  path when not(js.matches(path, "[^\\/]\\.[^.\\/]*\\/*$", "")) := "/index.html""#;
        assert_eq!(got.trim(), wanted);
    }
}

#[test]
fn lines_after_the_first_are_not_taken_for_absent() {
    let bodies = [
        "for (let i = 0; i < h.cookie.length; i++) { if (h.cookie[i].value === 'a=b') { request.uri = '/b'; } }",
        "if (h.cookie.length > 1) { request.uri = '/b'; }",
        "if (h.cookie[1]) { request.uri = '/b'; }",
        "if (h.cookie.some((it) => it.value === 'a=b')) { request.uri = '/b'; }",
    ];
    for body in bodies {
        let source = format!(
            "exports.handler = async (event) => {{ const request = event.Records[0].cf.request; const h = request.headers; if (h.cookie) {{ {body} }} return request; }};"
        );
        let hook = hook_at(&source, HookPoint::ClientRequest, None);
        assert!(hook.contains("code"), "what reads further lines stays code: {body}\n{hook}");
    }
}

#[test]
fn what_a_callback_was_handed_may_still_change() {
    let source = "exports.handler = (event, context, callback) => {
        const response = { status: '200', headers: {}, body: 'hello' };
        callback(null, response);
        response.status = '500';
    };";
    let got = hook_at(source, HookPoint::ClientRequest, None);
    assert!(got.contains("a write to what a callback may have been handed"), "{got}");
}
