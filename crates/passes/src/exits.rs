//! The law of exits: an exit lands at its place only if every earlier exit that lands behind it excludes it, gives the same answer, or
//! is negated in its guard. Rules of one phase keep the order of the source, so only phases are compared here.

use std::collections::BTreeMap;
use std::ops::Bound;

use edge::{ExitKind, Hook};
use target::phase::Phase;

use crate::disjoint::{Buckets, Literals, disjoint};

/// What an exit needs where it is to land: earlier exits whose guards have to be negated. One list per exit; none for exits of the
/// Worker. `denies`: failures of the legacy platform count, as exits of the Worker.
pub(crate) fn negations(hook: &Hook, literals: &[Literals], phases: &[Option<Phase>], denies: bool) -> Vec<Vec<usize>> {
    let mut all = Vec::with_capacity(hook.exits.len());
    // The exits so far by where they land: only those that land behind are asked for their guards.
    let mut landed: BTreeMap<Phase, Buckets> = BTreeMap::new();
    for (at, exit) in hook.exits.iter().enumerate() {
        let mut needed = Vec::new();
        let own = literals.get(at);
        if let Some(phase) = phases.get(at).copied().flatten() {
            for (_, behind) in landed.range((Bound::Excluded(phase), Bound::Unbounded)) {
                for earlier in own.map(|it| behind.may_meet(it)).unwrap_or_default() {
                    let Some(before) = hook.exits.get(earlier) else { continue };
                    let failure = matches!(before.kind, ExitKind::PlatformError(_));
                    let same = !failure && before.kind == exit.kind && before.also == exit.also;
                    let apart = literals.get(earlier).zip(own).is_some_and(|(a, b)| disjoint(a, b));
                    if !same && !apart {
                        needed.push(earlier);
                    }
                }
            }
            needed.sort_unstable();
        }
        all.push(needed);
        let failure = matches!(exit.kind, ExitKind::PlatformError(_));
        if let Some(own) = own.filter(|_| denies || !failure) {
            let lands = phases.get(at).copied().flatten().unwrap_or(Phase::Worker);
            landed.entry(lands).or_default().add(at, own);
        }
    }
    all
}
