//! Places of a script that something fills in before it is deployed, told from what a literal cannot mean as it stands.
//!
//! Only two shapes count: a host of a URL with signs that no host has (`https://{Domain}/`, `https://__DOMAIN__/`), and a whole literal
//! in the usual capitals (`VERSION_PLACEHOLDER`, `__VERSION__`). The id of a key-value store is none: the binding takes its place.

use script::{ExprKind, Module};
use source::Sources;

use crate::walk::{Node, walk};
use crate::{Kind, parse};

/// A place that something fills in.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Placeholder {
    /// Its first byte.
    pub start: u32,
    /// After its last byte.
    pub end: u32,
    /// Its name, without the signs around it.
    pub name: String,
}

/// Signs around a name that stand in no host.
const SIGNS: [(&str, &str); 7] =
    [("${", "}"), ("{{", "}}"), ("{", "}"), ("<", ">"), ("%", "%"), ("@@", "@@"), ("__", "__")];

/// The placeholders of a text, in its order; none where it does not parse.
#[must_use]
pub fn placeholders(text: &str, kind: Kind) -> Vec<Placeholder> {
    let has = |word: &str| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    let in_host = has("://") && SIGNS.iter().any(|(open, _)| has(open));
    if !in_host && !has("_PLACEHOLDER") && !has("__") && !has("{{") {
        return Vec::new();
    }
    let mut sources = Sources::new();
    let file = sources.add("", text);
    let Ok(module) = parse(file, &sources, kind) else { return Vec::new() };
    let mut out = Vec::new();
    for (start, end, template) in literals(&module) {
        let Some(inner) = text.get(start..end).and_then(|it| it.get(1..it.len().saturating_sub(1))) else { continue };
        let from = start + 1;
        if whole(inner) && !is_store(text, start) {
            let name = inner.trim_matches(['_', '{', '}', ' ']).to_owned();
            out.push(Placeholder { start: offset(from), end: offset(from + inner.len()), name });
            continue;
        }
        for (at, length, name) in in_hosts(inner, template) {
            out.push(Placeholder { start: offset(from + at), end: offset(from + at + length), name });
        }
    }
    out.sort();
    out.dedup();
    out
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The string and template literals of a module: start, end, and whether it is a template.
fn literals(module: &Module) -> Vec<(usize, usize, bool)> {
    let mut out = Vec::new();
    walk(&module.body, |node| {
        if let Node::Expr(expr) = node {
            let template = matches!(expr.kind, ExprKind::Template(..));
            if template || matches!(expr.kind, ExprKind::Str(_)) {
                out.push((expr.span.start as usize, expr.span.end as usize, template));
            }
        }
        true
    });
    out
}

/// A literal that is a placeholder as a whole.
fn whole(inner: &str) -> bool {
    let capitals = |it: &str| {
        it.starts_with(|it: char| it.is_ascii_uppercase())
            && it.bytes().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == b'_')
    };
    if inner.ends_with("_PLACEHOLDER") {
        return capitals(inner);
    }
    let between = |open: &str, close: &str| inner.strip_prefix(open).and_then(|it| it.strip_suffix(close));
    between("__", "__").is_some_and(capitals) || between("{{", "}}").is_some_and(|it| is_name(it.trim()))
}

fn is_name(text: &str) -> bool {
    text.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'.'))
}

/// Whether the literal at `start` names a key-value store: in the call, or by a name that the call is given.
fn is_store(text: &str, start: usize) -> bool {
    let before = text.get(..start).unwrap_or("").trim_end();
    if before.ends_with("kvs(") {
        return true;
    }
    let Some(target) = before.strip_suffix('=').map(str::trim_end) else { return false };
    let inner = |it: char| it.is_alphanumeric() || it == '_' || it == '$';
    let name = target.get(target.trim_end_matches(inner).len()..).unwrap_or("");
    !name.is_empty() && text.contains(&format!("kvs({name})"))
}

/// Placeholders in the hosts of the URLs of a literal: where, how long, and their names.
fn in_hosts(inner: &str, template: bool) -> Vec<(usize, usize, String)> {
    let mut out = Vec::new();
    for (at, _) in inner.match_indices("://") {
        let from = at + 3;
        let rest = inner.get(from..).unwrap_or("");
        let mut end = rest.find(['/', '?', '#', '\\', ' ', '\n']).unwrap_or(rest.len());
        // What a template computes is code.
        if template {
            end = end.min(rest.find("${").unwrap_or(end));
        }
        let host = rest.get(..end).unwrap_or("");
        let found = SIGNS.iter().find_map(|(open, close)| {
            let start = host.find(open)?;
            let behind = host.get(start + open.len()..)?;
            let length = behind.find(close)?;
            let name = behind.get(..length)?.trim();
            is_name(name).then(|| (from + start, open.len() + length + close.len(), name.to_owned()))
        });
        out.extend(found);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(&str, String)> {
        let all = placeholders(text, Kind::Script);
        all.into_iter().map(|it| (text.get(it.start as usize..it.end as usize).unwrap_or(""), it.name)).collect()
    }

    #[test]
    fn hosts_that_are_none_are_placeholders() {
        for (literal, sign) in [
            ("`https://{Fqdn}/a/`", "{Fqdn}"),
            ("'https://__DOMAIN__/a'", "__DOMAIN__"),
            ("\"https://www.${DOMAIN}\"", "${DOMAIN}"),
            ("'https://{{domain}}/'", "{{domain}}"),
            ("'https://<domain>/' + uri", "<domain>"),
            ("'https://%DOMAIN%/'", "%DOMAIN%"),
            ("`https://{Fqdn}/${uri}`", "{Fqdn}"),
        ] {
            let text = format!("function handler(event) {{ var uri = event.request.uri; return {literal}; }}");
            let all = found(&text);
            assert_eq!(all.iter().map(|it| it.0).collect::<Vec<_>>(), [sign], "{literal}");
        }
    }

    #[test]
    fn what_is_computed_or_stands_in_a_path_is_none() {
        for literal in [
            "`https://${host}/a`",
            "'https://a.example/{id}'",
            "'/{id}'",
            "'__Host-session'",
            "'__proto__'",
            "`${'{a}'}`",
            "/https:\\/\\/{a}/",
        ] {
            assert_eq!(found(&format!("const host = 'a'; const x = {literal};")), [], "{literal}");
        }
    }

    #[test]
    fn whole_literals_in_capitals_are_but_not_the_id_of_a_store() {
        let text = "const id = 'KVS_ID_PLACEHOLDER'; const kv = cf.kvs(id); const b = cf.kvs('__KVS__');\n\
                    const v = kv.get('VERSION_PLACEHOLDER'), w = '__VERSION__';";
        assert_eq!(
            found(text),
            [("VERSION_PLACEHOLDER", "VERSION_PLACEHOLDER".to_owned()), ("__VERSION__", "VERSION".to_owned())]
        );
    }
}
