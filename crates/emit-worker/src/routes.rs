//! Narrow route patterns: where the Worker runs, as a superset of what the cache behaviors match.
//!
//! A route has `*` at the start of its host and at the end of its path only, compares the whole URL with the query, and
//! `*example.com/*` would also take `notexample.com`. So a route is a host, the literal beginning of the path, and `*`.

/// One route of a Worker.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RoutePattern(pub String);

/// The routes that cover every given path pattern on every host. Routes inside another one are left out.
///
/// A host is a name or `*.name`; a path pattern is CloudFront's, where `*` and `?` stand for text.
#[must_use]
pub fn route_patterns(hosts: &[String], path_patterns: &[String]) -> Vec<RoutePattern> {
    let mut prefixes: Vec<String> = path_patterns.iter().map(|it| literal_prefix(it)).collect();
    prefixes.sort();
    prefixes.dedup();
    let mut kept: Vec<String> = Vec::new();
    for prefix in prefixes {
        // Sorted, so a prefix that covers this one stands before it and was the last one kept.
        if kept.last().is_none_or(|shorter| !prefix.starts_with(shorter.as_str())) {
            kept.push(prefix);
        }
    }
    let mut hosts: Vec<String> = hosts.iter().map(|it| it.to_ascii_lowercase()).collect();
    hosts.sort();
    hosts.dedup();
    hosts.iter().flat_map(|host| kept.iter().map(move |path| RoutePattern(format!("{host}{path}*")))).collect()
}

/// The part of a path pattern before its first wildcard, with the slash that CloudFront lets one leave out.
fn literal_prefix(pattern: &str) -> String {
    let literal = pattern.split(['*', '?']).next().unwrap_or_default();
    if literal.starts_with('/') {
        literal.to_owned()
    } else if literal.is_empty() {
        "/".to_owned()
    } else {
        format!("/{literal}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(hosts: &[&str], patterns: &[&str]) -> Vec<String> {
        let owned = |them: &[&str]| them.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        route_patterns(&owned(hosts), &owned(patterns)).into_iter().map(|it| it.0).collect()
    }

    #[test]
    fn a_literal_path_also_covers_its_queries() {
        assert_eq!(routes(&["www.shop.example"], &["/login"]), ["www.shop.example/login*"]);
    }

    #[test]
    fn infix_wildcards_are_cut_and_suffix_patterns_take_all() {
        assert_eq!(routes(&["a.example"], &["/img/*/x.png"]), ["a.example/img/*"]);
        assert_eq!(routes(&["a.example"], &["*.jpg"]), ["a.example/*"]);
        assert_eq!(routes(&["a.example"], &["/v?/api"]), ["a.example/v*"]);
        assert_eq!(routes(&["a.example"], &["images/*"]), ["a.example/images/*"]);
    }

    #[test]
    fn covered_routes_are_left_out_per_host() {
        assert_eq!(
            routes(&["b.example", "A.example"], &["/api/v1/*", "/api/*", "/apiary", "/docs"]),
            [
                "a.example/api/*",
                "a.example/apiary*",
                "a.example/docs*",
                "b.example/api/*",
                "b.example/apiary*",
                "b.example/docs*"
            ]
        );
        assert_eq!(routes(&["a.example"], &["/x", "*", "/y*"]), ["a.example/*"]);
    }

    #[test]
    fn a_wildcard_host_keeps_its_dot() {
        assert_eq!(routes(&["*.shop.example"], &["*"]), ["*.shop.example/*"]);
    }

    #[test]
    fn nothing_to_match_is_no_route() {
        assert!(routes(&["a.example"], &[]).is_empty());
        assert!(routes(&[], &["*"]).is_empty());
    }
}
