//! TypeScript without its types: every type is replaced by blanks where it stands, so that the text keeps its length, its
//! lines and its spans, and is JavaScript.
//!
//! What is no type but TypeScript's own code (enums, namespaces, parameter properties) cannot be blanked and is refused with
//! its place; decorators are refused by the parser. Invariant: a text that comes out parses as JavaScript. Blanks can join what stood apart, so a
//! statement whose end is blanked ends with `;`, and a return type over several lines takes the `)` in front of it to its end.
#![expect(clippy::wildcard_enum_match_arm, reason = "the wide enums of swc, where few forms are special")]

mod names;
mod text;

use swc_common::{BytePos, Span, Spanned};
use swc_ecma_ast::{
    ArrowExpr, ArrowFunctionBody, AutoAccessor, BindingIdent, Class, ClassMember, ClassMethod, ClassProp, Constructor,
    Decl, DefaultDecl, ExportSpecifier, Expr, ExprStmt, ImportDecl, ImportSpecifier, ModuleDecl, NamedExport,
    PrivateMethod, PrivateProp, Stmt, TsAsExpr, TsConstAssertion, TsInstantiation, TsNonNullExpr, TsParamProp,
    TsSatisfiesExpr, TsThisParam, TsTypeAnn, TsTypeAssertion, TsTypeParamDecl, TsTypeParamInstantiation, VarDeclarator,
};
use swc_ecma_visit::{Visit, VisitWith};

use crate::{Kind, nesting, syntax};
use names::Names;
use text::{after_trivia, blanked, closing_parenthesis, word_at};

/// A form that cannot be blanked.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Kept {
    /// Offset of the first byte.
    pub(crate) start: u32,
    /// Offset after the last byte.
    pub(crate) end: u32,
    /// What it is.
    pub(crate) what: String,
}

/// The text of a TypeScript file as JavaScript of the same length.
///
/// # Errors
/// The forms that are no types, or the parser's words.
pub(crate) fn without_types(text: &str) -> Result<String, Vec<Kept>> {
    let whole = |what: &str| vec![Kept { start: 0, end: 0, what: what.to_owned() }];
    if nesting::check(text).is_err() {
        return Err(whole("the text nests too deep"));
    }
    syntax::on_own_stack(|| {
        let parsed = |errors: Vec<syntax::SyntaxError>| {
            errors.into_iter().map(|it| Kept { start: it.start, end: it.end, what: it.words }).collect::<Vec<_>>()
        };
        let program = syntax::program(text, Kind::TypeScript).map_err(parsed)?;
        let mut blank = Blank { text, names: Names::of(&program), edits: Vec::new(), kept: Vec::new() };
        program.visit_with(&mut blank);
        if !blank.kept.is_empty() {
            return Err(blank.kept);
        }
        let out = blanked(text, &blank.edits);
        match syntax::program(&out, Kind::Script) {
            Ok(_) => Ok(out),
            Err(errors) => Err(parsed(errors)),
        }
    })
    .unwrap_or_else(|| Err(whole("the parser failed on this file")))
}

/// A range that is blanked. Its first and its last byte may become a mark.
pub(crate) struct Edit {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) first: Option<u8>,
    pub(crate) last: Option<u8>,
}

struct Blank<'a> {
    text: &'a str,
    names: Names,
    edits: Vec<Edit>,
    kept: Vec<Kept>,
}

fn at(position: BytePos) -> usize {
    (position.0 as usize).saturating_sub(1)
}

/// Whether a declaration is only about types, with all that stands in it.
fn only_types(decl: &Decl) -> bool {
    match decl {
        Decl::TsInterface(_) | Decl::TsTypeAlias(_) => true,
        Decl::Var(it) => it.declare,
        Decl::Class(it) => it.declare,
        Decl::Fn(it) => it.declare || it.function.body.is_none(),
        Decl::TsEnum(it) => it.declare,
        Decl::TsModule(it) => it.declare || it.global,
        _ => false,
    }
}

impl Blank<'_> {
    fn slice(&self, start: usize, end: usize) -> &str {
        self.text.get(start..end).unwrap_or_default()
    }

    fn blank(&mut self, start: usize, end: usize) {
        if start < end {
            self.edits.push(Edit { start, end, first: None, last: None });
        }
    }

    /// Blanks a statement or a member; the mark keeps what stands before it from going on behind it.
    fn erase(&mut self, span: Span) {
        self.edits.push(Edit { start: at(span.lo), end: at(span.hi), first: Some(b';'), last: None });
    }

    fn keep(&mut self, span: Span, what: &str) {
        let offset = |it: BytePos| it.0.saturating_sub(1);
        self.kept.push(Kept { start: offset(span.lo), end: offset(span.hi), what: what.to_owned() });
    }

    /// A statement that ends with a blanked type and without `;` gets one: its next line might go on otherwise.
    fn close(&mut self, span: Span) {
        let end = at(span.hi);
        if let Some(edit) = self.edits.iter_mut().rev().find(|it| it.end == end && it.first.is_none()) {
            edit.first = Some(b';');
        }
    }

    fn breaks(&self, start: usize, end: usize) -> bool {
        self.slice(start, end).contains(['\n', '\r', '\u{2028}', '\u{2029}'])
    }

    /// Blanks a mark behind a name: the `?` of what is optional, the `!` of what is set elsewhere.
    fn mark_behind(&mut self, end: usize, mark: char, span: Span) {
        let found = after_trivia(self.text, end);
        if self.slice(found, self.text.len()).starts_with(mark) {
            self.blank(found, found + 1);
        } else {
            self.keep(span, "a mark that was not found");
        }
    }

    fn name_end(&self, it: &BindingIdent) -> Option<usize> {
        let start = at(it.id.span.lo);
        let name: &str = &it.id.sym;
        self.slice(start, self.text.len()).starts_with(name).then_some(start + name.len())
    }

    /// Blanks the words of TypeScript in front of the name of a member.
    fn modifiers(&mut self, member: Span, key: Span) {
        let (start, end) = (at(member.lo), at(key.lo));
        let mut position = after_trivia(self.text, start);
        while position < end {
            let word = word_at(self.text, position);
            let after = position + word.len().max(1);
            if matches!(word, "public" | "private" | "protected" | "readonly" | "override") && after <= end {
                let first = (position == start).then_some(b';');
                self.edits.push(Edit { start: position, end: after, first, last: None });
            }
            position = after_trivia(self.text, after);
        }
    }

    /// A list in braces or parentheses: blanks an element with the comma behind it.
    fn element(&mut self, span: Span) {
        let comma = after_trivia(self.text, at(span.hi));
        let end = if self.slice(comma, comma + 1) == "," { comma + 1 } else { at(span.hi) };
        self.blank(at(span.lo), end);
    }

    fn import(&mut self, it: &ImportDecl) {
        let unused = |local: &swc_ecma_ast::Ident| !self.names.values.contains(local.sym.as_str());
        let erased: Vec<(bool, Span, bool)> = it
            .specifiers
            .iter()
            .map(|specifier| match specifier {
                ImportSpecifier::Named(it) => (it.is_type_only || unused(&it.local), it.span, true),
                ImportSpecifier::Default(it) => (unused(&it.local), it.span, false),
                ImportSpecifier::Namespace(it) => (unused(&it.local), it.span, false),
            })
            .collect();
        if it.type_only || (!erased.is_empty() && erased.iter().all(|(erased, ..)| *erased)) {
            self.erase(it.span);
            return;
        }
        let mut before: Option<Span> = None;
        for (erased, span, named) in erased {
            match before {
                // `import a, * as b`: the comma in front goes too.
                Some(first) if erased && !named => self.blank(at(first.hi), at(span.hi)),
                _ if erased => self.element(span),
                _ => {}
            }
            before = Some(span);
        }
    }

    fn export(&mut self, it: &NamedExport) {
        let mut erased = Vec::new();
        for specifier in &it.specifiers {
            let ExportSpecifier::Named(named) = specifier else { continue };
            let local = match &named.orig {
                swc_ecma_ast::ModuleExportName::Ident(it) => self.names.types.contains(it.sym.as_str()),
                swc_ecma_ast::ModuleExportName::Str(_) => false,
            };
            if named.is_type_only || (local && it.src.is_none()) {
                erased.push(named.span);
            }
        }
        if it.type_only || (!erased.is_empty() && erased.len() == it.specifiers.len()) {
            self.erase(it.span);
        } else {
            erased.into_iter().for_each(|span| self.element(span));
        }
    }

    /// An expression that may begin with `<T>`: behind blanks, `{` or `function` would begin something else.
    fn beginning(&mut self, expr: &Expr) {
        let mut first = expr;
        loop {
            first = match first {
                Expr::TsAs(it) => &it.expr,
                Expr::TsSatisfies(it) => &it.expr,
                Expr::TsNonNull(it) => &it.expr,
                Expr::Member(it) => &it.obj,
                Expr::Bin(it) => &it.left,
                Expr::Call(it) => match &it.callee {
                    swc_ecma_ast::Callee::Expr(callee) => callee,
                    _ => return,
                },
                Expr::TsTypeAssertion(it) => return self.keep(it.span, "a `<T>` at the beginning of an expression"),
                _ => return,
            };
        }
    }

    fn class_of(&mut self, class: &Class) {
        let start = at(class.span.lo);
        if class.is_abstract {
            let before = self.slice(0, start).trim_end();
            if self.slice(start, self.text.len()).starts_with("abstract") {
                self.blank(start, start + "abstract".len());
            } else if before.ends_with("abstract") {
                self.blank(before.len() - "abstract".len(), before.len());
            } else {
                self.keep(class.span, "an abstract class");
            }
        }
        if let (Some(first), Some(last)) = (class.implements.first(), class.implements.last()) {
            let ends = [
                class.type_params.as_ref().map(|it| it.span.hi),
                class.super_class.as_ref().map(|it| it.span().hi),
                class.super_type_params.as_ref().map(|it| it.span.hi),
            ];
            let from = ends.into_iter().flatten().map(at).max().unwrap_or(start);
            match self.slice(from, at(first.span.lo)).rfind("implements") {
                Some(word) => self.blank(from + word, at(last.span.hi)),
                None => self.keep(first.span, "what the class implements"),
            }
        }
    }

    fn field(&mut self, span: Span, key: Span, optional: bool, definite: bool) {
        self.modifiers(span, key);
        if optional {
            self.mark_behind(at(key.hi), '?', span);
        }
        if definite {
            self.mark_behind(at(key.hi), '!', span);
        }
    }
}

impl Visit for Blank<'_> {
    fn visit_stmt(&mut self, it: &Stmt) {
        if let Stmt::Decl(decl) = it
            && only_types(decl)
        {
            return self.erase(decl.span());
        }
        it.visit_children_with(self);
        self.close(it.span());
    }

    fn visit_decl(&mut self, it: &Decl) {
        match it {
            Decl::TsEnum(it) => self.keep(it.span, "an enum"),
            Decl::TsModule(it) => self.keep(it.span, "a namespace"),
            other => other.visit_children_with(self),
        }
    }

    fn visit_module_decl(&mut self, it: &ModuleDecl) {
        match it {
            ModuleDecl::Import(import) => self.import(import),
            ModuleDecl::ExportDecl(export) if only_types(&export.decl) => self.erase(export.span),
            ModuleDecl::ExportNamed(export) => self.export(export),
            ModuleDecl::ExportAll(export) if export.type_only => self.erase(export.span),
            ModuleDecl::ExportDefaultDecl(export) => match &export.decl {
                DefaultDecl::TsInterfaceDecl(_) => self.erase(export.span),
                DefaultDecl::Fn(function) if function.function.body.is_none() => self.erase(export.span),
                _ => export.visit_children_with(self),
            },
            ModuleDecl::TsImportEquals(import) if import.is_type_only => self.erase(import.span),
            ModuleDecl::TsImportEquals(import) => self.keep(import.span, "`import … = …`"),
            ModuleDecl::TsExportAssignment(export) => self.keep(export.span, "`export = …`"),
            ModuleDecl::TsNamespaceExport(export) => self.erase(export.span),
            other => {
                if let ModuleDecl::ExportDefaultExpr(export) = other {
                    self.beginning(&export.expr);
                }
                other.visit_children_with(self);
            }
        }
        self.close(it.span());
    }

    fn visit_expr_stmt(&mut self, it: &ExprStmt) {
        self.beginning(&it.expr);
        it.visit_children_with(self);
    }

    fn visit_arrow_expr(&mut self, it: &ArrowExpr) {
        if let Some(parameters) = &it.type_params
            && self.breaks(at(parameters.span.lo), at(parameters.span.hi))
        {
            self.keep(parameters.span, "type parameters over several lines");
        }
        if let Some(result) = &it.return_type {
            let (start, end) = (at(result.span.lo), at(result.span.hi));
            if self.breaks(start, end) {
                // No line may end between `)` and `=>`: the parenthesis goes to the end of the type.
                let from = it.params.last().map(|it| it.span().hi).or(it.type_params.as_ref().map(|it| it.span.hi));
                let from = from.map_or(at(it.span.lo), at);
                match closing_parenthesis(self.text, from, start) {
                    Some(found) => {
                        self.blank(found, found + 1);
                        self.edits.push(Edit { start, end, first: None, last: Some(b')') });
                    }
                    None => self.keep(result.span, "a return type over several lines"),
                }
            } else {
                self.blank(start, end);
            }
        }
        if let ArrowFunctionBody::Expr(body) = &*it.body {
            self.beginning(body);
        }
        it.type_params.visit_with(self);
        it.params.visit_with(self);
        it.body.visit_with(self);
    }

    fn visit_ts_this_param(&mut self, it: &TsThisParam) {
        self.element(it.span);
    }

    fn visit_binding_ident(&mut self, it: &BindingIdent) {
        if it.id.optional {
            match self.name_end(it) {
                Some(end) => self.mark_behind(end, '?', it.id.span),
                None => self.keep(it.id.span, "an optional name with escapes"),
            }
        }
        it.type_ann.visit_with(self);
    }

    fn visit_var_declarator(&mut self, it: &VarDeclarator) {
        if it.definite
            && let swc_ecma_ast::Pat::Ident(name) = &it.name
        {
            match self.name_end(name) {
                Some(end) => self.mark_behind(end, '!', it.span),
                None => self.keep(it.span, "a name with escapes"),
            }
        }
        it.visit_children_with(self);
    }

    fn visit_class(&mut self, it: &Class) {
        self.class_of(it);
        it.type_params.visit_with(self);
        it.super_class.visit_with(self);
        it.super_type_params.visit_with(self);
        it.body.visit_with(self);
    }

    fn visit_class_member(&mut self, it: &ClassMember) {
        match it {
            ClassMember::TsIndexSignature(it) => self.erase(it.span),
            ClassMember::Method(it) if it.is_abstract || it.function.body.is_none() => self.erase(it.span),
            ClassMember::PrivateMethod(it) if it.is_abstract || it.function.body.is_none() => self.erase(it.span),
            ClassMember::Constructor(it) if it.body.is_none() => self.erase(it.span),
            ClassMember::ClassProp(it) if it.declare || it.is_abstract => self.erase(it.span),
            other => {
                other.visit_children_with(self);
                if matches!(other, ClassMember::ClassProp(_) | ClassMember::PrivateProp(_)) {
                    self.close(other.span());
                }
            }
        }
    }

    fn visit_class_prop(&mut self, it: &ClassProp) {
        self.field(it.span, it.key.span(), it.is_optional, it.definite);
        it.visit_children_with(self);
    }

    fn visit_private_prop(&mut self, it: &PrivateProp) {
        self.field(it.span, it.key.span, it.is_optional, it.definite);
        it.visit_children_with(self);
    }

    fn visit_class_method(&mut self, it: &ClassMethod) {
        self.field(it.span, it.key.span(), it.is_optional, false);
        it.visit_children_with(self);
    }

    fn visit_private_method(&mut self, it: &PrivateMethod) {
        self.field(it.span, it.key.span, it.is_optional, false);
        it.visit_children_with(self);
    }

    fn visit_constructor(&mut self, it: &Constructor) {
        self.modifiers(it.span, it.key.span());
        it.visit_children_with(self);
    }

    fn visit_auto_accessor(&mut self, it: &AutoAccessor) {
        self.keep(it.span, "an accessor field");
    }

    fn visit_ts_param_prop(&mut self, it: &TsParamProp) {
        self.keep(it.span, "a parameter property");
    }

    fn visit_ts_type_ann(&mut self, it: &TsTypeAnn) {
        self.blank(at(it.span.lo), at(it.span.hi));
    }

    fn visit_ts_type_param_decl(&mut self, it: &TsTypeParamDecl) {
        self.blank(at(it.span.lo), at(it.span.hi));
    }

    fn visit_ts_type_param_instantiation(&mut self, it: &TsTypeParamInstantiation) {
        self.blank(at(it.span.lo), at(it.span.hi));
    }

    fn visit_ts_as_expr(&mut self, it: &TsAsExpr) {
        it.expr.visit_with(self);
        self.blank(at(it.expr.span().hi), at(it.span.hi));
    }

    fn visit_ts_satisfies_expr(&mut self, it: &TsSatisfiesExpr) {
        it.expr.visit_with(self);
        self.blank(at(it.expr.span().hi), at(it.span.hi));
    }

    fn visit_ts_const_assertion(&mut self, it: &TsConstAssertion) {
        it.expr.visit_with(self);
        // `<const>value` has its type in front.
        self.blank(at(it.span.lo), at(it.expr.span().lo));
        self.blank(at(it.expr.span().hi), at(it.span.hi));
    }

    fn visit_ts_instantiation(&mut self, it: &TsInstantiation) {
        it.expr.visit_with(self);
        self.blank(at(it.expr.span().hi), at(it.span.hi));
    }

    fn visit_ts_non_null_expr(&mut self, it: &TsNonNullExpr) {
        it.expr.visit_with(self);
        self.blank(at(it.span.hi).saturating_sub(1), at(it.span.hi));
    }

    fn visit_ts_type_assertion(&mut self, it: &TsTypeAssertion) {
        let (start, end) = (at(it.span.lo), at(it.expr.span().lo));
        if self.breaks(start, end) {
            self.keep(it.span, "a `<T>` over several lines");
        }
        self.blank(start, end);
        it.expr.visit_with(self);
    }
}

#[cfg(test)]
mod tests;
