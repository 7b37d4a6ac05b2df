//! From the object a request hook returned to the request that goes on.

use interp::exchange::Request;
use serde_json::{Map, Value};

use super::body;
use super::lines::Lines;
use crate::cloudfront_functions::changes::Stop;
use crate::cloudfront_functions::header_text::check_value;
use crate::cloudfront_functions::request::{path, query_text, replace};
use crate::cloudfront_functions::{is_disallowed, is_read_only};
use crate::engine::EventKind;

/// The request after the hook: `given` with what `returned` changes against what the hook was shown.
pub(super) fn continued(
    event: EventKind,
    given: &Request,
    shown: &Lines,
    returned: &Map<String, Value>,
    body: bool,
) -> Result<Request, Stop> {
    let mut request = given.clone();
    read_only(returned, "method", &given.method)?;
    read_only(returned, "clientIp", &given.client_ip)?;
    request.path = path(given, returned.get("uri"))?;
    request.query = query(given, returned.get("querystring"))?;
    let Some(Value::Object(headers)) = returned.get("headers") else {
        return Err(Stop::Fails("headers must be an object, and must keep the read-only ones".to_owned()));
    };
    change_headers(event, &mut request, shown, &Lines::read(headers, "header")?)?;
    if let Some(replaced) = replaced_body(event, returned.get("body"), body)? {
        request.body = replaced;
    }
    Ok(request)
}

fn read_only(returned: &Map<String, Value>, name: &str, given: &str) -> Result<(), Stop> {
    match returned.get(name) {
        Some(Value::String(text)) if text == given => Ok(()),
        Some(_) => Err(Stop::Unknown(format!("the read-only `{name}` was changed"))),
        None => Err(Stop::Unknown(format!("`{name}` is missing in the returned request"))),
    }
}

fn query(given: &Request, returned: Option<&Value>) -> Result<Option<String>, Stop> {
    match returned {
        Some(Value::String(text)) if *text == given.query.as_deref().unwrap_or_default() => Ok(given.query.clone()),
        Some(Value::String(text)) if text.starts_with('?') => {
            Err(Stop::Unknown("querystring was set to text that begins with `?`".to_owned()))
        }
        Some(Value::String(text)) => query_text(text.clone()),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            Err(Stop::Fails("querystring must be a string".to_owned()))
        }
        None => Err(Stop::Unknown("querystring is missing in the returned request".to_owned())),
    }
}

fn change_headers(event: EventKind, request: &mut Request, shown: &Lines, returned: &Lines) -> Result<(), Stop> {
    for (name, values) in shown.changes(returned) {
        if is_disallowed(name) {
            return Err(Stop::Fails(format!("the header `{name}` may not be added")));
        }
        if is_read_only(event, name) {
            return Err(Stop::Fails(format!("the header `{name}` is read-only")));
        }
        if event == EventKind::ViewerRequest && name == "cloudfront-viewer-country" {
            return Err(Stop::Fails(format!("the header `{name}` may not be set in viewer-request")));
        }
        for value in values {
            check_value(name, value)?;
        }
        if name == "host" {
            request.host = host(values)?;
        } else {
            replace(&mut request.headers.0, name, values.to_vec());
        }
    }
    Ok(())
}

fn host(values: &[String]) -> Result<String, Stop> {
    let [host] = values else {
        return Err(Stop::Unknown("the header `host` was removed or repeated".to_owned()));
    };
    if host.is_empty() || !host.chars().all(|it| it.is_ascii_alphanumeric() || "-._".contains(it)) {
        return Err(Stop::Unknown(format!("the header `host` was set to {host:?}, which is no host name")));
    }
    Ok(host.to_ascii_lowercase())
}

/// The body that was put in place of the visitor's.
fn replaced_body(event: EventKind, returned: Option<&Value>, shown: bool) -> Result<Option<Vec<u8>>, Stop> {
    let body = match returned {
        None => return Ok(None),
        Some(Value::Object(_)) if !shown => {
            return Err(Stop::Unknown("a body was set by a function that is not shown the body".to_owned()));
        }
        Some(Value::Object(body)) => body,
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            return Err(Stop::Fails("body must be an object".to_owned()));
        }
    };
    match body.get("action").and_then(Value::as_str) {
        Some("replace") => {}
        // Changes of data and encoding are ignored then.
        Some("read-only") => return Ok(None),
        Some(_) => return Err(Stop::Fails("body.action must be `read-only` or `replace`".to_owned())),
        None if body.contains_key("action") => {
            return Err(Stop::Fails("body.action must be `read-only` or `replace`".to_owned()));
        }
        None => return Ok(None),
    }
    let Some(Value::String(data)) = body.get("data") else {
        return Err(Stop::Unknown("body.data is no string".to_owned()));
    };
    let encoding = match body.get("encoding") {
        None => "base64",
        Some(Value::String(encoding)) => encoding,
        Some(_) => return Err(Stop::Fails("body.encoding must be `text` or `base64`".to_owned())),
    };
    let bytes = body::bytes(data, encoding)?;
    body::check_size(event, bytes.len(), bytes.len(), "the replaced body")?;
    Ok(Some(bytes))
}
