//! Parts of a text in front of or behind a separator, and the first occurrence replaced, as values: with wildcards on every plan, else
//! with a regular expression. Both stand in values of rewrites and redirects only.

use edge::{ExprId, Fn, Node};
use target::lang::{self, Expr, Func};
use target::phase::Phase;

use crate::express::{Express, Stop, value_refusal};
use crate::facts::Shape;
use crate::forms::escape_literal;

impl Express<'_> {
    /// A field with a pattern replaced that matches the whole of it; stars take as little as they may.
    ///
    /// `wildcard_replace` takes fields only, is known in these two phases, and leaves alone what does not match.
    fn by_wildcard(&mut self, text: &Expr, pattern: &str, with: &str) -> Option<Expr> {
        if !matches!(text, Expr::Field(_)) || !matches!(self.phase, Phase::UrlRewrite | Phase::DynamicRedirect) {
            return None;
        }
        self.domain();
        let mut args = vec![text.clone(), Expr::Str(pattern.to_owned()), Expr::Str(with.to_owned())];
        if pattern.contains(|it: char| it.is_ascii_alphabetic()) {
            args.push(Expr::Str("s".to_owned()));
        }
        Some(lang::call(Func::WildcardReplace, args))
    }

    /// The part before the first occurrence. A star that takes as little as it may ends at the first one; without any the value
    /// stays as it is, which is what is asked for.
    pub(crate) fn before(&mut self, of: ExprId, by: ExprId, depth: usize) -> Result<Expr, Stop> {
        let Some(by) = self.store.as_str(by).filter(|it| !it.is_empty() && it.is_ascii()).cloned() else {
            return Err(value_refusal("a part in front of a computed separator").into());
        };
        if self.facts.text(self.store, of, Shape::Contains, &by) == Some(false) {
            return self.text(of, depth + 1);
        }
        if let Some((whole, head)) = self.rest_of(of) {
            // Behind a known beginning the pattern begins with it, and where it does not match, the rest is the part.
            let pattern = format!("^{}.*{}", escape_literal(&head), escape_literal(&by));
            let (pattern, flags) = (self.store.string(&pattern), self.store.string(""));
            let asked = self.store.call(Fn::JsMatches, &[whole, pattern, flags]);
            let text = self.text(whole, depth + 1)?;
            let found = self.by_wildcard(&text, &format!("{}*{}*", literal(&head), literal(&by)), "${1}");
            if let Some(found) = found {
                return match self.known(asked) {
                    Some(true) => Ok(found),
                    Some(false) => self.text(of, depth + 1),
                    None => Err(Stop::Split(asked)),
                };
            }
        }
        let text = self.text(of, depth + 1)?;
        if let Some(found) = self.by_wildcard(&text, &format!("*{}*", literal(&by)), "${1}") {
            return Ok(found);
        }
        self.replace_pattern(
            of,
            &format!("the part in front of `{by}`"),
            format!("{}.*$", escape_literal(&by)),
            String::new(),
            depth,
        )
    }

    /// A text of which only what is behind a known beginning is left: the text and the beginning.
    fn rest_of(&self, of: ExprId) -> Option<(ExprId, String)> {
        let Node::Call(Fn::JsSliceFrom, args) = self.store.node(of) else { return None };
        let from = usize::try_from(self.store.as_int(*args.get(1)?)?).ok()?;
        let whole = *args.first()?;
        let head = self.facts.prefix(self.store, whole).get(..from)?.to_owned();
        (from > 0).then_some((whole, head))
    }

    /// The part behind the last occurrence: a greedy pattern from the beginning ends at the last one.
    pub(crate) fn after_last(&mut self, of: ExprId, by: ExprId, depth: usize) -> Result<Expr, Stop> {
        let Some(by) = self.store.as_str(by).filter(|it| !it.is_empty() && it.is_ascii()).cloned() else {
            return Err(value_refusal("a part behind a computed separator").into());
        };
        if self.facts.text(self.store, of, Shape::Contains, &by) == Some(false) {
            return self.text(of, depth + 1);
        }
        self.replace_pattern(
            of,
            &format!("the part behind the last `{by}`"),
            format!("^.*{}", escape_literal(&by)),
            String::new(),
            depth,
        )
    }

    /// The first occurrence of a fixed text replaced by another.
    pub(crate) fn replace_first(&mut self, of: ExprId, from: ExprId, to: ExprId, depth: usize) -> Result<Expr, Stop> {
        let (Some(old), Some(new)) = (self.store.as_str(from).cloned(), self.store.as_str(to).cloned()) else {
            return Err(value_refusal("a replacement with computed parts").into());
        };
        let with = new.replace('$', "$$");
        if !old.is_empty() && old.is_ascii() {
            let text = self.text(of, depth + 1)?;
            let pattern = format!("*{}*", literal(&old));
            if let Some(found) = self.by_wildcard(&text, &pattern, &format!("${{1}}{with}${{2}}")) {
                return Ok(found);
            }
        }
        self.replace_pattern(of, &format!("replace(\"{old}\")"), escape_literal(&old), with, depth)
    }
}

/// A text inside of a wildcard.
fn literal(text: &str) -> String {
    text.replace('\\', r"\\").replace('*', r"\*")
}

/// How often a value replaces; the rules language knows one replacement in a value and none in a condition.
pub(crate) fn replacements(expr: &Expr) -> usize {
    match expr {
        Expr::Call(Func::RegexReplace | Func::WildcardReplace, args) => {
            1 + args.iter().map(replacements).sum::<usize>()
        }
        Expr::Call(_, args) => args.iter().map(replacements).sum(),
        Expr::Bool(_)
        | Expr::Int(_)
        | Expr::Str(_)
        | Expr::Ip(_)
        | Expr::Field(_)
        | Expr::Index(..)
        | Expr::Not(_)
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::Xor(_)
        | Expr::Compare { .. }
        | Expr::In { .. } => 0,
    }
}
