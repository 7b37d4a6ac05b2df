//! The hosts of handlers: what an event holds, and what the request, response and headers that a handler leaves mean as exits and
//! updates. What is the same on both hosts is here.

mod cloudfront_functions;
mod lambda_edge;

pub(crate) use lambda_edge::{CALLBACK, SUCCEED};

use std::collections::BTreeSet;
use std::sync::Arc;

use diag::Diagnostic;
use source::Span;

use edge::{Arm, Exit, ExitKind, ExprId, FieldKind, Fn, HookPoint, Slot, Ty, Why};

use crate::Eval;
use crate::exec::undef;
use crate::value::{Family, ObjId, ObjKind, V, Val};

/// What a handler runs on.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Host {
    /// CloudFront Functions.
    CloudFrontFunctions,
    /// Lambda@Edge.
    LambdaEdge,
}

/// Names of headers, cookies or arguments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Names {
    /// Every name.
    All,
    /// These alone.
    Only(BTreeSet<String>),
    /// Every name but these.
    Except(BTreeSet<String>),
}

impl Names {
    /// Whether a name is among them.
    #[must_use]
    pub fn holds(&self, name: &str) -> bool {
        match self {
            Names::All => true,
            Names::Only(names) => names.contains(name),
            Names::Except(names) => !names.contains(name),
        }
    }
}

/// What of a visitor's request the origin gets, and so a hook that runs on a miss sees.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Forwarded {
    /// Headers, by lower-case name; `host` among them where the origin gets the visitor's.
    pub headers: Names,
    /// Cookies.
    pub cookies: Names,
    /// Arguments of the query.
    pub query: Names,
}

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

/// The neutral name of the value that CloudFront computes into a header.
fn computed(header: &str) -> Option<&'static str> {
    COMPUTED.iter().find(|(it, _)| *it == header).map(|(_, value)| *value)
}

/// Nodes of a guard beyond which arms leave the negations of earlier ones to their order.
const LONG_GUARD: u32 = 64;

impl Eval<'_> {
    pub(crate) fn make_event(&mut self) {
        match self.function.host {
            Host::CloudFrontFunctions => self.make_viewer_event(),
            Host::LambdaEdge => self.make_edge_event(),
        }
    }

    /// What the handler is called with.
    pub(crate) fn handler_args(&mut self, event: V) -> Vec<V> {
        match self.function.host {
            Host::CloudFrontFunctions => vec![event],
            Host::LambdaEdge => self.edge_args(event),
        }
    }

    /// What it means that the handler returns a value here.
    pub(crate) fn returned(&mut self, value: &V) {
        match self.function.host {
            Host::CloudFrontFunctions => self.viewer_result(value),
            Host::LambdaEdge => self.edge_returned(value),
        }
    }

    /// The first value of a name of a family, as the hook sees it; nothing where it never sees one.
    fn first_of(&mut self, family: Family, name: &str) -> Option<ExprId> {
        match (self.function.host, family) {
            (Host::LambdaEdge, Family::Headers) => self.edge_first(name),
            (Host::LambdaEdge, _) | (Host::CloudFrontFunctions, _) => self.viewer_first(family, name),
        }
    }

    /// The lines of a header-like value.
    fn lines(&mut self, name: &str, val: &Val, base: ExprId, own: Option<ObjId>, why: &mut Why) -> ExprId {
        match self.function.host {
            Host::CloudFrontFunctions => self.viewer_lines(val, base, own, why),
            Host::LambdaEdge => self.edge_lines(name, val, base, own, why),
        }
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
        let entry = match self.function.host {
            Host::CloudFrontFunctions => entry,
            Host::LambdaEdge => self.lines_of(entry, family, name),
        };
        let value = V { val: self.as_it_came(entry, family, name), why: Why::NONE };
        self.heap.materialize(id, name, entry, value.clone());
        value
    }

    /// Every line of a name; a request has one host.
    fn all_lines(&mut self, family: Family, name: &str) -> ExprId {
        if family == Family::Headers && name == "host" {
            let host = self.program.store.read(FieldKind::Host, None);
            let empty = self.call_fn(Fn::ListEmpty, &[]);
            return self.call_fn(Fn::ListPush, &[empty, host]);
        }
        self.program.store.read(family.all(), Some(name))
    }

    /// The array of the lines of a name, of which the first is known.
    fn lines_of(&mut self, entry: ObjId, family: Family, name: &Arc<str>) -> ObjId {
        let key = self.unknown_data("the spelling of a header");
        self.heap.init(entry, "key", V { val: key, why: Why::NONE });
        let lines = self.heap.alloc(ObjKind::Lines(family, name.clone()));
        self.heap.init(lines, "0", V { val: Val::Obj(entry), why: Why::NONE });
        lines
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

    /// Whether a condition says that the name of an entry is there.
    fn is_presence(&mut self, test: ExprId, entry: Option<ObjId>) -> bool {
        self.presence(entry) == Some(test)
    }

    /// The condition that the name of an entry is there.
    fn presence(&mut self, entry: Option<ObjId>) -> Option<ExprId> {
        let Some(ObjKind::Entry(family, name) | ObjKind::Lines(family, name)) =
            entry.map(|it| self.heap.get(it).kind.clone())
        else {
            return None;
        };
        let first = self.first_of(family, &name)?;
        Some(self.call_fn(Fn::Present, &[first]))
    }

    /// The new `value` of an entry as it came, if the code changed it.
    fn prop_changed(&mut self, entry: ObjId) -> Option<V> {
        if let ObjKind::Lines(..) = self.heap.get(entry).kind {
            let first = self.prop(entry, "0");
            return match first.val {
                Val::Obj(of)
                    if self.heap.get(entry).props.len() == 1
                        && matches!(self.heap.get(of).kind, ObjKind::Entry(..)) =>
                {
                    self.prop_changed(of)
                }
                _ => Some(first),
            };
        }
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
            if self.point.of_response() {
                self.response_updates(id, guard, why)
            } else {
                self.request_updates(id, guard, why)
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
        for &(name, family) in self.request_families() {
            let value = self.prop(id, name);
            let span = self.written_at(id, name);
            self.family_value(&value, family, guard, why, span);
        }
        if self.function.host == Host::LambdaEdge && self.point == HookPoint::OriginRequest {
            let origin = self.prop(id, "origin");
            self.origin_updates(&origin, guard, why);
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

    /// The properties of a request that hold a family of names.
    fn request_families(&self) -> &'static [(&'static str, Family)] {
        match self.function.host {
            Host::CloudFrontFunctions => &[("headers", Family::Headers), ("cookies", Family::Cookies)],
            Host::LambdaEdge => &[("headers", Family::Headers)],
        }
    }

    /// The properties of a response that hold a family of names.
    fn response_families(&self) -> &'static [(&'static str, Family)] {
        match self.function.host {
            Host::CloudFrontFunctions => &[("headers", Family::RespHeaders), ("cookies", Family::RespCookies)],
            Host::LambdaEdge => &[("headers", Family::RespHeaders)],
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
                let value = self.query_text(text, base);
                let why = self.union(why, query.why);
                self.update(Slot::Query, (base, value), guard, why, span);
            }
        }
    }

    /// The one line of a list as an optional text, absent where it is as it came; a list of another length is code.
    fn only_line(&mut self, list: ExprId, base: ExprId) -> ExprId {
        if list == base {
            return self.program.store.mk(edge::Node::Absent);
        }
        match self.program.store.node(list).clone() {
            edge::Node::Ite(test, a, b) => {
                let (a, b) = (self.only_line(a, base), self.only_line(b, base));
                self.program.store.ite(test, a, b)
            }
            edge::Node::Call(Fn::ListPush | Fn::ListSetFirst, args) => match args.get(1) {
                Some(text) => self.call_fn(Fn::Some, &[*text]),
                None => self.program.store.mk(edge::Node::Absent),
            },
            edge::Node::Code(region, _, part) => self.program.store.mk(edge::Node::Code(region, Ty::OptStr, part)),
            _ => {
                let unknown = self.unknown("a Host header of another form");
                self.code(&unknown, Ty::OptStr)
            }
        }
    }

    /// The condition under which the lines of a header are others than those that came.
    fn changed_where(&mut self, list: ExprId, base: ExprId, name: &str) -> ExprId {
        if list == base {
            return self.no();
        }
        match self.program.store.node(list).clone() {
            edge::Node::Ite(test, a, b) => {
                let (a, b) = (self.changed_where(a, base, name), self.changed_where(b, base, name));
                self.program.store.ite(test, a, b)
            }
            // A request has one host; to write what is there changes nothing.
            edge::Node::Call(Fn::ListPush | Fn::ListSetFirst, args) if name == "host" && args.len() == 2 => {
                let host = self.program.store.read(FieldKind::Host, None);
                let text = args.get(1).copied().unwrap_or(host);
                let same = self.call_fn(Fn::StrEq, &[host, text]);
                self.program.store.not(same)
            }
            _ => {
                let unknown = self.unknown_data(format!("whether `{name}` is written as it came"));
                self.code(&unknown, Ty::Bool)
            }
        }
    }

    /// Says where a header is written that the platform does not let the function write.
    fn forbidden_header(&mut self, headers: ObjId, name: &str, words: &str) {
        let message = format!("{words}: CloudFront answers such requests with an error");
        let span = self.written_at(headers, name);
        self.forbidden.push(Diagnostic::new(&diag::codes::HEADER_PLATFORM_FORBIDS, span, message));
    }

    /// The query that a text stands for: as it came where the text is, none where it is empty.
    fn query_text(&mut self, text: ExprId, base: ExprId) -> ExprId {
        let empty = self.program.store.string("");
        if text == self.call_fn(Fn::Or, &[base, empty]) {
            return base;
        }
        if let edge::Node::Ite(test, a, b) = *self.program.store.node(text) {
            let (a, b) = (self.query_text(a, base), self.query_text(b, base));
            return self.program.store.ite(test, a, b);
        }
        let test = self.call_fn(Fn::StrEq, &[text, empty]);
        let absent = self.program.store.mk(edge::Node::Absent);
        let some = self.call_fn(Fn::Some, &[text]);
        self.program.store.ite(test, absent, some)
    }

    fn platform_error(&mut self, guard: ExprId, why: Why, words: &str) {
        if self.program.store.is(guard, false) {
            return;
        }
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
        let (name, as_came) = match self.function.host {
            Host::CloudFrontFunctions => ("statusCode", base),
            Host::LambdaEdge => ("status", self.call_fn(Fn::IntText, &[base])),
        };
        let status = self.prop(id, name);
        if status.val != Val::Sym(as_came) {
            let value = match self.function.host {
                Host::CloudFrontFunctions => self.as_type(&status.val, Ty::Int),
                Host::LambdaEdge => self.edge_status(&status.val, as_came, base),
            };
            let of_status = self.union(why, status.why);
            let span = self.written_at(id, name);
            self.update(Slot::Status, (base, value), guard, of_status, span);
        }
        for &(name, family) in self.response_families() {
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
            let list = self.lines(&name, &value.val, base, entry, &mut reasons);
            if list == base {
                continue;
            }
            let refused = match self.function.host {
                Host::CloudFrontFunctions => self.viewer_refuses(family, &name),
                Host::LambdaEdge => self.edge_refuses(family, &name),
            };
            if let Some(words) = refused {
                self.forbidden_header(id, &name, &words);
                let changed = self.changed_where(list, base, &name);
                let guard = self.program.store.and(guard, changed);
                self.platform_error(guard, why, &words);
                continue;
            }
            if self.function.host == Host::LambdaEdge && name.bytes().any(|it| it.is_ascii_uppercase()) {
                // Whether the platform finds a header under such a name is not documented.
                self.any_of(family, guard, why, self.written_at(id, &name));
                continue;
            }
            if family == Family::RespHeaders && &*name == "set-cookie" {
                self.any_of(Family::RespCookies, guard, why, self.written_at(id, &name));
                continue;
            }
            let of_origin = self.point == HookPoint::OriginRequest && family == Family::Headers && &*name == "host";
            let (slot, base, list) = if of_origin {
                let absent = self.program.store.mk(edge::Node::Absent);
                (Slot::OriginHostHeader, absent, self.only_line(list, base))
            } else {
                (slot, base, list)
            };
            let why = self.union(why, reasons);
            let mut span = self.written_at(id, &name);
            // The value of an entry that was there is written on the entry.
            let of_entry = entry.map(|it| match self.heap.get(it).props.get("0").map(|first| &first.val) {
                Some(Val::Obj(first)) => *first,
                _ => it,
            });
            if let Some(at) = of_entry.and_then(|it| self.written.get(&(it, Arc::from("value")))) {
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
