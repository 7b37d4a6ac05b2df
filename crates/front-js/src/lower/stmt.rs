//! Statements.
#![expect(clippy::wildcard_enum_match_arm, reason = "the wide enums of swc, where one form is special")]

use std::sync::Arc;

use script::{Block, Expr, ExprKind, Over, Pattern, Stmt, StmtKind};
use source::Span;
use swc_ecma_ast::{
    Decl, Expr as JsExpr, ForHead, ForStmt, LabeledStmt, Lit, Stmt as Js, TryStmt, VarDecl, VarDeclKind, VarDeclOrExpr,
};

use super::{Lower, pattern};

impl Lower {
    /// One statement; none for `;`.
    pub(super) fn stmt(&mut self, stmt: &Js) -> Option<Stmt> {
        let span = self.span(stmt);
        let kind = match stmt {
            Js::Empty(_) => return None,
            Js::Block(it) => StmtKind::Block(self.inner(&it.stmts)),
            Js::Debugger(_) => StmtKind::Empty,
            Js::With(_) => StmtKind::Unsupported(Arc::from("`with`")),
            Js::Return(it) => StmtKind::Return(it.arg.as_ref().map(|arg| self.expr(arg))),
            Js::Labeled(it) => return Some(self.labeled(it, span)),
            Js::Break(it) => StmtKind::Break(it.label.as_ref().map(|label| Arc::from(&*label.sym))),
            Js::Continue(it) => StmtKind::Continue(it.label.as_ref().map(|label| Arc::from(&*label.sym))),
            Js::If(it) => {
                let test = self.expr(&it.test);
                let then = self.body(&it.cons);
                let other = it.alt.as_ref().map(|alt| self.body(alt)).unwrap_or_default();
                StmtKind::If(test, then, other)
            }
            Js::Switch(it) => {
                let subject = self.expr(&it.discriminant);
                let mut cases = Vec::new();
                for case in &it.cases {
                    let test = case.test.as_ref().map(|test| self.expr(test));
                    cases.push((test, self.inner(&case.cons)));
                }
                StmtKind::Switch(subject, cases)
            }
            Js::Throw(it) => StmtKind::Throw(self.expr(&it.arg)),
            Js::Try(it) => self.attempt(it),
            Js::While(it) => {
                let test = Some(self.expr(&it.test));
                StmtKind::Loop { test, test_first: true, update: None, body: self.body(&it.body) }
            }
            Js::DoWhile(it) => {
                let body = self.body(&it.body);
                StmtKind::Loop { test: Some(self.expr(&it.test)), test_first: false, update: None, body }
            }
            Js::For(it) => self.counted(it, span),
            Js::ForIn(it) => self.each(&it.left, Over::Keys, &it.right, &it.body),
            Js::ForOf(it) if it.is_await => {
                // The parts are kept, so that statements inside are not lost; the collection is what is not understood.
                let subject = self.expr(&it.right);
                let refused = super::unsupported(span, "`for await`", vec![subject]);
                let binding = self.head(&it.left);
                StmtKind::ForEach { binding, over: Over::Values, subject: refused, body: self.body(&it.body) }
            }
            Js::ForOf(it) => self.each(&it.left, Over::Values, &it.right, &it.body),
            Js::Decl(it) => self.decl(it, span),
            Js::Expr(it) => match &*it.expr {
                JsExpr::Lit(Lit::Str(_)) => StmtKind::Empty,
                // A marker that is a statement of its own stands for code of any kind.
                JsExpr::Ident(name) if self.open_in(&name.sym).is_some() => {
                    StmtKind::Unsupported(Arc::from("code that is filled in at deployment"))
                }
                expr => StmtKind::Expr(self.expr(expr)),
            },
        };
        Some(Stmt { span, kind })
    }

    /// The statement after `if (…)` and its kind, without a block of its own if it is one.
    fn body(&mut self, stmt: &Js) -> Block {
        match stmt {
            Js::Block(it) => self.inner(&it.stmts),
            other => self.inner(std::slice::from_ref(other)),
        }
    }

    fn attempt(&mut self, it: &TryStmt) -> StmtKind {
        let body = self.inner(&it.block.stmts);
        let catch = it.handler.as_ref().map(|handler| {
            let binding = handler.param.as_ref().map(|param| self.pattern(param));
            (binding, self.inner(&handler.body.stmts))
        });
        let finally = it.finalizer.as_ref().map(|block| self.inner(&block.stmts)).unwrap_or_default();
        StmtKind::Try { body, catch, finally }
    }

    fn labeled(&mut self, it: &LabeledStmt, span: Span) -> Stmt {
        let label: Arc<str> = Arc::from(&*it.label.sym);
        let Some(inner) = self.stmt(&it.body) else {
            let nothing = Stmt { span, kind: StmtKind::Block(Vec::new()) };
            return Stmt { span, kind: StmtKind::Labeled(label, Box::new(nothing)) };
        };
        // The label of a `for` belongs to the loop, not to the block that holds its initializer.
        if let StmtKind::Block(mut parts) = inner.kind {
            let is_for = matches!(parts.as_slice(), [_, last] if last.span == inner.span);
            if is_for && let Some(last) = parts.pop() {
                parts.push(Stmt { span, kind: StmtKind::Labeled(label, Box::new(last)) });
                return Stmt { span, kind: StmtKind::Block(parts) };
            }
            let block = Stmt { span: inner.span, kind: StmtKind::Block(parts) };
            return Stmt { span, kind: StmtKind::Labeled(label, Box::new(block)) };
        }
        Stmt { span, kind: StmtKind::Labeled(label, Box::new(inner)) }
    }

    fn counted(&mut self, it: &ForStmt, span: Span) -> StmtKind {
        self.scope().blocks += 1;
        let init = it.init.as_ref().map(|init| match init {
            VarDeclOrExpr::VarDecl(decl) => Stmt { span: self.span(&**decl), kind: self.variables(decl) },
            VarDeclOrExpr::Expr(expr) => {
                let value = self.expr(expr);
                Stmt { span: value.span, kind: StmtKind::Expr(value) }
            }
        });
        let test = it.test.as_ref().map(|test| self.expr(test));
        let update = it.update.as_ref().map(|update| self.expr(update));
        let body = self.body(&it.body);
        self.scope().blocks -= 1;
        let kind = StmtKind::Loop { test, test_first: true, update, body };
        match init {
            Some(init) => StmtKind::Block(vec![init, Stmt { span, kind }]),
            None => kind,
        }
    }

    fn each(&mut self, left: &ForHead, over: Over, right: &JsExpr, body: &Js) -> StmtKind {
        let subject = self.expr(right);
        let binding = self.head(left);
        StmtKind::ForEach { binding, over, subject, body: self.body(body) }
    }

    /// What each turn binds; without a declaration, or with `var`, it assigns.
    fn head(&mut self, head: &ForHead) -> Pattern {
        match head {
            ForHead::VarDecl(decl) => {
                let Some(first) = decl.decls.first() else {
                    return Pattern::Array { items: Vec::new(), rest: None };
                };
                let binding = self.pattern(&first.name);
                if decl.kind == VarDeclKind::Var {
                    self.hoist(&binding);
                    return pattern::assigning(binding);
                }
                binding
            }
            ForHead::UsingDecl(it) => {
                Pattern::Place(Box::new(super::unsupported(self.span(&**it), "`using`", Vec::new())))
            }
            ForHead::Pat(it) => pattern::assigning(self.pattern(it)),
        }
    }

    /// A declaration, as a statement or behind `export`.
    pub(super) fn decl(&mut self, decl: &Decl, span: Span) -> StmtKind {
        match decl {
            Decl::Fn(it) if it.function.is_generator => StmtKind::Unsupported(Arc::from("generator")),
            Decl::Fn(it) => {
                let name = Arc::from(&*it.ident.sym);
                match self.function(Some(name), &it.function, span) {
                    Some(function) => StmtKind::Function(Arc::new(function)),
                    None => StmtKind::Empty,
                }
            }
            Decl::Class(it) if it.declare => StmtKind::Empty,
            Decl::Class(it) => {
                let name = Arc::from(&*it.ident.sym);
                StmtKind::Class(Arc::new(self.class(Some(name), &it.class)))
            }
            Decl::Var(it) if it.declare => StmtKind::Empty,
            Decl::Var(it) => self.variables(it),
            Decl::Using(it) => {
                let parts = it.decls.iter().filter_map(|one| one.init.as_ref()).map(|init| self.expr(init)).collect();
                StmtKind::Expr(super::unsupported(span, "`using`", parts))
            }
            Decl::TsInterface(_) | Decl::TsTypeAlias(_) => StmtKind::Empty,
            Decl::TsEnum(it) if it.declare => StmtKind::Empty,
            Decl::TsModule(it) if it.declare || it.global => StmtKind::Empty,
            Decl::TsEnum(_) => StmtKind::Unsupported(Arc::from("enum")),
            Decl::TsModule(_) => StmtKind::Unsupported(Arc::from("namespace")),
        }
    }

    fn variables(&mut self, decl: &VarDecl) -> StmtKind {
        let nested = decl.kind == VarDeclKind::Var && self.scope().blocks > 0;
        let mut declarators = Vec::new();
        let mut assigned = Vec::new();
        for one in &decl.decls {
            let target = self.pattern(&one.name);
            let value = one.init.as_ref().map(|init| self.expr(init));
            if nested {
                self.hoist(&target);
                if let Some(value) = value {
                    let kind = ExprKind::Assign(Box::new(target), Box::new(value));
                    assigned.push(Expr { span: self.span(one), kind });
                }
                continue;
            }
            if self.scope().blocks == 0 {
                let mut names = Vec::new();
                pattern::names(&target, &mut names);
                let scope = self.scope();
                let known = names.iter().all(|name| scope.declared.contains(name) || scope.hoisted.contains(name));
                scope.declared.extend(names);
                // `var x;` for a variable that is there already leaves its value alone.
                if decl.kind == VarDeclKind::Var && value.is_none() && known {
                    continue;
                }
            }
            declarators.push((target, value));
        }
        if !nested {
            return if declarators.is_empty() { StmtKind::Empty } else { StmtKind::Declare(declarators) };
        }
        let span = self.span(decl);
        match assigned.len() {
            0 => StmtKind::Empty,
            1 => assigned.pop().map_or(StmtKind::Empty, StmtKind::Expr),
            _ => StmtKind::Expr(Expr { span, kind: ExprKind::Sequence(assigned) }),
        }
    }

    /// The names of a `var` in a block belong to the function.
    fn hoist(&mut self, target: &Pattern) {
        let mut names = Vec::new();
        pattern::names(target, &mut names);
        let scope = self.scope();
        for name in names {
            if !scope.declared.contains(&name) {
                scope.hoisted.insert(name);
            }
        }
    }
}
