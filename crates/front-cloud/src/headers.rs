//! What CloudFront does with headers by name: which ones functions may not see or change, which ones it makes, and what reaches the origin
//! unasked.
//!
//! The rows come from `grammars/cloudfront/headers.toml` and `computed-headers.toml`; `generated.rs` is their committed Rust form. Names
//! are compared without case.

use crate::generated::{COMPUTED, HEADER_RULES, TO_ORIGIN};
use crate::model::{Event, FunctionKind};

/// Names under one rule. A name that ends in `*` stands for all names with that beginning.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct HeaderRule {
    pub(crate) rule: &'static str,
    pub(crate) names: &'static [&'static str],
}

/// What happens to a request header on its way to the origin while no setting lists it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ToOriginRow {
    /// Its name in lower case; one that ends in `*` stands for all names with that beginning.
    pub name: &'static str,
    /// What happens in a behavior without policies.
    pub unlisted: Unlisted,
    /// Whether that holds in a behavior with policies.
    pub policies: WithPolicies,
    /// Whether a setting can list it.
    pub listable: bool,
}

/// What happens to a header that no setting lists.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Unlisted {
    /// It goes on as it came.
    Forwarded,
    /// It never reaches the origin.
    Removed,
    /// CloudFront writes it; its text, where it is fixed.
    Set(Option<&'static str>),
    /// Something is added to the viewer's own value.
    Appended,
    /// The viewer's own value in one of a few forms.
    Normalized,
    /// As the settings for cookies say.
    Cookies,
    /// It goes on with these methods only.
    ByMethod(&'static [&'static str]),
}

/// Whether a row that was written for behaviors without policies holds with policies.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum WithPolicies {
    /// It does.
    Same,
    /// With policies the header is removed.
    Removed,
    /// Not documented: it goes on, or it is removed.
    Open,
}

/// A header that CloudFront makes from the viewer's connection where a policy asks for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ComputedHeader {
    /// Its name as CloudFront writes it.
    pub name: &'static str,
    /// The form of its value.
    pub value: &'static str,
    /// When it is absent although a policy lists it; `None` if it always is there.
    pub missing: Option<&'static str>,
    /// Whether a cache policy can list it.
    pub cache_key: bool,
    /// The field of Cloudflare with the nearest value.
    pub cloudflare: Option<&'static str>,
    /// What a Worker reads for it.
    pub worker: Option<&'static str>,
    /// How the two values differ.
    pub difference: &'static str,
    /// What the documentation leaves open.
    pub unsure: Option<&'static str>,
    /// The page that says it.
    pub source: &'static str,
    /// When it was read.
    pub checked: &'static str,
}

/// Whether a name, in any case, is `pattern`, or begins with it where that ends in `*`.
fn is(name: &str, pattern: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(head) => name.get(..head.len()).is_some_and(|it| it.eq_ignore_ascii_case(head)),
        None => name.eq_ignore_ascii_case(pattern),
    }
}

fn under(rule: &str, name: &str) -> bool {
    HEADER_RULES.iter().filter(|it| it.rule == rule).any(|it| it.names.iter().any(|pattern| is(name, pattern)))
}

/// Whether no function sees a header of this name; one that adds it fails.
#[must_use]
pub fn is_disallowed_header(name: &str) -> bool {
    under("disallowed", name)
}

/// Whether a function at this event sees a header of this name but fails if it adds, changes or removes it.
#[must_use]
pub fn is_read_only_header(name: &str, event: Event, kind: FunctionKind) -> bool {
    match event {
        Event::ViewerRequest => under("read_only_viewer_request", name),
        Event::OriginRequest => under("read_only_origin_request", name),
        Event::OriginResponse => under("read_only_origin_response", name),
        Event::ViewerResponse => {
            under("read_only_viewer_response", name)
                || kind == FunctionKind::Lambda && under("read_only_viewer_response_lambda", name)
        }
    }
}

/// Whether no custom header of an origin may have this name.
#[must_use]
pub fn is_refused_origin_header(name: &str) -> bool {
    under("origin_custom_refused", name)
}

/// Whether a response headers policy may not remove this name.
#[must_use]
pub fn is_kept_response_header(name: &str) -> bool {
    under("policy_removal_refused", name)
}

/// What happens to a header that no setting lists; `None` for a name that the table does not know: it goes on without policies, and
/// does not with them.
#[must_use]
pub fn to_origin_row(name: &str) -> Option<&'static ToOriginRow> {
    TO_ORIGIN.iter().find(|it| is(name, it.name))
}

/// All rows of [`to_origin_row`].
#[must_use]
pub fn to_origin_rows() -> &'static [ToOriginRow] {
    TO_ORIGIN
}

/// The header that CloudFront makes under this name.
#[must_use]
pub fn computed_header(name: &str) -> Option<&'static ComputedHeader> {
    COMPUTED.iter().find(|it| it.name.eq_ignore_ascii_case(name))
}

/// All headers that CloudFront makes.
#[must_use]
pub fn computed_headers() -> &'static [ComputedHeader] {
    COMPUTED
}
