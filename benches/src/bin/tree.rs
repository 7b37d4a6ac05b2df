//! Reads a tree of npm packages with the fixtures among it, side by side with `oxlint`: `tree [runs] [migrate] [scratch folder]`.
//!
//! The packages are those of `benches/tree/package.json`, moved into a folder of another name so that nobody skips them. A ratio says
//! how long `migrate analyze` takes against `oxlint` with its default rules on the same tree, both started as users start them.

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// Bytes of scripts that the tree holds at least.
const LEAST: u64 = 20_000_000;

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let runs = arguments.next().and_then(|it| it.parse().ok()).unwrap_or(5_usize).max(1);
    let migrate = PathBuf::from(arguments.next().unwrap_or_else(|| "target/release/migrate".to_owned()));
    // Not below `target`: what an ignore file of ours names, nobody reads.
    let scratch = arguments.next().map_or_else(|| std::env::temp_dir().join("migrate-bench-tree"), PathBuf::from);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    ensure!(migrate.is_file(), "`{}` is not there; `cargo build --release` makes it", migrate.display());
    let (tree, oxlint) = tree(&root, &scratch)?;
    let (files, bytes) = scripts(&tree)?;
    ensure!(bytes >= LEAST, "the tree has {bytes} bytes of scripts, fewer than {LEAST}");
    let mut out = std::io::stdout().lock();
    writeln!(out, "{files} scripts, {:.1} MB, in `{}`; median of {runs} runs", mega(bytes), tree.display())?;
    // A folder of its own for each run: deleting the last one in between would slow the file system down.
    let written = scratch.join("written");
    if written.exists() {
        std::fs::remove_dir_all(&written)?;
    }
    let mut folders = 0..;
    let mut analyze = |which: &str| {
        let mut command = Command::new(&migrate);
        let folder = written.join(folders.next().unwrap_or(0).to_string());
        command.arg("analyze").arg(&tree).arg("--out").arg(folder).arg("--scripts").arg(which);
        command
    };
    let peer = || {
        let mut command = Command::new(&oxlint);
        command.arg("--silent").arg(&tree);
        command
    };
    let names = ["oxlint", "migrate", "migrate, every script parsed"];
    let mut taken: Vec<Vec<Duration>> = vec![Vec::new(); names.len()];
    let mut read = vec![String::new(); names.len()];
    // In turns, so that other work on the machine slows all of them alike; the first round fills the caches of the file system.
    for round in 0..=runs {
        for ((name, taken), read) in names.iter().zip(&mut taken).zip(&mut read) {
            let mut command = match *name {
                "oxlint" => peer(),
                "migrate" => analyze("likely"),
                _ => analyze("all"),
            };
            let (time, said) = timed(&mut command)?;
            if round > 0 {
                taken.push(time);
            }
            let line = said.lines().rfind(|it| it.contains("scripts:") || it.contains(" files "));
            *read = line.unwrap_or_default().to_owned();
        }
    }
    let mut base = None;
    for ((name, mut taken), read) in names.iter().zip(taken).zip(read) {
        taken.sort_unstable();
        let median = taken.get(taken.len() / 2).copied().unwrap_or_default();
        let range = taken.first().zip(taken.last()).map(|(a, b)| [a.as_millis(), b.as_millis()]).unwrap_or_default();
        let ratio = median.as_secs_f64() / base.get_or_insert(median).as_secs_f64();
        let median = median.as_secs_f64() * 1e3;
        writeln!(out, "{name:<30} {median:>9.1} ms {range:?}  x{ratio:.2}  {read}")?;
    }
    std::fs::remove_dir_all(&written)?;
    Ok(())
}

fn mega(bytes: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a size for people")]
    let bytes = bytes as f64;
    bytes / 1e6
}

fn timed(command: &mut Command) -> Result<(Duration, String)> {
    let start = Instant::now();
    let out = command.stdin(Stdio::null()).output().with_context(|| format!("{command:?}"))?;
    let time = start.elapsed();
    // A linter that finds something and a compiler that warns end with 1; what did not run ends otherwise.
    if !matches!(out.status.code(), Some(0 | 1)) {
        bail!("{command:?}: {}\n{}", out.status, String::from_utf8_lossy(&out.stderr));
    }
    Ok((time, String::from_utf8_lossy(&out.stdout).into_owned()))
}

/// The tree and the peer, installed once.
fn tree(root: &Path, scratch: &Path) -> Result<(PathBuf, PathBuf)> {
    let (installed, tree) = (scratch.join("installed"), scratch.join("tree"));
    let oxlint = installed.join("node_modules/.bin/oxlint");
    if !tree.join("packages").is_dir() || !oxlint.is_file() {
        std::fs::create_dir_all(&installed)?;
        for name in ["package.json", "package-lock.json"] {
            std::fs::copy(root.join("benches/tree").join(name), installed.join(name)).context(name)?;
        }
        let quiet = ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
        let status = Command::new("npm").args(quiet).current_dir(&installed).status().context("npm")?;
        ensure!(status.success(), "npm install: {status}");
        if tree.exists() {
            std::fs::remove_dir_all(&tree)?;
        }
        // The peer's own package is what runs, not what is read.
        copy(&installed.join("node_modules"), &tree.join("packages"), &["oxlint", "@oxlint", ".bin"])?;
        fixtures(&root.join("fixtures/cloudfront-functions"), &tree.join("edge"))?;
    }
    Ok((tree.canonicalize()?, oxlint.canonicalize()?))
}

/// Copies a folder; folders named `node_modules` get another name.
fn copy(from: &Path, to: &Path, skipped: &[&str]) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let name = entry.file_name();
        if skipped.iter().any(|it| name == OsStr::new(it)) {
            continue;
        }
        let kind = entry.file_type()?;
        if kind.is_dir() {
            let renamed = if name == OsStr::new("node_modules") { OsStr::new("packages") } else { &name };
            copy(&entry.path(), &to.join(renamed), skipped)?;
        } else if kind.is_file() {
            std::fs::copy(entry.path(), to.join(&name))?;
        }
    }
    Ok(())
}

/// The sources inside the fixtures, each fixture in a folder of its own.
fn fixtures(from: &Path, to: &Path) -> Result<()> {
    for entry in std::fs::read_dir(from)? {
        let path = entry?.path();
        let text = std::fs::read_to_string(&path)?;
        let folder = to.join(path.file_stem().unwrap_or_default());
        let mut open: Option<(PathBuf, String)> = None;
        for line in text.lines() {
            match (line.strip_prefix("```"), open.take()) {
                (Some(_), Some((path, text))) => {
                    std::fs::create_dir_all(path.parent().unwrap_or(&folder))?;
                    std::fs::write(path, text)?;
                }
                (Some(info), None) => {
                    open = info.split_once(' ').map(|(_, path)| (folder.join(path.trim()), String::new()));
                }
                (None, Some((path, mut text))) => {
                    let _ = writeln!(text, "{line}");
                    open = Some((path, text));
                }
                (None, None) => {}
            }
        }
    }
    Ok(())
}

/// How many scripts a folder has, and their bytes.
fn scripts(folder: &Path) -> Result<(usize, u64)> {
    let (mut files, mut bytes, mut open) = (0, 0, vec![folder.to_path_buf()]);
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.file_type()?.is_dir() {
                open.push(path);
            } else if [".js", ".mjs", ".cjs", ".ts"].iter().any(|it| name.ends_with(it)) {
                files += 1;
                bytes += entry.metadata()?.len();
            }
        }
    }
    Ok((files, bytes))
}
