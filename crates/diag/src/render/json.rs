//! JSON: the findings as `report.json` shows them, as one document or one object per line.

use serde_json::{Value, json};

use crate::located::{Located, Place};

/// `{"schema": "migrate-findings/1", "findings": […]}`.
pub(super) fn render(findings: &[Located<'_>]) -> String {
    let all: Vec<Value> = findings.iter().map(finding).collect();
    super::document(&json!({ "schema": "migrate-findings/1", "findings": all }))
}

/// One finding per line.
pub(super) fn render_lines(findings: &[Located<'_>]) -> String {
    findings.iter().map(|it| format!("{}\n", finding(it))).collect()
}

fn finding(it: &Located<'_>) -> Value {
    let mut out = json!({
        "id": it.id,
        "code": it.raw.code.id,
        "name": it.raw.code.name,
        "level": it.raw.level.word(),
        "message": it.message,
        "spans": it.place.iter().map(place).collect::<Vec<Value>>(),
        "help": it.help,
        "fingerprint": it.fingerprint,
    });
    if let Some(fields) = out.as_object_mut() {
        let list = |places: &[(Place, String)]| -> Value {
            places.iter().map(|(at, text)| json!({ "span": place(at), "message": text })).collect()
        };
        if !it.labels.is_empty() {
            fields.insert("labels".to_owned(), list(&it.labels));
        }
        if !it.related.is_empty() {
            fields.insert("related".to_owned(), list(&it.related));
        }
    }
    out
}

fn place(it: &Place) -> Value {
    match it.range {
        Some(range) => json!({
            "file": it.file,
            "line": range.line,
            "column": range.column,
            "endLine": range.end_line,
            "endColumn": range.end_column,
        }),
        None => json!({ "file": it.file }),
    }
}
