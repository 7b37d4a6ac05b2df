//! Renderers: one file per format, all fed with the same sorted findings.

use source::Sources;

use crate::{Diagnostic, Level, located::located};

mod github;
mod gitlab;
mod json;
mod rdjson;
mod sarif;
mod text;

/// An output format of findings.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Format {
    /// For people, with excerpts.
    Text {
        /// Whether to color with terminal sequences.
        color: bool,
    },
    /// One JSON document.
    Json,
    /// One JSON object per line.
    JsonLines,
    /// SARIF 2.1.0.
    Sarif,
    /// GitHub workflow commands.
    Github,
    /// GitLab code quality.
    Gitlab,
    /// Reviewdog's diagnostic format.
    Rdjson,
}

/// The findings in a format, in a fixed order: file, offset, code, message. Ends with a line feed unless empty.
#[must_use]
pub fn render(format: Format, findings: &[Diagnostic], sources: &Sources) -> String {
    let findings = located(findings, sources);
    match format {
        Format::Text { color } => text::render(&findings, sources, color),
        Format::Json => json::render(&findings),
        Format::JsonLines => json::render_lines(&findings),
        Format::Sarif => sarif::render(&findings),
        Format::Github => github::render(&findings),
        Format::Gitlab => gitlab::render(&findings),
        Format::Rdjson => rdjson::render(&findings),
    }
}

/// `1 error`, `2 errors`: a count with the word for its level.
fn counted(count: usize, level: Level) -> String {
    let plural = match level {
        Level::Note | Level::Warning | Level::Error => "s",
        Level::Security => "",
    };
    format!("{count} {level}{}", if count == 1 { "" } else { plural })
}

/// A JSON document as people read it, with a line feed at its end.
fn document(value: &serde_json::Value) -> String {
    format!("{value:#}\n")
}

#[cfg(test)]
mod tests;
