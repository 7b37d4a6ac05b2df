//! Policies that CloudFront offers ready-made, by id and by name.
//!
//! The rows come from `grammars/cloudfront/managed-policies.toml`; `generated.rs` is their committed Rust form, and a test fails when the
//! two differ.

use crate::generated::{MANAGED_CACHE, MANAGED_ORIGIN_REQUEST, MANAGED_RESPONSE_HEADERS};

/// Which headers, cookies or arguments a ready-made policy names.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Selected {
    /// None.
    None,
    /// All that the viewer sent.
    All,
    /// These.
    Only(&'static [&'static str]),
    /// All but these.
    Except(&'static [&'static str]),
}

/// A ready-made cache policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ManagedCachePolicy {
    /// Its name, without `Managed-`.
    pub name: &'static str,
    /// Its id.
    pub id: &'static str,
    /// The least time in the cache, in seconds.
    pub min_ttl: u64,
    /// The time where the origin says nothing.
    pub default_ttl: u64,
    /// The longest time.
    pub max_ttl: u64,
    /// Headers of the key.
    pub headers: Selected,
    /// Cookies of the key.
    pub cookies: Selected,
    /// Arguments of the key.
    pub query: Selected,
    /// Whether gzip is part of the key.
    pub gzip: bool,
    /// Whether Brotli is part of the key.
    pub brotli: bool,
    /// The page that says it.
    pub source: &'static str,
    /// When it was read.
    pub checked: &'static str,
}

/// A ready-made origin request policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ManagedOriginRequestPolicy {
    /// Its name, without `Managed-`.
    pub name: &'static str,
    /// Its id.
    pub id: &'static str,
    /// Headers of the viewer.
    pub headers: Selected,
    /// Headers that CloudFront makes.
    pub computed: &'static [&'static str],
    /// Cookies.
    pub cookies: Selected,
    /// Arguments.
    pub query: Selected,
    /// What the documentation leaves open.
    pub unsure: Option<&'static str>,
    /// The page that says it.
    pub source: &'static str,
    /// When it was read.
    pub checked: &'static str,
}

/// A ready-made response headers policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ManagedResponseHeadersPolicy {
    /// Its name, without `Managed-`.
    pub name: &'static str,
    /// Its id.
    pub id: &'static str,
    /// What it sets, in order.
    pub headers: &'static [ManagedHeader],
    /// The page that says it.
    pub source: &'static str,
    /// When it was read.
    pub checked: &'static str,
}

/// A header that a ready-made policy sets.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct ManagedHeader {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: &'static str,
    /// Whether a header of the origin is replaced.
    pub overrides: bool,
    /// On which answers.
    pub on: SetOn,
}

/// On which answers a policy sets a header.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum SetOn {
    /// All.
    All,
    /// Those to requests with an `Origin`.
    Cors,
    /// Those to `OPTIONS` with an `Origin`.
    Preflight,
}

/// Whether a policy is meant: by its id, or by its whole name, which begins with `Managed-`.
fn is(named: &str, id: &str, name: &str) -> bool {
    named == id || named.strip_prefix("Managed-") == Some(name)
}

/// The ready-made cache policy of an id or a name.
#[must_use]
pub fn managed_cache_policy(named: &str) -> Option<&'static ManagedCachePolicy> {
    MANAGED_CACHE.iter().find(|it| is(named, it.id, it.name))
}

/// The ready-made origin request policy of an id or a name.
#[must_use]
pub fn managed_origin_request_policy(named: &str) -> Option<&'static ManagedOriginRequestPolicy> {
    MANAGED_ORIGIN_REQUEST.iter().find(|it| is(named, it.id, it.name))
}

/// The ready-made response headers policy of an id or a name.
#[must_use]
pub fn managed_response_headers_policy(named: &str) -> Option<&'static ManagedResponseHeadersPolicy> {
    MANAGED_RESPONSE_HEADERS.iter().find(|it| is(named, it.id, it.name))
}
