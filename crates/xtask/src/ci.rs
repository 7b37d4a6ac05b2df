//! The steps of `cargo xtask test`, in the order in which they tell most for the least time. The first that fails ends
//! the run.

use anyhow::{Context, Result, bail};
use std::process::Stdio;
use std::time::Instant;

use crate::repository::{Repository, run, succeeds};
use crate::{judges, tools};

type Step = (&'static str, fn(&Repository) -> Result<()>);

const STEPS: &[Step] = &[
    ("setup", tools::install),
    ("fmt", |it| run(it.command("cargo").args(["fmt", "--all", "--check"]))),
    ("clippy", |it| {
        run(it.command("cargo").args(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]))
    }),
    ("nextest", tests),
    ("hostile", hostile),
    ("worker-runtime", worker_runtime),
    ("judges", judges::run_all),
    ("deny", deny),
];

/// All steps, or those named.
pub(crate) fn run_steps(repository: &Repository, named: &[String]) -> Result<()> {
    let names: Vec<&str> = STEPS.iter().map(|(name, _)| *name).collect();
    if let Some(unknown) = named.iter().find(|it| !names.contains(&it.as_str())) {
        bail!("no step `{unknown}`; there are {}", names.join(", "));
    }
    for (name, step) in STEPS.iter().filter(|(name, _)| named.is_empty() || named.iter().any(|it| it == name)) {
        println!("== {name}");
        let start = Instant::now();
        step(repository)?;
        println!("== {name}: ok in {:.1} s", start.elapsed().as_secs_f32());
    }
    Ok(())
}

/// The workspace's tests; tidy and layering are among them. The fixtures leave their emitted trees for the judges.
fn tests(repository: &Repository) -> Result<()> {
    let emitted = repository.path(judges::EMITTED);
    if emitted.exists() {
        std::fs::remove_dir_all(&emitted)?;
    }
    let nextest = ["nextest", "run", "--workspace", "--locked", "--no-fail-fast"];
    run(repository.command("cargo").args(nextest).env("MIGRATE_JUDGED", emitted))
}

/// Hostile input again, given to the release build: there a panic aborts the process, so nothing can catch and hide one.
fn hostile(repository: &Repository) -> Result<()> {
    let manifest = repository.read("Cargo.toml")?;
    let profile = manifest.split("\n[").find_map(|it| it.strip_prefix("profile.release]")).unwrap_or_default();
    if !profile.contains("panic = \"abort\"") {
        bail!("the release profile does not abort at a panic");
    }
    let build = ["build", "--release", "--locked", "--package", "migrate", "--message-format=json-render-diagnostics"];
    let out = repository.command("cargo").args(build).stderr(Stdio::inherit()).output().context("cargo build")?;
    if !out.status.success() {
        bail!("the release build failed: {}", out.status);
    }
    // The line of the program says where it is, wherever the target folder may be.
    let binary = String::from_utf8_lossy(&out.stdout).lines().find_map(|line| {
        let line: serde_json::Value = serde_json::from_str(line).ok()?;
        line.get("executable")?.as_str().map(str::to_owned)
    });
    let binary = binary.context("the release build made no program")?;
    let nextest = ["nextest", "run", "--locked", "--package", "migrate", "--test", "hostile", "--no-fail-fast"];
    run(repository.command("cargo").args(nextest).arg("--success-output=final").env("MIGRATE_BIN", binary))
}

/// The runtime's own tests: its `package.json` says how they run, the tools are on the path.
fn worker_runtime(repository: &Repository) -> Result<()> {
    let folder = repository.path("templates/worker-runtime");
    if !folder.join("package.json").is_file() {
        return tools::lacking("templates/worker-runtime/package.json");
    }
    // Type-checked first: its tests strip types and would not notice.
    run(repository.command("npm").args(["run", "check", "--if-present", "--silent"]).current_dir(&folder))?;
    run(repository.command("npm").args(["test", "--silent"]).current_dir(folder))
}

fn deny(repository: &Repository) -> Result<()> {
    if !succeeds(repository.command("cargo").args(["deny", "--version"])) {
        println!("SKIPPED: cargo-deny is not installed; licenses and sources of dependencies were not checked");
        return Ok(());
    }
    run(repository.command("cargo").args(["deny", "check", "licenses", "bans", "sources"]))
}
