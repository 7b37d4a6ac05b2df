//! JavaScript and TypeScript: swc to the script core.
//!
//! Every source statement becomes exactly one statement of the core (or one `Unsupported` for a region the core has no
//! form for); [`count`] counts them again without knowing the lowering, [`constructs`] lists what the lowering made. No
//! input can exhaust the stack: [`nesting`] refuses deep input before the parser sees it, and parser and lowering run on
//! a stack of a stated size.

mod blank;
mod constructs;
pub mod count;
mod flow;
mod imports;
mod lower;
pub mod nesting;
mod placeholder;
mod recognize;
mod syntax;
mod walk;

pub use constructs::constructs;
pub use flow::{Flow, flow, module_state};
pub use front::Recognized;
pub use imports::{Specifier, candidates, imports};
pub use placeholder::{Placeholder, placeholders};
pub use recognize::{Look, is_edge_code, look};
pub use syntax::stack_is_large;

use std::sync::Arc;

use diag::{Diagnostic, codes};
use source::{FileId, Sources, Span};

/// How a file is to be read.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Kind {
    /// JavaScript; a module when it has `import` or `export`.
    Script,
    /// A JavaScript module.
    Module,
    /// TypeScript; types are dropped.
    TypeScript,
    /// Data, which is what the file exports.
    Json,
}

impl Kind {
    /// The kind a file name says; none for what is no script.
    #[must_use]
    pub fn of_path(path: &str) -> Option<Kind> {
        let (_, extension) = path.rsplit_once('.')?;
        match extension {
            "js" | "cjs" => Some(Kind::Script),
            "mjs" => Some(Kind::Module),
            "ts" | "mts" | "cts" => Some(Kind::TypeScript),
            "json" => Some(Kind::Json),
            _ => None,
        }
    }
}

/// What the name of an open text begins with in the core; the name of what fills it follows. No source can write such a name.
pub const OPEN_TEXT: &str = lower::OPEN_TEXT;

/// The text of a TypeScript file as JavaScript of the same length: types are blanks where they stood.
///
/// # Errors
/// Findings at what is TypeScript's own code and no type.
pub fn without_types(file: FileId, sources: &Sources) -> Result<String, Vec<Diagnostic>> {
    blank::without_types(sources.file(file).text()).map_err(|all| {
        let finding = |it: blank::Kept| {
            let message = format!("{} cannot be blanked as a type can", it.what);
            Diagnostic::new(&codes::TYPESCRIPT_NOT_ERASABLE, Span::new(file, it.start, it.end), message)
                .help("write it as JavaScript (an enum as an object), or name the compiled file in `migrate.toml`")
        };
        all.into_iter().map(finding).collect()
    })
}

/// Parses and lowers one file.
///
/// # Errors
/// Findings when the file does not parse, or is nested deeper than [`nesting::LIMIT`].
pub fn parse(file: FileId, sources: &Sources, kind: Kind) -> Result<script::Module, Vec<Diagnostic>> {
    parse_template(file, sources, kind, Vec::new())
}

/// The same for a text in which identifiers stand for what is filled in at deployment: each with the name of what fills it.
///
/// # Errors
/// As [`parse`].
pub fn parse_template(
    file: FileId,
    sources: &Sources,
    kind: Kind,
    open: Vec<(Arc<str>, Arc<str>)>,
) -> Result<script::Module, Vec<Diagnostic>> {
    let source = sources.file(file);
    let text: &str = source.text();
    if let Err(deep) = nesting::check(text) {
        let at = Span::new(file, deep.offset, deep.offset.saturating_add(1));
        let message = format!("{} levels of nesting; the limit is {}", deep.levels, deep.limit);
        let finding = Diagnostic::new(&codes::NESTING_TOO_DEEP, at, message)
            .help("read the source this file was generated from, or add it to `ignore` in `migrate.toml`");
        return Err(vec![finding]);
    }
    let lowered = syntax::on_own_stack(|| match syntax::program(text, kind) {
        Ok(program) => Ok(lower::module(&program, file, source.path(), open)),
        Err(errors) => Err(errors
            .into_iter()
            .map(|error| {
                Diagnostic::new(
                    &codes::SYNTAX_ERROR_JAVASCRIPT,
                    Span::new(file, error.start, error.end),
                    format!("this does not parse: {}", error.words),
                )
                .help("correct the syntax, or read the built file if this one is a template")
            })
            .collect()),
    });
    lowered.unwrap_or_else(|| {
        let message = "the parser failed on this file";
        Err(vec![Diagnostic::new(&codes::INTERNAL_FAULT, Span::new(file, 0, 0), message)])
    })
}
