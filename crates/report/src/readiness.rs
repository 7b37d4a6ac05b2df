//! Production readiness: every item a migration practice asks for, answered from the analysis, given to a role as a
//! decision, or not applicable with the reason.

use crate::view::{Report, Verdict};

/// How an item stands.
pub(crate) enum Answer {
    /// The analysis shows it.
    Shown(String),
    /// Somebody has to decide or do it; what to look at.
    Decide(&'static str, &'static str),
    /// It does not arise here, and why.
    NotApplicable(&'static str),
}

/// What the items ask of a report, computed once.
struct Facts<'a> {
    report: &'a Report,
    worker: usize,
    rules: usize,
    kv: bool,
    origin: bool,
    security: bool,
    secrets: bool,
    /// Some Worker runs on every request, or nobody knows where.
    everywhere: bool,
}

const ENGINEER: &str = "edge engineer";
const SECURITY: &str = "security";
const OPERATIONS: &str = "operations";
const OWNER: &str = "service owner";

/// Every item with its answer, in the order of the list.
pub(crate) fn readiness(report: &Report) -> Vec<(&'static str, Answer)> {
    let count = |verdict| report.behaviors.iter().filter(|it| it.verdict == verdict).count();
    let product = |names: &[&str]| {
        report.behaviors.iter().any(|it| it.products.iter().any(|product| names.contains(&product.as_str())))
    };
    let found = |prefix: &str| report.findings.iter().any(|it| it.code.starts_with(prefix));
    let facts = Facts {
        report,
        worker: count(Verdict::Worker),
        rules: count(Verdict::Rule),
        kv: product(&["kv"]),
        origin: product(&["origin_rule"]) || found("MIG0512"),
        security: product(&["waf_custom", "rate_limit"]) || found("MIG070"),
        secrets: found("MIG0703"),
        everywhere: found("MIG0517") || report.zones.iter().any(|it| it.hosts.is_empty()),
    };
    ITEMS.iter().map(|(item, answer)| (*item, answer(&facts))).collect()
}

type Item = (&'static str, fn(&Facts<'_>) -> Answer);

const ITEMS: &[Item] = &[
    ("fit assessment done", |it| {
        Answer::Shown(format!("{} behaviors, each with verdict, product and reason", it.report.behaviors.len()))
    }),
    ("rule-or-Worker decision documented", |it| {
        Answer::Shown(format!("{} as rules, {} in a Worker; reasons in the tables above", it.rules, it.worker))
    }),
    ("use case validated against native rules", |_| {
        Answer::Shown("a Worker is used only where a reason names what rules lack".to_owned())
    }),
    ("Worker routes defined", |it| {
        in_worker(it, || match it.everywhere {
            true => Answer::Decide(
                ENGINEER,
                "a Worker runs on every request of its hosts (MIG0517), or has no hosts yet; see `worker/wrangler.jsonc`",
            ),
            false => Answer::Shown("`worker/wrangler.jsonc`, narrowed to what the code needs".to_owned()),
        })
    }),
    ("environments separated", |it| {
        in_worker(it, || Answer::Decide(ENGINEER, "a staging zone or route before the production route"))
    }),
    ("secrets configured safely", |it| match it.secrets {
        true => Answer::Decide(SECURITY, "issue new values and store them with `wrangler secret put`; see MIG0703"),
        false => Answer::NotApplicable("no literal of the sources was recognized as a secret"),
    }),
    ("bindings documented", |it| {
        in_worker(it, || Answer::Shown("`worker/wrangler.jsonc` lists every binding".to_owned()))
    }),
    ("state primitive chosen on purpose", |it| {
        in_kv(it, || Answer::Shown("KeyValueStore becomes KV: read-heavy".to_owned()))
    }),
    ("KV, D1, R2, Queue, Durable Object use designed", |it| {
        in_kv(it, || Answer::Decide(ENGINEER, "create and fill the namespace; who writes to it from then on"))
    }),
    ("backend placement reviewed", |it| {
        in_worker(it, || Answer::Decide(ENGINEER, "where the origin is, seen from the visitors"))
    }),
    ("Smart Placement considered where backend-heavy", |_| {
        Answer::NotApplicable("edge functions of this kind make no calls to backends")
    }),
    ("same-zone subrequests reviewed", |it| {
        in_worker(it, || {
            Answer::Decide(ENGINEER, "rules may run again on the Worker's own fetch; try one request on staging")
        })
    }),
    ("authentication and authorization reviewed", |it| match it.security {
        true => Answer::Decide(SECURITY, "every behavior that denies, and every finding MIG07xx"),
        false => Answer::NotApplicable("no behavior denies or authenticates"),
    }),
    ("input validated", |_| Answer::NotApplicable("behaviors act as the source does; validation is not added")),
    ("errors handled", |it| {
        in_worker(it, || Answer::Decide(ENGINEER, "`passThroughOnException`: off where code denies, else on purpose"))
    }),
    ("retry and idempotency defined", |_| Answer::NotApplicable("nothing is written to other systems")),
    ("cache behavior reviewed", |_| {
        Answer::Decide(ENGINEER, "the distribution's cache policy is not migrated by this version; compare hit ratios")
    }),
    ("private data not cached", |_| {
        Answer::Decide(SECURITY, "responses with `Set-Cookie` or behind a login stay uncached")
    }),
    ("origin behavior tested", |_| Answer::Decide(ENGINEER, "`curl --resolve` against the new edge before DNS moves")),
    ("Host header and SNI validated", |it| match it.origin {
        true => Answer::Decide(ENGINEER, "each behavior that changes the origin, and what Host it expects"),
        false => Answer::Decide(
            ENGINEER,
            "CloudFront sends the origin's own name as Host unless told otherwise; Cloudflare sends the visitor's",
        ),
    }),
    ("request id propagated", |_| Answer::Decide(OPERATIONS, "`cf-ray` takes the place of `x-amz-cf-id` in logs")),
    ("structured logs", |it| in_worker(it, || Answer::Decide(OPERATIONS, "fields your log search relies on today"))),
    ("Workers Logs or Logpush configured", |it| {
        in_worker(it, || Answer::Shown("`observability` is on in `worker/wrangler.jsonc`".to_owned()))
    }),
    ("logging and metrics configured", |_| Answer::Decide(OPERATIONS, "a dashboard by status and path before cutover")),
    ("alerts and dashboards configured", |_| Answer::Decide(OPERATIONS, "who is called, at which rate of errors")),
    ("error and latency alerts configured", |_| {
        Answer::Decide(OPERATIONS, "thresholds from the legacy edge's last weeks")
    }),
    ("CI/CD configured", |_| Answer::Decide(ENGINEER, "run `migrate check` and `migrate verify` on each change")),
    ("gradual deployment planned", |it| {
        in_worker(it, || Answer::Decide(ENGINEER, "`wrangler versions deploy` with a percentage, then more"))
    }),
    ("rollback route prepared", |_| {
        Answer::Decide(OPERATIONS, "the CloudFront distribution and its DNS record stay as they are")
    }),
    ("rollback documented", |_| Answer::Decide(OPERATIONS, "export every phase's rules before the first write")),
    ("old backend kept for the rollback window", |_| {
        Answer::Decide(OWNER, "how long the distribution stays after cutover")
    }),
    ("dependencies tested for compatibility", |it| {
        match it.report.findings.iter().filter(|finding| finding.code == "MIG0306").count() {
            0 => Answer::NotApplicable("no package is imported"),
            _ => Answer::Decide(ENGINEER, "each finding MIG0306 names a package the Worker bundles"),
        }
    }),
    ("cost and CPU reviewed", |it| {
        in_worker(it, || Answer::Decide(OWNER, "requests on the Worker's routes per month"))
    }),
    ("cost and usage limits reviewed", |it| {
        match it.report.limits.iter().filter(|limit| limit.used > limit.limit).count() {
            0 => Answer::Shown("no quota of the plan is exceeded by our rules".to_owned()),
            over => Answer::Shown(format!("{over} quotas are exceeded; see the limits above")),
        }
    }),
    ("security reviewed", |it| {
        let lost = it.report.findings.iter().filter(|finding| finding.level == "security").count();
        match lost {
            0 => Answer::Shown("no finding of level security".to_owned()),
            _ => Answer::Decide(SECURITY, "the findings of level security at the top of this report"),
        }
    }),
    ("owner assigned", |_| Answer::Decide(OWNER, "a name per zone and per Worker")),
];

fn in_worker(facts: &Facts<'_>, answer: impl Fn() -> Answer) -> Answer {
    if facts.worker == 0 { Answer::NotApplicable("rules carry everything; there is no Worker") } else { answer() }
}

fn in_kv(facts: &Facts<'_>, answer: impl Fn() -> Answer) -> Answer {
    if facts.kv { answer() } else { Answer::NotApplicable("no function uses a key-value store") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_of_the_practice_is_there_once() {
        let mut names: Vec<&str> = ITEMS.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 36);
    }
}
