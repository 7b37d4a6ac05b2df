//! The door to swc: text to its tree, on a stack of a stated size. Positions leave here as byte offsets of the text.

use std::cell::Cell;

use swc_common::{BytePos, Spanned};
use swc_ecma_ast::{
    AssignExpr, AssignOp, AssignTarget, EsVersion, Expr, ExprStmt, Ident, IdentName, MemberExpr, MemberProp, Program,
    Script, SimpleAssignTarget, Stmt,
};
use swc_ecma_parser::{EsSyntax, Lexer, Parser, StringInput, Syntax, TsSyntax, error::Error};

use crate::Kind;

/// Stack for parsing and lowering; address space only until it is used.
const STACK: usize = 64 << 20;

/// Errors beyond this many say nothing new.
const MOST_ERRORS: usize = 10;

/// A syntax error.
pub(crate) struct SyntaxError {
    /// Offset of the first byte.
    pub(crate) start: u32,
    /// Offset after the last byte.
    pub(crate) end: u32,
    /// The parser's words.
    pub(crate) words: String,
}

thread_local! {
    static LARGE: Cell<bool> = const { Cell::new(false) };
}

/// Says that the thread at hand has a stack of 64 MiB, so that parsing needs no thread of its own.
pub fn stack_is_large() {
    LARGE.set(true);
}

/// Runs on a thread with a stack of [`STACK`] bytes, this one if it is; none when one panicked or could not start.
pub(crate) fn on_own_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    if LARGE.get() {
        return Some(work());
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).ok()?;
        thread.join().ok()
    })
}

/// The tree of a text. Only for texts that [`crate::nesting::check`] accepts, on an own stack.
pub(crate) fn program(text: &str, kind: Kind) -> Result<Program, Vec<SyntaxError>> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX - 1) + 1;
    let start = BytePos(offset(text.len() - body.len()));
    let input = StringInput::new(body, start, BytePos(offset(text.len())));
    let syntax = match kind {
        Kind::Script | Kind::Module | Kind::Json => Syntax::Es(EsSyntax::default()),
        Kind::TypeScript => Syntax::Typescript(TsSyntax::default()),
    };
    let mut parser = Parser::new_from(Lexer::new(syntax, EsVersion::latest(), input, None));
    let parsed = match kind {
        Kind::Script | Kind::TypeScript => parser.parse_program(),
        Kind::Module => parser.parse_module().map(Program::Module),
        Kind::Json => parser.parse_expr().map(|it| Program::Script(exporting(it))),
    };
    let mut errors = parser.take_errors();
    if let (Kind::Json, Ok(Program::Script(data))) = (kind, &parsed) {
        let (end, all) = (data.span.hi.0.saturating_sub(1), text.trim_end().len());
        if (end as usize) < all {
            let words = "something stands behind the data".to_owned();
            return Err(vec![SyntaxError { start: end, end: offset(all) - 1, words }]);
        }
    }
    match parsed {
        Ok(program) if errors.is_empty() => Ok(program),
        Ok(_) => Err(said(&errors)),
        Err(fatal) => {
            errors.insert(0, fatal);
            Err(said(&errors))
        }
    }
}

/// `module.exports = value;`: what a file of data is to who requires it.
fn exporting(value: Box<Expr>) -> Script {
    let span = value.span();
    let name = |word: &str| IdentName { span, sym: word.into() };
    let exports = MemberExpr {
        span,
        obj: Box::new(Expr::Ident(Ident::from(name("module")))),
        prop: MemberProp::Ident(name("exports")),
    };
    let left = AssignTarget::Simple(SimpleAssignTarget::Member(exports));
    let expr = Box::new(Expr::Assign(AssignExpr { span, op: AssignOp::Assign, left, right: value }));
    Script { span, body: vec![Stmt::Expr(ExprStmt { span, expr })], shebang: None }
}

fn said(errors: &[Error]) -> Vec<SyntaxError> {
    let offset = |at: BytePos| at.0.saturating_sub(1);
    let mut all: Vec<SyntaxError> = errors
        .iter()
        .map(|error| {
            let span = error.span();
            SyntaxError { start: offset(span.lo), end: offset(span.hi), words: error.kind().msg().into_owned() }
        })
        .collect();
    all.dedup_by(|a, b| a.start == b.start && a.end == b.end);
    all.truncate(MOST_ERRORS);
    all
}
