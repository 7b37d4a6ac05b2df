//! Groups of a match as expressions: the group of a pattern that spans the whole text is a replacement of the text by that group.

use std::sync::Arc;

use edge::{ExprId, Fn, Why};

use crate::Eval;
use crate::value::{ObjKind, V, Val};

/// Anything, as little as possible, from the beginning.
const BEFORE: &str = r"^[\s\S]*?";
/// Anything up to the end.
const AFTER: &str = r"[\s\S]*$";

impl Eval<'_> {
    /// What `match` and `exec` give where the pattern matches.
    pub(crate) fn groups(&mut self, text: ExprId, pattern: &str, flags: &str) -> Val {
        let Some(names) = group_names(pattern).filter(|_| matches!(flags, "" | "i")) else {
            return self.opaque("the groups of a match");
        };
        let anchored = (pattern.starts_with('^'), ends_with_anchor(pattern));
        let whole = anchored == (true, true);
        let spanning = if whole {
            pattern.to_owned()
        } else {
            let body = pattern.strip_prefix('^').unwrap_or(pattern);
            let body = if anchored.1 { body.strip_suffix('$').unwrap_or(body) } else { body };
            let (before, after) = (if anchored.0 { "^" } else { BEFORE }, if anchored.1 { "$" } else { AFTER });
            format!("{before}({body}){after}")
        };
        let mut items = Vec::new();
        // Around a pattern that does not span the text stands one more group: the match itself.
        for at in 0..=names.len() {
            let val = if whole && at == 0 {
                Val::Sym(text)
            } else {
                let group = if whole { at } else { at + 1 };
                let args = [spanning.as_str(), flags, &format!("${group}")].map(|it| self.program.store.string(it));
                let [pattern, flags, to] = args;
                Val::Sym(self.call_fn(Fn::JsReplace, &[text, pattern, flags, to]))
            };
            items.push(V { val, why: Why::NONE });
        }
        let named: Vec<(Arc<str>, V)> = names
            .iter()
            .zip(items.iter().skip(1))
            .filter_map(|(name, item)| name.as_ref().map(|name| (name.clone(), item.clone())))
            .collect();
        let Val::Obj(id) = self.array(items) else { return Val::Undef };
        let groups = if named.is_empty() {
            Val::Undef
        } else {
            let groups = self.heap.alloc(ObjKind::Plain);
            for (name, item) in named {
                self.heap.init(groups, &name, item);
            }
            Val::Obj(groups)
        };
        let index = if anchored.0 { Val::Num(0.0) } else { self.unknown_data("the place of a match") };
        for (name, val) in [("index", index), ("input", Val::Sym(text)), ("groups", groups)] {
            self.heap.init(id, name, V { val, why: Why::NONE });
        }
        Val::Obj(id)
    }
}

/// Whether the last character of a pattern is `$` and not an escaped one.
fn ends_with_anchor(pattern: &str) -> bool {
    pattern
        .strip_suffix('$')
        .is_some_and(|rest| rest.bytes().rev().take_while(|it| *it == b'\\').count().is_multiple_of(2))
}

/// A group that is open.
#[derive(Default)]
struct Open {
    captures: bool,
    /// It holds a capturing group.
    holds: bool,
    alternatives: bool,
}

/// The names of a pattern's capturing groups, in order; nothing where one of them may take no part in a match.
fn group_names(pattern: &str) -> Option<Vec<Option<Arc<str>>>> {
    let mut names = Vec::new();
    let mut open: Vec<Open> = Vec::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let tail = rest.get(first.len_utf8()..)?;
        rest = match first {
            '\\' => {
                let escaped = tail.chars().next()?;
                // What a back reference means depends on the number of the group.
                if escaped.is_ascii_digit() || escaped == 'k' {
                    return None;
                }
                tail.get(escaped.len_utf8()..)?
            }
            '[' => after_class(tail)?,
            '(' if tail.starts_with("?:") => {
                open.push(Open::default());
                tail.get(2..)?
            }
            '(' => {
                let (name, after) = match tail.strip_prefix('?') {
                    None => (None, tail),
                    Some(named) => {
                        let (name, after) = named.strip_prefix('<')?.split_once('>')?;
                        // `(?<=` and `(?<!` look behind.
                        if name.starts_with(['=', '!']) {
                            return None;
                        }
                        (Some(Arc::from(name)), after)
                    }
                };
                names.push(name);
                open.iter_mut().for_each(|it| it.holds = true);
                open.push(Open { captures: true, ..Open::default() });
                after
            }
            // At the top, one of the sides takes no part.
            '|' => {
                open.last_mut()?.alternatives = true;
                tail
            }
            ')' => {
                let closed = open.pop()?;
                let quantified = tail.starts_with(['?', '*', '{', '+']);
                if (closed.holds && closed.alternatives) || ((closed.captures || closed.holds) && quantified) {
                    return None;
                }
                tail
            }
            _ => tail,
        };
    }
    open.is_empty().then_some(names)
}

/// What follows a character class.
fn after_class(text: &str) -> Option<&str> {
    let mut escaped = false;
    for (at, char) in text.char_indices() {
        match char {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ']' => return text.get(at + 1..),
            _ => {}
        }
    }
    None
}
