//! The origin of a cache behavior, as origin hooks see and change it.
//!
//! Source: CloudFront Developer Guide, "Lambda@Edge event structure", request values for custom and S3 origins, read 2026-04.
//! The protocol, the timeouts and the authentication towards the origin are checked, but no exchange shows them.

use interp::exchange::Request;
use serde_json::{Map, Value, json};

use super::lines::Lines;
use crate::cloudfront_functions::changes::Stop;
use crate::cloudfront_functions::header_text::check_value;
use crate::cloudfront_functions::is_disallowed;

/// The kind of an origin.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OriginKind {
    /// A server.
    Custom {
        /// `http` or `https`.
        protocol: String,
        /// Its port.
        port: u16,
    },
    /// A bucket.
    S3 {
        /// Its region; empty where none is set.
        region: String,
        /// Whether CloudFront signs with an origin access identity.
        identity: bool,
    },
}

/// An origin. The default is a server with the name that the visitor asked for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    /// Its domain; `None`: the host of the request.
    pub domain: Option<String>,
    /// What it is.
    pub kind: OriginKind,
    /// What is put before every path: empty, or `/…` without a final `/`.
    pub path: String,
    /// Headers that CloudFront adds for it.
    pub custom_headers: Vec<(String, String)>,
}

impl Default for Origin {
    fn default() -> Origin {
        let kind = OriginKind::Custom { protocol: "https".to_owned(), port: 443 };
        Origin { domain: None, kind, path: String::new(), custom_headers: Vec::new() }
    }
}

/// Names that no custom header of an origin may have. Source: "Add custom headers to origin requests", read 2026-04.
const NO_CUSTOM_HEADER: &[&str] = &[
    "cache-control",
    "connection",
    "content-length",
    "cookie",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "max-forwards",
    "pragma",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "request-range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-real-ip",
];

impl Origin {
    /// The origin with its domain known.
    pub(crate) fn at(&self, host: &str) -> Origin {
        Origin { domain: Some(self.domain.clone().unwrap_or_else(|| host.to_owned())), ..self.clone() }
    }

    /// Whether requests go to the same place.
    pub(crate) fn same_place(&self, other: &Origin) -> bool {
        let port = |it: &Origin| match it.kind {
            OriginKind::Custom { port, .. } => Some(port).filter(|it| !matches!(it, 80 | 443)),
            OriginKind::S3 { .. } => None,
        };
        self.domain == other.domain && port(self) == port(other)
    }

    /// As the event shows it.
    pub(crate) fn to_json(&self) -> Value {
        let headers = self.custom_headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
        let headers = Lines::grouped(headers).to_json();
        match &self.kind {
            OriginKind::Custom { protocol, port } => json!({ "custom": {
                "customHeaders": headers,
                "domainName": self.domain,
                "keepaliveTimeout": 5,
                "path": self.path,
                "port": port,
                "protocol": protocol,
                "readTimeout": 30,
                "sslProtocols": ["TLSv1.2"],
            } }),
            OriginKind::S3 { region, identity } => json!({ "s3": {
                "authMethod": if *identity { "origin-access-identity" } else { "none" },
                "customHeaders": headers,
                "domainName": self.domain,
                "path": self.path,
                "region": region,
            } }),
        }
    }
}

/// The origin after an origin-request hook. `request` is the request after it.
pub(super) fn changed(given: &Origin, returned: &Map<String, Value>, request: &Request) -> Result<Origin, Stop> {
    let Some(value) = returned.get("origin") else {
        return Err(Stop::Unknown("origin is missing in the returned request".to_owned()));
    };
    if *value == given.to_json() {
        return Ok(given.clone());
    }
    let fails = |words: &str| Err(Stop::Fails(words.to_owned()));
    let Value::Object(value) = value else {
        return fails("origin must be an object");
    };
    let origin = match (value.get("custom"), value.get("s3")) {
        (Some(Value::Object(custom)), None) => {
            let domain = domain(custom, 253)?.to_ascii_lowercase();
            let kind = OriginKind::Custom { protocol: protocol(custom)?, port: port(custom)? };
            seconds(custom, "readTimeout")?;
            seconds(custom, "keepaliveTimeout")?;
            tls(custom.get("sslProtocols"))?;
            Origin { domain: Some(domain), kind, path: path(custom)?, custom_headers: custom_headers(custom, request)? }
        }
        (None, Some(Value::Object(s3))) => {
            let domain = domain(s3, 128)?;
            if domain.chars().any(|it| it.is_ascii_uppercase()) {
                return fails("the domain name of a bucket must be lower-case");
            }
            let kind = bucket(given, s3)?;
            Origin { domain: Some(domain), kind, path: path(s3)?, custom_headers: custom_headers(s3, request)? }
        }
        (Some(_), Some(_)) => return fails("origin has both `custom` and `s3`"),
        (None, None) => return fails("origin has neither `custom` nor `s3`"),
        (Some(_), None) | (None, Some(_)) => return fails("the origin must be an object"),
    };
    Ok(origin)
}

fn domain(of: &Map<String, Value>, longest: usize) -> Result<String, Stop> {
    let Some(domain) = of.get("domainName") else {
        return Err(Stop::Unknown("the origin has no domainName".to_owned()));
    };
    let Some(domain) = domain.as_str() else {
        return Err(Stop::Fails("domainName must be a string".to_owned()));
    };
    let address = domain.parse::<std::net::IpAddr>().is_ok();
    if domain.is_empty() || domain.len() > longest || domain.contains(':') || address {
        return Err(Stop::Fails(format!("{domain:?} is no domain name of an origin")));
    }
    if !domain.chars().all(|it| it.is_ascii_alphanumeric() || "-._".contains(it)) {
        return Err(Stop::Unknown(format!("the origin was set to {domain:?}, which is no host name")));
    }
    Ok(domain.to_owned())
}

fn protocol(of: &Map<String, Value>) -> Result<String, Stop> {
    match of.get("protocol") {
        Some(Value::String(name)) if name == "http" || name == "https" => Ok(name.clone()),
        Some(_) => Err(Stop::Fails("protocol must be `http` or `https`".to_owned())),
        None => Err(Stop::Unknown("the origin has no protocol".to_owned())),
    }
}

fn port(of: &Map<String, Value>) -> Result<u16, Stop> {
    match of.get("port") {
        Some(Value::Number(number)) => match number.as_u64().and_then(|it| u16::try_from(it).ok()) {
            Some(port @ (80 | 443 | 1024..)) => Ok(port),
            Some(_) | None => Err(Stop::Fails("port must be 80, 443 or from 1024 to 65535".to_owned())),
        },
        Some(Value::String(_)) => Err(Stop::Unknown("the origin's port is text".to_owned())),
        Some(_) => Err(Stop::Fails("port must be a number".to_owned())),
        None => Err(Stop::Unknown("the origin has no port".to_owned())),
    }
}

fn seconds(of: &Map<String, Value>, name: &str) -> Result<(), Stop> {
    match of.get(name) {
        None => Ok(()),
        Some(Value::Number(number)) if number.as_u64().is_some_and(|it| (1..=120).contains(&it)) => Ok(()),
        Some(Value::Number(_)) => Err(Stop::Fails(format!("{name} must be from 1 to 120"))),
        Some(_) => Err(Stop::Unknown(format!("{name} is no number"))),
    }
}

fn tls(protocols: Option<&Value>) -> Result<(), Stop> {
    let known = |it: &Value| matches!(it.as_str(), Some("TLSv1.2" | "TLSv1.1" | "TLSv1" | "SSLv3"));
    match protocols {
        None => Ok(()),
        Some(Value::Array(list)) if list.iter().all(known) => Ok(()),
        Some(_) => Err(Stop::Fails("sslProtocols must be an array of protocols".to_owned())),
    }
}

fn bucket(given: &Origin, of: &Map<String, Value>) -> Result<OriginKind, Stop> {
    let region = match of.get("region") {
        None => String::new(),
        Some(Value::String(region)) => region.clone(),
        Some(_) => return Err(Stop::Fails("region must be a string".to_owned())),
    };
    let identity = match of.get("authMethod") {
        Some(Value::String(method)) if method == "none" => false,
        Some(Value::String(method)) if method == "origin-access-identity" => true,
        Some(_) => return Err(Stop::Fails("authMethod must be `none` or `origin-access-identity`".to_owned())),
        None => return Err(Stop::Unknown("the origin has no authMethod".to_owned())),
    };
    let from_custom = matches!(given.kind, OriginKind::Custom { .. });
    if identity && (region.is_empty() || from_custom) {
        return Err(Stop::Fails("an origin access identity needs a region and an S3 origin before".to_owned()));
    }
    Ok(OriginKind::S3 { region, identity })
}

fn path(of: &Map<String, Value>) -> Result<String, Stop> {
    let text = match of.get("path") {
        None => return Err(Stop::Unknown("the origin has no path".to_owned())),
        Some(Value::String(text)) => text,
        Some(_) => return Err(Stop::Fails("the origin's path must be a string".to_owned())),
    };
    if text.len() > 255 {
        return Err(Stop::Fails("the origin's path is too long".to_owned()));
    }
    if !text.is_empty() && (!text.starts_with('/') || text.ends_with('/')) {
        return Err(Stop::Unknown(format!("the origin's path was set to {text:?}")));
    }
    if let Some(odd) = text.chars().find(|it| !it.is_ascii_graphic() || "?#\"<>\\^`{|}".contains(*it)) {
        return Err(Stop::Unknown(format!("the origin's path was set to text with {odd:?}")));
    }
    Ok(text.clone())
}

fn custom_headers(of: &Map<String, Value>, request: &Request) -> Result<Vec<(String, String)>, Stop> {
    let headers = match of.get("customHeaders") {
        None => return Ok(Vec::new()),
        Some(Value::Object(headers)) => Lines::read(headers, "custom header")?,
        Some(_) => return Err(Stop::Fails("customHeaders must be an object".to_owned())),
    };
    let mut all = Vec::new();
    for (name, values) in headers.0 {
        let refused = NO_CUSTOM_HEADER.contains(&name.as_str())
            || name.starts_with("x-amz-")
            || name.starts_with("x-edge-")
            || is_disallowed(&name);
        if refused {
            return Err(Stop::Fails(format!("`{name}` may not be a custom header of an origin")));
        }
        if request.headers.first(&name).is_some() {
            return Err(Stop::Fails(format!("`{name}` is both a header and a custom header of the origin")));
        }
        let [value] = values.as_slice() else {
            return Err(Stop::Unknown(format!("the custom header `{name}` has several values")));
        };
        check_value(&name, value)?;
        all.push((name, value.clone()));
    }
    Ok(all)
}
