//! `fit`: afterwards the rules of a zone are inside the plan's limits; what does not fit is named, whole behaviors at a time.

use std::collections::BTreeMap;

use target::accept::rule_problems;
use target::lang::Expr;
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
    // By phase: the last rule that writes a name, and the rules with an expression that have room, in order.
    let mut writes: BTreeMap<(Phase, String), usize> = BTreeMap::new();
    let mut open: BTreeMap<(Phase, Expr), Vec<usize>> = BTreeMap::new();
    for it in rules {
        let names: Vec<String> = ops(&it.rule.action).map(|it| it.keys().cloned().collect()).unwrap_or_default();
        if names.is_empty() {
            merged.push(it);
            continue;
        }
        let phase = it.phase;
        let written = names.iter().filter_map(|name| writes.get(&(phase, name.clone()))).max().copied();
        let same = open.entry((phase, it.rule.expression.clone())).or_default();
        let room = |at: usize| merged.get(at).and_then(|it| ops(&it.rule.action)).map_or(0, BTreeMap::len);
        same.retain(|at| room(*at) < HEADER_OPERATIONS);
        let target = same
            .iter()
            .rev()
            .copied()
            .take_while(|at| written.is_none_or(|it| it < *at))
            .find(|at| room(*at) + names.len() <= HEADER_OPERATIONS);
        let at = match target.and_then(|at| merged.get_mut(at).map(|it| (at, it))) {
            Some((at, earlier)) => {
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
                at
            }
            None => {
                same.push(merged.len());
                merged.push(it);
                merged.len() - 1
            }
        };
        for name in names {
            let last = writes.entry((phase, name)).or_insert(at);
            *last = at.max(*last);
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
