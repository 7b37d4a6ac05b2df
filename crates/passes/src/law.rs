//! The verifier of the law of exits, over the final plan and from scratch: for each pair of exits whose order is turned it asks for the
//! reason again. It knows nothing of how the plan was made.

use edge::{ExitKind, Hook, Store};
use target::phase::Phase;

use crate::disjoint::{disjoint, literals};

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
    for later in landings.iter().filter(|it| it.phase != Phase::Worker) {
        let Some(exit) = hook.exits.get(later.exit) else {
            found.push(format!("there is no exit {}", later.exit));
            continue;
        };
        for (at, earlier) in hook.exits.iter().enumerate().take(later.exit) {
            let failure = matches!(earlier.kind, ExitKind::PlatformError(_));
            let landing = landings.iter().find(|it| it.exit == at);
            let behind = match landing {
                Some(it) => (it.phase, it.order) > (later.phase, later.order),
                None => !failure || denies,
            };
            let excused = later.negated.contains(&at)
                || (!failure && earlier.kind == exit.kind && earlier.also == exit.also)
                || disjoint(&literals(store, earlier.guard), &literals(store, exit.guard));
            if behind && !excused {
                found.push(format!("exit {} of `{}` overtakes exit {at}", later.exit, hook.name));
            }
        }
    }
    found
}
