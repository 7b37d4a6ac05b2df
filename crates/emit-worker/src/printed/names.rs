//! Names in printed code: what an expression says, in a few words, and never one that is taken.

use std::collections::BTreeSet;

use edge::{ExprId, FieldKind, Fn, Node, Store};

/// Names that mean something else in the function or in the language.
const TAKEN: &[&str] = &[
    "Answer",
    "RequestChanges",
    "ResponseChanges",
    "Seen",
    "afterLast",
    "arguments",
    "async",
    "await",
    "before",
    "break",
    "case",
    "catch",
    "class",
    "const",
    "continue",
    "debugger",
    "default",
    "delete",
    "do",
    "else",
    "encodeURIComponent",
    "everyArgument",
    "firstArguments",
    "enum",
    "eval",
    "export",
    "extends",
    "false",
    "finally",
    "for",
    "function",
    "if",
    "implements",
    "import",
    "in",
    "instanceof",
    "interface",
    "let",
    "new",
    "null",
    "onward",
    "package",
    "private",
    "protected",
    "public",
    "return",
    "run",
    "seen",
    "static",
    "super",
    "switch",
    "this",
    "throw",
    "true",
    "try",
    "typeof",
    "undefined",
    "var",
    "void",
    "while",
    "with",
    "withFirst",
    "yield",
];
/// Characters of a name.
const LONGEST: usize = 32;

/// The names that are in use.
pub(super) struct Names(BTreeSet<String>);

impl Names {
    pub(super) fn new() -> Names {
        Names(TAKEN.iter().map(|it| (*it).to_owned()).collect())
    }

    /// A new name for an expression.
    pub(super) fn of(&mut self, store: &Store, id: ExprId) -> String {
        self.free(&camel(&words(store, id, 0)))
    }

    /// A new name for a constant of the module.
    pub(super) fn constant(&mut self, wanted: &str) -> String {
        self.free(wanted)
    }

    fn free(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut number = 2;
        while !self.0.insert(name.clone()) {
            name = format!("{wanted}{number}");
            number += 1;
        }
        name
    }
}

/// `BY_PATH`: what a table is asked with.
pub(super) fn table_name(store: &Store, key: ExprId) -> String {
    let words: Vec<String> = split(&words(store, key, 0)).iter().map(|it| it.to_ascii_uppercase()).collect();
    format!("BY_{}", words.join("_"))
}

/// What an expression says.
fn words(store: &Store, id: ExprId, depth: usize) -> String {
    let of = |id: Option<&ExprId>| id.map_or_else(String::new, |it| words(store, *it, depth + 1));
    if depth > 3 {
        return "text".to_owned();
    }
    match store.node(id) {
        Node::Read(field) => {
            let name = field.name.map(|it| store.str(it).to_string());
            match (field.kind, name) {
                (FieldKind::CookieFirst | FieldKind::CookieAll, Some(name)) => format!("{name} cookie"),
                (FieldKind::ArgFirst | FieldKind::ArgAll, Some(name)) => format!("{name} argument"),
                (_, Some(name)) => name,
                (kind, None) => kind.text().replace('_', " "),
            }
        }
        Node::Str(text) => store.str(*text).to_string(),
        Node::Call(function, args) => match function {
            Fn::StrEq | Fn::IntEq => {
                let is_constant = |it: &&ExprId| matches!(store.node(**it), Node::Str(_) | Node::Int(_));
                let subject = args.iter().find(|it| !is_constant(it));
                format!("{} is {}", of(subject), named_text(store, args.iter().find(is_constant)))
            }
            Fn::Present => format!("has {}", of(args.first())),
            Fn::StartsWith => format!("starts with {}", named_text(store, args.get(1))),
            Fn::EndsWith => format!("ends with {}", named_text(store, args.get(1))),
            Fn::Contains => format!("holds {}", named_text(store, args.get(1))),
            Fn::JsMatches => format!("matches {}", of(args.first())),
            Fn::JsLower => format!("lower {}", of(args.first())),
            Fn::JsUpper => format!("upper {}", of(args.first())),
            Fn::JsTrim => format!("trimmed {}", of(args.first())),
            Fn::JsLength => format!("{} length", of(args.first())),
            Fn::Some | Fn::Or => of(args.first()),
            Fn::JsSlice | Fn::JsSliceFrom | Fn::Before | Fn::AfterLast | Fn::JsSplitAt => {
                format!("part of {}", of(args.first()))
            }
            Fn::JsSplitCount => format!("parts of {}", of(args.first())),
            Fn::ReplaceFirst | Fn::ReplaceAll | Fn::JsReplace => format!("changed {}", of(args.first())),
            Fn::QueryEvery | Fn::QueryFirst => "query anew".to_owned(),
            Fn::JsEncodeComponent => format!("escaped {}", of(args.first())),
            Fn::Concat => "text".to_owned(),
            Fn::IntLt | Fn::IntLe => "is in order".to_owned(),
            Fn::IntText => of(args.first()),
            Fn::IntAdd => "sum".to_owned(),
            Fn::ListEmpty | Fn::ListPush | Fn::ListSetFirst => "values".to_owned(),
        },
        Node::Lookup(_, key) => format!("found by {}", words(store, *key, depth + 1)),
        Node::Int(value) => value.to_string(),
        Node::And(_, last) | Node::Or(_, last) => words(store, *last, depth + 1),
        Node::Not(_) | Node::Bool(_) => "applies".to_owned(),
        Node::Ite(_, then, _) => words(store, *then, depth + 1),
        Node::Absent | Node::Input(_) | Node::Hole(_) | Node::Code(..) => "value".to_owned(),
    }
}

/// A constant in words, punctuation included where there is nothing else.
fn named_text(store: &Store, id: Option<&ExprId>) -> String {
    let text = id.and_then(|it| store.as_str(*it)).map(ToString::to_string).unwrap_or_default();
    match text.as_str() {
        "/" => "slash".to_owned(),
        "." => "dot".to_owned(),
        _ => text,
    }
}

fn split(text: &str) -> Vec<String> {
    let words = text.split(|it: char| !it.is_ascii_alphanumeric()).filter(|it| !it.is_empty());
    let mut length = 0;
    let short = words.take_while(|it| {
        length += it.len();
        length <= LONGEST
    });
    let out: Vec<String> = short.map(str::to_owned).collect();
    if out.is_empty() { vec!["value".to_owned()] } else { out }
}

/// `userAgent`.
fn camel(text: &str) -> String {
    let mut out = String::new();
    for word in split(text) {
        let mut letters = word.chars();
        let Some(first) = letters.next() else { continue };
        if out.is_empty() {
            out.push(first.to_ascii_lowercase());
        } else {
            out.push(first.to_ascii_uppercase());
        }
        out.extend(letters);
    }
    if out.starts_with(|it: char| it.is_ascii_digit()) { format!("value{out}") } else { out }
}
