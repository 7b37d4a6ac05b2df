//! The law of exits, from the edge program and the final rules alone.
//!
//! Where an exit's rules stand before the place of an earlier exit of the source, no request may pass both, unless both give the same
//! answer. Nothing is asked of how the plan was made: the emitted filters are read again, and the guards of the program.

use std::collections::BTreeMap;

use edge::{Exit, ExitKind, Hook, Program};
use target::phase::Phase;
use target::ruleset::{BulkList, Rule};

use crate::formula::{Answer, Formula, Formulas, Found};

/// Where one exit landed.
#[derive(Clone, Debug)]
pub struct Landed<'a> {
    /// The hook, by position.
    pub hook: usize,
    /// The exit, by position.
    pub exit: usize,
    /// Its rules with phase and position in the phase; none: the exit is code.
    pub rules: Vec<(Phase, usize, &'a Rule)>,
}

/// A broken pair.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault {
    /// The hook.
    pub hook: usize,
    /// The exit that comes too early.
    pub exit: usize,
    /// The exit that it overtakes.
    pub overtakes: usize,
    /// A request on which both want to answer, where one was found.
    pub request: Option<Found>,
}

/// The place of an exit: of its first rule to be met, and of its last.
fn place(landed: Option<&&Landed<'_>>) -> ((Phase, usize), (Phase, usize)) {
    let code = (Phase::Worker, usize::MAX);
    let places = landed.into_iter().flat_map(|it| it.rules.iter().map(|(phase, at, _)| (*phase, *at)));
    let (mut first, mut last) = (None, None);
    for it in places {
        first = Some(first.map_or(it, |first: (Phase, usize)| first.min(it)));
        last = Some(last.map_or(it, |last: (Phase, usize)| last.max(it)));
    }
    (first.unwrap_or(code), last.unwrap_or(code))
}

/// Whether the hook denies or authenticates: then failures of the legacy platform are answers that nothing overtakes.
fn denies(program: &Program, hook: &Hook) -> bool {
    hook.exits.iter().any(|it| match &it.kind {
        ExitKind::Respond { status, body: _ } => {
            program.store.as_int(*status).is_none_or(|it| matches!(it, 401 | 403 | 407))
        }
        ExitKind::Redirect { .. } | ExitKind::PlatformError(_) => false,
    })
}

fn same_answer(a: &Exit, b: &Exit) -> bool {
    !matches!(a.kind, ExitKind::PlatformError(_)) && a.kind == b.kind && a.also == b.also
}

/// Every broken pair. `landed` has an entry for each exit that became rules; exits without one are code.
#[must_use]
pub fn law(program: &Program, landed: &[Landed<'_>], lists: &[BulkList]) -> Vec<Fault> {
    let by_exit: BTreeMap<(usize, usize), &Landed<'_>> = landed.iter().map(|it| ((it.hook, it.exit), it)).collect();
    let mut formulas = Formulas::default();
    let mut faults = Vec::new();
    for (hook_at, hook) in program.hooks.iter().enumerate() {
        if hook.point.of_response() {
            continue;
        }
        let denying = denies(program, hook);
        // Earlier exits by the place of their last rule, so that only overtaken ones are looked at.
        let mut earlier: BTreeMap<((Phase, usize), usize), ()> = BTreeMap::new();
        let mut guards: BTreeMap<usize, Formula> = BTreeMap::new();
        for (at, exit) in hook.exits.iter().enumerate() {
            let here = by_exit.get(&(hook_at, at));
            let (first, last) = place(here);
            if first.0 != Phase::Worker {
                let overtaken: Vec<usize> = earlier.range((first, 0)..).map(|((_, it), ())| *it).collect();
                for before in overtaken {
                    let Some(other) = hook.exits.get(before) else { continue };
                    if same_answer(other, exit) {
                        continue;
                    }
                    let guard =
                        guards.entry(before).or_insert_with(|| formulas.condition(&program.store, other.guard)).clone();
                    let behind = place(by_exit.get(&(hook_at, before))).1;
                    let early = here.map(|it| it.rules.as_slice()).unwrap_or_default();
                    for (_, _, rule) in early.iter().filter(|(phase, at, _)| (*phase, *at) < behind) {
                        let filter = formulas.filter(&rule.expression, lists);
                        let both = formulas.all([filter, guard.clone()]);
                        let request = match meets(&mut formulas, program, hook, both, before) {
                            Answer::Never => continue,
                            Answer::Sometimes(found, _) => Some(found),
                            Answer::Unknown => None,
                        };
                        faults.push(Fault { hook: hook_at, exit: at, overtakes: before, request });
                        break;
                    }
                }
            }
            if !matches!(exit.kind, ExitKind::PlatformError(_)) || denying {
                earlier.insert((last, at), ());
            }
        }
    }
    faults
}

/// Whether a request passes both where it takes the overtaken exit, which it does only behind the exits before that one.
fn meets(formulas: &mut Formulas, program: &Program, hook: &Hook, both: Formula, overtaken: usize) -> Answer {
    match formulas.ask(&both) {
        Answer::Never => Answer::Never,
        it @ (Answer::Sometimes(..) | Answer::Unknown) => {
            let before = hook.exits.iter().take(overtaken.min(64));
            let guards: Vec<Formula> = before.map(|it| formulas.condition(&program.store, it.guard)).collect();
            let mut parts = vec![both];
            for guard in guards {
                parts.push(formulas.not(guard));
            }
            let taken = formulas.all(parts);
            match formulas.ask(&taken) {
                Answer::Unknown => it,
                found @ (Answer::Never | Answer::Sometimes(..)) => found,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::indexing_slicing, reason = "tests")]

    use super::*;
    use edge::{FieldKind, Fn, HookPoint, Node, Store, Why};
    use source::{Sources, Span};
    use std::sync::Arc;
    use target::lang::{Expr, parse};
    use target::ruleset::{Action, Value};

    /// A block on `.php`, then a redirect of `/old/…`.
    fn program() -> Program {
        let mut program = Program::default();
        let mut sources = Sources::new();
        let span = Span::new(sources.add("edge.js", "x"), 0, 1);
        let store: &mut Store = &mut program.store;
        let path = store.read(FieldKind::Path, None);
        let mut on = |function, text: &str| {
            let text = store.string(text);
            store.call(function, &[path, text])
        };
        let (blocked, old) = (on(Fn::EndsWith, ".php"), on(Fn::StartsWith, "/old/"));
        let (status, body, to) = (store.int(403), store.mk(Node::Absent), store.string("https://a.example/"));
        let exit = |guard, kind| Exit { guard, kind, also: Vec::new(), why: Why::NONE, span };
        let exits =
            vec![exit(blocked, ExitKind::Respond { status, body }), exit(old, ExitKind::Redirect { status: 301, to })];
        let updates = BTreeMap::new();
        program.hooks.push(Hook { name: Arc::from("h"), point: HookPoint::ClientRequest, span, exits, updates });
        program
    }

    fn rule(expression: &str) -> Rule {
        Rule {
            reference: "r".into(),
            description: String::new(),
            expression: parse(expression).unwrap_or(Expr::Bool(true)),
            action: Action::Redirect {
                target: Value::Static("https://a.example/".into()),
                status: 301,
                preserve_query: false,
            },
            enabled: true,
        }
    }

    fn faults(block: Option<(Phase, usize)>, redirect: (Phase, usize), filter: &str) -> Vec<Fault> {
        let (deny, redirects) = (rule(r#"ends_with(http.request.uri.path, ".php")"#), rule(filter));
        let mut landed = vec![Landed { hook: 0, exit: 1, rules: vec![(redirect.0, redirect.1, &redirects)] }];
        landed.extend(block.map(|(phase, at)| Landed { hook: 0, exit: 0, rules: vec![(phase, at, &deny)] }));
        law(&program(), &landed, &[])
    }

    const OLD: &str = r#"starts_with(http.request.uri.path, "/old/")"#;

    #[test]
    fn an_overtaken_block_needs_an_excuse() {
        let block = Some((Phase::WafCustom, 0));
        let plain = faults(block, (Phase::DynamicRedirect, 0), OLD);
        let path =
            plain.first().and_then(|it| it.request.as_ref()).and_then(|it| it.values().next().cloned().flatten());
        assert_eq!(path.as_deref(), Some("/old/.php"));
        let negated = format!(r#"{OLD} and not ends_with(http.request.uri.path, ".php")"#);
        assert_eq!(faults(block, (Phase::DynamicRedirect, 0), &negated), Vec::new());
        let apart = r#"http.request.uri.path in {"/old/a" "/old/b"}"#;
        assert_eq!(faults(block, (Phase::DynamicRedirect, 0), apart), Vec::new());
        assert_eq!(faults(block, (Phase::BulkRedirect, 0), OLD), Vec::new());
        assert_eq!(faults(None, (Phase::BulkRedirect, 0), OLD).len(), 1);
    }

    #[test]
    fn order_inside_of_one_phase_counts() {
        let block = Some((Phase::DynamicRedirect, 1));
        assert_eq!(faults(block, (Phase::DynamicRedirect, 0), OLD).len(), 1);
        assert_eq!(faults(Some((Phase::DynamicRedirect, 0)), (Phase::DynamicRedirect, 1), OLD), Vec::new());
    }

    #[test]
    fn an_answer_that_asks_for_the_opposite_may_stand_ahead() {
        let mut program = program();
        let store = &mut program.store;
        let (path, old) = (store.read(FieldKind::Path, None), store.string("/old"));
        let (here, header) = (store.call(Fn::StrEq, &[path, old]), store.read(FieldKind::HeaderFirst, Some("x-list")));
        let listed = store.call(Fn::Present, &[header]);
        let without = store.not(listed);
        let (first, second) = (store.and(here, listed), store.and(here, without));
        let hook = &mut program.hooks[0];
        (hook.exits[0].guard, hook.exits[1].guard) = (first, second);
        let ahead = |filter: &str| {
            let rule = rule(filter);
            let landed = [Landed { hook: 0, exit: 1, rules: vec![(Phase::DynamicRedirect, 0, &rule)] }];
            law(&program, &landed, &[]).len()
        };
        let here = r#"http.request.uri.path eq "/old""#;
        assert_eq!(ahead(&format!(r#"{here} and not len(http.request.headers["x-list"][0]) ge 0"#)), 0);
        assert_eq!(ahead(here), 1);
        assert_eq!(ahead(&format!(r#"{here} and not http.request.headers["x-list"][0] eq "a""#)), 1);
    }
}
