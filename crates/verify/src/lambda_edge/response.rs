//! From the object a function returned to the answer that goes on.

use interp::exchange::{Headers, Response};
use serde_json::{Map, Value};

use super::body;
use super::lines::Lines;
use crate::cloudfront_functions::changes::Stop;
use crate::cloudfront_functions::header_text::check_value;
use crate::cloudfront_functions::request::replace;
use crate::cloudfront_functions::{is_disallowed, is_read_only};
use crate::engine::EventKind;

/// Headers of an answer that a hook may not touch. Viewer-response of Lambda@Edge has three more than that of CloudFront Functions.
fn is_fixed(event: EventKind, name: &str) -> bool {
    let more = event == EventKind::ViewerResponse
        && matches!(name, "content-length" | "content-encoding" | "transfer-encoding");
    more || is_read_only(event, name)
}

fn status(returned: &Map<String, Value>) -> Result<u16, Stop> {
    let number = match returned.get("status") {
        Some(Value::String(text)) if !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit()) => {
            text.parse::<u16>().ok()
        }
        Some(Value::Number(number)) => number.as_u64().and_then(|it| u16::try_from(it).ok()),
        Some(Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_)) | None => None,
    };
    match number {
        Some(status @ 200..=599) => Ok(status),
        Some(_) | None => Err(Stop::Fails("status must be a number from 200 to 599".to_owned())),
    }
}

/// The body that was set, with the length of its text.
fn body_of(returned: &Map<String, Value>) -> Result<Option<(Vec<u8>, usize)>, Stop> {
    let encoding = match returned.get("bodyEncoding") {
        None => "text",
        Some(Value::String(encoding)) => encoding,
        Some(_) => return Err(Stop::Fails("bodyEncoding must be `text` or `base64`".to_owned())),
    };
    match returned.get("body") {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some((body::bytes(text, encoding)?, text.len()))),
        Some(Value::Null | Value::Bool(_) | Value::Number(_)) => Err(Stop::Unknown("the body is no string".to_owned())),
        Some(Value::Array(_) | Value::Object(_)) => Err(Stop::Fails("body must be a string".to_owned())),
    }
}

fn description(returned: &Map<String, Value>) -> Result<(), Stop> {
    match returned.get("statusDescription") {
        None | Some(Value::String(_)) => Ok(()),
        Some(_) => Err(Stop::Unknown("statusDescription is no string".to_owned())),
    }
}

fn headers_of(returned: &Map<String, Value>) -> Result<Option<Lines>, Stop> {
    match returned.get("headers") {
        None => Ok(None),
        Some(Value::Object(headers)) => Lines::read(headers, "header").map(Some),
        Some(_) => Err(Stop::Fails("headers must be an object".to_owned())),
    }
}

/// Changes `headers` by what a hook wrote against what it was shown. `own`: the hook makes the answer itself.
fn write(event: EventKind, headers: &mut Headers, shown: &Lines, written: &Lines, own: bool) -> Result<(), Stop> {
    for (name, values) in shown.changes(written) {
        if is_disallowed(name) {
            return Err(Stop::Fails(format!("the header `{name}` may not be added")));
        }
        if is_fixed(event, name) {
            return Err(match own {
                true => Stop::Unknown(format!("the header `{name}` was set on an answer")),
                false => Stop::Fails(format!("the header `{name}` is read-only")),
            });
        }
        for value in values {
            check_value(name, value)?;
        }
        replace(&mut headers.0, name, values.to_vec());
    }
    Ok(())
}

fn size_of(headers: &Headers) -> usize {
    headers.0.iter().map(|(name, value)| name.len() + value.len() + 4).sum()
}

/// The answer that a request hook makes.
pub(super) fn generated(event: EventKind, returned: &Map<String, Value>) -> Result<Response, Stop> {
    description(returned)?;
    let status = status(returned)?;
    let mut headers = Headers::default();
    write(event, &mut headers, &Lines::default(), &headers_of(returned)?.unwrap_or_default(), true)?;
    let (body, text) = match body_of(returned)? {
        None => (Vec::new(), 0),
        Some((body, text)) => {
            if status == 204 {
                return Err(match event {
                    EventKind::ViewerRequest if !body.is_empty() => {
                        Stop::Fails("an answer 204 of viewer-request has a body".to_owned())
                    }
                    EventKind::ViewerRequest
                    | EventKind::OriginRequest
                    | EventKind::OriginResponse
                    | EventKind::ViewerResponse => Stop::Unknown("an answer 204 has a body".to_owned()),
                });
            }
            (body, text)
        }
    };
    body::check_size(event, body.len(), text.max(body.len()) + size_of(&headers), "the answer")?;
    Ok(Response { status, headers, body })
}

/// The answer after a response hook.
pub(super) fn changed(event: EventKind, given: &Response, returned: &Map<String, Value>) -> Result<Response, Stop> {
    if !returned.contains_key("status") {
        return Err(Stop::Unknown("the returned response has no status".to_owned()));
    }
    description(returned)?;
    let status = status(returned)?;
    let viewer = event == EventKind::ViewerResponse;
    if viewer && status != given.status {
        return Err(Stop::Unknown("viewer-response changed the status, which it cannot".to_owned()));
    }
    let mut headers = given.headers.clone();
    headers.0.retain(|(name, _)| !is_disallowed(name));
    let shown = Lines::grouped(headers.0.iter().cloned());
    match headers_of(returned)? {
        Some(written) => write(event, &mut headers, &shown, &written, false)?,
        None if shown.0.is_empty() => {}
        None => return Err(Stop::Unknown("the returned response has no headers".to_owned())),
    }
    let body = match body_of(returned)? {
        None => given.body.clone(),
        Some(_) if viewer => return Err(Stop::Unknown("viewer-response set a body".to_owned())),
        Some((body, text)) => {
            body::check_size(event, body.len(), text.max(body.len()) + size_of(&headers), "the answer")?;
            body
        }
    };
    Ok(Response { status, headers, body })
}
