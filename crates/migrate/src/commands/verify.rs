//! `migrate verify`: both edges on mined exchanges; the first differences of each zone as `curl` lines with both answers.
//!
//! Agreements are told apart by what decided them: rules, printed code, or the user's own code in the Worker, which agrees
//! by construction where the runtime does.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

use ::verify::curl::curl;
use ::verify::node::Node;
use ::verify::{Decided, Decider, Summary};
use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use interp::exchange::{Exchange, Outcome as Answer};
use migrate::comparing::{
    Compared, Comparison, Coverage, Second, Workers, acted, coverage, exchanges, project_tests, second_opinion,
    witnesses, zones,
};
use pipeline::{Outcome, Verified};
use report::view::{Evidence, Verification};
use serde_json::{Value, json};

use super::{complain, say};

/// Where the result is kept, below the output.
const RESULT: &str = "verify/result.json";
/// Divergences that are printed for each zone.
const SHOWN: usize = 3;
/// Conditions with an outcome that was not met, printed for each zone.
const SHOWN_OPEN: usize = 5;

/// How to compare.
#[derive(Args, Clone, Debug)]
pub(crate) struct How {
    /// Exchanges for each zone.
    #[arg(long, default_value_t = 1000)]
    count: usize,
    /// Start of the generator.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Who runs the functions; `node` answers beside QuickJS, and both must agree.
    #[arg(long, value_enum, default_value = "quickjs")]
    engine: EngineName,
    /// Let node run the functions where it cannot be kept from the network.
    #[arg(long)]
    trust_legacy: bool,
    /// Keep the result beside the output of `analyze`, whose report then shows it, with an exchange or more for each behavior.
    #[arg(long)]
    write: bool,
    /// How to print the result.
    #[arg(long, value_enum, default_value = "text")]
    format: ResultFormat,
}

#[derive(ValueEnum, Copy, Clone, PartialEq, Eq, Debug)]
enum EngineName {
    Quickjs,
    Node,
}

#[derive(ValueEnum, Copy, Clone, Debug)]
enum ResultFormat {
    Text,
    Json,
}

/// One zone with all that was found.
struct Judged {
    comparison: Comparison,
    exchanges: Vec<Exchange>,
    compared: Compared,
    coverage: Coverage,
    counters: Vec<BTreeSet<String>>,
    acted: BTreeMap<String, Decided>,
    second: Option<Second>,
}

impl Judged {
    fn fails(&self) -> bool {
        !self.compared.summary.divergences.is_empty()
            || self.second.as_ref().is_some_and(|it| !it.disagreements.is_empty())
    }
}

/// Compares every zone; 1 on a divergence.
pub(crate) fn run(outcome: &Outcome, how: &How, out: &Path) -> Result<u8> {
    if how.write && !out.join(pipeline::MARKER).is_file() {
        bail!("`{}` is not there yet; run `migrate analyze` first", out.display());
    }
    let mut workers = Workers::start(&[outcome]);
    let mut missing = false;
    if let Some(words) = &workers.missing {
        let code = &diag::codes::ENGINE_MISSING;
        complain(&format!("{} {words}: exchanges that reach a Worker stay undecided", code.id));
        missing = std::env::var_os("CI").is_some_and(|it| it == "true" || it == "1");
    }
    let node = (how.engine == EngineName::Node).then(|| Node::new(how.trust_legacy));
    let mut all = Vec::new();
    for zone in zones(outcome) {
        let worker = workers.take(0, &zone);
        let judged = judge(outcome, &zone, how, worker, node.as_ref());
        all.push(judged.map_err(|words| anyhow::anyhow!("{zone}: {words}"))?);
    }
    let result = result(outcome, how, &all);
    if how.write {
        keep(&out.join(RESULT), &format!("{result:#}\n"))?;
        let by = engines(how, &all).into_iter().filter(|it| matches!(*it, "quickjs" | "node"));
        let by = by.collect::<Vec<_>>().join("+");
        for it in &mut all {
            let Judged { comparison, exchanges, compared, counters, .. } = it;
            let tests = project_tests(outcome, comparison, compared, exchanges, counters);
            write_tests(out, &compared.zone, &emit_worker::witnesses_json(&tests))?;
            let lines = witnesses(outcome, &it.compared, &it.exchanges, &it.counters, &by);
            let text: String = lines.iter().map(|it| format!("{}\n", it.line)).collect();
            keep(&out.join("zones").join(&it.compared.zone).join("verify/exchanges.jsonl"), &text)?;
        }
    }
    let status = u8::from(missing || all.iter().any(Judged::fails));
    say(&match how.format {
        ResultFormat::Text => text(outcome, &mut all),
        ResultFormat::Json => format!("{result:#}\n"),
    })?;
    Ok(status)
}

fn keep(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    std::fs::write(path, text).with_context(|| format!("cannot write `{}`", path.display()))
}

/// The witnesses of a Worker project's own test, below the output.
fn tests_of(zone: &str) -> String {
    format!("zones/{zone}/worker/test/witnesses.json")
}

/// Fills the witnesses of a project, unless the user has edited them. The marker learns of it, so that they stay ours.
fn write_tests(out: &Path, zone: &str, text: &str) -> Result<()> {
    let (path, marker) = (tests_of(zone), out.join(pipeline::MARKER));
    let Ok(before) = std::fs::read(out.join(&path)) else { return Ok(()) };
    let mut json: Value = serde_json::from_str(&std::fs::read_to_string(&marker)?).context("the marker is not JSON")?;
    let Some(hash) = json.pointer_mut("/files").and_then(|it| it.get_mut(&path)) else { return Ok(()) };
    if hash.as_str() != Some(&pipeline::digest(&before)) {
        return Ok(());
    }
    *hash = json!(pipeline::digest(text.as_bytes()));
    keep(&out.join(&path), text)?;
    keep(&marker, &format!("{json:#}\n"))
}

/// What an earlier run wrote for the tests of the projects, by path.
fn tests_kept(out: &Path, json: &Value) -> BTreeMap<String, String> {
    let zones = json.get("zones").and_then(Value::as_array).into_iter().flatten();
    let paths = zones.filter_map(|it| Some(tests_of(it.get("zone")?.as_str()?)));
    paths.filter_map(|it| Some((it.clone(), std::fs::read_to_string(out.join(it)).ok()?))).collect()
}

fn judge(
    outcome: &Outcome,
    zone: &str,
    how: &How,
    worker: Option<migrate::comparing::Worker>,
    node: Option<&Node>,
) -> Result<Judged, String> {
    let exchanges = exchanges(outcome, zone, how.count, how.seed);
    let mut comparison = Comparison::load(outcome, zone, worker)?;
    let compared = comparison.run(&exchanges);
    let (coverage, counters) = coverage(outcome, &compared, &exchanges)?;
    let acted = acted(outcome, &compared, &exchanges);
    let second = match node {
        Some(node) => Some(second_opinion(outcome, zone, node, &exchanges, &compared.legacy)?),
        None => None,
    };
    Ok(Judged { comparison, exchanges, compared, coverage, counters, acted, second })
}

/// Who ran, on either side.
fn engines(how: &How, all: &[Judged]) -> Vec<&'static str> {
    let mut out = vec!["quickjs"];
    if how.engine == EngineName::Node {
        out.push("node");
    }
    out.push("simulator");
    let code = |it: &Judged| it.compared.summary.decided_by.keys().any(|it| *it != Decider::Rules);
    if all.iter().any(code) {
        out.push("workerd");
    }
    out
}

fn decided(by: &BTreeMap<Decider, Decided>) -> Value {
    let one = |it: &Decided| json!({ "exchanges": it.exchanges, "divergences": it.divergences });
    by.iter().map(|(decider, it)| (decider.name().to_owned(), one(it))).collect::<serde_json::Map<_, _>>().into()
}

/// The result as it is kept: sums over all zones, for one input, then each zone.
fn result(outcome: &Outcome, how: &How, all: &[Judged]) -> Value {
    let sum = |of: fn(&Summary) -> usize| all.iter().map(|it| of(&it.compared.summary)).sum::<usize>();
    let mut by: BTreeMap<Decider, Decided> = BTreeMap::new();
    let mut aside: BTreeMap<&str, usize> = BTreeMap::new();
    let mut acted: BTreeMap<&str, Decided> = BTreeMap::new();
    for it in all {
        for (decider, more) in &it.compared.summary.decided_by {
            let decided = by.entry(*decider).or_default();
            decided.exchanges += more.exchanges;
            decided.divergences += more.divergences;
        }
        for (words, count) in &it.compared.summary.reasons {
            *aside.entry(words).or_default() += count;
        }
        for (member, count) in &it.compared.summary.set_aside {
            *aside.entry(member.name()).or_default() += count;
        }
        for (id, more) in &it.acted {
            let decided = acted.entry(id).or_default();
            decided.exchanges += more.exchanges;
            decided.divergences += more.divergences;
        }
    }
    let behaviors: serde_json::Map<String, Value> = acted
        .into_iter()
        .map(|(id, it)| (id.to_owned(), json!({ "exchanges": it.exchanges, "divergences": it.divergences })))
        .collect();
    let disagreements: usize = all.iter().flat_map(|it| &it.second).map(|it| it.disagreements.len()).sum();
    json!({
        "schema": "migrate-verify/1",
        "input": outcome.input,
        "engines": engines(how, all),
        "count": how.count,
        "seed": how.seed,
        "exchanges": sum(|it| it.exchanges),
        "agreements": sum(|it| it.agreements),
        "divergences": sum(|it| it.divergences.len()),
        "legacyFailures": sum(|it| it.legacy_failures),
        "undecided": sum(|it| it.undecided),
        "engineDisagreements": disagreements,
        "decidedBy": decided(&by),
        "setAside": aside,
        "behaviors": behaviors,
        "zones": all.iter().map(zone_json).collect::<Vec<_>>(),
    })
}

fn zone_json(judged: &Judged) -> Value {
    let Judged { compared, coverage, second, .. } = judged;
    let summary = &compared.summary;
    let open: Vec<Value> = coverage
        .open
        .iter()
        .map(|it| {
            json!({
                "file": it.file, "line": it.line, "column": it.column,
                "condition": diag::mask(&it.condition), "outcome": it.outcome,
            })
        })
        .collect();
    json!({
        "zone": compared.zone,
        "exchanges": summary.exchanges,
        "agreements": summary.agreements,
        "divergences": summary.divergences.iter().map(|it| curl(&it.exchange)).collect::<Vec<_>>(),
        "legacyFailures": summary.legacy_failures,
        "undecided": summary.undecided,
        "setAside": summary.set_aside.iter().map(|(member, it)| (member.name(), *it)).collect::<BTreeMap<_, _>>(),
        "decidedBy": decided(&summary.decided_by),
        "reasons": summary.reasons,
        "conditions": { "outcomes": coverage.outcomes, "met": coverage.outcomes.saturating_sub(open.len()), "unmet": open },
        "secondEngine": second.as_ref().map(|it| json!({
            "alike": it.alike,
            "undecided": it.undecided,
            "disagreements": it.disagreements.iter().map(|(exchange, ..)| curl(exchange)).collect::<Vec<_>>(),
        })),
    })
}

/// The result that an earlier run kept, with the input it is about.
pub(crate) fn kept(out: &Path) -> Option<Verified> {
    let text = std::fs::read_to_string(out.join(RESULT)).ok()?;
    let json: Value = serde_json::from_str(&text).ok()?;
    let number = |it: &Value, name: &str| it.get(name).and_then(Value::as_u64);
    let engines: Vec<String> =
        json.get("engines")?.as_array()?.iter().filter_map(|it| it.as_str().map(str::to_owned)).collect();
    let evidence = if engines.iter().any(|it| it == "node") && number(&json, "engineDisagreements") == Some(0) {
        Evidence::RealEngine
    } else {
        Evidence::EmbeddedEngine
    };
    let mut decided_by = BTreeMap::new();
    for (name, it) in json.get("decidedBy")?.as_object()? {
        let exchanges = number(it, "exchanges")?;
        decided_by.insert(name.clone(), report::view::Decided { exchanges, divergences: number(it, "divergences")? });
    }
    let confirmed = json.get("behaviors")?.as_object()?.iter().filter(|(_, it)| number(it, "divergences") == Some(0));
    let set_aside = json.get("setAside")?.as_object()?.iter();
    Some(Verified {
        input: json.get("input")?.as_str()?.to_owned(),
        verification: Verification {
            exchanges: number(&json, "exchanges")?,
            divergences: number(&json, "divergences")?,
            legacy_failures: number(&json, "legacyFailures")?,
            engines,
            decided_by,
            set_aside: set_aside.filter_map(|(words, it)| Some((words.clone(), it.as_u64()?))).collect(),
        },
        evidence: confirmed.map(|(id, _)| (id.clone(), evidence)).collect(),
        witnesses: tests_kept(out, &json),
    })
}

fn text(outcome: &Outcome, all: &mut [Judged]) -> String {
    let mut out = String::new();
    for Judged { comparison, compared, coverage, second, .. } in all.iter_mut() {
        let Compared { zone, summary, .. } = &*compared;
        let _ = writeln!(
            out,
            "{zone}: {} exchanges: {} agree, {} differ, {} legacy failures, {} set aside, {} undecided",
            summary.exchanges,
            summary.agreements,
            summary.divergences.len(),
            summary.legacy_failures,
            summary.set_aside.values().sum::<usize>(),
            summary.undecided
        );
        for (decider, it) in &summary.decided_by {
            let what = match decider {
                Decider::Rules => "rules",
                Decider::Printed => "printed code",
                Decider::Adapted => "adapted code, which agrees by construction",
            };
            let _ = writeln!(out, "  decided by {what}: {}, of which {} differ", it.exchanges, it.divergences);
        }
        for (member, count) in &summary.set_aside {
            let _ = writeln!(out, "  {count} × set aside: {}", member.name());
        }
        for (words, count) in &summary.reasons {
            let _ = writeln!(out, "  {count} × {}", diag::visible(words));
        }
        let met = coverage.outcomes.saturating_sub(coverage.open.len());
        let _ = writeln!(out, "  {met} of {} outcomes of conditions met", coverage.outcomes);
        for it in coverage.open.iter().take(SHOWN_OPEN) {
            let condition = diag::mask(&it.condition);
            let _ =
                writeln!(out, "    not met: {}:{} `{}` {}", it.file, it.line, diag::visible(&condition), it.outcome);
        }
        if let Some(it) = second {
            let _ = writeln!(out, "  node: {} alike, {} undecided", it.alike, it.undecided);
            for (exchange, quickjs, node) in it.disagreements.iter().take(SHOWN) {
                let _ = writeln!(out, "\n  {}", diag::visible(&curl(exchange)));
                let _ = writeln!(out, "    quickjs:  {}\n    node:     {}", answer(quickjs), answer(node));
            }
        }
        for divergence in summary.divergences.iter().take(SHOWN) {
            let short = comparison.shortened(&divergence.exchange);
            let code = &diag::codes::VERIFY_DIVERGENCE;
            let _ = writeln!(out, "\n  {} {}: {}", code.id, code.name, diag::visible(&curl(&short)));
            let again = comparison.run(std::slice::from_ref(&short));
            let shown = again.summary.divergences.first().unwrap_or(divergence);
            let _ = writeln!(out, "    legacy:   {}", answer(&shown.legacy));
            let _ = writeln!(out, "    migrated: {}", answer(&shown.new));
            for it in &shown.differences {
                let _ = writeln!(out, "    {}", diag::visible(&format!("{it:?}")));
            }
            for (attached, hook) in outcome.hooks.iter().zip(&outcome.program.hooks) {
                if attached.site.zone == *zone {
                    let (file, at) = outcome.sources.locate(hook.span);
                    let _ = writeln!(out, "    source:   {file}:{} ({})", at.line, hook.name);
                }
            }
        }
    }
    if all.is_empty() {
        out.push_str("nothing to compare: no function was found\n");
    }
    out
}

fn answer(answer: &Answer) -> String {
    match answer {
        Answer::Answered { origin_saw, response } => {
            let headers: Vec<String> =
                response.headers.0.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            let origin = origin_saw.as_ref().map_or_else(String::new, |it| {
                let query = it.query.as_ref().map(|it| format!("?{it}")).unwrap_or_default();
                format!("; the origin saw {}{}{query}", it.host, it.path)
            });
            diag::visible(&format!("{} {{{}}}{origin}", response.status, headers.join(", "))).into_owned()
        }
        Answer::Failed(words) => format!("failed: {}", diag::visible(words)),
        Answer::Undecided(words) => format!("undecided: {}", diag::visible(words)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_a_divergence_with_both_answers() -> Result<(), String> {
        let function = "function handler(event) {\n  if (event.request.uri === '/old') {\n    return { statusCode: 302, headers: { location: { value: '/new' } } };\n  }\n  return event.request;\n}\n";
        let tree = source::MemoryTree::new().with("moved.js", function);
        let mut outcome = pipeline::run(&tree, &pipeline::Options::default());
        // What was emitted is not what the source says.
        for zone in &mut outcome.placement.zones {
            zone.phases.values_mut().for_each(Vec::clear);
        }
        let how = How {
            count: 200,
            seed: 1,
            engine: EngineName::Quickjs,
            trust_legacy: false,
            write: false,
            format: ResultFormat::Text,
        };
        let zone = zones(&outcome).into_iter().next().ok_or("one zone with one function")?;
        let judged = judge(&outcome, &zone, &how, None, None)?;
        assert!(judged.fails());
        let said = text(&outcome, &mut [judged]);
        assert!(said.contains("MIG0901 verify-divergence: curl") && said.contains("/old"), "{said}");
        assert!(
            said.contains("legacy:   302") && said.contains("migrated: 200") && said.contains("moved.js:"),
            "{said}"
        );
        Ok(())
    }
}
