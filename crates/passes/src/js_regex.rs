//! JavaScript regular expressions as the rules language can say them: first as plain comparisons, else as a Rust expression.
//!
//! Both are exact on text of visible ASCII, which the profile's domain facts promise. What is not clearly equal is refused.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind, Look};

/// One plain comparison; a pattern is the disjunction of several.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Plain {
    /// Every text.
    All,
    /// This text.
    Eq(String),
    /// Texts that begin so.
    Starts(String),
    /// Texts that end so.
    Ends(String),
    /// Texts that hold it.
    Contains(String),
    /// A `strict wildcard` pattern.
    Wildcard(String),
}

/// Most comparisons that one pattern becomes.
const MOST: usize = 48;

/// A piece of one way through a pattern.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Piece {
    Text(String),
    Start,
    End,
    AnyStar,
    /// So many characters at least, none of them this one.
    Without(char, u32),
}

/// The same expression in Rust's dialect; the error says what stands against it. Flags `i` and `u` only.
pub(crate) fn translate(pattern: &str, flags: &str) -> Result<String, String> {
    if let Some(flag) = flags.chars().find(|it| !matches!(it, 'i' | 'u')) {
        return Err(format!("the flag `{flag}` has no counterpart"));
    }
    if !pattern.bytes().all(|it| (b' '..=b'~').contains(&it)) {
        return Err("the pattern is not made of visible ASCII".into());
    }
    let mut out = String::new();
    let mut rest = pattern.chars().peekable();
    let mut class = false;
    let mut opened = false;
    while let Some(it) = rest.next() {
        let first = std::mem::replace(&mut opened, false);
        match it {
            '\\' => out.push_str(&escape(&mut rest, class)?),
            '[' if !class => {
                class = true;
                out.push('[');
                if rest.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                opened = true;
            }
            ']' if class && first => return Err("an empty class".into()),
            ']' if class => {
                class = false;
                out.push(']');
            }
            '[' | '&' | '~' if class => {
                out.push('\\');
                out.push(it);
            }
            '-' if class && (first || rest.peek() == Some(&']')) => out.push_str("\\-"),
            '-' if class && rest.peek() == Some(&'-') => return Err("a range of hyphens".into()),
            '(' if !class && rest.peek() == Some(&'?') => {
                rest.next();
                match rest.next() {
                    Some(':') => out.push_str("(?:"),
                    Some('<') if !matches!(rest.peek(), Some('=' | '!')) => {
                        while rest.next().is_some_and(|it| it != '>') {}
                        out.push('(');
                    }
                    _ => return Err("look-around".into()),
                }
            }
            '{' if !class && !rest.peek().is_some_and(char::is_ascii_digit) => return Err("a literal brace".into()),
            other => out.push(other),
        }
    }
    parse(&out)?;
    Ok(if flags.contains('i') { format!("(?i){out}") } else { out })
}

fn escape(rest: &mut std::iter::Peekable<std::str::Chars<'_>>, class: bool) -> Result<String, String> {
    let Some(it) = rest.next() else { return Err("a backslash at the end".into()) };
    match it {
        'b' | 'B' if class => Err("a backspace in a class".into()),
        'd' | 'D' | 'w' | 'W' | 's' | 'S' | 'b' | 'B' | 'n' | 'r' | 't' | 'f' | 'v' => Ok(format!("\\{it}")),
        'x' | 'u' => {
            let digits: String = rest.by_ref().take(if it == 'x' { 2 } else { 4 }).collect();
            match u32::from_str_radix(&digits, 16) {
                Ok(code) if (0x20..0x7f).contains(&code) => Ok(format!("\\x{code:02x}")),
                _ => Err("a character outside visible ASCII".into()),
            }
        }
        '1'..='9' | 'k' => Err("a back-reference".into()),
        '/' | '"' | '\'' | ' ' | ',' | ':' | ';' | '=' | '!' | '@' | '%' | '_' | '`' | '<' | '>' => Ok(it.to_string()),
        _ if it.is_ascii_punctuation() => Ok(format!("\\{it}")),
        _ => Err(format!("the escape `\\{it}`")),
    }
}

fn parse(pattern: &str) -> Result<Hir, String> {
    let mut parser = ParserBuilder::new().unicode(false).utf8(false).nest_limit(100).build();
    parser.parse(pattern).map_err(|_| "it does not parse in the dialect of the rules".to_owned())
}

/// Whether the text that a replacement can name is the same in both dialects: JavaScript forgets groups at each repetition.
pub(crate) fn groups_are_stable(pattern: &str) -> bool {
    let Ok(root) = parse(pattern) else { return false };
    let mut pending = vec![(&root, false)];
    while let Some((hir, repeated)) = pending.pop() {
        match hir.kind() {
            HirKind::Capture(_) if repeated => return false,
            HirKind::Capture(it) => pending.push((&it.sub, repeated)),
            HirKind::Repetition(it) => pending.push((&it.sub, repeated || it.max != Some(1))),
            HirKind::Concat(parts) | HirKind::Alternation(parts) => {
                pending.extend(parts.iter().map(|it| (it, repeated)))
            }
            HirKind::Empty | HirKind::Literal(_) | HirKind::Class(_) | HirKind::Look(_) => {}
        }
    }
    true
}

/// The pattern as plain comparisons, where it clearly is one. The text is in lower case where the flag `i` is given: the caller
/// compares lower-cased text then.
pub(crate) fn plain(pattern: &str, flags: &str) -> Option<Vec<Plain>> {
    let rust = translate(pattern, "").ok()?;
    if flags.chars().any(|it| !matches!(it, 'i' | 'u')) {
        return None;
    }
    let hir = parse(&rust).ok()?;
    let mut all = Vec::new();
    for pieces in expand(&hir, 0)? {
        let it = shape(pieces)?;
        all.push(if flags.contains('i') { it.lower() } else { it });
    }
    all.sort();
    all.dedup();
    if all.contains(&Plain::All) {
        return Some(vec![Plain::All]);
    }
    Some(all)
}

impl Plain {
    fn lower(self) -> Plain {
        match self {
            Plain::All => Plain::All,
            Plain::Eq(it) => Plain::Eq(it.to_ascii_lowercase()),
            Plain::Starts(it) => Plain::Starts(it.to_ascii_lowercase()),
            Plain::Ends(it) => Plain::Ends(it.to_ascii_lowercase()),
            Plain::Contains(it) => Plain::Contains(it.to_ascii_lowercase()),
            Plain::Wildcard(it) => Plain::Wildcard(it.to_ascii_lowercase()),
        }
    }
}

/// The visible characters of a pattern that is one class of at most 26, which a text has somewhere.
pub(crate) fn one_of_letters(pattern: &str) -> Option<Vec<String>> {
    let rust = translate(pattern, "").ok()?;
    let hir = parse(&rust).ok()?;
    let HirKind::Class(class) = hir.kind() else { return None };
    let bytes = class_bytes(class)?;
    (bytes.len() <= 26).then(|| bytes.into_iter().map(|it| char::from(it).to_string()).collect())
}

/// All ways through a pattern without flags, as pieces in order.
pub(crate) fn ways(pattern: &str) -> Option<Vec<Vec<Piece>>> {
    expand(&parse(&translate(pattern, "").ok()?).ok()?, 0)
}

/// The parsed pattern, for a look at its form.
pub(crate) fn parsed(pattern: &str) -> Option<Hir> {
    parse(&translate(pattern, "").ok()?).ok()
}

/// All ways through the expression, as pieces in order. Depth is bounded by the parser's limit.
fn expand(hir: &Hir, depth: usize) -> Option<Vec<Vec<Piece>>> {
    if depth > 110 {
        return None;
    }
    match hir.kind() {
        HirKind::Empty => Some(vec![Vec::new()]),
        HirKind::Literal(it) => Some(vec![vec![Piece::Text(std::str::from_utf8(&it.0).ok()?.to_owned())]]),
        HirKind::Class(class) => {
            let bytes = class_bytes(class)?;
            (bytes.len() <= 12)
                .then(|| bytes.into_iter().map(|it| vec![Piece::Text(char::from(it).to_string())]).collect())
        }
        HirKind::Look(Look::Start) => Some(vec![vec![Piece::Start]]),
        HirKind::Look(Look::End) => Some(vec![vec![Piece::End]]),
        HirKind::Look(_) => None,
        HirKind::Repetition(it) => match (it.min, it.max) {
            (0, None) if is_any(&it.sub) => Some(vec![vec![Piece::AnyStar]]),
            (0, Some(1)) => {
                let mut all = expand(&it.sub, depth + 1)?;
                all.push(Vec::new());
                Some(all)
            }
            (least @ (0 | 1), None) => all_but_one(&it.sub).map(|but| vec![vec![Piece::Without(but, least)]]),
            _ => None,
        },
        HirKind::Capture(it) => expand(&it.sub, depth + 1),
        HirKind::Concat(parts) => {
            let mut all: Vec<Vec<Piece>> = vec![Vec::new()];
            for part in parts {
                let next = expand(part, depth + 1)?;
                if all.len() * next.len() > MOST {
                    return None;
                }
                all = all
                    .iter()
                    .flat_map(|left| next.iter().map(move |it| [left.clone(), it.clone()].concat()))
                    .collect();
            }
            Some(all)
        }
        HirKind::Alternation(parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(expand(part, depth + 1)?);
                if all.len() > MOST {
                    return None;
                }
            }
            Some(all)
        }
    }
}

/// The visible characters of a class; the domain has no others.
fn class_bytes(class: &Class) -> Option<Vec<u8>> {
    match class {
        Class::Bytes(it) => {
            Some((b' '..=b'~').filter(|b| it.iter().any(|r| (r.start()..=r.end()).contains(b))).collect())
        }
        Class::Unicode(it) => {
            Some((b' '..=b'~').filter(|b| it.iter().any(|r| (r.start()..=r.end()).contains(&char::from(*b)))).collect())
        }
    }
}

/// The one visible character that a class does not hold.
fn all_but_one(hir: &Hir) -> Option<char> {
    let HirKind::Class(class) = hir.kind() else { return None };
    let bytes = class_bytes(class)?;
    let mut missing = (b' '..=b'~').filter(|it| !bytes.contains(it));
    let but = missing.next()?;
    missing.next().is_none().then(|| char::from(but))
}

pub(crate) fn is_any(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Class(class) => class_bytes(class).is_some_and(|it| it.len() == 95),
        HirKind::Capture(it) => is_any(&it.sub),
        HirKind::Empty
        | HirKind::Literal(_)
        | HirKind::Look(_)
        | HirKind::Repetition(_)
        | HirKind::Concat(_)
        | HirKind::Alternation(_) => false,
    }
}

fn shape(pieces: Vec<Piece>) -> Option<Plain> {
    let (mut open_start, mut open_end) = (true, true);
    let mut texts: Vec<String> = vec![String::new()];
    let mut ended = false;
    for piece in pieces {
        match piece {
            Piece::Start if texts.len() == 1 && texts.first().is_some_and(String::is_empty) && open_start && !ended => {
                open_start = false;
            }
            Piece::End => {
                ended = true;
                open_end = false;
            }
            Piece::Start | Piece::Without(..) => return None,
            Piece::Text(_) | Piece::AnyStar if ended => return None,
            Piece::Text(it) => texts.last_mut()?.push_str(&it),
            Piece::AnyStar => texts.push(String::new()),
        }
    }
    // A gap at an end makes that end open.
    if texts.len() > 1 && texts.first().is_some_and(String::is_empty) {
        open_start = true;
        texts.remove(0);
    }
    if texts.len() > 1 && texts.last().is_some_and(String::is_empty) {
        open_end = true;
        texts.pop();
    }
    texts = keep_inner(texts);
    if texts.is_empty() {
        return Some(Plain::All);
    }
    if let [text] = texts.as_slice() {
        let text = text.clone();
        return Some(match (open_start, open_end) {
            (true, true) if text.is_empty() => Plain::All,
            (false, true) | (true, false) if text.is_empty() => Plain::All,
            (true, true) => Plain::Contains(text),
            (false, true) => Plain::Starts(text),
            (true, false) => Plain::Ends(text),
            (false, false) => Plain::Eq(text),
        });
    }
    if texts.iter().any(|it| it.contains(['*', '\\'])) {
        return None;
    }
    let inner = texts.join("*");
    Some(Plain::Wildcard(format!("{}{inner}{}", if open_start { "*" } else { "" }, if open_end { "*" } else { "" })))
}

/// Two gaps in a row are one.
fn keep_inner(texts: Vec<String>) -> Vec<String> {
    if texts.len() == 1 { texts } else { texts.into_iter().filter(|it| !it.is_empty()).collect::<Vec<_>>() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(pattern: &str) -> Option<Vec<Plain>> {
        plain(pattern, "")
    }

    #[test]
    fn anchored_literals_become_plain_comparisons() {
        assert_eq!(one(r"^\/blog\/"), Some(vec![Plain::Starts("/blog/".into())]));
        assert_eq!(one(r"^/a$"), Some(vec![Plain::Eq("/a".into())]));
        assert_eq!(one(r"\.html$"), Some(vec![Plain::Ends(".html".into())]));
        assert_eq!(one("admin"), Some(vec![Plain::Contains("admin".into())]));
        assert_eq!(one("^/a.*$"), Some(vec![Plain::Starts("/a".into())]));
        assert_eq!(one("^/a(/.*)?$"), Some(vec![Plain::Eq("/a".into()), Plain::Starts("/a/".into())]));
        assert_eq!(one(r"\.(jpe?g|png)$").map(|it| it.len()), Some(3));
        assert_eq!(one("^/a/.*/b$"), Some(vec![Plain::Wildcard("/a/*/b".into())]));
        assert_eq!(plain("Bot", "i"), Some(vec![Plain::Contains("bot".into())]));
        assert_eq!(one("^.*$"), Some(vec![Plain::All]));
        assert_eq!(one("^[^/]+$"), None);
    }

    #[test]
    fn one_class_is_its_letters() {
        assert_eq!(one_of_letters("[a-c]"), Some(vec!["a".into(), "b".into(), "c".into()]));
        assert_eq!(one_of_letters("[A-Z]").map(|it| it.len()), Some(26));
        assert_eq!(one_of_letters("[a-z0-9]"), None);
        assert_eq!(one_of_letters("[a-c]+x"), None);
    }

    #[test]
    fn dialects_agree_or_it_is_refused() {
        assert_eq!(translate(r"^\/x\/(\d+)$", ""), Ok(r"^/x/(\d+)$".into()));
        assert_eq!(translate("[a&&b]", ""), Ok(r"[a\&\&b]".into()));
        assert_eq!(translate("A", "i"), Ok("(?i)A".into()));
        for (pattern, flags) in [("(?=a)", ""), (r"(a)\1", ""), ("a{,5}", ""), ("[]", ""), ("a", "g"), (r"\a", "")] {
            assert!(translate(pattern, flags).is_err(), "{pattern}");
        }
        assert!(groups_are_stable("^/(a|b)?$") && !groups_are_stable("(?:(a)|b)*"));
    }
}
