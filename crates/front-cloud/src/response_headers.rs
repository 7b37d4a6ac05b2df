//! Which headers the policy of a behavior takes from answers and adds to them, ready-made policies and those of files alike.
//!
//! The order is that of CloudFront: removed first, then CORS, security and custom headers. What is not known leaves a note with its place.

use crate::attributes::Listed;
use crate::forwarding::OpenPart;
use crate::managed::{SetOn, managed_response_headers_policy};
use crate::model::{CacheBehavior, Hole, Text};
use crate::policies::{Cors, PolicyBody, PolicyHeader, ResponseHeadersPolicy};
use crate::policy_lookup::{Named, Policies, open_text};
use source::Span;

/// What a response headers policy does to answers.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ResponseHeaders {
    /// Names that are removed first.
    pub removes: Vec<String>,
    /// Headers that are set, in order.
    pub sets: Vec<SetHeader>,
    /// The share of answers in percent that get `Server-Timing`.
    pub server_timing: Option<String>,
    /// What is not known, and why.
    pub open: Vec<OpenPart>,
    /// What the documentation leaves open of the policy at hand.
    pub unsure: Vec<&'static str>,
}

/// A header that is set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SetHeader {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: HeaderValue,
    /// Whether a header of the origin is replaced; else it is set only where the origin sent none.
    pub overrides: bool,
    /// On which answers.
    pub on: SetOn,
    /// The entry of the policy; the reference where the policy is ready-made.
    pub span: Span,
}

/// The value of a header that is set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum HeaderValue {
    /// A text.
    Text(String),
    /// The `Origin` of the request, where it is one of these; `*.` at the beginning of a host stands for any host below it.
    OriginOf(Vec<String>),
}

/// One CORS header of the origin keeps all of the policy's away, or only its own: the guide says both.
const CORS_KEPT: &str =
    "whether one CORS header of the origin keeps all of the policy's away, or only its own, is said in two ways";

/// What the response headers policy of a behavior does; nothing where it names none.
#[must_use]
pub fn response_headers(behavior: &CacheBehavior, policies: &Policies<'_>) -> ResponseHeaders {
    let mut work = Work { fill: policies.fill, out: ResponseHeaders::default() };
    let Some(reference) = &behavior.settings.response_headers_policy else { return work.out };
    match policies.find(reference) {
        Named::Unknown(why) => work.say(why, reference.span),
        Named::Elsewhere(named) => match managed_response_headers_policy(&named) {
            None => work.say(format!("no file defines the response headers policy `{named}`"), reference.span),
            Some(policy) => {
                work.out.sets.extend(policy.headers.iter().map(|it| SetHeader {
                    name: it.name.to_owned(),
                    value: HeaderValue::Text(it.value.to_owned()),
                    overrides: it.overrides,
                    on: it.on,
                    span: reference.span,
                }));
            }
        },
        Named::Defined(policy) => match &policy.body {
            PolicyBody::ResponseHeaders(body) => work.policy(body),
            PolicyBody::Open(span) => work.say(format!("an expression makes `{}`", policy.id), *span),
            PolicyBody::Cache(_) | PolicyBody::OriginRequest(_) | PolicyBody::Lookup { id: _ } => {
                work.say(format!("`{}` is no response headers policy", policy.id), reference.span);
            }
        },
    }
    if work.out.sets.iter().any(|it| !it.overrides && it.on != SetOn::All) {
        work.out.unsure.push(CORS_KEPT);
    }
    work.out
}

struct Work<'a> {
    fill: &'a dyn Fn(&Hole) -> Option<String>,
    out: ResponseHeaders,
}

impl Work<'_> {
    fn say(&mut self, why: String, span: Span) {
        self.out.open.push(OpenPart { what: "response headers", why, span });
    }

    fn value(&mut self, text: &Text, place: Span) -> Option<String> {
        let value = text.filled(self.fill);
        if value.is_none() {
            self.say(open_text(text), text.span().unwrap_or(place));
        }
        value
    }

    fn flag(&mut self, text: Option<&Text>, place: Span) -> Option<bool> {
        match text {
            None => Some(false),
            Some(text) => Some(self.value(text, place)?.eq_ignore_ascii_case("true")),
        }
    }

    fn list(&mut self, list: Option<&Listed>) -> Option<Vec<String>> {
        let Some(list) = list else { return Some(Vec::new()) };
        let items = list.filled(self.fill);
        if items.is_none() {
            self.say("the list is known at deployment only".to_owned(), list.open.unwrap_or(list.span));
        }
        items
    }

    fn policy(&mut self, policy: &ResponseHeadersPolicy) {
        for span in &policy.open {
            self.say("an expression makes a part of the policy".to_owned(), *span);
        }
        for name in &policy.removes {
            let place = name.span();
            if let Some(name) = place.and_then(|place| self.value(name, place)) {
                self.out.removes.push(name);
            }
        }
        if let Some(cors) = &policy.cors {
            self.cors(cors);
        }
        for header in &policy.headers {
            self.header(header);
        }
        let timing = policy.server_timing.as_ref();
        self.out.server_timing = timing.and_then(|it| self.value(it, it.span()?));
    }

    fn header(&mut self, header: &PolicyHeader) {
        let Some(name) = self.value(&header.name, header.span) else { return };
        let Some(value) = &header.value else {
            self.say(format!("a part of the value of `{name}` is filled in at deployment"), header.span);
            return;
        };
        let value = self.value(value, header.span);
        let overrides = self.flag(header.overrides.as_ref(), header.span);
        if let Some((value, overrides)) = value.zip(overrides) {
            let value = HeaderValue::Text(value);
            self.out.sets.push(SetHeader { name, value, overrides, on: SetOn::All, span: header.span });
        }
    }

    fn cors(&mut self, cors: &Cors) {
        let Some(overrides) = self.flag(cors.overrides.as_ref(), cors.span) else { return };
        let mut sets: Vec<(&str, HeaderValue, SetOn)> = Vec::new();
        match self.list(cors.origins.as_ref()) {
            Some(origins) if origins.is_empty() => {}
            Some(origins) if origins.iter().any(|it| it == "*") => {
                sets.push(("Access-Control-Allow-Origin", HeaderValue::Text("*".to_owned()), SetOn::Cors));
            }
            Some(origins) => sets.push(("Access-Control-Allow-Origin", HeaderValue::OriginOf(origins), SetOn::Cors)),
            None => {}
        }
        if self.flag(cors.credentials.as_ref(), cors.span) == Some(true) {
            sets.push(("Access-Control-Allow-Credentials", HeaderValue::Text("true".to_owned()), SetOn::Cors));
        }
        let joined = |list: Option<Vec<String>>| list.filter(|it| !it.is_empty()).map(|it| it.join(", "));
        let methods = self.list(cors.methods.as_ref()).map(|methods| {
            let all = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
            if methods.iter().any(|it| it == "ALL") { all.map(str::to_owned).to_vec() } else { methods }
        });
        for (name, value, on) in [
            ("Access-Control-Expose-Headers", joined(self.list(cors.exposed.as_ref())), SetOn::Cors),
            ("Access-Control-Allow-Methods", joined(methods), SetOn::Preflight),
            ("Access-Control-Allow-Headers", joined(self.list(cors.headers.as_ref())), SetOn::Preflight),
            (
                "Access-Control-Max-Age",
                cors.max_age.as_ref().and_then(|it| self.value(it, cors.span)),
                SetOn::Preflight,
            ),
        ] {
            sets.extend(value.map(|it| (name, HeaderValue::Text(it), on)));
        }
        self.out.sets.extend(sets.into_iter().map(|(name, value, on)| SetHeader {
            name: name.to_owned(),
            value,
            overrides,
            on,
            span: cors.span,
        }));
    }
}
