//! The law of exits: an exit lands at its place only if every earlier exit that lands behind it excludes it, gives the same answer, or
//! is negated in its guard. Rules of one phase keep the order of the source, so only phases are compared here.

use edge::{ExitKind, Hook};
use target::phase::Phase;

use crate::disjoint::{Literals, disjoint};

/// What an exit needs where it is to land: earlier exits whose guards have to be negated. One list per exit; none for exits of the
/// Worker. `denies`: failures of the legacy platform count, as exits of the Worker.
pub(crate) fn negations(hook: &Hook, literals: &[Literals], phases: &[Option<Phase>], denies: bool) -> Vec<Vec<usize>> {
    let mut all = Vec::with_capacity(hook.exits.len());
    for (at, exit) in hook.exits.iter().enumerate() {
        let mut needed = Vec::new();
        if let Some(phase) = phases.get(at).copied().flatten() {
            for (earlier, before) in hook.exits.iter().enumerate().take(at) {
                let failure = matches!(before.kind, ExitKind::PlatformError(_));
                let lands = phases.get(earlier).copied().flatten().unwrap_or(Phase::Worker);
                let same = !failure && before.kind == exit.kind && before.also == exit.also;
                if (failure && !denies) || lands <= phase || same {
                    continue;
                }
                let apart = literals.get(earlier).zip(literals.get(at)).is_some_and(|(a, b)| disjoint(a, b));
                if !apart {
                    needed.push(earlier);
                }
            }
        }
        all.push(needed);
    }
    all
}
