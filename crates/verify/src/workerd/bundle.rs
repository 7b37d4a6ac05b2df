//! Emitted Worker projects as what workerd loads: esbuild joins their modules, as wrangler has it do before a deployment.
//!
//! All projects go through one run. Where it fails, each is tried by itself, so that one that is broken stands alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{WorkerBundle, find_tool};
use crate::engine::EngineError;

/// The configuration of a project.
const CONFIGURATION: &str = "wrangler.jsonc";
/// The options that wrangler gives, as far as they change what the code does.
const OPTIONS: [&str; 8] = [
    "--bundle",
    "--format=esm",
    "--target=es2024",
    "--conditions=workerd,worker,browser",
    "--keep-names",
    "--external:node:*",
    "--external:cloudflare:*",
    "--log-level=error",
];

/// What `require` of a built-in module of Node is in workerd; a module of the bundle may have a `require` of its own, so this one is no declaration.
const REQUIRE: &str = "--banner:js=import { createRequire as __createRequire } from \"node:module\"; globalThis.require ??= __createRequire(\"/\");";
/// The flag with which a Worker has the modules of Node.
const NODE: &str = "nodejs_compat";
/// Modules of Node that handlers name without `node:`, which workerd has under `nodejs_compat`.
const BUILT_IN: [&str; 30] = [
    "assert",
    "async_hooks",
    "buffer",
    "console",
    "constants",
    "crypto",
    "diagnostics_channel",
    "dns",
    "events",
    "fs",
    "fs/promises",
    "http",
    "https",
    "module",
    "net",
    "os",
    "path",
    "path/posix",
    "process",
    "querystring",
    "stream",
    "stream/promises",
    "string_decoder",
    "timers",
    "timers/promises",
    "tls",
    "url",
    "util",
    "util/types",
    "zlib",
];

/// The bundler from `ESBUILD`, from `.tools/node_modules` of this directory or one above, or from the search path.
#[must_use]
pub fn find_esbuild() -> Option<PathBuf> {
    find_tool("ESBUILD", "esbuild")
}

/// Bundles projects, each given as its files by path.
///
/// # Errors
/// Where the bundler is not here or there is no place to work in. A project that does not bundle is an error of its own.
pub fn bundle(projects: &[&BTreeMap<String, String>]) -> Result<Vec<Result<WorkerBundle, EngineError>>, EngineError> {
    let Some(esbuild) = find_esbuild() else {
        return Err(EngineError::Missing("esbuild is neither in ESBUILD nor in .tools nor on PATH".to_owned()));
    };
    let failed = |error: std::io::Error| EngineError::Engine(format!("bundling: {error}"));
    let directory = tempfile::tempdir().map_err(failed)?;
    for (at, project) in projects.iter().enumerate() {
        for (path, text) in project.iter().filter(|(path, _)| path.starts_with("src/")) {
            let path = directory.path().join(format!("p{at}")).join(path);
            std::fs::create_dir_all(path.parent().unwrap_or(directory.path())).map_err(failed)?;
            std::fs::write(path, text).map_err(failed)?;
        }
    }
    let has_node = |project: &BTreeMap<String, String>| {
        project
            .get(CONFIGURATION)
            .is_some_and(|it| it.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(NODE)))
    };
    let (with, without): (Vec<usize>, Vec<usize>) =
        (0..projects.len()).partition(|at| projects.get(*at).is_some_and(|it| has_node(it)));
    let node_together = joined(&esbuild, directory.path(), &with, true);
    let plain_together = joined(&esbuild, directory.path(), &without, false);
    let mut out = Vec::with_capacity(projects.len());
    for (at, project) in projects.iter().enumerate() {
        let node = has_node(project);
        let together = if node { &node_together } else { &plain_together };
        let done = match together {
            Ok(()) => Ok(()),
            Err(_) => joined(&esbuild, directory.path(), &[at], node),
        };
        out.push(done.and_then(|()| {
            let text = std::fs::read_to_string(directory.path().join(format!("out/p{at}/src/index.js")))
                .map_err(|error| EngineError::Engine(format!("bundling: {error}")))?;
            described(project, text)
        }));
    }
    Ok(out)
}

fn joined(esbuild: &Path, directory: &Path, projects: &[usize], node: bool) -> Result<(), EngineError> {
    if projects.is_empty() {
        return Ok(());
    }
    let of_node: Vec<String> = if node {
        let aliases = BUILT_IN.iter().map(|name| format!("--alias:{name}=node:{name}"));
        aliases.chain([REQUIRE.to_owned()]).collect()
    } else {
        Vec::new()
    };
    let run = Command::new(esbuild)
        .args(projects.iter().map(|at| format!("p{at}/src/index.ts")))
        .args(OPTIONS)
        .args(of_node)
        .args(["--outdir=out", "--outbase=."])
        .current_dir(directory)
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .map_err(|error| EngineError::Engine(format!("esbuild: {error}")))?;
    if run.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&run.stderr);
    let packages = not_installed(&said);
    if packages.is_empty() {
        return Err(EngineError::Engine(format!("esbuild: {}", said.trim())));
    }
    let names = packages.into_iter().collect::<Vec<_>>().join(", ");
    Err(EngineError::Engine(format!("the Worker needs packages that are not installed here: {names}")))
}

/// The packages that the bundler did not find; none where it complains of anything else, so that no other fault is hidden.
fn not_installed(said: &str) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for line in said.lines().filter(|it| it.contains("[ERROR]")) {
        let name =
            line.split_once("Could not resolve \"").and_then(|(_, rest)| rest.split_once('"')).map(|(name, _)| name);
        match name {
            Some(name) if !name.starts_with(['.', '/']) => out.insert(name.to_owned()),
            _ => return BTreeSet::new(),
        };
    }
    out
}

/// What the configuration says; it is JSON behind lines of comments.
fn described(project: &BTreeMap<String, String>, text: String) -> Result<WorkerBundle, EngineError> {
    let written = project.get(CONFIGURATION).map(String::as_str).unwrap_or_default();
    let json: String = written.lines().filter(|it| !it.trim_start().starts_with("//")).collect();
    let settings: Value =
        serde_json::from_str(&json).map_err(|error| EngineError::Engine(format!("{CONFIGURATION}: {error}")))?;
    let texts = |pointer: &str, key: Option<&str>| -> Vec<String> {
        let list = settings.pointer(pointer).and_then(Value::as_array);
        let text = |it: &Value| key.map_or(Some(it), |key| it.get(key)).and_then(Value::as_str).map(str::to_owned);
        list.map(|it| it.iter().filter_map(text).collect()).unwrap_or_default()
    };
    Ok(WorkerBundle {
        modules: vec![("index.js".to_owned(), text)],
        main: "index.js".to_owned(),
        compatibility_date: settings.get("compatibility_date").and_then(Value::as_str).unwrap_or_default().to_owned(),
        compatibility_flags: texts("/compatibility_flags", None),
        kv_bindings: texts("/kv_namespaces", Some("binding")),
        routes: texts("/env/production/routes", Some("pattern")),
    })
}

#[cfg(test)]
mod tests {
    use super::not_installed;

    #[test]
    fn packages_that_are_missing_are_named_once_and_other_faults_are_not_hidden() {
        let missing =
            "\u{2718} [ERROR] Could not resolve \"jose\"\n\n  x.js:1\n\u{2718} [ERROR] Could not resolve \"jose\"\n";
        assert_eq!(not_installed(missing).into_iter().collect::<Vec<_>>(), ["jose"]);
        assert!(not_installed(&format!("{missing}\u{2718} [ERROR] Could not resolve \"./near\"\n")).is_empty());
        assert!(not_installed("\u{2718} [ERROR] Unexpected \"}\"\n").is_empty());
    }
}
