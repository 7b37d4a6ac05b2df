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

/// Header rules with equal guards become one, where no rule between them writes the same header; so do equal rules in a row.
pub(crate) fn merge(rules: Vec<Owned>) -> Vec<Owned> {
    let mut merged: Vec<Owned> = Vec::new();
    // By phase: the last rule that writes a name, and the rules with an expression that have room, in order.
    let mut writes: BTreeMap<(Phase, String), usize> = BTreeMap::new();
    let mut open: BTreeMap<(Phase, Expr), Vec<usize>> = BTreeMap::new();
    for it in rules {
        let names: Vec<String> = ops(&it.rule.action).map(|it| it.keys().cloned().collect()).unwrap_or_default();
        if names.is_empty() {
            // Behaviors that share a rule stand beside each other.
            let same = |last: &&mut Owned| {
                last.phase == it.phase
                    && last.rule.expression == it.rule.expression
                    && last.rule.action == it.rule.action
            };
            match merged.last_mut().filter(same) {
                Some(last) => last.owners.extend(it.owners),
                None => merged.push(it),
            }
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

/// Rules of one behavior above which it is the first to go where there is no room for all.
const MANY: usize = 8;

/// Behaviors beyond the number of rules that the plan allows. The three transform phases are counted together (fact-10). A behavior
/// of many rules makes room for the others.
pub(crate) fn over_quota(rules: &[Owned], limits: &Limits) -> Vec<(usize, Reason)> {
    let mut by_limit: BTreeMap<Limit, Vec<&Owned>> = BTreeMap::new();
    for it in rules {
        by_limit.entry(it.phase.row().limit).or_default().push(it);
    }
    let mut found = Vec::new();
    for (limit, rules) in by_limit {
        let most = limits.get(limit);
        let room = usize::try_from(most).unwrap_or(usize::MAX);
        let Some(beyond) = rules.get(room..).filter(|it| !it.is_empty()) else { continue };
        let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
        rules.iter().flat_map(|it| &it.owners).for_each(|it| *counts.entry(*it).or_default() += 1);
        let largest = counts.iter().max_by_key(|it| it.1).filter(|it| *it.1 > MANY).map(|it| *it.0);
        let reason = |it: &Owned| {
            let message = format!("the plan {} has {most} rules of {}", limits.plan, it.phase.row().product);
            Reason { code: &diag::codes::OVER_QUOTA, message }
        };
        match largest.zip(beyond.first()) {
            Some((owner, it)) => found.push((owner, reason(it))),
            None => found.extend(beyond.iter().flat_map(|it| it.owners.iter().map(|owner| (*owner, reason(it))))),
        }
    }
    found
}
