//! Rules in phase order: filters and values on the frozen view of a phase, effects after it.

use super::eval::{Value as Found, holds, value};
use super::functions::normalize_path;
use super::lists::Lists;
use super::node::{self, Node};
use super::view::{Url, View};
use super::{
    Answer, Failure, Machine, Match, Passed, QueryMerge, Refused, RequestOutcome, RequestResult, ResponseResult, Route,
};
use crate::exchange::{Headers, Request, Response};
use std::collections::BTreeMap;
use std::sync::Arc;
use target::phase::Phase;
use target::ruleset::{Action, HeaderOp, ListKey, Rule, Value};

/// A compiled rule.
#[derive(Debug)]
pub(super) struct Compiled {
    reference: Arc<str>,
    filter: Node,
    effect: Effect,
}

#[derive(Debug)]
enum Effect {
    Redirect { target: Node, status: u16, preserve_query: bool },
    FromList { list: usize, key: Url },
    Rewrite { path: Option<Node>, query: Option<Node> },
    Headers(BTreeMap<String, Change>),
    Route(Route),
    Block(Response),
}

#[derive(Debug)]
enum Change {
    Set(Node),
    Add(Node),
    Remove,
}

pub(super) fn compile(rule: &Rule, phase: Phase, lists: &Lists) -> Result<Compiled, Refused> {
    let refused = |message: String| Refused { reference: rule.reference.clone(), message };
    let computed = |it: &Value| match it {
        Value::Static(text) => Ok(Node::Bytes(text.clone().into_bytes())),
        Value::Dynamic(expr) => node::compile(expr, lists).map_err(refused),
    };
    let effect = match (&rule.action, phase) {
        (Action::Redirect { target, status, preserve_query }, Phase::DynamicRedirect) => {
            Effect::Redirect { target: computed(target)?, status: *status, preserve_query: *preserve_query }
        }
        (Action::RedirectFromList { list, key }, Phase::BulkRedirect) => {
            let found = lists.find(list).ok_or_else(|| refused(format!("there is no list ${list}")))?;
            let key = match key {
                ListKey::FullUri => Url::Now,
                ListKey::RawFullUri => Url::Raw,
            };
            Effect::FromList { list: found, key }
        }
        (Action::RewriteUrl { path, query }, Phase::UrlRewrite) => Effect::Rewrite {
            path: path.as_ref().map(computed).transpose()?,
            query: query.as_ref().map(computed).transpose()?,
        },
        (Action::RequestHeaders(ops), Phase::RequestHeaders)
        | (Action::ResponseHeaders(ops), Phase::ResponseHeaders) => {
            let mut changes = BTreeMap::new();
            for (name, op) in ops {
                let change = match op {
                    HeaderOp::Set(it) => Change::Set(computed(it)?),
                    HeaderOp::Add(_) if phase == Phase::RequestHeaders => {
                        return Err(refused(format!("{name}: requests have no `add`")));
                    }
                    HeaderOp::Add(it) => Change::Add(computed(it)?),
                    HeaderOp::Remove => Change::Remove,
                };
                changes.insert(name.to_ascii_lowercase(), change);
            }
            Effect::Headers(changes)
        }
        (Action::Route { host_header, sni, origin_host, origin_port }, Phase::Origin) => Effect::Route(Route {
            host_header: host_header.clone(),
            sni: sni.clone(),
            host: origin_host.clone(),
            port: *origin_port,
        }),
        (Action::Block { status, content_type, content }, Phase::WafCustom) => {
            let mut headers = Headers::default();
            if let Some(it) = content_type {
                headers.append("content-type", it);
            }
            Effect::Block(Response { status: *status, headers, body: content.clone().unwrap_or_default().into_bytes() })
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
        ) => return Err(refused(format!("the phase {phase} has no such action"))),
    };
    let filter = node::compile(&rule.expression, lists).map_err(refused)?;
    Ok(Compiled { reference: Arc::from(rule.reference.as_str()), filter, effect })
}

/// What a phase leaves to the next.
struct State {
    path: Option<String>,
    query: Option<Option<String>>,
    headers: Option<Headers>,
    route: Route,
}

pub(super) fn request(machine: &Machine, request: &Request, now_ms: i64) -> RequestResult {
    let normalized = machine.options.normalize.then(|| normalize_path(&request.path));
    let mut state = State { path: None, query: None, headers: None, route: Route::default() };
    let mut trace = Vec::new();
    for (phase, rules) in &machine.phases {
        if phase.is_response() {
            continue;
        }
        let ended =
            request_phase(machine, request, normalized.as_deref(), *phase, rules, now_ms, &mut state, &mut trace);
        if let Some(outcome) = ended {
            return RequestResult { outcome, trace };
        }
    }
    let mut passed = request.clone();
    if let Some(path) = state.path {
        passed.path = path;
    }
    if let Some(query) = state.query {
        passed.query = query;
    }
    if let Some(headers) = state.headers {
        passed.headers = headers;
    }
    RequestResult { outcome: RequestOutcome::Passed(Passed { request: passed, route: state.route }), trace }
}

#[expect(clippy::too_many_arguments, reason = "the parts of a request's way are borrowed apart")]
fn request_phase(
    machine: &Machine,
    request: &Request,
    normalized: Option<&str>,
    phase: Phase,
    rules: &[Compiled],
    now_ms: i64,
    state: &mut State,
    trace: &mut Vec<Match>,
) -> Option<RequestOutcome> {
    let (path, query, headers) = (state.path.take(), state.query.take(), state.headers.take());
    let view = View {
        raw: request,
        path: path.as_deref().or(normalized).unwrap_or(&request.path),
        query: match &query {
            Some(it) => it.as_deref(),
            None => request.query.as_deref(),
        },
        headers: headers.as_ref().unwrap_or(&request.headers),
        response: None,
        now_ms,
        readings: machine.options.readings,
        strict_concat: phase == Phase::UrlRewrite && machine.options.readings.missing_in_rewrite_fails,
    };
    let lists = &machine.lists;
    let (mut next_path, mut next_query, mut next_headers) = (None, None, None);
    for rule in rules {
        if !holds(&rule.filter, &view, lists) {
            continue;
        }
        let failed = |code| Some(RequestOutcome::Failed(Failure { phase, reference: rule.reference.clone(), code }));
        let answered = |item, response| {
            Some(RequestOutcome::Answered(Answer { phase, reference: rule.reference.clone(), item, response }))
        };
        match &rule.effect {
            Effect::Redirect { target, status, preserve_query } => {
                let Some(location) = text(target, &view, lists) else {
                    if machine.options.readings.missing_target_fails {
                        trace.push(Match { phase, reference: rule.reference.clone() });
                        return failed(UNDEFINED);
                    }
                    continue;
                };
                trace.push(Match { phase, reference: rule.reference.clone() });
                let location = if *preserve_query {
                    with_query(location, view.query, machine.options.readings.query_merge)
                } else {
                    location
                };
                return answered(None, redirect(*status, &location));
            }
            Effect::FromList { list, key } => {
                let (scheme, host, path) = view.address(*key);
                let Some(found) = lists.look_up(*list, scheme, host, path) else { continue };
                trace.push(Match { phase, reference: rule.reference.clone() });
                let item = &found.item.redirect;
                let mut location = item.target_url.clone();
                if item.subpath_matching && item.preserve_path_suffix {
                    location = with_suffix(&location, &found.rest);
                }
                if item.preserve_query {
                    location =
                        with_query(location, view.raw_or_current_query(*key), machine.options.readings.query_merge);
                }
                return answered(Some(found.item.source.clone()), redirect(item.status, &location));
            }
            Effect::Block(response) => {
                trace.push(Match { phase, reference: rule.reference.clone() });
                return answered(None, response.clone());
            }
            Effect::Rewrite { path, query } => {
                trace.push(Match { phase, reference: rule.reference.clone() });
                if let Some(path) = path {
                    let Some(path) = text(path, &view, lists) else { return failed(UNDEFINED) };
                    if !path.starts_with('/') || path.starts_with("/cdn-cgi/") {
                        return failed(INVALID_PATH);
                    }
                    next_path = Some(path);
                }
                if let Some(query) = query {
                    let Some(query) = text(query, &view, lists) else { return failed(UNDEFINED) };
                    next_query =
                        Some((!query.is_empty() || machine.options.readings.empty_query_keeps_mark).then_some(query));
                }
            }
            Effect::Headers(changes) => {
                trace.push(Match { phase, reference: rule.reference.clone() });
                let headers = next_headers.get_or_insert_with(|| view.headers.clone());
                change(headers, changes, &view, lists);
            }
            Effect::Route(route) => {
                trace.push(Match { phase, reference: rule.reference.clone() });
                let Route { host_header, sni, host, port } = route;
                state.route.host_header = host_header.clone().or(state.route.host_header.take());
                state.route.sni = sni.clone().or(state.route.sni.take());
                state.route.host = host.clone().or(state.route.host.take());
                state.route.port = port.or(state.route.port);
            }
        }
    }
    state.path = next_path.or(path);
    state.query = next_query.or(query);
    state.headers = next_headers.or(headers);
    None
}

/// The error of a rewrite or a target without a value.
const UNDEFINED: u16 = 1037;

/// The error of a path that is empty, has no leading slash or is Cloudflare's own.
const INVALID_PATH: u16 = 1035;

pub(super) fn response(
    machine: &Machine,
    original: &Request,
    passed: &Request,
    response: &Response,
    now_ms: i64,
) -> ResponseResult {
    let mut current = response.clone();
    let mut trace = Vec::new();
    for (phase, rules) in &machine.phases {
        if !phase.is_response() {
            continue;
        }
        let frozen = current.clone();
        let readings = machine.options.readings;
        let view = View {
            raw: original,
            path: &passed.path,
            query: passed.query.as_deref(),
            headers: if readings.response_sees_changed_headers { &passed.headers } else { &original.headers },
            response: Some(&frozen),
            now_ms,
            readings,
            strict_concat: false,
        };
        for rule in rules {
            if !holds(&rule.filter, &view, &machine.lists) {
                continue;
            }
            trace.push(Match { phase: *phase, reference: rule.reference.clone() });
            match &rule.effect {
                Effect::Headers(changes) => change(&mut current.headers, changes, &view, &machine.lists),
                Effect::Redirect { .. }
                | Effect::FromList { .. }
                | Effect::Rewrite { .. }
                | Effect::Route(_)
                | Effect::Block(_) => {}
            }
        }
    }
    ResponseResult { response: current, trace }
}

/// Header changes of one rule. A value that is empty or missing removes the header.
fn change<'a>(headers: &mut Headers, changes: &'a BTreeMap<String, Change>, view: &View<'a>, lists: &Lists) {
    for (name, change) in changes {
        match change {
            Change::Remove => headers.remove(name),
            Change::Set(it) => match text(it, view, lists).filter(|it| !it.is_empty()) {
                Some(it) => headers.set(name, &it),
                None => headers.remove(name),
            },
            Change::Add(it) => {
                if let Some(it) = text(it, view, lists).filter(|it| !it.is_empty()) {
                    headers.append(name, &it);
                }
            }
        }
    }
}

/// A value as text. Bytes that are no UTF-8 are shown by the replacement character, which never compares equal to a header of a test.
fn text<'a>(node: &'a Node, view: &View<'a>, lists: &Lists) -> Option<String> {
    match value(node, view, lists)? {
        Found::Bytes(it) => Some(String::from_utf8_lossy(&it).into_owned()),
        Found::Bool(_) | Found::Int(_) | Found::Ip(_) | Found::Array(_) => None,
    }
}

fn redirect(status: u16, location: &str) -> Response {
    let mut headers = Headers::default();
    headers.append("location", location);
    Response { status, headers, body: Vec::new() }
}

/// A target with the request's query; without a query it stays as it is.
fn with_query(target: String, query: Option<&str>, merge: QueryMerge) -> String {
    let Some(query) = query.filter(|it| !it.is_empty()) else { return target };
    let (address, fragment) = match target.split_once('#') {
        Some((address, fragment)) => (address, format!("#{fragment}")),
        None => (target.as_str(), String::new()),
    };
    match (address.split_once('?'), merge) {
        (None, _) | (Some(_), QueryMerge::SecondMark) => format!("{address}?{query}{fragment}"),
        (Some(_), QueryMerge::Append) => format!("{address}&{query}{fragment}"),
        (Some((before, _)), QueryMerge::Replace) => format!("{before}?{query}{fragment}"),
    }
}

/// A target with the rest of the path, joined by one slash, before its query and fragment.
fn with_suffix(target: &str, rest: &str) -> String {
    if rest.is_empty() {
        return target.to_owned();
    }
    let end = target.find(['?', '#']).unwrap_or(target.len());
    let (address, tail) = target.split_at(end);
    let address = address.strip_suffix('/').unwrap_or(address);
    let rest = rest.strip_prefix('/').unwrap_or(rest);
    format!("{address}/{rest}{tail}")
}
