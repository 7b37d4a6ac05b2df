//! Which crate may use which: the table of forbidden arrows, parser crates that stay inside, no I/O in the core.

use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::repository::{Repository, TextFile};

/// (crate, must not reach, why). Transitive over our own crates; printed by `cargo xtask layers`.
pub(crate) const FORBIDDEN: &[(&str, &str, &str)] = &[
    ("source", "diag", "spans are below everything"),
    ("diag", "edge", "findings know places, not the model"),
    ("edge", "diag", "the model says what is wrong as data"),
    ("edge", "serde", "the IR is not an output format; views are serialized, not nodes"),
    ("edge", "serde_json", "the IR is not an output format; views are serialized, not nodes"),
    ("edge", "target", "the model speaks no vendor's words"),
    ("edge", "script", "the model does not know where behavior came from"),
    ("script", "edge", "a language's core does not know what it is evaluated on"),
    ("target", "passes", "facts do not depend on decisions"),
    ("front", "target", "front ends do not know the target"),
    ("front-js", "target", "front ends do not know the target"),
    ("front-cloud", "target", "front ends do not know the target"),
    ("front-js", "symex", "reading is not evaluating"),
    ("symex", "target", "evaluation does not know the target"),
    ("symex", "front", "evaluation sees the core, not a syntax"),
    ("passes", "symex", "passes see the edge program alone"),
    ("passes", "front", "passes see the edge program alone"),
    ("passes", "script", "passes see the edge program alone"),
    ("emit-rules", "passes", "emitters print decisions, they make none"),
    ("interp", "symex", "an oracle must not share code with what it judges"),
    ("interp", "passes", "an oracle must not share code with what it judges"),
    ("interp", "front", "an oracle must not share code with what it judges"),
    ("interp", "front-js", "an oracle must not share code with what it judges"),
    ("interp", "emit-rules", "an oracle must not share code with what it judges"),
    ("prove", "symex", "a judge must not share code with what it judges"),
    ("prove", "passes", "a judge must not share code with what it judges"),
    ("prove", "front", "a judge must not share code with what it judges"),
    ("prove", "interp", "two judges that share code are one"),
    ("prove", "emit-rules", "a judge must not share code with what it judges"),
    ("verify", "symex", "a judge must not share code with what it judges"),
    ("verify", "passes", "a judge must not share code with what it judges"),
    ("verify", "front", "a judge must not share code with what it judges"),
    ("verify", "front-js", "a judge must not share code with what it judges"),
    ("verify", "pipeline", "a judge must not share code with what it judges"),
    ("report", "passes", "a report shows decisions, it makes none"),
    ("pipeline", "clap", "pure core: no arguments, no files, no clock"),
    ("pipeline", "ignore", "pure core: no arguments, no files, no clock"),
    ("pipeline", "rquickjs", "`analyze` runs no code of the user"),
    ("pipeline", "verify", "`analyze` runs no code of the user"),
];

/// (a dependency, the crates that may name it, why). A `*` at the end stands for any rest.
const INSIDE: &[(&str, &[&str], &str)] = &[
    ("swc_*", &["front-js", "verify"], "a parser's tree stays in its front end; `verify` counts syntax on its own"),
    ("saphyr-parser", &["front-cloud"], "a parser's events stay in their front end"),
    ("hcl-edit", &["front-cloud"], "a parser's tree stays in its front end"),
    ("clap", &["migrate"], "arguments belong to the binary"),
    ("ignore", &["migrate"], "walking folders belongs to the binary"),
    ("rquickjs", &["verify"], "only verification runs the user's code"),
    ("mimalloc", &["migrate"], "the binary chooses how memory is kept"),
    ("miette", &["diag"], "one renderer among others"),
    ("anyhow", &["benches", "migrate", "xtask"], "libraries say what is wrong as data"),
];

/// Crates that may touch files, processes, the environment and the clock.
const OUTSIDE: &[&str] = &["benches", "fixture", "migrate", "verify", "xtask"];

/// A crate of the workspace.
pub(crate) struct Member {
    name: String,
    /// Folder, relative to the root.
    folder: String,
    /// Names of its normal dependencies.
    uses: BTreeSet<String>,
}

/// The crates, as cargo sees them.
pub(crate) fn members(repository: &Repository) -> Result<Vec<Member>> {
    let arguments = ["metadata", "--no-deps", "--offline", "--format-version", "1"];
    let out = repository.command("cargo").args(arguments).output().context("cargo metadata")?;
    let data: Value = serde_json::from_slice(&out.stdout).context("cargo metadata")?;
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let list = |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let member = |it: &Value| {
        let folder = text(it, "manifest_path").replace('\\', "/");
        let folder = folder.trim_end_matches("/Cargo.toml").rsplit('/').next().unwrap_or_default().to_owned();
        let folder = if folder == "benches" { folder } else { format!("crates/{folder}") };
        let normal = |it: &&Value| it.get("kind").is_none_or(Value::is_null);
        let uses = list(it, "dependencies").iter().filter(normal).map(|it| text(it, "name")).collect();
        Member { name: text(it, "name"), folder, uses }
    };
    let mut members: Vec<Member> = list(&data, "packages").iter().map(member).collect();
    anyhow::ensure!(!members.is_empty(), "cargo metadata names no package");
    members.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(members)
}

/// Everything a crate reaches: its dependencies, and through our own crates theirs.
fn reached<'a>(name: &'a str, members: &BTreeMap<&'a str, &'a Member>) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut open = vec![name];
    while let Some(name) = open.pop() {
        let Some(member) = members.get(name) else { continue };
        open.extend(member.uses.iter().map(String::as_str).filter(|it| reached.insert(*it)));
    }
    reached
}

pub(crate) fn arrows(members: &[Member]) -> Vec<String> {
    let by_name: BTreeMap<&str, &Member> = members.iter().map(|it| (it.name.as_str(), it)).collect();
    let holds = |(name, other, why): &&(&str, &str, &str)| match by_name.contains_key(name) {
        true => reached(name, &by_name).contains(other).then(|| format!("`{name}` must not reach `{other}`: {why}")),
        false => Some(format!("the table of layers names `{name}`, which is no crate")),
    };
    FORBIDDEN.iter().filter_map(|it| holds(&it)).collect()
}

pub(crate) fn parsers(members: &[Member]) -> Vec<String> {
    let mut faults = Vec::new();
    for member in members {
        for used in &member.uses {
            let matches = |pattern: &str| match pattern.strip_suffix('*') {
                Some(start) => used.starts_with(start),
                None => used == pattern,
            };
            for (_, inside, why) in INSIDE.iter().filter(|(pattern, _, _)| matches(pattern)) {
                if !inside.contains(&member.name.as_str()) {
                    faults.push(format!("`{}` must not use `{used}`: {why}", member.name));
                }
            }
        }
    }
    faults
}

/// Every crate takes the workspace's lints, and the crates of the core have equal `clippy.toml`s against I/O.
pub(crate) fn manifests(files: &[TextFile], members: &[Member]) -> Vec<String> {
    let find = |path: String| files.iter().find(|it| it.path == path).map(|it| it.text.as_str());
    let pattern = find("crates/source/clippy.toml".to_owned());
    let mut faults = Vec::new();
    for member in members {
        let manifest = find(format!("{}/Cargo.toml", member.folder)).unwrap_or_default();
        if !manifest.contains("[lints]\nworkspace = true\n") {
            faults.push(format!("{}/Cargo.toml: without `[lints] workspace = true`", member.folder));
        }
        let has_entry = ["lib", "main"].iter().any(|it| find(format!("{}/src/{it}.rs", member.folder)).is_some());
        if !has_entry {
            faults.push(format!("{}: neither src/lib.rs nor src/main.rs", member.folder));
        }
        let clippy = find(format!("{}/clippy.toml", member.folder));
        match (OUTSIDE.contains(&member.name.as_str()), clippy) {
            (true, None) => {}
            (true, Some(_)) => faults.push(format!("{}: may do I/O, and has a clippy.toml against it", member.folder)),
            (false, clippy) if clippy.is_some() && clippy == pattern => {}
            (false, _) => faults.push(format!("{}/clippy.toml: not that of crates/source", member.folder)),
        }
    }
    faults
}

/// Names of the standard library that the core's sources do not hold, tests aside.
const IO: &[&str] = &[
    "std::fs",
    "std::process",
    "std::env",
    "std::net::Tcp",
    "std::net::Udp",
    "std::io::stdin",
    "SystemTime",
    "Instant::now",
];

pub(crate) fn no_io_in_the_core(files: &[TextFile], members: &[Member]) -> Vec<String> {
    let core = members.iter().filter(|it| !OUTSIDE.contains(&it.name.as_str()));
    let folders: Vec<String> = core.map(|it| format!("{}/src/", it.folder)).collect();
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| folders.iter().any(|it| file.path.starts_with(it.as_str()))) {
        let is_test = file.path.ends_with("/tests.rs") || file.path.contains("/tests/");
        if is_test || !file.path.ends_with(".rs") {
            continue;
        }
        let code = without_tests(&file.text);
        for (line, number) in code.lines().zip(1..) {
            let line = line.split("//").next().unwrap_or_default();
            for word in IO.iter().filter(|word| line.contains(**word)) {
                faults.push(format!("{}:{number}: `{word}` in the core; the binary does I/O", file.path));
            }
        }
    }
    faults
}

/// A file up to its test module, which stands last.
fn without_tests(text: &str) -> &str {
    let is_module = |at: &usize| {
        let after = text.get(*at..).unwrap_or_default().lines().skip(2);
        let mut items = after.skip_while(|it| it.starts_with(['#', ' ', ')']));
        items.next().is_some_and(|it| it.starts_with("mod "))
    };
    let end = text.match_indices("\n#[cfg(test)]\n").map(|(at, _)| at).find(is_module);
    text.get(..end.unwrap_or(text.len())).unwrap_or_default()
}

/// The table in Markdown, for `docs/architecture.md`.
pub(crate) fn table() -> String {
    let mut out = String::from("| Crate | must not reach | because |\n|---|---|---|\n");
    for (name, other, why) in FORBIDDEN {
        let _ = writeln!(out, "| `{name}` | `{other}` | {why} |");
    }
    out.push_str("\n| Dependency | only in | because |\n|---|---|---|\n");
    for (name, inside, why) in INSIDE {
        let inside: Vec<String> = inside.iter().map(|it| format!("`{it}`")).collect();
        let _ = writeln!(out, "| `{name}` | {} | {why} |", inside.join(", "));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, uses: &[&str]) -> Member {
        let uses = uses.iter().map(|it| (*it).to_owned()).collect();
        Member { name: name.to_owned(), folder: format!("crates/{name}"), uses }
    }

    fn file(path: &str, text: &str) -> TextFile {
        TextFile { path: path.to_owned(), text: text.to_owned() }
    }

    #[test]
    fn an_arrow_is_followed_through_our_own_crates() {
        let mut all: Vec<Member> = FORBIDDEN.iter().map(|(name, _, _)| member(name, &[])).collect();
        assert_eq!(arrows(&all), Vec::<String>::new());
        all.push(member("emit-worker", &["symex"]));
        all.push(member("interp", &["emit-worker"]));
        assert_eq!(
            arrows(&all),
            ["`interp` must not reach `symex`: an oracle must not share code with what it judges"]
        );
    }

    #[test]
    fn parsers_stay_inside() {
        let all = [member("front-js", &["swc_common"]), member("passes", &["swc_ecma_ast", "regex"])];
        assert_eq!(parsers(&all).len(), 1);
    }

    #[test]
    fn io_is_found_in_code_and_not_in_tests_or_comments() {
        let all = [member("edge", &[]), member("verify", &[])];
        let text = "//! std::fs\nuse std::fs::File;\n\n#[cfg(test)]\n#[expect(a)]\nmod tests {\n    use std::env;\n}\n";
        let files = [
            file("crates/edge/src/lib.rs", text),
            file("crates/edge/tests/a.rs", text),
            file("crates/verify/src/lib.rs", text),
        ];
        assert_eq!(
            no_io_in_the_core(&files, &all),
            ["crates/edge/src/lib.rs:2: `std::fs` in the core; the binary does I/O"]
        );
    }
}
