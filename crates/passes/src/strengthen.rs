//! `strengthen`: afterwards a condition is the plainest one that says the same where the facts hold: what others imply is gone, what
//! they exclude is false, and questions about cuts, segments and alternatives of a text are questions about the text.
//!
//! Nothing enumerates ways through a condition: what would grow stays as it is, and larger conditions are not looked at.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these matches look for one shape; whatever else there is or will be is refused or says nothing"
)]

use edge::{ExprId, Fn, Node, Store};

use crate::facts::{Facts, Shape, comparison};
use crate::js_regex::{self, Plain};

/// Most nodes of a condition that is looked at.
const NODES: u32 = 700;

/// Most levels that are followed.
const DEPTH: usize = 60;

/// Most parts of a chain that are weighed against each other.
const PARTS: usize = 48;

/// Most nodes of a choice whose two ways are weighed against it.
const CHOICE: u32 = 48;

/// Most rows of a table that is written out as a condition.
const ROWS: usize = 200;

/// Most rows of a table that is written out as a value.
const VALUES: usize = 8;

/// The work on one condition or value.
pub(crate) struct Strengthen<'a> {
    pub(crate) store: &'a mut Store,
    /// Whether look-ups are written out.
    pub(crate) tables: bool,
}

/// The plainest condition that is equal where the facts hold.
pub(crate) fn condition(store: &mut Store, id: ExprId, facts: &Facts, tables: bool) -> ExprId {
    if store.size(id) > NODES {
        return id;
    }
    let found = Strengthen { store, tables }.bool(id, facts, 0);
    let most = if tables { NODES.saturating_mul(4) } else { store.size(id).saturating_mul(2).saturating_add(16) };
    if store.size(found) > most { id } else { found }
}

/// The plainest value that is equal where the facts hold.
pub(crate) fn value(store: &mut Store, id: ExprId, facts: &Facts, tables: bool) -> ExprId {
    if store.size(id) > NODES {
        return id;
    }
    let found = Strengthen { store, tables }.value(id, facts, 0);
    if store.size(found) > NODES.saturating_mul(2) { id } else { found }
}

impl Strengthen<'_> {
    fn known(&mut self, facts: &Facts, id: ExprId) -> Option<ExprId> {
        facts.decide(self.store, id).map(|it| self.store.bool(it))
    }

    /// The facts and one more.
    fn with(&mut self, facts: &Facts, id: ExprId, holds: bool) -> Facts {
        let mut more = facts.clone();
        more.learn(self.store, id, holds);
        more
    }

    fn bool(&mut self, id: ExprId, facts: &Facts, depth: usize) -> ExprId {
        if depth > DEPTH {
            return id;
        }
        if let Some(it) = self.known(facts, id) {
            return it;
        }
        let found = match self.store.node(id).clone() {
            Node::Not(a) => {
                let a = self.bool(a, facts, depth + 1);
                self.negated(a)
            }
            Node::And(..) => self.chain(id, true, facts, depth),
            Node::Or(..) => self.chain(id, false, facts, depth),
            Node::Ite(c, a, b) => {
                let c = self.bool(c, facts, depth + 1);
                self.either(
                    c,
                    facts,
                    |it, facts| it.bool(a, facts, depth + 1),
                    |it, facts| it.bool(b, facts, depth + 1),
                )
            }
            Node::Call(function, args) => self.call(id, function, &args, facts, depth),
            _ => id,
        };
        let found = self.known(facts, found).unwrap_or(found);
        self.opened(found, facts, depth)
    }

    /// A choice between conditions as its two ways, where that is no longer.
    fn opened(&mut self, id: ExprId, facts: &Facts, depth: usize) -> ExprId {
        let Node::Ite(c, a, b) = *self.store.node(id) else { return id };
        if self.store.size(id) > CHOICE || depth + 2 > DEPTH {
            return id;
        }
        let not = self.store.not(c);
        let (there, otherwise) = (self.store.and(c, a), self.store.and(not, b));
        let (there, otherwise) = (self.bool(there, facts, depth + 1), self.bool(otherwise, facts, depth + 1));
        let open = self.store.or(there, otherwise);
        if self.store.size(open) <= self.store.size(id) { open } else { id }
    }

    /// `if` over a condition that is plain already.
    fn either(
        &mut self,
        c: ExprId,
        facts: &Facts,
        mut then: impl FnMut(&mut Self, &Facts) -> ExprId,
        mut otherwise: impl FnMut(&mut Self, &Facts) -> ExprId,
    ) -> ExprId {
        match self.store.node(c) {
            Node::Bool(true) => then(self, facts),
            Node::Bool(false) => otherwise(self, facts),
            _ => {
                let (there, not) = (self.with(facts, c, true), self.with(facts, c, false));
                let (a, b) = (then(self, &there), otherwise(self, &not));
                self.rest(facts, &[&there, &not]);
                self.store.ite(c, a, b)
            }
        }
    }

    fn rest(&self, facts: &Facts, used: &[&Facts]) {
        if used.iter().any(|it| it.used_domain()) {
            facts.rest_on_domain();
        }
    }

    /// `not`, moved inwards where that makes the parts plainer.
    fn negated(&mut self, id: ExprId) -> ExprId {
        let parts = self.flat(id, true);
        let inner: Option<Vec<ExprId>> = parts
            .iter()
            .map(|it| match self.store.node(*it) {
                Node::Not(a) => Some(*a),
                _ => None,
            })
            .collect();
        match inner.filter(|it| it.len() > 1) {
            Some(inner) => self.joined(&inner, false),
            None => self.store.not(id),
        }
    }

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

    pub(crate) fn joined(&mut self, parts: &[ExprId], conjunction: bool) -> ExprId {
        let mut all = self.store.bool(conjunction);
        for it in parts {
            all = if conjunction { self.store.and(all, *it) } else { self.store.or(all, *it) };
        }
        all
    }

    /// A chain of `and` or `or`: each part is said under the others, and what then says nothing goes.
    fn chain(&mut self, id: ExprId, conjunction: bool, facts: &Facts, depth: usize) -> ExprId {
        let (mut kept, mut so_far) = (Vec::<ExprId>::new(), facts.clone());
        for part in self.flat(id, conjunction) {
            let plain = self.bool(part, &so_far, depth + 1);
            for it in self.flat(plain, conjunction) {
                if self.store.is(it, !conjunction) {
                    self.rest(facts, &[&so_far]);
                    return self.store.bool(!conjunction);
                }
                if !self.store.is(it, conjunction) && !kept.contains(&it) {
                    kept.push(it);
                    so_far.learn(self.store, it, conjunction);
                }
            }
            so_far.learn(self.store, part, conjunction);
        }
        self.rest(facts, &[&so_far]);
        if kept.len() > PARTS {
            return self.joined(&kept, conjunction);
        }
        let mut at = 0;
        while let Some(part) = kept.get(at).copied() {
            let mut others = facts.clone();
            for (_, other) in kept.iter().enumerate().filter(|(n, _)| *n != at) {
                others.learn(self.store, *other, conjunction);
            }
            let plain = self.bool(part, &others, depth + 1);
            if self.store.is(plain, !conjunction) {
                self.rest(facts, &[&others]);
                return plain;
            }
            if self.store.is(plain, conjunction) {
                self.rest(facts, &[&others]);
                kept.remove(at);
                continue;
            }
            if self.store.size(plain) < self.store.size(part)
                && let Some(slot) = kept.get_mut(at)
            {
                self.rest(facts, &[&others]);
                *slot = plain;
            }
            at += 1;
        }
        self.joined(&kept, conjunction)
    }

    fn call(&mut self, id: ExprId, function: Fn, args: &[ExprId], facts: &Facts, depth: usize) -> ExprId {
        let (Some(first), second) = (args.first().copied(), args.get(1).copied()) else { return id };
        if let Some((shape, subject, with)) = comparison(self.store, function, args) {
            let subject = self.value(subject, facts, depth + 1);
            return self.text(shape, subject, &with, facts, depth + 1);
        }
        match (function, second) {
            (Fn::Present, _) => {
                let of = self.value(first, facts, depth + 1);
                self.present(of, facts, depth + 1)
            }
            (Fn::StrEq, Some(second)) => {
                let (a, b) = (self.value(first, facts, depth + 1), self.value(second, facts, depth + 1));
                self.same(a, b, facts, depth + 1)
            }
            (Fn::JsMatches, _) => {
                let of = self.value(first, facts, depth + 1);
                let rest: Vec<ExprId> = args.iter().skip(1).copied().collect();
                self.pattern(of, &rest, facts, depth + 1)
            }
            (Fn::IntEq | Fn::IntLt | Fn::IntLe, Some(second)) => {
                let (a, b) = (self.value(first, facts, depth + 1), self.value(second, facts, depth + 1));
                self.numbers(function, a, b, facts, depth + 1)
            }
            _ => id,
        }
    }

    fn present(&mut self, of: ExprId, facts: &Facts, depth: usize) -> ExprId {
        if depth > DEPTH {
            return self.store.call(Fn::Present, &[of]);
        }
        match self.store.node(of).clone() {
            Node::Lookup(table, key) if self.tables && self.store.rows(table).rows.len() <= ROWS => {
                let keys: Vec<_> = self.store.rows(table).rows.keys().cloned().collect();
                let parts: Vec<ExprId> =
                    keys.iter().map(|it| self.text(Shape::Eq, key, it, facts, depth + 1)).collect();
                self.joined(&parts, false)
            }
            Node::Call(Fn::JsSplitAt, args) => self.has_piece(of, &args, facts, depth + 1),
            Node::Ite(c, a, b) => {
                let c = self.bool(c, facts, depth + 1);
                self.either(
                    c,
                    facts,
                    |it, facts| it.present(a, facts, depth + 1),
                    |it, facts| it.present(b, facts, depth + 1),
                )
            }
            _ => {
                let asked = self.store.call(Fn::Present, &[of]);
                self.known(facts, asked).unwrap_or(asked)
            }
        }
    }

    pub(crate) fn matches(&mut self, text: ExprId, pattern: &str) -> ExprId {
        let (pattern, flags) = (self.store.string(pattern), self.store.string(""));
        self.store.call(Fn::JsMatches, &[text, pattern, flags])
    }

    fn pattern(&mut self, of: ExprId, rest: &[ExprId], facts: &Facts, depth: usize) -> ExprId {
        let keep = |it: &mut Self| {
            let args: Vec<ExprId> = std::iter::once(of).chain(rest.iter().copied()).collect();
            it.store.call(Fn::JsMatches, &args)
        };
        if depth > DEPTH {
            return keep(self);
        }
        if let Node::Ite(c, a, b) = *self.store.node(of) {
            let c = self.bool(c, facts, depth + 1);
            return self.either(
                c,
                facts,
                |it, facts| it.pattern(a, rest, facts, depth + 1),
                |it, facts| it.pattern(b, rest, facts, depth + 1),
            );
        }
        let text = |it: &Self, n: usize| rest.get(n).and_then(|id| it.store.as_str(*id)).cloned();
        let (Some(pattern), Some(flags)) = (text(self, 0), text(self, 1)) else { return keep(self) };
        let Some(plain) = js_regex::plain(&pattern, &flags).filter(|it| it.len() <= ROWS) else {
            let gaps = if flags.is_empty() { self.gaps(of, &pattern, facts, depth) } else { None };
            return gaps.unwrap_or_else(|| keep(self));
        };
        if plain.iter().any(|it| matches!(it, Plain::Wildcard(_))) {
            return keep(self);
        }
        facts.rest_on_domain();
        // Without regard to case is a question about the text in lower case, as far as both are ASCII.
        let of = if flags.contains('i') { self.store.call(Fn::JsLower, &[of]) } else { of };
        let mut parts = Vec::new();
        for it in plain {
            let (shape, with) = match it {
                Plain::Eq(it) => (Shape::Eq, it),
                Plain::Starts(it) => (Shape::Starts, it),
                Plain::Ends(it) => (Shape::Ends, it),
                Plain::Contains(it) => (Shape::Contains, it),
                Plain::All | Plain::Wildcard(_) => (Shape::Contains, String::new()),
            };
            parts.push(self.text(shape, of, &with, facts, depth + 1));
        }
        self.joined(&parts, false)
    }

    fn numbers(&mut self, function: Fn, a: ExprId, b: ExprId, facts: &Facts, depth: usize) -> ExprId {
        if depth > DEPTH {
            return self.store.call(function, &[a, b]);
        }
        match (self.store.node(a).clone(), self.store.node(b).clone()) {
            (Node::Int(a), Node::Int(b)) => self.store.bool(match function {
                Fn::IntLt => a < b,
                Fn::IntLe => a <= b,
                _ => a == b,
            }),
            (Node::Ite(c, x, y), _) => {
                let c = self.bool(c, facts, depth + 1);
                self.either(
                    c,
                    facts,
                    |it, facts| it.numbers(function, x, b, facts, depth + 1),
                    |it, facts| it.numbers(function, y, b, facts, depth + 1),
                )
            }
            (_, Node::Ite(c, x, y)) => {
                let c = self.bool(c, facts, depth + 1);
                self.either(
                    c,
                    facts,
                    |it, facts| it.numbers(function, a, x, facts, depth + 1),
                    |it, facts| it.numbers(function, a, y, facts, depth + 1),
                )
            }
            (Node::Int(number), Node::Call(Fn::JsLength, args)) => {
                self.length(function, number, true, &args, a, b, facts, depth)
            }
            (Node::Call(Fn::JsLength, args), Node::Int(number)) => {
                self.length(function, number, false, &args, a, b, facts, depth)
            }
            (Node::Int(number), Node::Call(Fn::JsSplitCount, args)) if self.is_split(&args) => {
                let (least, most) = match function {
                    Fn::IntLt => (number.saturating_add(1), None),
                    Fn::IntLe => (number, None),
                    _ => (number, Some(number)),
                };
                self.pieces(&args, least, most, facts, depth)
            }
            (Node::Call(Fn::JsSplitCount, args), Node::Int(number)) if self.is_split(&args) => {
                let (least, most) = match function {
                    Fn::IntLt => (0, Some(number.saturating_sub(1))),
                    Fn::IntLe => (0, Some(number)),
                    _ => (number, Some(number)),
                };
                self.pieces(&args, least, most, facts, depth)
            }
            _ => self.store.call(function, &[a, b]),
        }
    }

    /// A length against a number: questions whether a text is empty at all.
    #[expect(clippy::too_many_arguments, reason = "both sides, how they stand, and where")]
    fn length(
        &mut self,
        function: Fn,
        number: i64,
        number_first: bool,
        args: &[ExprId],
        a: ExprId,
        b: ExprId,
        facts: &Facts,
        depth: usize,
    ) -> ExprId {
        let Some(of) = args.first().copied() else { return self.store.call(function, &[a, b]) };
        // Whether the question is `is it empty`, its opposite, or another.
        let empty = match (function, number_first, number) {
            (Fn::IntEq, _, 0) | (Fn::IntLt, false, 1) | (Fn::IntLe, false, 0) => Some(true),
            (Fn::IntLt, true, 0) | (Fn::IntLe, true, 1) => Some(false),
            _ => None,
        };
        match empty {
            Some(yes) => {
                let asked = self.text(Shape::Eq, of, "", facts, depth + 1);
                if yes { asked } else { self.store.not(asked) }
            }
            None => self
                .long_enough(function, number, number_first, of, facts, depth)
                .unwrap_or_else(|| self.store.call(function, &[a, b])),
        }
    }

    /// A least length that is known already, or one more than a known beginning: then the text is that beginning or longer.
    fn long_enough(
        &mut self,
        function: Fn,
        number: i64,
        number_first: bool,
        of: ExprId,
        facts: &Facts,
        depth: usize,
    ) -> Option<ExprId> {
        let (least, negated) = match (function, number_first) {
            (Fn::IntLt, true) => (number.checked_add(1)?, false),
            (Fn::IntLe, true) => (number, false),
            (Fn::IntLt, false) => (number, true),
            (Fn::IntLe, false) => (number.checked_add(1)?, true),
            _ => return None,
        };
        let least = usize::try_from(least).ok()?;
        let prefix = facts.prefix(self.store, of);
        let enough = if facts.length(self.store, of) >= least {
            self.store.bool(true)
        } else if least == prefix.len() + 1 {
            let same = self.text(Shape::Eq, of, &prefix, facts, depth + 1);
            self.store.not(same)
        } else {
            return None;
        };
        facts.rest_on_domain();
        Some(if negated { self.store.not(enough) } else { enough })
    }

    /// A value where the facts hold.
    pub(crate) fn value(&mut self, id: ExprId, facts: &Facts, depth: usize) -> ExprId {
        if depth > DEPTH {
            return id;
        }
        match self.store.node(id).clone() {
            Node::Ite(c, a, b) => {
                let c = self.bool(c, facts, depth + 1);
                self.either(
                    c,
                    facts,
                    |it, facts| it.value(a, facts, depth + 1),
                    |it, facts| it.value(b, facts, depth + 1),
                )
            }
            Node::Lookup(table, key) => {
                let key = self.value(key, facts, depth + 1);
                self.row(table, key, facts, depth)
            }
            Node::Call(function, args) => {
                let mut plain = Vec::with_capacity(args.len());
                for it in args.iter() {
                    plain.push(match self.store.ty(*it) {
                        edge::Ty::Bool => self.bool(*it, facts, depth + 1),
                        edge::Ty::Int | edge::Ty::Str | edge::Ty::OptStr | edge::Ty::List => {
                            self.value(*it, facts, depth + 1)
                        }
                    });
                }
                self.folded(function, &plain, facts)
            }
            Node::Not(_) | Node::And(..) | Node::Or(..) => self.bool(id, facts, depth + 1),
            // What is known to be one text is that text.
            Node::Read(_) if self.store.ty(id) == edge::Ty::Str => match facts.fixed(self.store, id) {
                Some(text) => self.store.string(&text),
                None => id,
            },
            _ => id,
        }
    }

    fn row(&mut self, table: edge::TableId, key: ExprId, facts: &Facts, depth: usize) -> ExprId {
        let all: Vec<_> = self.store.rows(table).rows.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
        if let Some(fixed) = facts.fixed(self.store, key) {
            let found = all.iter().find(|(k, _)| *k == fixed).map(|it| it.1.clone());
            return match found {
                Some(it) => {
                    let text = self.store.string(&it);
                    self.store.call(Fn::Some, &[text])
                }
                None => self.store.mk(Node::Absent),
            };
        }
        let whole = self.store.mk(Node::Lookup(table, key));
        if !self.tables || all.len() > ROWS {
            return whole;
        }
        let mut open = Vec::new();
        for (k, v) in all {
            let asked = self.text(Shape::Eq, key, &k, facts, depth + 1);
            if !self.store.is(asked, false) {
                open.push((asked, v));
            }
        }
        if open.len() > VALUES {
            return whole;
        }
        // Where one of the rows is known to match, the last one needs no question.
        let asked: Vec<ExprId> = open.iter().map(|it| it.0).collect();
        let any = self.joined(&asked, false);
        let present = self.store.call(Fn::Present, &[whole]);
        let sure = facts.decide(self.store, any) == Some(true) || facts.decide(self.store, present) == Some(true);
        let mut found = None;
        for (asked, v) in open.into_iter().rev() {
            let text = self.store.string(&v);
            let there = self.store.call(Fn::Some, &[text]);
            found = Some(match found {
                None if sure => there,
                None => {
                    let absent = self.store.mk(Node::Absent);
                    self.store.ite(asked, there, absent)
                }
                Some(rest) => self.store.ite(asked, there, rest),
            });
        }
        found.unwrap_or_else(|| self.store.mk(Node::Absent))
    }

    /// A call whose arguments are plain: constants are computed.
    fn folded(&mut self, function: Fn, args: &[ExprId], facts: &Facts) -> ExprId {
        let text = |it: &Self, n: usize| args.get(n).and_then(|id| it.store.as_str(*id)).cloned();
        let number = |it: &Self, n: usize| args.get(n).and_then(|id| it.store.as_int(*id));
        let found = match (function, text(self, 0)) {
            (Fn::JsLower, Some(it)) if it.is_ascii() => Some(it.to_ascii_lowercase()),
            (Fn::JsUpper, Some(it)) if it.is_ascii() => Some(it.to_ascii_uppercase()),
            (Fn::Before, Some(it)) => {
                text(self, 1).map(|part| it.split_once(&*part).map_or(&*it, |it| it.0).to_owned())
            }
            (Fn::AfterLast, Some(it)) => {
                text(self, 1).map(|part| it.rsplit_once(&*part).map_or(&*it, |it| it.1).to_owned())
            }
            (Fn::IntText, _) => number(self, 0).map(|it| it.to_string()),
            _ => None,
        };
        if let Some(it) = found {
            return self.store.string(&it);
        }
        if function == Fn::JsReplace
            && let Some(it) = self.replaced(args, facts, 0)
        {
            // The choices may be decided already.
            let mut at = it;
            while let Node::Ite(c, a, b) = *self.store.node(at) {
                let Some(holds) = facts.decide(self.store, c) else { break };
                at = if holds { a } else { b };
            }
            return at;
        }
        if let (Fn::ReplaceFirst, Some(first), Some(old), Some(with)) =
            (function, args.first().copied(), text(self, 1), args.get(2).copied())
            && !old.is_empty()
        {
            // What stands at the beginning is the first occurrence.
            if facts.prefix(self.store, first).starts_with(&*old) {
                facts.rest_on_domain();
                let from = self.store.int(i64::try_from(old.len()).unwrap_or(i64::MAX));
                let rest = self.store.call(Fn::JsSliceFrom, &[first, from]);
                return self.store.call(Fn::Concat, &[with, rest]);
            }
            if facts.text(self.store, first, Shape::Contains, &old) == Some(false) {
                return first;
            }
        }
        match (function, args.first().copied(), number(self, 1), number(self, 2)) {
            (Fn::JsSliceFrom, Some(of), Some(from), _) => self.cut(of, from, None, facts, 0),
            (Fn::JsSlice, Some(of), Some(from), Some(to)) => self.cut(of, from, Some(to), facts, 0),
            (Fn::JsSplitAt, ..) => self.piece(args, facts),
            _ => self.store.call(function, args),
        }
    }
}

/// JavaScript's `slice` of an ASCII text.
pub(crate) fn sliced(text: &str, from: i64, to: Option<i64>) -> Option<String> {
    let length = i64::try_from(text.len()).ok()?;
    let place = |at: i64| if at < 0 { (length + at).max(0) } else { at.min(length) };
    let (from, to) = (place(from), place(to.unwrap_or(length)));
    let (from, to) = (usize::try_from(from).ok()?, usize::try_from(to).ok()?);
    Some(text.get(from..to.max(from)).unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests;
