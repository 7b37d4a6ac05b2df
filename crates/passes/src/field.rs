//! Fields of the rules language for reads of the edge program, and which parts of a request a hook changes.

use std::collections::BTreeSet;

use edge::{FieldKind, Hook, Slot, Store};
use target::lang::{self, Expr, Index};

use crate::express::{Refusal, value_refusal};

/// A field by name.
pub(crate) fn named(name: &str) -> Result<Expr, Refusal> {
    lang::field(name).ok_or_else(|| value_refusal(format!("there is no field `{name}`")))
}

fn first(map: &str, key: &str) -> Result<Expr, Refusal> {
    Ok(lang::index_first(Expr::Index(Box::new(named(map)?), Index::Key(key.to_owned()))))
}

/// The field of a read; after a rewrite of ours the visitor's URL is in the `raw` fields.
pub(crate) fn of(kind: FieldKind, name: Option<&str>, rewritten: bool) -> Result<Expr, Refusal> {
    let raw = if rewritten { "raw." } else { "" };
    match (kind, name) {
        (FieldKind::Method, _) => named("http.request.method"),
        (FieldKind::Host, _) => named("http.host"),
        (FieldKind::Path, _) => named(&format!("{raw}http.request.uri.path")),
        (FieldKind::Query, _) => named(&format!("{raw}http.request.uri.query")),
        (FieldKind::ArgFirst, Some(key)) => first(&format!("{raw}http.request.uri.args"), key),
        (FieldKind::HeaderFirst, Some(key)) if computed(key) => Err(Refusal::new(
            &diag::codes::COMPUTED_HEADER_NO_SOURCE,
            format!("the legacy platform computes `{key}`; a visitor's own copy is not trusted"),
        )),
        (FieldKind::HeaderFirst, Some(key)) => first("http.request.headers", &key.to_ascii_lowercase()),
        (FieldKind::CookieFirst, Some(key)) if plain_cookie(key) => first("http.request.cookies", key),
        (FieldKind::Visitor, Some("country")) => named("ip.src.country"),
        (FieldKind::RespHeaderFirst, Some(key)) => first("http.response.headers", &key.to_ascii_lowercase()),
        (FieldKind::Status, _) => named("http.response.code"),
        (
            FieldKind::Scheme
            | FieldKind::ArgFirst
            | FieldKind::ArgAll
            | FieldKind::HeaderFirst
            | FieldKind::HeaderAll
            | FieldKind::CookieFirst
            | FieldKind::CookieAll
            | FieldKind::ClientIp
            | FieldKind::Visitor
            | FieldKind::RespHeaderFirst
            | FieldKind::RespHeaderAll
            | FieldKind::RespCookieAll,
            _,
        ) => Err(value_refusal(format!("`{}` has no field of its own in the rules language", kind.text()))),
    }
}

fn computed(header: &str) -> bool {
    header.to_ascii_lowercase().starts_with("cloudfront-")
}

/// Names that need no decoding on either side.
fn plain_cookie(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'.'))
}

/// What a request hook may change, as reads that would see it.
pub(crate) fn changes(hook: &Hook, store: &Store) -> BTreeSet<(FieldKind, Option<String>)> {
    let mut all = BTreeSet::new();
    if hook.point.of_response() {
        return all;
    }
    for slot in hook.updates.keys() {
        let name = slot.parts().1.map(|it| store.str(it).to_string());
        match slot {
            Slot::Path => all.insert((FieldKind::Path, None)),
            Slot::Query => all.insert((FieldKind::Query, None)),
            Slot::Arg(_) => all.insert((FieldKind::ArgFirst, name)),
            Slot::Header(_) => all.insert((FieldKind::HeaderFirst, name)),
            Slot::Cookie(_) => all.insert((FieldKind::CookieFirst, name)),
            Slot::OriginHost
            | Slot::OriginHostHeader
            | Slot::OriginPort
            | Slot::Status
            | Slot::RespHeader(_)
            | Slot::SetCookie(_)
            | Slot::Body => false,
        };
    }
    all
}

/// Whether a read may see one of those changes.
pub(crate) fn touched(changes: &BTreeSet<(FieldKind, Option<String>)>, kind: FieldKind, name: Option<&str>) -> bool {
    let has = |kind, name: Option<&str>| changes.contains(&(kind, name.map(str::to_owned)));
    let any = |kind: FieldKind| changes.iter().any(|it| it.0 == kind);
    match kind {
        FieldKind::Path => has(FieldKind::Path, None),
        FieldKind::Query => has(FieldKind::Query, None) || any(FieldKind::ArgFirst),
        FieldKind::ArgFirst | FieldKind::ArgAll => has(FieldKind::Query, None) || has(FieldKind::ArgFirst, name),
        FieldKind::HeaderFirst | FieldKind::HeaderAll => {
            has(FieldKind::HeaderFirst, name) || (name == Some("cookie") && any(FieldKind::CookieFirst))
        }
        FieldKind::CookieFirst | FieldKind::CookieAll => has(FieldKind::CookieFirst, name),
        FieldKind::Method
        | FieldKind::Scheme
        | FieldKind::Host
        | FieldKind::ClientIp
        | FieldKind::Visitor
        | FieldKind::Status
        | FieldKind::RespHeaderFirst
        | FieldKind::RespHeaderAll
        | FieldKind::RespCookieAll => false,
    }
}
