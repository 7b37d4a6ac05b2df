//! Constructors that keep trees flat: no conjunction directly inside a conjunction, no constant inside either.
//!
//! Building a conjunction of n parts costs n, also when it grows one part at a time from the left.

use super::{CompareOp, Expr, FieldName, Func, Index};

/// A field by name; `None` when there is no such field.
#[must_use]
pub fn field(name: &str) -> Option<Expr> {
    FieldName::new(name).map(Expr::Field)
}

/// A string literal.
#[must_use]
pub fn string(text: impl Into<String>) -> Expr {
    Expr::Str(text.into())
}

/// A call.
#[must_use]
pub fn call(func: Func, args: Vec<Expr>) -> Expr {
    Expr::Call(func, args)
}

/// A function by name; `None` when there is no such function.
#[must_use]
pub fn function(name: &str) -> Option<Func> {
    Func::from_name(name)
}

/// `left eq right`
#[must_use]
pub fn eq(left: Expr, right: Expr) -> Expr {
    Expr::Compare { op: CompareOp::Eq, left: Box::new(left), right: Box::new(right) }
}

/// `any(of)`, where `of` compares `…[*]`.
#[must_use]
pub fn any(of: Expr) -> Expr {
    Expr::Call(Func::Any, vec![of])
}

/// The lines of a request header, an array that is missing when the header is. The name is put in lower case, as the map's keys are.
#[must_use]
pub fn header(name: &str) -> Option<Expr> {
    Some(Expr::Index(Box::new(field("http.request.headers")?), Index::Key(name.to_ascii_lowercase())))
}

/// `of[0]`
#[must_use]
pub fn index_first(of: Expr) -> Expr {
    Expr::Index(Box::new(of), Index::At(0))
}

/// `of[*]`
#[must_use]
pub fn index_each(of: Expr) -> Expr {
    Expr::Index(Box::new(of), Index::Each)
}

/// `len(of) ge 0`: whether a string that may be missing is there. The documented idiom asks the array; asked of an element it means
/// the same and the open-source engine takes it too.
#[must_use]
pub fn present(of: Expr) -> Expr {
    let length = call(Func::Len, vec![of]);
    Expr::Compare { op: CompareOp::Ge, left: Box::new(length), right: Box::new(Expr::Int(0)) }
}

/// Negation; a double one vanishes, a constant folds.
#[must_use]
pub fn not(of: Expr) -> Expr {
    match of {
        Expr::Bool(it) => Expr::Bool(!it),
        Expr::Not(inner) => *inner,
        other @ (Expr::Field(_)
        | Expr::Index(..)
        | Expr::Str(_)
        | Expr::Int(_)
        | Expr::Ip(_)
        | Expr::Call(..)
        | Expr::And(_)
        | Expr::Or(_)
        | Expr::Xor(_)
        | Expr::Compare { .. }
        | Expr::In { .. }) => Expr::Not(Box::new(other)),
    }
}

/// Conjunction: flat, without `true`; `false` where one part is.
#[must_use]
pub fn and(parts: impl IntoIterator<Item = Expr>) -> Expr {
    let mut flat: Vec<Expr> = Vec::new();
    for part in parts {
        if let Expr::Bool(it) = part {
            if !it {
                return part;
            }
        } else if let Expr::And(inner) = part {
            append(&mut flat, inner);
        } else {
            flat.push(part);
        }
    }
    single(flat, true, Expr::And)
}

/// Disjunction: flat, without `false`; `true` where one part is.
#[must_use]
pub fn or(parts: impl IntoIterator<Item = Expr>) -> Expr {
    let mut flat: Vec<Expr> = Vec::new();
    for part in parts {
        if let Expr::Bool(it) = part {
            if it {
                return part;
            }
        } else if let Expr::Or(inner) = part {
            append(&mut flat, inner);
        } else {
            flat.push(part);
        }
    }
    single(flat, false, Expr::Or)
}

/// Appends, taking over the vector when it is the first: growing from the left then copies nothing.
fn append(flat: &mut Vec<Expr>, mut inner: Vec<Expr>) {
    if flat.is_empty() {
        *flat = inner;
    } else {
        flat.append(&mut inner);
    }
}

fn single(mut flat: Vec<Expr>, empty: bool, many: fn(Vec<Expr>) -> Expr) -> Expr {
    match flat.len() {
        0 => Expr::Bool(empty),
        1 => flat.pop().unwrap_or(Expr::Bool(empty)),
        _ => many(flat),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(name: &str) -> Expr {
        eq(field("http.host").unwrap_or(Expr::Bool(false)), string(name))
    }

    #[test]
    fn constants_fold_and_nests_flatten() {
        assert_eq!(and([]), Expr::Bool(true));
        assert_eq!(or([]), Expr::Bool(false));
        assert_eq!(and([host("a"), Expr::Bool(true)]), host("a"));
        assert_eq!(and([host("a"), Expr::Bool(false)]), Expr::Bool(false));
        assert_eq!(and([and([host("a"), host("b")]), host("c")]), Expr::And(vec![host("a"), host("b"), host("c")]));
        assert_eq!(or([host("a"), or([host("b"), host("c")])]), Expr::Or(vec![host("a"), host("b"), host("c")]));
        assert_eq!(not(not(host("a"))), host("a"));
    }

    #[test]
    fn growing_from_the_left_reuses_the_vector() {
        let mut grown = host("0");
        for n in 1..20_000 {
            grown = and([grown, host(&n.to_string())]);
        }
        assert!(matches!(grown, Expr::And(parts) if parts.len() == 20_000));
    }
}
