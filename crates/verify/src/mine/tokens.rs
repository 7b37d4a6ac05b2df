//! A tokenizer of script text that knows nothing of grammar: enough to find names, literals and regular expressions.
//!
//! It shares no code with the parsers of the compiler. Any text gives tokens; text that is no script gives odd ones.

/// A token worth keeping.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Token {
    /// A name or keyword.
    Name(String),
    /// A string, or one stretch of a template.
    Text(String),
    /// A number as written.
    Number(String),
    /// A regular expression: pattern and flags.
    Regex(String, String),
    /// A single character of punctuation.
    Mark(char),
}

/// The tokens of `source`.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let characters: Vec<char> = source.chars().collect();
    let mut scan = Scan { characters, at: 0, found: Vec::new(), templates: Vec::new() };
    scan.run();
    scan.found
}

struct Scan {
    characters: Vec<char>,
    at: usize,
    found: Vec<Token>,
    /// For each open `${`, how many braces are open inside it.
    templates: Vec<usize>,
}

impl Scan {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.characters.get(self.at + ahead).copied()
    }

    fn run(&mut self) {
        while let Some(now) = self.peek(0) {
            match now {
                '/' if self.peek(1) == Some('/') => {
                    while self.peek(0).is_some_and(|it| it != '\n') {
                        self.at += 1;
                    }
                }
                '/' if self.peek(1) == Some('*') => {
                    self.at += 2;
                    while self.peek(0).is_some() && !(self.peek(0) == Some('*') && self.peek(1) == Some('/')) {
                        self.at += 1;
                    }
                    self.at += 2;
                }
                '/' if self.regex_may_start() => self.regex(),
                '"' | '\'' => {
                    self.at += 1;
                    self.text(now);
                }
                '`' => {
                    self.at += 1;
                    self.template();
                }
                '}' if self.templates.last() == Some(&0) => {
                    self.templates.pop();
                    self.at += 1;
                    self.template();
                }
                _ if now.is_alphabetic() || now == '_' || now == '$' => {
                    let word = self.take_while(|it| it.is_alphanumeric() || it == '_' || it == '$');
                    self.found.push(Token::Name(word));
                }
                _ if now.is_ascii_digit() || (now == '.' && self.peek(1).is_some_and(|it| it.is_ascii_digit())) => {
                    let number = self.take_while(|it| it.is_ascii_alphanumeric() || it == '.' || it == '_');
                    self.found.push(Token::Number(number));
                }
                _ if now.is_whitespace() => self.at += 1,
                _ => {
                    if let Some(open) = self.templates.last_mut() {
                        match now {
                            '{' => *open += 1,
                            '}' => *open = open.saturating_sub(1),
                            _ => {}
                        }
                    }
                    self.found.push(Token::Mark(now));
                    self.at += 1;
                }
            }
        }
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> String {
        let mut out = String::new();
        while let Some(it) = self.peek(0).filter(|it| keep(*it)) {
            out.push(it);
            self.at += 1;
        }
        out
    }

    /// A slash begins a regular expression where no value can have ended.
    fn regex_may_start(&self) -> bool {
        match self.found.last() {
            None => true,
            Some(Token::Mark(mark)) => !matches!(mark, ')' | ']' | '}'),
            Some(Token::Name(word)) => {
                matches!(
                    word.as_str(),
                    "return" | "typeof" | "case" | "in" | "of" | "else" | "do" | "void" | "delete" | "await"
                )
            }
            Some(Token::Text(_) | Token::Number(_) | Token::Regex(..)) => false,
        }
    }

    fn regex(&mut self) {
        let start = self.at;
        self.at += 1;
        let mut pattern = String::new();
        let mut class = false;
        loop {
            match self.peek(0) {
                None | Some('\n') => {
                    self.at = start + 1;
                    self.found.push(Token::Mark('/'));
                    return;
                }
                Some('/') if !class => break,
                Some('\\') => {
                    pattern.push('\\');
                    self.at += 1;
                    if let Some(it) = self.peek(0) {
                        pattern.push(it);
                    }
                }
                Some(it) => {
                    class = (class || it == '[') && it != ']';
                    pattern.push(it);
                }
            }
            self.at += 1;
        }
        self.at += 1;
        let flags = self.take_while(|it| it.is_ascii_alphabetic());
        self.found.push(Token::Regex(pattern, flags));
    }

    fn escape(&mut self, out: &mut String) {
        self.at += 1;
        let Some(it) = self.peek(0) else { return };
        self.at += 1;
        let hex = |scan: &mut Scan, digits: usize| {
            let text: String = scan.characters.get(scan.at..scan.at + digits).unwrap_or_default().iter().collect();
            scan.at += digits;
            u32::from_str_radix(&text, 16).ok().and_then(char::from_u32)
        };
        match it {
            'n' => out.push('\n'),
            't' => out.push('\t'),
            'r' => out.push('\r'),
            'x' => out.extend(hex(self, 2)),
            'u' if self.peek(0) == Some('{') => {
                self.at += 1;
                let digits = self.take_while(|it| it.is_ascii_hexdigit());
                self.at += 1;
                out.extend(u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32));
            }
            'u' => out.extend(hex(self, 4)),
            '\n' => {}
            other => out.push(other),
        }
    }

    fn text(&mut self, quote: char) {
        let mut out = String::new();
        while let Some(it) = self.peek(0) {
            if it == '\\' {
                self.escape(&mut out);
                continue;
            }
            self.at += 1;
            if it == quote || it == '\n' {
                break;
            }
            out.push(it);
        }
        self.found.push(Token::Text(out));
    }

    fn template(&mut self) {
        let mut out = String::new();
        while let Some(it) = self.peek(0) {
            if it == '\\' {
                self.escape(&mut out);
                continue;
            }
            self.at += 1;
            if it == '`' {
                break;
            }
            if it == '$' && self.peek(0) == Some('{') {
                self.at += 1;
                self.templates.push(0);
                break;
            }
            out.push(it);
        }
        self.found.push(Token::Text(out));
    }
}
