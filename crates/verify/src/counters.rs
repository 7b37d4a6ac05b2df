//! Coverage counters in the source text: which outcomes of its conditions the exchanges have met.
//!
//! Counters wrap a condition in a call that returns it unchanged, so a program with counters acts like one without. The sides of
//! an equality are wrapped the same way: what was compared tells a search what would turn the condition. Conditions are those of `if`, `?:`, `&&`, `||`, `??` and loops, and the cases of `switch`.

use std::collections::BTreeMap;

use swc_common::{Span, Spanned};
use swc_ecma_ast::{BinExpr, BinaryOp, CondExpr, DoWhileStmt, ForStmt, IfStmt, SwitchStmt, WhileStmt};
use swc_ecma_visit::{Visit, VisitWith};

use crate::engine::{EngineError, LegacyProgram};
use crate::program::{offset, on_large_stack, parse};

/// A condition of the source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Condition {
    /// Its number in the program.
    pub id: usize,
    /// The file.
    pub path: String,
    /// Byte offset of its first character in the file's own text.
    pub start: usize,
    /// Byte offset behind its last character.
    pub end: usize,
    /// Whether only its being passed counts (a case of `switch`), not its two outcomes.
    pub passed_only: bool,
}

/// An outcome of a condition that no exchange has met.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unmet {
    /// The condition.
    pub condition: Condition,
    /// `true`, `false` or `passed`.
    pub outcome: &'static str,
}

/// A program with counters.
#[derive(Clone, Debug)]
pub struct Counted {
    /// The program to run in place of the original.
    pub program: LegacyProgram,
    /// Its conditions, in order of files and text.
    pub conditions: Vec<Condition>,
}

impl Counted {
    /// The outcomes that `hits` (of [`crate::cloudfront_edge::CloudFrontEdge::hits`]) does not hold.
    #[must_use]
    pub fn unmet(&self, hits: &BTreeMap<String, u64>) -> Vec<Unmet> {
        let mut list = Vec::new();
        for condition in &self.conditions {
            let outcomes: &[(&str, &'static str)] =
                if condition.passed_only { &[("t", "passed")] } else { &[("t", "true"), ("f", "false")] };
            for (letter, outcome) in outcomes {
                if !hits.contains_key(&format!("{letter}{}", condition.id)) {
                    list.push(Unmet { condition: condition.clone(), outcome });
                }
            }
        }
        list
    }
}

/// Puts counters into every file of `program`. `first` numbers the first condition, so that two programs of one behavior
/// can share a table of hits.
///
/// # Errors
/// Where a file is not JavaScript.
pub fn count(program: &LegacyProgram, first: usize) -> Result<Counted, EngineError> {
    on_large_stack(program, || count_here(program, first))
}

fn count_here(program: &LegacyProgram, first: usize) -> Result<Counted, EngineError> {
    let mut counted = program.clone();
    let mut conditions = Vec::new();
    for module in &mut counted.modules {
        if module.path.ends_with(".json") {
            continue;
        }
        let parsed = parse(&module.path, &module.text)?;
        let mut counter =
            Counter { path: &module.path, next: first + conditions.len(), conditions: Vec::new(), inserts: Vec::new() };
        parsed.visit_with(&mut counter);
        let Counter { conditions: found, mut inserts, .. } = counter;
        inserts.sort_by_key(|it| (it.at, it.order));
        let mut text = String::with_capacity(module.text.len() * 2);
        let mut at = 0;
        for insert in &inserts {
            text.push_str(module.text.get(at..insert.at).unwrap_or_default());
            text.push_str(&insert.text);
            at = insert.at;
        }
        text.push_str(module.text.get(at..).unwrap_or_default());
        module.text = text;
        conditions.extend(found);
    }
    Ok(Counted { program: counted, conditions })
}

struct Insert {
    at: usize,
    /// Closings before openings at one place; openings outermost first, which is the order of the visit.
    order: (bool, usize),
    text: String,
}

struct Counter<'a> {
    path: &'a str,
    next: usize,
    conditions: Vec<Condition>,
    inserts: Vec<Insert>,
}

impl Counter<'_> {
    fn condition(&mut self, span: Span, passed_only: bool) -> usize {
        let id = self.next;
        self.next += 1;
        let condition =
            Condition { id, path: self.path.to_owned(), start: offset(span.lo), end: offset(span.hi), passed_only };
        self.conditions.push(condition);
        id
    }

    fn insert(&mut self, at: usize, opens: bool, text: String) {
        let order = (opens, self.inserts.len());
        self.inserts.push(Insert { at, order, text });
    }

    fn wrap(&mut self, span: Span, function: &str) {
        let id = self.condition(span, false);
        self.insert(offset(span.lo), true, format!("__mig.{function}({id},("));
        self.insert(offset(span.hi), false, "))".to_owned());
    }
}

impl Visit for Counter<'_> {
    fn visit_if_stmt(&mut self, it: &IfStmt) {
        self.wrap(it.test.span(), "count");
        it.visit_children_with(self);
    }

    fn visit_cond_expr(&mut self, it: &CondExpr) {
        self.wrap(it.test.span(), "count");
        it.visit_children_with(self);
    }

    fn visit_bin_expr(&mut self, it: &BinExpr) {
        if matches!(it.op, BinaryOp::LogicalAnd | BinaryOp::LogicalOr) {
            self.wrap(it.left.span(), "count");
        } else if it.op == BinaryOp::NullishCoalescing {
            self.wrap(it.left.span(), "countNullish");
        } else if matches!(it.op, BinaryOp::EqEq | BinaryOp::EqEqEq | BinaryOp::NotEq | BinaryOp::NotEqEq) {
            let number = self.inserts.len();
            for (side, span) in [(0, it.left.span()), (1, it.right.span())] {
                self.insert(offset(span.lo), true, format!("__mig.compared({number},{side},("));
                self.insert(offset(span.hi), false, "))".to_owned());
            }
        }
        it.visit_children_with(self);
    }

    fn visit_while_stmt(&mut self, it: &WhileStmt) {
        self.wrap(it.test.span(), "count");
        it.visit_children_with(self);
    }

    fn visit_do_while_stmt(&mut self, it: &DoWhileStmt) {
        self.wrap(it.test.span(), "count");
        it.visit_children_with(self);
    }

    fn visit_for_stmt(&mut self, it: &ForStmt) {
        if let Some(test) = &it.test {
            self.wrap(test.span(), "count");
        }
        it.visit_children_with(self);
    }

    fn visit_switch_stmt(&mut self, it: &SwitchStmt) {
        for case in &it.cases {
            // Behind the colon: the first statement, else the end of the case.
            let at = case.cons.first().map_or(case.span.hi, |it| it.span().lo);
            let id = self.condition(case.span, true);
            self.insert(offset(at), true, format!("__mig.count({id},true); "));
        }
        it.visit_children_with(self);
    }
}
