//! Small forms of the rules language: a choice, a disjunction of equalities, a literal inside of a pattern, an answer for a fixed text.

use target::lang::{self, CompareOp, Expr, Set};

use crate::express::Ask;
use crate::js_regex::{self, Plain};

/// `if c then a else b`.
pub(crate) fn choose(c: Expr, a: Expr, b: Expr) -> Expr {
    if a == b {
        return a;
    }
    match (&a, &b) {
        (Expr::Bool(true), Expr::Bool(false)) => c,
        (Expr::Bool(false), Expr::Bool(true)) => lang::not(c),
        _ => lang::or([lang::and([c.clone(), a]), lang::and([lang::not(c), b])]),
    }
}

/// What a predicate says of a fixed text; patterns only where they are plain.
pub(crate) fn constant(text: &str, ask: &Ask) -> Option<bool> {
    match ask {
        Ask::Eq(with) => Some(text == with),
        Ask::Starts(with) => Some(text.starts_with(with.as_str())),
        Ask::Ends(with) => Some(text.ends_with(with.as_str())),
        Ask::Contains(with) => Some(text.contains(with.as_str())),
        Ask::Pattern(pattern, flags) => {
            let lower = text.to_ascii_lowercase();
            let text = if flags.contains('i') { lower.as_str() } else { text };
            let mut found = false;
            for it in js_regex::plain(pattern, flags)? {
                found |= match it {
                    Plain::All => true,
                    Plain::Eq(it) => text == it,
                    Plain::Starts(it) => text.starts_with(&it),
                    Plain::Ends(it) => text.ends_with(&it),
                    Plain::Contains(it) => text.contains(&it),
                    Plain::Wildcard(_) if text.is_empty() => false,
                    Plain::Wildcard(_) => return None,
                };
            }
            Some(found)
        }
    }
}

/// Members of one kind that a left side is compared with.
enum Members {
    Strings(Vec<String>),
    Ips(Vec<String>),
}

impl Members {
    fn of(right: &Expr) -> Option<Members> {
        match right {
            Expr::Str(it) => Some(Members::Strings(vec![it.clone()])),
            Expr::Ip(it) => Some(Members::Ips(vec![it.clone()])),
            Expr::Bool(_)
            | Expr::Field(_)
            | Expr::Index(..)
            | Expr::Int(_)
            | Expr::Call(..)
            | Expr::Not(_)
            | Expr::And(_)
            | Expr::Or(_)
            | Expr::Xor(_)
            | Expr::Compare { .. }
            | Expr::In { .. } => None,
        }
    }

    /// Takes in the members of another, where both are of one kind.
    fn take(&mut self, other: &Members) -> bool {
        match (self, other) {
            (Members::Strings(all), Members::Strings(more)) | (Members::Ips(all), Members::Ips(more)) => {
                let new: Vec<String> = more.iter().filter(|it| !all.contains(it)).cloned().collect();
                all.extend(new);
                true
            }
            (Members::Strings(_), Members::Ips(_)) | (Members::Ips(_), Members::Strings(_)) => false,
        }
    }

    /// The set, where there is more than one member.
    fn set(self) -> Option<Set> {
        match self {
            Members::Strings(all) => (all.len() > 1).then_some(Set::Strings(all)),
            Members::Ips(all) => (all.len() > 1).then_some(Set::Ips(all)),
        }
    }
}

/// A disjunction in which equalities on one left side become one set.
pub(crate) fn join_equalities(parts: Vec<Expr>) -> Expr {
    let mut joined: Vec<Expr> = Vec::new();
    let mut sets: Vec<(usize, Members)> = Vec::new();
    for part in parts {
        if let Expr::Compare { op: CompareOp::Eq, left, right } = &part
            && let Some(new) = Members::of(right)
        {
            let same = |at: usize| matches!(joined.get(at), Some(Expr::Compare { left: it, .. }) if it == left);
            if sets.iter_mut().any(|(at, members)| same(*at) && members.take(&new)) {
                continue;
            }
            sets.push((joined.len(), new));
        }
        joined.push(part);
    }
    for (at, members) in sets {
        if let Some(set) = members.set()
            && let Some(slot) = joined.get_mut(at)
            && let Expr::Compare { left, .. } = slot.clone()
        {
            *slot = Expr::In { left, set };
        }
    }
    lang::or(joined)
}

/// A literal for use inside a pattern.
pub(crate) fn escape_literal(text: &str) -> String {
    let mut out = String::new();
    for it in text.chars() {
        if it.is_ascii_punctuation()
            && !matches!(it, '/' | '_' | '-' | '"' | '\'' | ',' | ':' | ';' | '=' | '!' | '@' | '%' | '`' | '<' | '>')
        {
            out.push('\\');
        }
        out.push(it);
    }
    out
}
