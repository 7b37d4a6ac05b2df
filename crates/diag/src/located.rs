//! Findings made ready to print: sorted, their places resolved into files a person can open, their texts harmless.

use source::{Sources, Span};
use std::collections::BTreeMap;

use crate::{Diagnostic, mask::mask, mask::visible};

/// A range of lines and columns, all from 1; the end is after the last character.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Range {
    /// First line.
    pub line: u32,
    /// First column, in UTF-8 bytes.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column after the last byte, in UTF-8 bytes.
    pub end_column: u32,
    /// First column, in UTF-16 code units.
    pub utf16_column: u32,
    /// Column after the last character, in UTF-16 code units.
    pub utf16_end_column: u32,
}

/// A file, and where in it if the finding is about less than the whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Place {
    /// The path, relative to the root that was read; exactly as the tree spells it.
    pub file: String,
    /// The bytes, in the file that a person can open.
    pub span: Option<Span>,
    /// The same as lines and columns.
    pub range: Option<Range>,
}

impl Place {
    /// The place of a span, through embedding.
    #[must_use]
    pub fn of(span: Span, sources: &Sources) -> Place {
        let span = sources.resolve(span);
        let file = sources.file(span.file);
        let (from, to) = (file.lines().position(span.start), file.lines().position(span.end));
        let utf16 = |offset: u32, line: u32| {
            let start = file.lines().start(line).unwrap_or(0) as usize;
            let before = file.text().get(start..offset as usize).unwrap_or("");
            u32::try_from(before.encode_utf16().count() + 1).unwrap_or(u32::MAX)
        };
        let range = Range {
            line: from.line,
            column: from.column,
            end_line: to.line,
            end_column: to.column,
            utf16_column: utf16(span.start, from.line),
            utf16_end_column: utf16(span.end, to.line),
        };
        Place { file: file.path().to_owned(), span: Some(span), range: Some(range) }
    }

    /// `path:line:column`, or the path alone; control characters shown.
    #[must_use]
    pub fn name(&self) -> String {
        let file = visible(&self.file);
        match self.range {
            Some(range) => format!("{file}:{}:{}", range.line, range.column),
            None => file.into_owned(),
        }
    }
}

/// A finding whose texts hold no secret and no control character, and whose places are resolved.
#[derive(Clone, Debug)]
pub struct Located<'a> {
    /// The finding itself, with its raw texts: for code and level.
    pub raw: &'a Diagnostic,
    /// Unique among the findings of the run: the fingerprint, and an ordinal among equals.
    pub id: String,
    /// [`Diagnostic::fingerprint`].
    pub fingerprint: String,
    /// The sentence.
    pub message: String,
    /// What the reader can do.
    pub help: Option<String>,
    /// Where it is.
    pub place: Option<Place>,
    /// Words at places of the excerpt.
    pub labels: Vec<(Place, String)>,
    /// Other places with a sentence each.
    pub related: Vec<(Place, String)>,
}

/// The findings by file, offset, code and message; those about no file come first. Exact repetitions are dropped.
#[must_use]
pub fn located<'a>(findings: &'a [Diagnostic], sources: &Sources) -> Vec<Located<'a>> {
    let mut all: Vec<&Diagnostic> = findings.iter().collect();
    all.sort_by_cached_key(|it| {
        let at = it.span.map(|span| sources.resolve(span));
        let path = it.file(sources).map(str::to_owned);
        (path, at.map(|span| (span.start, span.end)), it.code.id, it.message.clone())
    });
    all.dedup();
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    let one = |raw: &'a Diagnostic| {
        let clean = |text: &str| visible(&mask(text)).into_owned();
        let fingerprint = raw.fingerprint(sources);
        let count = seen.entry(fingerprint.clone()).or_default();
        *count += 1;
        Located {
            raw,
            id: if *count == 1 { fingerprint.clone() } else { format!("{fingerprint}-{count}") },
            fingerprint,
            message: clean(&raw.message),
            help: raw.help.as_deref().map(clean),
            place: match (raw.span, &raw.path) {
                (Some(span), _) => Some(Place::of(span, sources)),
                (None, Some(path)) => Some(Place { file: path.clone(), span: None, range: None }),
                (None, None) => None,
            },
            labels: raw.labels.iter().map(|(span, text)| (Place::of(*span, sources), clean(text))).collect(),
            related: raw.related.iter().map(|it| (Place::of(it.span, sources), clean(&it.message))).collect(),
        }
    };
    all.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes;

    #[test]
    fn findings_are_sorted_by_place_and_equal_ones_get_their_own_id() {
        let mut sources = Sources::new();
        let b = sources.add("b.js", "f();\nf();\n");
        let a = sources.add("a.js", "g();");
        let at = |file, start| Diagnostic::new(&codes::NOT_UNDERSTOOD, Span::new(file, start, start + 4), "call");
        let all = [at(b, 5), at(b, 0), at(a, 0), at(b, 0), Diagnostic::new(&codes::NO_EDGE_CODE_FOUND, None, "none")];
        let got = located(&all, &sources);
        let names: Vec<String> = got.iter().map(|it| it.place.as_ref().map_or_else(String::new, Place::name)).collect();
        assert_eq!(names, ["", "a.js:1:1", "b.js:1:1", "b.js:2:1"]);
        let ids: Vec<&str> = got.iter().skip(2).map(|it| it.id.as_str()).collect();
        let [first, second] = ids.as_slice() else { return assert_eq!(ids.len(), 2) };
        assert_eq!(*second, format!("{first}-2"));
    }

    #[test]
    fn columns_come_in_bytes_and_in_utf16_units() {
        let mut sources = Sources::new();
        let file = sources.add("a.js", "'é𝄞' + x");
        let range = Place::of(Span::new(file, 11, 12), &sources).range;
        let units = |it: Range| [it.column, it.utf16_column, it.end_column, it.utf16_end_column];
        assert_eq!(range.map(units), Some([12, 9, 13, 10]));
    }
}
