//! From an exchange to the event object, as JSON text.
//!
//! Repeated names collapse into one entry (`value` is the first, `multiValue` all of them, in order); cookies leave the
//! headers; nothing is percent-decoded. Source: CloudFront Developer Guide, "CloudFront Functions event structure",
//! read 2026-04.

use interp::exchange::{Exchange, Headers, Request, Response};

use super::{computed, header_rules::is_disallowed};
use crate::engine::EventKind;

/// `event.context.requestId`, which both sides are told.
pub(crate) const REQUEST_ID: &str = "EXAMPLEntjQpEXAMPLE_SG5Z-EXAMPLEPmPfEXAMPLEu3EqEXAMPLE==";

/// One value of a name; cookies of a response carry attributes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Item {
    pub(crate) value: String,
    pub(crate) attributes: Option<String>,
}

/// A name and its values, at least one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) items: Vec<Item>,
}

/// Groups pairs by name, in the order of first appearance.
fn grouped(pairs: impl Iterator<Item = (String, Item)>) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for (name, item) in pairs {
        match fields.iter_mut().find(|it| it.name == name) {
            Some(field) => field.items.push(item),
            None => fields.push(Field { name, items: vec![item] }),
        }
    }
    fields
}

fn plain(value: &str) -> Item {
    Item { value: value.to_owned(), attributes: None }
}

/// The headers a request function sees.
pub(crate) fn request_headers(request: &Request) -> Vec<Field> {
    let host = std::iter::once(("host".to_owned(), plain(&request.host)));
    let sent = request
        .headers
        .0
        .iter()
        .filter(|(name, _)| name != "cookie" && name != "host" && !is_disallowed(name) && !computed::is_computed(name))
        .map(|(name, value)| (name.clone(), plain(value)));
    let known = computed::lines(request).into_iter().map(|(name, value)| (name.to_owned(), plain(&value)));
    grouped(host.chain(sent).chain(known))
}

/// The cookies of a request.
pub(crate) fn request_cookies(request: &Request) -> Vec<Field> {
    grouped(request.headers.all("cookie").flat_map(|line| line.split(';')).filter_map(|part| {
        let part = part.trim_matches([' ', '\t']);
        if part.is_empty() {
            return None;
        }
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        Some((name.to_owned(), plain(value)))
    }))
}

/// The arguments of a query.
pub(crate) fn query_arguments(query: Option<&str>) -> Vec<Field> {
    grouped(query.unwrap_or_default().split('&').filter(|it| !it.is_empty()).map(|part| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        (name.to_owned(), plain(value))
    }))
}

/// The headers a response function sees.
pub(crate) fn response_headers(headers: &Headers) -> Vec<Field> {
    grouped(
        headers
            .0
            .iter()
            .filter(|(name, _)| name != "set-cookie" && !is_disallowed(name))
            .map(|(name, value)| (name.clone(), plain(value))),
    )
}

/// The cookies a response sets.
pub(crate) fn response_cookies(headers: &Headers) -> Vec<Field> {
    grouped(headers.all("set-cookie").map(|line| {
        let (pair, attributes) = match line.split_once(';') {
            Some((pair, rest)) => (pair, Some(rest.trim_start_matches(' ').to_owned())),
            None => (line, None),
        };
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (name.trim().to_owned(), Item { value: value.trim().to_owned(), attributes })
    }))
}

/// Appends `text` as a JSON string.
fn push_string(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{0}'..='\u{1f}' => out.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => out.push(character),
        }
    }
    out.push('"');
}

fn push_item(out: &mut String, item: &Item) {
    out.push_str("{\"value\":");
    push_string(out, &item.value);
    if let Some(attributes) = &item.attributes {
        out.push_str(",\"attributes\":");
        push_string(out, attributes);
    }
}

fn push_fields(out: &mut String, fields: &[Field]) {
    out.push('{');
    for (at, field) in fields.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        push_string(out, &field.name);
        out.push(':');
        if let Some(first) = field.items.first() {
            push_item(out, first);
        }
        if field.items.len() > 1 {
            out.push_str(",\"multiValue\":[");
            for (at, item) in field.items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                push_item(out, item);
                out.push('}');
            }
            out.push(']');
        }
        out.push('}');
    }
    out.push('}');
}

/// The event of a hook, as JSON. `request` is what this hook sees; `response` is given for viewer-response.
pub(crate) fn event_json(kind: EventKind, request: &Request, response: Option<&Response>) -> String {
    let mut out = String::with_capacity(1024);
    out.push_str("{\"version\":\"1.0\",\"context\":{\"distributionDomainName\":\"d111111abcdef8.cloudfront.net\",");
    out.push_str("\"distributionId\":\"EDFDVBD6EXAMPLE\",\"eventType\":\"");
    out.push_str(kind.name());
    out.push_str("\",\"requestId\":\"");
    out.push_str(REQUEST_ID);
    out.push_str("\"},\"viewer\":{\"ip\":");
    push_string(&mut out, &request.client_ip);
    out.push_str("},\"request\":{\"method\":");
    push_string(&mut out, &request.method);
    out.push_str(",\"uri\":");
    push_string(&mut out, &request.path);
    out.push_str(",\"querystring\":");
    push_fields(&mut out, &query_arguments(request.query.as_deref()));
    out.push_str(",\"headers\":");
    push_fields(&mut out, &request_headers(request));
    out.push_str(",\"cookies\":");
    push_fields(&mut out, &request_cookies(request));
    out.push('}');
    if let Some(response) = response {
        out.push_str(",\"response\":{\"statusCode\":");
        out.push_str(&response.status.to_string());
        out.push_str(",\"statusDescription\":");
        push_string(&mut out, reason(response.status));
        out.push_str(",\"headers\":");
        push_fields(&mut out, &response_headers(&response.headers));
        out.push_str(",\"cookies\":");
        push_fields(&mut out, &response_cookies(&response.headers));
        out.push('}');
    }
    out.push('}');
    out
}

/// The input of the driver: event, clock, draws, data.
pub(crate) fn driver_input(
    kind: EventKind,
    kvs: bool,
    exchange: &Exchange,
    request: &Request,
    response: Option<&Response>,
) -> String {
    let mut out = String::with_capacity(1536);
    out.push_str("{\"event\":");
    out.push_str(&event_json(kind, request, response));
    if let Some(query) = &request.query {
        out.push_str(",\"raw\":");
        push_string(&mut out, query);
    }
    out.push_str(",\"now\":");
    out.push_str(&exchange.inputs.now_ms.to_string());
    out.push_str(",\"draws\":[");
    for (at, draw) in exchange.inputs.random_permille.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push_str(&draw.to_string());
    }
    out.push_str("],\"edge\":{\"name\":");
    push_string(&mut out, request.visitor.get("colo").map_or("DFW", String::as_str));
    out.push_str(",\"serverIp\":\"192.0.2.1\",\"region\":\"us-east-1\"}");
    if kvs {
        out.push_str(",\"kv\":{");
        for (at, (key, value)) in exchange.inputs.kv.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            push_string(&mut out, key);
            out.push(':');
            push_string(&mut out, value);
        }
        out.push('}');
    }
    out.push('}');
    out
}

/// The usual words beside a status; only a program that reads `statusDescription` sees them.
pub(crate) fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        403 => "Forbidden",
        404 => "Not Found",
        500 => "Internal Server Error",
        _ => "",
    }
}
