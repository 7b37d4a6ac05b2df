//! Moving expressions between stores: several evaluations become one program in the order of the source, and what no behavior uses
//! is dropped. Equal programs become equal stores.

use std::collections::{BTreeMap, BTreeSet};

use hashbrown::HashMap;

use crate::text::in_order;
use crate::{
    Arm, Exit, ExitKind, ExprId, Field, Gathered, Hook, Node, Program, RegionId, Slot, Store, StrId, TableId, Why, text,
};

impl Program {
    /// Takes over a program that was made from the same ledger: its expressions and its provenance. Evaluations that ran side by side
    /// are absorbed in the order of the source, so the result does not depend on which one was done first.
    pub fn absorb(&mut self, other: &Program) -> Moved {
        let why = self.ledger.why.absorb(&other.ledger.why);
        Moved { why: Some(why), ..self.store.absorb(&other.store) }
    }
}

/// Where what one program holds is in another one.
#[derive(Clone, Debug, Default)]
pub struct Moved {
    exprs: HashMap<ExprId, ExprId>,
    strs: HashMap<StrId, StrId>,
    tables: HashMap<TableId, TableId>,
    regions: HashMap<RegionId, RegionId>,
    /// None: provenance stays as it is.
    why: Option<Gathered<Why>>,
}

impl Moved {
    /// The expression in the new store; one that was not moved stays as it is.
    #[must_use]
    pub fn expr(&self, id: ExprId) -> ExprId {
        self.exprs.get(&id).copied().unwrap_or(id)
    }

    /// The slot in the new store.
    #[must_use]
    pub fn slot(&self, slot: Slot) -> Slot {
        slot.rekeyed(|it| self.strs.get(&it).copied().unwrap_or(it))
    }

    /// The hook in the new program.
    #[must_use]
    pub fn hook(&self, hook: &Hook) -> Hook {
        let Hook { name, point, span, exits, updates } = hook;
        let why = |why: Why| self.why.as_ref().map_or(why, |it| it.of(why).copied().unwrap_or(Why::NONE));
        let exits = exits
            .iter()
            .map(|Exit { guard, kind, also, why: of, span }| Exit {
                guard: self.expr(*guard),
                kind: match kind {
                    ExitKind::Redirect { status, to } => ExitKind::Redirect { status: *status, to: self.expr(*to) },
                    ExitKind::Respond { status, body } => {
                        ExitKind::Respond { status: self.expr(*status), body: self.expr(*body) }
                    }
                    ExitKind::PlatformError(words) => ExitKind::PlatformError(words.clone()),
                },
                also: also.iter().map(|(slot, value)| (self.slot(*slot), self.expr(*value))).collect(),
                why: why(*of),
                span: *span,
            })
            .collect();
        let mut moved: BTreeMap<Slot, Vec<Arm>> = BTreeMap::new();
        for (slot, arms) in updates {
            let arms = arms.iter().map(|Arm { guard, value, why: of, span }| Arm {
                span: *span,
                guard: self.expr(*guard),
                value: self.expr(*value),
                why: why(*of),
            });
            moved.insert(self.slot(*slot), arms.collect());
        }
        Hook { name: name.clone(), point: *point, span: *span, exits, updates: moved }
    }
}

impl Store {
    /// Takes over everything another store holds, in its order.
    pub fn absorb(&mut self, other: &Store) -> Moved {
        let mut moved = Moved::default();
        for id in other.text_ids() {
            moved.strs.insert(id, self.text(other.str(id)));
        }
        for id in other.ids() {
            self.take(other, id, &mut moved);
        }
        moved
    }

    /// Takes over one expression whose children were taken.
    fn take(&mut self, other: &Store, id: ExprId, moved: &mut Moved) {
        let node = match other.node(id).clone() {
            it @ (Node::Absent | Node::Bool(_) | Node::Int(_) | Node::Input(_)) => it,
            Node::Str(it) => Node::Str(self.take_text(other, it, moved)),
            Node::Hole(it) => Node::Hole(self.take_text(other, it, moved)),
            Node::Read(Field { kind, name }) => {
                let name = name.map(|it| self.take_text(other, it, moved));
                Node::Read(Field { kind, name })
            }
            Node::Call(function, args) => Node::Call(function, args.iter().map(|it| moved.expr(*it)).collect()),
            Node::Not(a) => Node::Not(moved.expr(a)),
            Node::And(a, b) => Node::And(moved.expr(a), moved.expr(b)),
            Node::Or(a, b) => Node::Or(moved.expr(a), moved.expr(b)),
            Node::Ite(c, a, b) => Node::Ite(moved.expr(c), moved.expr(a), moved.expr(b)),
            Node::Lookup(table, key) => {
                let table = *moved.tables.entry(table).or_insert_with(|| self.share(other.shared(table)));
                Node::Lookup(table, moved.expr(key))
            }
            Node::Code(region, ty, part) => {
                let region = *moved.regions.entry(region).or_insert_with(|| self.region(other.cause(region).clone()));
                Node::Code(region, ty, part)
            }
        };
        let id_here = self.mk(node);
        moved.exprs.insert(id, id_here);
    }

    fn take_text(&mut self, other: &Store, id: StrId, moved: &mut Moved) -> StrId {
        *moved.strs.entry(id).or_insert_with(|| self.text(other.str(id)))
    }
}

/// The program with a store that holds what its behaviors use, numbered by first use.
#[must_use]
pub fn compact(program: Program) -> Program {
    let Program { store: old, hooks, ledger } = program;
    let (mut store, mut moved) = (Store::new(), Moved::default());
    // Slots are ordered by the numbers of their names: taken first and in order, they stay so.
    let slots = hooks.iter().flat_map(|hook| in_order(&old, hook)).map(|it| it.0);
    let also = hooks.iter().flat_map(|hook| &hook.exits).flat_map(|exit| exit.also.iter().map(|it| it.0));
    let names: BTreeSet<StrId> = slots.chain(also).filter_map(|it| it.parts().1).collect();
    let mut names: Vec<StrId> = names.into_iter().collect();
    names.sort_by_key(|it| old.str(*it).clone());
    for name in names {
        store.take_text(&old, name, &mut moved);
    }
    for hook in &hooks {
        let mut open: Vec<(ExprId, bool)> = text::roots(&old, hook).into_iter().rev().map(|it| (it, false)).collect();
        while let Some((id, ready)) = open.pop() {
            if moved.exprs.contains_key(&id) {
                continue;
            }
            if ready {
                store.take(&old, id, &mut moved);
                continue;
            }
            open.push((id, true));
            let first = open.len();
            old.node(id).each_child(&mut |it| open.push((it, false)));
            if let Some(children) = open.get_mut(first..) {
                children.reverse();
            }
        }
    }
    let hooks = hooks.iter().map(|it| moved.hook(it)).collect();
    Program { store, hooks, ledger }
}
