//! The vendor's documented events and outputs, restated in `fixtures/platform/cloudfront-events`, on every engine: the
//! platform model is judged by them before any other fixture counts.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    clippy::print_stderr,
    reason = "tests"
)]

mod published;

use interp::exchange::Outcome;
use published::{check, exchange, fixtures};
use serde_json::Value;
use verify::cloudfront_edge::{CloudFrontEdge, Function};
use verify::engine::{Engine, EventKind, LegacyProgram, Module, Runtime};
use verify::node::Node;
use verify::quickjs::QuickJs;

fn run(engine: &dyn Engine, fixture: &Value, runtime: &str, source: &str) -> Outcome {
    let event = if fixture["hook"] == "viewer-response" { EventKind::ViewerResponse } else { EventKind::ViewerRequest };
    let program = LegacyProgram {
        platform: "cloudfront-functions",
        runtime: if runtime == "1.0" { Runtime::V1 } else { Runtime::V2 },
        event,
        modules: vec![Module { path: "index.js".into(), text: source.into() }],
        kvs: false,
        ..LegacyProgram::default()
    };
    CloudFrontEdge::of(Function::load(engine, &program).unwrap()).run_exchange(&exchange(fixture))
}

fn check_all(engine: &dyn Engine) -> usize {
    let mut count = 0;
    for (name, fixture) in fixtures("cloudfront-events") {
        assert!(
            fixture["source"].as_str().is_some_and(|it| it.contains("read 20")),
            "{name} has no source with a date"
        );
        if fixture["event"].is_object() {
            let echo = "function handler(event) { return { statusCode: 200, body: JSON.stringify(event) }; }";
            let Outcome::Answered { response, .. } = run(engine, &fixture, "2.0", echo) else {
                panic!("{name}: no event")
            };
            let seen: Value = serde_json::from_slice(&response.body).unwrap();
            assert_eq!(seen, fixture["event"], "{} {name}", engine.name());
            count += 1;
        }
        for (at, case) in fixture["cases"].as_array().unwrap().iter().enumerate() {
            let outcome = run(engine, &fixture, case["runtime"].as_str().unwrap(), case["function"].as_str().unwrap());
            check(case, &outcome, &format!("{} {name} case {at}", engine.name()));
            count += 1;
        }
    }
    count
}

#[test]
fn quickjs_acts_as_documented() {
    assert!(check_all(&QuickJs::default()) >= 70);
}

#[test]
fn node_acts_as_documented() {
    let probe = LegacyProgram {
        platform: "cloudfront-functions",
        runtime: Runtime::V2,
        event: EventKind::ViewerRequest,
        modules: vec![Module { path: "index.js".into(), text: String::new() }],
        kvs: false,
        ..LegacyProgram::default()
    };
    let node = Node::default();
    if let Err(error) = node.load(&probe) {
        assert!(std::env::var_os("CI").is_none(), "{error}");
        eprintln!("skipped: {error}");
        return;
    }
    assert!(check_all(&node) >= 70);
}
