//! One pass over the bytes: strings, templates, comments and regular expressions are skipped, the rest is counted.

use super::{LIMIT, OPERATORS, TooDeep};

/// What a `/` after `}` is taken for.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) enum Slash {
    /// The beginning of a regular expression.
    Regex,
    /// A division.
    Division,
}

/// What stood before the current token.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Before {
    /// A value: a name, a literal, `)` of a call or group, `]`.
    Value,
    /// `}`.
    Brace,
    /// An operator, an opening bracket, a word that expects more, the `)` of a header, or nothing.
    Open,
}

/// An open bracket, or the file.
#[derive(Default)]
struct Frame {
    /// Levels without brackets, in the current statement or element.
    chain: usize,
    /// `.`, calls and indexing since the last operator.
    links: usize,
    /// Binary operators in the current statement or element.
    operators: usize,
    /// `?` without its `:`.
    questions: usize,
    /// After `case` or `default`, until `:`.
    case: bool,
    /// The bracket is `${`.
    template: bool,
    /// The bracket is `(` after `if`, `for`, `while`, `with`.
    header: bool,
}

struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    frames: Vec<Frame>,
    /// Sum over the frames below the last one.
    below: usize,
    operators_below: usize,
    before: Before,
    header_word: bool,
    newline: bool,
    /// A `/` after `}` was met.
    doubtful: bool,
}

/// Scans the whole text; the answer is whether the reading of some `/` mattered.
pub(super) fn scan(text: &str, slash: Slash) -> Result<bool, TooDeep> {
    let mut scan = Scan {
        bytes: text.as_bytes(),
        at: 0,
        frames: vec![Frame::default()],
        below: 0,
        operators_below: 0,
        before: Before::Open,
        header_word: false,
        newline: false,
        doubtful: false,
    };
    while let Some(byte) = scan.peek(0) {
        scan.token(byte, slash);
        scan.check()?;
    }
    Ok(scan.doubtful)
}

impl Scan<'_> {
    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn frame(&mut self) -> &mut Frame {
        if self.frames.is_empty() {
            self.frames.push(Frame::default());
        }
        let last = self.frames.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "the vector was just made non-empty")]
        &mut self.frames[last]
    }

    fn check(&self) -> Result<(), TooDeep> {
        let Some(frame) = self.frames.last() else { return Ok(()) };
        let offset = u32::try_from(self.at.saturating_sub(1)).unwrap_or(u32::MAX);
        let levels = self.frames.len() - 1 + self.below + frame.chain + frame.links;
        if levels > LIMIT {
            return Err(TooDeep { offset, levels, limit: LIMIT });
        }
        let levels = self.operators_below + frame.operators;
        if levels > OPERATORS {
            return Err(TooDeep { offset, levels, limit: OPERATORS });
        }
        Ok(())
    }

    fn open(&mut self, frame: Frame) {
        let outer = self.frame();
        let (levels, operators) = (outer.chain + outer.links, outer.operators);
        self.below += levels;
        self.operators_below += operators;
        self.frames.push(frame);
        self.before = Before::Open;
    }

    fn close(&mut self) -> Frame {
        if self.frames.len() < 2 {
            return Frame::default();
        }
        let closed = self.frames.pop().unwrap_or_default();
        let outer = self.frame();
        let (levels, operators) = (outer.chain + outer.links, outer.operators);
        self.below = self.below.saturating_sub(levels);
        self.operators_below = self.operators_below.saturating_sub(operators);
        closed
    }

    /// A statement or an element ends.
    fn fresh(&mut self) {
        let frame = self.frame();
        (frame.chain, frame.links, frame.operators, frame.questions) = (0, 0, 0, 0);
    }

    fn token(&mut self, byte: u8, slash: Slash) {
        self.doubtful |= byte == b'/' && self.before == Before::Brace && !matches!(self.peek(1), Some(b'/' | b'*'));
        match byte {
            b'\n' | b'\r' => {
                self.newline = true;
                self.at += 1;
            }
            b' ' | b'\t' | 0x0b | 0x0c => self.at += 1,
            b'/' if self.peek(1) == Some(b'/') => {
                while self.peek(0).is_some_and(|it| it != b'\n' && it != b'\r') {
                    self.at += 1;
                }
            }
            b'/' if self.peek(1) == Some(b'*') => self.block_comment(),
            b'/' if self.before == Before::Open || (self.before == Before::Brace && slash == Slash::Regex) => {
                self.regex();
            }
            b'"' | b'\'' => {
                self.begin_value();
                self.string(byte);
            }
            b'`' => {
                if self.before == Before::Value {
                    self.frame().links += 1;
                } else {
                    self.begin_value();
                }
                self.at += 1;
                self.template();
            }
            b'(' | b'[' | b'{' => self.bracket(byte),
            b')' | b']' | b'}' => {
                let closed = self.close();
                self.at += 1;
                self.newline = false;
                self.before = match byte {
                    b'}' if closed.template => return self.template(),
                    b'}' => Before::Brace,
                    b')' if closed.header => Before::Open,
                    _ => Before::Value,
                };
            }
            b';' => {
                self.at += 1;
                self.fresh();
                self.before = Before::Open;
            }
            b',' => {
                self.at += 1;
                self.fresh();
                self.before = Before::Open;
            }
            b'.' if !self.peek(1).is_some_and(|it| it.is_ascii_digit()) => {
                self.at += 1;
                self.frame().links += 1;
                self.before = Before::Open;
                // What follows is a name even if it is spelled like a word of the language.
                while self.peek(0).is_some_and(is_word) {
                    self.at += 1;
                    self.before = Before::Value;
                }
            }
            _ if is_word(byte) || byte == b'.' || byte == b'#' || byte == b'@' || byte == b'\\' => self.word(),
            _ => self.operator(byte),
        }
    }

    /// A new statement begins where a value stands on a new line after a value.
    fn begin_value(&mut self) {
        if self.before == Before::Brace || (self.newline && self.before == Before::Value) {
            self.fresh();
        }
        self.newline = false;
        self.before = Before::Value;
    }

    fn bracket(&mut self, byte: u8) {
        self.at += 1;
        self.newline = false;
        let header = byte == b'(' && std::mem::take(&mut self.header_word);
        if self.before == Before::Value && byte != b'{' {
            self.frame().links += 1;
        } else if self.before == Before::Brace && byte == b'{' {
            self.fresh();
        }
        self.open(Frame { header, ..Frame::default() });
    }

    fn word(&mut self) {
        let start = self.at;
        self.at += 1;
        while self.peek(0).is_some_and(|it| is_word(it) || it == b'\\') {
            self.at += 1;
        }
        let word = self.bytes.get(start..self.at).unwrap_or_default();
        match word {
            b"else" => {
                self.frame().chain += 1;
                self.before = Before::Open;
            }
            b"if" | b"for" | b"while" | b"with" | b"do" | b"try" | b"switch" => {
                if self.before != Before::Open {
                    self.fresh();
                }
                self.frame().chain += 1;
                self.before = Before::Open;
                self.header_word = !matches!(word, b"do" | b"try");
            }
            b"typeof" | b"void" | b"delete" | b"await" | b"new" | b"yield" | b"return" | b"throw" => {
                if self.before != Before::Open {
                    self.fresh();
                }
                self.frame().chain += 1;
                self.before = Before::Open;
            }
            b"in" | b"of" | b"instanceof" | b"as" | b"satisfies" | b"extends" => {
                let frame = self.frame();
                frame.operators += 1;
                frame.links = 0;
                self.before = if matches!(word, b"of" | b"as") { Before::Value } else { Before::Open };
            }
            b"case" | b"default" => {
                self.fresh();
                self.frame().case = true;
                self.before = Before::Open;
            }
            // The `{` of these opens a block, as after an operator.
            b"catch" | b"finally" => self.before = Before::Open,
            // A statement keyword that never stands inside of a chain of the same statement.
            b"var" | b"let" | b"const" | b"import" | b"export" | b"class" => {
                if self.before != Before::Open {
                    self.fresh();
                }
                self.before = Before::Value;
            }
            b"function" | b"async" => {
                if self.before != Before::Open {
                    self.fresh();
                }
                self.before = Before::Open;
            }
            _ => return self.begin_value(),
        }
        self.newline = false;
    }

    fn operator(&mut self, byte: u8) {
        self.at += 1;
        self.newline = false;
        let prefix = self.before == Before::Open;
        let next = self.peek(0);
        let two = |a: u8, b: u8| byte == a && next == Some(b);
        if two(b'+', b'+') || two(b'-', b'-') {
            // Before or after a value, it changes nothing about what may follow.
            self.at += 1;
            self.frame().chain += usize::from(prefix);
            return;
        }
        if two(b'?', b'.') && !self.peek(1).is_some_and(|it| it.is_ascii_digit()) {
            self.at += 1;
            self.frame().links += 1;
            self.before = Before::Open;
            return;
        }
        let doubled = two(b'*', b'*') || two(b'=', b'>');
        let compared = matches!(next, Some(b'=')) && matches!(byte, b'=' | b'!' | b'<' | b'>');
        while self.peek(0).is_some_and(|it| matches!(it, b'=' | b'<' | b'>' | b'&' | b'|' | b'*' | b'?')) {
            let assigned = self.peek(0) == Some(b'=') && !compared && byte != b'=';
            if assigned {
                self.frame().chain += 1;
            }
            self.at += 1;
        }
        let frame = self.frame();
        frame.links = 0;
        match byte {
            b'!' if !prefix && !compared => {
                frame.chain += 1;
                return;
            }
            b'!' | b'~' | b'+' | b'-' if prefix && !compared => frame.chain += 1,
            b'?' if next != Some(b'?') => {
                frame.chain += 1;
                frame.questions += 1;
            }
            b':' if frame.questions > 0 => frame.questions -= 1,
            b':' if frame.case => frame.case = false,
            b':' => frame.chain += 1,
            b'=' if !compared => frame.chain += 1,
            _ if doubled => frame.chain += 1,
            _ => frame.operators += 1,
        }
        self.before = Before::Open;
    }

    fn block_comment(&mut self) {
        self.at += 2;
        while let Some(byte) = self.peek(0) {
            if byte == b'*' && self.peek(1) == Some(b'/') {
                self.at += 2;
                return;
            }
            self.newline |= byte == b'\n';
            self.at += 1;
        }
    }

    /// A string ends at its quote, or at the end of the line.
    fn string(&mut self, quote: u8) {
        self.at += 1;
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            match byte {
                b'\\' => self.at += if self.peek(0) == Some(b'\r') && self.peek(1) == Some(b'\n') { 2 } else { 1 },
                b'\n' | b'\r' => return,
                _ if byte == quote => return,
                _ => {}
            }
        }
    }

    /// The text of a template up to its end, or to `${`.
    fn template(&mut self) {
        self.before = Before::Value;
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'`' => return,
                b'$' if self.peek(0) == Some(b'{') => {
                    self.at += 1;
                    return self.open(Frame { template: true, ..Frame::default() });
                }
                _ => {}
            }
        }
    }

    /// A regular expression ends at a `/` outside of a class; without one on the line it was a division.
    fn regex(&mut self) {
        let start = self.at;
        let mut class = false;
        self.at += 1;
        self.begin_value();
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'[' => class = true,
                b']' => class = false,
                b'/' if !class => return,
                b'\n' | b'\r' => break,
                _ => {}
            }
        }
        self.at = start + 1;
        self.before = Before::Open;
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}
