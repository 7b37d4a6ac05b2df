//! From the object a viewer-request function returned to the request that goes on.

use interp::exchange::Request;
use serde_json::{Map, Value};

use super::changes::{Stop, collection};
use super::computed;
use super::event::{Field, query_arguments, request_cookies, request_headers};
use super::header_rules::{is_disallowed, is_read_only};
use super::header_text::{check_name, check_value};
use crate::engine::EventKind;

/// The request after the function.
pub(crate) fn continued(given: &Request, returned: &Map<String, Value>) -> Result<Request, Stop> {
    let mut request = given.clone();
    match returned.get("method") {
        None => {}
        Some(Value::String(method)) if *method == given.method => {}
        Some(_) => return Err(Stop::Fails("the method was changed".to_owned())),
    }
    request.path = path(given, returned.get("uri"))?;
    request.query = query(given, returned.get("querystring"))?;
    headers(&mut request, given, returned.get("headers"))?;
    cookies(&mut request, given, returned.get("cookies"))?;
    Ok(request)
}

/// The path that was set.
pub(crate) fn path(given: &Request, returned: Option<&Value>) -> Result<String, Stop> {
    let Some(Value::String(uri)) = returned else {
        return Err(Stop::Fails("uri must be a string".to_owned()));
    };
    if *uri == given.path {
        return Ok(uri.clone());
    }
    if !uri.starts_with('/') {
        return Err(Stop::Fails("uri must begin with `/`".to_owned()));
    }
    if uri.len() > 8192 {
        return Err(Stop::Fails("uri is too long".to_owned()));
    }
    // What CloudFront makes of text that no URL holds as it is, is not documented.
    if let Some(odd) = uri.chars().find(|it| !it.is_ascii_graphic() || "?#\"<>\\^`{|}".contains(*it)) {
        return Err(Stop::Unknown(format!("uri was set to text with {odd:?}")));
    }
    Ok(uri.clone())
}

fn query(given: &Request, returned: Option<&Value>) -> Result<Option<String>, Stop> {
    let text = match returned {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Object(map)) => {
            let read = collection(&query_arguments(given.query.as_deref()), map, "argument")?;
            if !read.changed {
                return Ok(given.query.clone());
            }
            let mut parts = Vec::new();
            for Field { name, items } in &read.fields {
                parts.extend(items.iter().map(|it| format!("{name}={}", it.value)));
            }
            parts.join("&")
        }
        None => return Err(Stop::Unknown("querystring is missing in the returned request".to_owned())),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_)) => {
            return Err(Stop::Fails("querystring must be an object or a string".to_owned()));
        }
    };
    query_text(text)
}

/// A query that was set; an empty one is none.
pub(crate) fn query_text(text: String) -> Result<Option<String>, Stop> {
    if text.chars().any(|it| it.is_ascii_control() || matches!(it, ' ' | '#')) {
        return Err(Stop::Fails("the query holds a space, a control character or `#`".to_owned()));
    }
    if let Some(odd) = text.chars().find(|it| !it.is_ascii() || "\"<>'".contains(*it)) {
        return Err(Stop::Unknown(format!("the query was set to text with {odd:?}")));
    }
    Ok(Some(text).filter(|it| !it.is_empty()))
}

fn headers(request: &mut Request, given: &Request, returned: Option<&Value>) -> Result<(), Stop> {
    let Some(Value::Object(returned)) = returned else {
        return Err(Stop::Fails("headers must be an object, and must keep the read-only ones".to_owned()));
    };
    let before = request_headers(given);
    let read = collection(&before, returned, "header")?;
    for field in &read.fields {
        check_name(&field.name)?;
        if field.name == "cookie" {
            return Err(Stop::Unknown("the header `cookie` was written beside `cookies`".to_owned()));
        }
    }
    let of = |fields: &[Field], name: &str| fields.iter().find(|it| it.name == name).map(|it| it.items.clone());
    let mut names: Vec<&str> = before.iter().map(|it| it.name.as_str()).collect();
    names.extend(read.fields.iter().map(|it| it.name.as_str()).filter(|name| before.iter().all(|it| it.name != *name)));
    // What no function sees is not carried on either: both platforms write such headers themselves.
    request.headers.0.retain(|(name, _)| !is_disallowed(name) && !computed::is_computed(name) && name != "host");
    for name in names {
        let (old, new) = (of(&before, name), of(&read.fields, name));
        if old == new {
            continue;
        }
        if is_disallowed(name) {
            return Err(Stop::Fails(format!("the header `{name}` may not be added")));
        }
        if is_read_only(EventKind::ViewerRequest, name) {
            return Err(Stop::Fails(format!("the header `{name}` is read-only")));
        }
        let new = new.unwrap_or_default();
        for it in &new {
            check_value(name, &it.value)?;
        }
        replace(&mut request.headers.0, name, new.into_iter().map(|it| it.value).collect());
    }
    Ok(())
}

/// Puts `values` where the first line of the name was, else at the end.
pub(crate) fn replace(lines: &mut Vec<(String, String)>, name: &str, values: Vec<String>) {
    let at = lines.iter().position(|(it, _)| it == name).unwrap_or(lines.len());
    lines.retain(|(it, _)| it != name);
    let at = at.min(lines.len());
    lines.splice(at..at, values.into_iter().map(|value| (name.to_owned(), value)));
}

fn cookies(request: &mut Request, given: &Request, returned: Option<&Value>) -> Result<(), Stop> {
    let before = request_cookies(given);
    let empty = Map::new();
    let returned = match returned {
        Some(Value::Object(map)) => map,
        None if before.is_empty() => &empty,
        None => return Err(Stop::Unknown("cookies are missing in the returned request".to_owned())),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            return Err(Stop::Fails("cookies must be an object".to_owned()));
        }
    };
    let read = collection(&before, returned, "cookie")?;
    if !read.changed {
        return Ok(());
    }
    let mut parts = Vec::new();
    for Field { name, items } in &read.fields {
        for it in items {
            check_value(name, &it.value)?;
            parts.push(format!("{name}={}", it.value));
        }
    }
    let line = parts.join("; ");
    check_value("cookie", &line)?;
    replace(&mut request.headers.0, "cookie", if line.is_empty() { Vec::new() } else { vec![line] });
    Ok(())
}
