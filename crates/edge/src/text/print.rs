//! From hooks to text.

use std::fmt::Write;

use hashbrown::HashMap;

use super::word;
use crate::{Arm, Exit, ExitKind, ExprId, Hook, Node, Slot, Store, TableId};

/// Nodes of an expression that get a name although they are used once, so that writing a line never nests deeply.
const LONG: u32 = 200;

/// Prints hooks in order.
#[must_use]
pub fn print(store: &Store, hooks: &[Hook]) -> String {
    let mut printer = Printer {
        store,
        uses: HashMap::new(),
        names: HashMap::new(),
        tables: HashMap::new(),
        order: Vec::new(),
        out: String::new(),
    };
    for hook in hooks {
        printer.uses.clear();
        printer.names.clear();
        printer.count(roots(store, hook));
        printer.hook(hook);
    }
    printer.rows();
    printer.out
}

/// Every expression that a hook says something with, in the order of the text.
pub(crate) fn roots(store: &Store, hook: &Hook) -> Vec<ExprId> {
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
    for (_, arms) in in_order(store, hook) {
        all.extend(arms.iter().flat_map(|arm| [arm.guard, arm.value]));
    }
    all
}

/// The updates by slot, those of one family by name: the order says nothing of when a name was met first.
pub(crate) fn in_order<'a>(store: &Store, hook: &'a Hook) -> Vec<(Slot, &'a Vec<Arm>)> {
    let mut all: Vec<(Slot, &Vec<Arm>)> = hook.updates.iter().map(|(slot, arms)| (*slot, arms)).collect();
    let any = all.iter().find_map(|(slot, _)| slot.parts().1);
    let family = |slot: Slot| any.map_or(slot, |it| slot.family(it));
    all.sort_by_cached_key(|(slot, _)| (family(*slot), slot.parts().1.map(|it| store.str(it).clone())));
    all
}

struct Printer<'a> {
    store: &'a Store,
    uses: HashMap<ExprId, u32>,
    names: HashMap<ExprId, usize>,
    tables: HashMap<TableId, usize>,
    /// The tables by number.
    order: Vec<TableId>,
    out: String,
}

impl Printer<'_> {
    fn count(&mut self, mut stack: Vec<ExprId>) {
        while let Some(id) = stack.pop() {
            let uses = self.uses.entry(id).or_insert(0);
            *uses += 1;
            if *uses == 1 {
                self.store.node(id).each_child(&mut |it| stack.push(it));
            }
        }
    }

    fn named(&self, id: ExprId) -> bool {
        let size = self.store.size(id);
        size > LONG || (size > 2 && self.uses.get(&id).copied().unwrap_or(0) > 1)
    }

    /// Writes the definitions that `id` needs and have not been written, innermost first.
    fn define(&mut self, id: ExprId) {
        let mut stack = vec![(id, false)];
        while let Some((id, ready)) = stack.pop() {
            if self.names.contains_key(&id) {
                continue;
            }
            if ready {
                let name = self.names.len() + 1;
                let mut line = format!("  %{name} = ");
                self.head(id, &mut line);
                self.names.insert(id, name);
                self.out.push_str(&line);
                self.out.push('\n');
                continue;
            }
            if self.named(id) {
                stack.push((id, true));
            }
            let first = stack.len();
            self.store.node(id).each_child(&mut |it| stack.push((it, false)));
            if let Some(children) = stack.get_mut(first..) {
                children.reverse();
            }
        }
    }

    fn expr(&mut self, id: ExprId) -> String {
        self.define(id);
        let mut line = String::new();
        self.inline(id, &mut line);
        line
    }

    fn inline(&mut self, id: ExprId, line: &mut String) {
        match self.names.get(&id) {
            Some(name) => {
                let _ = write!(line, "%{name}");
            }
            None => self.head(id, line),
        }
    }

    fn head(&mut self, id: ExprId, line: &mut String) {
        let store = self.store;
        let _ = match store.node(id) {
            Node::Absent => line.write_str(word::ABSENT),
            Node::Bool(value) => line.write_str(if *value { word::TRUE } else { word::FALSE }),
            Node::Int(value) => write!(line, "{value}"),
            Node::Str(text) => write!(line, "{:?}", store.str(*text)),
            Node::Read(field) => match field.name {
                Some(name) => write!(line, "{}({:?})", field.kind.text(), store.str(name)),
                None => line.write_str(field.kind.text()),
            },
            Node::Input(draw) => match draw.parts() {
                (name, Some(at)) => write!(line, "{}({name:?}, {at})", word::INPUT),
                (name, None) => write!(line, "{}({name:?})", word::INPUT),
            },
            Node::Hole(name) => write!(line, "{}({:?})", word::HOLE, store.str(*name)),
            Node::Call(function, args) => {
                line.push_str(function.row().name);
                self.args(args, line);
                Ok(())
            }
            Node::Not(a) => self.form(word::NOT, &[*a], line),
            Node::And(a, b) => self.form(word::AND, &[*a, *b], line),
            Node::Or(a, b) => self.form(word::OR, &[*a, *b], line),
            Node::Ite(c, a, b) => self.form(word::IF, &[*c, *a, *b], line),
            Node::Lookup(table, key) => {
                let number = self.table(*table);
                let _ = write!(line, "{}{number}", word::TABLE);
                self.args(&[*key], line);
                Ok(())
            }
            Node::Code(region, _, part) => write!(line, "{}({:?}, {part})", word::CODE, store.cause(*region).cause),
        };
    }

    fn form(&mut self, name: &str, args: &[ExprId], line: &mut String) -> std::fmt::Result {
        line.push_str(name);
        self.args(args, line);
        Ok(())
    }

    fn args(&mut self, args: &[ExprId], line: &mut String) {
        line.push('(');
        for (at, arg) in args.iter().enumerate() {
            if at > 0 {
                line.push_str(", ");
            }
            self.inline(*arg, line);
        }
        line.push(')');
    }

    fn table(&mut self, id: TableId) -> usize {
        let next = self.order.len();
        let number = *self.tables.entry(id).or_insert(next);
        if number == next {
            self.order.push(id);
        }
        number
    }

    fn slot(&self, slot: Slot) -> String {
        match slot.parts() {
            (name, Some(key)) => format!("{name}({:?})", self.store.str(key)),
            (name, None) => name.to_owned(),
        }
    }

    fn hook(&mut self, hook: &Hook) {
        let name = &hook.name;
        let plain = !name.starts_with('"') && name.trim() == &**name && !name.chars().any(char::is_control);
        let _ = match plain && !name.is_empty() {
            true => writeln!(self.out, "{} {name}", hook.point.text()),
            false => writeln!(self.out, "{} {name:?}", hook.point.text()),
        };
        for exit in &hook.exits {
            let guard = self.expr(exit.guard);
            let what = match &exit.kind {
                ExitKind::Redirect { status, to } => {
                    let to = self.expr(*to);
                    format!("{} {status} {to}", word::REDIRECT)
                }
                ExitKind::Respond { status, body } => {
                    let (status, body) = (self.expr(*status), self.expr(*body));
                    format!("{} {status} {body}", word::RESPOND)
                }
                ExitKind::PlatformError(words) => format!("{} {words:?}", word::PLATFORM_ERROR),
            };
            let mut also = String::new();
            for (slot, value) in &exit.also {
                let value = self.expr(*value);
                let _ = write!(also, " {} := {value}", self.slot(*slot));
            }
            let _ = writeln!(self.out, "  {} {guard} => {what}{also}", word::WHEN);
        }
        for (slot, arms) in in_order(self.store, hook) {
            let slot = self.slot(slot);
            for arm in arms {
                let (guard, value) = (self.expr(arm.guard), self.expr(arm.value));
                let _ = writeln!(self.out, "  {slot} {} {guard} := {value}", word::WHEN);
            }
        }
    }

    fn rows(&mut self) {
        for (number, id) in std::mem::take(&mut self.order).into_iter().enumerate() {
            let _ = writeln!(self.out, "{}{number}", word::TABLE);
            for (key, value) in &self.store.rows(id).rows {
                let _ = writeln!(self.out, "  {key:?} => {value:?}");
            }
        }
    }
}
