//! The platform model of Lambda@Edge: the events of the four hooks, and what the result of a handler means.
//!
//! Written from the vendor's documentation; `fixtures/platform/lambda-edge-events` holds the published forms as tests. Where
//! the documentation is silent the outcome is [`interp::exchange::Outcome::Undecided`], so that a guess never becomes agreement. Two readings are taken
//! where a wrong one could only call something an answer that the legacy edge fails: a status may be a number (the guide's
//! prose says text, its examples for origin-response assign numbers), and members of an origin that no exchange shows may be
//! missing. Sources: CloudFront Developer Guide, "Lambda@Edge event structure", "Generating HTTP responses in request
//! triggers", "Updating HTTP responses in origin response triggers", "Restrictions on Lambda@Edge", read 2026-04.

mod body;
pub(crate) mod forwarded;
mod lines;
pub mod origin;
mod request;
mod response;

use base64::Engine as _;
use interp::exchange::{Exchange, Request, Response};
use serde_json::{Map, Value, json};

use crate::cloudfront_edge::Step;
use crate::cloudfront_functions::changes::Stop;
use crate::cloudfront_functions::event::reason;
use crate::cloudfront_functions::{self, ORIGIN_LINE, REQUEST_ID, is_disallowed};
use crate::engine::{EventKind, Invocation};
use forwarded::Sent;
pub use forwarded::{Forwarded, Names};
use lines::Lines;
pub use origin::{Origin, OriginKind};

/// The body bytes that a hook is shown.
fn shown(event: EventKind) -> usize {
    match event {
        EventKind::ViewerRequest | EventKind::ViewerResponse => 40 << 10,
        EventKind::OriginRequest | EventKind::OriginResponse => 1 << 20,
    }
}

/// What an origin-request hook decides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum OriginStep {
    /// The request goes to the origin.
    Continue(Box<Sent>),
    /// The hook answers.
    Answer(Response),
}

impl OriginStep {
    /// The decision without the query, where that is the one the hook was given.
    pub(crate) fn without_query_of(mut self, given: &Sent) -> OriginStep {
        if let OriginStep::Continue(sent) = &mut self
            && sent.request.query == given.request.query
        {
            sent.request.query = None;
        }
        self
    }
}

/// The headers that a viewer hook sees: the visitor's own, cookies among them.
pub(crate) fn viewer_headers(request: &Request) -> Lines {
    let host = std::iter::once(("host".to_owned(), request.host.clone()));
    let sent =
        request.headers.0.iter().filter(|(name, _)| name != "host" && name != ORIGIN_LINE && !is_disallowed(name));
    Lines::grouped(host.chain(sent.cloned()))
}

/// The event of a hook. `headers` is what it sees of them; `origin` is given for events of the origin.
pub(crate) fn request_event(
    event: EventKind,
    request: &Request,
    headers: &Lines,
    origin: Option<&Origin>,
    body: bool,
) -> Value {
    let mut fields = Map::new();
    fields.insert("clientIp".to_owned(), json!(request.client_ip));
    fields.insert("headers".to_owned(), headers.to_json());
    fields.insert("method".to_owned(), json!(request.method));
    fields.insert("querystring".to_owned(), json!(request.query.as_deref().unwrap_or_default()));
    fields.insert("uri".to_owned(), json!(request.path));
    if let Some(origin) = origin {
        fields.insert("origin".to_owned(), origin.to_json());
    }
    if body {
        let limit = shown(event);
        let cut = request.body.get(..limit).unwrap_or(&request.body);
        let data = base64::engine::general_purpose::STANDARD.encode(cut);
        let truncated = request.body.len() > limit;
        let value = json!({ "inputTruncated": truncated, "action": "read-only", "encoding": "base64", "data": data });
        fields.insert("body".to_owned(), value);
    }
    json!({ "Records": [{ "cf": {
        "config": {
            "distributionDomainName": "d111111abcdef8.cloudfront.net",
            "distributionId": "EDFDVBD6EXAMPLE",
            "eventType": event.name(),
            "requestId": REQUEST_ID,
        },
        "request": fields,
    } }] })
}

/// An event with the response that a response hook sees.
pub(crate) fn with_response(mut event: Value, response: &Response) -> Value {
    if let Some(Value::Object(cf)) = event.pointer_mut("/Records/0/cf") {
        let headers = Lines::grouped(response.headers.0.iter().filter(|(name, _)| !is_disallowed(name)).cloned());
        let value = json!({
            "status": response.status.to_string(),
            "statusDescription": reason(response.status),
            "headers": headers.to_json(),
        });
        cf.insert("response".to_owned(), value);
    }
    event
}

/// The input of the driver: event, clock, draws.
pub(crate) fn driver_input(event: &Value, exchange: &Exchange) -> String {
    json!({ "event": event, "now": exchange.inputs.now_ms, "draws": exchange.inputs.random_permille }).to_string()
}

/// The object that a request hook returned: an answer where it has a status.
fn is_answer(returned: &Map<String, Value>) -> Result<bool, Stop> {
    match (returned.contains_key("status"), returned.contains_key("uri")) {
        (true, false) => Ok(true),
        (false, true) => Ok(false),
        (true, true) => Err(Stop::Unknown("the function returned an object with both a status and a uri".to_owned())),
        (false, false) => {
            Err(Stop::Fails("the function returned an object that is neither request nor response".to_owned()))
        }
    }
}

/// What a viewer-request function decided. `given` is what goes on where it changes nothing.
pub(crate) fn viewer_request_step(
    visitor: &Request,
    given: &Request,
    body: bool,
    invocation: Invocation,
) -> Result<Step, Stop> {
    let returned = cloudfront_functions::object(invocation.returned)?;
    let event = EventKind::ViewerRequest;
    if is_answer(&returned)? {
        return response::generated(event, &returned).map(Step::Answer);
    }
    request::continued(event, given, &viewer_headers(visitor), &returned, body).map(Step::Continue)
}

/// What an origin-request function decided.
pub(crate) fn origin_request_step(
    sent: &Sent,
    headers: &Lines,
    body: bool,
    invocation: Invocation,
) -> Result<OriginStep, Stop> {
    let returned = cloudfront_functions::object(invocation.returned)?;
    let event = EventKind::OriginRequest;
    if is_answer(&returned)? {
        return response::generated(event, &returned).map(OriginStep::Answer);
    }
    let request = request::continued(event, &sent.request, headers, &returned, body)?;
    let origin = origin::changed(&sent.origin, &returned, &request)?;
    Ok(OriginStep::Continue(Box::new(Sent { request, origin })))
}

/// The answer after a response function.
pub(crate) fn changed_response(event: EventKind, given: &Response, invocation: Invocation) -> Result<Response, Stop> {
    response::changed(event, given, &cloudfront_functions::object(invocation.returned)?)
}
