//! What is known of conditions and texts where a guard holds: what was learned from it, and what follows.
//!
//! Everything here is sound and incomplete: an answer is right on every request on which all that was learned is true; no answer says
//! nothing. Lengths count bytes, which are UTF-16 units on the ASCII text of the domain facts.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these matches look for one shape; whatever else there is or will be is refused or says nothing"
)]

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use edge::{ExprId, FieldKind, Fn, Node, Store};

use crate::disjoint::one_of;
use crate::js_regex::{self, Plain};
use crate::parts::last_parts;

/// Most levels that are followed.
const DEPTH: usize = 60;

/// A question about one text.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Shape {
    Eq,
    Starts,
    Ends,
    Contains,
}

impl Shape {
    /// The question that a function asks of its first argument.
    pub(crate) fn of(function: Fn) -> Option<Shape> {
        match function {
            Fn::StrEq => Some(Shape::Eq),
            Fn::StartsWith => Some(Shape::Starts),
            Fn::EndsWith => Some(Shape::Ends),
            Fn::Contains => Some(Shape::Contains),
            _ => None,
        }
    }

    /// The function that asks it.
    pub(crate) fn function(self) -> Fn {
        match self {
            Shape::Eq => Fn::StrEq,
            Shape::Starts => Fn::StartsWith,
            Shape::Ends => Fn::EndsWith,
            Shape::Contains => Fn::Contains,
        }
    }

    /// What a comparison that holds says of another one with the same text.
    fn says(self, text: &str, other: Shape, with: &str) -> Option<bool> {
        let (holds, fails) = match (self, other) {
            (Shape::Eq, _) => (other.ask(text, with), !other.ask(text, with)),
            (_, Shape::Eq) => (false, !self.ask(with, text)),
            (Shape::Starts, Shape::Starts) => (text.starts_with(with), !with.starts_with(text)),
            (Shape::Ends, Shape::Ends) => (text.ends_with(with), !with.ends_with(text)),
            (_, Shape::Contains) => (text.contains(with), false),
            (Shape::Starts | Shape::Ends | Shape::Contains, Shape::Starts | Shape::Ends) => (false, false),
        };
        if holds { Some(true) } else { fails.then_some(false) }
    }

    /// The answer for a fixed text.
    pub(crate) fn ask(self, text: &str, with: &str) -> bool {
        match self {
            Shape::Eq => text == with,
            Shape::Starts => text.starts_with(with),
            Shape::Ends => text.ends_with(with),
            Shape::Contains => text.contains(with),
        }
    }
}

/// Comparisons of one text with constants.
type Comparisons = Vec<(Shape, Arc<str>)>;

/// Conditions that hold or fail, and what that says of texts.
#[derive(Clone, Default, Debug)]
pub(crate) struct Facts {
    known: BTreeMap<ExprId, bool>,
    texts: BTreeMap<ExprId, Vec<(Shape, Arc<str>, bool)>>,
    /// Texts that a subject is one of.
    among: BTreeMap<ExprId, Arc<BTreeSet<String>>>,
    /// Comparisons of which one holds at least.
    some: BTreeMap<ExprId, Arc<Comparisons>>,
    /// Optional texts that are missing.
    absent: BTreeSet<ExprId>,
    /// Optional texts that are there.
    there: BTreeSet<ExprId>,
    /// Least lengths.
    longer: BTreeMap<ExprId, usize>,
    /// Whether an answer rested on the domain facts.
    domain: Cell<bool>,
}

/// A comparison of a text with a fixed one, either way round.
pub(crate) fn comparison(store: &Store, function: Fn, args: &[ExprId]) -> Option<(Shape, ExprId, Arc<str>)> {
    let shape = Shape::of(function)?;
    let (first, second) = (*args.first()?, *args.get(1)?);
    match (store.as_str(first), store.as_str(second)) {
        (None, Some(text)) => Some((shape, first, text.clone())),
        (Some(text), None) if shape == Shape::Eq => Some((shape, second, text.clone())),
        (Some(_), _) | (None, None) => None,
    }
}

impl Facts {
    /// Whether some answer rested on the domain facts.
    pub(crate) fn used_domain(&self) -> bool {
        self.domain.get()
    }

    /// Says that an answer rests on the domain facts.
    pub(crate) fn rest_on_domain(&self) {
        self.domain.set(true);
    }

    /// A subject is one of these texts.
    pub(crate) fn one_of(&mut self, subject: ExprId, texts: BTreeSet<String>) {
        let texts = match self.among.get(&subject) {
            Some(known) => known.intersection(&texts).cloned().collect(),
            None => texts,
        };
        self.among.insert(subject, Arc::new(texts));
    }

    /// Takes in that a condition holds, or that it does not.
    pub(crate) fn learn(&mut self, store: &mut Store, root: ExprId, value: bool) {
        let mut pending = vec![(root, value)];
        while let Some((id, value)) = pending.pop() {
            if self.known.insert(id, value).is_some() {
                continue;
            }
            match store.node(id).clone() {
                Node::Not(a) => pending.push((a, !value)),
                Node::And(a, b) if value => pending.extend([(a, true), (b, true)]),
                Node::Or(a, b) if !value => pending.extend([(a, false), (b, false)]),
                Node::Or(..) => {
                    if let Some((subject, texts)) = one_of(store, id) {
                        pending.extend(not_default(store, subject, &texts).map(|it| (it, true)));
                        self.one_of(subject, texts);
                    } else if let Some((subject, all)) = some_of(store, id) {
                        self.some.insert(subject, Arc::new(all));
                        if let Some((part, texts)) = last_parts(store, id) {
                            self.one_of(part, texts);
                        }
                    }
                }
                Node::Call(Fn::Present, args) if value => self.there.extend(args.first()),
                Node::Call(Fn::Present, args) => self.absent.extend(args.first()),
                Node::Call(Fn::JsMatches, args) => self.learn_pattern(store, &args, value),
                Node::Call(Fn::IntLt | Fn::IntLe, args) if value => self.learn_length(store, id, &args),
                Node::Call(function, args) => {
                    if let Some((shape, subject, text)) = comparison(store, function, &args) {
                        if let Some(present) = implied_presence(store, subject, shape, &text, value) {
                            pending.push((present, true));
                        }
                        self.texts.entry(subject).or_default().push((shape, text, value));
                        if let Some((part, texts)) = last_parts(store, id).filter(|_| value && shape == Shape::Ends) {
                            self.one_of(part, texts);
                        }
                        self.learn_case(store, subject);
                    }
                }
                _ => {}
            }
        }
    }

    /// A text is as long as the same text in one case, as far as both are ASCII.
    fn learn_case(&mut self, store: &Store, subject: ExprId) {
        if let Node::Call(Fn::JsLower | Fn::JsUpper, args) = store.node(subject)
            && let Some(of) = args.first()
        {
            let least = self.length(store, subject);
            let known = self.longer.entry(*of).or_default();
            *known = least.max(*known);
            self.domain.set(true);
        }
    }

    fn learn_pattern(&mut self, store: &Store, args: &[ExprId], value: bool) {
        let text = |n: usize| args.get(n).and_then(|it| store.as_str(*it));
        let (Some(subject), Some(pattern), Some(flags)) = (args.first(), text(1), text(2)) else { return };
        if !flags.is_empty() {
            return;
        }
        let Some(plain) = js_regex::plain(pattern, flags) else { return };
        if value && plain.len() != 1 {
            return;
        }
        for it in plain {
            let (shape, text) = match it {
                Plain::Eq(it) => (Shape::Eq, it),
                Plain::Starts(it) => (Shape::Starts, it),
                Plain::Ends(it) => (Shape::Ends, it),
                Plain::Contains(it) => (Shape::Contains, it),
                Plain::All | Plain::Wildcard(_) => continue,
            };
            self.texts.entry(*subject).or_default().push((shape, Arc::from(text), value));
        }
    }

    fn learn_length(&mut self, store: &Store, id: ExprId, args: &[ExprId]) {
        let (Some(number), Some(of)) = (args.first().and_then(|it| store.as_int(*it)), args.get(1)) else { return };
        let Node::Call(Fn::JsLength, inner) = store.node(*of) else { return };
        let strict = matches!(store.node(id), Node::Call(Fn::IntLt, _));
        let (Some(subject), Ok(least)) = (inner.first(), usize::try_from(number.saturating_add(i64::from(strict))))
        else {
            return;
        };
        let known = self.longer.entry(*subject).or_default();
        *known = least.max(*known);
    }

    /// Whether a condition is known to hold or to fail.
    pub(crate) fn decide(&self, store: &Store, id: ExprId) -> Option<bool> {
        self.decide_at(store, id, 0)
    }

    fn decide_at(&self, store: &Store, id: ExprId, depth: usize) -> Option<bool> {
        if let Some(it) = self.known.get(&id) {
            return Some(*it);
        }
        if depth > DEPTH {
            return None;
        }
        match store.node(id) {
            Node::Bool(it) => Some(*it),
            Node::Not(a) => self.decide_at(store, *a, depth + 1).map(|it| !it),
            Node::And(a, b) => match (self.decide_at(store, *a, depth + 1), self.decide_at(store, *b, depth + 1)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                (Some(true) | None, None) | (None, Some(true)) => None,
            },
            Node::Or(a, b) => match (self.decide_at(store, *a, depth + 1), self.decide_at(store, *b, depth + 1)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                (Some(false) | None, None) | (None, Some(false)) if self.among.is_empty() => None,
                (Some(false) | None, None) | (None, Some(false)) => {
                    let (subject, texts) = one_of(store, id)?;
                    let among = self.among.get(&subject)?;
                    (!among.is_empty() && among.is_subset(&texts)).then_some(true)
                }
            },
            Node::Call(Fn::Present, args) => self.has_row(store, *args.first()?),
            Node::Call(function, args) => {
                let (shape, subject, text) = comparison(store, *function, args)?;
                self.text(store, subject, shape, &text)
            }
            _ => None,
        }
    }

    /// Whether a look-up finds a row.
    fn has_row(&self, store: &Store, id: ExprId) -> Option<bool> {
        let Node::Lookup(table, key) = store.node(id) else { return None };
        let rows = &store.rows(*table).rows;
        if let Some(fixed) = self.fixed(store, *key) {
            return Some(rows.contains_key(&*fixed));
        }
        if let Some(among) = self.among.get(key).filter(|it| it.iter().all(|it| rows.contains_key(&**it))) {
            return (!among.is_empty()).then_some(true);
        }
        let none = rows.len() <= 4096 && rows.keys().all(|it| self.text(store, *key, Shape::Eq, it) == Some(false));
        none.then_some(false)
    }

    /// The one text that a subject is known to be.
    pub(crate) fn fixed(&self, store: &Store, id: ExprId) -> Option<Arc<str>> {
        if let Some(it) = store.as_str(id) {
            return Some(it.clone());
        }
        if let Node::Call(Fn::Or, args) = store.node(id)
            && args.first().is_some_and(|it| self.absent.contains(it))
        {
            return store.as_str(*args.get(1)?).cloned();
        }
        let said = self.texts.get(&id).into_iter().flatten();
        let equal =
            said.clone().find(|(shape, _, holds)| *shape == Shape::Eq && *holds).map(|(_, text, _)| text.clone());
        equal.or_else(|| match self.members(id).as_slice() {
            [one] => Some(Arc::from(*one)),
            _ => None,
        })
    }

    /// The texts that a subject may still be, where it is known to be one of several.
    pub(crate) fn members(&self, id: ExprId) -> Vec<&str> {
        let possible = |it: &&String| {
            let mut said = self.texts.get(&id).into_iter().flatten();
            said.all(|(shape, text, holds)| shape.ask(it, text) == *holds)
        };
        self.among.get(&id).into_iter().flat_map(|it| it.iter()).filter(possible).map(String::as_str).collect()
    }

    /// The answer to a question about a text.
    pub(crate) fn text(&self, store: &Store, id: ExprId, shape: Shape, with: &str) -> Option<bool> {
        if let Some(text) = self.fixed(store, id) {
            return Some(shape.ask(&text, with));
        }
        if with.is_empty() && shape != Shape::Eq {
            return Some(true);
        }
        if let Some(among) = self.among.get(&id) {
            let yes = among.iter().filter(|it| shape.ask(it, with)).count();
            if yes == 0 || yes == among.len() {
                return Some(yes > 0);
            }
        }
        let empty = Vec::new();
        let facts = self.texts.get(&id).unwrap_or(&empty);
        // What was said of the text, and then what a path and the parts of a text say by themselves.
        let said = self.text_by(shape, with, &self.said_prefix(id), &self.said_suffix(id), facts, self.said_length(id));
        if said.is_some() {
            return said;
        }
        let (prefix, suffix) = (self.prefix(store, id), self.suffix(store, id));
        let found = self.text_by(shape, with, &prefix, &suffix, facts, self.length(store, id));
        if found.is_some() {
            self.domain.set(true);
        }
        // Where one of several comparisons holds, what all of them say.
        found.or_else(|| {
            let mut all = self.some.get(&id)?.iter().map(|(said, text)| said.says(text, shape, with));
            let first = all.next()??;
            all.all(|it| it == Some(first)).then_some(first)
        })
    }

    fn text_by(
        &self,
        shape: Shape,
        with: &str,
        prefix: &str,
        suffix: &str,
        facts: &[(Shape, Arc<str>, bool)],
        length: usize,
    ) -> Option<bool> {
        let fails = |of: Shape| facts.iter().filter(move |it| it.0 == of && !it.2).map(|it| &*it.1);
        match shape {
            Shape::Eq => {
                let possible = with.len() >= length
                    && with.starts_with(prefix)
                    && with.ends_with(suffix)
                    && facts.iter().all(|(shape, text, holds)| shape.ask(with, text) == *holds);
                (!possible).then_some(false)
            }
            Shape::Starts => {
                let impossible = !(with.starts_with(prefix) || prefix.starts_with(with))
                    || fails(Shape::Starts).any(|it| with.starts_with(it))
                    || fails(Shape::Contains).any(|it| with.contains(it));
                if prefix.starts_with(with) { Some(true) } else { impossible.then_some(false) }
            }
            Shape::Ends => {
                let impossible = !(with.ends_with(suffix) || suffix.ends_with(with))
                    || fails(Shape::Ends).any(|it| with.ends_with(it))
                    || fails(Shape::Contains).any(|it| with.contains(it));
                if suffix.ends_with(with) { Some(true) } else { impossible.then_some(false) }
            }
            Shape::Contains => {
                let holds = prefix.contains(with)
                    || suffix.contains(with)
                    || facts.iter().any(|(_, text, holds)| *holds && text.contains(with));
                let impossible = fails(Shape::Contains).any(|it| with.contains(it));
                if holds { Some(true) } else { impossible.then_some(false) }
            }
        }
    }

    fn longest(&self, id: ExprId, shape: Shape) -> String {
        let facts = self.texts.get(&id).into_iter().flatten();
        let told = facts.filter(|(of, _, holds)| *holds && (*of == shape || *of == Shape::Eq)).map(|it| &it.1);
        told.max_by_key(|it| it.len()).map(|it| it.to_string()).unwrap_or_default()
    }

    fn said_prefix(&self, id: ExprId) -> String {
        self.longest(id, Shape::Starts)
    }

    fn said_suffix(&self, id: ExprId) -> String {
        self.longest(id, Shape::Ends)
    }

    fn said_length(&self, id: ExprId) -> usize {
        let told = self.texts.get(&id).into_iter().flatten().filter(|it| it.2).map(|it| it.1.len()).max();
        told.unwrap_or(0).max(self.longer.get(&id).copied().unwrap_or(0))
    }

    /// A prefix that a text is known to have.
    pub(crate) fn prefix(&self, store: &Store, id: ExprId) -> String {
        self.prefix_at(store, id, 0)
    }

    fn prefix_at(&self, store: &Store, id: ExprId, depth: usize) -> String {
        let said = self.said_prefix(id);
        if depth > DEPTH {
            return said;
        }
        let built = match store.node(id) {
            Node::Str(it) => store.str(*it).to_string(),
            Node::Read(it) if it.kind == FieldKind::Path => "/".to_owned(),
            Node::Call(function, args) => {
                let inner = |n: usize| args.get(n).map(|it| self.prefix_at(store, *it, depth + 1)).unwrap_or_default();
                let number = |n: usize| args.get(n).and_then(|it| store.as_int(*it));
                match function {
                    Fn::Concat => match args.first().and_then(|it| store.as_str(*it)) {
                        Some(first) => format!("{first}{}", inner(1)),
                        None => match inner(0) {
                            it if it.is_empty() => self.either_begins(store, args, depth),
                            it => it,
                        },
                    },
                    Fn::JsLower => inner(0).to_ascii_lowercase(),
                    Fn::JsUpper => inner(0).to_ascii_uppercase(),
                    Fn::JsSliceFrom => cut(&inner(0), number(1), None, 0),
                    Fn::JsSlice => {
                        let length = args.first().map_or(0, |it| self.length_at(store, *it, depth + 1));
                        number(2).map(|to| cut(&inner(0), number(1), Some(to), length)).unwrap_or_default()
                    }
                    _ => String::new(),
                }
            }
            Node::Ite(c, a, b) => match self.decide_at(store, *c, depth + 1) {
                Some(it) => self.prefix_at(store, if it { *a } else { *b }, depth + 1),
                // Whichever it is, it begins with what both begin with.
                None => {
                    let (a, b) = (self.prefix_at(store, *a, depth + 1), self.prefix_at(store, *b, depth + 1));
                    a.chars().zip(b.chars()).take_while(|(a, b)| a == b).map(|it| it.0).collect()
                }
            },
            _ => String::new(),
        };
        if built.len() > said.len() { built } else { said }
    }

    /// What a beginning of a text and another text begin with: the first character where both have the same, for the beginning is
    /// empty or has it.
    fn either_begins(&self, store: &Store, args: &[ExprId], depth: usize) -> String {
        let Some((cut, rest)) = args.first().zip(args.get(1)) else { return String::new() };
        let Node::Call(Fn::JsSlice, inner) = store.node(*cut) else { return String::new() };
        let (Some(of), Some(0)) = (inner.first(), inner.get(1).and_then(|it| store.as_int(*it))) else {
            return String::new();
        };
        let (whole, rest) = (self.prefix_at(store, *of, depth + 1), self.prefix_at(store, *rest, depth + 1));
        match (whole.chars().next(), rest.chars().next()) {
            (Some(a), Some(b)) if a == b => a.to_string(),
            _ => String::new(),
        }
    }

    pub(crate) fn suffix(&self, store: &Store, id: ExprId) -> String {
        let said = self.said_suffix(id);
        let built = match store.node(id) {
            Node::Str(it) => store.str(*it).to_string(),
            Node::Call(Fn::Concat, args) => {
                args.get(1).and_then(|it| store.as_str(*it)).map(|it| it.to_string()).unwrap_or_default()
            }
            _ => String::new(),
        };
        if built.len() > said.len() { built } else { said }
    }

    /// The least length that a text is known to have.
    pub(crate) fn length(&self, store: &Store, id: ExprId) -> usize {
        self.length_at(store, id, 0)
    }

    fn length_at(&self, store: &Store, id: ExprId, depth: usize) -> usize {
        if depth > DEPTH {
            return 0;
        }
        let (prefix, suffix) = (self.prefix_at(store, id, depth), self.suffix(store, id));
        let mut least = self.said_length(id).max(prefix.len()).max(suffix.len());
        // Below the sum of both, prefix and suffix overlap, and the text is one particular text.
        while least < prefix.len() + suffix.len() {
            let rest = suffix.get(prefix.len() + suffix.len() - least..).map(|it| format!("{prefix}{it}"));
            let possible = rest.is_some_and(|it| {
                let facts = self.texts.get(&id).into_iter().flatten();
                it.ends_with(&suffix) && facts.into_iter().all(|(shape, text, holds)| shape.ask(&it, text) == *holds)
            });
            if possible {
                break;
            }
            least += 1;
        }
        let built = match store.node(id) {
            // A country that is there has two letters on either side; one that is not known counts as missing.
            Node::Read(it)
                if it.kind == FieldKind::Visitor && it.name.is_some_and(|it| &**store.str(it) == "country") =>
            {
                2
            }
            Node::Read(it) => usize::from(matches!(
                it.kind,
                FieldKind::Path | FieldKind::Host | FieldKind::Method | FieldKind::Scheme | FieldKind::ClientIp
            )),
            Node::Call(function, args) => {
                let inner = |n: usize| args.get(n).map_or(0, |it| self.length_at(store, *it, depth + 1));
                let number = |n: usize| args.get(n).and_then(|it| store.as_int(*it));
                let size = |it: i64| usize::try_from(it.unsigned_abs()).unwrap_or(usize::MAX);
                match function {
                    Fn::Concat => inner(0).saturating_add(inner(1)),
                    Fn::JsLower | Fn::JsUpper | Fn::Some => inner(0),
                    Fn::JsSliceFrom => match number(1) {
                        Some(from) if from >= 0 => inner(0).saturating_sub(size(from)),
                        Some(from) => inner(0).min(size(from)),
                        None => 0,
                    },
                    Fn::JsSlice => match (number(1), number(2)) {
                        (Some(from), Some(to)) if from >= 0 && to < 0 => {
                            inner(0).saturating_sub(size(from)).saturating_sub(size(to))
                        }
                        (Some(from), Some(to)) if from >= 0 && to >= from => {
                            inner(0).saturating_sub(size(from)).min(size(to - from))
                        }
                        _ => 0,
                    },
                    Fn::Or => self.either(store, args, depth),
                    _ => 0,
                }
            }
            Node::Ite(c, a, b) => match self.decide_at(store, *c, depth + 1) {
                Some(it) => self.length_at(store, if it { *a } else { *b }, depth + 1),
                None => self.length_at(store, *a, depth + 1).min(self.length_at(store, *b, depth + 1)),
            },
            _ => 0,
        };
        least.max(built)
    }

    /// The least length of a text with a default: not empty where it is known not to be.
    fn either(&self, store: &Store, args: &[ExprId], depth: usize) -> usize {
        let default = args.get(1).map_or(0, |it| self.length_at(store, *it, depth + 1));
        let of = args.first().map_or(0, |it| self.length_at(store, *it, depth + 1));
        if args.first().is_some_and(|it| self.there.contains(it)) { of } else { default.min(of) }
    }
}

/// What is known of a cut of a text with a known prefix and a least length.
fn cut(prefix: &str, from: Option<i64>, to: Option<i64>, length: usize) -> String {
    let Some(from) = from.and_then(|it| usize::try_from(it).ok()) else { return String::new() };
    let end = match to {
        None => prefix.len(),
        Some(to) => match usize::try_from(to) {
            Ok(to) => to.min(prefix.len()),
            Err(_) => {
                let off = usize::try_from(to.unsigned_abs()).unwrap_or(usize::MAX);
                length.saturating_sub(off).min(prefix.len())
            }
        },
    };
    prefix.get(from..end).unwrap_or_default().to_owned()
}

/// A disjunction of comparisons of one text.
fn some_of(store: &Store, root: ExprId) -> Option<(ExprId, Comparisons)> {
    let (mut pending, mut all, mut subject) = (vec![root], Vec::new(), None);
    while let Some(id) = pending.pop() {
        match store.node(id) {
            Node::Or(a, b) => pending.extend([*a, *b]),
            Node::Call(function, args) => {
                let (shape, of, text) = comparison(store, *function, args)?;
                if *subject.get_or_insert(of) != of || all.len() > 64 {
                    return None;
                }
                all.push((shape, text));
            }
            _ => return None,
        }
    }
    Some((subject?, all))
}

/// A text that is one of several, its default not among them, is there.
fn not_default(store: &mut Store, subject: ExprId, texts: &BTreeSet<String>) -> Option<ExprId> {
    let Node::Call(Fn::Or, inner) = store.node(subject).clone() else { return None };
    let default = store.as_str(*inner.get(1)?)?;
    if texts.contains(&**default) {
        return None;
    }
    Some(store.call(Fn::Present, &[*inner.first()?]))
}

/// A comparison that the default would not pass says that the optional is there.
fn implied_presence(store: &mut Store, subject: ExprId, shape: Shape, with: &str, value: bool) -> Option<ExprId> {
    let Node::Call(Fn::Or, inner) = store.node(subject).clone() else { return None };
    let default = store.as_str(*inner.get(1)?)?.clone();
    if shape.ask(&default, with) == value {
        return None;
    }
    Some(store.call(Fn::Present, &[*inner.first()?]))
}

#[cfg(test)]
mod tests;
