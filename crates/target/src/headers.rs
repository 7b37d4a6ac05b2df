//! Which headers transform rules may change. What rests on an open fact is refused.

use crate::generated;
use crate::phase::Side;
use std::fmt;

/// What is known about the headers of one side.
#[derive(Clone, Copy, Debug)]
pub struct HeaderRow {
    /// Prefixes of names that are neither set nor removed.
    pub forbidden_prefixes: &'static [&'static str],
    /// Names under such a prefix that may be removed.
    pub removable: &'static [&'static str],
    /// Names that may be removed and not set.
    pub unsettable: &'static [&'static str],
    /// Names that are neither set nor removed.
    pub forbidden: &'static [&'static str],
    /// Prefixes of names of which it is not known.
    pub unsure_prefixes: &'static [&'static str],
    /// Names of which it is not known.
    pub unsure: &'static [&'static str],
    /// The open fact about those.
    pub fact: &'static str,
    /// Where this was read.
    pub source: &'static str,
    /// Age of what was read.
    pub checked: &'static str,
}

/// What a rule does to a header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Operation {
    /// Replaces it.
    Set,
    /// Adds a line.
    Add,
    /// Drops it.
    Remove,
}

/// Why a header may not be changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Refusal {
    /// The name has a byte outside `A-Z a-z 0-9 _ -`, or none at all.
    Name,
    /// The product refuses it.
    Reserved,
    /// Requests have no `add`.
    NoAdd,
    /// It is not known whether the product refuses it.
    Unsure(&'static str),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str("the name is not made of letters, digits, `_` and `-`"),
            Self::Reserved => f.write_str("rules may not change this header"),
            Self::NoAdd => f.write_str("request headers are set or removed, never added"),
            Self::Unsure(fact) => write!(f, "whether rules may change this header is open ({fact})"),
        }
    }
}

/// What is known about the headers of a side.
#[must_use]
pub fn row(side: Side) -> &'static HeaderRow {
    match side {
        Side::Request => &generated::REQUEST_HEADERS,
        Side::Response => &generated::RESPONSE_HEADERS,
    }
}

/// Whether a rule may do this to a header.
pub fn permits(side: Side, operation: Operation, name: &str) -> Result<(), Refusal> {
    let row = row(side);
    let name = name.to_ascii_lowercase();
    let listed = |list: &[&str]| list.contains(&name.as_str());
    let prefixed = |list: &[&str]| list.iter().any(|it| name.starts_with(it));
    if name.is_empty() || !name.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-')) {
        return Err(Refusal::Name);
    }
    if operation == Operation::Remove && listed(row.removable) {
        return Ok(());
    }
    if prefixed(row.forbidden_prefixes) || listed(row.forbidden) {
        return Err(Refusal::Reserved);
    }
    if listed(row.unsettable) {
        return if operation == Operation::Remove { Ok(()) } else { Err(Refusal::Reserved) };
    }
    if operation == Operation::Add && side == Side::Request {
        return Err(Refusal::NoAdd);
    }
    if prefixed(row.unsure_prefixes) || listed(row.unsure) {
        return Err(Refusal::Unsure(row.fact));
    }
    Ok(())
}

/// Whether a fixed value is made of the documented characters. The empty one is not: it would remove the header.
#[must_use]
pub fn is_value(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|it| matches!(it, b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_permitted_or_refused_with_their_reason() {
        use Operation::{Add, Remove, Set};
        use Side::{Request, Response};
        for (side, operation, name, expected) in [
            (Request, Set, "X-A", Ok(())),
            (Request, Add, "x-a", Err(Refusal::NoAdd)),
            (Request, Set, "cookie", Err(Refusal::Reserved)),
            (Request, Remove, "cookie", Ok(())),
            (Request, Set, "X-Real-IP", Err(Refusal::Reserved)),
            (Request, Remove, "cf-connecting-ip", Ok(())),
            (Request, Set, "cf-connecting-ip", Err(Refusal::Reserved)),
            (Request, Remove, "cf-ray", Err(Refusal::Reserved)),
            (Request, Set, "host", Err(Refusal::Unsure("fact-26"))),
            (Request, Set, "sec-fetch-mode", Err(Refusal::Unsure("fact-26"))),
            (Request, Set, "x a", Err(Refusal::Name)),
            (Request, Set, "", Err(Refusal::Name)),
            (Response, Add, "set-cookie", Ok(())),
            (Response, Set, "server", Err(Refusal::Reserved)),
            (Response, Remove, "server", Err(Refusal::Reserved)),
            (Response, Set, "date", Err(Refusal::Unsure("fact-28"))),
        ] {
            assert_eq!(permits(side, operation, name), expected, "{name}");
        }
    }

    #[test]
    fn values_are_visible_ascii() {
        assert!(is_value("max-age=1; includeSubDomains"));
        assert!(!is_value("") && !is_value("a\nb") && !is_value("\u{e9}"));
    }
}
