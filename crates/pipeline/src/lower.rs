//! From the texts of functions to modules of the script core: every first-party module that a handler reaches, parsed once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use diag::{Diagnostic, codes};
use front_js::Kind;
use rayon::prelude::*;
use source::{FileId, Sources, Span, Tree};

use crate::attach::Unit;
use crate::discover::{SCRIPT_LIMIT, text};

/// Everything that was parsed.
#[derive(Debug, Default)]
pub(crate) struct Modules {
    /// By file; absent when the file does not parse.
    pub(crate) by_file: BTreeMap<FileId, script::Module>,
    /// Files that do not parse, and the empty texts of functions whose own is not known.
    pub(crate) broken: BTreeSet<FileId>,
    /// The text without its types, of every TypeScript file: what engines and the Worker run.
    pub(crate) blanked: BTreeMap<FileId, String>,
    /// (importing file, specifier) to the file behind it.
    pub(crate) links: BTreeMap<(FileId, Arc<str>), FileId>,
}

impl Modules {
    /// The files of a unit, the entry first, the others in the order of their paths.
    pub(crate) fn closure(&self, entry: FileId) -> Vec<FileId> {
        let mut seen = BTreeSet::from([entry]);
        let mut todo = vec![entry];
        while let Some(file) = todo.pop() {
            let from = (file, Arc::from(""));
            for ((importer, _), target) in self.links.range(from..) {
                if *importer != file {
                    break;
                }
                if seen.insert(*target) {
                    todo.push(*target);
                }
            }
        }
        seen.remove(&entry);
        std::iter::once(entry).chain(seen).collect()
    }
}

/// The kind of a file; code that stands inside another file is a script.
pub(crate) fn kind(sources: &Sources, file: FileId) -> Kind {
    if sources.is_embedded(file) {
        return Kind::Script;
    }
    Kind::of_path(sources.file(file).path()).unwrap_or(Kind::Script)
}

/// Parses the units and what they import, level by level.
pub(crate) fn lower(tree: &dyn Tree, units: &[Unit], sources: &mut Sources, findings: &mut Vec<Diagnostic>) -> Modules {
    let mut out = Modules::default();
    let mut by_path: BTreeMap<String, FileId> = sources
        .iter()
        .filter(|(id, _)| !sources.is_embedded(*id))
        .map(|(id, file)| (file.path().to_owned(), id))
        .collect();
    out.broken.extend(units.iter().filter(|it| it.missing.is_some()).map(|it| it.file));
    let mut frontier: Vec<FileId> = units.iter().filter(|it| it.missing.is_none()).map(|it| it.file).collect();
    frontier.sort_unstable();
    frontier.dedup();
    let open = open(units, sources);
    while !frontier.is_empty() {
        let parsed: Vec<(FileId, Result<Parsed, Vec<Diagnostic>>)> =
            frontier.par_iter().map(|file| (*file, parsed(*file, sources, &open))).collect();
        let mut next = BTreeSet::new();
        for (file, parsed) in parsed {
            let (module, blanked) = match parsed {
                Ok(parsed) => parsed,
                Err(faults) => {
                    findings.extend(faults);
                    out.broken.insert(file);
                    continue;
                }
            };
            out.blanked.extend(blanked.map(|it| (file, it)));
            let importer = sources.file(file).path().to_owned();
            for specifier in front_js::imports(&module) {
                match find(tree, &importer, &specifier.from, &mut by_path, sources) {
                    Import::Found(target) => {
                        out.links.insert((file, specifier.from.clone()), target);
                        next.insert(target);
                    }
                    Import::Host => {}
                    Import::Package => {
                        let message = format!("`{}` is a package; its code was not followed", specifier.from);
                        findings.push(Diagnostic::new(&codes::PACKAGE_NOT_FOLLOWED, specifier.span, message));
                    }
                    Import::Missing => {
                        let message = format!("`{}` was not found in the repository", specifier.from);
                        findings.push(Diagnostic::new(&codes::MISSING_MODULE, specifier.span, message));
                    }
                }
            }
            out.by_file.insert(file, module);
        }
        frontier = next.into_iter().filter(|it| !out.by_file.contains_key(it) && !out.broken.contains(it)).collect();
    }
    cycles(&out, findings);
    out
}

/// Markers of open places by file, each with the name of what fills it.
type Open = BTreeMap<FileId, Vec<(Arc<str>, Arc<str>)>>;

/// The markers of open places by file, each with the name of what fills it.
fn open(units: &[Unit], sources: &Sources) -> Open {
    let mut out = Open::new();
    for unit in units {
        for hole in &unit.holes {
            let marker = sources.text(Span::new(unit.file, hole.start, hole.end));
            out.entry(unit.file).or_default().push((Arc::from(marker), Arc::from(hole.name.as_str())));
        }
    }
    out
}

/// A module, and its text without types where it has some.
type Parsed = (script::Module, Option<String>);

fn parsed(file: FileId, sources: &Sources, open: &Open) -> Result<Parsed, Vec<Diagnostic>> {
    let open = open.get(&file).cloned().unwrap_or_default();
    let kind = kind(sources, file);
    let module = front_js::parse_template(file, sources, kind, open)?;
    match kind {
        Kind::TypeScript => Ok((module, Some(front_js::without_types(file, sources)?))),
        Kind::Script | Kind::Module | Kind::Json => Ok((module, None)),
    }
}

/// Modules of the language's hosts, which no repository holds (Node.js 22, `module.builtinModules`).
const NODE: [&str; 24] = [
    "assert",
    "async_hooks",
    "buffer",
    "child_process",
    "console",
    "crypto",
    "dns",
    "events",
    "fs",
    "http",
    "https",
    "net",
    "os",
    "path",
    "perf_hooks",
    "process",
    "querystring",
    "stream",
    "string_decoder",
    "timers",
    "tls",
    "url",
    "util",
    "zlib",
];

enum Import {
    Found(FileId),
    Host,
    Package,
    Missing,
}

fn find(
    tree: &dyn Tree,
    importer: &str,
    specifier: &str,
    by_path: &mut BTreeMap<String, FileId>,
    sources: &mut Sources,
) -> Import {
    if specifier == "cloudfront" || NODE.contains(&specifier.strip_prefix("node:").unwrap_or(specifier)) {
        return Import::Host;
    }
    if !specifier.starts_with('.') {
        return Import::Package;
    }
    for path in front_js::candidates(importer, specifier) {
        if let Some(file) = by_path.get(&path) {
            return Import::Found(*file);
        }
        if let Ok(text) = text(tree, &path, 0, SCRIPT_LIMIT) {
            let file = sources.add(path.as_str(), text);
            by_path.insert(path, file);
            return Import::Found(file);
        }
    }
    Import::Missing
}

/// One finding for each file that reaches itself.
fn cycles(modules: &Modules, findings: &mut Vec<Diagnostic>) {
    for ((file, specifier), target) in &modules.links {
        let back = modules.closure(*target).contains(file);
        if back && file <= target {
            let message = format!("`{specifier}` imports this module again, in a cycle");
            findings.push(Diagnostic::new(&codes::IMPORT_CYCLE, Span::new(*file, 0, 0), message));
        }
    }
}
