//! What an expression can read of the incoming exchange. Multiplicity and decoding are part of the name: nothing is implied.

use crate::{StrId, Ty};

macro_rules! fields {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $ty:ident, keyed: $keyed:literal;)*) => {
        /// One readable thing; keyed ones take a name.
        #[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum FieldKind { $($(#[$doc])* $variant,)* }
        impl FieldKind {
            /// All kinds.
            pub const ALL: &'static [FieldKind] = &[$(FieldKind::$variant,)*];
            /// The name in the text form.
            #[must_use]
            pub fn text(self) -> &'static str { match self { $(FieldKind::$variant => $text,)* } }
            /// The kind of that name.
            #[must_use]
            pub fn from_text(text: &str) -> Option<FieldKind> {
                match text { $($text => Some(FieldKind::$variant),)* _ => None }
            }
            /// The type of a read.
            #[must_use]
            pub fn ty(self) -> Ty { match self { $(FieldKind::$variant => Ty::$ty,)* } }
            /// Whether a name goes with it.
            #[must_use]
            pub fn keyed(self) -> bool { match self { $(FieldKind::$variant => $keyed,)* } }
        }
    };
}

fields! {
    /// Upper-case method token.
    Method = "method", Str, keyed: false;
    /// `http` or `https`.
    Scheme = "scheme", Str, keyed: false;
    /// Host without port, as the visitor named it.
    Host = "host", Str, keyed: false;
    /// The path, escaped as delivered, beginning with `/`.
    Path = "path", Str, keyed: false;
    /// The query without `?`; missing when there is no `?`.
    Query = "query", OptStr, keyed: false;
    /// First value of a query argument, not decoded; `a` without `=` is "".
    ArgFirst = "arg.first", OptStr, keyed: true;
    /// Every value of a query argument.
    ArgAll = "arg.all", List, keyed: true;
    /// First line of a request header; names are lower-case.
    HeaderFirst = "header.first", OptStr, keyed: true;
    /// Every line of a request header.
    HeaderAll = "header.all", List, keyed: true;
    /// First value of a cookie.
    CookieFirst = "cookie.first", OptStr, keyed: true;
    /// Every value of a cookie.
    CookieAll = "cookie.all", List, keyed: true;
    /// The visitor's address, as text.
    ClientIp = "client_ip", Str, keyed: false;
    /// What the platform computes about the visitor, by neutral name: `country`, `city`, `asn` …
    Visitor = "visitor", OptStr, keyed: true;
    /// Status of the response.
    Status = "status", Int, keyed: false;
    /// First line of a response header.
    RespHeaderFirst = "response.header.first", OptStr, keyed: true;
    /// Every line of a response header.
    RespHeaderAll = "response.header.all", List, keyed: true;
    /// The `Set-Cookie` lines of one cookie name.
    RespCookieAll = "response.cookie.all", List, keyed: true;
}

/// A read: a kind, with its name where it is keyed.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Field {
    /// What is read.
    pub kind: FieldKind,
    /// The name, for keyed kinds.
    pub name: Option<StrId>,
}
