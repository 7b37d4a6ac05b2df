//! Maps from code that stands inside another file to that file, piece by piece, so escapes and indentation stay exact.

/// `len` bytes of the embedded text at `text` that stand, byte for byte, at `host` of the host.
///
/// An escape (`\n` in JSON) is a piece of its own; its end in the host is where the next piece begins.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Piece {
    /// Offset in the embedded text.
    pub text: u32,
    /// Offset in the host's text.
    pub host: u32,
    /// Length in bytes, the same on both sides.
    pub len: u32,
}

/// Pieces sorted by their offset in the embedded text.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SpanMap {
    pieces: Vec<Piece>,
}

impl SpanMap {
    /// A map of these pieces; they are sorted here.
    #[must_use]
    pub fn new(mut pieces: Vec<Piece>) -> SpanMap {
        pieces.sort_by_key(|it| it.text);
        SpanMap { pieces }
    }

    /// The host offset of one embedded offset.
    #[must_use]
    pub fn offset(&self, text: u32) -> u32 {
        let after = self.pieces.partition_point(|it| it.text <= text);
        match after.checked_sub(1).and_then(|at| self.pieces.get(at)) {
            Some(piece) => piece.host + (text - piece.text).min(piece.len),
            None => self.pieces.first().map_or(0, |it| it.host),
        }
    }

    /// The host range of an embedded range: from its first byte to after its last byte.
    #[must_use]
    pub fn range(&self, start: u32, end: u32) -> (u32, u32) {
        let from = self.offset(start);
        let to = if end > start { self.offset(end - 1) + 1 } else { from };
        (from, to.max(from))
    }
}
