//! Files, spans and line indexes: where every other crate's facts come from.
//!
//! A [`Span`] is a byte range in one file. Code that stands inside another file (a function body in a CloudFormation
//! template) is a file of its own with a [`SpanMap`] back into its host, so the front end that parses it never knows;
//! [`Sources::resolve`] takes any span to the file that a person can open.

mod embedded;
mod lines;
mod tree;

pub use embedded::{Piece, SpanMap};
pub use lines::{LineIndex, Position};
pub use tree::{Entry, MemoryTree, ReadError, Tree};

use std::sync::Arc;

/// One file of [`Sources`].
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct FileId(u32);

impl FileId {
    /// The position of the file in its `Sources`.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A range of bytes in one file; `end` is exclusive.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Span {
    /// The file the bytes are in.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end` of `file`.
    #[must_use]
    pub fn new(file: FileId, start: u32, end: u32) -> Span {
        Span { file, start, end: end.max(start) }
    }

    /// The smallest span holding both; `self` when they are in different files.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        if self.file == other.file {
            Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
        } else {
            self
        }
    }
}

/// A file's text and name. Names are relative to the root that was read, with `/` between parts.
#[derive(Clone, Debug)]
pub struct SourceFile {
    path: Arc<str>,
    text: Arc<str>,
    lines: LineIndex,
    host: Option<(FileId, SpanMap)>,
}

impl SourceFile {
    /// The name, relative to the root that was read.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    /// Where lines begin.
    #[must_use]
    pub fn lines(&self) -> &LineIndex {
        &self.lines
    }
}

/// All files of one run. Append only: a `FileId` stays valid.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    /// An empty set.
    #[must_use]
    pub fn new() -> Sources {
        Sources::default()
    }

    /// Adds a file that stands on its own.
    pub fn add(&mut self, path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> FileId {
        self.push(path.into(), text.into(), None)
    }

    /// Adds code that stands inside `host`. `map` takes offsets of `text` to offsets of the host's text.
    pub fn add_embedded(&mut self, host: FileId, text: impl Into<Arc<str>>, map: SpanMap) -> FileId {
        let path = self.files.get(host.index()).map_or_else(|| Arc::from(""), |it| it.path.clone());
        self.push(path, text.into(), Some((host, map)))
    }

    fn push(&mut self, path: Arc<str>, text: Arc<str>, host: Option<(FileId, SpanMap)>) -> FileId {
        let id = FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX));
        let lines = LineIndex::new(&text);
        self.files.push(SourceFile { path, text, lines, host });
        id
    }

    /// The file of an id.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "ids are made by `push` only and files are never removed")]
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.index()]
    }

    /// Every file, in the order of their ids.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(at, file)| (FileId(u32::try_from(at).unwrap_or(u32::MAX)), file))
    }

    /// The text of a span, empty if the span does not fall on character borders of its file.
    #[must_use]
    pub fn text(&self, span: Span) -> &str {
        self.file(span.file).text.get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// The same place in a file that a person can open: through every level of embedding.
    #[must_use]
    pub fn resolve(&self, span: Span) -> Span {
        let mut span = span;
        while let Some((host, map)) = &self.file(span.file).host {
            let (start, end) = map.range(span.start, span.end);
            span = Span::new(*host, start, end);
        }
        span
    }

    /// Whether the file is embedded in another.
    #[must_use]
    pub fn is_embedded(&self, id: FileId) -> bool {
        self.file(id).host.is_some()
    }

    /// Path, and position of the first byte, of the place a person can open.
    #[must_use]
    pub fn locate(&self, span: Span) -> (&str, Position) {
        let span = self.resolve(span);
        let file = self.file(span.file);
        (file.path(), file.lines.position(span.start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_spans_resolve_through_every_level() {
        let mut sources = Sources::new();
        let yaml = sources.add("t.yaml", "code: |\n  ab\n  cd\n");
        let map = SpanMap::new(vec![Piece { text: 0, host: 10, len: 3 }, Piece { text: 3, host: 15, len: 3 }]);
        let js = sources.add_embedded(yaml, "ab\ncd\n", map);
        let span = sources.resolve(Span::new(js, 3, 5));
        assert_eq!(sources.text(span), "cd");
        assert_eq!(sources.locate(Span::new(js, 4, 5)), ("t.yaml", Position { line: 3, column: 4 }));
    }
}
