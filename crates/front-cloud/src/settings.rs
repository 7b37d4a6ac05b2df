//! What a distribution, a cache behavior and an origin say beside paths and functions, as typed rows with their places.
//!
//! A value is what the file writes: `None` is not written, and what CloudFront does then stands in the table of defaults, not here.

use crate::attributes::{Found, Listed, Name, Part, name};
use crate::model::{CacheBehavior, Distribution, Text};
use crate::policies::{Policy, PolicyKind, policy};
use source::Span;

/// What a cache behavior says beside its path and its functions.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct BehaviorSettings {
    /// The policy of the cache key.
    pub cache_policy: Option<PolicyRef>,
    /// The policy of what the origin gets besides.
    pub origin_request_policy: Option<PolicyRef>,
    /// The policy of response headers.
    pub response_headers_policy: Option<PolicyRef>,
    /// The settings that policies replaced.
    pub forwarded_values: Option<ForwardedValues>,
    /// Methods that are let through.
    pub allowed_methods: Option<Listed>,
    /// Methods whose answers are cached.
    pub cached_methods: Option<Listed>,
    /// Whether CloudFront compresses.
    pub compress: Option<Text>,
    /// Without a cache policy: the least time in the cache, in seconds.
    pub min_ttl: Option<Text>,
    /// Without a cache policy: the time where the origin says nothing.
    pub default_ttl: Option<Text>,
    /// Without a cache policy: the longest time.
    pub max_ttl: Option<Text>,
    /// Key groups whose signatures open the route.
    pub trusted_key_groups: Option<Listed>,
    /// Accounts whose signatures open the route.
    pub trusted_signers: Option<Listed>,
    /// The configuration that encrypts fields of forms.
    pub field_level_encryption: Option<Text>,
    /// Microsoft Smooth Streaming.
    pub smooth_streaming: Option<Text>,
    /// Where requests are logged as they happen.
    pub realtime_log: Option<Text>,
    /// Whether gRPC is let through.
    pub grpc: Option<Text>,
}

/// A policy that a behavior names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyRef {
    /// Which one.
    pub target: PolicyTarget,
    /// The reference.
    pub span: Span,
}

/// How a policy is named.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PolicyTarget {
    /// A [`crate::Policy::id`] of the same scope.
    Local(String),
    /// By the id that CloudFront gave it.
    Id(Text),
    /// By its name.
    Name(Text),
}

/// `ForwardedValues`: what the origin gets and the cache key holds where no policy says it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ForwardedValues {
    /// Whether the query is forwarded.
    pub query_string: Option<Text>,
    /// Arguments in the cache key; all of them where none is named.
    pub query_keys: Option<Listed>,
    /// Headers that are forwarded and in the cache key.
    pub headers: Option<Listed>,
    /// `none`, `whitelist` or `all`.
    pub cookies: Option<Text>,
    /// The cookies of `whitelist`, in which `*` and `?` stand for other text.
    pub cookie_names: Option<Listed>,
    /// An expression that makes the whole, or its cookies.
    pub open: Option<Span>,
    /// The block, or the behavior where it is said flatly.
    pub span: Span,
}

/// What a distribution says for all of its behaviors.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DistributionSettings {
    /// The object that stands for `/`.
    pub default_root_object: Option<Text>,
    /// What is answered in place of errors.
    pub error_responses: Vec<ErrorResponse>,
    /// An expression that makes further ones.
    pub error_responses_open: Option<Span>,
    /// Countries that are served or not.
    pub geo_restriction: Option<GeoRestriction>,
    /// The web ACL of AWS WAF.
    pub web_acl: Option<Text>,
    /// `http1.1`, `http2`, `http3`, `http2and3`.
    pub http_version: Option<Text>,
    /// Whether IPv6 is served.
    pub ipv6: Option<Text>,
    /// Which edge locations are paid for.
    pub price_class: Option<Text>,
    /// The certificate and the TLS versions of viewers.
    pub certificate: Option<Certificate>,
    /// Where requests are logged.
    pub logging: Option<Span>,
    /// Whether it takes part of the requests of another distribution.
    pub staging: Option<Text>,
    /// The policy that sends it part of the requests.
    pub continuous_deployment: Option<Text>,
}

/// One custom error response.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ErrorResponse {
    /// The status it is for.
    pub code: Option<Text>,
    /// The status that is answered.
    pub response_code: Option<Text>,
    /// The path of the page.
    pub page: Option<Text>,
    /// How long the error is cached at least, in seconds.
    pub min_ttl: Option<Text>,
    /// The entry.
    pub span: Span,
}

/// Countries that are served or not.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GeoRestriction {
    /// `none`, `whitelist` or `blacklist`.
    pub kind: Option<Text>,
    /// ISO codes.
    pub countries: Option<Listed>,
    /// An expression that makes the whole.
    pub open: Option<Span>,
    /// The block.
    pub span: Span,
}

/// The certificate and the TLS versions of viewers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Certificate {
    /// A certificate of ACM.
    pub acm: Option<Text>,
    /// A certificate of IAM.
    pub iam: Option<Text>,
    /// Whether that of `*.cloudfront.net` is used.
    pub default: Option<Text>,
    /// The least version, with its ciphers.
    pub minimum_protocol: Option<Text>,
    /// `sni-only`, `vip` or `static-ip`.
    pub ssl_support: Option<Text>,
    /// The block.
    pub span: Span,
}

/// What an origin, or a group of origins, says beside its name and its domain.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OriginSettings {
    /// What kind of server it is.
    pub kind: OriginKind,
    /// Headers that CloudFront adds to every request.
    pub headers: Vec<OriginHeader>,
    /// An expression that makes further ones.
    pub headers_open: Option<Span>,
    /// The origin access control that signs requests.
    pub access_control: Option<Text>,
    /// The region of the origin shield; a text where it is switched on.
    pub shield: Option<Text>,
    /// How often a connection is tried.
    pub attempts: Option<Text>,
    /// Seconds for each try.
    pub connection_timeout: Option<Text>,
    /// Seconds for the whole answer.
    pub completion_timeout: Option<Text>,
}

/// What kind of server an origin is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum OriginKind {
    /// Not known.
    #[default]
    Unknown,
    /// A server that is reached by HTTP.
    Custom(Box<CustomOrigin>),
    /// A bucket; the identity that reads it, where one is named.
    S3 {
        /// `origin-access-identity/cloudfront/…`; empty, or none, without one.
        access_identity: Option<Text>,
    },
    /// A server inside of a VPC.
    Vpc,
    /// Two origins, of which the second answers for the first.
    Group {
        /// Statuses at which the second one is asked.
        status_codes: Option<Listed>,
        /// How the first one is chosen, where it is not the first in the list.
        selection: Option<Text>,
    },
    /// An expression decides.
    Open(Span),
}

/// How a server is reached.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CustomOrigin {
    /// `http-only`, `https-only` or `match-viewer`.
    pub protocol_policy: Option<Text>,
    /// The port for HTTP.
    pub http_port: Option<Text>,
    /// The port for HTTPS.
    pub https_port: Option<Text>,
    /// Versions of TLS.
    pub ssl_protocols: Option<Listed>,
    /// Seconds between packets.
    pub read_timeout: Option<Text>,
    /// Seconds that an idle connection is kept.
    pub keepalive_timeout: Option<Text>,
    /// The block.
    pub span: Span,
}

/// A header that CloudFront adds to every request to an origin.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OriginHeader {
    /// Its name.
    pub name: Option<Text>,
    /// Its value.
    pub value: Option<Text>,
    /// The entry.
    pub span: Span,
}

const CACHE: [&str; 2] = ["AWS::CloudFront::CachePolicy", "aws_cloudfront_cache_policy"];
const ORIGIN_REQUEST: [&str; 2] = ["AWS::CloudFront::OriginRequestPolicy", "aws_cloudfront_origin_request_policy"];
const RESPONSE_HEADERS: [&str; 2] =
    ["AWS::CloudFront::ResponseHeadersPolicy", "aws_cloudfront_response_headers_policy"];

/// The settings of a cache behavior. `distribution` is the id of the resource or module it stands in.
pub(crate) fn behavior<P: Part>(part: P, distribution: &str) -> BehaviorSettings {
    let keyed = |map: &str, key: Name| {
        let text = part.text(key)?;
        let span = text.span().unwrap_or(part.span());
        let target = match text.known() {
            Some(key) => PolicyTarget::Local(module_policy(distribution, map, &key)),
            None => PolicyTarget::Id(text),
        };
        Some(PolicyRef { target, span })
    };
    let reference = |id: Name, by_name: &'static str, kinds: &[&str]| {
        if let Some(text) = part.text(id) {
            let span = text.span().unwrap_or(part.span());
            let target = part.resource(&text, kinds).map_or(PolicyTarget::Id(text), PolicyTarget::Local);
            return Some(PolicyRef { target, span });
        }
        let text = part.text(name("", by_name))?;
        let span = text.span().unwrap_or(part.span());
        Some(PolicyRef { target: PolicyTarget::Name(text), span })
    };
    let cache_policy = reference(name("CachePolicyId", "cache_policy_id"), "cache_policy_name", &CACHE);
    let origin_request = reference(
        name("OriginRequestPolicyId", "origin_request_policy_id"),
        "origin_request_policy_name",
        &ORIGIN_REQUEST,
    );
    let response_headers = reference(
        name("ResponseHeadersPolicyId", "response_headers_policy_id"),
        "response_headers_policy_name",
        &RESPONSE_HEADERS,
    );
    BehaviorSettings {
        cache_policy: cache_policy.or_else(|| keyed("cache_policies", name("", "cache_policy_key"))),
        origin_request_policy: origin_request
            .or_else(|| keyed("origin_request_policies", name("", "origin_request_policy_key"))),
        response_headers_policy: response_headers
            .or_else(|| keyed("response_headers_policies", name("", "response_headers_policy_key"))),
        forwarded_values: forwarded_values(part),
        allowed_methods: part.list(name("AllowedMethods", "allowed_methods")),
        cached_methods: part.list(name("CachedMethods", "cached_methods")),
        compress: part.text(name("Compress", "compress")),
        min_ttl: part.text(name("MinTTL", "min_ttl")),
        default_ttl: part.text(name("DefaultTTL", "default_ttl")),
        max_ttl: part.text(name("MaxTTL", "max_ttl")),
        trusted_key_groups: part.list(name("TrustedKeyGroups", "trusted_key_groups")),
        trusted_signers: part.list(name("TrustedSigners", "trusted_signers")),
        field_level_encryption: part.text(name("FieldLevelEncryptionId", "field_level_encryption_id")),
        smooth_streaming: part.text(name("SmoothStreaming", "smooth_streaming")),
        realtime_log: part.text(name("RealtimeLogConfigArn", "realtime_log_config_arn")),
        grpc: part.one(name("GrpcConfig", "grpc_config")).one().and_then(|it| it.text(name("Enabled", "enabled"))),
    }
}

/// The id of a policy that a call of the community module defines.
pub(crate) fn module_policy(module: &str, map: &str, key: &str) -> String {
    format!("{module}.{map}[\"{key}\"]")
}

/// Whether an association shows the body of the request to its function.
pub(crate) fn include_body<P: Part>(association: P) -> Option<Text> {
    association.text(name("IncludeBody", "include_body"))
}

fn forwarded_values<P: Part>(part: P) -> Option<ForwardedValues> {
    let empty = |span| ForwardedValues {
        query_string: None,
        query_keys: None,
        headers: None,
        cookies: None,
        cookie_names: None,
        open: None,
        span,
    };
    match part.one(name("ForwardedValues", "forwarded_values")) {
        Found::Open(span) => Some(ForwardedValues { open: Some(span), ..empty(span) }),
        Found::One(block) => {
            let mut out = empty(block.span());
            out.query_string = block.text(name("QueryString", "query_string"));
            out.query_keys = block.list(name("QueryStringCacheKeys", "query_string_cache_keys"));
            out.headers = block.list(name("Headers", "headers"));
            match block.one(name("Cookies", "cookies")) {
                Found::Absent => {}
                Found::Open(span) => out.open = Some(span),
                Found::One(cookies) => {
                    out.cookies = cookies.text(name("Forward", "forward"));
                    out.cookie_names = cookies.list(name("WhitelistedNames", "whitelisted_names"));
                }
            }
            Some(out)
        }
        // Older versions of the community module take the same values flatly.
        Found::Absent => {
            let mut out = empty(part.span());
            out.query_string = part.text(name("", "query_string"));
            out.query_keys = part.list(name("", "query_string_cache_keys"));
            out.headers = part.list(name("", "headers"));
            out.cookies = part.text(name("", "cookies_forward"));
            out.cookie_names = part.list(name("", "cookies_whitelisted_names"));
            let used = part.text(name("", "use_forwarded_values"));
            if used.as_ref().and_then(Text::known).is_some_and(|it| it == "false") {
                return None;
            }
            let said = out.query_string.is_some() || out.headers.is_some() || out.cookies.is_some();
            (said || used.is_some()).then_some(out)
        }
    }
}

/// What the community module fills in where a behavior of its call says nothing: nothing is forwarded, and answers are compressed.
pub(crate) fn module_defaults(distribution: &mut Distribution) {
    for CacheBehavior { settings, span, .. } in &mut distribution.behaviors {
        if settings.cache_policy.is_none() && settings.forwarded_values.is_none() {
            settings.forwarded_values = Some(ForwardedValues {
                query_string: None,
                query_keys: None,
                headers: None,
                cookies: None,
                cookie_names: None,
                open: None,
                span: *span,
            });
        }
        settings.compress.get_or_insert_with(|| Text::Known("true".to_owned(), *span));
    }
}

/// The policies that a call of the community module defines.
pub(crate) fn module_policies<P: Part>(part: P, module: &str) -> Vec<Policy> {
    let mut out = Vec::new();
    for (map, kind) in [
        ("cache_policies", PolicyKind::Cache),
        ("origin_request_policies", PolicyKind::OriginRequest),
        ("response_headers_policies", PolicyKind::ResponseHeaders),
    ] {
        for (key, entry) in part.many(name("", map)).all {
            let Some(key) = key else { continue };
            let span = entry.span();
            let mut made = policy(kind, module_policy(module, map, &key), entry, span);
            made.name.get_or_insert(Text::Known(key, span));
            out.push(made);
        }
    }
    out
}

/// The settings of a distribution.
pub(crate) fn distribution<P: Part>(part: P) -> DistributionSettings {
    let errors = part.many(name("CustomErrorResponses", "custom_error_response"));
    let entry = |it: P| ErrorResponse {
        code: it.text(name("ErrorCode", "error_code")),
        response_code: it.text(name("ResponseCode", "response_code")),
        page: it.text(name("ResponsePagePath", "response_page_path")),
        min_ttl: it.text(name("ErrorCachingMinTTL", "error_caching_min_ttl")),
        span: it.span(),
    };
    DistributionSettings {
        default_root_object: part.text(name("DefaultRootObject", "default_root_object")),
        error_responses: errors.all.into_iter().map(|(_, it)| entry(it)).collect(),
        error_responses_open: errors.open,
        geo_restriction: geo_restriction(part),
        web_acl: part.text(name("WebACLId", "web_acl_id")),
        http_version: part.text(name("HttpVersion", "http_version")),
        ipv6: part.text(name("IPV6Enabled", "is_ipv6_enabled")),
        price_class: part.text(name("PriceClass", "price_class")),
        certificate: part.one(name("ViewerCertificate", "viewer_certificate")).one().map(|it| Certificate {
            acm: it.text(name("AcmCertificateArn", "acm_certificate_arn")),
            iam: it.text(name("IamCertificateId", "iam_certificate_id")),
            default: it.text(name("CloudFrontDefaultCertificate", "cloudfront_default_certificate")),
            minimum_protocol: it.text(name("MinimumProtocolVersion", "minimum_protocol_version")),
            ssl_support: it.text(name("SslSupportMethod", "ssl_support_method")),
            span: it.span(),
        }),
        logging: place(part.one(name("Logging", "logging_config"))),
        staging: part.text(name("Staging", "staging")),
        continuous_deployment: part.text(name("ContinuousDeploymentPolicyId", "continuous_deployment_policy_id")),
    }
}

fn place<P: Part>(found: Found<P>) -> Option<Span> {
    match found {
        Found::Absent => None,
        Found::One(part) => Some(part.span()),
        Found::Open(span) => Some(span),
    }
}

fn geo_restriction<P: Part>(part: P) -> Option<GeoRestriction> {
    let open = |span| Some(GeoRestriction { kind: None, countries: None, open: Some(span), span });
    // Older versions of the community module take it without the block around it.
    let holder = match part.one(name("Restrictions", "restrictions")) {
        Found::Open(span) => return open(span),
        Found::One(holder) => holder,
        Found::Absent => part,
    };
    match holder.one(name("GeoRestriction", "geo_restriction")) {
        Found::Absent => None,
        Found::Open(span) => open(span),
        Found::One(it) => Some(GeoRestriction {
            kind: it.text(name("RestrictionType", "restriction_type")),
            countries: it.list(name("Locations", "locations")).or_else(|| it.list(name("Items", ""))),
            open: None,
            span: it.span(),
        }),
    }
}

/// The settings of an origin.
pub(crate) fn origin<P: Part>(part: P) -> OriginSettings {
    let headers = part.many(name("OriginCustomHeaders", "custom_header"));
    let entry = |it: P| OriginHeader {
        name: it.text(name("HeaderName", "name")),
        value: it.text(name("HeaderValue", "value")),
        span: it.span(),
    };
    let shield = part.one(name("OriginShield", "origin_shield")).one();
    let shield = shield
        .filter(|it| it.text(name("Enabled", "enabled")).and_then(|it| it.known()).is_none_or(|it| it != "false"));
    let mut all: Vec<OriginHeader> = Vec::new();
    for (_, it) in headers.all {
        let written = entry(it);
        // The community module takes a map of names and values.
        match (&written.name, &written.value) {
            (None, None) => all.extend(it.pairs().into_iter().map(|(key, value)| OriginHeader {
                name: Some(Text::Known(key, it.span())),
                span: value.span().unwrap_or(it.span()),
                value: Some(value),
            })),
            (_, _) => all.push(written),
        }
    }
    OriginSettings {
        kind: kind(part),
        headers: all,
        headers_open: headers.open,
        access_control: part
            .text(name("OriginAccessControlId", "origin_access_control_id"))
            .or_else(|| part.text(name("", "origin_access_control_key")))
            .or_else(|| part.text(name("", "origin_access_control"))),
        shield: shield.and_then(|it| it.text(name("OriginShieldRegion", "origin_shield_region"))),
        attempts: part.text(name("ConnectionAttempts", "connection_attempts")),
        connection_timeout: part.text(name("ConnectionTimeout", "connection_timeout")),
        completion_timeout: part.text(name("ResponseCompletionTimeout", "response_completion_timeout")),
    }
}

fn kind<P: Part>(part: P) -> OriginKind {
    match part.one(name("CustomOriginConfig", "custom_origin_config")) {
        Found::Open(span) => return OriginKind::Open(span),
        Found::One(it) => {
            return OriginKind::Custom(Box::new(CustomOrigin {
                protocol_policy: it.text(name("OriginProtocolPolicy", "origin_protocol_policy")),
                http_port: it.text(name("HTTPPort", "http_port")),
                https_port: it.text(name("HTTPSPort", "https_port")),
                ssl_protocols: it.list(name("OriginSSLProtocols", "origin_ssl_protocols")),
                read_timeout: it.text(name("OriginReadTimeout", "origin_read_timeout")),
                keepalive_timeout: it.text(name("OriginKeepaliveTimeout", "origin_keepalive_timeout")),
                span: it.span(),
            }));
        }
        Found::Absent => {}
    }
    match part.one(name("VpcOriginConfig", "vpc_origin_config")) {
        Found::Open(span) => return OriginKind::Open(span),
        Found::One(_) => return OriginKind::Vpc,
        Found::Absent => {}
    }
    match part.one(name("S3OriginConfig", "s3_origin_config")) {
        Found::Open(span) => OriginKind::Open(span),
        Found::One(it) => {
            OriginKind::S3 { access_identity: it.text(name("OriginAccessIdentity", "origin_access_identity")) }
        }
        // Exactly one of the three is needed; the Terraform provider sends this one where none is written.
        Found::Absent => OriginKind::S3 { access_identity: None },
    }
}

/// The settings of a group of origins.
pub(crate) fn group<P: Part>(part: P) -> OriginSettings {
    let criteria = part.one(name("FailoverCriteria", "failover_criteria"));
    let kind = match criteria {
        Found::Open(span) => OriginKind::Open(span),
        Found::One(it) => OriginKind::Group {
            status_codes: it.list(name("StatusCodes", "status_codes")),
            selection: part.text(name("SelectionCriteria", "selection_criteria")),
        },
        Found::Absent => OriginKind::Group {
            status_codes: part.list(name("", "failover_status_codes")),
            selection: part.text(name("SelectionCriteria", "selection_criteria")),
        },
    };
    OriginSettings { kind, ..OriginSettings::default() }
}
