//! Expressions of the rules language as formulas. A missing value makes every comparison false.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "what is not read becomes a free part, whatever there is or will be"
)]

use std::collections::BTreeMap;

use target::lang::{CompareOp, Expr, Func, Index, Set, print};
use target::ruleset::BulkList;

use crate::edges::cut;
use crate::formula::{Formula, Formulas, Subject};
use crate::languages::Language;
use crate::patterns;

impl Formulas {
    /// A filter. The lists say what `in $name` means for lists of redirects.
    pub fn filter(&mut self, expr: &Expr, lists: &[BulkList]) -> Formula {
        self.rule(expr, lists, 0)
    }

    fn rule(&mut self, expr: &Expr, lists: &[BulkList], depth: usize) -> Formula {
        let free = || Formula::Free(format!("filter {}", print(expr)), true);
        if depth > 400 {
            return free();
        }
        match expr {
            Expr::Bool(it) => Formula::Bool(*it),
            Expr::Not(of) => {
                let of = self.rule(of, lists, depth + 1);
                self.not(of)
            }
            Expr::And(parts) => {
                let parts: Vec<Formula> = parts.iter().map(|it| self.rule(it, lists, depth + 1)).collect();
                self.all(parts)
            }
            Expr::Or(parts) => {
                let parts: Vec<Formula> = parts.iter().map(|it| self.rule(it, lists, depth + 1)).collect();
                self.any(parts)
            }
            Expr::Field(name) if name.as_str() == "ssl" => {
                let https = self.languages.words(["https"]);
                self.text(Subject::Scheme, https, false)
            }
            Expr::Compare { op, left, right } => self.compare(*op, left, right).unwrap_or_else(free),
            Expr::In { left, set: Set::Strings(texts) } => {
                let words = self.languages.words(texts.iter().map(String::as_str));
                self.value(left, words, 0).unwrap_or_else(free)
            }
            Expr::In { left, set: Set::List(name) } => {
                let addresses =
                    matches!(left.as_ref(), Expr::Field(it) if it.as_str().ends_with("http.request.full_uri"));
                match lists.iter().find(|it| it.name == *name).filter(|_| addresses) {
                    Some(list) => self.listed(list),
                    None => free(),
                }
            }
            Expr::Call(Func::Any, args) => self.some(expr, args).unwrap_or_else(free),
            Expr::Call(Func::StartsWith, args) => self.affix(args, true).unwrap_or_else(free),
            Expr::Call(Func::EndsWith, args) => self.affix(args, false).unwrap_or_else(free),
            _ => free(),
        }
    }

    /// Addresses that a list redirects; its items have a host and a path, and neither scheme nor subpaths.
    fn listed(&mut self, list: &BulkList) -> Formula {
        let mut by_host: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for item in &list.items {
            let (host, path) = match item.source_url.find('/') {
                Some(at) => item.source_url.split_at(at),
                None => (item.source_url.as_str(), "/"),
            };
            if item.subpath_matching || item.include_subdomains || host.contains(':') {
                return Formula::Free(format!("list {}", list.name), true);
            }
            by_host.entry(host).or_default().push(path);
        }
        let mut parts = Vec::new();
        for (host, paths) in by_host {
            let (host, paths) = (self.languages.words([host]), self.languages.words(paths));
            let (host, paths) = (self.text(Subject::Host, host, false), self.text(Subject::Path, paths, false));
            parts.push(self.all([host, paths]));
        }
        self.any(parts)
    }

    /// A comparison of every value: the first passes, or there are values and another one does.
    fn some(&mut self, whole: &Expr, args: &[Expr]) -> Option<Formula> {
        let [Expr::Compare { op, left, right }] = args else { return None };
        let Expr::Index(of, Index::Each) = left.as_ref() else { return None };
        let first = Expr::Index(of.clone(), Index::At(0));
        let passes = self.compare(*op, &first, right)?;
        let all = self.languages.all();
        let there = self.value(&first, all, 0)?;
        let other = self.all([there, Formula::Free(format!("another value in {}", print(whole)), true)]);
        Some(self.any([passes, other]))
    }

    fn affix(&mut self, args: &[Expr], start: bool) -> Option<Formula> {
        let [of, Expr::Str(with)] = args else { return None };
        let (word, all) = (self.languages.words([with.as_str()]), self.languages.all());
        let language = if start { self.languages.then(word, all) } else { self.languages.then(all, word) };
        self.value(of, language, 0)
    }

    fn compare(&mut self, op: CompareOp, left: &Expr, right: &Expr) -> Option<Formula> {
        if let (Expr::Call(Func::Len, args), Expr::Int(n)) = (left, right) {
            let n = u32::try_from(*n).ok().filter(|it| *it < 4096)?;
            let it = &mut self.languages;
            let language = match op {
                CompareOp::Eq => it.exactly(n),
                CompareOp::Ge => it.at_least(n),
                CompareOp::Gt => it.at_least(n + 1),
                CompareOp::Lt | CompareOp::Le => {
                    let more = it.at_least(if op == CompareOp::Lt { n } else { n + 1 });
                    it.not(more)
                }
                _ => return None,
            };
            return self.value(args.first()?, language, 0);
        }
        if let (CompareOp::Eq, Expr::Field(name), Expr::Ip(address)) = (op, left, right) {
            let address = self.languages.words([address.as_str()]);
            return (name.as_str() == "ip.src").then(|| self.text(Subject::Address, address, false));
        }
        if let (Expr::Field(name), Expr::Int(n)) = (left, right) {
            let holds = |status: i64| match op {
                CompareOp::Eq => status == *n,
                CompareOp::Ne => status != *n,
                CompareOp::Lt => status < *n,
                CompareOp::Le => status <= *n,
                CompareOp::Gt => status > *n,
                CompareOp::Ge => status >= *n,
                CompareOp::Contains | CompareOp::Matches | CompareOp::Wildcard | CompareOp::StrictWildcard => false,
            };
            return (name.as_str() == "http.response.code").then(|| self.status(&holds));
        }
        let Expr::Str(with) = right else { return None };
        let it = &mut self.languages;
        let language = match op {
            CompareOp::Eq => it.words([with.as_str()]),
            CompareOp::Contains => {
                let (word, all) = (it.words([with.as_str()]), it.all());
                let rest = it.then(word, all);
                it.then(all, rest)
            }
            CompareOp::StrictWildcard => wildcard(it, with)?,
            CompareOp::Wildcard => {
                let inner = wildcard(it, &with.to_ascii_lowercase())?;
                it.lower(inner)
            }
            CompareOp::Matches => patterns::rust(it, with)?,
            CompareOp::Ne | CompareOp::Lt | CompareOp::Le | CompareOp::Gt | CompareOp::Ge => return None,
        };
        self.value(left, language, 0)
    }

    /// The country: an unknown one reads as `XX` or as nothing, on all requests alike (fact-54).
    fn country(&mut self, language: Language) -> Formula {
        let subject = || Subject::Visitor("country".into());
        let known = self.text(subject(), language, false);
        let empty = self.languages.empty();
        let unknown = self.text(subject(), empty, true);
        let reads = |nothing| Formula::Free("an unknown country reads as nothing".into(), nothing);
        let mut ways = Vec::new();
        for (text, nothing) in [("", true), ("XX", false)] {
            if self.languages.holds(language, text) {
                ways.push(reads(nothing));
            }
        }
        let as_read = self.any(ways);
        let unknown = self.all([unknown, as_read]);
        self.any([known, unknown])
    }

    /// Whether a value is there and in a language.
    fn value(&mut self, expr: &Expr, language: Language, depth: usize) -> Option<Formula> {
        if depth > 60 {
            return None;
        }
        match expr {
            Expr::Str(text) => Some(Formula::Bool(self.languages.holds(language, text))),
            Expr::Field(name) => {
                let name = name.as_str();
                let subject = match name.strip_prefix("raw.").unwrap_or(name) {
                    "http.request.uri.path" => Subject::Path,
                    "http.request.uri.query" => {
                        // No query reads as the empty one.
                        let missing = self.languages.nullable(language);
                        return Some(self.text(Subject::Query, language, missing));
                    }
                    "http.request.method" => Subject::Method,
                    "http.host" => Subject::Host,
                    "ip.src.country" => {
                        return Some(self.country(language));
                    }
                    _ => return None,
                };
                Some(self.text(subject, language, false))
            }
            Expr::Index(of, Index::At(0)) => {
                let Expr::Index(map, Index::Key(key)) = of.as_ref() else { return None };
                let Expr::Field(map) = map.as_ref() else { return None };
                let subject = match map.as_str().strip_prefix("raw.").unwrap_or(map.as_str()) {
                    "http.request.headers" => Subject::Header(key.to_ascii_lowercase()),
                    "http.request.cookies" => Subject::Cookie(key.clone()),
                    "http.request.uri.args" => Subject::Argument(key.clone()),
                    "http.response.headers" => Subject::Other(format!("response header {key}")),
                    _ => return None,
                };
                Some(self.text(subject, language, false))
            }
            Expr::Call(Func::Lower, args) => {
                let inner = self.languages.lower(language);
                self.value(args.first()?, inner, depth + 1)
            }
            Expr::Call(Func::Upper, args) => {
                let inner = self.languages.upper(language);
                self.value(args.first()?, inner, depth + 1)
            }
            Expr::Call(Func::Substring, args) => {
                let (of, from, to) = match args.as_slice() {
                    [of, Expr::Int(from)] => (of, *from, None),
                    [of, Expr::Int(from), Expr::Int(to)] => (of, *from, Some(*to)),
                    _ => return None,
                };
                let inner = cut(&mut self.languages, from, to, language)?;
                self.value(of, inner, depth + 1)
            }
            _ => None,
        }
    }
}

/// Texts that a `strict wildcard` takes whole: `*` is any text, a backslash takes the next character as it is.
fn wildcard(it: &mut crate::languages::Languages, pattern: &str) -> Option<Language> {
    let (mut parts, mut text) = (Vec::new(), String::new());
    let mut rest = pattern.chars();
    while let Some(sign) = rest.next() {
        match sign {
            '*' => {
                parts.push(it.words([text.as_str()]));
                parts.push(it.all());
                text.clear();
            }
            '\\' => text.push(rest.next()?),
            other => text.push(other),
        }
    }
    let mut whole = it.words([text.as_str()]);
    for part in parts.into_iter().rev() {
        whole = it.then(part, whole);
    }
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formula::Answer;
    use target::lang::parse;

    fn never(text: &str) -> bool {
        let mut formulas = Formulas::default();
        let formula = parse(text).map(|it| formulas.filter(&it, &[])).unwrap_or(Formula::Bool(true));
        formulas.ask(&formula) == Answer::Never
    }

    #[test]
    fn contradictions_are_seen_and_others_have_a_request() {
        assert!(never(r#"http.request.uri.path eq "/old" and ends_with(http.request.uri.path, ".php")"#));
        assert!(never(r#"http.request.uri.path eq "old""#));
        assert!(never(r#"lower(http.host) eq "A""#));
        assert!(never(r#"http.request.headers["x"][0] eq "a" and not len(http.request.headers["x"][0]) ge 0"#));
        assert!(never(
            r#"http.request.uri.path strict wildcard "/a/*" and substring(http.request.uri.path, 0, 2) eq "/b""#
        ));
        assert!(!never(r#"not http.request.headers["x"][0] eq "a" and not len(http.request.headers["x"][0]) ge 0"#));
        assert!(!never(r#"http.request.uri.path wildcard "/A/*" and starts_with(http.request.uri.path, "/a/")"#));
        assert!(never(r#"ip.src.country in {"DE"} and ip.src.country in {"" "XX"}"#));
        assert!(never(
            r#"http.request.uri.path eq "/a" and (http.request.method eq "GET" and not http.request.method eq "GET" or http.host eq "")"#
        ));
    }
}
