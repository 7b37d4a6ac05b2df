//! Counts the attributes, blocks and object keys of CloudFront blocks in HCL with a tokenizer of its own.

use std::collections::BTreeSet;

/// What the tokens between two brackets are.
#[derive(PartialEq, Eq)]
enum Inside {
    Body,
    Object,
    Array,
    /// `for` expressions and parentheses: nothing in them is an entry by itself.
    Other,
}

struct Frame<'a> {
    inside: Inside,
    /// Whether an attribute, entry or item begins here.
    fresh: bool,
    /// The words of the statement so far, of a body.
    words: Vec<&'a str>,
    /// Where the key of the entry began, of an object, while the key is read.
    key: Option<usize>,
    keys: BTreeSet<&'a str>,
}

impl Frame<'_> {
    fn new(inside: Inside) -> Frame<'static> {
        Frame { inside, fresh: true, words: Vec::new(), key: None, keys: BTreeSet::new() }
    }
}

pub(super) fn count(text: &str) -> usize {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let bytes = text.as_bytes();
    let mut stack = vec![Frame::new(Inside::Body)];
    let (mut total, mut block, mut cloudfront) = (0, 0, false);
    // Of a module of the repository: its source is a path, and its arguments say what it makes.
    let (mut local, mut shaped) = (false, false);
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = text.get(at..).unwrap_or("");
        let depth = stack.len();
        let Some(frame) = stack.last_mut() else { return total };
        let start = at;
        match byte {
            b' ' | b'\t' | b'\r' => {
                at += 1;
                continue;
            }
            b'#' => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            b'/' if rest.starts_with("//") => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            b'/' if rest.starts_with("/*") => {
                at += rest.find("*/").map_or(rest.len(), |it| it + 2);
                continue;
            }
            b'\n' => {
                at += 1;
                if frame.inside == Inside::Body || frame.inside == Inside::Object {
                    frame.fresh = true;
                    frame.words.clear();
                }
                continue;
            }
            b',' => {
                at += 1;
                frame.fresh = true;
                continue;
            }
            b'}' | b']' | b')' => {
                at += 1;
                if depth > 1 {
                    stack.pop();
                }
                if depth == 2 && bytes.get(start) == Some(&b'}') {
                    total += if cloudfront || local && shaped { block } else { 0 };
                    (block, cloudfront, local, shaped) = (0, false, false, false);
                }
                continue;
            }
            b'"' => at = string_end(bytes, at),
            b'<' if rest.starts_with("<<") => at = heredoc_end(text, at),
            _ if is_word(byte) => {
                at += bytes.get(at..).unwrap_or(&[]).iter().take_while(|it| is_word(**it) || **it == b'-').count()
            }
            _ => at += 1,
        }
        let token = text.get(start..at).unwrap_or("");
        let opens = matches!(byte, b'{' | b'[' | b'(');
        let is_for = byte == b'{' || byte == b'[';
        let is_for = is_for && text.get(at..).is_some_and(begins_for);
        let mut inner = match byte {
            _ if is_for => Inside::Other,
            b'{' => Inside::Object,
            b'[' => Inside::Array,
            _ => Inside::Other,
        };
        match frame.inside {
            Inside::Body => {
                if frame.fresh && token == "=" {
                    block += 1;
                    // Only `module` blocks have a source that matters; other blocks were decided by their label.
                    if depth == 2 && frame.words == ["source"] {
                        let source = text.get(at..).unwrap_or("").lines().next().unwrap_or("").trim_start();
                        let module = stack.first().is_some_and(|it| it.words.first() == Some(&"module"));
                        cloudfront |= module && source.contains("terraform-aws-modules/cloudfront");
                        local = module && (source.starts_with("\"./") || source.starts_with("\"../"));
                    } else if depth == 2 {
                        shaped |=
                            matches!(frame.words.as_slice(), ["default_cache_behavior" | "ordered_cache_behavior"]);
                    }
                    if let Some(frame) = stack.last_mut() {
                        frame.fresh = false;
                    }
                } else if frame.fresh && byte == b'{' {
                    block += 1;
                    inner = Inside::Body;
                    if depth == 1 {
                        let kind = frame.words.first().copied().unwrap_or("");
                        let label = frame.words.get(1).copied().unwrap_or("").trim_matches('"');
                        cloudfront = matches!(kind, "resource" | "data") && label.starts_with("aws_cloudfront");
                        block = 1;
                    }
                } else if frame.fresh {
                    frame.words.push(token);
                }
            }
            Inside::Object => {
                if frame.fresh {
                    frame.key = Some(start);
                    frame.fresh = false;
                }
                if matches!(byte, b'=' | b':')
                    && let Some(from) = frame.key.take()
                {
                    let key = text.get(from..start).unwrap_or("").trim();
                    block += usize::from(frame.keys.insert(key));
                }
            }
            Inside::Array => {
                block += usize::from(frame.fresh && byte == b'{' && !is_for);
                frame.fresh = false;
            }
            Inside::Other => {}
        }
        if opens {
            stack.push(Frame::new(inner));
        }
    }
    total
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

/// Whether `for` and a space come next.
fn begins_for(rest: &str) -> bool {
    let word = rest.trim_start().strip_prefix("for");
    word.is_some_and(|it| it.starts_with(char::is_whitespace))
        && !rest.trim_start().get(3..).unwrap_or("").trim_start().starts_with(['=', ':'])
}

/// After the closing quote of the string at `at`; strings in its templates included.
fn string_end(bytes: &[u8], at: usize) -> usize {
    // `None` is a string, `Some(n)` a template with n open braces.
    let mut open: Vec<Option<usize>> = vec![None];
    let mut at = at + 1;
    while let (Some(&byte), Some(&state)) = (bytes.get(at), open.last()) {
        let next = bytes.get(at + 1).copied();
        at += 1;
        match (state, byte) {
            (None, b'\\') => at += 1,
            (None, b'"') | (Some(0), b'}') => {
                open.pop();
                if open.is_empty() {
                    return at;
                }
            }
            (None, b'$' | b'%') if next == Some(byte) && bytes.get(at + 1) == Some(&b'{') => at += 2,
            (None, b'$' | b'%') if next == Some(b'{') => {
                at += 1;
                open.push(Some(0));
            }
            (Some(depth), b'{') => *open.last_mut().unwrap_or(&mut None) = Some(depth + 1),
            (Some(depth), b'}') => *open.last_mut().unwrap_or(&mut None) = Some(depth - 1),
            (Some(_), b'"') => open.push(None),
            (_, _) => {}
        }
    }
    at
}

/// After the closing word of the heredoc at `at`.
fn heredoc_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or("");
    let head = rest.lines().next().unwrap_or("");
    let word = head.trim_start_matches(['<', '-']).trim_end();
    if word.is_empty() || !word.bytes().all(|it| is_word(it) || it == b'-') {
        return at + 2;
    }
    let mut end = at + head.len();
    for line in rest.get(head.len()..).unwrap_or("").split_inclusive('\n').skip(1) {
        end += 1;
        let trimmed = line.trim_start_matches([' ', '\t']);
        let after = trimmed.strip_prefix(word);
        if after.is_some_and(|it| !it.bytes().next().is_some_and(|it| is_word(it) || it == b'-')) {
            return end + (line.len() - trimmed.len()) + word.len();
        }
        end += line.len() - 1;
    }
    text.len()
}
