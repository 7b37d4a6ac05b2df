//! Text to expression, strict as the product is: what the language refuses is refused here, with the place and, for a misspelt name,
//! the nearest one.
//!
//! Nesting is bounded, so a hostile text cannot exhaust the stack.

use super::{CompareOp, Expr, FieldName, Func, Index, Set};
use crate::facts::{fields, operator};
use std::fmt;
use std::net::IpAddr;

/// Why a text is no expression.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ParseError {
    /// Byte offset in the text.
    pub offset: usize,
    /// What is wrong.
    pub message: String,
    /// What was probably meant.
    pub suggestion: Option<String>,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at byte {}: {}", self.offset, self.message)?;
        match &self.suggestion {
            Some(it) => write!(f, "; did you mean `{it}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ParseError {}

/// Levels of nesting that are read; the open-source engine stops there too.
const MOST_LEVELS: usize = 128;

/// Reads a whole expression.
pub fn parse(text: &str) -> Result<Expr, ParseError> {
    let mut parser = Parser { text, at: 0, level: 0 };
    let expr = parser.or()?;
    parser.space();
    match parser.peek() {
        None => Ok(expr),
        Some(letter) => Err(parser.error(format!("`{letter}` was not expected here"))),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    level: usize,
}

type Parsed<T> = Result<T, ParseError>;

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn error(&self, message: impl Into<String>) -> ParseError {
        ParseError { offset: self.at, message: message.into(), suggestion: None }
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    /// Takes a sign when it is next.
    fn sign(&mut self, sign: &str) -> bool {
        self.space();
        let found = self.rest().starts_with(sign);
        if found {
            self.at += sign.len();
        }
        found
    }

    fn expect(&mut self, sign: &str) -> Parsed<()> {
        if self.sign(sign) { Ok(()) } else { Err(self.error(format!("`{sign}` was expected"))) }
    }

    /// The word that is next: letters, digits, `_`, `.`; not taken.
    fn word(&mut self) -> &'a str {
        self.space();
        let rest = self.rest();
        let end = rest.find(|it: char| !(it.is_ascii_alphanumeric() || matches!(it, '_' | '.'))).unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    }

    /// Takes a keyword when it is next.
    fn keyword(&mut self, keyword: &str) -> bool {
        let found = self.word() == keyword;
        if found {
            self.at += keyword.len();
        }
        found
    }

    fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.level >= MOST_LEVELS {
            return Err(self.error(format!("more than {MOST_LEVELS} levels of nesting")));
        }
        self.level += 1;
        let result = read(self);
        self.level -= 1;
        result
    }

    fn or(&mut self) -> Parsed<Expr> {
        self.chain("or", "||", Self::xor, Expr::Or)
    }

    fn xor(&mut self) -> Parsed<Expr> {
        self.chain("xor", "^^", Self::and, Expr::Xor)
    }

    fn and(&mut self) -> Parsed<Expr> {
        self.chain("and", "&&", Self::unary, Expr::And)
    }

    fn chain(
        &mut self,
        word: &str,
        sign: &str,
        part: fn(&mut Self) -> Parsed<Expr>,
        whole: fn(Vec<Expr>) -> Expr,
    ) -> Parsed<Expr> {
        let first = part(self)?;
        if !(self.keyword(word) || self.sign(sign)) {
            return Ok(first);
        }
        let mut parts = vec![first];
        loop {
            parts.push(part(self)?);
            if !(self.keyword(word) || self.sign(sign)) {
                return Ok(whole(parts));
            }
        }
    }

    fn unary(&mut self) -> Parsed<Expr> {
        if self.keyword("not") || self.sign("!") {
            return self.deeper(|it| Ok(Expr::Not(Box::new(it.unary()?))));
        }
        if self.sign("(") {
            let inner = self.deeper(Self::or)?;
            self.expect(")")?;
            return Ok(inner);
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Parsed<Expr> {
        let left = self.operand()?;
        if self.keyword("in") {
            let set = self.set()?;
            return Ok(Expr::In { left: Box::new(left), set });
        }
        let Some(op) = self.operator()? else {
            return Ok(left);
        };
        self.space();
        let right = match op {
            CompareOp::Matches if self.rest().starts_with('"') => Expr::Str(self.quoted(true)?),
            CompareOp::Matches | CompareOp::Wildcard | CompareOp::StrictWildcard => match self.string()? {
                Some(text) => Expr::Str(text),
                None => {
                    return Err(self.error(format!("`{}` takes a string literal", operator(op).word)));
                }
            },
            CompareOp::Eq
            | CompareOp::Ne
            | CompareOp::Lt
            | CompareOp::Le
            | CompareOp::Gt
            | CompareOp::Ge
            | CompareOp::Contains => self.operand()?,
        };
        Ok(Expr::Compare { op, left: Box::new(left), right: Box::new(right) })
    }

    fn operator(&mut self) -> Parsed<Option<CompareOp>> {
        if self.keyword("strict") {
            return if self.keyword("wildcard") {
                Ok(Some(CompareOp::StrictWildcard))
            } else {
                Err(self.error("`wildcard` was expected after `strict`"))
            };
        }
        let word = self.word();
        for op in CompareOp::ALL {
            if operator(op).word == word {
                self.at += word.len();
                return Ok(Some(op));
            }
        }
        // The longer sign first: `<=` is not `<`.
        let mut signs: Vec<(&str, CompareOp)> =
            CompareOp::ALL.into_iter().filter_map(|it| Some((operator(it).sign?, it))).collect();
        signs.sort_by_key(|(sign, _)| std::cmp::Reverse(sign.len()));
        for (sign, op) in signs {
            if self.sign(sign) {
                return Ok(Some(op));
            }
        }
        let known = [
            "and", "or", "xor", "not", "in", "eq", "ne", "lt", "le", "gt", "ge", "contains", "matches", "wildcard",
            "strict",
        ];
        if !word.is_empty() && !known.contains(&word) {
            let lower = word.to_ascii_lowercase();
            let mut error = self.error(format!("`{word}` is no operator"));
            error.suggestion = nearest(&lower, known.into_iter());
            if Func::from_name(word).is_some() {
                error.message = format!("`{word}` is a function, written `{word}(…)`");
                error.suggestion = None;
            }
            return Err(error);
        }
        Ok(None)
    }

    /// A field, a call or a literal, with its indexes.
    fn operand(&mut self) -> Parsed<Expr> {
        self.space();
        if let Some(text) = self.string()? {
            return Ok(Expr::Str(text));
        }
        if let Some(literal) = self.number_or_address()? {
            return Ok(literal);
        }
        let start = self.at;
        let word = self.word();
        if word.is_empty() {
            return Err(match self.peek() {
                Some(letter) => self.error(format!("a field, a function or a literal was expected, not `{letter}`")),
                None => self.error("the expression ends too early"),
            });
        }
        self.at += word.len();
        let mut expr = if self.sign("(") {
            let Some(func) = Func::from_name(word) else {
                return Err(ParseError {
                    offset: start,
                    message: format!("there is no function `{word}`"),
                    suggestion: nearest(word, Func::ALL.iter().map(|it| it.row().name)),
                });
            };
            let args = self.deeper(Self::arguments)?;
            Expr::Call(func, args)
        } else if word == "true" || word == "false" {
            Expr::Bool(word == "true")
        } else {
            match FieldName::new(word) {
                Some(name) => Expr::Field(name),
                None => {
                    return Err(ParseError {
                        offset: start,
                        message: format!("there is no field `{word}`"),
                        suggestion: nearest(word, fields().iter().map(|it| it.name)),
                    });
                }
            }
        };
        let mut indexes = 0;
        while self.sign("[") {
            indexes += 1;
            if indexes > MOST_LEVELS {
                return Err(self.error(format!("more than {MOST_LEVELS} indexes")));
            }
            let index = self.index()?;
            expr = Expr::Index(Box::new(expr), index);
        }
        Ok(expr)
    }

    fn arguments(&mut self) -> Parsed<Vec<Expr>> {
        let mut args = Vec::new();
        if self.sign(")") {
            return Ok(args);
        }
        loop {
            args.push(self.or()?);
            if self.sign(")") {
                return Ok(args);
            }
            self.expect(",")?;
        }
    }

    fn index(&mut self) -> Parsed<Index> {
        self.space();
        let index = if self.sign("*") {
            Index::Each
        } else if let Some(key) = self.string()? {
            Index::Key(key)
        } else {
            let word = self.word();
            let Ok(at) = word.parse() else {
                return Err(self.error("an index is a string, a number or `*`"));
            };
            self.at += word.len();
            Index::At(at)
        };
        self.expect("]")?;
        Ok(index)
    }

    /// A string literal of either form, when one is next.
    fn string(&mut self) -> Parsed<Option<String>> {
        self.space();
        let rest = self.rest();
        if rest.starts_with('"') {
            return self.quoted(false).map(Some);
        }
        let Some(after) = rest.strip_prefix('r') else {
            return Ok(None);
        };
        let fence = after.bytes().take_while(|it| *it == b'#').count();
        let Some(body) = after.get(fence..).and_then(|it| it.strip_prefix('"')) else {
            return Ok(None);
        };
        if fence > 255 {
            return Err(self.error("more than 255 `#` before a raw string"));
        }
        let close = format!("\"{}", "#".repeat(fence));
        let Some(end) = body.find(&close) else {
            return Err(self.error("the raw string has no end"));
        };
        let text = body.get(..end).unwrap_or_default().to_owned();
        self.at += 1 + fence + 1 + end + close.len();
        Ok(Some(text))
    }

    /// A quoted string. `regex`: only `\"` is an escape, every other backslash belongs to the regular expression.
    fn quoted(&mut self, regex: bool) -> Parsed<String> {
        let start = self.at;
        self.at += 1;
        let mut bytes: Vec<u8> = Vec::new();
        loop {
            let Some(letter) = self.peek() else {
                return Err(ParseError { offset: start, message: "the string has no end".into(), suggestion: None });
            };
            let escape = self.at;
            self.at += letter.len_utf8();
            match letter {
                '"' => break,
                '\\' if regex => match self.peek() {
                    Some('"') => {
                        self.at += 1;
                        bytes.push(b'"');
                    }
                    Some(other) => {
                        self.at += other.len_utf8();
                        bytes.push(b'\\');
                        bytes.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
                    }
                    None => {}
                },
                '\\' => {
                    let Some((byte, length)) = escaped(self.rest()) else {
                        return Err(ParseError {
                            offset: escape,
                            message: r#"a string knows the escapes \" \\ \xHH \OOO only; a raw string r"…" takes backslashes as they are"#.into(),
                            suggestion: None,
                        });
                    };
                    bytes.push(byte);
                    self.at += length;
                }
                other => bytes.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        String::from_utf8(bytes).map_err(|_| ParseError {
            offset: start,
            message: "the string is not UTF-8".into(),
            suggestion: None,
        })
    }

    fn number_or_address(&mut self) -> Parsed<Option<Expr>> {
        self.space();
        let rest = self.rest();
        let end =
            rest.find(|it: char| !(it.is_ascii_alphanumeric() || matches!(it, '.' | ':' | '-'))).unwrap_or(rest.len());
        let token = rest.get(..end).unwrap_or_default();
        if token.contains([':', '.']) && token.parse::<IpAddr>().is_ok() {
            self.at += token.len();
            return Ok(Some(Expr::Ip(token.to_owned())));
        }
        if !token.starts_with(|it: char| it.is_ascii_digit() || it == '-') {
            return Ok(None);
        }
        match integer(token) {
            Some(value) => {
                self.at += token.len();
                Ok(Some(Expr::Int(value)))
            }
            None => Err(self.error(format!("`{token}` is neither an integer nor an address"))),
        }
    }

    fn set(&mut self) -> Parsed<Set> {
        if self.sign("$") {
            let name = self.word();
            let fits = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, '_' | '.');
            if name.is_empty() || !name.chars().all(fits) {
                return Err(self.error("the name of a list is made of a-z, 0-9 and `_`"));
            }
            self.at += name.len();
            return Ok(Set::List(name.to_owned()));
        }
        self.expect("{")?;
        let (mut strings, mut ints, mut ips) = (Vec::new(), Vec::new(), Vec::new());
        while !self.sign("}") {
            if self.sign(",") {
                return Err(self.error("members of a set are separated by spaces"));
            }
            if let Some(text) = self.string()? {
                strings.push(text);
            } else {
                self.member(&mut ints, &mut ips)?;
            }
            if [strings.is_empty(), ints.is_empty(), ips.is_empty()].iter().filter(|it| !**it).count() > 1 {
                return Err(self.error("the members of a set are of one type"));
            }
        }
        match (strings.is_empty(), ints.is_empty(), ips.is_empty()) {
            (true, true, true) => Err(self.error("a set has at least one member")),
            (false, ..) => Ok(Set::Strings(strings)),
            (true, false, _) => Ok(Set::Ints(ints)),
            (true, true, false) => Ok(Set::Ips(ips)),
        }
    }

    fn member(&mut self, ints: &mut Vec<(i64, i64)>, ips: &mut Vec<String>) -> Parsed<()> {
        let rest = self.rest();
        let end = rest
            .find(|it: char| !(it.is_ascii_alphanumeric() || matches!(it, '.' | ':' | '-' | '/')))
            .unwrap_or(rest.len());
        let token = rest.get(..end).unwrap_or_default();
        let (low, high) = token.split_once("..").unwrap_or((token, token));
        if let (Some(low), Some(high)) = (integer(low), integer(high)) {
            if low > high {
                return Err(self.error(format!("the range `{token}` is empty")));
            }
            ints.push((low, high));
        } else if is_address(token) || (low.parse::<IpAddr>().is_ok() && high.parse::<IpAddr>().is_ok()) {
            ips.push(token.to_owned());
        } else {
            return Err(self.error("a set holds strings, integers or addresses"));
        }
        self.at += token.len();
        Ok(())
    }
}

/// An address or a CIDR block.
fn is_address(token: &str) -> bool {
    match token.split_once('/') {
        None => token.parse::<IpAddr>().is_ok(),
        Some((address, bits)) => match (address.parse::<IpAddr>(), bits.parse::<u8>()) {
            (Ok(IpAddr::V4(_)), Ok(bits)) => bits <= 32,
            (Ok(IpAddr::V6(_)), Ok(bits)) => bits <= 128,
            (Ok(_) | Err(_), _) => false,
        },
    }
}

/// `12`, `-12`, `0x1f`; a leading zero means octal.
fn integer(token: &str) -> Option<i64> {
    let (negative, digits) = match token.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, token),
    };
    let (radix, digits) = if let Some(hex) = digits.strip_prefix("0x") {
        (16, hex)
    } else if digits.len() > 1 && digits.starts_with('0') {
        (8, digits)
    } else {
        (10, digits)
    };
    if !digits.starts_with(|it: char| it.is_ascii_alphanumeric()) {
        return None;
    }
    let signed = if negative { format!("-{digits}") } else { digits.to_owned() };
    i64::from_str_radix(&signed, radix).ok()
}

/// The byte of an escape and the length of what follows the backslash.
fn escaped(rest: &str) -> Option<(u8, usize)> {
    match rest.chars().next()? {
        letter @ ('"' | '\\') => Some((u8::try_from(letter).ok()?, 1)),
        'x' => {
            let digits = rest.get(1..3).filter(|it| it.bytes().all(|it| it.is_ascii_hexdigit()))?;
            Some((u8::from_str_radix(digits, 16).ok()?, 3))
        }
        '0'..='3' => {
            let digits = rest.get(..3).filter(|it| it.bytes().all(|it| it.is_ascii_digit()))?;
            Some((u8::from_str_radix(digits, 8).ok()?, 3))
        }
        _ => None,
    }
}

/// The nearest of the known names, when one is near.
fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    known
        .map(|it| (strsim::damerau_levenshtein(word, it), it))
        .min()
        .filter(|(distance, it)| *distance <= 2.max(it.len() / 4))
        .map(|(_, it)| it.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::print;
    use super::*;

    fn canonical(text: &str) -> String {
        parse(text).map_or_else(|error| format!("error {error}"), |it| print(&it))
    }

    #[test]
    fn canonical_texts_stay() {
        for text in [
            "true",
            "ssl",
            "not ssl",
            r#"http.host eq "a.example""#,
            r#"ip.src eq 192.0.2.1"#,
            r#"ip.src in {192.0.2.0/24 2001:db8::/32}"#,
            r#"http.request.uri.path in {"/a" "/b"} and not ssl"#,
            r#"http.response.code in {-1 500..599}"#,
            r#"any(lower(http.request.headers["x"][*])[*] contains "v")"#,
            r#"concat("https://a.example", http.request.uri.path)"#,
            r#"http.request.uri.path matches r"^/a\.b$""#,
            r#"regex_replace(http.request.uri.path, r"^/a/(.*)$", r"/b/${1}")"#,
            "http.request.full_uri in $redirects_1",
        ] {
            assert_eq!(canonical(text), text);
        }
    }

    #[test]
    fn other_spellings_become_canonical() {
        assert_eq!(canonical(r#"http.host=="a"&&!ssl||ssl"#), r#"http.host eq "a" and not ssl or ssl"#);
        assert_eq!(canonical(r#"(http.host eq "\x61\142")"#), r#"http.host eq "ab""#);
        assert_eq!(canonical(r#"http.host matches "a\.b\"c""#), r##"http.host matches r#"a\.b"c"#"##);
        assert_eq!(canonical("http.response.code eq 010"), "http.response.code eq 8");
        assert_eq!(canonical("http.response.code ge 0x1F"), "http.response.code ge 31");
    }

    #[test]
    fn refusals_name_the_place() {
        for (text, offset) in [
            (r#"http.host eq "a\nb""#, 15),
            (r#"http.host in {"a", "b"}"#, 18),
            ("http.host eq", 12),
            (r#"http.host eq "a" AND ssl"#, 17),
            (r#"any(http.host eq "a""#, 20),
            ("# a", 0),
            (r#"http.host eq "a" }"#, 17),
            ("http.host in {}", 15),
        ] {
            assert_eq!(parse(text).map_err(|it| it.offset), Err(offset), "{text}");
        }
    }

    #[test]
    fn a_misspelt_name_has_a_suggestion() {
        let suggestion = |text: &str| parse(text).err().and_then(|it| it.suggestion);
        assert_eq!(suggestion(r#"http.hots eq "a""#).as_deref(), Some("http.host"));
        assert_eq!(suggestion(r#"http.request.uri.pth eq "a""#).as_deref(), Some("http.request.uri.path"));
        assert_eq!(suggestion(r#"start_with(http.host, "a")"#).as_deref(), Some("starts_with"));
        assert_eq!(suggestion(r#"ssl AND ssl"#).as_deref(), Some("and"));
    }

    #[test]
    fn nesting_is_bounded() {
        for open in ["(", "not ", "!", "lower("] {
            assert!(parse(&open.repeat(100_000)).is_err());
        }
        assert!(parse(&format!("http.request.headers{}", "[0]".repeat(100_000))).is_err());
        assert!(parse(&format!("{}ssl{}", "(".repeat(100), ")".repeat(100))).is_ok());
    }
}
