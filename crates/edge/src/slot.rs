//! What a hook may change. Slots do not overlap: each family has one owner, which the verifier checks.

use crate::{StrId, Ty};

macro_rules! slots {
    ($($(#[$doc:meta])* $variant:ident $(($key:ident))? = $text:literal, $ty:ident;)*) => {
        /// A changeable part of the exchange.
        #[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Slot { $($(#[$doc])* $variant $(($key))?,)* }
        impl Slot {
            /// The names of all slots in the text form.
            pub const NAMES: &'static [&'static str] = &[$($text,)*];
            /// The type of what the slot holds.
            #[must_use]
            pub fn ty(self) -> Ty { match self { $(slots!(@pattern $variant $(($key))?) => Ty::$ty,)* } }
            /// The name in the text form, and the key.
            #[must_use]
            pub fn parts(self) -> (&'static str, Option<StrId>) {
                match self { $(slots!(@bind $variant key $(($key))?) => ($text, slots!(@some key $(($key))?)),)* }
            }
            /// The slot with one and the same key for all: what is left to compare is which part of the exchange it is.
            pub(crate) fn family(self, key: StrId) -> Slot {
                match self { $(slots!(@pattern $variant $(($key))?) => slots!(@make $variant key $(($key))?),)* }
            }
            /// The slot with its key replaced.
            pub(crate) fn rekeyed(self, with: impl FnOnce(StrId) -> StrId) -> Slot {
                self.parts().1.map_or(self, |key| self.family(with(key)))
            }
            /// The slot of a name and a key, if a slot of that name takes a key or, without one, none.
            #[must_use]
            pub fn from_parts(name: &str, key: Option<StrId>) -> Option<Slot> {
                match (name, key) {
                    $(($text, slots!(@take key $(($key))?)) => Some(slots!(@make $variant key $(($key))?)),)*
                    _ => None,
                }
            }
        }
    };
    (@pattern $variant:ident ($key:ident)) => { Slot::$variant(_) };
    (@pattern $variant:ident) => { Slot::$variant };
    (@bind $variant:ident $it:ident ($key:ident)) => { Slot::$variant($it) };
    (@bind $variant:ident $it:ident) => { Slot::$variant };
    (@some $it:ident ($key:ident)) => { Some($it) };
    (@some $it:ident) => { None };
    (@take $it:ident ($key:ident)) => { Some($it) };
    (@take $it:ident) => { None };
    (@make $variant:ident $it:ident ($key:ident)) => { Slot::$variant($it) };
    (@make $variant:ident $it:ident) => { Slot::$variant };
}

slots! {
    /// The path sent on.
    Path = "path", Str;
    /// The whole query; missing: no `?`.
    Query = "query", OptStr;
    /// One query argument: its values, empty to remove it. Never beside `Query`.
    Arg(StrId) = "arg", List;
    /// A request header: its lines, empty to remove it. Never `host` or `cookie`.
    Header(StrId) = "header", List;
    /// A cookie of the request: its values.
    Cookie(StrId) = "cookie", List;
    /// The origin's host name.
    OriginHost = "origin.host", OptStr;
    /// The Host header the origin gets.
    OriginHostHeader = "origin.host_header", OptStr;
    /// The origin's port.
    OriginPort = "origin.port", Int;
    /// Status of the response.
    Status = "status", Int;
    /// A response header: its lines. Never `set-cookie`.
    RespHeader(StrId) = "response.header", List;
    /// The `Set-Cookie` values of one name, attributes included.
    SetCookie(StrId) = "set_cookie", List;
    /// The response body.
    Body = "body", OptStr;
}
