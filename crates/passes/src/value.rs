//! Texts as value expressions. A part that may be missing is only used where the guard, or the alternative at hand, says that it is
//! there: a missing part is an error page in a rewrite and open elsewhere (fact-21).

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these matches look for one shape; whatever else there is or will be is refused or says nothing"
)]

use edge::{ExprId, FieldKind, Fn, Node};
use target::lang::{self, Expr, Func};

use crate::express::{Express, Refusal, Stop, value_refusal};
use crate::facts::Shape;
use crate::pieces::replacements;
use crate::placement::{QUERY_ORDER, REPEATED_KEY, RESERVED_PATHS};
use crate::{js_regex, strengthen};

/// Most levels that are followed.
const DEPTH: usize = 60;

/// Most arguments of `concat`.
const CONCAT: usize = 32;

impl Express<'_> {
    /// A text as a value; stops at a condition that decides it. What has no form by itself and is known to be one of a few texts is
    /// each of them in turn.
    pub(crate) fn text(&mut self, id: ExprId, depth: usize) -> Result<Expr, Stop> {
        let found = self.written(id, depth);
        if !matches!(found, Err(Stop::Refuse(_))) {
            return found;
        }
        if let Some(fixed) = self.facts.fixed(self.store, id) {
            return Ok(Expr::Str(fixed.to_string()));
        }
        let Some(member) = self.facts.members(id).first().map(|it| (*it).to_owned()) else { return found };
        let member = self.store.string(&member);
        Err(Stop::Split(self.store.call(Fn::StrEq, &[id, member])))
    }

    fn written(&mut self, id: ExprId, depth: usize) -> Result<Expr, Stop> {
        if depth > DEPTH || self.store.size(id) > crate::express::NODES {
            return Err(
                Refusal::new(&diag::codes::EXPRESSION_TOO_LONG, "the value is larger than a rule can be").into()
            );
        }
        match self.store.node(id).clone() {
            Node::Str(it) => Ok(Expr::Str(self.store.str(it).to_string())),
            Node::Ite(c, a, b) => match self.known(c) {
                Some(true) => self.text(a, depth + 1),
                Some(false) => self.text(b, depth + 1),
                None => Err(Stop::Split(c)),
            },
            Node::Read(read) => match read.kind {
                FieldKind::ClientIp => {
                    self.domain();
                    Ok(lang::call(Func::ToString, vec![crate::field::named("ip.src")?]))
                }
                FieldKind::Scheme => {
                    let https = self.store.string("https");
                    let asked = self.store.call(Fn::StrEq, &[id, https]);
                    match self.known(asked) {
                        Some(it) => Ok(Expr::Str(if it { "https" } else { "http" }.into())),
                        None => Err(Stop::Split(asked)),
                    }
                }
                FieldKind::Method
                | FieldKind::Host
                | FieldKind::Path
                | FieldKind::Query
                | FieldKind::ArgFirst
                | FieldKind::ArgAll
                | FieldKind::HeaderFirst
                | FieldKind::HeaderAll
                | FieldKind::CookieFirst
                | FieldKind::CookieAll
                | FieldKind::Visitor
                | FieldKind::Status
                | FieldKind::RespHeaderFirst
                | FieldKind::RespHeaderAll
                | FieldKind::RespCookieAll => Ok(self.read(id)?),
            },
            Node::Call(function, args) => self.call(id, function, &args, depth),
            Node::Code(region, ..) => {
                let cause = self.store.cause(region).cause.clone();
                Err(Refusal::new(&diag::codes::NOT_UNDERSTOOD, format!("the value depends on code: {cause}")).into())
            }
            Node::Hole(name) => {
                let name = self.store.str(name).clone();
                Err(Refusal::new(&diag::codes::OPEN_HOLE, format!("`{name}` is filled in at deployment")).into())
            }
            Node::Lookup(..) => {
                Err(Refusal::new(&diag::codes::TABLE_NOT_EXPRESSIBLE, "the value is looked up in a table").into())
            }
            Node::Absent
            | Node::Bool(_)
            | Node::Int(_)
            | Node::Input(_)
            | Node::Not(_)
            | Node::And(..)
            | Node::Or(..) => Err(value_refusal("the value is no text of the request").into()),
        }
    }

    fn call(&mut self, id: ExprId, function: Fn, args: &[ExprId], depth: usize) -> Result<Expr, Stop> {
        let at = |n: usize| args.get(n).copied().unwrap_or(id);
        match function {
            Fn::Some => self.text(at(0), depth + 1),
            Fn::Or => self.or_default(at(0), at(1), depth),
            Fn::Concat => self.concat(id, depth),
            Fn::JsLower => Ok(match self.text(at(0), depth + 1)? {
                Expr::Str(it) => Expr::Str(it.to_ascii_lowercase()),
                it => lang::call(Func::Lower, vec![it]),
            }),
            Fn::JsUpper => Ok(match self.text(at(0), depth + 1)? {
                Expr::Str(it) => Expr::Str(it.to_ascii_uppercase()),
                it => lang::call(Func::Upper, vec![it]),
            }),
            Fn::JsSliceFrom => match self.store.as_int(at(1)) {
                Some(from) => self.slice(at(0), from, None, depth),
                None => Err(value_refusal("a cut at a computed position").into()),
            },
            Fn::JsSlice => match (self.store.as_int(at(1)), self.store.as_int(at(2))) {
                (Some(from), Some(to)) => self.slice(at(0), from, Some(to), depth),
                _ => Err(value_refusal("a cut at computed positions").into()),
            },
            Fn::Before => self.before(at(0), at(1), depth),
            Fn::AfterLast => self.after_last(at(0), at(1), depth),
            Fn::ReplaceFirst => self.replace_first(at(0), at(1), at(2), depth),
            Fn::JsReplace => self.js_replace(args, id, depth),
            // The query as it came has the same arguments, in its own order and form.
            Fn::QueryEvery | Fn::QueryFirst => {
                self.notes.insert(QUERY_ORDER.to_owned());
                if function == Fn::QueryFirst {
                    self.notes.insert(REPEATED_KEY.to_owned());
                }
                self.text(at(0), depth + 1)
            }
            Fn::StrEq
            | Fn::IntEq
            | Fn::IntLt
            | Fn::IntLe
            | Fn::Present
            | Fn::StartsWith
            | Fn::EndsWith
            | Fn::Contains
            | Fn::JsMatches
            | Fn::JsTrim
            | Fn::JsLength
            | Fn::JsSplitAt
            | Fn::JsSplitCount
            | Fn::ReplaceAll
            | Fn::JsEncodeComponent
            | Fn::IntText
            | Fn::IntAdd
            | Fn::ListEmpty
            | Fn::ListPush
            | Fn::ListSetFirst => {
                Err(value_refusal(format!("`{}` has no counterpart in the rules language", function.row().name)).into())
            }
        }
    }

    fn or_default(&mut self, optional: ExprId, default: ExprId, depth: usize) -> Result<Expr, Stop> {
        if matches!(self.store.node(optional), Node::Read(it) if it.kind == FieldKind::Query)
            && self.store.as_str(default).is_some_and(|it| it.is_empty())
        {
            return Ok(self.read(optional)?);
        }
        if let Node::Ite(c, a, b) = *self.store.node(optional) {
            return match self.known(c) {
                Some(it) => self.or_default(if it { a } else { b }, default, depth + 1),
                None => Err(Stop::Split(c)),
            };
        }
        let present = self.store.call(Fn::Present, &[optional]);
        match self.known(present) {
            Some(true) => self.text(optional, depth + 1),
            Some(false) => self.text(default, depth + 1),
            None => Err(Stop::Split(present)),
        }
    }

    fn concat(&mut self, root: ExprId, depth: usize) -> Result<Expr, Stop> {
        let (mut pending, mut parts) = (vec![root], Vec::<Expr>::new());
        while let Some(id) = pending.pop() {
            if let Node::Call(Fn::Concat, args) = self.store.node(id) {
                pending.extend(args.iter().rev());
                continue;
            }
            match (self.text(id, depth + 1)?, parts.last_mut()) {
                (Expr::Str(it), _) if it.is_empty() => {}
                (Expr::Str(it), Some(Expr::Str(last))) => last.push_str(&it),
                (Expr::Call(Func::Concat, inner), _) => parts.extend(inner),
                (it, _) => parts.push(it),
            }
        }
        match parts.len() {
            0 => Ok(Expr::Str(String::new())),
            1 => Ok(parts.pop().unwrap_or(Expr::Str(String::new()))),
            _ if parts.iter().map(replacements).sum::<usize>() > 1 => {
                Err(value_refusal("a value with more than one replacement").into())
            }
            n if n <= CONCAT => Ok(lang::call(Func::Concat, parts)),
            n => Err(Refusal::new(
                &diag::codes::EXPRESSION_TOO_LONG,
                format!("{n} parts are joined, more than {CONCAT}"),
            )
            .into()),
        }
    }

    /// A prefix that the text is known to have; the empty one if none is.
    fn known_prefix(&mut self, id: ExprId) -> String {
        let found = self.facts.prefix(self.store, id);
        if !found.is_empty() {
            self.domain();
        }
        found
    }

    /// Cuts count bytes, which are UTF-16 units on ASCII; a cut is only made inside of what is known to be there, because the
    /// documentation does not say what a cut behind the end gives.
    fn slice(&mut self, of: ExprId, from: i64, to: Option<i64>, depth: usize) -> Result<Expr, Stop> {
        let have = i64::try_from(self.facts.length(self.store, of)).unwrap_or(0);
        let inside = (-have..=have).contains(&from) && to.is_none_or(|it| (-have..=have).contains(&it));
        // Both ends count from one side, or the text is as long as both take.
        let ordered = to.is_none_or(|to| match (from < 0, to < 0) {
            (false, true) => from - to <= have,
            (false, false) | (true, true) => from <= to,
            (true, false) => false,
        });
        if !inside || !ordered {
            return Err(value_refusal("a cut that may lie behind the end of the text").into());
        }
        let text = self.text(of, depth + 1)?;
        if from == 0 && to.is_none() {
            return Ok(text);
        }
        if let Expr::Str(text) = &text
            && text.is_ascii()
            && let Some(cut) = strengthen::sliced(text, from, to)
        {
            return Ok(Expr::Str(cut));
        }
        if !matches!(text, Expr::Field(_) | Expr::Index(..)) {
            return Err(value_refusal("a cut of a computed text").into());
        }
        self.domain();
        let mut args = vec![text, Expr::Int(from)];
        args.extend(to.map(Expr::Int));
        Ok(lang::call(Func::Substring, args))
    }

    fn js_replace(&mut self, args: &[ExprId], id: ExprId, depth: usize) -> Result<Expr, Stop> {
        let of = args.first().copied().unwrap_or(id);
        let constant = |it: &Self, n: usize| args.get(n).and_then(|at| it.store.as_str(*at)).map(|it| it.to_string());
        let (Some(pattern), Some(flags), Some(template)) = (constant(self, 1), constant(self, 2), constant(self, 3))
        else {
            return Err(value_refusal("a replacement with computed parts").into());
        };
        let rust = js_regex::translate(&pattern, &flags)
            .map_err(|it| Refusal::new(&diag::codes::REGEX_NOT_EXPRESSIBLE, format!("/{pattern}/{flags}: {it}")))?;
        if !js_regex::groups_are_stable(&rust) {
            return Err(
                Refusal::new(&diag::codes::REGEX_NOT_EXPRESSIBLE, "a group inside a repetition is replaced").into()
            );
        }
        let Some(template) = template_of(&template) else {
            return Err(
                Refusal::new(&diag::codes::REGEX_NOT_EXPRESSIBLE, "the replacement names more than groups").into()
            );
        };
        self.replace_pattern(of, &format!("/{pattern}/{flags}"), rust, template, depth)
    }

    pub(crate) fn replace_pattern(
        &mut self,
        of: ExprId,
        what: &str,
        pattern: String,
        with: String,
        depth: usize,
    ) -> Result<Expr, Stop> {
        self.regex(what)?;
        let text = self.text(of, depth + 1)?;
        self.domain();
        Ok(lang::call(Func::RegexReplace, vec![text, Expr::Str(pattern), Expr::Str(with)]))
    }

    /// Whether the text is not empty on any request in question.
    pub(crate) fn never_empty(&mut self, id: ExprId) -> bool {
        let found =
            self.facts.length(self.store, id) > 0 || self.facts.text(self.store, id, Shape::Eq, "") == Some(false);
        if found {
            self.domain();
        }
        found
    }

    /// Whether a path begins with a slash and is not Cloudflare's own. Where it may become one that is, that it does not is noted.
    pub(crate) fn is_path(&mut self, id: ExprId, value: &Expr) -> bool {
        if let Expr::Str(text) = value {
            return text.starts_with('/') && !text.starts_with("/cdn-cgi/");
        }
        let mut prefix = self.known_prefix(id);
        if let Some(it) = first_text(value).or_else(|| self.replaced_beginning(id)).filter(|it| it.len() > prefix.len())
        {
            prefix = it;
        }
        if !prefix.starts_with('/') || prefix.starts_with("/cdn-cgi/") {
            return false;
        }
        // What begins as the visitor's own path does is under `/cdn-cgi/` only if that path is.
        if "/cdn-cgi/".starts_with(&prefix) && !is_whole_path(value) && !self.begins_as_sent(id) {
            self.notes.insert(RESERVED_PATHS.to_owned());
        }
        true
    }

    /// How a path begins in which a pattern is replaced that is bound to the beginning; where it does not match, the path is as sent.
    fn replaced_beginning(&self, id: ExprId) -> Option<String> {
        let Node::Call(Fn::JsReplace, args) = self.store.node(id) else { return None };
        let text = |n: usize| args.get(n).and_then(|it| self.store.as_str(*it));
        let (pattern, template) = (text(1)?, text(3)?);
        let sent = matches!(self.store.node(*args.first()?), Node::Read(it) if it.kind == FieldKind::Path);
        let plain: String = template.chars().take_while(|it| *it != '$').collect();
        (sent && pattern.starts_with('^') && !pattern.contains('|') && text(2)?.is_empty()).then_some(plain)
    }

    /// Whether a text is a beginning of the path, or the path with an ending.
    fn begins_as_sent(&self, id: ExprId) -> bool {
        let mut at = id;
        for _ in 0..DEPTH {
            at = match self.store.node(at) {
                Node::Read(it) => return it.kind == FieldKind::Path,
                Node::Call(Fn::Concat | Fn::JsLower | Fn::JsUpper, args) => args.first().copied().unwrap_or(at),
                Node::Call(Fn::JsSlice | Fn::JsSliceFrom, args)
                    if args.get(1).and_then(|it| self.store.as_int(*it)) == Some(0) =>
                {
                    args.first().copied().unwrap_or(at)
                }
                _ => return false,
            };
        }
        false
    }
}

/// The fixed text that a value begins with.
fn first_text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Str(it) => Some(it.clone()),
        Expr::Call(Func::Concat, parts) => match parts.first() {
            Some(Expr::Str(it)) => Some(it.clone()),
            _ => None,
        },
        _ => None,
    }
}

fn is_whole_path(expr: &Expr) -> bool {
    match expr {
        Expr::Field(it) => it.as_str().ends_with("http.request.uri.path"),
        Expr::Call(Func::Lower | Func::Upper, args) => args.first().is_some_and(is_whole_path),
        _ => false,
    }
}

/// A JavaScript replacement in the language of `regex_replace`; none where it names anything but groups.
fn template_of(template: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = template.chars().peekable();
    while let Some(it) = rest.next() {
        if it != '$' {
            out.push(it);
            continue;
        }
        match rest.next() {
            Some('$') => out.push_str("$$"),
            Some(digit @ '1'..='9') if !rest.peek().is_some_and(char::is_ascii_digit) => {
                out.push_str(&format!("${{{digit}}}"));
            }
            _ => return None,
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_name_groups_only() {
        assert_eq!(template_of("/n/$1-$$"), Some("/n/${1}-$$".into()));
        assert_eq!(template_of("$&"), None);
        assert_eq!(template_of("$10"), None);
    }
}
