//! Reviewdog's diagnostic format: one document, columns in UTF-8 bytes.

use serde_json::{Value, json};

use crate::{
    Level,
    located::{Located, Place},
};

pub(super) fn render(findings: &[Located<'_>]) -> String {
    let all: Vec<Value> = findings.iter().map(diagnostic).collect();
    super::document(&json!({ "source": { "name": "migrate" }, "diagnostics": all }))
}

fn diagnostic(it: &Located<'_>) -> Value {
    let severity = match it.raw.level {
        Level::Note => "INFO",
        Level::Warning => "WARNING",
        Level::Error | Level::Security => "ERROR",
    };
    let help = it.help.as_deref().map_or_else(String::new, |help| format!("\n{help}"));
    let related: Vec<Value> =
        it.related.iter().map(|(place, text)| json!({ "message": text, "location": location(place) })).collect();
    let mut out = json!({
        "message": format!("{}{help}", it.message),
        "location": it.place.as_ref().map_or_else(|| json!({ "path": "." }), location),
        "severity": severity,
        "code": { "value": it.raw.code.id },
    });
    if let Some(fields) = out.as_object_mut().filter(|_| !related.is_empty()) {
        fields.insert("relatedLocations".to_owned(), Value::Array(related));
    }
    out
}

fn location(place: &Place) -> Value {
    match place.range {
        Some(range) => json!({
            "path": place.file,
            "range": {
                "start": { "line": range.line, "column": range.column },
                "end": { "line": range.end_line, "column": range.end_column },
            },
        }),
        None => json!({ "path": place.file }),
    }
}
