//! Policies that the files define: cache policies, origin request policies, response headers policies, and the data sources that look one up.
//!
//! Nothing is decided here: what a policy says is kept as it is written; [`crate::forwarding`] says what it means.

use crate::attributes::{Found, Listed, Name, Part, name};
use crate::model::Text;
use source::Span;

/// One policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    /// Logical id of a template, address of a Terraform resource or data source, or the place in a call of a module.
    pub id: String,
    /// The name it is deployed under.
    pub name: Option<Text>,
    /// What it says.
    pub body: PolicyBody,
    /// The resource.
    pub span: Span,
}

/// What a policy says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum PolicyBody {
    /// What the cache key holds, and how long.
    Cache(CachePolicy),
    /// What the origin gets besides.
    OriginRequest(OriginRequestPolicy),
    /// Which headers the visitor gets.
    ResponseHeaders(ResponseHeadersPolicy),
    /// A policy that exists elsewhere, looked up by name or by id.
    Lookup {
        /// Its id, where that is what it is looked up by.
        id: Option<Text>,
    },
    /// An expression makes it.
    Open(Span),
}

/// A cache policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CachePolicy {
    /// The least time in the cache, in seconds.
    pub min_ttl: Option<Text>,
    /// The time where the origin says nothing.
    pub default_ttl: Option<Text>,
    /// The longest time.
    pub max_ttl: Option<Text>,
    /// Whether gzip is part of the key and asked for at the origin.
    pub gzip: Option<Text>,
    /// The same of Brotli.
    pub brotli: Option<Text>,
    /// Headers of the key.
    pub headers: Selection,
    /// Cookies of the key.
    pub cookies: Selection,
    /// Arguments of the key.
    pub query: Selection,
}

/// An origin request policy.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OriginRequestPolicy {
    /// Headers.
    pub headers: Selection,
    /// Cookies.
    pub cookies: Selection,
    /// Arguments.
    pub query: Selection,
}

/// Which headers, cookies or arguments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Selection {
    /// `none`, `all`, `whitelist`, `allExcept`, `allViewer`, `allViewerAndWhitelistCloudFront`.
    pub behavior: Option<Text>,
    /// The names of a list.
    pub names: Option<Listed>,
    /// An expression that makes the whole.
    pub open: Option<Span>,
}

/// A response headers policy.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ResponseHeadersPolicy {
    /// Headers for requests of other sites.
    pub cors: Option<Cors>,
    /// Security headers and custom headers, in this order.
    pub headers: Vec<PolicyHeader>,
    /// Headers that are taken away first.
    pub removes: Vec<Text>,
    /// The share of answers with `Server-Timing`, where that is switched on.
    pub server_timing: Option<Text>,
    /// Expressions that make further parts.
    pub open: Vec<Span>,
}

/// Headers for requests of other sites.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cors {
    /// `Access-Control-Allow-Origin`: origins, or `*`.
    pub origins: Option<Listed>,
    /// `Access-Control-Allow-Methods`.
    pub methods: Option<Listed>,
    /// `Access-Control-Allow-Headers`.
    pub headers: Option<Listed>,
    /// `Access-Control-Expose-Headers`.
    pub exposed: Option<Listed>,
    /// `Access-Control-Allow-Credentials`.
    pub credentials: Option<Text>,
    /// `Access-Control-Max-Age`.
    pub max_age: Option<Text>,
    /// Whether headers of the origin are replaced.
    pub overrides: Option<Text>,
    /// The block.
    pub span: Span,
}

/// A header that a response headers policy sets.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PolicyHeader {
    /// Its name.
    pub name: Text,
    /// Its value; `None` where a part of it is not known.
    pub value: Option<Text>,
    /// Whether a header of the origin is replaced; it stays where this is `false`.
    pub overrides: Option<Text>,
    /// The entry.
    pub span: Span,
}

/// Which kind of policy a type of resource is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum PolicyKind {
    Cache,
    OriginRequest,
    ResponseHeaders,
}

impl PolicyKind {
    /// The kind of `AWS::CloudFront::CachePolicy`, `aws_cloudfront_cache_policy` and their like.
    pub(crate) fn of(resource: &str) -> Option<PolicyKind> {
        match resource {
            "AWS::CloudFront::CachePolicy" | "aws_cloudfront_cache_policy" => Some(PolicyKind::Cache),
            "AWS::CloudFront::OriginRequestPolicy" | "aws_cloudfront_origin_request_policy" => {
                Some(PolicyKind::OriginRequest)
            }
            "AWS::CloudFront::ResponseHeadersPolicy" | "aws_cloudfront_response_headers_policy" => {
                Some(PolicyKind::ResponseHeaders)
            }
            _ => None,
        }
    }
}

/// A policy that a resource defines. `properties` holds its attributes.
pub(crate) fn policy<P: Part>(kind: PolicyKind, id: String, properties: P, span: Span) -> Policy {
    let wrapper = match kind {
        PolicyKind::Cache => "CachePolicyConfig",
        PolicyKind::OriginRequest => "OriginRequestPolicyConfig",
        PolicyKind::ResponseHeaders => "ResponseHeadersPolicyConfig",
    };
    let inner = match properties.one(name(wrapper, "")) {
        Found::Absent => properties,
        Found::One(inner) => inner,
        Found::Open(open) => return Policy { id, name: None, body: PolicyBody::Open(open), span },
    };
    let body = match kind {
        PolicyKind::Cache => cache(inner),
        PolicyKind::OriginRequest => {
            let (headers, cookies, query) = selections(inner);
            PolicyBody::OriginRequest(OriginRequestPolicy { headers, cookies, query })
        }
        PolicyKind::ResponseHeaders => PolicyBody::ResponseHeaders(response_headers(inner)),
    };
    Policy { id, name: inner.text(name("Name", "name")), body, span }
}

/// A data source that looks a policy up.
pub(crate) fn lookup<P: Part>(id: String, part: P) -> Policy {
    let body = PolicyBody::Lookup { id: part.text(name("", "id")) };
    Policy { id, name: part.text(name("", "name")), body, span: part.span() }
}

fn cache<P: Part>(part: P) -> PolicyBody {
    let wrapper = name("ParametersInCacheKeyAndForwardedToOrigin", "parameters_in_cache_key_and_forwarded_to_origin");
    let parameters = match part.one(wrapper) {
        Found::Open(span) => return PolicyBody::Open(span),
        Found::Absent => None,
        Found::One(it) => Some(it),
    };
    let none = || Selection { behavior: None, names: None, open: None };
    let (headers, cookies, query) = parameters.map_or_else(|| (none(), none(), none()), selections);
    let flag = |key: Name| parameters.and_then(|it| it.text(key));
    PolicyBody::Cache(CachePolicy {
        min_ttl: part.text(name("MinTTL", "min_ttl")),
        default_ttl: part.text(name("DefaultTTL", "default_ttl")),
        max_ttl: part.text(name("MaxTTL", "max_ttl")),
        gzip: flag(name("EnableAcceptEncodingGzip", "enable_accept_encoding_gzip")),
        brotli: flag(name("EnableAcceptEncodingBrotli", "enable_accept_encoding_brotli")),
        headers,
        cookies,
        query,
    })
}

fn selections<P: Part>(part: P) -> (Selection, Selection, Selection) {
    let select = |block: Name, behavior: Name, names: Name| match part.one(block) {
        Found::Absent => Selection { behavior: None, names: None, open: None },
        Found::Open(span) => Selection { behavior: None, names: None, open: Some(span) },
        Found::One(it) => Selection { behavior: it.text(behavior), names: it.list(names), open: None },
    };
    (
        select(
            name("HeadersConfig", "headers_config"),
            name("HeaderBehavior", "header_behavior"),
            name("Headers", "headers"),
        ),
        select(
            name("CookiesConfig", "cookies_config"),
            name("CookieBehavior", "cookie_behavior"),
            name("Cookies", "cookies"),
        ),
        select(
            name("QueryStringsConfig", "query_strings_config"),
            name("QueryStringBehavior", "query_string_behavior"),
            name("QueryStrings", "query_strings"),
        ),
    )
}

fn response_headers<P: Part>(part: P) -> ResponseHeadersPolicy {
    let mut out = ResponseHeadersPolicy::default();
    match part.one(name("CorsConfig", "cors_config")) {
        Found::Absent => {}
        Found::Open(span) => out.open.push(span),
        Found::One(it) => {
            out.cors = Some(Cors {
                origins: it.list(name("AccessControlAllowOrigins", "access_control_allow_origins")),
                methods: it.list(name("AccessControlAllowMethods", "access_control_allow_methods")),
                headers: it.list(name("AccessControlAllowHeaders", "access_control_allow_headers")),
                exposed: it.list(name("AccessControlExposeHeaders", "access_control_expose_headers")),
                credentials: it.text(name("AccessControlAllowCredentials", "access_control_allow_credentials")),
                max_age: it.text(name("AccessControlMaxAgeSec", "access_control_max_age_sec")),
                overrides: it.text(name("OriginOverride", "origin_override")),
                span: it.span(),
            });
        }
    }
    match part.one(name("SecurityHeadersConfig", "security_headers_config")) {
        Found::Absent => {}
        Found::Open(span) => out.open.push(span),
        Found::One(it) => security(it, &mut out),
    }
    match part.one(name("CustomHeadersConfig", "custom_headers_config")) {
        Found::Absent => {}
        Found::Open(span) => out.open.push(span),
        Found::One(it) => {
            let items = it.many(name("Items", "items"));
            out.open.extend(items.open);
            out.headers.extend(items.all.into_iter().filter_map(|(_, it)| {
                Some(PolicyHeader {
                    name: it.text(name("Header", "header"))?,
                    value: it.text(name("Value", "value")),
                    overrides: it.text(name("Override", "override")),
                    span: it.span(),
                })
            }));
        }
    }
    match part.one(name("RemoveHeadersConfig", "remove_headers_config")) {
        Found::Absent => {}
        Found::Open(span) => out.open.push(span),
        Found::One(it) => {
            let items = it.many(name("Items", "items"));
            out.open.extend(items.open);
            out.removes.extend(items.all.into_iter().filter_map(|(_, it)| it.text(name("Header", "header"))));
        }
    }
    match part.one(name("ServerTimingHeadersConfig", "server_timing_headers_config")) {
        Found::Absent => {}
        Found::Open(span) => out.open.push(span),
        Found::One(it) => {
            let on = it.text(name("Enabled", "enabled")).and_then(|it| it.known());
            if on.is_none_or(|it| it != "false") {
                out.server_timing = it.text(name("SamplingRate", "sampling_rate"));
            }
        }
    }
    out
}

/// The security headers, as the texts they become.
fn security<P: Part>(part: P, out: &mut ResponseHeadersPolicy) {
    let mut add = |block: Name, header: &str, value: &dyn Fn(P) -> Option<Text>| match part.one(block) {
        Found::Absent => {}
        Found::Open(span) => out.open.push(span),
        Found::One(it) => out.headers.push(PolicyHeader {
            name: Text::Known(header.to_owned(), it.span()),
            value: value(it),
            overrides: it.text(name("Override", "override")),
            span: it.span(),
        }),
    };
    let own = |cloudformation, terraform| move |it: P| it.text(name(cloudformation, terraform));
    add(
        name("ContentSecurityPolicy", "content_security_policy"),
        "Content-Security-Policy",
        &own("ContentSecurityPolicy", "content_security_policy"),
    );
    add(name("ContentTypeOptions", "content_type_options"), "X-Content-Type-Options", &|it: P| {
        Some(Text::Known("nosniff".to_owned(), it.span()))
    });
    add(name("FrameOptions", "frame_options"), "X-Frame-Options", &own("FrameOption", "frame_option"));
    add(name("ReferrerPolicy", "referrer_policy"), "Referrer-Policy", &own("ReferrerPolicy", "referrer_policy"));
    add(name("StrictTransportSecurity", "strict_transport_security"), "Strict-Transport-Security", &|it: P| {
        let age = it.text(name("AccessControlMaxAgeSec", "access_control_max_age_sec"))?;
        let mut parts = vec![Text::Known("max-age=".to_owned(), it.span()), age];
        let mut flag = |key: Name, text: &str| match it.text(key) {
            None => Some(()),
            Some(on) => {
                if on.known()? == "true" {
                    parts.push(Text::Known(text.to_owned(), it.span()));
                }
                Some(())
            }
        };
        flag(name("IncludeSubdomains", "include_subdomains"), "; includeSubDomains")?;
        flag(name("Preload", "preload"), "; preload")?;
        Some(Text::Parts(parts))
    });
    add(name("XSSProtection", "xss_protection"), "X-XSS-Protection", &|it: P| {
        let flag = |key: Name| match it.text(key) {
            None => Some(false),
            Some(text) => Some(text.known()? == "true"),
        };
        let mut parts =
            vec![Text::Known(if flag(name("Protection", "protection"))? { "1" } else { "0" }.to_owned(), it.span())];
        if flag(name("ModeBlock", "mode_block"))? {
            parts.push(Text::Known("; mode=block".to_owned(), it.span()));
        }
        if let Some(report) = it.text(name("ReportUri", "report_uri")) {
            parts.push(Text::Known("; report=".to_owned(), it.span()));
            parts.push(report);
        }
        Some(Text::Parts(parts))
    });
}
