//! What of a request reaches the origin, and what of it is in the cache key; [`crate::forwarding()`] works it out.
//!
//! Nothing is guessed: a policy that no file defines, or a list that is open, is `Unknown` with its reason and its place. What the
//! documentation leaves open is said apart, and both readings stay possible.

use crate::headers::{Unlisted, WithPolicies, computed_header, to_origin_row};
use crate::names::Names;
use source::Span;

/// What the origin gets, and what the cache key holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Forwarding {
    /// What reaches the origin and the functions in front of it, besides the path and what CloudFront adds.
    pub to_origin: Carried,
    /// What the cache key holds besides the path and the name of the distribution.
    pub in_key: Carried,
    /// `Accept-Encoding`, which has rules of its own.
    pub accept_encoding: AcceptEncoding,
    /// Whether answers are cached.
    pub caching: Caching,
    /// Times in the cache; `None` where they are not known.
    pub ttl: Option<Ttl>,
    /// Whether policies say it, or the settings they replaced.
    pub by: SaidBy,
    /// What is not known, and why.
    pub open: Vec<OpenPart>,
    /// What the documentation leaves open of the policies at hand.
    pub unsure: Vec<&'static str>,
}

/// Parts of a request.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Carried {
    /// Headers that the viewer sent, in lower case.
    pub headers: Names,
    /// Headers that CloudFront makes, in lower case.
    pub computed: Names,
    /// Cookies.
    pub cookies: Names,
    /// Arguments of the query.
    pub query: Names,
}

/// What becomes of `Accept-Encoding`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AcceptEncoding {
    /// In the key and at the origin in a form made of these encodings, or `identity`.
    Normalized {
        /// gzip is one.
        gzip: bool,
        /// Brotli is one.
        brotli: bool,
    },
    /// Forwarded in a normal form if it has gzip or Brotli; in the key with gzip only.
    Legacy,
    /// Like any other header.
    AsListed,
    /// Not known, and why.
    Unknown(String),
}

/// Whether answers are cached.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Caching {
    /// They may be.
    On,
    /// They never are: functions in front of the origin run on every request.
    Off,
    /// Not known.
    Unknown,
}

/// Times in the cache, in seconds.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Ttl {
    /// At least, whatever the origin says.
    pub min: u64,
    /// Where the origin says nothing.
    pub default: u64,
    /// At most.
    pub max: u64,
}

/// What says what is forwarded.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum SaidBy {
    /// A cache policy, and an origin request policy where one is named.
    Policies,
    /// `ForwardedValues`.
    Legacy,
    /// Nothing that was read.
    Nothing,
}

/// Something that is not known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenPart {
    /// What: `headers`, `cookies`, `query`, `times`, `compression`, `cache policy`, `origin request policy`.
    pub what: &'static str,
    /// Why, in one sentence.
    pub why: String,
    /// The place that leaves it open.
    pub span: Span,
}

/// What a function in front of the origin, and the origin, see of one request header.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AtOrigin {
    /// What the viewer sent; absent if it sent none.
    Viewer,
    /// Absent, whatever the viewer sent.
    Absent,
    /// The name of the origin (`Host`).
    OriginName,
    /// CloudFront's own value; the text where it is fixed.
    Set(Option<&'static str>),
    /// The viewer's value with something added, or that alone.
    Appended,
    /// The viewer's value in one of a few forms.
    Normalized,
    /// A value that CloudFront computes.
    Computed,
    /// The cookies that are forwarded, sorted by name; see [`Carried::cookies`].
    Cookies,
    /// What the viewer sent with these methods, else absent.
    ByMethod(&'static [&'static str]),
    /// Not documented: what the viewer sent, or absent.
    Open,
    /// Not known, and why.
    Unknown(String),
}

impl Forwarding {
    /// Whether everything that decides is known. What the documentation leaves open counts as not known.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.open.is_empty() && self.unsure.is_empty()
    }

    /// Whether what a function in front of the origin sees under a header's name is decided by the cache key, so that it would see the same on
    /// a hit; `None` where that is not known.
    #[must_use]
    pub fn header_is_in_key(&self, name: &str) -> Option<bool> {
        let lower = name.to_ascii_lowercase();
        match self.header_at_origin(name) {
            // The same on every request of the behavior.
            AtOrigin::Absent | AtOrigin::OriginName | AtOrigin::Set(Some(_)) => Some(true),
            AtOrigin::Set(None) | AtOrigin::Appended | AtOrigin::ByMethod(_) => Some(false),
            AtOrigin::Viewer => self.in_key.headers.admits(&lower),
            AtOrigin::Computed => self.in_key.computed.admits(&lower),
            AtOrigin::Cookies => self.cookies_are_in_key(),
            AtOrigin::Normalized => match &self.accept_encoding {
                AcceptEncoding::Normalized { gzip: _, brotli: _ } => Some(true),
                AcceptEncoding::Legacy | AcceptEncoding::AsListed => Some(false),
                AcceptEncoding::Unknown(_) => None,
            },
            AtOrigin::Open | AtOrigin::Unknown(_) => None,
        }
    }

    /// Whether all cookies that reach the origin are in the cache key.
    #[must_use]
    pub fn cookies_are_in_key(&self) -> Option<bool> {
        self.to_origin.cookies.is_within(&self.in_key.cookies)
    }

    /// Whether all arguments of the query that reach the origin are in the cache key.
    #[must_use]
    pub fn query_is_in_key(&self) -> Option<bool> {
        self.to_origin.query.is_within(&self.in_key.query)
    }

    /// What a function in front of the origin sees under a header's name, in any case.
    #[must_use]
    pub fn header_at_origin(&self, name: &str) -> AtOrigin {
        let name = name.to_ascii_lowercase();
        if let (Some(true), true) = (self.to_origin.computed.admits(&name), computed_header(&name).is_some()) {
            return AtOrigin::Computed;
        }
        if name == "accept-encoding" {
            match &self.accept_encoding {
                AcceptEncoding::Normalized { .. } | AcceptEncoding::Legacy => return AtOrigin::Normalized,
                AcceptEncoding::Unknown(why) => return AtOrigin::Unknown(why.clone()),
                AcceptEncoding::AsListed => {}
            }
        }
        if name == "cookie" {
            return match &self.to_origin.cookies {
                Names::Unknown(why) => AtOrigin::Unknown(why.clone()),
                cookies if cookies.is_none() => AtOrigin::Absent,
                Names::All | Names::Only(_) | Names::Like(_) | Names::Except(_) => AtOrigin::Cookies,
            };
        }
        let row = to_origin_row(&name);
        let listable = row.is_none_or(|it| it.listable && it.unlisted != Unlisted::Appended);
        // Without policies a header goes on that nothing lists: a list says which ones are in the key.
        let listed = match self.by {
            SaidBy::Policies => &self.to_origin.headers,
            SaidBy::Legacy => &self.in_key.headers,
            SaidBy::Nothing => return AtOrigin::Unknown("what is forwarded is not known".to_owned()),
        };
        match listed.admits(&name) {
            Some(true) if listable => return AtOrigin::Viewer,
            None if listable => return AtOrigin::Unknown("which headers are forwarded is not known".to_owned()),
            Some(_) | None => {}
        }
        match (self.by, row) {
            (SaidBy::Legacy, None) => AtOrigin::Viewer,
            (SaidBy::Policies | SaidBy::Nothing, None) => AtOrigin::Absent,
            (SaidBy::Policies, Some(row)) if row.policies == WithPolicies::Removed => AtOrigin::Absent,
            (SaidBy::Policies, Some(row)) if row.policies == WithPolicies::Open => AtOrigin::Open,
            (SaidBy::Policies | SaidBy::Legacy | SaidBy::Nothing, Some(row)) => unlisted(row.unlisted, &name),
        }
    }
}

fn unlisted(row: Unlisted, name: &str) -> AtOrigin {
    match row {
        Unlisted::Removed => AtOrigin::Absent,
        Unlisted::Forwarded => AtOrigin::Viewer,
        Unlisted::Set(_) if name == "host" => AtOrigin::OriginName,
        Unlisted::Set(text) => AtOrigin::Set(text),
        Unlisted::Appended => AtOrigin::Appended,
        Unlisted::Normalized => AtOrigin::Normalized,
        Unlisted::Cookies => AtOrigin::Cookies,
        Unlisted::ByMethod(methods) => AtOrigin::ByMethod(methods),
    }
}
