//! The small core of scripting languages: what every script front end lowers to and the evaluator runs.
//!
//! Operators keep their language's meaning by name (`Binary::Add` is JavaScript's `+` in a module of [`Language::JavaScript`]).
//! Sugar whose meaning needs no evaluation is gone; patterns, classes and optional chains stay, because desugaring them would
//! lose spans. Every statement carries the number of its construct in the ledger of its module.

mod walk;

pub use walk::statements;

use std::sync::Arc;

use source::{FileId, Span};

/// The language whose operators a module uses.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Language {
    /// ECMAScript, always strict.
    JavaScript,
}

/// One file of first-party code.
#[derive(Clone, Debug)]
pub struct Module {
    /// The language of its operators.
    pub language: Language,
    /// The file the spans are in.
    pub file: FileId,
    /// Name relative to the root, for messages and imports.
    pub path: Arc<str>,
    /// `import` and `require` at the top level, in order.
    pub imports: Vec<Import>,
    /// Exported names with the local name behind them; `default` for a default export.
    pub exports: Vec<(Arc<str>, Arc<str>)>,
    /// The statements of the top level; function declarations are hoisted by the evaluator.
    pub body: Block,
}

/// One `import` declaration; `require("x")` stays a call.
#[derive(Clone, Debug)]
pub struct Import {
    /// The specifier as written.
    pub from: Arc<str>,
    /// Where it stands.
    pub span: Span,
    /// (imported name, local name); `default` and `*` are the default export and the namespace.
    pub names: Vec<(Arc<str>, Arc<str>)>,
}

/// Statements in order.
pub type Block = Vec<Stmt>;

/// A statement.
#[derive(Clone, Debug)]
pub struct Stmt {
    /// Where it stands.
    pub span: Span,
    /// What it does.
    pub kind: StmtKind,
}

/// What a statement does.
#[derive(Clone, Debug)]
pub enum StmtKind {
    /// `var`, `let`, `const`: one or more declarators.
    Declare(Vec<(Pattern, Option<Expr>)>),
    /// A function declaration (hoisted).
    Function(Arc<Function>),
    /// A class declaration.
    Class(Arc<Class>),
    /// An expression for its effect.
    Expr(Expr),
    /// `return`.
    Return(Option<Expr>),
    /// `if`.
    If(Expr, Block, Block),
    /// `for`, `while`, `do`: the initializer is a statement before it, in the enclosing `Block`.
    Loop {
        /// Runs while it holds; none: forever.
        test: Option<Expr>,
        /// False for `do … while`.
        test_first: bool,
        /// After each turn.
        update: Option<Expr>,
        /// The body.
        body: Block,
    },
    /// `for (x in o)` and `for (x of o)`.
    ForEach {
        /// What each turn binds.
        binding: Pattern,
        /// Names (`in`) or values (`of`).
        over: Over,
        /// The collection.
        subject: Expr,
        /// The body.
        body: Block,
    },
    /// `break`, with a label if written.
    Break(Option<Arc<str>>),
    /// `continue`, with a label if written.
    Continue(Option<Arc<str>>),
    /// `throw`.
    Throw(Expr),
    /// `try`.
    Try {
        /// The guarded statements.
        body: Block,
        /// The handler with its binding.
        catch: Option<(Option<Pattern>, Block)>,
        /// Runs in any case.
        finally: Block,
    },
    /// `switch` with fall-through; `None` is `default`.
    Switch(Expr, Vec<(Option<Expr>, Block)>),
    /// A block with its own scope.
    Block(Block),
    /// A labeled statement.
    Labeled(Arc<str>, Box<Stmt>),
    /// `;`, `"use strict"`, a type declaration: nothing happens.
    Empty,
    /// A construct the core does not have (`with`, a generator); the words name it.
    Unsupported(Arc<str>),
}

/// What a `ForEach` walks.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Over {
    /// Property names, `in`.
    Keys,
    /// Values of an iterable, `of`.
    Values,
}

/// A binding or an assignment target.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// A variable.
    Name(Arc<str>, Span),
    /// A property or another place an assignment may write.
    Place(Box<Expr>),
    /// `{a, b: c = 1, ...rest}`.
    Object {
        /// Key, target.
        props: Vec<(Key, Pattern)>,
        /// `...rest`.
        rest: Option<Box<Pattern>>,
    },
    /// `[a, , b = 1, ...rest]`.
    Array {
        /// Targets; `None` is a hole.
        items: Vec<Option<Pattern>>,
        /// `...rest`.
        rest: Option<Box<Pattern>>,
    },
    /// A target with a default for `undefined`.
    Default(Box<Pattern>, Box<Expr>),
}

/// A property name.
#[derive(Clone, Debug)]
pub enum Key {
    /// Written out.
    Name(Arc<str>),
    /// Computed.
    Computed(Box<Expr>),
}

/// A function of any form.
#[derive(Clone, Debug)]
pub struct Function {
    /// Its own name, if any.
    pub name: Option<Arc<str>>,
    /// Where it stands.
    pub span: Span,
    /// Parameters.
    pub params: Vec<Pattern>,
    /// `...rest`.
    pub rest: Option<Pattern>,
    /// The body; an arrow's expression is one `Return`.
    pub body: Block,
    /// An arrow has no `this` and no `arguments` of its own.
    pub arrow: bool,
    /// `async`.
    pub is_async: bool,
}

/// A class.
#[derive(Clone, Debug)]
pub struct Class {
    /// Its name, if any.
    pub name: Option<Arc<str>>,
    /// Where it stands.
    pub span: Span,
    /// `extends`.
    pub parent: Option<Expr>,
    /// The constructor.
    pub constructor: Option<Arc<Function>>,
    /// Methods and accessors.
    pub methods: Vec<Method>,
    /// Fields: name, initializer, whether static.
    pub fields: Vec<(Key, Option<Expr>, bool)>,
}

/// A method or accessor of a class or an object literal.
#[derive(Clone, Debug)]
pub struct Method {
    /// Its name.
    pub key: Key,
    /// The code.
    pub function: Arc<Function>,
    /// What it is.
    pub kind: MethodKind,
    /// On the class itself.
    pub is_static: bool,
}

/// What a method is.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum MethodKind {
    /// Called.
    Method,
    /// Read as a property.
    Getter,
    /// Written as a property.
    Setter,
}

/// An expression.
#[derive(Clone, Debug)]
pub struct Expr {
    /// Where it stands.
    pub span: Span,
    /// What it computes.
    pub kind: ExprKind,
}

/// What an expression computes.
#[derive(Clone, Debug)]
pub enum ExprKind {
    /// `undefined`, also the hole of an array.
    Undefined,
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A number.
    Num(f64),
    /// A string.
    Str(Arc<str>),
    /// A regular expression literal: pattern and flags.
    Regex(Arc<str>, Arc<str>),
    /// A template: texts (cooked), one more than expressions.
    Template(Vec<Arc<str>>, Vec<Expr>),
    /// A variable.
    Name(Arc<str>),
    /// `this`.
    This,
    /// An array literal.
    Array(Vec<Item>),
    /// An object literal.
    Object(Vec<Prop>),
    /// A function expression or arrow.
    Function(Arc<Function>),
    /// A class expression.
    Class(Arc<Class>),
    /// `o.k`, `o[k]`; with `optional`, `o?.k`.
    Member {
        /// The object.
        object: Box<Expr>,
        /// The property.
        key: Key,
        /// Short-circuits the enclosing `Chain` when the object is nullish.
        optional: bool,
    },
    /// A call; the callee's object is `this` when it is a `Member`.
    Call {
        /// What is called.
        callee: Box<Expr>,
        /// The arguments.
        args: Vec<Item>,
        /// `f?.()`.
        optional: bool,
    },
    /// The border of an optional chain: a short circuit inside ends here with `undefined`.
    Chain(Box<Expr>),
    /// `new`.
    New(Box<Expr>, Vec<Item>),
    /// `super(…)` and `super.m(…)`: method name (`None`: constructor), arguments.
    SuperCall(Option<Arc<str>>, Vec<Item>),
    /// A unary operator.
    Unary(Unary, Box<Expr>),
    /// A strict binary operator.
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// A short-circuit operator.
    Logical(Logical, Box<Expr>, Box<Expr>),
    /// `c ? a : b`.
    Cond(Box<Expr>, Box<Expr>, Box<Expr>),
    /// `=`.
    Assign(Box<Pattern>, Box<Expr>),
    /// `+=` and its kind; the place is a `Name` or `Member`.
    AssignOp(Binary, Box<Expr>, Box<Expr>),
    /// `&&=`, `||=`, `??=`.
    AssignLogical(Logical, Box<Expr>, Box<Expr>),
    /// `++` (true) and `--`; `prefix` gives the new value.
    Update {
        /// The place.
        place: Box<Expr>,
        /// `++`.
        increment: bool,
        /// The value is the new one.
        prefix: bool,
    },
    /// `a, b`.
    Sequence(Vec<Expr>),
    /// `await`.
    Await(Box<Expr>),
    /// A construct the core does not have; the words name it.
    Unsupported(Arc<str>),
}

/// An argument or element.
#[derive(Clone, Debug)]
pub enum Item {
    /// One value.
    One(Expr),
    /// `...x`.
    Spread(Expr),
}

/// A property of an object literal.
#[derive(Clone, Debug)]
pub enum Prop {
    /// `k: v`, `k`, a method.
    Value(Key, Expr),
    /// `...x`.
    Spread(Expr),
    /// `get k() {}` and `set k(v) {}`.
    Accessor(Method),
}

/// Unary operators.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Unary {
    /// `!`
    Not,
    /// `-`
    Minus,
    /// `+`
    Plus,
    /// `~`
    BitNot,
    /// `typeof`
    TypeOf,
    /// `void`
    Void,
    /// `delete`
    Delete,
}

/// Binary operators that evaluate both sides.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Binary {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `%`
    Rem,
    /// `**`
    Pow,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `===`
    StrictEq,
    /// `!==`
    StrictNe,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `&`
    BitAnd,
    /// `|`
    BitOr,
    /// `^`
    BitXor,
    /// `<<`
    Shl,
    /// `>>`
    Shr,
    /// `>>>`
    UShr,
    /// `in`
    In,
    /// `instanceof`
    InstanceOf,
}

/// Short-circuit operators.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Logical {
    /// `&&`
    And,
    /// `||`
    Or,
    /// `??`
    Nullish,
}
