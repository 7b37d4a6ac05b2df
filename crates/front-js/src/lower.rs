//! swc's tree to the script core.
//!
//! One statement of the source is one statement of the core with its span. What is added is marked for
//! [`crate::constructs()`]. `var` inside a block is declared at the top of its function and assigned where it stood, so the
//! core needs block scope only. Names that lowering makes begin with `*`, which no source can write.

mod class;
mod expr;
mod function;
mod module;
mod open;
mod operators;
mod pattern;
mod stmt;

use std::collections::BTreeSet;
use std::sync::Arc;

use script::{Block, Expr, ExprKind, Pattern, Stmt, StmtKind};
use source::{FileId, Span};
use swc_common::Spanned;
use swc_ecma_ast::Program;

pub(crate) use open::PREFIX as OPEN_TEXT;

/// Lowers a whole file. `open` holds the markers of open places with the names of what fills them.
pub(crate) fn module(program: &Program, file: FileId, path: &str, open: Vec<(Arc<str>, Arc<str>)>) -> script::Module {
    let lower = Lower { file, open, scopes: vec![Scope::default()], imports: Vec::new(), exports: Vec::new() };
    lower.program(program, path)
}

/// The state of one file.
struct Lower {
    file: FileId,
    /// Markers of open places, each with the name of what fills it.
    open: Vec<(Arc<str>, Arc<str>)>,
    /// The functions around the current place, the file itself first.
    scopes: Vec<Scope>,
    imports: Vec<script::Import>,
    exports: Vec<(Arc<str>, Arc<str>)>,
}

/// One function, or the file.
#[derive(Default)]
struct Scope {
    /// Parameters, functions, and what was declared at the top so far.
    declared: BTreeSet<Arc<str>>,
    /// What has to be declared at the top of the body.
    hoisted: BTreeSet<Arc<str>>,
    /// Blocks around the current place, within the function.
    blocks: usize,
    /// Names made so far.
    made: usize,
}

impl Lower {
    fn span(&self, node: &impl Spanned) -> Span {
        let span = node.span();
        Span::new(self.file, span.lo.0.saturating_sub(1), span.hi.0.saturating_sub(1))
    }

    fn scope(&mut self) -> &mut Scope {
        if self.scopes.is_empty() {
            self.scopes.push(Scope::default());
        }
        let last = self.scopes.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "the vector was just made non-empty")]
        &mut self.scopes[last]
    }

    /// A variable that no source can name, declared at the top of the current function.
    fn made_name(&mut self) -> Arc<str> {
        let scope = self.scope();
        scope.made += 1;
        let name: Arc<str> = Arc::from(format!("*{}", scope.made));
        scope.hoisted.insert(name.clone());
        name
    }

    /// Leaves a function: its body, with a declaration of what was hoisted in front.
    fn finish_scope(&mut self, mut body: Block, start: u32) -> Block {
        let scope = self.scopes.pop().unwrap_or_default();
        if !scope.hoisted.is_empty() {
            let span = Span::new(self.file, start, start);
            let names = scope.hoisted.into_iter().map(|name| (Pattern::Name(name, span), None)).collect();
            body.insert(0, Stmt { span, kind: StmtKind::Declare(names) });
        }
        body
    }
}

/// A refused construct whose parts are evaluated first, so that nothing in them is lost.
fn unsupported(span: Span, words: &str, mut parts: Vec<Expr>) -> Expr {
    let refused = Expr { span, kind: ExprKind::Unsupported(Arc::from(words)) };
    if parts.is_empty() {
        return refused;
    }
    parts.push(refused);
    Expr { span, kind: ExprKind::Sequence(parts) }
}
