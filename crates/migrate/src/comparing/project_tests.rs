//! The witnesses of a Worker project's own test: a few exchanges that reach code, one at least for each behavior and each outcome of a
//! condition, with the answer of the legacy engine.
//!
//! The test asks the Worker alone, without the rules in front of it. So an exchange is kept only where the Worker by itself, in
//! workerd, gave the legacy engine's answer, where nothing but the request decides it (no clock, no draw), and where no secret of the
//! source stands in it.

use std::collections::{BTreeMap, BTreeSet};

use edge::Node;
use emit_worker::{Expected, OriginSaw, Witness, WitnessRequest, WitnessResponse};
use interp::edge::ORIGIN_LINE;
use interp::exchange::{Exchange, Headers, Outcome as Answer, Request, Response};
use pipeline::Outcome;
use verify::Decider;
use verify::compare::Verdict;

use super::credentials::Credentials;
use super::{Compared, Comparison, witnesses};

/// The most witnesses of one project.
const MOST: usize = 40;

/// Words of a function that reads what no request says.
const BEYOND: [&str; 5] = ["Math.random", "Date", "requestId", "randomUUID", "performance"];

/// Headers that either platform makes itself.
const OF_PLATFORMS: [&str; 9] =
    ["age", "connection", "content-length", "date", "host", "server", "via", "x-cache", "x-forwarded-for"];

/// The witnesses of a zone's project; none without a Worker that runs.
pub fn project_tests(
    outcome: &Outcome,
    comparison: &mut Comparison,
    compared: &Compared,
    exchanges: &[Exchange],
    counters: &[BTreeSet<String>],
) -> Vec<Witness> {
    let mut out = Vec::new();
    if beyond_the_request(outcome, &compared.zone) {
        return out;
    }
    let credentials = Credentials::of(outcome);
    let mut shown: BTreeSet<String> = BTreeSet::new();
    for (at, exchange) in exchanges.iter().enumerate() {
        let (Some(legacy), Some(Verdict::Agrees), Some(decider)) =
            (compared.legacy.get(at), compared.verdicts.get(at), compared.deciders.get(at))
        else {
            continue;
        };
        let Answer::Answered { origin_saw, response } = &legacy.outcome else { continue };
        if *decider == Decider::Rules || out.len() >= MOST || !is_plain(exchange) {
            continue;
        }
        let behaviors = witnesses::acting(outcome, &compared.zone, exchange, *decider);
        let marks = behaviors.iter().cloned().chain([format!("{} {}", response.status, origin_saw.is_some())]);
        let new: Vec<String> =
            marks.chain(counters.get(at).into_iter().flatten().cloned()).filter(|it| !shown.contains(it)).collect();
        if new.is_empty() || !comparison.worker_gives(exchange, &legacy.outcome) {
            continue;
        }
        let Some(witness) = witness(outcome, exchange, origin_saw.as_ref(), response, &behaviors) else { continue };
        if holds_credential(&credentials, &witness) {
            continue;
        }
        shown.extend(new);
        out.push(witness);
    }
    out
}

/// Whether a secret of the source stands in a witness: a test is no place to copy it to.
fn holds_credential(credentials: &Credentials, witness: &Witness) -> bool {
    let text = emit_worker::witnesses_json(std::slice::from_ref(witness));
    let Ok(json) = serde_json::from_str::<serde_json::Value>(&text) else { return true };
    credentials.covered(json.clone()) != json
}

/// Whether a function of the zone reads a clock, a draw, or what else differs between two equal requests.
fn beyond_the_request(outcome: &Outcome, zone: &str) -> bool {
    let units = outcome.hooks.iter().filter(|it| it.site.zone == zone).filter_map(|it| outcome.units.get(it.unit));
    let mentions = |text: &str| BEYOND.iter().any(|word| text.contains(word));
    let store = &outcome.program.store;
    units.flat_map(|it| outcome.modules_of(it)).any(|it| mentions(&it.text))
        || store.ids().any(|it| matches!(store.node(it), Node::Input(_)))
}

/// Whether the exchange means the same when it is made from a URL and a table of headers.
fn is_plain(exchange: &Exchange) -> bool {
    let Request { method, path, query, headers, body, .. } = &exchange.request;
    let text = |it: &str| it.bytes().all(|it| it.is_ascii_alphanumeric() || b"/_.~%=&+:@,;!*()-".contains(&it));
    let query = query.as_deref();
    let names: BTreeSet<&str> = headers.0.iter().map(|it| it.0.as_str()).collect();
    matches!(method.as_str(), "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "PATCH" | "OPTIONS")
        && text(path)
        && query.is_none_or(|it| text(it) && !it.is_empty())
        && !path.contains("//")
        && !path.split('/').any(|it| matches!(it, "." | ".."))
        && !path.to_ascii_lowercase().contains("%2e")
        && names.len() == headers.0.len()
        && body.is_empty()
        && std::str::from_utf8(&exchange.origin.body).is_ok()
}

fn url(request: &Request) -> String {
    let query = request.query.as_ref().map(|it| format!("?{it}")).unwrap_or_default();
    format!("{}://{}{}{query}", request.scheme, request.host, request.path)
}

fn joined(headers: &Headers, name: &str) -> Option<String> {
    let lines: Vec<&str> = headers.all(name).collect();
    let between = if name == "cookie" { "; " } else { ", " };
    (!lines.is_empty()).then(|| lines.join(between))
}

fn is_own(name: &str) -> bool {
    OF_PLATFORMS.contains(&name)
        || name.starts_with("cloudfront-")
        || name.starts_with("x-amz")
        || name.starts_with("cf-")
}

fn witness(
    outcome: &Outcome,
    exchange: &Exchange,
    saw: Option<&Request>,
    answer: &Response,
    behaviors: &[String],
) -> Option<Witness> {
    let request = &exchange.request;
    if saw.is_some_and(|it| it.headers.first(ORIGIN_LINE).is_some()) {
        return None;
    }
    let origin_saw = saw.map(|saw| {
        let names: BTreeSet<&str> = request.headers.0.iter().chain(&saw.headers.0).map(|it| it.0.as_str()).collect();
        let changed = names.into_iter().filter(|it| !is_own(it)).filter_map(|name| {
            let (before, after) = (joined(&request.headers, name), joined(&saw.headers, name));
            (before != after).then(|| (name.to_owned(), after))
        });
        OriginSaw { url: url(saw), headers: changed.collect() }
    });
    // Of what the origin sent, only what changed is said.
    let unchanged = |name: &str| saw.is_some() && exchange.origin.headers.all(name).eq(answer.headers.all(name));
    let given = answer.headers.0.iter().filter(|(name, _)| !is_own(name) && !unchanged(name));
    let bodiless = matches!(answer.status, 204 | 205 | 304) || request.method == "HEAD";
    let response = WitnessResponse {
        status: answer.status,
        headers: given.cloned().collect(),
        body: String::from_utf8(answer.body.clone()).ok().filter(|_| !bodiless),
    };
    let origin = WitnessResponse {
        status: exchange.origin.status,
        headers: exchange.origin.headers.0.clone(),
        body: String::from_utf8(exchange.origin.body.clone()).ok(),
    };
    let mut headers: Vec<(String, String)> = request.headers.0.clone();
    headers.push(("host".to_owned(), request.host.clone()));
    headers.push(("cf-connecting-ip".to_owned(), request.client_ip.clone()));
    let reads_store = outcome.units.iter().any(|it| it.kvs);
    let kv = if reads_store {
        BTreeMap::from([(pipeline::KV_BINDING.to_owned(), exchange.inputs.kv.clone())])
    } else {
        BTreeMap::new()
    };
    let of = |id: &String| outcome.placement.behaviors.iter().find(|it| it.id == *id).map(|it| it.summary.as_str());
    let does: Vec<&str> = behaviors.iter().filter_map(of).collect();
    let does = if does.is_empty() { "nothing".to_owned() } else { does.join(", ") };
    Some(Witness {
        name: format!("{} {}: {does}", request.method, url(request)),
        request: WitnessRequest {
            method: request.method.clone(),
            url: url(request),
            headers,
            cf: verify::workerd::visitor_cf(exchange),
            body: None,
        },
        origin,
        kv,
        expected: Expected { origin_saw, response },
    })
}
