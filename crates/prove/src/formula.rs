//! Conditions over many subjects: each part of a request has at most one language, and what is said of one part collapses into it.

use std::collections::BTreeMap;

use crate::languages::{Language, Languages, Sample};

/// A part of a request that conditions speak of.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Subject {
    /// The method.
    Method,
    /// `http` or `https`.
    Scheme,
    /// The host.
    Host,
    /// The path; it begins with `/`.
    Path,
    /// The query, if there is a `?`.
    Query,
    /// The first value of an argument.
    Argument(String),
    /// The first line of a header, by lower-case name.
    Header(String),
    /// The first value of a cookie.
    Cookie(String),
    /// The visitor's address.
    Address,
    /// What the platform says of the visitor.
    Visitor(String),
    /// The status of the answer, in digits.
    Status,
    /// A part that is not read further: it may be anything.
    Other(String),
}

impl Subject {
    /// Whether a request may be without it.
    fn optional(&self) -> bool {
        match self {
            Subject::Method | Subject::Scheme | Subject::Host | Subject::Path | Subject::Address | Subject::Status => {
                false
            }
            Subject::Query
            | Subject::Argument(_)
            | Subject::Header(_)
            | Subject::Cookie(_)
            | Subject::Visitor(_)
            | Subject::Other(_) => true,
        }
    }
}

/// A condition, with everything said of one subject in one place.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Formula {
    /// Always, or never.
    Bool(bool),
    /// The subject's text is in the language, or the subject is missing where that is allowed.
    Text(Subject, Language, bool),
    /// Something that is not read further, by name, or its opposite.
    Free(String, bool),
    /// All of them.
    All(Vec<Formula>),
    /// At least one.
    Any(Vec<Formula>),
}

/// A request as far as a condition speaks of it; `None` is a missing part.
pub type Found = BTreeMap<Subject, Option<String>>;

/// Whether some request satisfies a condition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// None does.
    Never,
    /// This one does; the names are free parts that it rests on.
    Sometimes(Found, Vec<String>),
    /// It was too much to say.
    Unknown,
}

/// Most steps of one search.
const STEPS: usize = 20_000;

/// Makes conditions and decides them.
#[derive(Debug)]
pub struct Formulas {
    pub(crate) languages: Languages,
}

impl Default for Formulas {
    fn default() -> Formulas {
        Formulas { languages: Languages::new() }
    }
}

impl Formulas {
    /// The opposite.
    pub fn not(&mut self, of: Formula) -> Formula {
        match of {
            Formula::Bool(it) => Formula::Bool(!it),
            Formula::Text(subject, language, missing) => {
                let language = self.languages.not(language);
                self.text(subject, language, !missing)
            }
            Formula::Free(name, holds) => Formula::Free(name, !holds),
            Formula::All(parts) => {
                let parts: Vec<Formula> = parts.into_iter().map(|it| self.not(it)).collect();
                self.any(parts)
            }
            Formula::Any(parts) => {
                let parts: Vec<Formula> = parts.into_iter().map(|it| self.not(it)).collect();
                self.all(parts)
            }
        }
    }

    /// A question about one subject.
    pub(crate) fn text(&mut self, subject: Subject, language: Language, missing: bool) -> Formula {
        let missing = missing && subject.optional();
        let (empty, all) = (self.languages.empty(), self.languages.all());
        if language == empty && !missing {
            return Formula::Bool(false);
        }
        if language == all && (missing || !subject.optional()) {
            return Formula::Bool(true);
        }
        Formula::Text(subject, language, missing)
    }

    /// All of them.
    pub fn all(&mut self, parts: impl IntoIterator<Item = Formula>) -> Formula {
        self.join(parts, true)
    }

    /// At least one.
    pub fn any(&mut self, parts: impl IntoIterator<Item = Formula>) -> Formula {
        self.join(parts, false)
    }

    fn join(&mut self, parts: impl IntoIterator<Item = Formula>, all: bool) -> Formula {
        let mut texts: BTreeMap<Subject, (Vec<Language>, bool)> = BTreeMap::new();
        let mut rest: Vec<Formula> = Vec::new();
        let mut pending: Vec<Formula> = parts.into_iter().collect();
        pending.reverse();
        while let Some(it) = pending.pop() {
            match it {
                Formula::Bool(it) if it == all => {}
                Formula::Bool(it) => return Formula::Bool(it),
                Formula::Text(subject, language, missing) => {
                    let entry = texts.entry(subject).or_insert((Vec::new(), all));
                    entry.0.push(language);
                    entry.1 = if all { entry.1 && missing } else { entry.1 || missing };
                }
                Formula::All(inner) if all => pending.extend(inner.into_iter().rev()),
                Formula::Any(inner) if !all => pending.extend(inner.into_iter().rev()),
                other @ (Formula::Free(..) | Formula::All(_) | Formula::Any(_)) => rest.push(other),
            }
        }
        for (subject, (languages, missing)) in texts {
            let language = if all { self.languages.and(languages) } else { self.languages.or(languages) };
            match self.text(subject, language, missing) {
                Formula::Bool(it) if it == all => {}
                Formula::Bool(it) => return Formula::Bool(it),
                it @ (Formula::Text(..) | Formula::Free(..) | Formula::All(_) | Formula::Any(_)) => rest.push(it),
            }
        }
        rest.sort();
        rest.dedup();
        let opposite = rest.iter().any(|it| match it {
            Formula::Free(name, true) => rest.contains(&Formula::Free(name.clone(), false)),
            Formula::Free(..) | Formula::Bool(_) | Formula::Text(..) | Formula::All(_) | Formula::Any(_) => false,
        });
        match rest.len() {
            _ if opposite => Formula::Bool(!all),
            0 => Formula::Bool(all),
            1 => rest.pop().unwrap_or(Formula::Bool(all)),
            _ if all => Formula::All(rest),
            _ => Formula::Any(rest),
        }
    }

    /// What is true of a subject on every request of the profile.
    fn domain(&mut self, subject: &Subject) -> Language {
        let it = &mut self.languages;
        match subject {
            Subject::Path => {
                let (slash, all) = (it.words(["/"]), it.all());
                it.then(slash, all)
            }
            Subject::Scheme => it.words(["http", "https"]),
            Subject::Status => self.statuses(&|_| true),
            Subject::Host | Subject::Method | Subject::Address => it.at_least(1),
            Subject::Visitor(_) => {
                let unknown = it.words(["", "XX"]);
                it.not(unknown)
            }
            Subject::Query | Subject::Argument(_) | Subject::Header(_) | Subject::Cookie(_) | Subject::Other(_) => {
                it.all()
            }
        }
    }

    fn statuses(&mut self, holds: &dyn Fn(i64) -> bool) -> Language {
        let words: Vec<String> = (100..=599).filter(|it| holds(*it)).map(|it| it.to_string()).collect();
        self.languages.words(words.iter().map(String::as_str))
    }

    /// A question about the status of the answer.
    pub(crate) fn status(&mut self, holds: &dyn Fn(i64) -> bool) -> Formula {
        let words = self.statuses(holds);
        self.text(Subject::Status, words, false)
    }

    /// Whether some request satisfies a condition.
    pub fn ask(&mut self, of: &Formula) -> Answer {
        let mut steps = 0;
        self.search(vec![of.clone()], BTreeMap::new(), BTreeMap::new(), &mut steps, 0)
    }

    /// Whether two conditions are equal: otherwise a request that tells them apart.
    pub fn differ(&mut self, a: &Formula, b: &Formula) -> Answer {
        let (not_a, not_b) = (self.not(a.clone()), self.not(b.clone()));
        let (left, right) = (self.all([a.clone(), not_b]), self.all([not_a, b.clone()]));
        match self.ask(&left) {
            Answer::Never => self.ask(&right),
            it @ (Answer::Sometimes(..) | Answer::Unknown) => it,
        }
    }

    /// A tableau: parts that leave no choice first, then one choice at a time.
    fn search(
        &mut self,
        pending: Vec<Formula>,
        mut texts: BTreeMap<Subject, (Language, bool)>,
        mut free: BTreeMap<String, bool>,
        steps: &mut usize,
        depth: usize,
    ) -> Answer {
        *steps += 1;
        if *steps > STEPS || depth > 256 {
            return Answer::Unknown;
        }
        let (mut pending, mut choices) = (pending, Vec::new());
        let mut touched = Vec::new();
        while let Some(it) = pending.pop() {
            match it {
                Formula::Bool(true) => {}
                Formula::Bool(false) => return Answer::Never,
                Formula::Text(subject, language, missing) => {
                    let domain = self.domain(&subject);
                    let known = texts.get(&subject).copied().unwrap_or((domain, true));
                    let now = (self.languages.and([known.0, language]), known.1 && missing);
                    texts.insert(subject.clone(), now);
                    touched.push(subject);
                }
                Formula::Free(name, holds) => {
                    if *free.entry(name).or_insert(holds) != holds {
                        return Answer::Never;
                    }
                }
                Formula::All(parts) => pending.extend(parts),
                Formula::Any(parts) => choices.push(parts),
            }
        }
        let mut unknown = false;
        for subject in touched {
            let Some((language, missing)) = texts.get(&subject).copied() else { continue };
            if missing {
                continue;
            }
            match self.languages.sample(language) {
                Sample::None => return Answer::Never,
                Sample::Text(_) => {}
                Sample::Unknown => unknown = true,
            }
        }
        let Some(choice) = choices.pop() else {
            if unknown {
                return Answer::Unknown;
            }
            let mut found = Found::new();
            for (subject, (language, missing)) in texts {
                match self.languages.sample(language) {
                    Sample::Text(it) => drop(found.insert(subject, Some(it))),
                    Sample::None if missing => drop(found.insert(subject, None)),
                    Sample::None => return Answer::Never,
                    Sample::Unknown => return Answer::Unknown,
                }
            }
            return Answer::Sometimes(found, free.into_keys().collect());
        };
        let rest: Vec<Formula> = choices.into_iter().map(Formula::Any).collect();
        for part in choice {
            let mut next = rest.clone();
            next.push(part);
            match self.search(next, texts.clone(), free.clone(), steps, depth + 1) {
                Answer::Never => {}
                Answer::Unknown => unknown = true,
                it @ Answer::Sometimes(..) => return it,
            }
        }
        if unknown { Answer::Unknown } else { Answer::Never }
    }
}
