//! From the object a function returned to the answer the visitor gets.

use base64::Engine as _;
use interp::exchange::{Headers, Response};
use serde_json::{Map, Value};

use super::changes::{Stop, collection};
use super::event::{Field, response_cookies, response_headers};
use super::header_rules::{is_disallowed, is_read_only};
use super::header_text::{check_name, check_value};
use super::request::replace;
use crate::engine::EventKind;

fn status(returned: &Map<String, Value>) -> Result<u16, Stop> {
    let number = match returned.get("statusCode") {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_)) | None => None,
    };
    match number.and_then(|it| u16::try_from(it).ok()) {
        Some(status @ 200..=599) => Ok(status),
        Some(_) | None => Err(Stop::Fails("statusCode must be a whole number from 200 to 599".to_owned())),
    }
}

/// The body that was set; `None` where none was.
fn body(returned: &Map<String, Value>) -> Result<Option<Vec<u8>>, Stop> {
    match returned.get("body") {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone().into_bytes())),
        Some(Value::Object(it)) => {
            let Some(Value::String(data)) = it.get("data") else {
                return Err(Stop::Fails("body.data must be a string".to_owned()));
            };
            match it.get("encoding").and_then(Value::as_str) {
                Some("text") => Ok(Some(data.clone().into_bytes())),
                Some("base64") => base64::engine::general_purpose::STANDARD
                    .decode(data)
                    .map(Some)
                    .map_err(|_| Stop::Fails("body.data is not base64".to_owned())),
                Some(_) | None => Err(Stop::Fails("body.encoding must be `text` or `base64`".to_owned())),
            }
        }
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) => {
            Err(Stop::Fails("body must be a string or an object".to_owned()))
        }
    }
}

fn description(returned: &Map<String, Value>) -> Result<(), Stop> {
    match returned.get("statusDescription") {
        None | Some(Value::String(_)) => Ok(()),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(Stop::Fails("statusDescription must be a string".to_owned()))
        }
    }
}

fn members<'a>(
    returned: &'a Map<String, Value>,
    name: &str,
    empty: &'a Map<String, Value>,
) -> Result<&'a Map<String, Value>, Stop> {
    match returned.get(name) {
        Some(Value::Object(map)) => Ok(map),
        None => Ok(empty),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            Err(Stop::Fails(format!("{name} must be an object")))
        }
    }
}

/// The answer of a function in `event`, against the headers it was given (none when it makes the answer itself).
fn written(event: EventKind, given: &Headers, returned: &Map<String, Value>) -> Result<Headers, Stop> {
    let empty = Map::new();
    let before = response_headers(given);
    let read = collection(&before, members(returned, "headers", &empty)?, "header")?;
    let cookies_before = response_cookies(given);
    let cookies = collection(&cookies_before, members(returned, "cookies", &empty)?, "cookie")?;
    let mut lines = given.0.clone();
    lines.retain(|(name, _)| !is_disallowed(name));
    let of = |fields: &[Field], name: &str| fields.iter().find(|it| it.name == name).map(|it| it.items.clone());
    let mut names: Vec<&str> = before.iter().map(|it| it.name.as_str()).collect();
    names.extend(read.fields.iter().map(|it| it.name.as_str()).filter(|name| before.iter().all(|it| it.name != *name)));
    for name in names {
        let (old, new) = (of(&before, name), of(&read.fields, name));
        if old == new {
            continue;
        }
        check_name(name)?;
        if name == "set-cookie" {
            return Err(Stop::Unknown("the header `set-cookie` was written beside `cookies`".to_owned()));
        }
        if is_disallowed(name) {
            return Err(Stop::Fails(format!("the header `{name}` may not be added")));
        }
        if is_read_only(event, name) {
            return match event {
                EventKind::ViewerResponse | EventKind::OriginResponse => {
                    Err(Stop::Fails(format!("the header `{name}` is read-only")))
                }
                EventKind::ViewerRequest | EventKind::OriginRequest => {
                    Err(Stop::Unknown(format!("the header `{name}` was set on an answer")))
                }
            };
        }
        let new = new.unwrap_or_default();
        for it in &new {
            check_value(name, &it.value)?;
        }
        replace(&mut lines, name, new.into_iter().map(|it| it.value).collect());
    }
    if cookies.changed {
        let mut values = Vec::new();
        for Field { name, items } in &cookies.fields {
            for it in items {
                let line = match it.attributes.as_deref() {
                    None | Some("") => format!("{name}={}", it.value),
                    Some(attributes) => format!("{name}={}; {attributes}", it.value),
                };
                check_value("set-cookie", &line)?;
                values.push(line);
            }
        }
        replace(&mut lines, "set-cookie", values);
    }
    Ok(Headers(lines))
}

/// The answer that a viewer-request function makes.
pub(crate) fn generated(returned: &Map<String, Value>) -> Result<Response, Stop> {
    description(returned)?;
    Ok(Response {
        status: status(returned)?,
        headers: written(EventKind::ViewerRequest, &Headers::default(), returned)?,
        body: body(returned)?.unwrap_or_default(),
    })
}

/// The answer after a viewer-response function.
pub(crate) fn changed(given: &Response, returned: &Map<String, Value>) -> Result<Response, Stop> {
    description(returned)?;
    Ok(Response {
        status: status(returned)?,
        headers: written(EventKind::ViewerResponse, &given.headers, returned)?,
        body: body(returned)?.unwrap_or_else(|| given.body.clone()),
    })
}
