//! JavaScript's regular expressions on ASCII text, by translation into a dialect whose meaning is the same there.
//!
//! Every letter of a pattern becomes an explicit set of ASCII letters, so classes, case and `.` keep JavaScript's meaning. What this
//! cannot express (look-around, back references, text beyond ASCII) has no value. Where a repeated part can be empty or holds a
//! group, the dialects agree on whether text matches and not on what each group holds: [`replace`] refuses those.

use std::sync::Arc;

use regex::bytes::{Captures, Regex, RegexBuilder};

use super::text::Cause;

/// A set of ASCII letters.
type Set = u128;

struct Pattern {
    regex: Regex,
    multi_line: bool,
    global: bool,
    named: bool,
    ambiguous: bool,
}

fn no(words: &str) -> Cause {
    Arc::from(format!("a regular expression with {words}"))
}

/// Whether the pattern occurs in the text.
pub(super) fn matches(text: &str, pattern: &str, flags: &str) -> Result<bool, Cause> {
    let pattern = compile(pattern, flags)?;
    pattern.check(text)?;
    Ok(pattern.regex.is_match(text.as_bytes()))
}

/// `text.replace(pattern, template)`.
pub(super) fn replace(text: &str, pattern: &str, flags: &str, template: &str) -> Result<String, Cause> {
    let pattern = compile(pattern, flags)?;
    pattern.check(text)?;
    if pattern.ambiguous {
        return Err(no("a repeated part that can be empty or holds a group, in a replacement"));
    }
    if pattern.named && template.contains("$<") {
        return Err(no("a named group in the replacement"));
    }
    let bytes = text.as_bytes();
    let (mut out, mut copied, mut from) = (String::new(), 0, 0);
    while from <= bytes.len() {
        let Some(found) = pattern.regex.captures_at(bytes, from) else { break };
        let Some(whole) = found.get(0) else { break };
        out.push_str(text.get(copied..whole.start()).unwrap_or_default());
        expand(template, text, &found, &mut out);
        copied = whole.end();
        from = if whole.is_empty() { whole.end() + 1 } else { whole.end() };
        if !pattern.global {
            break;
        }
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Ok(out)
}

/// Writes the template for one match.
fn expand(template: &str, text: &str, found: &Captures<'_>, out: &mut String) {
    let group = |n: usize| found.get(n).and_then(|it| text.get(it.range())).unwrap_or_default();
    let whole = found.get(0).map_or(0..0, |it| it.range());
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        rest = after;
        let mut letters = after.chars();
        match letters.next() {
            Some('$') => out.push('$'),
            Some('&') => out.push_str(group(0)),
            Some('`') => out.push_str(text.get(..whole.start).unwrap_or_default()),
            Some('\'') => out.push_str(text.get(whole.end..).unwrap_or_default()),
            Some(first @ '0'..='9') => {
                let one = first.to_digit(10).unwrap_or(0) as usize;
                let two = letters.next().and_then(|it| it.to_digit(10)).map(|it| one * 10 + it as usize);
                let known = |n: &usize| *n >= 1 && *n < found.len();
                if let Some(n) = two.filter(known) {
                    out.push_str(group(n));
                    rest = after.get(2..).unwrap_or_default();
                } else if known(&one) {
                    out.push_str(group(one));
                    rest = after.get(1..).unwrap_or_default();
                } else {
                    out.push('$');
                }
                continue;
            }
            Some(_) | None => {
                out.push('$');
                continue;
            }
        }
        rest = after.get(1..).unwrap_or_default();
    }
    out.push_str(rest);
}

impl Pattern {
    fn check(&self, text: &str) -> Result<(), Cause> {
        if !text.is_ascii() {
            return Err(no("text beyond ASCII"));
        }
        if self.multi_line && text.contains('\r') {
            return Err(no("line anchors on text with a carriage return"));
        }
        Ok(())
    }
}

/// What is known of a finished part of an alternative.
#[derive(Copy, Clone)]
struct Part {
    start: usize,
    can_be_empty: bool,
    groups: bool,
    assertion: bool,
}

/// An open group.
struct Frame {
    start: usize,
    captures: bool,
    groups_inside: bool,
    alternative_empty: bool,
    some_empty: bool,
}

struct Translator<'a> {
    letters: std::iter::Peekable<std::str::Chars<'a>>,
    out: String,
    fold: bool,
    dot_all: bool,
    unicode: bool,
    frames: Vec<Frame>,
    last: Option<Part>,
    names: Vec<String>,
    ambiguous: bool,
}

fn compile(pattern: &str, flags: &str) -> Result<Pattern, Cause> {
    if !pattern.is_ascii() {
        return Err(no("a letter beyond ASCII"));
    }
    if let Some(odd) = flags.chars().find(|it| !"dgimsu".contains(*it)) {
        return Err(no(&format!("the flag `{odd}`")));
    }
    let mut it = Translator {
        letters: pattern.chars().peekable(),
        out: String::with_capacity(pattern.len() * 6),
        fold: flags.contains('i'),
        dot_all: flags.contains('s'),
        unicode: flags.contains('u'),
        frames: vec![Frame {
            start: 0,
            captures: false,
            groups_inside: false,
            alternative_empty: true,
            some_empty: false,
        }],
        last: None,
        names: Vec::new(),
        ambiguous: false,
    };
    it.run()?;
    let regex = RegexBuilder::new(&it.out)
        .unicode(false)
        .multi_line(flags.contains('m'))
        .size_limit(1 << 21)
        .build()
        .map_err(|_| no("a form or size that has no model"))?;
    Ok(Pattern {
        regex,
        multi_line: flags.contains('m'),
        global: flags.contains('g'),
        named: !it.names.is_empty(),
        ambiguous: it.ambiguous,
    })
}

fn of(letter: u8) -> Set {
    if letter < 128 { 1 << letter } else { 0 }
}

fn range(low: u8, high: u8) -> Set {
    (low..=high.min(127)).fold(0, |set, it| set | of(it))
}

/// The letters of `\d`, `\w`, `\s` and their complements.
fn class_escape(letter: char) -> Option<Set> {
    let digit = range(b'0', b'9');
    let word = digit | range(b'a', b'z') | range(b'A', b'Z') | of(b'_');
    let space = range(9, 13) | of(b' ');
    match letter {
        'd' => Some(digit),
        'D' => Some(!digit),
        'w' => Some(word),
        'W' => Some(!word),
        's' => Some(space),
        'S' => Some(!space),
        _ => None,
    }
}

impl Translator<'_> {
    fn run(&mut self) -> Result<(), Cause> {
        while let Some(letter) = self.letters.next() {
            match letter {
                '^' | '$' => self.assertion(&letter.to_string()),
                '.' => self.atom(if self.dot_all { !0 } else { !(of(b'\n') | of(b'\r')) }),
                '[' => {
                    let set = self.class()?;
                    self.atom(set);
                }
                '\\' => match self.letters.peek().copied() {
                    Some(it @ ('b' | 'B')) => {
                        self.letters.next();
                        self.assertion(&format!("\\{it}"));
                    }
                    Some(_) | None => {
                        let (set, _) = self.escape(false)?;
                        let set = self.folded(set);
                        self.atom(set);
                    }
                },
                '(' => self.open()?,
                ')' => self.close()?,
                '|' => {
                    self.settle();
                    if let Some(frame) = self.frames.last_mut() {
                        frame.some_empty |= frame.alternative_empty;
                        frame.alternative_empty = true;
                    }
                    self.out.push('|');
                }
                '*' | '+' | '?' => {
                    let (low, high) = match letter {
                        '*' => (0, None),
                        '+' => (1, None),
                        _ => (0, Some(1)),
                    };
                    self.repeat(&letter.to_string(), low, high)?;
                }
                '{' => match self.counts() {
                    Some((text, low, high)) => self.repeat(&text, low, high)?,
                    None if self.unicode => return Err(no("a syntax error")),
                    None => self.atom(of(b'{')),
                },
                '}' | ']' if self.unicode => return Err(no("a syntax error")),
                _ => {
                    let set = self.folded(u8::try_from(letter).map_or(0, of));
                    self.atom(set);
                }
            }
        }
        self.settle();
        if self.frames.len() == 1 { Ok(()) } else { Err(no("a syntax error")) }
    }

    fn folded(&self, set: Set) -> Set {
        if !self.fold {
            return set;
        }
        let upper = set & range(b'A', b'Z');
        let lower = set & range(b'a', b'z');
        set | (upper << 32) | (lower >> 32)
    }

    /// Ends the last part: nothing can repeat it any more.
    fn settle(&mut self) {
        if let (Some(part), Some(frame)) = (self.last.take(), self.frames.last_mut()) {
            frame.alternative_empty &= part.can_be_empty;
            frame.groups_inside |= part.groups;
        }
    }

    fn atom(&mut self, set: Set) {
        self.settle();
        let start = self.out.len();
        if set == 0 {
            self.out.push_str("[^\\x00-\\xff]");
        } else {
            self.out.push('[');
            let mut letter = 0u32;
            while letter < 128 {
                if set >> letter & 1 == 1 {
                    let mut end = letter;
                    while end < 127 && set >> (end + 1) & 1 == 1 {
                        end += 1;
                    }
                    self.out.push_str(&format!("\\x{letter:02x}-\\x{end:02x}"));
                    letter = end;
                }
                letter += 1;
            }
            self.out.push(']');
        }
        self.last = Some(Part { start, can_be_empty: false, groups: false, assertion: false });
    }

    fn assertion(&mut self, text: &str) {
        self.settle();
        let start = self.out.len();
        self.out.push_str(text);
        self.last = Some(Part { start, can_be_empty: true, groups: false, assertion: true });
    }

    fn open(&mut self) -> Result<(), Cause> {
        self.settle();
        let start = self.out.len();
        let mut captures = true;
        if self.letters.next_if_eq(&'?').is_some() {
            match self.letters.next() {
                Some(':') => captures = false,
                Some('<') => {
                    if matches!(self.letters.peek(), Some('=' | '!')) {
                        return Err(no("look-behind"));
                    }
                    let mut name = String::new();
                    loop {
                        match self.letters.next() {
                            Some('>') => break,
                            Some(letter) => name.push(letter),
                            None => return Err(no("a syntax error")),
                        }
                    }
                    if name.is_empty() || self.names.contains(&name) {
                        return Err(no("a group without a name of its own"));
                    }
                    self.names.push(name);
                }
                Some('=' | '!') => return Err(no("look-ahead")),
                Some(_) | None => return Err(no("a group of a kind that has no model")),
            }
        }
        self.out.push_str(if captures { "(" } else { "(?:" });
        self.frames.push(Frame { start, captures, groups_inside: false, alternative_empty: true, some_empty: false });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Cause> {
        self.settle();
        let Some(frame) = self.frames.pop().filter(|_| !self.frames.is_empty()) else {
            return Err(no("a syntax error"));
        };
        self.out.push(')');
        self.last = Some(Part {
            start: frame.start,
            can_be_empty: frame.some_empty || frame.alternative_empty,
            groups: frame.captures || frame.groups_inside,
            assertion: false,
        });
        Ok(())
    }

    fn repeat(&mut self, text: &str, low: u32, high: Option<u32>) -> Result<(), Cause> {
        let Some(part) = self.last.take().filter(|it| !it.assertion) else {
            return Err(no("a syntax error"));
        };
        if high.is_some_and(|it| it < low) {
            return Err(no("a syntax error"));
        }
        self.ambiguous |= part.can_be_empty || (part.groups && high != Some(1));
        self.out.push_str(text);
        if self.letters.next_if_eq(&'?').is_some() {
            self.out.push('?');
        }
        // The whole is one part again, and a second repetition of it is an error of syntax.
        let whole = Part {
            start: part.start,
            can_be_empty: part.can_be_empty || low == 0,
            groups: part.groups,
            assertion: true,
        };
        self.last = Some(whole);
        Ok(())
    }

    /// Reads `n}`, `n,}` or `n,m}` after a brace; reads nothing where there is none of these.
    fn counts(&mut self) -> Option<(String, u32, Option<u32>)> {
        let ahead: String = self.letters.clone().take_while(|it| *it != '}').take(24).collect();
        let (low, high) = match ahead.split_once(',') {
            None => (ahead.as_str(), Some(ahead.as_str())),
            Some((low, "")) => (low, None),
            Some((low, high)) => (low, Some(high)),
        };
        let number =
            |text: &str| text.bytes().all(|it| it.is_ascii_digit()).then(|| text.parse::<u32>().ok()).flatten();
        let low = number(low)?;
        let high = match high {
            Some(text) => Some(number(text)?),
            None => None,
        };
        let mut after = self.letters.clone().skip(ahead.len());
        if after.next() != Some('}') {
            return None;
        }
        self.letters.nth(ahead.len());
        Some((format!("{{{ahead}}}"), low, high))
    }

    /// Reads an escape after its backslash: its letters, and whether it is a class of several.
    fn escape(&mut self, in_class: bool) -> Result<(Set, bool), Cause> {
        let Some(letter) = self.letters.next() else { return Err(no("a syntax error")) };
        if let Some(set) = class_escape(letter) {
            return Ok((set, true));
        }
        let one = |letter: u8| Ok((of(letter), false));
        match letter {
            't' => one(b'\t'),
            'n' => one(b'\n'),
            'r' => one(b'\r'),
            'v' => one(11),
            'f' => one(12),
            'b' if in_class => one(8),
            '0' if !self.letters.peek().is_some_and(char::is_ascii_digit) => one(0),
            'x' | 'u' => {
                let digits = if letter == 'x' { 2 } else { 4 };
                let mut value = 0;
                for _ in 0..digits {
                    match self.letters.next().and_then(|it| it.to_digit(16)) {
                        Some(digit) => value = value * 16 + digit,
                        None => return Err(no("an escape that has no model")),
                    }
                }
                match u8::try_from(value) {
                    Ok(value @ 0..=127) => one(value),
                    Ok(_) | Err(_) => Err(no("a letter beyond ASCII")),
                }
            }
            '0'..='9' | 'k' | 'c' | 'p' | 'P' => Err(no("a back reference or an escape that has no model")),
            _ if letter.is_ascii_alphanumeric() && self.unicode => Err(no("a syntax error")),
            _ => u8::try_from(letter).map_or_else(|_| Err(no("a letter beyond ASCII")), one),
        }
    }

    fn class(&mut self) -> Result<Set, Cause> {
        let negated = self.letters.next_if_eq(&'^').is_some();
        let mut set: Set = 0;
        loop {
            let (low, several) = match self.letters.next() {
                None => return Err(no("a syntax error")),
                Some(']') => break,
                Some('\\') => self.escape(true)?,
                Some(letter) => (u8::try_from(letter).map_or(0, of), false),
            };
            let mut ahead = self.letters.clone();
            let ranged = ahead.next() == Some('-') && ahead.next().is_some_and(|it| it != ']');
            if !ranged {
                set |= low;
                continue;
            }
            self.letters.next();
            let (high, many) = match self.letters.next() {
                None => return Err(no("a syntax error")),
                Some('\\') => self.escape(true)?,
                Some(letter) => (u8::try_from(letter).map_or(0, of), false),
            };
            if several || many {
                if self.unicode {
                    return Err(no("a syntax error"));
                }
                set |= low | high | of(b'-');
            } else if high < low {
                return Err(no("a syntax error"));
            } else {
                // Both are single bits: every bit from the lower to the higher.
                set |= (high - low) | high;
            }
        }
        let set = self.folded(set);
        Ok(if negated { !set } else { set })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(text: &str, pattern: &str, flags: &str) -> Option<bool> {
        matches(text, pattern, flags).ok()
    }

    fn swap(text: &str, pattern: &str, flags: &str, template: &str) -> Option<String> {
        replace(text, pattern, flags, template).ok()
    }

    #[test]
    fn classes_ranges_and_anchors() {
        assert_eq!(test("/en/shop", "^\\/(en|de)(\\/|$)", ""), Some(true));
        assert_eq!(test("/env", "^\\/(en|de)(\\/|$)", ""), Some(false));
        assert_eq!(test("/a.html", "\\.[a-z0-9]{2,4}$", ""), Some(true));
        assert_eq!(test("a\n", "a$", ""), Some(false));
        assert_eq!(test("x", "[]", ""), Some(false));
        assert_eq!(test("\n", "[^]", ""), Some(true));
        assert_eq!(test("-", "[\\w-z]", ""), Some(true));
        assert_eq!(test("a{", "a{", ""), Some(true));
        assert_eq!(test("a{1", "a{1$", ""), Some(true));
    }

    #[test]
    fn case_folds_before_negation() {
        assert_eq!(test("K", "[^k]", "i"), Some(false));
        assert_eq!(test("K", "[^k]", ""), Some(true));
        assert_eq!(test("GOOGLEBOT", "googlebot|bingbot", "i"), Some(true));
        assert_eq!(test("[", "[A-z]", "i"), Some(true));
        assert_eq!(test("{", "\\[", "i"), Some(false));
    }

    #[test]
    fn a_dot_is_no_line_end() {
        assert_eq!(test("\r", "^.$", ""), Some(false));
        assert_eq!(test("\r", "^.$", "s"), Some(true));
        assert_eq!(test("a\rb", "^b", "m"), None);
        assert_eq!(test("a\nb", "^b", "m"), Some(true));
    }

    #[test]
    fn what_has_no_model_has_no_value() {
        for pattern in ["(?=a)", "(?<!a)", "(a)\\1", "é", "a**", "^*", "(", ")", "[b-a]", "\\p{L}", "a{2,1}", "\\"] {
            assert_eq!(test("a", pattern, ""), None, "{pattern}");
        }
        assert_eq!(test("a", "a", "y"), None);
        assert_eq!(test("é", ".", ""), None);
    }

    #[test]
    fn replacements_follow_the_template() {
        assert_eq!(swap("/a/b", "^\\/(\\w)\\/(\\w)$", "", "/$2/$1$$$3"), Some("/b/a$$3".to_owned()));
        assert_eq!(swap("abc", "b", "", "[$`|$&|$']"), Some("a[a|b|c]c".to_owned()));
        assert_eq!(swap("a//b///c", "\\/+", "g", "/"), Some("a/b/c".to_owned()));
        assert_eq!(swap("aa", "a", "", "b"), Some("ba".to_owned()));
        assert_eq!(swap("ab", "(a)(x)?", "", "<$1$2$10>"), Some("<aa0>b".to_owned()));
        assert_eq!(swap("a", "a", "", "$"), Some("$".to_owned()));
    }

    #[test]
    fn named_groups_count_and_names_are_not_repeated() {
        assert_eq!(swap("abb", "(?<n>b)(?<m>b)", "", "[$2$1]"), Some("a[bb]".to_owned()));
        assert_eq!(swap("abb", "(?<n>b)", "", "$<n>"), None);
        assert_eq!(test("bb", "(?<n>b)(?<n>b)", ""), None);
    }

    #[test]
    fn empty_matches_stand_beside_full_ones() {
        assert_eq!(swap("baac", "a*", "g", "-"), Some("-b--c-".to_owned()));
        assert_eq!(swap("ab", "", "g", "."), Some(".a.b.".to_owned()));
    }

    #[test]
    fn repeated_groups_are_refused_in_replacements_only() {
        assert_eq!(swap("ab", "(?:(a)|b)*", "", "$1"), None);
        assert_eq!(swap("aaa", "(?:|a)*", "", "x"), None);
        assert_eq!(test("ab", "^(?:(a)|b)*$", ""), Some(true));
    }
}
