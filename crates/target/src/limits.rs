//! Limits and switches per plan, from rows with source and date; a user may override every number.

use crate::generated;
use crate::phase::Phase;
use crate::plan::Plan;
use std::collections::BTreeMap;

pub use crate::generated::Limit;

/// What is known about a limit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LimitRow {
    /// The key in the table and in the user's overrides.
    pub key: &'static str,
    /// The number on each plan, in the order of [`Plan::ALL`]; a switch is 0 or 1.
    pub by_plan: [u64; 4],
    /// What is counted.
    pub note: &'static str,
    /// Where this was read.
    pub source: &'static str,
    /// Age of what was read.
    pub checked: &'static str,
}

impl Limit {
    /// What is known about it.
    #[must_use]
    pub fn row(self) -> &'static LimitRow {
        generated::limit_row(self)
    }

    /// The number on a plan, before overrides.
    #[must_use]
    pub fn on(self, plan: Plan) -> u64 {
        let [free, pro, business, enterprise] = self.row().by_plan;
        match plan {
            Plan::Free => free,
            Plan::Pro => pro,
            Plan::Business => business,
            Plan::Enterprise => enterprise,
        }
    }

    /// The least plan on which a switch is on or a number is at least `needed`.
    #[must_use]
    pub fn least_plan(self, needed: u64) -> Option<Plan> {
        Plan::ALL.into_iter().find(|it| self.on(*it) >= needed)
    }

    /// The limit of a key.
    #[must_use]
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.row().key == key)
    }
}

/// The limits of one zone: its plan and what the user knows better.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Limits {
    /// The plan.
    pub plan: Plan,
    /// Numbers that replace those of the plan.
    pub overrides: BTreeMap<Limit, u64>,
}

impl Limits {
    /// The limits of a plan as documented.
    #[must_use]
    pub fn of(plan: Plan) -> Self {
        Self { plan, overrides: BTreeMap::new() }
    }

    /// The number that holds here.
    #[must_use]
    pub fn get(&self, limit: Limit) -> u64 {
        self.overrides.get(&limit).copied().unwrap_or_else(|| limit.on(self.plan))
    }

    /// Whether a switch is on.
    #[must_use]
    pub fn allows(&self, limit: Limit) -> bool {
        self.get(limit) > 0
    }

    /// How many rules a phase may hold.
    #[must_use]
    pub fn rules(&self, phase: Phase) -> u64 {
        self.get(phase.row().limit)
    }
}

/// Most bytes of one expression.
pub const EXPRESSION_BYTES: usize = 4096;

/// Most header operations in one rule.
pub const HEADER_OPERATIONS: usize = 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_the_rows() {
        for plan in Plan::ALL {
            assert_eq!(Limit::ExpressionBytes.on(plan), EXPRESSION_BYTES as u64);
            assert_eq!(Limit::HeaderOperations.on(plan), HEADER_OPERATIONS as u64);
        }
    }

    #[test]
    fn a_higher_plan_never_has_less() {
        for limit in Limit::ALL {
            assert!(limit.row().by_plan.is_sorted(), "{}", limit.row().key);
        }
    }

    #[test]
    fn overrides_win() {
        let mut limits = Limits::of(Plan::Pro);
        assert_eq!(limits.rules(Phase::DynamicRedirect), 25);
        assert!(!limits.allows(Limit::Regex));
        limits.overrides.insert(Limit::SingleRedirectRules, 125);
        limits.overrides.insert(Limit::Regex, 1);
        assert_eq!(limits.rules(Phase::DynamicRedirect), 125);
        assert!(limits.allows(Limit::Regex));
        assert_eq!(Limit::Regex.least_plan(1), Some(Plan::Business));
        assert_eq!(Limit::from_key("bulk_redirect_items"), Some(Limit::BulkRedirectItems));
    }
}
