//! The text form of hooks. A node used twice and larger than a leaf is a line `%n = …`, numbered by first use, so the text is linear
//! in the shared graph.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::{Exit, ExitKind, ExprId, Hook, Node, Slot, Store};

/// Prints hooks in order.
#[must_use]
pub fn print(store: &Store, hooks: &[Hook]) -> String {
    let mut printer = Printer { store, uses: BTreeMap::new(), names: BTreeMap::new(), out: String::new() };
    for hook in hooks {
        printer.uses.clear();
        printer.names.clear();
        printer.count(&roots(hook));
        printer.hook(hook);
    }
    printer.out
}

fn roots(hook: &Hook) -> Vec<ExprId> {
    let mut all = Vec::new();
    for Exit { guard, kind, also, why: _, span: _ } in &hook.exits {
        all.push(*guard);
        match kind {
            ExitKind::Redirect { status: _, to } => all.push(*to),
            ExitKind::Respond { status, body } => all.extend([*status, *body]),
            ExitKind::PlatformError(_) => {}
        }
        all.extend(also.iter().map(|(_, value)| *value));
    }
    for arm in hook.updates.values().flatten() {
        all.extend([arm.guard, arm.value]);
    }
    all
}

struct Printer<'a> {
    store: &'a Store,
    uses: BTreeMap<ExprId, u32>,
    names: BTreeMap<ExprId, usize>,
    out: String,
}

impl Printer<'_> {
    fn count(&mut self, roots: &[ExprId]) {
        let mut stack = roots.to_vec();
        while let Some(id) = stack.pop() {
            let uses = self.uses.entry(id).or_insert(0);
            *uses += 1;
            if *uses == 1 {
                stack.extend(self.store.children(id));
            }
        }
    }

    fn shared(&self, id: ExprId) -> bool {
        self.store.size(id) > 2 && self.uses.get(&id).copied().unwrap_or(0) > 1
    }

    /// Writes the definitions that `id` needs and have not been written, innermost first.
    fn define(&mut self, id: ExprId) {
        let mut stack = vec![(id, false)];
        while let Some((id, ready)) = stack.pop() {
            if self.names.contains_key(&id) {
                continue;
            }
            if ready {
                let body = self.inline(id, true);
                let name = self.names.len() + 1;
                self.names.insert(id, name);
                let _ = writeln!(self.out, "  %{name} = {body}");
            } else {
                // Deep unshared chains get a name too, so that writing one line never recurses deeply.
                if self.shared(id) || self.store.size(id) > 200 {
                    stack.push((id, true));
                }
                stack.extend(self.store.children(id).into_iter().rev().map(|it| (it, false)));
            }
        }
    }

    fn expr(&mut self, id: ExprId) -> String {
        self.define(id);
        self.inline(id, false)
    }

    fn inline(&self, id: ExprId, definition: bool) -> String {
        if !definition && let Some(name) = self.names.get(&id) {
            return format!("%{name}");
        }
        let sub = |it: &ExprId| self.inline(*it, false);
        match self.store.node(id) {
            Node::Absent => "absent".to_owned(),
            Node::Bool(value) => value.to_string(),
            Node::Int(value) => value.to_string(),
            Node::Str(text) => format!("{:?}", self.store.str(*text)),
            Node::Read(field) => match field.name {
                Some(name) => format!("{}({:?})", field.kind.text(), self.store.str(name)),
                None => field.kind.text().to_owned(),
            },
            Node::Input(draw) => format!("input({draw:?})"),
            Node::Hole(name) => format!("hole({:?})", self.store.str(*name)),
            Node::Call(function, args) => {
                let args: Vec<String> = args.iter().map(sub).collect();
                format!("{}({})", function.row().name, args.join(", "))
            }
            Node::Not(a) => format!("not({})", sub(a)),
            Node::And(a, b) => format!("and({}, {})", sub(a), sub(b)),
            Node::Or(a, b) => format!("or({}, {})", sub(a), sub(b)),
            Node::Ite(c, a, b) => format!("if({}, {}, {})", sub(c), sub(a), sub(b)),
            Node::Lookup(table, key) => {
                format!("table{}({} rows, {})", table.index(), self.store.rows(*table).rows.len(), sub(key))
            }
            Node::Code(region, _, part) => format!("code({:?}, {part})", self.store.cause(*region).cause),
        }
    }

    fn slot(&self, slot: Slot) -> String {
        match slot.parts() {
            (name, Some(key)) => format!("{name}({:?})", self.store.str(key)),
            (name, None) => name.to_owned(),
        }
    }

    fn hook(&mut self, hook: &Hook) {
        let _ = writeln!(self.out, "{} {}", hook.point.text(), hook.name);
        for exit in &hook.exits {
            let guard = self.expr(exit.guard);
            let what = match &exit.kind {
                ExitKind::Redirect { status, to } => {
                    let to = self.expr(*to);
                    format!("redirect {status} {to}")
                }
                ExitKind::Respond { status, body } => {
                    let (status, body) = (self.expr(*status), self.expr(*body));
                    format!("respond {status} {body}")
                }
                ExitKind::PlatformError(words) => format!("platform_error {words:?}"),
            };
            let also: Vec<String> = exit
                .also
                .iter()
                .map(|(slot, value)| {
                    let value = self.expr(*value);
                    format!(" {} := {value}", self.slot(*slot))
                })
                .collect();
            let _ = writeln!(self.out, "  when {guard} => {what}{}", also.concat());
        }
        for (slot, arms) in &hook.updates {
            for arm in arms {
                let (guard, value) = (self.expr(arm.guard), self.expr(arm.value));
                let _ = writeln!(self.out, "  {} when {guard} := {value}", self.slot(*slot));
            }
        }
    }
}
