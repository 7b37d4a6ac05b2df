//! Patterns over a whole text whose only freedom is a run of characters without one of them, as plain questions.
//!
//! With a fixed beginning and a fixed end there is one place for the run, so the text is of that form if it begins and ends so, and the
//! character does not stand between the two. Both are questions that a wildcard can ask.

use edge::ExprId;

use crate::facts::{Facts, Shape};
use crate::forms::escape_literal;
use crate::js_regex::{self, Piece};
use crate::strengthen::Strengthen;

impl Strengthen<'_> {
    /// A pattern over the whole text whose only freedom is a run of characters without one of them: `^/[^/]+$`.
    pub(crate) fn gaps(&mut self, of: ExprId, pattern: &str, facts: &Facts, depth: usize) -> Option<ExprId> {
        let ways = js_regex::ways(pattern)?;
        if ways.len() > 4 {
            return None;
        }
        let mut parts = Vec::new();
        for way in ways {
            let [Piece::Start, way @ .., Piece::End] = way.as_slice() else { return None };
            let (mut before, mut run, mut after) = (String::new(), None, String::new());
            for piece in way {
                match piece {
                    Piece::Text(it) if run.is_none() => before.push_str(it),
                    Piece::Text(it) => after.push_str(it),
                    Piece::Without(but, least) if run.is_none() => run = Some((*but, *least)),
                    Piece::Without(..) | Piece::AnyStar | Piece::Start | Piece::End => return None,
                }
            }
            parts.push(match run {
                Some(run) => self.without(of, &before, run, &after, facts, depth + 1),
                None => self.text(Shape::Eq, of, &before, facts, depth + 1),
            });
        }
        facts.rest_on_domain();
        Some(self.joined(&parts, false))
    }

    /// The text is the beginning, then so many characters at least of which none is the one, then the end.
    fn without(
        &mut self,
        of: ExprId,
        before: &str,
        (but, least): (char, u32),
        after: &str,
        facts: &Facts,
        depth: usize,
    ) -> ExprId {
        let escape = escape_literal;
        let (open, close) = (escape(before), escape(after));
        let around = if after.is_empty() {
            self.text(Shape::Starts, of, before, facts, depth + 1)
        } else if before.is_empty() {
            self.text(Shape::Ends, of, after, facts, depth + 1)
        } else {
            self.matches(of, &format!("^{open}.*{close}$"))
        };
        let inside = if before.is_empty() && after.is_empty() {
            self.text(Shape::Contains, of, &but.to_string(), facts, depth + 1)
        } else {
            let tail = if after.is_empty() { String::new() } else { format!(".*{close}$") };
            self.matches(of, &format!("^{open}.*{}{tail}", escape(&but.to_string())))
        };
        let none = self.store.not(inside);
        let mut all = self.store.and(around, none);
        if least > 0 {
            let same = self.text(Shape::Eq, of, &format!("{before}{after}"), facts, depth + 1);
            let more = self.store.not(same);
            all = self.store.and(all, more);
        }
        all
    }
}
