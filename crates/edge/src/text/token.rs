//! The tokens of the text form, each with its offset.

use super::parse::TextError;

/// A token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Token {
    /// Letters, digits, `_` and `.`, beginning with a letter.
    Word(String),
    /// `%3`
    Name(usize),
    /// A whole number.
    Int(i64),
    /// A quoted text without its quotes and escapes.
    Text(String),
    /// `(`, `)`, `,`, `=`, `=>` or `:=`.
    Sign(&'static str),
}

impl Token {
    /// The token for a message.
    pub(super) fn show(&self) -> String {
        match self {
            Token::Word(it) => format!("`{it}`"),
            Token::Name(it) => format!("`%{it}`"),
            Token::Int(it) => format!("`{it}`"),
            Token::Text(it) => format!("{it:?}"),
            Token::Sign(it) => format!("`{it}`"),
        }
    }
}

const SIGNS: [&str; 6] = ["=>", ":=", "=", "(", ")", ","];

/// The tokens of one line; `start` is the line's offset in the text.
pub(super) fn tokens(line: &str, start: usize) -> Result<Vec<(usize, Token)>, TextError> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(rest) = line.get(at..).filter(|it| !it.is_empty()) {
        let length = |take: fn(char) -> bool, from: usize| {
            let tail = rest.get(from..).unwrap_or_default();
            from + tail.find(|it| !take(it)).unwrap_or(tail.len())
        };
        let Some(first) = rest.chars().next() else { break };
        let fault = |message: &str| TextError { offset: start + at, message: message.to_owned() };
        let number = |digits: &str| digits.parse::<i64>().map_err(|_| fault("a number that is too large"));
        let (token, used) = if first == ' ' {
            (None, 1)
        } else if let Some(sign) = SIGNS.into_iter().find(|it| rest.starts_with(it)) {
            (Some(Token::Sign(sign)), sign.len())
        } else if first == '"' {
            let (text, used) = quoted(rest)
                .map_err(|(inner, message)| TextError { offset: start + at + inner, message: message.to_owned() })?;
            (Some(Token::Text(text)), used)
        } else if first == '%' {
            let used = length(|it| it.is_ascii_digit(), 1);
            let name = rest.get(1..used).unwrap_or_default().parse();
            (Some(Token::Name(name.map_err(|_| fault("a `%` without a number"))?)), used)
        } else if first.is_ascii_digit() || first == '-' {
            let used = length(|it| it.is_ascii_digit(), 1);
            (Some(Token::Int(number(rest.get(..used).unwrap_or_default())?)), used)
        } else if first.is_ascii_alphabetic() {
            let used = length(|it| it.is_ascii_alphanumeric() || matches!(it, '_' | '.'), 1);
            (Some(Token::Word(rest.get(..used).unwrap_or_default().to_owned())), used)
        } else {
            return Err(fault("a character that nothing begins with"));
        };
        found.extend(token.map(|it| (start + at, it)));
        at += used;
    }
    Ok(found)
}

/// A quoted text at the beginning of `text`, and how many bytes it takes. Escapes are those of Rust's `Debug`.
pub(super) fn quoted(text: &str) -> Result<(String, usize), (usize, &'static str)> {
    let mut out = String::new();
    let mut rest = text.char_indices().skip(1);
    while let Some((at, it)) = rest.next() {
        match it {
            '"' => return Ok((out, at + 1)),
            '\\' => {
                let Some((_, escape)) = rest.next() else { break };
                out.push(match escape {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    '0' => '\0',
                    '\\' | '"' | '\'' => escape,
                    'u' => {
                        let tail = text.get(at + 2..).unwrap_or_default();
                        let digits = tail.strip_prefix('{').and_then(|it| it.split_once('}')).map(|it| it.0);
                        let character = digits
                            .filter(|it| it.len() <= 6)
                            .and_then(|it| u32::from_str_radix(it, 16).ok())
                            .and_then(char::from_u32);
                        let (Some(digits), Some(character)) = (digits, character) else {
                            return Err((at, "a `\\u{…}` that names no character"));
                        };
                        for _ in 0..digits.len() + 2 {
                            rest.next();
                        }
                        character
                    }
                    _ => return Err((at, "an escape that is not known")),
                });
            }
            it => out.push(it),
        }
    }
    Err((0, "a quoted text without its end"))
}
