//! Functions of the rules language on bytes. None knows Unicode; lengths and indexes count bytes.

use std::borrow::Cow;

/// A text as borrowed bytes.
pub(super) fn bytes(text: &str) -> Cow<'_, [u8]> {
    Cow::Borrowed(text.as_bytes())
}

pub(super) fn lower(text: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    if text.iter().any(u8::is_ascii_uppercase) { Cow::Owned(text.to_ascii_lowercase()) } else { text }
}

pub(super) fn upper(text: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    if text.iter().any(u8::is_ascii_lowercase) { Cow::Owned(text.to_ascii_uppercase()) } else { text }
}

/// Whether one text holds another.
pub(super) fn contains(text: &[u8], part: &[u8]) -> bool {
    part.is_empty() || text.windows(part.len()).any(|it| it == part)
}

/// Bytes from `start` to before `end`; negative positions count from the end, positions outside are moved to the border.
pub(super) fn substring(text: Cow<'_, [u8]>, start: i64, end: Option<i64>) -> Cow<'_, [u8]> {
    let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let place = |at: i64| {
        let at = if at < 0 { at.saturating_add(length) } else { at };
        usize::try_from(at.clamp(0, length)).unwrap_or(0)
    };
    let (start, end) = (place(start), end.map_or(text.len(), place));
    match text {
        Cow::Borrowed(it) => Cow::Borrowed(it.get(start..end).unwrap_or_default()),
        Cow::Owned(it) => Cow::Owned(it.get(start..end).unwrap_or_default().to_vec()),
    }
}

/// `%XX` and `+` decoded once, or until nothing changes; with `unicode` also `%uXXXX`, to UTF-8.
pub(super) fn url_decode(text: Cow<'_, [u8]>, recursive: bool, unicode: bool) -> Cow<'_, [u8]> {
    if !text.iter().any(|it| matches!(it, b'%' | b'+')) {
        return text;
    }
    let mut current = text.into_owned();
    loop {
        let next = decode_once(&current, unicode);
        if !recursive || next == current {
            return Cow::Owned(next);
        }
        current = next;
    }
}

fn decode_once(text: &[u8], unicode: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (first, after) {
            (b'+', _) => out.push(b' '),
            (b'%', [b'u', a, b, c, d, tail @ ..]) if unicode => match hex(&[*a, *b, *c, *d]).and_then(char::from_u32) {
                Some(letter) => {
                    out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                    rest = tail;
                }
                None => out.push(b'%'),
            },
            (b'%', [a, b, tail @ ..]) => match hex(&[*a, *b]).and_then(|it| u8::try_from(it).ok()) {
                Some(byte) => {
                    out.push(byte);
                    rest = tail;
                }
                None => out.push(b'%'),
            },
            (other, _) => out.push(*other),
        }
    }
    out
}

pub(super) fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |value, digit| Some(value * 16 + char::from(*digit).to_digit(16)?))
}

/// A query without every argument of the given names; the others keep their order.
pub(super) fn remove_query_args(query: &[u8], names: &[Vec<u8>]) -> Vec<u8> {
    let kept: Vec<&[u8]> = query
        .split(|it| *it == b'&')
        .filter(|piece| {
            let name = piece.split(|it| *it == b'=').next().unwrap_or_default();
            !names.iter().any(|it| it == name)
        })
        .collect();
    kept.join(&b'&')
}

/// A text without every byte of a set.
pub(super) fn remove_bytes(text: &[u8], unwanted: &[u8]) -> Vec<u8> {
    text.iter().copied().filter(|it| !unwanted.contains(it)).collect()
}

/// At most `limit` parts; the last keeps the rest.
pub(super) fn split(text: &[u8], separator: &[u8], limit: usize) -> Vec<Vec<u8>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while parts.len() + 1 < limit && !separator.is_empty() {
        let Some(at) = rest.windows(separator.len()).position(|it| it == separator) else { break };
        parts.push(rest.get(..at).unwrap_or_default().to_vec());
        rest = rest.get(at + separator.len()..).unwrap_or_default();
    }
    parts.push(rest.to_vec());
    parts
}

const STANDARD: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 with the standard or the URL-safe alphabet.
pub(super) fn encode_base64(data: &[u8], url_safe: bool, padded: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len().div_ceil(3) * 4);
    for group in data.chunks(3) {
        let value = group.iter().fold(0_u32, |value, byte| (value << 8) | u32::from(*byte)) << (8 * (3 - group.len()));
        for place in 0..=group.len() {
            let index = usize::try_from((value >> (18 - 6 * place)) & 63).unwrap_or(0);
            let letter = STANDARD.get(index).copied().unwrap_or(b'A');
            out.push(match letter {
                b'+' if url_safe => b'-',
                b'/' if url_safe => b'_',
                other => other,
            });
        }
        if padded {
            out.extend(std::iter::repeat_n(b'=', 3 - group.len()));
        }
    }
    out
}

/// The bytes of a base64 text; `None` when it is none.
pub(super) fn decode_base64(text: &[u8]) -> Option<Vec<u8>> {
    let trimmed = text.iter().rposition(|it| *it != b'=').map_or(&[][..], |at| text.get(..=at).unwrap_or_default());
    let mut out = Vec::with_capacity(trimmed.len() / 4 * 3);
    for group in trimmed.chunks(4) {
        let mut value = 0_u32;
        for letter in group {
            value = (value << 6) | u32::try_from(STANDARD.iter().position(|it| it == letter)?).ok()?;
        }
        if group.len() == 1 {
            return None;
        }
        value <<= 6 * (4 - group.len());
        let [_, a, b, c] = value.to_be_bytes();
        out.extend([a, b, c].iter().take(group.len() - 1));
    }
    Some(out)
}

/// RFC 3986 normalization of a path: unreserved characters decoded, hex digits in upper case, dot segments resolved.
pub(super) fn normalize_path(path: &str) -> String {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match (first, after) {
            (b'%', [a, b, tail @ ..]) => match hex(&[*a, *b]).and_then(|it| u8::try_from(it).ok()) {
                Some(byte) => {
                    if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                        decoded.push(byte);
                    } else {
                        decoded.extend([b'%', a.to_ascii_uppercase(), b.to_ascii_uppercase()]);
                    }
                    rest = tail;
                }
                None => decoded.push(b'%'),
            },
            (other, _) => decoded.push(*other),
        }
    }
    let decoded = String::from_utf8_lossy(&decoded);
    let mut segments: Vec<&str> = Vec::new();
    let mut pieces = decoded.split('/').skip(1).peekable();
    while let Some(piece) = pieces.next() {
        let last = pieces.peek().is_none();
        match piece {
            "." | ".." => {
                if piece == ".." {
                    segments.pop();
                }
                if last {
                    segments.push("");
                }
            }
            other => segments.push(other),
        }
    }
    format!("/{}", segments.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn substring_counts_bytes_from_both_ends() {
        let cut = |start, end| String::from_utf8_lossy(&substring(bytes("abcdef"), start, end)).into_owned();
        assert_eq!(cut(1, Some(3)), "bc");
        assert_eq!(cut(-2, None), "ef");
        assert_eq!(cut(0, Some(-1)), "abcde");
        assert_eq!(cut(4, Some(2)), "");
        assert_eq!(cut(2, Some(100)), "cdef");
        assert_eq!(substring(bytes("é"), 0, Some(1)).as_ref(), [0xc3]);
    }

    #[test]
    fn url_decode_reads_plus_and_escapes() {
        let decode = |text, recursive, unicode| {
            String::from_utf8_lossy(&url_decode(bytes(text), recursive, unicode)).into_owned()
        };
        assert_eq!(decode("a+b%20c", false, false), "a b c");
        assert_eq!(decode("%2541", false, false), "%41");
        assert_eq!(decode("%2541", true, false), "A");
        assert_eq!(decode("%u00e9", false, true), "é");
        assert_eq!(decode("%zz%", false, false), "%zz%");
    }

    #[test]
    fn base64_round_trips() {
        for text in ["", "f", "fo", "foo", "foob", "fooba", "foobar", "\u{ff}\u{fe}?>"] {
            for padded in [false, true] {
                let encoded = encode_base64(text.as_bytes(), false, padded);
                assert_eq!(decode_base64(&encoded), Some(text.as_bytes().to_vec()));
            }
        }
        assert_eq!(encode_base64(b"user:pass", false, true), b"dXNlcjpwYXNz");
        assert_eq!(encode_base64(b"fo", false, false), b"Zm8");
        assert_eq!(decode_base64(b"a"), None);
        assert_eq!(decode_base64(b"a b"), None);
    }

    #[test]
    fn normalization_resolves_dots_and_decodes_unreserved() {
        assert_eq!(normalize_path("/a/./b/../c"), "/a/c");
        assert_eq!(normalize_path("/%41%2f%7e"), "/A%2F~");
        assert_eq!(normalize_path("/a/.."), "/");
        assert_eq!(normalize_path("//a"), "//a");
        assert_eq!(normalize_path("/../../a/"), "/a/");
    }

    #[test]
    fn arguments_are_removed_everywhere() {
        let names = [b"a".to_vec(), b"c".to_vec()];
        assert_eq!(remove_query_args(b"a=1&b=2&a=3&c", &names), b"b=2");
        assert_eq!(remove_query_args(b"", &names), b"");
        assert_eq!(split(b"a,b,c", b",", 2), [b"a".to_vec(), b"b,c".to_vec()]);
        assert_eq!(remove_bytes(b"a.b.c", b"."), b"abc");
    }
}
