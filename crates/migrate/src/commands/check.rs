//! `migrate check`: the findings in a format, and whether they fail the run.

use std::io::IsTerminal;

use anyhow::Result;
use clap::ValueEnum;
use diag::{Format, Level, render};
use pipeline::Outcome;

use super::say;

/// Output formats.
#[derive(ValueEnum, Copy, Clone, Debug)]
pub(crate) enum FindingsFormat {
    /// For people.
    Text,
    /// One document.
    Json,
    /// One object per line.
    Jsonl,
    /// SARIF 2.1.0.
    Sarif,
    /// Annotations of GitHub.
    Github,
    /// Code quality of GitLab.
    Gitlab,
    /// Reviewdog.
    Rdjson,
}

/// The lowest level that fails.
#[derive(ValueEnum, Copy, Clone, Debug)]
pub(crate) enum FailOn {
    /// Any finding.
    Note,
    /// Warnings and above.
    Warning,
    /// Errors and above.
    Error,
    /// Lost security only.
    Security,
}

/// When to color.
#[derive(ValueEnum, Copy, Clone, Debug)]
pub(crate) enum Color {
    /// To a terminal, unless the environment says otherwise.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    fn wanted(self) -> bool {
        let set = |name: &str| std::env::var_os(name).is_some_and(|it| !it.is_empty() && it != "0");
        match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto if set("NO_COLOR") => false,
            Color::Auto => set("CLICOLOR_FORCE") || std::io::stdout().is_terminal(),
        }
    }
}

/// Prints the findings; 1 when one is at or above the level.
pub(crate) fn run(outcome: &Outcome, format: FindingsFormat, fail_on: FailOn, color: Color) -> Result<u8> {
    let format = match format {
        FindingsFormat::Text => Format::Text { color: color.wanted() },
        FindingsFormat::Json => Format::Json,
        FindingsFormat::Jsonl => Format::JsonLines,
        FindingsFormat::Sarif => Format::Sarif,
        FindingsFormat::Github => Format::Github,
        FindingsFormat::Gitlab => Format::Gitlab,
        FindingsFormat::Rdjson => Format::Rdjson,
    };
    say(&render(format, &outcome.findings, &outcome.sources))?;
    let least = match fail_on {
        FailOn::Note => Level::Note,
        FailOn::Warning => Level::Warning,
        FailOn::Error => Level::Error,
        FailOn::Security => Level::Security,
    };
    Ok(u8::from(outcome.findings.iter().any(|it| it.level >= least)))
}
