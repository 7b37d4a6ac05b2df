//! Regular expressions as languages: the texts in which a pattern is found. JavaScript's and the rules' dialect agree on what is read
//! here; what is not clearly in both is refused.

use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind, Look};

use crate::languages::{Chars, Language, Languages, bit};

/// Most repetitions that are written out.
const REPEATED: u32 = 64;

/// Texts in which a JavaScript pattern is found.
pub(crate) fn script(languages: &mut Languages, pattern: &str, flags: &str) -> Option<Language> {
    let (mut class, mut escaped) = (false, false);
    let mut before = ' ';
    for it in pattern.chars() {
        if !(' '..='~').contains(&it) {
            return None;
        }
        match it {
            // Operators of sets in one dialect, plain characters in the other.
            '[' if class && !escaped => return None,
            '&' | '~' | '-' if class && !escaped && before == it => return None,
            '[' if !escaped => class = true,
            ']' if !escaped => class = false,
            _ => {}
        }
        escaped = it == '\\' && !escaped;
        before = it;
    }
    if pattern.contains("(?") && !pattern.contains("(?:") || pattern.contains("[]") || pattern.contains("[^]") {
        return None;
    }
    match flags {
        "" | "u" => rust(languages, pattern),
        "i" | "iu" | "ui" => rust(languages, &format!("(?i){pattern}")),
        _ => None,
    }
}

/// Texts in which a pattern of the rules language is found.
pub(crate) fn rust(languages: &mut Languages, pattern: &str) -> Option<Language> {
    let hir = ParserBuilder::new().unicode(false).utf8(false).nest_limit(100).build().parse(pattern).ok()?;
    // A pattern is found between any two texts; its bounds leave no text there.
    let inner = bounded(languages, &hir, 0)?;
    Some(inner)
}

/// The whole texts around one way through the pattern.
fn bounded(languages: &mut Languages, hir: &Hir, depth: usize) -> Option<Language> {
    if depth > 110 {
        return None;
    }
    let all = languages.all();
    match hir.kind() {
        HirKind::Alternation(parts) => {
            let mut ways = Vec::new();
            for it in parts {
                ways.push(bounded(languages, it, depth + 1)?);
            }
            Some(languages.or(ways))
        }
        HirKind::Capture(it) => bounded(languages, &it.sub, depth + 1),
        HirKind::Concat(parts) if has_choice_of_bounds(hir) => {
            // An alternation of bounds inside, as in `(^|/)a`: written out, one way at a time.
            let at = parts
                .iter()
                .position(|it| matches!(it.kind(), HirKind::Alternation(_) | HirKind::Capture(_)) && has_look(it))?;
            let HirKind::Alternation(ways) = inside(parts.get(at)?).kind() else { return None };
            let mut found = Vec::new();
            for way in ways.clone() {
                let mut whole: Vec<Hir> = parts.get(..at)?.to_vec();
                whole.push(way);
                whole.extend(parts.get(at + 1..)?.iter().cloned());
                found.push(bounded(languages, &Hir::concat(whole), depth + 1)?);
            }
            Some(languages.or(found))
        }
        HirKind::Empty
        | HirKind::Literal(_)
        | HirKind::Class(_)
        | HirKind::Look(_)
        | HirKind::Repetition(_)
        | HirKind::Concat(_) => {
            let parts: Vec<Hir> = match hir.kind() {
                HirKind::Concat(parts) => parts.clone(),
                HirKind::Empty
                | HirKind::Literal(_)
                | HirKind::Class(_)
                | HirKind::Look(_)
                | HirKind::Repetition(_)
                | HirKind::Capture(_)
                | HirKind::Alternation(_) => vec![hir.clone()],
            };
            let mut parts = parts.as_slice();
            let (mut head, mut tail) = (all, all);
            while let [first, rest @ ..] = parts {
                if !matches!(first.kind(), HirKind::Look(Look::Start)) {
                    break;
                }
                head = languages.nothing();
                parts = rest;
            }
            while let [rest @ .., last] = parts {
                if !matches!(last.kind(), HirKind::Look(Look::End)) {
                    break;
                }
                tail = languages.nothing();
                parts = rest;
            }
            let mut whole = tail;
            for it in parts.iter().rev() {
                let part = plain(languages, it, depth + 1)?;
                whole = languages.then(part, whole);
            }
            Some(languages.then(head, whole))
        }
    }
}

fn inside(hir: &Hir) -> &Hir {
    match hir.kind() {
        HirKind::Capture(it) => &it.sub,
        HirKind::Empty
        | HirKind::Literal(_)
        | HirKind::Class(_)
        | HirKind::Look(_)
        | HirKind::Repetition(_)
        | HirKind::Concat(_)
        | HirKind::Alternation(_) => hir,
    }
}

fn has_look(hir: &Hir) -> bool {
    !hir.properties().look_set().is_empty()
}

fn has_choice_of_bounds(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Concat(parts) => {
            parts.iter().any(|it| matches!(inside(it).kind(), HirKind::Alternation(_)) && has_look(it))
        }
        HirKind::Empty
        | HirKind::Literal(_)
        | HirKind::Class(_)
        | HirKind::Look(_)
        | HirKind::Repetition(_)
        | HirKind::Capture(_)
        | HirKind::Alternation(_) => false,
    }
}

/// A part of a pattern without bounds.
fn plain(languages: &mut Languages, hir: &Hir, depth: usize) -> Option<Language> {
    if depth > 110 {
        return None;
    }
    match hir.kind() {
        HirKind::Empty => Some(languages.nothing()),
        HirKind::Literal(it) => Some(languages.words([std::str::from_utf8(&it.0).ok()?])),
        HirKind::Class(class) => {
            let chars = chars(class);
            Some(languages.class(chars))
        }
        HirKind::Look(_) => None,
        HirKind::Capture(it) => plain(languages, &it.sub, depth + 1),
        HirKind::Repetition(it) => {
            let one = plain(languages, &it.sub, depth + 1)?;
            if it.min > REPEATED || it.max.is_some_and(|it| it > REPEATED) {
                return None;
            }
            let mut whole = match it.max {
                None => languages.star(one),
                Some(most) => {
                    let mut rest = languages.nothing();
                    for _ in it.min..most {
                        let more = languages.then(one, rest);
                        let none = languages.nothing();
                        rest = languages.or([none, more]);
                    }
                    rest
                }
            };
            for _ in 0..it.min {
                whole = languages.then(one, whole);
            }
            Some(whole)
        }
        HirKind::Concat(parts) => {
            let mut whole = languages.nothing();
            for it in parts.iter().rev() {
                let part = plain(languages, it, depth + 1)?;
                whole = languages.then(part, whole);
            }
            Some(whole)
        }
        HirKind::Alternation(parts) => {
            let mut ways = Vec::new();
            for it in parts {
                ways.push(plain(languages, it, depth + 1)?);
            }
            Some(languages.or(ways))
        }
    }
}

fn chars(class: &Class) -> Chars {
    let has = |it: u8| match class {
        Class::Bytes(set) => set.iter().any(|range| (range.start()..=range.end()).contains(&it)),
        Class::Unicode(set) => set.iter().any(|range| (range.start()..=range.end()).contains(&char::from(it))),
    };
    (b' '..=b'~').filter(|it| has(*it)).fold(0, |all, it| all | bit(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_found_where_they_are_found() {
        let mut it = Languages::new();
        let cases = [
            (r"^\/item\/([a-z0-9-]+)$", "", vec!["/item/a-1"], vec!["/item/", "/item/A", "x/item/a"]),
            (r"\.(jpe?g|png)$", "", vec!["/a.jpg", ".jpeg", "x.png"], vec!["/a.jpg/", "jpg"]),
            ("bot", "i", vec!["Googlebot/2", "BOT"], vec!["bo", ""]),
            (r"(^|\/)\.env", "", vec![".env", "/a/.env", "/.envx"], vec!["a.env", "/env"]),
            ("^a|b$", "", vec!["ax", "xb"], vec!["xa", "bx"]),
            (r"^[0-9]{2,3}$", "", vec!["12", "123"], vec!["1", "1234"]),
        ];
        for (pattern, flags, yes, no) in cases {
            let language = script(&mut it, pattern, flags);
            assert!(language.is_some(), "{pattern}");
            for text in yes {
                assert!(language.is_some_and(|of| it.holds(of, text)), "{pattern} {text}");
            }
            for text in no {
                assert!(!language.is_some_and(|of| it.holds(of, text)), "{pattern} {text}");
            }
        }
        for pattern in ["(?=a)", r"(a)\1", "[a&&b]", r"\ba", "[]"] {
            assert_eq!(script(&mut it, pattern, ""), None, "{pattern}");
        }
    }
}
