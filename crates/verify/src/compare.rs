//! Two outcomes of one exchange, field by field, under the profile.
//!
//! Only what the profile names is left out, and each name has its reason. A failure of the legacy side is never
//! agreement.

use std::collections::BTreeSet;

use interp::exchange::{Exchange, Headers, Outcome, Request, Response};

use crate::cloudfront_functions::ORIGIN_LINE;
use crate::seen::Member;

/// Where a header stands.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Side {
    /// On the request that the origin sees.
    OriginRequest,
    /// On the answer that the visitor gets.
    Answer,
}

/// A header that one of the platforms owns, and why it is not compared.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct PlatformHeader {
    /// Where.
    pub side: Side,
    /// Lower-case name; a final `*` stands for any ending.
    pub name: &'static str,
    /// The reason.
    pub reason: &'static str,
}

const fn row(side: Side, name: &'static str, reason: &'static str) -> PlatformHeader {
    PlatformHeader { side, name, reason }
}

/// Headers that are not compared.
pub const PLATFORM_HEADERS: &[PlatformHeader] = &[
    row(Side::OriginRequest, "cloudfront-*", "computed by CloudFront about the visitor"),
    row(Side::OriginRequest, "x-amz-*", "added by CloudFront"),
    row(Side::OriginRequest, "x-edge-*", "reserved by CloudFront"),
    row(Side::OriginRequest, "cf-*", "added by Cloudflare"),
    row(Side::OriginRequest, "cdn-loop", "each platform adds its own"),
    row(Side::OriginRequest, "true-client-ip", "added by Cloudflare"),
    row(Side::OriginRequest, "via", "each platform adds its own"),
    row(Side::OriginRequest, "x-forwarded-for", "each platform appends the visitor's address"),
    row(Side::OriginRequest, "x-forwarded-proto", "removed by CloudFront, added by Cloudflare"),
    row(Side::OriginRequest, "x-real-ip", "removed by CloudFront"),
    row(Side::OriginRequest, "accept-encoding", "each platform normalizes it"),
    row(Side::OriginRequest, "connection", "belongs to one hop"),
    row(Side::OriginRequest, "keep-alive", "belongs to one hop"),
    row(Side::OriginRequest, "content-length", "follows from the body"),
    row(Side::OriginRequest, "transfer-encoding", "belongs to one hop"),
    row(Side::Answer, "x-amz-cf-*", "added by CloudFront"),
    row(Side::Answer, "x-cache", "added by CloudFront"),
    row(Side::Answer, "x-edge-*", "reserved by CloudFront"),
    row(Side::Answer, "cf-*", "added by Cloudflare"),
    row(Side::Answer, "server", "Cloudflare writes its own name"),
    row(Side::Answer, "via", "each platform adds its own"),
    row(Side::Answer, "date", "the clock of the platform"),
    row(Side::Answer, "age", "the platform's cache"),
    row(Side::Answer, "alt-svc", "added by the platform"),
    row(Side::Answer, "nel", "added by Cloudflare"),
    row(Side::Answer, "report-to", "added by Cloudflare"),
    row(Side::Answer, "connection", "belongs to one hop"),
    row(Side::Answer, "keep-alive", "belongs to one hop"),
    row(Side::Answer, "content-length", "follows from the body"),
    row(Side::Answer, "transfer-encoding", "belongs to one hop"),
];

/// What counts as equal.
#[derive(Clone, Debug)]
pub struct Profile {
    /// Headers not compared.
    pub platform_headers: Vec<PlatformHeader>,
    /// Whether an exchange that the legacy side fails must be denied by the new side too (the hook denies or
    /// authenticates), instead of being set aside.
    pub failures_must_deny: bool,
    /// The accepted classes of approximation that rules rest on.
    pub accepted: BTreeSet<Member>,
}

impl Default for Profile {
    fn default() -> Profile {
        Profile { platform_headers: PLATFORM_HEADERS.to_vec(), failures_must_deny: false, accepted: BTreeSet::new() }
    }
}

impl Profile {
    /// Whether a header, by its lower-case name, is left out.
    #[must_use]
    pub fn ignores(&self, side: Side, name: &str) -> bool {
        self.platform_headers.iter().any(|it| {
            it.side == side && it.name.strip_suffix('*').map_or(it.name == name, |prefix| name.starts_with(prefix))
        })
    }
}

/// One field on which two outcomes differ.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Difference {
    /// `status`, `header location`, `origin path` …
    pub field: String,
    /// The legacy side's value.
    pub legacy: String,
    /// The new side's value.
    pub new: String,
}

/// What a comparison found.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Equal under the profile.
    Agrees,
    /// The legacy side failed; the words are its own.
    LegacyFailure(String),
    /// One side has no answer.
    Undecided(String),
    /// They differ only because code in a Worker is shown less ([`crate::seen`]), or as an accepted class says.
    SetAside(Member),
    /// The fields that differ, at least one.
    Differs(Vec<Difference>),
}

/// Compares two outcomes of `exchange`.
#[must_use]
pub fn compare(profile: &Profile, exchange: &Exchange, legacy: &Outcome, new: &Outcome) -> Verdict {
    let (old, new) = match (legacy, new) {
        (Outcome::Undecided(words), _) | (_, Outcome::Undecided(words)) => return Verdict::Undecided(words.clone()),
        (Outcome::Failed(words), new) => {
            return if profile.failures_must_deny && !denies(new) {
                let difference =
                    Difference { field: "denial".to_owned(), legacy: format!("failed: {words}"), new: brief(new) };
                Verdict::Differs(vec![difference])
            } else {
                Verdict::LegacyFailure(words.clone())
            };
        }
        (Outcome::Answered { .. }, Outcome::Failed(words)) => {
            let difference =
                Difference { field: "outcome".to_owned(), legacy: brief(legacy), new: format!("failed: {words}") };
            return Verdict::Differs(vec![difference]);
        }
        (
            Outcome::Answered { origin_saw, response },
            Outcome::Answered { origin_saw: new_saw, response: new_response },
        ) => ((origin_saw, response), (new_saw, new_response)),
    };
    let mut found = Found(Vec::new());
    answers(&mut found, profile, exchange, old.1, new.1);
    match (old.0, new.0) {
        (None, None) => {}
        (Some(old), Some(new)) => origin_requests(&mut found, profile, old, new),
        (Some(_), None) => found.differ("origin", "asked", "not asked"),
        (None, Some(_)) => found.differ("origin", "not asked", "asked"),
    }
    if found.0.is_empty() { Verdict::Agrees } else { Verdict::Differs(found.0) }
}

fn denies(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Failed(_) => true,
        Outcome::Undecided(_) => false,
        Outcome::Answered { origin_saw, response } => origin_saw.is_none() && response.status >= 400,
    }
}

fn brief(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Failed(words) => format!("failed: {words}"),
        Outcome::Undecided(words) => format!("undecided: {words}"),
        Outcome::Answered { origin_saw: None, response } => format!("answered {} without the origin", response.status),
        Outcome::Answered { origin_saw: Some(_), response } => format!("answered {} from the origin", response.status),
    }
}

struct Found(Vec<Difference>);

impl Found {
    fn differ(&mut self, field: &str, legacy: &str, new: &str) {
        if legacy != new {
            self.0.push(Difference { field: field.to_owned(), legacy: legacy.to_owned(), new: new.to_owned() });
        }
    }
}

/// The lines of one name as one value. Lines of a list may be joined on the way (RFC 9110 §5.3), and Workers do join
/// them; their order counts.
fn joined(headers: &Headers, name: &str) -> String {
    let values: Vec<&str> = headers.all(name).collect();
    if values.is_empty() { "absent".to_owned() } else { format!("{:?}", values.join(", ")) }
}

fn header_lines(found: &mut Found, profile: &Profile, side: Side, old: &Headers, new: &Headers) {
    let names: BTreeSet<&str> = old.0.iter().chain(&new.0).map(|(name, _)| name.as_str()).collect();
    for name in names {
        if name == "set-cookie" || name == ORIGIN_LINE || profile.ignores(side, name) {
            continue;
        }
        let field = match side {
            Side::OriginRequest => format!("origin header {name}"),
            Side::Answer => format!("header {name}"),
        };
        found.differ(&field, &joined(old, name), &joined(new, name));
    }
}

fn answers(found: &mut Found, profile: &Profile, exchange: &Exchange, old: &Response, new: &Response) {
    found.differ("status", &old.status.to_string(), &new.status.to_string());
    header_lines(found, profile, Side::Answer, &old.headers, &new.headers);
    let cookies = |headers: &Headers| format!("{:?}", headers.all("set-cookie").collect::<Vec<_>>());
    found.differ("set-cookie", &cookies(&old.headers), &cookies(&new.headers));
    let bodiless = exchange.request.method == "HEAD" || matches!((old.status, new.status), (204, 204) | (304, 304));
    if !bodiless && old.body != new.body {
        found.differ("body", &String::from_utf8_lossy(&old.body), &String::from_utf8_lossy(&new.body));
    }
}

fn origin_requests(found: &mut Found, profile: &Profile, old: &Request, new: &Request) {
    found.differ("origin method", &old.method, &new.method);
    found.differ("origin host", &old.host, &new.host);
    found.differ("origin path", &old.path, &new.path);
    found.differ("origin query", &format!("{:?}", old.query), &format!("{:?}", new.query));
    let destination = |it: &Request| it.headers.first(ORIGIN_LINE).unwrap_or("the route's own").to_owned();
    found.differ("origin", &destination(old), &destination(new));
    header_lines(found, profile, Side::OriginRequest, &old.headers, &new.headers);
}
