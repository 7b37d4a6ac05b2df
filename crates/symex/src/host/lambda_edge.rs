//! Lambda@Edge: the event object of its four hooks, and what a result means.
//!
//! Contract: viewer-request, origin-request, origin-response and viewer-response are `client_request`, `origin_request`,
//! `origin_response` and `client_response`. A result is what `callback` was handed or a promise gave; the first one counts, and the
//! function runs on after a callback. Sources: the event structure, restrictions and examples of the CloudFront Developer Guide (2026-04).

use std::sync::Arc;

use edge::{Exit, ExprId, FieldKind, Fn, HookPoint, Slot, Ty, Why};
use source::Span;

use super::{Names, computed};
use crate::Eval;
use crate::exec::undef;
use crate::value::{Family, ObjId, ObjKind, V, Val};

/// Headers that a function may neither change nor remove, by hook.
fn read_only(point: HookPoint) -> &'static [&'static str] {
    match point {
        HookPoint::ClientRequest => &["cdn-loop", "content-length", "host", "transfer-encoding", "via"],
        HookPoint::OriginRequest => &[
            "accept-encoding",
            "cdn-loop",
            "content-length",
            "if-modified-since",
            "if-none-match",
            "if-range",
            "if-unmodified-since",
            "transfer-encoding",
            "via",
        ],
        HookPoint::OriginResponse => &["transfer-encoding", "via"],
        HookPoint::ClientResponse => &["content-encoding", "content-length", "transfer-encoding", "warning", "via"],
    }
}

/// Headers that no function sees, and none may add.
const DISALLOWED: [&str; 13] = [
    "connection",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "trailer",
    "upgrade",
    "x-accel-buffering",
    "x-cache",
    "x-forwarded-proto",
    "x-real-ip",
    "x-accel-redirect",
];

/// Properties of `origin.custom` and `origin.s3` that decide how CloudFront talks to the origin, not what it asks for.
const OPERATIONS: [&str; 5] = ["keepaliveTimeout", "readTimeout", "sslProtocols", "region", "authMethod"];

/// The name of a result's native.
pub(crate) const CALLBACK: &str = "lambda.callback";
/// The name of the native that takes a result alone.
pub(crate) const SUCCEED: &str = "lambda.succeed";

impl Eval<'_> {
    pub(super) fn make_edge_event(&mut self) {
        let plain = |val: Val| V { val, why: Why::NONE };
        let method = self.program.store.read(FieldKind::Method, None);
        let path = self.program.store.read(FieldKind::Path, None);
        let ip = self.program.store.read(FieldKind::ClientIp, None);
        let query = self.edge_query();
        let headers = plain(Val::Obj(self.heap.alloc(ObjKind::Family(Family::Headers))));
        for (name, value) in [
            ("clientIp", plain(Val::Sym(ip))),
            ("method", plain(Val::Sym(method))),
            ("uri", plain(Val::Sym(path))),
            ("querystring", query),
            ("headers", headers),
        ] {
            self.heap.init(self.request, name, value);
        }
        let body = self.unknown_data("the body of the request");
        self.heap.init(self.request, "body", plain(body));
        if self.point == HookPoint::OriginRequest {
            self.make_origin();
        }
        let cf = self.heap.alloc(ObjKind::Plain);
        let config = self.heap.alloc(ObjKind::Plain);
        let kind = match self.point {
            HookPoint::ClientRequest => "viewer-request",
            HookPoint::OriginRequest => "origin-request",
            HookPoint::OriginResponse => "origin-response",
            HookPoint::ClientResponse => "viewer-response",
        };
        self.heap.init(config, "eventType", plain(Val::Str(Arc::from(kind))));
        for name in ["distributionDomainName", "distributionId", "requestId"] {
            let unknown = self.unknown_data(format!("config.{name}"));
            self.heap.init(config, name, plain(unknown));
        }
        self.heap.init(cf, "config", plain(Val::Obj(config)));
        self.heap.init(cf, "request", plain(Val::Obj(self.request)));
        if self.point.of_response() {
            let status = self.program.store.read(FieldKind::Status, None);
            let status = self.call_fn(Fn::IntText, &[status]);
            let headers = self.heap.alloc(ObjKind::Family(Family::RespHeaders));
            let words = self.unknown_data("response.statusDescription");
            self.heap.init(self.response, "status", plain(Val::Sym(status)));
            self.heap.init(self.response, "statusDescription", plain(words));
            self.heap.init(self.response, "headers", plain(Val::Obj(headers)));
            self.heap.init(cf, "response", plain(Val::Obj(self.response)));
        }
        // Which point a function was written for is inferred from whether it reads `response` there.
        self.exchange = cf;
        let record = self.heap.alloc(ObjKind::Plain);
        self.heap.init(record, "cf", plain(Val::Obj(cf)));
        let records = self.array(vec![plain(Val::Obj(record))]);
        self.heap.init(self.event, "Records", plain(records));
    }

    fn edge_query(&mut self) -> V {
        let none =
            self.function.forwarded.is_some_and(|it| matches!(&it.query, Names::Only(names) if names.is_empty()));
        if self.point.on_miss() && none {
            return V { val: Val::Str(Arc::from("")), why: Why::NONE };
        }
        let query = self.program.store.read(FieldKind::Query, None);
        let empty = self.program.store.string("");
        let text = self.call_fn(Fn::Or, &[query, empty]);
        V { val: Val::Sym(text), why: Why::NONE }
    }

    /// `request.origin`: which of the two kinds is there is known from the distribution; without one, both may be.
    fn make_origin(&mut self) {
        let plain = |val: Val| V { val, why: Why::NONE };
        let origin = self.heap.alloc(ObjKind::Plain);
        for kind in ["custom", "s3"] {
            if self.function.origin.is_some_and(|it| it != kind) {
                continue;
            }
            let object = self.heap.alloc(ObjKind::Plain);
            for name in ["domainName", "path", "port", "protocol", "customHeaders"].into_iter().chain(OPERATIONS) {
                let unknown = self.unknown_data(format!("origin.{kind}.{name}"));
                self.heap.init(object, name, plain(unknown.clone()));
                self.origin_parts.push((object, name, unknown));
            }
            let val = if self.function.origin.is_some() {
                Val::Obj(object)
            } else {
                let unknown = self.unknown_data("which kind of origin the distribution has");
                let there = self.code(&unknown, Ty::Bool);
                Val::Phi(there, Box::new(Val::Obj(object)), Box::new(Val::Undef))
            };
            self.heap.init(origin, kind, plain(val));
        }
        self.heap.init(self.request, "origin", plain(Val::Obj(origin)));
    }

    /// The first line of a request header as the hook sees it; nothing where it never sees one.
    pub(super) fn edge_first(&mut self, name: &str) -> Option<ExprId> {
        if DISALLOWED.contains(&name) || name.starts_with("x-amz-cf-") || name.starts_with("x-edge-") {
            return None;
        }
        let hidden = match self.function.forwarded {
            Some(forwarded) if self.point.on_miss() => !forwarded.headers.holds(name),
            _ => false,
        };
        if hidden {
            return None;
        }
        if name == "host" {
            let host = self.program.store.read(FieldKind::Host, None);
            return Some(self.call_fn(Fn::Some, &[host]));
        }
        // A viewer hook of Lambda@Edge sees what the client sent by that name; an origin hook what CloudFront computed.
        if self.point.on_miss() {
            if name == "cloudfront-forwarded-proto" {
                let scheme = self.program.store.read(FieldKind::Scheme, None);
                return Some(self.call_fn(Fn::Some, &[scheme]));
            }
            if let Some(value) = computed(name) {
                return Some(self.program.store.read(FieldKind::Visitor, Some(value)));
            }
        }
        Some(self.program.store.read(FieldKind::HeaderFirst, Some(name)))
    }

    /// The function that the entry exports by the name of the handler; the only one that it exports, where none has that name.
    pub(crate) fn exported_handler(&mut self, scope: ObjId) -> Option<V> {
        let mut exports: Vec<(Arc<str>, V)> = Vec::new();
        for (exported, local) in &self.function.entry.exports {
            exports.extend(self.lookup(scope, local).map(|it| (exported.clone(), it)));
        }
        if let Some(module) = self.lookup(scope, "module")
            && let Val::Obj(id) = self.get(&module, &V { val: Val::Str(Arc::from("exports")), why: Why::NONE }).val
        {
            let props = self.heap.get(id).props.iter();
            exports.extend(props.map(|(key, it)| (key.clone(), it.clone())));
        }
        let named = exports.iter().find(|it| &*it.0 == self.function.handler);
        let mut functions = exports.iter().filter(|it| matches!(it.1.val, Val::Func(_)));
        let only = functions.next().filter(|_| functions.next().is_none());
        named.or(only).map(|it| it.1.clone())
    }

    pub(super) fn edge_args(&mut self, event: V) -> Vec<V> {
        let context = self.heap.alloc(ObjKind::Plain);
        for (name, val) in [
            ("succeed", Val::Native(Arc::from(SUCCEED), None)),
            ("done", Val::Native(Arc::from(CALLBACK), None)),
            ("fail", Val::Native(Arc::from(CALLBACK), None)),
        ] {
            self.heap.init(context, name, V { val, why: Why::NONE });
        }
        for name in ["functionName", "functionVersion", "awsRequestId", "getRemainingTimeInMillis", "logGroupName"] {
            let unknown = self.unknown_data(format!("context.{name}"));
            self.heap.init(context, name, V { val: unknown, why: Why::NONE });
        }
        let callback = Val::Native(Arc::from(CALLBACK), None);
        vec![event, V { val: Val::Obj(context), why: Why::NONE }, V { val: callback, why: Why::NONE }]
    }

    /// What is returned counts where it is a promise; else the callback decides, and without one nothing answers.
    pub(super) fn edge_returned(&mut self, value: &V) {
        let promise = match &value.val {
            Val::Obj(id) => self.heap.get(*id).kind == ObjKind::Promise,
            Val::Unknown(..) | Val::Phi(..) => true,
            _ => false,
        };
        if self.handler_is_async || promise {
            self.edge_result(value);
            return;
        }
        let guard = self.guard();
        let why = self.here_why(value.why);
        self.platform_error(guard, why, "the function ends without a result");
    }

    /// `callback(error, result)`, `context.succeed(result)`, `context.done(error, result)`.
    pub(crate) fn called_back(&mut self, args: &[V]) -> V {
        let error = args.first().cloned().unwrap_or_else(undef);
        let result = args.get(1).cloned().unwrap_or_else(undef);
        let failed = self.truth(&error.val);
        let (guard, here) = (self.guard(), self.here());
        if self.program.store.is(guard, false) {
            return undef();
        }
        match self.decide(failed) {
            Some(false) => self.edge_result(&result),
            Some(true) => {
                let why = self.here_why(error.why);
                self.platform_error(guard, why, "the function hands an error to its callback");
            }
            None => self.give_up("a callback that may be handed an error"),
        }
        // A later result is ignored, while the function runs on.
        self.answered = self.program.store.or(self.answered, here);
        let not = self.program.store.not(here);
        self.alive = self.program.store.and(self.alive, not);
        undef()
    }

    /// What a result means. Nothing is thrown into the source: a wrong result fails the request after the function ended.
    pub(super) fn edge_result(&mut self, value: &V) {
        match &value.val {
            Val::Phi(..) => {
                self.each(value, &mut |eval, it| {
                    eval.edge_result(&it);
                    undef()
                });
            }
            Val::Obj(id) if self.heap.get(*id).kind == ObjKind::Promise => {
                let settled = self.settled(value);
                self.edge_result(&settled);
            }
            Val::Obj(id) => {
                let (id, kind) = (*id, self.heap.get(*id).kind.clone());
                let has = |name: &str| self.heap.get(id).props.contains_key(name);
                let copy = ["method", "uri", "querystring", "headers"].into_iter().all(has);
                if self.point.of_response() {
                    if id == self.response {
                        self.go_on(id, value.why);
                    } else {
                        self.give_up("a returned object that is not the response that came");
                    }
                } else if id == self.request || (kind == ObjKind::Plain && copy) {
                    self.go_on(id, value.why);
                } else if kind == ObjKind::Plain && has("status") {
                    self.edge_answer(id, value.why);
                } else {
                    self.give_up("a returned object that is neither the request nor a response");
                }
            }
            Val::Unknown(..) => self.give_up("a returned value that is not understood"),
            _ => {
                let guard = self.guard();
                let why = self.here_why(value.why);
                self.platform_error(guard, why, "the function's result is neither a request nor a response");
            }
        }
    }

    fn edge_answer(&mut self, id: ObjId, why: Why) {
        let guard = self.guard();
        if self.program.store.is(guard, false) {
            return;
        }
        let mut why = self.here_why(why);
        let status_value = self.prop(id, "status");
        why = self.union(why, status_value.why);
        let status = match &status_value.val {
            Val::Str(text) => match text.trim().parse::<i64>() {
                Ok(number) => self.program.store.int(number),
                Err(_) => {
                    self.platform_error(guard, why, "the status of the response is no number");
                    return;
                }
            },
            Val::Num(_) => self.as_type(&status_value.val, Ty::Int),
            other => self.code(&other.clone(), Ty::Int),
        };
        let mut also: Vec<(Slot, ExprId)> = Vec::new();
        let headers = self.prop(id, "headers");
        why = self.union(why, headers.why);
        match &headers.val {
            Val::Undef => {}
            Val::Obj(headers) if self.heap.get(*headers).kind == ObjKind::Plain => {
                let all: Vec<(Arc<str>, V)> =
                    self.heap.get(*headers).props.iter().map(|(key, it)| (key.clone(), it.clone())).collect();
                for (name, value) in all {
                    why = self.union(why, value.why);
                    if DISALLOWED.contains(&&*name.to_ascii_lowercase()) {
                        self.platform_error(guard, why, &format!("the header {name} may not be set"));
                        return;
                    }
                    let base = self.call_fn(Fn::ListEmpty, &[]);
                    let list = self.edge_lines(&name, &value.val, base, None, &mut why);
                    let lower = name.to_ascii_lowercase();
                    let slot = if lower == "set-cookie" {
                        let unknown = self.unknown("cookies of an answer");
                        let list = self.code(&unknown, Ty::List);
                        also.push((Slot::SetCookie(self.program.store.text("*")), list));
                        continue;
                    } else {
                        Slot::RespHeader(self.program.store.text(&lower))
                    };
                    also.push((slot, list));
                }
            }
            other => {
                let other = other.clone();
                let list = self.code(&other, Ty::List);
                let name = self.program.store.text("*");
                also.push((Slot::RespHeader(name), list));
            }
        }
        let body_value = self.prop(id, "body");
        why = self.union(why, body_value.why);
        let encoding = self.prop(id, "bodyEncoding").val;
        let body = if body_value.val == Val::Undef || encoding == Val::Undef || encoding == Val::Str(Arc::from("text"))
        {
            self.as_optional(&body_value.val)
        } else {
            let unknown = self.unknown("a body that is not text");
            self.code(&unknown, Ty::OptStr)
        };
        let kind = self.exit_kind(status, body, &mut also);
        self.exits.push(Exit { guard, kind, also, why, span: self.span });
    }

    /// The lines that a header gets: an array of `{key, value}`.
    pub(super) fn edge_lines(
        &mut self,
        name: &str,
        val: &Val,
        base: ExprId,
        own: Option<ObjId>,
        why: &mut Why,
    ) -> ExprId {
        match val {
            Val::Undef => self.call_fn(Fn::ListEmpty, &[]),
            Val::Phi(test, a, b) => {
                match self.decide(*test) {
                    Some(true) => return self.edge_lines(name, a, base, own, why),
                    Some(false) => return self.edge_lines(name, b, base, own, why),
                    None => {}
                }
                let (a, b) = (self.edge_lines(name, a, base, own, why), self.edge_lines(name, b, base, own, why));
                let empty = self.call_fn(Fn::ListEmpty, &[]);
                let removes = (a == base && b == empty) || (a == empty && b == base);
                let test = match self.presence(own).filter(|_| removes) {
                    Some(there) => self.given(*test, there),
                    None => *test,
                };
                self.program.store.ite(test, a, b)
            }
            Val::Obj(id) if let ObjKind::Lines(family, of) = self.heap.get(*id).kind.clone() => {
                let base = if Some(*id) == own { base } else { self.all_lines(family, &of) };
                let first = self.prop(*id, "0");
                if self.heap.get(*id).props.len() > 1 {
                    let unknown = self.unknown("lines of a header that were added one by one");
                    return self.code(&unknown, Ty::List);
                }
                *why = self.union(*why, first.why);
                match first.val {
                    Val::Obj(entry) if matches!(self.heap.get(entry).kind, ObjKind::Entry(..)) => {
                        let Some(value) = self.prop_changed(entry) else { return base };
                        *why = self.union(*why, value.why);
                        let text = self.as_type(&value.val, Ty::Str);
                        self.call_fn(Fn::ListSetFirst, &[base, text])
                    }
                    Val::Obj(plain) if self.heap.get(plain).kind == ObjKind::Plain => {
                        let value = self.prop(plain, "value");
                        *why = self.union(*why, value.why);
                        let text = self.as_type(&value.val, Ty::Str);
                        self.call_fn(Fn::ListSetFirst, &[base, text])
                    }
                    other => self.code(&other, Ty::List),
                }
            }
            Val::Obj(_) => {
                let array = V { val: val.clone(), why: Why::NONE };
                let Some(elements) = self.elements(&array) else {
                    let unknown = self.unknown("a header that is no array of lines");
                    return self.code(&unknown, Ty::List);
                };
                let mut list = self.call_fn(Fn::ListEmpty, &[]);
                for element in elements {
                    *why = self.union(*why, element.why);
                    let Val::Obj(id) = element.val else { return self.code(&element.val, Ty::List) };
                    let value = self.prop(id, "value");
                    *why = self.union(*why, value.why);
                    // Which of two names counts is not documented.
                    let key = self.prop(id, "key").val;
                    let named = match &key {
                        Val::Undef => true,
                        Val::Str(key) => key.eq_ignore_ascii_case(name),
                        _ => matches!(self.heap.get(id).kind, ObjKind::Entry(..)),
                    };
                    if !named {
                        let unknown = self.unknown("a header whose key is not its name");
                        return self.code(&unknown, Ty::List);
                    }
                    let text = self.as_type(&value.val, Ty::Str);
                    list = self.call_fn(Fn::ListPush, &[list, text]);
                }
                list
            }
            other => self.code(&other.clone(), Ty::List),
        }
    }

    /// The status that a response hook leaves, from a text or a number.
    pub(super) fn edge_status(&mut self, val: &Val, as_came: ExprId, base: ExprId) -> ExprId {
        match val {
            Val::Sym(id) if *id == as_came => base,
            Val::Str(text) if let Ok(number) = text.trim().parse::<i64>() => self.program.store.int(number),
            Val::Num(_) => self.as_type(val, Ty::Int),
            Val::Phi(test, a, b) => {
                let (a, b) = (self.edge_status(a, as_came, base), self.edge_status(b, as_came, base));
                self.program.store.ite(*test, a, b)
            }
            Val::Sym(id) if let edge::Node::Ite(test, a, b) = *self.program.store.node(*id) => {
                let a = self.edge_status(&Val::Sym(a), as_came, base);
                let b = self.edge_status(&Val::Sym(b), as_came, base);
                self.program.store.ite(test, a, b)
            }
            Val::Sym(id) if let edge::Node::Str(text) = *self.program.store.node(*id) => {
                let text = self.program.store.str(text).clone();
                self.edge_status(&Val::Str(text), as_came, base)
            }
            Val::Str(_) => self.code(&Val::Undef, Ty::Int),
            other => self.code(&other.clone(), Ty::Int),
        }
    }

    /// What a changed header does on this platform: an error, or nothing said against it.
    pub(super) fn edge_refuses(&self, family: Family, name: &str) -> Option<String> {
        let lower = name.to_ascii_lowercase();
        if DISALLOWED.contains(&&*lower) || lower.starts_with("x-amz-cf-") || lower.starts_with("x-edge-") {
            return Some(format!("the header {name} may not be set"));
        }
        let of_this = matches!(family, Family::Headers) != self.point.of_response();
        (of_this && read_only(self.point).contains(&&*lower)).then(|| format!("{name} is read-only"))
    }

    /// The origin that an origin-request hook leaves: host, port, and headers for it alone. Gives the path in front of the request's.
    pub(super) fn origin_updates(&mut self, origin: &V, guard: ExprId, why: Why) {
        match &origin.val {
            Val::Phi(test, a, b) => {
                let not = self.program.store.not(*test);
                for (test, side) in [(*test, a), (not, b)] {
                    let guard = self.program.store.and(guard, test);
                    if self.decide(test) != Some(false) && !self.program.store.is(guard, false) {
                        self.origin_updates(&V { val: (**side).clone(), why: origin.why }, guard, why);
                    }
                }
            }
            Val::Obj(id) if self.heap.get(*id).kind == ObjKind::Plain => {
                let why = self.union(why, origin.why);
                let kinds: Vec<(Arc<str>, V)> =
                    self.heap.get(*id).props.iter().map(|(key, it)| (key.clone(), it.clone())).collect();
                for (_, kind) in kinds {
                    self.origin_of_kind(&kind, guard, why);
                }
            }
            _ => self.give_up("an origin that is not understood"),
        }
    }

    fn origin_of_kind(&mut self, kind: &V, guard: ExprId, why: Why) {
        match &kind.val {
            Val::Undef => {}
            Val::Phi(test, a, b) => {
                let not = self.program.store.not(*test);
                for (test, side) in [(*test, a), (not, b)] {
                    let guard = self.program.store.and(guard, test);
                    if self.decide(test) != Some(false) && !self.program.store.is(guard, false) {
                        self.origin_of_kind(&V { val: (**side).clone(), why: kind.why }, guard, why);
                    }
                }
            }
            Val::Obj(id) if self.heap.get(*id).kind == ObjKind::Plain => {
                let id = *id;
                let why = self.union(why, kind.why);
                let parts: Vec<(Arc<str>, V)> =
                    self.heap.get(id).props.iter().map(|(key, it)| (key.clone(), it.clone())).collect();
                for (name, value) in parts {
                    let why = self.union(why, value.why);
                    let span = self.written_at(id, &name);
                    self.origin_part(&name, (id, &value.val), guard, why, span);
                }
            }
            _ => self.give_up("an origin that is not understood"),
        }
    }

    fn origin_part(&mut self, name: &str, (of, val): (ObjId, &Val), guard: ExprId, why: Why, span: Span) {
        if self.origin_parts.iter().any(|(object, part, came)| *object == of && *part == name && came == val)
            || OPERATIONS.contains(&name)
        {
            return;
        }
        if let Val::Phi(test, a, b) = val {
            let not = self.program.store.not(*test);
            for (test, side) in [(*test, a), (not, b)] {
                let guard = self.program.store.and(guard, test);
                if self.decide(test) != Some(false) && !self.program.store.is(guard, false) {
                    self.origin_part(name, (of, side), guard, why, span);
                }
            }
            return;
        }
        let absent = self.program.store.mk(edge::Node::Absent);
        match (name, val) {
            ("domainName", val) => {
                let value = self.as_optional(val);
                self.update(Slot::OriginHost, (absent, value), guard, why, span);
            }
            // What a zone speaks with its origins anyway.
            ("port", Val::Num(port)) if (*port - 443.0).abs() < f64::EPSILON => {}
            ("protocol", Val::Str(protocol)) if &**protocol == "https" => {}
            ("path", Val::Str(path)) if path.is_empty() => {}
            ("customHeaders", Val::Obj(id))
                if self.heap.get(*id).kind == ObjKind::Plain && self.heap.get(*id).props.is_empty() => {}
            ("customHeaders", Val::Obj(id)) if self.heap.get(*id).kind == ObjKind::Plain => {
                let all: Vec<(Arc<str>, V)> =
                    self.heap.get(*id).props.iter().map(|(key, it)| (key.clone(), it.clone())).collect();
                for (name, value) in all {
                    let name = name.to_ascii_lowercase();
                    let mut why = self.union(why, value.why);
                    let empty = self.call_fn(Fn::ListEmpty, &[]);
                    let list = self.edge_lines(&name, &value.val, empty, None, &mut why);
                    let base = self.program.store.read(FieldKind::HeaderAll, Some(&name));
                    let slot = Slot::Header(self.program.store.text(&name));
                    self.update(slot, (base, list), guard, why, span);
                }
            }
            // Another port, plain HTTP, or a path in front: no slot says it yet, so what the origin gets is code.
            _ => {
                let unknown = self.unknown(format!("origin.{name}"));
                let value = self.code(&unknown, Ty::OptStr);
                self.update(Slot::OriginHost, (absent, value), guard, why, span);
            }
        }
    }
}
