//! The only way in: a rooted, bounded tree of files, handed to the core by the binary, or held in memory by tests.

use std::collections::BTreeMap;

/// One file of a tree.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Entry {
    /// Relative to the root, `/` between parts, without `.` and `..`.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
}

/// Why a file could not be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum ReadError {
    /// There is no such file in the tree.
    Missing,
    /// The path, or a link on it, leads out of the root.
    Outside,
    /// Larger than the stated limit (bytes).
    TooLarge {
        /// Size of the file.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// The operating system refused; its words.
    Io(String),
}

/// Files under one root. Implementations resolve links and refuse what leads out.
pub trait Tree: Sync {
    /// Every file, sorted by path.
    fn list(&self) -> Vec<Entry>;
    /// The bytes of one file.
    ///
    /// # Errors
    /// When the file is missing, outside of the root, too large or unreadable.
    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError>;
}

/// A tree in memory, for tests and for one file from standard input.
#[derive(Clone, Debug, Default)]
pub struct MemoryTree {
    files: BTreeMap<String, Vec<u8>>,
}

impl MemoryTree {
    /// An empty tree.
    #[must_use]
    pub fn new() -> MemoryTree {
        MemoryTree::default()
    }

    /// Adds or replaces a file.
    #[must_use]
    pub fn with(mut self, path: impl Into<String>, bytes: impl Into<Vec<u8>>) -> MemoryTree {
        self.files.insert(path.into(), bytes.into());
        self
    }
}

impl Tree for MemoryTree {
    fn list(&self) -> Vec<Entry> {
        self.files.iter().map(|(path, bytes)| Entry { path: path.clone(), size: bytes.len() as u64 }).collect()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.files.get(path).cloned().ok_or(ReadError::Missing)
    }
}
