//! The alternatives of a value: conditions that exclude each other and fill the guard, and what the value is under each of them.

use edge::{ExprId, Store};
use target::lang::Expr;

use crate::express::{Express, Refusal, Stop};
use crate::facts::Facts;
use crate::strengthen;

/// Most alternatives that one value is split into.
const ALTERNATIVES: usize = 8;

impl Express<'_> {
    /// What `compute` gives under the guard, split by the conditions it asks about: filters, the guard in them, and values. The
    /// filters exclude each other.
    pub(crate) fn alternatives<T: PartialEq>(
        &mut self,
        guard: ExprId,
        compute: impl FnMut(&mut Self) -> Result<T, Stop>,
    ) -> Result<Vec<(Expr, T)>, Refusal> {
        let found = self.split(guard, compute);
        // What was known of an alternative is not known of what comes next.
        self.facts = Facts::default();
        let mut written = Vec::new();
        for (condition, value) in self.joined(guard, found?) {
            let filter = self.filter(condition)?;
            if filter != Expr::Bool(false) {
                written.push((filter, value));
            }
        }
        Ok(written)
    }

    /// Alternatives with one value become one. They share the guard among them, so where the others are no more than these, these are
    /// what the others leave of it.
    fn joined<T: PartialEq>(&mut self, guard: ExprId, found: Vec<(ExprId, T)>) -> Vec<(ExprId, T)> {
        let mut groups: Vec<(Vec<ExprId>, T)> = Vec::new();
        for (condition, value) in found {
            match groups.iter_mut().find(|it| it.1 == value) {
                Some((conditions, _)) => conditions.push(condition),
                None => groups.push((vec![condition], value)),
            }
        }
        let all: Vec<Vec<ExprId>> = groups.iter().map(|it| it.0.clone()).collect();
        let any = |store: &mut Store, parts: Vec<ExprId>| {
            let none = store.bool(false);
            parts.into_iter().fold(none, |all, it| store.or(all, it))
        };
        let mut joined = Vec::new();
        for (at, (own, value)) in groups.into_iter().enumerate() {
            let others: Vec<ExprId> =
                all.iter().enumerate().filter(|it| it.0 != at).flat_map(|it| it.1).copied().collect();
            let condition = if own.len() > 1 && others.len() <= own.len() {
                let taken = any(self.store, others);
                let left = self.store.not(taken);
                self.store.and(guard, left)
            } else {
                any(self.store, own)
            };
            joined.push((condition, value));
        }
        joined
    }

    fn split<T>(
        &mut self,
        guard: ExprId,
        mut compute: impl FnMut(&mut Self) -> Result<T, Stop>,
    ) -> Result<Vec<(ExprId, T)>, Refusal> {
        let mut found = Vec::new();
        let mut pending: Vec<Vec<(ExprId, bool)>> = vec![Vec::new()];
        let mut steps = 0usize;
        while let Some(assumed) = pending.pop() {
            steps += 1;
            let mut all = guard;
            for (condition, value) in &assumed {
                let part = if *value { *condition } else { self.store.not(*condition) };
                all = self.store.and(all, part);
            }
            let plain = strengthen::condition(self.store, all, &Facts::default(), true);
            if self.store.is(plain, false) {
                continue;
            }
            self.assume(guard);
            self.learn(plain, true);
            for (condition, value) in &assumed {
                self.learn(*condition, *value);
            }
            match compute(self) {
                Ok(value) => found.push((all, value)),
                Err(Stop::Refuse(it)) => return Err(it),
                Err(Stop::Split(condition)) => {
                    let with = |value| [assumed.clone(), vec![(condition, value)]].concat();
                    pending.push(with(false));
                    pending.push(with(true));
                }
            }
            if found.len() + pending.len() > ALTERNATIVES || steps > 64 {
                return Err(Refusal::new(
                    &diag::codes::VALUE_NOT_EXPRESSIBLE,
                    format!("the value has more than {ALTERNATIVES} alternatives"),
                ));
            }
        }
        Ok(found)
    }
}
