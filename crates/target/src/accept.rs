//! Whether the product would take a rule or a list as it stands: the last look before anything is written.
//!
//! It knows the API, not the source: a rule without a problem here can still be the wrong rule.

use crate::headers::{Operation, is_value, permits};
use crate::lang::{Expr, Position, Set, check_with, printed_len};
use crate::limits::{Limit, Limits};
use crate::phase::{Phase, Side};
use crate::ruleset::{Action, BulkItem, BulkList, HeaderOp, Rule, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that stands against a rule in a phase.
#[must_use]
pub fn rule_problems(rule: &Rule, phase: Phase, limits: &Limits) -> Vec<String> {
    let mut problems = expression_problems(&rule.expression, phase, Position::Filter, limits);
    let mut add = |it: String| problems.push(it);
    if rule.reference.is_empty() {
        add("the rule has no reference".into());
    }
    match (&rule.action, phase) {
        (Action::Redirect { target, status, preserve_query }, Phase::DynamicRedirect) => {
            if !matches!(status, 301 | 302 | 303 | 307 | 308) {
                add(format!("a single redirect has no status {status}"));
            }
            if let (Value::Static(text), true) = (target, preserve_query)
                && text.contains('?')
            {
                add("a target with a query together with preserve_query_string is open (fact-17)".into());
            }
            value_problems(target, phase, limits, &mut problems);
        }
        (Action::RedirectFromList { list, key }, Phase::BulkRedirect) => {
            if !names_list(&rule.expression, list, key.field()) {
                add(format!("the expression does not say `{} in ${list}`", key.field()));
            }
        }
        (Action::RewriteUrl { path, query }, Phase::UrlRewrite) => {
            if path.is_none() && query.is_none() {
                add("a rewrite changes the path or the query".into());
            }
            if let Some(Value::Static(text)) = path
                && (!text.starts_with('/') || text.starts_with("/cdn-cgi/"))
            {
                add(format!("the visitor would get error 1035 for the path `{text}`"));
            }
            let length: usize = [path, query].into_iter().flatten().map(value_len).sum();
            let most = limits.get(Limit::RewriteParameterBytes);
            if length as u64 > most {
                add(format!("the parameters have {length} bytes, more than {most}"));
            }
            for value in [path, query].into_iter().flatten() {
                if let Value::Dynamic(expr) = value {
                    problems.extend(expression_problems(expr, phase, Position::Value, limits));
                }
            }
        }
        (Action::RequestHeaders(ops), Phase::RequestHeaders) => {
            header_problems(ops, Side::Request, phase, limits, &mut problems)
        }
        (Action::ResponseHeaders(ops), Phase::ResponseHeaders) => {
            header_problems(ops, Side::Response, phase, limits, &mut problems)
        }
        (Action::Route { host_header, sni, origin_host, origin_port }, Phase::Origin) => {
            let parts = [
                (host_header.is_some(), Limit::HostHeaderOverride, "the Host header"),
                (sni.is_some(), Limit::SniOverride, "the SNI"),
                (origin_host.is_some(), Limit::OriginHostOverride, "the name that is resolved"),
                (origin_port.is_some(), Limit::OriginPortOverride, "the port"),
            ];
            if parts.iter().all(|(given, ..)| !given) {
                add("an origin rule changes something".into());
            }
            for (_, _, what) in parts.into_iter().filter(|(given, limit, _)| *given && !limits.allows(*limit)) {
                add(format!("the plan {} does not let a rule change {what}", limits.plan));
            }
            if *origin_port == Some(0) {
                add("port 0 is none".into());
            }
        }
        (Action::Block { status, content_type, content }, Phase::WafCustom) => {
            let own = *status != 403 || content.is_some() || content_type.is_some();
            if own && !limits.allows(Limit::CustomBlockResponse) {
                add(format!("the plan {} has no block with an answer of its own", limits.plan));
            }
            if !(400..=499).contains(status) {
                add(format!("a block has no status {status}"));
            }
            let most = limits.get(Limit::BlockBodyBytes);
            if content.as_deref().map_or(0, str::len) as u64 > most {
                add(format!("the body of a block has at most {most} bytes"));
            }
            let known = |it: &str| matches!(it, "text/html" | "text/plain" | "application/json" | "text/xml");
            if !content_type.as_deref().is_none_or(known) {
                add("the type of a block's body is text/html, text/plain, application/json or text/xml".into());
            }
        }
        (
            Action::Redirect { .. }
            | Action::RedirectFromList { .. }
            | Action::RewriteUrl { .. }
            | Action::RequestHeaders(_)
            | Action::ResponseHeaders(_)
            | Action::Route { .. }
            | Action::Block { .. },
            _,
        ) => add(format!("the phase {phase} has no such action")),
    }
    problems
}

fn expression_problems(expr: &Expr, phase: Phase, position: Position, limits: &Limits) -> Vec<String> {
    check_with(expr, phase, position, limits).into_iter().map(|it| it.message).collect()
}

fn value_problems(value: &Value, phase: Phase, limits: &Limits, problems: &mut Vec<String>) {
    match value {
        Value::Static(text) if text.is_empty() => problems.push("a fixed value is not empty".into()),
        Value::Static(text) if text.bytes().any(|it| it.is_ascii_control() || it == b' ') || !text.is_ascii() => {
            problems.push("a fixed address is written in visible ASCII".into());
        }
        Value::Static(_) => {}
        Value::Dynamic(expr) => problems.extend(expression_problems(expr, phase, Position::Value, limits)),
    }
}

fn value_len(value: &Value) -> usize {
    match value {
        Value::Static(text) => text.len(),
        Value::Dynamic(expr) => printed_len(expr),
    }
}

fn header_problems(
    ops: &BTreeMap<String, HeaderOp>,
    side: Side,
    phase: Phase,
    limits: &Limits,
    problems: &mut Vec<String>,
) {
    let most = limits.get(Limit::HeaderOperations);
    if ops.is_empty() || ops.len() as u64 > most {
        problems.push(format!("a rule has 1 to {most} header operations, not {}", ops.len()));
    }
    for (name, op) in ops {
        let (operation, value) = match op {
            HeaderOp::Set(value) => (Operation::Set, Some(value)),
            HeaderOp::Add(value) => (Operation::Add, Some(value)),
            HeaderOp::Remove => (Operation::Remove, None),
        };
        if let Err(refusal) = permits(side, operation, name) {
            problems.push(format!("{name}: {refusal}"));
        }
        match value {
            Some(Value::Static(text)) if !is_value(text) => {
                problems.push(format!("{name}: the value is empty or not visible ASCII"))
            }
            Some(Value::Dynamic(expr)) => problems.extend(expression_problems(expr, phase, Position::Value, limits)),
            Some(Value::Static(_)) | None => {}
        }
    }
}

/// Whether a conjunction asks for this list by this field.
fn names_list(expr: &Expr, list: &str, field: &str) -> bool {
    if let Expr::And(parts) = expr {
        return parts.iter().any(|it| names_list(it, list, field));
    }
    let Expr::In { left, set: Set::List(name) } = expr else { return false };
    name == list && matches!(left.as_ref(), Expr::Field(it) if it.as_str() == field)
}

/// Everything that stands against a list of bulk redirects.
#[must_use]
pub fn list_problems(list: &BulkList, limits: &Limits) -> Vec<String> {
    let mut problems = Vec::new();
    let fits = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_';
    if list.name.is_empty() || list.name.len() > 50 || !list.name.bytes().all(fits) {
        problems.push(format!("`{}` is no name of a list: 1 to 50 of a-z, 0-9 and `_`", list.name));
    }
    let mut sources = BTreeSet::new();
    let mut addresses: BTreeMap<&str, u64> = BTreeMap::new();
    let most = limits.get(Limit::BulkItemsPerUrl);
    for item in &list.items {
        problems.extend(item_problems(item, limits).into_iter().map(|it| format!("{}: {it}", item.source_url)));
        if !sources.insert(item.source_url.as_str()) {
            problems.push(format!("{}: the source is in the list twice", item.source_url));
        }
        let address = item.source_url.split_once("://").map_or(item.source_url.as_str(), |(_, rest)| rest);
        let count = addresses.entry(address).or_default();
        *count += 1;
        if *count == most + 1 {
            problems.push(format!("{address}: more than {most} items for one host and path"));
        }
    }
    problems
}

/// Everything that stands against one bulk redirect.
#[must_use]
pub fn item_problems(item: &BulkItem, limits: &Limits) -> Vec<String> {
    let BulkItem {
        source_url,
        target_url,
        status,
        preserve_query,
        subpath_matching,
        include_subdomains: _,
        preserve_path_suffix,
    } = item;
    let mut problems = Vec::new();
    let mut add = |it: &str| problems.push(it.to_owned());
    let (scheme, address) = match source_url.split_once("://") {
        Some((scheme, rest)) => (Some(scheme), rest),
        None => (None, source_url.as_str()),
    };
    if scheme.is_some_and(|it| !matches!(it, "http" | "https")) {
        add("the scheme of a source is http or https");
    }
    let (host, path) = address.split_at(address.find('/').unwrap_or(address.len()));
    if host.is_empty()
        || host.contains([':', '@', '*'])
        || host.bytes().any(|it| it.is_ascii_uppercase())
        || !host.is_ascii()
    {
        add("a source has a lower-case ASCII host, without port, user or wildcard");
    }
    if path.contains(['?', '#', '*']) {
        add("a source has neither query, fragment nor wildcard");
    }
    if *subpath_matching && path.matches('/').count() as u64 > limits.get(Limit::BulkSourceSlashes) {
        add("the path of a source with subpath matching has too many slashes");
    }
    if !target_url.contains("://") {
        add("a target has a scheme");
    }
    if *preserve_query && target_url.contains('?') {
        add("a target has no query where the request's is kept");
    }
    if *preserve_path_suffix && !*subpath_matching {
        add("the path suffix is kept with subpath matching only");
    }
    if !matches!(status, 301 | 302 | 307 | 308) {
        add("a bulk redirect is 301, 302, 307 or 308");
    }
    if source_url.len().max(target_url.len()) as u64 > limits.get(Limit::BulkUrlBytes) {
        add("an address is too long");
    }
    let visible = |it: &String| it.is_ascii() && !it.bytes().any(|it| it.is_ascii_control() || it == b' ');
    if !visible(source_url) || !visible(target_url) {
        add("addresses are written in visible ASCII");
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::parse;
    use crate::plan::Plan;
    use crate::ruleset::ListKey;

    fn count(filter: &str, action: Action, phase: Phase, plan: Plan) -> usize {
        let expression = parse(filter).unwrap_or(Expr::Int(0));
        let rule = Rule { reference: "r".into(), description: String::new(), expression, action, enabled: true };
        rule_problems(&rule, phase, &Limits::of(plan)).len()
    }

    fn redirect(target: &str, status: u16, preserve_query: bool) -> Action {
        Action::Redirect { target: Value::Static(target.into()), status, preserve_query }
    }

    #[test]
    fn redirects() {
        let asked = |action| count("ssl", action, Phase::DynamicRedirect, Plan::Free);
        assert_eq!(asked(redirect("https://a.example/", 301, true)), 0);
        assert_eq!(asked(redirect("https://a.example/?x=1", 301, true)), 1);
        assert_eq!(asked(redirect("https://a.example/", 304, false)), 1);
        assert_eq!(asked(redirect("", 301, false)), 1);
        assert_eq!(asked(redirect("https://a.example/x y", 301, false)), 1);
        assert_eq!(count("ssl", redirect("/", 301, false), Phase::WafCustom, Plan::Free), 1);
        let list = || Action::RedirectFromList { list: "moved".into(), key: ListKey::FullUri };
        let bulk = |filter| count(filter, list(), Phase::BulkRedirect, Plan::Free);
        assert_eq!(bulk(r#"http.request.full_uri in $moved and http.host eq "a.example""#), 0);
        assert_eq!(bulk("raw.http.request.full_uri in $moved"), 1);
        assert_eq!(bulk("http.request.full_uri in $other"), 1);
    }

    #[test]
    fn rewrites_headers_origins_and_blocks() {
        let rewrite = |path: &str| Action::RewriteUrl { path: Some(Value::Static(path.into())), query: None };
        assert_eq!(count("ssl", rewrite("/a"), Phase::UrlRewrite, Plan::Free), 0);
        assert_eq!(count("ssl", rewrite("a"), Phase::UrlRewrite, Plan::Free), 1);
        assert_eq!(count("ssl", rewrite(&"/".repeat(5000)), Phase::UrlRewrite, Plan::Free), 1);
        let set = |name: &str, value: &str| {
            Action::RequestHeaders(BTreeMap::from([(name.to_owned(), HeaderOp::Set(Value::Static(value.into())))]))
        };
        assert_eq!(count("ssl", set("x-a", "1"), Phase::RequestHeaders, Plan::Free), 0);
        assert_eq!(count("ssl", set("cookie", "a=1"), Phase::RequestHeaders, Plan::Free), 1);
        assert_eq!(count("ssl", set("x-a", ""), Phase::RequestHeaders, Plan::Free), 1);
        let route = |host_header: Option<String>| Action::Route {
            host_header,
            sni: None,
            origin_host: None,
            origin_port: Some(8443),
        };
        assert_eq!(count("ssl", route(None), Phase::Origin, Plan::Free), 0);
        assert_eq!(count("ssl", route(Some("a.example".into())), Phase::Origin, Plan::Business), 1);
        assert_eq!(count("ssl", route(Some("a.example".into())), Phase::Origin, Plan::Enterprise), 0);
        let block = |status| Action::Block { status, content_type: None, content: None };
        assert_eq!(count("ssl", block(403), Phase::WafCustom, Plan::Free), 0);
        assert_eq!(count("ssl", block(404), Phase::WafCustom, Plan::Free), 1);
        assert_eq!(count("ssl", block(404), Phase::WafCustom, Plan::Pro), 0);
        assert_eq!(count("ssl", block(503), Phase::WafCustom, Plan::Pro), 1);
    }

    #[test]
    fn lists() {
        let item = |source: &str, target: &str| BulkItem {
            source_url: source.into(),
            target_url: target.into(),
            status: 301,
            preserve_query: true,
            subpath_matching: false,
            include_subdomains: false,
            preserve_path_suffix: false,
        };
        let asked = |items: Vec<BulkItem>| {
            list_problems(
                &BulkList { name: "moved".into(), description: String::new(), items },
                &Limits::of(Plan::Free),
            )
            .len()
        };
        assert_eq!(
            asked(vec![item("a.example/x", "https://a.example/y"), item("https://a.example/x", "https://a.example/z")]),
            0
        );
        for (source, target) in [
            ("a.example/x?y", "https://a.example/y"),
            ("a.example:80/x", "https://a.example/y"),
            ("/x", "https://a.example/y"),
            ("ftp://a.example/x", "https://a.example/y"),
            ("a.example/x", "/y"),
            ("a.example/x", "https://a.example/?y"),
            ("a.example/é", "https://a.example/y"),
        ] {
            assert_eq!(asked(vec![item(source, target)]), 1, "{source} {target}");
        }
        assert_eq!(
            asked(vec![item("a.example/x", "https://a.example/1"), item("a.example/x", "https://a.example/2")]),
            1
        );
    }
}
