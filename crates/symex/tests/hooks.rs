//! Handlers of real idioms and the hooks that come out of them, in the text form.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use edge::{Program, print, verify};
use source::Sources;
use symex::{Function, evaluate};

fn hook(text: &str) -> String {
    let mut sources = Sources::new();
    let file = sources.add("f.js", text);
    let module = match front_js::parse(file, &sources, front_js::Kind::Script) {
        Ok(module) => module,
        Err(wrong) => return format!("{wrong:?}"),
    };
    let mut program = Program::default();
    let function = Function {
        name: Arc::from("f"),
        entry: &module,
        modules: &BTreeMap::new(),
        resolve: &|_, _| None,
        host: symex::Host::CloudFrontFunctions,
        handler: "handler",
        forwarded: None,
        origin: None,
        point: None,
        instances: &HashMap::new(),
    };
    let evaluated = evaluate(&mut program, &function);
    program.hooks.push(evaluated.hook);
    assert_eq!(verify(&program), Vec::new());
    print(&program.store, &program.hooks)
}

fn assert_hook(source: &str, expected: &str) {
    let got = hook(source);
    assert_eq!(got.trim(), expected.trim(), "\n--- got\n{got}");
}

#[test]
fn one_if_is_one_redirect() {
    assert_hook(
        r#"function handler(event) {
            var request = event.request;
            if (request.uri === '/old') {
                return { statusCode: 301, statusDescription: 'Moved', headers: { location: { value: 'https://example.com/new' } } };
            }
            return request;
        }"#,
        "client_request f\n  when eq(path, \"/old\") => redirect 301 \"https://example.com/new\"",
    );
}

#[test]
fn index_rewrite_has_two_arms() {
    assert_hook(
        r#"function handler(event) {
            var request = event.request;
            var uri = request.uri;
            if (uri.endsWith('/')) { request.uri += 'index.html'; }
            else if (!uri.includes('.')) { request.uri += '/index.html'; }
            return request;
        }"#,
        r#"
client_request f
  %1 = ends_with(path, "/")
  path when %1 := concat(path, "index.html")
  path when and(not(%1), not(contains(path, "."))) := concat(path, "/index.html")
"#,
    );
}

#[test]
fn a_header_that_may_be_missing() {
    assert_hook(
        r#"function handler(event) {
            var request = event.request, headers = request.headers;
            var host = headers.host.value;
            if (host === 'example.com') {
                return { statusCode: 302, headers: { location: { value: 'https://www.example.com' + request.uri } } };
            }
            if (headers['x-a'] && headers['x-a'].value === 'b') { headers['x-c'] = { value: 'd' }; }
            if (!headers['authorization'] || headers.authorization.value !== 'Basic abc') {
                return { statusCode: 401, headers: { 'www-authenticate': { value: 'Basic' } } };
            }
            return request;
        }"#,
        r#"
client_request f
  when eq(host, "example.com") => redirect 302 concat("https://www.example.com", path)
  when or(not(present(header.first("authorization"))), not(eq(or(header.first("authorization"), ""), "Basic abc"))) => respond 401 absent response.header("www-authenticate") := list.push(list.empty(), "Basic")
  header("x-c") when and(present(header.first("x-a")), eq(or(header.first("x-a"), ""), "b")) := list.push(list.empty(), "d")
"#,
    );
}

#[test]
fn a_table_and_a_country() {
    assert_hook(
        r#"var map = { '/a': '/b', '/c': '/d' };
        const countries = { DE: 'de', FR: 'fr' };
        function handler(event) {
            const request = event.request;
            const to = map[request.uri];
            if (to) { return { statusCode: 301, headers: { location: { value: to } } }; }
            const c = request.headers['cloudfront-viewer-country'];
            if (c) {
                const lang = countries[c.value];
                if (lang && request.uri === '/') return redirect(`/${lang}/`);
            }
            return request;
        }
        function redirect(url) { return { statusCode: 302, headers: { location: { value: url } } }; }"#,
        r#"
client_request f
  %1 = or(table0(path), "")
  when and(present(table0(path)), not(eq(%1, ""))) => redirect 301 %1
  %2 = table1(or(visitor("country"), ""))
  %3 = or(%2, "")
  when and(present(visitor("country")), and(and(present(%2), not(eq(%3, ""))), eq(path, "/"))) => redirect 302 concat(concat("/", %3), "/")
table0
  "/a" => "/b"
  "/c" => "/d"
table1
  "DE" => "de"
  "FR" => "fr"
"#,
    );
}

#[test]
fn security_headers_on_the_response() {
    assert_hook(
        r#"function handler(event) {
            var response = event.response;
            var headers = response.headers;
            headers['strict-transport-security'] = { value: 'max-age=1' };
            if (!headers['x-frame-options']) headers['x-frame-options'] = { value: 'DENY' };
            delete headers.server;
            return response;
        }"#,
        r#"
client_response f
  response.header("server") when true := list.empty()
  response.header("strict-transport-security") when true := list.push(list.empty(), "max-age=1")
  response.header("x-frame-options") when not(present(response.header.first("x-frame-options"))) := list.push(list.empty(), "DENY")
"#,
    );
}

#[test]
fn helpers_with_early_returns_loops_and_switch() {
    assert_hook(
        r#"function lang(uri) {
            for (const l of ['de', 'fr']) { if (uri.startsWith('/' + l + '/')) return l; }
            return 'en';
        }
        function handler(event) {
            const { request } = event;
            switch (lang(request.uri)) {
                case 'de': request.headers['x-lang'] = { value: 'German' }; break;
                case 'fr': request.headers['x-lang'] = { value: 'French' };
                default: request.uri = '/x';
            }
            return request;
        }"#,
        r#"
client_request f
  %1 = starts_with(path, "/de/")
  %2 = not(%1)
  path when %2 := "/x"
  %3 = and(or(%1, and(starts_with(path, "/fr/"), %2)), %2)
  header("x-lang") when %3 := list.push(list.empty(), "French")
  header("x-lang") when and(not(%3), %1) := list.push(list.empty(), "German")
"#,
    );
}

#[test]
fn try_catch_and_unknown_calls() {
    assert_hook(
        r#"const crypto = require('crypto');
        function handler(event) {
            const request = event.request;
            if (request.uri === '/bot') return { statusCode: 403 };
            try {
                const t = request.querystring.token.value;
                if (crypto.createHash('sha256').update(t).digest('hex') !== 'abc') throw new Error('bad');
            } catch (e) {
                return { statusCode: 401, statusDescription: 'x' };
            }
            if (request.uri === '/old') return { statusCode: 301, headers: { location: { value: 'https://a/b' } } };
            return request;
        }"#,
        r#"
client_request f
  when eq(path, "/bot") => respond 403 absent
  %1 = not(present(arg.first("token")))
  %2 = and(present(arg.first("token")), code("update of a hash", 8))
  %3 = or(%1, %2)
  %4 = and(not(%3), code("a property of what is not understood", 10))
  when or(or(or(and(not(code("a comparison with what is not understood", 12)), not(or(%3, %4))), %4), %2), %1) => respond 401 absent
  when eq(path, "/old") => redirect 301 "https://a/b"
"#,
    );
}

#[test]
fn a_query_that_is_written_anew() {
    let shapes = [
        ("for (var k in qs) { parts.push(k + '=' + qs[k].value); }", "query.first"),
        ("for (const k of Object.keys(qs)) { parts.push(`${k}=${qs[k].value}`); }", "query.first"),
        ("Object.keys(qs).forEach(function (k) { parts.push(k + '=' + qs[k].value); });", "query.first"),
        ("parts = Object.entries(qs).map(([k, v]) => k + '=' + v.value);", "query.first"),
        (
            "for (var k in qs) { if (qs[k].multiValue) { qs[k].multiValue.forEach((v) => { parts.push(k + '=' + v.value); }); } else { parts.push(k + '=' + qs[k].value); } }",
            "query.every",
        ),
        (
            "Object.entries(qs).forEach(([k, v]) => { for (const it of v.multiValue || [v]) parts.push(k + '=' + it.value); });",
            "query.every",
        ),
    ];
    for (shape, function) in shapes {
        let source = format!(
            "function handler(event) {{
                var request = event.request; var qs = request.querystring; var parts = [];
                {shape}
                if (request.uri === '/old') {{
                    var to = '/new' + (parts.length > 0 ? '?' + parts.join('&') : '');
                    return {{ statusCode: 301, headers: {{ location: {{ value: to }} }} }};
                }}
                return request;
            }}"
        );
        let got = hook(&source);
        assert!(got.contains(&format!("{function}(or(query, \"\"))")) && !got.contains("code("), "{shape}\n{got}");
    }
    // What a turn does to one name, or to a value, is not what it does to all.
    for other in [
        "for (var k in qs) { if (k !== 'utm') parts.push(k + '=' + qs[k].value); }",
        "for (var k in qs) { if (qs[k].value) parts.push(k + '=' + qs[k].value); }",
        "for (var k in qs) { parts.push(k + '=' + encodeURIComponent(qs[k].value)); }",
        "for (var k in qs) { parts.push(k + '=' + qs[k].value); request.uri = '/x'; }",
        "parts.push('a=1'); for (var k in qs) { parts.push(k + '=' + qs[k].value); }",
        "for (var k in qs) { parts.push(k + '=' + qs[k].value); if (qs[k].value === 'x') break; }",
        "qs.b = { value: '1' }; for (var k in qs) { parts.push(k + '=' + qs[k].value); }",
    ] {
        let source = format!(
            "function handler(event) {{
                var request = event.request; var qs = request.querystring; var parts = [];
                {other}
                return {{ statusCode: 301, headers: {{ location: {{ value: '/new?' + parts.join('&') }} }} }};
            }}"
        );
        let got = hook(&source);
        assert!(got.contains("code(") && !got.contains("query."), "{other}\n{got}");
    }
}
