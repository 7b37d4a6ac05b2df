//! JavaScript replacements that are cuts: the pattern is bound to the beginning or the end of the text, so that there is one place at most
//! where it can match, and what is replaced there is a fixed text or all between two fixed texts.

use regex_syntax::hir::{Hir, HirKind, Look};

use crate::js_regex::{Piece, is_any, parsed, ways};

/// Where a pattern matches, and what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Bound {
    /// One of these is the whole text.
    Whole(Vec<String>),
    /// The text begins with one of these, of which none begins with another.
    Starts(Vec<String>),
    /// The text ends with one of these; the first of them that it ends with is the match.
    Ends(Vec<String>),
    /// The text ends with the first, or with the first and more of its last character.
    EndsWithRun(String),
    /// The whole text: a beginning, so many characters at least, an end. The middle is the first group.
    Between(String, usize, String),
}

/// Most texts that a pattern may stand for.
const MOST: usize = 12;

/// The place that a pattern is bound to; the texts are in lower case where the flag `i` is given.
pub(crate) fn bound(pattern: &str, flags: &str) -> Option<Bound> {
    // A pattern bound to one place is found there once, with the flag `g` or without.
    if flags.chars().any(|it| !matches!(it, 'i' | 'u' | 'g')) {
        return None;
    }
    if let Some(run) = ends_with_run(pattern).filter(|_| !flags.contains('i')) {
        return Some(Bound::EndsWithRun(run));
    }
    if let Some(it) = between(pattern).filter(|_| !flags.contains('i')) {
        return Some(it);
    }
    let (mut texts, mut bound_to) = (Vec::new(), None);
    for way in ways(pattern)? {
        let (start, way) = match way.split_first() {
            Some((Piece::Start, rest)) => (true, rest),
            _ => (false, way.as_slice()),
        };
        let (end, way) = match way.split_last() {
            Some((Piece::End, rest)) => (true, rest),
            _ => (false, way),
        };
        let mut text = String::new();
        for piece in way {
            match piece {
                Piece::Text(it) => text.push_str(it),
                Piece::Start | Piece::End | Piece::AnyStar | Piece::Without(..) => return None,
            }
        }
        if (text.is_empty() && !(start && end)) || *bound_to.get_or_insert((start, end)) != (start, end) {
            return None;
        }
        texts.push(if flags.contains('i') { text.to_ascii_lowercase() } else { text });
    }
    texts.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    texts.dedup();
    if texts.len() > MOST {
        return None;
    }
    match bound_to? {
        (true, true) => Some(Bound::Whole(texts)),
        // A match ends where the text ends, so the leftmost one is the longest.
        (false, true) => Some(Bound::Ends(texts)),
        // Which of two alternatives matches is a matter of their order unless they exclude each other.
        (true, false) => {
            let begins = |a: &String| texts.iter().any(|b| a != b && a.starts_with(b.as_str()));
            (!texts.iter().any(begins)).then_some(Bound::Starts(texts))
        }
        (false, false) => None,
    }
}

fn literal(hir: &Hir) -> Option<&str> {
    match hir.kind() {
        HirKind::Literal(it) => std::str::from_utf8(&it.0).ok(),
        HirKind::Empty
        | HirKind::Class(_)
        | HirKind::Look(_)
        | HirKind::Repetition(_)
        | HirKind::Capture(_)
        | HirKind::Concat(_)
        | HirKind::Alternation(_) => None,
    }
}

/// A text, its last character once or more, and the end.
fn ends_with_run(pattern: &str) -> Option<String> {
    let hir = parsed(pattern)?;
    let HirKind::Concat(parts) = hir.kind() else { return None };
    let [head, run, end] = parts.as_slice() else { return None };
    let HirKind::Repetition(run) = run.kind() else { return None };
    let (head, last) = (literal(head)?, literal(&run.sub)?);
    let bound = matches!(end.kind(), HirKind::Look(Look::End)) && (run.min, run.max) == (1, None);
    // A head that ends in the same character would leave open how many belong to the run.
    (bound && last.len() == 1 && !head.ends_with(last)).then(|| format!("{head}{last}"))
}

/// `^A(.*)B$` and its relatives: the group is all between two fixed texts.
fn between(pattern: &str) -> Option<Bound> {
    let hir = parsed(pattern)?;
    let HirKind::Concat(parts) = hir.kind() else { return None };
    let mut parts = parts.as_slice();
    let (first, rest) = parts.split_first()?;
    if !matches!(first.kind(), HirKind::Look(Look::Start)) {
        return None;
    }
    parts = rest;
    let mut before = "";
    if let Some((first, rest)) = parts.split_first()
        && let Some(text) = literal(first)
    {
        (before, parts) = (text, rest);
    }
    let (group, rest) = parts.split_first()?;
    let HirKind::Capture(group) = group.kind() else { return None };
    let HirKind::Repetition(run) = group.sub.kind() else { return None };
    if !is_any(&run.sub) || run.max.is_some() || run.min > 1 {
        return None;
    }
    let after = match rest {
        // Without an end the greedy group takes all there is; a hesitant one takes as little as it may.
        [] if run.greedy => "",
        [end] if matches!(end.kind(), HirKind::Look(Look::End)) => "",
        [text, end] if matches!(end.kind(), HirKind::Look(Look::End)) => literal(text)?,
        _ => return None,
    };
    Some(Bound::Between(before.to_owned(), usize::try_from(run.min).ok()?, after.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(of: &[&str]) -> Vec<String> {
        of.iter().map(|it| (*it).to_owned()).collect()
    }

    #[test]
    fn patterns_bound_to_an_end_are_fixed_texts() {
        assert_eq!(bound(r"\/$", ""), Some(Bound::Ends(texts(&["/"]))));
        assert_eq!(bound(r"\.(jpe?g|png)$", "i"), Some(Bound::Ends(texts(&[".jpeg", ".jpg", ".png"]))));
        assert_eq!(bound(r"\/(index\.html)?$", "g"), Some(Bound::Ends(texts(&["/index.html", "/"]))));
        assert_eq!(bound("^www\\.", ""), Some(Bound::Starts(texts(&["www."]))));
        assert_eq!(bound(r"^\/$", ""), Some(Bound::Whole(texts(&["/"]))));
        assert_eq!(bound(r"index\.html+$", ""), Some(Bound::EndsWithRun("index.html".into())));
    }

    #[test]
    fn a_group_between_two_texts_is_a_cut() {
        assert_eq!(bound(r"^\/old\/(.*)$", ""), Some(Bound::Between("/old/".into(), 0, String::new())));
        assert_eq!(bound(r"^(.+)\.html$", ""), Some(Bound::Between(String::new(), 1, ".html".into())));
        assert_eq!(bound(r"^\/a(.*)", ""), Some(Bound::Between("/a".into(), 0, String::new())));
    }

    #[test]
    fn what_may_match_in_more_than_one_way_is_left_alone() {
        for (pattern, flags) in [
            (r"\/", ""),
            (r"\/+$", ""),
            (r"l+$", ""),
            (r"all+$", ""),
            ("^a|b$", ""),
            ("(x)?$", ""),
            ("^(a|ab)", ""),
            (r"\/$", "m"),
            (r"\/$", "y"),
            (r"^\/(.*?)", ""),
            (r"^\/(.*)\/(.*)$", ""),
            (r"^\/(\d+)$", ""),
        ] {
            assert_eq!(bound(pattern, flags), None, "/{pattern}/{flags}");
        }
    }
}
