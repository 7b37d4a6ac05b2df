//! Whether an expression may stand in a phase, on a plan, as a filter or as a value.
//!
//! The checker refuses more than the product does: what is only likely to be accepted, and `ne` on a value that may be missing, is
//! never emitted. What it cannot see is whether a filter guarantees that a value's parts are there (fact-21): a caller asks
//! [`super::optional_parts`] for those and guards them.

use super::{CompareOp, Expr, FieldName, Func, Index, Set, printed_len};
use crate::facts::{Form, Param, ParamTy, Returns, Scope, Ty, operator};
use crate::limits::{Limit, Limits};
use crate::phase::Phase;
use crate::plan::Plan;

/// Where an expression stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Position {
    /// The condition of a rule.
    Filter,
    /// A value that is computed: a target, a path, a header.
    Value,
}

/// One reason against an expression.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Its kind.
    pub kind: ProblemKind,
    /// What is wrong, for people.
    pub message: String,
}

/// Kinds of problems.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum ProblemKind {
    /// A type does not fit.
    Type,
    /// `ne` on a value that may be missing.
    NullableNe,
    /// `[*]` where it may not stand.
    Each,
    /// Too few or too many arguments.
    Arity,
    /// An argument of the wrong form: a literal, or not one.
    Form,
    /// A field or function that the phase does not offer.
    Unavailable,
    /// A higher plan is needed, or an add-on.
    Plan(Plan),
    /// A regular expression or a wildcard that does not compile.
    Pattern,
    /// More than the language allows: length, nesting, replacements.
    TooMuch,
    /// It rests on an open fact.
    Unsure,
}

/// Every reason against an expression; none means that it may be emitted.
#[must_use]
pub fn check(expr: &Expr, phase: Phase, position: Position, plan: Plan) -> Vec<Problem> {
    check_with(expr, phase, position, &Limits::of(plan))
}

/// As [`check`], under limits that the user may have overridden.
#[must_use]
pub fn check_with(expr: &Expr, phase: Phase, position: Position, limits: &Limits) -> Vec<Problem> {
    let mut checker = Checker { phase, position, limits, problems: Vec::new(), replaces: 0, level: 0 };
    if let (Expr::Bool(_), Position::Filter) = (expr, position) {
        return checker.problems;
    }
    let found = checker.infer(expr);
    let wanted = match position {
        Position::Filter => Ty::Bool,
        Position::Value => Ty::Str,
    };
    if let Some(found) = found
        && (found.ty != wanted || found.each)
    {
        checker.add(ProblemKind::Type, format!("the expression is of type {}, not {wanted}", found.ty));
    }
    let length = printed_len(expr);
    let most = limits.get(Limit::ExpressionBytes);
    if length as u64 > most {
        checker.add(ProblemKind::TooMuch, format!("the expression has {length} bytes, more than {most}"));
    }
    if checker.replaces > 1 {
        checker.add(ProblemKind::TooMuch, "an expression holds at most one regex_replace() or wildcard_replace()");
    }
    checker.problems
}

/// The type of an expression, where it has one.
#[must_use]
pub fn type_of(expr: &Expr) -> Option<Ty> {
    let limits = Limits::of(Plan::Enterprise);
    let (phase, position) = (Phase::WafCustom, Position::Filter);
    let mut checker = Checker { phase, position, limits: &limits, problems: Vec::new(), replaces: 0, level: 0 };
    checker.infer(expr).map(|it| it.ty)
}

/// What is known about a part.
#[derive(Clone, Copy)]
struct Part {
    ty: Ty,
    /// It stands for every element of an array, after `[*]`.
    each: bool,
    /// It may be missing.
    nullable: bool,
}

impl Part {
    fn plain(ty: Ty) -> Self {
        Self { ty, each: false, nullable: false }
    }
}

struct Checker<'a> {
    phase: Phase,
    position: Position,
    limits: &'a Limits,
    problems: Vec<Problem>,
    replaces: usize,
    level: u64,
}

impl Checker<'_> {
    fn add(&mut self, kind: ProblemKind, message: impl Into<String>) {
        self.problems.push(Problem { kind, message: message.into() });
    }

    /// Whether the zone does not have something: by the switch for it, where there is one, else by its plan.
    fn lacks(&self, plan: Plan, switch: Option<Limit>) -> bool {
        switch.map_or(self.limits.plan < plan, |it| !self.limits.allows(it))
    }

    fn infer(&mut self, expr: &Expr) -> Option<Part> {
        let most = self.limits.get(Limit::ExpressionNesting);
        if self.level >= most {
            self.add(ProblemKind::TooMuch, format!("more than {most} levels of nesting"));
            return None;
        }
        self.level += 1;
        let part = self.infer_inside(expr);
        self.level -= 1;
        part
    }

    fn infer_inside(&mut self, expr: &Expr) -> Option<Part> {
        match expr {
            Expr::Bool(_) => {
                self.add(ProblemKind::Type, "`true` and `false` stand alone only");
                None
            }
            Expr::Field(name) => Some(self.field(*name)),
            Expr::Index(of, index) => self.index(of, index),
            Expr::Str(_) => Some(Part::plain(Ty::Str)),
            Expr::Int(_) => Some(Part::plain(Ty::Int)),
            Expr::Ip(_) => Some(Part::plain(Ty::Ip)),
            Expr::Call(func, args) => self.call(*func, args),
            Expr::Not(of) => {
                self.condition(of);
                Some(Part::plain(Ty::Bool))
            }
            Expr::And(parts) | Expr::Or(parts) | Expr::Xor(parts) => {
                for part in parts {
                    self.condition(part);
                }
                Some(Part::plain(Ty::Bool))
            }
            Expr::Compare { op, left, right } => self.compare(*op, left, right),
            Expr::In { left, set } => self.membership(left, set),
        }
    }

    fn field(&mut self, name: FieldName) -> Part {
        let row = name.row();
        if let Some(fact) = row.unsure {
            self.add(ProblemKind::Unsure, format!("`{}` rests on {fact}", row.name));
        }
        if let Some(by) = row.replaced_by {
            self.add(ProblemKind::Unavailable, format!("`{}` is deprecated, `{by}` replaces it", row.name));
        }
        if !self.offers(name) {
            self.add(ProblemKind::Unavailable, format!("`{}` is not documented for {}", row.name, self.phase));
        }
        if row.addon || self.lacks(row.plan, field_switch(name)) {
            let more = if row.addon { " with an add-on" } else { "" };
            self.add(ProblemKind::Plan(row.plan), format!("`{}` needs the plan {}{more}", row.name, row.plan));
        }
        Part::plain(row.ty)
    }

    /// A closed list decides where there is one. Where none is published, a field counts as offered when some list of the same side
    /// names it; WAF rules take every request field.
    fn offers(&self, name: FieldName) -> bool {
        let row = name.row();
        let phase = self.phase.row();
        if row.scope == Scope::Response && !self.phase.is_response() {
            return false;
        }
        if row.value_only {
            let transforms = matches!(self.phase, Phase::UrlRewrite | Phase::RequestHeaders | Phase::ResponseHeaders);
            return transforms && self.position == Position::Value;
        }
        row.phases.contains(&phase.name)
            || (!phase.closed_field_list && (self.phase == Phase::WafCustom || !row.phases.is_empty()))
    }

    fn index(&mut self, of: &Expr, index: &Index) -> Option<Part> {
        let part = self.infer(of)?;
        let element = match (part.ty, index) {
            (Ty::Map(of), Index::Key(_)) | (Ty::Array(of), Index::At(_) | Index::Each) => *of,
            (Ty::Map(_), Index::At(_) | Index::Each) => {
                self.add(ProblemKind::Type, "a map is indexed by a string");
                return None;
            }
            (Ty::Array(_), Index::Key(_)) => {
                self.add(ProblemKind::Type, "an array is indexed by a number or `*`");
                return None;
            }
            (Ty::Bool | Ty::Int | Ty::Str | Ty::Bytes | Ty::Ip, _) => {
                self.add(ProblemKind::Type, format!("a value of type {} has no elements", part.ty));
                return None;
            }
        };
        if part.each && *index == Index::Each {
            self.add(ProblemKind::Each, "`[*]` stands once on a way through arrays");
        }
        let each = part.each || *index == Index::Each;
        // A part that stands for elements is never missing: where there is none, there is no element to ask.
        Some(Part { ty: element, each, nullable: !each && (part.nullable || *index != Index::Each) })
    }

    fn condition(&mut self, expr: &Expr) {
        if let Some(part) = self.infer(expr)
            && (part.ty != Ty::Bool || part.each)
        {
            self.add(ProblemKind::Type, format!("a condition is of type Boolean, not {}", part.ty));
        }
    }

    fn compare(&mut self, op: CompareOp, left: &Expr, right: &Expr) -> Option<Part> {
        let row = operator(op);
        if self.lacks(row.plan, operator_switch(op)) {
            self.add(ProblemKind::Plan(row.plan), format!("`{}` needs the plan {}", row.word, row.plan));
        }
        let part = self.infer(left)?;
        if !row.types.contains(&part.ty) {
            self.add(ProblemKind::Type, format!("`{}` does not take a value of type {}", row.word, part.ty));
        }
        if is_literal(left) {
            self.add(ProblemKind::Form, format!("the left side of `{}` may not be a literal", row.word));
        }
        if op == CompareOp::Ne && part.nullable {
            self.add(
                ProblemKind::NullableNe,
                "`ne` on a value that may be missing has two readings; negate `eq` instead",
            );
        }
        if is_literal(right) {
            let found = self.infer(right)?;
            if found.ty != part.ty {
                self.add(
                    ProblemKind::Type,
                    format!("a value of type {} is compared with one of type {}", part.ty, found.ty),
                );
            }
        } else {
            self.add(ProblemKind::Unsure, "a right side that is no literal rests on fact-40");
        }
        match (op, right) {
            (CompareOp::Matches, Expr::Str(text)) => self.regex(text),
            (CompareOp::Wildcard | CompareOp::StrictWildcard, Expr::Str(text)) => self.wildcard(text),
            (CompareOp::Matches | CompareOp::Wildcard | CompareOp::StrictWildcard, _) => {
                self.add(ProblemKind::Form, format!("`{}` takes a string literal", row.word));
            }
            (
                CompareOp::Eq
                | CompareOp::Ne
                | CompareOp::Lt
                | CompareOp::Le
                | CompareOp::Gt
                | CompareOp::Ge
                | CompareOp::Contains,
                _,
            ) => {}
        }
        Some(truth(part))
    }

    fn membership(&mut self, left: &Expr, set: &Set) -> Option<Part> {
        let part = self.infer(left)?;
        if is_literal(left) {
            self.add(ProblemKind::Form, "the left side of `in` may not be a literal");
        }
        let (wanted, empty) = match set {
            Set::Strings(members) => (Some(Ty::Str), members.is_empty()),
            Set::Ints(members) => (Some(Ty::Int), members.is_empty()),
            Set::Ips(members) => (Some(Ty::Ip), members.is_empty()),
            Set::List(_) => (None, false),
        };
        if empty {
            self.add(ProblemKind::Form, "a set has at least one member");
        }
        match wanted {
            Some(wanted) if wanted != part.ty => {
                self.add(ProblemKind::Type, format!("a value of type {} is never in a set of {wanted}", part.ty));
            }
            Some(_) => {}
            None => {
                if !matches!(left, Expr::Field(_)) {
                    self.add(ProblemKind::Form, "the left side of a list is a field");
                }
                if part.ty == Ty::Ip && self.phase == Phase::ResponseHeaders {
                    self.add(ProblemKind::Unavailable, "lists of addresses are not usable in response header rules");
                }
            }
        }
        Some(truth(part))
    }

    fn call(&mut self, func: Func, args: &[Expr]) -> Option<Part> {
        let row = func.row();
        if let Some(fact) = row.unsure {
            self.add(ProblemKind::Unsure, format!("{}() rests on {fact}", row.name));
        }
        if row.addon || self.lacks(row.plan, function_switch(func)) {
            let more = if row.addon { " with an add-on" } else { "" };
            self.add(ProblemKind::Plan(row.plan), format!("{}() needs the plan {}{more}", row.name, row.plan));
        }
        if !self.offers_call(row.contexts) {
            self.add(
                ProblemKind::Unavailable,
                format!("{}() is not documented for this place of {}", row.name, self.phase),
            );
        }
        if args.len() < row.min_args || args.len() > row.max_args {
            self.add(ProblemKind::Arity, format!("{}() does not take {} arguments", row.name, args.len()));
            return None;
        }
        let mut parts = Vec::with_capacity(args.len());
        for (at, arg) in args.iter().enumerate() {
            let part = self.infer(arg)?;
            if let Some(param) = row.params.get(at).or(row.params.last()) {
                self.argument(row.name, at, arg, part, param);
            }
            parts.push(part);
        }
        self.call_details(func, args, &parts);
        let first = parts.first().copied()?;
        let ty = match row.returns {
            Returns::Exact(ty) => ty,
            Returns::First => first.ty,
        };
        let ty = if first.each {
            match array_of(ty) {
                Some(array) => array,
                None => {
                    self.add(ProblemKind::Each, format!("{}() is not applied to elements", row.name));
                    return None;
                }
            }
        } else {
            ty
        };
        let nullable = if matches!(func, Func::Any | Func::All) || first.each {
            false
        } else if matches!(func, Func::Concat | Func::Coalesce) {
            parts.iter().all(|it| it.nullable)
        } else {
            parts.iter().any(|it| it.nullable)
        };
        Some(Part { ty, each: false, nullable })
    }

    fn argument(&mut self, func: &str, at: usize, arg: &Expr, part: Part, param: &Param) {
        let fits = param.types.iter().any(|it| match it {
            ParamTy::Any => true,
            ParamTy::Map => matches!(part.ty, Ty::Map(_)),
            ParamTy::Array => matches!(part.ty, Ty::Array(_)),
            ParamTy::Exact(ty) => *ty == part.ty,
        });
        if !fits {
            self.add(
                ProblemKind::Type,
                format!("{func}() does not take a value of type {} as argument {}", part.ty, at + 1),
            );
        }
        if part.each && at > 0 {
            self.add(ProblemKind::Each, format!("`[*]` stands in the first argument of {func}() only"));
        }
        let fits = match param.form {
            Form::Any => true,
            Form::Field => is_field(arg),
            Form::Literal => is_literal(arg),
            Form::NotLiteral => !is_literal(arg),
        };
        if !fits {
            self.add(ProblemKind::Form, format!("argument {} of {func}() has the wrong form", at + 1));
        }
        if let (Expr::Str(text), false) = (arg, param.values.is_empty())
            && !param.values.contains(&text.as_str())
        {
            self.add(ProblemKind::Form, format!("{func}() does not know the flag `{text}`"));
        }
    }

    fn call_details(&mut self, func: Func, args: &[Expr], parts: &[Part]) {
        match func {
            Func::RegexReplace => {
                self.replaces += 1;
                if let Some(Expr::Str(pattern)) = args.get(1) {
                    self.regex(pattern);
                }
                self.replacement(args.get(2));
            }
            Func::WildcardReplace => {
                self.replaces += 1;
                if let Some(Expr::Str(pattern)) = args.get(1) {
                    self.wildcard(pattern);
                }
                self.replacement(args.get(2));
            }
            Func::RemoveQueryArgs => {
                let fits = matches!(args.first(), Some(Expr::Field(name))
                    if matches!(name.as_str(), "http.request.uri.query" | "raw.http.request.uri.query"));
                if !fits {
                    self.add(
                        ProblemKind::Form,
                        "remove_query_args() takes http.request.uri.query or raw.http.request.uri.query",
                    );
                }
            }
            Func::Concat if parts.windows(2).any(|it| matches!(it, [a, b] if a.ty != b.ty)) => {
                self.add(ProblemKind::Type, "the arguments of concat() are of one type");
            }
            Func::Any
            | Func::All
            | Func::BitSlice
            | Func::Cidr
            | Func::Cidr6
            | Func::Coalesce
            | Func::Concat
            | Func::DecodeBase64
            | Func::EncodeBase64
            | Func::EndsWith
            | Func::HasKey
            | Func::HasValue
            | Func::HashInRange
            | Func::IsTimedHmacValidV0
            | Func::Join
            | Func::Len
            | Func::LookupJsonInteger
            | Func::LookupJsonString
            | Func::Lower
            | Func::Upper
            | Func::RemoveBytes
            | Func::Sha256
            | Func::Split
            | Func::StartsWith
            | Func::Substring
            | Func::ToString
            | Func::UrlDecode
            | Func::Uuidv4 => {}
        }
    }

    fn offers_call(&self, contexts: &[&str]) -> bool {
        let phase = self.phase.api_name();
        contexts.iter().any(|it| match it.split_once(':') {
            None => *it == "any" || *it == phase,
            Some((name, _)) => name == phase && self.position == Position::Value,
        })
    }

    fn regex(&mut self, pattern: &str) {
        let parsed = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build().parse(pattern);
        if let Err(error) = parsed {
            let reason = error.to_string();
            let reason = reason.lines().last().unwrap_or_default().to_owned();
            self.add(ProblemKind::Pattern, format!("the regular expression is refused: {reason}"));
        }
    }

    fn wildcard(&mut self, pattern: &str) {
        let mut letters = pattern.chars().peekable();
        let mut star = false;
        while let Some(letter) = letters.next() {
            match letter {
                '*' if star => {
                    self.add(ProblemKind::Pattern, "a wildcard has no `**`");
                    return;
                }
                '\\' if !matches!(letters.next(), Some('*' | '\\')) => {
                    self.add(ProblemKind::Pattern, r"a wildcard knows the escapes \* and \\ only");
                    return;
                }
                _ => {}
            }
            star = letter == '*';
        }
    }

    /// At most eight references `${n}`; every other dollar is doubled.
    fn replacement(&mut self, replacement: Option<&Expr>) {
        let Some(Expr::Str(text)) = replacement else {
            return;
        };
        let mut references = 0;
        let mut rest = text.as_str();
        while let Some((_, after)) = rest.split_once('$') {
            if let Some(after) = after.strip_prefix('$') {
                rest = after;
                continue;
            }
            let number = after.strip_prefix('{').and_then(|it| it.split_once('}'));
            match number {
                Some((digits, after)) if !digits.is_empty() && digits.bytes().all(|it| it.is_ascii_digit()) => {
                    references += 1;
                    rest = after;
                }
                Some(_) | None => {
                    self.add(ProblemKind::Pattern, "a replacement knows `${n}` and `$$` only");
                    return;
                }
            }
        }
        if references > 8 {
            self.add(ProblemKind::TooMuch, "a replacement has at most eight references");
        }
    }
}

fn field_switch(name: FieldName) -> Option<Limit> {
    (name.as_str() == "http.request.cookies").then_some(Limit::CookieMap)
}

fn function_switch(func: Func) -> Option<Limit> {
    if func == Func::RegexReplace {
        Some(Limit::Regex)
    } else {
        (func == Func::WildcardReplace).then_some(Limit::Wildcard)
    }
}

fn operator_switch(op: CompareOp) -> Option<Limit> {
    match op {
        CompareOp::Matches => Some(Limit::Regex),
        CompareOp::Wildcard | CompareOp::StrictWildcard => Some(Limit::Wildcard),
        CompareOp::Eq
        | CompareOp::Ne
        | CompareOp::Lt
        | CompareOp::Le
        | CompareOp::Gt
        | CompareOp::Ge
        | CompareOp::Contains => None,
    }
}

/// The type of a comparison: one truth, or one for each element.
fn truth(left: Part) -> Part {
    if left.each { Part { ty: Ty::Array(&Ty::Bool), each: false, nullable: false } } else { Part::plain(Ty::Bool) }
}

fn array_of(ty: Ty) -> Option<Ty> {
    match ty {
        Ty::Bool => Some(Ty::Array(&Ty::Bool)),
        Ty::Int => Some(Ty::Array(&Ty::Int)),
        Ty::Str => Some(Ty::Array(&Ty::Str)),
        Ty::Bytes => Some(Ty::Array(&Ty::Bytes)),
        Ty::Ip => Some(Ty::Array(&Ty::Ip)),
        Ty::Array(_) | Ty::Map(_) => None,
    }
}

fn is_literal(expr: &Expr) -> bool {
    matches!(expr, Expr::Str(_) | Expr::Int(_) | Expr::Ip(_))
}

/// A field or an element of one.
fn is_field(expr: &Expr) -> bool {
    let mut at = expr;
    while let Expr::Index(of, _) = at {
        at = of;
    }
    matches!(at, Expr::Field(_))
}
