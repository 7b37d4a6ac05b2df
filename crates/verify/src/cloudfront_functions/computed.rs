//! Headers that CloudFront computes about the visitor, by the name of the value they carry.
//!
//! A client's own copy of such a header is never seen. A value the exchange does not know is an absent header.
//! Source: CloudFront Developer Guide, "Add CloudFront request headers", read 2026-04.

use interp::exchange::Request;

/// Header name and the visitor entry it carries.
const VISITOR: &[(&str, &str)] = &[
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

/// Computed headers that no exchange has a value for; a client's own copy is dropped like that of any other.
const WITHOUT_ENTRY: &[&str] = &[
    "cloudfront-viewer-ja3-fingerprint",
    "cloudfront-viewer-ja4-fingerprint",
    "cloudfront-viewer-header-order",
    "cloudfront-viewer-header-count",
];

const ADDRESS: &str = "cloudfront-viewer-address";
const FORWARDED_PROTO: &str = "cloudfront-forwarded-proto";

/// Whether CloudFront computes this header. `name` is lower-case.
#[must_use]
pub fn is_computed(name: &str) -> bool {
    name == ADDRESS
        || name == FORWARDED_PROTO
        || WITHOUT_ENTRY.contains(&name)
        || VISITOR.iter().any(|(header, _)| *header == name)
}

/// The visitor entry behind a computed header, where there is exactly one.
#[must_use]
pub fn visitor_entry(name: &str) -> Option<&'static str> {
    VISITOR.iter().find(|(header, _)| *header == name).map(|(_, entry)| *entry)
}

/// The computed headers of a request, in the order of the table.
pub(crate) fn lines(request: &Request) -> Vec<(&'static str, String)> {
    let mut lines: Vec<(&'static str, String)> = VISITOR
        .iter()
        .filter_map(|(header, entry)| request.visitor.get(*entry).map(|value| (*header, value.clone())))
        .collect();
    if let Some(port) = request.visitor.get("client_port") {
        lines.push((ADDRESS, format!("{}:{port}", request.client_ip)));
    }
    lines.push((FORWARDED_PROTO, request.scheme.clone()));
    lines
}
