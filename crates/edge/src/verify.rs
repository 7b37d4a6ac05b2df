//! What must hold of a program: ascending ids, types, boolean guards, disjoint slots, provenance that reaches instances.

use crate::{ExitKind, ExprId, Program, Slot, Ty};

/// A broken invariant, in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault(pub String);

/// Checks a program; empty when all holds.
#[must_use]
pub fn verify(program: &Program) -> Vec<Fault> {
    let mut faults = Vec::new();
    let store = &program.store;
    let mut expect = |what: &str, id: ExprId, ty: Ty| {
        if store.ty(id) != ty {
            faults.push(Fault(format!("{what} has type {:?}, not {ty:?}", store.ty(id))));
        }
    };
    for hook in &program.hooks {
        for exit in &hook.exits {
            expect("exit guard", exit.guard, Ty::Bool);
            match &exit.kind {
                ExitKind::Redirect { status: _, to } => expect("redirect target", *to, Ty::Str),
                ExitKind::Respond { status, body } => {
                    expect("status", *status, Ty::Int);
                    expect("body", *body, Ty::OptStr);
                }
                ExitKind::PlatformError(_) => {}
            }
            for (slot, value) in &exit.also {
                expect("exit header", *value, slot.ty());
            }
        }
        for (slot, arms) in &hook.updates {
            for arm in arms {
                expect("guard", arm.guard, Ty::Bool);
                expect("value", arm.value, slot.ty());
            }
        }
    }
    for hook in &program.hooks {
        if hook.updates.contains_key(&Slot::Query) && hook.updates.keys().any(|it| matches!(it, Slot::Arg(_))) {
            faults.push(Fault(format!("{}: the query and one argument are both written", hook.name)));
        }
    }
    faults
}
