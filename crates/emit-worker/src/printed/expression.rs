//! Expressions as TypeScript: operators with their precedence, one printed form for each node of the model.
//!
//! What is used several times gets a name, so the text grows with the program and not with the paths through it.

use std::collections::{BTreeMap, BTreeSet};

use super::Unprinted;
use super::functions::one;
use super::known::Known;
use super::layout::WIDTH;
use super::literal::text_literal;
use super::names::{Names, table_name};
use edge::{ExprId, Field, FieldKind, Fn, Node, Store, TableId, Ty};

/// How tightly an operator binds; what binds less than its place needs is put into brackets.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    Conditional,
    Nullish,
    Or,
    And,
    Equality,
    Relational,
    Additive,
    Unary,
    Postfix,
    Primary,
}

/// Text with the operator it ends in.
pub(super) struct Code {
    pub(super) text: String,
    pub(super) level: Level,
}

impl Code {
    pub(super) fn new(level: Level, text: String) -> Code {
        Code { text, level }
    }

    pub(super) fn at(self, level: Level) -> String {
        if self.level < level { format!("({})", self.text) } else { self.text }
    }
}

/// Values of a list.
pub(super) struct ListCode(pub(super) Vec<Item>);

/// One value of a list, or several from another one.
pub(super) enum Item {
    One(String),
    Spread(String),
}

impl ListCode {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value, if there is exactly one.
    pub(super) fn as_single(&self) -> Option<&str> {
        match self.0.as_slice() {
            [Item::One(code)] => Some(code),
            _ => None,
        }
    }

    /// As the arguments of a call.
    pub(super) fn arguments(&self) -> String {
        let items = self.0.iter().map(|it| match it {
            Item::One(code) => code.clone(),
            Item::Spread(code) => format!("...{code}"),
        });
        items.collect::<Vec<_>>().join(", ")
    }

    /// As a value.
    pub(super) fn array(&self) -> String {
        match self.0.as_slice() {
            [Item::Spread(code)] => code.clone(),
            _ => format!("[{}]", self.arguments()),
        }
    }
}

/// The deepest expression that is printed.
const DEEPEST: usize = 300;
/// Equal comparisons from which on they are one membership, and from which on its values are a constant.
const MEMBERS: usize = 3;
const CONSTANT_MEMBERS: usize = 7;

/// The expressions of one function, their names and the constants they need.
pub(super) struct Expressions<'a> {
    pub(super) store: &'a Store,
    uses: BTreeMap<ExprId, usize>,
    pub(super) named: BTreeMap<ExprId, String>,
    names: Names,
    constants: Vec<String>,
    tables: BTreeMap<TableId, String>,
    sets: BTreeMap<Vec<String>, String>,
    pub(super) taken: BTreeSet<&'static str>,
    /// What is known at the place that is printed.
    pub(super) known: Known,
}

impl<'a> Expressions<'a> {
    /// Looks at everything that will be printed.
    pub(super) fn new(store: &'a Store, roots: &[ExprId]) -> Result<Expressions<'a>, Unprinted> {
        let mut uses: BTreeMap<ExprId, usize> = BTreeMap::new();
        let mut stack: Vec<ExprId> = roots.to_vec();
        while let Some(id) = stack.pop() {
            let count = uses.entry(id).or_insert(0);
            *count += 1;
            if *count == 1 {
                printable(store, id)?;
                stack.extend(store.children(id));
            }
        }
        // The text of an optional with a constant in its absence is as short as the name of the optional.
        for (id, count) in uses.clone().into_iter().rev() {
            if let Node::Call(Fn::Or, args) = store.node(id) {
                let more = count.saturating_sub(1);
                if let Some(count) = args.first().and_then(|it| uses.get_mut(it)) {
                    *count += more;
                }
            }
        }
        Ok(Expressions {
            store,
            uses,
            named: BTreeMap::new(),
            names: Names::new(),
            constants: Vec::new(),
            tables: BTreeMap::new(),
            sets: BTreeMap::new(),
            taken: BTreeSet::new(),
            known: Known::default(),
        })
    }

    /// What the function takes from the runtime.
    pub(super) fn taken(&self) -> Vec<&'static str> {
        self.taken.iter().copied().collect()
    }

    /// Tables and sets, each as a declaration.
    pub(super) fn constants(&self) -> &[String] {
        &self.constants
    }

    pub(super) fn is_absent(&self, id: ExprId) -> bool {
        matches!(self.store.node(id), Node::Absent)
    }

    /// Declarations of the names that some expressions need and that were not declared before.
    pub(super) fn declarations(&mut self, of: &[ExprId]) -> Result<Vec<String>, Unprinted> {
        let mut needed = BTreeSet::new();
        let mut stack = of.to_vec();
        while let Some(id) = stack.pop() {
            if !self.named.contains_key(&id) && needed.insert(id) {
                stack.extend(self.store.children(id));
            }
        }
        let mut out = Vec::new();
        for id in needed.into_iter().filter(|it| self.deserves_name(*it)).collect::<Vec<_>>() {
            let code = self.of(id)?;
            let name = self.names.of(self.store, id);
            out.push(format!("const {name} = {code};"));
            self.named.insert(id, name);
        }
        Ok(out)
    }

    fn deserves_name(&self, id: ExprId) -> bool {
        let uses = self.uses.get(&id).copied().unwrap_or(0);
        let keyed = match self.store.node(id) {
            Node::Read(field) => field.name.is_some(),
            Node::Lookup(..) => true,
            // As short as the name it would get.
            Node::Absent | Node::Bool(_) | Node::Int(_) | Node::Str(_) | Node::Not(_) => return false,
            Node::Call(Fn::Some | Fn::Or | Fn::Present, _) => return false,
            Node::Input(_)
            | Node::Hole(_)
            | Node::Call(..)
            | Node::And(..)
            | Node::Or(..)
            | Node::Ite(..)
            | Node::Code(..) => false,
        };
        if self.store.ty(id) == Ty::List {
            return false;
        }
        match self.store.size(id) {
            _ if keyed => uses >= 2,
            1 => false,
            2 | 3 => uses >= 3,
            _ => uses >= 2,
        }
    }

    /// An expression for a place that takes any.
    pub(super) fn of(&mut self, id: ExprId) -> Result<String, Unprinted> {
        Ok(self.code(id, 0)?.text)
    }

    /// `if (…) {`, over several lines where it is long.
    pub(super) fn condition(&mut self, word: &str, guard: ExprId) -> Result<Vec<String>, Unprinted> {
        let flat = self.of(guard)?;
        if flat.len() + word.len() <= WIDTH || self.named.contains_key(&guard) {
            return Ok(vec![format!("{word} ({flat}) {{")]);
        }
        let all = matches!(self.store.node(guard), Node::And(..));
        if !all && !matches!(self.store.node(guard), Node::Or(..)) {
            return Ok(vec![format!("{word} ({flat}) {{")]);
        }
        let operator = if all { "&&" } else { "||" };
        let parts = self.needed(self.leaves(guard), all);
        let parts = self.joined(&parts, all, 0)?;
        let last = parts.len().saturating_sub(1);
        let mut out = vec![format!("{word} (")];
        for (at, part) in parts.into_iter().enumerate() {
            let after = if at == last { String::new() } else { format!(" {operator}") };
            out.push(format!("  {}{after}", part.at(Level::Equality)));
        }
        out.push(") {".to_owned());
        Ok(out)
    }

    /// The values of a list.
    pub(super) fn list(&mut self, id: ExprId) -> Result<ListCode, Unprinted> {
        self.items(id, 0).map(ListCode)
    }

    pub(super) fn items(&mut self, id: ExprId, depth: usize) -> Result<Vec<Item>, Unprinted> {
        deeper(depth)?;
        match self.store.node(id).clone() {
            Node::Call(Fn::ListEmpty, _) => Ok(Vec::new()),
            Node::Call(Fn::ListPush, args) => {
                let [list, value] = two(&args)?;
                let mut items = self.items(list, depth + 1)?;
                items.push(Item::One(self.code(value, depth + 1)?.text));
                Ok(items)
            }
            Node::Call(Fn::ListSetFirst, args) => {
                let [list, value] = two(&args)?;
                let first = self.code(value, depth + 1)?.text;
                let items = self.items(list, depth + 1)?;
                if items.is_empty() {
                    return Ok(vec![Item::One(first)]);
                }
                self.taken.insert("withFirst");
                Ok(vec![Item::Spread(format!("withFirst({}, {first})", ListCode(items).array()))])
            }
            Node::Ite(condition, then, other) => {
                if let Some(holds) = self.decided(condition) {
                    return self.items(if holds { then } else { other }, depth + 1);
                }
                let condition = self.code(condition, depth + 1)?.at(Level::Nullish);
                let then = ListCode(self.items(then, depth + 1)?).array();
                let other = ListCode(self.items(other, depth + 1)?).array();
                Ok(vec![Item::Spread(format!("({condition} ? {then} : {other})"))])
            }
            Node::Read(field) => Ok(vec![Item::Spread(self.read(field)?)]),
            Node::Absent
            | Node::Bool(_)
            | Node::Int(_)
            | Node::Str(_)
            | Node::Input(_)
            | Node::Hole(_)
            | Node::Call(..)
            | Node::Not(_)
            | Node::And(..)
            | Node::Or(..)
            | Node::Lookup(..)
            | Node::Code(..) => Err("a list is made in a way that has no printed form".to_owned()),
        }
    }

    pub(super) fn code(&mut self, id: ExprId, depth: usize) -> Result<Code, Unprinted> {
        deeper(depth)?;
        if let Some(name) = self.named.get(&id) {
            return Ok(Code::new(Level::Primary, name.clone()));
        }
        let inner = depth + 1;
        match self.store.node(id).clone() {
            Node::Absent => Ok(Code::new(Level::Primary, "undefined".to_owned())),
            Node::Bool(value) => Ok(Code::new(Level::Primary, value.to_string())),
            Node::Int(value) => {
                let level = if value < 0 { Level::Unary } else { Level::Primary };
                Ok(Code::new(level, value.to_string()))
            }
            Node::Str(text) => Ok(Code::new(Level::Primary, text_literal(self.store.str(text)))),
            Node::Read(field) => Ok(Code::new(Level::Postfix, self.read(field)?)),
            Node::Call(function, args) => self.call(function, &args, id, inner),
            Node::Not(of) => self.negated(of, inner),
            Node::And(..) | Node::Or(..) => {
                let all = matches!(self.store.node(id), Node::And(..));
                let (operator, level) = if all { (" && ", Level::And) } else { (" || ", Level::Or) };
                let leaves = self.needed(self.leaves(id), all);
                let mut parts = self.joined(&leaves, all, inner)?;
                if parts.len() == 1 {
                    return parts.pop().ok_or_else(|| "an empty condition".to_owned());
                }
                // Mixed with the other one, an operator is put into brackets, which nobody has to think about then.
                let parts: Vec<String> = parts.into_iter().map(|it| it.at(Level::Equality)).collect();
                Ok(Code::new(level, parts.join(operator)))
            }
            Node::Ite(when, then, other) => {
                if let Some(holds) = self.decided(when) {
                    return self.code(if holds { then } else { other }, inner);
                }
                let condition = self.code(when, inner)?.at(Level::Nullish);
                let then = self.under(when, |it| it.code(then, inner))?.at(Level::Nullish);
                let other = self.code(other, inner)?.text;
                Ok(Code::new(Level::Conditional, format!("{condition} ? {then} : {other}")))
            }
            Node::Lookup(table, key) => {
                let name = self.table(table, key);
                let key = self.code(key, inner)?.text;
                Ok(Code::new(Level::Postfix, format!("{name}.get({key})")))
            }
            Node::Input(_) | Node::Hole(_) | Node::Code(..) => Err("a value is not known".to_owned()),
        }
    }

    /// The operands of a chain of one operator, in order; what has a name is not looked into.
    pub(super) fn leaves(&self, id: ExprId) -> Vec<ExprId> {
        let all = matches!(self.store.node(id), Node::And(..));
        let mut out = Vec::new();
        let mut stack = vec![id];
        while let Some(next) = stack.pop() {
            let named = next != id && self.named.contains_key(&next);
            match (all, self.store.node(next)) {
                (true, Node::And(a, b)) | (false, Node::Or(a, b)) if !named => stack.extend([*b, *a]),
                (true | false, _) => out.push(next),
            }
        }
        out
    }

    /// Operands printed, several comparisons of one text with constants as one membership.
    fn joined(&mut self, leaves: &[ExprId], all: bool, depth: usize) -> Result<Vec<Code>, Unprinted> {
        let mut members: BTreeMap<ExprId, Vec<String>> = BTreeMap::new();
        let of: Vec<Option<(ExprId, String)>> = leaves.iter().map(|it| self.compared(*it, all)).collect();
        for (subject, text) in of.iter().flatten() {
            members.entry(*subject).or_default().push(text.clone());
        }
        let mut out = Vec::new();
        let known = self.known();
        for (leaf, compared) in leaves.iter().zip(&of) {
            let texts = compared.as_ref().and_then(|it| members.get(&it.0)).filter(|it| it.len() >= MEMBERS);
            let (Some(texts), Some((subject, first))) = (texts.cloned(), compared) else {
                out.push(self.code(*leaf, depth)?);
                // The operands behind are looked at only where this one held, or did not.
                if all {
                    self.holds(*leaf);
                } else {
                    self.refute(*leaf);
                }
                continue;
            };
            if texts.first() != Some(first) {
                continue;
            }
            let subject_code = self.code(*subject, depth)?.text;
            let not = if all { "!" } else { "" };
            let level = if all { Level::Unary } else { Level::Postfix };
            let text = if texts.len() < CONSTANT_MEMBERS {
                let list: Vec<String> = texts.iter().map(|it| text_literal(it)).collect();
                format!("{not}[{}].includes({subject_code})", list.join(", "))
            } else {
                format!("{not}{}.has({subject_code})", self.set(texts, *subject))
            };
            out.push(Code::new(level, text));
        }
        self.forget(known);
        Ok(out)
    }

    /// A comparison of something with a constant: positive, or negated where all have to hold.
    fn compared(&self, leaf: ExprId, negated: bool) -> Option<(ExprId, String)> {
        if self.named.contains_key(&leaf) {
            return None;
        }
        let inner = match (self.store.node(leaf), negated) {
            (Node::Not(inner), true) => *inner,
            (_, false) => leaf,
            (_, true) => return None,
        };
        let Node::Call(Fn::StrEq, args) = self.store.node(inner) else { return None };
        let [a, b] = two(args).ok()?;
        let (subject, constant) = if self.store.as_str(a).is_some() { (b, a) } else { (a, b) };
        let text = self.store.as_str(constant)?.to_string();
        self.store.as_str(subject).is_none().then_some((subject, text))
    }

    /// The optional itself where its text is compared with something else than what stands for absence.
    pub(super) fn optional(&self, subject: ExprId, constant: ExprId) -> ExprId {
        let Node::Call(Fn::Or, args) = self.store.node(subject) else { return subject };
        match (args.as_ref(), self.store.as_str(constant)) {
            ([optional, other], Some(wanted)) if self.store.as_str(*other).is_some_and(|it| it != wanted) => *optional,
            _ => subject,
        }
    }

    fn negated(&mut self, of: ExprId, depth: usize) -> Result<Code, Unprinted> {
        if self.named.contains_key(&of) {
            let it = self.code(of, depth)?.at(Level::Unary);
            return Ok(Code::new(Level::Unary, format!("!{it}")));
        }
        let operator = if let Node::Call(function, _) = self.store.node(of) { opposite(*function) } else { None };
        if let (Some((operator, level)), Node::Call(_, args)) = (operator, self.store.node(of).clone()) {
            let [a, b] = two(&args)?;
            if let Some(text) = self.empty_or_absent(a, b) {
                return self.code(text, depth);
            }
            return self.binary(a, operator, b, level, depth);
        }
        if let Node::Call(Fn::Present, args) = self.store.node(of).clone() {
            let [it] = one(&args)?;
            let it = self.code(it, depth)?.at(Level::Relational);
            return Ok(Code::new(Level::Equality, format!("{it} === undefined")));
        }
        let it = self.code(of, depth)?.at(Level::Unary);
        Ok(Code::new(Level::Unary, format!("!{it}")))
    }

    /// The optional of which two equal texts say that it is missing or empty, which is what `!text` asks.
    pub(super) fn empty_or_absent(&self, a: ExprId, b: ExprId) -> Option<ExprId> {
        let empty = |id: ExprId| self.store.as_str(id).is_some_and(|it| it.is_empty());
        let subject = if empty(a) { b } else { a };
        let Node::Call(Fn::Or, args) = self.store.node(subject) else { return None };
        let [optional, other] = two(args).ok()?;
        ((empty(a) || empty(b)) && empty(other)).then_some(optional)
    }

    pub(super) fn binary(
        &mut self,
        a: ExprId,
        operator: &str,
        b: ExprId,
        level: Level,
        depth: usize,
    ) -> Result<Code, Unprinted> {
        // A constant stands on the right, as people write it.
        let (a, b) = if level == Level::Equality && self.is_constant(a) { (b, a) } else { (a, b) };
        let a = self.optional(a, b);
        let tighter = if level == Level::Equality { Level::Relational } else { Level::Additive };
        let (a, b) = (self.code(a, depth)?.at(tighter), self.code(b, depth)?.at(tighter));
        Ok(Code::new(level, format!("{a} {operator} {b}")))
    }

    pub(super) fn is_constant(&self, id: ExprId) -> bool {
        matches!(self.store.node(id), Node::Str(_) | Node::Int(_))
    }

    fn read(&mut self, field: Field) -> Result<String, Unprinted> {
        let name = field.name.map(|it| self.store.str(it).to_string()).unwrap_or_default();
        let keyed = |method: &str| Ok(format!("seen.{method}({})", text_literal(&name)));
        match field.kind {
            FieldKind::Method => Ok("seen.method".to_owned()),
            FieldKind::Scheme => Ok("seen.scheme".to_owned()),
            FieldKind::Host => Ok("seen.host".to_owned()),
            FieldKind::Path => Ok("seen.path".to_owned()),
            FieldKind::Query => Ok("seen.query".to_owned()),
            FieldKind::ClientIp => Ok("seen.clientIp".to_owned()),
            FieldKind::Status => Ok("seen.status".to_owned()),
            FieldKind::ArgFirst => keyed("argument"),
            FieldKind::ArgAll => keyed("argumentValues"),
            FieldKind::HeaderFirst => keyed("header"),
            FieldKind::HeaderAll => keyed("headerLines"),
            FieldKind::CookieFirst => keyed("cookie"),
            FieldKind::CookieAll => keyed("cookieValues"),
            FieldKind::RespHeaderFirst => keyed("responseHeader"),
            FieldKind::RespHeaderAll => keyed("responseHeaderLines"),
            FieldKind::Visitor => keyed("visitor"),
            FieldKind::RespCookieAll => Err("it reads the cookies of the response".to_owned()),
        }
    }

    fn table(&mut self, table: TableId, key: ExprId) -> String {
        if let Some(name) = self.tables.get(&table) {
            return name.clone();
        }
        let name = self.names.constant(&table_name(self.store, key));
        let mut text = format!("const {name}: ReadonlyMap<string, string> = new Map([\n");
        for (key, value) in &self.store.rows(table).rows {
            text.push_str(&format!("  [{}, {}],\n", text_literal(key), text_literal(value)));
        }
        text.push_str("]);\n");
        self.constants.push(text);
        self.tables.insert(table, name.clone());
        name
    }

    fn set(&mut self, texts: Vec<String>, subject: ExprId) -> String {
        if let Some(name) = self.sets.get(&texts) {
            return name.clone();
        }
        let name = self.names.constant(&table_name(self.store, subject).replacen("BY_", "KNOWN_", 1));
        let mut text = format!("const {name}: ReadonlySet<string> = new Set([\n");
        for it in &texts {
            text.push_str(&format!("  {},\n", text_literal(it)));
        }
        text.push_str("]);\n");
        self.constants.push(text);
        self.sets.insert(texts, name.clone());
        name
    }
}

/// The operator that says the opposite of a comparison.
fn opposite(function: Fn) -> Option<(&'static str, Level)> {
    if matches!(function, Fn::StrEq | Fn::IntEq) {
        return Some(("!==", Level::Equality));
    }
    match (function == Fn::IntLt, function == Fn::IntLe) {
        (true, _) => Some((">=", Level::Relational)),
        (_, true) => Some((">", Level::Relational)),
        (false, false) => None,
    }
}

/// Whether a node has a printed form by itself.
fn printable(store: &Store, id: ExprId) -> Result<(), Unprinted> {
    match store.node(id) {
        Node::Code(region, ..) => Err(format!("it is not understood in full: {}", store.cause(*region).cause)),
        Node::Hole(name) => Err(format!("`{}` is filled in at deployment", store.str(*name))),
        Node::Input(draw) => Err(format!("it reads `{}`", draw.parts().0)),
        Node::Absent
        | Node::Bool(_)
        | Node::Int(_)
        | Node::Str(_)
        | Node::Read(_)
        | Node::Call(..)
        | Node::Not(_)
        | Node::And(..)
        | Node::Or(..)
        | Node::Ite(..)
        | Node::Lookup(..) => Ok(()),
    }
}

pub(super) fn ill_formed() -> Unprinted {
    "a function has another number of arguments".to_owned()
}

fn deeper(depth: usize) -> Result<(), Unprinted> {
    if depth > DEEPEST { Err(format!("an expression is nested more than {DEEPEST} deep")) } else { Ok(()) }
}

pub(super) fn two(args: &[ExprId]) -> Result<[ExprId; 2], Unprinted> {
    args.try_into().map_err(|_| ill_formed())
}
