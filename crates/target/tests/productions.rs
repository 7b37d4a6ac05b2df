//! Expressions by production: every field, function, operator and form of literal at least twenty times right and twenty times wrong.
//!
//! Our parser and checker must accept the one and refuse the other. The list is left in the test's folder as JSON lines, where a
//! second parser is asked about it (`crates/xtask/judges/expressions.py`).

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::disallowed_methods, reason = "tests")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use target::facts::{FieldRow, Func, Ty, fields, operator};
use target::lang::{CompareOp, Position, ProblemKind, check, parse, print, printed_len};
use target::phase::Phase;
use target::plan::Plan;

const TIMES: usize = 20;

/// One text of a production.
struct Sample {
    production: String,
    text: String,
    position: Position,
    valid: bool,
}

/// A small generator of numbers: the same on every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }

    fn string(&mut self) -> String {
        let plain = ["a", "/b/c", "shop.example", "x y", "", "é", "%20", "$$", "a-b_c", "0", "*"];
        match self.roll(4) {
            0 => format!(r#"r"{}\{}""#, self.pick(&plain), self.pick(&plain)),
            1 => format!("r#\"{}\"{}\"#", self.pick(&plain), self.pick(&plain)),
            2 => format!(r#""{}\x41\\\"\101{}""#, self.pick(&plain), self.roll(1000)),
            _ => format!(r#""{}{}""#, self.pick(&plain), self.roll(1000)),
        }
    }

    fn integer(&mut self) -> String {
        match self.roll(4) {
            0 => format!("-{}", self.roll(1000)),
            1 => format!("0x{:x}", self.roll(1000)),
            2 => format!("0{:o}", self.roll(512)),
            _ => self.roll(100_000).to_string(),
        }
    }

    fn test_string(&mut self) -> String {
        match self.roll(6) {
            0 => format!("in {{{} {}}}", self.string(), self.string()),
            1 => format!("matches {}", self.regex()),
            2 => format!(
                "{} {}",
                self.pick(&["wildcard", "strict wildcard"]),
                self.pick(&["\"*a*\"", "r\"/a/*\"", r#"r"\*a""#])
            ),
            3 => format!("contains {}", self.string()),
            _ => format!("{} {}", self.pick(&["eq", "lt", "le", "gt", "ge"]), self.string()),
        }
    }

    fn regex(&mut self) -> &'static str {
        self.pick(&[r#"r"^/a(b|c)+$""#, r#""\.html$""#, r#"r"(?i)[a-z]{2,3}""#, r#"r"\d+\.\w*""#, r#""a\"b""#])
    }

    fn test_integer(&mut self) -> String {
        match self.roll(4) {
            0 => format!("in {{{} {}..{}}}", self.roll(50), 100 + self.roll(50), 200 + self.roll(50)),
            _ => format!("{} {}", self.pick(&["eq", "ne", "lt", "le", "gt", "ge"]), self.integer()),
        }
    }

    fn test_ip(&mut self) -> String {
        let (a, b) = (self.roll(200), self.roll(200));
        match self.roll(5) {
            0 => format!("eq 192.0.{a}.{b}"),
            1 => format!("ne 2001:db8::{a:x}"),
            2 => format!("in {{192.0.{a}.0/24 2001:db8:{b:x}::/48}}"),
            3 => format!("in {{192.0.{a}.1..192.0.{a}.9}}"),
            _ => format!("in $list_{a}"),
        }
    }
}

/// A condition about a field, by its type.
fn right(field: &FieldRow, dice: &mut Dice) -> String {
    let name = field.name;
    match field.ty {
        Ty::Str => format!("{name} {}", dice.test_string()),
        Ty::Int => format!("{name} {}", dice.test_integer()),
        Ty::Ip => format!("{name} {}", dice.test_ip()),
        Ty::Bytes => format!("len({name}) {}", dice.test_integer()),
        Ty::Bool => match dice.roll(4) {
            0 => format!("not {name} and http.host {}", dice.test_string()),
            1 => format!("{name} or (ssl xor http.host {})", dice.test_string()),
            2 => format!("http.host {} and not {name}", dice.test_string()),
            _ => format!("({name} or http.host {}) and ssl", dice.test_string()),
        },
        Ty::Array(of) => elements(name, *of, dice),
        Ty::Map(of) => {
            let key = dice.pick(&["a", "x-b", "c d"]);
            match *of {
                Ty::Array(inner) => elements(&format!("{name}[\"{key}\"]"), *inner, dice),
                Ty::Int => format!("{name}[\"{key}\"] {}", dice.test_integer().replace("ne ", "eq ")),
                Ty::Bool | Ty::Str | Ty::Bytes | Ty::Ip | Ty::Map(_) => {
                    format!("{name}[\"{key}\"] {}", dice.test_string())
                }
            }
        }
    }
}

fn elements(array: &str, of: Ty, dice: &mut Dice) -> String {
    let at = dice.roll(3);
    let test = match of {
        Ty::Int => dice.test_integer().replace("ne ", "eq "),
        Ty::Array(inner) => return elements(&format!("{array}[{at}]"), *inner, dice),
        Ty::Bool | Ty::Str | Ty::Bytes | Ty::Ip | Ty::Map(_) => dice.test_string(),
    };
    match dice.roll(4) {
        0 => format!("{array}[{at}] {test}"),
        1 => format!("all({array}[*] {test})"),
        2 => format!("len({array}) {}", dice.test_integer().replace("ne ", "eq ")),
        _ => format!("not any({array}[*] {test})"),
    }
}

/// The same gone wrong in one of the ways in which people and programs get it wrong.
fn wrong(field: &FieldRow, at: usize, dice: &mut Dice) -> String {
    let (name, good) = (field.name, right(field, dice));
    let other = match field.ty {
        Ty::Str => "192.0.2.1",
        Ty::Int | Ty::Ip | Ty::Bytes | Ty::Bool | Ty::Array(_) | Ty::Map(_) => "\"x\"",
    };
    match at % 12 {
        0 => good.replace(name, &format!("{name}x")),
        1 => format!("{good} AND ssl"),
        2 => format!("({good}"),
        3 => format!("{good})"),
        4 => format!("{good} and"),
        5 => format!("{name} eq {other}"),
        6 => format!("{name} in {{\"a\", \"b\"}}"),
        7 => format!("{name} eq \"a\\n\""),
        8 => format!("{name} = \"a\""),
        9 => format!("{name}[*] and ssl"),
        10 => format!("{name} in {{\"a\" 1 192.0.2.1}}"),
        _ => format!("any({name} eq \"a\" or {name} eq \"b\""),
    }
}

/// A right and a wrong use of a function, with the place for it.
fn call(func: Func, at: usize, dice: &mut Dice) -> (String, String, Position) {
    let name = func.row().name;
    let field = dice.pick(&["http.host", "http.request.uri.path", "http.user_agent", "http.request.headers[\"x\"][0]"]);
    let lines =
        dice.pick(&["http.request.headers[\"x\"]", "http.request.uri.args[\"a\"]", "http.request.headers.names"]);
    let (text, number, size) = (dice.string(), dice.integer(), dice.roll(30));
    let filter = |it: String| (it, Position::Filter);
    let value = |it: String| (it, Position::Value);
    let (good, position) = match func {
        Func::Any | Func::All => filter(format!("{name}({lines}[*] {})", dice.test_string())),
        Func::BitSlice => filter(format!("{name}(http.host, {size}, 31) eq {number}")),
        Func::Cidr => filter(format!("{name}(ip.src, {}, {}) eq 192.0.2.0", 1 + size, 1 + size * 4)),
        Func::Cidr6 => filter(format!("{name}(ip.src, {}) eq 2001:db8::", 1 + size * 4)),
        Func::Coalesce => filter(format!("{name}({field}, {text}) eq \"a\"")),
        Func::Concat => value(format!("{name}({text}, {field}, to_string(ip.src.asnum), {text})")),
        Func::DecodeBase64 => filter(format!("{name}({field}) contains {text}")),
        Func::EncodeBase64 => value(format!("{name}({field}, \"{}\")", dice.pick(&["u", "p", "up"]))),
        Func::EndsWith | Func::StartsWith => filter(format!("{name}({field}, {text})")),
        Func::HasKey => filter(format!("{name}(http.request.headers, {text})")),
        Func::HasValue => filter(format!("{name}({lines}, {text})")),
        Func::HashInRange => filter(format!("{name}(0, {}, cf.random_seed) lt {size}", 30 + size)),
        Func::IsTimedHmacValidV0 => {
            filter(format!("{name}(\"key{size}\", {field}, {}, http.request.timestamp.sec, {})", 60 + size, size % 3))
        }
        Func::Join => value(format!("{name}({lines}, {text})")),
        Func::Len => filter(format!("{name}({}) ge {number}", if at.is_multiple_of(2) { field } else { lines })),
        Func::LookupJsonInteger => filter(format!("{name}({field}, \"k{size}\", \"l\") eq {number}")),
        Func::LookupJsonString => filter(format!("{name}({field}, \"k{size}\") eq {text}")),
        Func::Lower | Func::Upper => {
            filter(format!("any({name}({lines}[*])[*] eq {text}) or {name}({field}) contains {text}"))
        }
        Func::RegexReplace => value(format!("{name}({field}, r\"^/a{size}\\.(.*)$\", \"/${{1}}$${size}\")")),
        Func::RemoveBytes => filter(format!("{name}({field}, {text}) contains {text}")),
        Func::RemoveQueryArgs => value(format!("{name}(http.request.uri.query, \"a{size}\", \"b\")")),
        Func::Sha256 => filter(format!("len({name}({field})) eq {number}")),
        Func::Split => filter(format!("{name}({field}, \",\", {})[0] eq {text}", 1 + size)),
        Func::Substring => {
            filter(format!("{name}({field}, -{size}) eq {text} or {name}({field}, {size}, 40) eq {text}"))
        }
        Func::ToString => value(format!("{name}({})", dice.pick(&["ip.src", "ip.src.asnum", "ssl"]))),
        Func::UrlDecode => {
            filter(format!("{name}({field}, \"{}\") contains {text}", dice.pick(&["r", "u", "ru", "ur"])))
        }
        Func::Uuidv4 => value(format!("{name}(cf.random_seed)")),
        Func::WildcardReplace => value(format!("{name}({field}, \"/*/{size}\", \"/${{1}}/$$\", \"s\")")),
    };
    let bad = match at % 6 {
        0 => good.replace(name, &format!("{name}_of")),
        1 => good.replacen('(', "(ssl, ip.src, ssl, ", 1),
        2 => format!("{name}() eq {number}"),
        3 => good.replacen(')', "", 1),
        4 => format!("{name} {good}"),
        _ => good.replacen('(', "(http.nothing, ", 1),
    };
    (good, bad, position)
}

fn literals(dice: &mut Dice) -> Vec<(&'static str, String, String)> {
    let (a, b) = (dice.roll(200), dice.roll(90));
    vec![
        ("quoted", format!("http.host eq \"a{a}\""), format!("http.host eq \"a{a}")),
        (
            "escape",
            format!(r#"http.host eq "\x4{}\"\\\1{}{}""#, b % 10, b % 8, a % 8),
            format!(r#"http.host eq "\{}{a}""#, dice.pick(&["n", "t", "*", ".", "d", "/"])),
        ),
        ("raw", format!(r#"http.host eq r"\{a}\n""#), format!(r#"http.host eq r"a{a}"b""#)),
        ("fenced", format!("http.host eq r##\"a{a}\"#\"##"), format!("http.host eq r##\"a{a}\"#")),
        ("decimal", format!("ip.src.asnum eq {a}"), format!("ip.src.asnum eq {a}a")),
        ("negative", format!("ip.src.asnum gt -{a}"), format!("ip.src.asnum gt --{a}")),
        ("hex", format!("ip.src.asnum eq 0x{a:x}"), format!("ip.src.asnum eq 0xg{a}")),
        ("octal", format!("ip.src.asnum eq 0{a:o}"), format!("ip.src.asnum eq 08{a}")),
        ("ipv4", format!("ip.src eq 192.0.2.{a}"), format!("ip.src eq 192.0.2.{}", 256 + a)),
        ("ipv6", format!("ip.src eq 2001:db8::{a:x}"), format!("ip.src eq 2001:db8::{a:x}::1")),
        ("cidr", format!("ip.src in {{10.{a}.0.0/16}}"), format!("ip.src eq 10.{a}.0.0/16")),
        ("ip range", format!("ip.src in {{10.0.0.1..10.0.0.{}}}", 2 + a), format!("ip.src in {{10.0.0.1..{a}}}")),
        (
            "integer range",
            format!("ip.src.asnum in {{{a}..{}}}", a + b),
            format!("ip.src.asnum in {{{}..{a}}}", a + b + 1),
        ),
        ("string set", format!("http.host in {{\"a{a}\" r\"b\" \"c\"}}"), format!("http.host in {{\"a{a}\",\"b\"}}")),
        ("integer set", format!("ip.src.asnum in {{{a} {b} 7}}"), format!("ip.src.asnum in {{{a}, {b}}}")),
        ("list", format!("ip.src in $list_{a}"), format!("ip.src in $List-{a}")),
        (
            "index",
            format!("http.request.headers[\"x\"][{a}] eq \"a\""),
            format!("http.request.headers[\"x\"][-{a}] eq \"a\""),
        ),
        (
            "key",
            format!("http.request.headers[\"x-{a}\"][0] eq \"a\""),
            format!("http.request.headers[x-{a}][0] eq \"a\""),
        ),
        ("not", format!("not (http.host eq \"a{a}\")"), format!("NOT (http.host eq \"a{a}\")")),
        ("and", format!("ssl and http.host eq \"a{a}\""), format!("ssl & http.host eq \"a{a}\"")),
        ("or", format!("ssl or http.host eq \"a{a}\""), format!("ssl | http.host eq \"a{a}\"")),
        ("xor", format!("ssl xor http.host eq \"a{a}\""), format!("ssl ^ http.host eq \"a{a}\"")),
        (
            "group",
            format!("(ssl or (http.host eq \"a{a}\")) and ssl"),
            format!("[ssl or http.host eq \"a{a}\"] and ssl"),
        ),
        (
            "signs",
            format!("ssl && !(http.host == \"a{a}\") || http.host != \"b\""),
            format!("ssl &&& http.host == \"a{a}\""),
        ),
    ]
}

fn operators(op: CompareOp, at: usize, dice: &mut Dice) -> (String, String) {
    let word = operator(op).word;
    let right = match op {
        CompareOp::Matches => dice.regex().to_owned(),
        CompareOp::Wildcard | CompareOp::StrictWildcard => format!("r\"/{}*\"", dice.roll(100)),
        CompareOp::Contains
        | CompareOp::Eq
        | CompareOp::Ne
        | CompareOp::Lt
        | CompareOp::Le
        | CompareOp::Gt
        | CompareOp::Ge => dice.string(),
    };
    let bad = match at % 5 {
        0 => format!("http.host {} {right}", word.to_uppercase()),
        1 => format!("ssl {word} {right}"),
        2 => format!("http.host {word}"),
        3 => format!("{word} {right}"),
        _ => format!("http.request.headers[\"x\"] {word} {right}"),
    };
    (format!("http.host {word} {right}"), bad)
}

fn samples() -> Vec<Sample> {
    let mut dice = Dice(1);
    let mut out = Vec::new();
    let mut add = |production: String, good: String, bad: String, position: Position| {
        out.push(Sample { production: production.clone(), text: good, position, valid: true });
        out.push(Sample { production, text: bad, position, valid: false });
    };
    for at in 0..TIMES {
        for field in fields() {
            let (good, bad) = (right(field, &mut dice), wrong(field, at, &mut dice));
            add(format!("field {}", field.name), good, bad, Position::Filter);
        }
        for func in Func::ALL {
            let (good, bad, position) = call(*func, at, &mut dice);
            add(format!("function {}", func.row().name), good, bad, position);
        }
        for op in CompareOp::ALL {
            let (good, bad) = operators(op, at, &mut dice);
            add(format!("operator {}", operator(op).word), good, bad, Position::Filter);
        }
        for (form, good, bad) in literals(&mut dice) {
            add(format!("literal {form}"), good, bad, Position::Filter);
        }
    }
    out
}

/// Whether nothing but the place, the plan or an open fact stands against a text.
fn well_formed(text: &str, position: Position) -> Result<(), String> {
    let expr = parse(text).map_err(|it| it.to_string())?;
    let canonical = print(&expr);
    assert_eq!(printed_len(&expr), canonical.len());
    let again = parse(&canonical).unwrap_or_else(|error| unreachable!("{canonical}: {error}"));
    assert_eq!(print(&again), canonical, "the canonical text of {text}");
    let problems = check(&expr, Phase::WafCustom, position, Plan::Enterprise);
    let of_form =
        |it: &ProblemKind| !matches!(it, ProblemKind::Unsure | ProblemKind::Unavailable | ProblemKind::Plan(_));
    match problems.into_iter().find(|it| of_form(&it.kind)) {
        Some(problem) => Err(problem.message),
        None => Ok(()),
    }
}

#[test]
fn every_production_is_accepted_right_and_refused_wrong() {
    let mut counts: BTreeMap<(String, bool), usize> = BTreeMap::new();
    let mut lines = String::new();
    let mut faults = Vec::new();
    for sample in samples() {
        let answer = well_formed(&sample.text, sample.position);
        if answer.is_ok() != sample.valid {
            faults.push(format!("{}: {} => {answer:?}", sample.production, sample.text));
        }
        let text = match answer {
            Ok(()) => print(&parse(&sample.text).unwrap()),
            Err(_) => sample.text.clone(),
        };
        let position = if sample.position == Position::Filter { "filter" } else { "value" };
        let line = serde_json::json!({ "expression": text, "position": position, "valid": sample.valid, "production": sample.production });
        writeln!(lines, "{line}").unwrap();
        *counts.entry((sample.production, sample.valid)).or_default() += 1;
    }
    assert!(
        faults.is_empty(),
        "{} faults\n{}",
        faults.len(),
        faults.iter().take(40).cloned().collect::<Vec<_>>().join("\n")
    );
    assert!(counts.values().all(|it| *it >= TIMES));
    std::fs::write(Path::new(env!("CARGO_TARGET_TMPDIR")).join("expressions.jsonl"), lines).unwrap();
}
