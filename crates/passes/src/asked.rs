//! Questions about texts that are made of others: a question about a cut, a segment, a joined text or a look-up becomes one about the
//! text it is made of. Each rule says the same on every text, or on every text of the domain facts, which it then notes.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these matches look for one shape; whatever else there is or will be is refused or says nothing"
)]

use edge::{ExprId, Fn, Node};

use crate::facts::{Facts, Shape};
use crate::forms::escape_literal;
use crate::strengthen::{Strengthen, sliced};

/// Most levels that are followed.
const DEPTH: usize = 60;

impl Strengthen<'_> {
    /// A question about a text, as plain as it gets.
    pub(crate) fn text(&mut self, shape: Shape, of: ExprId, with: &str, facts: &Facts, depth: usize) -> ExprId {
        if let Some(it) = facts.text(self.store, of, shape, with) {
            return self.store.bool(it);
        }
        let found = if depth > DEPTH { None } else { self.rewritten(shape, of, with, facts, depth + 1) };
        found.unwrap_or_else(|| self.plain(shape, of, with))
    }

    fn plain(&mut self, shape: Shape, of: ExprId, with: &str) -> ExprId {
        let with = self.store.string(with);
        self.store.call(shape.function(), &[of, with])
    }

    fn yes(&mut self, value: bool) -> Option<ExprId> {
        Some(self.store.bool(value))
    }

    fn rewritten(&mut self, shape: Shape, of: ExprId, with: &str, facts: &Facts, depth: usize) -> Option<ExprId> {
        match self.store.node(of).clone() {
            Node::Ite(c, a, b) => {
                let ask = |it: &mut Self, facts: &Facts, of: ExprId| it.text(shape, of, with, facts, depth + 1);
                Some(match facts.decide(self.store, c) {
                    Some(true) => ask(self, facts, a),
                    Some(false) => ask(self, facts, b),
                    None => {
                        let (mut there, mut not) = (facts.clone(), facts.clone());
                        there.learn(self.store, c, true);
                        not.learn(self.store, c, false);
                        let (a, b) = (ask(self, &there, a), ask(self, &not, b));
                        if there.used_domain() || not.used_domain() {
                            facts.rest_on_domain();
                        }
                        self.store.ite(c, a, b)
                    }
                })
            }
            Node::Call(function, args) => {
                let first = args.first().copied()?;
                let second = args.get(1).copied();
                match function {
                    Fn::Concat => self.of_joined(shape, first, second?, with, facts, depth),
                    Fn::JsLower => self.of_case(shape, first, with, true, facts, depth),
                    Fn::JsUpper => self.of_case(shape, first, with, false, facts, depth),
                    Fn::JsSlice if with.is_ascii() => {
                        let (from, to) = (self.store.as_int(second?)?, self.store.as_int(*args.get(2)?)?);
                        self.of_slice(shape, first, from, to, with, facts, depth)
                    }
                    Fn::JsSliceFrom if with.is_ascii() => {
                        let from = self.store.as_int(second?)?;
                        self.of_rest(shape, first, from, with, facts, depth)
                    }
                    Fn::Before => {
                        let by = self.store.as_str(second?)?.to_string();
                        self.of_outer_part(true, shape, first, &by, with, facts, depth)
                    }
                    Fn::AfterLast => {
                        let by = self.store.as_str(second?)?.to_string();
                        self.of_outer_part(false, shape, first, &by, with, facts, depth)
                    }
                    Fn::Or => self.of_default(shape, first, second?, with, facts, depth),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn of_joined(
        &mut self,
        shape: Shape,
        a: ExprId,
        b: ExprId,
        with: &str,
        facts: &Facts,
        depth: usize,
    ) -> Option<ExprId> {
        let (left, right) = (self.store.as_str(a).cloned(), self.store.as_str(b).cloned());
        match shape {
            Shape::Eq => match (left, right) {
                (Some(left), _) => match with.strip_prefix(&*left) {
                    Some(rest) => Some(self.text(Shape::Eq, b, rest, facts, depth)),
                    None => self.yes(false),
                },
                (None, Some(right)) => match with.strip_suffix(&*right) {
                    Some(rest) => Some(self.text(Shape::Eq, a, rest, facts, depth)),
                    None => self.yes(false),
                },
                (None, None) => None,
            },
            Shape::Starts => match left {
                Some(left) if left.starts_with(with) => self.yes(true),
                Some(left) => match with.strip_prefix(&*left) {
                    Some(rest) => Some(self.text(Shape::Starts, b, rest, facts, depth)),
                    None => self.yes(false),
                },
                None if facts.length(self.store, a) >= with.len() => {
                    facts.rest_on_domain();
                    Some(self.text(Shape::Starts, a, with, facts, depth))
                }
                None => None,
            },
            Shape::Ends => match right {
                Some(right) if right.ends_with(with) => self.yes(true),
                Some(right) => match with.strip_suffix(&*right) {
                    Some(rest) => Some(self.text(Shape::Ends, a, rest, facts, depth)),
                    None => self.yes(false),
                },
                None if facts.length(self.store, b) >= with.len() => {
                    facts.rest_on_domain();
                    Some(self.text(Shape::Ends, b, with, facts, depth))
                }
                None => None,
            },
            Shape::Contains => None,
        }
    }

    /// A text in one case: a question with a letter of the other case has no match, one without letters needs no case.
    fn of_case(
        &mut self,
        shape: Shape,
        of: ExprId,
        with: &str,
        lower: bool,
        facts: &Facts,
        depth: usize,
    ) -> Option<ExprId> {
        let other = |it: char| if lower { it.is_ascii_uppercase() } else { it.is_ascii_lowercase() };
        if !with.is_ascii() {
            return None;
        }
        facts.rest_on_domain();
        if with.contains(other) {
            return self.yes(false);
        }
        if !with.contains(|it: char| it.is_ascii_alphabetic()) {
            return Some(self.text(shape, of, with, facts, depth));
        }
        // A cut of a text in one case is a cut of the text, in one case.
        match self.store.node(of).clone() {
            Node::Call(function @ (Fn::JsSlice | Fn::JsSliceFrom | Fn::Before | Fn::AfterLast), args) => {
                if matches!(function, Fn::Before | Fn::AfterLast) {
                    let by = self.store.as_str(*args.get(1)?)?;
                    if by.contains(|it: char| it.is_ascii_alphabetic()) {
                        return None;
                    }
                }
                let case = if lower { Fn::JsLower } else { Fn::JsUpper };
                let inner = self.store.call(case, &[*args.first()?]);
                let args: Vec<ExprId> = std::iter::once(inner).chain(args.iter().skip(1).copied()).collect();
                let turned = self.store.call(function, &args);
                Some(self.text(shape, turned, with, facts, depth))
            }
            _ => None,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a cut has two ends")]
    fn of_slice(
        &mut self,
        shape: Shape,
        of: ExprId,
        from: i64,
        to: i64,
        with: &str,
        facts: &Facts,
        depth: usize,
    ) -> Option<ExprId> {
        if from < 0 {
            return None;
        }
        let prefix = facts.prefix(self.store, of);
        let at = usize::try_from(from).ok()?;
        if to < 0 {
            let off = usize::try_from(to.unsigned_abs()).ok()?;
            let enough = facts.length(self.store, of) >= at.checked_add(with.len())?.checked_add(off)?;
            let head = prefix.get(..at)?;
            let suffix = facts.suffix(self.store, of);
            if let Some(tail) = suffix.len().checked_sub(off).and_then(|it| suffix.get(it..))
                && shape == Shape::Eq
                && facts.length(self.store, of) >= at.checked_add(off)?
            {
                // What is cut off is known, and there is enough to cut it off from.
                facts.rest_on_domain();
                return Some(self.text(Shape::Eq, of, &format!("{head}{with}{tail}"), facts, depth));
            }
            return (shape == Shape::Starts && enough).then(|| {
                facts.rest_on_domain();
                self.text(Shape::Starts, of, &format!("{head}{with}"), facts, depth)
            });
        }
        let end = usize::try_from(to).ok()?;
        if end <= at {
            return self.yes(shape.ask("", with));
        }
        if prefix.len() >= end {
            let fixed = sliced(&prefix, from, Some(to))?;
            facts.rest_on_domain();
            return self.yes(shape.ask(&fixed, with));
        }
        let head = prefix.get(..at)?.to_owned();
        if at > 0 {
            facts.rest_on_domain();
        }
        let (width, whole) = (end - at, format!("{head}{with}"));
        match shape {
            Shape::Eq if with.len() == width => Some(self.text(Shape::Starts, of, &whole, facts, depth)),
            Shape::Eq if with.len() < width => Some(self.text(Shape::Eq, of, &whole, facts, depth)),
            Shape::Starts if with.len() <= width => Some(self.text(Shape::Starts, of, &whole, facts, depth)),
            Shape::Eq | Shape::Starts => self.yes(false),
            Shape::Ends | Shape::Contains => None,
        }
    }

    fn of_rest(
        &mut self,
        shape: Shape,
        of: ExprId,
        from: i64,
        with: &str,
        facts: &Facts,
        depth: usize,
    ) -> Option<ExprId> {
        let width = usize::try_from(from.unsigned_abs()).ok()?;
        if from < 0 {
            return match shape {
                Shape::Eq if with.len() == width => Some(self.text(Shape::Ends, of, with, facts, depth)),
                Shape::Eq if with.len() < width => Some(self.text(Shape::Eq, of, with, facts, depth)),
                Shape::Ends if with.len() <= width => Some(self.text(Shape::Ends, of, with, facts, depth)),
                Shape::Eq | Shape::Ends => self.yes(false),
                Shape::Starts | Shape::Contains => None,
            };
        }
        if from == 0 {
            return Some(self.text(shape, of, with, facts, depth));
        }
        let prefix = facts.prefix(self.store, of);
        let head = prefix.get(..width).map(str::to_owned);
        facts.rest_on_domain();
        match (shape, head) {
            (Shape::Eq | Shape::Starts, Some(head)) => {
                Some(self.text(shape, of, &format!("{head}{with}"), facts, depth))
            }
            (Shape::Ends, _) => {
                let ends = self.text(Shape::Ends, of, with, facts, depth);
                let least = width.checked_add(with.len())?;
                if facts.length(self.store, of) >= least {
                    return Some(ends);
                }
                let (least, length) =
                    (self.store.int(i64::try_from(least).ok()?), self.store.call(Fn::JsLength, &[of]));
                let long = self.store.call(Fn::IntLe, &[least, length]);
                Some(self.store.and(ends, long))
            }
            (Shape::Contains, Some(head)) => {
                Some(self.matches(of, &format!("^{}.*{}", escape_literal(&head), escape_literal(with))))
            }
            (Shape::Eq | Shape::Starts | Shape::Contains, None) => None,
        }
    }

    /// The part before the first separator, or behind the last one: equal to a text where that is all there is, or where the separator
    /// follows it or stands in front of it; and it begins, or ends, as the whole does.
    #[expect(clippy::too_many_arguments, reason = "a side, a text, a separator, and what is asked")]
    fn of_outer_part(
        &mut self,
        first: bool,
        shape: Shape,
        of: ExprId,
        by: &str,
        with: &str,
        facts: &Facts,
        depth: usize,
    ) -> Option<ExprId> {
        if by.len() != 1 {
            return None;
        }
        if with.contains(by) {
            return self.yes(false);
        }
        let outer = if first { Shape::Starts } else { Shape::Ends };
        match shape {
            Shape::Eq => {
                let bounded = if first { format!("{with}{by}") } else { format!("{by}{with}") };
                let whole = self.text(Shape::Eq, of, with, facts, depth);
                let more = self.text(outer, of, &bounded, facts, depth);
                Some(self.store.or(whole, more))
            }
            _ if shape == outer => Some(self.text(outer, of, with, facts, depth)),
            Shape::Starts | Shape::Ends | Shape::Contains => None,
        }
    }

    /// A text with a default: where it is known which of both it is, or where it is a piece of another text.
    fn of_default(
        &mut self,
        shape: Shape,
        optional: ExprId,
        default: ExprId,
        with: &str,
        facts: &Facts,
        depth: usize,
    ) -> Option<ExprId> {
        let Node::Call(Fn::JsSplitAt, args) = self.store.node(optional).clone() else { return None };
        let (of, by) = (*args.first()?, self.store.as_str(*args.get(1)?)?.to_string());
        let n = self.store.as_int(*args.get(2)?).and_then(|it| usize::try_from(it).ok())?;
        if shape != Shape::Eq || by.len() != 1 || n > 16 || !with.is_ascii() || !by.is_ascii() {
            return None;
        }
        let otherwise = self.text(shape, default, with, facts, depth);
        if !self.store.is(otherwise, false) {
            return None;
        }
        if with.contains(&by) {
            return self.yes(false);
        }
        let (by, with) = (escape_class(&by)?, escape_literal(with));
        Some(self.matches(of, &format!("^(?:[^{by}]*{by}){{{n}}}{with}(?:{by}|$)")))
    }

    /// Two computed texts.
    pub(crate) fn same(&mut self, a: ExprId, b: ExprId, facts: &Facts, depth: usize) -> ExprId {
        self.same_at(a, b, facts, depth).unwrap_or_else(|| self.store.call(Fn::StrEq, &[a, b]))
    }

    fn same_at(&mut self, a: ExprId, b: ExprId, facts: &Facts, depth: usize) -> Option<ExprId> {
        if a == b {
            return self.yes(true);
        }
        if depth > DEPTH {
            return None;
        }
        if let Some(text) = facts.fixed(self.store, a) {
            return Some(self.text(Shape::Eq, b, &text, facts, depth));
        }
        if let Some(text) = facts.fixed(self.store, b) {
            return Some(self.text(Shape::Eq, a, &text, facts, depth));
        }
        for (turned, other) in [(a, b), (b, a)] {
            if let Node::Ite(c, x, y) = *self.store.node(turned) {
                let (mut there, mut not) = (facts.clone(), facts.clone());
                there.learn(self.store, c, true);
                not.learn(self.store, c, false);
                let (x, y) = (self.same(x, other, &there, depth + 1), self.same(y, other, &not, depth + 1));
                if there.used_domain() || not.used_domain() {
                    facts.rest_on_domain();
                }
                return Some(self.store.ite(c, x, y));
            }
            match self.store.node(turned).clone() {
                Node::Call(case @ (Fn::JsLower | Fn::JsUpper), args) if args.first() == Some(&other) => {
                    facts.rest_on_domain();
                    let letters = if case == Fn::JsLower { "[A-Z]" } else { "[a-z]" };
                    let found = self.matches(other, letters);
                    return Some(self.store.not(found));
                }
                Node::Call(Fn::JsSlice, args) if args.first() == Some(&other) => {
                    let (from, to) = (self.store.as_int(*args.get(1)?)?, self.store.as_int(*args.get(2)?)?);
                    if from == 0 && to < 0 && facts.length(self.store, other) > 0 {
                        facts.rest_on_domain();
                        return self.yes(false);
                    }
                }
                Node::Call(Fn::JsSliceFrom, args)
                    if args.first() == Some(&other)
                        && args.get(1).and_then(|it| self.store.as_int(*it)).is_some_and(|it| it > 0)
                        && facts.length(self.store, other) > 0 =>
                {
                    facts.rest_on_domain();
                    return self.yes(false);
                }
                _ => {}
            }
        }
        self.same_parts(a, b, facts, depth)
    }

    /// Two joined texts: equal beginnings and ends go, and what is left is compared where that is plain.
    fn same_parts(&mut self, a: ExprId, b: ExprId, facts: &Facts, depth: usize) -> Option<ExprId> {
        let (mut left, mut right) = (self.parts(a), self.parts(b));
        // A rest behind a known beginning, beside the whole: the whole is that beginning and the rest.
        for (one, other) in [(a, b), (b, a)] {
            for part in self.parts(one) {
                let Part::Text(id) = part else { continue };
                let Node::Call(Fn::JsSliceFrom, args) = self.store.node(id).clone() else { continue };
                let (whole, from) = (*args.first()?, self.store.as_int(*args.get(1)?).unwrap_or(-1));
                let head = facts.prefix(self.store, whole);
                let Some(head) = usize::try_from(from).ok().and_then(|it| head.get(..it)) else { continue };
                let side = if one == a { &mut right } else { &mut left };
                if let [Part::Text(it)] = side.as_slice()
                    && *it == whole
                    && *it == other
                {
                    *side = vec![Part::Fixed(head.to_owned()), Part::Text(id)];
                    facts.rest_on_domain();
                }
            }
        }
        while let (Some(x), Some(y)) = (left.last().cloned(), right.last().cloned()) {
            match (x, y) {
                (Part::Text(x), Part::Text(y)) if x == y => {
                    left.pop();
                    right.pop();
                }
                (Part::Fixed(x), Part::Fixed(y)) if x == y => {
                    left.pop();
                    right.pop();
                }
                _ => break,
            }
        }
        while let (Some(x), Some(y)) = (left.first().cloned(), right.first().cloned()) {
            match (x, y) {
                (Part::Text(x), Part::Text(y)) if x == y => {
                    left.remove(0);
                    right.remove(0);
                }
                (Part::Fixed(x), Part::Fixed(y)) => {
                    let length = x.bytes().zip(y.bytes()).take_while(|(a, b)| a == b).count();
                    let (rest_x, rest_y) = (x.get(length..)?.to_owned(), y.get(length..)?.to_owned());
                    if !rest_x.is_empty() && !rest_y.is_empty() {
                        return self.yes(false);
                    }
                    for (side, rest) in [(&mut left, rest_x), (&mut right, rest_y)] {
                        match rest.is_empty() {
                            true => drop(side.remove(0)),
                            false => *side.first_mut()? = Part::Fixed(rest),
                        }
                    }
                }
                _ => break,
            }
        }
        match (left.as_slice(), right.as_slice()) {
            ([], []) => self.yes(true),
            ([], rest) | (rest, []) => {
                let filled = |it: &Part| match it {
                    Part::Fixed(it) => !it.is_empty(),
                    Part::Text(it) => facts.length(self.store, *it) > 0,
                };
                if rest.iter().any(filled) {
                    facts.rest_on_domain();
                    return self.yes(false);
                }
                match rest {
                    [Part::Text(it)] => Some(self.text(Shape::Eq, *it, "", facts, depth)),
                    _ => None,
                }
            }
            ([Part::Fixed(text)], [Part::Text(it)]) | ([Part::Text(it)], [Part::Fixed(text)]) => {
                Some(self.text(Shape::Eq, *it, text, facts, depth))
            }
            _ => None,
        }
    }

    fn parts(&self, id: ExprId) -> Vec<Part> {
        let (mut pending, mut parts) = (vec![id], Vec::new());
        while let Some(id) = pending.pop() {
            match self.store.node(id) {
                Node::Call(Fn::Concat, args) => pending.extend(args.iter().rev()),
                Node::Str(it) => parts.push(Part::Fixed(self.store.str(*it).to_string())),
                _ => parts.push(Part::Text(id)),
            }
        }
        parts
    }
}

/// A part of a joined text.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Part {
    Fixed(String),
    Text(ExprId),
}

/// A character for use inside and outside of a class.
fn escape_class(text: &str) -> Option<String> {
    let it = text.chars().next()?;
    match it {
        '/' | '_' | ',' | ':' | ';' | '=' => Some(it.to_string()),
        '.' | '-' | '|' | '+' => Some(format!("\\{it}")),
        _ => None,
    }
}
