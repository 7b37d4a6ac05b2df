//! What a hook may change. Slots do not overlap: each family has one owner, which the verifier checks.

use crate::{StrId, Ty};

/// A changeable part of the exchange.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Slot {
    /// The path sent on.
    Path,
    /// The whole query; missing: no `?`.
    Query,
    /// One query argument: its values, empty to remove it. Never beside `Query`.
    Arg(StrId),
    /// A request header: its lines, empty to remove it. Never `host` or `cookie`.
    Header(StrId),
    /// A cookie of the request: its values.
    Cookie(StrId),
    /// The origin's host name.
    OriginHost,
    /// The Host header the origin gets.
    OriginHostHeader,
    /// The origin's port.
    OriginPort,
    /// Status of the response.
    Status,
    /// A response header: its lines. Never `set-cookie`.
    RespHeader(StrId),
    /// The `Set-Cookie` values of one name, attributes included.
    SetCookie(StrId),
    /// The response body.
    Body,
}

impl Slot {
    /// The type of what the slot holds.
    #[must_use]
    pub fn ty(self) -> Ty {
        match self {
            Slot::Path => Ty::Str,
            Slot::Query | Slot::OriginHost | Slot::OriginHostHeader | Slot::Body => Ty::OptStr,
            Slot::Arg(_) | Slot::Header(_) | Slot::Cookie(_) | Slot::RespHeader(_) | Slot::SetCookie(_) => Ty::List,
            Slot::OriginPort | Slot::Status => Ty::Int,
        }
    }

    /// The name in the text form, and the key.
    #[must_use]
    pub fn parts(self) -> (&'static str, Option<StrId>) {
        match self {
            Slot::Path => ("path", None),
            Slot::Query => ("query", None),
            Slot::Arg(name) => ("arg", Some(name)),
            Slot::Header(name) => ("header", Some(name)),
            Slot::Cookie(name) => ("cookie", Some(name)),
            Slot::OriginHost => ("origin.host", None),
            Slot::OriginHostHeader => ("origin.host_header", None),
            Slot::OriginPort => ("origin.port", None),
            Slot::Status => ("status", None),
            Slot::RespHeader(name) => ("response.header", Some(name)),
            Slot::SetCookie(name) => ("set_cookie", Some(name)),
            Slot::Body => ("body", None),
        }
    }
}
