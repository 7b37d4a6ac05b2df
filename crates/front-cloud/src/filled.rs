//! Open places of embedded code that are filled by a value the user states, or by the default that the file declares.
//!
//! Invariant: the filled text is what a deployment with these values would send, byte for byte; a value's span is the place of its
//! reference.

use crate::mapped::offset;
use crate::model::HoleAt;
use source::{FileId, Piece, Sources, SpanMap};

/// A code after filling.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Filled {
    /// The embedded file; the one that came in if nothing was filled.
    pub file: FileId,
    /// What is still open.
    pub open: Vec<HoleAt>,
    /// Where the values stand now, in the order of the text; each with the place it filled.
    pub values: Vec<HoleAt>,
}

/// Fills the places for which `value` has a text.
pub fn fill(
    sources: &mut Sources,
    file: FileId,
    holes: &[HoleAt],
    value: &dyn Fn(&HoleAt) -> Option<String>,
) -> Filled {
    let mut holes = holes.to_vec();
    holes.sort_by_key(|it| it.start);
    let texts: Vec<Option<String>> = holes.iter().map(value).collect();
    if texts.iter().all(Option::is_none) {
        return Filled { file, open: holes, values: Vec::new() };
    }
    let before = sources.file(file).text().clone();
    let mut text = String::new();
    let mut pieces = Vec::new();
    let mut out = Filled { file, open: Vec::new(), values: Vec::new() };
    let mut from = 0;
    let copy = |text: &mut String, pieces: &mut Vec<Piece>, from: u32, to: u32| {
        let part = before.get(from as usize..to as usize).unwrap_or("");
        if !part.is_empty() {
            pieces.push(Piece { text: offset(text.len()), host: from, len: offset(part.len()) });
            text.push_str(part);
        }
    };
    for (hole, value) in holes.into_iter().zip(texts) {
        copy(&mut text, &mut pieces, from, hole.start);
        let start = offset(text.len());
        match value {
            Some(value) => {
                pieces.push(Piece { text: start, host: hole.start, len: 0 });
                text.push_str(&value);
                from = hole.end;
                out.values.push(HoleAt { start, end: offset(text.len()), ..hole });
            }
            None => {
                copy(&mut text, &mut pieces, hole.start, hole.end);
                from = hole.end;
                out.open.push(HoleAt { start, end: offset(text.len()), ..hole });
            }
        }
    }
    copy(&mut text, &mut pieces, from, offset(before.len()));
    out.file = sources.add_embedded(file, text, SpanMap::new(pieces));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use source::Span;

    #[test]
    fn a_value_takes_the_place_of_its_hole_and_the_rest_keeps_its_own() {
        let mut sources = Sources::new();
        let file = sources.add("a.js", "x = '__hole0__' + __hole1__;");
        let hole = |name: &str, start, end| HoleAt { name: name.to_owned(), default: None, start, end };
        let holes = [hole("Host", 5, 14), hole("Limit", 18, 27)];
        let filled = fill(&mut sources, file, &holes, &|it| (it.name == "Host").then(|| "h".to_owned()));
        assert_eq!(&**sources.file(filled.file).text(), "x = 'h' + __hole1__;");
        assert_eq!(filled.open, [hole("Limit", 10, 19)]);
        assert_eq!(filled.values, [hole("Host", 5, 6)]);
        assert_eq!(sources.resolve(Span::new(filled.file, 5, 6)), Span::new(file, 5, 14));
        assert_eq!(sources.resolve(Span::new(filled.file, 10, 19)), Span::new(file, 18, 27));
        let none = fill(&mut sources, file, &holes, &|_| None);
        assert_eq!((none.file, none.open.len()), (file, 2));
    }
}
