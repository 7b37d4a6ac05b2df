//! A scanner for JavaScript that knows just enough to find module syntax: words, strings and punctuation with their
//! nesting, and where comments, regular expressions and templates begin and end. It never fails; on text that is no
//! JavaScript it finds odd tokens, and a string or regular expression ends with its line at the latest.

/// What a token is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// An identifier or keyword.
    Word,
    /// A string literal with its quotes.
    Text,
    /// One character of punctuation.
    Mark(char),
    /// A number, regular expression, or a piece of a template.
    Other,
}

/// A token: byte range, and how many brackets are open around it.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) depth: usize,
}

impl Token {
    /// The token's text.
    pub(crate) fn text<'a>(&self, source: &'a str) -> &'a str {
        source.get(self.start..self.end).unwrap_or_default()
    }

    /// The content of a string literal.
    pub(crate) fn content<'a>(&self, source: &'a str) -> &'a str {
        source.get(self.start + 1..self.end.saturating_sub(1)).unwrap_or_default()
    }
}

/// Words after which a `/` begins a regular expression.
const BEFORE_EXPRESSION: &[&str] = &[
    "return",
    "typeof",
    "case",
    "in",
    "of",
    "delete",
    "void",
    "throw",
    "new",
    "else",
    "do",
    "instanceof",
    "await",
    "yield",
];

/// All tokens of a source.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let mut scanner = Scanner { source, at: 0, depth: 0, templates: Vec::new(), found: Vec::new() };
    while let Some(next) = scanner.peek(0) {
        scanner.step(next);
    }
    scanner.found
}

struct Scanner<'a> {
    source: &'a str,
    at: usize,
    depth: usize,
    /// The depth outside each `${` that is open: the matching `}` goes on with the template.
    templates: Vec<usize>,
    found: Vec<Token>,
}

impl Scanner<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.source.get(self.at..)?.chars().nth(ahead)
    }

    fn step(&mut self, next: char) {
        let start = self.at;
        match next {
            '/' if self.peek(1) == Some('/') => self.skip_until(|rest| rest.find(['\n', '\r']).unwrap_or(rest.len())),
            '/' if self.peek(1) == Some('*') => {
                self.skip_until(|rest| rest.get(2..).and_then(|it| it.find("*/")).map_or(rest.len(), |it| it + 4));
            }
            '/' if self.expects_expression() => {
                self.regex();
                self.push(Kind::Other, start, self.depth);
            }
            '\'' | '"' => {
                self.quoted(next);
                self.push(Kind::Text, start, self.depth);
            }
            '`' => {
                self.at += 1;
                self.template();
                self.push(Kind::Other, start, self.depth);
            }
            '}' if self.templates.last().is_some_and(|outside| self.depth == outside + 1) => {
                self.templates.pop();
                self.depth = self.depth.saturating_sub(1);
                self.at += 1;
                self.template();
                self.push(Kind::Other, start, self.depth);
            }
            '(' | '[' | '{' => {
                self.at += 1;
                self.push(Kind::Mark(next), start, self.depth);
                self.depth += 1;
            }
            ')' | ']' | '}' => {
                self.at += 1;
                self.depth = self.depth.saturating_sub(1);
                self.push(Kind::Mark(next), start, self.depth);
            }
            _ if next.is_whitespace() || next == '\u{feff}' => self.at += next.len_utf8(),
            _ if is_word(next) => {
                self.skip_until(|rest| rest.find(|it| !is_word(it)).unwrap_or(rest.len()));
                self.push(if next.is_ascii_digit() { Kind::Other } else { Kind::Word }, start, self.depth);
            }
            _ => {
                self.at += next.len_utf8();
                self.push(Kind::Mark(next), start, self.depth);
            }
        }
    }

    fn push(&mut self, kind: Kind, start: usize, depth: usize) {
        self.found.push(Token { kind, start, end: self.at, depth });
    }

    fn skip_until(&mut self, length: impl Fn(&str) -> usize) {
        let rest = self.source.get(self.at..).unwrap_or_default();
        self.at = (self.at + length(rest)).min(self.source.len());
    }

    /// Whether a `/` here begins a regular expression and is no division.
    fn expects_expression(&self) -> bool {
        let Some(last) = self.found.last() else { return true };
        match last.kind {
            Kind::Word => BEFORE_EXPRESSION.contains(&last.text(self.source)),
            Kind::Text | Kind::Other => false,
            Kind::Mark(mark) => !matches!(mark, ')' | ']'),
        }
    }

    fn quoted(&mut self, quote: char) {
        self.at += 1;
        while let Some(next) = self.peek(0) {
            match next {
                '\n' | '\r' => return,
                '\\' => self.at += 1 + self.peek(1).map_or(0, char::len_utf8),
                _ => {
                    self.at += next.len_utf8();
                    if next == quote {
                        return;
                    }
                }
            }
        }
    }

    fn regex(&mut self) {
        self.at += 1;
        let mut in_class = false;
        while let Some(next) = self.peek(0) {
            match next {
                '\n' | '\r' => return,
                '\\' => self.at += 1 + self.peek(1).filter(|it| !matches!(it, '\n' | '\r')).map_or(0, char::len_utf8),
                _ => {
                    self.at += next.len_utf8();
                    match next {
                        '[' => in_class = true,
                        ']' => in_class = false,
                        '/' if !in_class => {
                            self.skip_until(|rest| rest.find(|it| !is_word(it)).unwrap_or(rest.len()));
                            return;
                        }
                        _ => {}
                    }
                }
            }
        }
    }

    /// The text of a template up to its end or to the next `${`, which opens a bracket.
    fn template(&mut self) {
        while let Some(next) = self.peek(0) {
            match next {
                '\\' => self.at += 1 + self.peek(1).map_or(0, char::len_utf8),
                '`' => {
                    self.at += 1;
                    return;
                }
                '$' if self.peek(1) == Some('{') => {
                    self.at += 2;
                    self.templates.push(self.depth);
                    self.depth += 1;
                    return;
                }
                _ => self.at += next.len_utf8(),
            }
        }
    }
}

fn is_word(it: char) -> bool {
    it.is_alphanumeric() || it == '_' || it == '$'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words_at_top(source: &str) -> Vec<&str> {
        tokens(source).iter().filter(|it| it.kind == Kind::Word && it.depth == 0).map(|it| it.text(source)).collect()
    }

    #[test]
    fn comments_strings_and_regexes_hide_their_words() {
        let source = "// import a\n/* import b */ x = 'import c' + \"import \\\" d\" ; y = /import [/] e/g.test(z) ; w = a / b / c";
        assert_eq!(words_at_top(source), ["x", "y", "test", "w", "a", "b", "c"]);
    }

    #[test]
    fn templates_nest() {
        let source = "a = `import ${ f({ k: `export ${g}` }) } import` ; b";
        assert_eq!(words_at_top(source), ["a", "b"]);
    }

    #[test]
    fn a_division_after_a_bracket_is_no_regex() {
        assert_eq!(words_at_top("a = (1) / 2; export_ = [1] / '/'; b"), ["a", "export_", "b"]);
    }

    #[test]
    fn an_open_string_ends_with_its_line() {
        assert_eq!(words_at_top("a = 'open\nb = 1"), ["a", "b"]);
    }

    #[test]
    fn broken_text_ends() {
        for source in ["`${`${", "/*", "/[", "'\\", "}}}", "`}", "/", "\u{feff}é\\"] {
            tokens(source);
        }
    }
}
