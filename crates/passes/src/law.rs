//! The verifier of the law of exits, over the final plan and from scratch: for each pair of exits whose order is turned it asks for the
//! reason again. It knows nothing of how the plan was made.

use std::collections::BTreeMap;

use edge::{ExitKind, Hook, Store};
use target::phase::Phase;

use crate::disjoint::{Literals, disjoint, literals};

/// Where an exit landed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Landing {
    /// The exit, by position.
    pub(crate) exit: usize,
    /// The phase; `Worker` for code.
    pub(crate) phase: Phase,
    /// Place of its first rule among the rules of the phase.
    pub(crate) order: usize,
    /// Exits whose negated guards are in its filters.
    pub(crate) negated: Vec<usize>,
}

/// Every broken pair, in words.
pub(crate) fn faults(store: &Store, hook: &Hook, landings: &[Landing]) -> Vec<String> {
    let denies = crate::normalize::denies(hook, store);
    let mut found = Vec::new();
    let of: BTreeMap<usize, &Landing> = landings.iter().rev().map(|it| (it.exit, it)).collect();
    let read: Vec<Literals> = hook.exits.iter().map(|it| literals(store, it.guard)).collect();
    // The order in which they run, failures of the legacy platform last where they count at all.
    let place = |at: usize, failure: bool| match of.get(&at) {
        Some(it) => Some((it.phase, it.order)),
        None => (!failure || denies).then_some((Phase::Worker, usize::MAX)),
    };
    for later in landings.iter().filter(|it| it.phase != Phase::Worker) {
        let Some((exit, own)) = hook.exits.get(later.exit).zip(read.get(later.exit)) else {
            found.push(format!("there is no exit {}", later.exit));
            continue;
        };
        for ((at, earlier), guard) in hook.exits.iter().enumerate().zip(&read).take(later.exit) {
            let failure = matches!(earlier.kind, ExitKind::PlatformError(_));
            if place(at, failure).is_none_or(|it| it <= (later.phase, later.order)) {
                continue;
            }
            let excused = later.negated.contains(&at)
                || (!failure && earlier.kind == exit.kind && earlier.also == exit.also)
                || disjoint(guard, own);
            if !excused {
                found.push(format!("exit {} of `{}` overtakes exit {at}", later.exit, hook.name));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use edge::{Exit, FieldKind, Fn, HookPoint, Node, Why};
    use source::{Sources, Span};
    use std::sync::Arc;

    fn hook(store: &mut Store) -> Hook {
        let mut sources = Sources::new();
        let span = Span::new(sources.add("edge.js", "x"), 0, 1);
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
        Hook { name: Arc::from("h"), point: HookPoint::ClientRequest, span, exits, updates: BTreeMap::new() }
    }

    fn landing(exit: usize, phase: Phase, negated: &[usize]) -> Landing {
        Landing { exit, phase, order: exit, negated: negated.to_vec() }
    }

    #[test]
    fn mutants_of_a_lawful_plan_are_caught() {
        let mut store = Store::new();
        let hook = hook(&mut store);
        let block = landing(0, Phase::WafCustom, &[]);
        let lawful = [block.clone(), landing(1, Phase::DynamicRedirect, &[0])];
        assert_eq!(faults(&store, &hook, &lawful), Vec::<String>::new());
        let dropped = [block.clone(), landing(1, Phase::DynamicRedirect, &[])];
        assert_eq!(faults(&store, &hook, &dropped).len(), 1);
        let behind = [block, landing(1, Phase::BulkRedirect, &[])];
        assert_eq!(faults(&store, &hook, &behind), Vec::<String>::new());
        let code = [landing(0, Phase::Worker, &[]), landing(1, Phase::BulkRedirect, &[])];
        assert_eq!(faults(&store, &hook, &code).len(), 1);
        let mut swapped = hook;
        swapped.exits.reverse();
        let one_phase = [
            Landing { order: 1, ..landing(0, Phase::DynamicRedirect, &[]) },
            Landing { order: 0, ..landing(1, Phase::DynamicRedirect, &[]) },
        ];
        assert_eq!(faults(&store, &swapped, &one_phase).len(), 1);
    }
}
