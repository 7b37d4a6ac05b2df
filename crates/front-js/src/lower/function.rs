//! Functions of every form.

use std::sync::Arc;

use script::{Block, ExprKind, Function, Pattern, Stmt, StmtKind};
use source::Span;
use swc_ecma_ast::{ArrowExpr, ArrowFunctionBody, Decl, Function as Js, Pat, Stmt as JsStmt};

use super::{Lower, Scope, pattern};

impl Lower {
    /// A function with its own `this`; none for a TypeScript overload, which has no body.
    pub(super) fn function(&mut self, name: Option<Arc<str>>, function: &Js, span: Span) -> Option<Function> {
        let body = function.body.as_ref()?;
        let (params, rest) = self.params(function.params.iter().map(|it| &it.pat));
        let body_start = self.span(body).start;
        self.open(&params, rest.as_ref(), &body.stmts);
        let body = self.statements(&body.stmts);
        let body = self.finish_scope(body, body_start);
        Some(Function { name, span, params, rest, body, arrow: false, is_async: function.is_async })
    }

    pub(super) fn arrow(&mut self, arrow: &ArrowExpr) -> ExprKind {
        let span = self.span(arrow);
        let (params, rest) = self.params(arrow.params.iter());
        let (body, start) = match &*arrow.body {
            ArrowFunctionBody::FunctionBody(body) => {
                self.open(&params, rest.as_ref(), &body.stmts);
                (self.statements(&body.stmts), self.span(body).start)
            }
            ArrowFunctionBody::Expr(value) => {
                self.open(&params, rest.as_ref(), &[]);
                let value = self.expr(value);
                let start = value.span.start;
                let mark = Span::new(self.file, start, start);
                (vec![Stmt { span: mark, kind: StmtKind::Return(Some(value)) }], start)
            }
        };
        let body = self.finish_scope(body, start);
        let function = Function { name: None, span, params, rest, body, arrow: true, is_async: arrow.is_async };
        ExprKind::Function(Arc::new(function))
    }

    /// Parameters, and the one after `...`.
    pub(super) fn params<'a>(&mut self, params: impl Iterator<Item = &'a Pat>) -> (Vec<Pattern>, Option<Pattern>) {
        let mut plain = Vec::new();
        let mut rest = None;
        for param in params {
            match param {
                Pat::Rest(it) => rest = Some(self.pattern(&it.arg)),
                Pat::Ident(_) | Pat::Array(_) | Pat::Object(_) | Pat::Assign(_) | Pat::Invalid(_) | Pat::Expr(_) => {
                    plain.push(self.pattern(param));
                }
            }
        }
        (plain, rest)
    }

    /// Enters a function: what its parameters and functions declare is known from the start.
    pub(super) fn open(&mut self, params: &[Pattern], rest: Option<&Pattern>, body: &[JsStmt]) {
        let mut declared = Vec::new();
        params.iter().chain(rest).for_each(|param| pattern::names(param, &mut declared));
        for stmt in body {
            if let JsStmt::Decl(Decl::Fn(it)) = stmt {
                declared.push(Arc::from(&*it.ident.sym));
            }
        }
        self.scopes.push(Scope { declared: declared.into_iter().collect(), ..Scope::default() });
    }

    /// Statements of one block; `;` is nothing.
    pub(super) fn statements(&mut self, stmts: &[JsStmt]) -> Block {
        stmts.iter().filter_map(|stmt| self.stmt(stmt)).collect()
    }

    /// Statements of a block inside a function.
    pub(super) fn inner(&mut self, stmts: &[JsStmt]) -> Block {
        self.scope().blocks += 1;
        let body = self.statements(stmts);
        self.scope().blocks -= 1;
        body
    }
}
