//! Strings, heredocs and templates of HCL decoded with an exact map: escapes, `$${`, and the indentation `<<-` takes away.
//!
//! The parser says which parts are text and which are expressions; the text itself is read again from the source, because
//! the parser keeps only what it decoded.

use crate::mapped::Mapped;
use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::template::{Element, HeredocTemplate, Strip};
use std::ops::Range;

/// A part of a template, in order.
pub(crate) enum Part<'a> {
    /// Text of the source that stands for itself or for its escapes.
    Text(Range<usize>),
    /// `${…}`, and where it stands.
    Expression(&'a Expression, Range<usize>),
    /// What only Terraform can write out.
    Open(&'static str, Range<usize>),
}

/// How the text of a template is written.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Writing {
    /// Between quotes, with escapes.
    Quoted,
    /// In a heredoc or a file; `$${` is the only escape.
    Raw {
        /// White space to take off the beginning of each line.
        indent: usize,
    },
}

/// The parts of a string expression.
pub(crate) fn parts<'a>(elements: impl Iterator<Item = &'a Element>) -> Vec<Part<'a>> {
    elements
        .filter_map(|element| {
            let span = element.span()?;
            Some(match element {
                Element::Literal(_) => Part::Text(span),
                Element::Interpolation(it) if it.strip == Strip::None => Part::Expression(&it.expr, span),
                Element::Interpolation(_) => Part::Open("a template that strips white space", span),
                Element::Directive(_) => Part::Open("a template directive", span),
            })
        })
        .collect()
}

/// The width that `<<-` takes off: the smallest indentation of a line that is not blank.
pub(crate) fn indentation(source: &str, heredoc: &HeredocTemplate, whole: &Range<usize>) -> usize {
    let indented = source.get(whole.clone()).is_some_and(|it| it.starts_with("<<-"));
    if !indented {
        return 0;
    }
    let mut smallest = usize::MAX;
    let mut line_start = true;
    for part in parts(heredoc.template.iter()) {
        let Part::Text(range) = part else {
            if line_start {
                smallest = 0;
            }
            line_start = false;
            continue;
        };
        for line in source.get(range).unwrap_or("").split_inclusive('\n') {
            if line_start && !(line.trim().is_empty() && line.ends_with('\n')) {
                smallest = smallest.min(line.chars().take_while(|it| it.is_whitespace()).count());
            }
            line_start = line.ends_with('\n');
        }
    }
    if smallest == usize::MAX { 0 } else { smallest }
}

/// Appends the text of one part. `line_start` says whether a line begins with it, and is kept for the next part.
pub(crate) fn decode(source: &str, range: Range<usize>, writing: Writing, line_start: &mut bool, out: &mut Mapped) {
    let Writing::Raw { indent } = writing else {
        return quoted(source, range, out);
    };
    let mut at = range.start;
    for line in source.get(range).unwrap_or("").split_inclusive('\n') {
        let blank = line.trim().is_empty() && line.ends_with('\n');
        let taken = if *line_start && !blank {
            line.chars().take(indent).take_while(|it| it.is_whitespace()).map(char::len_utf8).sum()
        } else {
            0
        };
        markers(at + taken, line.get(taken..).unwrap_or(""), out);
        *line_start = line.ends_with('\n');
        at += line.len();
    }
}

/// Text in which `$${` and `%%{` stand for `${` and `%{`.
fn markers(start: usize, text: &str, out: &mut Mapped) {
    let mut from = 0;
    let mut found: Vec<usize> = text.match_indices("$${").chain(text.match_indices("%%{")).map(|it| it.0).collect();
    found.sort_unstable();
    for at in found {
        out.literal(start + from, text.get(from..at).unwrap_or(""));
        from = at + 1;
    }
    out.literal(start + from, text.get(from..).unwrap_or(""));
}

/// The inside of a quoted string.
fn quoted(source: &str, range: Range<usize>, out: &mut Mapped) {
    let mut at = range.start;
    let text = source.get(range.clone()).unwrap_or("");
    let mut pieces = text.split('\\');
    if let Some(first) = pieces.next() {
        markers(at, first, out);
        at += first.len();
    }
    while at < range.end {
        let rest = source.get(at..range.end).unwrap_or("");
        let (decoded, len) = escape(rest);
        out.made(at, decoded.encode_utf8(&mut [0; 4]));
        at += len;
        let plain = source.get(at..range.end).unwrap_or("");
        let plain = plain.split('\\').next().unwrap_or("");
        markers(at, plain, out);
        at += plain.len();
    }
}

/// The character of the escape `rest` begins with, and its length. The parser has refused all others.
fn escape(rest: &str) -> (char, usize) {
    let hex = |digits: usize| {
        let code = rest.get(2..2 + digits).and_then(|it| u32::from_str_radix(it, 16).ok());
        (code.and_then(char::from_u32).unwrap_or('\u{fffd}'), 2 + digits)
    };
    match rest.as_bytes().get(1) {
        Some(b'n') => ('\n', 2),
        Some(b'r') => ('\r', 2),
        Some(b't') => ('\t', 2),
        Some(b'"') => ('"', 2),
        Some(b'u') => hex(4),
        Some(b'U') => hex(8),
        Some(_) | None => ('\\', 2),
    }
}
