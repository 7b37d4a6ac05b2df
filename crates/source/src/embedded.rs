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
        let to = if end > start { self.after(end - 1) } else { from };
        (from, to.max(from))
    }

    /// Where the host stands after the byte at `text`: what is written differently there ends where the next piece begins.
    fn after(&self, text: u32) -> u32 {
        let next = self.pieces.partition_point(|it| it.text <= text);
        let made = next.checked_sub(1).and_then(|at| self.pieces.get(at)).filter(|it| text - it.text >= it.len);
        match (made, self.pieces.get(next)) {
            (Some(piece), Some(next)) if next.host > piece.host + piece.len => next.host,
            (Some(_) | None, Some(_) | None) => self.offset(text) + 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_ends_after_the_whole_of_what_is_written_differently() {
        // `a\u0041b` of JSON is `aAb`: the escape is six bytes of the host.
        let map = SpanMap::new(vec![
            Piece { text: 0, host: 10, len: 1 },
            Piece { text: 1, host: 11, len: 0 },
            Piece { text: 2, host: 17, len: 1 },
        ]);
        assert_eq!(map.range(0, 1), (10, 11));
        assert_eq!(map.range(0, 2), (10, 17));
        assert_eq!(map.range(1, 2), (11, 17));
        assert_eq!(map.range(2, 3), (17, 18));
        assert_eq!(map.range(2, 2), (17, 17));
    }

    #[test]
    fn the_end_of_the_last_piece_and_pieces_out_of_order_stay_behind_their_begin() {
        let last = SpanMap::new(vec![Piece { text: 0, host: 4, len: 2 }, Piece { text: 2, host: 6, len: 0 }]);
        assert_eq!(last.range(2, 3), (6, 7));
        let back = SpanMap::new(vec![Piece { text: 0, host: 9, len: 0 }, Piece { text: 1, host: 2, len: 3 }]);
        assert_eq!(back.range(0, 1), (9, 10));
    }
}
