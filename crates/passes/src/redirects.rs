//! Redirects: one target is a single redirect, a table by path a list, and a small table a few single redirects.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these matches look for one shape; whatever else there is or will be is refused or says nothing"
)]

use std::collections::BTreeSet;

use edge::{Exit, ExprId, FieldKind, Fn, Node, Store};
use target::lang::{self, Expr};
use target::phase::Phase;
use target::ruleset::{Action, BulkItem, Value};

use crate::draft::{Draft, DraftAction, Drafts, Shared};
use crate::express::{Express, Refusal, Stop, value_refusal};
use crate::placement::LOCATION_FORM;
use crate::{Site, rows};

/// Single redirects: one for each alternative of the target.
pub(crate) fn redirect(
    shared: &Shared<'_>,
    store: &mut Store,
    guard: ExprId,
    status: u16,
    to: ExprId,
) -> Result<Drafts, Refusal> {
    let mut express = shared.express(store, Phase::DynamicRedirect);
    let mut notes = BTreeSet::new();
    let found = rows::alternatives(&mut express, guard, to, |it| location(it, to))?;
    let mut rules = Vec::new();
    for (filter, target) in found {
        let action = redirection(target, status, &mut notes);
        rules.push(Draft { filter, action: DraftAction::Rule(action) });
    }
    notes.append(&mut express.notes);
    let minimum = express.minimum;
    Ok(Drafts::of(Phase::DynamicRedirect, rules, notes, minimum))
}

/// A `Location` as a value, and whether it is absolute.
pub(crate) fn location(express: &mut Express<'_>, to: ExprId) -> Result<(Expr, bool), Stop> {
    let to = express.value(to);
    let value = express.text(to, 0)?;
    if !express.never_empty(to) && !matches!(&value, Expr::Str(it) if !it.is_empty()) {
        return Err(value_refusal("the address may be empty").into());
    }
    let start = match &value {
        Expr::Str(it) => Some(it.clone()),
        Expr::Call(_, parts) => match parts.first() {
            Some(Expr::Str(it)) => Some(it.clone()),
            _ => None,
        },
        _ => None,
    };
    let absolute = start.is_some_and(|it| it.starts_with("https://") || it.starts_with("http://"));
    Ok((value, absolute))
}

/// The action, with what it rests on.
pub(crate) fn redirection((value, absolute): (Expr, bool), status: u16, notes: &mut BTreeSet<String>) -> Action {
    if !absolute {
        notes.insert("fact-15".to_owned());
    }
    if status == 303 {
        notes.insert("fact-16".to_owned());
    }
    let target = match value {
        Expr::Str(it) => Value::Static(it),
        it => {
            notes.insert("fact-18".to_owned());
            Value::Dynamic(it)
        }
    };
    Action::Redirect { target, status, preserve_query: false }
}

/// The look-up by the path inside a target, with the text in front of it.
fn looked_up(store: &Store, id: ExprId) -> Option<(String, ExprId)> {
    match store.node(id) {
        Node::Call(Fn::Or, args) => looked_up(store, *args.first()?),
        Node::Call(Fn::Concat, args) => {
            let prefix = store.as_str(*args.first()?)?.to_string();
            match store.node(*args.get(1)?) {
                Node::Call(Fn::Or, inner) => Some((prefix, *inner.first()?)),
                _ => None,
            }
        }
        Node::Lookup(..) => Some((String::new(), id)),
        _ => None,
    }
}

/// A table of redirects by path as items of a list; `None` where the exit is nothing of that kind.
pub(crate) fn list(
    shared: &Shared<'_>,
    store: &mut Store,
    site: &Site,
    exit: &Exit,
    status: u16,
    to: ExprId,
) -> Result<Option<Drafts>, Refusal> {
    let Some((prefix, lookup)) = looked_up(store, to) else { return Ok(None) };
    let Node::Lookup(table, key) = *store.node(lookup) else { return Ok(None) };
    let refuse = |message: &str| Err(Refusal::new(&diag::codes::TABLE_NOT_EXPRESSIBLE, message));
    if !matches!(store.node(key), Node::Read(it) if it.kind == FieldKind::Path) {
        return refuse("the table is not asked by the path as it is");
    }
    if site.hosts.is_empty() || site.hosts.iter().any(|it| it.starts_with('*')) {
        return refuse("a list of redirects needs the hosts by name");
    }
    if !matches!(status, 301 | 302 | 307 | 308) {
        return refuse("a list has no redirects with this status");
    }
    let present = store.call(Fn::Present, &[lookup]);
    // `if (target)`: where no row is empty, a row that is there is no empty text.
    let empty = store.string("");
    let text = store.call(Fn::Or, &[lookup, empty]);
    let equal = store.call(Fn::StrEq, &[text, empty]);
    let filled = store.not(equal);
    let implied = store.rows(table).rows.iter().all(|(_, target)| !target.is_empty());
    let (mut pending, mut rest, mut asked) = (vec![exit.guard], Vec::new(), false);
    while let Some(id) = pending.pop() {
        match store.node(id) {
            Node::And(a, b) => pending.extend([*b, *a]),
            _ if id == present => asked = true,
            _ if implied && id == filled => asked = true,
            _ => rest.push(id),
        }
    }
    if !asked {
        return refuse("the redirect does not ask whether the table has a row");
    }
    let mut express = shared.express(store, Phase::BulkRedirect);
    let mut filters = Vec::new();
    for it in rest {
        filters.push(express.filter(it)?);
    }
    let (mut notes, minimum) = (express.notes, express.minimum);
    notes.extend(["domain-facts".to_owned(), "fact-19".to_owned()]);
    let (mut items, mut classes) = (Vec::new(), BTreeSet::new());
    for (path, target) in &store.rows(table).rows {
        if !path.starts_with('/') || path.contains(['?', '#']) {
            continue;
        }
        let target = format!("{prefix}{target}");
        let relative = !target.starts_with("https://") && !target.starts_with("http://");
        let message = "the table's targets are relative; a list has absolute ones";
        if relative && (!target.starts_with('/') || target.starts_with("//")) {
            return refuse(message);
        }
        if relative && !shared.options.accept.contains(LOCATION_FORM) {
            return Err(Refusal {
                class: Some(LOCATION_FORM),
                ..Refusal::new(&diag::codes::TABLE_NOT_EXPRESSIBLE, message)
            });
        }
        if relative {
            classes.insert(LOCATION_FORM.to_owned());
        }
        for host in &site.hosts {
            let host = host.to_ascii_lowercase();
            let target_url = if relative { format!("https://{host}{target}") } else { target.clone() };
            items.push(BulkItem {
                source_url: format!("{host}{path}"),
                target_url,
                status,
                preserve_query: false,
                subpath_matching: false,
                include_subdomains: false,
                preserve_path_suffix: false,
            });
        }
    }
    if items.is_empty() {
        return refuse("no row of the table can match a path");
    }
    let rules = vec![Draft { filter: lang::and(filters), action: DraftAction::Items(items) }];
    Ok(Some(Drafts { classes, ..Drafts::of(Phase::BulkRedirect, rules, notes, minimum) }))
}
