//! Witnesses: requests with the answer that the old edge gives, as the data of the project's own test.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// One request and what must come of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Witness {
    /// What it shows.
    pub name: String,
    /// What the visitor sends.
    pub request: WitnessRequest,
    /// What the origin answers when it is asked.
    pub origin: WitnessResponse,
    /// Contents of key value stores, by binding.
    pub kv: BTreeMap<String, BTreeMap<String, String>>,
    /// What must come out.
    pub expected: Expected,
}

/// A request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WitnessRequest {
    /// The method.
    pub method: String,
    /// The absolute URL.
    pub url: String,
    /// Header lines, `cookie` and `cf-connecting-ip` among them.
    pub headers: Vec<(String, String)>,
    /// What Cloudflare knows about the visitor, by the names of `request.cf`.
    pub cf: Map<String, Value>,
    /// The body, if there is one.
    pub body: Option<String>,
}

/// A response, or the part of one that is compared.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WitnessResponse {
    /// The status.
    pub status: u16,
    /// Header lines. Of an expected response only the names that stand here are compared.
    pub headers: Vec<(String, String)>,
    /// The body; `None` is not compared.
    pub body: Option<String>,
}

/// What must come of a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Expected {
    /// What the origin must see; `None`: it must not be asked.
    pub origin_saw: Option<OriginSaw>,
    /// What the visitor must get.
    pub response: WitnessResponse,
}

/// The request at the origin.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OriginSaw {
    /// The absolute URL.
    pub url: String,
    /// Headers and their values, `None` for one that must be absent.
    pub headers: Vec<(String, Option<String>)>,
}

/// The content of `test/witnesses.json`.
#[must_use]
pub fn witnesses_json(witnesses: &[Witness]) -> String {
    let all: Vec<Value> = witnesses.iter().map(witness).collect();
    format!("{}\n", crate::config::pretty(&Value::Array(all)))
}

fn witness(witness: &Witness) -> Value {
    let Witness { name, request, origin, kv, expected } = witness;
    let WitnessRequest { method, url, headers, cf, body } = request;
    let mut asked = Map::new();
    asked.insert("method".to_owned(), json!(method));
    asked.insert("url".to_owned(), json!(url));
    asked.insert("headers".to_owned(), json!(headers));
    asked.insert("cf".to_owned(), json!(cf));
    if let Some(body) = body {
        asked.insert("body".to_owned(), json!(body));
    }
    let saw = expected.origin_saw.as_ref().map(|it| json!({ "url": it.url, "headers": it.headers }));
    json!({
        "name": name,
        "request": asked,
        "origin": response(origin),
        "kv": kv,
        "expected": { "originSaw": saw, "response": response(&expected.response) },
    })
}

fn response(response: &WitnessResponse) -> Value {
    let WitnessResponse { status, headers, body } = response;
    let mut answer = Map::new();
    answer.insert("status".to_owned(), json!(status));
    answer.insert("headers".to_owned(), json!(headers));
    if let Some(body) = body {
        answer.insert("body".to_owned(), json!(body));
    }
    Value::Object(answer)
}
