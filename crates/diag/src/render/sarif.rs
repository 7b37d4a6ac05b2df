//! SARIF 2.1.0: rules with their pages, results with fingerprints, columns in UTF-16 code units.

use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;

use crate::{
    Code, Level,
    located::{Located, Place},
};

/// Where the schema of the format is published.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

pub(super) fn render(findings: &[Located<'_>]) -> String {
    let used: BTreeMap<&str, &Code> = findings.iter().map(|it| (it.raw.code.id, it.raw.code)).collect();
    let index: BTreeMap<&str, usize> = used.keys().enumerate().map(|(at, id)| (*id, at)).collect();
    let rules: Vec<Value> = used.values().map(|code| rule(code)).collect();
    let results: Vec<Value> =
        findings.iter().map(|it| result(it, index.get(it.raw.code.id).copied().unwrap_or(0))).collect();
    super::document(&json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "migrate",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "columnKind": "utf16CodeUnits",
            "originalUriBaseIds": { "SRCROOT": { "description": { "text": "The folder that was read." } } },
            "results": results,
        }],
    }))
}

fn rule(code: &Code) -> Value {
    let mut properties = Map::new();
    if code.level == Level::Security {
        properties.insert("tags".to_owned(), json!(["security"]));
        properties.insert("security-severity".to_owned(), json!("8.0"));
    }
    json!({
        "id": code.id,
        "name": code.name,
        "shortDescription": { "text": code.summary },
        "fullDescription": { "text": code.section("What happens").unwrap_or(code.summary) },
        "help": { "text": code.section("What to do").unwrap_or(code.summary), "markdown": code.doc },
        "defaultConfiguration": { "level": level(code.level) },
        "properties": properties,
    })
}

fn result(it: &Located<'_>, rule: usize) -> Value {
    let help = it.help.as_deref().map_or_else(String::new, |help| format!("\n{help}"));
    let mut out = json!({
        "ruleId": it.raw.code.id,
        "ruleIndex": rule,
        "level": level(it.raw.level),
        "message": { "text": plain(&format!("{}{help}", it.message)) },
        "locations": it.place.iter().map(|place| json!({ "physicalLocation": physical(place) })).collect::<Vec<Value>>(),
        "partialFingerprints": { "migrate/v1": it.id },
        "properties": { "level": it.raw.level.word() },
    });
    let other: Vec<Value> = it
        .labels
        .iter()
        .chain(&it.related)
        .zip(1..)
        .map(|((place, text), id)| {
            json!({ "id": id, "physicalLocation": physical(place), "message": { "text": plain(text) } })
        })
        .collect();
    if let Some(fields) = out.as_object_mut().filter(|_| !other.is_empty()) {
        fields.insert("relatedLocations".to_owned(), Value::Array(other));
    }
    out
}

fn physical(place: &Place) -> Value {
    let artifact = json!({ "uri": uri(&place.file), "uriBaseId": "SRCROOT" });
    match place.range {
        Some(range) => json!({
            "artifactLocation": artifact,
            "region": {
                "startLine": range.line,
                "startColumn": range.utf16_column,
                "endLine": range.end_line,
                "endColumn": range.utf16_end_column,
            },
        }),
        None => json!({ "artifactLocation": artifact }),
    }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Note => "note",
        Level::Warning => "warning",
        Level::Error | Level::Security => "error",
    }
}

/// A relative path as a URI reference.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(byte)),
            other => {
                let _ = write!(out, "%{other:02X}");
            }
        }
    }
    out
}

/// Text in which nothing is a placeholder (`{0}`) or an embedded link (`[text](target)`) of the format.
fn plain(text: &str) -> String {
    let mut out = text.replace("](", "\\](");
    for digit in '0'..='9' {
        out = out.replace(&format!("{{{digit}"), &format!("{{{{{digit}"));
    }
    out
}
