//! Words of TypeScript: enough to follow calls, members and literals of a program that is not run.
//!
//! Any text gives tokens, in one pass; comments are none.

/// What a token is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// A name, keyword or number.
    Name,
    /// A string with its quotes.
    Text,
    /// A template with its quotes and all that is inside.
    Template,
    /// One sign.
    Mark,
}

/// A token and its bytes.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

/// The tokens of a text.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        let rest = text.get(at..).unwrap_or("");
        let kind = match byte {
            _ if byte.is_ascii_whitespace() => {
                at += 1;
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
            b'"' | b'\'' => {
                at = string_end(bytes, at, byte);
                Kind::Text
            }
            b'`' => {
                at = template_end(bytes, at);
                Kind::Template
            }
            _ if is_word(byte) => {
                at += bytes.get(at..).unwrap_or(&[]).iter().take_while(|it| is_word(**it)).count();
                Kind::Name
            }
            _ => {
                at += 1;
                Kind::Mark
            }
        };
        out.push(Token { kind, start, end: at });
    }
    out
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

/// After the closing quote; a line that ends without one ends the string, unless a backslash continues it.
fn string_end(bytes: &[u8], from: usize, quote: u8) -> usize {
    let mut at = from + 1;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'\n' => return at,
            _ if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// After the closing quote of a template; templates inside of its expressions are followed.
fn template_end(bytes: &[u8], from: usize) -> usize {
    // `None` is a template, `Some(n)` an expression in one with n open braces.
    let mut open: Vec<Option<usize>> = vec![None];
    let mut at = from + 1;
    while let (Some(&byte), Some(&state)) = (bytes.get(at), open.last()) {
        at += 1;
        match (state, byte) {
            (_, b'\\') => at += 1,
            (None, b'`') | (Some(0), b'}') => {
                open.pop();
                if open.is_empty() {
                    return at.min(bytes.len());
                }
            }
            (None, b'$') if bytes.get(at) == Some(&b'{') => {
                at += 1;
                open.push(Some(0));
            }
            (Some(_), b'`') => open.push(None),
            (Some(depth), b'{') => *open.last_mut().unwrap_or(&mut None) = Some(depth + 1),
            (Some(depth), b'}') => *open.last_mut().unwrap_or(&mut None) = Some(depth.saturating_sub(1)),
            (Some(_) | None, _) => {}
        }
    }
    bytes.len()
}
