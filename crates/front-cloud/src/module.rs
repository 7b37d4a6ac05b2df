//! One Terraform module, the files of one folder, and what its expressions say as far as its text alone fixes it.
//!
//! Locals are followed through all files of the folder. Variables stay open even where they have a default, and so does
//! every attribute that exists only after `apply`.

use crate::hcl_template::{Part, Writing, decode, indentation, parts};
use crate::mapped::{Mapped, offset};
use crate::model::{Hole, OpenBlock, Problem, ProblemKind, Text};
use crate::yaml::without_mark;
use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, FuncCall, Object, ObjectKey, Traversal, TraversalOperator};
use hcl_edit::structure::{Block, Body};
use source::{FileId, Span};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::ops::Range;
use std::sync::Arc;

const BUDGET: u32 = 200_000;
const DEEPEST: u32 = 64;

/// One parsed file.
pub(crate) struct Parsed {
    pub(crate) file: FileId,
    pub(crate) text: Arc<str>,
    pub(crate) body: Body,
}

/// An expression and the file it stands in.
#[derive(Copy, Clone)]
pub(crate) struct Site<'a> {
    pub(crate) of: &'a Parsed,
    pub(crate) expr: &'a Expression,
}

/// Why a value is not known, and where.
#[derive(Clone, Debug)]
pub(crate) struct Open {
    pub(crate) why: String,
    pub(crate) span: Span,
}

/// The files of one folder and what they define.
pub(crate) struct Module<'a> {
    pub(crate) folder: String,
    locals: BTreeMap<String, Site<'a>>,
    variables: BTreeMap<String, Option<Site<'a>>>,
    blocks: BTreeMap<String, (&'a Parsed, &'a Block)>,
    left: Cell<u32>,
    /// Whether `path.module` stood in the value that was read last; whoever asks resets it.
    pub(crate) from_module: Cell<bool>,
    pub(crate) problems: RefCell<Vec<Problem>>,
}

/// Parses one file.
pub(crate) fn parse(file: FileId, text: &Arc<str>) -> Result<Parsed, (u32, String)> {
    let source = without_mark(text);
    let body = hcl_edit::parser::parse_body(&source);
    let body = body.map_err(|it| (offset(it.location().offset()), it.message().replace('\n', " ")))?;
    Ok(Parsed { file, text: text.clone(), body })
}

impl Parsed {
    pub(crate) fn span(&self, range: Option<Range<usize>>) -> Span {
        let range = range.unwrap_or(0..0);
        Span::new(self.file, offset(range.start), offset(range.end))
    }
}

impl Parsed {
    /// Whether a part of the text holds a reference.
    fn mentions(&self, range: Option<Range<usize>>, address: &str) -> bool {
        let text = range.and_then(|it| self.text.get(it)).unwrap_or("");
        let inner = |it: &u8| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-');
        text.match_indices(address).any(|(at, _)| !text.as_bytes().get(at + address.len()).is_some_and(inner))
    }
}

impl<'a> Site<'a> {
    pub(crate) fn at(self, expr: &'a Expression) -> Site<'a> {
        Site { of: self.of, expr }
    }

    fn range(self) -> Range<usize> {
        self.expr.span().unwrap_or(0..0)
    }

    pub(crate) fn span(self) -> Span {
        self.of.span(self.expr.span())
    }

    /// The expression as it is written, shortened.
    pub(crate) fn written(self) -> String {
        let text = self.of.text.get(self.range()).unwrap_or("");
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if line.chars().count() > 80 { format!("{}…", line.chars().take(79).collect::<String>()) } else { line }
    }
}

/// The name of an object's key, if it is fixed.
pub(crate) fn key_name(key: &ObjectKey) -> Option<&str> {
    match key {
        ObjectKey::Ident(name) => Some(name.as_str()),
        ObjectKey::Expression(Expression::String(name)) => Some(name.as_str()),
        ObjectKey::Expression(_) => None,
    }
}

/// The value of a key of an object.
pub(crate) fn entry<'a>(object: &'a Object, name: &str) -> Option<&'a Expression> {
    object.iter().find(|(key, _)| key_name(key) == Some(name)).map(|(_, value)| value.expr())
}

impl<'a> Module<'a> {
    /// What the files of a folder define.
    pub(crate) fn new(folder: &str, files: &'a [Parsed]) -> Module<'a> {
        let mut module = Module {
            folder: folder.to_owned(),
            locals: BTreeMap::new(),
            variables: BTreeMap::new(),
            blocks: BTreeMap::new(),
            left: Cell::new(BUDGET),
            from_module: Cell::new(false),
            problems: RefCell::new(Vec::new()),
        };
        for of in files {
            for block in of.body.blocks() {
                let label = |at: usize| block.labels.get(at).map_or("", |it| it.as_str());
                let address = match block.ident.as_str() {
                    "locals" => {
                        for attribute in block.body.attributes() {
                            let site = Site { of, expr: &attribute.value };
                            module.locals.insert(attribute.key.as_str().to_owned(), site);
                        }
                        continue;
                    }
                    "variable" => {
                        let default = block.body.get_attribute("default").map(|it| Site { of, expr: &it.value });
                        module.variables.insert(label(0).to_owned(), default);
                        continue;
                    }
                    "resource" => format!("{}.{}", label(0), label(1)),
                    "data" => format!("data.{}.{}", label(0), label(1)),
                    "module" => format!("module.{}", label(0)),
                    _ => continue,
                };
                match module.blocks.entry(address) {
                    Entry::Vacant(free) => {
                        free.insert((of, block));
                    }
                    Entry::Occupied(taken) => {
                        let message = format!("a second block with the address `{}`", taken.key());
                        let span = of.span(block.ident.span());
                        module.problems.borrow_mut().push(Problem { kind: ProblemKind::Duplicate, span, message });
                    }
                }
            }
        }
        module
    }

    /// Says a problem.
    pub(crate) fn problem(&self, kind: ProblemKind, span: Span, message: impl Into<String>) {
        self.problems.borrow_mut().push(Problem { kind, span, message: message.into() });
    }

    /// The block of an address such as `aws_cloudfront_function.x` or `data.local_file.x`.
    pub(crate) fn block(&self, address: &str) -> Option<(&'a Parsed, &'a Block)> {
        self.blocks.get(address).copied()
    }

    /// The blocks of a type, resources and data sources alike.
    pub(crate) fn blocks_of(&self, kind: &str) -> Vec<(&'a Parsed, &'a Block)> {
        let of = |address: &str| address.strip_prefix("data.").unwrap_or(address).split('.').next() == Some(kind);
        self.blocks.iter().filter(|it| of(it.0)).map(|it| *it.1).collect()
    }

    /// The part of the folder that names `address` and that Terraform decides about when it runs: a `dynamic` block of a distribution,
    /// or an argument of another module.
    pub(crate) fn handed(&self, address: &str) -> Option<OpenBlock> {
        for (name, (of, block)) in &self.blocks {
            if name.starts_with("module.") {
                for attribute in block.body.attributes() {
                    if of.mentions(attribute.value.span(), address) {
                        let span = of.span(attribute.key.span());
                        return Some(OpenBlock { makes: name.clone(), span });
                    }
                }
            }
            if !name.starts_with("aws_cloudfront_distribution.") {
                continue;
            }
            let mut todo = vec![&block.body];
            while let Some(body) = todo.pop() {
                for inner in body.blocks() {
                    if inner.ident.as_str() == "dynamic" && of.mentions(inner.span(), address) {
                        let label = inner.labels.first().map_or("", |it| it.as_str());
                        return Some(OpenBlock {
                            makes: format!("dynamic \"{label}\""),
                            span: of.span(inner.ident.span()),
                        });
                    }
                    todo.push(&inner.body);
                }
            }
        }
        None
    }

    /// The expression behind locals, parentheses and constant look-ups.
    pub(crate) fn follow(&self, site: Site<'a>) -> Site<'a> {
        let mut site = site;
        for _ in 0..DEEPEST {
            let inner = if let Expression::Parenthesis(it) = site.expr {
                Some(site.at(it.inner()))
            } else {
                site.expr.as_traversal().and_then(|it| self.local(it))
            };
            let Some(inner) = inner else { return site };
            site = inner;
        }
        site
    }

    /// Through `one(…)` and `try(…, null)`, which stand around resources with a `count`.
    pub(crate) fn unwrapped(&self, site: Site<'a>) -> Site<'a> {
        let mut site = self.follow(site);
        for _ in 0..8 {
            let Expression::FuncCall(call) = site.expr else { return site };
            if !matches!(call.name.name.as_str(), "one" | "try") {
                return site;
            }
            let Some(inner) = call.args.get(0) else { return site };
            site = self.follow(site.at(inner));
        }
        site
    }

    /// `local.a`, `local.a.b`, `local.a["b"]`, `local.a[0]`.
    fn local(&self, traversal: &'a Traversal) -> Option<Site<'a>> {
        if traversal.expr.as_variable()?.as_str() != "local" {
            return None;
        }
        let mut operators = traversal.operators.iter().map(|it| it.value());
        let TraversalOperator::GetAttr(name) = operators.next()? else { return None };
        let mut site = *self.locals.get(name.as_str())?;
        for operator in operators {
            let inner = match (site.expr, operator) {
                (Expression::Object(object), TraversalOperator::GetAttr(name)) => entry(object, name.as_str())?,
                (Expression::Object(object), TraversalOperator::Index(Expression::String(name))) => {
                    entry(object, name.as_str())?
                }
                (Expression::Array(array), TraversalOperator::Index(Expression::Number(index))) => {
                    array.get(usize::try_from(index.value().as_u64()?).ok()?)?
                }
                (_, _) => return None,
            };
            site = site.at(inner);
        }
        Some(site)
    }

    /// An expression as text; what the files leave open is a hole.
    pub(crate) fn text(&self, site: Site<'a>) -> Text {
        match self.mapped(site) {
            Ok(text) => text.into_text(site.span()),
            Err(_) => Text::Hole(Hole { name: site.written(), default: None, span: site.span() }),
        }
    }

    /// An expression as text with its exact map.
    pub(crate) fn mapped(&self, site: Site<'a>) -> Result<Mapped, Open> {
        let site = self.follow(site);
        let mut out = Mapped::new(site.of.file);
        self.append(site, 0, &mut out)?;
        Ok(out)
    }

    fn charge(&self, site: Site<'_>, steps: usize) -> Result<(), Open> {
        self.left.set(self.left.get().saturating_sub(offset(steps)));
        if self.left.get() > 0 {
            return Ok(());
        }
        Err(Open { why: "the value refers to others too often".to_owned(), span: site.span() })
    }

    fn append(&self, site: Site<'a>, depth: u32, out: &mut Mapped) -> Result<(), Open> {
        self.charge(site, 1)?;
        let open = |why: &str| Open { why: why.to_owned(), span: site.span() };
        if depth > DEEPEST {
            return Err(open("the value refers to others too deeply"));
        }
        let range = site.range();
        let source: &str = &site.of.text;
        // A text of another file has no place in the map of this one: it is made from the reference.
        match site.expr {
            Expression::String(_) => {
                let inner = range.start + 1..range.end.saturating_sub(1).max(range.start + 1);
                decode(source, inner, Writing::Quoted, &mut false, out);
                Ok(())
            }
            Expression::StringTemplate(it) => self.template(site, parts(it.iter()), Writing::Quoted, depth, out),
            Expression::HeredocTemplate(it) => {
                let indent = indentation(source, it, &range);
                self.template(site, parts(it.template.iter()), Writing::Raw { indent }, depth, out)
            }
            Expression::Number(it) => {
                out.made(range.start, &it.value().to_string());
                Ok(())
            }
            Expression::Bool(it) => {
                out.made(range.start, if *it.value() { "true" } else { "false" });
                Ok(())
            }
            Expression::Parenthesis(it) => self.append(site.at(it.inner()), depth + 1, out),
            Expression::Traversal(it) => self.reference(site, it, depth, out),
            Expression::Conditional(it) => {
                let (one, two) =
                    (self.nested(site.at(&it.true_expr), depth)?, self.nested(site.at(&it.false_expr), depth)?);
                if one.is_known() && two.is_known() && one.text == two.text {
                    out.append(&one, range.start);
                    return Ok(());
                }
                Err(open("a condition decides about the value"))
            }
            Expression::FuncCall(it) => self.call(site, it, depth, out),
            Expression::Null(_) => Err(open("the value is null")),
            Expression::Array(_) | Expression::Object(_) => Err(open("a text is expected here")),
            Expression::Variable(_) | Expression::UnaryOp(_) | Expression::BinaryOp(_) | Expression::ForExpr(_) => {
                Err(open("Terraform computes the value"))
            }
        }
    }

    /// The value of an expression inside of another.
    fn nested(&self, site: Site<'a>, depth: u32) -> Result<Mapped, Open> {
        let site = self.follow(site);
        let mut out = Mapped::new(site.of.file);
        self.append(site, depth + 1, &mut out)?;
        self.charge(site, out.text.len() / 256)?;
        Ok(out)
    }

    fn template(
        &self,
        site: Site<'a>,
        parts: Vec<Part<'a>>,
        writing: Writing,
        depth: u32,
        out: &mut Mapped,
    ) -> Result<(), Open> {
        let mut line_start = true;
        for part in parts {
            match part {
                Part::Text(range) => decode(&site.of.text, range, writing, &mut line_start, out),
                Part::Expression(expr, range) => {
                    line_start = false;
                    match self.nested(site.at(expr), depth) {
                        Ok(value) => out.append(&value, range.start),
                        Err(_) => {
                            let span = site.of.span(Some(range));
                            out.hole(Hole { name: site.at(expr).written(), default: None, span });
                        }
                    }
                }
                Part::Open(what, range) => {
                    return Err(Open {
                        why: format!("{what} is evaluated by Terraform only"),
                        span: site.of.span(Some(range)),
                    });
                }
            }
        }
        Ok(())
    }

    fn reference(&self, site: Site<'a>, traversal: &'a Traversal, depth: u32, out: &mut Mapped) -> Result<(), Open> {
        if self.local(traversal).is_some() {
            let value = self.nested(site, depth)?;
            out.append(&value, site.range().start);
            return Ok(());
        }
        let name = site.written();
        let mut default = None;
        if let Some(variable) = name.strip_prefix("var.") {
            let value = self.variables.get(variable).copied().flatten();
            default = value.and_then(|it| self.nested(it, depth).ok()).filter(Mapped::is_known).map(|it| it.text);
        }
        if matches!(name.as_str(), "path.module" | "path.root" | "path.cwd") {
            self.from_module.set(self.from_module.get() || name == "path.module");
            out.made(site.range().start, ".");
            return Ok(());
        }
        if name.starts_with("aws_cloudfront_") && self.block(address(&name)).is_none() {
            let message = format!("`{}` is not defined in this folder", address(&name));
            self.problem(ProblemKind::UnknownReference, site.span(), message);
        }
        if let Some(local) =
            name.strip_prefix("local.").filter(|it| !self.locals.contains_key(*it) && !it.contains(['.', '[']))
        {
            self.problem(
                ProblemKind::UnknownReference,
                site.span(),
                format!("`local.{local}` is not defined in this folder"),
            );
        }
        out.hole(Hole { name, default, span: site.span() });
        Ok(())
    }

    /// The functions whose value is plain on known texts.
    fn call(&self, site: Site<'a>, call: &'a FuncCall, depth: u32, out: &mut Mapped) -> Result<(), Open> {
        let name = call.name.name.as_str();
        let at = site.range().start;
        let open = || Open { why: format!("`{name}` is evaluated by Terraform only"), span: site.span() };
        let argument = |index: usize| call.args.get(index).map(|it| site.at(it)).ok_or_else(open);
        match name {
            "tostring" | "nonsensitive" | "sensitive" | "abspath" | "pathexpand" => {
                out.append(&self.nested(argument(0)?, depth)?, at);
                Ok(())
            }
            // The first value that there is: known only where the first one is.
            "try" | "coalesce" => match self.nested(argument(0)?, depth) {
                Ok(value) if value.is_known() && !(name == "coalesce" && value.text.is_empty()) => {
                    out.append(&value, at);
                    Ok(())
                }
                Ok(_) | Err(_) => Err(open()),
            },
            "trimspace" | "chomp" | "lower" | "upper" => {
                let value = self.nested(argument(0)?, depth)?;
                let trimmed = value.text.trim();
                let start = value.text.len() - value.text.trim_start().len();
                match name {
                    "trimspace" => out.append_range(&value, offset(start), offset(start + trimmed.len()), at),
                    "chomp" => out.append_range(&value, 0, offset(value.text.trim_end_matches(['\n', '\r']).len()), at),
                    _ if !value.is_known() => return Err(open()),
                    "lower" => out.made(at, &value.text.to_lowercase()),
                    _ => out.made(at, &value.text.to_uppercase()),
                }
                Ok(())
            }
            "join" => {
                let between = self.nested(argument(0)?, depth)?;
                let list = self.follow(argument(1)?);
                let Expression::Array(items) = list.expr else { return Err(open()) };
                for (position, item) in items.iter().enumerate() {
                    if position > 0 {
                        out.append(&between, at);
                    }
                    out.append(&self.nested(list.at(item), depth)?, at);
                }
                Ok(())
            }
            "format" => {
                let pattern = self.nested(argument(0)?, depth)?;
                let pieces: Vec<&str> = pattern.text.split("%s").collect();
                if !pattern.is_known()
                    || pattern.text.replace("%s", "").contains('%')
                    || pieces.len() != call.args.len()
                {
                    return Err(open());
                }
                let mut from = 0;
                for (position, piece) in pieces.iter().enumerate() {
                    if position > 0 {
                        out.append(&self.nested(argument(position)?, depth)?, at);
                    }
                    out.append_range(&pattern, offset(from), offset(from + piece.len()), at);
                    from += piece.len() + 2;
                }
                Ok(())
            }
            _ => Err(open()),
        }
    }

    /// The items of a list expression, through locals and the functions that keep items; `None` where Terraform makes the list.
    pub(crate) fn items(&self, site: Site<'a>) -> Option<Vec<Site<'a>>> {
        let mut out = Vec::new();
        let mut todo = vec![site];
        while let Some(next) = todo.pop() {
            self.charge(next, 1).ok()?;
            let next = self.follow(next);
            if let Expression::Array(items) = next.expr {
                out.extend(items.iter().map(|it| next.at(it)));
            } else if let Expression::FuncCall(call) = next.expr {
                if !keeps_items(call) || call.args.expand_final() {
                    return None;
                }
                let arguments: Vec<Site<'_>> = call.args.iter().map(|it| next.at(it)).collect();
                todo.extend(arguments.into_iter().rev());
            } else if !next.expr.is_null() {
                return None;
            }
        }
        Some(out)
    }
}

/// Whether a function gives the items of its lists as they are.
pub(crate) fn keeps_items(call: &FuncCall) -> bool {
    matches!(call.name.name.as_str(), "concat" | "compact" | "distinct" | "tolist" | "toset" | "flatten")
}

/// `aws_cloudfront_function.x` of `aws_cloudfront_function.x[0].arn`.
pub(crate) fn address(reference: &str) -> &str {
    let skip = if reference.starts_with("data.") { 2 } else { 1 };
    let mut dots = reference.match_indices(['.', '[']).filter(|it| it.1 == "." || it.0 > 0);
    match dots.nth(skip) {
        Some((at, _)) => reference.get(..at).unwrap_or(reference),
        None => reference,
    }
}
