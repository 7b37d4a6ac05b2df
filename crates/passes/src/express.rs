//! `express`: an edge expression in the rules language, exact inside the profile's domain facts, or the reason why not.
//!
//! A missing value makes every comparison false in the rules language. So a comparison of an optional text with its default is
//! split by what it says of the default, `ne` is never written, and a value is only computed where its parts are there. Nothing here
//! recurses deeper than [`DEPTH`]; chains of `and`, `or` and `concat` are walked with a stack.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these matches look for one shape; whatever else there is or will be is refused or says nothing"
)]

use std::collections::BTreeSet;

use edge::{ExprId, FieldKind, Fn, Node, Store};
use target::lang::{self, CompareOp, Expr, Func, Set};
use target::limits::{Limit, Limits};
use target::phase::Phase;
use target::plan::Plan;

use crate::facts::Facts;
use crate::forms::{choose, constant, escape_literal, join_equalities};
use crate::js_regex::{self, Plain};
use crate::pieces::replacements;
use crate::{field, strengthen};

/// Most levels that are followed; the rules language allows fewer.
const DEPTH: usize = 60;

/// Most nodes of an expression written out; what has more cannot fit into a rule.
pub(crate) const NODES: u32 = 4096;

/// Why something is not said in a rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Refusal {
    pub(crate) code: &'static diag::Code,
    pub(crate) message: String,
    /// The class that would allow it once accepted.
    pub(crate) class: Option<&'static str>,
}

impl Refusal {
    pub(crate) fn new(code: &'static diag::Code, message: impl Into<String>) -> Refusal {
        Refusal { code, message: message.into(), class: None }
    }
}

/// Why a value is not there yet.
#[derive(Debug)]
pub(crate) enum Stop {
    Refuse(Refusal),
    /// It depends on this condition, of which nothing is known.
    Split(ExprId),
}

impl From<Refusal> for Stop {
    fn from(it: Refusal) -> Stop {
        Stop::Refuse(it)
    }
}

/// A predicate on one text.
#[derive(Clone)]
pub(crate) enum Ask {
    Eq(String),
    Starts(String),
    Ends(String),
    Contains(String),
    /// A JavaScript pattern and its flags.
    Pattern(String, String),
}

/// The translation of one behavior for one phase.
pub(crate) struct Express<'a> {
    pub(crate) store: &'a mut Store,
    pub(crate) phase: Phase,
    pub(crate) limits: &'a Limits,
    /// Rules of the zone rewrite the URL before this phase.
    pub(crate) rewritten: bool,
    /// Request parts that a request hook changes, for a response hook that reads them.
    pub(crate) written: &'a BTreeSet<(FieldKind, Option<String>)>,
    /// Members of the profile and facts that the translation rests on.
    pub(crate) notes: BTreeSet<String>,
    /// The least plan for what was used.
    pub(crate) minimum: Plan,
    pub(crate) facts: Facts,
}

impl<'a> Express<'a> {
    pub(crate) fn new(
        store: &'a mut Store,
        phase: Phase,
        limits: &'a Limits,
        rewritten: bool,
        written: &'a BTreeSet<(FieldKind, Option<String>)>,
    ) -> Express<'a> {
        Express {
            store,
            phase,
            limits,
            rewritten: rewritten && phase > Phase::UrlRewrite,
            written,
            notes: BTreeSet::new(),
            minimum: Plan::Free,
            facts: Facts::default(),
        }
    }

    /// A boolean expression as a filter.
    pub(crate) fn filter(&mut self, id: ExprId) -> Result<Expr, Refusal> {
        let plain = strengthen::condition(self.store, id, &self.facts, true);
        if self.facts.used_domain() {
            self.domain();
        }
        if self.store.size(plain) > NODES {
            return Err(Refusal::new(&diag::codes::EXPRESSION_TOO_LONG, "the condition is larger than a rule can be"));
        }
        self.condition(plain, 0)
    }

    /// Whether something is known to hold or not, from the guard and the alternative at hand.
    pub(crate) fn known(&self, id: ExprId) -> Option<bool> {
        self.facts.decide(self.store, id)
    }

    pub(crate) fn learn(&mut self, id: ExprId, value: bool) {
        let plain = strengthen::condition(self.store, id, &self.facts, true);
        self.facts.learn(self.store, id, value);
        self.facts.learn(self.store, plain, value);
    }

    /// Takes the guard as all that is known.
    pub(crate) fn assume(&mut self, guard: ExprId) {
        self.facts = Facts::default();
        self.learn(guard, true);
    }

    /// A value as plain as it gets under what is known.
    pub(crate) fn value(&mut self, id: ExprId) -> ExprId {
        let plain = strengthen::value(self.store, id, &self.facts, true);
        if self.facts.used_domain() {
            self.domain();
        }
        plain
    }

    fn deep(depth: usize) -> Result<(), Refusal> {
        if depth > DEPTH {
            return Err(Refusal::new(
                &diag::codes::EXPRESSION_TOO_LONG,
                "the expression is nested deeper than a rule can be",
            ));
        }
        Ok(())
    }

    fn condition(&mut self, id: ExprId, depth: usize) -> Result<Expr, Refusal> {
        Self::deep(depth)?;
        match self.store.node(id).clone() {
            Node::Bool(it) => Ok(Expr::Bool(it)),
            Node::Not(a) => Ok(lang::not(self.condition(a, depth + 1)?)),
            Node::And(..) => {
                let mut parts = Vec::new();
                for it in self.flat(id, true) {
                    let part = self.condition(it, depth + 1)?;
                    let more = if let Expr::And(more) = part { more } else { vec![part] };
                    parts.extend(more.into_iter().filter(|it| !parts.contains(it)).collect::<Vec<_>>());
                }
                Ok(lang::and(parts))
            }
            Node::Or(..) => {
                let mut parts = Vec::new();
                for it in self.flat(id, false) {
                    parts.push(self.condition(it, depth + 1)?);
                }
                Ok(join_equalities(parts))
            }
            Node::Ite(c, a, b) => {
                let (c, a, b) =
                    (self.condition(c, depth + 1)?, self.condition(a, depth + 1)?, self.condition(b, depth + 1)?);
                Ok(choose(c, a, b))
            }
            Node::Call(function, args) => self.predicate(function, &args, depth),
            Node::Code(region, ..) => {
                let cause = self.store.cause(region).cause.clone();
                Err(Refusal::new(&diag::codes::NOT_UNDERSTOOD, format!("the condition depends on code: {cause}")))
            }
            Node::Absent
            | Node::Int(_)
            | Node::Str(_)
            | Node::Read(_)
            | Node::Input(_)
            | Node::Hole(_)
            | Node::Lookup(..) => Err(value_refusal("the condition has no form in the rules language")),
        }
    }

    /// The parts of a chain of one operator, in order.
    fn flat(&self, root: ExprId, conjunction: bool) -> Vec<ExprId> {
        let (mut pending, mut parts) = (vec![root], Vec::new());
        while let Some(id) = pending.pop() {
            match self.store.node(id) {
                Node::And(a, b) if conjunction => pending.extend([*b, *a]),
                Node::Or(a, b) if !conjunction => pending.extend([*b, *a]),
                _ => parts.push(id),
            }
        }
        parts
    }

    fn predicate(&mut self, function: Fn, args: &[ExprId], depth: usize) -> Result<Expr, Refusal> {
        let (Some(first), second) = (args.first().copied(), args.get(1).copied()) else {
            return Err(value_refusal("a call without arguments"));
        };
        let text = |store: &Store, at: Option<ExprId>| at.and_then(|it| store.as_str(it)).map(|it| it.to_string());
        let ask = match function {
            Fn::Present => return self.present(first, depth + 1),
            Fn::StrEq => {
                let (subject, with) = match (text(self.store, second), text(self.store, Some(first)), second) {
                    (Some(with), ..) => (first, with),
                    (None, Some(with), Some(second)) => (second, with),
                    (None, ..) => return Err(value_refusal("two computed texts are compared (fact-40)")),
                };
                let subject = if with.is_empty() { self.as_sent(subject) } else { subject };
                return self.ask(subject, &Ask::Eq(with), depth + 1);
            }
            Fn::StartsWith => text(self.store, second).map(Ask::Starts),
            Fn::EndsWith => text(self.store, second).map(Ask::Ends),
            Fn::Contains => {
                if let (Some(wanted), Some(path)) = (text(self.store, second), self.last_segment_of(first)) {
                    return self.in_last_segment(path, &wanted, depth);
                }
                text(self.store, second).map(Ask::Contains)
            }
            Fn::JsMatches => match (text(self.store, second), text(self.store, args.get(2).copied())) {
                (Some(pattern), Some(flags)) => Some(Ask::Pattern(pattern, flags)),
                _ => None,
            },
            Fn::IntEq | Fn::IntLt | Fn::IntLe => return self.compare_numbers(function, first, second),
            Fn::Some
            | Fn::Or
            | Fn::Concat
            | Fn::JsLower
            | Fn::JsUpper
            | Fn::JsTrim
            | Fn::JsLength
            | Fn::JsSliceFrom
            | Fn::JsSlice
            | Fn::Before
            | Fn::AfterLast
            | Fn::JsSplitAt
            | Fn::JsSplitCount
            | Fn::QueryEvery
            | Fn::QueryFirst
            | Fn::ReplaceFirst
            | Fn::ReplaceAll
            | Fn::JsReplace
            | Fn::JsEncodeComponent
            | Fn::IntText
            | Fn::IntAdd
            | Fn::ListEmpty
            | Fn::ListPush
            | Fn::ListSetFirst => None,
        };
        match ask {
            Some(ask) => self.ask(first, &ask, depth + 1),
            None => Err(value_refusal(format!("`{}` with computed arguments has no counterpart", function.row().name))),
        }
    }

    /// The query as it came, in the place of one that is written anew from its arguments: both are empty at once, as no query
    /// is made of `&` alone.
    fn as_sent(&mut self, id: ExprId) -> ExprId {
        match self.store.node(id) {
            Node::Call(Fn::QueryEvery | Fn::QueryFirst, args) => {
                let sent = args.first().copied();
                self.notes.insert("domain-facts".to_owned());
                sent.unwrap_or(id)
            }
            _ => id,
        }
    }

    /// `x` where the expression is the last segment of `x`.
    fn last_segment_of(&self, id: ExprId) -> Option<ExprId> {
        let Node::Call(Fn::AfterLast, args) = self.store.node(id) else { return None };
        let slash = self.store.as_str(*args.get(1)?)?;
        (&**slash == "/").then(|| args.first().copied()).flatten()
    }

    /// The extension field is not used: it is empty for names that end in a dot and for names that begin with one.
    fn in_last_segment(&mut self, of: ExprId, wanted: &str, depth: usize) -> Result<Expr, Refusal> {
        if wanted.contains('/') || wanted.is_empty() {
            return Err(value_refusal("a search in the last segment of the path"));
        }
        let pattern = format!("{}[^/]*$", escape_literal(wanted));
        self.ask(of, &Ask::Pattern(pattern, String::new()), depth + 1)
    }

    fn compare_numbers(&mut self, function: Fn, left: ExprId, right: Option<ExprId>) -> Result<Expr, Refusal> {
        let Some(right) = right else { return Err(value_refusal("a comparison without a right side")) };
        let (subject, number, turned) = match (self.store.as_int(left), self.store.as_int(right)) {
            (None, Some(it)) => (left, it, false),
            (Some(it), None) => (right, it, true),
            (Some(_), Some(_)) | (None, None) => return Err(value_refusal("two computed numbers are compared")),
        };
        let expr = match self.store.node(subject).clone() {
            Node::Read(field) if field.kind == FieldKind::Status => field::named("http.response.code")?,
            Node::Call(Fn::JsLength, args) => {
                let of = args.first().copied().unwrap_or(subject);
                let text = self.text(of, 0).map_err(|it| match it {
                    Stop::Refuse(it) => it,
                    Stop::Split(_) => value_refusal("the length of a text that may be missing"),
                })?;
                if replacements(&text) > 0 {
                    return Err(value_refusal("the length of a text in which something is replaced"));
                }
                lang::call(Func::Len, vec![text])
            }
            Node::Input(_) => return Err(value_refusal("the condition draws a random number or asks the clock")),
            Node::Code(region, ..) => {
                let cause = self.store.cause(region).cause.clone();
                return Err(Refusal::new(
                    &diag::codes::NOT_UNDERSTOOD,
                    format!("the condition depends on code: {cause}"),
                ));
            }
            _ => return Err(value_refusal("a number that the rules language does not know")),
        };
        let op = match (function, turned) {
            (Fn::IntLt, false) => CompareOp::Lt,
            (Fn::IntLt, true) => CompareOp::Gt,
            (Fn::IntLe, false) => CompareOp::Le,
            (Fn::IntLe, true) => CompareOp::Ge,
            _ => CompareOp::Eq,
        };
        Ok(Expr::Compare { op, left: Box::new(expr), right: Box::new(Expr::Int(number)) })
    }

    fn present(&mut self, id: ExprId, depth: usize) -> Result<Expr, Refusal> {
        Self::deep(depth)?;
        match self.store.node(id).clone() {
            Node::Absent => Ok(Expr::Bool(false)),
            Node::Call(Fn::Some, _) => Ok(Expr::Bool(true)),
            Node::Ite(c, a, b) => {
                let (c, a, b) =
                    (self.condition(c, depth + 1)?, self.present(a, depth + 1)?, self.present(b, depth + 1)?);
                Ok(choose(c, a, b))
            }
            Node::Read(read) => match read.kind {
                FieldKind::Query => Err(value_refusal("whether there is a `?` at all cannot be asked (fact-32)")),
                FieldKind::Visitor => {
                    let country = self.read(id)?;
                    let unknown = Set::Strings(vec!["XX".into(), String::new()]);
                    Ok(lang::not(Expr::In { left: Box::new(country), set: unknown }))
                }
                _ => Ok(lang::present(self.read(id)?)),
            },
            _ => Err(value_refusal("whether a computed value is there has no form in the rules language")),
        }
    }

    /// A predicate on a text or an optional text; of a missing one every predicate is false.
    fn ask(&mut self, id: ExprId, ask: &Ask, depth: usize) -> Result<Expr, Refusal> {
        Self::deep(depth)?;
        if let Some(text) = self.store.as_str(id).cloned() {
            return constant(&text, ask).map(Expr::Bool).ok_or_else(|| value_refusal("a pattern on a fixed text"));
        }
        match self.store.node(id).clone() {
            Node::Absent => Ok(Expr::Bool(false)),
            Node::Ite(c, a, b) => {
                let (c, a, b) =
                    (self.condition(c, depth + 1)?, self.ask(a, ask, depth + 1)?, self.ask(b, ask, depth + 1)?);
                Ok(choose(c, a, b))
            }
            Node::Call(Fn::Some, args) => self.ask(args.first().copied().unwrap_or(id), ask, depth + 1),
            Node::Call(Fn::Or, args) => {
                let (Some(opt), Some(default)) = (args.first().copied(), args.get(1).copied()) else {
                    return Err(value_refusal("a default without a value"));
                };
                let there = self.ask(opt, ask, depth + 1)?;
                let otherwise = self.ask(default, ask, depth + 1)?;
                if otherwise == Expr::Bool(false) {
                    return Ok(there);
                }
                // An absent query and an empty one read alike here, which is what the default makes of them.
                if matches!(self.store.node(opt), Node::Read(it) if it.kind == FieldKind::Query)
                    && self.store.as_str(default).is_some_and(|it| it.is_empty())
                {
                    return Ok(there);
                }
                let present = self.present(opt, depth + 1)?;
                Ok(lang::or([lang::and([lang::not(present), otherwise]), there]))
            }
            Node::Read(read) if read.kind == FieldKind::Scheme => {
                let asked = |it: &str| constant(it, ask).ok_or_else(|| value_refusal("a pattern on the scheme"));
                Ok(choose(field::named("ssl")?, Expr::Bool(asked("https")?), Expr::Bool(asked("http")?)))
            }
            Node::Read(read) if read.kind == FieldKind::ClientIp => match ask {
                Ask::Eq(address) if address.parse::<std::net::Ipv4Addr>().is_ok() => {
                    self.domain();
                    Ok(lang::eq(field::named("ip.src")?, Expr::Ip(address.clone())))
                }
                _ => Err(value_refusal("the visitor's address is compared as text")),
            },
            Node::Read(_) => {
                let text = self.read(id)?;
                self.compare(text, ask)
            }
            _ => match self.text(id, depth + 1) {
                Ok(Expr::Str(text)) => {
                    constant(&text, ask).map(Expr::Bool).ok_or_else(|| value_refusal("a pattern on a fixed text"))
                }
                Ok(text) if replacements(&text) > 0 => {
                    Err(value_refusal("a text in which something is replaced cannot be asked about"))
                }
                Ok(text) => self.compare(text, ask),
                Err(Stop::Refuse(it)) => Err(it),
                Err(Stop::Split(condition)) => {
                    let before = self.facts.clone();
                    let asked = self.condition(condition, depth + 1)?;
                    self.learn(condition, true);
                    let there = self.ask(id, ask, depth + 1);
                    self.facts.clone_from(&before);
                    self.learn(condition, false);
                    let otherwise = self.ask(id, ask, depth + 1);
                    self.facts = before;
                    Ok(choose(asked, there?, otherwise?))
                }
            },
        }
    }

    fn compare(&mut self, text: Expr, ask: &Ask) -> Result<Expr, Refusal> {
        let by = |op, text: Expr, with: &str| Expr::Compare {
            op,
            left: Box::new(text),
            right: Box::new(Expr::Str(with.to_owned())),
        };
        match ask {
            Ask::Eq(with) => Ok(lang::eq(text, lang::string(with.clone()))),
            Ask::Starts(with) if with.is_empty() => Ok(lang::present(text)),
            Ask::Ends(with) if with.is_empty() => Ok(lang::present(text)),
            Ask::Starts(with) => Ok(lang::call(Func::StartsWith, vec![text, lang::string(with.clone())])),
            Ask::Ends(with) => Ok(lang::call(Func::EndsWith, vec![text, lang::string(with.clone())])),
            Ask::Contains(with) => Ok(by(CompareOp::Contains, text, with)),
            Ask::Pattern(pattern, flags) => {
                if let Some(plain) = js_regex::plain(pattern, flags) {
                    let text = if flags.contains('i') { lang::call(Func::Lower, vec![text]) } else { text };
                    let mut parts = Vec::new();
                    for it in plain {
                        parts.push(match it {
                            Plain::All => lang::present(text.clone()),
                            Plain::Eq(it) => lang::eq(text.clone(), lang::string(it)),
                            Plain::Starts(it) => self.compare(text.clone(), &Ask::Starts(it))?,
                            Plain::Ends(it) => self.compare(text.clone(), &Ask::Ends(it))?,
                            Plain::Contains(it) => by(CompareOp::Contains, text.clone(), &it),
                            Plain::Wildcard(it) => by(CompareOp::StrictWildcard, text.clone(), &it),
                        });
                    }
                    return Ok(join_equalities(parts));
                }
                // One letter of many needs no regular expression where the plan has none.
                if !self.limits.allows(Limit::Regex)
                    && flags.is_empty()
                    && let Some(letters) = js_regex::one_of_letters(pattern)
                {
                    return Ok(lang::or(letters.iter().map(|it| by(CompareOp::Contains, text.clone(), it))));
                }
                let rust = js_regex::translate(pattern, flags).map_err(|it| {
                    Refusal::new(&diag::codes::REGEX_NOT_EXPRESSIBLE, format!("/{pattern}/{flags}: {it}"))
                })?;
                self.regex(&format!("/{pattern}/{flags}"))?;
                Ok(by(CompareOp::Matches, text, &rust))
            }
        }
    }

    /// Notes that a regular expression is used, where the plan has them.
    pub(crate) fn regex(&mut self, what: &str) -> Result<(), Refusal> {
        if !self.limits.allows(Limit::Regex) {
            return Err(Refusal::new(&diag::codes::REGEX_NEEDS_BUSINESS, format!("{what} needs the plan business")));
        }
        self.minimum = self.minimum.max(Plan::Business);
        Ok(())
    }

    /// Notes that the translation rests on the domain facts.
    pub(crate) fn domain(&mut self) {
        self.notes.insert("domain-facts".into());
    }

    /// The field of a read.
    pub(crate) fn read(&mut self, id: ExprId) -> Result<Expr, Refusal> {
        let Node::Read(read) = *self.store.node(id) else { return Err(value_refusal("not a field")) };
        let name = read.name.map(|it| self.store.str(it).to_string());
        if self.phase.is_response() && field::touched(self.written, read.kind, name.as_deref()) {
            return Err(Refusal::new(
                &diag::codes::STAYS_WITH_CODE,
                "the response function reads a part of the request that a request function changes",
            ));
        }
        if read.kind == FieldKind::CookieFirst {
            self.notes.insert("fact-37".into());
            self.minimum = self.minimum.max(Plan::Pro);
        }
        if read.kind == FieldKind::Visitor {
            // Every place on Cloudflare, the Worker too, reads this one database, so code would be no closer to the source.
            self.notes.extend(["fact-54".to_owned(), "geo-database".to_owned()]);
        }
        if read.kind != FieldKind::Status {
            self.domain();
        }
        field::of(read.kind, name.as_deref(), self.rewritten)
    }
}

/// A refusal for a value without counterpart.
pub(crate) fn value_refusal(message: impl Into<String>) -> Refusal {
    Refusal::new(&diag::codes::VALUE_NOT_EXPRESSIBLE, message)
}
