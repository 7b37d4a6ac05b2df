//! The dumb visitor: how many statements a file has, counted on swc's tree without knowing what lowering does.
//!
//! A statement is each of swc's, except blocks and `;`, and each `import` or `export`, once. A region that is refused as
//! a whole (a generator, `with`, an enum, a namespace) is part of the statement it stands in.
#![expect(clippy::wildcard_enum_match_arm, reason = "the wide enums of swc, where one form is special")]

use swc_ecma_ast::{ArrowExpr, BinExpr, Expr, Function, ModuleDecl, Stmt, TsEnumDecl, TsModuleDecl, WithStmt};
use swc_ecma_visit::{Visit, VisitWith};

use crate::{Kind, nesting, syntax};

/// The number of statements; none when the text does not parse.
#[must_use]
pub fn statements(text: &str, kind: Kind) -> Option<usize> {
    nesting::check(text).ok()?;
    syntax::on_own_stack(|| {
        let program = syntax::program(text, kind).ok()?;
        let mut counter = Counter { statements: 0 };
        program.visit_with(&mut counter);
        Some(counter.statements)
    })?
}

struct Counter {
    statements: usize,
}

impl Visit for Counter {
    fn visit_stmt(&mut self, node: &Stmt) {
        if !matches!(node, Stmt::Block(_) | Stmt::Empty(_)) {
            self.statements += 1;
        }
        node.visit_children_with(self);
    }

    fn visit_module_decl(&mut self, node: &ModuleDecl) {
        self.statements += 1;
        node.visit_children_with(self);
    }

    fn visit_function(&mut self, node: &Function) {
        if !node.is_generator {
            node.visit_children_with(self);
        }
    }

    fn visit_arrow_expr(&mut self, node: &ArrowExpr) {
        if !node.is_generator {
            node.visit_children_with(self);
        }
    }

    fn visit_with_stmt(&mut self, _: &WithStmt) {}

    fn visit_ts_enum_decl(&mut self, _: &TsEnumDecl) {}

    fn visit_ts_module_decl(&mut self, _: &TsModuleDecl) {}

    /// The left spine is as long as a concatenation, so it is a loop.
    fn visit_bin_expr(&mut self, node: &BinExpr) {
        let mut at = node;
        loop {
            at.right.visit_with(self);
            match &*at.left {
                Expr::Bin(left) => at = left,
                other => break other.visit_with(self),
            }
        }
    }
}
