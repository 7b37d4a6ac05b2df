//! One finding: what is said, about which place, and what the reader can do.

use sha2::{Digest, Sha256};
use source::{Sources, Span};
use std::borrow::Cow;
use std::fmt;

use crate::codes::Code;

/// How much a finding matters. Ordered: `Security` is above `Error`, because losing a check is worse than losing a page.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Level {
    /// Good to know.
    Note,
    /// Somebody has to look.
    Warning,
    /// Something is not migrated, or wrong.
    Error,
    /// A deny, an authentication or a rate limit would be lost or weakened.
    Security,
}

impl Level {
    /// All levels, lowest first.
    pub const ALL: [Level; 4] = [Level::Note, Level::Warning, Level::Error, Level::Security];

    /// The word for it in every output: `note`, `warning`, `error`, `security`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Error => "error",
            Level::Security => "security",
        }
    }

    /// The level of a word, as options and the configuration spell it.
    #[must_use]
    pub fn parse(word: &str) -> Option<Level> {
        Level::ALL.into_iter().find(|it| it.word() == word)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}

/// Another place that belongs to a finding, possibly in another file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Related {
    /// The place.
    pub span: Span,
    /// What it has to do with the finding.
    pub message: String,
}

/// A finding. Texts may quote the source; renderers escape and mask them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Diagnostic {
    /// Its kind.
    pub code: &'static Code,
    /// Its level; the code's unless changed.
    pub level: Level,
    /// One short sentence.
    pub message: String,
    /// The place it is about. May be in embedded code; renderers resolve it.
    pub span: Option<Span>,
    /// The file it is about when that file is not among the sources (unreadable, too large).
    pub path: Option<String>,
    /// Places in the excerpt with a word each.
    pub labels: Vec<(Span, String)>,
    /// What the reader can do.
    pub help: Option<String>,
    /// Other places, each with a sentence.
    pub related: Vec<Related>,
}

impl Diagnostic {
    /// A finding about a place, or about the run as a whole.
    #[must_use]
    pub fn new(code: &'static Code, span: impl Into<Option<Span>>, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            code,
            level: code.level,
            message: message.into(),
            span: span.into(),
            path: None,
            labels: Vec::new(),
            help: None,
            related: Vec::new(),
        }
    }

    /// A finding about a file that is not among the sources.
    #[must_use]
    pub fn about_file(code: &'static Code, path: impl Into<String>, message: impl Into<String>) -> Diagnostic {
        Diagnostic { path: Some(path.into()), ..Diagnostic::new(code, None, message) }
    }

    /// With what the reader can do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// With a word at a place of the excerpt.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push((span, text.into()));
        self
    }

    /// With another place that belongs to it.
    #[must_use]
    pub fn related(mut self, span: Span, message: impl Into<String>) -> Diagnostic {
        self.related.push(Related { span, message: message.into() });
        self
    }

    /// At another level than the code's.
    #[must_use]
    pub fn level(mut self, level: Level) -> Diagnostic {
        self.level = level;
        self
    }

    /// The path of the file it is about, if there is one.
    #[must_use]
    pub fn file<'a>(&'a self, sources: &'a Sources) -> Option<&'a str> {
        match self.span {
            Some(span) => Some(sources.locate(span).0),
            None => self.path.as_deref(),
        }
    }

    /// Sixteen hex digits that stay the same when the file moves or lines are added above it.
    ///
    /// Hashed are the code, the message without the file's own path, and the words of the place without their spacing.
    #[must_use]
    pub fn fingerprint(&self, sources: &Sources) -> String {
        let message = match self.file(sources).filter(|path| !path.is_empty()) {
            Some(path) => Cow::Owned(self.message.replace(path, "<file>")),
            None => Cow::Borrowed(self.message.as_str()),
        };
        let place = self.span.map_or("", |span| sources.text(span));
        let mut hash = Sha256::new();
        hash.update(self.code.id.as_bytes());
        hash.update([0]);
        hash.update(message.as_bytes());
        for word in place.split_whitespace() {
            hash.update([0]);
            hash.update(word.as_bytes());
        }
        hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes;

    #[test]
    fn levels_are_ordered_and_spelled_once() {
        assert!(Level::ALL.is_sorted_by(|low, high| low < high));
        assert!(Level::ALL.into_iter().all(|it| Level::parse(it.word()) == Some(it)));
        assert_eq!(Level::parse("fatal"), None);
    }

    #[test]
    fn a_fingerprint_survives_moves_and_new_lines_but_not_a_change() {
        let print = |path: &str, text: &str, start: u32, end: u32| {
            let mut sources = Sources::new();
            let file = sources.add(path, text);
            Diagnostic::new(&codes::NOT_UNDERSTOOD, Span::new(file, start, end), format!("{path} calls x"))
                .fingerprint(&sources)
        };
        let first = print("a.js", "f( x );", 0, 7);
        assert_eq!(first.len(), 16);
        assert_eq!(first, print("deep/b.js", "\n\nf( x );", 2, 9));
        assert_eq!(first, print("a.js", "f(\n x );", 0, 8));
        assert_ne!(first, print("a.js", "f( y );", 0, 7));
    }
}
