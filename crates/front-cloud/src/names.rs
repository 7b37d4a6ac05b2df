//! Sets of names of headers, cookies and arguments, as policies give them: all, some, all but some.
//!
//! A set that is not known stays so, with its reason, unless what it is joined with decides alone.

use std::collections::BTreeSet;

/// A set of names. Headers are written in lower case; cookies and arguments keep their case, which counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Names {
    /// All.
    All,
    /// These; none where the set is empty.
    Only(BTreeSet<String>),
    /// Those that one of the patterns matches; `*` stands for any text, `?` for one character.
    Like(BTreeSet<String>),
    /// All but these.
    Except(BTreeSet<String>),
    /// Not known, and why.
    Unknown(String),
}

impl Names {
    /// No name.
    #[must_use]
    pub fn none() -> Names {
        Names::Only(BTreeSet::new())
    }

    /// Whether a name is in the set; `None` where that is not known. Headers are asked in lower case.
    #[must_use]
    pub fn admits(&self, name: &str) -> Option<bool> {
        match self {
            Names::All => Some(true),
            Names::Only(names) => Some(names.contains(name)),
            Names::Like(patterns) => Some(patterns.iter().any(|it| matches_pattern(it, name))),
            Names::Except(names) => Some(!names.contains(name)),
            Names::Unknown(_) => None,
        }
    }

    /// Whether no name is in the set.
    #[must_use]
    pub fn is_none(&self) -> bool {
        match self {
            Names::Only(names) | Names::Like(names) => names.is_empty(),
            Names::All | Names::Except(_) | Names::Unknown(_) => false,
        }
    }

    /// Whether every name is in the set.
    #[must_use]
    pub fn is_all(&self) -> bool {
        match self {
            Names::All => true,
            Names::Except(names) => names.is_empty(),
            Names::Only(_) | Names::Like(_) | Names::Unknown(_) => false,
        }
    }

    /// Whether every name of the set is in another one; `None` where that is not known.
    #[must_use]
    pub fn is_within(&self, other: &Names) -> Option<bool> {
        if self.is_none() || other.is_all() {
            return Some(true);
        }
        match (self, other) {
            (Names::Unknown(_), _) | (_, Names::Unknown(_)) => None,
            (Names::Only(names), _) => Some(names.iter().all(|it| other.admits(it) == Some(true))),
            (Names::Except(left_out), Names::Except(fewer)) => Some(fewer.is_subset(left_out)),
            (Names::All | Names::Except(_), Names::All | Names::Only(_) | Names::Like(_) | Names::Except(_)) => {
                Some(self.is_all() && other.is_all())
            }
            // Patterns are compared as they are written: equal ones match alike.
            (Names::Like(patterns), Names::Like(more)) => Some(patterns.is_subset(more)),
            (Names::Like(_), Names::All | Names::Only(_) | Names::Except(_)) => Some(false),
        }
    }

    /// The names of either set.
    #[must_use]
    pub fn union(self, other: Names) -> Names {
        match (self, other) {
            // All of one is all, whatever the other says.
            (Names::All, _) | (_, Names::All) => Names::All,
            (Names::Unknown(why), _) | (_, Names::Unknown(why)) => Names::Unknown(why),
            (Names::Only(mut one), Names::Only(two)) => {
                one.extend(two);
                Names::Only(one)
            }
            (Names::Except(one), Names::Except(two)) => Names::Except(one.intersection(&two).cloned().collect()),
            (Names::Except(mut all), Names::Only(names)) | (Names::Only(names), Names::Except(mut all)) => {
                all.retain(|it| !names.contains(it));
                Names::Except(all)
            }
            (Names::Except(mut all), Names::Like(patterns)) | (Names::Like(patterns), Names::Except(mut all)) => {
                all.retain(|it| !patterns.iter().any(|pattern| matches_pattern(pattern, it)));
                Names::Except(all)
            }
            (Names::Like(mut patterns), Names::Like(names) | Names::Only(names))
            | (Names::Only(names), Names::Like(mut patterns)) => {
                patterns.extend(names);
                Names::Like(patterns)
            }
        }
    }
}

/// Whether a pattern with `*` and `?` matches the whole text. Linear in practice: one point to go back to.
fn matches_pattern(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut here, mut star) = (0, 0, None);
    while let Some(next) = text.get(here) {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, here));
                at += 1;
            }
            Some(it) if *it == '?' || it == next => {
                at += 1;
                here += 1;
            }
            Some(_) | None => {
                let Some((from, seen)) = star else { return false };
                star = Some((from, seen + 1));
                (at, here) = (from + 1, seen + 1);
            }
        }
    }
    pattern.get(at..).is_some_and(|rest| rest.iter().all(|it| *it == '*'))
}
