//! Random conditions: what becomes of them is equal for all requests, by a judge that shares no code with this crate.

#![expect(clippy::indexing_slicing, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use edge::{ExprId, FieldKind, Fn, Node, Store, Table};
use prove::{Answer, Formulas};

use target::limits::Limits;
use target::phase::Phase;
use target::plan::Plan;

use super::condition;
use crate::express::Express;
use crate::facts::Facts;

/// A generator that is the same on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % (n as u64)).unwrap_or(0)
    }

    fn text(&mut self) -> &'static str {
        const TEXTS: [&str; 18] = [
            "", "/", "/a", "/a/", "/ab", "a", "b", "/b", "/a/b", ".html", "A", "/A", "ab/", "//", "/a.html", "x/a",
            "html", "aa",
        ];
        TEXTS[self.below(TEXTS.len())]
    }
}

fn text(store: &mut Store, random: &mut Random, depth: usize) -> ExprId {
    let leaf = |store: &mut Store, random: &mut Random| match random.below(6) {
        0 => {
            let (read, default) = (store.read(FieldKind::HeaderFirst, Some("x")), random.text());
            let default = store.string(default);
            store.call(Fn::Or, &[read, default])
        }
        1 => store.read(FieldKind::Host, None),
        2 => {
            let it = random.text();
            store.string(it)
        }
        _ => store.read(FieldKind::Path, None),
    };
    if depth == 0 {
        return leaf(store, random);
    }
    let inner = text(store, random, depth - 1);
    let number = |random: &mut Random| i64::try_from(random.below(7)).unwrap_or(0) - 2;
    let separator = ["/", "."][random.below(2)];
    match random.below(13) {
        0 => {
            let (from, to) = (number(random), number(random));
            let (from, to) = (store.int(from), store.int(to));
            store.call(Fn::JsSlice, &[inner, from, to])
        }
        1 => {
            let from = number(random);
            let from = store.int(from);
            store.call(Fn::JsSliceFrom, &[inner, from])
        }
        2 => store.call(Fn::JsLower, &[inner]),
        3 => {
            let head = random.text();
            let head = store.string(head);
            store.call(Fn::Concat, &[head, inner])
        }
        4 => {
            let tail = random.text();
            let tail = store.string(tail);
            store.call(Fn::Concat, &[inner, tail])
        }
        5 => {
            let by = store.string(separator);
            store.call(Fn::Before, &[inner, by])
        }
        6 => {
            let by = store.string(separator);
            store.call(Fn::AfterLast, &[inner, by])
        }
        7 => {
            let n = i64::try_from(random.below(4)).unwrap_or(0);
            let (by, n, none) = (store.string(separator), store.int(n), store.string(""));
            let piece = store.call(Fn::JsSplitAt, &[inner, by, n]);
            store.call(Fn::Or, &[piece, none])
        }
        8 => {
            let (c, other) = (bool(store, random, depth - 1), text(store, random, depth - 1));
            store.ite(c, inner, other)
        }
        9 => {
            let rows = [("/a", "/x"), ("/b", "/a"), ("a", "")];
            let rows = rows.into_iter().take(1 + random.below(3)).map(|(k, v)| (Arc::from(k), Arc::from(v)));
            let table = store.table(Table { rows: rows.collect::<BTreeMap<_, _>>() });
            let (row, none) = (store.mk(Node::Lookup(table, inner)), store.string(""));
            store.call(Fn::Or, &[row, none])
        }
        10 => store.call(Fn::JsUpper, &[inner]),
        _ => inner,
    }
}

fn bool(store: &mut Store, random: &mut Random, depth: usize) -> ExprId {
    if depth > 0 && random.below(3) > 0 {
        let (a, b) = (bool(store, random, depth - 1), bool(store, random, depth - 1));
        return match random.below(5) {
            0 | 1 => store.and(a, b),
            2 => store.or(a, b),
            3 => {
                let c = bool(store, random, depth - 1);
                store.ite(c, a, b)
            }
            _ => store.not(a),
        };
    }
    let (of, levels) = (random.below(13), random.below(3));
    let subject = text(store, random, levels);
    let with = random.text();
    let with = store.string(with);
    match of {
        0..=3 => store.call(Fn::StrEq, &[subject, with]),
        4 | 5 => store.call(Fn::StartsWith, &[subject, with]),
        6 => store.call(Fn::EndsWith, &[subject, with]),
        7 => store.call(Fn::Contains, &[subject, with]),
        8 => {
            let read = store.read(FieldKind::HeaderFirst, Some("x"));
            store.call(Fn::Present, &[read])
        }
        9 => {
            let (n, length) = (random.below(5), store.call(Fn::JsLength, &[subject]));
            let n = store.int(i64::try_from(n).unwrap_or(0));
            let function = [Fn::IntEq, Fn::IntLt, Fn::IntLe][random.below(3)];
            if random.below(2) == 0 { store.call(function, &[n, length]) } else { store.call(function, &[length, n]) }
        }
        11 => {
            let (by, n) = (["/", "."][random.below(2)], i64::try_from(random.below(5)).unwrap_or(0));
            let (by, n) = (store.string(by), store.int(n));
            let count = store.call(Fn::JsSplitCount, &[subject, by]);
            let function = [Fn::IntEq, Fn::IntLt, Fn::IntLe][random.below(3)];
            if random.below(2) == 0 { store.call(function, &[n, count]) } else { store.call(function, &[count, n]) }
        }
        10 => {
            const PATTERNS: [&str; 11] = [
                r"^\/a",
                r"\.html$",
                "^/a$",
                "a|b",
                "^/(a|b)/",
                "[A-Z]",
                r"^\/[^/]+$",
                "^[^.]*$",
                r"^\/a[^/]*\/?$",
                r"^[^/]+\.html$",
                r"^\/[^/]+\/$",
            ];
            let pattern = PATTERNS[random.below(PATTERNS.len())];
            let (pattern, flags) = (store.string(pattern), store.string(""));
            store.call(Fn::JsMatches, &[subject, pattern, flags])
        }
        _ => {
            let (by, n) = (store.string("/"), store.int(i64::try_from(random.below(4)).unwrap_or(0)));
            let piece = store.call(Fn::JsSplitAt, &[subject, by, n]);
            store.call(Fn::Present, &[piece])
        }
    }
}

#[test]
fn filters_of_random_conditions_are_equal_to_them() {
    let (mut shown, mut free, mut refused, mut faults) = (0, 0, 0, Vec::new());
    let limits = Limits { plan: Plan::Enterprise, overrides: BTreeMap::new() };
    let written = BTreeSet::new();
    for seed in 10_000..14_000 {
        let (mut store, mut random) = (Store::new(), Random(seed));
        let guard = bool(&mut store, &mut random, 3);
        let mut formulas = Formulas::default();
        let before = formulas.condition(&store, guard);
        let filter = Express::new(&mut store, Phase::DynamicRedirect, &limits, false, &written).filter(guard);
        let Ok(filter) = filter else {
            refused += 1;
            continue;
        };
        let after = formulas.filter(&filter, &[]);
        match formulas.differ(&before, &after) {
            Answer::Never => shown += 1,
            Answer::Sometimes(_, names) if !names.is_empty() => free += 1,
            Answer::Unknown => free += 1,
            Answer::Sometimes(found, _) => {
                let mut text = String::new();
                describe(&store, guard, &mut text);
                faults.push(format!("seed {seed}: {found:?}\n  {text}\n  {}", target::lang::print(&filter)));
            }
        }
    }
    faults.sort_by_key(String::len);
    let few: Vec<&str> = faults.iter().take(8).map(String::as_str).collect();
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), few.join("\n"));
    assert!(shown > 9 * free && shown > refused, "{shown} shown, {free} not, {refused} refused");
}

#[test]
fn what_is_made_of_random_conditions_is_equal_to_them() {
    let (mut shown, mut free, mut faults) = (0, 0, Vec::new());
    for seed in 0..6_000 {
        let (mut store, mut random) = (Store::new(), Random(seed));
        let guard = bool(&mut store, &mut random, 3);
        let mut formulas = Formulas::default();
        let before = formulas.condition(&store, guard);
        for tables in [false, true] {
            let plain = condition(&mut store, guard, &Facts::default(), tables);
            let after = formulas.condition(&store, plain);
            match formulas.differ(&before, &after) {
                Answer::Never => shown += 1,
                Answer::Sometimes(_, names) if !names.is_empty() => free += 1,
                Answer::Unknown => free += 1,
                Answer::Sometimes(found, _) => {
                    let (mut guard_text, mut plain_text) = (String::new(), String::new());
                    describe(&store, guard, &mut guard_text);
                    describe(&store, plain, &mut plain_text);
                    faults.push(format!("seed {seed}: {found:?}\n  {guard_text}\n  {plain_text}"));
                }
            }
        }
    }
    faults.sort_by_key(String::len);
    let few: Vec<&str> = faults.iter().take(8).map(String::as_str).collect();
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), few.join("\n"));
    assert!(shown > 9 * free, "{shown} shown, {free} not");
}

fn describe(store: &Store, id: ExprId, out: &mut String) {
    match store.node(id) {
        Node::Call(function, _) => out.push_str(function.row().name),
        Node::Str(it) => out.push_str(&format!("{:?}", store.str(*it))),
        Node::Read(it) => out.push_str(it.kind.text()),
        Node::Lookup(..) => out.push_str("row"),
        Node::Ite(..) => out.push_str("if"),
        Node::And(..) => out.push_str("and"),
        Node::Or(..) => out.push_str("or"),
        Node::Not(_) => out.push_str("not"),
        Node::Int(it) => out.push_str(&it.to_string()),
        Node::Bool(it) => out.push_str(&it.to_string()),
        Node::Absent | Node::Input(_) | Node::Hole(_) | Node::Code(..) => out.push('?'),
    }
    let children = store.children(id);
    if !children.is_empty() {
        out.push('(');
        for it in children {
            describe(store, it, out);
            out.push(' ');
        }
        out.push(')');
    }
}
