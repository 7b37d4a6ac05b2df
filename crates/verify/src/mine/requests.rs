//! Exchanges from a vocabulary: each word by itself, combinations, and requests that ignore the program.

use std::collections::BTreeMap;

use interp::exchange::{Exchange, Headers, Inputs, Request, Response};

use super::vocabulary::{Place, Vocabulary, header_text};
use crate::random::Random;
use crate::seen::has_no_source;

const METHODS: &[&str] =
    &["GET", "GET", "GET", "GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];
const COUNTRIES: &[&str] = &["US", "DE", "FR", "GB", "JP", "BR", "IN", "CN", "AU"];
const AGENTS: &[&str] = &[
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148",
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) Mobile",
    "Googlebot/2.1 (+http://www.google.com/bot.html)",
    "curl/8.5.0",
];
const LANGUAGES: &[&str] = &["en-US,en;q=0.9", "de-DE,de;q=0.8,en;q=0.5", "fr", "ja,en;q=0.7", "*"];
const PATHS: &[&str] = &[
    "/",
    "/index.html",
    "/about",
    "/about/",
    "/a/b/c",
    "/images/logo.png",
    "/robots.txt",
    "/favicon.ico",
    "/.well-known/acme-challenge/x",
    "/api/v1/users",
    "/blog/2024/hello-world",
    "/search",
    "/static/app.js",
    "/A/B",
    "/products/42",
    "/%20",
    "/caf%C3%A9",
    "/x.tar.gz",
    "/constructor",
    "/toString",
    "/__proto__",
    "/hasOwnProperty",
    "/a.b/c",
    "/a%2Fb",
    "/~user",
    "/a+b",
    "/a;b=c",
    "/a,b",
    "/a=b&c",
];
const QUERIES: &[&str] = &[
    "",
    "a=1",
    "a",
    "a=",
    "a=1&a=2",
    "b=2&a=1",
    "utm_source=x&utm_medium=y",
    "q=hello%20world",
    "q=a+b",
    "=x",
    "a=1&b=2&a=3",
    "1=x&b=y",
    "A=1",
    "page=2",
    "q=%C3%A9",
    "a=b=c",
    "a&b",
];
const STATUSES: &[u16] = &[200, 200, 200, 200, 200, 204, 301, 304, 403, 404, 500];
const ADDRESSES: &[&str] = &["198.51.100.7", "203.0.113.9", "192.0.2.200", "2001:db8::1"];
const CITIES: &[&str] = &["Berlin", "Paris", "Portland", "New York", "Zurich"];

/// What is wrong, or right, with a value.
const VALUE_MISSES: usize = 14;

/// Makes exchanges from a vocabulary.
pub(super) struct Generator<'a> {
    words: &'a Vocabulary,
    random: Random,
}

/// Makes text a path that URL normalization leaves alone: escapes where they must be and nowhere else, no dot segments,
/// no empty segments.
fn normalized(text: &str) -> String {
    let bytes: Vec<u8> = text.bytes().collect();
    let mut out = String::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        let pair = bytes
            .get(at + 1..at + 3)
            .and_then(|it| std::str::from_utf8(it).ok())
            .and_then(|it| u8::from_str_radix(it, 16).ok());
        let (value, used) = match (byte, pair) {
            (b'%', Some(value)) => (value, 3),
            _ => (byte, 1),
        };
        let character = char::from(value);
        let unreserved = character.is_ascii_alphanumeric() || "-._~".contains(character);
        let plain = used == 1 && "!$&'()*+,;=:@/".contains(character);
        if unreserved || plain {
            out.push(character);
        } else {
            out.push_str(&format!("%{value:02X}"));
        }
        at += used;
    }
    let mut parts: Vec<&str> = Vec::new();
    let slash = out.ends_with('/') || out.ends_with("/.") || out.ends_with("/..");
    for part in out.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    let mut path = format!("/{}", parts.join("/"));
    if slash && path.len() > 1 {
        path.push('/');
    }
    path.truncate(1000);
    path
}

fn flipped(text: &str) -> String {
    text.chars()
        .map(|it| if it.is_ascii_lowercase() { it.to_ascii_uppercase() } else { it.to_ascii_lowercase() })
        .collect()
}

fn shortened(text: &str) -> String {
    let mut it = text.to_owned();
    it.pop();
    it
}

impl<'a> Generator<'a> {
    pub(super) fn new(words: &'a Vocabulary, random: Random) -> Generator<'a> {
        Generator { words, random }
    }

    /// A plain request to the site: what the others vary.
    fn base(&mut self) -> Exchange {
        let mut visitor = BTreeMap::new();
        if let Some(country) = self.random.pick(COUNTRIES) {
            visitor.insert("country".to_owned(), country.to_owned());
        }
        let host = self.random.text(&self.words.hosts).unwrap_or("www.example.com").to_owned();
        Exchange {
            request: Request {
                method: "GET".to_owned(),
                scheme: "https".to_owned(),
                host,
                path: "/".to_owned(),
                query: None,
                headers: Headers(vec![("accept".to_owned(), "*/*".to_owned())]),
                client_ip: "198.51.100.7".to_owned(),
                visitor,
                body: Vec::new(),
            },
            origin: Response {
                status: 200,
                headers: Headers(vec![("content-type".to_owned(), "text/html".to_owned())]),
                body: b"<p>origin</p>".to_vec(),
            },
            inputs: Inputs { now_ms: 1_700_000_000_000, random_permille: vec![500], kv: BTreeMap::new() },
        }
    }

    /// A path near `atom`; `miss` says how near.
    fn near_path(&self, atom: &str, miss: usize) -> String {
        let bare = atom.trim_end_matches('/');
        normalized(&match miss {
            0 => atom.to_owned(),
            1 => format!("{bare}/"),
            2 => bare.to_owned(),
            3 => atom.to_ascii_uppercase(),
            4 => format!("{bare}/x"),
            5 => format!("{atom}x"),
            6 => format!("/x{atom}"),
            7 => shortened(atom),
            8 => format!("{bare}.html"),
            9 => format!("{bare}/index.html"),
            10 => format!("{bare}%20"),
            11 => flipped(atom),
            12 => format!("{bare}/a/b/c.d"),
            _ => atom.replace('/', "%2F").replacen("%2F", "/", 1),
        })
    }

    /// Sets the values of a name in a list of header lines, near `value`.
    fn near_lines(headers: &mut Headers, name: &str, value: &str, miss: usize) {
        headers.remove(name);
        let line = match miss {
            0 => value.to_owned(),
            1 => String::new(),
            2 => value.to_ascii_uppercase(),
            3 => flipped(value),
            4 => format!("{value}x"),
            5 => format!("x{value}"),
            6 => shortened(value).trim_end().to_owned(),
            7 => format!("{value}, other"),
            8 => format!("other, {value}"),
            9 => {
                headers.append(name, value);
                "second".to_owned()
            }
            10 => {
                headers.append(name, "first");
                value.to_owned()
            }
            11 => value.to_ascii_lowercase(),
            12 => format!("{value};q=1"),
            _ => return,
        };
        if header_text(&line) {
            headers.append(name, &line);
        }
    }

    fn near_argument(name: &str, value: &str, miss: usize) -> String {
        let value: String = value
            .chars()
            .map(|it| {
                if it.is_ascii_graphic() && !"#&%+\"<>".contains(it) {
                    it.to_string()
                } else {
                    format!("%{:02X}", u32::from(it) & 255)
                }
            })
            .collect();
        match miss {
            0 => format!("{name}={value}"),
            1 => format!("{name}="),
            2 => name.to_owned(),
            3 => format!("{name}={}", flipped(&value)),
            4 => format!("{name}={value}&{name}=other"),
            5 => format!("{name}=other&{name}={value}"),
            6 => format!("{}={value}", flipped(name)),
            7 => format!("{name}={value}x"),
            8 => format!("{name}={}", shortened(&value).trim_end_matches('%')),
            9 => format!("a=1&{name}={value}&z=26"),
            10 => format!("x{name}={value}"),
            11 => format!("{name}=%20{value}"),
            12 => format!("{name}={value}+x"),
            _ => format!("{name}x={value}"),
        }
    }

    fn near_cookie(name: &str, value: &str, miss: usize) -> String {
        let value: String = value.chars().filter(|it| it.is_ascii_graphic() && !"\",;\\".contains(*it)).collect();
        match miss {
            0 => format!("{name}={value}"),
            1 => format!("{name}="),
            2 => format!("{}={value}", flipped(name)),
            3 => format!("a=1; {name}={value}"),
            4 => format!("{name}={value}; b=2"),
            5 => format!("{name}={value}; {name}=other"),
            6 => format!("{name}=other; {name}={value}"),
            7 => format!("{name}={}", flipped(&value)),
            8 => format!("{name}={value}x"),
            9 => format!("x{name}={value}"),
            10 => format!("{name}x={value}"),
            11 => format!("{name}=a={value}"),
            12 => format!("a=1;{name}={value}"),
            _ => format!("{name}={}", shortened(&value)),
        }
    }

    /// A value of the source, else a plain one.
    fn value(&mut self) -> String {
        let plain = ["1", "true", "en", "a", "test", "0"];
        if self.random.one_in(4) {
            return self.random.pick(&plain).unwrap_or("1").to_owned();
        }
        self.random.text(&self.words.values).map(str::to_owned).unwrap_or_else(|| "1".to_owned())
    }

    /// Names with the values close to them in the text, exactly and nearly.
    pub(super) fn close_pairs(&mut self) -> Vec<Exchange> {
        let mut list = Vec::new();
        for miss in 0..VALUE_MISSES {
            for (place, name, value) in &self.words.pairs {
                let mut it = self.base();
                self.place(&mut it, *place, name, value, miss);
                list.push(it);
            }
        }
        list
    }

    /// Puts a name with its value where it belongs; `miss` says how nearly.
    fn place(&self, it: &mut Exchange, place: Place, name: &str, value: &str, miss: usize) {
        match place {
            Place::Header => Self::near_lines(&mut it.request.headers, name, value, miss),
            Place::Cookie => it.request.headers.append("cookie", &Self::near_cookie(name, value, miss)),
            Place::Argument => {
                let argument = Self::near_argument(name, value, miss);
                it.request.query = Some(match it.request.query.take().filter(|it| !it.is_empty()) {
                    None => argument,
                    Some(before) => format!("{before}&{argument}"),
                });
            }
        }
    }

    /// Each word of the vocabulary by itself, with each near miss.
    pub(super) fn one_at_a_time(&mut self) -> Vec<Exchange> {
        let mut list = Vec::new();
        let words = self.words;
        for miss in 0..VALUE_MISSES {
            for path in &words.paths {
                let mut it = self.base();
                it.request.path = self.near_path(path, miss);
                list.push(it);
            }
            for extension in &words.extensions {
                let mut it = self.base();
                it.request.path = self.near_path(&format!("/dir/file{extension}"), miss);
                list.push(it);
            }
            for name in &words.headers {
                let mut it = self.base();
                let value = self.value();
                Self::near_lines(&mut it.request.headers, name, &value, miss);
                list.push(it);
            }
            for name in &words.arguments {
                let mut it = self.base();
                it.request.query = Some(Self::near_argument(name, &self.value(), miss));
                list.push(it);
            }
            for name in &words.cookies {
                let mut it = self.base();
                let line = Self::near_cookie(name, &self.value(), miss);
                it.request.headers.append("cookie", &line);
                list.push(it);
            }
            for host in &words.hosts {
                let mut it = self.base();
                host.clone_into(&mut it.request.host);
                it.request.query = [None, Some(String::new()), Some("a=1".to_owned())].get(miss % 3).cloned().flatten();
                list.push(it);
            }
        }
        // Names against the values of the source: equality tests want the right pair.
        for value in words.values.iter().filter(|it| it.len() < 80) {
            for name in &words.headers {
                let mut it = self.base();
                Self::near_lines(&mut it.request.headers, name, value, 0);
                list.push(it);
            }
            for name in words.arguments.iter().filter(|it| words.arguments.len() < 12 || it.len() < value.len()) {
                let mut it = self.base();
                it.request.query = Some(Self::near_argument(name, value, 0));
                list.push(it);
            }
            for name in words.cookies.iter().filter(|it| words.cookies.len() < 12 || it.len() < value.len()) {
                let mut it = self.base();
                it.request.headers.append("cookie", &Self::near_cookie(name, value, 0));
                list.push(it);
            }
        }
        for country in words.countries.iter().map(String::as_str).chain(COUNTRIES.iter().copied()) {
            let mut it = self.base();
            it.request.visitor.insert("country".to_owned(), country.to_owned());
            list.push(it);
        }
        for method in words.methods.iter().map(String::as_str).chain(METHODS.iter().copied()) {
            let mut it = self.base();
            method.clone_into(&mut it.request.method);
            list.push(it);
        }
        // Thinning must not always drop the same kind: mix the kinds, by the generator's own order.
        for at in (1..list.len()).rev() {
            let other = self.random.below(at + 1);
            list.swap(at, other);
        }
        list
    }

    /// A request put together from several words of the source.
    pub(super) fn combined(&mut self) -> Exchange {
        let mut it = self.base();
        self.surroundings(&mut it);
        let miss = |random: &mut Random| if random.one_in(2) { 0 } else { random.below(VALUE_MISSES) };
        let mut path =
            self.random.text(&self.words.paths).or_else(|| self.random.pick(PATHS)).unwrap_or("/").to_owned();
        if self.random.one_in(4)
            && let Some(more) = self.random.text(&self.words.paths)
        {
            path.push_str(more);
        }
        if self.random.one_in(5)
            && let Some(extension) = self.random.text(&self.words.extensions)
        {
            path.push_str(extension);
        }
        let nearness = miss(&mut self.random);
        it.request.path = self.near_path(&path, nearness);
        let mut query: Vec<String> = Vec::new();
        for name in &self.words.arguments {
            if self.random.one_in(self.words.arguments.len().clamp(2, 8)) {
                let value = self.value();
                query.push(Self::near_argument(name, &value, miss(&mut self.random)));
            }
        }
        it.request.query = match (query.is_empty(), self.random.below(6)) {
            (true, 0) => Some(String::new()),
            (true, 1) => self.random.pick(QUERIES).map(str::to_owned),
            (true, _) => None,
            (false, _) => Some(query.join("&")),
        };
        for name in &self.words.headers {
            if self.random.one_in(self.words.headers.len().clamp(2, 5)) {
                let value = self.value();
                Self::near_lines(&mut it.request.headers, name, &value, miss(&mut self.random));
            }
        }
        let mut cookies: Vec<String> = Vec::new();
        for name in &self.words.cookies {
            if self.random.one_in(self.words.cookies.len().clamp(2, 6)) {
                let value = self.value();
                cookies.push(Self::near_cookie(name, &value, miss(&mut self.random)));
            }
        }
        if !cookies.is_empty() {
            it.request.headers.append("cookie", &cookies.join("; "));
        }
        for _ in 0..self.random.below(4) {
            let pair = self.words.pairs.get(self.random.below(self.words.pairs.len()));
            if let Some((place, name, value)) = pair {
                // One cookie line per request: HTTP/1.1 clients send one.
                if *place != Place::Cookie || it.request.headers.first("cookie").is_none() {
                    let nearness = miss(&mut self.random);
                    self.place(&mut it, *place, name, value, nearness);
                }
            }
        }
        it
    }

    /// A request that knows nothing of the program but its hosts.
    pub(super) fn foreign(&mut self) -> Exchange {
        let mut it = self.base();
        self.surroundings(&mut it);
        let mut path = self.random.pick(PATHS).unwrap_or("/").to_owned();
        if self.random.one_in(3) {
            path.push_str(self.random.pick(PATHS).unwrap_or("/"));
        }
        if self.random.one_in(4) {
            path.push_str(&format!("/{}", self.random.below(100_000)));
        }
        it.request.path = normalized(&path);
        it.request.query = if self.random.one_in(2) { self.random.pick(QUERIES).map(str::to_owned) } else { None };
        if self.random.one_in(3) {
            it.request.headers.append(
                "cookie",
                self.random.pick(&["a=1", "session=abc; theme=dark", "x=", "_ga=GA1.2.3; a=b=c"]).unwrap_or("a=1"),
            );
        }
        if self.random.one_in(3) {
            it.request.headers.append(
                "authorization",
                self.random.pick(&["Basic dXNlcjpwYXNz", "Bearer a.b.c", "Basic ", "x"]).unwrap_or("x").trim_end(),
            );
        }
        if self.random.one_in(4) {
            it.request.headers.append(
                "referer",
                self.random.pick(&["https://www.example.com/", "https://other.example/page"]).unwrap_or("x"),
            );
        }
        it
    }

    /// What is around the URL: method, visitor, agent, inputs, and the origin's answer.
    fn surroundings(&mut self, it: &mut Exchange) {
        let words = self.words;
        let random = &mut self.random;
        if random.one_in(3) {
            let method = if random.one_in(3) { random.text(&words.methods) } else { None };
            method.or_else(|| random.pick(METHODS)).unwrap_or("GET").clone_into(&mut it.request.method);
        }
        if random.one_in(12) {
            "http".clone_into(&mut it.request.scheme);
        }
        let address = if random.one_in(2) { random.text(&words.addresses) } else { None };
        address.or_else(|| random.pick(ADDRESSES)).unwrap_or("198.51.100.7").clone_into(&mut it.request.client_ip);
        if random.one_in(8) {
            it.request.visitor.remove("country");
        } else if random.one_in(2)
            && let Some(country) = random.text(&words.countries)
        {
            it.request.visitor.insert("country".to_owned(), country.to_owned());
        }
        for entry in &words.visitor {
            // What no Worker is shown sets the exchange aside wherever it matters: rarely is enough.
            let skipped = if has_no_source(entry) { !random.one_in(5) } else { random.one_in(6) };
            if entry == "country" || skipped {
                continue;
            }
            let value = match entry.as_str() {
                _ if entry.starts_with("is_") => random.pick(&["true", "false"]).map(str::to_owned),
                "client_port" | "asn" => Some((1024 + random.below(60_000)).to_string()),
                "city" if random.one_in(2) => random.pick(CITIES).map(str::to_owned),
                "http_version" => random.pick(&["2.0", "3.0", "1.1"]).map(str::to_owned),
                "latitude" | "longitude" => Some(format!("{}.{:02}", random.below(80), random.below(100))),
                "timezone" => random.pick(&["Europe/Berlin", "America/New_York"]).map(str::to_owned),
                _ => random.text(&words.values).map(str::to_owned),
            };
            it.request
                .visitor
                .extend(value.filter(|it| header_text(it) && !it.is_empty()).map(|value| (entry.clone(), value)));
        }
        if random.one_in(2) {
            it.request.headers.append("user-agent", random.pick(AGENTS).unwrap_or("curl"));
        }
        if random.one_in(3) {
            it.request.headers.append("accept-language", random.pick(LANGUAGES).unwrap_or("en"));
        }
        if random.one_in(16) {
            // A client's own copy of a computed header must never be believed.
            it.request.headers.append("cloudfront-viewer-country", "XX");
        }
        if let Some(draw) = words.draws.get(random.below(words.draws.len())) {
            it.inputs.random_permille = vec![*draw];
        }
        if random.one_in(3) {
            it.inputs.random_permille =
                vec![u16::try_from(random.below(1000)).unwrap_or(0), u16::try_from(random.below(1000)).unwrap_or(0)];
        }
        if let Some(time) = words.times.get(random.below(words.times.len())) {
            it.inputs.now_ms = *time;
        }
        if words.uses_keys {
            let keys: Vec<&str> = words.values.iter().chain(&words.paths).map(String::as_str).collect();
            for _ in 0..random.below(6) {
                if let (Some(key), Some(value)) = (random.pick(&keys), random.pick(&keys)) {
                    it.inputs.kv.insert(key.to_owned(), value.to_owned());
                }
            }
        }
        let status = STATUSES.get(random.below(STATUSES.len())).copied().unwrap_or(200);
        it.origin.status = status;
        if matches!(status, 204 | 304) || it.request.method == "HEAD" {
            it.origin.body.clear();
        }
        if status == 301 {
            it.origin.headers.append("location", "https://www.example.com/moved");
        }
        for name in &words.headers {
            if random.one_in(8)
                && let Some(value) = random.text(&words.values).filter(|it| header_text(it))
            {
                it.origin.headers.append(name, value);
            }
        }
        if random.one_in(4) {
            it.origin.headers.append(
                "cache-control",
                random.pick(&["max-age=60", "no-store", "public, max-age=31536000"]).unwrap_or("no-store"),
            );
        }
        if random.one_in(5) {
            it.origin.headers.append("set-cookie", "sid=1; Path=/; HttpOnly");
        }
    }
}
