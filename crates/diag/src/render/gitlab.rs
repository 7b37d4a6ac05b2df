//! GitLab code quality: the subset of the Code Climate format that GitLab reads.

use serde_json::{Value, json};

use crate::{Level, located::Located};

pub(super) fn render(findings: &[Located<'_>]) -> String {
    super::document(&findings.iter().map(issue).collect::<Value>())
}

/// GitLab tells issues apart by fingerprint alone and wants a path and a line of each; a finding about the whole run
/// is shown at the folder that was read.
fn issue(it: &Located<'_>) -> Value {
    let severity = match it.raw.level {
        Level::Note => "info",
        Level::Warning => "minor",
        Level::Error => "major",
        Level::Security => "blocker",
    };
    let path = it.place.as_ref().map_or(".", |place| place.file.as_str());
    let range = it.place.as_ref().and_then(|place| place.range);
    json!({
        "description": format!("{}: {}", it.raw.code.id, it.message),
        "check_name": it.raw.code.name,
        "fingerprint": it.id,
        "severity": severity,
        "location": {
            "path": path,
            "lines": { "begin": range.map_or(1, |it| it.line), "end": range.map_or(1, |it| it.end_line) },
        },
    })
}
