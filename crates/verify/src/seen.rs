//! What code in a Worker is shown of an exchange, where that is less than CloudFront shows.
//!
//! A difference that goes away when the legacy side is shown the same is the platform's and no fault of what was emitted: it
//! is set aside by name, counted, and never agreement.

use std::collections::BTreeMap;

use interp::exchange::{Exchange, Headers};

/// What sets exchanges aside: a member of the profile, or an accepted class.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Member {
    /// A Worker sees the lines of one name as one line, joined by a comma.
    JoinedLines,
    /// Workerd drops the empty value of a header that it knows by name.
    EmptyHeader,
    /// What CloudFront computes about the visitor and Cloudflare has no source for.
    NoSource,
    /// The accepted class of answers whose headers or body are lost.
    AnswerHeaders,
    /// The accepted class of targets that are made absolute.
    LocationForm,
    /// The accepted class of queries that are left in their own order and form.
    QueryOrder,
    /// The accepted class of repeated names of which one value stands for all.
    RepeatedKey,
}

impl Member {
    /// The member that a class of approximation is.
    #[must_use]
    pub fn of_class(name: &str) -> Option<Member> {
        [Member::AnswerHeaders, Member::LocationForm, Member::QueryOrder, Member::RepeatedKey]
            .into_iter()
            .find(|it| it.name() == name)
    }

    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Member::JoinedLines => "joined-lines-in-code",
            Member::EmptyHeader => "empty-header-in-code",
            Member::NoSource => "computed-header-no-source",
            Member::AnswerHeaders => "answer-headers",
            Member::LocationForm => "location-form",
            Member::QueryOrder => "query-order",
            Member::RepeatedKey => "repeated-key",
        }
    }
}

/// What the visitor's entries are that `request.cf` has no name for.
const NO_SOURCE: &[&str] = &[
    "is_android",
    "is_desktop",
    "is_ios",
    "is_mobile",
    "is_smarttv",
    "is_tablet",
    "country_name",
    "client_port",
    "ja3",
    "ja4",
];

/// Whether a visitor's entry is one that code in a Worker is never shown.
pub(crate) fn has_no_source(entry: &str) -> bool {
    NO_SOURCE.contains(&entry)
}

/// The exchange as code in a Worker is shown it, by what each reading leaves out; the last leaves out all that apply.
#[must_use]
pub fn variants(exchange: &Exchange) -> Vec<(Member, Exchange)> {
    let mut out: Vec<(Member, Exchange)> = Vec::new();
    let mut all = exchange.clone();
    for (member, change) in [
        (Member::JoinedLines, joined as fn(&mut Exchange)),
        (Member::EmptyHeader, without_empty),
        (Member::NoSource, without_source),
    ] {
        let mut one = exchange.clone();
        change(&mut one);
        if one != *exchange {
            change(&mut all);
            out.push((member, one));
        }
    }
    let several = out.len() > 1;
    // A name without value may stay where another goes: what workerd knows by name is its own affair.
    for name in empty_names(exchange) {
        let mut one = exchange.clone();
        one.request.headers.remove(&name);
        one.origin.headers.remove(&name);
        out.push((Member::EmptyHeader, one));
    }
    if several && let Some((member, _)) = out.first() {
        out.push((*member, all));
    }
    out
}

fn joined(exchange: &mut Exchange) {
    for headers in [&mut exchange.request.headers, &mut exchange.origin.headers] {
        let mut lines: Vec<(String, String)> = Vec::new();
        let mut places: BTreeMap<String, usize> = BTreeMap::new();
        for (name, value) in &headers.0 {
            match places.get(name).and_then(|at| lines.get_mut(*at)) {
                Some((_, before)) if name != "set-cookie" => {
                    before.push_str(if name == "cookie" { "; " } else { ", " });
                    before.push_str(value);
                }
                Some(_) | None => {
                    places.insert(name.clone(), lines.len());
                    lines.push((name.clone(), value.clone()));
                }
            }
        }
        *headers = Headers(lines);
    }
}

fn without_empty(exchange: &mut Exchange) {
    for headers in [&mut exchange.request.headers, &mut exchange.origin.headers] {
        headers.0.retain(|(_, value)| !value.is_empty());
    }
}

fn empty_names(exchange: &Exchange) -> Vec<String> {
    let lines = exchange.request.headers.0.iter().chain(&exchange.origin.headers.0);
    lines.filter(|(_, value)| value.is_empty()).map(|(name, _)| name.clone()).collect()
}

fn without_source(exchange: &mut Exchange) {
    exchange.request.visitor.retain(|name, _| !has_no_source(name));
}
