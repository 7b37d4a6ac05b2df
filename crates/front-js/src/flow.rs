//! What the statements of a module make and use, by name: which statement cannot go without another noticing.
//!
//! The evaluator knows which values reach an exchange; this knows which statements made the names those values went by. It ignores
//! scopes: two variables of one name are one, so it may say that a statement is needed where it is not, never the other way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use script::{Expr, ExprKind, Item, Module, Pattern, Stmt, StmtKind, Unary};
use source::Span;

use crate::walk::{Node, walk};

/// One statement of the source.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flow {
    /// Where it stands.
    pub span: Span,
    /// The statement around it, by position in the list.
    pub inside: Option<usize>,
    /// Names it mentions, those of statements inside of it left out.
    pub uses: BTreeSet<Arc<str>>,
    /// Names it declares or writes to, or whose objects it may change.
    pub makes: BTreeSet<Arc<str>>,
    /// Those of them that it writes to, and does not declare.
    pub writes: BTreeSet<Arc<str>>,
    /// Parameters of the functions in it.
    pub params: BTreeSet<Arc<str>>,
    /// It declares a function, a class, or an object that may hold some.
    pub declares_code: bool,
    /// `return`, `break`, `continue` and `throw` decide what runs next.
    pub jumps: bool,
    /// It says nothing at run time.
    pub empty: bool,
}

/// The statements of the source in its order, outer ones before those inside.
#[must_use]
pub fn flow(module: &Module) -> Vec<Flow> {
    let mut spans = crate::constructs(module);
    spans.sort_unstable_by_key(|it| (it.start, std::cmp::Reverse(it.end)));
    let mut out: Vec<Flow> = Vec::with_capacity(spans.len());
    let mut open: Vec<usize> = Vec::new();
    for span in spans {
        while open.last().and_then(|it| out.get(*it)).is_some_and(|it| it.span.end <= span.start) {
            open.pop();
        }
        let inside = open.last().copied();
        open.push(out.len());
        let (uses, makes, writes, params) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        out.push(Flow { span, inside, uses, makes, writes, params, declares_code: false, jumps: false, empty: false });
    }
    let by_span: BTreeMap<Span, usize> = out.iter().enumerate().map(|(at, it)| (it.span, at)).collect();
    walk(&module.body, |node| {
        match node {
            Node::Stmt(stmt) => statement(&mut out, &by_span, stmt),
            Node::Expr(expr) => expression(&mut out, expr),
        }
        true
    });
    for own in &mut out {
        own.makes.extend(own.writes.iter().cloned());
    }
    for import in module.imports.iter().filter(|it| !it.names.is_empty()) {
        if let Some(own) = by_span.get(&import.span).and_then(|it| out.get_mut(*it)) {
            own.makes.extend(import.names.iter().map(|it| it.1.clone()));
            own.empty = false;
        }
    }
    out
}

/// The first statement in a function that writes to a variable of the module, with its name.
#[must_use]
pub fn module_state<'a>(all: &'a [Flow], runs: &dyn Fn(Span) -> bool) -> Option<(&'a Flow, Arc<str>)> {
    let top: BTreeSet<&Arc<str>> =
        all.iter().filter(|it| it.inside.is_none()).flat_map(|it| it.makes.difference(&it.writes)).collect();
    let chain = |from: usize| std::iter::successors(Some(from), |at| all.get(*at).and_then(|it| it.inside));
    let outermost = |from: usize| chain(from).last();
    for (at, own) in all.iter().enumerate() {
        let around: Vec<&Flow> = chain(at).filter_map(|it| all.get(it)).collect();
        if !around.iter().skip(1).any(|it| it.declares_code) || !runs(own.span) {
            continue;
        }
        let root = outermost(at);
        let local = |name: &Arc<str>| {
            around.iter().any(|it| it.params.contains(name))
                || all.iter().enumerate().any(|(other, it)| {
                    it.inside.is_some()
                        && outermost(other) == root
                        && it.makes.contains(name)
                        && !it.writes.contains(name)
                })
        };
        if let Some(name) = own.writes.iter().find(|it| top.contains(it) && !local(it)) {
            return Some((own, name.clone()));
        }
    }
    None
}

/// The innermost statement that holds a place.
fn innermost(all: &[Flow], span: Span) -> Option<usize> {
    let mut at = all.partition_point(|it| it.span.start <= span.start).checked_sub(1)?;
    while all.get(at).is_some_and(|it| it.span.end < span.end || it.span.end <= span.start) {
        at = all.get(at)?.inside?;
    }
    Some(at)
}

fn statement(all: &mut [Flow], by_span: &BTreeMap<Span, usize>, stmt: &Stmt) {
    let at = by_span.get(&stmt.span).copied().or_else(|| innermost(all, stmt.span));
    let Some(own) = at.and_then(|it| all.get_mut(it)) else { return };
    match &stmt.kind {
        StmtKind::Declare(all) => {
            for (pattern, value) in all {
                bound(pattern, &mut own.makes);
                own.declares_code |= value.as_ref().is_some_and(holds_code);
            }
        }
        StmtKind::ForEach { binding, .. } => bound(binding, &mut own.makes),
        StmtKind::Try { catch: Some((Some(binding), _)), .. } => bound(binding, &mut own.makes),
        StmtKind::Function(function) => {
            own.makes.extend(function.name.clone());
            function.params.iter().chain(&function.rest).for_each(|it| bound(it, &mut own.params));
            own.declares_code = true;
        }
        StmtKind::Class(class) => {
            own.makes.extend(class.name.clone());
            own.declares_code = true;
        }
        StmtKind::Return(_) | StmtKind::Break(_) | StmtKind::Continue(_) | StmtKind::Throw(_) => {
            own.jumps |= stmt.span == own.span;
        }
        StmtKind::Empty => own.empty |= stmt.span == own.span,
        StmtKind::Expr(expr) => {
            changed(expr, &mut own.writes);
        }
        StmtKind::If(..)
        | StmtKind::Loop { .. }
        | StmtKind::Try { .. }
        | StmtKind::Switch(..)
        | StmtKind::Block(_)
        | StmtKind::Labeled(..)
        | StmtKind::Unsupported(_) => {}
    }
}

/// Whether an initializer is a function, or an object of functions.
fn holds_code(value: &Expr) -> bool {
    matches!(value.kind, ExprKind::Function(_) | ExprKind::Class(_) | ExprKind::Object(_) | ExprKind::Array(_))
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the few forms that name or write something")]
fn expression(all: &mut [Flow], expr: &Expr) {
    let Some(own) = innermost(all, expr.span).and_then(|it| all.get_mut(it)) else { return };
    match &expr.kind {
        ExprKind::Name(name) => {
            own.uses.insert(name.clone());
        }
        ExprKind::Assign(target, _) => bound(target, &mut own.writes),
        ExprKind::AssignOp(_, place, _) | ExprKind::AssignLogical(_, place, _) => own.writes.extend(root(place)),
        ExprKind::Update { place, .. } | ExprKind::Unary(Unary::Delete, place) => own.writes.extend(root(place)),
        ExprKind::Function(function) => {
            own.makes.extend(function.name.clone());
            function.params.iter().chain(&function.rest).for_each(|it| bound(it, &mut own.params));
        }
        _ => {}
    }
}

/// What a call that stands alone may change: its object, and what it hands to a function of the source.
#[expect(clippy::wildcard_enum_match_arm, reason = "calls, through what may stand around them")]
fn changed(expr: &Expr, into: &mut BTreeSet<Arc<str>>) {
    match &expr.kind {
        ExprKind::Call { callee, args, .. } => match &callee.kind {
            ExprKind::Name(_) => {
                for item in args {
                    match item {
                        Item::One(it) | Item::Spread(it) => into.extend(root(it)),
                    }
                }
            }
            _ => {
                into.extend(root(callee));
                if let ExprKind::Member { object, .. } = &callee.kind {
                    // `Object.assign(target, …)` changes what it is given.
                    let global = root(object).is_some_and(|it| matches!(&*it, "Object" | "Reflect"));
                    let first = args.first().filter(|_| global);
                    into.extend(first.and_then(|it| match it {
                        Item::One(it) | Item::Spread(it) => root(it),
                    }));
                }
            }
        },
        ExprKind::Await(inner) | ExprKind::Chain(inner) => changed(inner, into),
        _ => {}
    }
}

/// The variable at the bottom of `a.b[c]` and `a.b().c`.
#[expect(clippy::wildcard_enum_match_arm, reason = "the forms that lead down to a variable")]
fn root(expr: &Expr) -> Option<Arc<str>> {
    let mut at = expr;
    loop {
        at = match &at.kind {
            ExprKind::Name(name) => return Some(name.clone()),
            ExprKind::Member { object, .. } => object,
            ExprKind::Call { callee, .. } => callee,
            ExprKind::Chain(inner) | ExprKind::Await(inner) => inner,
            _ => return None,
        };
    }
}

/// The names a pattern binds or writes to.
fn bound(pattern: &Pattern, into: &mut BTreeSet<Arc<str>>) {
    let mut work = vec![pattern];
    while let Some(next) = work.pop() {
        match next {
            Pattern::Name(name, _) => {
                into.insert(name.clone());
            }
            Pattern::Place(place) => into.extend(root(place)),
            Pattern::Object { props, rest } => {
                work.extend(props.iter().map(|it| &it.1));
                work.extend(rest.as_deref());
            }
            Pattern::Array { items, rest } => {
                work.extend(items.iter().flatten());
                work.extend(rest.as_deref());
            }
            Pattern::Default(target, _) => work.push(target),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;
    use source::Sources;

    #[test]
    fn statements_know_what_they_make_and_use() {
        let mut sources = Sources::new();
        let text =
            "const gone = new Set();\ngone.add('/a');\nfunction f(x) { if (x) { return gone; } }\n'x';\nf(gone);";
        let file = sources.add("a.js", text);
        let module = crate::parse(file, &sources, crate::Kind::Script).unwrap();
        let all = flow(&module);
        let names = |set: &BTreeSet<Arc<str>>| set.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let shown: Vec<String> =
            all.iter().map(|it| format!("{}<{}>{:?}", names(&it.makes), names(&it.uses), it.inside)).collect();
        let expected =
            ["gone<Set>None", "gone<gone>None", "f<>None", "<x>Some(2)", "<gone>Some(3)", "<>None", "gone<f gone>None"];
        assert_eq!(shown, expected);
        assert!(all[4].jumps && all[5].empty && all[2].declares_code);
    }

    #[test]
    fn a_variable_of_the_module_that_a_function_writes_is_state() {
        let state = |text: &str| {
            let mut sources = Sources::new();
            let file = sources.add("a.js", text);
            let module = crate::parse(file, &sources, crate::Kind::Script).unwrap();
            let all = flow(&module);
            module_state(&all, &|_| true).map(|it| it.1.to_string())
        };
        assert_eq!(state("let seen = 0;\nfunction handler() { seen += 1; }").as_deref(), Some("seen"));
        assert_eq!(state("const seen = new Map();\nfunction handler(e) { seen.set(e, 1); }").as_deref(), Some("seen"));
        assert_eq!(state("let seen = 0;\nseen = 1;\nfunction handler() { return seen; }"), None);
        assert_eq!(state("var h = {};\nfunction handler(e) { var h = e.headers; h['x'] = 1; }"), None);
        assert_eq!(state("var h = {};\nfunction handler(h) { h['x'] = 1; }"), None);
    }
}
