//! What the texts of the functions show by themselves, whatever is made of them: secrets, and syntax that their runtime refuses.
//!
//! A text that several functions share is looked at once.

use std::collections::BTreeSet;

use diag::{Diagnostic, codes};
use front_cloud::Runtime;
use script::{Stmt, StmtKind};
use source::{FileId, Sources, Span};

use crate::attach::Estate;
use crate::lower::Modules;

/// Findings about the texts of all functions that run.
pub(crate) fn look(estate: &Estate, modules: &Modules, sources: &Sources, findings: &mut Vec<Diagnostic>) {
    let units: BTreeSet<usize> = estate.hooks.iter().map(|it| it.unit).collect();
    let (mut seen, mut old) = (BTreeSet::new(), BTreeSet::new());
    for unit in units.into_iter().filter_map(|it| estate.units.get(it)) {
        for file in modules.closure(unit.file) {
            if seen.insert(file) {
                secrets(file, sources, findings);
            }
            if unit.runtime == Runtime::V1 && old.insert(file) {
                newer(file, modules, sources, findings);
            }
        }
    }
}

fn secrets(file: FileId, sources: &Sources, findings: &mut Vec<Diagnostic>) {
    let text = sources.file(file).text();
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    for (start, end) in diag::secrets(text) {
        let message = "a secret stands in the source; whoever reads the repository can use it";
        let help = "issue a new value and keep it outside of the source: `wrangler secret put NAME`";
        let span = Span::new(file, offset(start), offset(end));
        findings.push(Diagnostic::new(&codes::SECRET_IN_SOURCE, span, message).help(help));
    }
}

/// The first declaration that runtime 1.0 refuses. Source: CloudFront Developer Guide, features of JavaScript runtime 1.0, 2026-04.
fn newer(file: FileId, modules: &Modules, sources: &Sources, findings: &mut Vec<Diagnostic>) {
    let Some(module) = modules.by_file.get(&file) else { return };
    let mut first: Option<(Span, &str)> = None;
    let mut visit = |stmt: &Stmt| {
        let text = sources.text(stmt.span);
        let word = if matches!(stmt.kind, StmtKind::Declare(_)) {
            ["const", "let"].into_iter().find(|it| text.starts_with(it))
        } else if matches!(&stmt.kind, StmtKind::Function(function) if function.is_async) {
            Some("async")
        } else {
            matches!(stmt.kind, StmtKind::Class(_)).then_some("class")
        };
        if let (Some(word), None) = (word, first) {
            first = Some((stmt.span, word));
        }
    };
    script::statements(&module.body, &mut visit);
    if let Some((span, word)) = first {
        let line = sources.text(span).find('\n').and_then(|it| u32::try_from(it).ok());
        let span = Span::new(span.file, span.start, line.map_or(span.end, |it| span.start + it));
        let message = format!(
            "`{word}` is no word of runtime 1.0, which the function is declared for: it is read as a later runtime would"
        );
        findings.push(Diagnostic::new(&codes::RUNTIME_SYNTAX_NOT_IN_CFF, span, message));
    }
}
