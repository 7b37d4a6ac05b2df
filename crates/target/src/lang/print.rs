//! The canonical text of an expression: English operators, fewest parentheses, sorted sets, and no escape that the language refuses.
//!
//! `print(parse(print(e))) == print(e)` for every tree whose comparisons have a field, a call, an element or a literal on either side.

use super::{CompareOp, Expr, Func, Index, Set};
use crate::facts::operator;
use std::fmt::{self, Write};

/// The canonical text.
#[must_use]
pub fn print(expr: &Expr) -> String {
    let mut out = String::new();
    // Writing into a string cannot fail.
    let _ = write_expr(&mut out, expr, Level::Or);
    out
}

/// The length of the canonical text in bytes, without building it.
#[must_use]
pub fn printed_len(expr: &Expr) -> usize {
    let mut count = Count(0);
    let _ = write_expr(&mut count, expr, Level::Or);
    count.0
}

struct Count(usize);

impl Write for Count {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 += text.len();
        Ok(())
    }
}

/// How tightly the surroundings bind; an operator below that needs parentheses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Or,
    Xor,
    And,
    Simple,
}

fn write_expr<W: Write>(out: &mut W, expr: &Expr, level: Level) -> fmt::Result {
    match expr {
        Expr::Bool(it) => write!(out, "{it}"),
        Expr::Field(name) => out.write_str(name.as_str()),
        Expr::Index(of, index) => {
            write_expr(out, of, Level::Simple)?;
            match index {
                Index::Key(key) => {
                    out.write_char('[')?;
                    write_quoted(out, key)?;
                    out.write_char(']')
                }
                Index::At(at) => write!(out, "[{at}]"),
                Index::Each => out.write_str("[*]"),
            }
        }
        Expr::Str(text) => write_string(out, text),
        Expr::Int(it) => write!(out, "{it}"),
        Expr::Ip(text) => out.write_str(text),
        Expr::Call(func, args) => write_call(out, *func, args),
        Expr::Not(of) => {
            out.write_str("not ")?;
            write_expr(out, of, Level::Simple)
        }
        Expr::And(parts) => write_chain(out, parts, " and ", Level::And, level, true),
        Expr::Or(parts) => write_chain(out, parts, " or ", Level::Or, level, false),
        Expr::Xor(parts) => write_chain(out, parts, " xor ", Level::Xor, level, false),
        Expr::Compare { op, left, right } => {
            write_expr(out, left, Level::Simple)?;
            write!(out, " {} ", operator(*op).word)?;
            match (op, right.as_ref()) {
                (CompareOp::Matches, Expr::Str(text)) => write_fenced(out, text),
                (CompareOp::Wildcard | CompareOp::StrictWildcard, Expr::Str(text)) => write_raw(out, text),
                (_, right) => write_expr(out, right, Level::Simple),
            }
        }
        Expr::In { left, set } => {
            write_expr(out, left, Level::Simple)?;
            out.write_str(" in ")?;
            write_set(out, set)
        }
    }
}

/// A chain of one kind. None at all is the constant that changes nothing, a single part stands for itself.
fn write_chain<W: Write>(
    out: &mut W,
    parts: &[Expr],
    word: &str,
    own: Level,
    around: Level,
    empty: bool,
) -> fmt::Result {
    if parts.is_empty() {
        return write!(out, "{empty}");
    }
    if let [single] = parts {
        return write_expr(out, single, around);
    }
    let grouped = own < around;
    if grouped {
        out.write_char('(')?;
    }
    let inner = match own {
        Level::Or => Level::Xor,
        Level::Xor => Level::And,
        Level::And | Level::Simple => Level::Simple,
    };
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            out.write_str(word)?;
        }
        let part = peel(part);
        // A chain of the same kind inside reads the same without parentheses.
        let same =
            matches!((own, part), (Level::And, Expr::And(_)) | (Level::Or, Expr::Or(_)) | (Level::Xor, Expr::Xor(_)));
        write_expr(out, part, if same { own } else { inner })?;
    }
    if grouped {
        out.write_char(')')?;
    }
    Ok(())
}

/// What a chain of one part stands for.
fn peel(mut expr: &Expr) -> &Expr {
    while let Expr::And(parts) | Expr::Or(parts) | Expr::Xor(parts) = expr {
        let [single] = parts.as_slice() else { break };
        expr = single;
    }
    expr
}

fn write_call<W: Write>(out: &mut W, func: Func, args: &[Expr]) -> fmt::Result {
    write!(out, "{}(", func.row().name)?;
    for (at, arg) in args.iter().enumerate() {
        if at > 0 {
            out.write_str(", ")?;
        }
        match (func, at, arg) {
            (Func::RegexReplace | Func::WildcardReplace, 1 | 2, Expr::Str(text)) => write_raw(out, text)?,
            (_, _, arg) => write_expr(out, arg, Level::Or)?,
        }
    }
    out.write_char(')')
}

fn write_set<W: Write>(out: &mut W, set: &Set) -> fmt::Result {
    match set {
        Set::List(name) => write!(out, "${name}"),
        Set::Strings(texts) => {
            let mut sorted: Vec<&String> = texts.iter().collect();
            sorted.sort_unstable();
            sorted.dedup();
            write_members(out, &sorted, |out, text| write_string(out, text))
        }
        Set::Ints(ranges) => {
            let mut sorted: Vec<&(i64, i64)> = ranges.iter().collect();
            sorted.sort_unstable();
            sorted.dedup();
            write_members(
                out,
                &sorted,
                |out, (low, high)| {
                    if low == high { write!(out, "{low}") } else { write!(out, "{low}..{high}") }
                },
            )
        }
        Set::Ips(texts) => {
            let mut sorted: Vec<&String> = texts.iter().collect();
            sorted.sort_unstable();
            sorted.dedup();
            write_members(out, &sorted, |out, text| out.write_str(text))
        }
    }
}

fn write_members<W: Write, T>(out: &mut W, members: &[T], one: impl Fn(&mut W, &T) -> fmt::Result) -> fmt::Result {
    out.write_char('{')?;
    for (at, member) in members.iter().enumerate() {
        if at > 0 {
            out.write_char(' ')?;
        }
        one(out, member)?;
    }
    out.write_char('}')
}

/// Quoted where that needs no escape, raw where it does, quoted with `\x..` where control bytes leave no other way.
fn write_string<W: Write>(out: &mut W, text: &str) -> fmt::Result {
    if text.bytes().any(|it| matches!(it, b'"' | b'\\')) { write_raw(out, text) } else { write_quoted(out, text) }
}

/// Raw, but quoted where control bytes would stand in the text as they are.
fn write_raw<W: Write>(out: &mut W, text: &str) -> fmt::Result {
    if text.bytes().any(|it| it.is_ascii_control()) || fence(text) > MOST_FENCE {
        return write_quoted(out, text);
    }
    write_fenced(out, text)
}

/// Raw, with as many `#` as the text needs. After `matches` this is the only form that means the text itself: a quoted one keeps
/// its backslashes for the regular expression.
fn write_fenced<W: Write>(out: &mut W, text: &str) -> fmt::Result {
    let fence = "#".repeat(fence(text));
    write!(out, "r{fence}\"{text}\"{fence}")
}

/// The language reads at most this many `#` before a raw string.
const MOST_FENCE: usize = 255;

fn fence(text: &str) -> usize {
    let mut needed = 0;
    for (at, _) in text.match_indices('"') {
        let run = text.get(at + 1..).unwrap_or_default().bytes().take_while(|it| *it == b'#').count();
        needed = needed.max(run + 1);
    }
    needed
}

fn write_quoted<W: Write>(out: &mut W, text: &str) -> fmt::Result {
    out.write_char('"')?;
    for letter in text.chars() {
        match letter {
            '"' => out.write_str("\\\"")?,
            '\\' => out.write_str("\\\\")?,
            control if control.is_ascii_control() => write!(out, "\\x{:02x}", u32::from(control))?,
            plain => out.write_char(plain)?,
        }
    }
    out.write_char('"')
}

#[cfg(test)]
mod tests {
    use super::super::{and, any, eq, field, header, index_each, index_first, not, or, string};
    use super::*;

    fn path() -> Expr {
        field("http.request.uri.path").unwrap_or(Expr::Bool(false))
    }

    fn compare(op: CompareOp, right: &str) -> Expr {
        Expr::Compare { op, left: Box::new(path()), right: Box::new(string(right)) }
    }

    #[test]
    fn fewest_parentheses() {
        let (a, b, c) = (eq(path(), string("/a")), eq(path(), string("/b")), field("ssl").unwrap_or(Expr::Bool(false)));
        assert_eq!(
            print(&and([or([a.clone(), b.clone()]), not(c.clone())])),
            r#"(http.request.uri.path eq "/a" or http.request.uri.path eq "/b") and not ssl"#
        );
        assert_eq!(
            print(&or([and([a.clone(), c.clone()]), b.clone()])),
            r#"http.request.uri.path eq "/a" and ssl or http.request.uri.path eq "/b""#
        );
        assert_eq!(print(&not(or([a, b]))), r#"not (http.request.uri.path eq "/a" or http.request.uri.path eq "/b")"#);
        assert_eq!(print(&Expr::Xor(vec![c.clone(), and([c.clone(), c.clone()])])), "ssl xor ssl and ssl");
        assert_eq!(print(&and([Expr::Xor(vec![c.clone(), c.clone()]), c])), "(ssl xor ssl) and ssl");
    }

    #[test]
    fn strings_never_hold_an_escape_that_is_refused() {
        assert_eq!(print(&compare(CompareOp::Eq, "/a b")), r#"http.request.uri.path eq "/a b""#);
        assert_eq!(print(&compare(CompareOp::Eq, r#"/"a"#)), r##"http.request.uri.path eq r#"/"a"#"##);
        assert_eq!(print(&compare(CompareOp::Eq, r"/\a")), r#"http.request.uri.path eq r"/\a""#);
        assert_eq!(print(&compare(CompareOp::Eq, "/\n\"")), r#"http.request.uri.path eq "/\x0a\"""#);
        assert_eq!(print(&compare(CompareOp::Matches, r"^/a\.b$")), r#"http.request.uri.path matches r"^/a\.b$""#);
        assert_eq!(print(&compare(CompareOp::Wildcard, "/a*")), r#"http.request.uri.path wildcard r"/a*""#);
        assert_eq!(print(&compare(CompareOp::Matches, "\"##x")), "http.request.uri.path matches r###\"\"##x\"###");
    }

    #[test]
    fn sets_are_sorted_and_without_commas() {
        let set = Expr::In { left: Box::new(path()), set: Set::Strings(vec!["/b".into(), "/a".into(), "/b".into()]) };
        assert_eq!(print(&set), r#"http.request.uri.path in {"/a" "/b"}"#);
        assert_eq!(printed_len(&set), print(&set).len());
        let ints = Expr::In { left: Box::new(path()), set: Set::Ints(vec![(500, 599), (-1, -1)]) };
        assert_eq!(print(&ints), "http.request.uri.path in {-1 500..599}");
    }

    #[test]
    fn headers_by_index_and_by_each() {
        let lines = header("X-A").unwrap_or(Expr::Bool(false));
        assert_eq!(print(&eq(index_first(lines.clone()), string("v"))), r#"http.request.headers["x-a"][0] eq "v""#);
        assert_eq!(print(&any(eq(index_each(lines), string("v")))), r#"any(http.request.headers["x-a"][*] eq "v")"#);
    }
}
