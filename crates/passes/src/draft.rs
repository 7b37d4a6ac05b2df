//! `draft`: the cheapest rules for one exit or update taken by itself, or the reason why there are none. Order, neighbors and quotas
//! are looked at afterwards.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these matches look for one shape; whatever else there is or will be is refused or says nothing"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use edge::{Arm, Exit, ExitKind, ExprId, FieldKind, Fn, HookPoint, Node, Slot, Store};
use target::headers::{Operation, permits};
use target::lang::{self, CompareOp, Expr};
use target::limits::Limits;
use target::phase::{Phase, Side};
use target::plan::Plan;
use target::ruleset::{Action, BulkItem, HeaderOp, Value};

use crate::express::{Express, Refusal, Stop, value_refusal};
use crate::placement::{LOCATION_FORM, REPEATED_KEY};
use crate::{Options, Site, field};

/// One rule to be: a filter without the site's condition, and what it does.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) filter: Expr,
    pub(crate) action: DraftAction,
}

/// What a draft does.
#[derive(Clone, Debug)]
pub(crate) enum DraftAction {
    Rule(Action),
    /// Items of a list, which has no name yet.
    Items(Vec<BulkItem>),
}

/// The rules of one behavior.
#[derive(Clone, Debug)]
pub(crate) struct Drafts {
    pub(crate) phase: Phase,
    pub(crate) rules: Vec<Draft>,
    pub(crate) notes: BTreeSet<String>,
    pub(crate) classes: BTreeSet<String>,
    pub(crate) minimum: Plan,
}

/// What every draft of a zone shares.
pub(crate) struct Shared<'a> {
    pub(crate) limits: &'a Limits,
    pub(crate) options: &'a Options,
    pub(crate) rewritten: bool,
    pub(crate) written: &'a BTreeSet<(FieldKind, Option<String>)>,
}

impl Shared<'_> {
    fn express<'s>(&'s self, store: &'s mut Store, phase: Phase) -> Express<'s> {
        Express::new(store, phase, self.limits, self.rewritten, self.written)
    }

    /// A guard in a phase where another guard holds, for the law of exits.
    pub(crate) fn filter(
        &self,
        store: &mut Store,
        phase: Phase,
        guard: ExprId,
        under: ExprId,
    ) -> Result<(Expr, BTreeSet<String>, Plan), Refusal> {
        let mut express = self.express(store, phase);
        express.assume(under);
        let filter = express.filter(guard)?;
        Ok((filter, express.notes, express.minimum))
    }
}

/// Rules of a behavior that never happens.
pub(crate) fn nothing() -> Drafts {
    Drafts {
        phase: Phase::DynamicRedirect,
        rules: Vec::new(),
        notes: BTreeSet::new(),
        classes: BTreeSet::new(),
        minimum: Plan::Free,
    }
}

fn native(message: impl Into<String>) -> Refusal {
    Refusal::new(&diag::codes::ANSWER_NOT_NATIVE, message)
}

/// The rules of an exit.
pub(crate) fn exit(
    shared: &Shared<'_>,
    store: &mut Store,
    site: &Site,
    exit: &Exit,
    point: HookPoint,
) -> Result<Drafts, Refusal> {
    if point == HookPoint::ClientResponse {
        return Err(native("a response hook that answers by itself"));
    }
    match &exit.kind {
        ExitKind::Redirect { status, to } => {
            if !exit.also.is_empty() {
                return Err(native("the redirect carries headers of its own (fact-1)"));
            }
            match list(shared, store, site, exit, *status, *to) {
                Ok(Some(it)) => Ok(it),
                Ok(None) => redirect(shared, store, exit.guard, *status, *to),
                // A small table is a few rules.
                Err(refusal) => redirect(shared, store, exit.guard, *status, *to).map_err(|_| refusal),
            }
        }
        ExitKind::Respond { status, body } => answer(shared, store, exit, *status, *body),
        ExitKind::PlatformError(_) => Err(native("a failure of the legacy platform")),
    }
}

fn redirect(shared: &Shared<'_>, store: &mut Store, guard: ExprId, status: u16, to: ExprId) -> Result<Drafts, Refusal> {
    let mut express = shared.express(store, Phase::DynamicRedirect);
    let mut notes = BTreeSet::new();
    let found = express.alternatives(guard, |it| location(it, to))?;
    let mut rules = Vec::new();
    for (filter, target) in found {
        let action = redirection(target, status, &mut notes);
        rules.push(Draft { filter, action: DraftAction::Rule(action) });
    }
    notes.append(&mut express.notes);
    let minimum = express.minimum;
    Ok(Drafts { phase: Phase::DynamicRedirect, rules, notes, classes: BTreeSet::new(), minimum })
}

/// A `Location` as a value, and whether it is absolute.
fn location(express: &mut Express<'_>, to: ExprId) -> Result<(Expr, bool), Stop> {
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

fn redirection((value, absolute): (Expr, bool), status: u16, notes: &mut BTreeSet<String>) -> Action {
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
fn list(
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
    Ok(Some(Drafts { phase: Phase::BulkRedirect, rules, notes, classes, minimum }))
}

/// An answer whose status may depend on the request: each status has rules of its own, all of one phase.
fn answer(
    shared: &Shared<'_>,
    store: &mut Store,
    exit: &Exit,
    status: ExprId,
    body: ExprId,
) -> Result<Drafts, Refusal> {
    let place = lone_location(store, &exit.also).filter(|_| matches!(store.node(body), Node::Absent));
    let phase = if place.is_some() { Phase::DynamicRedirect } else { Phase::WafCustom };
    let mut express = shared.express(store, phase);
    let found = express.alternatives(exit.guard, |it| {
        let status = it.value(status);
        let status = match it.store.node(status) {
            Node::Int(status) => {
                u16::try_from(*status).map_err(|_| native(format!("no rule answers with the status {status}")))?
            }
            Node::Ite(c, ..) => return Err(Stop::Split(*c)),
            Node::Code(region, ..) => {
                let cause = it.store.cause(*region).cause.clone();
                let message = format!("the answer depends on code: {cause}");
                return Err(Refusal::new(&diag::codes::NOT_UNDERSTOOD, message).into());
            }
            _ => return Err(native("the status is computed").into()),
        };
        match place {
            Some(to) if matches!(status, 301 | 302 | 303 | 307 | 308) => Ok((status, Some(location(it, to)?))),
            _ => Ok((status, None)),
        }
    })?;
    let mut rules = Vec::new();
    let (mut notes, mut own) = (BTreeSet::new(), false);
    for (filter, (status, to)) in found {
        let action = match to {
            Some(to) => redirection(to, status, &mut notes),
            None => {
                let (action, has_own) = block(express.store, exit, status, body, &mut notes)?;
                own |= has_own;
                action
            }
        };
        if matches!(action, Action::Block { .. }) != (phase == Phase::WafCustom) {
            return Err(native("some of the answers are redirects and some are not"));
        }
        rules.push(Draft { filter, action: DraftAction::Rule(action) });
    }
    notes.append(&mut express.notes);
    let minimum = if own { express.minimum.max(Plan::Pro) } else { express.minimum };
    Ok(Drafts { phase, rules, notes, classes: BTreeSet::new(), minimum })
}

/// The `Location` of an answer that carries no other header.
fn lone_location(store: &Store, also: &[(Slot, ExprId)]) -> Option<ExprId> {
    let [(Slot::RespHeader(name), value)] = also else { return None };
    if &**store.str(*name) == "location" { single(store, *value) } else { None }
}

/// A denial, and whether it has a status or a body of its own.
fn block(
    store: &Store,
    exit: &Exit,
    status: u16,
    body: ExprId,
    notes: &mut BTreeSet<String>,
) -> Result<(Action, bool), Refusal> {
    if !(400..=499).contains(&status) {
        return Err(native(format!("no rule answers with the status {status}")));
    }
    let content = match store.node(body) {
        Node::Absent => None,
        Node::Call(Fn::Some, args) => match args.first().and_then(|it| store.as_str(*it)) {
            Some(text) => Some(text.to_string()),
            None => return Err(native("the body is computed")),
        },
        _ => return Err(native("the body is computed")),
    };
    let mut content_type = None;
    for (slot, value) in &exit.also {
        let named = matches!(slot, Slot::RespHeader(name) if &**store.str(*name) == "content-type");
        match (named && content.is_some()).then(|| single(store, *value)).flatten().and_then(|it| store.as_str(it)) {
            Some(text) => content_type = Some(text.to_string()),
            None => return Err(native("the answer carries headers of its own (fact-1)")),
        }
    }
    if content.as_deref().is_none_or(str::is_empty) || content_type.is_none() {
        // A block always shows some page with some type; the source showed none.
        notes.insert("block-page".to_owned());
    }
    let content = content.filter(|it| !it.is_empty());
    let content_type = content.is_some().then(|| content_type.unwrap_or_else(|| "text/plain".to_owned()));
    let own = content.is_some() || status != 403;
    Ok((Action::Block { status, content_type, content }, own))
}

/// The one value of a list that has just one.
fn single(store: &Store, list: ExprId) -> Option<ExprId> {
    let Node::Call(Fn::ListPush, args) = store.node(list) else { return None };
    matches!(store.node(*args.first()?), Node::Call(Fn::ListEmpty, _)).then(|| args.get(1).copied()).flatten()
}

/// The rules of one arm of a slot.
pub(crate) fn update(
    shared: &Shared<'_>,
    store: &mut Store,
    slot: Slot,
    arm: &Arm,
    point: HookPoint,
) -> Result<Drafts, Refusal> {
    let name = slot.parts().1.map(|it| store.str(it).clone());
    match (slot, point) {
        (Slot::Path | Slot::Query, HookPoint::ClientRequest) => rewrite(shared, store, slot, arm),
        (Slot::Header(_), HookPoint::ClientRequest) => header(shared, store, name, arm, Phase::RequestHeaders),
        (Slot::RespHeader(_), HookPoint::ClientResponse) => header(shared, store, name, arm, Phase::ResponseHeaders),
        (Slot::OriginHost | Slot::OriginHostHeader | Slot::OriginPort, HookPoint::ClientRequest) => {
            origin(shared, store, slot, arm)
        }
        (
            Slot::Path
            | Slot::Query
            | Slot::Header(_)
            | Slot::RespHeader(_)
            | Slot::OriginHost
            | Slot::OriginHostHeader
            | Slot::OriginPort
            | Slot::Arg(_)
            | Slot::Cookie(_)
            | Slot::Status
            | Slot::SetCookie(_)
            | Slot::Body,
            _,
        ) => Err(value_refusal(format!("no rule changes the {} here", slot.parts().0))),
    }
}

fn rewrite(shared: &Shared<'_>, store: &mut Store, slot: Slot, arm: &Arm) -> Result<Drafts, Refusal> {
    let mut express = shared.express(store, Phase::UrlRewrite);
    let value = arm.value;
    let found = express.alternatives(arm.guard, |it| {
        let value = it.value(value);
        if slot == Slot::Path {
            let text = it.text(value, 0)?;
            if !it.is_path(value, &text) {
                return Err(value_refusal("the new path may not begin with `/` (error 1035)").into());
            }
            return Ok(text);
        }
        match it.store.node(value).clone() {
            Node::Absent => Ok(Expr::Str(String::new())),
            Node::Call(Fn::Some, args) => it.text(args.first().copied().unwrap_or(value), 0),
            Node::Ite(c, ..) => Err(Stop::Split(c)),
            Node::Code(region, ..) => {
                let cause = it.store.cause(region).cause.clone();
                Err(Refusal::new(&diag::codes::NOT_UNDERSTOOD, format!("the value depends on code: {cause}")).into())
            }
            _ => Err(value_refusal("the new query is computed in a way that has no counterpart").into()),
        }
    })?;
    let mut notes = std::mem::take(&mut express.notes);
    let minimum = express.minimum;
    let mut rules = Vec::new();
    for (filter, value) in found {
        let value = match value {
            Expr::Str(it) => Value::Static(it),
            it => Value::Dynamic(it),
        };
        if slot == Slot::Query && value == Value::Static(String::new()) {
            notes.insert("fact-22".to_owned());
        }
        let action = if slot == Slot::Path {
            Action::RewriteUrl { path: Some(value), query: None }
        } else {
            Action::RewriteUrl { path: None, query: Some(value) }
        };
        rules.push(Draft { filter, action: DraftAction::Rule(action) });
    }
    Ok(Drafts { phase: Phase::UrlRewrite, rules, notes, classes: BTreeSet::new(), minimum })
}

fn header(
    shared: &Shared<'_>,
    store: &mut Store,
    name: Option<Arc<str>>,
    arm: &Arm,
    phase: Phase,
) -> Result<Drafts, Refusal> {
    let Some(name) = name.map(|it| it.to_ascii_lowercase()) else {
        return Err(value_refusal("a header without a name"));
    };
    let side = if phase.is_response() { Side::Response } else { Side::Request };
    let mut classes = BTreeSet::new();
    let value = match store.node(arm.value).clone() {
        Node::Call(Fn::ListEmpty, _) => None,
        Node::Call(Fn::ListPush, _) => match single(store, arm.value) {
            Some(it) => Some(it),
            None => return Err(value_refusal(format!("`{name}` gets several lines"))),
        },
        Node::Call(Fn::ListSetFirst, args) => {
            if !shared.options.accept.contains(REPEATED_KEY) {
                return Err(Refusal {
                    class: Some(REPEATED_KEY),
                    ..value_refusal(format!(
                        "`{name}`: the first line is replaced and others stay; a rule replaces all"
                    ))
                });
            }
            classes.insert(REPEATED_KEY.to_owned());
            args.get(1).copied()
        }
        _ => return Err(value_refusal(format!("the lines of `{name}` are computed in a way that has no counterpart"))),
    };
    let operation = if value.is_some() { Operation::Set } else { Operation::Remove };
    permits(side, operation, &name).map_err(|it| value_refusal(format!("`{name}`: {it}")))?;
    let mut express = shared.express(store, phase);
    let found = express.alternatives(arm.guard, |it| {
        let Some(value) = value.map(|value| it.value(value)) else { return Ok(HeaderOp::Remove) };
        Ok(HeaderOp::Set(match it.text(value, 0)? {
            Expr::Str(text) => Value::Static(text),
            _ if !it.never_empty(value) => {
                return Err(
                    value_refusal(format!("`{name}` may get an empty value, which a rule takes for removal")).into()
                );
            }
            text => Value::Dynamic(text),
        }))
    })?;
    let (mut notes, minimum) = (express.notes, express.minimum);
    let below = Expr::Compare {
        op: CompareOp::Lt,
        left: Box::new(field::named("http.response.code")?),
        right: Box::new(Expr::Int(400)),
    };
    let below = if phase.is_response() {
        notes.insert("viewer-response-runs-below-400".to_owned());
        below
    } else {
        Expr::Bool(true)
    };
    let rules = found
        .into_iter()
        .map(|(filter, op)| {
            let ops = BTreeMap::from([(name.clone(), op)]);
            let action = if phase.is_response() { Action::ResponseHeaders(ops) } else { Action::RequestHeaders(ops) };
            Draft { filter: lang::and([below.clone(), filter]), action: DraftAction::Rule(action) }
        })
        .collect();
    Ok(Drafts { phase, rules, notes, classes, minimum })
}

fn origin(shared: &Shared<'_>, store: &mut Store, slot: Slot, arm: &Arm) -> Result<Drafts, Refusal> {
    let fixed = |id| match store.node(id) {
        Node::Call(Fn::Some, args) => args.first().and_then(|it| store.as_str(*it)).map(|it| it.to_string()),
        _ => None,
    };
    let mut action = (None, None, None);
    match slot {
        Slot::OriginHost => action.0 = fixed(arm.value),
        Slot::OriginHostHeader => action.1 = fixed(arm.value),
        _ => action.2 = store.as_int(arm.value).and_then(|it| u16::try_from(it).ok()),
    }
    let (origin_host, host_header, origin_port) = action;
    if origin_host.is_none() && host_header.is_none() && origin_port.is_none() {
        return Err(value_refusal("origin rules take fixed values only (fact-29)"));
    }
    let minimum = if origin_port.is_some() { Plan::Free } else { Plan::Enterprise };
    if shared.limits.plan < minimum {
        return Err(Refusal::new(
            &diag::codes::ORIGIN_CHANGE_NEEDS_ENTERPRISE,
            "a rule changes the origin's name on Enterprise only",
        ));
    }
    let mut express = shared.express(store, Phase::Origin);
    let filter = express.filter(arm.guard)?;
    let (notes, minimum) = (express.notes, express.minimum.max(minimum));
    let action = Action::Route { host_header, sni: None, origin_host, origin_port };
    let rules = vec![Draft { filter, action: DraftAction::Rule(action) }];
    Ok(Drafts { phase: Phase::Origin, rules, notes, classes: BTreeSet::new(), minimum })
}
