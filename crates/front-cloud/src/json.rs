//! JSON to [`Tree`]: a loop with its own stack, so depth costs no stack of the thread.
//!
//! It accepts what RFC 8259 accepts, and trailing white space; spans are bytes.

use crate::mapped::offset;
use crate::node::{Broken, Kind, MAX_DEPTH, Node, NodeId, Style, Tree};
use crate::yaml::without_mark;
use source::FileId;
use std::sync::Arc;

/// An open array or object.
struct Frame {
    object: bool,
    children: Vec<NodeId>,
    start: usize,
}

/// What may come next.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Expect {
    Value,
    ValueOrEnd,
    Key,
    KeyOrEnd,
    Colon,
    CommaOrEnd,
    Nothing,
}

/// The document of a file, or where it breaks.
pub(crate) fn parse(file: FileId, text: &Arc<str>) -> Result<Tree, Broken> {
    let source = without_mark(text);
    let bytes = source.as_bytes();
    let mut tree = Tree::new(file, text.clone());
    let mut stack: Vec<Frame> = Vec::new();
    let mut expect = Expect::Value;
    let mut at = 0;
    loop {
        at += bytes.get(at..).unwrap_or(&[]).iter().take_while(|it| matches!(it, b' ' | b'\t' | b'\n' | b'\r')).count();
        let Some(&byte) = bytes.get(at) else {
            if expect == Expect::Nothing {
                return Ok(tree);
            }
            return Err(Broken::syntax(offset(at), "the file ends inside of a value"));
        };
        let value = matches!(expect, Expect::Value | Expect::ValueOrEnd);
        let key = matches!(expect, Expect::Key | Expect::KeyOrEnd);
        let done = match byte {
            b'{' | b'[' if value => {
                if stack.len() >= MAX_DEPTH {
                    return Err(Broken::too_deep(offset(at)));
                }
                stack.push(Frame { object: byte == b'{', children: Vec::new(), start: at });
                expect = if byte == b'{' { Expect::KeyOrEnd } else { Expect::ValueOrEnd };
                at += 1;
                continue;
            }
            b'}' | b']' if matches!(expect, Expect::CommaOrEnd | Expect::KeyOrEnd | Expect::ValueOrEnd) => {
                let Some(frame) = stack.pop_if(|it| it.object == (byte == b'}')) else {
                    return Err(Broken::syntax(offset(at), "a bracket that closes nothing"));
                };
                at += 1;
                let kind = if frame.object {
                    let pairs = frame.children.chunks_exact(2);
                    Kind::Mapping(pairs.filter_map(|it| Some((*it.first()?, *it.get(1)?))).collect())
                } else {
                    Kind::Sequence(frame.children)
                };
                Node { kind, tag: None, start: offset(frame.start), end: offset(at) }
            }
            b',' if expect == Expect::CommaOrEnd => {
                expect = if stack.last().is_some_and(|it| it.object) { Expect::Key } else { Expect::Value };
                at += 1;
                continue;
            }
            b':' if expect == Expect::Colon => {
                expect = Expect::Value;
                at += 1;
                continue;
            }
            b'"' if value || key => {
                let start = at;
                let (end, value) = string(&source, at)?;
                at = end;
                Node {
                    kind: Kind::Scalar { style: Style::Json, value },
                    tag: None,
                    start: offset(start),
                    end: offset(end),
                }
            }
            b'-' | b'0'..=b'9' | b't' | b'f' | b'n' if value => {
                let rest = bytes.get(at..).unwrap_or(&[]);
                let len =
                    rest.iter().take_while(|it| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'+' | b'.')).count();
                let word = source.get(at..at + len).unwrap_or("");
                if !(matches!(word, "true" | "false" | "null") || word.parse::<f64>().is_ok()) {
                    return Err(Broken::syntax(offset(at), "neither a number nor true, false or null"));
                }
                let start = at;
                at += len;
                let kind = Kind::Scalar { style: Style::Plain, value: word.to_owned() };
                Node { kind, tag: None, start: offset(start), end: offset(at) }
            }
            _ => return Err(Broken::syntax(offset(at), expected(expect))),
        };
        let id = tree.push(done);
        match stack.last_mut() {
            Some(frame) => {
                frame.children.push(id);
                expect = if key && byte == b'"' { Expect::Colon } else { Expect::CommaOrEnd };
            }
            None => {
                tree.roots.push(id);
                expect = Expect::Nothing;
            }
        }
    }
}

fn expected(expect: Expect) -> &'static str {
    match expect {
        Expect::Value => "expected a value",
        Expect::ValueOrEnd => "expected a value or `]`",
        Expect::Key => "expected a name in quotes",
        Expect::KeyOrEnd => "expected a name in quotes or `}`",
        Expect::Colon => "expected `:`",
        Expect::CommaOrEnd => "expected `,` or the end of the collection",
        Expect::Nothing => "text after the end of the document",
    }
}

/// The decoded string at a quote, and the offset after its closing quote.
fn string(source: &str, at: usize) -> Result<(usize, String), Broken> {
    let mut out = String::new();
    let mut end = at + 1;
    for step in steps(source, at + 1) {
        match step {
            Step::Literal(from, text) => {
                out.push_str(text);
                end = from + text.len();
            }
            Step::Escape { value, end: after, .. } => {
                out.push(value);
                end = after;
            }
            Step::Broken(at) => return Err(Broken::syntax(offset(at), "not a string of JSON")),
        }
    }
    Ok((end + 1, out))
}

/// One piece of a string.
pub(crate) enum Step<'a> {
    Literal(usize, &'a str),
    Escape { start: usize, end: usize, value: char },
    Broken(usize),
}

/// The pieces of the string whose first byte after the quote is at `at`, up to the closing quote.
pub(crate) fn steps(source: &str, at: usize) -> impl Iterator<Item = Step<'_>> {
    let mut at = at;
    let mut over = false;
    std::iter::from_fn(move || {
        if over {
            return None;
        }
        let rest = source.get(at..).unwrap_or("");
        let Some(len) = rest.bytes().position(|it| it == b'"' || it == b'\\' || it < 0x20) else {
            over = true;
            return Some(Step::Broken(source.len()));
        };
        if len > 0 {
            let from = at;
            at += len;
            return Some(Step::Literal(from, rest.get(..len).unwrap_or("")));
        }
        if rest.starts_with('"') {
            over = true;
            return None;
        }
        // A bare control character is no escape.
        match escape(rest).filter(|_| rest.starts_with('\\')) {
            Some((value, len)) => {
                let start = at;
                at += len;
                Some(Step::Escape { start, end: at, value })
            }
            None => {
                over = true;
                Some(Step::Broken(at))
            }
        }
    })
}

/// The character of the escape `rest` begins with, and its length. A lone surrogate becomes U+FFFD.
fn escape(rest: &str) -> Option<(char, usize)> {
    let simple = match rest.as_bytes().get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let unit = hex(rest.get(2..6)?)?;
            if !(0xd800..0xdc00).contains(&unit) {
                return Some((char::from_u32(unit).unwrap_or('\u{fffd}'), 6));
            }
            let low =
                rest.get(6..12).and_then(|it| hex(it.strip_prefix("\\u")?)).filter(|it| (0xdc00..0xe000).contains(it));
            return Some(match low {
                Some(low) => {
                    (char::from_u32(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)).unwrap_or('\u{fffd}'), 12)
                }
                None => ('\u{fffd}', 6),
            });
        }
        _ => return None,
    };
    Some((simple, 2))
}

fn hex(digits: &str) -> Option<u32> {
    if digits.bytes().all(|it| it.is_ascii_hexdigit()) { u32::from_str_radix(digits, 16).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use source::Sources;

    fn broken(text: &str) -> Option<u32> {
        let mut sources = Sources::new();
        let file = sources.add("t.json", text);
        parse(file, &Arc::from(text)).err().map(|it| it.at)
    }

    #[test]
    fn documents_of_the_grammar_are_accepted() {
        for text in
            ["{}", "[]", " [1, -2.5e3, true, null, \"\\u00e9\\/\"] ", "{\"a\": {\"b\": []}, \"c\": [{}]}", "\"x\""]
        {
            assert_eq!(broken(text), None, "{text}");
        }
    }

    #[test]
    fn all_else_is_refused_where_it_stands() {
        for (text, at) in [
            ("", 0),
            ("{", 1),
            ("[1,]", 3),
            ("{\"a\" 1}", 5),
            ("{a: 1}", 1),
            ("[1] 2", 4),
            ("]", 0),
            ("[}", 1),
            ("[tru]", 1),
            ("[\"a\nb\"]", 3),
            ("[\"\\x\"]", 2),
        ] {
            assert_eq!(broken(text), Some(at), "{text}");
        }
    }
}
