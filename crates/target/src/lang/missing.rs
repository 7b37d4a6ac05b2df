//! Which parts of an expression may have no value on some request.

use super::{Expr, Index};

/// The elements in an expression that may be missing, in the order of its text, each once: absent keys, positions behind the end.
/// What is asked element by element (`[*]`) is not among them: where there is none, nothing is asked.
#[must_use]
pub fn optional_parts(expr: &Expr) -> Vec<&Expr> {
    let mut found = Vec::new();
    // A stack instead of recursion: depth is decided by whoever built the tree.
    let mut pending = vec![expr];
    while let Some(it) = pending.pop() {
        match it {
            Expr::Index(..) => {
                if !found.contains(&it) && !asks_each(it) {
                    found.push(it);
                }
            }
            Expr::Call(_, parts) | Expr::And(parts) | Expr::Or(parts) | Expr::Xor(parts) => {
                pending.extend(parts.iter().rev())
            }
            Expr::Not(of) => pending.push(of),
            Expr::Compare { op: _, left, right } => pending.extend([right.as_ref(), left.as_ref()]),
            Expr::In { left, set: _ } => pending.push(left),
            Expr::Bool(_) | Expr::Field(_) | Expr::Str(_) | Expr::Int(_) | Expr::Ip(_) => {}
        }
    }
    found
}

fn asks_each(expr: &Expr) -> bool {
    let mut at = expr;
    while let Expr::Index(of, index) = at {
        if *index == Index::Each {
            return true;
        }
        at = of;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::{header, index_first, parse, present, print};
    use super::*;

    #[test]
    fn elements_are_listed_once_and_in_order() {
        let text =
            r#"concat(http.request.headers["b"][0], "x", http.request.headers["a"][0], http.request.headers["b"][0])"#;
        let expr = parse(text).unwrap_or(Expr::Int(0));
        let parts: Vec<String> = optional_parts(&expr).into_iter().map(print).collect();
        assert_eq!(parts, [r#"http.request.headers["b"][0]"#, r#"http.request.headers["a"][0]"#]);
        let each = parse(r#"any(http.request.headers["b"][*] eq "x") and ssl"#).unwrap_or(Expr::Int(0));
        assert_eq!(optional_parts(&each), Vec::<&Expr>::new());
    }

    #[test]
    fn presence_is_asked_of_the_element() {
        let asked = header("X-A").map(index_first).map(present).unwrap_or(Expr::Int(0));
        assert_eq!(print(&asked), r#"len(http.request.headers["x-a"][0]) ge 0"#);
    }
}
