//! JavaScript's text functions on well-formed text. Positions count UTF-16 code units; a result that would hold half of a surrogate
//! pair has no value here.

use std::sync::Arc;

/// Why a function has no value, in words.
pub(super) type Cause = Arc<str>;

fn half() -> Cause {
    Arc::from("text is cut inside a surrogate pair")
}

fn joined(units: &[u16]) -> Result<String, Cause> {
    String::from_utf16(units).map_err(|_| half())
}

/// `text.slice(start, end)`.
pub(super) fn slice(text: &str, start: i64, end: Option<i64>) -> Result<String, Cause> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let place = |at: i64| {
        let length = i64::try_from(units.len()).unwrap_or(i64::MAX);
        let at = if at < 0 { length.saturating_add(at).max(0) } else { at.min(length) };
        usize::try_from(at).unwrap_or(units.len())
    };
    let (start, end) = (place(start), end.map_or(units.len(), place));
    joined(units.get(start..end).unwrap_or_default())
}

/// `text.split(separator)[n]`; nothing where there is no such piece.
pub(super) fn split_at(text: &str, separator: &str, n: i64) -> Result<Option<String>, Cause> {
    let Ok(n) = usize::try_from(n) else { return Ok(None) };
    if separator.is_empty() {
        return text.encode_utf16().nth(n).map(|unit| joined(&[unit])).transpose();
    }
    Ok(text.split(separator).nth(n).map(str::to_owned))
}

/// `text.replaceAll(what, with)` without `$` patterns in `with`.
pub(super) fn replace_all(text: &str, what: &str, with: &str) -> Result<String, Cause> {
    if what.is_empty() && text.chars().any(|it| it.len_utf16() > 1) {
        return Err(half());
    }
    Ok(text.replace(what, with))
}

/// A query written anew, with every value of an argument or with its first. Where names that look like whole numbers stand is another
/// matter in every engine.
pub(super) fn query_anew(query: &str, every: bool) -> Result<String, Cause> {
    let mut arguments: Vec<(&str, Vec<&str>)> = Vec::new();
    for part in query.split('&').filter(|it| !it.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        if name.parse::<u32>().is_ok_and(|it| it.to_string() == name) {
            return Err(Arc::from("the place of an argument that is named by a number"));
        }
        match arguments.iter_mut().find(|it| it.0 == name) {
            Some((_, values)) if every => values.push(value),
            Some(_) => {}
            None => arguments.push((name, vec![value])),
        }
    }
    let pieces: Vec<String> =
        arguments.iter().flat_map(|(name, values)| values.iter().map(move |value| format!("{name}={value}"))).collect();
    Ok(pieces.join("&"))
}

/// `text.trim()`.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(|it: char| {
        matches!(
            it,
            '\u{9}'..='\u{d}' | ' ' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}'
                | '\u{205f}' | '\u{3000}' | '\u{feff}'
        )
    })
}

/// `encodeURIComponent(text)`.
pub(super) fn encode_component(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_count_code_units_from_either_end() {
        assert_eq!(slice("/blog/post", 6, None).as_deref(), Ok("post"));
        assert_eq!(slice("/blog/", -1, None).as_deref(), Ok("/"));
        assert_eq!(slice("/blog/", 0, Some(-1)).as_deref(), Ok("/blog"));
        assert_eq!(slice("abc", 2, Some(1)).as_deref(), Ok(""));
        assert_eq!(slice("abc", -9, Some(99)).as_deref(), Ok("abc"));
        assert_eq!(slice("é😀x", 3, None).as_deref(), Ok("x"));
        assert_eq!(slice("abc", i64::MIN, Some(i64::MAX)).as_deref(), Ok("abc"));
    }

    #[test]
    fn half_a_pair_has_no_value() {
        assert!(slice("😀", 1, None).is_err());
        assert!(split_at("😀", "", 0).is_err());
        assert!(replace_all("😀", "", "-").is_err());
    }

    #[test]
    fn splitting_follows_the_script() {
        assert_eq!(split_at("/a/b", "/", 0), Ok(Some(String::new())));
        assert_eq!(split_at("/a/b", "/", 2), Ok(Some("b".to_owned())));
        assert_eq!(split_at("/a/b", "/", 3), Ok(None));
        assert_eq!(split_at("/a/b", "/", -1), Ok(None));
        assert_eq!(split_at("", "/", 0), Ok(Some(String::new())));
        assert_eq!(split_at("", "", 0), Ok(None));
        assert_eq!(split_at("ab", "", 1), Ok(Some("b".to_owned())));
    }

    #[test]
    fn an_empty_needle_is_found_between_all_letters() {
        assert_eq!(replace_all("ab", "", "-").as_deref(), Ok("-a-b-"));
        assert_eq!(replace_all("aXbX", "X", "$&").as_deref(), Ok("a$&b$&"));
    }

    #[test]
    fn trimming_takes_the_byte_order_mark_and_leaves_next_line() {
        assert_eq!(trim("\u{feff}\u{3000} a b\n\u{a0}"), "a b");
        assert_eq!(trim("\u{85}a\u{85}"), "\u{85}a\u{85}");
    }

    #[test]
    fn components_are_escaped_in_upper_case() {
        assert_eq!(encode_component("a b/é?*'()!~"), "a%20b%2F%C3%A9%3F*'()!~");
    }
}
