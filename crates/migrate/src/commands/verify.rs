//! `migrate verify`: both edges on mined exchanges; the first difference of each kind as a `curl` line with both answers.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use ::verify::Summary;
use ::verify::curl::curl;
use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use interp::exchange::Outcome as Answer;
use migrate::comparing::{Compared, compare, exchanges, shortened, zones};
use pipeline::Outcome;
use report::view::{Decided, Verification};

use super::say;

/// Where the result is kept, below the output.
const RESULT: &str = "verify/result.json";
/// Divergences that are printed for each zone.
const SHOWN: usize = 3;

/// How to compare.
#[derive(Args, Clone, Debug)]
pub(crate) struct How {
    /// Exchanges for each zone.
    #[arg(long, default_value_t = 1000)]
    count: usize,
    /// Start of the generator.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Keep the result beside the output of `analyze`, whose report then shows it.
    #[arg(long)]
    write: bool,
    /// How to print the result.
    #[arg(long, value_enum, default_value = "text")]
    format: ResultFormat,
}

#[derive(ValueEnum, Copy, Clone, Debug)]
enum ResultFormat {
    Text,
    Json,
}

/// Compares every zone; 1 on a divergence.
pub(crate) fn run(outcome: &Outcome, how: &How, out: &Path) -> Result<u8> {
    let mut all = Vec::new();
    for zone in zones(outcome) {
        let mined = exchanges(outcome, &zone, how.count, how.seed);
        match compare(outcome, &zone, &mined) {
            Ok(compared) => all.push(compared),
            Err(words) => bail!("{zone}: {words}"),
        }
    }
    if how.write {
        if !out.join(pipeline::MARKER).is_file() {
            bail!("`{}` is not there yet; run `migrate analyze` first", out.display());
        }
        let path = out.join(RESULT);
        let folder = path.parent().unwrap_or(out);
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
        std::fs::write(&path, result(outcome, &all)).with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    say(&match how.format {
        ResultFormat::Text => text(outcome, &all),
        ResultFormat::Json => json(&all),
    })?;
    Ok(u8::from(all.iter().any(|it| !it.summary.divergences.is_empty())))
}

/// The result as it is kept: sums over all zones, for one input.
fn result(outcome: &Outcome, all: &[Compared]) -> String {
    let sum = |of: fn(&Summary) -> usize| all.iter().map(|it| of(&it.summary)).sum::<usize>();
    let json = serde_json::json!({
        "input": outcome.input,
        "exchanges": sum(|it| it.exchanges),
        "divergences": sum(|it| it.divergences.len()),
        "legacyFailures": sum(|it| it.legacy_failures),
        "decided": sum(|it| it.agreements + it.divergences.len()),
        "undecided": sum(|it| it.undecided),
    });
    format!("{json:#}\n")
}

/// The result that an earlier run kept, with the input it is about.
pub(crate) fn kept(out: &Path) -> Option<(String, Verification)> {
    let text = std::fs::read_to_string(out.join(RESULT)).ok()?;
    let json: serde_json::Value = serde_json::from_str(&text).ok()?;
    let number = |name: &str| json.get(name).and_then(serde_json::Value::as_u64);
    let decided = Decided { exchanges: number("decided")?, divergences: number("divergences")? };
    let verification = Verification {
        exchanges: number("exchanges")?,
        divergences: number("divergences")?,
        legacy_failures: number("legacyFailures")?,
        engines: vec!["quickjs".to_owned(), "simulator".to_owned()],
        decided_by: BTreeMap::from([("rules".to_owned(), decided)]),
        set_aside: BTreeMap::from([("reaches the Worker".to_owned(), number("undecided")?)]),
    };
    Some((json.get("input")?.as_str()?.to_owned(), verification))
}

fn text(outcome: &Outcome, all: &[Compared]) -> String {
    let mut out = String::new();
    for Compared { zone, summary } in all {
        let _ = writeln!(
            out,
            "{zone}: {} exchanges: {} agree, {} differ, {} legacy failures, {} undecided",
            summary.exchanges,
            summary.agreements,
            summary.divergences.len(),
            summary.legacy_failures,
            summary.undecided
        );
        for (words, count) in &summary.reasons {
            let _ = writeln!(out, "  {count} × {}", diag::visible(words));
        }
        for divergence in summary.divergences.iter().take(SHOWN) {
            let short = shortened(outcome, zone, &divergence.exchange);
            let _ = writeln!(out, "\n  {}", diag::visible(&curl(&short)));
            let again = compare(outcome, zone, std::slice::from_ref(&short)).ok();
            let shown = again.as_ref().and_then(|it| it.summary.divergences.first()).unwrap_or(divergence);
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

fn json(all: &[Compared]) -> String {
    let zones: Vec<serde_json::Value> = all
        .iter()
        .map(|Compared { zone, summary }| {
            serde_json::json!({
                "zone": zone,
                "exchanges": summary.exchanges,
                "agreements": summary.agreements,
                "divergences": summary.divergences.iter().map(|it| curl(&it.exchange)).collect::<Vec<_>>(),
                "legacyFailures": summary.legacy_failures,
                "undecided": summary.undecided,
                "reasons": summary.reasons,
            })
        })
        .collect();
    format!("{:#}\n", serde_json::json!({ "engines": ["quickjs", "simulator"], "zones": zones }))
}
