//! The forms that scripts read: `report.json`, its schema, and `ledger.jsonl`.

use serde::Serialize;

use crate::view::{LedgerLine, Report};

/// `report.json`: indented, with a line feed at its end.
#[must_use]
pub fn report_json(report: &Report) -> String {
    let mut out = text(report, true);
    out.push('\n');
    out
}

/// `ledger.jsonl`: one object per line, in the order given.
#[must_use]
pub fn ledger_jsonl(lines: &[LedgerLine]) -> String {
    lines.iter().map(|line| text(line, false) + "\n").collect()
}

/// The JSON Schema of `report.json`, as `migrate schema report` prints it.
#[must_use]
pub fn report_schema() -> &'static str {
    include_str!("../schema/report.schema.json")
}

/// Serialization of the view into a string cannot fail: its map keys are strings and unit variants, and no type of it
/// has a serializer of its own. A test serializes every field.
fn text<T: Serialize>(value: &T, indented: bool) -> String {
    let text = if indented { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
    text.unwrap_or_else(|fault| format!("{{\"fault\": \"{}\"}}", fault.to_string().escape_default()))
}
