//! What an expression reads of the exchange, exactly as the field's documentation says: nothing is hidden or computed here.

use std::sync::Arc;

use edge::{Field, FieldKind, Store};

use super::eval::{Known, Value};
use super::parts;
use crate::exchange::{Inputs, Request, Response};

/// What one hook sees.
pub(super) struct View<'a> {
    pub(super) request: &'a Request,
    /// Missing before there is a response.
    pub(super) response: Option<&'a Response>,
    pub(super) inputs: &'a Inputs,
}

fn text(value: &str) -> Value {
    Value::Text(Arc::from(value))
}

fn first(values: &[String]) -> Value {
    values.first().map_or(Value::Absent, |it| text(it))
}

fn list<'a>(values: impl Iterator<Item = &'a str>) -> Value {
    Value::List(Arc::new(values.map(Arc::from).collect()))
}

impl View<'_> {
    pub(super) fn read(&self, store: &Store, field: Field) -> Known {
        let name = field.name.map(|it| store.str(it).to_string()).unwrap_or_default();
        let (request, name) = (self.request, name.as_str());
        let response = || self.response.ok_or_else(|| Arc::from("a read of the response before there is one"));
        let own = |values: &[String]| list(values.iter().map(String::as_str));
        let arguments = || parts::arguments(request.query.as_deref());
        let cookies = || parts::cookies(request.headers.all("cookie"));
        Ok(match field.kind {
            FieldKind::Method => text(&request.method),
            FieldKind::Scheme => text(&request.scheme),
            FieldKind::Host => text(&request.host),
            FieldKind::Path => text(&request.path),
            FieldKind::Query => request.query.as_deref().map_or(Value::Absent, text),
            FieldKind::ArgFirst => first(parts::values(&arguments(), name)),
            FieldKind::ArgAll => own(parts::values(&arguments(), name)),
            FieldKind::HeaderFirst if name == "host" => text(&request.host),
            FieldKind::HeaderAll if name == "host" => list(std::iter::once(request.host.as_str())),
            FieldKind::HeaderFirst => request.headers.first(name).map_or(Value::Absent, text),
            FieldKind::HeaderAll => list(request.headers.all(name)),
            FieldKind::CookieFirst => first(parts::values(&cookies(), name)),
            FieldKind::CookieAll => own(parts::values(&cookies(), name)),
            FieldKind::ClientIp => text(&request.client_ip),
            FieldKind::Visitor => request.visitor.get(name).map_or(Value::Absent, |it| text(it)),
            FieldKind::Status => Value::Int(i64::from(response()?.status)),
            FieldKind::RespHeaderFirst => response()?.headers.first(name).map_or(Value::Absent, text),
            FieldKind::RespHeaderAll => list(response()?.headers.all(name)),
            FieldKind::RespCookieAll => {
                own(parts::values(&parts::set_cookies(response()?.headers.all("set-cookie")), name))
            }
        })
    }
}
