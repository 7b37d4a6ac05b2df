//! Lists of bulk redirects: which item an address meets.
//!
//! Ties are broken as documented: the most specific path, then the exact host before a subdomain match, then the most specific
//! host, then an explicit scheme. The query of the address is never part of the match.

use super::Refused;
use std::collections::HashMap;
use std::sync::Arc;
use target::ruleset::{BulkItem, BulkList};

/// Every list of the account.
#[derive(Debug)]
pub(super) struct Lists {
    lists: Vec<List>,
    ignore_case: bool,
}

#[derive(Debug)]
struct List {
    name: String,
    /// Items by host, then by path.
    hosts: HashMap<String, HashMap<String, Vec<Item>>>,
}

/// A bulk redirect, taken apart.
#[derive(Debug)]
pub(super) struct Item {
    scheme: Option<String>,
    pub(super) source: Arc<str>,
    pub(super) redirect: BulkItem,
}

/// An item and what of the path lies below it.
pub(super) struct Found<'a> {
    pub(super) item: &'a Item,
    pub(super) rest: String,
}

impl Lists {
    pub(super) fn new(lists: &[BulkList], ignore_case: bool) -> Result<Self, Refused> {
        let lists = lists.iter().map(|it| list(it, ignore_case)).collect::<Result<_, _>>()?;
        Ok(Self { lists, ignore_case })
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.lists.iter().position(|it| it.name == name)
    }

    pub(super) fn look_up(&self, list: usize, scheme: &str, host: &str, path: &str) -> Option<Found<'_>> {
        let list = self.lists.get(list)?;
        let host = host.to_ascii_lowercase();
        let folded = if self.ignore_case { path.to_ascii_lowercase() } else { path.to_owned() };
        let hosts: Vec<(&HashMap<String, Vec<Item>>, bool)> =
            parents(&host).filter_map(|(name, exact)| Some((list.hosts.get(name)?, exact))).collect();
        if hosts.is_empty() {
            return None;
        }
        for (prefix, whole) in prefixes(&folded) {
            for (paths, exact) in &hosts {
                let items = paths.get(prefix).map(Vec::as_slice).unwrap_or_default();
                let fits = |it: &&Item| {
                    (whole || it.redirect.subpath_matching)
                        && (*exact || it.redirect.include_subdomains)
                        && it.scheme.as_deref().is_none_or(|it| it == scheme)
                };
                let explicit = items.iter().filter(fits).find(|it| it.scheme.is_some());
                if let Some(item) = explicit.or_else(|| items.iter().find(fits)) {
                    let rest = path.get(prefix.len()..).unwrap_or_default().to_owned();
                    return Some(Found { item, rest });
                }
            }
        }
        None
    }
}

fn list(list: &BulkList, ignore_case: bool) -> Result<List, Refused> {
    let mut hosts: HashMap<String, HashMap<String, Vec<Item>>> = HashMap::new();
    for redirect in &list.items {
        let refused = |message: &str| Refused {
            reference: format!("${}", list.name),
            message: format!("{}: {message}", redirect.source_url),
        };
        let (scheme, address) = match redirect.source_url.split_once("://") {
            Some((scheme @ ("http" | "https"), rest)) => (Some(scheme.to_owned()), rest),
            Some(_) => return Err(refused("the scheme of a source is http or https")),
            None => (None, redirect.source_url.as_str()),
        };
        if address.contains(['?', '#', '@']) {
            return Err(refused("a source has neither query, fragment nor user"));
        }
        let (host, path) = match address.find('/') {
            Some(at) => address.split_at(at),
            None => (address, "/"),
        };
        if host.is_empty() || host.contains(':') {
            return Err(refused("a source has a host and no port"));
        }
        let path = if ignore_case { path.to_ascii_lowercase() } else { path.to_owned() };
        let items = hosts.entry(host.to_ascii_lowercase()).or_default().entry(path).or_default();
        if items.iter().any(|it| it.scheme == scheme) {
            return Err(refused("the source is in the list twice"));
        }
        items.push(Item { scheme, source: Arc::from(redirect.source_url.as_str()), redirect: redirect.clone() });
    }
    Ok(List { name: list.name.clone(), hosts })
}

/// A host and the domains above it, the longest first; the first is the host itself.
fn parents(host: &str) -> impl Iterator<Item = (&str, bool)> {
    let above = host.match_indices('.').filter_map(|(at, _)| host.get(at + 1..)).map(|it| (it, false));
    std::iter::once((host, true)).chain(above)
}

/// A path and the paths above it, the longest first; the first is the path itself.
fn prefixes(path: &str) -> impl Iterator<Item = (&str, bool)> {
    let above = path.rmatch_indices('/').flat_map(move |(at, _)| [path.get(..=at), path.get(..at)]).flatten();
    let above = above.filter(move |it| !it.is_empty() && *it != path).map(|it| (it, false));
    std::iter::once((path, true)).chain(above)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_above_come_longest_first() {
        let all: Vec<&str> = prefixes("/a/b").map(|it| it.0).collect();
        assert_eq!(all, ["/a/b", "/a/", "/a", "/"]);
        let slash: Vec<&str> = prefixes("/a/").map(|it| it.0).collect();
        assert_eq!(slash, ["/a/", "/a", "/"]);
        assert_eq!(prefixes("/").count(), 1);
        let hosts: Vec<&str> = parents("a.b.example").map(|it| it.0).collect();
        assert_eq!(hosts, ["a.b.example", "b.example", "example"]);
    }
}
