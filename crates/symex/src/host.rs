//! CloudFront Functions: the event object, and what a returned object means.
//!
//! Contract: viewer-request is `client_request`, viewer-response is `client_response`. Sources: the event structure and restrictions of
//! the CloudFront Developer Guide (2026-04).

use std::sync::Arc;

use source::Span;

use edge::{Arm, Exit, ExitKind, ExprId, FieldKind, Fn, HookPoint, Slot, Ty, Why};

use crate::Eval;
use crate::exec::undef;
use crate::value::{Family, ObjId, ObjKind, V, Val};

/// Headers that CloudFront computes, and the neutral name of the value.
const COMPUTED: [(&str, &str); 16] = [
    ("cloudfront-viewer-country", "country"),
    ("cloudfront-viewer-country-name", "country_name"),
    ("cloudfront-viewer-country-region", "region_code"),
    ("cloudfront-viewer-country-region-name", "region"),
    ("cloudfront-viewer-city", "city"),
    ("cloudfront-viewer-postal-code", "postal_code"),
    ("cloudfront-viewer-time-zone", "timezone"),
    ("cloudfront-viewer-latitude", "latitude"),
    ("cloudfront-viewer-longitude", "longitude"),
    ("cloudfront-viewer-metro-code", "metro_code"),
    ("cloudfront-viewer-asn", "asn"),
    ("cloudfront-viewer-http-version", "http_version"),
    ("cloudfront-is-mobile-viewer", "is_mobile"),
    ("cloudfront-is-desktop-viewer", "is_desktop"),
    ("cloudfront-is-tablet-viewer", "is_tablet"),
    ("cloudfront-is-smarttv-viewer", "is_smarttv"),
];

/// Nodes of a guard beyond which arms leave the negations of earlier ones to their order.
const LONG_GUARD: u32 = 64;

/// Request headers a viewer-request function may not change.
const READ_ONLY: [&str; 5] = ["cdn-loop", "content-length", "host", "transfer-encoding", "via"];

impl Eval<'_> {
    pub(crate) fn make_event(&mut self) {
        let plain = |val: Val| V { val, why: Why::NONE };
        let families = |eval: &mut Self, family: Family| plain(Val::Obj(eval.heap.alloc(ObjKind::Family(family))));
        let method = self.program.store.read(FieldKind::Method, None);
        let path = self.program.store.read(FieldKind::Path, None);
        let ip = self.program.store.read(FieldKind::ClientIp, None);
        let (headers, query, cookies) =
            (families(self, Family::Headers), families(self, Family::Query), families(self, Family::Cookies));
        for (name, value) in [
            ("method", plain(Val::Sym(method))),
            ("uri", plain(Val::Sym(path))),
            ("querystring", query),
            ("headers", headers),
            ("cookies", cookies),
        ] {
            self.heap.init(self.request, name, value);
        }
        if self.point == HookPoint::ClientResponse {
            let status = self.program.store.read(FieldKind::Status, None);
            let headers = families(self, Family::RespHeaders);
            let cookies = families(self, Family::RespCookies);
            self.heap.init(self.response, "statusCode", plain(Val::Sym(status)));
            self.heap.init(self.response, "headers", headers);
            self.heap.init(self.response, "cookies", cookies);
            self.heap.init(self.event, "response", plain(Val::Obj(self.response)));
        }
        let viewer = self.heap.alloc(ObjKind::Plain);
        self.heap.init(viewer, "ip", plain(Val::Sym(ip)));
        let context = self.heap.alloc(ObjKind::Plain);
        let kind = if self.point == HookPoint::ClientResponse { "viewer-response" } else { "viewer-request" };
        self.heap.init(context, "eventType", plain(Val::Str(Arc::from(kind))));
        for name in ["distributionDomainName", "distributionId", "requestId", "endpoint"] {
            let unknown = self.unknown_data(format!("context.{name}"));
            self.heap.init(context, name, plain(unknown));
        }
        self.heap.init(self.event, "version", plain(Val::Str(Arc::from("1.0"))));
        self.heap.init(self.event, "viewer", plain(Val::Obj(viewer)));
        self.heap.init(self.event, "context", plain(Val::Obj(context)));
        self.heap.init(self.event, "request", plain(Val::Obj(self.request)));
    }

    /// The entry of a name as it came: `{value}` or `undefined`.
    pub(crate) fn materialize(&mut self, id: ObjId, family: Family, name: &Arc<str>) -> V {
        // A copy shares the entries with what it was copied from.
        if let Some(from) = self.copies.get(&id).copied() {
            if !self.heap.get(from).base.contains_key(name) {
                self.materialize(from, family, name);
            }
            if let Some(entry) = self.heap.get(from).base.get(name).copied() {
                let value = V { val: self.as_it_came(entry, family, name), why: Why::NONE };
                self.heap.materialize(id, name, entry, value.clone());
                return value;
            }
        }
        let entry = self.heap.alloc(ObjKind::Entry(family, name.clone()));
        if let Some(first) = self.first_of(family, name) {
            let empty = self.program.store.string("");
            let value = self.call_fn(Fn::Or, &[first, empty]);
            self.heap.init(entry, "value", V { val: Val::Sym(value), why: Why::NONE });
        }
        let value = V { val: self.as_it_came(entry, family, name), why: Why::NONE };
        self.heap.materialize(id, name, entry, value.clone());
        value
    }

    /// The entry where the name is there, else nothing.
    fn as_it_came(&mut self, entry: ObjId, family: Family, name: &str) -> Val {
        match self.first_of(family, name) {
            Some(first) => {
                let there = self.call_fn(Fn::Present, &[first]);
                Val::Phi(there, Box::new(Val::Obj(entry)), Box::new(Val::Undef))
            }
            None => Val::Undef,
        }
    }

    fn first_of(&mut self, family: Family, name: &str) -> Option<ExprId> {
        // Header names are lower-case in the event: another spelling is never there.
        if matches!(family, Family::Headers | Family::RespHeaders) && name.bytes().any(|it| it.is_ascii_uppercase()) {
            return None;
        }
        if family == Family::Headers {
            match name {
                "host" => {
                    let host = self.program.store.read(FieldKind::Host, None);
                    return Some(self.call_fn(Fn::Some, &[host]));
                }
                "cloudfront-forwarded-proto" => {
                    let scheme = self.program.store.read(FieldKind::Scheme, None);
                    return Some(self.call_fn(Fn::Some, &[scheme]));
                }
                // CloudFront removes them before a function runs.
                "x-forwarded-proto" | "x-real-ip" | "cookie" => return None,
                _ => {}
            }
            if let Some((_, value)) = COMPUTED.iter().find(|(header, _)| *header == name) {
                return Some(self.program.store.read(FieldKind::Visitor, Some(value)));
            }
        }
        let kind = family.first()?;
        Some(self.program.store.read(kind, Some(name)))
    }

    /// `cf.updateRequestOrigin({…})` with a constant or computed domain and nothing else that a rule could not say.
    pub(crate) fn update_origin(&mut self, options: &V, why: Why) -> V {
        let Val::Obj(id) = options.val else {
            self.give_up("updateRequestOrigin with options that are not known");
            return undef();
        };
        let props: Vec<Arc<str>> = self.heap.get(id).props.keys().cloned().collect();
        if props.iter().any(|it| !matches!(&**it, "domainName" | "hostHeader"))
            || self.heap.get(id).kind != ObjKind::Plain
        {
            self.give_up("updateRequestOrigin with options beyond the domain and the Host header");
            return undef();
        }
        for key in ["domainName", "hostHeader"] {
            if let Some(value) = self.heap.get(id).props.get(key).cloned() {
                let request = self.request;
                let why = self.union(value.why, why);
                self.write(request, &Arc::from(format!("#{key}")), Some(V { val: value.val, why }));
            }
        }
        undef()
    }

    /// What a value means that the handler returned here.
    pub(crate) fn finish(&mut self, value: &V) {
        match &value.val {
            Val::Phi(..) => {
                self.each(value, &mut |eval, it| {
                    eval.finish(&it);
                    undef()
                });
            }
            Val::Obj(id) if self.heap.get(*id).kind == ObjKind::Promise => {
                let settled = self.settled(value);
                self.finish(&settled);
            }
            Val::Obj(id) if self.point == HookPoint::ClientRequest => {
                let kind = self.heap.get(*id).kind.clone();
                let has = |name: &str| self.heap.get(*id).props.contains_key(name);
                let copy = ["method", "uri", "querystring", "headers", "cookies"].into_iter().all(has);
                match kind {
                    _ if *id == self.request => self.go_on(*id, value.why),
                    ObjKind::Plain if has("statusCode") => self.answer(*id, value.why),
                    ObjKind::Plain if copy => self.go_on(*id, value.why),
                    _ => self.give_up("a returned object that is neither the request nor a response"),
                }
            }
            Val::Obj(id)
                if *id == self.response
                    || (self.heap.get(*id).kind == ObjKind::Plain
                        && ["statusCode", "headers", "cookies"]
                            .into_iter()
                            .all(|name| self.heap.get(*id).props.contains_key(name))) =>
            {
                self.go_on(*id, value.why);
            }
            Val::Obj(_) | Val::Unknown(..) => self.give_up("a returned object that is not understood"),
            Val::Undef
            | Val::Null
            | Val::Bool(_)
            | Val::Num(_)
            | Val::Str(_)
            | Val::Sym(_)
            | Val::Func(_)
            | Val::Native(..)
            | Val::Accessor(_)
            | Val::Position(..) => {
                let yes = self.yes();
                self.throw(yes, None, "the function returns neither a request nor a response");
            }
        }
    }

    fn prop(&self, id: ObjId, name: &str) -> V {
        self.heap.get(id).props.get(name).cloned().unwrap_or_else(undef)
    }

    /// An expression of the type, or code.
    fn as_type(&mut self, val: &Val, ty: Ty) -> ExprId {
        match (val, self.scalar(val)) {
            (_, Some(id)) if self.program.store.ty(id) == ty => id,
            (Val::Phi(test, a, b), _) => match self.decide(*test) {
                Some(true) => self.as_type(a, ty),
                Some(false) => self.as_type(b, ty),
                None => {
                    let (a, b) = (self.as_type(a, ty), self.as_type(b, ty));
                    self.program.store.ite(*test, a, b)
                }
            },
            (val, _) => self.code(val, ty),
        }
    }

    fn as_optional(&mut self, val: &Val) -> ExprId {
        match val {
            Val::Undef => self.program.store.mk(edge::Node::Absent),
            Val::Phi(test, a, b) => match self.decide(*test) {
                Some(true) => self.as_optional(a),
                Some(false) => self.as_optional(b),
                None => {
                    let (a, b) = (self.as_optional(a), self.as_optional(b));
                    self.program.store.ite(*test, a, b)
                }
            },
            val => {
                let text = self.as_type(val, Ty::Str);
                self.call_fn(Fn::Some, &[text])
            }
        }
    }

    fn answer(&mut self, id: ObjId, why: Why) {
        let guard = self.guard();
        if self.program.store.is(guard, false) {
            return;
        }
        let mut why = self.here_why(why);
        let status_value = self.prop(id, "statusCode");
        let status = self.as_type(&status_value.val, Ty::Int);
        why = self.union(why, status_value.why);
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
                    if name.bytes().any(|it| it.is_ascii_uppercase()) {
                        self.platform_error(guard, why, &format!("the header name {name} is not lower-case"));
                        return;
                    }
                    let base = self.call_fn(Fn::ListEmpty, &[]);
                    let list = self.lines(&value.val, base, None, &mut why);
                    let name = self.program.store.text(&name);
                    also.push((Slot::RespHeader(name), list));
                }
            }
            other => {
                let other = other.clone();
                let list = self.code(&other, Ty::List);
                let name = self.program.store.text("*");
                also.push((Slot::RespHeader(name), list));
            }
        }
        let cookies = self.prop(id, "cookies");
        if cookies.val != Val::Undef {
            let unknown = self.unknown("cookies of an answer");
            let list = self.code(&unknown, Ty::List);
            let name = self.program.store.text("*");
            also.push((Slot::SetCookie(name), list));
        }
        let body_value = self.prop(id, "body");
        why = self.union(why, body_value.why);
        let body = match &body_value.val {
            Val::Obj(body) if self.heap.get(*body).kind == ObjKind::Plain => {
                let encoding = self.prop(*body, "encoding").val;
                let data = self.prop(*body, "data");
                if encoding == Val::Str(Arc::from("text")) {
                    why = self.union(why, data.why);
                    self.as_optional(&data.val)
                } else {
                    let unknown = self.unknown("a body that is not text");
                    self.code(&unknown, Ty::OptStr)
                }
            }
            other => self.as_optional(&other.clone()),
        };
        let kind = self.exit_kind(status, body, &mut also);
        self.exits.push(Exit { guard, kind, also, why, span: self.span });
    }

    /// An answer that redirects to one place is a redirect; its body is not what it is for, but must be absent to be dropped.
    fn exit_kind(&mut self, status: ExprId, body: ExprId, also: &mut Vec<(Slot, ExprId)>) -> ExitKind {
        let location = self.program.store.text("location");
        let at = also.iter().position(|(slot, _)| *slot == Slot::RespHeader(location));
        if let (Some(status), Some(at)) = (self.program.store.as_int(status), at)
            && let Ok(status) = u16::try_from(status)
            && matches!(status, 301 | 302 | 303 | 307 | 308)
            && *self.program.store.node(body) == edge::Node::Absent
            && let Some((_, list)) = also.get(at)
            && let edge::Node::Call(Fn::ListPush, args) = self.program.store.node(*list).clone()
            && let Some(to) = args.get(1)
        {
            also.remove(at);
            return ExitKind::Redirect { status, to: *to };
        }
        ExitKind::Respond { status, body }
    }

    /// The lines of a header-like value.
    fn lines(&mut self, val: &Val, base: ExprId, entry: Option<ObjId>, why: &mut Why) -> ExprId {
        match val {
            Val::Undef => self.call_fn(Fn::ListEmpty, &[]),
            Val::Phi(test, a, b) => {
                match self.decide(*test) {
                    Some(true) => return self.lines(a, base, entry, why),
                    Some(false) => return self.lines(b, base, entry, why),
                    None => {}
                }
                let (a, b) = (self.lines(a, base, entry, why), self.lines(b, base, entry, why));
                // "As it came, or nothing where there was nothing" is "as it came".
                let empty = self.call_fn(Fn::ListEmpty, &[]);
                // To remove what is not there changes nothing: the condition is only asked where the name is there.
                let removes = (a == base && b == empty) || (a == empty && b == base);
                let test = match self.presence(entry).filter(|_| removes) {
                    Some(there) => self.given(*test, there),
                    None => *test,
                };
                self.program.store.ite(test, a, b)
            }
            Val::Obj(id) if Some(*id) == entry => {
                let Some(first) = self.prop_changed(*id) else { return base };
                *why = self.union(*why, first.why);
                let text = self.as_type(&first.val, Ty::Str);
                self.call_fn(Fn::ListSetFirst, &[base, text])
            }
            // The entry of another name, with all of its lines.
            Val::Obj(id) if let ObjKind::Entry(family, name) = self.heap.get(*id).kind.clone() => {
                let base = self.program.store.read(family.all(), Some(&name));
                self.lines(val, base, Some(*id), why)
            }
            Val::Obj(id) if self.heap.get(*id).kind == ObjKind::Plain => {
                let value = self.prop(*id, "value");
                *why = self.union(*why, value.why);
                if self.heap.get(*id).props.contains_key("multiValue")
                    || self.heap.get(*id).props.contains_key("attributes")
                {
                    let unknown = self.unknown("several values or attributes");
                    return self.code(&unknown, Ty::List);
                }
                let text = self.as_type(&value.val, Ty::Str);
                let empty = self.call_fn(Fn::ListEmpty, &[]);
                self.call_fn(Fn::ListPush, &[empty, text])
            }
            other => self.code(&other.clone(), Ty::List),
        }
    }

    /// Whether a condition says that the name of an entry is there.
    fn is_presence(&mut self, test: ExprId, entry: Option<ObjId>) -> bool {
        self.presence(entry) == Some(test)
    }

    /// The condition that the name of an entry is there.
    fn presence(&mut self, entry: Option<ObjId>) -> Option<ExprId> {
        let Some(ObjKind::Entry(family, name)) = entry.map(|it| self.heap.get(it).kind.clone()) else { return None };
        let first = self.first_of(family, &name)?;
        Some(self.call_fn(Fn::Present, &[first]))
    }

    /// The new `value` of an entry as it came, if the code changed it.
    fn prop_changed(&mut self, entry: ObjId) -> Option<V> {
        let ObjKind::Entry(family, name) = self.heap.get(entry).kind.clone() else {
            return Some(V {
                val: self.unknown("an entry of the request that unknown code may have changed"),
                why: Why::NONE,
            });
        };
        let first = self.first_of(family, &name)?;
        let empty = self.program.store.string("");
        let original = self.call_fn(Fn::Or, &[first, empty]);
        let value = self.prop(entry, "value");
        if self.heap.get(entry).props.contains_key("multiValue") {
            return Some(V { val: self.unknown("multiValue"), why: value.why });
        }
        (value.val != Val::Sym(original)).then_some(value)
    }

    /// The request (or response) goes on as the code left it.
    fn go_on(&mut self, id: ObjId, why: Why) {
        let guard = self.guard();
        let here = self.here();
        if !self.program.store.is(guard, false) {
            let why = self.here_why(why);
            if self.point == HookPoint::ClientRequest {
                self.request_updates(id, guard, why)
            } else {
                self.response_updates(id, guard, why)
            }
        }
        let not = self.program.store.not(here);
        self.alive = self.program.store.and(self.alive, not);
    }

    fn request_updates(&mut self, id: ObjId, guard: ExprId, why: Why) {
        if let ObjKind::Opaque(_) = self.heap.get(id).kind {
            self.give_up("a request that unknown code may have changed");
            return;
        }
        let method = self.program.store.read(FieldKind::Method, None);
        if self.prop(id, "method").val != Val::Sym(method) {
            self.platform_error(guard, why, "the method is read-only");
        }
        let path = self.program.store.read(FieldKind::Path, None);
        let uri = self.prop(id, "uri");
        let value = self.as_type(&uri.val, Ty::Str);
        let why = self.union(why, uri.why);
        let span = self.written_at(id, "uri");
        self.update(Slot::Path, (path, value), guard, why, span);
        let query = self.prop(id, "querystring");
        let span = self.written_at(id, "querystring");
        self.query_updates(&query, guard, why, span);
        for (name, family) in [("headers", Family::Headers), ("cookies", Family::Cookies)] {
            let value = self.prop(id, name);
            let span = self.written_at(id, name);
            self.family_value(&value, family, guard, why, span);
        }
        let domain = self.prop(self.request, "#domainName");
        if domain.val != Val::Undef {
            let absent = self.program.store.mk(edge::Node::Absent);
            let value = self.as_optional(&domain.val);
            let span = self.written_at(self.request, "#domainName");
            let of_domain = self.union(why, domain.why);
            self.update(Slot::OriginHost, (absent, value), guard, of_domain, span);
            let host = self.prop(self.request, "#hostHeader");
            let host = if host.val == Val::Undef { domain } else { host };
            let value = self.as_optional(&host.val);
            let of_host = self.union(why, host.why);
            self.update(Slot::OriginHostHeader, (absent, value), guard, of_host, span);
        }
    }

    fn query_updates(&mut self, query: &V, guard: ExprId, why: Why, span: Span) {
        match &query.val {
            // Replaced under a condition: each side by its kind.
            Val::Phi(test, a, b) => {
                let not = self.program.store.not(*test);
                for (test, side) in [(*test, a), (not, b)] {
                    let guard = self.program.store.and(guard, test);
                    if self.decide(test) != Some(false) && !self.program.store.is(guard, false) {
                        self.query_updates(&V { val: (**side).clone(), why: query.why }, guard, why, span);
                    }
                }
            }
            Val::Obj(query) if matches!(self.heap.get(*query).kind, ObjKind::Family(Family::Query)) => {
                self.family_updates(*query, Family::Query, guard, why);
            }
            Val::Obj(object)
                if self.heap.get(*object).kind == ObjKind::Plain && self.heap.get(*object).props.is_empty() =>
            {
                let (base, value) =
                    (self.program.store.read(FieldKind::Query, None), self.program.store.mk(edge::Node::Absent));
                let why = self.union(why, query.why);
                self.update(Slot::Query, (base, value), guard, why, span);
            }
            _ => {
                let base = self.program.store.read(FieldKind::Query, None);
                let text = self.as_type(&query.val, Ty::Str);
                let empty = self.program.store.string("");
                let test = self.call_fn(Fn::StrEq, &[text, empty]);
                let absent = self.program.store.mk(edge::Node::Absent);
                let some = self.call_fn(Fn::Some, &[text]);
                let value = self.program.store.ite(test, absent, some);
                let why = self.union(why, query.why);
                self.update(Slot::Query, (base, value), guard, why, span);
            }
        }
    }

    fn platform_error(&mut self, guard: ExprId, why: Why, words: &str) {
        // A function that fails on every request is not left out: it stays code.
        if self.program.store.is(guard, true) {
            self.give_up(words);
            return;
        }
        let kind = ExitKind::PlatformError(Arc::from(words));
        self.exits.push(Exit { guard, kind, also: Vec::new(), why, span: self.span });
    }

    fn response_updates(&mut self, id: ObjId, guard: ExprId, why: Why) {
        if let ObjKind::Opaque(_) = self.heap.get(id).kind {
            self.give_up("a response that unknown code may have changed");
            return;
        }
        let base = self.program.store.read(FieldKind::Status, None);
        let status = self.prop(id, "statusCode");
        let value = self.as_type(&status.val, Ty::Int);
        let of_status = self.union(why, status.why);
        let span = self.written_at(id, "statusCode");
        self.update(Slot::Status, (base, value), guard, of_status, span);
        for (name, family) in [("headers", Family::RespHeaders), ("cookies", Family::RespCookies)] {
            let value = self.prop(id, name);
            let span = self.written_at(id, name);
            self.family_value(&value, family, guard, why, span);
        }
        let body = self.prop(id, "body");
        if body.val != Val::Undef {
            let absent = self.program.store.mk(edge::Node::Absent);
            let value = match &body.val {
                Val::Obj(_) => {
                    let unknown = self.unknown("a body in this form");
                    self.code(&unknown, Ty::OptStr)
                }
                other => self.as_optional(&other.clone()),
            };
            let why = self.union(why, body.why);
            let span = self.written_at(id, "body");
            self.update(Slot::Body, (absent, value), guard, why, span);
        }
    }

    fn family_value(&mut self, value: &V, family: Family, guard: ExprId, why: Why, span: Span) {
        match &value.val {
            Val::Phi(test, a, b) => {
                let not = self.program.store.not(*test);
                for (test, side) in [(*test, a), (not, b)] {
                    let guard = self.program.store.and(guard, test);
                    if self.decide(test) != Some(false) && !self.program.store.is(guard, false) {
                        self.family_value(&V { val: (**side).clone(), why: value.why }, family, guard, why, span);
                    }
                }
            }
            Val::Obj(id) if self.heap.get(*id).kind == ObjKind::Family(family) => {
                self.family_updates(*id, family, guard, why)
            }
            _ => self.any_of(family, guard, why, span),
        }
    }

    /// The code may have written any name of the family.
    fn any_of(&mut self, family: Family, guard: ExprId, why: Why, span: Span) {
        let unknown = self.unknown("names that depend on the request");
        let value = self.code(&unknown, Ty::List);
        let base = self.call_fn(Fn::ListEmpty, &[]);
        let slot = self.slot(family, "*");
        self.update(slot, (base, value), guard, why, span);
    }

    /// The statement that last wrote a property, under whatever condition; without one, the statement at hand.
    fn written_at(&self, id: ObjId, name: &str) -> Span {
        self.written.get(&(id, Arc::from(name))).copied().unwrap_or(self.span)
    }

    fn slot(&mut self, family: Family, name: &str) -> Slot {
        let name = self.program.store.text(name);
        match family {
            Family::Headers => Slot::Header(name),
            Family::Query => Slot::Arg(name),
            Family::Cookies => Slot::Cookie(name),
            Family::RespHeaders => Slot::RespHeader(name),
            Family::RespCookies => Slot::SetCookie(name),
        }
    }

    fn family_updates(&mut self, id: ObjId, family: Family, guard: ExprId, why: Why) {
        let cells: Vec<(Arc<str>, V)> =
            self.heap.get(id).props.iter().map(|(key, it)| (key.clone(), it.clone())).collect();
        for (name, value) in cells {
            let entry = self.heap.get(id).base.get(&name).copied();
            let slot = self.slot(family, &name);
            let base = self.program.store.read(family.all(), Some(&name));
            let mut reasons = value.why;
            let unchanged = match (entry, &value.val) {
                // A name that the platform never hands over is absent, before and after.
                (Some(_), Val::Undef) => self.first_of(family, &name).is_none(),
                (Some(entry), Val::Phi(test, there, missing)) => {
                    **there == Val::Obj(entry)
                        && **missing == Val::Undef
                        && self.is_presence(*test, Some(entry))
                        && self.prop_changed(entry).is_none()
                }
                _ => false,
            };
            if unchanged {
                continue;
            }
            let list = self.lines(&value.val, base, entry, &mut reasons);
            if list == base {
                continue;
            }
            if family == Family::Headers && READ_ONLY.contains(&&*name) {
                self.platform_error(guard, why, &format!("{name} is read-only"));
                continue;
            }
            if matches!(family, Family::Headers | Family::RespHeaders) && name.bytes().any(|it| it.is_ascii_uppercase())
            {
                self.platform_error(guard, why, &format!("the header name {name} is not lower-case"));
                continue;
            }
            let why = self.union(why, reasons);
            let mut span = self.written_at(id, &name);
            // The value of an entry that was there is written on the entry.
            if let Some(at) = entry.and_then(|it| self.written.get(&(it, Arc::from("value")))) {
                span = *at;
            }
            self.update(slot, (base, list), guard, why, span);
        }
    }

    /// Adds the arms of a value that falls back to `base`.
    fn update(&mut self, slot: Slot, (base, value): (ExprId, ExprId), guard: ExprId, why: Why, span: Span) {
        if value == base {
            return;
        }
        let mut stack = vec![(guard, value)];
        while let Some((guard, value)) = stack.pop() {
            if value == base || self.program.store.is(guard, false) {
                continue;
            }
            if let edge::Node::Ite(test, a, b) = *self.program.store.node(value) {
                if let Some(side) = self.decide_where(guard, test) {
                    stack.push((guard, if side { a } else { b }));
                    continue;
                }
                let not = self.program.store.not(test);
                let (with, without) = (self.program.store.and(guard, test), self.program.store.and(guard, not));
                if b == base {
                    stack.push((with, a));
                    continue;
                }
                if a == base {
                    stack.push((without, b));
                    continue;
                }
                if stack.len() < 16 {
                    // A leaf is an arm in front of all of `b`, so in a long chain what it took needs no negation.
                    let leaf = !matches!(self.program.store.node(a), edge::Node::Ite(..));
                    let relative = leaf && self.program.store.size(without) > LONG_GUARD;
                    stack.push((if relative { guard } else { without }, b));
                    stack.push((with, a));
                    continue;
                }
            }
            self.updates.entry(slot).or_default().push(Arm { guard, value, why, span });
        }
    }
}
