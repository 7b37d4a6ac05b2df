//! What the fields of the rules language hold for one exchange at one phase.
//!
//! A view is frozen: it borrows the exchange as it was when the phase began. `raw.` fields always show what the visitor sent.

use super::Readings;
use super::eval::Value;
use super::functions::{bytes, url_decode};
use crate::exchange::{Headers, Request, Response};
use std::borrow::Cow;
use std::net::IpAddr;
use target::facts::FieldName;

/// One exchange at one phase.
pub(super) struct View<'a> {
    /// What the visitor sent.
    pub(super) raw: &'a Request,
    /// Host, path and query as of now.
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
    /// Request headers as of now.
    pub(super) headers: &'a Headers,
    /// The response, in response phases.
    pub(super) response: Option<&'a Response>,
    pub(super) now_ms: i64,
    pub(super) readings: Readings,
    /// A missing part of concat() is missing as a whole: the reading of fact-21 in URL rewrites.
    pub(super) strict_concat: bool,
}

/// A field with one value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Scalar {
    Host,
    Cookie,
    Header(&'static str),
    ForwardedFor,
    Method,
    Version,
    Ssl,
    Path(Url),
    Query(Url),
    Uri(Url),
    FullUri(Url),
    Extension(Url),
    Basename(Url),
    Ip,
    Asn,
    Country,
    /// A part of the visitor's TLS description, `version:cipher:…`.
    Tls(usize),
    /// A string that the platform computes about the visitor, by its neutral name; empty when it is unknown.
    Visitor(&'static str),
    VisitorFlag(&'static str),
    UpstreamZone,
    Seconds,
    Milliseconds,
    HeadersTruncated,
    Status,
    MediaType,
}

/// Which URL a field speaks of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Url {
    Now,
    Raw,
}

/// A field of lists, by key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Map {
    Headers,
    Cookies,
    Args(Url),
    ResponseHeaders,
}

/// What a field of a map shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Part {
    Names,
    Values,
}

/// What a field name stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Meaning {
    Scalar(Scalar),
    Map(Map),
    Array(Map, Part),
}

/// The meaning of a field; `None` where the machine has no value for it.
pub(super) fn meaning(name: FieldName) -> Option<Meaning> {
    let scalar = |it| Some(Meaning::Scalar(it));
    let visitor = |it| Some(Meaning::Scalar(Scalar::Visitor(it)));
    let (url, rest) = match name.as_str().strip_prefix("raw.") {
        Some(rest) => (Url::Raw, rest),
        None => (Url::Now, name.as_str()),
    };
    match rest {
        "http.request.uri.path" => return scalar(Scalar::Path(url)),
        "http.request.uri.query" => return scalar(Scalar::Query(url)),
        "http.request.uri" => return scalar(Scalar::Uri(url)),
        "http.request.full_uri" => return scalar(Scalar::FullUri(url)),
        "http.request.uri.path.extension" => return scalar(Scalar::Extension(url)),
        "http.request.uri.path.basename" => return scalar(Scalar::Basename(url)),
        "http.request.uri.args" => return Some(Meaning::Map(Map::Args(url))),
        "http.request.uri.args.names" => return Some(Meaning::Array(Map::Args(url), Part::Names)),
        "http.request.uri.args.values" => return Some(Meaning::Array(Map::Args(url), Part::Values)),
        _ if url == Url::Raw => return None,
        _ => {}
    }
    match rest {
        "http.host" => scalar(Scalar::Host),
        "http.cookie" => scalar(Scalar::Cookie),
        "http.referer" => scalar(Scalar::Header("referer")),
        "http.user_agent" => scalar(Scalar::Header("user-agent")),
        "http.x_forwarded_for" => scalar(Scalar::ForwardedFor),
        "http.request.method" => scalar(Scalar::Method),
        "http.request.version" => scalar(Scalar::Version),
        "http.request.timestamp.sec" => scalar(Scalar::Seconds),
        "http.request.timestamp.msec" => scalar(Scalar::Milliseconds),
        "http.request.headers" => Some(Meaning::Map(Map::Headers)),
        "http.request.headers.names" => Some(Meaning::Array(Map::Headers, Part::Names)),
        "http.request.headers.values" => Some(Meaning::Array(Map::Headers, Part::Values)),
        "http.request.headers.truncated" => scalar(Scalar::HeadersTruncated),
        "http.request.cookies" => Some(Meaning::Map(Map::Cookies)),
        "http.response.code" => scalar(Scalar::Status),
        "http.response.headers" => Some(Meaning::Map(Map::ResponseHeaders)),
        "http.response.headers.names" => Some(Meaning::Array(Map::ResponseHeaders, Part::Names)),
        "http.response.headers.values" => Some(Meaning::Array(Map::ResponseHeaders, Part::Values)),
        "http.response.content_type.media_type" => scalar(Scalar::MediaType),
        "ssl" => scalar(Scalar::Ssl),
        "ip.src" => scalar(Scalar::Ip),
        "ip.src.asnum" => scalar(Scalar::Asn),
        "ip.src.country" => scalar(Scalar::Country),
        "ip.src.city" => visitor("city"),
        "ip.src.continent" => visitor("continent"),
        "ip.src.region" => visitor("region"),
        "ip.src.region_code" => visitor("region_code"),
        "ip.src.postal_code" => visitor("postal_code"),
        "ip.src.metro_code" => visitor("metro_code"),
        "ip.src.lat" => visitor("latitude"),
        "ip.src.lon" => visitor("longitude"),
        "ip.src.timezone.name" => visitor("timezone"),
        "ip.src.subdivision_1_iso_code" => visitor("subdivision_1"),
        "ip.src.subdivision_2_iso_code" => visitor("subdivision_2"),
        "ip.src.is_in_european_union" => scalar(Scalar::VisitorFlag("eu")),
        "cf.tls_version" => scalar(Scalar::Tls(0)),
        "cf.tls_cipher" => scalar(Scalar::Tls(1)),
        "cf.bot_management.ja3_hash" => visitor("ja3"),
        "cf.bot_management.ja4" => visitor("ja4"),
        "cf.client.bot" | "cf.bot_management.verified_bot" => scalar(Scalar::VisitorFlag("verified_bot")),
        "cf.ray_id" => visitor("request_id"),
        "cf.worker.upstream_zone" => scalar(Scalar::UpstreamZone),
        _ => None,
    }
}

impl<'a> View<'a> {
    fn path(&self, url: Url) -> &'a str {
        match url {
            Url::Now => self.path,
            Url::Raw => &self.raw.path,
        }
    }

    fn query(&self, url: Url) -> Option<&'a str> {
        match url {
            Url::Now => self.query,
            Url::Raw => self.raw.query.as_deref(),
        }
    }

    fn uri(&self, url: Url, origin: &str) -> String {
        let path = self.path(url);
        match self.query(url) {
            Some(query) if !query.is_empty() || self.readings.uri_shows_empty_query => {
                format!("{origin}{path}?{query}")
            }
            Some(_) | None => format!("{origin}{path}"),
        }
    }

    fn full_uri(&self, url: Url) -> String {
        self.uri(url, &format!("{}://{}", self.raw.scheme, self.raw.host))
    }

    pub(super) fn scalar(&self, field: Scalar) -> Option<Value<'a>> {
        let text = |it: &'a str| Some(Value::Bytes(Cow::Borrowed(it.as_bytes())));
        let owned = |it: String| Some(Value::Bytes(Cow::Owned(it.into_bytes())));
        match field {
            Scalar::Host => text(&self.raw.host),
            Scalar::Cookie => match self.cookie() {
                Cow::Borrowed(it) => text(it),
                Cow::Owned(it) => owned(it),
            },
            Scalar::Header(name) => text(self.headers.first(name).unwrap_or_default()),
            Scalar::ForwardedFor => owned(self.headers.all("x-forwarded-for").collect::<Vec<_>>().join(", ")),
            Scalar::Method => text(&self.raw.method),
            Scalar::Version => {
                let version = self.raw.visitor.get("http_version").map_or("1.1", String::as_str);
                owned(format!("HTTP/{}", version.strip_suffix(".0").filter(|it| *it != "1").unwrap_or(version)))
            }
            Scalar::Country => {
                let unknown = if self.readings.unknown_country_is_empty { "" } else { "XX" };
                text(self.raw.visitor.get("country").map_or(unknown, String::as_str))
            }
            Scalar::Tls(part) => {
                let tls = self.raw.visitor.get("tls").map_or("", String::as_str);
                text(tls.split(':').nth(part).unwrap_or_default())
            }
            Scalar::Ssl => Some(Value::Bool(self.raw.scheme == "https")),
            Scalar::Path(url) => text(self.path(url)),
            Scalar::Query(url) => text(self.query(url).unwrap_or_default()),
            Scalar::Uri(url) => owned(self.uri(url, "")),
            Scalar::FullUri(url) => owned(self.full_uri(url)),
            Scalar::Extension(url) => owned(extension(self.path(url))),
            Scalar::Basename(url) => text(basename(self.path(url))),
            Scalar::Ip => self.raw.client_ip.parse::<IpAddr>().ok().map(Value::Ip),
            Scalar::Asn => Some(Value::Int(self.raw.visitor.get("asn").and_then(|it| it.parse().ok()).unwrap_or(0))),
            Scalar::Visitor(name) => text(self.raw.visitor.get(name).map_or("", String::as_str)),
            Scalar::VisitorFlag(name) => {
                Some(Value::Bool(self.raw.visitor.get(name).is_some_and(|it| it == "true" || it == "1")))
            }
            Scalar::UpstreamZone => text(""),
            Scalar::Seconds => Some(Value::Int(self.now_ms.div_euclid(1000))),
            Scalar::Milliseconds => Some(Value::Int(self.now_ms.rem_euclid(1000))),
            Scalar::HeadersTruncated => Some(Value::Bool(false)),
            Scalar::Status => self.response.map(|it| Value::Int(i64::from(it.status))),
            Scalar::MediaType => {
                let line = self.response?.headers.first("content-type").unwrap_or_default();
                owned(line.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
            }
        }
    }

    /// The address that a bulk redirect looks up: scheme, host, path.
    pub(super) fn address(&self, url: Url) -> (&'a str, &'a str, &'a str) {
        (&self.raw.scheme, &self.raw.host, self.path(url))
    }

    /// The query of that address.
    pub(super) fn raw_or_current_query(&self, url: Url) -> Option<&'a str> {
        self.query(url)
    }

    fn cookie(&self) -> Cow<'a, str> {
        let mut lines = self.headers.all("cookie");
        let Some(first) = lines.next() else { return Cow::Borrowed("") };
        let Some(second) = lines.next() else { return Cow::Borrowed(first) };
        let mut all = format!("{first}; {second}");
        for line in lines {
            all.push_str("; ");
            all.push_str(line);
        }
        Cow::Owned(all)
    }

    /// The values of a key; `None` when the key is absent.
    pub(super) fn values(&self, map: Map, key: &[u8]) -> Option<Vec<Value<'a>>> {
        let mut found = Vec::new();
        self.entries(map, |name, value| {
            if name.as_ref() == key {
                found.push(Value::Bytes(value));
            }
        });
        (!found.is_empty()).then_some(found)
    }

    /// Names or values of every entry, in order.
    pub(super) fn all(&self, map: Map, part: Part) -> Vec<Value<'a>> {
        let mut found = Vec::new();
        self.entries(map, |name, value| {
            found.push(Value::Bytes(match part {
                Part::Names => name,
                Part::Values => value,
            }));
        });
        found
    }

    /// Whether any entry satisfies a question.
    pub(super) fn any_value(&self, map: Map, holds: impl Fn(&[u8]) -> bool) -> bool {
        let mut found = false;
        self.entries(map, |_, value| found |= holds(&value));
        found
    }

    fn entries(&self, map: Map, mut each: impl FnMut(Cow<'a, [u8]>, Cow<'a, [u8]>)) {
        match map {
            Map::Headers => {
                each(bytes("host"), bytes(&self.raw.host));
                for (name, value) in &self.headers.0 {
                    each(bytes(name), bytes(value));
                }
            }
            Map::ResponseHeaders => {
                for (name, value) in self.response.map(|it| it.headers.0.as_slice()).unwrap_or_default() {
                    each(bytes(name), bytes(value));
                }
            }
            Map::Args(url) => {
                for piece in self.query(url).unwrap_or_default().split('&').filter(|it| !it.is_empty()) {
                    let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
                    each(bytes(name), bytes(value));
                }
            }
            Map::Cookies => {
                for line in self.headers.all("cookie") {
                    for piece in line.split(';') {
                        // A piece without `=` has no documented meaning (fact-37) and is left out.
                        let Some((name, value)) = piece.split_once('=') else { continue };
                        each(url_decode(bytes(name.trim()), false, false), bytes(value.trim()));
                    }
                }
            }
        }
    }
}

fn basename(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}

/// Lower-cased text after the last dot of the last segment; empty for dotfiles and trailing dots.
fn extension(path: &str) -> String {
    match basename(path).rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => extension.to_ascii_lowercase(),
        Some(_) | None => String::new(),
    }
}
