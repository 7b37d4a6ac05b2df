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

use std::path::{Path, PathBuf};

use interp::exchange::{Exchange, Headers, Inputs, Outcome, Request, Response};
use serde_json::Value;
use verify::cloudfront_functions::{CffEdge, Function};
use verify::engine::{Engine, EventKind, LegacyProgram, Module, Runtime};
use verify::node::Node;
use verify::quickjs::QuickJs;

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/platform/cloudfront-events")
}

fn fixtures() -> Vec<(String, Value)> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(directory()).unwrap().map(|it| it.unwrap().path()).collect();
    paths.sort();
    paths
        .iter()
        .filter(|it| it.extension().is_some_and(|it| it == "json"))
        .map(|it| {
            (
                it.file_stem().unwrap().to_string_lossy().into_owned(),
                serde_json::from_str(&std::fs::read_to_string(it).unwrap()).unwrap(),
            )
        })
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn lines(value: &Value) -> Headers {
    Headers(value.as_array().unwrap().iter().map(|it| (text(&it[0]), text(&it[1]))).collect())
}

fn exchange(fixture: &Value) -> Exchange {
    let request = &fixture["request"];
    let origin = match &fixture["origin"] {
        Value::Null => Response { status: 200, headers: Headers::default(), body: b"origin".to_vec() },
        it => Response {
            status: u16::try_from(it["status"].as_u64().unwrap()).unwrap(),
            headers: lines(&it["headers"]),
            body: text(&it["body"]).into_bytes(),
        },
    };
    Exchange {
        request: Request {
            method: text(&request["method"]),
            scheme: text(&request["scheme"]),
            host: text(&request["host"]),
            path: text(&request["path"]),
            query: request["query"].as_str().map(str::to_owned),
            headers: lines(&request["headers"]),
            client_ip: text(&request["client_ip"]),
            visitor: request["visitor"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(name, value)| (name.clone(), text(value)))
                .collect(),
            body: Vec::new(),
        },
        origin,
        inputs: Inputs::default(),
    }
}

fn run(engine: &dyn Engine, fixture: &Value, runtime: &str, source: &str) -> Outcome {
    let event = if fixture["hook"] == "viewer-response" { EventKind::ViewerResponse } else { EventKind::ViewerRequest };
    let program = LegacyProgram {
        platform: "cloudfront-functions",
        runtime: if runtime == "1.0" { Runtime::V1 } else { Runtime::V2 },
        event,
        modules: vec![Module { path: "index.js".into(), text: source.into() }],
        kvs: false,
    };
    let function = Some(Function::load(engine, &program).unwrap());
    let mut edge = match event {
        EventKind::ViewerRequest => CffEdge { request_fn: function, ..CffEdge::default() },
        EventKind::ViewerResponse => CffEdge { response_fn: function, ..CffEdge::default() },
    };
    edge.run_exchange(&exchange(fixture))
}

fn check_headers(expected: &Value, headers: &Headers, place: &str) {
    for (name, values) in expected.as_object().into_iter().flatten() {
        let values: Vec<String> = values.as_array().unwrap().iter().map(text).collect();
        assert_eq!(headers.all(name).collect::<Vec<_>>(), values, "{place}: {name}");
    }
}

fn check(case: &Value, outcome: &Outcome, place: &str) {
    match outcome {
        Outcome::Failed(words) => {
            assert!(case["failed"].as_str().is_some_and(|it| words.contains(it)), "{place}: failed: {words}")
        }
        Outcome::Undecided(words) => {
            assert!(case["undecided"].as_str().is_some_and(|it| words.contains(it)), "{place}: undecided: {words}")
        }
        Outcome::Answered { origin_saw, response } => {
            assert!(case["failed"].is_null() && case["undecided"].is_null(), "{place}: {outcome:?}");
            let (answer, origin) = (&case["answer"], &case["origin"]);
            assert!(!answer.is_null() || !origin.is_null(), "{place}: a case without expectation");
            if let Some(status) = answer["status"].as_u64() {
                assert_eq!(u64::from(response.status), status, "{place}");
            }
            if let Some(body) = answer["body"].as_str() {
                assert_eq!(String::from_utf8_lossy(&response.body), body, "{place}");
            }
            check_headers(&answer["headers"], &response.headers, place);
            if origin.is_object() {
                let saw = origin_saw.as_ref().unwrap();
                for (name, expected) in origin.as_object().unwrap() {
                    match name.as_str() {
                        "path" => assert_eq!(saw.path, text(expected), "{place}"),
                        "host" => assert_eq!(saw.host, text(expected), "{place}"),
                        "query" => assert_eq!(saw.query.as_deref(), expected.as_str(), "{place}"),
                        "headers" => check_headers(expected, &saw.headers, place),
                        other => panic!("{place}: unknown expectation {other}"),
                    }
                }
            }
        }
    }
}

fn check_all(engine: &dyn Engine) -> usize {
    let mut count = 0;
    for (name, fixture) in fixtures() {
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
    };
    let node = Node::default();
    if let Err(error) = node.load(&probe) {
        assert!(std::env::var_os("CI").is_none(), "{error}");
        eprintln!("skipped: {error}");
        return;
    }
    assert!(check_all(&node) >= 70);
}
