//! The repository on disk: its root, its files, and the programs started in it.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The repository that this program was built from.
pub(crate) struct Repository {
    root: PathBuf,
}

/// A text file of the repository.
pub(crate) struct TextFile {
    /// Relative to the root, `/` between parts.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Repository {
    pub(crate) fn here() -> Repository {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
        Repository { root: crates.and_then(Path::parent).unwrap_or_else(|| Path::new(".")).to_owned() }
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The folder of installed tools.
    pub(crate) fn tools(&self) -> PathBuf {
        self.path(".tools")
    }

    pub(crate) fn read(&self, relative: &str) -> Result<String> {
        std::fs::read_to_string(self.path(relative)).with_context(|| relative.to_owned())
    }

    /// Every file that is tracked or would be, sorted, whose bytes are UTF-8.
    pub(crate) fn files(&self) -> Result<Vec<TextFile>> {
        let list = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
        let out = Command::new("git").args(list).current_dir(&self.root).output().context("git")?;
        if !out.status.success() {
            bail!("git ls-files: {}", String::from_utf8_lossy(&out.stderr).trim());
        }
        let names = String::from_utf8(out.stdout).context("a file name that is not UTF-8")?;
        let mut names: Vec<&str> = names.split('\0').filter(|it| !it.is_empty()).collect();
        names.sort_unstable();
        names.dedup();
        let read = |path: &&str| {
            // A file that was deleted, or is no text, has nothing to check.
            let text = std::fs::read_to_string(self.path(path)).ok()?;
            Some(TextFile { path: (*path).to_owned(), text })
        };
        Ok(names.iter().filter_map(read).collect())
    }

    /// A program in the root, with the installed tools first on its path.
    pub(crate) fn command(&self, program: &str) -> Command {
        let tools = self.tools();
        let ours = ["bin", "node_modules/.bin", "venv/bin"].map(|it| tools.join(it));
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let paths = std::env::join_paths(ours.into_iter().chain(std::env::split_paths(&inherited)));
        let mut command = Command::new(program);
        command.current_dir(&self.root).env("MIGRATE_TOOLS", &tools);
        if let Ok(paths) = paths {
            command.env("PATH", paths);
        }
        command
    }
}

/// Runs to the end; anything but success is a fault that names the command.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let shown = shown(command);
    let status = command.status().with_context(|| format!("cannot start `{shown}`"))?;
    if status.success() { Ok(()) } else { bail!("`{shown}`: {status}") }
}

/// Whether a program starts and succeeds, without its output.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|it| it.status.success())
}

fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|it| it.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// Whether a missing tool is a fault instead of a printed skip.
pub(crate) fn in_ci() -> bool {
    std::env::var_os("CI").is_some_and(|it| !it.is_empty() && it != "false")
}
