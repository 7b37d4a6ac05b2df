//! Whole files in the idioms repositories use, and input that means harm.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    clippy::disallowed_methods,
    reason = "tests; hostile input is timed"
)]

mod cdk;
mod cloudformation;
mod counts;
mod forwarding;
mod hostile;
mod lambda;
mod serverless;
mod settings;
mod terraform;

use crate::{Class, CloudFile, Code, FunctionDef, FunctionRef, Problem, ProblemKind, count, read_all};
use source::{FileId, Sources, Span};

/// Reads the files as one repository. What every reading keeps is checked here.
pub(crate) fn estate(files: &[(&str, &str)]) -> (Sources, Vec<CloudFile>) {
    let mut sources = Sources::new();
    let ids: Vec<FileId> = files.iter().map(|(path, text)| sources.add(*path, *text)).collect();
    let read = read_all(&ids, &mut sources);
    for file in &read {
        holds(file, &sources);
        for construct in &file.constructs {
            assert!(!sources.text(construct.span).trim().is_empty(), "{construct:?} has no place");
        }
    }
    (sources, read)
}

/// Reads one file.
pub(crate) fn one(path: &str, text: &str) -> (Sources, CloudFile) {
    let (sources, mut files) = estate(&[(path, text)]);
    assert_eq!(files.len(), 1, "not recognized: {text}");
    (sources, files.remove(0))
}

/// The dumb visitor agrees, spans are inside of the file, kinds are rows.
pub(crate) fn holds(file: &CloudFile, sources: &Sources) {
    let text = sources.file(file.file).text();
    if !file.unparsed() {
        assert_eq!(count::count(text, file.format), file.constructs.len(), "{text}\n{:#?}", file.constructs);
    }
    for construct in &file.constructs {
        assert!(construct.span.end as usize <= text.len(), "{construct:?}");
        let (Class::Read { row, .. }
        | Class::Refused { row, .. }
        | Class::NoEffect { row, .. }
        | Class::Default { row, .. }) = construct.class;
        assert_eq!(row, construct.kind);
    }
    for problem in &file.problems {
        assert!(problem.span.end as usize <= text.len(), "{problem:?}");
    }
}

/// The embedded text of a function.
pub(crate) fn inline<'a>(sources: &'a Sources, function: &FunctionDef) -> &'a str {
    match &function.code {
        Code::Inline { file, .. } => sources.file(*file).text(),
        other => panic!("{other:?}"),
    }
}

/// Where a needle of the embedded text stands in the host.
pub(crate) fn place<'a>(sources: &'a Sources, function: &FunctionDef, needle: &str) -> (u32, &'a str) {
    let Code::Inline { file, .. } = &function.code else { panic!("{:?}", function.code) };
    let at = u32::try_from(sources.file(*file).text().find(needle).unwrap()).unwrap();
    let span = Span::new(*file, at, at + u32::try_from(needle.len()).unwrap());
    (sources.locate(span).1.line, sources.text(sources.resolve(span)))
}

pub(crate) fn kinds(problems: &[Problem]) -> Vec<ProblemKind> {
    problems.iter().map(|it| it.kind).collect()
}

pub(crate) fn local(id: &str) -> FunctionRef {
    FunctionRef::Local(id.to_owned())
}

/// The kinds of constructs of one class, each once, sorted.
pub(crate) fn kinds_of(file: &CloudFile, class: fn(&Class) -> bool) -> Vec<&'static str> {
    let mut out: Vec<&str> = file.constructs.iter().filter(|it| class(&it.class)).map(|it| it.kind).collect();
    out.sort_unstable();
    out.dedup();
    out
}
