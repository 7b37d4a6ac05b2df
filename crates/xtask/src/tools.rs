//! Installs what the tests need and the machine lacks, pinned, into `.tools/`: npm packages by a lock file, a Python
//! environment, cargo-nextest. What is installed already and not changed is left alone.

use anyhow::{Context, Result};
use std::path::Path;

use crate::repository::{Repository, in_ci, run, succeeds};

/// The runner of the tests; any version from the machine is taken, this one is installed.
const NEXTEST: &str = "0.9.143";
/// The interpreter that every pinned wheel exists for.
const PYTHON: &str = "python3.11";

pub(crate) fn install(repository: &Repository) -> Result<()> {
    std::fs::create_dir_all(repository.tools())?;
    nextest(repository)?;
    npm(repository)?;
    python(repository)
}

fn nextest(repository: &Repository) -> Result<()> {
    if succeeds(repository.command("cargo").args(["nextest", "--version"])) {
        return Ok(());
    }
    println!("installing cargo-nextest {NEXTEST}");
    let root = repository.tools();
    run(repository
        .command("cargo")
        .args(["install", "--locked", "cargo-nextest", "--version", NEXTEST, "--root"])
        .arg(root))
}

/// The judges' packages, and those of the Worker runtime's own tests.
fn npm(repository: &Repository) -> Result<()> {
    npm_folder(repository, "crates/xtask/tools", &repository.tools())?;
    let runtime = "templates/worker-runtime";
    if !repository.path(runtime).join("package.json").is_file() {
        return lacking("templates/worker-runtime/package.json");
    }
    npm_folder(repository, runtime, &repository.path(runtime))
}

/// Installs what the lock file in `lists` says into `folder`.
fn npm_folder(repository: &Repository, lists: &str, folder: &Path) -> Result<()> {
    let wanted = ["package.json", "package-lock.json"];
    let stamp = stamp(repository, lists, &wanted)?;
    let installed = folder.join("node_modules/.installed");
    if std::fs::read_to_string(&installed).is_ok_and(|it| it == stamp) {
        return Ok(());
    }
    if !succeeds(repository.command("npm").arg("--version")) {
        return lacking("npm (node 20 or later)");
    }
    println!("installing npm packages of {lists}");
    for name in wanted.iter().filter(|_| repository.path(lists) != folder) {
        std::fs::copy(repository.path(lists).join(name), folder.join(name))?;
    }
    // Not `npm ci`: it refuses lock files that name no registry. `--no-save` keeps the lock file as it is.
    let quiet = ["--no-save", "--legacy-peer-deps", "--no-audit", "--no-fund", "--loglevel=error"];
    run(repository.command("npm").arg("install").args(quiet).current_dir(folder))?;
    std::fs::write(installed, stamp).context("the stamp of installed packages")
}

fn python(repository: &Repository) -> Result<()> {
    let stamp = stamp(repository, "crates/xtask/tools", &["requirements.txt"])?;
    let installed = repository.tools().join("venv/.installed");
    if std::fs::read_to_string(&installed).is_ok_and(|it| it == stamp) {
        return Ok(());
    }
    if !succeeds(repository.command(PYTHON).arg("--version")) {
        return lacking(PYTHON);
    }
    println!("installing Python packages into .tools/venv");
    let home = repository.tools().join("venv");
    run(repository.command(PYTHON).args(["-m", "venv"]).arg(&home))?;
    let list = repository.path("crates/xtask/tools/requirements.txt");
    let quiet = ["--quiet", "--disable-pip-version-check", "--requirement"];
    run(repository.command(&in_folder(&home, "bin/python")).args(["-m", "pip", "install"]).args(quiet).arg(list))?;
    std::fs::write(installed, stamp).context("the stamp of installed packages")
}

fn in_folder(folder: &Path, name: &str) -> String {
    folder.join(name).to_string_lossy().into_owned()
}

/// The text of the lists that decide what is installed.
fn stamp(repository: &Repository, lists: &str, names: &[&str]) -> Result<String> {
    names.iter().map(|name| repository.read(&format!("{lists}/{name}"))).collect()
}

/// Says what is missing; under CI that is a fault.
pub(crate) fn lacking(what: &str) -> Result<()> {
    if in_ci() {
        anyhow::bail!("{what} is missing");
    }
    println!("SKIPPED: {what} is missing; what needs it was not checked");
    Ok(())
}
