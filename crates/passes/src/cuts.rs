//! Cuts of texts that are made of others: a cut of a choice is a choice of cuts, a cut of joined texts is one of the part that it falls
//! into, and a cut of a cut is one cut. All of it is equal on every text; letters of one case are a matter of the domain facts.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these matches look for one shape; whatever else there is or will be is refused or says nothing"
)]

use edge::{ExprId, Fn, Node};

use crate::facts::Facts;
use crate::strengthen::{Strengthen, sliced};

/// Most levels that are followed.
const DEPTH: usize = 60;

/// Most nodes of a text whose choices are cut one by one.
const NODES: u32 = 200;

impl Strengthen<'_> {
    /// The text from one position to another, or to its end, as plain as it gets.
    pub(crate) fn cut(&mut self, of: ExprId, from: i64, to: Option<i64>, facts: &Facts, depth: usize) -> ExprId {
        let found = if depth > DEPTH { None } else { self.cut_inside(of, from, to, facts, depth) };
        found.unwrap_or_else(|| self.cut_as_it_is(of, from, to))
    }

    fn cut_as_it_is(&mut self, of: ExprId, from: i64, to: Option<i64>) -> ExprId {
        let from = self.store.int(from);
        match to {
            Some(to) => {
                let to = self.store.int(to);
                self.store.call(Fn::JsSlice, &[of, from, to])
            }
            None => self.store.call(Fn::JsSliceFrom, &[of, from]),
        }
    }

    fn cut_inside(&mut self, of: ExprId, from: i64, to: Option<i64>, facts: &Facts, depth: usize) -> Option<ExprId> {
        if from == 0 && to.is_none() {
            return Some(of);
        }
        if let Some(text) = self.store.as_str(of).cloned() {
            let cut = if text.is_ascii() { sliced(&text, from, to) } else { None };
            return cut.map(|it| self.store.string(&it));
        }
        match self.store.node(of).clone() {
            Node::Ite(c, a, b) => match facts.decide(self.store, c) {
                Some(holds) => Some(self.cut(if holds { a } else { b }, from, to, facts, depth + 1)),
                None if self.store.size(of) > NODES => None,
                None => {
                    let (a, b) = (self.cut(a, from, to, facts, depth + 1), self.cut(b, from, to, facts, depth + 1));
                    Some(self.store.ite(c, a, b))
                }
            },
            Node::Call(case @ (Fn::JsLower | Fn::JsUpper), args) => {
                facts.rest_on_domain();
                let cut = self.cut(*args.first()?, from, to, facts, depth + 1);
                Some(self.store.call(case, &[cut]))
            }
            Node::Call(Fn::Concat, args) => self.cut_joined(*args.first()?, *args.get(1)?, from, to, facts, depth),
            // With both ends counted from the same sides, the distances add up.
            Node::Call(Fn::JsSliceFrom, args) if from >= 0 && to.is_none_or(|it| it < 0) => {
                let before = self.store.as_int(*args.get(1)?).filter(|it| *it >= 0)?;
                Some(self.cut(*args.first()?, before.checked_add(from)?, to, facts, depth + 1))
            }
            Node::Call(Fn::JsSlice, args) if from >= 0 && to.is_none_or(|it| it < 0) => {
                let before = self.store.as_int(*args.get(1)?).filter(|it| *it >= 0)?;
                let after = self.store.as_int(*args.get(2)?).filter(|it| *it < 0)?;
                let after = after.checked_add(to.unwrap_or(0))?;
                Some(self.cut(*args.first()?, before.checked_add(from)?, Some(after), facts, depth + 1))
            }
            _ => None,
        }
    }

    fn cut_joined(
        &mut self,
        a: ExprId,
        b: ExprId,
        from: i64,
        to: Option<i64>,
        facts: &Facts,
        depth: usize,
    ) -> Option<ExprId> {
        let ascii = |it: &Self, id: ExprId| it.store.as_str(id).filter(|it| it.is_ascii()).cloned();
        if let Some(head) = ascii(self, a)
            && from >= 0
            && to.is_none_or(|it| it < 0)
        {
            let length = i64::try_from(head.len()).ok()?;
            if from >= length {
                return Some(self.cut(b, from - length, to, facts, depth + 1));
            }
            if to.is_none() {
                let rest = self.store.string(&sliced(&head, from, None)?);
                return Some(self.store.call(Fn::Concat, &[rest, b]));
            }
        }
        if let (Some(tail), 0, Some(to @ ..0)) = (ascii(self, b), from, to) {
            let length = i64::try_from(tail.len()).ok()?;
            if to.checked_neg()? >= length {
                let left = to + length;
                return Some(if left == 0 { a } else { self.cut(a, 0, Some(left), facts, depth + 1) });
            }
            let rest = self.store.string(&sliced(&tail, 0, Some(to))?);
            return Some(self.store.call(Fn::Concat, &[a, rest]));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use edge::{FieldKind, Store};

    use super::*;

    #[test]
    fn a_cut_falls_into_the_part_that_it_belongs_to() {
        let mut store = Store::new();
        let path = store.read(FieldKind::Path, None);
        let (head, tail) = (store.string("/app"), store.string("index.html"));
        let ended = store.call(Fn::Concat, &[path, tail]);
        let both = store.call(Fn::Concat, &[head, ended]);
        let facts = Facts::default();
        let mut work = Strengthen { store: &mut store, tables: false };
        assert_eq!(work.cut(ended, 0, Some(-10), &facts, 0), path);
        assert_eq!(work.cut(both, 4, None, &facts, 0), ended);
        assert_eq!(work.cut(both, 4, Some(-10), &facts, 0), path);
        let dot = work.cut(ended, 0, Some(-4), &facts, 0);
        let (rest, twice) = (work.store.string("index."), work.cut(path, 1, None, &facts, 0));
        assert_eq!(dot, work.store.call(Fn::Concat, &[path, rest]));
        assert_eq!(work.cut(twice, 2, Some(-1), &facts, 0), work.cut_as_it_is(path, 3, Some(-1)));
        // A cut that counts from the other side may meet either part.
        assert_eq!(work.cut(ended, -12, None, &facts, 0), work.cut_as_it_is(ended, -12, None));
    }
}
