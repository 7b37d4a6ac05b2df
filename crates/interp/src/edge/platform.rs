//! What the old platform lets a function see and write: header names, values, paths and queries.
//!
//! Source: CloudFront Developer Guide, "Restrictions on all edge functions", "Add CloudFront request headers" and "CloudFront
//! Functions event structure", read 2026-04. Kept apart from the model in `verify`, so that each can contradict the other.

use crate::exchange::Request;

/// Why there is no outcome of the normal kind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Stop {
    /// The platform fails the request.
    Fails(String),
    /// Nobody can say from here.
    Unknown(String),
}

const DISALLOWED: &[&str] = &[
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "trailer",
    "upgrade",
    "x-accel-buffering",
    "x-accel-charset",
    "x-accel-limit-rate",
    "x-accel-redirect",
    "x-amzn-auth",
    "x-amzn-cf-billing",
    "x-amzn-cf-id",
    "x-amzn-cf-xff",
    "x-amzn-errortype",
    "x-amzn-fle-profile",
    "x-amzn-header-count",
    "x-amzn-header-order",
    "x-amzn-lambda-integration-tag",
    "x-amzn-requestid",
    "x-cache",
    "x-forwarded-proto",
    "x-real-ip",
];

/// Computed header and the visitor entry it carries.
const COMPUTED: &[(&str, &str)] = &[
    ("cloudfront-viewer-country", "country"),
    ("cloudfront-viewer-country-name", "country_name"),
    ("cloudfront-viewer-country-region", "region_code"),
    ("cloudfront-viewer-country-region-name", "region"),
    ("cloudfront-viewer-city", "city"),
    ("cloudfront-viewer-postal-code", "postal_code"),
    ("cloudfront-viewer-time-zone", "timezone"),
    ("cloudfront-viewer-latitude", "latitude"),
    ("cloudfront-viewer-longitude", "longitude"),
    ("cloudfront-viewer-metro-code", "metro_code"),
    ("cloudfront-viewer-asn", "asn"),
    ("cloudfront-viewer-http-version", "http_version"),
    ("cloudfront-viewer-tls", "tls"),
    ("cloudfront-is-mobile-viewer", "is_mobile"),
    ("cloudfront-is-tablet-viewer", "is_tablet"),
    ("cloudfront-is-desktop-viewer", "is_desktop"),
    ("cloudfront-is-smarttv-viewer", "is_smarttv"),
    ("cloudfront-is-ios-viewer", "is_ios"),
    ("cloudfront-is-android-viewer", "is_android"),
];

/// Headers that no function sees and none may add.
pub(super) fn is_disallowed(name: &str) -> bool {
    DISALLOWED.contains(&name) || name.starts_with("x-amz-cf-") || name.starts_with("x-edge-")
}

/// Headers the platform writes itself about the visitor.
pub(super) fn is_computed(name: &str) -> bool {
    matches!(name, "cloudfront-viewer-address" | "cloudfront-forwarded-proto")
        || COMPUTED.iter().any(|(header, _)| *header == name)
}

/// The value of a computed header, where the exchange knows it.
pub(super) fn computed(request: &Request, name: &str) -> Option<String> {
    match name {
        "cloudfront-forwarded-proto" => Some(request.scheme.clone()),
        "cloudfront-viewer-address" => {
            request.visitor.get("client_port").map(|port| format!("{}:{port}", request.client_ip))
        }
        _ => {
            let (_, entry) = COMPUTED.iter().find(|(header, _)| *header == name)?;
            request.visitor.get(*entry).cloned()
        }
    }
}

/// Request headers that a function sees and may not change.
pub(super) fn request_read_only(name: &str) -> bool {
    matches!(name, "cdn-loop" | "content-length" | "host" | "transfer-encoding" | "via")
}

/// Response headers that a function sees and may not change.
pub(super) fn response_read_only(name: &str) -> bool {
    matches!(name, "warning" | "via")
}

/// A written name must be a lower-case token.
pub(super) fn check_name(name: &str) -> Result<(), Stop> {
    let token = |it: char| (it.is_ascii_alphanumeric() && !it.is_ascii_uppercase()) || "!#$%&'*+-.^_`|~".contains(it);
    if name.is_empty() || !name.chars().all(token) {
        return Err(Stop::Fails(format!("{name:?} is no lower-case header name")));
    }
    if is_disallowed(name) {
        return Err(Stop::Fails(format!("the header `{name}` may not be added")));
    }
    Ok(())
}

/// A written value must be one line of ASCII.
pub(super) fn check_value(name: &str, value: &str) -> Result<(), Stop> {
    if value.chars().any(|it| it.is_ascii_control() && it != '\t') {
        return Err(Stop::Fails(format!("`{name}` holds a control character")));
    }
    if !value.is_ascii() {
        return Err(Stop::Unknown(format!("`{name}` was set to text beyond ASCII")));
    }
    Ok(())
}

/// A written path must begin with `/` and stay one request target.
pub(super) fn check_path(path: &str) -> Result<(), Stop> {
    if !path.starts_with('/') {
        return Err(Stop::Fails("the path must begin with `/`".to_owned()));
    }
    if path.len() > 8192 {
        return Err(Stop::Fails("the path is too long".to_owned()));
    }
    match path.chars().find(|it| !it.is_ascii_graphic() || matches!(it, '?' | '#')) {
        Some(odd) => Err(Stop::Unknown(format!("the path was set to text with {odd:?}"))),
        None => Ok(()),
    }
}

/// A written query must fit a request line.
pub(super) fn check_query(query: &str) -> Result<(), Stop> {
    if query.chars().any(|it| it.is_ascii_control() || matches!(it, ' ' | '#')) {
        return Err(Stop::Fails("the query holds a space, a control character or `#`".to_owned()));
    }
    if !query.is_ascii() {
        return Err(Stop::Unknown("the query was set to text beyond ASCII".to_owned()));
    }
    Ok(())
}

/// A written status must be one that a function may answer with.
pub(super) fn check_status(status: i64) -> Result<u16, Stop> {
    match u16::try_from(status) {
        Ok(status @ 200..=599) => Ok(status),
        Ok(_) | Err(_) => Err(Stop::Fails("the status must be a whole number from 200 to 599".to_owned())),
    }
}
