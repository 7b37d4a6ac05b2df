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
        (
            "lambda.js",
            b"exports.handler = async (event) => { const request = event.Records[0].cf.request; return request; };",
        ),
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
