//! The value of a compiled expression on a view. `None` is a missing value: every comparison of it is false (fact-53 for `ne`), most
//! functions of it are missing, `any` over it is false and `all` over its elements is true.

use super::functions::{
    bytes, contains, decode_base64, encode_base64, lower, remove_bytes, remove_query_args, split, substring, upper,
    url_decode,
};
use super::lists::Lists;
use super::node::{Call, Literal, Node, Piece, Test, masked};
use super::view::View;
use std::borrow::Cow;
use std::net::IpAddr;
use target::lang::CompareOp;

/// A value that is there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Value<'a> {
    Bool(bool),
    Int(i64),
    Bytes(Cow<'a, [u8]>),
    Ip(IpAddr),
    Array(Vec<Value<'a>>),
}

/// Whether a filter holds. A missing value does not.
pub(super) fn holds<'a>(node: &'a Node, view: &View<'a>, lists: &Lists) -> bool {
    match node {
        Node::Bool(it) => *it,
        Node::Not(of) => !holds(of, view, lists),
        Node::And(parts) => parts.iter().all(|it| holds(it, view, lists)),
        Node::Or(parts) => parts.iter().any(|it| holds(it, view, lists)),
        Node::Xor(parts) => parts.iter().fold(false, |odd, it| odd ^ holds(it, view, lists)),
        Node::Test(of, test) => answer(test, value(of, view, lists).as_ref(), view),
        Node::Compare(op, left, right) => match (value(left, view, lists), value(right, view, lists)) {
            (Some(left), Some(right)) => compare_values(*op, &left, &right),
            (None, _) | (_, None) => *op == CompareOp::Ne && view.readings.ne_on_missing,
        },
        Node::InList(url, list) => {
            let (scheme, host, path) = view.address(*url);
            lists.look_up(*list, scheme, host, path).is_some()
        }
        Node::Int(_)
        | Node::Bytes(_)
        | Node::Ip(_)
        | Node::Scalar(_)
        | Node::Array(..)
        | Node::Lookup(..)
        | Node::At(..)
        | Node::Call(..)
        | Node::CallEach(..)
        | Node::TestEach(..)
        | Node::HasKey(..)
        | Node::HasValue(..) => value(node, view, lists) == Some(Value::Bool(true)),
    }
}

/// The value of an expression.
pub(super) fn value<'a>(node: &'a Node, view: &View<'a>, lists: &Lists) -> Option<Value<'a>> {
    match node {
        Node::Int(it) => Some(Value::Int(*it)),
        Node::Bytes(it) => Some(Value::Bytes(Cow::Borrowed(it))),
        Node::Ip(it) => Some(Value::Ip(*it)),
        Node::Scalar(field) => view.scalar(*field),
        Node::Array(map, part) => Some(Value::Array(view.all(*map, *part))),
        Node::Lookup(map, key) => view.values(*map, key).map(Value::Array),
        Node::At(of, at) => match value(of, view, lists)? {
            Value::Array(mut elements) => (*at < elements.len()).then(|| elements.swap_remove(*at)),
            Value::Bool(_) | Value::Int(_) | Value::Bytes(_) | Value::Ip(_) => None,
        },
        Node::Call(func, args) => {
            let args = args.iter().map(|it| value(it, view, lists)).collect();
            call(func, args, view)
        }
        Node::CallEach(func, args) => {
            let (first, rest) = args.split_first()?;
            let Value::Array(elements) = value(first, view, lists)? else { return None };
            let rest: Vec<Option<Value<'a>>> = rest.iter().map(|it| value(it, view, lists)).collect();
            let results = elements.into_iter().filter_map(|element| {
                let mut args = vec![Some(element)];
                args.extend(rest.iter().cloned());
                call(func, args, view)
            });
            Some(Value::Array(results.collect()))
        }
        Node::TestEach(array, test) => {
            // No array is no element: `any` over it is false, `all` over it true.
            let elements = match value(array, view, lists) {
                Some(Value::Array(elements)) => elements,
                Some(Value::Bool(_) | Value::Int(_) | Value::Bytes(_) | Value::Ip(_)) | None => Vec::new(),
            };
            Some(Value::Array(elements.iter().map(|it| Value::Bool(answer(test, Some(it), view))).collect()))
        }
        Node::HasKey(map, key) => match value(key, view, lists)? {
            Value::Bytes(key) => Some(Value::Bool(view.values(*map, &key).is_some())),
            Value::Bool(_) | Value::Int(_) | Value::Ip(_) | Value::Array(_) => None,
        },
        Node::HasValue(map, wanted) => match value(wanted, view, lists)? {
            Value::Bytes(wanted) => Some(Value::Bool(view.any_value(*map, |it| it == wanted.as_ref()))),
            Value::Bool(_) | Value::Int(_) | Value::Ip(_) | Value::Array(_) => None,
        },
        Node::Bool(_)
        | Node::Not(_)
        | Node::And(_)
        | Node::Or(_)
        | Node::Xor(_)
        | Node::Test(..)
        | Node::Compare(..)
        | Node::InList(..) => Some(Value::Bool(holds(node, view, lists))),
    }
}

fn answer(test: &Test, asked: Option<&Value<'_>>, view: &View<'_>) -> bool {
    let Some(asked) = asked else {
        return matches!(test, Test::Compare(CompareOp::Ne, _)) && view.readings.ne_on_missing;
    };
    match (test, asked) {
        (Test::Compare(op, Literal::Bytes(literal)), Value::Bytes(it)) => ordered(*op, it.as_ref(), literal.as_slice()),
        (Test::Compare(op, Literal::Int(literal)), Value::Int(it)) => ordered(*op, it, literal),
        (Test::Compare(op, Literal::Ip(literal)), Value::Ip(it)) => ordered(*op, it, literal),
        (Test::Contains(part), Value::Bytes(it)) => contains(it, part),
        (Test::Matches(pattern), Value::Bytes(it)) => pattern.is_match(it),
        (Test::Strings(set), Value::Bytes(it)) => set.contains(it.as_ref()),
        (Test::Ints(ranges), Value::Int(it)) => ranges.iter().any(|(low, high)| low <= it && it <= high),
        // Addresses of the two families order apart, so a range never spans both.
        (Test::Ips(ranges), Value::Ip(it)) => ranges.iter().any(|(low, high)| low <= it && it <= high),
        (
            Test::Compare(..) | Test::Contains(_) | Test::Matches(_) | Test::Strings(_) | Test::Ints(_) | Test::Ips(_),
            Value::Bool(_) | Value::Int(_) | Value::Bytes(_) | Value::Ip(_) | Value::Array(_),
        ) => false,
    }
}

fn compare_values(op: CompareOp, left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left, right) {
        (Value::Bytes(left), Value::Bytes(right)) => ordered(op, left.as_ref(), right.as_ref()),
        (Value::Int(left), Value::Int(right)) => ordered(op, left, right),
        (Value::Ip(left), Value::Ip(right)) => ordered(op, left, right),
        (Value::Bool(_) | Value::Int(_) | Value::Bytes(_) | Value::Ip(_) | Value::Array(_), _) => false,
    }
}

fn ordered<T: Ord + ?Sized>(op: CompareOp, left: &T, right: &T) -> bool {
    match op {
        CompareOp::Eq => left == right,
        CompareOp::Ne => left != right,
        CompareOp::Lt => left < right,
        CompareOp::Le => left <= right,
        CompareOp::Gt => left > right,
        CompareOp::Ge => left >= right,
        CompareOp::Contains | CompareOp::Matches | CompareOp::Wildcard | CompareOp::StrictWildcard => false,
    }
}

fn text<'a>(value: Option<Value<'a>>) -> Option<Cow<'a, [u8]>> {
    match value? {
        Value::Bytes(it) => Some(it),
        Value::Bool(_) | Value::Int(_) | Value::Ip(_) | Value::Array(_) => None,
    }
}

fn integer(value: Option<Value<'_>>) -> Option<i64> {
    match value? {
        Value::Int(it) => Some(it),
        Value::Bool(_) | Value::Bytes(_) | Value::Ip(_) | Value::Array(_) => None,
    }
}

fn array<'a>(value: Option<Value<'a>>) -> Option<Vec<Value<'a>>> {
    match value? {
        Value::Array(it) => Some(it),
        Value::Bool(_) | Value::Int(_) | Value::Bytes(_) | Value::Ip(_) => None,
    }
}

fn call<'a>(func: &Call, args: Vec<Option<Value<'a>>>, view: &View<'a>) -> Option<Value<'a>> {
    let mut args = args.into_iter();
    let mut next = || args.next().flatten();
    match func {
        Call::Any => Some(Value::Bool(array(next()).is_some_and(|it| it.contains(&Value::Bool(true))))),
        Call::All => Some(Value::Bool(array(next()).is_some_and(|it| !it.contains(&Value::Bool(false))))),
        Call::Concat => concat(args.collect(), view.strict_concat),
        Call::Coalesce => args.flatten().next(),
        Call::Lower => Some(Value::Bytes(lower(text(next())?))),
        Call::Upper => Some(Value::Bytes(upper(text(next())?))),
        Call::Len => {
            let length = match next()? {
                Value::Bytes(it) => it.len(),
                Value::Array(it) => it.len(),
                Value::Bool(_) | Value::Int(_) | Value::Ip(_) => return None,
            };
            i64::try_from(length).ok().map(Value::Int)
        }
        Call::StartsWith => Some(Value::Bool(text(next())?.starts_with(&text(next())?))),
        Call::EndsWith => Some(Value::Bool(text(next())?.ends_with(&text(next())?))),
        Call::Substring => {
            let (it, start) = (text(next())?, integer(next())?);
            Some(Value::Bytes(substring(it, start, integer(next()))))
        }
        Call::ToString => Some(Value::Bytes(Cow::Owned(match next()? {
            Value::Bool(it) => it.to_string().into_bytes(),
            Value::Int(it) => it.to_string().into_bytes(),
            Value::Ip(it) => it.to_string().into_bytes(),
            Value::Bytes(_) | Value::Array(_) => return None,
        }))),
        Call::UrlDecode { recursive, unicode } => Some(Value::Bytes(url_decode(text(next())?, *recursive, *unicode))),
        Call::Join => {
            let (items, separator) = (array(next())?, text(next())?);
            let items: Vec<Cow<'_, [u8]>> = items.into_iter().map(|it| text(Some(it))).collect::<Option<_>>()?;
            Some(Value::Bytes(Cow::Owned(items.join(separator.as_ref()))))
        }
        Call::Split => {
            let (it, separator, limit) = (text(next())?, text(next())?, integer(next())?);
            let parts = split(&it, &separator, usize::try_from(limit).ok()?);
            Some(Value::Array(parts.into_iter().map(|it| Value::Bytes(Cow::Owned(it))).collect()))
        }
        Call::RemoveBytes => Some(Value::Bytes(Cow::Owned(remove_bytes(&text(next())?, &text(next())?)))),
        Call::RemoveQueryArgs(names) => Some(Value::Bytes(Cow::Owned(remove_query_args(&text(next())?, names)))),
        Call::Replace { pattern, template, whole } => {
            let source = text(next())?;
            let Some(found) = pattern.captures(&source) else { return Some(Value::Bytes(source)) };
            let place = found.get(0).map_or(0..0, |it| it.range());
            let mut out = Vec::with_capacity(source.len());
            // A wildcard matches the whole value; a regular expression replaces the first match in it.
            let (before, after) = if *whole { (0, source.len()) } else { (place.start, place.end) };
            out.extend_from_slice(source.get(..before).unwrap_or_default());
            for piece in template {
                match piece {
                    Piece::Text(it) => out.extend_from_slice(it),
                    Piece::Group(at) => out.extend_from_slice(found.get(*at).map_or(&[], |it| it.as_bytes())),
                }
            }
            out.extend_from_slice(source.get(after..).unwrap_or_default());
            Some(Value::Bytes(Cow::Owned(out)))
        }
        Call::HasValue => {
            let (items, wanted) = (array(next())?, next()?);
            Some(Value::Bool(items.contains(&wanted)))
        }
        Call::Cidr { v4, v6 } => match next()? {
            Value::Ip(it) => Some(Value::Ip(masked(it, if it.is_ipv4() { *v4 } else { *v6 }, false))),
            Value::Bool(_) | Value::Int(_) | Value::Bytes(_) | Value::Array(_) => None,
        },
        Call::DecodeBase64 => decode_base64(&text(next())?).map(|it| Value::Bytes(Cow::Owned(it))),
        Call::EncodeBase64 { url_safe, padded } => {
            Some(Value::Bytes(Cow::Owned(encode_base64(&text(next())?, *url_safe, *padded))))
        }
    }
}

/// Missing parts are empty; nothing but missing parts is missing. With `strict`, one missing part is enough.
fn concat(args: Vec<Option<Value<'_>>>, strict: bool) -> Option<Value<'_>> {
    if args.iter().all(Option::is_none) || (strict && args.iter().any(Option::is_none)) {
        return None;
    }
    let mut out: Vec<u8> = Vec::new();
    for arg in args {
        out.extend_from_slice(&text(arg).unwrap_or_else(|| bytes("")));
    }
    Some(Value::Bytes(Cow::Owned(out)))
}
