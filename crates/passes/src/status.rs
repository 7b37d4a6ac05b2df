//! The status of an answer in a filter: afterwards no comparison says what another one says, and a filter that no status passes is
//! `false`. Statuses have at most three digits.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these matches look for one shape; whatever else there is or will be is refused or says nothing"
)]

use std::collections::BTreeSet;

use target::lang::{self, CompareOp, Expr, Set};

use crate::express::Refusal;
use crate::field;

/// One more than the greatest status.
const END: i64 = 1000;

/// Most levels that are followed.
const DEPTH: usize = 60;

/// Statuses, by position.
type Statuses = Vec<bool>;

/// A filter of an event that the platform runs below a status only. That it does is noted where the rule rests on it.
pub(crate) fn runs_below(status: i64, filter: Expr, notes: &mut BTreeSet<String>) -> Result<Expr, Refusal> {
    let code = || field::named("http.response.code").map(Box::new);
    let right = Box::new(Expr::Int(status));
    let below = Expr::Compare { op: CompareOp::Lt, left: code()?, right: right.clone() };
    let above = Expr::Compare { op: CompareOp::Ge, left: code()?, right };
    if plainer(lang::and([filter.clone(), above])) == Expr::Bool(false) {
        return Ok(plainer(filter));
    }
    notes.insert("viewer-response-runs-below-400".to_owned());
    Ok(plainer(lang::and([below, filter])))
}

/// The filter with every question about the status asked once.
fn plainer(filter: Expr) -> Expr {
    let parts = match filter {
        Expr::And(parts) => parts,
        other => vec![other],
    };
    let (mut asked, mut rest): (Vec<(Expr, Statuses)>, Vec<Expr>) = (Vec::new(), Vec::new());
    for part in parts {
        match statuses(&part, 0) {
            Some(it) => asked.push((part, it)),
            None => rest.push(part),
        }
    }
    let allowed = meet(asked.iter().map(|it| &it.1));
    if !allowed.iter().any(|it| *it) {
        return Expr::Bool(false);
    }
    let mut at = 0;
    while at < asked.len() {
        let others = asked.iter().enumerate().filter(|(n, _)| *n != at).map(|it| &it.1.1);
        if meet(others) == allowed {
            asked.remove(at);
        } else {
            at += 1;
        }
    }
    let rest: Vec<Expr> = rest.into_iter().map(|it| under(it, &allowed, 0)).collect();
    lang::and(asked.into_iter().map(|it| it.0).chain(rest))
}

fn meet<'a>(all: impl Iterator<Item = &'a Statuses>) -> Statuses {
    let every: Statuses = (0..END).map(|_| true).collect();
    all.fold(every, |known, it| known.iter().zip(it).map(|(a, b)| *a && *b).collect())
}

/// The statuses that pass a condition which asks for nothing else.
fn statuses(of: &Expr, depth: usize) -> Option<Statuses> {
    if depth > DEPTH {
        return None;
    }
    match of {
        Expr::Not(inner) => Some(statuses(inner, depth + 1)?.into_iter().map(|it| !it).collect()),
        Expr::And(parts) => {
            let all: Option<Vec<Statuses>> = parts.iter().map(|it| statuses(it, depth + 1)).collect();
            Some(meet(all?.iter()))
        }
        Expr::Or(parts) => {
            let none: Statuses = (0..END).map(|_| false).collect();
            parts.iter().try_fold(none, |known, it| {
                let more = statuses(it, depth + 1)?;
                Some(known.iter().zip(&more).map(|(a, b)| *a || *b).collect())
            })
        }
        Expr::Compare { op, left, right } => {
            let (Expr::Field(name), Expr::Int(number)) = (left.as_ref(), right.as_ref()) else { return None };
            if name.as_str() != "http.response.code" {
                return None;
            }
            let passes: fn(i64, i64) -> bool = match op {
                CompareOp::Eq => |a, b| a == b,
                CompareOp::Ne => |a, b| a != b,
                CompareOp::Lt => |a, b| a < b,
                CompareOp::Le => |a, b| a <= b,
                CompareOp::Gt => |a, b| a > b,
                CompareOp::Ge => |a, b| a >= b,
                _ => return None,
            };
            Some((0..END).map(|it| passes(it, *number)).collect())
        }
        Expr::In { left, set: Set::Ints(ranges) } => match left.as_ref() {
            Expr::Field(name) if name.as_str() == "http.response.code" => {
                Some((0..END).map(|it| ranges.iter().any(|(from, to)| (*from..=*to).contains(&it))).collect())
            }
            _ => None,
        },
        _ => None,
    }
}

/// A condition where only these statuses occur.
fn under(of: Expr, allowed: &Statuses, depth: usize) -> Expr {
    if depth > DEPTH {
        return of;
    }
    if let Some(it) = statuses(&of, depth) {
        let mut both = it.iter().zip(allowed).filter(|(_, possible)| **possible).map(|(passes, _)| *passes);
        let first = both.next();
        if let Some(answer) = first.filter(|first| both.all(|it| it == *first)) {
            return Expr::Bool(answer);
        }
    }
    match of {
        Expr::Not(inner) => lang::not(under(*inner, allowed, depth + 1)),
        Expr::And(parts) => lang::and(parts.into_iter().map(|it| under(it, allowed, depth + 1))),
        Expr::Or(parts) => lang::or(parts.into_iter().map(|it| under(it, allowed, depth + 1))),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use target::lang::{parse, print};

    fn said(text: &str) -> (String, bool) {
        let mut notes = BTreeSet::new();
        let filter = parse(text).unwrap_or(Expr::Bool(true));
        let found = runs_below(400, filter, &mut notes).unwrap_or(Expr::Bool(true));
        (print(&found), !notes.is_empty())
    }

    #[test]
    fn a_status_is_asked_once() {
        for (text, plain, rests) in [
            ("true", "http.response.code lt 400", true),
            ("http.response.code eq 404", "false", true),
            ("http.response.code ge 500 or http.response.code eq 404", "false", true),
            ("http.response.code eq 200", "http.response.code eq 200", false),
            (
                "http.response.code ge 200 and http.response.code lt 400",
                "http.response.code ge 200 and http.response.code lt 400",
                false,
            ),
            ("not http.response.code eq 404", "http.response.code lt 400", true),
            (
                "http.response.code eq 404 or http.host eq \"a\"",
                "http.response.code lt 400 and http.host eq \"a\"",
                true,
            ),
            ("http.host eq \"a\"", "http.response.code lt 400 and http.host eq \"a\"", true),
        ] {
            assert_eq!(said(text), (plain.to_owned(), rests), "{text}");
        }
    }
}
