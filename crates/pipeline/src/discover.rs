//! Which files of a tree may hold edge code, and their texts. Content decides; what cannot be read is a finding.

use std::collections::BTreeSet;

use diag::{Diagnostic, codes};
use front::{Platform, Recognized};
use rayon::prelude::*;
use source::{Entry, FileId, ReadError, Sources, Tree};

use crate::config::Config;

/// The largest script that is read, in bytes.
pub const SCRIPT_LIMIT: u64 = 4 * 1024 * 1024;
/// The largest template or configuration that is read, in bytes.
pub const TEMPLATE_LIMIT: u64 = 16 * 1024 * 1024;
/// Stack of the threads that parse: far more than the nesting limits need.
const STACK: usize = 64 * 1024 * 1024;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// Scripts that name what a handler of an edge names, in the order of their paths.
    pub(crate) scripts: Vec<FileId>,
    /// Those of them that are written for Lambda@Edge.
    pub(crate) lambda: BTreeSet<FileId>,
    /// Templates and Terraform, with the companions that Terraform needs.
    pub(crate) clouds: Vec<FileId>,
    /// Edge code of platforms that are not read yet.
    pub(crate) foreign: Vec<(FileId, &'static str)>,
    /// Every path of the tree.
    pub(crate) paths: BTreeSet<String>,
    /// How many scripts were looked at.
    pub(crate) seen: usize,
    /// How many of them were parsed to see what they are.
    pub(crate) parsed: usize,
}

#[derive(Copy, Clone, PartialEq, Eq)]
enum Kind {
    Script,
    Cloud,
    Vcl,
}

/// Whether a path names a script.
pub(crate) fn is_script(path: &str) -> bool {
    [".js", ".mjs", ".cjs", ".ts"].iter().any(|it| path.ends_with(it)) && !path.ends_with(".d.ts")
}

fn kind(path: &str) -> Option<Kind> {
    if is_script(path) {
        return Some(Kind::Script);
    }
    let cloud = [".yaml", ".yml", ".json", ".template", ".tf", ".tofu"].iter().any(|it| path.ends_with(it));
    if cloud {
        return Some(Kind::Cloud);
    }
    path.ends_with(".vcl").then_some(Kind::Vcl)
}

/// Folders that hold our own output, with a slash at the end.
fn own_output(entries: &[Entry]) -> Vec<String> {
    let marker = format!("/{}", crate::MARKER);
    entries.iter().filter_map(|it| it.path.strip_suffix(&marker).map(|folder| format!("{folder}/"))).collect()
}

/// Runs on threads with enough stack to parse what the nesting limits allow; on this thread if none can be made.
pub(crate) fn on_large_stacks<T: Send>(jobs: Option<usize>, work: impl FnOnce() -> T + Send) -> T {
    match rayon::ThreadPoolBuilder::new()
        .stack_size(STACK)
        .num_threads(jobs.unwrap_or(0))
        .start_handler(|_| front_js::stack_is_large())
        .build()
    {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    }
}

/// Finds and reads. The order of files is that of the tree.
pub(crate) fn discover(
    tree: &dyn Tree,
    config: &Config,
    options: &crate::Options,
    sources: &mut Sources,
    findings: &mut Vec<Diagnostic>,
) -> Found {
    let entries = tree.list();
    let own = own_output(&entries);
    // The folder that is written again says nothing: a second run must give the same bytes as the first.
    for folder in own.iter().filter(|it| options.out.as_ref().is_none_or(|out| it.trim_end_matches('/') != out)) {
        let message = format!("`{folder}` holds the output of an earlier run and was skipped");
        findings.push(Diagnostic::about_file(&codes::OUR_OWN_OUTPUT_SKIPPED, folder.trim_end_matches('/'), message));
    }
    let wanted: Vec<(&Entry, Kind)> = entries
        .iter()
        .filter(|it| !own.iter().any(|folder| it.path.starts_with(folder.as_str())) && !config.ignores(&it.path))
        .filter_map(|it| Some((it, kind(&it.path)?)))
        .collect();
    let read: Vec<Looked> =
        wanted.par_iter().map(|(entry, kind)| candidate(tree, config, entry, *kind, options)).collect();
    let mut found = Found { paths: entries.iter().map(|it| it.path.clone()).collect(), ..Found::default() };
    for ((entry, kind), (parsed, read)) in wanted.into_iter().zip(read) {
        found.seen += usize::from(kind == Kind::Script);
        found.parsed += usize::from(parsed);
        match read {
            None => {}
            Some(Err(finding)) => findings.push(*finding),
            Some(Ok(Candidate { text, foreign, program, lambda })) => {
                let file = sources.add(entry.path.as_str(), text);
                if lambda {
                    found.lambda.insert(file);
                }
                match (kind, foreign) {
                    (_, Some(platform)) => found.foreign.push((file, platform)),
                    (Kind::Script, None) if program => found.clouds.push(file),
                    (Kind::Script, None) => found.scripts.push(file),
                    (Kind::Cloud, None) => found.clouds.push(file),
                    (Kind::Vcl, None) => {}
                }
            }
        }
    }
    found
}

/// Reads a file of the tree as text.
pub(crate) fn text(tree: &dyn Tree, path: &str, size: u64, limit: u64) -> Result<String, Box<Diagnostic>> {
    let too_large = |size: u64, limit: u64| {
        let message = format!("{size} bytes, and files of more than {limit} are not read");
        let finding = Diagnostic::about_file(&codes::FILE_TOO_LARGE, path, message);
        Box::new(finding.help("Raise `[limits] file-size` in migrate.toml if the file holds edge code."))
    };
    if size > limit {
        return Err(too_large(size, limit));
    }
    match tree.read(path) {
        Ok(bytes) => String::from_utf8(bytes).map_err(|fault| {
            let message = format!("not UTF-8 at byte {}; the file was not parsed", fault.utf8_error().valid_up_to());
            Box::new(Diagnostic::about_file(&codes::INVALID_UTF8, path, message))
        }),
        Err(ReadError::Missing) => Err(Box::new(Diagnostic::about_file(
            &codes::MISSING_FILE_REFERENCE,
            path,
            format!("`{path}` does not exist"),
        ))),
        Err(ReadError::Outside) => {
            let message = format!("`{path}` leads out of the repository and was not followed");
            Err(Box::new(Diagnostic::about_file(&codes::PATH_OUTSIDE_REPOSITORY, path, message)))
        }
        Err(ReadError::TooLarge { size, limit }) => Err(too_large(size, limit)),
        Err(ReadError::Io(words)) => Err(Box::new(Diagnostic::about_file(&codes::UNREADABLE_FILE, path, words))),
    }
}

/// What looking at a file gave, and whether it was parsed for that.
type Looked = (bool, Option<Result<Candidate, Box<Diagnostic>>>);

/// A file that may matter.
struct Candidate {
    text: String,
    /// The platform of edge code that is recognized and not read yet.
    foreign: Option<&'static str>,
    /// A script that is a program which describes the cloud, and no edge code.
    program: bool,
    /// A script that reads events of Lambda@Edge.
    lambda: bool,
}

/// A file that may matter, `None` for one that cannot, and whether it was parsed to see that. A broken file is a finding only if it
/// might have mattered.
fn candidate(tree: &dyn Tree, config: &Config, entry: &Entry, kind: Kind, options: &crate::Options) -> Looked {
    let limit = config.limits.file_size.unwrap_or(match kind {
        Kind::Script => SCRIPT_LIMIT,
        Kind::Cloud | Kind::Vcl => TEMPLATE_LIMIT,
    });
    let text = match text(tree, &entry.path, entry.size, limit) {
        Ok(text) => text,
        Err(finding) => return (false, Some(Err(finding))),
    };
    let (mut program, mut lambda) = (false, false);
    let (parsed, keep, foreign) = match kind {
        Kind::Script => {
            let named = config.source.iter().any(|it| it.path == entry.path);
            let syntax = front_js::Kind::of_path(&entry.path).unwrap_or(front_js::Kind::Script);
            let look = front_js::look(&text, syntax, options.unfiltered);
            let platform = look.found.and_then(|it| it.platform());
            let foreign = platform.filter(|it| !it.is_read()).map(Platform::word);
            lambda = look.found == Some(Recognized::LambdaEdge);
            program = platform.is_none() && !named && front_cloud::recognizes(&entry.path, &text).is_some();
            (look.parsed, named || options.every_script || platform.is_some() || program, foreign)
        }
        Kind::Cloud => {
            let known = front_cloud::recognizes(&entry.path, &text).is_some();
            (false, known || front_cloud::is_terraform_path(&entry.path), None)
        }
        Kind::Vcl => (false, true, Some(Platform::FastlyVcl.word())),
    };
    (parsed, keep.then_some(Ok(Candidate { text, foreign, program, lambda })))
}
