//! The vendor's documented events and outputs of Lambda@Edge, restated in `fixtures/platform/lambda-edge-events`, on every
//! engine; the order of the hooks; and how Lambda's runtime for node calls a handler.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    clippy::print_stderr,
    reason = "tests"
)]

mod published;

use std::collections::BTreeSet;

use interp::exchange::{Exchange, Outcome};
use published::{check, exchange, fixtures, text};
use serde_json::{Value, json};
use verify::cloudfront_edge::{CloudFrontEdge, Function};
use verify::counters::count;
use verify::engine::{CLOUDFRONT_FUNCTIONS, Engine, EngineError, EventKind, LAMBDA_EDGE, LegacyProgram, Module};
use verify::lambda_edge::{Forwarded, Names, Origin, OriginKind};
use verify::node::Node;
use verify::quickjs::QuickJs;

const HOOKS: [EventKind; 4] =
    [EventKind::ViewerRequest, EventKind::OriginRequest, EventKind::OriginResponse, EventKind::ViewerResponse];

fn program(event: EventKind, modules: &[(&str, &str)]) -> LegacyProgram {
    LegacyProgram {
        platform: LAMBDA_EDGE,
        event,
        modules: modules.iter().map(|(path, text)| Module { path: (*path).into(), text: (*text).into() }).collect(),
        ..LegacyProgram::default()
    }
}

/// The engines to compare. A missing node is a failure under CI and a printed skip otherwise.
fn engines() -> Vec<Box<dyn Engine>> {
    let always = QuickJs { always_fresh: true, ..QuickJs::default() };
    let mut list: Vec<Box<dyn Engine>> = vec![Box::new(QuickJs::default()), Box::new(always)];
    let node = Node::default();
    match node.load(&program(EventKind::ViewerRequest, &[("index.js", "exports.handler = async () => 1;")])) {
        Ok(_) => list.push(Box::new(node)),
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "{error}");
            eprintln!("skipped: {error}");
        }
    }
    list
}

fn names(value: &Value) -> Names {
    let set = |it: &Value| it.as_array().unwrap().iter().map(text).collect::<BTreeSet<String>>();
    match (&value["only"], &value["except"]) {
        (Value::Array(_), _) => Names::Only(set(&value["only"])),
        (_, Value::Array(_)) => Names::Except(set(&value["except"])),
        _ => Names::All,
    }
}

fn behavior(fixture: &Value) -> CloudFrontEdge {
    let forwarded = &fixture["forwarded"];
    let origin = &fixture["behavior_origin"];
    let mut edge = CloudFrontEdge::default();
    edge.forwarded = Forwarded {
        headers: names(&forwarded["headers"]),
        cookies: names(&forwarded["cookies"]),
        query: names(&forwarded["query"]),
        origin_sees_all: forwarded["origin_sees_all"] == true,
    };
    if origin.is_object() {
        let headers = origin["custom_headers"].as_array().into_iter().flatten();
        edge.origin = Origin {
            domain: origin["domain"].as_str().map(str::to_owned),
            path: text(&origin["path"]),
            custom_headers: headers.map(|it| (text(&it[0]), text(&it[1]))).collect(),
            ..Origin::default()
        };
        if let Some(region) = origin["region"].as_str() {
            edge.origin.kind = OriginKind::S3 { region: region.to_owned(), identity: origin["identity"] == true };
        }
    }
    edge
}

/// Runs the functions of a case, by the names of their hooks; a function of CloudFront Functions declares `handler` itself.
fn run(engine: &dyn Engine, fixture: &Value, functions: &Value) -> Outcome {
    let mut edge = behavior(fixture);
    for event in HOOKS {
        let Some(source) = functions[event.name()].as_str() else { continue };
        let mut program = program(event, &[("index.js", source)]);
        if source.starts_with("function handler") {
            program.platform = CLOUDFRONT_FUNCTIONS;
        }
        program.body = fixture["body"] == true;
        edge.attach(Function::load(engine, &program).unwrap());
    }
    edge.run_exchange(&exchange(fixture))
}

#[test]
fn engines_act_as_documented() {
    for engine in engines() {
        let mut count = 0;
        for (name, fixture) in fixtures("lambda-edge-events") {
            assert!(
                fixture["source"].as_str().is_some_and(|it| it.contains("read 20")),
                "{name}: no source with a date"
            );
            for (hook, event) in fixture["events"].as_object().into_iter().flatten() {
                count += 1;
                let place = format!("{} {name} {hook}", engine.name());
                // The event leaves as the body of an answer, or, where a hook makes none, in a header that any hook may set.
                let echo = if hook.ends_with("request") {
                    "exports.handler = async (event) => ({ status: '200', body: JSON.stringify(event) });"
                } else {
                    "exports.handler = async (event) => { const { response } = event.Records[0].cf; const said = JSON.stringify(event);
                      response.headers['x-event'] = [{ value: said }]; return response; };"
                };
                let outcome = run(&*engine, &fixture, &json!({ hook: echo }));
                let Outcome::Answered { response, .. } = outcome else { panic!("{place}: {outcome:?}") };
                let said = response.headers.first("x-event").map_or(response.body.clone(), |it| it.as_bytes().to_vec());
                let seen: Value = serde_json::from_slice(&said).unwrap();
                assert_eq!(seen["Records"][0]["cf"], *event, "{place}");
            }
            for (at, case) in fixture["cases"].as_array().into_iter().flatten().enumerate() {
                count += 1;
                let mut merged = fixture.clone();
                for (name, value) in case["with"].as_object().into_iter().flatten() {
                    merged[name.as_str()] = value.clone();
                }
                let functions = match &case["functions"] {
                    Value::Null => json!({ text(&case["hook"]): case["function"] }),
                    functions => functions.clone(),
                };
                let says = text(&case["says"]);
                check(
                    case,
                    &run(&*engine, &merged, &functions),
                    &format!("{} {name} case {at}: {says}", engine.name()),
                );
            }
        }
        assert!(count >= 200, "{count}");
    }
}

/// An exchange with a query, a cookie and draws.
fn plain() -> Exchange {
    exchange(&json!({ "request": {
        "method": "GET", "scheme": "https", "host": "www.example.com", "path": "/a/b", "query": "x=1&y=%2F&x=2",
        "headers": [["accept", "text/html"], ["cookie", "b=2; a=1"]], "client_ip": "198.51.100.7",
    } }))
}

fn outcome(engine: &dyn Engine, program: &LegacyProgram) -> Outcome {
    CloudFrontEdge::of(Function::load(engine, program).unwrap()).run_exchange(&plain())
}

/// Runs a program on every engine; each must answer with this body.
fn says_modules(modules: &[(&str, &str)], expected: &str) {
    for engine in engines() {
        match outcome(&*engine, &program(EventKind::ViewerRequest, modules)) {
            Outcome::Answered { response, .. } => {
                assert_eq!(String::from_utf8(response.body).unwrap(), expected, "{}: {modules:?}", engine.name());
            }
            other => panic!("{}: {modules:?}: {other:?}", engine.name()),
        }
    }
}

/// Runs a file on every engine; each must answer with this body.
fn says(text: &str, expected: &str) {
    says_modules(&[("index.js", text)], expected);
}

/// Runs a file on every engine; each must fail with these words in its own.
fn fails(text: &str, words: &str) {
    for engine in engines() {
        match outcome(&*engine, &program(EventKind::ViewerRequest, &[("index.js", text)])) {
            Outcome::Failed(said) => assert!(said.contains(words), "{}: {text}: {said}", engine.name()),
            other => panic!("{}: {text}: {other:?}", engine.name()),
        }
    }
}

/// Runs a file on every engine; none may conclude anything.
fn is_undecided(text: &str, words: &str) {
    for engine in engines() {
        match outcome(&*engine, &program(EventKind::ViewerRequest, &[("index.js", text)])) {
            Outcome::Undecided(said) => assert!(said.contains(words), "{}: {text}: {said}", engine.name()),
            other => panic!("{}: {text}: {other:?}", engine.name()),
        }
    }
}

/// An answer with this body, as an expression.
fn answer(body: &str) -> String {
    format!("({{ status: '200', body: String({body}) }})")
}

#[test]
fn the_first_result_counts() {
    let one = answer("1");
    let two = answer("2");
    says(&format!("exports.handler = (event, context, callback) => callback(null, {one});"), "1");
    says(
        &format!(
            "exports.handler = (event, context, callback) => {{ callback(null, {one}); callback(null, {two}); }};"
        ),
        "1",
    );
    says(&format!("exports.handler = async () => {one};"), "1");
    // A promise counts whoever makes it; another value does not.
    says(&format!("exports.handler = () => Promise.resolve({one});"), "1");
    says(&format!("exports.handler = () => ({{ then: (done) => done({one}) }});"), "1");
    says(&format!("exports.handler = (event, context, callback) => {{ callback(null, {two}); return {one}; }};"), "2");
    fails(&format!("exports.handler = () => {one};"), "never settled");
    // Between the two, whichever comes first.
    says(
        &format!("exports.handler = async (event, context, callback) => {{ callback(null, {one}); return {two}; }};"),
        "1",
    );
    says(
        &format!(
            "exports.handler = (event, context, callback) => {{ setTimeout(() => callback(null, {one}), 10); return Promise.resolve({two}); }};"
        ),
        "2",
    );
    says(&format!("exports.handler = (event, context) => context.succeed({one});"), "1");
    says(&format!("exports.handler = (event, context) => context.done(null, {one});"), "1");
}

#[test]
fn what_follows_a_callback_still_runs() {
    // What `callback` was given is written once nothing is left to do; what a promise or `succeed` gave, at once.
    let later = |give: &str| {
        format!(
            "exports.handler = (event, context, callback) => {{ const it = {}; {give}; it.body = '2'; }};",
            answer("1")
        )
    };
    says(&later("callback(null, it)"), "2");
    says(&later("context.succeed(it)"), "1");
    says(&later("context.callbackWaitsForEmptyEventLoop = false; callback(null, it)"), "1");
    let timer = "exports.handler = (event, context, callback) => { const it = { status: '200', body: '1' }; setTimeout(() => { it.body = '3'; }, 500); callback(null, it); };";
    says(timer, "3");
    // The sample that forgets to return answers first with the request.
    let text = "exports.handler = (event, context, callback) => { const { request } = event.Records[0].cf; if (request.headers.cookie) callback(null, request); callback(null, { status: '302', headers: { location: [{ key: 'Location', value: '/in' }] } }); };";
    for engine in engines() {
        let outcome = outcome(&*engine, &program(EventKind::ViewerRequest, &[("index.js", text)]));
        assert!(matches!(outcome, Outcome::Answered { origin_saw: Some(_), .. }), "{outcome:?}");
    }
}

#[test]
fn handlers_that_fail() {
    fails("exports.handler = (event, context, callback) => callback(new Error('no'));", "Error: no");
    fails("exports.handler = (event, context, callback) => callback('no');", "no");
    fails("exports.handler = async () => { throw new TypeError('no'); };", "TypeError: no");
    fails("exports.handler = () => Promise.reject(new Error('no'));", "Error: no");
    fails("exports.handler = () => { throw new Error('no'); };", "Error: no");
    fails("exports.handler = (event, context) => context.fail('no');", "no");
    fails("exports.handler = (event, context) => context.fail();", "handled");
    fails(
        "exports.handler = (event, context, callback) => { setTimeout(() => { throw new Error('late'); }, 5); };",
        "Error: late",
    );
    fails("exports.handler = () => { Promise.reject(new Error('lost')); };", "nothing handles");
    fails("exports.handler = async () => { await new Promise(() => {}); };", "never settled");
    fails(
        "exports.handler = (event, context, callback) => { setInterval(() => {}, 1000); callback(null, {}); };",
        "past its time",
    );
    fails("exports.handler = async () => undefined;", "returned undefined");
    fails("exports.handler = async () => 'text';", "returned string");
    fails("exports.handler = async () => { const it = {}; it.it = it; return it; };", "not data");
    fails("exports.other = async () => 1;", "no function named handler");
    fails("throw new Error('early');", "Error: early");
    fails("exports.handler = async () => { for (;;) {} };", "past its time");
}

#[test]
fn shapes_of_programs() {
    let body = answer("1");
    says(&format!("module.exports = {{ handler: async () => {body} }};"), "1");
    says(&format!("module.exports.handler = async function () {{ return {body}; }};"), "1");
    says(&format!("export const handler = async () => {body};"), "1");
    says(&format!("async function handler() {{ return {body}; }}\nexport {{ handler }};"), "1");
    says(&format!("const run = async () => {body}; export {{ run as handler }};"), "1");
    // A file that is no module and does not say `use strict` is sloppy; `this` of the file is what it exports.
    says(
        "this.handler = async () => { made = 'x'; return { status: '200', body: made + (function () { return typeof this; })() }; };",
        "xobject",
    );
    says(
        "'use strict'; exports.handler = async () => { try { made = 1; } catch (error) { return { status: '200', body: error.name }; } };",
        "ReferenceError",
    );
    says(
        "exports.handler = async () => ({ status: '200', body: [typeof require, typeof module, __filename, __dirname, require.main === module].join() });",
        "function,object,/var/task/index.js,/var/task,false",
    );
    says_modules(
        &[
            (
                "edge/index.js",
                "const { redirect } = require('./lib/answers'); const table = require('./table.json'); exports.handler = async () => redirect(table['/a']);",
            ),
            (
                "edge/lib/answers.js",
                "const path = require('path'); module.exports = { redirect: (to) => ({ status: '200', body: path.join('/x', to) }) };",
            ),
            ("edge/table.json", "{ \"/a\": \"b\" }"),
        ],
        "/x/b",
    );
    says_modules(
        &[
            (
                "index.mjs",
                "import table, { part } from './table.mjs'; import data from './data.json'; import * as all from './table.mjs'; export const handler = async () => ({ status: '200', body: table.a + part + data.b + Object.keys(all).sort().join() });",
            ),
            ("table.mjs", "export default { a: 'A' }; export const part = 'P';"),
            ("data.json", "{ \"b\": \"B\" }"),
        ],
        "APBdefault,part",
    );
    says_modules(
        &[
            ("index.ts", "export { handler } from './other';"),
            (
                "other.ts",
                "import * as lib from './lib'; export const handler = async () => ({ status: '200', body: lib.word });",
            ),
            ("lib/index.ts", "export const word = 'w';"),
        ],
        "w",
    );
    // Two CommonJS files that ask for each other see what is exported so far.
    says_modules(
        &[
            (
                "index.js",
                "exports.early = 1; const b = require('./b'); exports.handler = async () => ({ status: '200', body: b.seen() });",
            ),
            (
                "b.js",
                "const a = require('./index'); const keys = Object.keys(a).join(); exports.seen = () => keys + Object.keys(a).length;",
            ),
        ],
        "early2",
    );
    // Packages beside the program.
    says_modules(
        &[
            (
                "src/index.js",
                "const cookie = require('cookie'); exports.handler = async () => ({ status: '200', body: cookie.parse('a=1').a + require('@scope/words/more') });",
            ),
            ("node_modules/cookie/package.json", "{ \"main\": \"./lib/cookie\" }"),
            (
                "node_modules/cookie/lib/cookie.js",
                "exports.parse = (text) => Object.fromEntries(text.split(';').map((it) => it.split('=')));",
            ),
            ("node_modules/@scope/words/more.js", "module.exports = 'm';"),
        ],
        "1m",
    );
    for engine in engines() {
        let other = LegacyProgram {
            handler: "api.run".into(),
            ..program(
                EventKind::ViewerRequest,
                &[("index.js", "exports.api = { run: async () => ({ status: '204' }) };")],
            )
        };
        assert!(matches!(outcome(&*engine, &other), Outcome::Answered { .. }), "{}", engine.name());
        let missing = program(
            EventKind::ViewerRequest,
            &[("index.mjs", "import { a } from './gone.mjs'; export const handler = async () => a;")],
        );
        assert!(matches!(engine.load(&missing), Err(EngineError::Import { .. })), "{}", engine.name());
        let wrong = LegacyProgram {
            platform: CLOUDFRONT_FUNCTIONS,
            ..program(EventKind::OriginRequest, &[("index.js", "function handler() {}")])
        };
        assert!(matches!(Function::load(&*engine, &wrong), Err(EngineError::Unsupported(_))), "{}", engine.name());
    }
}

#[test]
fn modules_of_node() {
    let async_body = |head: &str, body: &str| format!("{head}\nexports.handler = async (event) => {};", answer(body));
    let query = "const querystring = require('querystring');";
    says(
        &async_body(query, "querystring.stringify(querystring.parse(event.Records[0].cf.request.querystring))"),
        "x=1&x=2&y=%2F",
    );
    let url = "const url = require('url'); const { URL } = require('node:url');";
    says(
        &async_body(
            url,
            "url.parse('https://A.example:8080/p/q?x=1#h').host + url.parse('/p?x=1', true).query.x + url.parse('/p').path",
        ),
        "a.example:80801/p",
    );
    says(
        &async_body(url, "url.format({ protocol: 'https', hostname: 'a.example', pathname: '/p', query: { x: 1 } })"),
        "https://a.example/p?x=1",
    );
    says(
        &async_body(
            url,
            "new URL('../c?d=1#e', 'https://A.example:443/a/b/').href + new URL('/x y', 'http://b:80').pathname",
        ),
        "https://a.example/a/c?d=1#e/x%20y",
    );
    says(
        &async_body(
            "",
            "(() => { const it = new URL('https://u:p@a.example/p?x=1&x=2#h'); it.searchParams.append('y', 'a b&'); it.searchParams.delete('x'); it.pathname = '/é/..'; it.hash = ''; it.host = 'b.example:81'; return it + '|' + it.origin + '|' + it.username; })()",
        ),
        "https://u:p@b.example:81/?y=a+b%26|https://b.example:81|u",
    );
    says(
        &async_body(
            "",
            "[...new URLSearchParams('?a=1&b=%20+&a=%zz')].join(';') + new URLSearchParams({ a: 'é' }) + new URLSearchParams([['k', 'v']]).get('q')",
        ),
        "a,1;b,  ;a,%zza=%C3%A9null",
    );
    says(
        &async_body("", "(() => { try { new URL('/p'); } catch (error) { return error.code + error.name; } })()"),
        "ERR_INVALID_URLTypeError",
    );
    let path = "const path = require('path');";
    says(
        &async_body(
            path,
            "[path.join('/a', '..', 'b/./c'), path.extname('/x/a.tar.gz'), path.extname('/.x'), path.basename('/a/b.html', '.html'), path.dirname('/a/b'), path.normalize('a//b/../'), path.parse('/a/b.c').name, path.relative('/a/b', '/a/c')].join()",
        ),
        "/b/c,.gz,,b,/a,a/,b,../c",
    );
    let util = "const util = require('util');";
    says(
        &format!(
            "{util} exports.handler = async () => {{ const twice = util.promisify((it, done) => done(null, it * 2)); return {}; }};",
            answer("await twice(2)")
        ),
        "4",
    );
    says(
        &format!(
            "{util} exports.handler = async () => {{ await util.promisify(setTimeout)(50); return {}; }};",
            answer("1")
        ),
        "1",
    );
    says(
        &async_body(
            "",
            "Buffer.from('dXNlcjpww6Q=', 'base64').toString() + new Buffer('aGk=', 'base64') + Buffer.from('\\u00e9', 'latin1').toString('hex') + Buffer.from([233]).toString('binary')",
        ),
        "user:pähie9é",
    );
    says(
        &async_body(
            "",
            "[Buffer.byteLength('YQ=', 'base64'), Buffer.byteLength('é'), (() => { try { atob('%'); } catch (error) { return error.name; } })()].join()",
        ),
        "1,2,InvalidCharacterError",
    );
    let crypto = "const crypto = require('crypto');";
    says(
        &async_body(
            crypto,
            "crypto.createHmac('SHA256', 'k').update('d').digest('base64') + crypto.timingSafeEqual(Buffer.from('a'), Buffer.from('a'))",
        ),
        "5+ohw7y2Ok2jrXhQMWjTa9ygvmIjgupgoQj61OSWZnk=true",
    );
    says(&async_body("import { createHash } from 'node:crypto'; import crypto from 'crypto';", "1").replace("exports.handler =", "export const handler =").replace("String(1)", "createHash('md5').update('abc').digest('hex') + crypto.createHash('sha1').update('').digest('hex').length"), "900150983cd24fb0d6963f7d28e17f7240");
    says(
        &async_body("", "typeof process.env.STAGE + process.env.STAGE + process.cwd()"),
        "undefinedundefined/var/task",
    );
    says(&async_body("", "(function () { return new Function('return 1')(); })()"), "1");
    // A bundle that looks for the global object.
    says(&async_body("var root = typeof global === 'object' ? global : self; root.shared = 'g';", "shared"), "g");
}

#[test]
fn urls_are_read_as_node_reads_them() {
    let text = r#"
const { parse, format } = require('url');
const querystring = require('querystring');
const path = require('path');
const parts = ['https:', 'HTTP:', '//', '/', '?', '#', 'a', '..', '.', '%2e', '%20', ' ', 'é', 'u:p@', 'example.com', ':80', ':8080', 'x=1', '&', '+', '<', '"', "'", '`', '{', '~', '!', '(', ';', 'index.html', '\\', '%zz'];
let seed = 20261124;
const draw = (size) => {
  seed = (seed + 0x6d2b79f5) | 0;
  let it = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  it = (it + Math.imul(it ^ (it >>> 7), 61 | it)) ^ it;
  return ((it ^ (it >>> 14)) >>> 0) % size;
};
const flat = (it) => [it.href, it.origin, it.host, it.port, it.pathname, it.search, it.hash, it.username, [...it.searchParams].join('|')].join(' ');
const attempt = (run) => {
  try {
    return run();
  } catch (error) {
    return error.name + (error.code || '');
  }
};
exports.handler = async () => {
  const lines = [];
  for (let round = 0; round < 200; round += 1) {
    let text = '';
    for (let count = 1 + draw(6); count > 0; count -= 1) text += parts[draw(parts.length)];
    const plain = text.replace(/é/g, 'e');
    const ascii = plain.replace(/[\s"'`<{\\]/g, '-').replace(/^[^/]*:/, '').replace(/^\/+/, '/');
    lines.push(
      attempt(() => flat(new URL(plain.replace(/^[^/?#\\]*:/, ''), 'https://base.example/p/q?z=1#f'))),
      attempt(() => flat(new URL('https://host.example/' + text))),
      attempt(() => { const it = new URL('https://u@host.example:81/p?q#f'); it.search = text; it.pathname = text; it.hash = text; return flat(it); }),
      attempt(() => new URLSearchParams(plain).toString()),
      attempt(() => querystring.stringify(querystring.parse(text))),
      attempt(() => parse('/' + ascii.replace(/^\//, '')).href),
      attempt(() => format({ protocol: 'https', hostname: 'a.example', pathname: plain, search: draw(2) ? 'x=1' : undefined })),
      attempt(() => [path.normalize(text), path.basename(text), path.dirname(text), path.extname(text), path.join(text, '../x')].join(' ')),
    );
  }
  return { status: '200', body: lines.join('\n') };
};
"#;
    let program = program(EventKind::OriginRequest, &[("index.js", text)]);
    let bodies = engines().into_iter().map(|it| match outcome(&*it, &program) {
        Outcome::Answered { response, .. } => String::from_utf8(response.body).unwrap(),
        other => panic!("{}: {other:?}", it.name()),
    });
    let bodies: Vec<String> = bodies.collect();
    for other in &bodies {
        let same = bodies[0].lines().zip(other.lines()).find(|(left, right)| left != right);
        assert_eq!(same, None);
        assert_eq!(other.lines().count(), 200 * 8);
    }
}

#[test]
fn what_leaves_the_function_has_no_model() {
    let undecided = |head: &str, body: &str| {
        is_undecided(&format!("{head}\nexports.handler = async () => {{ {body} return {{ status: '200' }}; }};"), "")
    };
    undecided("const https = require('https');", "await new Promise((done) => https.get('https://a.example/', done));");
    undecided(
        "const AWS = require('aws-sdk'); const s3 = new AWS.S3({ region: 'us-east-1' });",
        "await s3.getObject({ Bucket: 'b', Key: 'k' }).promise();",
    );
    undecided(
        "const AWS = require('aws-sdk'); const s3 = new AWS.S3();",
        "try { await s3.getObject({}).promise(); } catch (error) {}",
    );
    undecided("", "await fetch('https://a.example/');");
    undecided("const fs = require('fs');", "fs.readFileSync('a.html');");
    undecided("const fs = require('fs'); const page = fs.readFileSync('a.html');", "");
    undecided("const lib = require('not-there');", "");
    undecided("const crypto = require('crypto');", "crypto.randomBytes(8);");
    undecided("", "process.env.AWS_REGION;");
    is_undecided(
        "exports.handler = async (event, context) => ({ status: '200', body: context.functionName });",
        "functionName",
    );
    // To have a client library, or not to reach it, is nothing by itself.
    says(
        "import { S3Client } from '@aws-sdk/client-s3'; import https from 'https'; const s3 = new S3Client({}); const agent = new https.Agent({ keepAlive: true });\nexport const handler = async () => ({ status: '200', body: s3 && agent ? 'here' : 'not' });",
        "here",
    );
    says(
        "exports.handler = async (event, context) => { console.log(JSON.stringify(context), event); if (event.Records.length > 1) require('not-there'); return { status: '200', body: '1' }; };",
        "1",
    );
}

#[test]
fn only_node_has_some_modules() {
    let zlib = program(
        EventKind::OriginRequest,
        &[(
            "index.js",
            "const zlib = require('zlib'); exports.handler = (event, context, callback) => zlib.gzip('text', (error, data) => callback(error, { status: '200', headers: { 'content-encoding': [{ key: 'Content-Encoding', value: 'gzip' }] }, body: zlib.gunzipSync(data).toString('base64'), bodyEncoding: 'base64' }));",
        )],
    );
    assert!(matches!(QuickJs::default().load(&zlib), Err(EngineError::Unsupported(words)) if words.contains("zlib")));
    let sha512 = "const crypto = require('crypto'); exports.handler = async () => ({ status: '200', body: crypto.createHash('sha512').update('').digest('hex').slice(0, 8) });";
    let sha512 = program(EventKind::ViewerRequest, &[("index.js", sha512)]);
    assert!(matches!(outcome(&QuickJs::default(), &sha512), Outcome::Undecided(words) if words.contains("needs node")));
    for engine in engines().iter().filter(|it| it.name() == "node") {
        let Outcome::Answered { response, .. } = outcome(&**engine, &zlib) else { panic!("zlib") };
        assert_eq!(response.body, b"text");
        let Outcome::Answered { response, .. } = outcome(&**engine, &sha512) else { panic!("sha512") };
        assert_eq!(response.body, b"cf83e135");
        // Signatures of the web standard come back from outside the language.
        let subtle = "exports.handler = async () => { const key = await crypto.subtle.importKey('raw', Buffer.from('k'), { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']); const made = await crypto.subtle.sign('HMAC', key, Buffer.from('d')); return { status: '200', body: Buffer.from(made).toString('hex').slice(0, 8) }; };";
        let Outcome::Answered { response, .. } =
            outcome(&**engine, &program(EventKind::ViewerRequest, &[("index.js", subtle)]))
        else {
            panic!("subtle")
        };
        assert_eq!(response.body, b"e7ea21c3");
    }
}

#[test]
fn state_does_not_outlive_an_exchange() {
    let texts = [
        "let seen = 0; exports.handler = async () => { seen += 1; return { status: '200', body: String(seen) }; };",
        "exports.handler = async () => { seen = (typeof seen === 'undefined' ? 0 : seen) + 1; return { status: '200', body: String(seen) }; };",
        "const lib = require('querystring'); exports.handler = async () => { lib.seen = (lib.seen || 0) + 1; return { status: '200', body: String(lib.seen > 0) }; };",
    ];
    for engine in engines() {
        for text in texts {
            let function = Function::load(&*engine, &program(EventKind::ViewerRequest, &[("index.js", text)])).unwrap();
            let mut edge = CloudFrontEdge::of(function);
            let first = edge.run_exchange(&plain());
            for _ in 0..3 {
                assert_eq!(edge.run_exchange(&plain()), first, "{}: {text}", engine.name());
            }
        }
    }
}

#[test]
fn counters_change_nothing() {
    let text = "const ok = (it) => it === 'x=1&y=%2F&x=2' && it.length > 3; exports.handler = async (event) => { const { request } = event.Records[0].cf; if (ok(request.querystring)) request.uri = '/counted'; else request.uri = '/other'; return request; };";
    let plain_program = program(EventKind::OriginRequest, &[("index.js", text)]);
    let counted = count(&plain_program, 0).unwrap();
    for engine in engines() {
        let mut edge = CloudFrontEdge::of(Function::load(&*engine, &counted.program).unwrap());
        assert_eq!(edge.run_exchange(&plain()), outcome(&*engine, &plain_program), "{}", engine.name());
        let unmet: Vec<&str> = counted.unmet(&edge.hits).iter().map(|it| it.outcome).collect();
        assert!(!unmet.is_empty() && unmet.iter().all(|it| *it == "false"), "{}: {unmet:?}", engine.name());
    }
}
