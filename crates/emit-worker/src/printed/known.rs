//! What is known at the place that is printed: conditions that failed before it, texts that are there. It shortens conditions and
//! takes away defaults that cannot be needed; the type checker sees the same, as it narrows constants.

use std::collections::BTreeSet;

use edge::{ExprId, Fn, Node};

use super::expression::{Expressions, two};

/// Optional texts that are there, conditions that hold, and conditions that do not.
#[derive(Clone, Default)]
pub(super) struct Known {
    pub(super) present: BTreeSet<ExprId>,
    held: BTreeSet<ExprId>,
    refuted: BTreeSet<ExprId>,
}

impl Expressions<'_> {
    /// From here on a condition does not hold: what was behind it has returned.
    pub(super) fn refute(&mut self, guard: ExprId) {
        self.known.refuted.insert(guard);
        let leaves = if matches!(self.store.node(guard), Node::Or(..)) { self.leaves(guard) } else { vec![guard] };
        self.known.refuted.extend(leaves.iter().copied());
        for leaf in leaves {
            if let Node::Not(inner) = self.store.node(leaf) {
                self.holds(*inner);
            }
        }
    }

    /// What is known at this place.
    pub(super) fn known(&self) -> Known {
        self.known.clone()
    }

    /// Goes back to what was known at a place.
    pub(super) fn forget(&mut self, to: Known) {
        self.known = to;
    }

    /// Prints under a condition that holds.
    pub(super) fn under<T>(&mut self, guard: ExprId, print: impl FnOnce(&mut Self) -> T) -> T {
        let known = self.known();
        self.holds(guard);
        let came = print(self);
        self.forget(known);
        came
    }

    /// What is known where a condition holds.
    pub(super) fn holds(&mut self, guard: ExprId) {
        for leaf in self.leaves_of(guard) {
            if let Some(it) = self.shows(leaf, false).filter(|it| self.named.contains_key(it)) {
                self.known.present.insert(it);
            }
            if let Node::Not(inner) = self.store.node(leaf) {
                self.known.refuted.insert(*inner);
            } else {
                self.known.held.insert(leaf);
            }
        }
    }

    /// The optional of which a condition says, holding or failing (`negated`), that it is there.
    fn shows(&self, leaf: ExprId, negated: bool) -> Option<ExprId> {
        match (self.store.node(leaf), negated) {
            (Node::Not(inner), true | false) => self.shows(*inner, !negated),
            (Node::Call(Fn::Present, args), false) => args.first().copied(),
            (Node::Call(Fn::StrEq, args), true | false) => {
                let [a, b] = two(args).ok()?;
                let (subject, constant) = if self.is_constant(a) { (b, a) } else { (a, b) };
                let Node::Call(Fn::Or, args) = self.store.node(subject) else { return None };
                let [optional, other] = two(args).ok()?;
                let (wanted, given) = (self.store.as_str(constant)?, self.store.as_str(other)?);
                // Equal to something else than what stands for absence, or different from just that.
                ((wanted != given) != negated).then_some(optional)
            }
            (_, true | false) => None,
        }
    }

    /// Whether a condition holds here, where that is known.
    pub(super) fn decided(&self, condition: ExprId) -> Option<bool> {
        let (asked, negated) =
            if let Node::Not(inner) = self.store.node(condition) { (*inner, true) } else { (condition, false) };
        let holds = if self.known.held.contains(&asked) {
            true
        } else if self.known.refuted.contains(&asked) {
            false
        } else {
            return None;
        };
        Some(holds != negated)
    }

    /// Whether a condition is known to hold, each part of it for itself.
    pub(super) fn certain(&self, condition: ExprId) -> bool {
        self.leaves_of(condition).into_iter().all(|it| self.decided(it) == Some(true))
    }

    /// The parts that all have to hold.
    fn leaves_of(&self, condition: ExprId) -> Vec<ExprId> {
        if matches!(self.store.node(condition), Node::And(..)) { self.leaves(condition) } else { vec![condition] }
    }

    /// The operands without those that the others, or what is known here, already say. At least one stays.
    pub(super) fn needed(&self, leaves: Vec<ExprId>, all: bool) -> Vec<ExprId> {
        let shown: BTreeSet<ExprId> =
            leaves.iter().filter(|it| !self.asks_presence(**it, all)).filter_map(|it| self.shows(*it, !all)).collect();
        let known = |leaf| self.decided(leaf) == Some(all);
        let said = |leaf| self.asks_presence(leaf, all) && self.shows(leaf, !all).is_some_and(|it| shown.contains(&it));
        let idle = |leaf: ExprId| known(leaf) || said(leaf);
        let out: Vec<ExprId> = leaves.iter().copied().filter(|it| !idle(*it)).collect();
        if out.is_empty() { leaves } else { out }
    }

    /// Whether a condition is nothing but whether something is there, or, where one is enough, that it is not.
    fn asks_presence(&self, leaf: ExprId, all: bool) -> bool {
        let inner = match (self.store.node(leaf), all) {
            (_, true) => leaf,
            (Node::Not(inner), false) => *inner,
            (_, false) => return false,
        };
        !self.named.contains_key(&inner) && matches!(self.store.node(inner), Node::Call(Fn::Present, _))
    }
}
