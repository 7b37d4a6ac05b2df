//! The text between the nodes of a tree: comments, single marks, and the blanks themselves.

use super::Edit;

/// The text with every edit blanked. Ends of lines stay; every other byte becomes a space.
pub(super) fn blanked(text: &str, edits: &[Edit]) -> String {
    let mut bytes: Vec<u8> = text.bytes().collect();
    for edit in edits {
        let Some(range) = bytes.get_mut(edit.start..edit.end) else { continue };
        for byte in range.iter_mut().filter(|it| !matches!(it, b'\n' | b'\r')) {
            *byte = b' ';
        }
    }
    // Marks last: an edit inside another must not take them away.
    for edit in edits {
        for (mark, place) in [(edit.first, edit.start), (edit.last, edit.end.saturating_sub(1))] {
            if let (Some(mark), Some(byte)) = (mark, bytes.get_mut(place)) {
                *byte = mark;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The offset behind white space and comments.
pub(super) fn after_trivia(text: &str, from: usize) -> usize {
    let mut rest = text.get(from..).unwrap_or_default();
    loop {
        rest = rest.trim_start();
        if let Some(comment) = rest.strip_prefix("//") {
            rest = comment.find('\n').and_then(|it| comment.get(it..)).unwrap_or_default();
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.find("*/").and_then(|it| comment.get(it + 2..)).unwrap_or_default();
        } else {
            return text.len() - rest.len();
        }
    }
}

/// The word that begins here; empty when none does.
pub(super) fn word_at(text: &str, from: usize) -> &str {
    let rest = text.get(from..).unwrap_or_default();
    let end = rest.find(|it: char| !(it.is_alphanumeric() || it == '_' || it == '$')).unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default()
}

/// The last `)` between two places, outside of comments.
pub(super) fn closing_parenthesis(text: &str, from: usize, to: usize) -> Option<usize> {
    let mut found = None;
    let mut position = after_trivia(text, from);
    while position < to {
        let next = text.get(position..)?.chars().next()?;
        if next == ')' {
            found = Some(position);
        }
        position = after_trivia(text, position + next.len_utf8());
    }
    found
}
