//! What a file of a Lambda@Edge program asks for by a name that is no path: packages beside the program, and modules of node.

use std::collections::BTreeSet;

use crate::engine::{LegacyProgram, Module};

/// Modules of node that every engine has a shim for, or that leave the function and have no model in any.
const EVERYWHERE: &[&str] = &[
    "buffer",
    "child_process",
    "cluster",
    "crypto",
    "dgram",
    "dns",
    "dns/promises",
    "fs",
    "fs/promises",
    "http",
    "http2",
    "https",
    "net",
    "path",
    "path/posix",
    "process",
    "querystring",
    "timers",
    "timers/promises",
    "tls",
    "url",
    "util",
    "worker_threads",
];

/// Modules of node that only node has.
const IN_NODE: &[&str] = &[
    "assert",
    "assert/strict",
    "async_hooks",
    "console",
    "constants",
    "diagnostics_channel",
    "events",
    "module",
    "os",
    "perf_hooks",
    "punycode",
    "readline",
    "stream",
    "stream/promises",
    "stream/web",
    "string_decoder",
    "tty",
    "util/types",
    "v8",
    "vm",
    "zlib",
];

/// Whether a specifier names a module that only node itself has.
pub(super) fn needs_node(specifier: &str) -> bool {
    let name = specifier.strip_prefix("node:").unwrap_or(specifier);
    IN_NODE.contains(&name) || (name != specifier && !EVERYWHERE.contains(&name))
}

/// Words of a text whose work may come back from outside the language.
pub(super) fn works_outside(program: &LegacyProgram) -> bool {
    let words =
        ["zlib", "subtle", "stream", "pbkdf2", "scrypt", "hkdf", "createSign", "createVerify", "DecompressionStream"];
    program.modules.iter().any(|module| words.iter().any(|word| module.text.contains(word)))
}

/// The endings under which node finds a file.
const ENDS: &[&str] =
    &["", ".js", ".mjs", ".cjs", ".ts", ".json", "/index.js", "/index.mjs", "/index.cjs", "/index.ts"];

/// Finds a package in the `node_modules` of the importing file's folder or of one above it.
pub(super) fn resolve(from: &str, specifier: &str, paths: &BTreeSet<&str>, modules: &[Module]) -> Option<String> {
    if specifier.is_empty() || specifier.starts_with('.') || specifier.starts_with('/') {
        return None;
    }
    let mut folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    loop {
        let separator = if folder.is_empty() { "" } else { "/" };
        let base = format!("{folder}{separator}node_modules/{specifier}");
        let main = main_of(&base, modules).map(|main| format!("{base}/{main}"));
        let bases = main.iter().chain(std::iter::once(&base));
        let mut candidates = bases.flat_map(|base| ENDS.iter().map(move |end| format!("{base}{end}")));
        if let Some(found) = candidates.find(|it| paths.contains(it.as_str())) {
            return Some(found);
        }
        if folder.is_empty() {
            return None;
        }
        folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
    }
}

/// The `main` of a package, where its `package.json` is among the files.
fn main_of(base: &str, modules: &[Module]) -> Option<String> {
    let manifest = format!("{base}/package.json");
    let text = &modules.iter().find(|it| it.path == manifest)?.text;
    let manifest: serde_json::Value = serde_json::from_str(text).ok()?;
    let main = manifest.get("main")?.as_str()?;
    Some(main.trim_start_matches("./").trim_end_matches('/').to_owned())
}
