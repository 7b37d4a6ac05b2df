//! Disjointness of guards, sound and incomplete: two guards exclude each other if they say opposite things of one expression, or two
//! different things of one text.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these matches look for one shape; whatever else there is or will be is refused or says nothing"
)]

use std::collections::{BTreeMap, BTreeSet};

use edge::{ExprId, Fn, Node, Store};

/// What a guard says on every request on which it holds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Literals {
    holds: BTreeSet<ExprId>,
    fails: BTreeSet<ExprId>,
    /// Texts that an expression is one of.
    equal: BTreeMap<ExprId, BTreeSet<String>>,
    /// Prefixes that an expression has.
    begins: BTreeMap<ExprId, String>,
    never: bool,
}

/// Guards by a text that each of them asks for, so that a guard is only compared with those that it may meet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buckets {
    /// By the expression that is compared, then by text.
    by_text: BTreeMap<ExprId, BTreeMap<String, Vec<usize>>>,
    /// Guards that compare nothing with a text.
    others: Vec<usize>,
}

impl Buckets {
    /// Adds a guard under its number.
    pub(crate) fn add(&mut self, number: usize, guard: &Literals) {
        match guard.equal.iter().min_by_key(|(_, texts)| texts.len()) {
            Some((subject, texts)) => {
                let of = self.by_text.entry(*subject).or_default();
                for text in texts {
                    of.entry(text.clone()).or_default().push(number);
                }
            }
            None => self.others.push(number),
        }
    }

    /// The guards that do not exclude this one by one text alone.
    pub(crate) fn may_meet(&self, guard: &Literals) -> Vec<usize> {
        let mut found = self.others.clone();
        for (subject, of) in &self.by_text {
            match guard.equal.get(subject) {
                Some(texts) => texts.iter().filter_map(|it| of.get(it)).for_each(|it| found.extend(it)),
                None => of.values().for_each(|it| found.extend(it)),
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Most literals that are read off one guard.
const MOST: usize = 512;

/// Most rows of a table whose keys are read.
const ROWS: usize = 1 << 17;

/// Reads the literals off a guard.
pub(crate) fn literals(store: &Store, guard: ExprId) -> Literals {
    let mut all = Literals::default();
    let mut pending = vec![(guard, true)];
    let mut steps = 0usize;
    while let Some((id, value)) = pending.pop() {
        steps += 1;
        if steps > MOST {
            break;
        }
        if value {
            all.holds.insert(id)
        } else {
            all.fails.insert(id)
        };
        match store.node(id) {
            Node::Bool(it) if *it != value => all.never = true,
            Node::Not(a) => pending.push((*a, !value)),
            Node::And(a, b) if value => pending.extend([(*a, true), (*b, true)]),
            Node::Or(a, b) if !value => pending.extend([(*a, false), (*b, false)]),
            Node::Or(..) if value => {
                if let Some((subject, texts)) = one_of(store, id) {
                    narrow(&mut all, subject, texts);
                }
            }
            Node::Call(Fn::Present, args) if value => {
                if let Some(Node::Lookup(table, key)) = args.first().map(|it| store.node(*it))
                    && store.rows(*table).rows.len() <= ROWS
                {
                    let keys = store.rows(*table).rows.keys().map(|it| it.to_string()).collect();
                    narrow(&mut all, *key, keys);
                }
            }
            Node::Call(Fn::StrEq, args) if value => {
                if let Some((subject, text)) = equality(store, args) {
                    narrow(&mut all, subject, BTreeSet::from([text]));
                }
            }
            Node::Call(Fn::IntEq, args) if value => {
                let number = |n: usize| args.get(n).and_then(|it| store.as_int(*it));
                let pair = match (number(0), number(1)) {
                    (Some(it), None) => args.get(1).map(|of| (*of, it)),
                    (None, Some(it)) => args.first().map(|of| (*of, it)),
                    (Some(_), Some(_)) | (None, None) => None,
                };
                if let Some((subject, number)) = pair {
                    narrow(&mut all, subject, BTreeSet::from([number.to_string()]));
                }
            }
            Node::Call(Fn::StartsWith, args) if value => {
                if let (Some(of), Some(prefix)) = (args.first(), args.get(1).and_then(|it| store.as_str(*it))) {
                    let known = all.begins.entry(*of).or_default();
                    if prefix.len() > known.len() {
                        *known = prefix.to_string();
                    }
                }
            }
            _ => {}
        }
    }
    all
}

fn narrow(all: &mut Literals, subject: ExprId, texts: BTreeSet<String>) {
    match all.equal.get_mut(&subject) {
        Some(known) => {
            known.retain(|it| texts.contains(it));
            all.never |= known.is_empty();
        }
        None => {
            all.equal.insert(subject, texts);
        }
    }
}

fn equality(store: &Store, args: &[ExprId]) -> Option<(ExprId, String)> {
    let (a, b) = (*args.first()?, *args.get(1)?);
    match (store.as_str(a), store.as_str(b)) {
        (None, Some(text)) => Some((a, text.to_string())),
        (Some(text), None) => Some((b, text.to_string())),
        (Some(_), Some(_)) | (None, None) => None,
    }
}

/// A disjunction of equalities on one subject.
pub(crate) fn one_of(store: &Store, root: ExprId) -> Option<(ExprId, BTreeSet<String>)> {
    let (mut pending, mut texts, mut subject) = (vec![root], BTreeSet::new(), None);
    while let Some(id) = pending.pop() {
        match store.node(id) {
            Node::Or(a, b) => pending.extend([*a, *b]),
            Node::Call(Fn::StrEq, args) => {
                let (of, text) = equality(store, args)?;
                if *subject.get_or_insert(of) != of || texts.len() > MOST {
                    return None;
                }
                texts.insert(text);
            }
            _ => return None,
        }
    }
    Some((subject?, texts))
}

/// Whether no request passes both guards.
pub(crate) fn disjoint(a: &Literals, b: &Literals) -> bool {
    if a.never || b.never || !a.holds.is_disjoint(&b.fails) || !a.fails.is_disjoint(&b.holds) {
        return true;
    }
    let apart = |a: &Literals, b: &Literals| {
        a.equal.iter().any(|(subject, texts)| {
            b.equal.get(subject).is_some_and(|it| it.is_disjoint(texts))
                || b.begins.get(subject).is_some_and(|it| !texts.iter().any(|text| text.starts_with(it.as_str())))
        })
    };
    let prefixes = a.begins.iter().any(|(subject, x)| {
        b.begins.get(subject).is_some_and(|y| !x.starts_with(y.as_str()) && !y.starts_with(x.as_str()))
    });
    apart(a, b) || apart(b, a) || prefixes
}
