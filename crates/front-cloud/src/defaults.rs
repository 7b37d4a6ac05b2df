//! What CloudFront does without being told, as rows: when each applies, and how it is settled on Cloudflare.
//!
//! The rows come from `grammars/cloudfront/defaults.toml`; `generated.rs` is their committed Rust form. A row that applies to a behavior is
//! a construct of it like any attribute, and has one settlement.

use crate::forwarding::{AtOrigin, Caching, Forwarding, SaidBy};
use crate::generated::DEFAULTS;
use crate::model::{CacheBehavior, Distribution, Hole, Origin, Text};
use crate::names::Names;
use crate::settings::OriginKind;
use source::Span;

/// One thing that CloudFront does unasked, or by what a short setting stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DefaultRow {
    /// Its name, stable: `origin.host`.
    pub id: &'static str,
    /// What CloudFront does, in one sentence.
    pub what: &'static str,
    /// When it does.
    pub applies_when: AppliesWhen,
    /// Whether there is one for a distribution, a behavior or an origin.
    pub scope: DefaultScope,
    /// How it is settled.
    pub settled: DefaultSettled,
    /// Why so, in one sentence.
    pub reason: &'static str,
    /// What the documentation leaves open.
    pub unsure: Option<&'static str>,
    /// The page that says it.
    pub source: &'static str,
    /// When it was read.
    pub checked: &'static str,
}

/// How a default is settled on Cloudflare.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum DefaultSettled {
    /// Cloudflare does the same.
    Same,
    /// A rule makes it the same.
    Rule,
    /// A setting of the zone or a record makes it the same.
    Setup,
    /// It differs, and no visitor or origin is meant to depend on it.
    Accepted,
    /// It differs, and nothing makes it the same.
    Refused,
}

/// What there is one default for.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum DefaultScope {
    /// The distribution.
    Distribution,
    /// Each cache behavior.
    Behavior,
    /// Each origin.
    Origin,
}

/// When a default applies.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum AppliesWhen {
    /// Always.
    Always,
    /// The behavior has a cache policy.
    Policies,
    /// The behavior has the settings that policies replaced.
    Legacy,
    /// The viewer's Host is not forwarded.
    HostNotForwarded,
    /// The viewer's Host is forwarded.
    HostForwarded,
    /// User-Agent is not forwarded.
    UserAgentNotForwarded,
    /// Authorization is not forwarded by a setting.
    AuthorizationNotForwarded,
    /// Some headers of the viewer are left out.
    HeadersLeftOut,
    /// Some cookies of the viewer are left out.
    CookiesLeftOut,
    /// Some cookies of the viewer are forwarded.
    CookiesForwarded,
    /// Some arguments of the query are left out.
    QueryLeftOut,
    /// Some arguments of the query are not in the cache key.
    QueryNotInKey,
    /// Answers may be cached.
    Caching,
    /// Answers are not cached.
    NoCaching,
    /// The least time in the cache is above zero.
    MinTtl,
    /// Compression is on.
    Compress,
    /// Compression is off.
    NoCompress,
    /// Plain HTTP is redirected.
    RedirectToHttps,
    /// Plain HTTP is refused.
    HttpsOnly,
    /// Not all methods are let through.
    MethodsLimited,
    /// Requests have to be signed.
    Signed,
    /// A response headers policy is named.
    ResponseHeadersPolicy,
    /// There is a default root object.
    DefaultRootObject,
    /// There is none.
    NoDefaultRootObject,
    /// There are custom error responses with a page.
    ErrorPages,
    /// Countries are left out.
    GeoRestriction,
    /// A web ACL is named.
    WebAcl,
    /// The origin is an HTTP server.
    CustomOrigin,
    /// The origin is a bucket.
    S3Origin,
    /// The origin wants signed requests.
    PrivateOrigin,
    /// Requests to the origin have a path in front.
    OriginPath,
    /// Requests to the origin have further headers.
    OriginHeaders,
    /// The origin is one of two.
    OriginGroup,
    /// There are several cache behaviors.
    PathPatterns,
}

/// All rows, in the order of the grammar.
#[must_use]
pub fn default_rows() -> &'static [DefaultRow] {
    DEFAULTS
}

/// The row of an id.
#[must_use]
pub fn default_row(id: &str) -> Option<&'static DefaultRow> {
    DEFAULTS.iter().find(|it| it.id == id)
}

/// A default of one distribution, behavior or origin.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct AppliedDefault {
    /// Which one.
    pub row: &'static DefaultRow,
    /// Whether it applies for certain; else a part of its condition is known at deployment only.
    pub certain: bool,
    /// The distribution, behavior or origin.
    pub span: Span,
}

fn applied(scope: DefaultScope, span: Span, holds: &dyn Fn(AppliesWhen) -> Option<bool>) -> Vec<AppliedDefault> {
    let mut out = Vec::new();
    for row in DEFAULTS.iter().filter(|it| it.scope == scope) {
        match holds(row.applies_when) {
            Some(false) => {}
            Some(true) => out.push(AppliedDefault { row, certain: true, span }),
            None => out.push(AppliedDefault { row, certain: false, span }),
        }
    }
    out
}

/// What CloudFront does unasked on a cache behavior, in the order of the rows.
#[must_use]
pub fn behavior_defaults(
    behavior: &CacheBehavior,
    forwarding: &Forwarding,
    fill: &dyn Fn(&Hole) -> Option<String>,
) -> Vec<AppliedDefault> {
    let settings = &behavior.settings;
    let cached = match forwarding.caching {
        Caching::On => Some(true),
        Caching::Off => Some(false),
        Caching::Unknown => None,
    };
    let left_out = |names: &Names| if let Names::Unknown(_) = names { None } else { Some(!names.is_all()) };
    let header = |name: &str| match forwarding.header_at_origin(name) {
        AtOrigin::Unknown(_) => None,
        AtOrigin::Viewer => Some(true),
        AtOrigin::Absent
        | AtOrigin::OriginName
        | AtOrigin::Set(_)
        | AtOrigin::Appended
        | AtOrigin::Normalized
        | AtOrigin::Computed
        | AtOrigin::Cookies
        | AtOrigin::ByMethod(_)
        | AtOrigin::Open => Some(false),
    };
    let not = |it: Option<bool>| it.map(|it| !it);
    let compress = settings.compress.as_ref().map_or(Some(false), |it| Some(it.filled(fill)? == "true"));
    let protocol = |name: &str| match &behavior.viewer_protocol_policy {
        None => Some(false),
        Some(text) => Some(text.filled(fill)? == name),
    };
    let signers: Vec<_> = [&settings.trusted_key_groups, &settings.trusted_signers].into_iter().flatten().collect();
    let signed = if signers.iter().any(|it| !it.items.is_empty()) {
        Some(true)
    } else if signers.iter().any(|it| it.open.is_some()) {
        None
    } else {
        Some(false)
    };
    let methods = settings.allowed_methods.as_ref();
    let limited = methods.map_or(Some(true), |it| Some(it.filled(fill)?.len() < 7));
    let holds = |when: AppliesWhen| match when {
        AppliesWhen::Always => Some(true),
        AppliesWhen::Policies => Some(forwarding.by == SaidBy::Policies),
        AppliesWhen::Legacy => Some(forwarding.by == SaidBy::Legacy),
        AppliesWhen::HostForwarded => header("host"),
        AppliesWhen::HostNotForwarded => not(header("host")),
        AppliesWhen::UserAgentNotForwarded => not(header("user-agent")),
        AppliesWhen::AuthorizationNotForwarded => not(header("authorization")),
        AppliesWhen::HeadersLeftOut => left_out(&forwarding.to_origin.headers),
        AppliesWhen::CookiesLeftOut => left_out(&forwarding.to_origin.cookies),
        AppliesWhen::CookiesForwarded => match &forwarding.to_origin.cookies {
            Names::Unknown(_) => None,
            names @ (Names::All | Names::Only(_) | Names::Like(_) | Names::Except(_)) => Some(!names.is_none()),
        },
        AppliesWhen::QueryLeftOut => left_out(&forwarding.to_origin.query),
        AppliesWhen::QueryNotInKey => {
            if cached == Some(false) {
                Some(false)
            } else {
                left_out(&forwarding.in_key.query)
            }
        }
        AppliesWhen::Caching => cached,
        AppliesWhen::NoCaching => not(cached),
        AppliesWhen::MinTtl => forwarding.ttl.map(|it| it.min > 0),
        AppliesWhen::Compress => compress,
        AppliesWhen::NoCompress => not(compress),
        AppliesWhen::RedirectToHttps => protocol("redirect-to-https"),
        AppliesWhen::HttpsOnly => protocol("https-only"),
        AppliesWhen::MethodsLimited => limited,
        AppliesWhen::Signed => signed,
        AppliesWhen::ResponseHeadersPolicy => Some(settings.response_headers_policy.is_some()),
        AppliesWhen::DefaultRootObject
        | AppliesWhen::NoDefaultRootObject
        | AppliesWhen::ErrorPages
        | AppliesWhen::GeoRestriction
        | AppliesWhen::WebAcl
        | AppliesWhen::CustomOrigin
        | AppliesWhen::S3Origin
        | AppliesWhen::PrivateOrigin
        | AppliesWhen::OriginPath
        | AppliesWhen::OriginHeaders
        | AppliesWhen::OriginGroup
        | AppliesWhen::PathPatterns => Some(false),
    };
    applied(DefaultScope::Behavior, behavior.span, &holds)
}

/// Whether a value says anything; `None` where that is known at deployment only.
fn says(text: Option<&Text>, fill: &dyn Fn(&Hole) -> Option<String>) -> Option<bool> {
    text.map_or(Some(false), |it| Some(!it.filled(fill)?.is_empty()))
}

/// What CloudFront does unasked for a whole distribution.
#[must_use]
pub fn distribution_defaults(
    distribution: &Distribution,
    fill: &dyn Fn(&Hole) -> Option<String>,
) -> Vec<AppliedDefault> {
    let settings = &distribution.settings;
    let root = says(settings.default_root_object.as_ref(), fill);
    let pages = match (settings.error_responses.iter().any(|it| it.page.is_some()), settings.error_responses_open) {
        (true, _) => Some(true),
        (false, None) => Some(false),
        (false, Some(_)) => None,
    };
    let geo = match &settings.geo_restriction {
        None => Some(false),
        Some(geo) if geo.open.is_some() => None,
        Some(geo) => geo.kind.as_ref().map_or(Some(false), |it| Some(it.filled(fill)? != "none")),
    };
    let acl = reference(settings.web_acl.as_ref(), fill);
    let several = distribution.behaviors.len() > 1;
    let holds = |when: AppliesWhen| match when {
        AppliesWhen::Always => Some(true),
        AppliesWhen::DefaultRootObject => root,
        AppliesWhen::NoDefaultRootObject => root.map(|it| !it),
        AppliesWhen::ErrorPages => pages,
        AppliesWhen::GeoRestriction => geo,
        AppliesWhen::WebAcl => acl,
        AppliesWhen::PathPatterns => {
            if several {
                Some(true)
            } else if distribution.open_blocks.is_empty() {
                Some(false)
            } else {
                None
            }
        }
        AppliesWhen::Policies
        | AppliesWhen::Legacy
        | AppliesWhen::HostNotForwarded
        | AppliesWhen::HostForwarded
        | AppliesWhen::UserAgentNotForwarded
        | AppliesWhen::AuthorizationNotForwarded
        | AppliesWhen::HeadersLeftOut
        | AppliesWhen::CookiesLeftOut
        | AppliesWhen::CookiesForwarded
        | AppliesWhen::QueryLeftOut
        | AppliesWhen::QueryNotInKey
        | AppliesWhen::Caching
        | AppliesWhen::NoCaching
        | AppliesWhen::MinTtl
        | AppliesWhen::Compress
        | AppliesWhen::NoCompress
        | AppliesWhen::RedirectToHttps
        | AppliesWhen::HttpsOnly
        | AppliesWhen::MethodsLimited
        | AppliesWhen::Signed
        | AppliesWhen::ResponseHeadersPolicy
        | AppliesWhen::CustomOrigin
        | AppliesWhen::S3Origin
        | AppliesWhen::PrivateOrigin
        | AppliesWhen::OriginPath
        | AppliesWhen::OriginHeaders
        | AppliesWhen::OriginGroup => Some(false),
    };
    applied(DefaultScope::Distribution, distribution.span, &holds)
}

/// What CloudFront does unasked at an origin, or at a group of origins.
#[must_use]
pub fn origin_defaults(origin: &Origin, fill: &dyn Fn(&Hole) -> Option<String>) -> Vec<AppliedDefault> {
    let settings = &origin.settings;
    let (custom, bucket, group, identity) = match &settings.kind {
        OriginKind::Custom(_) => (Some(true), Some(false), false, Some(false)),
        OriginKind::S3 { access_identity } => {
            (Some(false), Some(true), false, reference(access_identity.as_ref(), fill))
        }
        OriginKind::Group { status_codes: _, selection: _ } => (Some(false), Some(false), true, Some(false)),
        OriginKind::Vpc => (Some(true), Some(false), false, Some(true)),
        OriginKind::Open(_) | OriginKind::Unknown => (None, None, false, None),
    };
    let private = match (reference(settings.access_control.as_ref(), fill), identity) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        (None, _) | (_, None) => None,
    };
    let headers = match (settings.headers.is_empty(), settings.headers_open) {
        (false, _) => Some(true),
        (true, None) => Some(false),
        (true, Some(_)) => None,
    };
    let holds = |when: AppliesWhen| match when {
        AppliesWhen::OriginGroup => Some(group),
        _ if group => Some(false),
        AppliesWhen::Always => Some(true),
        AppliesWhen::CustomOrigin => custom,
        AppliesWhen::S3Origin => bucket,
        AppliesWhen::PrivateOrigin => private,
        AppliesWhen::OriginPath => says(origin.path.as_ref(), fill),
        AppliesWhen::OriginHeaders => headers,
        AppliesWhen::Policies
        | AppliesWhen::Legacy
        | AppliesWhen::HostNotForwarded
        | AppliesWhen::HostForwarded
        | AppliesWhen::UserAgentNotForwarded
        | AppliesWhen::AuthorizationNotForwarded
        | AppliesWhen::HeadersLeftOut
        | AppliesWhen::CookiesLeftOut
        | AppliesWhen::CookiesForwarded
        | AppliesWhen::QueryLeftOut
        | AppliesWhen::QueryNotInKey
        | AppliesWhen::Caching
        | AppliesWhen::NoCaching
        | AppliesWhen::MinTtl
        | AppliesWhen::Compress
        | AppliesWhen::NoCompress
        | AppliesWhen::RedirectToHttps
        | AppliesWhen::HttpsOnly
        | AppliesWhen::MethodsLimited
        | AppliesWhen::Signed
        | AppliesWhen::ResponseHeadersPolicy
        | AppliesWhen::DefaultRootObject
        | AppliesWhen::NoDefaultRootObject
        | AppliesWhen::ErrorPages
        | AppliesWhen::GeoRestriction
        | AppliesWhen::WebAcl
        | AppliesWhen::PathPatterns => Some(false),
    };
    applied(DefaultScope::Origin, origin.span, &holds)
}

/// Whether a reference to a resource says anything: what only deployment knows is a resource all the same, a variable may be empty.
fn reference(text: Option<&Text>, fill: &dyn Fn(&Hole) -> Option<String>) -> Option<bool> {
    match text {
        Some(text) if text.holes().iter().any(|it| !it.name.starts_with("var.")) => Some(true),
        other => says(other, fill),
    }
}
