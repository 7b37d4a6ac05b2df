//! Generated trees and generated texts: printing and parsing are inverse, and no text breaks the parser.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use arbtest::{arbitrary, arbtest};
use target::lang::{CompareOp, Expr, Func, Index, Set, call, field, parse, print, printed_len};

type Source<'a> = arbitrary::Unstructured<'a>;

fn text(u: &mut Source<'_>) -> arbitrary::Result<String> {
    let letters = ['a', '/', '"', '\\', '#', '\n', '\u{7f}', ' ', '*', 'é', '$', '{', '}', '\u{1f600}', '\0', 'r'];
    (0..u.int_in_range(0..=8)?).map(|_| u.choose(&letters).copied()).collect()
}

fn operand(u: &mut Source<'_>, depth: usize) -> arbitrary::Result<Expr> {
    let name = *u.choose(&[
        "http.host",
        "http.request.uri.path",
        "ssl",
        "ip.src",
        "http.request.headers",
        "http.request.headers.names",
    ])?;
    let base = field(name).unwrap();
    Ok(match u.int_in_range(0..=6)? {
        0 => Expr::Index(Box::new(base), Index::Key(text(u)?)),
        1 => Expr::Index(Box::new(base), Index::At(u.int_in_range(0..=100)?)),
        2 => Expr::Index(Box::new(base), Index::Each),
        3 if depth > 0 => {
            let args: arbitrary::Result<Vec<Expr>> =
                (0..u.int_in_range(0..=3)?).map(|_| condition(u, depth - 1)).collect();
            call(*u.choose(Func::ALL)?, args?)
        }
        _ => base,
    })
}

fn literal(u: &mut Source<'_>) -> arbitrary::Result<Expr> {
    Ok(match u.int_in_range(0..=2)? {
        0 => Expr::Int(u.arbitrary()?),
        1 => Expr::Ip((*u.choose(&["192.0.2.1", "::1", "2001:db8::5"])?).to_owned()),
        _ => Expr::Str(text(u)?),
    })
}

fn condition(u: &mut Source<'_>, depth: usize) -> arbitrary::Result<Expr> {
    let parts = |u: &mut Source<'_>| -> arbitrary::Result<Vec<Expr>> {
        (0..u.int_in_range(0..=3)?).map(|_| condition(u, depth - 1)).collect()
    };
    Ok(match u.int_in_range(0..=9)? {
        0 if depth > 0 => Expr::Not(Box::new(condition(u, depth - 1)?)),
        1 if depth > 0 => Expr::And(parts(u)?),
        2 if depth > 0 => Expr::Or(parts(u)?),
        3 if depth > 0 => Expr::Xor(parts(u)?),
        4 => Expr::Bool(u.arbitrary()?),
        5 => operand(u, depth)?,
        6 => {
            let set = match u.int_in_range(0..=3)? {
                0 => Set::Strings(vec![text(u)?, text(u)?]),
                1 => Set::Ints(vec![(u.int_in_range(-9..=0)?, u.int_in_range(0..=9)?), (7, 7)]),
                2 => Set::Ips(vec!["10.0.0.0/8".to_owned(), "::1..::5".to_owned()]),
                _ => Set::List("list_1".to_owned()),
            };
            Expr::In { left: Box::new(operand(u, depth)?), set }
        }
        _ => {
            let op = *u.choose(&CompareOp::ALL)?;
            let right = match op {
                CompareOp::Matches | CompareOp::Wildcard | CompareOp::StrictWildcard => Expr::Str(text(u)?),
                CompareOp::Eq
                | CompareOp::Ne
                | CompareOp::Lt
                | CompareOp::Le
                | CompareOp::Gt
                | CompareOp::Ge
                | CompareOp::Contains => literal(u)?,
            };
            Expr::Compare { op, left: Box::new(operand(u, depth)?), right: Box::new(right) }
        }
    })
}

#[test]
fn printing_and_parsing_are_inverse() {
    arbtest(|u| {
        let expr = condition(u, 5)?;
        let printed = print(&expr);
        assert_eq!(printed_len(&expr), printed.len());
        let again = parse(&printed).unwrap_or_else(|error| unreachable!("{printed}\n{error}\n{expr:?}"));
        assert_eq!(print(&again), printed);
        Ok(())
    });
}

#[test]
fn no_text_breaks_the_parser() {
    let pieces = [
        "http.host",
        "eq",
        "\"",
        "\\",
        "r#",
        "(",
        ")",
        "[",
        "]",
        "*",
        "{",
        "}",
        "..",
        "$",
        "not",
        "and",
        "in",
        "1",
        "0x",
        "::",
        "é",
        " ",
        ",",
        "concat(",
        "matches",
        "strict",
        "-",
        "/",
        "\u{0}",
        "true",
    ];
    arbtest(|u| {
        let mut text = String::new();
        for _ in 0..u.int_in_range(0..=20)? {
            text.push_str(u.choose(&pieces)?);
        }
        match parse(&text) {
            Ok(expr) => assert_eq!(print(&parse(&print(&expr)).unwrap()), print(&expr)),
            Err(error) => assert!(text.is_char_boundary(error.offset), "{text:?} {error}"),
        }
        Ok(())
    });
}

#[test]
fn a_mutated_text_never_panics() {
    let good =
        r##"http.host eq "a" and any(http.request.headers["x"][*] matches r#"a"b"#) or ip.src in {10.0.0.0/8 ::1}"##;
    let letters: Vec<char> = good.chars().collect();
    for at in 0..letters.len() {
        let mut cut = letters.clone();
        cut.remove(at);
        let mut doubled = letters.clone();
        doubled.insert(at, letters[at]);
        for it in [cut, doubled, letters[..at].to_vec(), letters[at..].to_vec()] {
            let text: String = it.into_iter().collect();
            if let Err(error) = parse(&text) {
                assert!(error.offset <= text.len());
            }
        }
    }
}
