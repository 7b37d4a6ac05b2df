//! Calls that pick among the origins of a distribution. Origins are not read yet, so no rule says which one that is and the Worker's
//! runtime refuses the call: the code of such a function is refused by name, and no Worker is written that throws.

use std::collections::{BTreeMap, BTreeSet};

use diag::{Diagnostic, codes};
use edge::{ExitKind, ExprId, Hook, Node, Program};
use passes::Reason;
use source::Span;

/// The calls.
const CALLS: [&str; 2] = ["selectRequestOriginById", "createRequestOriginGroup"];

/// Adds the hooks that make such a call to those whose code cannot be written.
pub(crate) fn refuse(program: &Program, refused: &mut BTreeMap<usize, Reason>, findings: &mut Vec<Diagnostic>) {
    for (at, hook) in program.hooks.iter().enumerate() {
        let Some((name, span)) = call_in(program, hook).filter(|_| !refused.contains_key(&at)) else { continue };
        let message = format!("`{name}` picks among the origins of the distribution, which are not read yet");
        findings.push(Diagnostic::new(&codes::ORIGIN_CHOICE_NOT_READ, span, format!("`{}`: {message}", hook.name)));
        refused.insert(at, Reason { code: &codes::ORIGIN_CHOICE_NOT_READ, message });
    }
}

/// The first such call that something of a hook depends on.
fn call_in(program: &Program, hook: &Hook) -> Option<(&'static str, Span)> {
    let mut pending: Vec<ExprId> = hook.updates.values().flatten().flat_map(|it| [it.guard, it.value]).collect();
    for exit in &hook.exits {
        pending.push(exit.guard);
        pending.extend(exit.also.iter().map(|it| it.1));
        match &exit.kind {
            ExitKind::Redirect { status: _, to } => pending.push(*to),
            ExitKind::Respond { status, body } => pending.extend([*status, *body]),
            ExitKind::PlatformError(_) => {}
        }
    }
    let (mut seen, mut found) = (BTreeSet::new(), BTreeSet::new());
    while let Some(id) = pending.pop() {
        if !seen.insert(id) {
            continue;
        }
        if let Node::Code(region, ..) = program.store.node(id) {
            let region = program.store.cause(*region);
            found.extend(CALLS.iter().find(|it| region.cause.contains(**it)).map(|it| (region.span, *it)));
        }
        pending.extend(program.store.children(id));
    }
    found.into_iter().next().map(|(span, name)| (name, span))
}
