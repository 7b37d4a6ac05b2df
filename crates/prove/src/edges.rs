//! Conditions of an edge program as formulas.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is not read becomes a free part, whatever nodes there are or will be"
)]

use edge::{ExprId, FieldKind, Fn, Node, Store};

use crate::formula::{Formula, Formulas, Subject};
use crate::languages::Language;
use crate::patterns;

/// Most levels that are followed.
const DEPTH: usize = 400;

impl Formulas {
    /// A condition.
    pub fn condition(&mut self, store: &Store, id: ExprId) -> Formula {
        self.edge(store, id, 0)
    }

    fn free(store: &Store, id: ExprId) -> Formula {
        match store.node(id) {
            Node::Code(region, _, out) => Formula::Free(format!("code {region:?} {out}"), true),
            _ => Formula::Free(format!("expression {}", id.index()), true),
        }
    }

    fn edge(&mut self, store: &Store, id: ExprId, depth: usize) -> Formula {
        if depth > DEPTH {
            return Formulas::free(store, id);
        }
        match store.node(id) {
            Node::Bool(it) => Formula::Bool(*it),
            Node::Not(a) => {
                let a = self.edge(store, *a, depth + 1);
                self.not(a)
            }
            Node::And(..) | Node::Or(..) => {
                let conjunction = matches!(store.node(id), Node::And(..));
                let mut parts = Vec::new();
                let mut pending = vec![id];
                while let Some(it) = pending.pop() {
                    match store.node(it) {
                        Node::And(a, b) if conjunction => pending.extend([*b, *a]),
                        Node::Or(a, b) if !conjunction => pending.extend([*b, *a]),
                        _ => parts.push(self.edge(store, it, depth + 1)),
                    }
                }
                if conjunction { self.all(parts) } else { self.any(parts) }
            }
            Node::Ite(c, a, b) => {
                let (a, b) = (self.edge(store, *a, depth + 1), self.edge(store, *b, depth + 1));
                self.either(store, *c, a, b, depth)
            }
            Node::Call(function, args) => {
                let found = self.call(store, *function, args, depth + 1);
                found.unwrap_or_else(|| Formulas::free(store, id))
            }
            _ => Formulas::free(store, id),
        }
    }

    fn either(&mut self, store: &Store, c: ExprId, a: Formula, b: Formula, depth: usize) -> Formula {
        if a == b {
            return a;
        }
        let c = self.edge(store, c, depth + 1);
        let not = self.not(c.clone());
        let (a, b) = (self.all([c, a]), self.all([not, b]));
        self.any([a, b])
    }

    fn call(&mut self, store: &Store, function: Fn, args: &[ExprId], depth: usize) -> Option<Formula> {
        let first = *args.first()?;
        let text = |n: usize| args.get(n).and_then(|it| store.as_str(*it)).cloned();
        match function {
            Fn::Present => {
                let all = self.languages.all();
                self.of(store, first, all, depth)
            }
            Fn::StrEq => match (text(0), text(1)) {
                (_, Some(with)) => {
                    let word = self.languages.words([&*with]);
                    let subject = if with.is_empty() { as_sent(store, first) } else { first };
                    self.of(store, subject, word, depth)
                }
                (Some(with), None) => {
                    let word = self.languages.words([&*with]);
                    self.of(store, *args.get(1)?, word, depth)
                }
                (None, None) => None,
            },
            Fn::StartsWith | Fn::EndsWith | Fn::Contains => {
                let with = text(1)?;
                let (word, all) = (self.languages.words([&*with]), self.languages.all());
                let language = match function {
                    Fn::StartsWith => self.languages.then(word, all),
                    Fn::EndsWith => self.languages.then(all, word),
                    _ => {
                        let rest = self.languages.then(word, all);
                        self.languages.then(all, rest)
                    }
                };
                self.of(store, first, language, depth)
            }
            Fn::JsMatches => {
                let language = patterns::script(&mut self.languages, &text(1)?, &text(2)?)?;
                self.of(store, first, language, depth)
            }
            Fn::IntEq | Fn::IntLt | Fn::IntLe => self.numbers(store, function, first, *args.get(1)?, depth),
            _ => None,
        }
    }

    fn numbers(&mut self, store: &Store, function: Fn, a: ExprId, b: ExprId, depth: usize) -> Option<Formula> {
        if depth > DEPTH {
            return None;
        }
        match (store.node(a), store.node(b)) {
            (Node::Int(a), Node::Int(b)) => Some(Formula::Bool(match function {
                Fn::IntEq => a == b,
                Fn::IntLt => a < b,
                _ => a <= b,
            })),
            (Node::Ite(c, x, y), _) => {
                let (x, y) = (
                    self.numbers(store, function, *x, b, depth + 1)?,
                    self.numbers(store, function, *y, b, depth + 1)?,
                );
                Some(self.either(store, *c, x, y, depth))
            }
            (_, Node::Ite(c, x, y)) => {
                let (x, y) = (
                    self.numbers(store, function, a, *x, depth + 1)?,
                    self.numbers(store, function, a, *y, depth + 1)?,
                );
                Some(self.either(store, *c, x, y, depth))
            }
            (Node::Int(n), Node::Read(read)) if read.kind == FieldKind::Status => {
                Some(self.status(&|it| match function {
                    Fn::IntEq => *n == it,
                    Fn::IntLt => *n < it,
                    _ => *n <= it,
                }))
            }
            (Node::Read(read), Node::Int(n)) if read.kind == FieldKind::Status => {
                Some(self.status(&|it| match function {
                    Fn::IntEq => it == *n,
                    Fn::IntLt => it < *n,
                    _ => it <= *n,
                }))
            }
            (Node::Int(n), Node::Call(Fn::JsLength, args)) => {
                let n = u32::try_from(*n).ok().filter(|it| *it < 4096)?;
                let language = match function {
                    Fn::IntEq => self.languages.exactly(n),
                    Fn::IntLt => self.languages.at_least(n + 1),
                    _ => self.languages.at_least(n),
                };
                self.of(store, *args.first()?, language, depth)
            }
            (Node::Call(Fn::JsLength, args), Node::Int(n)) => {
                let n = u32::try_from(*n).ok().filter(|it| *it < 4096)?;
                let language = match function {
                    Fn::IntEq => self.languages.exactly(n),
                    Fn::IntLt => {
                        let more = self.languages.at_least(n);
                        self.languages.not(more)
                    }
                    _ => {
                        let more = self.languages.at_least(n + 1);
                        self.languages.not(more)
                    }
                };
                self.of(store, *args.first()?, language, depth)
            }
            (Node::Int(n), Node::Call(Fn::JsSplitCount, args)) => {
                let (least, most) = match function {
                    Fn::IntEq => (*n, Some(*n)),
                    Fn::IntLt => (n.checked_add(1)?, None),
                    _ => (*n, None),
                };
                self.pieces(store, args, least, most, depth)
            }
            (Node::Call(Fn::JsSplitCount, args), Node::Int(n)) => {
                let (least, most) = match function {
                    Fn::IntEq => (*n, Some(*n)),
                    Fn::IntLt => (0, Some(n.checked_sub(1)?)),
                    _ => (0, Some(*n)),
                };
                self.pieces(store, args, least, most, depth)
            }
            _ => None,
        }
    }

    /// Whether a text has so many parts between the separators, of which there is one at least.
    fn pieces(
        &mut self,
        store: &Store,
        args: &[ExprId],
        least: i64,
        most: Option<i64>,
        depth: usize,
    ) -> Option<Formula> {
        let by = one(store.as_str(*args.get(1)?)?)?;
        if most == Some(0) {
            return Some(Formula::Bool(false));
        }
        let mut at_least = |n: i64| {
            let it = &mut self.languages;
            let (all, sign) = (it.all(), it.class(crate::languages::bit(by)));
            let mut language = all;
            for _ in 1..n.min(64) {
                let tail = it.then(sign, language);
                language = it.then(all, tail);
            }
            (n <= 64).then_some(language)
        };
        let mut language = at_least(least)?;
        if let Some(most) = most {
            let more = at_least(most.checked_add(1)?)?;
            let none = self.languages.not(more);
            language = self.languages.and([language, none]);
        }
        self.of(store, *args.first()?, language, depth)
    }

    /// Whether a text, or an optional text that is there, is in a language.
    fn of(&mut self, store: &Store, id: ExprId, language: Language, depth: usize) -> Option<Formula> {
        if depth > DEPTH {
            return None;
        }
        if let Some(text) = store.as_str(id) {
            return Some(Formula::Bool(self.languages.holds(language, text)));
        }
        match store.node(id) {
            Node::Absent => Some(Formula::Bool(false)),
            Node::Ite(c, a, b) => {
                let (a, b) = (self.of(store, *a, language, depth + 1)?, self.of(store, *b, language, depth + 1)?);
                Some(self.either(store, *c, a, b, depth))
            }
            Node::Read(read) => {
                let name = read.name.map(|it| store.str(it).to_string()).unwrap_or_default();
                let subject = match read.kind {
                    FieldKind::Method => Subject::Method,
                    FieldKind::Scheme => Subject::Scheme,
                    FieldKind::Host => Subject::Host,
                    FieldKind::Path => Subject::Path,
                    FieldKind::Query => Subject::Query,
                    FieldKind::ArgFirst => Subject::Argument(name),
                    FieldKind::HeaderFirst => Subject::Header(name.to_ascii_lowercase()),
                    FieldKind::CookieFirst => Subject::Cookie(name),
                    FieldKind::ClientIp => Subject::Address,
                    FieldKind::Visitor => Subject::Visitor(name),
                    FieldKind::RespHeaderFirst => Subject::Other(format!("response header {name}")),
                    _ => return None,
                };
                Some(self.text(subject, language, false))
            }
            Node::Lookup(table, key) => {
                let rows: Vec<(String, String)> =
                    store.rows(*table).rows.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
                let all = self.languages.all();
                let mut keys = Vec::new();
                for (key, value) in &rows {
                    if language == all || self.languages.holds(language, value) {
                        keys.push(key.as_str());
                    }
                }
                let keys = self.languages.words(keys);
                self.of(store, *key, keys, depth + 1)
            }
            Node::Call(function, args) => self.image(store, *function, args, language, depth + 1),
            _ => None,
        }
    }

    /// The same question about what a text is made of.
    fn image(
        &mut self,
        store: &Store,
        function: Fn,
        args: &[ExprId],
        language: Language,
        depth: usize,
    ) -> Option<Formula> {
        let first = *args.first()?;
        let text = |n: usize| args.get(n).and_then(|it| store.as_str(*it)).cloned();
        let number = |n: usize| args.get(n).and_then(|it| store.as_int(*it));
        let it = &mut self.languages;
        let asked = match function {
            Fn::Some => language,
            Fn::Or => {
                let there = self.of(store, first, language, depth)?;
                let otherwise = self.of(store, *args.get(1)?, language, depth)?;
                let all = self.languages.all();
                let present = self.of(store, first, all, depth)?;
                let absent = self.not(present);
                let otherwise = self.all([absent, otherwise]);
                return Some(self.any([there, otherwise]));
            }
            Fn::Concat => match (text(0), text(1)) {
                (Some(head), _) => {
                    let mut rest = language;
                    for by in head.bytes() {
                        rest = it.derive(rest, by);
                    }
                    return self.of(store, *args.get(1)?, rest, depth);
                }
                (None, Some(tail)) => it.with(tail.as_bytes(), language),
                (None, None) => return None,
            },
            Fn::JsLower => it.lower(language),
            Fn::JsUpper => it.upper(language),
            Fn::JsSliceFrom => cut(it, number(1)?, None, language)?,
            Fn::JsSlice => cut(it, number(1)?, Some(number(2)?), language)?,
            Fn::Before => it.before(one(&text(1)?)?, language),
            Fn::AfterLast => {
                let by = one(&text(1)?)?;
                let last = without(it, by, language);
                let (all, sign) = (it.all(), it.class(crate::languages::bit(by)));
                let tail = it.then(sign, last);
                let more = it.then(all, tail);
                it.or([last, more])
            }
            Fn::JsSplitAt => {
                let (by, n) = (one(&text(1)?)?, u32::try_from(number(2)?).ok().filter(|it| *it < 64)?);
                let all = it.all();
                let (piece, sign) = (without(it, by, language), it.class(crate::languages::bit(by)));
                let rest = it.then(sign, all);
                let none = it.nothing();
                let end = it.or([none, rest]);
                let mut whole = it.then(piece, end);
                let any = without(it, by, all);
                for _ in 0..n {
                    let more = it.then(sign, whole);
                    whole = it.then(any, more);
                }
                whole
            }
            _ => return None,
        };
        self.of(store, first, asked, depth)
    }
}

/// The one byte of a separator.
fn one(text: &str) -> Option<u8> {
    match text.as_bytes() {
        [it] if it.is_ascii() => Some(*it),
        _ => None,
    }
}

/// The texts of a language without a character.
fn without(it: &mut crate::languages::Languages, by: u8, language: Language) -> Language {
    let (all, sign) = (it.all(), it.class(crate::languages::bit(by)));
    let rest = it.then(sign, all);
    let has = it.then(all, rest);
    let free = it.not(has);
    it.and([free, language])
}

/// Texts whose `slice(from, to)` is in a language.
pub(crate) fn cut(
    it: &mut crate::languages::Languages,
    from: i64,
    to: Option<i64>,
    language: Language,
) -> Option<Language> {
    let size = |n: i64| u32::try_from(n.unsigned_abs()).ok().filter(|it| *it < 4096);
    let width = size(from)?;
    let shorter = |it: &mut crate::languages::Languages, n: u32| {
        let more = it.at_least(n);
        it.not(more)
    };
    match to {
        None if from >= 0 => Some(it.skip(width, language)),
        None => {
            let (all, short, exact) = (it.all(), shorter(it, width), it.exactly(width));
            let (whole, last) = (it.and([short, language]), it.and([exact, language]));
            let long = it.then(all, last);
            Some(it.or([whole, long]))
        }
        Some(to) if from >= 0 && to >= 0 => {
            let length = size(to)?.saturating_sub(width);
            let taken = it.take(length, language);
            Some(it.skip(width, taken))
        }
        Some(to) if from == 0 => {
            let off = size(to)?;
            let tail = it.exactly(off);
            let long = it.then(language, tail);
            if !it.nullable(language) {
                return Some(long);
            }
            let short = shorter(it, off);
            Some(it.or([long, short]))
        }
        Some(_) => None,
    }
}

/// The query that came, in the place of one that is written anew from its arguments: a query that is there has one, so both are
/// empty at once.
fn as_sent(store: &Store, id: ExprId) -> ExprId {
    match store.node(id) {
        Node::Call(Fn::QueryEvery | Fn::QueryFirst, args) => args.first().copied().unwrap_or(id),
        _ => id,
    }
}
