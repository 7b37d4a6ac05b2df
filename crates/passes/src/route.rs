//! Hosts and path patterns of a site as a filter that stands in front of every rule of its hooks.

use target::lang::{self, CompareOp, Expr, Func, Set};

use crate::express::{Refusal, value_refusal};
use crate::{Route, Site, field};

/// The condition; `true` where the site takes every request of its zone.
pub(crate) fn condition(site: &Site, rewritten: bool) -> Result<Expr, Refusal> {
    let host = || field::named("http.host");
    let (wild, exact): (Vec<&String>, Vec<&String>) = site.hosts.iter().partition(|it| it.starts_with("*."));
    let mut hosts = Vec::new();
    match exact.as_slice() {
        [] => {}
        [one] => hosts.push(lang::eq(host()?, lang::string(one.to_ascii_lowercase()))),
        many => hosts.push(Expr::In {
            left: Box::new(host()?),
            set: Set::Strings(many.iter().map(|it| it.to_ascii_lowercase()).collect()),
        }),
    }
    for it in wild {
        let suffix = it.trim_start_matches('*').to_ascii_lowercase();
        hosts.push(lang::call(Func::EndsWith, vec![host()?, lang::string(suffix)]));
    }
    let hosts = if site.hosts.is_empty() { Expr::Bool(true) } else { lang::or(hosts) };
    let mut routes = Vec::new();
    for Route { pattern, excluded } in &site.routes {
        let mut parts = vec![pattern.as_deref().map_or(Ok(Expr::Bool(true)), |it| path(it, rewritten))?];
        for it in excluded {
            parts.push(lang::not(path(it, rewritten)?));
        }
        routes.push(lang::and(parts));
    }
    let routes = if site.routes.is_empty() { Expr::Bool(true) } else { lang::or(routes) };
    Ok(lang::and([hosts, routes]))
}

/// CloudFront's pattern: `*` is any text, `?` one character, with case, the slash in front may be left out.
fn path(pattern: &str, rewritten: bool) -> Result<Expr, Refusal> {
    if pattern.contains(['?', '\\']) {
        return Err(value_refusal(format!(
            "the path pattern `{pattern}` has a wildcard that the rules language lacks"
        )));
    }
    let mut text = pattern.to_owned();
    while text.contains("**") {
        text = text.replace("**", "*");
    }
    if matches!(text.as_str(), "*" | "/*") {
        return Ok(Expr::Bool(true));
    }
    if !text.starts_with(['/', '*']) {
        text.insert(0, '/');
    }
    let of = field::of(edge::FieldKind::Path, None, rewritten)?;
    let inner = text.trim_end_matches('*');
    Ok(match (text.contains('*'), inner.contains('*'), text.ends_with('*')) {
        (false, ..) => lang::eq(of, lang::string(text)),
        (true, false, true) => lang::call(Func::StartsWith, vec![of, lang::string(inner)]),
        _ => Expr::Compare { op: CompareOp::StrictWildcard, left: Box::new(of), right: Box::new(lang::string(text)) },
    })
}
