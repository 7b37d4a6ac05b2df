//! Findings of a placement: one per reason and statement, what a reviewer of denials has to know, and what is not reproduced.

use std::collections::BTreeSet;

use edge::{ExitKind, Hook, Place, Store};

use crate::normalize::{fails, keeps_failures};
use crate::{Behavior, Fidelity, Part};

/// The findings of all behaviors, and of the failures that are none.
pub(crate) fn of_behaviors(store: &Store, hooks: &[Hook], behaviors: &[Behavior]) -> Vec<diag::Diagnostic> {
    let mut found = Vec::new();
    let mut said = BTreeSet::new();
    for it in behaviors {
        let mut say = |code: &'static diag::Code, message: String| {
            if said.insert((code.id, it.span, message.clone())) {
                found.push(diag::Diagnostic::new(code, it.span, message));
            }
        };
        for reason in &it.reasons {
            say(reason.code, format!("{}: {}", it.summary, reason.message));
        }
        for class in &it.held_back_by {
            say(&diag::codes::APPROXIMATE_CLASS_AVAILABLE, format!("{}: accepting `{class}` would help", it.summary));
        }
        let exit = match it.part {
            Part::Exit(n) => hooks.get(it.hook).and_then(|hook| hook.exits.get(n)),
            Part::Update(..) => None,
        };
        let Some(ExitKind::Respond { status, body: _ }) = exit.map(|it| &it.kind) else { continue };
        if !matches!(store.as_int(*status), Some(401 | 403 | 407)) {
            continue;
        }
        if it.verdict == Place::Worker {
            say(&diag::codes::SECURITY_CONTROL_IN_CODE, format!("{}: the check stays code", it.summary));
        }
        let harmless = |note: &str| matches!(note, "domain-facts" | "block-page" | "legacy-failures");
        match &it.fidelity {
            Fidelity::Assumed(notes) if !notes.iter().all(|it| harmless(it)) => {
                say(&diag::codes::SECURITY_NOT_SHOWN_EQUAL, format!("{}: rests on {}", it.summary, notes.join(", ")));
            }
            Fidelity::Approximate(classes) => {
                say(
                    &diag::codes::SECURITY_NOT_SHOWN_EQUAL,
                    format!("{}: close up to {}", it.summary, classes.join(", ")),
                );
            }
            Fidelity::Exact | Fidelity::Assumed(_) => {}
        }
    }
    for (at, hook) in hooks.iter().enumerate() {
        if fails(hook, store) && !keeps_failures(hook, store) {
            found.extend(failures(at, hook, store, behaviors));
        }
    }
    found
}

/// One note for a hook in which the legacy platform may fail and goes on otherwise.
fn failures(at: usize, hook: &Hook, store: &Store, behaviors: &[Behavior]) -> Option<diag::Diagnostic> {
    let all = || {
        let failing = |it: &&edge::Exit| matches!(it.kind, ExitKind::PlatformError(_)) && !store.is(it.guard, false);
        hook.exits.iter().filter(failing)
    };
    let code = behaviors.iter().any(|it| it.hook == at && it.verdict == Place::Worker);
    let rules = behaviors.iter().any(|it| it.hook == at && it.verdict == Place::Rule);
    let what = match (code, rules) {
        (true, false) => "where the Worker runs its code, it fails as well",
        (true, true) => "where the Worker runs its code, it fails as well; its rules do not",
        (false, _) => "the new edge does not reproduce that",
    };
    let message = format!("`{}` fails on some requests ({} places); {what}", hook.name, all().count());
    Some(diag::Diagnostic::new(&diag::codes::LEGACY_FAILURE_EXIT, all().next()?.span, message))
}
