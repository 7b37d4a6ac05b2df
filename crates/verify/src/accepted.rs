//! Differences that an accepted class of approximation promises: set aside by the name of the class, and never agreement.
//!
//! A class says in which requests or answers the sides differ. Either the difference has just that form, or both sides are asked
//! again on the exchange without what the class is about, and must agree there.

use std::collections::BTreeSet;

use interp::exchange::{Exchange, Headers, Outcome};

use crate::Edge;
use crate::compare::{Difference, Profile, Verdict, compare};
use crate::seen::Member;

/// The class that covers the differences, of those that the profile accepts.
pub(crate) fn class_of(
    exchange: &Exchange,
    differences: &[Difference],
    outcome: &Outcome,
    profile: &Profile,
    (legacy, new): (&mut dyn Edge, &mut dyn Edge),
) -> Option<Member> {
    if let Some(form) = form_of(exchange, differences, outcome, profile) {
        return Some(form);
    }
    if !differences.iter().all(|it| it.field == "origin query" || it.field.contains("header ") || it.field == "body") {
        return None;
    }
    let mut asked = exchange.clone();
    for (member, change) in [(Member::RepeatedKey, once as fn(&mut Exchange)), (Member::QueryOrder, in_order)] {
        if !profile.accepted.contains(&member) {
            continue;
        }
        let before = asked.clone();
        change(&mut asked);
        if asked == before {
            continue;
        }
        let (old, outcome) = (legacy.run(&asked), new.run(&asked));
        let covered = match compare(profile, &asked, &old, &outcome) {
            Verdict::Agrees => true,
            Verdict::Differs(rest) => form_of(&asked, &rest, &outcome, profile).is_some(),
            Verdict::LegacyFailure(_) | Verdict::Undecided(_) | Verdict::SetAside(_) => false,
        };
        if covered {
            return Some(member);
        }
    }
    None
}

/// The class whose form the differences have.
fn form_of(exchange: &Exchange, differences: &[Difference], outcome: &Outcome, profile: &Profile) -> Option<Member> {
    let accepted = |it: Member| profile.accepted.contains(&it);
    if !matches!(outcome, Outcome::Answered { origin_saw: None, response: _ }) {
        return None;
    }
    if accepted(Member::LocationForm) && differences.iter().all(|it| is_absolute_form(exchange, it)) {
        return Some(Member::LocationForm);
    }
    (accepted(Member::AnswerHeaders) && differences.iter().all(is_lost)).then_some(Member::AnswerHeaders)
}

/// Whether all that differs is that the new side's target names the host.
fn is_absolute_form(exchange: &Exchange, it: &Difference) -> bool {
    let absolute = it.new.strip_prefix(&format!("\"https://{}", exchange.request.host));
    it.field == "header location" && absolute.is_some() && absolute == it.legacy.strip_prefix('"')
}

/// Whether a header or a body of an answer is missing on the new side; cookies, targets and challenges never may.
fn is_lost(it: &Difference) -> bool {
    let header = it.field.strip_prefix("header ").filter(|it| !["location", "www-authenticate"].contains(it));
    header.is_some() && it.new == "absent" || it.field == "body" && it.new.is_empty()
}

/// The exchange with the first value of each header and argument alone.
fn once(exchange: &mut Exchange) {
    for headers in [&mut exchange.request.headers, &mut exchange.origin.headers] {
        let mut names = BTreeSet::new();
        let first = headers.0.drain(..).filter(|(name, _)| names.insert(name.clone())).collect();
        *headers = Headers(first);
    }
    if let Some(query) = &mut exchange.request.query {
        let mut names = BTreeSet::new();
        let first: Vec<&str> = query.split('&').filter(|it| names.insert(parts(it).0)).collect();
        *query = first.join("&");
    }
}

/// The exchange with the arguments of one name together, each with its equals sign.
fn in_order(exchange: &mut Exchange) {
    let Some(query) = &mut exchange.request.query else { return };
    let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
    for (name, value) in query.split('&').filter(|it| !it.is_empty()).map(parts) {
        let argument = format!("{name}={value}");
        match groups.iter_mut().find(|it| it.0 == name) {
            Some((_, all)) => all.push(argument),
            None => groups.push((name, vec![argument])),
        }
    }
    let all: Vec<String> = groups.into_iter().flat_map(|it| it.1).collect();
    *query = all.join("&");
}

fn parts(argument: &str) -> (&str, &str) {
    argument.split_once('=').unwrap_or((argument, ""))
}
