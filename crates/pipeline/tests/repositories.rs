//! Whole repositories in memory: what is found, what is refused, and that the output depends on nothing but the input.

use diag::codes;
use pipeline::{Options, Outcome, run};
use source::MemoryTree;

const FUNCTION: &str = "function handler(event) {\n  var request = event.request;\n  if (request.uri === '/old') {\n    return { statusCode: 301, headers: { location: { value: 'https://www.example.com/new' } } };\n  }\n  return request;\n}\n";

fn of(files: &[(&str, &[u8])]) -> Outcome {
    let tree = files.iter().fold(MemoryTree::new(), |tree, (path, bytes)| tree.with(*path, bytes.to_vec()));
    run(&tree, &Options::default())
}

fn names(outcome: &Outcome) -> Vec<&'static str> {
    let mut all: Vec<&str> = outcome.findings.iter().map(|it| it.code.name).collect();
    all.sort_unstable();
    all.dedup();
    all
}

#[test]
fn bad_files_are_findings_and_the_rest_is_analyzed() {
    let outcome = of(&[
        ("broken.js", b"function handler(event) { var request = event.request; return request"),
        ("broken.yaml", b"Resources:\n  F:\n    Type: AWS::CloudFront::Function\n  - x\n"),
        ("latin.js", b"function handler(event) { return event.request; } // \xe9"),
        ("edge.vcl", b"sub vcl_recv {\n#FASTLY recv\n  return(lookup);\n}\n"),
        ("good.js", FUNCTION.as_bytes()),
        ("migration/.migrate", b"{}"),
        ("migration/zones/x/worker/src/a.js", FUNCTION.as_bytes()),
    ]);
    for code in [
        &codes::SYNTAX_ERROR_JAVASCRIPT,
        &codes::SYNTAX_ERROR_YAML,
        &codes::INVALID_UTF8,
        &codes::PLATFORM_NOT_READ_YET,
        &codes::OUR_OWN_OUTPUT_SKIPPED,
        &codes::UNATTACHED_FUNCTION,
    ] {
        assert!(names(&outcome).contains(&code.name), "{}: {:?}", code.name, names(&outcome));
    }
    assert_eq!(outcome.hooks.len(), 1);
    assert!(outcome.balances(), "{:?}", outcome.report.ledger);
    assert_eq!(outcome.report.ledger.constructs.refused, 3);
    assert!(outcome.files.contains_key("zones/unattached-good-js/rules/http_request_dynamic_redirect.json"));
}

#[test]
fn deep_nesting_and_cycles_end_in_findings() {
    let deep = format!(
        "function handler(event) {{ var request = event.request; {}{} return request; }}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let outcome = of(&[
        ("deep.js", deep.as_bytes()),
        ("a.js", b"import { b } from './b.js';\nfunction handler(event) { var request = event.request; request.uri = b; return request; }"),
        ("b.js", b"import './a.js';\nexport const b = '/b';"),
    ]);
    assert!(names(&outcome).contains(&codes::NESTING_TOO_DEEP.name), "{:?}", names(&outcome));
    assert!(names(&outcome).contains(&codes::IMPORT_CYCLE.name), "{:?}", names(&outcome));
    assert!(outcome.balances(), "{:?}", outcome.report.ledger);
}

#[test]
fn equal_functions_are_analyzed_once_and_said_for_each() {
    let outcome = of(&[("a/f.js", FUNCTION.as_bytes()), ("b/f.js", FUNCTION.as_bytes())]);
    assert_eq!(outcome.hooks.len(), 1);
    assert!(names(&outcome).contains(&codes::DUPLICATE_FUNCTION_ANALYZED_ONCE.name));
    let counts = outcome.report.ledger.constructs;
    assert!(outcome.balances(), "{counts:?}");
    assert_eq!(counts.rule % 2, 0);
}

#[test]
fn a_configuration_attaches_a_function() {
    let config = b"[[source]]\npath = \"f.js\"\nhook = \"client_request\"\nroute = \"/shop/*\"\nzone = \"example.com\"\n\n[[zone]]\nname = \"example.com\"\nhosts = [\"www.example.com\"]\n";
    let outcome = of(&[("f.js", FUNCTION.as_bytes()), ("migrate.toml", config)]);
    assert_eq!(outcome.hooks.first().map(|it| it.site.zone.as_str()), Some("example.com"));
    assert!(!names(&outcome).contains(&codes::UNATTACHED_FUNCTION.name));
    let outcome = of(&[("f.js", FUNCTION.as_bytes()), ("migrate.toml", b"plans = 1")]);
    assert!(names(&outcome).contains(&codes::CONFIGURATION_INVALID.name));
}

#[test]
fn the_same_input_gives_the_same_bytes_on_any_number_of_threads() {
    let tree = MemoryTree::new().with("a/f.js", FUNCTION).with("b/g.js", FUNCTION.replace("/old", "/older"));
    let files = |jobs| run(&tree, &Options { jobs: Some(jobs), ..Options::default() }).files;
    assert_eq!(files(1), files(4));
}

/// A function in Terraform whose text has `open` places, with the declarations in front of it.
fn in_terraform(declared: &str, body: &str) -> Outcome {
    let text = format!(
        "{declared}\nresource \"aws_cloudfront_function\" \"f\" {{\n  name = \"f\"\n  runtime = \"cloudfront-js-2.0\"\n  code = <<-EOT\n    function handler(event) {{\n      var request = event.request;\n{body}      return request;\n    }}\n  EOT\n}}\n"
    );
    of(&[("main.tf", text.as_bytes())])
}

#[test]
fn what_a_refused_function_holds_is_refused() {
    let body = "      var wanted = '${var.token}';\n      var given = request.headers['x-token'];\n      console.log(wanted);\n      var unused = request.uri + wanted;\n      if (!given || given.value !== wanted) {\n        return { statusCode: 403, body: 'no', headers: { 'x-why': { value: wanted } } };\n      }\n";
    let outcome = in_terraform("variable \"token\" { type = string }", body);
    assert!(outcome.balances(), "{:?}", outcome.report.ledger);
    let statements: Vec<_> = outcome.ledger.iter().filter(|it| it.what.starts_with("statement")).collect();
    assert!(!statements.is_empty());
    for it in statements {
        assert_eq!(it.settled, Some(report::view::Verdict::Refused), "{it:?}");
        assert!(!it.behaviors.is_empty(), "{it:?}");
    }
}

#[test]
fn an_answer_behind_a_check_against_a_default_rests_on_it() {
    let declared = "variable \"basic_auth\" {\n  type = string\n  default = \"\"\n}";
    let body = "      var given = request.headers.authorization;\n      var wanted = 'Basic ${var.basic_auth}';\n      if (given && given.value === wanted) {\n        return request;\n      }\n      if (request.uri !== '/health') { return { statusCode: 401 }; }\n";
    let outcome = in_terraform(declared, body);
    let denied = outcome.report.behaviors.iter().find(|it| it.summary == "answer 401");
    assert!(denied.is_some_and(|it| it.assumptions.iter().any(|it| it == "default-values")), "{denied:?}");
    assert!(names(&outcome).contains(&codes::CHECK_RESTS_ON_DEFAULT.name), "{:?}", names(&outcome));
    // A default that no check compares with is an assumption and no danger.
    let outcome = in_terraform(
        "variable \"suffix\" {\n  type = string\n  default = \"html\"\n}",
        "      request.uri = request.uri + '.${var.suffix}';\n",
    );
    assert!(outcome.report.behaviors.iter().all(|it| it.assumptions.iter().any(|it| it == "default-values")));
    assert!(!names(&outcome).contains(&codes::CHECK_RESTS_ON_DEFAULT.name), "{:?}", names(&outcome));
}

#[test]
fn reports_show_the_statement_that_acts_and_what_decides() {
    let function = "function handler(event) {\n  var request = event.request;\n  var uri = request.uri;\n  if (uri === '/secret' &&\n      request.method === 'GET') {\n    return { statusCode: 403 };\n  }\n  if (uri.endsWith('/')) {\n    request.uri += 'index.html';\n  } else {\n    request.headers['x-page'] = { value: uri };\n  }\n  request.cookies = {};\n  return request;\n}\n";
    let outcome = of(&[("f.js", function.as_bytes())]);
    let of = |summary: &str| outcome.report.behaviors.iter().find(|it| it.summary == summary);
    let line = |summary: &str| of(summary).and_then(|it| it.spans.first()).and_then(|it| it.line);
    let shows = |summary: &str, text: &str| of(summary).is_some_and(|it| it.excerpt.contains(text));
    let all: Vec<&String> = outcome.report.behaviors.iter().map(|it| &it.summary).collect();
    assert_eq!(line("answer 403"), Some(6), "{all:?}");
    assert_eq!(line("append index.html to the path"), Some(9), "{all:?}");
    assert_eq!(line("set request header x-page"), Some(11), "{all:?}");
    assert!(shows("answer 403", "if (uri === '/secret' &&\n    request.method === 'GET') {"), "{:?}", of("answer 403"));
    assert!(shows("append index.html to the path", "if (uri.endsWith('/')) {\n"));
    assert!(shows("set request header x-page", "if (uri.endsWith('/')) {\n"));
    assert!(shows("set request header x-page", "} else {\n"));
    assert!(of("replace cookies of any name").is_some(), "{all:?}");
}
