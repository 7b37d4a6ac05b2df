//! What is known true or false on the way to the statement at hand, with an undo log.

use std::collections::HashMap;

use edge::{ExprId, Fn, Node};

use crate::Eval;

#[derive(Default)]
pub(crate) struct Known {
    facts: HashMap<ExprId, bool>,
    log: Vec<ExprId>,
}

impl Known {
    pub(crate) fn mark(&self) -> usize {
        self.log.len()
    }

    pub(crate) fn undo(&mut self, mark: usize) {
        for id in self.log.drain(mark.min(self.log.len())..) {
            self.facts.remove(&id);
        }
    }
}

impl Eval<'_> {
    /// Takes a condition as true from here on.
    pub(crate) fn assume(&mut self, id: ExprId) {
        let mut stack = vec![(id, true)];
        while let Some((id, value)) = stack.pop() {
            if self.known.facts.contains_key(&id) {
                continue;
            }
            self.known.facts.insert(id, value);
            self.known.log.push(id);
            match (self.program.store.node(id), value) {
                (Node::Not(a), _) => stack.push((*a, !value)),
                (Node::And(a, b), true) | (Node::Or(a, b), false) => stack.extend([(*a, value), (*b, value)]),
                _ => {}
            }
        }
    }

    /// Whether a condition is decided by what is known.
    pub(crate) fn decide(&self, id: ExprId) -> Option<bool> {
        self.decide_within(id, 12)
    }

    fn decide_within(&self, id: ExprId, depth: u32) -> Option<bool> {
        if let Some(value) = self.known.facts.get(&id) {
            return Some(*value);
        }
        let sub = |it: ExprId| if depth == 0 { None } else { self.decide_within(it, depth - 1) };
        match self.program.store.node(id) {
            Node::Bool(value) => Some(*value),
            Node::Not(a) => sub(*a).map(|it| !it),
            Node::And(a, b) => match (sub(*a), sub(*b)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Node::Or(a, b) => match (sub(*a), sub(*b)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
            // The path starts with a slash: a fact of the domain.
            Node::Call(Fn::StartsWith, args) => match (args.first(), args.get(1)) {
                (Some(text), Some(prefix)) if self.is_path(*text) => {
                    self.program.store.as_str(*prefix).filter(|it| &***it == "/").map(|_| true)
                }
                _ => None,
            },
            Node::Call(Fn::StrEq, args) => match (args.first(), args.get(1)) {
                (Some(text), Some(other)) if self.is_path(*text) => {
                    self.program.store.as_str(*other).filter(|it| !it.starts_with('/')).map(|_| false)
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn is_path(&self, id: ExprId) -> bool {
        matches!(self.program.store.node(id), Node::Read(field) if field.kind == edge::FieldKind::Path)
    }

    /// Whether a text surely begins with `/`.
    pub(crate) fn starts_with_slash(&self, id: ExprId) -> bool {
        let mut id = id;
        loop {
            match self.program.store.node(id) {
                Node::Call(Fn::Concat | Fn::JsLower | Fn::JsUpper, args) => match args.first() {
                    Some(first) => id = *first,
                    None => return false,
                },
                Node::Str(_) => return self.program.store.as_str(id).is_some_and(|it| it.starts_with('/')),
                _ => return self.is_path(id),
            }
        }
    }

    /// Whether a condition is decided where another one holds.
    pub(crate) fn decide_where(&mut self, holds: ExprId, id: ExprId) -> Option<bool> {
        let mark = self.known.mark();
        self.assume(holds);
        let decided = self.decide(id);
        self.known.undo(mark);
        decided
    }

    /// A condition where a fact holds: the same there, and maybe simpler.
    pub(crate) fn given(&mut self, id: ExprId, fact: ExprId) -> ExprId {
        self.given_within(id, fact, 32)
    }

    fn given_within(&mut self, id: ExprId, fact: ExprId, depth: u32) -> ExprId {
        if id == fact {
            return self.yes();
        }
        if depth == 0 {
            return id;
        }
        match *self.program.store.node(id) {
            Node::Not(a) => {
                let a = self.given_within(a, fact, depth - 1);
                self.program.store.not(a)
            }
            Node::And(a, b) => {
                let (a, b) = (self.given_within(a, fact, depth - 1), self.given_within(b, fact, depth - 1));
                self.program.store.and(a, b)
            }
            Node::Or(a, b) => {
                let (a, b) = (self.given_within(a, fact, depth - 1), self.given_within(b, fact, depth - 1));
                self.program.store.or(a, b)
            }
            _ => id,
        }
    }

    /// The condition without the conjuncts that are known.
    pub(crate) fn simplify(&mut self, id: ExprId) -> ExprId {
        match self.decide(id) {
            Some(value) => self.program.store.bool(value),
            None => id,
        }
    }
}
