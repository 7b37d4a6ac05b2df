//! CloudFormation's intrinsic functions: what a value of a template says, as far as the template alone fixes it.
//!
//! Parameters and attributes of resources stay open; nothing is evaluated twice more often than the budget allows, so a
//! template whose aliases multiply costs no more than one that does not.

use crate::mapped::{Mapped, offset};
use crate::model::{Hole, Problem, ProblemKind, Text};
use crate::node::{NodeId, Tree};
use source::Span;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

/// How many values one template may resolve, and how long one of them may become.
const BUDGET: u32 = 200_000;
const LONGEST: usize = 16 << 20;
const DEEPEST: u32 = 64;

/// A template with what its references may name.
pub(crate) struct Template<'a> {
    pub(crate) tree: &'a Tree,
    /// What holds `Resources`.
    pub(crate) root: NodeId,
    pub(crate) resources: BTreeMap<String, NodeId>,
    parameters: BTreeMap<String, Option<String>>,
    mappings: Option<NodeId>,
    serverless: bool,
    left: Cell<u32>,
    pub(crate) problems: RefCell<Vec<Problem>>,
}

/// Why a value is not known, and where.
#[derive(Clone, Debug)]
pub(crate) struct Open {
    pub(crate) why: String,
    pub(crate) span: Span,
}

impl<'a> Template<'a> {
    /// The template whose `Resources` stand in `root`.
    pub(crate) fn new(tree: &'a Tree, document: NodeId, root: NodeId) -> Template<'a> {
        let mut resources = BTreeMap::new();
        let written = tree.written(root, "Resources");
        for (key, value) in written.iter().filter_map(|it| tree.entries(*it)).flatten() {
            if let Some(name) = tree.scalar_any(*key) {
                resources.entry(name.to_owned()).or_insert(*value);
            }
        }
        let mut parameters = BTreeMap::new();
        for (key, value) in tree.get(root, "Parameters").and_then(|it| tree.entries(it)).unwrap_or(&[]) {
            if let Some(name) = tree.scalar_any(*key) {
                let default = tree.get(*value, "Default").and_then(|it| tree.scalar(it));
                parameters.insert(name.to_owned(), default.map(str::to_owned));
            }
        }
        Template {
            tree,
            root,
            resources,
            parameters,
            mappings: tree.get(root, "Mappings"),
            serverless: document != root
                || tree.get(document, "provider").is_some() && tree.get(document, "service").is_some(),
            left: Cell::new(BUDGET),
            problems: RefCell::new(Vec::new()),
        }
    }

    /// Says a problem.
    pub(crate) fn problem(&self, kind: ProblemKind, span: Span, message: impl Into<String>) {
        self.problems.borrow_mut().push(Problem { kind, span, message: message.into() });
    }

    /// The intrinsic function of a node and its argument, in either form: `!Sub x`, `{Fn::Sub: x}`.
    pub(crate) fn intrinsic(&self, id: NodeId) -> Option<(&'a str, NodeId)> {
        let (id, node) = self.tree.node(id)?;
        if let Some(tag) = &node.tag {
            return Some((tag, id));
        }
        let [(key, value)] = self.tree.entries(id)? else { return None };
        let key = self.tree.scalar(*key)?;
        match key.strip_prefix("Fn::") {
            Some(name) => Some((name, *value)),
            None if matches!(key, "Ref" | "Condition") => Some((key, *value)),
            None => None,
        }
    }

    /// The value of a node as text.
    pub(crate) fn text(&self, id: NodeId) -> Result<Text, Open> {
        Ok(self.mapped(id)?.into_text(self.tree.span(id)))
    }

    /// The value of a node as text with its exact map.
    pub(crate) fn mapped(&self, id: NodeId) -> Result<Mapped, Open> {
        self.resolve(id, 0)
    }

    fn open(&self, id: NodeId, why: impl Into<String>) -> Open {
        Open { why: why.into(), span: self.tree.span(id) }
    }

    fn resolve(&self, id: NodeId, depth: u32) -> Result<Mapped, Open> {
        self.charge(1);
        if self.left.get() == 0 || depth > DEEPEST {
            return Err(self.open(id, "the value refers to others too often"));
        }
        let value = self.evaluate(id, depth)?;
        self.charge(value.text.len() / 256);
        Ok(value)
    }

    /// Spends from what is left for the whole template.
    fn charge(&self, steps: usize) {
        self.left.set(self.left.get().saturating_sub(offset(steps)));
    }

    fn evaluate(&self, id: NodeId, depth: u32) -> Result<Mapped, Open> {
        let Some((name, argument)) = self.intrinsic(id) else {
            let Some(plain) = self.tree.mapped(id) else { return Err(self.open(id, "a text is expected here")) };
            return Ok(self.split_references(plain, id));
        };
        match name {
            "Sub" => self.sub(argument, depth),
            "Ref" => {
                let target = self.tree.scalar_any(argument).ok_or_else(|| self.open(id, "`Ref` needs a name"))?;
                Ok(self.hole(target, id))
            }
            "GetAtt" => {
                Ok(self.hole(&self.attribute(argument).ok_or_else(|| self.open(id, "`GetAtt` needs two names"))?, id))
            }
            "Join" => self.join(argument, depth),
            "FindInMap" => self.find_in_map(id, argument, depth),
            "Select" => self.select(argument, depth),
            "If" => self.either(argument, depth),
            "ImportValue" => {
                let name = self.resolve(argument, depth + 1).map(|it| it.into_text(self.tree.span(argument)).display());
                Ok(self.plain_hole(&format!("ImportValue {}", name.unwrap_or_default()), id))
            }
            other => Err(self.open(id, format!("`{other}` is evaluated by CloudFormation only"))),
        }
    }

    /// `A.B` of `!GetAtt A.B` and `Fn::GetAtt: [A, B]`.
    fn attribute(&self, argument: NodeId) -> Option<String> {
        match self.tree.items(argument) {
            Some(items) => {
                let names: Option<Vec<&str>> = items.iter().map(|it| self.tree.scalar(*it)).collect();
                Some(names?.join("."))
            }
            None => self.tree.scalar_any(argument).map(str::to_owned),
        }
    }

    /// An open place for a reference, which must lead somewhere.
    fn hole(&self, name: &str, at: NodeId) -> Mapped {
        let mut out = Mapped::new(self.tree.file);
        out.hole(self.reference(name, self.tree.span(at)));
        out
    }

    fn plain_hole(&self, name: &str, at: NodeId) -> Mapped {
        let mut out = Mapped::new(self.tree.file);
        out.hole(Hole { name: name.to_owned(), default: None, span: self.tree.span(at) });
        out
    }

    fn reference(&self, name: &str, span: Span) -> Hole {
        let head = name.split('.').next().unwrap_or(name);
        let known =
            name.starts_with("AWS::") || self.parameters.contains_key(name) || self.resources.contains_key(head);
        if !known {
            let message = format!("`{name}` names no parameter and no resource of this template");
            self.problem(ProblemKind::UnknownReference, span, message);
        }
        Hole { name: name.to_owned(), default: self.parameters.get(name).cloned().flatten(), span }
    }

    /// Dynamic references, and variables of the Serverless Framework, which stand in plain texts.
    fn split_references(&self, plain: Mapped, at: NodeId) -> Mapped {
        const SERVERLESS: &[&str] =
            &["self:", "opt:", "env:", "sls:", "file(", "ssm:", "cf:", "cf.", "s3:", "param:", "aws:"];
        let begins = |rest: &str| {
            if rest.starts_with("{{resolve:") {
                return Some(("{{", "}}"));
            }
            let inner = rest.strip_prefix("${")?;
            (self.serverless && SERVERLESS.iter().any(|it| inner.starts_with(it))).then_some(("${", "}"))
        };
        let mut out = Mapped::new(plain.host);
        let mut from = 0;
        for (start, _) in plain.text.char_indices().filter(|it| matches!(it.1, '{' | '$')) {
            let rest = plain.text.get(start..).unwrap_or("");
            if start < from {
                continue;
            }
            let Some((head, tail)) = begins(rest) else { continue };
            let Some(len) = closing(rest, head, tail) else { break };
            out.append_range(&plain, offset(from), offset(start), 0);
            let name = rest.get(head.len()..len - tail.len()).unwrap_or("").to_owned();
            let mut probe = Mapped::new(plain.host);
            probe.append_range(&plain, offset(start), offset(start + len), 0);
            let span = probe.into_text(self.tree.span(at)).span().unwrap_or_else(|| self.tree.span(at));
            out.hole(Hole { name, default: None, span });
            from = start + len;
        }
        if from == 0 {
            return plain;
        }
        out.append_range(&plain, offset(from), offset(plain.text.len()), 0);
        out
    }

    /// `!Sub text` and `Fn::Sub: [text, {Name: value}]`: `${Name}` is filled, `${!x}` stands for `${x}`.
    fn sub(&self, argument: NodeId, depth: u32) -> Result<Mapped, Open> {
        let (template, given) = match self.tree.items(argument) {
            Some([template, given, ..]) => (*template, Some(*given)),
            Some([template]) => (*template, None),
            Some([]) => return Err(self.open(argument, "`Sub` needs a text")),
            None => (argument, None),
        };
        let Some(text) = self.tree.mapped(template) else { return Err(self.open(template, "`Sub` needs a text")) };
        let entries = given.and_then(|it| self.tree.entries(it)).unwrap_or(&[]);
        let given: BTreeMap<&str, NodeId> =
            entries.iter().filter_map(|(key, value)| Some((self.tree.scalar(*key)?, *value))).collect();
        let mut out = Mapped::new(text.host);
        let mut from = 0;
        while let Some(at) = text.text.get(from..).and_then(|it| it.find("${")).map(|it| from + it) {
            out.append_range(&text, offset(from), offset(at), 0);
            let Some(len) = text.text.get(at..).and_then(|it| it.find('}')).map(|it| it + 1) else {
                from = at;
                break;
            };
            let inner = text.text.get(at + 2..at + len - 1).unwrap_or("");
            if inner.starts_with('!') {
                out.append_range(&text, offset(at), offset(at + 2), 0);
                out.append_range(&text, offset(at + 3), offset(at + len), 0);
            } else if let Some(value) = given.get(inner.trim()) {
                out.append(&self.resolve(*value, depth + 1)?, 0);
            } else {
                let mut probe = Mapped::new(text.host);
                probe.append_range(&text, offset(at), offset(at + len), 0);
                let whole = self.tree.span(template);
                let span = probe.into_text(whole).span().unwrap_or(whole);
                out.hole(self.reference(inner.trim(), span));
            }
            from = at + len;
        }
        out.append_range(&text, offset(from), offset(text.text.len()), 0);
        if out.text.len() > LONGEST {
            return Err(self.open(argument, "the text is too long"));
        }
        Ok(out)
    }

    fn join(&self, argument: NodeId, depth: u32) -> Result<Mapped, Open> {
        let Some([between, list]) = self.tree.items(argument) else {
            return Err(self.open(argument, "`Join` needs a delimiter and a list"));
        };
        let Some(items) = self.tree.items(*list) else {
            return Err(self.open(*list, "the list of `Join` is known to CloudFormation only"));
        };
        let delimiter = self.tree.scalar(*between).unwrap_or("");
        let at = self.tree.span(*between).start as usize;
        let mut out = Mapped::new(self.tree.file);
        for (position, item) in items.iter().enumerate() {
            if position > 0 {
                out.made(at, delimiter);
            }
            out.append(&self.resolve(*item, depth + 1)?, 0);
            if out.text.len() > LONGEST {
                return Err(self.open(argument, "the text is too long"));
            }
        }
        Ok(out)
    }

    fn find_in_map(&self, at: NodeId, argument: NodeId, depth: u32) -> Result<Mapped, Open> {
        let keys = self.tree.items(argument).unwrap_or(&[]);
        let mut found = self.mappings;
        let mut names = Vec::new();
        for key in keys.iter().take(3) {
            let key = self.resolve(*key, depth + 1)?.into_text(self.tree.span(*key));
            names.push(key.display());
            self.charge(found.and_then(|it| self.tree.entries(it)).map_or(0, <[_]>::len) / 16);
            found = match (found, key.known()) {
                (Some(found), Some(key)) => self.tree.get(found, &key),
                (_, _) => None,
            };
        }
        match found {
            Some(value) if names.len() == 3 => self.resolve(value, depth + 1),
            _ => Ok(self.plain_hole(&format!("FindInMap {}", names.join(".")), at)),
        }
    }

    fn select(&self, argument: NodeId, depth: u32) -> Result<Mapped, Open> {
        let Some([index, list]) = self.tree.items(argument) else {
            return Err(self.open(argument, "`Select` needs an index and a list"));
        };
        let index = self.tree.scalar(*index).and_then(|it| it.parse::<usize>().ok());
        match (index, self.tree.items(*list)) {
            (Some(index), Some(items)) => match items.get(index) {
                Some(item) => self.resolve(*item, depth + 1),
                None => Err(self.open(argument, "`Select` points behind the end of its list")),
            },
            (_, _) => Err(self.open(argument, "the list of `Select` is known to CloudFormation only")),
        }
    }

    /// `If` is known only where both branches are the same.
    fn either(&self, argument: NodeId, depth: u32) -> Result<Mapped, Open> {
        let Some([condition, then, other]) = self.tree.items(argument) else {
            return Err(self.open(argument, "`If` needs a condition and two values"));
        };
        let (then, other) = (self.resolve(*then, depth + 1)?, self.resolve(*other, depth + 1)?);
        if then.is_known() && other.is_known() && then.text == other.text {
            return Ok(then);
        }
        let name = self.tree.scalar(*condition).unwrap_or("a condition");
        Err(self.open(argument, format!("the value depends on `{name}`, which is known at deployment only")))
    }
}

/// The length of a reference that `rest` begins with, nested ones included.
fn closing(rest: &str, head: &str, tail: &str) -> Option<usize> {
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(here) = rest.get(at..).filter(|it| !it.is_empty()) {
        if here.starts_with(head) {
            depth += 1;
            at += head.len();
        } else if here.starts_with(tail) {
            depth = depth.saturating_sub(1);
            at += tail.len();
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += here.chars().next().map_or(1, char::len_utf8);
        }
    }
    None
}
