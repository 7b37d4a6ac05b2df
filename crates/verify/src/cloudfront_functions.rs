//! The platform model of CloudFront Functions: from an exchange to the event, and from what a function returned to the
//! request or answer that goes on. The order of functions is [`crate::cloudfront_edge`]'s.
//!
//! Written from the vendor's documentation; `fixtures/platform/cloudfront-events` holds the published forms as tests.
//! Where the documentation is silent the outcome is [`interp::exchange::Outcome::Undecided`], so that a guess never becomes agreement.
//! One stated limit: an object whose names look like whole numbers is listed by script engines numbers first, while the
//! platform's own engine may keep the order of insertion; a rebuilt query follows the script engine.

pub(crate) mod changes;
pub mod computed;
pub(crate) mod event;
mod header_rules;
pub(crate) mod header_text;
mod origin;
pub(crate) mod request;
mod response;

use interp::exchange::{Request, Response};
use serde_json::{Map, Value};

use crate::cloudfront_edge::Step;
use crate::engine::{Invocation, Returned};
use changes::Stop;

pub(crate) use event::REQUEST_ID;
pub use header_rules::{is_disallowed, is_read_only};
pub use origin::ORIGIN_LINE;

/// What a handler gave back, where it is an object.
pub(crate) fn object(returned: Returned) -> Result<Map<String, Value>, Stop> {
    match returned {
        Returned::Object(Value::Object(map)) => Ok(map),
        Returned::Object(_) => Err(Stop::Fails("the function returned no object".to_owned())),
        Returned::NotAnObject(kind) => Err(Stop::Fails(format!("the function returned {kind}"))),
        Returned::Threw(words) => Err(Stop::Fails(format!("the function threw {words}"))),
        Returned::Exhausted(words) => Err(Stop::Fails(format!("the function {words}"))),
        Returned::NoModel(words) => Err(Stop::Unknown(words)),
    }
}

/// What a request function decided.
pub(crate) fn request_step(given: &Request, invocation: Invocation) -> Result<Step, Stop> {
    let returned = object(invocation.returned)?;
    if returned.contains_key("statusCode") {
        return response::generated(&returned).map(Step::Answer);
    }
    if !returned.contains_key("uri") {
        return Err(Stop::Fails("the function returned an object that is neither request nor response".to_owned()));
    }
    let mut request = request::continued(given, &returned)?;
    if let Some(recorded) = &invocation.origin {
        origin::apply(&mut request, recorded)?;
    }
    Ok(Step::Continue(request))
}

/// The answer after a response function.
pub(crate) fn response_step(given: &Response, invocation: Invocation) -> Result<Response, Stop> {
    response::changed(given, &object(invocation.returned)?)
}
