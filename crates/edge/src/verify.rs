//! What must hold of a program: a store in normal form, types, guards that can decide something, slots that do not overlap, and
//! provenance that reaches instances. Linear, so that it runs after every step that makes a program.

use std::collections::BTreeSet;

use hashbrown::HashSet;

use crate::text::in_order;
use crate::{Arm, Exit, ExitKind, ExprId, Field, Hook, Instance, Ledger, Node, Program, Slot, Store, Ty, Why};

/// A broken invariant, in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fault(pub String);

/// Most faults that are named; where one thing is broken, what builds on it is too.
const MOST: usize = 20;

/// Checks a program; empty when all holds.
#[must_use]
pub fn verify(program: &Program) -> Vec<Fault> {
    let mut faults = Faults(Vec::new());
    // Everything else looks things up by number, so broken numbers end the check.
    if numbers(program, &mut faults) {
        types(&program.store, &mut faults);
        normal_form(&program.store, &mut faults);
        for hook in &program.hooks {
            exits(&program.store, hook, &mut faults);
            updates(&program.store, hook, &mut faults);
            slots(&program.store, hook, &mut faults);
        }
        provenance(program, &mut faults);
    }
    faults.0
}

struct Faults(Vec<Fault>);

impl Faults {
    fn say(&mut self, words: impl FnOnce() -> String) {
        if self.0.len() < MOST {
            self.0.push(Fault(words()));
        }
    }

    fn unless(&mut self, holds: bool, words: impl FnOnce() -> String) {
        if !holds {
            self.say(words);
        }
    }

    fn ty(&mut self, store: &Store, id: ExprId, ty: Ty, what: &dyn std::fmt::Display) {
        let is = store.ty(id);
        self.unless(is == ty, || format!("{what} has type {is:?}, not {ty:?}"));
    }
}

/// Every number names something of this program, and a child has a smaller one than its parent.
fn numbers(program: &Program, faults: &mut Faults) -> bool {
    let Program { store, hooks, ledger } = program;
    for id in store.ids() {
        let node = store.node(id);
        node.each_child(&mut |child| {
            faults.unless(child < id, || {
                format!("expression {} uses {}, which is not in front of it", at(id), at(child))
            });
        });
        let known = match node {
            Node::Str(text) | Node::Hole(text) => store.has_text(*text),
            Node::Read(Field { kind: _, name }) => name.is_none_or(|it| store.has_text(it)),
            Node::Lookup(table, _) => store.has_table(*table),
            Node::Code(region, ..) => store.has_region(*region),
            Node::Absent
            | Node::Bool(_)
            | Node::Int(_)
            | Node::Input(_)
            | Node::Call(..)
            | Node::Not(_)
            | Node::And(..)
            | Node::Or(..)
            | Node::Ite(..) => true,
        };
        faults.unless(known, || format!("expression {} names a text, table or region of another store", at(id)));
    }
    for hook in hooks {
        let name = &hook.name;
        let mut check = |id: ExprId| {
            faults.unless(id.index() < store.len(), || format!("{name}: expression {} is of another store", at(id)));
        };
        for Exit { guard, kind, also, why: _, span: _ } in &hook.exits {
            check(*guard);
            match kind {
                ExitKind::Redirect { status: _, to } => check(*to),
                ExitKind::Respond { status, body } => [*status, *body].into_iter().for_each(&mut check),
                ExitKind::PlatformError(_) => {}
            }
            also.iter().for_each(|it| check(it.1));
        }
        for Arm { guard, value, why: _, span: _ } in hook.updates.values().flatten() {
            [*guard, *value].into_iter().for_each(&mut check);
        }
        let also = hook.exits.iter().flat_map(|it| it.also.iter().map(|it| it.0));
        for slot in hook.updates.keys().copied().chain(also) {
            let known = slot.parts().1.is_none_or(|it| store.has_text(it));
            faults.unless(known, || format!("{name}: a slot has a name of another store"));
        }
    }
    let Ledger { constructs, instances, why: _ } = ledger;
    for Instance { construct, context, direct: _ } in instances {
        let known = (construct.0 as usize) < constructs.len();
        faults.unless(known, || format!("an instance in {context} has no construct"));
    }
    faults.0.is_empty()
}

fn at(id: ExprId) -> usize {
    id.index()
}

/// Arguments have the types of their function's row, conditions are Bool, both sides of an `if` are of one type.
fn types(store: &Store, faults: &mut Faults) {
    for id in store.ids() {
        let in_node = |what: &str| format!("{what} in expression {}", at(id));
        match store.node(id) {
            Node::Call(function, args) => {
                let row = function.row();
                faults.unless(args.len() == row.args.len(), || {
                    format!("`{}` has {} arguments in expression {}", row.name, args.len(), at(id))
                });
                for (arg, ty) in args.iter().zip(row.args) {
                    faults.ty(
                        store,
                        *arg,
                        *ty,
                        &format_args!("an argument of `{}` in expression {}", row.name, at(id)),
                    );
                }
            }
            Node::Not(a) => faults.ty(store, *a, Ty::Bool, &in_node("`not`")),
            Node::And(a, b) | Node::Or(a, b) => {
                for it in [a, b] {
                    faults.ty(store, *it, Ty::Bool, &in_node("a condition"));
                }
            }
            Node::Ite(c, a, b) => {
                faults.ty(store, *c, Ty::Bool, &in_node("`if`"));
                faults.ty(store, *b, store.ty(*a), &in_node("the other side of `if`"));
            }
            Node::Lookup(_, key) => faults.ty(store, *key, Ty::Str, &in_node("a key")),
            Node::Read(Field { kind, name }) => faults.unless(kind.keyed() == name.is_some(), || {
                format!("`{}` is read {} a name", kind.text(), if name.is_some() { "with" } else { "without" })
            }),
            Node::Code(region, ..) => {
                faults.unless(!store.cause(*region).cause.is_empty(), || in_node("code without a cause"))
            }
            Node::Hole(name) => faults.unless(!store.str(*name).is_empty(), || in_node("a hole without a name")),
            Node::Absent | Node::Bool(_) | Node::Int(_) | Node::Str(_) | Node::Input(_) => {}
        }
    }
}

/// Making every node again gives the same numbers: nothing is there twice, and nothing is there that folds.
fn normal_form(store: &Store, faults: &mut Faults) {
    let mut again = store.without_nodes();
    for id in store.ids() {
        let made = again.mk(store.node(id).clone());
        if made != id || again.len() != at(id) + 1 {
            faults.say(|| format!("expression {} is {} in normal form", at(id), at(made)));
            return;
        }
        let same = again.ty(id) == store.ty(id)
            && again.size(id) == store.size(id)
            && again.has_code(id) == store.has_code(id);
        faults.unless(same, || format!("type or size of expression {} is not what was noted", at(id)));
    }
}

/// Guards are Bool and can hold, answers have their types and headers, and nothing stands behind an exit that is always taken.
fn exits(store: &Store, hook: &Hook, faults: &mut Faults) {
    let name = &hook.name;
    let mut over = false;
    for Exit { guard, kind, also, why: _, span: _ } in &hook.exits {
        faults.ty(store, *guard, Ty::Bool, &format_args!("{name}: the guard of an exit"));
        faults.unless(!over, || format!("{name}: an exit behind one that is always taken"));
        faults.unless(!store.is(*guard, false), || format!("{name}: an exit that is never taken"));
        over |= store.is(*guard, true);
        match kind {
            ExitKind::Redirect { status, to } => {
                let redirects = matches!(status, 301 | 302 | 303 | 307 | 308);
                faults.unless(redirects, || format!("{name}: a redirect with the status {status}"));
                faults.ty(store, *to, Ty::Str, &format_args!("{name}: the target of a redirect"));
            }
            ExitKind::Respond { status, body } => {
                faults.ty(store, *status, Ty::Int, &format_args!("{name}: the status of an answer"));
                faults.ty(store, *body, Ty::OptStr, &format_args!("{name}: the body of an answer"));
            }
            ExitKind::PlatformError(words) => {
                faults.unless(also.is_empty(), || format!("{name}: a failure of the platform carries headers"));
                faults.unless(!words.is_empty(), || format!("{name}: a failure of the platform says nothing"));
            }
        }
        let mut seen = BTreeSet::new();
        for (slot, value) in also {
            let (part, _) = slot.parts();
            faults.ty(store, *value, slot.ty(), &format_args!("{name}: `{part}` of an answer"));
            let carried = matches!(slot, Slot::RespHeader(_) | Slot::SetCookie(_));
            faults.unless(carried, || format!("{name}: an answer writes `{part}`"));
            faults.unless(seen.insert(*slot), || format!("{name}: an answer writes one `{part}` twice"));
        }
    }
}

/// Values have the types of their slots, and no arm stands behind one that always wins.
fn updates(store: &Store, hook: &Hook, faults: &mut Faults) {
    let name = &hook.name;
    for (slot, arms) in in_order(store, hook) {
        let (part, _) = slot.parts();
        faults.unless(!arms.is_empty(), || format!("{name}: `{part}` is written by no arm"));
        let mut over = false;
        for Arm { guard, value, why: _, span: _ } in arms {
            faults.ty(store, *guard, Ty::Bool, &format_args!("{name}: the guard of `{part}`"));
            faults.ty(store, *value, slot.ty(), &format_args!("{name}: `{part}`"));
            faults.unless(!over, || format!("{name}: an arm of `{part}` behind one that always wins"));
            faults.unless(!store.is(*guard, false), || format!("{name}: an arm of `{part}` that never wins"));
            over |= store.is(*guard, true);
        }
    }
}

/// One owner for each part of the exchange, and no part that the point of the hook cannot reach.
fn slots(store: &Store, hook: &Hook, faults: &mut Faults) {
    let name = &hook.name;
    let mut whole_query = false;
    for slot in hook.updates.keys() {
        let (part, key) = slot.parts();
        let key = key.map_or("", |it| store.str(it));
        let owner = match slot {
            Slot::Header(_) if key.eq_ignore_ascii_case("host") => Some("the origin's Host header"),
            Slot::Header(_) if key.eq_ignore_ascii_case("cookie") => Some("the cookies"),
            Slot::RespHeader(_) if key.eq_ignore_ascii_case("set-cookie") => Some("the response's cookies"),
            Slot::Arg(_) if whole_query => Some("the whole query"),
            Slot::Path
            | Slot::Query
            | Slot::Arg(_)
            | Slot::Header(_)
            | Slot::Cookie(_)
            | Slot::OriginHost
            | Slot::OriginHostHeader
            | Slot::OriginPort
            | Slot::Status
            | Slot::RespHeader(_)
            | Slot::SetCookie(_)
            | Slot::Body => None,
        };
        faults
            .unless(owner.is_none(), || format!("{name}: `{part}` {key:?} is owned by {}", owner.unwrap_or_default()));
        whole_query |= *slot == Slot::Query;
        let of_response = match slot {
            Slot::Status | Slot::RespHeader(_) | Slot::SetCookie(_) | Slot::Body => true,
            Slot::Path
            | Slot::Query
            | Slot::Arg(_)
            | Slot::Header(_)
            | Slot::Cookie(_)
            | Slot::OriginHost
            | Slot::OriginHostHeader
            | Slot::OriginPort => false,
        };
        faults.unless(of_response == hook.point.of_response(), || {
            format!("{name}: a {} hook writes `{part}`", hook.point.text())
        });
    }
}

/// Where anything is registered, every behavior reaches an instance, and no set holds one that is not there.
fn provenance(program: &Program, faults: &mut Faults) {
    let Program { store: _, hooks, ledger } = program;
    if ledger.instances.is_empty() {
        return;
    }
    let reached = ledger.why.gather(|it| (it.0 as usize) < ledger.instances.len(), |a: &bool, b: &bool| *a || *b);
    let mut unknown = HashSet::new();
    let mut check = |name: &str, what: &str, why: Why| {
        let holds = reached.of(why).copied().unwrap_or(false);
        faults.unless(holds || !unknown.insert(why), || format!("{name}: {what} comes from no construct"));
    };
    for hook in hooks {
        hook.exits.iter().for_each(|it| check(&hook.name, "an exit", it.why));
        hook.updates.values().flatten().for_each(|it| check(&hook.name, "an arm", it.why));
    }
}

#[cfg(test)]
mod tests;
