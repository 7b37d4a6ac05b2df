//! Lambda functions that cache behaviors attach: runtime, handler, and where their code is.
//!
//! Only functions that an association leads to are read. Lambda@Edge runs a package, not a text: what the files say is which folder, which
//! file or which text becomes the package, and which export of which module is called.

use crate::model::{Base, Code, Problem, ProblemKind, Rendering, Text};
use crate::repository_path::{folder, join};
use source::Span;

/// A Lambda function that a cache behavior attaches.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LambdaDef {
    /// Logical id of a template, or address of a Terraform resource or module.
    pub id: String,
    /// The name it is deployed under.
    pub name: Option<Text>,
    /// The language and its version.
    pub runtime: LambdaRuntime,
    /// What is called.
    pub handler: Option<Handler>,
    /// Where its code is.
    pub code: LambdaCode,
    /// Environment variables, which Lambda@Edge does not have.
    pub environment: Option<Span>,
    /// The resource.
    pub span: Span,
    /// The resource stands for several functions, or for none; the expression.
    pub repeated: Option<Span>,
}

/// The language of a Lambda function, and its version.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LambdaRuntime {
    /// `nodejs20.x`: the number.
    Node(u32),
    /// `python3.12`: what follows the word.
    Python(String),
    /// A runtime that Lambda@Edge does not take.
    Other(String),
    /// Not said, or open.
    Unknown,
}

impl LambdaRuntime {
    /// The runtime of a name such as `nodejs20.x`.
    #[must_use]
    pub fn of(name: &str) -> LambdaRuntime {
        if let Some(version) = name.strip_prefix("nodejs") {
            let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
            // `nodejs` alone is the first version there was.
            return match digits.parse() {
                Ok(number) => LambdaRuntime::Node(number),
                Err(_) if version.is_empty() => LambdaRuntime::Node(0),
                Err(_) => LambdaRuntime::Other(name.to_owned()),
            };
        }
        match name.strip_prefix("python") {
            Some(version) => LambdaRuntime::Python(version.to_owned()),
            None => LambdaRuntime::Other(name.to_owned()),
        }
    }
}

/// `path/file.export`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Handler {
    /// The module inside of the package, without its ending: `path/file`.
    pub module: String,
    /// The export that is called; it may have dots.
    pub export: String,
    /// The value.
    pub span: Span,
}

impl Handler {
    /// The handler of a text such as `src/index.handler`: the export begins at the first dot behind the last slash.
    #[must_use]
    pub fn of(text: &str, span: Span) -> Option<Handler> {
        let file = text.rfind('/').map_or(0, |it| it + 1);
        let dot = file + text.get(file..)?.find('.')?;
        let (module, export) = (text.get(..dot)?, text.get(dot + 1..)?);
        let module = module.strip_prefix("./").unwrap_or(module);
        (!module.is_empty() && !export.is_empty()).then(|| Handler {
            module: module.to_owned(),
            export: export.to_owned(),
            span,
        })
    }
}

/// Where the code of a Lambda function is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LambdaCode {
    /// Single files, each with its name inside of the package.
    Files(Vec<PackagedFile>),
    /// A folder becomes the package.
    Folder {
        /// Relative to the root of the repository; empty for the root itself.
        path: String,
        /// The folder that the path was written for.
        base: Base,
        /// The expression that names it.
        span: Span,
        /// Sources that a bundler makes the package from, relative to the folder.
        entries: Vec<String>,
    },
    /// An archive that something outside of the files makes.
    Archive {
        /// Relative to the root of the repository.
        path: String,
        /// The expression that names it.
        span: Span,
    },
    /// Not to be found from the files alone.
    Unresolved {
        /// One sentence.
        why: String,
        /// The expression.
        span: Span,
    },
}

/// One file of a package.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PackagedFile {
    /// Its path inside of the package.
    pub name: String,
    /// Its text.
    pub code: Code,
}

/// The entry of a Lambda function: a file of the repository, or a text of a template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LambdaEntry {
    /// A file of the repository.
    File(String),
    /// A file that is taken for the source of what a build writes: the module of the handler is not in the repository.
    Source(String),
    /// A text that stands inline, or that an expression makes from a file.
    Code(Code),
    /// None of these files is there; paths from the root of the repository, the likeliest first.
    Missing(Vec<String>),
    /// Not known, and why.
    Unknown(String),
}

/// Endings that a module of Node.js may have; sources come before what is built from them only where both are the same file.
const NODE: [&str; 8] = [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx", "/index.js"];
/// Folders that builds write to, and that the sources of a package are beside.
const BUILT: [&str; 4] = ["dist", "build", "out", "lib"];

impl LambdaDef {
    /// Whether it is written in Python.
    #[must_use]
    pub fn is_python(&self) -> bool {
        match &self.runtime {
            LambdaRuntime::Python(_) => true,
            LambdaRuntime::Node(_) | LambdaRuntime::Other(_) | LambdaRuntime::Unknown => false,
        }
    }

    /// The file that holds the handler. `exists` is asked for paths from the root of the repository.
    #[must_use]
    pub fn entry(&self, exists: &dyn Fn(&str) -> bool) -> LambdaEntry {
        match &self.code {
            LambdaCode::Unresolved { why, span: _ } => LambdaEntry::Unknown(why.clone()),
            LambdaCode::Files(files) => self.packaged(files),
            LambdaCode::Folder { path, base: _, span: _, entries } => self.in_folder(path, entries, exists),
            LambdaCode::Archive { path, span: _ } => {
                LambdaEntry::Unknown(format!("`{path}` is an archive that no file here describes"))
            }
        }
    }

    fn packaged(&self, files: &[PackagedFile]) -> LambdaEntry {
        let module = self.handler.as_ref().map(|it| it.module.as_str());
        let stem = |name: &str| name.rsplit_once('.').map_or(name.to_owned(), |it| it.0.to_owned());
        let named = files.iter().find(|it| Some(stem(&it.name).as_str()) == module);
        let found = match files {
            // One file is the module, whatever it is called.
            [only] => Some(only),
            _ => named,
        };
        match found.map(|it| &it.code) {
            None => LambdaEntry::Unknown("no file of the package is the module of the handler".to_owned()),
            Some(Code::File { path, rendering: Rendering::Verbatim, span: _, base: _ }) => {
                LambdaEntry::File(path.clone())
            }
            Some(Code::Unresolved { why, span: _ }) => LambdaEntry::Unknown(why.clone()),
            Some(code @ (Code::Inline { .. } | Code::File { .. })) => LambdaEntry::Code(code.clone()),
        }
    }

    fn in_folder(&self, folder: &str, entries: &[String], exists: &dyn Fn(&str) -> bool) -> LambdaEntry {
        let Some(handler) = &self.handler else {
            return LambdaEntry::Unknown("the function has no handler that is known".to_owned());
        };
        let under = |folder: &str, path: &str| match folder {
            "" => path.to_owned(),
            _ => format!("{folder}/{path}"),
        };
        let mut candidates: Vec<String> = entries.iter().map(|it| under(folder, it)).collect();
        let mut sources: Vec<String> = Vec::new();
        let mut endings: Vec<&str> = if self.is_python() { Vec::new() } else { NODE.to_vec() };
        endings.extend(matches!(self.runtime, LambdaRuntime::Python(_) | LambdaRuntime::Unknown).then_some(".py"));
        let module = under(folder, &handler.module);
        candidates.extend(endings.iter().map(|it| format!("{module}{it}")));
        // What a build writes is not in the repository: its sources are, in a folder of another name.
        let (parent, last) = folder.rsplit_once('/').unwrap_or(("", folder));
        if BUILT.contains(&last) {
            for other in ["src", ""] {
                let base = under(parent, other);
                let base = base.trim_end_matches('/');
                sources.extend(endings.iter().map(|it| format!("{}{it}", under(base, &handler.module))));
            }
        }
        // The name of a bundle says nothing of its source, which is the entry of the folder then.
        for entry in ["index", "src/index"] {
            sources.extend(endings.iter().map(|it| format!("{}{it}", under(folder, entry))));
        }
        if let Some(found) = candidates.iter().find(|it| exists(it)) {
            return LambdaEntry::File(found.clone());
        }
        match sources.into_iter().find(|it| exists(it)) {
            Some(found) => LambdaEntry::Source(found),
            None => LambdaEntry::Missing(candidates),
        }
    }
}

impl LambdaDef {
    /// Looks for code whose path leads from the folder in which the tool runs: in the stated one, else in that of the distribution and those
    /// above it. One hit is taken; that it is one is said, where the folder is not stated.
    pub(crate) fn settle(
        &mut self,
        scope: &str,
        runs_in: Option<&str>,
        exists: &dyn Fn(&str) -> bool,
    ) -> Option<Problem> {
        let (written, span) = self.written()?;
        if runs_in.is_none() && self.is_there(exists) {
            return None;
        }
        let mut folders = vec![runs_in.unwrap_or(scope)];
        while let Some(at) = folders.last().copied().filter(|it| runs_in.is_none() && !it.is_empty()) {
            folders.push(folder(at));
        }
        let moved = folders.into_iter().filter_map(|it| Some((it, self.moved(it, &written)?)));
        let mut found: Vec<(&str, LambdaCode)> = Vec::new();
        for (at, code) in moved {
            if (LambdaDef { code: code.clone(), ..self.clone() }).is_there(exists) {
                found.push((at, code));
            }
        }
        let [(at, code)] = found.as_slice() else { return None };
        self.code = code.clone();
        if runs_in.is_some() {
            return None;
        }
        let name = if at.is_empty() { "the root of the repository" } else { *at };
        let message = format!("the code of `{}` is read from `{written}` in {name}, if Terraform runs there", self.id);
        Some(Problem { kind: ProblemKind::AssumedFolder, span, message })
    }

    /// The path of the code as it was written, where it leads from the folder in which the tool runs.
    fn written(&self) -> Option<(String, Span)> {
        match &self.code {
            LambdaCode::Folder { base: Base::Run(written), span, path: _, entries: _ } => {
                Some((written.clone(), *span))
            }
            LambdaCode::Files(files) => match files.as_slice() {
                [PackagedFile { code: Code::File { base: Base::Run(written), span, .. }, name: _ }] => {
                    Some((written.clone(), *span))
                }
                _ => None,
            },
            LambdaCode::Folder { .. } | LambdaCode::Archive { .. } | LambdaCode::Unresolved { .. } => None,
        }
    }

    fn is_there(&self, exists: &dyn Fn(&str) -> bool) -> bool {
        match self.entry(exists) {
            LambdaEntry::File(path) | LambdaEntry::Source(path) => exists(&path),
            LambdaEntry::Code(Code::File { path, .. }) => exists(&path),
            LambdaEntry::Code(Code::Inline { .. }) => true,
            LambdaEntry::Code(Code::Unresolved { .. }) | LambdaEntry::Missing(_) | LambdaEntry::Unknown(_) => false,
        }
    }

    /// The same code with its path read from another folder.
    fn moved(&self, from: &str, written: &str) -> Option<LambdaCode> {
        let to = join(from, written).ok()?;
        let assumed = || Base::Assumed(from.to_owned());
        match self.code.clone() {
            LambdaCode::Folder { path: _, base: _, span, entries } => {
                Some(LambdaCode::Folder { path: to, base: assumed(), span, entries })
            }
            LambdaCode::Files(files) => {
                let file = files.into_iter().next()?;
                let Code::File { path: _, span, rendering, base: _ } = file.code else { return None };
                let code = Code::File { path: to, span, rendering, base: assumed() };
                Some(LambdaCode::Files(vec![PackagedFile { name: file.name, code }]))
            }
            LambdaCode::Archive { .. } | LambdaCode::Unresolved { .. } => None,
        }
    }
}

/// What a path that is written for a package means: a folder, an archive, or a single file.
pub(crate) fn package(folder: &str, path: &str, span: Span, base: Base, entries: Vec<String>) -> LambdaCode {
    let whole = matches!(path.trim_end_matches('/'), "." | "");
    let joined = match join(folder, path) {
        Ok(joined) => joined,
        // The root of the repository is a folder like others here.
        Err(_) if whole || path.trim_end_matches('/').ends_with("..") && !folder.is_empty() => {
            let depth = path.split('/').filter(|it| *it == "..").count();
            let levels = folder.split('/').filter(|it| !it.is_empty()).count();
            if depth > levels {
                return LambdaCode::Unresolved { why: format!("`{path}` leads out of the repository"), span };
            }
            String::new()
        }
        Err(_) => return LambdaCode::Unresolved { why: format!("`{path}` leads out of the repository"), span },
    };
    let ending = joined.rsplit('/').next().and_then(|it| it.rsplit_once('.')).map_or("", |it| it.1);
    match ending {
        "zip" | "jar" => LambdaCode::Archive { path: joined, span },
        "js" | "mjs" | "cjs" | "ts" | "mts" | "cts" | "py" => {
            let name = joined.rsplit('/').next().unwrap_or(&joined).to_owned();
            let code = Code::File { path: joined, span, rendering: Rendering::Verbatim, base };
            LambdaCode::Files(vec![PackagedFile { name, code }])
        }
        _ => LambdaCode::Folder { path: joined, base, span, entries },
    }
}

/// The name of the function in `arn:aws:lambda:us-east-1:…:function:name:version`, or in one with references in it.
pub(crate) fn name_in_arn(arn: &str) -> Option<String> {
    let name = arn.split_once(":function:")?.1.split(':').next()?;
    (!name.is_empty()).then(|| name.to_owned())
}
