//! Whether a program can be shown to write no global and no built-in, so that runs may share a context.
//!
//! The check is syntactic and errs on the side of a fresh context; engines still repeat runs in fresh contexts to catch
//! what it misses.

use std::collections::BTreeSet;

use swc_ecma_ast::{
    AssignExpr, AssignTarget, BindingIdent, CallExpr, Callee, ClassDecl, Expr, FnDecl, ForHead, Ident, Import,
    MemberExpr, MemberProp, MetaPropExpr, NewExpr, SimpleAssignTarget, ThisExpr, UnaryExpr, UnaryOp, UpdateExpr,
};
use swc_ecma_visit::{Visit, VisitWith};

/// Names whose objects all runs in one context share.
const SHARED: &[&str] = &[
    "Object",
    "Array",
    "String",
    "Number",
    "Boolean",
    "Symbol",
    "BigInt",
    "Math",
    "JSON",
    "Date",
    "RegExp",
    "Map",
    "Set",
    "WeakMap",
    "WeakSet",
    "Promise",
    "Error",
    "TypeError",
    "RangeError",
    "SyntaxError",
    "ReferenceError",
    "EvalError",
    "URIError",
    "console",
    "Buffer",
    "Uint8Array",
    "ArrayBuffer",
    "DataView",
    "TextEncoder",
    "TextDecoder",
    "parseInt",
    "parseFloat",
    "isNaN",
    "isFinite",
    "decodeURIComponent",
    "encodeURIComponent",
    "decodeURI",
    "encodeURI",
    "atob",
    "btoa",
    "escape",
    "unescape",
    "process",
    "URL",
    "URLSearchParams",
];

/// Words through which a program can reach a shared object without naming it.
const DOORS: &[&str] = &[
    "globalThis",
    "global",
    "prototype",
    "__proto__",
    "constructor",
    "Reflect",
    "Proxy",
    "eval",
    "Function",
    "defineProperty",
    "defineProperties",
    "setPrototypeOf",
    "getPrototypeOf",
    "__defineGetter__",
    "__defineSetter__",
    "freeze",
    "seal",
    "preventExtensions",
    "bytesFrom",
];

/// Whether a program can be shown to write no global and no built-in. A shared name may only be called, constructed,
/// read through a member, or stand beside `instanceof` and `typeof`; anything else might keep or change it.
#[derive(Default)]
pub(super) struct Containment {
    /// Something was met that may write shared state.
    open: bool,
    /// A form that the linker does not carry.
    pub(super) refused: Option<&'static str>,
    /// What `require` is called with.
    pub(super) imported: Vec<String>,
    /// Whether the text runs in sloppy mode, where an undeclared name and `this` may be global.
    sloppy: bool,
    /// Names that the text declares anywhere.
    declared: BTreeSet<String>,
    /// Names that the text assigns to.
    assigned: BTreeSet<String>,
}

impl Containment {
    /// A check of a text that runs in sloppy mode or not.
    pub(super) fn new(sloppy: bool) -> Containment {
        Containment { sloppy, ..Containment::default() }
    }

    /// Whether shared state may be written.
    pub(super) fn is_open(&self) -> bool {
        self.open || (self.sloppy && !self.assigned.is_subset(&self.declared))
    }

    fn root_is_shared(expr: &Expr) -> bool {
        let mut at = expr;
        loop {
            if let Expr::Member(it) = at {
                at = &it.obj;
            } else if let Expr::Paren(it) = at {
                at = &it.expr;
            } else {
                return matches!(at, Expr::Ident(it) if SHARED.contains(&it.sym.as_str()));
            }
        }
    }

    /// Visits an expression in a place where a bare shared name is harmless.
    fn harmless(&mut self, expr: &Expr) {
        if let Expr::Ident(it) = expr {
            self.word(it.sym.as_str());
        } else {
            expr.visit_with(self);
        }
    }

    fn word(&mut self, word: &str) {
        if DOORS.contains(&word) {
            self.open = true;
        }
    }
}

impl Visit for Containment {
    fn visit_ident(&mut self, it: &Ident) {
        self.word(it.sym.as_str());
    }

    fn visit_ident_name(&mut self, it: &swc_ecma_ast::IdentName) {
        self.word(it.sym.as_str());
    }

    fn visit_str(&mut self, it: &swc_ecma_ast::Str) {
        if let Some(text) = it.value.as_str() {
            self.word(text);
        }
    }

    fn visit_expr(&mut self, expr: &Expr) {
        if let Expr::Ident(it) = expr
            && SHARED.contains(&it.sym.as_str())
        {
            self.open = true;
        }
        expr.visit_children_with(self);
    }

    fn visit_member_expr(&mut self, it: &MemberExpr) {
        self.harmless(&it.obj);
        if let MemberProp::Computed(computed) = &it.prop {
            computed.expr.visit_with(self);
        } else {
            it.prop.visit_with(self);
        }
    }

    fn visit_call_expr(&mut self, it: &CallExpr) {
        match &it.callee {
            Callee::Expr(callee) => {
                if let (Expr::Ident(name), Some(first)) = (&**callee, it.args.first())
                    && name.sym == *"require"
                    && let Expr::Lit(swc_ecma_ast::Lit::Str(specifier)) = &*first.expr
                {
                    self.imported.push(specifier.value.to_string_lossy().into_owned());
                }
                self.harmless(callee);
            }
            Callee::Import(import) => import.visit_with(self),
            Callee::Super(_) => {}
        }
        // Passing a built-in function on (`map(Number)`) is harmless as long as it is a plain function that is called.
        for argument in &it.args {
            if let Expr::Ident(name) = &*argument.expr
                && matches!(
                    name.sym.as_str(),
                    "Number"
                        | "String"
                        | "Boolean"
                        | "decodeURIComponent"
                        | "encodeURIComponent"
                        | "parseInt"
                        | "parseFloat"
                )
            {
                continue;
            }
            argument.visit_with(self);
        }
    }

    fn visit_new_expr(&mut self, it: &NewExpr) {
        self.harmless(&it.callee);
        it.args.visit_with(self);
    }

    fn visit_bin_expr(&mut self, it: &swc_ecma_ast::BinExpr) {
        it.left.visit_with(self);
        if it.op == swc_ecma_ast::BinaryOp::InstanceOf {
            self.harmless(&it.right);
        } else {
            it.right.visit_with(self);
        }
    }

    fn visit_class(&mut self, it: &swc_ecma_ast::Class) {
        if let Some(parent) = &it.super_class {
            self.harmless(parent);
        }
        it.decorators.visit_with(self);
        it.body.visit_with(self);
    }

    fn visit_unary_expr(&mut self, it: &UnaryExpr) {
        if it.op == UnaryOp::TypeOf {
            self.harmless(&it.arg);
            return;
        }
        if it.op == UnaryOp::Delete && Containment::root_is_shared(&it.arg) {
            self.open = true;
        }
        it.visit_children_with(self);
    }

    fn visit_binding_ident(&mut self, it: &BindingIdent) {
        self.word(it.id.sym.as_str());
        self.declared.insert(it.id.sym.to_string());
    }

    fn visit_assign_pat_prop(&mut self, it: &swc_ecma_ast::AssignPatProp) {
        self.word(it.key.id.sym.as_str());
        self.declared.insert(it.key.id.sym.to_string());
        it.value.visit_with(self);
    }

    fn visit_fn_decl(&mut self, it: &FnDecl) {
        self.declared.insert(it.ident.sym.to_string());
        it.visit_children_with(self);
    }

    fn visit_class_decl(&mut self, it: &ClassDecl) {
        self.declared.insert(it.ident.sym.to_string());
        it.visit_children_with(self);
    }

    fn visit_this_expr(&mut self, _: &ThisExpr) {
        self.open |= self.sloppy;
    }

    fn visit_for_head(&mut self, it: &ForHead) {
        if let ForHead::Pat(_) = it {
            self.open |= self.sloppy;
        }
        it.visit_children_with(self);
    }

    fn visit_update_expr(&mut self, it: &UpdateExpr) {
        if let Expr::Ident(name) = &*it.arg {
            self.assigned.insert(name.sym.to_string());
        }
        self.open |= Containment::root_is_shared(&it.arg);
        it.visit_children_with(self);
    }

    fn visit_assign_expr(&mut self, it: &AssignExpr) {
        match &it.left {
            AssignTarget::Simple(SimpleAssignTarget::Member(member)) => {
                self.open |= Containment::root_is_shared(&member.obj)
            }
            AssignTarget::Simple(SimpleAssignTarget::Ident(name)) => {
                self.open |= SHARED.contains(&name.id.sym.as_str());
                self.word(name.id.sym.as_str());
                self.assigned.insert(name.id.sym.to_string());
                it.right.visit_with(self);
                return;
            }
            AssignTarget::Pat(_) => self.open |= self.sloppy,
            AssignTarget::Simple(_) => {}
        }
        it.visit_children_with(self);
    }

    fn visit_import(&mut self, _: &Import) {
        self.refused = Some("`import()` while running");
    }

    fn visit_meta_prop_expr(&mut self, it: &MetaPropExpr) {
        if it.kind == swc_ecma_ast::MetaPropKind::ImportMeta {
            self.refused = Some("`import.meta`");
        }
    }
}
