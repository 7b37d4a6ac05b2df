//! Witnesses: a few of the exchanges, one at least for each behavior and each outcome of a condition, with the engine's answer.

use std::collections::BTreeSet;

use edge::{HookPoint, Place};
use interp::edge::{Acting, acting as acting_of};
use interp::exchange::{Exchange, Headers, Outcome as Answer, Request, Response};
use passes::Part;
use pipeline::{Attached, Outcome};
use serde_json::{Value, json};
use verify::Decider;
use verify::compare::Verdict;

use super::credentials::Credentials;
use super::{Compared, fits, serves};

/// The most witnesses that are kept of one zone.
const MOST: usize = 500;

/// One line of `verify/exchanges.jsonl`.
#[derive(Clone, Debug)]
pub struct Witness {
    /// The line, as JSON.
    pub line: Value,
}

fn reached(attached: &Attached, request: &Request) -> bool {
    let site = &attached.site;
    serves(&site.hosts, &request.host)
        && (site.routes.is_empty()
            || site.routes.iter().any(|it| {
                fits(it.pattern.as_deref(), &request.path)
                    && !it.excluded.iter().any(|earlier| fits(Some(earlier), &request.path))
            }))
}

/// The behaviors of a zone that act on an exchange. Of a hook whose guards are code, all that stay code are taken to act
/// where code decided.
pub(super) fn acting(outcome: &Outcome, zone: &str, exchange: &Exchange, decider: Decider) -> Vec<String> {
    let mut out = Vec::new();
    let mut answered = false;
    for point in HookPoint::ALL {
        for (at, (attached, hook)) in outcome.hooks.iter().zip(&outcome.program.hooks).enumerate() {
            if answered || hook.point != point || attached.site.zone != zone || !reached(attached, &exchange.request) {
                continue;
            }
            let acting = acting_of(&outcome.program.store, hook, exchange);
            answered = !point.of_response() && matches!(acting, Some(Acting::Exit(_)));
            for it in outcome.placement.behaviors.iter().filter(|it| it.hook == at) {
                let acts = match (&acting, it.part) {
                    (Some(Acting::Exit(taken)), Part::Exit(exit)) => *taken == exit,
                    (Some(Acting::Updates(arms)), Part::Update(slot, arm)) => arms.contains(&(slot, arm)),
                    (Some(Acting::Exit(_)), Part::Update(..)) | (Some(Acting::Updates(_)), Part::Exit(_)) => false,
                    (None, Part::Exit(_) | Part::Update(..)) => {
                        it.verdict == Place::Worker && decider != Decider::Rules
                    }
                };
                if acts {
                    out.push(it.id.clone());
                }
            }
        }
    }
    out
}

fn headers(headers: &Headers) -> Value {
    headers.0.iter().map(|(name, value)| json!([name, value])).collect()
}

fn request(request: &Request) -> Value {
    let query = request.query.as_ref().map(|it| format!("?{it}")).unwrap_or_default();
    json!({
        "method": request.method,
        "url": format!("{}://{}{}{query}", request.scheme, request.host, request.path),
        "headers": headers(&request.headers),
        "clientIp": request.client_ip,
        "visitor": request.visitor,
        "body": String::from_utf8_lossy(&request.body),
    })
}

fn response(response: &Response) -> Value {
    json!({
        "status": response.status,
        "headers": headers(&response.headers),
        "body": String::from_utf8_lossy(&response.body),
    })
}

fn kind(answer: &Answer) -> String {
    match answer {
        Answer::Answered { origin_saw, response } => format!("{} {}", response.status, origin_saw.is_some()),
        Answer::Failed(_) => "failed".to_owned(),
        Answer::Undecided(_) => "undecided".to_owned(),
    }
}

/// The witnesses of a zone, from its comparison and the counters that each exchange passed. `by` is who answered.
#[must_use]
pub fn witnesses(
    outcome: &Outcome,
    compared: &Compared,
    exchanges: &[Exchange],
    counters: &[BTreeSet<String>],
    by: &str,
) -> Vec<Witness> {
    let credentials = Credentials::of(outcome);
    let mut shown: BTreeSet<String> = BTreeSet::new();
    let mut out = Vec::new();
    for (at, exchange) in exchanges.iter().enumerate() {
        let (Some(answer), Some(verdict), Some(decider)) =
            (compared.legacy.get(at), compared.verdicts.get(at), compared.deciders.get(at))
        else {
            continue;
        };
        if out.len() >= MOST {
            break;
        }
        let behaviors = acting(outcome, &compared.zone, exchange, *decider);
        let marks = behaviors.iter().cloned().chain([kind(&answer.outcome)]);
        let new: Vec<String> =
            marks.chain(counters.get(at).into_iter().flatten().cloned()).filter(|it| !shown.contains(it)).collect();
        if new.is_empty() {
            continue;
        }
        shown.extend(new);
        let expected = match &answer.outcome {
            Answer::Answered { origin_saw, response: given } => json!({
                "originSaw": origin_saw.as_ref().map(request),
                "response": response(given),
            }),
            Answer::Failed(words) => json!({ "failed": words }),
            Answer::Undecided(words) => json!({ "undecided": words }),
        };
        let agrees = match verdict {
            Verdict::Agrees => json!(true),
            Verdict::Differs(_) => json!(false),
            Verdict::LegacyFailure(_) | Verdict::Undecided(_) | Verdict::SetAside(_) => Value::Null,
        };
        out.push(Witness {
            line: credentials.covered(json!({
                "request": request(&exchange.request),
                "origin": response(&exchange.origin),
                "inputs": {
                    "nowMs": exchange.inputs.now_ms,
                    "randomPermille": exchange.inputs.random_permille,
                    "kv": exchange.inputs.kv,
                },
                "expected": expected,
                "answeredBy": by,
                "decidedBy": decider.name(),
                "agrees": agrees,
                "behaviors": behaviors,
            })),
        });
    }
    out
}
