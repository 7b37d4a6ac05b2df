//! Replacements as choices: where the pattern is bound to one place, the text is cut there if it matches, and is itself otherwise.
//!
//! Each choice is equal to the replacement on every text of the domain facts, which it notes.

use edge::{ExprId, Fn, Node};

use crate::bound::{Bound, bound};
use crate::facts::{Facts, Shape};
use crate::strengthen::Strengthen;

/// Most levels that are followed.
const DEPTH: usize = 60;

/// Most nodes of a text that is written once for each alternative.
const NODES: u32 = 64;

impl Strengthen<'_> {
    /// `replace` with a pattern, as a choice of cuts; none where the pattern is not bound to one place.
    pub(crate) fn replaced(&mut self, args: &[ExprId], facts: &Facts, depth: usize) -> Option<ExprId> {
        let of = *args.first()?;
        let text = |n: usize| args.get(n).and_then(|id| self.store.as_str(*id)).map(|it| it.to_string());
        let (pattern, flags, template) = (text(1)?, text(2)?, text(3)?);
        if self.store.size(of) > NODES || !template.is_ascii() {
            return None;
        }
        if let Node::Ite(c, a, b) = *self.store.node(of) {
            let rest: Vec<ExprId> = args.iter().skip(1).copied().collect();
            let each = |it: &mut Self, of: ExprId| {
                let args: Vec<ExprId> = std::iter::once(of).chain(rest.iter().copied()).collect();
                let found = if depth > DEPTH { None } else { it.replaced(&args, facts, depth + 1) };
                found.unwrap_or_else(|| it.store.call(Fn::JsReplace, &args))
            };
            let (a, b) = (each(self, a), each(self, b));
            return Some(self.store.ite(c, a, b));
        }
        let found = bound(&pattern, &flags)?;
        let asked = if flags.contains('i') { self.store.call(Fn::JsLower, &[of]) } else { of };
        facts.rest_on_domain();
        match found {
            Bound::Between(before, least, after) => self.kept(of, &before, least, &after, &template, facts, depth),
            Bound::Whole(all) => {
                let with = self.store.string(&plain(&template)?);
                let parts: Vec<ExprId> =
                    all.iter().map(|it| self.text(Shape::Eq, asked, it, facts, depth + 1)).collect();
                let any = parts.into_iter().reduce(|a, b| self.store.or(a, b))?;
                Some(self.store.ite(any, with, of))
            }
            Bound::Starts(all) => self.cuts(of, asked, Shape::Starts, &all, &plain(&template)?, facts, depth),
            Bound::Ends(all) => self.cuts(of, asked, Shape::Ends, &all, &plain(&template)?, facts, depth),
            // Where the text is known to end with one character of the run, there is no more of it in front.
            Bound::EndsWithRun(one) if facts.text(self.store, of, Shape::Ends, &one) == Some(true) => {
                self.cuts(of, asked, Shape::Ends, &[one], &plain(&template)?, facts, depth)
            }
            Bound::EndsWithRun(_) => None,
        }
    }

    /// One of several beginnings or ends replaced by a fixed text: a chain of choices, the longest first.
    #[expect(clippy::too_many_arguments, reason = "a text, the text that is asked, and what of it")]
    fn cuts(
        &mut self,
        of: ExprId,
        asked: ExprId,
        shape: Shape,
        all: &[String],
        with: &str,
        facts: &Facts,
        depth: usize,
    ) -> Option<ExprId> {
        let mut found = of;
        for it in all.iter().rev() {
            let length = i64::try_from(it.len()).ok()?;
            let condition = self.text(shape, asked, it, facts, depth + 1);
            // What is put back need not be taken off.
            let kept =
                if shape == Shape::Starts { with.strip_suffix(it.as_str()) } else { with.strip_prefix(it.as_str()) };
            let kept = kept.filter(|_| asked == of);
            let with = self.store.string(kept.unwrap_or(with));
            let cut = if kept.is_some() {
                let (a, b) = if shape == Shape::Starts { (with, of) } else { (of, with) };
                self.store.call(Fn::Concat, &[a, b])
            } else if shape == Shape::Starts {
                let rest = self.cut(of, length, None, facts, depth + 1);
                self.store.call(Fn::Concat, &[with, rest])
            } else {
                let rest = self.cut(of, 0, Some(length.checked_neg()?), facts, depth + 1);
                self.store.call(Fn::Concat, &[rest, with])
            };
            found = self.store.ite(condition, cut, found);
        }
        Some(found)
    }

    /// What stands between two fixed texts, with other texts around it.
    #[expect(clippy::too_many_arguments, reason = "a beginning, an end, and what stands between")]
    fn kept(
        &mut self,
        of: ExprId,
        before: &str,
        least: usize,
        after: &str,
        template: &str,
        facts: &Facts,
        depth: usize,
    ) -> Option<ExprId> {
        let (head, tail) = template.split_once("$1")?;
        if tail.starts_with(|it: char| it.is_ascii_digit()) {
            return None;
        }
        let (head, tail) = (plain(head)?, plain(tail)?);
        let starts = self.text(Shape::Starts, of, before, facts, depth + 1);
        let ends = self.text(Shape::Ends, of, after, facts, depth + 1);
        let mut condition = self.store.and(starts, ends);
        let long = before.len().checked_add(after.len())?.checked_add(least)?;
        if facts.length(self.store, of) < long && !(least == 0 && (before.is_empty() || after.is_empty())) {
            let more = if before.is_empty() || after.is_empty() {
                let same = self.text(Shape::Eq, of, &format!("{before}{after}"), facts, depth + 1);
                self.store.not(same)
            } else {
                let (long, length) = (self.store.int(i64::try_from(long).ok()?), self.store.call(Fn::JsLength, &[of]));
                self.store.call(Fn::IntLe, &[long, length])
            };
            condition = self.store.and(condition, more);
        }
        let to = i64::try_from(after.len()).ok()?.checked_neg()?;
        let to = (!after.is_empty()).then_some(to);
        let middle = self.cut(of, i64::try_from(before.len()).ok()?, to, facts, depth + 1);
        let (head, tail) = (self.store.string(&head), self.store.string(&tail));
        let whole = self.store.call(Fn::Concat, &[middle, tail]);
        let whole = self.store.call(Fn::Concat, &[head, whole]);
        Some(self.store.ite(condition, whole, of))
    }
}

/// A replacement without names of groups.
fn plain(template: &str) -> Option<String> {
    let mut out = String::new();
    let mut rest = template.chars();
    while let Some(it) = rest.next() {
        match it {
            '$' if rest.next() == Some('$') => out.push('$'),
            '$' => return None,
            it => out.push(it),
        }
    }
    Some(out)
}

#[cfg(test)]
#[expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "tests"
)]
mod tests;
