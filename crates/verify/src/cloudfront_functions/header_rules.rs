//! Headers that a function may not touch.
//!
//! Source: CloudFront Developer Guide, "Restrictions on all edge functions", read 2026-04. A violation answers 502, which
//! the console's test does not show.

use crate::engine::EventKind;

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
const DISALLOWED_PREFIXES: &[&str] = &["x-amz-cf-", "x-edge-"];

/// Headers no function sees, and none may add. `name` is lower-case.
#[must_use]
pub fn is_disallowed(name: &str) -> bool {
    DISALLOWED.contains(&name) || DISALLOWED_PREFIXES.iter().any(|it| name.starts_with(it))
}

/// Headers a function of either kind sees and may neither add, change nor delete. `name` is lower-case.
#[must_use]
pub fn is_read_only(event: EventKind, name: &str) -> bool {
    match event {
        EventKind::ViewerRequest => {
            matches!(name, "cdn-loop" | "content-length" | "host" | "transfer-encoding" | "via")
        }
        EventKind::OriginRequest => matches!(
            name,
            "accept-encoding"
                | "cdn-loop"
                | "content-length"
                | "if-modified-since"
                | "if-none-match"
                | "if-range"
                | "if-unmodified-since"
                | "transfer-encoding"
                | "via"
        ),
        EventKind::OriginResponse => matches!(name, "transfer-encoding" | "via"),
        EventKind::ViewerResponse => matches!(name, "warning" | "via"),
    }
}
