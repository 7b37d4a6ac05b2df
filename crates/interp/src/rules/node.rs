//! Expressions made ready to run: names resolved, patterns compiled, sets hashed. What the machine cannot run is refused here, once.

use super::lists::Lists;
use super::view::{Map, Meaning, Part, Scalar, Url, meaning};
use regex::bytes::{Regex, RegexBuilder};
use std::collections::HashSet;
use std::net::IpAddr;
use target::lang::{CompareOp, Expr, Func, Index, Set};

/// A compiled expression.
#[derive(Debug)]
pub(super) enum Node {
    Bool(bool),
    Int(i64),
    Bytes(Vec<u8>),
    Ip(IpAddr),
    Scalar(Scalar),
    /// Names or values of a map.
    Array(Map, Part),
    /// The values of one key.
    Lookup(Map, Vec<u8>),
    /// One element of an array.
    At(Box<Node>, usize),
    Call(Call, Vec<Node>),
    /// A call for every element of the array that its first argument yields.
    CallEach(Call, Vec<Node>),
    Not(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
    Xor(Vec<Node>),
    Test(Box<Node>, Test),
    /// A test for every element of an array.
    TestEach(Box<Node>, Test),
    /// Two sides that are both computed.
    Compare(CompareOp, Box<Node>, Box<Node>),
    /// An address in a list of bulk redirects.
    InList(Url, usize),
    HasKey(Map, Box<Node>),
    HasValue(Map, Box<Node>),
}

/// A question about one value.
#[derive(Debug)]
pub(super) enum Test {
    Compare(CompareOp, Literal),
    Contains(Vec<u8>),
    Matches(Regex),
    Strings(HashSet<Vec<u8>>),
    Ints(Vec<(i64, i64)>),
    Ips(Vec<(IpAddr, IpAddr)>),
}

#[derive(Debug)]
pub(super) enum Literal {
    Int(i64),
    Bytes(Vec<u8>),
    Ip(IpAddr),
}

/// A function with what can be prepared of it.
#[derive(Debug)]
pub(super) enum Call {
    Any,
    All,
    Concat,
    Coalesce,
    Lower,
    Upper,
    Len,
    StartsWith,
    EndsWith,
    Substring,
    ToString,
    UrlDecode { recursive: bool, unicode: bool },
    Join,
    Split,
    RemoveBytes,
    RemoveQueryArgs(Vec<Vec<u8>>),
    Replace { pattern: Regex, template: Vec<Piece>, whole: bool },
    HasValue,
    Cidr { v4: u8, v6: u8 },
    DecodeBase64,
    EncodeBase64 { url_safe: bool, padded: bool },
}

/// A piece of a replacement.
#[derive(Debug)]
pub(super) enum Piece {
    Text(Vec<u8>),
    Group(usize),
}

type Made = Result<Node, String>;

/// Compiles an expression.
pub(super) fn compile(expr: &Expr, lists: &Lists) -> Made {
    match expr {
        Expr::Bool(it) => Ok(Node::Bool(*it)),
        Expr::Str(text) => Ok(Node::Bytes(text.clone().into_bytes())),
        Expr::Int(it) => Ok(Node::Int(*it)),
        Expr::Ip(text) => Ok(Node::Ip(address(text)?)),
        Expr::Field(name) => match meaning(*name) {
            Some(Meaning::Scalar(it)) => Ok(Node::Scalar(it)),
            Some(Meaning::Array(map, part)) => Ok(Node::Array(map, part)),
            Some(Meaning::Map(_)) => Err(format!("{} is a map and has no value of its own", name.as_str())),
            None => Err(format!("the machine has no value for {}", name.as_str())),
        },
        Expr::Index(of, index) => element(of, index, lists),
        Expr::Call(func, args) => call(*func, args, lists),
        Expr::Not(of) => Ok(Node::Not(Box::new(compile(of, lists)?))),
        Expr::And(parts) => Ok(Node::And(all(parts, lists)?)),
        Expr::Or(parts) => Ok(Node::Or(all(parts, lists)?)),
        Expr::Xor(parts) => Ok(Node::Xor(all(parts, lists)?)),
        Expr::Compare { op, left, right } => compare(*op, left, right, lists),
        Expr::In { left, set } => membership(left, set, lists),
    }
}

fn all(parts: &[Expr], lists: &Lists) -> Result<Vec<Node>, String> {
    parts.iter().map(|it| compile(it, lists)).collect()
}

fn map_of(expr: &Expr) -> Option<Map> {
    let Expr::Field(name) = expr else { return None };
    match meaning(*name)? {
        Meaning::Map(map) => Some(map),
        Meaning::Scalar(_) | Meaning::Array(..) => None,
    }
}

fn element(of: &Expr, index: &Index, lists: &Lists) -> Made {
    match index {
        Index::Key(key) => match map_of(of) {
            Some(map) => Ok(Node::Lookup(map, key.clone().into_bytes())),
            None => Err("only a map is indexed by a string".into()),
        },
        Index::At(at) => {
            let at = usize::try_from(*at).map_err(|it| it.to_string())?;
            Ok(Node::At(Box::new(compile(of, lists)?), at))
        }
        Index::Each => Err("`[*]` stands inside a call or a comparison only".into()),
    }
}

/// The array under `[*]`, when an expression ends in one.
fn each(expr: &Expr) -> Option<&Expr> {
    if let Expr::Index(of, Index::Each) = expr { Some(of) } else { None }
}

fn tested(left: &Expr, test: Test, lists: &Lists) -> Made {
    match each(left) {
        Some(array) => Ok(Node::TestEach(Box::new(compile(array, lists)?), test)),
        None => Ok(Node::Test(Box::new(compile(left, lists)?), test)),
    }
}

fn compare(op: CompareOp, left: &Expr, right: &Expr, lists: &Lists) -> Made {
    let test = match (op, right) {
        (CompareOp::Contains, Expr::Str(text)) => Test::Contains(text.clone().into_bytes()),
        (CompareOp::Matches, Expr::Str(text)) => Test::Matches(regex(text)?),
        (CompareOp::Wildcard, Expr::Str(text)) => Test::Matches(wildcard(text, true)?),
        (CompareOp::StrictWildcard, Expr::Str(text)) => Test::Matches(wildcard(text, false)?),
        (CompareOp::Contains | CompareOp::Matches | CompareOp::Wildcard | CompareOp::StrictWildcard, _) => {
            return Err("the right side of this operator is a string literal".into());
        }
        (_, Expr::Str(text)) => Test::Compare(op, Literal::Bytes(text.clone().into_bytes())),
        (_, Expr::Int(it)) => Test::Compare(op, Literal::Int(*it)),
        (_, Expr::Ip(text)) => Test::Compare(op, Literal::Ip(address(text)?)),
        (_, computed) => {
            if each(left).is_some() {
                return Err("elements are compared with a literal only".into());
            }
            return Ok(Node::Compare(op, Box::new(compile(left, lists)?), Box::new(compile(computed, lists)?)));
        }
    };
    tested(left, test, lists)
}

fn membership(left: &Expr, set: &Set, lists: &Lists) -> Made {
    let test = match set {
        Set::Strings(texts) => Test::Strings(texts.iter().map(|it| it.clone().into_bytes()).collect()),
        Set::Ints(ranges) => Test::Ints(ranges.clone()),
        Set::Ips(texts) => Test::Ips(texts.iter().map(|it| range(it)).collect::<Result<_, _>>()?),
        Set::List(name) => {
            let Expr::Field(field) = left else { return Err(format!("${name}: the left side of a list is a field")) };
            let Some(Meaning::Scalar(Scalar::FullUri(url))) = meaning(*field) else {
                return Err(format!("${name}: only a full address is looked up in a list of redirects"));
            };
            let list = lists.find(name).ok_or_else(|| format!("there is no list ${name}"))?;
            return Ok(Node::InList(url, list));
        }
    };
    tested(left, test, lists)
}

fn call(func: Func, args: &[Expr], lists: &Lists) -> Made {
    let text = |at: usize| match args.get(at) {
        Some(Expr::Str(text)) => Some(text.as_str()),
        _ => None,
    };
    let literal =
        |at: usize| text(at).ok_or_else(|| format!("argument {} of {}() is a literal", at + 1, func.row().name));
    let bits = |at: usize| match args.get(at) {
        Some(Expr::Int(it)) => u8::try_from(*it).map_err(|it| it.to_string()),
        _ => Err(format!("argument {} of {}() is a number", at + 1, func.row().name)),
    };
    let flags = |at: usize| text(at).unwrap_or_default();
    // The arguments that are values; the others are part of the prepared call.
    let mut values = args;
    let first = args.get(..1).unwrap_or_default();
    let prepared = match func {
        Func::Any => Call::Any,
        Func::All => Call::All,
        Func::Concat => Call::Concat,
        Func::Coalesce => Call::Coalesce,
        Func::Lower => Call::Lower,
        Func::Upper => Call::Upper,
        Func::Len => Call::Len,
        Func::StartsWith => Call::StartsWith,
        Func::EndsWith => Call::EndsWith,
        Func::Substring => Call::Substring,
        Func::ToString => Call::ToString,
        Func::Join => Call::Join,
        Func::Split => Call::Split,
        Func::RemoveBytes => Call::RemoveBytes,
        Func::DecodeBase64 => Call::DecodeBase64,
        Func::UrlDecode => {
            values = first;
            Call::UrlDecode { recursive: flags(1).contains('r'), unicode: flags(1).contains('u') }
        }
        Func::EncodeBase64 => {
            values = first;
            Call::EncodeBase64 { url_safe: flags(1).contains('u'), padded: flags(1).contains('p') }
        }
        Func::RemoveQueryArgs => {
            values = first;
            Call::RemoveQueryArgs(
                (1..args.len()).map(|at| literal(at).map(|it| it.as_bytes().to_vec())).collect::<Result<_, _>>()?,
            )
        }
        Func::RegexReplace => {
            values = first;
            Call::Replace { pattern: regex(literal(1)?)?, template: template(literal(2)?)?, whole: false }
        }
        Func::WildcardReplace => {
            values = first;
            Call::Replace {
                pattern: wildcard(literal(1)?, flags(3) != "s")?,
                template: template(literal(2)?)?,
                whole: true,
            }
        }
        Func::Cidr => {
            values = first;
            Call::Cidr { v4: bits(1)?, v6: bits(2)? }
        }
        Func::Cidr6 => {
            values = first;
            Call::Cidr { v4: 32, v6: bits(1)? }
        }
        Func::HasKey => {
            let (Some(map), Some(key)) = (args.first().and_then(map_of), args.get(1)) else {
                return Err("has_key() takes a map and a key".into());
            };
            return Ok(Node::HasKey(map, Box::new(compile(key, lists)?)));
        }
        Func::HasValue => {
            if let (Some(map), Some(value)) = (args.first().and_then(map_of), args.get(1)) {
                return Ok(Node::HasValue(map, Box::new(compile(value, lists)?)));
            }
            Call::HasValue
        }
        Func::BitSlice
        | Func::HashInRange
        | Func::IsTimedHmacValidV0
        | Func::LookupJsonInteger
        | Func::LookupJsonString
        | Func::Sha256
        | Func::Uuidv4 => return Err(format!("the machine does not run {}()", func.row().name)),
    };
    if args.len() < func.row().min_args || args.len() > func.row().max_args {
        return Err(format!("{}() does not take {} arguments", func.row().name, args.len()));
    }
    match values.split_first() {
        Some((first, rest)) if each(first).is_some() => {
            let mut nodes = vec![compile(each(first).unwrap_or(first), lists)?];
            nodes.extend(all(rest, lists)?);
            Ok(Node::CallEach(prepared, nodes))
        }
        Some(_) | None => Ok(Node::Call(prepared, all(values, lists)?)),
    }
}

fn regex(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern).unicode(false).build().map_err(|it| it.to_string())
}

/// A wildcard as an anchored pattern in which each star is lazy, which is how wildcard_replace() captures.
fn wildcard(pattern: &str, ignore_case: bool) -> Result<Regex, String> {
    let mut out = String::from("^");
    let mut letters = pattern.chars();
    let mut text = String::new();
    let mut star = false;
    while let Some(letter) = letters.next() {
        if letter == '*' {
            if star {
                return Err("a wildcard has no `**`".into());
            }
            out.push_str(&regex::escape(&text));
            text.clear();
            out.push_str("(.*?)");
        } else if letter == '\\' {
            match letters.next() {
                Some(escaped @ ('*' | '\\')) => text.push(escaped),
                Some(_) | None => return Err(r"a wildcard knows the escapes \* and \\ only".into()),
            }
        } else {
            text.push(letter);
        }
        star = letter == '*';
    }
    out.push_str(&regex::escape(&text));
    out.push('$');
    RegexBuilder::new(&out)
        .unicode(false)
        .case_insensitive(ignore_case)
        .dot_matches_new_line(true)
        .build()
        .map_err(|it| it.to_string())
}

/// `${n}` is a group, `$$` a dollar.
fn template(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        pieces.push(Piece::Text(before.as_bytes().to_vec()));
        if let Some(after) = after.strip_prefix('$') {
            pieces.push(Piece::Text(b"$".to_vec()));
            rest = after;
        } else {
            let (digits, after) = after
                .strip_prefix('{')
                .and_then(|it| it.split_once('}'))
                .ok_or("a replacement knows `${n}` and `$$` only")?;
            pieces.push(Piece::Group(digits.parse().map_err(|_| "a replacement knows `${n}` and `$$` only")?));
            rest = after;
        }
    }
    pieces.push(Piece::Text(rest.as_bytes().to_vec()));
    Ok(pieces)
}

fn address(text: &str) -> Result<IpAddr, String> {
    text.parse().map_err(|_| format!("`{text}` is no address"))
}

/// First and last address of a block, a range or a single address.
fn range(text: &str) -> Result<(IpAddr, IpAddr), String> {
    if let Some((low, high)) = text.split_once("..") {
        return Ok((address(low)?, address(high)?));
    }
    let Some((base, bits)) = text.split_once('/') else {
        let it = address(text)?;
        return Ok((it, it));
    };
    let (base, bits) = (address(base)?, bits.parse::<u8>().map_err(|it| it.to_string())?);
    Ok((masked(base, bits, false), masked(base, bits, true)))
}

/// An address with the bits behind a prefix all cleared, or all set.
pub(super) fn masked(address: IpAddr, bits: u8, set: bool) -> IpAddr {
    match address {
        IpAddr::V4(it) => {
            let rest = u32::MAX.checked_shr(u32::from(bits)).unwrap_or(0);
            IpAddr::V4((if set { it.to_bits() | rest } else { it.to_bits() & !rest }).into())
        }
        IpAddr::V6(it) => {
            let rest = u128::MAX.checked_shr(u32::from(bits)).unwrap_or(0);
            IpAddr::V6((if set { it.to_bits() | rest } else { it.to_bits() & !rest }).into())
        }
    }
}
