//! A text under construction that knows, byte for byte, where it stands in its host.
//!
//! Invariant: a piece with a length holds the very bytes of the host. What the host writes differently (an escape, a
//! folded line break, a filled variable) is a piece of length 0 that points at the place it was made from.

use crate::model::{Code, Hole, HoleAt, Text};
use source::{FileId, Piece, Sources, Span, SpanMap};

/// A decoded text with its map and its open places.
#[derive(Clone, Debug)]
pub(crate) struct Mapped {
    pub(crate) host: FileId,
    pub(crate) text: String,
    pieces: Vec<Piece>,
    holes: Vec<Open>,
}

/// An open place: the bytes of `text` that stand for it, and what it is.
#[derive(Clone, Debug)]
struct Open {
    start: u32,
    end: u32,
    hole: Hole,
}

/// Offsets are 32 bits wide; files are limited far below that before they get here.
pub(crate) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

impl Mapped {
    pub(crate) fn new(host: FileId) -> Mapped {
        Mapped { host, text: String::new(), pieces: Vec::new(), holes: Vec::new() }
    }

    fn here(&self) -> u32 {
        offset(self.text.len())
    }

    /// Bytes that stand in the host as they are.
    pub(crate) fn literal(&mut self, host: usize, text: &str) {
        if text.is_empty() {
            return;
        }
        let (here, host, len) = (self.here(), offset(host), offset(text.len()));
        self.text.push_str(text);
        match self.pieces.last_mut() {
            Some(last) if last.len > 0 && last.text + last.len == here && last.host + last.len == host => {
                last.len += len
            }
            _ => self.pieces.push(Piece { text: here, host, len }),
        }
    }

    /// Text that the host writes differently, made from what stands at `host`.
    pub(crate) fn made(&mut self, host: usize, text: &str) {
        if text.is_empty() {
            return;
        }
        self.pieces.push(Piece { text: self.here(), host: offset(host), len: 0 });
        self.text.push_str(text);
    }

    /// An open place.
    pub(crate) fn hole(&mut self, hole: Hole) {
        let start = self.here();
        let name = format!("__hole{}__", self.holes.len());
        self.made(hole.span.start as usize, &name);
        self.holes.push(Open { start, end: self.here(), hole });
    }

    /// All of `other`; what stands in another host is made from the reference at `at`.
    pub(crate) fn append(&mut self, other: &Mapped, at: usize) {
        self.append_range(other, 0, offset(other.text.len()), at);
    }

    /// The bytes `start..end` of `other`, holes inside of the range included.
    pub(crate) fn append_range(&mut self, other: &Mapped, start: u32, end: u32, at: usize) {
        let mut from = start;
        for open in other.holes.iter().filter(|it| it.start >= start && it.end <= end) {
            self.append_literal(other, from, open.start, at);
            self.hole(open.hole.clone());
            from = open.end;
        }
        self.append_literal(other, from, end, at);
    }

    fn append_literal(&mut self, other: &Mapped, start: u32, end: u32, at: usize) {
        let slice = |from: u32, to: u32| other.text.get(from as usize..to as usize).unwrap_or("");
        if self.host != other.host {
            self.made(at, slice(start, end));
            return;
        }
        let mut next = other.pieces.partition_point(|it| it.text <= start).saturating_sub(1);
        let mut from = start;
        while from < end {
            let Some(piece) = other.pieces.get(next).copied() else { break };
            let until = other.pieces.get(next + 1).map_or(end, |it| it.text.min(end)).max(from);
            if piece.len == 0 {
                self.made(piece.host as usize, slice(from, until));
            } else {
                self.literal((piece.host + (from - piece.text)) as usize, slice(from, until));
            }
            from = until;
            next += 1;
        }
    }

    /// Whether nothing in it is open.
    pub(crate) fn is_known(&self) -> bool {
        self.holes.is_empty()
    }

    /// The map into the host.
    fn map(&self) -> SpanMap {
        SpanMap::new(self.pieces.clone())
    }

    /// The same as a value: known pieces and holes. `span` is that of the expression, for what is empty.
    pub(crate) fn into_text(self, span: Span) -> Text {
        let map = self.map();
        let mut parts = Vec::new();
        let mut from = 0;
        let known = |start: u32, end: u32| {
            let (host_start, host_end) = map.range(start, end);
            let text = self.text.get(start as usize..end as usize).unwrap_or("").to_owned();
            Text::Known(text, Span::new(self.host, host_start, host_end))
        };
        for open in &self.holes {
            if open.start > from {
                parts.push(known(from, open.start));
            }
            parts.push(Text::Hole(open.hole.clone()));
            from = open.end;
        }
        let end = offset(self.text.len());
        if self.text.is_empty() {
            return Text::Known(String::new(), span);
        }
        if end > from {
            parts.push(known(from, end));
        }
        if parts.len() == 1 { parts.remove(0) } else { Text::Parts(parts) }
    }

    /// Registers the text as an embedded file of its host.
    pub(crate) fn embed(self, sources: &mut Sources) -> Code {
        #[cfg(test)]
        exact::check(&self, sources.file(self.host).text());
        let map = self.map();
        let holes = self.holes.into_iter();
        let holes = holes
            .map(|it| HoleAt { name: it.hole.name, default: it.hole.default, start: it.start, end: it.end })
            .collect();
        Code::Inline { file: sources.add_embedded(self.host, self.text, map), holes }
    }

    /// The pieces, for tests of exactness.
    #[cfg(test)]
    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests")]
pub(crate) mod exact {
    //! The property every decoder keeps, checked against the host.
    use super::Mapped;

    /// Every piece with a length holds the host's bytes; pieces ascend and cover the whole text.
    pub(crate) fn check(mapped: &Mapped, host: &str) {
        let mut end = 0;
        for piece in mapped.pieces() {
            assert!(piece.text >= end, "pieces overlap: {:?}", mapped.pieces());
            let text = &mapped.text.as_bytes()[piece.text as usize..(piece.text + piece.len) as usize];
            let there = &host.as_bytes()[piece.host as usize..(piece.host + piece.len) as usize];
            assert_eq!(text, there, "a literal piece differs from its host");
            end = piece.text + piece.len;
        }
        assert_eq!(mapped.text.is_empty(), mapped.pieces().is_empty());
        assert_eq!(mapped.pieces().first().map_or(0, |it| it.text), 0);
    }
}
