//! `fit`: afterwards the rules of a zone are inside the plan's limits; what does not fit is named, whole behaviors at a time.

use std::collections::{BTreeMap, BTreeSet};

use target::accept::rule_problems;
use target::limits::{HEADER_OPERATIONS, Limit, Limits};
use target::phase::Phase;
use target::ruleset::{Action, HeaderOp, Rule};

use crate::Reason;

/// A rule with the behaviors that need it.
#[derive(Clone, Debug)]
pub(crate) struct Owned {
    pub(crate) phase: Phase,
    pub(crate) rule: Rule,
    pub(crate) owners: Vec<usize>,
}

/// Header rules with equal guards become one, where no rule between them writes the same header.
pub(crate) fn merge(rules: Vec<Owned>) -> Vec<Owned> {
    let mut merged: Vec<Owned> = Vec::new();
    for it in rules {
        let names = ops(&it.rule.action).map(|it| it.keys().cloned().collect::<BTreeSet<_>>()).unwrap_or_default();
        let mut target = None;
        for (at, earlier) in merged.iter().enumerate().rev() {
            let Some(there) = ops(&earlier.rule.action).filter(|_| earlier.phase == it.phase && !names.is_empty())
            else {
                continue;
            };
            if there.keys().any(|name| names.contains(name)) {
                break;
            }
            if earlier.rule.expression == it.rule.expression && there.len() + names.len() <= HEADER_OPERATIONS {
                target = Some(at);
                break;
            }
        }
        match target.and_then(|at| merged.get_mut(at)) {
            Some(earlier) => {
                if let (
                    Action::RequestHeaders(all) | Action::ResponseHeaders(all),
                    Action::RequestHeaders(more) | Action::ResponseHeaders(more),
                ) = (&mut earlier.rule.action, it.rule.action)
                {
                    all.extend(more);
                }
                earlier.owners.extend(it.owners);
                let text = format!("{}; {}", earlier.rule.description, it.rule.description);
                if text.len() <= 500 {
                    earlier.rule.description = text;
                }
            }
            None => merged.push(it),
        }
    }
    merged
}

fn ops(action: &Action) -> Option<&BTreeMap<String, HeaderOp>> {
    match action {
        Action::RequestHeaders(ops) | Action::ResponseHeaders(ops) => Some(ops),
        Action::Redirect { .. }
        | Action::RedirectFromList { .. }
        | Action::RewriteUrl { .. }
        | Action::Route { .. }
        | Action::Block { .. } => None,
    }
}

/// Behaviors whose rules the product would not take, with the reason.
pub(crate) fn unaccepted(rules: &[Owned], limits: &Limits) -> Vec<(usize, Reason)> {
    let mut found = Vec::new();
    for it in rules {
        let Some(problem) = rule_problems(&it.rule, it.phase, limits).into_iter().next() else { continue };
        let code = if problem.contains("needs the plan") || problem.starts_with("the plan ") {
            &diag::codes::PLAN_FEATURE_MISSING
        } else if problem.contains("more than") {
            &diag::codes::EXPRESSION_TOO_LONG
        } else {
            &diag::codes::VALUE_NOT_EXPRESSIBLE
        };
        found.extend(it.owners.iter().map(|owner| (*owner, Reason { code, message: problem.clone() })));
    }
    found
}

/// Behaviors beyond the number of rules that the plan allows. The three transform phases are counted together (fact-10).
pub(crate) fn over_quota(rules: &[Owned], limits: &Limits) -> Vec<(usize, Reason)> {
    let mut used: BTreeMap<Limit, u64> = BTreeMap::new();
    let mut found = Vec::new();
    for it in rules {
        let limit = it.phase.row().limit;
        let count = used.entry(limit).or_default();
        *count += 1;
        let most = limits.get(limit);
        if *count > most {
            let message = format!("the plan {} has {most} rules of {}", limits.plan, it.phase.row().product);
            found.extend(
                it.owners
                    .iter()
                    .map(|owner| (*owner, Reason { code: &diag::codes::OVER_QUOTA, message: message.clone() })),
            );
        }
    }
    found
}
