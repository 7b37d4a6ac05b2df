//! The model of what is emitted: rules of a zone by phase, and the bulk redirects of an account.
//!
//! One model, several writings: API JSON, Terraform and the rules machine all read these types.

use crate::lang::Expr;
use crate::phase::Phase;
use std::collections::BTreeMap;

/// One rule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rule {
    /// The stable reference; it is how a rule is recognized on a later run.
    pub reference: String,
    /// What it does and where it came from, for people.
    pub description: String,
    /// When it holds.
    pub expression: Expr,
    /// What it does.
    pub action: Action,
    /// Whether it runs.
    pub enabled: bool,
}

/// What a rule does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// A single redirect.
    Redirect {
        /// The Location.
        target: Value,
        /// 301, 302, 303, 307 or 308.
        status: u16,
        /// Whether the request's query is carried over.
        preserve_query: bool,
    },
    /// Redirects of a list.
    RedirectFromList {
        /// Name of the list, without `$`.
        list: String,
        /// The address that is looked up.
        key: ListKey,
    },
    /// A URL rewrite. A part that is `None` is kept.
    RewriteUrl {
        /// The new path.
        path: Option<Value>,
        /// The new query, without `?`.
        query: Option<Value>,
    },
    /// Changes of request headers, by lower-case name.
    RequestHeaders(BTreeMap<String, HeaderOp>),
    /// Changes of response headers, by lower-case name.
    ResponseHeaders(BTreeMap<String, HeaderOp>),
    /// Where the origin is. A property that is `None` is kept.
    Route {
        /// The Host header that the origin gets.
        host_header: Option<String>,
        /// The SNI, where it differs from the Host header.
        sni: Option<String>,
        /// The name that is resolved.
        origin_host: Option<String>,
        /// The port.
        origin_port: Option<u16>,
    },
    /// A denial.
    Block {
        /// 400 to 499; 403 without a body of its own.
        status: u16,
        /// The type of the body.
        content_type: Option<String>,
        /// The body; `None` is Cloudflare's own page.
        content: Option<String>,
    },
}

/// Which address a bulk redirect rule looks up. The rule's expression names the same field.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ListKey {
    /// After URL rewrites.
    FullUri,
    /// As the visitor sent it.
    RawFullUri,
}

impl ListKey {
    /// The field.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::FullUri => "http.request.full_uri",
            Self::RawFullUri => "raw.http.request.full_uri",
        }
    }
}

/// A value: fixed, or computed for each request.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Value {
    /// A fixed string.
    Static(String),
    /// An expression of type String.
    Dynamic(Expr),
}

/// What is done to one header.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum HeaderOp {
    /// Replaces every line of that name.
    Set(Value),
    /// Adds a line; responses only.
    Add(Value),
    /// Drops every line of that name.
    Remove,
}

/// A list of bulk redirects.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BulkList {
    /// Its name: `[a-z0-9_]`, at most 50 characters.
    pub name: String,
    /// For people.
    pub description: String,
    /// The redirects; one per source.
    pub items: Vec<BulkItem>,
}

/// One bulk redirect.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct BulkItem {
    /// Host and path, with or without scheme; no query.
    pub source_url: String,
    /// An absolute address.
    pub target_url: String,
    /// 301, 302, 307 or 308.
    pub status: u16,
    /// Whether the request's query is carried over; then the target has none.
    pub preserve_query: bool,
    /// Whether everything below the path matches too.
    pub subpath_matching: bool,
    /// Whether subdomains match too.
    pub include_subdomains: bool,
    /// Whether the rest of the path is appended to the target; with subpath matching only.
    pub preserve_path_suffix: bool,
}

/// The rules of one zone.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ZoneRules {
    /// The name of the zone.
    pub name: String,
    /// Rules in their order, by phase. No phase of an account is among them.
    pub phases: BTreeMap<Phase, Vec<Rule>>,
}

/// What lives on the account.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Account {
    /// Rules of the bulk redirect phase, in their order.
    pub bulk_rules: Vec<Rule>,
    /// The lists they name.
    pub lists: Vec<BulkList>,
}
