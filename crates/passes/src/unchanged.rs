//! `unchanged`: afterwards no rule rewrites a path to what it is, unless a rule in front of it would change it otherwise.
//!
//! All rules of a phase see the path as it came in and the last writer wins, so the first writer of all need not write what is there.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these matches look for one shape; whatever else there is or will be is refused or says nothing"
)]

use target::lang::Expr;
use target::phase::Phase;
use target::ruleset::{Action, Value};

use crate::fit::Owned;

/// Takes out the rewrites that change nothing; the rules are in their final order.
pub(crate) fn left_out(rules: Vec<Owned>) -> Vec<Owned> {
    let mut kept: Vec<Owned> = Vec::new();
    for it in rules {
        // The rules of one behavior exclude each other.
        let written = |other: &Owned| {
            matches!(&other.rule.action, Action::RewriteUrl { path: Some(_), query: _ })
                && other.owners != it.owners
                && !apart(&other.rule.expression, &it.rule.expression)
        };
        let idle = it.phase == Phase::UrlRewrite && keeps_path(&it.rule.action) && !kept.iter().any(written);
        if !idle {
            kept.push(it);
        }
    }
    kept
}

/// Whether one condition asks for what the other one excludes.
fn apart(a: &Expr, b: &Expr) -> bool {
    let negated = |a: &Expr, b: &Expr| matches!(b, Expr::Not(it) if **it == *a);
    parts(a).iter().any(|x| parts(b).iter().any(|y| negated(x, y) || negated(y, x)))
}

fn parts(expr: &Expr) -> &[Expr] {
    match expr {
        Expr::And(parts) => parts,
        _ => std::slice::from_ref(expr),
    }
}

fn keeps_path(action: &Action) -> bool {
    let Action::RewriteUrl { path: Some(Value::Dynamic(Expr::Field(name))), query: None } = action else {
        return false;
    };
    name.as_str() == "http.request.uri.path"
}

#[cfg(test)]
mod tests {
    use target::lang::{field, not};
    use target::ruleset::Rule;

    use super::*;

    fn rule(owner: usize, expression: Expr, path: &str) -> Owned {
        let path = field(path).map_or_else(|| Value::Static(path.to_owned()), Value::Dynamic);
        let action = Action::RewriteUrl { path: Some(path), query: None };
        let rule = Rule { reference: String::new(), description: String::new(), expression, action, enabled: true };
        Owned { phase: Phase::UrlRewrite, rule, owners: vec![owner] }
    }

    #[test]
    fn a_path_is_kept_by_a_rule_only_where_another_one_would_change_it() {
        let (ssl, same) = (field("ssl").unwrap_or(Expr::Bool(true)), "http.request.uri.path");
        let count = |rules| left_out(rules).len();
        assert_eq!(count(vec![rule(0, ssl.clone(), same)]), 0);
        assert_eq!(count(vec![rule(0, ssl.clone(), "/a"), rule(0, not(ssl.clone()), same)]), 1);
        assert_eq!(count(vec![rule(1, ssl.clone(), "/a"), rule(0, not(ssl.clone()), same)]), 1);
        // A later arm of the function would write the path here.
        assert_eq!(count(vec![rule(1, Expr::Bool(true), "/a"), rule(0, ssl.clone(), same)]), 2);
        assert_eq!(count(vec![rule(0, ssl.clone(), same), rule(1, ssl, "/a")]), 1);
    }
}
