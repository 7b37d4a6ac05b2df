//! Replacements on every short text of a few characters: the choice of cuts is what a regular expression makes of the text.

use edge::{FieldKind, Store};

use super::*;
use crate::js_regex;

fn text(store: &Store, id: ExprId, path: &str) -> String {
    let at = |args: &[ExprId], n: usize| text(store, args[n], path);
    let number = |args: &[ExprId], n: usize| store.as_int(args[n]);
    match store.node(id) {
        Node::Str(it) => store.str(*it).to_string(),
        Node::Read(_) => path.to_owned(),
        Node::Ite(c, a, b) => text(store, if holds(store, *c, path) { *a } else { *b }, path),
        Node::Call(Fn::Concat, args) => format!("{}{}", at(args, 0), at(args, 1)),
        Node::Call(Fn::JsLower, args) => at(args, 0).to_ascii_lowercase(),
        Node::Call(Fn::JsSlice | Fn::JsSliceFrom, args) => {
            let to = args.get(2).and_then(|it| store.as_int(*it));
            crate::strengthen::sliced(&at(args, 0), number(args, 1).unwrap_or(0), to).unwrap_or_default()
        }
        other => panic!("{other:?}"),
    }
}

fn holds(store: &Store, id: ExprId, path: &str) -> bool {
    let at = |args: &[ExprId], n: usize| text(store, args[n], path);
    match store.node(id) {
        Node::Bool(it) => *it,
        Node::Not(a) => !holds(store, *a, path),
        Node::And(a, b) => holds(store, *a, path) && holds(store, *b, path),
        Node::Or(a, b) => holds(store, *a, path) || holds(store, *b, path),
        Node::Call(Fn::StrEq, args) => at(args, 0) == at(args, 1),
        Node::Call(Fn::StartsWith, args) => at(args, 0).starts_with(&at(args, 1)),
        Node::Call(Fn::EndsWith, args) => at(args, 0).ends_with(&at(args, 1)),
        Node::Call(Fn::IntLe, args) => match (store.as_int(args[0]), store.node(args[1])) {
            (Some(n), Node::Call(Fn::JsLength, inner)) => n <= i64::try_from(at(inner, 0).len()).unwrap_or(0),
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

fn texts() -> Vec<String> {
    let mut all = vec!["/".to_owned()];
    let mut from = 0;
    for _ in 0..5 {
        let to = all.len();
        for n in from..to {
            for it in ['/', 'a', 'A', '.', 'l'] {
                all.push(format!("{}{it}", all[n]));
            }
        }
        from = to;
    }
    all
}

#[test]
fn a_replacement_is_what_the_pattern_makes_of_every_short_path() {
    let all = texts();
    let cases = [
        (r"\/$", "", "/index.html"),
        (r"\/$", "", ""),
        (r"\/(a\.l)?$", "", "/x"),
        (r"\.(al?|la)$", "i", ".w"),
        (r"\.(al?|la)$", "g", "$$"),
        (r"^\/a", "", "/b"),
        (r"^\/(a|l)\/", "i", "/"),
        (r"^\/$", "", "/home"),
        (r"^\/a\/(.*)$", "", "/b/$1"),
        (r"^\/(.+)\/$", "", "/$1"),
        (r"^(.+)\.a$", "", "$1.l"),
        (r"^(.*)a$", "", "x$1y"),
        (r"^\/a(.*)", "", "$1"),
        (r"^\/a(.*)a$", "", "<$1>"),
    ];
    for (pattern, flags, template) in cases {
        let mut store = Store::new();
        let path = store.read(FieldKind::Path, None);
        let args = [path, store.string(pattern), store.string(flags), store.string(template)];
        let facts = Facts::default();
        let found = Strengthen { store: &mut store, tables: false }.replaced(&args, &facts, 0);
        let found = found.unwrap_or_else(|| panic!("/{pattern}/{flags}"));
        let flags = flags.replace('g', "");
        let regex = regex::Regex::new(&js_regex::translate(pattern, &flags).unwrap()).unwrap();
        let template = template.replace("$1", "${1}");
        for it in &all {
            assert_eq!(text(&store, found, it), regex.replacen(it, 1, &template), "/{pattern}/{flags} on {it}");
        }
    }
}

#[test]
fn a_run_at_the_end_is_cut_where_one_of_it_is_known_to_be_there() {
    let mut store = Store::new();
    let path = store.read(FieldKind::Path, None);
    let (name, pattern) = (store.string("a.l"), store.string(r"a\.l+$"));
    let none = store.string("");
    let args = [path, pattern, none, none];
    let ends = store.call(Fn::EndsWith, &[path, name]);
    let mut facts = Facts::default();
    let unknown = Strengthen { store: &mut store, tables: false }.replaced(&args, &facts, 0);
    assert_eq!(unknown, None);
    facts.learn(&mut store, ends, true);
    let found = Strengthen { store: &mut store, tables: false }.replaced(&args, &facts, 0).unwrap();
    let regex = regex::Regex::new(r"a\.l+$").unwrap();
    for it in texts().iter().filter(|it| it.ends_with("a.l")) {
        assert_eq!(text(&store, found, it), regex.replacen(it, 1, ""), "{it}");
    }
}
