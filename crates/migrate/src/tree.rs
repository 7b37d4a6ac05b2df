//! A folder, or one file, as a tree: ignore files respected, links that lead out refused, sorted by path.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};

use ignore::{WalkBuilder, WalkState};
use source::{Entry, ReadError, Tree};

/// The largest file that is handed out, in bytes.
const LIMIT: u64 = 64 * 1024 * 1024;

/// Files below one folder. The folder is walked once.
#[derive(Debug)]
pub struct FsTree {
    root: PathBuf,
    only: Option<String>,
    walked: OnceLock<Walked>,
}

/// What a walk met.
#[derive(Debug, Default)]
struct Walked {
    entries: Vec<Entry>,
    /// Files that no link leads to: they are inside of the root without a look at every folder on the way.
    plain: BTreeSet<String>,
}

impl FsTree {
    /// The tree below a folder, or the one file of a path.
    ///
    /// # Errors
    /// When there is nothing at the path.
    pub fn open(path: &Path) -> std::io::Result<FsTree> {
        let real = path.canonicalize()?;
        if real.is_dir() {
            return Ok(FsTree { root: real, only: None, walked: OnceLock::new() });
        }
        let name = real.file_name().map(|it| it.to_string_lossy().into_owned());
        let root = real.parent().map_or_else(|| real.clone(), Path::to_path_buf);
        Ok(FsTree { root, only: name, walked: OnceLock::new() })
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn inside(&self, path: &str) -> Result<PathBuf, ReadError> {
        if path.split('/').any(|it| it == "..") || path.starts_with('/') {
            return Err(ReadError::Outside);
        }
        if self.walked.get().is_some_and(|it| it.plain.contains(path)) {
            return Ok(self.root.join(path));
        }
        match self.root.join(path).canonicalize() {
            Ok(real) if real.starts_with(&self.root) => Ok(real),
            Ok(_) => Err(ReadError::Outside),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(ReadError::Missing),
            Err(error) => Err(ReadError::Io(error.to_string())),
        }
    }

    fn relative(&self, path: &Path) -> Option<String> {
        let parts: Option<Vec<&str>> = path.strip_prefix(&self.root).ok()?.iter().map(|it| it.to_str()).collect();
        parts.map(|it| it.join("/"))
    }

    fn walk(&self) -> Walked {
        if let Some(name) = &self.only {
            let size = self.root.join(name).metadata().map_or(0, |it| it.len());
            return Walked { entries: vec![Entry { path: name.clone(), size }], plain: BTreeSet::new() };
        }
        let mut walk = WalkBuilder::new(&self.root);
        walk.hidden(false).require_git(false).follow_links(false);
        walk.filter_entry(|it| {
            let name = it.file_name().to_string_lossy();
            let hidden = name.starts_with('.') && name != pipeline::MARKER && it.depth() > 0;
            !hidden && name != "node_modules"
        });
        let found: Mutex<Vec<(Entry, bool)>> = Mutex::default();
        walk.build_parallel().run(|| {
            Box::new(|entry| {
                let Ok(entry) = entry else { return WalkState::Continue };
                let Some(path) = self.relative(entry.path()) else { return WalkState::Continue };
                let kind = entry.file_type();
                let plain = kind.is_some_and(|it| it.is_file());
                // A link to a file is listed; reading it decides whether it leads out.
                if plain || (kind.is_some_and(|it| it.is_symlink()) && !entry.path().is_dir()) {
                    let size = entry.path().metadata().map_or(0, |it| it.len());
                    found.lock().unwrap_or_else(PoisonError::into_inner).push((Entry { path, size }, plain));
                }
                WalkState::Continue
            })
        });
        let mut found = found.into_inner().unwrap_or_else(PoisonError::into_inner);
        found.sort();
        let plain = found.iter().filter(|it| it.1).map(|it| it.0.path.clone()).collect();
        Walked { entries: found.into_iter().map(|it| it.0).collect(), plain }
    }
}

impl Tree for FsTree {
    fn list(&self) -> Vec<Entry> {
        self.walked.get_or_init(|| self.walk()).entries.clone()
    }

    fn read(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let real = self.inside(path)?;
        let io = |error: std::io::Error| ReadError::Io(error.to_string());
        let size = real.metadata().map_err(io)?.len();
        if size > LIMIT {
            return Err(ReadError::TooLarge { size, limit: LIMIT });
        }
        if real.is_dir() {
            return Err(ReadError::Missing);
        }
        std::fs::read(real).map_err(io)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_that_lead_out_are_refused_and_ignore_files_hold() -> std::io::Result<()> {
        let outer = tempfile::tempdir()?;
        let root = outer.path().join("repository");
        std::fs::create_dir_all(root.join("node_modules/x"))?;
        std::fs::write(outer.path().join("secret.js"), "s")?;
        for (path, text) in
            [(".gitignore", "built.js\n"), ("built.js", "b"), ("a.js", "a"), ("node_modules/x/i.js", "x")]
        {
            std::fs::write(root.join(path), text)?;
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink("../secret.js", root.join("link.js"))?;
        let tree = FsTree::open(&root)?;
        let names: Vec<String> = tree.list().into_iter().map(|it| it.path).collect();
        assert!(names.contains(&"a.js".to_owned()) && !names.contains(&"built.js".to_owned()), "{names:?}");
        assert!(!names.iter().any(|it| it.starts_with("node_modules")), "{names:?}");
        assert_eq!(tree.read("a.js"), Ok(b"a".to_vec()));
        assert_eq!(tree.read("../secret.js"), Err(ReadError::Outside));
        #[cfg(unix)]
        assert_eq!(tree.read("link.js"), Err(ReadError::Outside));
        Ok(())
    }
}
