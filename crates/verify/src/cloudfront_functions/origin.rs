//! What a recorded change of the origin does to the request that the origin sees.
//!
//! An exchange has one origin, so where the request goes is a line of the request the origin saw: [`ORIGIN_LINE`], a name
//! that no header can have. It holds a domain, with the port when that is not a usual one. Source: CloudFront Developer Guide, "Helper methods for origin modification", read 2026-04.

use interp::exchange::Request;
use serde_json::Value;

use super::changes::Stop;

/// The pseudo header that says where the request goes, when that is not the route's own origin.
pub const ORIGIN_LINE: &str = ":origin";

/// Whether a text names a host: not an address, nor what a URL would read as one because a number stands at its end.
fn is_host_name(text: &str) -> bool {
    let last = text.strip_suffix('.').unwrap_or(text).rsplit('.').next().unwrap_or("");
    let number = last.bytes().all(|it| it.is_ascii_digit()) || last.starts_with("0x") || last.starts_with("0X");
    !number && text.chars().all(|it| it.is_ascii_alphanumeric() || "-._".contains(it))
}

/// Applies the call that the `cloudfront` shim recorded.
pub(crate) fn apply(request: &mut Request, recorded: &Value) -> Result<(), Stop> {
    let text = |it: Option<&Value>| it.and_then(Value::as_str).map(str::to_owned);
    match recorded.get("kind").and_then(Value::as_str) {
        Some("update") => {
            let settings = recorded.get("settings").unwrap_or(&Value::Null);
            let domain = text(settings.get("domainName"));
            for name in [&domain, &text(settings.get("hostHeader"))].into_iter().flatten() {
                if !is_host_name(name) {
                    return Err(Stop::Unknown(format!("the origin was set to {name:?}, which is no host name")));
                }
            }
            let own = request.host.clone();
            if let Some(host) = text(settings.get("hostHeader")).or_else(|| domain.clone()) {
                request.host = host.to_ascii_lowercase();
            }
            if let Some(prefix) = text(settings.get("originPath")) {
                request.path = format!("{}{}", prefix.trim_end_matches('/'), request.path);
            }
            if let Some(Value::Object(headers)) = settings.get("customHeaders") {
                for (name, value) in headers {
                    let Some(value) = value.as_str() else {
                        return Err(Stop::Fails(format!("the custom header `{name}` must be a string")));
                    };
                    request.headers.set(&name.to_ascii_lowercase(), value);
                }
            }
            let port = settings.get("customOriginConfig").and_then(|it| it.get("port")).and_then(Value::as_u64);
            let place = domain.map_or(own.clone(), |it| it.to_ascii_lowercase());
            let line = match port.filter(|it| !matches!(it, 80 | 443)) {
                None => place.clone(),
                Some(port) => format!("{place}:{port}"),
            };
            if line != own {
                request.headers.set(ORIGIN_LINE, &line);
            }
            Ok(())
        }
        Some("select") => {
            let Some(id) = text(recorded.get("originId")) else {
                return Err(Stop::Fails("selectRequestOriginById without an id".to_owned()));
            };
            if let Some(host) = text(recorded.get("options").and_then(|it| it.get("hostHeader"))) {
                request.host = host.to_ascii_lowercase();
            }
            request.headers.set(ORIGIN_LINE, &format!("id:{id}"));
            Ok(())
        }
        Some("group") => {
            let ids: Vec<String> = recorded
                .get("settings")
                .and_then(|it| it.get("originIds"))
                .and_then(Value::as_array)
                .map(|list| list.iter().filter_map(|it| text(Some(it)).or_else(|| text(it.get("originId")))).collect())
                .unwrap_or_default();
            if ids.len() != 2 {
                return Err(Stop::Fails("an origin group has two origins".to_owned()));
            }
            request.headers.set(ORIGIN_LINE, &format!("group:{}", ids.join(",")));
            Ok(())
        }
        Some(_) | None => Err(Stop::Unknown("a change of the origin that has no model".to_owned())),
    }
}
