//! What a hook's values do to a request or a response. A value equal to the one that is there changes nothing and is not checked.

use std::sync::Arc;

use edge::{Slot, Store};

use super::parts::{self, Named};
use super::platform::{self, Stop};
use crate::exchange::{Headers, Request, Response};

/// The pseudo header that says where the request goes, when that is not the route's own origin.
pub const ORIGIN_LINE: &str = ":origin";

/// A slot's new value.
pub(super) enum Written {
    Text(Arc<str>),
    Optional(Option<Arc<str>>),
    List(Arc<Vec<Arc<str>>>),
    Int(i64),
}

fn wrong(slot: Slot) -> Stop {
    Stop::Unknown(format!("`{}` is not written here", slot.parts().0))
}

fn owned(list: &[Arc<str>]) -> Vec<String> {
    list.iter().map(|it| it.to_string()).collect()
}

/// The request that goes on.
pub(super) fn request(store: &Store, given: &Request, written: &[(Slot, Written)]) -> Result<Request, Stop> {
    let mut request = given.clone();
    request
        .headers
        .0
        .retain(|(name, _)| !platform::is_disallowed(name) && !platform::is_computed(name) && name != "host");
    let mut arguments = Edited::of(parts::arguments(given.query.as_deref()));
    let mut cookies = Edited::of(parts::cookies(given.headers.all("cookie")));
    let (mut origin, mut host, mut port) = (None, None, None);
    for (slot, value) in written {
        match (*slot, value) {
            (Slot::Path, Written::Text(path)) => {
                if **path != *given.path {
                    platform::check_path(path)?;
                    request.path = path.to_string();
                }
            }
            (Slot::Query, Written::Optional(query)) => {
                if query.as_deref() != given.query.as_deref() {
                    request.query = query_of(query.as_deref().unwrap_or_default())?;
                }
            }
            (Slot::Arg(name), Written::List(list)) => arguments.put(store.str(name), owned(list)),
            (Slot::Cookie(name), Written::List(list)) => cookies.put(store.str(name), owned(list)),
            (Slot::Header(name), Written::List(list)) => header(&mut request, given, store.str(name), owned(list))?,
            (Slot::OriginHost, Written::Optional(text)) => origin = text.clone(),
            (Slot::OriginHostHeader, Written::Optional(text)) => host = text.clone(),
            (Slot::OriginPort, Written::Int(number)) => port = Some(*number),
            _ => return Err(wrong(*slot)),
        }
    }
    if arguments.changed {
        request.query = query_of(&arguments.pairs().join("&"))?;
    }
    if cookies.changed {
        let line = cookies.pairs().join("; ");
        platform::check_value("cookie", &line)?;
        parts::replace(&mut request.headers.0, "cookie", Some(line).filter(|it| !it.is_empty()).into_iter().collect());
    }
    redirect_to(&mut request, origin.as_deref(), host.as_deref(), port);
    Ok(request)
}

/// Names with a note of whether any was written anew.
struct Edited {
    all: Vec<Named>,
    changed: bool,
}

impl Edited {
    fn of(all: Vec<Named>) -> Edited {
        Edited { all, changed: false }
    }

    fn put(&mut self, name: &str, new: Vec<String>) {
        self.changed |= parts::put(&mut self.all, name, new);
    }

    fn pairs(&mut self) -> Vec<String> {
        parts::script_order(&mut self.all);
        parts::pairs(&self.all)
    }
}

fn query_of(text: &str) -> Result<Option<String>, Stop> {
    platform::check_query(text)?;
    Ok(Some(text.to_owned()).filter(|it| !it.is_empty()))
}

fn header(request: &mut Request, given: &Request, name: &str, new: Vec<String>) -> Result<(), Stop> {
    let old: Vec<String> = if name == "host" {
        vec![given.host.clone()]
    } else if platform::is_computed(name) {
        platform::computed(given, name).into_iter().collect()
    } else if platform::is_disallowed(name) {
        Vec::new()
    } else {
        given.headers.all(name).map(str::to_owned).collect()
    };
    if old == new {
        return Ok(());
    }
    platform::check_name(name)?;
    if name == "cookie" {
        return Err(Stop::Unknown("the header `cookie` was written".to_owned()));
    }
    if platform::request_read_only(name) {
        return Err(Stop::Fails(format!("the header `{name}` is read-only")));
    }
    for value in &new {
        platform::check_value(name, value)?;
    }
    parts::replace(&mut request.headers.0, name, new);
    Ok(())
}

/// Sends the request to another origin.
fn redirect_to(request: &mut Request, origin: Option<&str>, host: Option<&str>, port: Option<i64>) {
    let own = request.host.clone();
    if let Some(host) = host.or(origin) {
        request.host = host.to_ascii_lowercase();
    }
    let place = origin.map_or_else(|| own.clone(), str::to_ascii_lowercase);
    let line = match port.filter(|it| !matches!(it, 80 | 443)) {
        None => place,
        Some(port) => format!("{place}:{port}"),
    };
    if line != own {
        request.headers.set(ORIGIN_LINE, &line);
    }
}

/// The response after a response hook.
pub(super) fn response(store: &Store, given: &Response, written: &[(Slot, Written)]) -> Result<Response, Stop> {
    let mut response = given.clone();
    response.headers.0.retain(|(name, _)| !platform::is_disallowed(name));
    let before = response.headers.clone();
    response.status = platform::check_status(i64::from(given.status))?;
    let mut cookies = Edited::of(parts::set_cookies(given.headers.all("set-cookie")));
    for (slot, value) in written {
        match (*slot, value) {
            (Slot::Status, Written::Int(status)) => response.status = platform::check_status(*status)?,
            (Slot::Body, Written::Optional(body)) => {
                if let Some(body) = body {
                    response.body = body.as_bytes().to_vec();
                }
            }
            (Slot::RespHeader(name), Written::List(list)) => {
                let name = store.str(name);
                let new = owned(list);
                if before.all(name).eq(new.iter().map(String::as_str)) {
                    continue;
                }
                if platform::response_read_only(name) {
                    return Err(Stop::Fails(format!("the header `{name}` is read-only")));
                }
                response_header(&mut response.headers, name, new)?;
            }
            (Slot::SetCookie(name), Written::List(list)) => cookies.put(store.str(name), owned(list)),
            _ => return Err(wrong(*slot)),
        }
    }
    if cookies.changed {
        set_cookies(&mut response.headers, &mut cookies)?;
    }
    Ok(response)
}

/// Headers of an answer that a hook makes by itself.
pub(super) fn answer_headers(store: &Store, headers: &mut Headers, written: &[(Slot, Written)]) -> Result<(), Stop> {
    let mut cookies = Edited::of(Vec::new());
    for (slot, value) in written {
        match (*slot, value) {
            (Slot::RespHeader(name), Written::List(list)) => {
                let (name, new) = (store.str(name), owned(list));
                if platform::request_read_only(name) && !new.is_empty() {
                    return Err(Stop::Unknown(format!("the header `{name}` was set on an answer")));
                }
                response_header(headers, name, new)?;
            }
            (Slot::SetCookie(name), Written::List(list)) => cookies.put(store.str(name), owned(list)),
            _ => return Err(wrong(*slot)),
        }
    }
    if cookies.changed {
        set_cookies(headers, &mut cookies)?;
    }
    Ok(())
}

fn response_header(headers: &mut Headers, name: &str, new: Vec<String>) -> Result<(), Stop> {
    if headers.all(name).eq(new.iter().map(String::as_str)) {
        return Ok(());
    }
    platform::check_name(name)?;
    if name == "set-cookie" {
        return Err(Stop::Unknown("the header `set-cookie` was written".to_owned()));
    }
    for value in &new {
        platform::check_value(name, value)?;
    }
    parts::replace(&mut headers.0, name, new);
    Ok(())
}

fn set_cookies(headers: &mut Headers, cookies: &mut Edited) -> Result<(), Stop> {
    let lines = cookies.pairs();
    for line in &lines {
        platform::check_value("set-cookie", line)?;
    }
    parts::replace(&mut headers.0, "set-cookie", lines);
    Ok(())
}
