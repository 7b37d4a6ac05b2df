//! The report's data from what the passes decided.

use std::collections::{BTreeMap, BTreeSet};

use edge::Place;
use passes::{Fidelity, Placement};
use report::view::{
    Behavior, BehaviorEvidence, ByVerdict, Emitted, Evidence, Limit, Plan, Question, Reason, Report, Source, Verdict,
    Zone, excerpt,
};
use source::{Sources, Span};
use target::limits::Limits;
use target::phase::Phase;
use target::ruleset::{Account, Rule};

use crate::attach::Estate;
use crate::ledger::{Register, Settled, verdict};
use crate::lower::Modules;

pub(crate) struct Parts<'a> {
    pub(crate) program: &'a edge::Program,
    pub(crate) placement: &'a Placement,
    pub(crate) by_plan: &'a BTreeMap<target::plan::Plan, Placement>,
    pub(crate) plan: target::plan::Plan,
    pub(crate) estate: &'a Estate,
    pub(crate) modules: &'a Modules,
    pub(crate) sources: &'a Sources,
    pub(crate) settled: &'a Settled,
    pub(crate) register: &'a Register,
}

/// The plan's word in the report.
pub(crate) fn plan(plan: target::plan::Plan) -> Plan {
    match plan {
        target::plan::Plan::Free => Plan::Free,
        target::plan::Plan::Pro => Plan::Pro,
        target::plan::Plan::Business => Plan::Business,
        target::plan::Plan::Enterprise => Plan::Enterprise,
    }
}

/// Everything but the findings.
pub(crate) fn report(parts: &Parts<'_>) -> Report {
    let mut report = Report::new();
    report.sources = sources(parts);
    report.behaviors = behaviors(parts);
    report.zones = zones(parts);
    report.ledger = parts.settled.ledger.clone();
    report.limits = limits(parts);
    report.questions = questions(parts);
    report
}

fn zone_of<'a>(parts: &Parts<'a>, hook: usize) -> &'a str {
    parts.estate.hooks.get(hook).map_or("", |it| it.site.zone.as_str())
}

fn sources(parts: &Parts<'_>) -> Vec<Source> {
    let mut out = Vec::new();
    for (at, unit) in parts.estate.units.iter().enumerate() {
        let hooks: Vec<&edge::Hook> = parts
            .estate
            .hooks
            .iter()
            .zip(&parts.program.hooks)
            .filter(|(attached, _)| attached.unit == at)
            .map(|(_, hook)| hook)
            .collect();
        let Some(first) = hooks.first() else { continue };
        let points: BTreeSet<&str> = hooks.iter().map(|it| it.point.text()).collect();
        let mut files: Vec<String> = Vec::new();
        for file in parts.modules.closure(unit.file) {
            let path = parts.sources.file(file).path().to_owned();
            if !files.contains(&path) {
                files.push(path);
            }
        }
        out.push(Source {
            id: format!("s{}", at + 1),
            platform: unit.platform().word().to_owned(),
            files,
            hooks: points.into_iter().map(str::to_owned).collect(),
            entry: crate::worker::entry(unit, parts.sources, first),
        });
    }
    out
}

fn behaviors(parts: &Parts<'_>) -> Vec<Behavior> {
    let rules = rules(parts.placement);
    let innermost = innermost(parts.program);
    let own: BTreeSet<(usize, Span)> = parts.placement.behaviors.iter().map(|it| (it.hook, it.span)).collect();
    let mut order: BTreeMap<usize, u32> = BTreeMap::new();
    parts
        .placement
        .behaviors
        .iter()
        .map(|it| {
            let order = order.entry(it.hook).or_insert(0);
            *order += 1;
            let attached = parts.estate.hooks.get(it.hook);
            let hook = parts.program.hooks.get(it.hook);
            let spans = spans(&innermost, it);
            let (fidelity, assumptions) = match &it.fidelity {
                Fidelity::Exact => (report::view::Fidelity::Exact, Vec::new()),
                Fidelity::Assumed(on) => (report::view::Fidelity::Assumed, on.clone()),
                Fidelity::Approximate(classes) => (report::view::Fidelity::Approximate, classes.clone()),
            };
            let routes: Vec<&str> = attached
                .map(|it| it.site.routes.iter().map(|it| it.pattern.as_deref().unwrap_or("*")).collect())
                .unwrap_or_default();
            Behavior {
                id: it.id.clone(),
                source: attached.map_or_else(String::new, |it| format!("s{}", it.unit + 1)),
                zone: zone_of(parts, it.hook).to_owned(),
                hook: hook.map_or("", |it| it.point.text()).to_owned(),
                order: *order,
                route: if routes.is_empty() { "*".to_owned() } else { routes.join(", ") },
                summary: it.summary.clone(),
                spans: spans.iter().map(|it| report::view::Span::of(*it, parts.sources)).collect(),
                verdict: verdict(it.verdict),
                products: products(parts, it),
                refs: it.refs.clone(),
                minimum_plan: plan(it.minimum_plan),
                fidelity,
                assumptions,
                held_back_by: it.held_back_by.clone(),
                evidence: BehaviorEvidence { language: Evidence::None, platform: Evidence::Model },
                alternatives: Vec::new(),
                reasons: it
                    .reasons
                    .iter()
                    .map(|it| Reason { code: it.code.id.to_owned(), message: it.message.clone() })
                    .collect(),
                emitted: it.refs.iter().filter_map(|it| rules.get(it.as_str()).cloned()).collect(),
                excerpt: excerpt(&shown(parts, it, &spans, &own), parts.sources),
            }
        })
        .collect()
}

/// The report's words for the products of a behavior.
fn products(parts: &Parts<'_>, behavior: &passes::Behavior) -> Vec<String> {
    let mut out: Vec<String> = behavior.products.iter().map(|it| product(it)).collect();
    if behavior.verdict == Place::Worker && out.is_empty() {
        out.push("worker".to_owned());
        let unit = parts.estate.hooks.get(behavior.hook).and_then(|it| parts.estate.units.get(it.unit));
        if unit.is_some_and(|it| it.kvs) {
            out.push("kv".to_owned());
        }
    }
    out
}

/// The word of a product, which users know by the name that its phase's row gives.
fn product(name: &str) -> String {
    let phase = Phase::ALL.into_iter().find(|it| it.row().product == name);
    let word = match phase {
        Some(Phase::DynamicRedirect) => "single_redirect",
        Some(Phase::UrlRewrite) => "url_rewrite",
        Some(Phase::Config) => "config_rule",
        Some(Phase::Origin) => "origin_rule",
        Some(Phase::WafCustom) => "waf_custom",
        Some(Phase::BulkRedirect) => "bulk_redirect",
        Some(Phase::RequestHeaders) => "request_header",
        Some(Phase::Cache) => "cache_rule",
        Some(Phase::Snippets) => "snippet",
        Some(Phase::Worker) => "worker",
        Some(Phase::CustomErrors) => "custom_error",
        Some(Phase::ResponseHeaders) => "response_header",
        None => name,
    };
    word.to_owned()
}

/// Statements that are kept for each set of provenance; a behavior shows fewer.
const KEPT: usize = 24;

/// The innermost statements of every set of provenance, the first ones of it: a function's declaration holds everything, the
/// statements inside say more. Gathered over the shared graph, because the sets of many behaviors overlap.
fn innermost(program: &edge::Program) -> edge::Gathered<Vec<Span>> {
    let ledger = &program.ledger;
    ledger.why.gather(
        |instance| {
            let construct = ledger.instances.get(instance.0 as usize).map(|it| it.construct);
            construct.and_then(|it| ledger.constructs.get(it.0 as usize)).map(|it| it.span).into_iter().collect()
        },
        |a: &Vec<Span>, b: &Vec<Span>| {
            let mut all = [a.as_slice(), b.as_slice()].concat();
            all.sort_unstable();
            all.dedup();
            let mut inner: Vec<Span> = Vec::with_capacity(all.len());
            // From the back: what stands behind a span begins inside of it or after it.
            for (at, span) in all.iter().enumerate().rev() {
                let shorter = at.checked_sub(1).and_then(|it| all.get(it));
                let begins = shorter.is_some_and(|it| (it.file, it.start) == (span.file, span.start));
                let holds = inner.last().is_some_and(|it: &Span| it.file == span.file && it.end <= span.end);
                if !begins && !holds {
                    inner.push(*span);
                }
            }
            inner.reverse();
            inner.truncate(KEPT);
            inner
        },
    )
}

/// The statements of a behavior, the one that acts first; at most a dozen.
fn spans(innermost: &edge::Gathered<Vec<Span>>, behavior: &passes::Behavior) -> Vec<Span> {
    let mut inner: Vec<Span> = innermost.of(behavior.why).cloned().unwrap_or_default();
    inner.retain(|it| *it != behavior.span);
    inner.insert(0, behavior.span);
    inner.truncate(12);
    inner
}

/// What an excerpt shows, the most telling first: the conditions around the statement that acts, that statement, and what else has
/// a part in it, short of what is a behavior of its own.
fn shown(parts: &Parts<'_>, behavior: &passes::Behavior, spans: &[Span], own: &BTreeSet<(usize, Span)>) -> Vec<Span> {
    let mut out = parts.register.heads(behavior.span, parts.sources);
    out.push(behavior.span);
    for span in spans.iter().filter(|it| !own.contains(&(behavior.hook, **it))) {
        out.extend(parts.register.heads(*span, parts.sources));
        out.push(*span);
    }
    let mut seen = BTreeSet::new();
    out.retain(|it| seen.insert(*it));
    out
}

fn emitted(rule: &Rule, phase: &str, file: String) -> (String, Emitted) {
    let json = emit_rules::rules_json(
        std::slice::from_ref(rule),
        Phase::from_api_name(phase).unwrap_or(Phase::DynamicRedirect),
        "",
    );
    let action = json
        .pointer("/rules/0")
        .map(|it| {
            let parameters = it.get("action_parameters").map(|it| format!(" {it}")).unwrap_or_default();
            format!("{}{parameters}", it.get("action").and_then(serde_json::Value::as_str).unwrap_or_default())
        })
        .unwrap_or_default();
    let expression = target::lang::print(&rule.expression);
    let it = Emitted { reference: rule.reference.clone(), file, expression, action };
    (rule.reference.clone(), it)
}

/// Every rule by its reference.
pub(crate) fn rules(placement: &Placement) -> BTreeMap<String, Emitted> {
    let mut out = BTreeMap::new();
    for zone in &placement.zones {
        for (phase, rules) in &zone.phases {
            let file = format!("zones/{}/rules/{phase}.json", zone.name);
            out.extend(rules.iter().map(|it| emitted(it, phase.api_name(), file.clone())));
        }
    }
    let phase = Phase::BulkRedirect;
    let file = format!("account/rules/{phase}.json");
    out.extend(placement.account.bulk_rules.iter().map(|it| emitted(it, phase.api_name(), file.clone())));
    out
}

fn zones(parts: &Parts<'_>) -> Vec<Zone> {
    let mut zones: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for attached in &parts.estate.hooks {
        let hosts = zones.entry(&attached.site.zone).or_default();
        hosts.extend(attached.site.hosts.iter().map(String::as_str));
    }
    zones
        .into_iter()
        .map(|(name, hosts)| {
            let by_plan = parts
                .by_plan
                .iter()
                .map(|(at, placement)| {
                    let mut counts = ByVerdict::new();
                    for it in placement.behaviors.iter().filter(|it| zone_of(parts, it.hook) == name) {
                        *counts.entry(verdict(it.verdict)).or_default() += 1;
                    }
                    (plan(*at), counts)
                })
                .collect();
            let hosts = hosts.into_iter().map(str::to_owned).collect();
            Zone { name: name.to_owned(), plan: plan(parts.plan), hosts, by_plan }
        })
        .collect()
}

fn limits(parts: &Parts<'_>) -> Vec<Limit> {
    let of = Limits::of(parts.plan);
    let mut out = Vec::new();
    for zone in &parts.placement.zones {
        for (phase, rules) in zone.phases.iter().filter(|(_, rules)| !rules.is_empty()) {
            out.push(Limit {
                scope: "zone".to_owned(),
                zone: Some(zone.name.clone()),
                phase: phase.api_name().to_owned(),
                used: rules.len() as u64,
                limit: of.rules(*phase),
            });
        }
    }
    let Account { bulk_rules, lists } = &parts.placement.account;
    if !bulk_rules.is_empty() {
        let phase = Phase::BulkRedirect;
        let count = |used: usize, name: &str, limit: u64| Limit {
            scope: "account".to_owned(),
            zone: None,
            phase: name.to_owned(),
            used: used as u64,
            limit,
        };
        out.push(count(bulk_rules.len(), phase.api_name(), of.rules(phase)));
        let items = lists.iter().map(|it| it.items.len()).sum();
        if let Some(limit) = target::limits::Limit::from_key("bulk_redirect_urls") {
            out.push(count(items, "list items", of.get(limit)));
        }
    }
    out
}

/// One question for each class that holds behaviors back, the class worth most first.
fn questions(parts: &Parts<'_>) -> Vec<Question> {
    let mut by_class: BTreeMap<&str, (BTreeSet<&str>, Verdict)> = BTreeMap::new();
    for it in parts.placement.behaviors.iter().filter(|it| it.verdict != Place::Rule) {
        for class in &it.held_back_by {
            let entry = by_class.entry(class).or_insert_with(|| (BTreeSet::new(), verdict(it.verdict)));
            entry.0.insert(&it.id);
        }
    }
    let mut out: Vec<Question> = by_class
        .into_iter()
        .map(|(class, (behaviors, from))| Question {
            question: format!("May rules differ from the source in the class `{class}`?"),
            behaviors: behaviors.into_iter().map(str::to_owned).collect(),
            from,
            to: Verdict::Rule,
            toml: format!("accept = [\"{class}\"]"),
        })
        .collect();
    out.sort_by(|a, b| b.behaviors.len().cmp(&a.behaviors.len()).then_with(|| a.question.cmp(&b.question)));
    out
}
