//! Text for people: miette draws the excerpt; this file decides how much of a file is shown and that nothing of it
//! steers the terminal.

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, Severity, SourceCode,
    SourceSpan, SpanContents,
};
use source::{Sources, Span};
use std::fmt;
use std::fmt::Write;

use crate::{
    Level,
    located::{Located, Place},
    mask::{cover, visible},
};

/// Columns at which sentences are wrapped.
const WIDTH: usize = 100;
/// A place longer than this many lines is marked at its first line only.
const LINES: u32 = 12;
/// Bytes shown before and after a place on a line that is longer than both together.
const AROUND: usize = 400;

pub(super) fn render(findings: &[Located<'_>], sources: &Sources, color: bool) -> String {
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme).with_width(WIDTH).with_links(false).with_context_lines(1);
    let mut out = String::new();
    for finding in findings {
        // Writing into a `String` cannot fail, and the excerpt's spans lie in its text by construction; should miette
        // still refuse, the finding is said without an excerpt rather than lost.
        let mut one = String::new();
        if handler.render_report(&mut one, &Shown::of(finding, sources)).is_err() {
            let place = finding.place.as_ref().map_or_else(String::new, |it| format!(" at {}", it.name()));
            one = format!("{}{place}: {}\n", heading(finding), finding.message);
        }
        for line in one.lines() {
            let _ = writeln!(out, "{}", line.trim_end());
        }
        out.push('\n');
    }
    let counts = Level::ALL.into_iter().rev().filter_map(|level| {
        let count = findings.iter().filter(|it| it.raw.level == level).count();
        (count > 0).then(|| super::counted(count, level))
    });
    let counts: Vec<String> = counts.collect();
    let _ = match counts.as_slice() {
        [] => writeln!(out, "No findings."),
        _ => writeln!(out, "Found {}.", counts.join(", ")),
    };
    out
}

fn heading(it: &Located<'_>) -> String {
    format!("{}[{}] {}", it.raw.level, it.raw.code.id, it.raw.code.name)
}

/// A finding, or one of its other places, as miette wants it.
#[derive(Debug)]
struct Shown {
    heading: Option<String>,
    level: Level,
    message: String,
    help: Option<String>,
    excerpt: Option<Excerpt>,
    labels: Vec<LabeledSpan>,
    related: Vec<Shown>,
}

impl Shown {
    fn of(it: &Located<'_>, sources: &Sources) -> Shown {
        let main = it.place.as_ref();
        let file = main.and_then(|place| place.span).map(|span| span.file);
        let (near, far): (Vec<_>, Vec<_>) =
            it.labels.iter().partition(|(place, _)| place.span.map(|span| span.file) == file);
        let mut marks: Vec<(Span, Option<&str>)> =
            main.and_then(|place| place.span).map(|span| (span, None)).into_iter().collect();
        for (place, text) in near {
            let Some(span) = place.span else { continue };
            match marks.iter_mut().find(|(at, _)| *at == span) {
                Some(mark) => mark.1 = Some(text),
                None => marks.push((span, Some(text))),
            }
        }
        let message = match main {
            Some(place) if place.span.is_none() => format!("{}: {}", place.name(), it.message),
            Some(_) | None => it.message.clone(),
        };
        let (excerpt, labels) = Excerpt::around(&marks, sources);
        let related = far.into_iter().chain(&it.related).map(|(place, text)| Shown::other(place, text, sources));
        Shown {
            heading: Some(heading(it)),
            level: it.raw.level,
            message,
            help: it.help.clone(),
            excerpt,
            labels,
            related: related.collect(),
        }
    }

    fn other(place: &Place, text: &str, sources: &Sources) -> Shown {
        let marks: Vec<(Span, Option<&str>)> = place.span.map(|span| (span, None)).into_iter().collect();
        let (excerpt, labels) = Excerpt::around(&marks, sources);
        Shown {
            heading: None,
            level: Level::Note,
            message: text.to_owned(),
            help: None,
            excerpt,
            labels,
            related: Vec::new(),
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl miette::Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.heading.as_ref().map(|it| Box::new(it) as Box<dyn fmt::Display>)
    }

    fn severity(&self) -> Option<Severity> {
        Some(match self.level {
            Level::Note => Severity::Advice,
            Level::Warning => Severity::Warning,
            Level::Error | Level::Security => Severity::Error,
        })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.as_ref().map(|it| Box::new(it) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.excerpt.as_ref().map(|it| it as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        (!self.labels.is_empty())
            .then(|| Box::new(self.labels.iter().cloned()) as Box<dyn Iterator<Item = LabeledSpan>>)
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        let all = self.related.iter().map(|it| it as &dyn miette::Diagnostic);
        (!self.related.is_empty()).then(|| Box::new(all) as Box<dyn Iterator<Item = &dyn miette::Diagnostic>>)
    }
}

/// A window of a file, its secrets and control characters covered by as many harmless bytes, so offsets stay.
#[derive(Debug)]
struct Excerpt {
    name: String,
    text: String,
    /// Lines of the file before the window, and bytes of the window's first line before it.
    skipped: (usize, usize),
}

impl Excerpt {
    /// The lines around the marks (all in the file of the first), and the marks as labels in the window.
    fn around(marks: &[(Span, Option<&str>)], sources: &Sources) -> (Option<Excerpt>, Vec<LabeledSpan>) {
        let Some((main, _)) = marks.first() else { return (None, Vec::new()) };
        let file = sources.file(main.file);
        let lines = file.lines();
        let line = lines.position(main.start).line;
        let near = |span: &Span| lines.position(span.start).line.abs_diff(line) <= LINES;
        let kept: Vec<(Span, Option<&str>)> = marks
            .iter()
            .filter(|(span, _)| near(span))
            .map(|(span, text)| {
                let (from, to) = (lines.position(span.start).line, lines.position(span.end).line);
                let end = if to - from > LINES { line_end(file.text(), span.start) } else { span.end };
                (Span::new(span.file, span.start, end), *text)
            })
            .collect();
        let first = kept.iter().map(|(span, _)| span.start).min().unwrap_or(main.start);
        let last = kept.iter().map(|(span, _)| span.end).max().unwrap_or(main.end);
        let top = lines.start(lines.position(first).line.saturating_sub(1).max(1)).unwrap_or(0);
        let below = line_end(file.text(), last).saturating_add(1);
        let bottom = line_end(file.text(), below);
        let from = floor(file.text(), top.max(clamp(first, AROUND, false)));
        let to = floor(file.text(), bottom.min(clamp(last, AROUND, true)));
        let text = file.text().get(from as usize..to as usize).unwrap_or("");
        let start = lines.position(from);
        let labels = kept.iter().map(|(span, text)| {
            let at = (span.start.saturating_sub(from)) as usize;
            let len = (span.end - span.start) as usize;
            if span == main || span.start == main.start {
                LabeledSpan::new_primary_with_span(text.map(str::to_owned), (at, len))
            } else {
                LabeledSpan::new_with_span(text.map(str::to_owned), (at, len))
            }
        });
        let excerpt = Excerpt {
            name: visible(file.path()).into_owned(),
            text: cover(text),
            skipped: (start.line as usize - 1, start.column as usize - 1),
        };
        (Some(excerpt), labels.collect())
    }
}

/// The offset of the line feed that ends the line of `offset`, or the end of the text.
fn line_end(text: &str, offset: u32) -> u32 {
    let bytes = text.as_bytes();
    let rest = bytes.get(offset as usize..).unwrap_or(&[]);
    let end = rest.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |at| offset as usize + at);
    u32::try_from(end).unwrap_or(u32::MAX)
}

/// `offset` moved by at most `by` bytes.
fn clamp(offset: u32, by: usize, forward: bool) -> u32 {
    let by = u32::try_from(by).unwrap_or(u32::MAX);
    if forward { offset.saturating_add(by) } else { offset.saturating_sub(by) }
}

/// The character border at or before an offset.
fn floor(text: &str, offset: u32) -> u32 {
    u32::try_from(text.floor_char_boundary(offset as usize)).unwrap_or(u32::MAX)
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let inner = self.text.as_str().read_span(span, before, after)?;
        let column = if inner.line() == 0 { inner.column() + self.skipped.1 } else { inner.column() };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            inner.data(),
            *inner.span(),
            inner.line() + self.skipped.0,
            column,
            inner.line_count(),
        )))
    }
}
