//! Secrets and control characters in text that came from sources: neither reaches an output.
//!
//! [`mask`] replaces what obviously is a secret, and only that: a long string of base64 or hex letters beside a name
//! such as `token`, and what follows `Basic` or `Bearer`. [`visible`] shows control characters instead of sending them.

use std::borrow::Cow;

/// What stands in the place of a secret.
const MASK: &str = "***";

/// A name holding one of these words makes the value beside it a secret.
const NAMES: [&str; 9] =
    ["key", "secret", "token", "password", "passwd", "passphrase", "credential", "signature", "authorization"];

/// Shorter values are words, not secrets. A value that a name announces needs less than one that stands alone.
const MIN_NAMED: usize = 16;

/// Letters of the token after `Basic ` or `Bearer `.
const MIN_SCHEME: usize = 6;

/// The text with obvious secrets replaced by `***`, quotes and lines left as they are.
#[must_use]
pub fn mask(text: &str) -> Cow<'_, str> {
    let cuts = secrets(text);
    if cuts.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (start, end) in cuts {
        out.push_str(text.get(from..start).unwrap_or(""));
        out.push_str(MASK);
        from = end;
    }
    out.push_str(text.get(from..).unwrap_or(""));
    Cow::Owned(out)
}

/// The text with secrets and control characters covered by as many bytes, so that offsets stay valid.
pub(crate) fn cover(text: &str) -> String {
    let mut cuts = secrets(text).into_iter().peekable();
    let mut out = String::with_capacity(text.len());
    for (at, it) in text.char_indices() {
        while cuts.next_if(|(_, end)| *end <= at).is_some() {}
        let secret = cuts.peek().is_some_and(|(start, _)| *start <= at);
        out.push(match it.len_utf8() {
            1 if secret => '*',
            1 if it == '\r' => ' ',
            1 if hidden(it) => '?',
            2 if hidden(it) => '\u{b7}',
            3 if hidden(it) => '\u{fffd}',
            _ => it,
        });
    }
    out
}

/// The byte ranges of obvious secrets, in order.
#[must_use]
pub fn secrets(text: &str) -> Vec<(usize, usize)> {
    let mut cuts: Vec<(usize, usize)> = Vec::new();
    let mut at = 0;
    while let Some((start, end)) = next_run(text, at) {
        at = end;
        let (Some(run), Some(before)) = (text.get(start..end), text.get(..start)) else { break };
        let credential = run.len() >= MIN_SCHEME && is_credential(run) && after_scheme(before);
        if credential || run.len() >= MIN_NAMED && looks_random(run) && named(before) {
            cuts.push((start, end));
        }
    }
    cuts
}

/// The text with each control character other than tab and line feed as an escape (`\u{1b}`), also those that turn
/// the direction of writing. A carriage return before a line feed is dropped.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(it) = chars.next() {
        if it == '\r' && chars.peek() == Some(&'\n') {
            continue;
        }
        if hidden(it) { out.extend(it.escape_unicode()) } else { out.push(it) }
    }
    Cow::Owned(out)
}

/// Characters that steer a terminal or a reader's eye instead of being read.
fn hidden(it: char) -> bool {
    let turns = matches!(it, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || matches!(it, '\u{2028}' | '\u{2029}' | '\u{feff}') || it.is_control() && it != '\n' && it != '\t'
}

/// The next run of letters that tokens are written with, at or after `from`.
fn next_run(text: &str, from: usize) -> Option<(usize, usize)> {
    let rest = text.as_bytes().get(from..)?;
    let start = from + rest.iter().position(|byte| token_byte(*byte))?;
    let run = text.as_bytes().get(start..)?.iter().take_while(|byte| token_byte(**byte)).count();
    Some((start, start + run))
}

fn token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_' | b'.')
}

/// Base64 or hex rather than prose, a path or a host name: no two dots or slashes that make a name of it, and digits
/// among the letters or both cases.
fn looks_random(run: &str) -> bool {
    let has = |test: fn(&u8) -> bool| run.as_bytes().iter().any(test);
    let digits = has(u8::is_ascii_digit);
    let (lower, upper) = (has(u8::is_ascii_lowercase), has(u8::is_ascii_uppercase));
    let path_like = run.starts_with('/') || run.contains("://") || run.matches('/').count() > run.len() / 8;
    let words = run.split(['-', '_', '.']).all(|it| it.len() < 12 && it.bytes().all(|byte| byte.is_ascii_alphabetic()));
    !path_like && !words && (digits || lower && upper)
}

/// Encoded rather than a word: `Basic authentication` is prose, and `Basic realm=` asks for a credential.
fn is_credential(run: &str) -> bool {
    let rest = run.as_bytes().get(1..).unwrap_or_default();
    let padded = run.ends_with('=') && run.len().is_multiple_of(4);
    padded || rest.iter().any(|it| it.is_ascii_digit() || it.is_ascii_uppercase())
}

/// Whether `Basic` or `Bearer` (in any case) stands before, in the same literal or in one that is put in front.
fn after_scheme(before: &str) -> bool {
    let lead = before.trim_end_matches(|it: char| it.is_whitespace() || "'\"`+".contains(it));
    let ends = |word: &str| {
        let from = lead.len().checked_sub(word.len()).and_then(|at| lead.get(at..));
        from.is_some_and(|it| it.eq_ignore_ascii_case(word))
    };
    lead.len() < before.len() && (ends("basic") || ends("bearer"))
}

/// Whether the name that the value is given to, on the same line or the one before, announces a secret.
fn named(before: &str) -> bool {
    let lead = before.trim_end_matches(|it: char| it.is_whitespace() || "'\"`:=([{,".contains(it));
    // A clause may be as long as the text: only its end is looked at.
    let tail: Vec<char> = lead.chars().rev().take(80).take_while(|it| !['\n', ';', '{'].contains(it)).collect();
    let words = tail.into_iter().rev().collect::<String>().to_ascii_lowercase();
    // Of `{ key: 'X-Name', value: 'text' }` the key is a name, and not that of the value.
    let words = if words.ends_with("value") { words.rsplit(',').next().unwrap_or_default() } else { &words };
    lead.len() < before.len() && NAMES.iter().any(|name| words.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_beside_their_names_are_masked() {
        for (raw, masked) in [
            ("var key = 'c2VjcmV0LXNlY3JldC1zZWNyZXQ=';", "var key = '***';"),
            ("const API_TOKEN=\"0123456789abcdef0123456789abcdef\"", "const API_TOKEN=\"***\""),
            ("headers.authorization.value !== 'Basic dXNlcjpwYXNz'", "headers.authorization.value !== 'Basic ***'"),
            ("authorization: bearer eyJhbGciOi.eyJzdWIiOiI.c2ln", "authorization: bearer ***"),
            ("'Basic ' + 'ZGVtbzpkZW1v'", "'Basic ' + '***'"),
            ("createHmac('sha256', signingKey, 'aB3dE6gH9jK2mN5pQ8')", "createHmac('sha256', signingKey, '***')"),
        ] {
            assert_eq!(mask(raw), masked);
        }
    }

    #[test]
    fn ordinary_text_is_left_alone() {
        for raw in [
            "if (request.uri === '/monkey/keyboard/index.html') return request;",
            "var uri = '/0123456789abcdef0123456789abcdef.css';",
            "var key = 'x-forwarded-host';",
            "const cacheKey = request.headers.host.value;",
            "basic auth",
            "[{ key: 'Strict-Transport-Security', value: 'max-age=31536000' }]",
            "Basic realm=\"Shop\"",
            "Basic Authentication is not asked for",
            "kvsHandle.get(tokenNameThatIsLong)",
        ] {
            assert_eq!(mask(raw), raw, "{raw}");
        }
    }

    #[test]
    fn a_cover_keeps_every_offset() {
        let raw = "key='0123456789abcdef01' \u{1b}\u{85}\u{202e}\r\nü";
        assert_eq!(cover(raw), "key='******************' ?\u{b7}\u{fffd} \nü");
        assert_eq!(cover(raw).len(), raw.len());
    }

    #[test]
    fn control_characters_are_shown_not_sent() {
        assert_eq!(visible("a\u{1b}[31mb\r\nc\td"), "a\\u{1b}[31mb\nc\td");
        assert_eq!(visible("x\u{202e}y"), "x\\u{202e}y");
        assert_eq!(visible("plain\n"), "plain\n");
    }
}
