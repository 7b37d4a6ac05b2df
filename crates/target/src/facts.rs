//! Rows about the vocabulary of the rules language: fields, functions, operators, and the facts that are not sure.
//!
//! Every row names where it was read and how old that reading is. A row marked unsure is never emitted: the checker refuses it.

use crate::generated;
use crate::lang::CompareOp;
use crate::plan::Plan;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

pub use crate::generated::Func;

/// A type of the rules language.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Ty {
    /// `Boolean`.
    Bool,
    /// `Integer`.
    Int,
    /// `String`: bytes, by custom UTF-8.
    Str,
    /// `Bytes`.
    Bytes,
    /// `IP`.
    Ip,
    /// `Array<T>`.
    Array(&'static Ty),
    /// `Map<T>`, whose keys are strings.
    Map(&'static Ty),
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("Boolean"),
            Self::Int => f.write_str("Integer"),
            Self::Str => f.write_str("String"),
            Self::Bytes => f.write_str("Bytes"),
            Self::Ip => f.write_str("IP"),
            Self::Array(of) => write!(f, "Array<{of}>"),
            Self::Map(of) => write!(f, "Map<{of}>"),
        }
    }
}

/// Where a field has a value.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Scope {
    /// From the request on.
    Request,
    /// Once there is a response.
    Response,
}

/// What is known about a field.
#[derive(Clone, Copy, Debug)]
pub struct FieldRow {
    /// Its name.
    pub name: &'static str,
    /// Its type.
    pub ty: Ty,
    /// Where it has a value.
    pub scope: Scope,
    /// The least plan that has it.
    pub plan: Plan,
    /// Whether the plan is not enough: it is sold apart.
    pub addon: bool,
    /// API names of the phases whose published list names it.
    pub phases: &'static [&'static str],
    /// Whether it may stand in value expressions only.
    pub value_only: bool,
    /// The field that replaces it, where it is deprecated.
    pub replaced_by: Option<&'static str>,
    /// The open fact that forbids to rely on it.
    pub unsure: Option<&'static str>,
    /// What it holds.
    pub note: &'static str,
    /// Where this was read.
    pub source: &'static str,
    /// Age of what was read.
    pub checked: &'static str,
}

/// A field that has a row. It compares by name.
#[derive(Clone, Copy)]
pub struct FieldName(&'static FieldRow);

impl FieldName {
    /// The field of a name, where there is one.
    #[must_use]
    pub fn new(name: &str) -> Option<Self> {
        let at = generated::FIELDS.binary_search_by(|row| row.name.cmp(name)).ok()?;
        generated::FIELDS.get(at).map(Self)
    }

    /// What is known about it.
    #[must_use]
    pub fn row(self) -> &'static FieldRow {
        self.0
    }

    /// Its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0.name
    }
}

impl PartialEq for FieldName {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl Eq for FieldName {}

impl PartialOrd for FieldName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for FieldName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.name.cmp(other.0.name)
    }
}

impl Hash for FieldName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.name.hash(state);
    }
}

impl fmt::Debug for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

/// All fields, sorted by name.
#[must_use]
pub fn fields() -> &'static [FieldRow] {
    generated::FIELDS
}

/// What may stand for an argument.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// Any expression.
    Any,
    /// A field or an element of one.
    Field,
    /// A literal.
    Literal,
    /// Anything but a literal.
    NotLiteral,
}

/// A type that a parameter takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParamTy {
    /// Any type.
    Any,
    /// Any map.
    Map,
    /// Any array.
    Array,
    /// This type.
    Exact(Ty),
}

/// A parameter of a function.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// Its documented name.
    pub name: &'static str,
    /// Types it takes.
    pub types: &'static [ParamTy],
    /// What may stand for it.
    pub form: Form,
    /// Whether it may be left out.
    pub optional: bool,
    /// Whether it repeats.
    pub variadic: bool,
    /// The only values of a literal, where they are listed.
    pub values: &'static [&'static str],
}

/// What a function returns.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Returns {
    /// This type.
    Exact(Ty),
    /// The type of its first argument.
    First,
}

/// What is known about a function.
#[derive(Clone, Copy, Debug)]
pub struct FunctionRow {
    /// Its name.
    pub name: &'static str,
    /// Its parameters.
    pub params: &'static [Param],
    /// What it returns.
    pub returns: Returns,
    /// Fewest arguments.
    pub min_args: usize,
    /// Most arguments.
    pub max_args: usize,
    /// Phases that may use it: `any`, an API name, or an API name with `:value`.
    pub contexts: &'static [&'static str],
    /// The least plan.
    pub plan: Plan,
    /// Whether it is sold apart.
    pub addon: bool,
    /// The open fact that forbids to rely on it.
    pub unsure: Option<&'static str>,
    /// What it does.
    pub note: &'static str,
    /// Where this was read.
    pub source: &'static str,
    /// Age of what was read.
    pub checked: &'static str,
}

impl Func {
    /// What is known about it.
    #[must_use]
    pub fn row(self) -> &'static FunctionRow {
        generated::function_row(self)
    }

    /// The function of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.row().name == name)
    }
}

/// What is known about a comparison operator.
#[derive(Clone, Copy, Debug)]
pub struct OperatorRow {
    /// The word.
    pub word: &'static str,
    /// The sign, where there is one.
    pub sign: Option<&'static str>,
    /// Types of its left side.
    pub types: &'static [Ty],
    /// The least plan.
    pub plan: Plan,
    /// What it does.
    pub note: &'static str,
    /// Where this was read.
    pub source: &'static str,
    /// Age of what was read.
    pub checked: &'static str,
}

/// What is known about an operator.
#[must_use]
pub fn operator(op: CompareOp) -> &'static OperatorRow {
    generated::operator_row(op)
}

/// How sure an open fact is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// Nothing tells.
    Open,
    /// Evidence for the first reading, no proof.
    LikelyFirst,
    /// Evidence for the second reading, no proof.
    LikelySecond,
}

/// A fact that the documentation leaves open.
#[derive(Clone, Copy, Debug)]
pub struct UnsureRow {
    /// Its identity, `fact-16`.
    pub id: &'static str,
    /// The question.
    pub question: &'static str,
    /// The answers that remain possible.
    pub readings: &'static [&'static str],
    /// How sure it is.
    pub verdict: Verdict,
    /// What we do so that every reading is right.
    pub policy: &'static str,
    /// Where the evidence is.
    pub source: &'static str,
    /// Age of what was read.
    pub checked: &'static str,
}

/// All open facts, by number.
#[must_use]
pub fn unsure() -> &'static [UnsureRow] {
    generated::UNSURE
}

/// The open fact of an identity.
#[must_use]
pub fn fact(id: &str) -> Option<&'static UnsureRow> {
    generated::UNSURE.iter().find(|it| it.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_sorted_sourced_and_found() {
        assert!(fields().is_sorted_by(|a, b| a.name < b.name));
        for row in fields() {
            assert_eq!(FieldName::new(row.name).map(FieldName::as_str), Some(row.name));
            assert!(!row.source.is_empty() && row.checked.len() == 7, "{}", row.name);
            if let Some(by) = row.replaced_by {
                assert!(FieldName::new(by).is_some_and(|it| it.row().ty == row.ty), "{}", row.name);
            }
        }
        assert_eq!(FieldName::new("http.request.nothing"), None);
    }

    #[test]
    fn every_open_fact_that_is_named_has_a_row() {
        let named = fields().iter().filter_map(|it| it.unsure).chain(Func::ALL.iter().filter_map(|it| it.row().unsure));
        for id in named {
            assert!(fact(id).is_some(), "{id}");
        }
        assert_eq!(fact("fact-16").map(|it| it.verdict), Some(Verdict::LikelyFirst));
    }

    #[test]
    fn functions_are_found_by_name() {
        for func in Func::ALL {
            assert_eq!(Func::from_name(func.row().name), Some(*func));
            assert!(func.row().min_args <= func.row().max_args);
        }
        assert_eq!(Func::from_name("md5"), None);
    }
}
