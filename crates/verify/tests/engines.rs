//! Both engines on the same programs: the shims must make a bare engine act like the real one.
#![expect(clippy::unwrap_used, clippy::panic, clippy::wildcard_enum_match_arm, clippy::print_stderr, reason = "tests")]

use interp::exchange::{Exchange, Headers, Inputs, Outcome, Request, Response};
use verify::cloudfront_edge::{CloudFrontEdge, Function};
use verify::engine::{Engine, EngineError, EventKind, LegacyProgram, Module, Runtime};
use verify::node::Node;
use verify::quickjs::QuickJs;

fn exchange() -> Exchange {
    Exchange {
        request: Request {
            method: "GET".into(),
            scheme: "https".into(),
            host: "www.example.com".into(),
            path: "/a%20b".into(),
            query: Some("x=1&y=%2F&x=2".into()),
            headers: Headers::default(),
            client_ip: "198.51.100.7".into(),
            visitor: [].into(),
            body: Vec::new(),
        },
        origin: Response { status: 200, headers: Headers::default(), body: Vec::new() },
        inputs: Inputs {
            now_ms: 1_700_000_000_123,
            random_permille: vec![250, 750],
            kv: [("key".to_owned(), "{\"a\":[1]}".to_owned())].into(),
        },
    }
}

fn program(runtime: Runtime, modules: &[(&str, &str)]) -> LegacyProgram {
    LegacyProgram {
        platform: "cloudfront-functions",
        runtime,
        event: EventKind::ViewerRequest,
        modules: modules.iter().map(|(path, text)| Module { path: (*path).into(), text: (*text).into() }).collect(),
        kvs: true,
        ..LegacyProgram::default()
    }
}

fn outcome(engine: &dyn Engine, program: &LegacyProgram) -> Outcome {
    let function = Function::load(engine, program).unwrap();
    CloudFrontEdge::of(function).run_exchange(&exchange())
}

/// The engines to compare. A missing node is a failure under CI and a printed skip otherwise.
fn engines() -> Vec<Box<dyn Engine>> {
    let always = QuickJs { always_fresh: true, ..QuickJs::default() };
    let mut list: Vec<Box<dyn Engine>> = vec![Box::new(QuickJs::default()), Box::new(always)];
    let node = Node::default();
    match node.load(&program(Runtime::V2, &[("index.js", "function handler() {}")])) {
        Ok(_) => list.push(Box::new(node)),
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "{error}");
            eprintln!("skipped: {error}");
        }
    }
    list
}

/// Runs a body that returns any text, on every engine; all must give `expected`.
fn says(runtime: Runtime, head: &str, body: &str, expected: &str) {
    let asynchronous = if body.contains("await") { "async " } else { "" };
    let text = format!(
        "{head}\n{asynchronous}function handler(event) {{ var said = (function () {{ {body} }})(); return {{ statusCode: 200, body: String(said) }}; }}"
    );
    let text =
        if body.contains("await") { format!("{head}\nasync function handler(event) {{ {body} }}") } else { text };
    for engine in engines() {
        match outcome(&*engine, &program(runtime, &[("index.js", &text)])) {
            Outcome::Answered { response, .. } => {
                assert_eq!(String::from_utf8(response.body).unwrap(), expected, "{}: {body}", engine.name());
            }
            other => panic!("{}: {body}: {other:?}", engine.name()),
        }
    }
}

const CRYPTO: &str = "var crypto = require('crypto');";

#[test]
fn digests() {
    let hash = |name: &str, data: &str, encoding: &str| {
        format!("return crypto.createHash('{name}').update({data}).digest('{encoding}');")
    };
    // RFC 1321 A.5, FIPS 180-4 examples.
    says(Runtime::V1, CRYPTO, &hash("md5", "'abc'", "hex"), "900150983cd24fb0d6963f7d28e17f72");
    says(Runtime::V1, CRYPTO, &hash("sha1", "'abc'", "hex"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    says(
        Runtime::V2,
        CRYPTO,
        &hash("sha256", "'abc'", "hex"),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
    says(Runtime::V2, CRYPTO, &hash("md5", "''", "base64"), "1B2M2Y8AsgTpgAmY7PhCfg==");
    says(Runtime::V2, CRYPTO, &hash("md5", "'x'.repeat(1000)", "hex"), "398533d48111e9f664b1f64cb10c4b63");
    says(
        Runtime::V2,
        CRYPTO,
        &hash("sha256", "'\\u00e9\\u{1f600}'", "base64url"),
        "EYTR9ggVjuoJ0pdWVXWJIjFVDEA6qpEwCNhnqXz9XHY",
    );
    // RFC 4231, case 2, and a key longer than a block.
    says(
        Runtime::V2,
        CRYPTO,
        "return crypto.createHmac('sha256', 'Jefe').update('what do ya want ').update('for nothing?').digest('hex');",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    );
    says(
        Runtime::V2,
        CRYPTO,
        "return crypto.createHmac('sha1', 'k'.repeat(100)).update(Buffer.from([0, 255, 128])).digest().toString('hex').length;",
        "40",
    );
    says(
        Runtime::V1,
        CRYPTO,
        "var bytes = crypto.createHash('md5').update('abc').digest(); return bytes.length + ':' + bytes.charCodeAt(0) + crypto.createHmac('md5', bytes).update(bytes).digest('hex');",
        "16:144c9d2d647c5e437902b31aeba7a5d2d5f",
    );
}

#[test]
fn bytes_and_text() {
    let none = "";
    says(
        Runtime::V2,
        none,
        "return Buffer.from('h\\u00e9llo').toString('base64') + Buffer.from('aGk', 'base64url').toString();",
        "aMOpbGxvhi",
    );
    says(
        Runtime::V2,
        none,
        "return Buffer.concat([Buffer.from('a'), Buffer.from('6263', 'hex')]).toString('utf8', 1);",
        "bc",
    );
    says(
        Runtime::V2,
        none,
        "return Buffer.from([226, 130, 65, 240, 159, 152, 128, 255]).toString();",
        "\u{fffd}A\u{1f600}\u{fffd}",
    );
    says(
        Runtime::V2,
        none,
        "return [Buffer.byteLength('\\u00e9'), Buffer.compare(Buffer.from('a'), Buffer.from('b')), Buffer.isBuffer(Buffer.alloc(2, 'x')), Buffer.alloc(3, 'xy'), Buffer.from('abc').equals(Buffer.from('abc'))].join();",
        "2,-1,true,xyx,true",
    );
    says(
        Runtime::V2,
        none,
        "var b = Buffer.alloc(6); b.writeUInt16BE(258, 0); b.writeUint32LE(7, 2); return b.toString('hex') + b.readUInt8(1) + b.readInt16LE(0) + b.slice(0, 2).length + b.indexOf(2);",
        "010207000000251321",
    );
    says(
        Runtime::V2,
        none,
        "return JSON.stringify(Buffer.from('hi')) + Buffer.from('abcd').subarray(1, 3);",
        "{\"type\":\"Buffer\",\"data\":[104,105]}bc",
    );
    says(
        Runtime::V2,
        none,
        "return btoa('a\\xff') + atob(' YWI= ') + (function () { try { return atob('a'); } catch (e) { return '!'; } })();",
        "Yf8=ab!",
    );
    says(
        Runtime::V2,
        none,
        "return new TextDecoder().decode(new TextEncoder().encode('\\u20ac')) + new TextEncoder().encode('\\u20ac').length;",
        "\u{20ac}3",
    );
    says(
        Runtime::V1,
        none,
        "return typeof Buffer + typeof atob + typeof TextEncoder + typeof String.bytesFrom;",
        "undefinedundefinedundefinedfunction",
    );
    says(
        Runtime::V2,
        none,
        "return typeof Buffer + typeof atob + typeof String.bytesFrom;",
        "functionfunctionundefined",
    );
    says(
        Runtime::V1,
        none,
        "return String.bytesFrom('w6k=', 'base64').fromUTF8() + '\\u00e9'.toUTF8().length + String.bytesFrom([104, 105]) + String.bytesFrom('6869', 'hex').toBytes();",
        "\u{e9}2hihi",
    );
}

#[test]
fn query_strings() {
    let head = "var qs = require('querystring');";
    says(
        Runtime::V2,
        head,
        "return JSON.stringify(qs.parse('a=1&b=%20+&a=2&c&=d&&e=%zz%41'));",
        "{\"a\":[\"1\",\"2\"],\"b\":\"  \",\"c\":\"\",\"\":\"d\",\"e\":\"%zzA\"}",
    );
    says(
        Runtime::V2,
        head,
        "return qs.stringify({ a: [1, true], b: 'x y/\\u00e9!', c: null, d: {}, e: '' });",
        "a=1&a=true&b=x%20y%2F%C3%A9!&c=&d=&e=",
    );
    says(
        Runtime::V2,
        head,
        "return qs.parse('a:1;b:2', ';', ':').b + qs.stringify({ a: 1, b: 2 }, ';', ':') + qs.escape('\\'(*)~') + qs.unescape('%C3%A9');",
        "2a:1;b:2'(*)~\u{e9}",
    );
    says(
        Runtime::V2,
        head,
        "return qs.stringify({ a: { value: '1' }, b: { value: '2' } }) + qs.decode('a=1').a + qs.encode({ a: 2 });",
        "a=&b=1a=2",
    );
}

#[test]
fn inputs_are_those_of_the_exchange() {
    says(Runtime::V2, "", "return [Math.random(), Math.random(), Math.random()].join();", "0.25,0.75,0.25");
    says(
        Runtime::V2,
        "",
        "return [Date.now(), new Date().toISOString(), new Date().getHours(), new Date(2020, 0, 31).toISOString(), new Date().getTimezoneOffset()].join();",
        "1700000000123,2023-11-14T22:13:20.123Z,22,2020-01-31T00:00:00.000Z,0",
    );
    says(
        Runtime::V2,
        "",
        "return new Date().toString() + (new Date() instanceof Date) + Date.UTC(1970, 0, 2) + typeof Date();",
        "Tue Nov 14 2023 22:13:20 GMT+0000 (Coordinated Universal Time)true86400000string",
    );
    let head = "import cf from 'cloudfront'; const store = cf.kvs();";
    says(
        Runtime::V2,
        head,
        "const it = await store.get('key', { format: 'json' }); const raw = await store.get('key'); const is = await store.exists('no'); let missing = 'none'; try { await store.get('no'); } catch (error) { missing = 'rejected'; } const meta = await store.meta(); return { statusCode: 200, body: it.a[0] + raw + is + missing + meta.keyCount };",
        "1{\"a\":[1]}falserejected1",
    );
    says(
        Runtime::V2,
        "",
        "return (function () { try { return eval('1'); } catch (e) { return e.name; } })() + (function () { try { return Function('return 1')(); } catch (e) { return e.name; } })();",
        "EvalErrorEvalError",
    );
}

#[test]
fn raw_query_string() {
    let text = "function handler(event) { return { statusCode: 200, body: String(event.request.rawQueryString()) + JSON.stringify(event.request.querystring) }; }";
    for engine in engines() {
        let Outcome::Answered { response, .. } = outcome(&*engine, &program(Runtime::V2, &[("index.js", text)])) else {
            panic!("no answer")
        };
        assert_eq!(
            String::from_utf8(response.body).unwrap(),
            "x=1&y=%2F&x=2{\"x\":{\"value\":\"1\",\"multiValue\":[{\"value\":\"1\"},{\"value\":\"2\"}]},\"y\":{\"value\":\"%2F\"}}"
        );
    }
}

#[test]
fn modules_are_linked() {
    let modules = [
        (
            "src/index.mjs",
            "import helper, { one as first, default as again } from './lib/helper';\nimport * as all from \"./lib/helper.js\";\nimport data from './data.json';\nimport { createHash } from 'crypto';\nexport async function handler(event) {\n  return { statusCode: 200, body: helper() + first + all.two + (again === helper) + data.k[0] + createHash('md5').update('').digest('hex').slice(0, 2) + all.three };\n}\n",
        ),
        (
            "src/lib/helper.js",
            "export const one = 1;\nlet two = 2;\nexport { two };\nexport default () => 'h';\nexport * from '../more/index.js';",
        ),
        ("src/more/index.js", "const old = require('./old');\nexport const three = old.value + (typeof module);"),
        ("src/more/old.js", "module.exports = { value: 3 };"),
        ("src/data.json", "{\"k\": [\"json\"]}"),
    ];
    for engine in engines() {
        let Outcome::Answered { response, .. } = outcome(&*engine, &program(Runtime::V2, &modules)) else {
            panic!("no answer")
        };
        assert_eq!(String::from_utf8(response.body).unwrap(), "h12truejsond43object", "{}", engine.name());
    }
    let missing = program(Runtime::V2, &[("a.js", "import x from './b.js'; function handler() {}")]);
    assert!(matches!(QuickJs::default().load(&missing), Err(EngineError::Import { .. })));
    let cyclic = program(
        Runtime::V2,
        &[
            ("a.js", "import x from './b.js'; function handler() {}"),
            ("b.js", "import y from './a.js'; export default 1;"),
        ],
    );
    assert!(matches!(QuickJs::default().load(&cyclic), Err(EngineError::Unsupported(_))));
    let broken = program(Runtime::V2, &[("a.js", "function handler( {")]);
    assert!(matches!(QuickJs::default().load(&broken), Err(EngineError::Syntax { .. })));
    let deep = program(Runtime::V2, &[("a.js", &format!("var x = {}1{};", "(".repeat(100_000), ")".repeat(100_000)))]);
    assert!(matches!(QuickJs::default().load(&deep), Err(EngineError::Unsupported(_))));
    let escape = program(Runtime::V2, &[("a.js", "}); globalThis.x = 1; (function () {")]);
    assert!(matches!(QuickJs::default().load(&escape), Err(EngineError::Syntax { .. })));
}

#[test]
fn hostile_programs_end() {
    let fails = |text: &str, words: &str| {
        for engine in engines() {
            match outcome(&*engine, &program(Runtime::V2, &[("index.js", text)])) {
                Outcome::Failed(said) => assert!(said.contains(words), "{}: {said}", engine.name()),
                other => panic!("{}: {other:?}", engine.name()),
            }
        }
    };
    fails("function handler(event) { while (true) {} }", "ran past its time");
    fails("async function handler(event) { while (true) { await null; } }", "time");
    fails("function handler(event) { return new Promise(function () {}); }", "never settled");
    fails("function handler(event) { return handler(event); }", "");
    fails("function handler(event) { return event.request.headers.missing.value; }", "TypeError");
    fails("function handler(event) { undeclared = 1; return event.request; }", "ReferenceError");
    fails("throw new Error('at the top'); function handler(event) { return event.request; }", "at the top");
    fails("var other = 1;", "no function named handler");
    fails("async function handler(event) { await null; throw new RangeError('late'); }", "RangeError: late");
    fails("function handler(event) { return event; }", "neither request nor response");
    fails("function handler(event) { return undefined; }", "returned undefined");
    fails("function handler(event) { return null; }", "returned null");
    fails("function handler(event) { return 'x'; }", "returned string");
    let hungry = "function handler(event) { var all = []; while (true) { all.push(new Array(100000).fill(1)); } }";
    let function = Function::load(&QuickJs::default(), &program(Runtime::V2, &[("index.js", hungry)])).unwrap();
    let mut edge = CloudFrontEdge::of(function);
    assert!(matches!(edge.run_exchange(&exchange()), Outcome::Failed(_)));
    assert!(matches!(edge.run_exchange(&exchange()), Outcome::Failed(_)), "the engine lives on");
}

#[test]
fn state_does_not_outlive_an_exchange() {
    let texts = [
        "var count = 0; function handler(event) { count += 1; return { statusCode: 200, body: String(count) }; }",
        "function handler(event) { globalThis.count = (globalThis.count || 0) + 1; return { statusCode: 200, body: String(globalThis.count) }; }",
        "function handler(event) { String.prototype.count = (''.count || 0) + 1; return { statusCode: 200, body: String(''.count) }; }",
    ];
    for text in texts {
        for engine in engines() {
            let function = Function::load(&*engine, &program(Runtime::V2, &[("index.js", text)])).unwrap();
            let mut edge = CloudFrontEdge::of(function);
            for _ in 0..3 {
                let Outcome::Answered { response, .. } = edge.run_exchange(&exchange()) else { panic!("no answer") };
                assert_eq!(response.body, b"1", "{}: {text}", engine.name());
            }
        }
    }
    let contained =
        |text: &str| QuickJs::default().open(&program(Runtime::V2, &[("index.js", text)])).unwrap().shares_context();
    assert!(contained(texts[0]));
    assert!(!contained(texts[1]));
    assert!(!contained(texts[2]));
    assert!(contained(
        "function handler(e) { var m = Object.keys(e).map(Number); return JSON.parse('{}') instanceof Object || new Map(); }"
    ));
    assert!(!contained("var S = String; function handler(e) { S.x = 1; }"));
    assert!(!contained("function handler(e) { Math.x = 1; }"));
    assert!(!contained("function handler(e) { [].constructor.x = 1; }"));
    assert!(!contained("function handler(e) { ({})['__proto__'].x = 1; }"));
}

#[test]
fn a_runner_that_misjudged_itself_says_so() {
    // A way to a shared object that the check does not see: a method of an array is the same object in every run.
    let text = "function handler(event) { var shared = [].concat; shared.count = (shared.count || 0) + 1; return { statusCode: 200, body: String(shared.count) }; }";
    let mut runner = QuickJs::default().load(&program(Runtime::V2, &[("index.js", text)])).unwrap();
    let input = "{\"event\":{\"request\":{}},\"now\":0,\"draws\":[]}";
    for _ in 0..63 {
        runner.run(input);
    }
    assert!(!runner.distrusts_itself());
    let fresh = runner.run(input);
    assert!(runner.distrusts_itself());
    assert_eq!(fresh, runner.run(input));
}
