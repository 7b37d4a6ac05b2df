//! CloudFront Functions: the event object, and what a returned object means.
//!
//! Contract: viewer-request is `client_request`, viewer-response is `client_response`. Sources: the event structure and restrictions of
//! the CloudFront Developer Guide (2026-04).

use std::sync::Arc;

use edge::{Exit, ExprId, FieldKind, Fn, HookPoint, Slot, Ty, Why};

use super::computed;
use crate::Eval;
use crate::exec::undef;
use crate::value::{Family, ObjId, ObjKind, V, Val};

/// Request headers a viewer-request function may not change.
const READ_ONLY: [&str; 5] = ["cdn-loop", "content-length", "host", "transfer-encoding", "via"];

impl Eval<'_> {
    pub(super) fn make_viewer_event(&mut self) {
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

    pub(super) fn viewer_first(&mut self, family: Family, name: &str) -> Option<ExprId> {
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
            if let Some(value) = computed(name) {
                return Some(self.program.store.read(FieldKind::Visitor, Some(value)));
            }
        }
        let kind = family.first()?;
        Some(self.program.store.read(kind, Some(name)))
    }

    /// Why the platform fails a request of which a header is changed, if it does.
    pub(super) fn viewer_refuses(&self, family: Family, name: &str) -> Option<String> {
        if family == Family::Headers && READ_ONLY.contains(&name) {
            return Some(format!("`{name}` is read-only in a viewer request"));
        }
        let header = matches!(family, Family::Headers | Family::RespHeaders);
        (header && name.bytes().any(|it| it.is_ascii_uppercase()))
            .then(|| format!("the header name {name} is not lower-case"))
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
    pub(super) fn viewer_result(&mut self, value: &V) {
        match &value.val {
            Val::Phi(..) => {
                self.each(value, &mut |eval, it| {
                    eval.viewer_result(&it);
                    undef()
                });
            }
            Val::Obj(id) if self.heap.get(*id).kind == ObjKind::Promise => {
                let settled = self.settled(value);
                self.viewer_result(&settled);
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
                    let list = self.viewer_lines(&value.val, base, None, &mut why);
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

    /// The lines of a header-like value.
    pub(super) fn viewer_lines(&mut self, val: &Val, base: ExprId, entry: Option<ObjId>, why: &mut Why) -> ExprId {
        match val {
            Val::Undef => self.call_fn(Fn::ListEmpty, &[]),
            Val::Phi(test, a, b) => {
                match self.decide(*test) {
                    Some(true) => return self.viewer_lines(a, base, entry, why),
                    Some(false) => return self.viewer_lines(b, base, entry, why),
                    None => {}
                }
                let (a, b) = (self.viewer_lines(a, base, entry, why), self.viewer_lines(b, base, entry, why));
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
                let base = self.all_lines(family, &name);
                self.viewer_lines(val, base, Some(*id), why)
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
}
