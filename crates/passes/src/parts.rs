//! The parts of a text between separators: how many there are, and those that are surely there.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these matches look for one shape; whatever else there is or will be is refused or says nothing"
)]

use std::collections::BTreeSet;

use edge::{ExprId, Fn, Node, Store};

use crate::facts::{Facts, Shape};
use crate::forms::escape_literal;
use crate::strengthen::Strengthen;

/// Most texts that a part is known to be one of.
const TEXTS: usize = 64;

/// The part behind the last separator, where a condition says that the text ends with a separator and one of several texts: whatever
/// ends with `/a` and has no slash in `a` has `a` as its last part.
pub(crate) fn last_parts(store: &mut Store, root: ExprId) -> Option<(ExprId, BTreeSet<String>)> {
    let (mut pending, mut texts, mut whole) = (vec![root], BTreeSet::new(), None);
    while let Some(id) = pending.pop() {
        match store.node(id) {
            Node::Or(a, b) => pending.extend([*a, *b]),
            Node::Call(Fn::EndsWith, args) => {
                let (of, text) = (*args.first()?, store.as_str(*args.get(1)?)?);
                let mut rest = text.chars();
                let by = rest.next().filter(char::is_ascii_punctuation)?;
                let part = rest.as_str();
                if *whole.get_or_insert((of, by)) != (of, by) || part.contains(by) || texts.len() > TEXTS {
                    return None;
                }
                texts.insert(part.to_owned());
            }
            _ => return None,
        }
    }
    let (of, by) = whole?;
    let by = store.string(&by.to_string());
    Some((store.call(Fn::AfterLast, &[of, by]), texts))
}

impl Strengthen<'_> {
    /// Whether a text has so many separators.
    pub(crate) fn has_piece(&mut self, of: ExprId, args: &[ExprId], facts: &Facts, depth: usize) -> ExprId {
        let found = match (args.first(), args.get(1).and_then(|it| self.store.as_str(*it)).cloned(), args.get(2)) {
            (Some(text), Some(separator), Some(n)) => self.store.as_int(*n).map(|n| (*text, separator, n)),
            _ => None,
        };
        let Some((text, separator, n)) = found.filter(|(_, separator, n)| separator.len() == 1 && (0..=16).contains(n))
        else {
            return self.store.call(Fn::Present, &[of]);
        };
        let starts = facts.prefix(self.store, text).starts_with(&*separator);
        match n {
            0 => self.store.bool(true),
            1 if starts => {
                facts.rest_on_domain();
                self.store.bool(true)
            }
            1 => self.text(Shape::Contains, text, &separator, facts, depth + 1),
            n => {
                // `.` is any character of the domain.
                facts.rest_on_domain();
                let gap = format!(".*{}", escape_literal(&separator));
                let count = usize::try_from(n).unwrap_or_default();
                let pattern = if starts {
                    format!("^{}{}", escape_literal(&separator), gap.repeat(count - 1))
                } else {
                    gap.repeat(count)
                };
                self.matches(text, &pattern)
            }
        }
    }

    /// An empty separator is another matter: it gives no parts of an empty text.
    pub(crate) fn is_split(&self, args: &[ExprId]) -> bool {
        args.get(1).and_then(|it| self.store.as_str(*it)).is_some_and(|it| !it.is_empty())
    }

    /// Whether a text has so many parts between its separators: at least `n` of them are at least `n - 1` separators.
    pub(crate) fn pieces(
        &mut self,
        args: &[ExprId],
        least: i64,
        most: Option<i64>,
        facts: &Facts,
        depth: usize,
    ) -> ExprId {
        let at_least = |it: &mut Self, n: i64| {
            if n <= 1 {
                return it.store.bool(true);
            }
            let place = it.store.int(n.saturating_sub(1));
            let args: Vec<ExprId> = args.iter().copied().chain([place]).collect();
            let piece = it.store.call(Fn::JsSplitAt, &args);
            it.has_piece(piece, &args, facts, depth + 1)
        };
        let enough = at_least(self, least);
        match most {
            Some(most) if most < 1 => self.store.bool(false),
            Some(most) => {
                let more = at_least(self, most.saturating_add(1));
                let none = self.store.not(more);
                self.store.and(enough, none)
            }
            None => enough,
        }
    }

    /// `split(…)[n]` for pieces that are surely there.
    pub(crate) fn piece(&mut self, args: &[ExprId], facts: &Facts) -> ExprId {
        let whole = self.store.call(Fn::JsSplitAt, args);
        let (Some(of), Some(by), Some(n)) = (args.first().copied(), args.get(1).copied(), args.get(2)) else {
            return whole;
        };
        let (Some(separator), Some(n)) = (self.store.as_str(by).cloned(), self.store.as_int(*n)) else { return whole };
        if separator.len() != 1 {
            return whole;
        }
        let of = match n {
            0 => of,
            1 if facts.prefix(self.store, of).starts_with(&*separator) => {
                facts.rest_on_domain();
                let one = self.store.int(1);
                self.store.call(Fn::JsSliceFrom, &[of, one])
            }
            _ => return whole,
        };
        let piece = self.store.call(Fn::Before, &[of, by]);
        self.store.call(Fn::Some, &[piece])
    }
}
