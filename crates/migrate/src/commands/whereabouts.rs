//! `migrate where`: from a source line to what became of it, and from the ref of a rule back to the source.

use std::fmt::Write;

use anyhow::{Result, bail};
use pipeline::Outcome;
use report::view::{Behavior, LedgerKind, LedgerLine};

/// The answer for `FILE:LINE` or a ref.
pub(crate) fn of(outcome: &Outcome, place: &str) -> Result<String> {
    let by_ref: Vec<&Behavior> =
        outcome.report.behaviors.iter().filter(|it| it.refs.iter().any(|it| it == place)).collect();
    if !by_ref.is_empty() {
        return Ok(by_ref.into_iter().map(described).collect());
    }
    let parsed = place.rsplit_once(':').and_then(|(file, line)| Some((file, line.parse::<u32>().ok()?)));
    let Some((file, line)) = parsed else { bail!("`{place}` is neither FILE:LINE nor the ref of a rule") };
    let file = file.trim_start_matches("./");
    let covering: Vec<(&LedgerLine, u32, u32)> = outcome
        .ledger
        .iter()
        .filter(|it| it.kind == LedgerKind::Construct && it.span.file == file)
        .filter_map(|it| Some((it, it.span.line?, it.span.end_line?)))
        .filter(|(_, from, to)| (*from..=*to).contains(&line))
        .collect();
    // The constructs that begin on the line; else the smallest one around it.
    let begins = covering.iter().any(|(_, from, _)| *from == line);
    let smallest = covering.iter().map(|(_, from, to)| to - from).min();
    let mut out = String::new();
    for (it, from, to) in covering {
        if (begins && from != line) || (!begins && Some(to - from) != smallest) {
            continue;
        }
        let settled = it.settled.map_or("unaccounted", report::view::Verdict::word);
        let why = it.by.as_ref().map(|it| format!(" ({it})")).unwrap_or_default();
        let _ = writeln!(out, "{file}:{from} {}: {settled}{why}", it.what);
        for id in &it.behaviors {
            out.extend(outcome.report.behaviors.iter().filter(|it| it.id == *id).map(described));
        }
    }
    if out.is_empty() {
        bail!("no construct was read at {file}:{line}");
    }
    Ok(out)
}

fn described(it: &Behavior) -> String {
    let mut out = format!("  {} [{}] {}\n", it.summary, it.verdict, it.products.join(", "));
    if let Some(span) = it.spans.first() {
        let _ = writeln!(out, "    from {}:{}", span.file, span.line.unwrap_or(1));
    }
    for rule in &it.emitted {
        let _ = writeln!(
            out,
            "    {} in {}\n      when {}\n      {}",
            rule.reference, rule.file, rule.expression, rule.action
        );
    }
    for reason in &it.reasons {
        let _ = writeln!(out, "    {} {}", reason.code, reason.message);
    }
    diag::visible(&out).into_owned()
}
