//! The words of a program, sorted by what they might be: a path, a header, a value …
//!
//! Sorting is by shape only and a word may be several things; a wrong guess costs a request, never a wrong answer.

use std::collections::{BTreeMap, BTreeSet};

use super::regex_examples::examples;
use super::tokens::{Token, tokens};
use crate::cloudfront_functions::computed;
use crate::cloudfront_functions::is_disallowed;
use crate::random::Random;

/// Words of one program.
#[derive(Default, Debug)]
pub(super) struct Vocabulary {
    pub(super) hosts: Vec<String>,
    pub(super) methods: Vec<String>,
    pub(super) paths: Vec<String>,
    pub(super) extensions: Vec<String>,
    pub(super) headers: Vec<String>,
    pub(super) cookies: Vec<String>,
    pub(super) arguments: Vec<String>,
    pub(super) values: Vec<String>,
    pub(super) countries: Vec<String>,
    /// Visitor entries that the source reads through computed headers.
    pub(super) visitor: Vec<String>,
    pub(super) addresses: Vec<String>,
    /// Draws near the decimals of the source, in thousandths.
    pub(super) draws: Vec<u16>,
    /// Clock readings near the large numbers of the source, in milliseconds.
    pub(super) times: Vec<i64>,
    pub(super) uses_keys: bool,
    /// Members of objects that are not the event's, each with the literals close to it, as JSON.
    pub(super) members: BTreeMap<String, BTreeSet<String>>,
    /// Names and the values that stand close to them in the text: what an equality test most likely wants.
    pub(super) pairs: Vec<(Place, String, String)>,
}

/// Where a name stands in a request.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Place {
    /// A header line.
    Header,
    /// A cookie.
    Cookie,
    /// An argument of the query.
    Argument,
}

/// How many tokens behind a name a value still counts as close.
const CLOSE: usize = 14;
/// How many tokens behind the name of a member a literal still counts as close.
const NEAR: usize = 6;

/// Member names that are the language's or the event's own.
const LANGUAGE: &[&str] = &[
    "request",
    "response",
    "headers",
    "cookies",
    "querystring",
    "uri",
    "method",
    "value",
    "multiValue",
    "statusCode",
    "statusDescription",
    "context",
    "viewer",
    "length",
    "indexOf",
    "includes",
    "startsWith",
    "endsWith",
    "replace",
    "replaceAll",
    "split",
    "join",
    "slice",
    "substring",
    "substr",
    "toLowerCase",
    "toUpperCase",
    "trim",
    "match",
    "matchAll",
    "test",
    "exec",
    "push",
    "pop",
    "shift",
    "map",
    "filter",
    "reduce",
    "forEach",
    "find",
    "some",
    "every",
    "keys",
    "entries",
    "values",
    "hasOwnProperty",
    "prototype",
    "call",
    "apply",
    "log",
    "parse",
    "stringify",
    "charAt",
    "charCodeAt",
    "concat",
    "sort",
    "reverse",
    "toString",
    "now",
    "random",
    "floor",
    "body",
    "data",
    "encoding",
    "attributes",
    "get",
    "set",
    "has",
    "exists",
    "location",
];

impl Vocabulary {
    pub(super) fn read(sources: &[&str], hosts: &[String], random: &mut Random) -> Vocabulary {
        let mut words = Collector::default();
        for source in sources {
            words.source(&tokens(source), random);
        }
        let mut hosts: Vec<String> = hosts.to_vec();
        if hosts.is_empty() {
            hosts.extend(words.hosts.iter().cloned());
            hosts.push("www.example.com".to_owned());
        }
        let list = |set: BTreeSet<String>| set.into_iter().collect::<Vec<_>>();
        Vocabulary {
            hosts,
            methods: list(words.methods),
            paths: list(words.paths),
            extensions: list(words.extensions),
            headers: list(words.headers),
            cookies: list(words.cookies),
            arguments: list(words.arguments),
            values: list(words.values),
            countries: list(words.countries),
            visitor: list(words.visitor),
            addresses: list(words.addresses),
            draws: words.draws.into_iter().collect(),
            times: words.times.into_iter().collect(),
            uses_keys: words.uses_keys,
            members: words.members,
            pairs: words.pairs.into_iter().collect(),
        }
    }
}

#[derive(Default)]
struct Collector {
    hosts: BTreeSet<String>,
    methods: BTreeSet<String>,
    paths: BTreeSet<String>,
    extensions: BTreeSet<String>,
    headers: BTreeSet<String>,
    cookies: BTreeSet<String>,
    arguments: BTreeSet<String>,
    values: BTreeSet<String>,
    countries: BTreeSet<String>,
    visitor: BTreeSet<String>,
    addresses: BTreeSet<String>,
    draws: BTreeSet<u16>,
    times: BTreeSet<i64>,
    uses_keys: bool,
    members: BTreeMap<String, BTreeSet<String>>,
    pairs: BTreeSet<(Place, String, String)>,
}

impl Collector {
    fn source(&mut self, found: &[Token], random: &mut Random) {
        for (at, token) in found.iter().enumerate() {
            let close = || {
                let mut values: Vec<String> = Vec::new();
                for it in found.iter().skip(at + 1).take(CLOSE) {
                    match it {
                        Token::Text(text) | Token::Number(text) => values.push(text.clone()),
                        Token::Name(word) if matches!(word.as_str(), "true" | "false") => values.push(word.clone()),
                        Token::Regex(..) | Token::Name(_) | Token::Mark(_) => {}
                    }
                }
                values
            };
            let before = |back: usize| at.checked_sub(back).and_then(|it| found.get(it));
            let after = found.get(at + 1);
            match token {
                Token::Name(word) => {
                    self.uses_keys |= word == "kvs";
                    let member = matches!(before(1), Some(Token::Mark('.')));
                    let key = matches!(after, Some(Token::Mark(':' | ',' | '}')))
                        && matches!(before(1), Some(Token::Mark('{' | ',')));
                    if member
                        && let Some(Token::Name(owner)) =
                            before(2).filter(|it| matches!(it, Token::Name(_))).or_else(|| before(3))
                    {
                        self.owned(owner, word, &close());
                    }
                    if (member || key) && !LANGUAGE.contains(&word.as_str()) {
                        if member {
                            self.member(word, found.get(at + 1..).unwrap_or_default());
                        }
                        self.name(word);
                        if key {
                            self.text(word);
                        }
                    }
                }
                Token::Text(text) => {
                    let index = matches!(before(1), Some(Token::Mark('['))) && matches!(after, Some(Token::Mark(']')));
                    if index || matches!(after, Some(Token::Name(word)) if word == "in") {
                        self.member(text, found.get(at + 1..).unwrap_or_default());
                    }
                    if matches!(before(1), Some(Token::Mark('['))) {
                        let owner = if matches!(before(2), Some(Token::Mark('.'))) { before(4) } else { before(2) };
                        if let Some(Token::Name(owner)) = owner {
                            self.owned(owner, text, &close());
                        }
                    }
                    self.text(text);
                }
                Token::Number(number) => self.number(number),
                Token::Regex(pattern, flags) => {
                    for example in examples(pattern, flags, 12, random) {
                        if example.starts_with('/') {
                            self.paths.insert(example.clone());
                        } else if example.starts_with('.') {
                            self.extensions.insert(example.clone());
                        } else {
                            self.paths.insert(format!("/{example}"));
                            self.hosts.extend(host_like(&example));
                        }
                        self.values.extend(Some(example).filter(|it| header_text(it)));
                    }
                }
                Token::Mark(_) => {}
            }
        }
    }

    /// A word that certainly names a member of `owner`, with the values that stand close to it.
    fn owned(&mut self, owner: &str, word: &str, close: &[String]) {
        if !token_text(word) {
            return;
        }
        let lower = owner.to_ascii_lowercase();
        let (place, name) = if lower.contains("header") {
            let name = word.to_ascii_lowercase();
            self.header(&name);
            if !self.headers.contains(&name) {
                return;
            }
            (Place::Header, name)
        } else if lower.contains("cookie") {
            self.cookies.insert(word.to_owned());
            (Place::Cookie, word.to_owned())
        } else if lower.contains("query") || lower == "qs" || lower.contains("param") {
            self.arguments.insert(word.to_owned());
            (Place::Argument, word.to_owned())
        } else {
            return;
        };
        for value in close.iter().filter(|it| header_text(it) && !it.is_empty()) {
            self.pairs.insert((place, name.clone(), value.clone()));
        }
    }

    /// A name that something is read by, with the literals that follow closely.
    fn member(&mut self, name: &str, behind: &[Token]) {
        if !token_text(name) {
            return;
        }
        let near = self.members.entry(name.to_owned()).or_default();
        for it in behind.iter().take(NEAR) {
            match it {
                Token::Text(text) => {
                    near.insert(serde_json::Value::from(text.as_str()).to_string());
                }
                Token::Number(text) if text.bytes().all(|it| it.is_ascii_digit()) && text.len() < 10 => {
                    near.insert(text.trim_start_matches('0').parse::<u32>().unwrap_or(0).to_string());
                }
                Token::Name(word) if matches!(word.as_str(), "true" | "false") => {
                    near.insert(word.clone());
                }
                Token::Name(_) | Token::Number(_) | Token::Regex(..) | Token::Mark(_) => {}
            }
        }
    }

    fn header(&mut self, name: &str) {
        if let Some(entry) = computed::visitor_entry(name) {
            self.visitor.insert(entry.to_owned());
        } else if name == "cloudfront-viewer-address" {
            self.visitor.insert("client_port".to_owned());
        }
        let sendable = token_text(name)
            && name.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-' || it == '_');
        if sendable && !is_disallowed(name) && !OWNED.contains(&name) && !name.starts_with("cf-") {
            self.headers.insert(name.to_owned());
        }
    }

    /// A word that may name anything.
    fn name(&mut self, word: &str) {
        if token_text(word) && word.len() <= 40 {
            self.arguments.insert(word.to_owned());
            self.cookies.insert(word.to_owned());
        }
    }

    fn text(&mut self, text: &str) {
        if text.is_empty() || text.len() > 400 {
            return;
        }
        if matches!(text, "GET" | "HEAD" | "POST" | "PUT" | "DELETE" | "OPTIONS" | "PATCH" | "TRACE") {
            self.methods.insert(text.to_owned());
        }
        if text.len() == 2 && text.chars().all(|it| it.is_ascii_uppercase()) {
            self.countries.insert(text.to_owned());
        }
        if text.parse::<std::net::IpAddr>().is_ok() {
            self.addresses.insert(text.to_owned());
        }
        if let Some((_, rest)) = text.split_once("://") {
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            self.hosts.extend(host_like(host));
            self.paths.extend(Some(format!("/{path}")).filter(|_| !path.is_empty()));
        }
        self.hosts.extend(host_like(text));
        if text.starts_with('/') {
            let (path, query) = text.split_once('?').unwrap_or((text, ""));
            self.paths.insert(path.to_owned());
            self.arguments.extend(
                query.split('&').filter_map(|it| it.split('=').next()).filter(|it| token_text(it)).map(str::to_owned),
            );
        } else if text.starts_with('.') && text.len() <= 10 {
            self.extensions.insert(text.to_owned());
        } else if text.len() <= 60 {
            self.paths.insert(format!("/{}", text.trim_matches(|it: char| !it.is_ascii_graphic())));
        }
        if let Some(name) = text.strip_suffix('=').filter(|it| token_text(it)) {
            self.name(name);
        }
        if token_text(text) && text.contains('-') {
            self.header(&text.to_ascii_lowercase());
        }
        if header_text(text) {
            self.values.insert(text.to_owned());
            self.name(text);
        }
    }

    fn number(&mut self, text: &str) {
        let text = text.replace('_', "");
        let Ok(number) = text.parse::<f64>() else { return };
        self.values.insert(text);
        // Draws on both sides of a decimal or a percentage; clock readings around a date.
        let scaled = if number > 0.0 && number < 1.0 { number * 1000.0 } else { number * 10.0 };
        if number > 0.0 && scaled < 1001.0 {
            for offset in [-1.0, 0.0, 1.0] {
                let draw = (scaled + offset).round();
                if (0.0..1000.0).contains(&draw) {
                    // The range was just checked, so nothing is cut off.
                    self.draws.insert(draw as u16);
                }
            }
        }
        if (1.0e9..1.0e14).contains(&number) {
            let reading = if number < 1.0e11 { number * 1000.0 } else { number } as i64;
            self.times.extend([reading - 1000, reading - 1, reading, reading + 1, reading + 1000]);
        }
    }
}

/// Headers that requests never carry as lines of their own.
const OWNED: &[&str] = &[
    "host",
    "cookie",
    "set-cookie",
    "content-length",
    "transfer-encoding",
    "via",
    "cdn-loop",
    "te",
    "x-forwarded-for",
    "true-client-ip",
    "accept-encoding",
    "content-encoding",
];

/// Whether text can name a header, cookie or argument.
fn token_text(text: &str) -> bool {
    !text.is_empty() && text.len() <= 60 && text.chars().all(|it| it.is_ascii_alphanumeric() || "-_.".contains(it))
}

/// Whether text can be a header's value.
pub(super) fn header_text(text: &str) -> bool {
    text.chars().all(|it| it.is_ascii_graphic() || it == ' ') && text.trim() == text && text.len() <= 300
}

fn host_like(text: &str) -> Option<String> {
    let plain = text.contains('.') && text.chars().all(|it| it.is_ascii_alphanumeric() || "-.".contains(it));
    let shaped = !text.starts_with(['.', '-']) && !text.ends_with(['.', '-']) && text.parse::<f64>().is_err();
    let domain =
        text.rsplit('.').next().is_some_and(|it| it.len() >= 2 && it.chars().all(|it| it.is_ascii_alphabetic()));
    let file =
        [".html", ".htm", ".js", ".css", ".json", ".xml", ".png", ".jpg", ".svg", ".txt", ".php", ".ico", ".pdf"]
            .iter()
            .any(|it| text.ends_with(it));
    (plain && shaped && domain && !file && !text.contains("..")).then(|| text.to_ascii_lowercase())
}
