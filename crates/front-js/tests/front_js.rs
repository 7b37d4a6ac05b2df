//! The front end from the outside: spans, shapes, counts, limits and recognition.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "tests"
)]

use front_js::{Kind, Recognized, candidates, constructs, count, imports, is_edge_code, nesting, parse};
use script::{ExprKind, Module, Pattern, StmtKind};
use source::Sources;

fn read_as(text: &str, kind: Kind) -> (Sources, Module) {
    let mut sources = Sources::new();
    let file = sources.add("a.js", text);
    let module = parse(file, &sources, kind).unwrap();
    (sources, module)
}

fn read(text: &str) -> Module {
    read_as(text, Kind::Script).1
}

fn only(text: &str) -> ExprKind {
    let module = read(text);
    match &module.body.last().unwrap().kind {
        StmtKind::Expr(expr) => expr.kind.clone(),
        other => panic!("not an expression: {other:?}"),
    }
}

fn balanced(text: &str, kind: Kind, expected: usize) {
    let (_, module) = read_as(text, kind);
    assert_eq!(constructs(&module).len(), expected, "lowered: {text}");
    assert_eq!(count::statements(text, kind), Some(expected), "counted: {text}");
}

#[test]
fn spans_are_bytes_of_the_file_even_after_a_byte_order_mark() {
    let (sources, module) = read_as("\u{feff}/* ä */ var é = 'ü';\nf(é);", Kind::Script);
    assert_eq!(sources.text(module.body[0].span), "var é = 'ü';");
    assert_eq!(sources.text(module.body[1].span), "f(é);");
}

#[test]
fn every_statement_is_counted_alike() {
    balanced(
        "function handler(event) { var r = event.request; if (r.uri === '/') { return r; } else return r; }",
        Kind::Script,
        5,
    );
    balanced("for (var i = 0; i < 3; i++) { f(i); }", Kind::Script, 2);
    balanced("a: for (let i = 0, j = 1; ; ) { continue a; }", Kind::Script, 3);
    balanced("for (;;) break; while (x) ; do { x(); } while (y)", Kind::Script, 5);
    balanced("'use strict'; ; {} { ; }", Kind::Script, 1);
    balanced("switch (x) { case 1: f(); break; default: { g(); } }", Kind::Script, 4);
    balanced("try { a(); } catch { b(); } finally { c(); }", Kind::Script, 4);
    balanced("x = a.map(y => y + 1); z = a.map(function (q) { return q; });", Kind::Script, 3);
    balanced(
        "class A { #p = () => { f(); }; static { g(); } get x() { return 1; } constructor() { this.y = 2; } }",
        Kind::Script,
        5,
    );
    balanced(
        "var g = function* () { yield 1; }; function* h() { yield 2; } var o = { *k() { yield 3; } };",
        Kind::Script,
        3,
    );
    balanced("tag`a${() => { f(); }}b`; import('x' + (() => { g(); })());", Kind::Script, 4);
    balanced("a: b: for (var k in o) { if (k) continue a; }", Kind::Script, 5);
    balanced("if (a) { var b = 1, c; } var c; var { d = function () { return 2; } } = q;", Kind::Script, 5);
    balanced(
        "import cf from 'cloudfront'; export { cf }; export default function () { return 1; } export const q = 1;",
        Kind::Module,
        5,
    );
    balanced(
        "interface A { x: number } type B = A; enum E { X } namespace N { export const q = 1; } declare function f(): void; let x = y as A;",
        Kind::TypeScript,
        6,
    );
    balanced("with (a) { b(); } debugger;", Kind::Script, 2);
    balanced("async function f() { for await (const x of y) { g(x); } }", Kind::Script, 3);
}

#[test]
fn a_for_loop_is_a_block_with_its_initializer() {
    let module = read("for (let i = 0; i < 3; i++) f(i);");
    let StmtKind::Block(parts) = &module.body[0].kind else { panic!("{module:?}") };
    assert!(matches!(parts[0].kind, StmtKind::Declare(_)));
    assert!(matches!(parts[1].kind, StmtKind::Loop { test: Some(_), test_first: true, update: Some(_), .. }));
}

#[test]
fn the_label_of_a_for_names_the_loop() {
    let module = read("a: for (let i = 0;;) break a;");
    let StmtKind::Block(parts) = &module.body[0].kind else { panic!("{module:?}") };
    let StmtKind::Labeled(label, inner) = &parts[1].kind else { panic!("{parts:?}") };
    assert_eq!(&**label, "a");
    assert!(matches!(inner.kind, StmtKind::Loop { .. }));
}

#[test]
fn var_in_a_block_belongs_to_the_function() {
    let module = read("function f(p) { if (p) { var p = 2, y = 1; } return y; }");
    let StmtKind::Function(function) = &module.body[0].kind else { panic!("{module:?}") };
    let StmtKind::Declare(hoisted) = &function.body[0].kind else { panic!("{function:?}") };
    assert_eq!(hoisted.len(), 1, "a parameter is not declared again");
    assert!(matches!(&hoisted[0], (Pattern::Name(name, _), None) if &**name == "y"));
    let StmtKind::If(_, then, _) = &function.body[1].kind else { panic!("{function:?}") };
    assert!(
        matches!(&then[0].kind, StmtKind::Expr(it) if matches!(&it.kind, ExprKind::Sequence(all) if all.len() == 2))
    );
}

#[test]
fn let_in_a_block_stays_there() {
    let module = read("{ let x = 1; }");
    let StmtKind::Block(body) = &module.body[0].kind else { panic!("{module:?}") };
    assert!(matches!(body[0].kind, StmtKind::Declare(_)));
}

#[test]
fn optional_chains_have_one_border() {
    let ExprKind::Chain(link) = only("a?.b.c(d?.e);") else { panic!() };
    let ExprKind::Call { callee, args, optional } = link.kind else { panic!() };
    assert!(!optional && args.len() == 1);
    let ExprKind::Member { object, optional: false, .. } = callee.kind else { panic!() };
    assert!(matches!(object.kind, ExprKind::Member { optional: true, .. }));
    let ExprKind::Member { object, .. } = only("(a?.b).c;") else { panic!() };
    assert!(matches!(object.kind, ExprKind::Chain(_)));
    assert!(matches!(only("f?.();"), ExprKind::Chain(it) if matches!(it.kind, ExprKind::Call { optional: true, .. })));
}

#[test]
fn templates_are_cooked() {
    let ExprKind::Template(texts, parts) = only(r"`a\n${b}\u0041`;") else { panic!() };
    assert_eq!(texts.iter().map(|it| &**it).collect::<Vec<_>>(), ["a\n", "A"]);
    assert_eq!(parts.len(), 1);
}

#[test]
fn refused_constructs_are_named() {
    let words = |text: &str| match only(text) {
        ExprKind::Unsupported(words) => words.to_string(),
        ExprKind::Sequence(parts) => match &parts.last().unwrap().kind {
            ExprKind::Unsupported(words) => words.to_string(),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    assert_eq!(words("1n;"), "BigInt");
    assert_eq!(words("eval('x');"), "`eval`");
    assert_eq!(words("import('x');"), "`import()`");
    assert_eq!(words("t`x`;"), "tagged template");
    assert_eq!(words("import.meta;"), "`import.meta`");
    assert_eq!(words(r"('\ud800');"), "half of a surrogate pair");
    let module = read("with (a) b();");
    assert!(matches!(&module.body[0].kind, StmtKind::Unsupported(words) if &**words == "`with`"));
}

#[test]
fn logical_assignment_and_exponent() {
    assert!(matches!(only("a ??= b;"), ExprKind::AssignLogical(script::Logical::Nullish, ..)));
    assert!(matches!(only("a.b **= 2;"), ExprKind::AssignOp(script::Binary::Pow, ..)));
    assert!(matches!(only("x ** 2;"), ExprKind::Binary(script::Binary::Pow, ..)));
}

#[test]
fn destructuring_assignment_keeps_defaults_and_rest() {
    let ExprKind::Assign(target, _) = only("({ a, b: c.d = 1, ...e } = f);") else { panic!() };
    let Pattern::Object { props, rest: Some(_) } = &*target else { panic!("{target:?}") };
    assert!(matches!(&props[1].1, Pattern::Default(place, _) if matches!(**place, Pattern::Place(_))));
}

#[test]
fn a_loop_without_declaration_assigns() {
    let module = read("for (k of o) f(k);");
    assert!(matches!(&module.body[0].kind, StmtKind::ForEach { binding: Pattern::Place(_), .. }));
    let module = read("for (const k of o) f(k);");
    assert!(matches!(&module.body[0].kind, StmtKind::ForEach { binding: Pattern::Name(..), .. }));
}

#[test]
fn regular_expressions_keep_pattern_and_flags() {
    let ExprKind::Regex(pattern, flags) = only("/a\\/[/]b/gi;") else { panic!() };
    assert_eq!((&*pattern, &*flags), ("a\\/[/]b", "gi"));
}

#[test]
fn types_are_dropped() {
    let (_, module) = read_as("const x: string = (y as any)!.z satisfies Q;", Kind::TypeScript);
    let StmtKind::Declare(all) = &module.body[0].kind else { panic!("{module:?}") };
    assert!(matches!(all[0].1.as_ref().unwrap().kind, ExprKind::Member { .. }));
}

#[test]
fn type_imports_are_no_imports() {
    let (_, module) = read_as("import type { A } from './a'; import { type B, c } from './b'; c();", Kind::TypeScript);
    assert_eq!(module.imports.len(), 1);
    assert_eq!(module.imports[0].names.len(), 1);
}

#[test]
fn imports_and_require_in_order() {
    let module = read(
        "import a from './a.js'; import * as b from 'b'; function f() { return require('./c'); } export { d } from './d';",
    );
    let from: Vec<String> = imports(&module).iter().map(|it| it.from.to_string()).collect();
    assert_eq!(from, ["./a.js", "b", "./c", "./d"]);
    assert_eq!(&*module.imports[1].names[0].0, "*");
}

#[test]
fn exports_name_what_is_behind_them() {
    let module = read("function h() {} export { h as handler }; export const { p } = q; export default 1;");
    let names: Vec<(&str, &str)> = module.exports.iter().map(|(a, b)| (&**a, &**b)).collect();
    assert_eq!(names, [("handler", "h"), ("p", "p"), ("default", "*default")]);
}

#[test]
fn candidates_stay_in_the_repository() {
    assert_eq!(candidates("edge/a.js", "./lib")[..3], ["edge/lib", "edge/lib.js", "edge/lib.mjs"]);
    assert!(candidates("edge/a.js", "../lib").contains(&"lib/index.js".to_owned()));
    assert!(candidates("a.js", "../x").is_empty());
    assert!(candidates("a.js", "lodash").is_empty());
    assert!(candidates("a.ts", "./b.js").contains(&"b.ts".to_owned()));
}

#[test]
fn a_syntax_error_is_a_finding_with_a_place() {
    let mut sources = Sources::new();
    let file = sources.add("a.js", "function handler(event) {\n  if (a {\n}");
    let findings = parse(file, &sources, Kind::Script).unwrap_err();
    assert_eq!(findings[0].code.id, "MIG0201");
    assert!(findings[0].help.is_some());
    assert_eq!(sources.locate(findings[0].span.unwrap()).1.line, 2);
}

fn shapes(n: usize) -> Vec<String> {
    vec![
        format!("x = {}1{};", "(".repeat(n), ")".repeat(n)),
        format!("x = {}{};", "[".repeat(n), "]".repeat(n)),
        format!("{}{}", "{".repeat(n), "}".repeat(n)),
        format!("x = {}1;", "!".repeat(n)),
        format!("x = {}1;", "a ? b : ".repeat(n)),
        format!("x = {}1{};", "f(".repeat(n), ")".repeat(n)),
        format!("if (a) {{}} {}", "else if (a) {} ".repeat(n)),
        format!("{}f();", "if (a)\n".repeat(n)),
        format!("x = {}1;", "a =>\n".repeat(n)),
        format!("x = {}1;", "a = ".repeat(n)),
        format!("x = a{};", ".b".repeat(n)),
        format!("x = a{};", "()".repeat(n)),
        format!("x = {}1;", "typeof ".repeat(n)),
        format!("x = {}1{};", "`${".repeat(n), "}`".repeat(n)),
        format!("x = 2{};", " ** 2".repeat(n)),
        format!("x = {}1{};", "() => {".repeat(n), "}".repeat(n)),
    ]
}

#[test]
fn nesting_of_a_thousand_is_read_and_dropped() {
    for (at, text) in shapes(990).into_iter().enumerate() {
        let mut sources = Sources::new();
        let file = sources.add("a.js", text);
        let result = parse(file, &sources, Kind::Script);
        assert!(result.is_ok(), "shape {at}: {:?}", result.err());
    }
}

#[test]
fn nesting_at_the_limit_neither_overflows_here_nor_in_the_counter() {
    for text in shapes(1_990) {
        let mut sources = Sources::new();
        let file = sources.add("a.js", text.clone());
        let lowered = parse(file, &sources, Kind::TypeScript).ok().map(|module| constructs(&module).len());
        assert_eq!(lowered, count::statements(&text, Kind::TypeScript));
    }
}

#[test]
fn deeper_nesting_is_a_finding() {
    for n in [10_000, 1_000_000] {
        for (at, text) in shapes(n).into_iter().enumerate() {
            let mut sources = Sources::new();
            let file = sources.add("a.js", text);
            let findings = parse(file, &sources, Kind::Script).unwrap_err();
            assert_eq!(findings[0].code.id, "MIG0205", "shape {at} at {n}");
        }
    }
}

#[test]
fn a_concatenation_of_a_hundred_thousand_terms_is_read() {
    let text = format!("function f(a) {{ return 'x'{}; }}", " + a".repeat(100_000));
    let module = read(&text);
    assert_eq!(constructs(&module).len(), 2);
    assert_eq!(count::statements(&text, Kind::Script), Some(2));
}

#[test]
fn long_files_without_semicolons_are_not_deep() {
    let text = "if (a) f()\nx = a.b.c\nif (a) { g() }\nvar y = !z ? 1 : 2\n".repeat(5_000);
    assert_eq!(nesting::check(&text), Ok(()));
    let table = format!("var t = {{ {} }};", "'/a': '/b', ".repeat(20_000));
    assert_eq!(nesting::check(&table), Ok(()));
    let cases = format!("switch (u) {{ {} }}", "case '/a':\n".repeat(20_000));
    assert_eq!(nesting::check(&cases), Ok(()));
}

#[test]
fn brackets_in_strings_comments_and_patterns_are_not_nesting() {
    let text = "a = '((('; /* ((( */ b = /[(]\\(/; // (((\nc = `(((`; if (x) /\\(\\(/.test(x);\n".repeat(3_000);
    assert_eq!(nesting::check(&text), Ok(()));
}

#[test]
fn cloudfront_functions_are_recognized_by_content() {
    let some = Some(Recognized::CloudFrontFunction);
    assert_eq!(is_edge_code("function handler(event) { return event.request; }"), some);
    assert_eq!(is_edge_code("async function handler({ request }) { return request; }"), some);
    assert_eq!(is_edge_code("const handler = async (e) => { const { response } = e; return response; };"), some);
    assert_eq!(is_edge_code("function handler(event: any) { return event['request'] as any; }"), some);
    let handed = "async function handler(event) { if (bot(event)) { return { statusCode: 429 }; } return go(event); }\n\
                  function bot(event) { return go(event).uri === '/b'; }\nconst go = (event) => event.request;";
    assert_eq!(is_edge_code(handed), some);
    assert_eq!(
        is_edge_code("function handler(event) { go(event); }\nfunction go(it) { it.request(); }\nevent.requests;"),
        some
    );
    assert_eq!(is_edge_code("function handler(event) { if ( return event.request; }"), some);
}

#[test]
fn a_handler_exported_as_default_is_recognized_and_named() {
    let some = Some(Recognized::CloudFrontFunction);
    for text in [
        "export default ((event) => { if (!event.request.headers.host) return { statusCode: 400 }; return event.request.headers.host.value; }) satisfies ViewerRequestHandler",
        "export default async function (event) { event.request.uri = event.request.headers.host.value; return event.request; }",
        "export default (event) => { event.request.uri = event.request.headers.host.value; return event.request; };",
    ] {
        assert_eq!(is_edge_code(text), some, "{text}");
        let mut sources = Sources::new();
        let file = sources.add("f.ts", text);
        let module = parse(file, &sources, Kind::TypeScript).unwrap();
        assert_eq!(module.exports, [("default".into(), "handler".into())], "{text}");
    }
    for text in [
        "export default (req, res) => { res.send(req.request.uri.value); };",
        "export default { request: (event) => event.request.uri.value };",
        "export default (event) => new Response(event.request.uri.value + (await fetch(request)));",
        "function handler() {} export default (event) => event.uri.value.request;",
    ] {
        assert_ne!(is_edge_code(text), some, "{text}");
    }
    let mut sources = Sources::new();
    let file = sources.add("f.js", "function handler(event) { return event; }\nexport default (event) => event;");
    let module = parse(file, &sources, Kind::Module).unwrap();
    assert_eq!(module.exports, [("default".into(), "*default".into())], "the file has a handler of its own");
}

#[test]
fn other_code_is_not_a_cloudfront_function() {
    assert_eq!(is_edge_code("function handler(req, res) { res.send(req.request); }"), None);
    assert_eq!(is_edge_code("function handler(event) { return event.body; } // request"), None);
    assert_eq!(is_edge_code("exports.handler = async (event) => event.request;"), None);
    assert_eq!(is_edge_code("var x = 1;"), None);
}

#[test]
fn platforms_not_read_yet_are_recognized() {
    let lambda = "exports.handler = async (event) => { const request = event.Records[0].cf.request; return request; };";
    assert_eq!(is_edge_code(lambda), Some(Recognized::LambdaEdge));
    assert_eq!(is_edge_code("export function onClientRequest(request) {}"), Some(Recognized::EdgeWorker));
    let worker = "export default { async fetch(request, env) { return new Response('x'); } };";
    assert_eq!(is_edge_code(worker), Some(Recognized::CloudflareWorker));
    assert_eq!(is_edge_code("function f(r) { r.return(200); } export default { f };"), Some(Recognized::NginxJs));
}

#[test]
fn kinds_follow_the_ending() {
    assert_eq!(Kind::of_path("a/b.cjs"), Some(Kind::Script));
    assert_eq!(Kind::of_path("b.mjs"), Some(Kind::Module));
    assert_eq!(Kind::of_path("b.d.ts"), Some(Kind::TypeScript));
    assert_eq!(Kind::of_path("README"), None);
}

#[test]
fn data_is_what_its_file_exports() -> Result<(), Box<dyn std::error::Error>> {
    let text = "{\n  \"/old\": \"/new\",\n  \"codes\": [301, 302]\n}\n";
    let mut sources = source::Sources::new();
    let file = sources.add("redirects.json", text);
    let module = front_js::parse(file, &sources, front_js::Kind::Json).map_err(|it| format!("{it:?}"))?;
    assert_eq!((module.body.len(), front_js::constructs(&module).len()), (1, 1));
    assert_eq!(front_js::count::statements(text, front_js::Kind::Json), Some(1));
    assert_eq!(module.body.first().map(|it| (it.span.start, it.span.end)), Some((0, 43)));
    let broken = sources.add("broken.json", "{\"a\": 1} x");
    assert!(front_js::parse(broken, &sources, front_js::Kind::Json).is_err());
    Ok(())
}
