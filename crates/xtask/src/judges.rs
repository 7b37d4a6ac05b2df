//! Judges: independent programs that look at what we emit and share no code with us.
//!
//! A judge is a script `crates/xtask/judges/NAME.{mjs,py,sh}`, started in the root of the repository with `MIGRATE_TOOLS`
//! naming the folder of installed tools. It gets one argument, a folder that holds one emitted tree per example and
//! fixture; a judge of [`FED_OTHERWISE`] gets what is said there. A status other than 0 is a refusal.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::repository::{Repository, run};
use crate::tools::lacking;

/// Judges that must be there. A script that is not listed runs as well.
const EXPECTED: &[&str] = &["expressions.py", "rules-types.mjs", "sarif.mjs", "worker.mjs"];

/// What a judge is given of the emitted trees.
enum Feed {
    /// It is started once for each list of arguments.
    Arguments(fn(&Repository, &Path) -> Result<Vec<Vec<PathBuf>>>),
    /// It reads JSON lines.
    Lines(fn(&Path) -> Result<Vec<Value>>),
}

/// Judges that are given something else than the one folder.
const FED_OTHERWISE: &[(&str, Feed)] =
    &[("worker.mjs", Feed::Arguments(worker_projects)), ("expressions.py", Feed::Lines(expressions))];

/// Where emitted trees are gathered. The fixture harness writes each fixture's tree below it when the variable
/// `MIGRATE_JUDGED` names it.
pub(crate) const EMITTED: &str = "target/judged";

pub(crate) fn run_all(repository: &Repository) -> Result<()> {
    let folder = repository.path("crates/xtask/judges");
    for name in EXPECTED.iter().filter(|name| !folder.join(name).is_file()) {
        lacking(&format!("crates/xtask/judges/{name}"))?;
    }
    let emitted = emit(repository)?;
    for script in sorted(&folder)? {
        let program = match script.extension().and_then(|it| it.to_str()) {
            Some("mjs") => "node",
            Some("py") => "python3",
            Some("sh") => "bash",
            Some(_) | None => continue,
        };
        let name = script.file_name().unwrap_or_default().to_string_lossy().into_owned();
        println!("-- {name}");
        let command = || {
            let mut command = repository.command(program);
            command.arg(&script);
            command
        };
        match FED_OTHERWISE.iter().find(|(judge, _)| *judge == name) {
            None => run(command().arg(&emitted))?,
            Some((_, Feed::Arguments(lists))) => {
                for list in lists(repository, &emitted)? {
                    run(command().args(list))?;
                }
            }
            Some((_, Feed::Lines(lines))) => fed(&mut command(), &lines(&emitted)?)?,
        }
    }
    Ok(())
}

/// Runs a judge with JSON lines on its standard input.
fn fed(command: &mut Command, lines: &[Value]) -> Result<()> {
    println!("{} lines", lines.len());
    let text: String = lines.iter().map(|it| format!("{it}\n")).collect();
    let mut child = command.stdin(Stdio::piped()).spawn().context("cannot start the judge")?;
    let mut input = child.stdin.take().context("the judge has no standard input")?;
    // A judge that ends early says why by its status; the broken pipe is no news.
    let writer = std::thread::spawn(move || drop(input.write_all(text.as_bytes())));
    let status = child.wait()?;
    drop(writer.join());
    if status.success() { Ok(()) } else { bail!("refused: {status}") }
}

/// Every expression of the emitted rules, with its position: what decides (`filter`) or what is written (`value`).
fn expressions(emitted: &Path) -> Result<Vec<Value>> {
    let mut lines = Vec::new();
    for tree in sorted(emitted)? {
        let zones = tree.join("zones");
        let zones = if zones.is_dir() { sorted(&zones)? } else { Vec::new() };
        for folder in
            zones.into_iter().chain([tree.join("account")]).map(|it| it.join("rules")).filter(|it| it.is_dir())
        {
            for file in sorted(&folder)? {
                let text = std::fs::read_to_string(&file)?;
                let ruleset: Value = serde_json::from_str(&text).with_context(|| file.display().to_string())?;
                let before = lines.len();
                for rule in ruleset.get("rules").and_then(Value::as_array).into_iter().flatten() {
                    collect(rule, "filter", &mut lines);
                }
                if lines.len() == before {
                    bail!("{}: a file of rules without an expression", file.display());
                }
            }
        }
    }
    Ok(lines)
}

fn collect(value: &Value, position: &str, lines: &mut Vec<Value>) {
    for (name, inner) in value.as_object().into_iter().flatten() {
        match inner.as_str() {
            Some(text) if name == "expression" => lines.push(json!({ "expression": text, "position": position })),
            Some(_) | None => collect(inner, "value", lines),
        }
    }
    value.as_array().into_iter().flatten().for_each(|it| collect(it, "value", lines));
}

/// Every emitted Worker project with the installed packages. Those of examples run their own tests as well.
fn worker_projects(repository: &Repository, emitted: &Path) -> Result<Vec<Vec<PathBuf>>> {
    let mut runs = Vec::new();
    for tree in sorted(emitted)? {
        let is_example = tree.file_name().is_some_and(|it| it.to_string_lossy().starts_with("example-"));
        let zones = tree.join("zones");
        for zone in if zones.is_dir() { sorted(&zones)? } else { Vec::new() } {
            let project = zone.join("worker");
            if project.join("wrangler.jsonc").is_file() {
                let tests = is_example.then(|| PathBuf::from("--test"));
                runs.push(tests.into_iter().chain([project, repository.tools().join("node_modules")]).collect());
            }
        }
    }
    println!("{} Worker projects", runs.len());
    Ok(runs)
}

/// Emits every example into a folder of its own, next to what the fixtures left there.
fn emit(repository: &Repository) -> Result<PathBuf> {
    let out = repository.path(EMITTED);
    std::fs::create_dir_all(&out)?;
    for example in sorted(&repository.path("examples"))?.iter().filter(|it| it.is_dir()) {
        let name = example.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let tree = out.join(format!("example-{name}"));
        if tree.exists() {
            std::fs::remove_dir_all(&tree)?;
        }
        let migrate = ["run", "--quiet", "--locked", "--package", "migrate", "--", "analyze", "--out"];
        run(repository.command("cargo").args(migrate).arg(&tree).arg(example))?;
    }
    let there: BTreeSet<String> = sorted(&out)?.iter().filter_map(|it| name_of(it)).collect();
    let missing: Vec<String> = expected(repository)?.difference(&there).cloned().collect();
    if !missing.is_empty() {
        bail!("not emitted, so no judge sees it (run `cargo xtask test nextest` first): {}", missing.join(", "));
    }
    Ok(out)
}

/// The trees that the judges have to see: one of each fixture and one of each example.
fn expected(repository: &Repository) -> Result<BTreeSet<String>> {
    let mut all = BTreeSet::new();
    for family in sorted(&repository.path("fixtures"))?.iter().filter(|it| it.is_dir()) {
        let files = sorted(family)?.into_iter().filter(|it| it.extension().is_some_and(|it| it == "md"));
        all.extend(files.filter_map(|it| name_of(&it)));
    }
    let examples = sorted(&repository.path("examples"))?.into_iter().filter(|it| it.is_dir());
    all.extend(examples.filter_map(|it| name_of(&it)).map(|it| format!("example-{it}")));
    Ok(all)
}

/// Name of a file or folder without its ending.
fn name_of(path: &Path) -> Option<String> {
    path.file_stem().map(|it| it.to_string_lossy().into_owned())
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut all = std::fs::read_dir(folder)?.map(|it| Ok(it?.path())).collect::<Result<Vec<PathBuf>>>()?;
    all.sort();
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_found_wherever_they_stand() {
        let rule = json!({
            "expression": "true",
            "action_parameters": {
                "from_value": { "target_url": { "expression": "concat(\"a\", \"b\")" } },
                "headers": { "x": { "operation": "set", "expression": "http.host" } },
            },
        });
        let mut lines = Vec::new();
        collect(&rule, "filter", &mut lines);
        let positions: Vec<&Value> = lines.iter().filter_map(|it| it.get("position")).collect();
        assert_eq!(positions, ["filter", "value", "value"]);
    }
}
