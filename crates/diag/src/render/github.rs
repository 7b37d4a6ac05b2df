//! GitHub annotations: workflow commands, as many as one step may show, and a line that counts the others.
//!
//! GitHub keeps ten errors, ten warnings and ten notices of a step and drops the rest in silence
//! (<https://docs.github.com/en/rest/checks/runs>, read 2026-11), so what matters most goes first and the rest is counted.

use std::fmt::Write;

use crate::{Level, located::Located, mask::visible};

/// Annotations of one command that a step may show.
const BUDGET: usize = 10;

pub(super) fn render(findings: &[Located<'_>]) -> String {
    let mut out = String::new();
    let mut left_out: Vec<String> = Vec::new();
    let mut errors = BUDGET;
    for level in Level::ALL.into_iter().rev() {
        let budget = match level {
            Level::Security | Level::Error => errors,
            Level::Warning | Level::Note => BUDGET,
        };
        let all: Vec<&Located<'_>> = findings.iter().filter(|it| it.raw.level == level).collect();
        for it in all.iter().take(budget) {
            annotation(&mut out, it);
        }
        match level {
            Level::Security | Level::Error => errors = errors.saturating_sub(all.len()),
            Level::Warning | Level::Note => {}
        }
        let more = all.len().saturating_sub(budget);
        if more > 0 {
            left_out.push(super::counted(more, level));
        }
    }
    if !left_out.is_empty() {
        let _ =
            writeln!(out, "Not annotated (GitHub shows {BUDGET} per level and step): {} more.", left_out.join(", "));
    }
    out
}

fn annotation(out: &mut String, it: &Located<'_>) {
    let command = match it.raw.level {
        Level::Security | Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    let _ = write!(out, "::{command} ");
    if let Some(place) = &it.place {
        let _ = write!(out, "file={},", property(&visible(&place.file)));
        if let Some(range) = place.range {
            let _ = write!(out, "line={},endLine={},", range.line, range.end_line);
            if range.line == range.end_line {
                let _ = write!(out, "col={},endColumn={},", range.utf16_column, range.utf16_end_column);
            }
        }
    }
    let title = format!("{} {} ({})", it.raw.code.id, it.raw.code.name, it.raw.level);
    let help = it.help.as_deref().map_or_else(String::new, |help| format!("\n{help}"));
    let _ = writeln!(out, "title={}::{}", property(&title), data(&format!("{}{help}", it.message)));
}

/// Text after `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
