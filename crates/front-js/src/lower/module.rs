//! The top level: `import` and `export`.

use std::sync::Arc;

use script::{Expr, ExprKind, Import, Item, Language, Module, Pattern, Stmt, StmtKind};
use source::Span;
use swc_ecma_ast::{
    Decl, DefaultDecl, ExportSpecifier, ImportDecl, ImportSpecifier, ModuleDecl, ModuleExportName, ModuleItem,
    NamedExport, Program, Stmt as JsStmt, Str, TsModuleRef,
};

use super::{Lower, pattern};

/// The local name of a default export that has none; no source can write it.
const DEFAULT: &str = "*default";

impl Lower {
    pub(super) fn program(mut self, program: &Program, path: &str) -> Module {
        let mut body = Vec::new();
        match program {
            Program::Script(script) => {
                self.know_functions(script.body.iter());
                body.extend(script.body.iter().filter_map(|stmt| self.stmt(stmt)));
            }
            Program::Module(module) => {
                self.know_functions(module.body.iter().filter_map(|item| match item {
                    ModuleItem::Stmt(stmt) => Some(stmt),
                    ModuleItem::ModuleDecl(_) => None,
                }));
                for item in &module.body {
                    match item {
                        ModuleItem::Stmt(stmt) => body.extend(self.stmt(stmt)),
                        ModuleItem::ModuleDecl(decl) => body.push(self.module_decl(decl)),
                    }
                }
            }
        }
        self.name_default(&mut body);
        let body = self.finish_scope(body, 0);
        Module {
            language: Language::JavaScript,
            file: self.file,
            path: Arc::from(path),
            imports: self.imports,
            exports: self.exports,
            body,
        }
    }

    /// A default export without a name is the `handler` of a file that declares none: tools that build a function make it one.
    fn name_default(&mut self, body: &mut [Stmt]) {
        let default = |name: &Arc<str>| &**name == DEFAULT;
        let handler: Arc<str> = Arc::from("handler");
        let named = self.exports.iter().any(|(name, _)| *name == handler);
        if named || !self.exports.iter().any(|(_, local)| default(local)) {
            return;
        }
        let declares = |it: &Stmt| {
            if let StmtKind::Function(function) = &it.kind {
                return function.name.as_ref() == Some(&handler);
            }
            let StmtKind::Declare(all) = &it.kind else { return false };
            all.iter().any(|(pattern, _)| matches!(pattern, Pattern::Name(name, _) if *name == handler))
        };
        let imported = self.imports.iter().any(|it| it.names.iter().any(|(_, local)| *local == handler));
        if imported || body.iter().any(declares) {
            return;
        }
        for (_, local) in self.exports.iter_mut().filter(|it| default(&it.1)) {
            local.clone_from(&handler);
        }
        for stmt in body {
            if let StmtKind::Function(function) = &mut stmt.kind {
                if function.name.as_ref().is_some_and(default) {
                    Arc::make_mut(function).name = Some(handler.clone());
                }
            } else if let StmtKind::Declare(all) = &mut stmt.kind {
                for (pattern, _) in all {
                    if let Pattern::Name(name, _) = pattern
                        && default(name)
                    {
                        name.clone_from(&handler);
                    }
                }
            }
        }
    }

    fn know_functions<'a>(&mut self, stmts: impl Iterator<Item = &'a JsStmt>) {
        for stmt in stmts {
            if let JsStmt::Decl(Decl::Fn(it)) = stmt {
                self.scope().declared.insert(Arc::from(&*it.ident.sym));
            }
        }
    }

    fn module_decl(&mut self, decl: &ModuleDecl) -> Stmt {
        let span = self.span(decl);
        let kind = match decl {
            ModuleDecl::Import(it) => {
                self.import(it, span);
                StmtKind::Empty
            }
            ModuleDecl::ExportDecl(it) => {
                let kind = self.decl(&it.decl, span);
                self.export_declared(&kind);
                kind
            }
            ModuleDecl::ExportNamed(it) => {
                self.export_named(it, span);
                StmtKind::Empty
            }
            ModuleDecl::ExportDefaultDecl(it) => self.export_default(&it.decl, span),
            ModuleDecl::ExportDefaultExpr(it) => {
                let value = self.expr(&it.expr);
                self.default_value(value)
            }
            ModuleDecl::ExportAll(it) if it.type_only => StmtKind::Empty,
            ModuleDecl::ExportAll(it) => {
                let from = text(&it.src);
                let local: Arc<str> = Arc::from(format!("*{from}"));
                self.imports.push(Import { from, span, names: vec![(Arc::from("*"), local.clone())] });
                self.exports.push((Arc::from("*"), local));
                StmtKind::Empty
            }
            ModuleDecl::TsImportEquals(it) if it.is_type_only => StmtKind::Empty,
            ModuleDecl::TsImportEquals(it) => match &it.module_ref {
                TsModuleRef::TsExternalModuleRef(external) => {
                    let at = self.span(&**it);
                    let callee = Box::new(Expr { span: at, kind: ExprKind::Name(Arc::from("require")) });
                    let from = Expr { span: self.span(&external.expr), kind: ExprKind::Str(text(&external.expr)) };
                    let kind = ExprKind::Call { callee, args: vec![Item::One(from)], optional: false };
                    let name = Pattern::Name(Arc::from(&*it.id.sym), self.span(&it.id));
                    StmtKind::Declare(vec![(name, Some(Expr { span: at, kind }))])
                }
                TsModuleRef::TsEntityName(_) => StmtKind::Unsupported(Arc::from("`import` of a namespace")),
            },
            ModuleDecl::TsExportAssignment(it) => {
                let value = self.expr(&it.expr);
                StmtKind::Expr(super::unsupported(span, "`export =`", vec![value]))
            }
            ModuleDecl::TsNamespaceExport(_) => StmtKind::Empty,
        };
        Stmt { span, kind }
    }

    fn import(&mut self, it: &ImportDecl, span: Span) {
        if it.type_only {
            return;
        }
        let mut names = Vec::new();
        for specifier in &it.specifiers {
            let (imported, local): (Arc<str>, _) = match specifier {
                ImportSpecifier::Named(named) if named.is_type_only => continue,
                ImportSpecifier::Named(named) => {
                    (named.imported.as_ref().map_or_else(|| Arc::from(&*named.local.sym), exported), &named.local)
                }
                ImportSpecifier::Default(named) => (Arc::from("default"), &named.local),
                ImportSpecifier::Namespace(named) => (Arc::from("*"), &named.local),
            };
            names.push((imported, Arc::from(&*local.sym)));
        }
        self.imports.push(Import { from: text(&it.src), span, names });
    }

    fn export_declared(&mut self, kind: &StmtKind) {
        let mut names = Vec::new();
        match kind {
            StmtKind::Function(function) => names.extend(function.name.clone()),
            StmtKind::Class(class) => names.extend(class.name.clone()),
            StmtKind::Declare(declarators) => {
                declarators.iter().for_each(|(target, _)| pattern::names(target, &mut names));
            }
            StmtKind::Expr(_)
            | StmtKind::Return(_)
            | StmtKind::If(..)
            | StmtKind::Loop { .. }
            | StmtKind::ForEach { .. }
            | StmtKind::Break(_)
            | StmtKind::Continue(_)
            | StmtKind::Throw(_)
            | StmtKind::Try { .. }
            | StmtKind::Switch(..)
            | StmtKind::Block(_)
            | StmtKind::Labeled(..)
            | StmtKind::Empty
            | StmtKind::Unsupported(_) => {}
        }
        self.exports.extend(names.into_iter().map(|name| (name.clone(), name)));
    }

    fn export_named(&mut self, it: &NamedExport, span: Span) {
        if it.type_only {
            return;
        }
        let mut names = Vec::new();
        for specifier in &it.specifiers {
            let (original, name): (Arc<str>, Arc<str>) = match specifier {
                ExportSpecifier::Named(named) if named.is_type_only => continue,
                ExportSpecifier::Named(named) => {
                    let original = exported(&named.orig);
                    let name = named.exported.as_ref().map_or_else(|| original.clone(), exported);
                    (original, name)
                }
                ExportSpecifier::Namespace(named) => (Arc::from("*"), exported(&named.name)),
                ExportSpecifier::Default(named) => (Arc::from("default"), Arc::from(&*named.exported.sym)),
            };
            let local = if it.src.is_some() { Arc::from(format!("*{name}")) } else { original.clone() };
            self.exports.push((name, local.clone()));
            names.push((original, local));
        }
        if let Some(src) = &it.src {
            self.imports.push(Import { from: text(src), span, names });
        }
    }

    fn export_default(&mut self, decl: &DefaultDecl, span: Span) -> StmtKind {
        let default: Arc<str> = Arc::from(DEFAULT);
        match decl {
            DefaultDecl::Fn(it) if it.function.is_generator => StmtKind::Unsupported(Arc::from("generator")),
            DefaultDecl::Fn(it) => {
                let name: Arc<str> = it.ident.as_ref().map_or(default, |ident| Arc::from(&*ident.sym));
                match self.function(Some(name.clone()), &it.function, span) {
                    Some(function) => {
                        self.exports.push((Arc::from("default"), name));
                        StmtKind::Function(Arc::new(function))
                    }
                    None => StmtKind::Empty,
                }
            }
            DefaultDecl::Class(it) => {
                let name: Arc<str> = it.ident.as_ref().map_or(default, |ident| Arc::from(&*ident.sym));
                self.exports.push((Arc::from("default"), name.clone()));
                StmtKind::Class(Arc::new(self.class(Some(name), &it.class)))
            }
            DefaultDecl::TsInterfaceDecl(_) => StmtKind::Empty,
        }
    }

    fn default_value(&mut self, value: Expr) -> StmtKind {
        if let ExprKind::Name(name) = &value.kind {
            self.exports.push((Arc::from("default"), name.clone()));
            return StmtKind::Expr(value);
        }
        let local: Arc<str> = Arc::from(DEFAULT);
        self.exports.push((Arc::from("default"), local.clone()));
        StmtKind::Declare(vec![(Pattern::Name(local, value.span), Some(value))])
    }
}

fn exported(name: &ModuleExportName) -> Arc<str> {
    match name {
        ModuleExportName::Ident(it) => Arc::from(&*it.sym),
        ModuleExportName::Str(it) => text(it),
    }
}

fn text(text: &Str) -> Arc<str> {
    Arc::from(text.value.to_string_lossy())
}
