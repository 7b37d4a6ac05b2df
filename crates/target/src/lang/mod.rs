//! The rules language: its syntax tree, with printer, parser and type-checker in files of their own.
//!
//! The tree holds what a text says and nothing else: no span, no type. Equal trees have equal canonical texts.

mod build;
mod check;
mod missing;
mod parse;
mod print;

pub use crate::facts::{FieldName, Func};
pub use build::{and, any, call, eq, field, function, header, index_each, index_first, not, or, present, string};
pub use check::{Position, Problem, ProblemKind, check, check_with, type_of};
pub use missing::optional_parts;
pub use parse::{ParseError, parse};
pub use print::{print, printed_len};

/// An expression.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Expr {
    /// `true` or `false`; only as a whole expression.
    Bool(bool),
    /// A field.
    Field(FieldName),
    /// An element.
    Index(Box<Expr>, Index),
    /// A string.
    Str(String),
    /// An integer.
    Int(i64),
    /// An address, on the right of a comparison.
    Ip(String),
    /// A function call.
    Call(Func, Vec<Expr>),
    /// Negation.
    Not(Box<Expr>),
    /// All of them.
    And(Vec<Expr>),
    /// At least one.
    Or(Vec<Expr>),
    /// An odd number of them.
    Xor(Vec<Expr>),
    /// A comparison.
    Compare {
        /// The operator.
        op: CompareOp,
        /// The left side.
        left: Box<Expr>,
        /// The right side.
        right: Box<Expr>,
    },
    /// Membership.
    In {
        /// The left side.
        left: Box<Expr>,
        /// The set.
        set: Set,
    },
}

/// How an element is named.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Index {
    /// `["key"]` of a map.
    Key(String),
    /// `[0]` of an array.
    At(u32),
    /// `[*]`: every element.
    Each,
}

/// A comparison operator.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum CompareOp {
    /// `eq`
    Eq,
    /// `ne`
    Ne,
    /// `lt`
    Lt,
    /// `le`
    Le,
    /// `gt`
    Gt,
    /// `ge`
    Ge,
    /// `contains`
    Contains,
    /// `matches`
    Matches,
    /// `wildcard`
    Wildcard,
    /// `strict wildcard`
    StrictWildcard,
}

impl CompareOp {
    /// All operators.
    pub const ALL: [Self; 10] = [
        Self::Eq,
        Self::Ne,
        Self::Lt,
        Self::Le,
        Self::Gt,
        Self::Ge,
        Self::Contains,
        Self::Matches,
        Self::Wildcard,
        Self::StrictWildcard,
    ];
}

/// The right side of `in`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Set {
    /// Strings.
    Strings(Vec<String>),
    /// Ranges of integers, both ends in them.
    Ints(Vec<(i64, i64)>),
    /// Addresses, `a..b` ranges and CIDR blocks.
    Ips(Vec<String>),
    /// A list of the account, without `$`.
    List(String),
}
