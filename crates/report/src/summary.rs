//! The summary that `analyze` prints: what was read, what it became, what to answer next. Plain text, no color.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::view::{ByVerdict, Fidelity, Plan, Question, Report, Verdict, Zone};

/// Questions that are printed; the report holds all.
const QUESTIONS: usize = 3;
/// Products of a zone's line.
const PRODUCTS: usize = 6;

/// The terminal summary. Every line ends with a line feed; control characters of names are shown, not sent.
#[must_use]
pub fn summary_text(report: &Report) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{}", plans(&report.zones));
    security(&mut out, report);
    counts(&mut out, report);
    for zone in &report.zones {
        zone_line(&mut out, zone, report);
    }
    findings(&mut out, report);
    verification(&mut out, report);
    questions(&mut out, &report.questions);
    diag::visible(&diag::mask(&out)).into_owned()
}

/// `Plan pro: 9 rules, 3 in a Worker. On free: …; on business: …; on enterprise: ….`
pub(crate) fn plans(zones: &[Zone]) -> String {
    let mut sums: BTreeMap<Plan, ByVerdict> = BTreeMap::new();
    for zone in zones {
        for (plan, counts) in &zone.by_plan {
            for (verdict, count) in counts {
                *sums.entry(*plan).or_default().entry(*verdict).or_default() += count;
            }
        }
    }
    let Some(plan) = zones.first().map(|it| it.plan) else {
        return "No edge code was found.".to_owned();
    };
    let of = |plan: Plan| sums.get(&plan).map_or_else(|| "nothing".to_owned(), by_verdict);
    if zones.iter().any(|zone| zone.plan != plan) {
        let all: Vec<String> = Plan::ALL.iter().map(|plan| format!("{plan}: {}", of(*plan))).collect();
        return format!("Plans differ by zone. If all were {}.", all.join("; "));
    }
    if Plan::ALL.iter().all(|it| of(*it) == of(plan)) {
        return format!("Plan {plan}: {} (the same on every plan).", of(plan));
    }
    let others: Vec<String> =
        Plan::ALL.iter().filter(|it| **it != plan).map(|it| format!("on {it}: {}", of(*it))).collect();
    format!("Plan {plan}: {} ({}).", of(plan), others.join("; "))
}

/// `9 rules, 3 in a Worker, 1 refused`.
pub(crate) fn by_verdict(counts: &ByVerdict) -> String {
    let parts: Vec<String> =
        counts.iter().filter(|(_, count)| **count > 0).map(|(it, count)| part(*it, *count)).collect();
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

fn part(verdict: Verdict, count: u32) -> String {
    let many = if count == 1 { "" } else { "s" };
    match verdict {
        Verdict::Rule => format!("{count} rule{many}"),
        Verdict::Setting => format!("{count} setting{many}"),
        Verdict::Snippet => format!("{count} in a Snippet"),
        Verdict::Worker => format!("{count} in a Worker"),
        Verdict::Kept => format!("{count} kept on the old server"),
        Verdict::Default => format!("{count} by default"),
        Verdict::NoEffect => format!("{count} without effect"),
        Verdict::Dead => format!("{count} dead"),
        Verdict::Replaced => format!("{count} replaced"),
        Verdict::Refused => format!("{count} refused"),
    }
}

fn security(out: &mut String, report: &Report) {
    for it in report.findings.iter().filter(|it| it.level == "security") {
        let _ = writeln!(out, "SECURITY {}: {}{}", it.code, it.message, at(it.spans.first()));
    }
}

fn at(span: Option<&crate::view::Span>) -> String {
    match span {
        Some(span) => match span.line {
            Some(line) => format!(" ({}:{line})", span.file),
            None => format!(" ({})", span.file),
        },
        None => String::new(),
    }
}

fn counts(out: &mut String, report: &Report) {
    // What is refused is written nowhere, so it is like nothing.
    let written = || report.behaviors.iter().filter(|it| it.verdict != Verdict::Refused);
    let fidelity = |wanted: Fidelity| written().filter(|it| it.fidelity == wanted).count();
    let parts: Vec<String> = [Fidelity::Exact, Fidelity::Assumed, Fidelity::Approximate]
        .into_iter()
        .filter(|it| fidelity(*it) > 0)
        .map(|it| format!("{} {it}", fidelity(it)))
        .collect();
    let how = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    let _ = writeln!(
        out,
        "{} in {}{how}.",
        counted(report.behaviors.len(), "behavior"),
        counted(report.sources.len(), "function")
    );
    let constructs = report.ledger.constructs;
    let _ = writeln!(
        out,
        "{} of source accounted for, {} refused, {} unaccounted.",
        counted(constructs.total as usize, "construct"),
        constructs.refused,
        constructs.unaccounted
    );
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn zone_line(out: &mut String, zone: &Zone, report: &Report) {
    let mut products: BTreeMap<&str, usize> = BTreeMap::new();
    for behavior in report.behaviors.iter().filter(|it| it.zone == zone.name) {
        for product in &behavior.products {
            *products.entry(product).or_default() += 1;
        }
    }
    let mut products: Vec<(&str, usize)> = products.into_iter().collect();
    products.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), *name));
    let more = products.len().saturating_sub(PRODUCTS);
    let mut shown: Vec<String> =
        products.iter().take(PRODUCTS).map(|(name, count)| format!("{count} {}", name.replace('_', " "))).collect();
    if more > 0 {
        shown.push(format!("{more} more products"));
    }
    let what = if shown.is_empty() { "nothing to write".to_owned() } else { shown.join(", ") };
    let _ = writeln!(out, "  {}: {what}", zone.name);
}

fn findings(out: &mut String, report: &Report) {
    let levels = ["security", "error", "warning", "note"];
    let parts: Vec<String> = levels
        .iter()
        .filter_map(|level| {
            let count = report.findings.iter().filter(|it| it.level == *level).count();
            (count > 0).then(|| if *level == "security" { format!("{count} security") } else { counted(count, level) })
        })
        .collect();
    if !parts.is_empty() {
        let _ = writeln!(
            out,
            "Findings: {}. `migrate check` shows them, `migrate explain CODE` explains one.",
            parts.join(", ")
        );
    }
}

fn verification(out: &mut String, report: &Report) {
    match &report.verification {
        Some(it) => {
            let _ = writeln!(
                out,
                "Verified on {} exchanges by {}: {} divergences, {} legacy failures.",
                it.exchanges,
                it.engines.join(", "),
                it.divergences,
                it.legacy_failures
            );
        }
        None if report.behaviors.is_empty() => {}
        None => {
            let _ = writeln!(out, "Not verified yet: `migrate verify --write` runs both edges on the same requests.");
        }
    }
}

fn questions(out: &mut String, all: &[Question]) {
    if all.is_empty() {
        return;
    }
    let shown = all.get(..QUESTIONS).unwrap_or(all);
    let mut moved: Vec<&str> = shown.iter().flat_map(|it| &it.behaviors).map(String::as_str).collect();
    moved.sort_unstable();
    moved.dedup();
    let answers = if shown.len() == 1 { "answer moves" } else { "answers move" };
    let to_rules = shown.iter().all(|it| it.from == Verdict::Worker && it.to == Verdict::Rule);
    let way = if to_rules { " from Worker to rules" } else { "" };
    let _ = writeln!(out, "\n{} {answers} {}{way}:", shown.len(), counted(moved.len(), "behavior"));
    for (it, number) in shown.iter().zip(1..) {
        let moves = format!("{} from {} to {}", it.behaviors.len(), it.from, it.to);
        let _ = writeln!(out, "  {number}. {} ({moves}); in migrate.toml:", it.question);
        for line in it.toml.lines() {
            let _ = writeln!(out, "         {line}");
        }
    }
    if all.len() > shown.len() {
        let _ = writeln!(out, "  {} more in the report.", all.len() - shown.len());
    }
}
