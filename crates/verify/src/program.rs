//! Links a legacy program into one script text that every JavaScript engine runs the same way.
//!
//! Imports and exports become calls of the driver; nothing else of a file's text changes, so its lines stay its lines.
//! A module's imports are bound after the imported module has run, which equals the language's live bindings except for
//! cyclic imports: those are refused; CommonJS files of a Lambda@Edge function may ask for each other as node lets them. Such a
//! file runs in sloppy mode unless it says otherwise. The linker shares no code with the front ends, because it serves their judge.

mod containment;
mod lambda;
mod packages;

use std::collections::{BTreeMap, BTreeSet};

use swc_common::{BytePos, Span, Spanned};
use swc_ecma_ast::{
    ClassDecl, Decl, DefaultDecl, ExportSpecifier, Expr, FnDecl, ImportSpecifier, ModuleDecl, ModuleExportName,
    ModuleItem, Pat, Program, Stmt,
};
use swc_ecma_parser::{EsSyntax, Parser, StringInput, Syntax, lexer::Lexer};
use swc_ecma_visit::{Visit, VisitWith};

use containment::Containment;

use crate::engine::{EngineError, LegacyProgram, Module, Runtime};
use crate::mine::tokens::{Token, tokens};

const GLOBALS: &str = include_str!("../shims/globals.js");
const DRIVER: &str = include_str!("../shims/driver.js");
const MODULES: &str = include_str!("../shims/modules.js");
const DATE: &str = include_str!("../shims/date.js");
const BYTES: &str = include_str!("../shims/bytes.js");
const ENCODING: &str = include_str!("../shims/encoding.js");
const BUFFER: &str = include_str!("../shims/buffer.js");
const BYTE_STRINGS: &str = include_str!("../shims/byte_strings.js");
const CRYPTO: &str = include_str!("../shims/crypto.js");
const QUERYSTRING: &str = include_str!("../shims/querystring.js");
const CLOUDFRONT: &str = include_str!("../shims/cloudfront.js");
const COUNTERS: &str = include_str!("../shims/counters.js");
const NODE_GLOBALS: &str = include_str!("../shims/node_globals.js");

/// Which shims a host of scripts lacks.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Host {
    /// A bare language engine: everything is ours.
    Bare,
    /// Node: its own Buffer, crypto and querystring.
    Node,
}

/// A program as script texts.
#[derive(Clone, Debug)]
pub(crate) struct Linked {
    /// A function expression that takes the driver's `define` and `count` and gives back the entry's path.
    pub(crate) program: String,
    /// The globals of a context of the program's own, a function expression.
    pub(crate) globals: &'static str,
    /// The driver, a function expression; any context may hold it.
    pub(crate) driver: &'static str,
    /// The shims the program can reach, in the order of their needs.
    pub(crate) shims: Vec<&'static str>,
    /// Whether the text names nothing beyond the language's first built-ins, so that a context may leave the others out.
    pub(crate) lean: bool,
    /// Whether the text writes no global and no built-in, so that its functions may be made anew in a used context.
    pub(crate) contained: bool,
    /// Whether a handler may wait for work outside the language, which an engine with a loop of its own has.
    pub(crate) outside: bool,
}

/// Parses a module's text as a script or a module, whichever it is.
pub(crate) fn parse(path: &str, text: &str) -> Result<Program, EngineError> {
    let end = u32::try_from(text.len()).map_err(|_| EngineError::Unsupported(format!("{path} is too long")))?;
    let lexer = Lexer::new(
        Syntax::Es(EsSyntax { allow_return_outside_function: false, ..EsSyntax::default() }),
        swc_ecma_ast::EsVersion::Es2022,
        StringInput::new(text, BytePos(1), BytePos(end + 1)),
        None,
    );
    let mut parser = Parser::new_from(lexer);
    let parsed = parser.parse_program();
    let late = parser.take_errors();
    match parsed {
        Ok(program) => match late.into_iter().next() {
            None => Ok(program),
            Some(error) => Err(EngineError::Syntax { path: path.to_owned(), words: error.kind().msg().into_owned() }),
        },
        Err(error) => Err(EngineError::Syntax { path: path.to_owned(), words: error.kind().msg().into_owned() }),
    }
}

/// The byte offset of a position of [`parse`].
pub(crate) fn offset(position: BytePos) -> usize {
    (position.0 as usize).saturating_sub(1)
}

/// The deepest nesting of brackets that is parsed.
const NESTING: usize = 2_000;
/// The stack that nesting needs, with room to spare.
const PARSER_STACK: usize = 64 << 20;

/// Runs `work`, which parses `program`, on a stack that its nesting cannot exhaust; deeper nesting is refused.
pub(crate) fn on_large_stack<T: Send>(
    program: &LegacyProgram,
    work: impl FnOnce() -> Result<T, EngineError> + Send,
) -> Result<T, EngineError> {
    for module in &program.modules {
        let mut open = 0_usize;
        for token in tokens(&module.text) {
            match token {
                Token::Mark('(' | '[' | '{') => open += 1,
                Token::Mark(')' | ']' | '}') => open = open.saturating_sub(1),
                Token::Mark(_) | Token::Name(_) | Token::Text(_) | Token::Number(_) | Token::Regex(..) => {}
            }
            if open > NESTING {
                return Err(EngineError::Unsupported(format!("{} nests deeper than {NESTING}", module.path)));
            }
        }
    }
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(PARSER_STACK).spawn_scoped(scope, work);
        match thread.map(|it| it.join()) {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(EngineError::Engine("the linker failed".to_owned())),
            Err(error) => Err(EngineError::Engine(error.to_string())),
        }
    })
}

/// Links `program`; see the module's head.
pub(crate) fn link(program: &LegacyProgram, host: Host) -> Result<Linked, EngineError> {
    on_large_stack(program, || link_here(program, host))
}

fn link_here(program: &LegacyProgram, host: Host) -> Result<Linked, EngineError> {
    let Some(entry) = program.modules.first() else {
        return Err(EngineError::Unsupported("a program without a file".to_owned()));
    };
    let paths: BTreeSet<&str> = program.modules.iter().map(|it| it.path.as_str()).collect();
    let lambda = program.is_lambda();
    let mut text = String::from("(function (__mig) {\n");
    if !lambda {
        text.push_str("\"use strict\";\n");
    }
    let mut imports: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut contained = true;
    let mut single = true;
    for module in &program.modules {
        let linked = if lambda {
            lambda::link_module(module, &paths, &program.modules, host)?
        } else {
            link_module(module, &paths, std::ptr::eq(module, entry))?
        };
        contained &= linked.contained;
        single &= linked.has_handler;
        imports.insert(module.path.clone(), linked.imports);
        text.push_str(&linked.text);
    }
    if let Some(path) = cycle(&imports) {
        return Err(EngineError::Unsupported(format!("cyclic imports through {path}")));
    }
    text.push_str("return ");
    text.push_str(&quoted(&entry.path));
    text.push_str(";\n})");
    if lambda {
        let (shims, outside) = (lambda::shims(program, host), packages::works_outside(program));
        let driver = lambda::LAMBDA_DRIVER;
        return Ok(Linked { program: text, globals: GLOBALS, driver, shims, lean: false, contained, outside });
    }
    let shims = shims(program, host, single);
    let lean = shims.iter().all(|it| [MODULES, DATE, COUNTERS].contains(it)) && names_no_more(program);
    Ok(Linked { program: text, globals: GLOBALS, driver: DRIVER, shims, lean, contained, outside: false })
}

fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

/// Words without which a program reaches no built-in beyond objects, arrays, text, numbers, JSON, dates and expressions.
const MORE: &[&str] = &[
    "globalThis",
    "\\u",
    "Map",
    "Set",
    "Weak",
    "Promise",
    "async",
    "await",
    "then",
    "Proxy",
    "Reflect",
    "8Array",
    "16Array",
    "32Array",
    "64Array",
    "Clamped",
    "ArrayBuffer",
    "DataView",
    "Atomics",
    "performance",
    "DOMException",
    "structured",
    "queueMicrotask",
    "eval",
    "Function",
    "Symbol",
    "groupBy",
    "Iterator",
];

fn names_no_more(program: &LegacyProgram) -> bool {
    !program.modules.iter().any(|module| MORE.iter().any(|word| module.text.contains(word)))
}

/// A shim enters only where some word of the program can lead to it: most programs need none, and a fresh context has
/// to read each one again.
fn shims(program: &LegacyProgram, host: Host, single: bool) -> Vec<&'static str> {
    let says = |word: &str| program.modules.iter().any(|it| it.text.contains(word));
    let all = says("globalThis") || says("\\u");
    let second = matches!(program.runtime, Runtime::V2);
    let cloudfront = second && (all || says("cloudfront"));
    let crypto = all || says("crypto");
    let querystring = all || says("querystring");
    let buffer = second && (all || says("uffer") || cloudfront || crypto);
    let byte_strings = !second && (all || says("ytes") || says("UTF8"));
    let encoding = second && (all || says("atob") || says("btoa") || says("Text"));
    let mut list = Vec::new();
    if says("__mig.count") {
        list.push(COUNTERS);
    }
    let words = ["require", "import", "export", "module"];
    if !single || program.modules.len() > 1 || words.into_iter().any(says) {
        list.push(MODULES);
    }
    if all || says("Date") {
        list.push(DATE);
    }
    match host {
        Host::Bare => {
            for (shim, needed) in [
                (BYTES, crypto || querystring || buffer || byte_strings || encoding),
                (ENCODING, encoding),
                (BUFFER, buffer),
                (BYTE_STRINGS, byte_strings),
                (CRYPTO, crypto),
                (QUERYSTRING, querystring),
            ] {
                if needed {
                    list.push(shim);
                }
            }
        }
        Host::Node => {
            if byte_strings {
                list.extend([BYTES, BYTE_STRINGS]);
            }
            list.push(NODE_GLOBALS);
        }
    }
    if cloudfront {
        list.push(CLOUDFRONT);
    }
    list
}

/// A file on a cycle of imports, if there is one. The walk is a loop: the input decides how deep imports go.
fn cycle(imports: &BTreeMap<String, Vec<String>>) -> Option<String> {
    let mut left: BTreeMap<&str, BTreeSet<&str>> =
        imports.iter().map(|(path, to)| (path.as_str(), to.iter().map(String::as_str).collect())).collect();
    loop {
        let done: Vec<&str> =
            left.iter().filter(|(_, to)| to.iter().all(|it| !left.contains_key(it))).map(|(path, _)| *path).collect();
        if done.is_empty() {
            return left.keys().next().map(|it| (*it).to_owned());
        }
        for path in done {
            left.remove(path);
        }
    }
}

struct LinkedModule {
    text: String,
    imports: Vec<String>,
    contained: bool,
    has_handler: bool,
}

/// Modules that the platform itself provides.
fn is_builtin(specifier: &str) -> bool {
    matches!(specifier.strip_prefix("node:").unwrap_or(specifier), "crypto" | "querystring" | "buffer" | "cloudfront")
}

fn resolve(from: &str, specifier: &str, paths: &BTreeSet<&str>) -> Option<String> {
    if !specifier.starts_with('.') && !specifier.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in specifier.split('/') {
        match part {
            ".." => {
                parts.pop();
            }
            "." | "" => {}
            other => parts.push(other),
        }
    }
    let base = parts.join("/");
    // TypeScript names the file it is compiled to.
    let compiled = base.strip_suffix(".js").map(|it| format!("{it}.ts"));
    ["", ".js", ".mjs", ".cjs", ".ts", ".json", "/index.js", "/index.mjs", "/index.ts"]
        .into_iter()
        .map(|end| format!("{base}{end}"))
        .chain(compiled)
        .find(|it| paths.contains(it.as_str()))
}

fn json_module(path: &str, text: &str) -> Result<LinkedModule, EngineError> {
    let data: serde_json::Value = serde_json::from_str(text)
        .map_err(|error| EngineError::Syntax { path: path.to_owned(), words: error.to_string() })?;
    let text = format!(
        "__mig.define({}, false, function (__mig_m, require, module) {{ module.exports = JSON.parse({}); }});\n",
        quoted(path),
        quoted(&data.to_string())
    );
    Ok(LinkedModule { text, imports: Vec::new(), contained: true, has_handler: false })
}

fn link_module(module: &Module, paths: &BTreeSet<&str>, entry: bool) -> Result<LinkedModule, EngineError> {
    let path = module.path.as_str();
    if path.ends_with(".json") {
        return json_module(path, &module.text);
    }
    let parsed = parse(path, &module.text)?;
    let mut linker = Linker::new(module, paths);
    let mut has_handler = false;
    let es = match &parsed {
        Program::Module(it) => {
            for item in &it.body {
                linker.item(item)?;
                has_handler |= matches!(item, ModuleItem::Stmt(stmt) if declares_handler(stmt));
                if let ModuleItem::ModuleDecl(ModuleDecl::ExportDecl(export)) = item {
                    has_handler |= declaration_names(&export.decl).iter().any(|it| it == "handler");
                }
            }
            true
        }
        Program::Script(it) => {
            has_handler = it.body.iter().any(declares_handler);
            false
        }
    };
    let mut check = Containment::default();
    parsed.visit_with(&mut check);
    if let Some(words) = check.refused {
        return Err(EngineError::Unsupported(format!("{path}: {words}")));
    }
    for specifier in &check.imported {
        if let Some(found) = resolve(path, specifier, paths) {
            linker.imports.push(found);
        }
    }
    let body = linker.edited();
    // A file with its own `handler` sees no `module`, as on the platform, where `typeof module` is 'undefined'.
    let parameters = if entry && has_handler { "__mig_m, require" } else { "__mig_m, require, module, exports" };
    let mut text = String::new();
    text.push_str("__mig.define(");
    text.push_str(&quoted(path));
    text.push_str(if es { ", true, function (" } else { ", false, function (" });
    text.push_str(parameters);
    text.push_str(") { return (function () { \"use strict\"; ");
    text.push_str(&linker.head);
    text.push_str(&body);
    text.push('\n');
    text.push_str(&linker.tail);
    // What is exported as default is the handler of a program that declares none.
    let handler = if has_handler { Some("handler") } else { linker.default.filter(|_| entry) };
    if let Some(handler) = handler {
        text.push_str(&format!("return {handler};"));
    }
    text.push_str("\n})(); });\n");
    Ok(LinkedModule { text, imports: linker.imports, contained: !check.is_open(), has_handler })
}

fn declares_handler(stmt: &Stmt) -> bool {
    matches!(stmt, Stmt::Decl(decl) if declaration_names(decl).iter().any(|it| it == "handler"))
}

/// The names a declaration binds, in order.
fn declaration_names(decl: &Decl) -> Vec<String> {
    match decl {
        Decl::Fn(FnDecl { ident, .. }) | Decl::Class(ClassDecl { ident, .. }) => vec![ident.sym.to_string()],
        Decl::Var(it) => {
            let mut names = Names(Vec::new());
            for declarator in &it.decls {
                declarator.name.visit_with(&mut names);
            }
            names.0
        }
        Decl::Using(_) | Decl::TsInterface(_) | Decl::TsTypeAlias(_) | Decl::TsEnum(_) | Decl::TsModule(_) => {
            Vec::new()
        }
    }
}

struct Names(Vec<String>);

impl Visit for Names {
    fn visit_pat(&mut self, pat: &Pat) {
        if let Pat::Ident(it) = pat {
            self.0.push(it.id.sym.to_string());
        }
        pat.visit_children_with(self);
    }

    fn visit_assign_pat_prop(&mut self, it: &swc_ecma_ast::AssignPatProp) {
        self.0.push(it.key.sym.to_string());
    }

    fn visit_expr(&mut self, _: &Expr) {}
}

struct Linker<'a> {
    path: &'a str,
    text: &'a str,
    paths: &'a BTreeSet<&'a str>,
    imports: Vec<String>,
    head: String,
    tail: String,
    edits: Vec<(usize, usize, String)>,
    /// The local name of a default export that has none of its own.
    default: Option<&'static str>,
    /// Whether a name that is no path may be anything: it is looked for when the program runs.
    bare: bool,
    /// What is imported.
    specifiers: Vec<String>,
}

impl<'a> Linker<'a> {
    fn new(module: &'a Module, paths: &'a BTreeSet<&'a str>) -> Linker<'a> {
        Linker {
            path: &module.path,
            text: &module.text,
            paths,
            imports: Vec::new(),
            head: String::new(),
            tail: String::new(),
            edits: Vec::new(),
            default: None,
            bare: false,
            specifiers: Vec::new(),
        }
    }

    fn bring(&mut self, specifier: &str) -> Result<String, EngineError> {
        self.specifiers.push(specifier.to_owned());
        let named = self.bare && !specifier.starts_with('.') && !specifier.starts_with('/');
        if !named && !is_builtin(specifier) {
            let Some(found) = resolve(self.path, specifier, self.paths) else {
                return Err(EngineError::Import { path: self.path.to_owned(), specifier: specifier.to_owned() });
            };
            self.imports.push(found);
        }
        Ok(format!("__mig_m.bring({})", quoted(specifier)))
    }

    fn cut(&mut self, span: Span, with: &str) {
        self.edits.push((offset(span.lo), offset(span.hi), with.to_owned()));
    }

    fn give(&mut self, name: &str, local: &str) {
        self.head.push_str(&format!("__mig_m.give({{ [{}]: () => {local} }}); ", quoted(name)));
    }

    fn item(&mut self, item: &ModuleItem) -> Result<(), EngineError> {
        let ModuleItem::ModuleDecl(decl) = item else { return Ok(()) };
        match decl {
            ModuleDecl::Import(it) => {
                let bring = self.bring(&it.src.value.to_string_lossy())?;
                let from = format!("__mig_i{}", self.edits.len());
                self.head.push_str(&format!("const {from} = {bring}; "));
                for specifier in &it.specifiers {
                    let (local, member) = match specifier {
                        ImportSpecifier::Named(it) => {
                            let name = it.imported.as_ref().map_or_else(|| it.local.sym.to_string(), export_name);
                            (it.local.sym.to_string(), format!("{from}[{}]", quoted(&name)))
                        }
                        ImportSpecifier::Default(it) => (it.local.sym.to_string(), format!("{from}.default")),
                        ImportSpecifier::Namespace(it) => (it.local.sym.to_string(), from.clone()),
                    };
                    self.head.push_str(&format!("const {local} = {member}; "));
                }
                self.cut(it.span, "");
            }
            ModuleDecl::ExportDecl(it) => {
                for name in declaration_names(&it.decl) {
                    self.give(&name, &name);
                }
                self.cut(Span { lo: it.span.lo, hi: it.decl.span().lo }, "");
            }
            ModuleDecl::ExportNamed(it) => {
                let from = match &it.src {
                    None => None,
                    Some(src) => {
                        let bring = self.bring(&src.value.to_string_lossy())?;
                        let from = format!("__mig_i{}", self.edits.len());
                        self.head.push_str(&format!("const {from} = {bring}; "));
                        Some(from)
                    }
                };
                for specifier in &it.specifiers {
                    match specifier {
                        ExportSpecifier::Named(it) => {
                            let local = export_name(&it.orig);
                            let name = it.exported.as_ref().map_or_else(|| local.clone(), export_name);
                            match &from {
                                None => self.give(&name, &local),
                                Some(from) => self.give(&name, &format!("{from}[{}]", quoted(&local))),
                            }
                        }
                        ExportSpecifier::Namespace(it) => {
                            if let Some(from) = &from {
                                let name = export_name(&it.name);
                                self.give(&name, from);
                            }
                        }
                        ExportSpecifier::Default(_) => {
                            return Err(EngineError::Unsupported("`export v from` is not JavaScript".to_owned()));
                        }
                    }
                }
                self.cut(it.span, "");
            }
            ModuleDecl::ExportDefaultDecl(it) => {
                let name = match &it.decl {
                    DefaultDecl::Class(class) => class.ident.as_ref().map(|it| it.sym.to_string()),
                    DefaultDecl::Fn(function) => function.ident.as_ref().map(|it| it.sym.to_string()),
                    DefaultDecl::TsInterfaceDecl(_) => None,
                };
                let before = Span { lo: it.span.lo, hi: it.decl.span().lo };
                match name {
                    Some(name) => {
                        self.give("default", &name);
                        self.cut(before, "");
                    }
                    None => {
                        self.default = Some("__mig_default");
                        self.give("default", "__mig_default");
                        self.cut(before, "const __mig_default = ");
                        self.tail.push(';');
                    }
                }
            }
            ModuleDecl::ExportDefaultExpr(it) => {
                self.default = Some("__mig_default");
                self.give("default", "__mig_default");
                self.cut(Span { lo: it.span.lo, hi: it.expr.span().lo }, "const __mig_default = ");
            }
            ModuleDecl::ExportAll(it) => {
                let bring = self.bring(&it.src.value.to_string_lossy())?;
                self.head.push_str(&format!("__mig_m.giveAll({bring}); "));
                self.cut(it.span, "");
            }
            ModuleDecl::TsImportEquals(_) | ModuleDecl::TsExportAssignment(_) | ModuleDecl::TsNamespaceExport(_) => {
                return Err(EngineError::Unsupported("TypeScript modules must be blanked first".to_owned()));
            }
        }
        Ok(())
    }

    /// The text with its edits applied; line breaks inside a cut are kept.
    fn edited(&self) -> String {
        let mut out = String::with_capacity(self.text.len());
        let mut at = 0;
        if self.text.starts_with("#!") {
            out.push_str("//");
        }
        for (start, end, with) in &self.edits {
            out.push_str(self.text.get(at..*start).unwrap_or_default());
            out.push_str(with);
            let breaks = self.text.get(*start..*end).unwrap_or_default().matches('\n').count();
            out.extend(std::iter::repeat_n('\n', breaks));
            at = *end;
        }
        out.push_str(self.text.get(at..).unwrap_or_default());
        out
    }
}

fn export_name(name: &ModuleExportName) -> String {
    match name {
        ModuleExportName::Ident(it) => it.sym.to_string(),
        ModuleExportName::Str(it) => it.value.to_string_lossy().into_owned(),
    }
}
