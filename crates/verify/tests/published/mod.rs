//! Fixtures of published events and outputs: how they are read, and how an outcome is checked against one.

use std::path::{Path, PathBuf};

use interp::exchange::{Exchange, Headers, Inputs, Outcome, Request, Response};
use serde_json::Value;

/// The fixtures of one folder, by name.
pub(crate) fn fixtures(folder: &str) -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/platform").join(folder);
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|it| it.unwrap().path()).collect();
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

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn lines(value: &Value) -> Headers {
    Headers(value.as_array().into_iter().flatten().map(|it| (text(&it[0]), text(&it[1]))).collect())
}

/// The exchange that a fixture describes.
pub(crate) fn exchange(fixture: &Value) -> Exchange {
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
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.clone(), text(value)))
                .collect(),
            body: text(&request["body"]).into_bytes(),
        },
        origin,
        inputs: Inputs::default(),
    }
}

fn check_headers(expected: &Value, headers: &Headers, place: &str) {
    for (name, values) in expected.as_object().into_iter().flatten() {
        let values: Vec<String> = values.as_array().unwrap().iter().map(text).collect();
        assert_eq!(headers.all(name).collect::<Vec<_>>(), values, "{place}: {name}");
    }
}

/// Checks an outcome against what a case expects.
pub(crate) fn check(case: &Value, outcome: &Outcome, place: &str) {
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
            if case["asks_origin"] == false {
                assert!(origin_saw.is_none(), "{place}: {origin_saw:?}");
            }
            if origin.is_object() {
                let saw = origin_saw.as_ref().unwrap();
                for (name, expected) in origin.as_object().unwrap() {
                    match name.as_str() {
                        "path" => assert_eq!(saw.path, text(expected), "{place}"),
                        "host" => assert_eq!(saw.host, text(expected), "{place}"),
                        "query" => assert_eq!(saw.query.as_deref(), expected.as_str(), "{place}"),
                        "headers" => check_headers(expected, &saw.headers, place),
                        "body" => assert_eq!(String::from_utf8_lossy(&saw.body), text(expected), "{place}"),
                        other => panic!("{place}: unknown expectation {other}"),
                    }
                }
            }
        }
    }
}
