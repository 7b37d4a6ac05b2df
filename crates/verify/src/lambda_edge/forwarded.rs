//! What of a visitor's request reaches origin hooks and the origin, as the policies of a cache behavior say.
//!
//! Source: CloudFront Developer Guide, "Controlling origin requests", "Caching content based on cookies", read 2026-04: cookies
//! that are forwarded arrive sorted by name and without names that begin with `$`; Host is the origin's domain and
//! User-Agent is CloudFront's own where they are not forwarded; X-Forwarded-For ends in the visitor's address.

use std::collections::BTreeSet;

use interp::exchange::Request;

use super::lines::Lines;
use super::origin::{Origin, OriginKind};
use crate::cloudfront_functions::request::replace;
use crate::cloudfront_functions::{ORIGIN_LINE, computed, is_disallowed};

/// A choice of names: lower-case for headers, as written for cookies and arguments.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Names {
    /// Every name.
    #[default]
    All,
    /// These alone.
    Only(BTreeSet<String>),
    /// Every name but these.
    Except(BTreeSet<String>),
}

impl Names {
    /// Whether a name is among them.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        match self {
            Names::All => true,
            Names::Only(names) => names.contains(name),
            Names::Except(names) => !names.contains(name),
        }
    }
}

/// What is forwarded. By default everything, and all that CloudFront computes about the visitor with it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Forwarded {
    /// Headers. `host` among them: the visitor's own. A computed header (`cloudfront-viewer-country`) is shown where its name is.
    pub headers: Names,
    /// Cookies.
    pub cookies: Names,
    /// Arguments of the query.
    pub query: Names,
    /// Whether the outcome shows the origin what is not forwarded as well: for a comparison of hooks alone, where the difference
    /// between the platforms' defaults is settled elsewhere. What hooks see does not depend on it.
    pub origin_sees_all: bool,
}

/// A request on its way to an origin.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Sent {
    pub(crate) request: Request,
    pub(crate) origin: Origin,
}

impl Sent {
    /// The request as the origin sees it. `own` is the origin of the behavior, `host` the visitor's.
    pub(crate) fn arrives(&self, own: &Origin, host: &str) -> Request {
        let mut request = self.request.clone();
        for (name, value) in &self.origin.custom_headers {
            request.headers.set(&name.to_ascii_lowercase(), value);
        }
        request.path = format!("{}{}", self.origin.path.trim_end_matches('/'), request.path);
        let port = match self.origin.kind {
            OriginKind::Custom { port, .. } if !matches!(port, 80 | 443) => Some(port),
            OriginKind::Custom { .. } | OriginKind::S3 { .. } => None,
        };
        let domain = self.origin.domain.as_deref().unwrap_or(host);
        let line = port.map_or(domain.to_owned(), |port| format!("{domain}:{port}"));
        if !self.origin.same_place(own) && line != host {
            request.headers.set(ORIGIN_LINE, &line);
        }
        request
    }
}

fn cookie_pairs(request: &Request) -> Vec<(String, String)> {
    let parts = request.headers.all("cookie").flat_map(|line| line.split(';'));
    let parts = parts.map(|it| it.trim_matches([' ', '\t'])).filter(|it| !it.is_empty());
    parts.map(|it| (it.split_once('=').map_or(it, |(name, _)| name).to_owned(), it.to_owned())).collect()
}

impl Forwarded {
    /// The request without what is not forwarded.
    pub(crate) fn apply(&self, request: &Request, origin: &Origin) -> Request {
        let mut sent = request.clone();
        if !self.headers.has("host") {
            sent.host = origin.domain.clone().unwrap_or_else(|| request.host.clone());
        }
        sent.headers.0.retain(|(name, _)| name == "cookie" || name == ORIGIN_LINE || self.headers.has(name));
        if !self.headers.has("user-agent") {
            sent.headers.append("user-agent", "Amazon CloudFront");
        }
        if self.cookies != Names::All {
            let kept = cookie_pairs(request).into_iter().filter(|(name, _)| self.cookies.has(name));
            let kept: Vec<String> = kept.map(|(_, pair)| pair).collect();
            replace(&mut sent.headers.0, "cookie", if kept.is_empty() { Vec::new() } else { vec![kept.join("; ")] });
        }
        if self.query != Names::All {
            let name = |it: &str| it.split_once('=').map_or(it, |(name, _)| name).to_owned();
            let parts = request.query.as_deref().unwrap_or_default().split('&').filter(|it| !it.is_empty());
            let kept: Vec<&str> = parts.filter(|it| self.query.has(&name(it))).collect();
            sent.query = if kept.is_empty() { None } else { Some(kept.join("&")) };
        }
        sent
    }

    /// Puts back what [`Forwarded::apply`] took and no hook wrote.
    pub(crate) fn restore(&self, request: &Request, own: &Origin, saw: &mut Request) {
        let applied = self.apply(request, own);
        if saw.host == applied.host {
            saw.host.clone_from(&request.host);
        }
        if saw.query == applied.query {
            saw.query.clone_from(&request.query);
        }
        let names: BTreeSet<&String> = request.headers.0.iter().chain(&applied.headers.0).map(|(it, _)| it).collect();
        for name in names {
            if saw.headers.all(name).eq(applied.headers.all(name)) {
                let values = request.headers.all(name).map(str::to_owned).collect();
                replace(&mut saw.headers.0, name, values);
            }
        }
    }

    /// The headers that an origin hook sees. `request` is what the viewer hooks left.
    pub(crate) fn event_headers(&self, request: &Request, sent: &Sent) -> Lines {
        let host = std::iter::once(("host".to_owned(), sent.request.host.clone()));
        let hidden = |name: &str| {
            matches!(name, "host" | "cookie" | "x-forwarded-for" | "via") || name == ORIGIN_LINE || is_disallowed(name)
        };
        let own = sent.request.headers.0.iter().filter(|(name, _)| !hidden(name));
        let mut lines = Lines::grouped(host.chain(own.cloned()));
        let mut cookies = cookie_pairs(&sent.request);
        cookies.retain(|(name, _)| !name.starts_with('$'));
        cookies.sort_by(|left, right| left.0.cmp(&right.0));
        if !cookies.is_empty() {
            let pairs: Vec<String> = cookies.into_iter().map(|(_, pair)| pair).collect();
            lines.set("cookie", &pairs.join("; "));
        }
        let mut addresses: Vec<&str> = request.headers.all("x-forwarded-for").collect();
        addresses.push(&request.client_ip);
        lines.set("x-forwarded-for", &addresses.join(", "));
        lines.set("via", "2.0 2afae0d44e2540f472c0635ab62c232b.cloudfront.net (CloudFront)");
        for (name, value) in computed::lines(&sent.request) {
            if self.headers.has(name) {
                lines.set(name, &value);
            }
        }
        for (name, _) in &sent.origin.custom_headers {
            lines.remove(&name.to_ascii_lowercase());
        }
        lines
    }

    /// Where arguments are forwarded by a list: the same without any.
    pub(crate) fn without_listed_query(&self, sent: &Sent) -> Option<Sent> {
        if self.query == Names::All || sent.request.query.is_none() {
            return None;
        }
        let mut less = sent.clone();
        less.request.query = None;
        Some(less)
    }
}
