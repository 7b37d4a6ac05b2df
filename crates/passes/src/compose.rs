//! `compose`: two hooks of one route, the second running on what the first left, are one hook over the incoming exchange.
//!
//! Afterwards every read of the second hook that the first hook may have written is the value that it wrote. What cannot be said so is
//! code. Exits of the first hook come first; where both write a slot, the second hook's arms stand in front.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use edge::{Arm, Exit, ExitKind, ExprId, Field, FieldKind, Fn, Hook, HookPoint, Node, Region, Slot, Store, Ty};

use crate::placement::Part;

/// Which of two hooks a part of their composition comes from.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Of {
    First,
    Second,
}

/// Two hooks as one.
#[derive(Clone, Debug)]
pub(crate) struct Composed {
    pub(crate) hook: Hook,
    /// Where each part comes from.
    pub(crate) from: BTreeMap<Part, (Of, Part)>,
}

/// The arms of each slot, with what each comes from.
type Chained = BTreeMap<Slot, Vec<(Arm, (Of, Part))>>;

/// The hook that runs `first` and, where it goes on, `second`.
pub(crate) fn compose(store: &mut Store, first: &Hook, second: &Hook) -> Composed {
    let mut after = After { store, first, memo: BTreeMap::new() };
    let runs = after.runs_after(second);
    let mut from = BTreeMap::new();
    for at in 0..first.exits.len() {
        from.insert(Part::Exit(at), (Of::First, Part::Exit(at)));
    }
    let mut exits = first.exits.clone();
    for (at, exit) in second.exits.iter().enumerate() {
        let guard = after.expr(exit.guard);
        let guard = after.store.and(runs, guard);
        let kind = match &exit.kind {
            ExitKind::Redirect { status, to } => ExitKind::Redirect { status: *status, to: after.expr(*to) },
            ExitKind::Respond { status, body } => {
                ExitKind::Respond { status: after.expr(*status), body: after.expr(*body) }
            }
            ExitKind::PlatformError(words) => ExitKind::PlatformError(words.clone()),
        };
        let also = exit.also.iter().map(|(slot, value)| (*slot, after.expr(*value))).collect();
        from.insert(Part::Exit(exits.len()), (Of::Second, Part::Exit(at)));
        exits.push(Exit { guard, kind, also, why: exit.why, span: exit.span });
    }
    // Arms that nothing reaches stay, with a guard that nothing passes: positions are how parts are found again.
    let mut chains = Chained::new();
    for (slot, arms) in &second.updates {
        for (at, arm) in arms.iter().enumerate() {
            let (guard, value) = (after.expr(arm.guard), after.expr(arm.value));
            let guard = after.store.and(runs, guard);
            let arm = Arm { guard, value, why: arm.why, span: arm.span };
            chains.entry(*slot).or_default().push((arm, (Of::Second, Part::Update(*slot, at))));
        }
    }
    for (slot, arms) in &first.updates {
        let arms = arms.iter().enumerate().map(|(at, arm)| (arm.clone(), (Of::First, Part::Update(*slot, at))));
        chains.entry(*slot).or_default().extend(arms);
    }
    after.one_owner(&mut chains);
    let mut updates: BTreeMap<Slot, Vec<Arm>> = BTreeMap::new();
    for (slot, arms) in chains {
        for (at, (arm, part)) in arms.into_iter().enumerate() {
            from.insert(Part::Update(slot, at), part);
            updates.entry(slot).or_default().push(arm);
        }
    }
    let name = Arc::from(format!("{} + {}", first.name, second.name));
    Composed { hook: Hook { name, point: first.point, span: first.span, exits, updates }, from }
}

/// What the second hook sees of the exchange.
struct After<'a> {
    store: &'a mut Store,
    first: &'a Hook,
    memo: BTreeMap<ExprId, ExprId>,
}

impl After<'_> {
    /// Where the second hook runs though the first one goes on: a hook on the client's side of a response does not see errors of the
    /// origin.
    fn runs_after(&mut self, second: &Hook) -> ExprId {
        let skips = self.first.point == HookPoint::OriginResponse && second.point == HookPoint::ClientResponse;
        if !skips {
            return self.store.bool(true);
        }
        // Whether the status that the origin gave or the one that the first hook left decides is not documented.
        if self.first.updates.contains_key(&Slot::Status) {
            return self.code("whether a response hook runs after another one changed the status", Ty::Bool);
        }
        let (status, limit) = (self.store.read(FieldKind::Status, None), self.store.int(400));
        self.store.call(Fn::IntLt, &[status, limit])
    }

    fn code(&mut self, cause: &str, ty: Ty) -> ExprId {
        let region = self.store.region(Region { cause: Arc::from(cause), span: self.first.span });
        self.store.mk(Node::Code(region, ty, 1))
    }

    /// An expression of the second hook over the incoming exchange.
    fn expr(&mut self, root: ExprId) -> ExprId {
        let mut seen = BTreeSet::new();
        let mut stack = vec![root];
        while let Some(id) = stack.pop() {
            if !self.memo.contains_key(&id) && seen.insert(id) {
                stack.extend(self.store.children(id));
            }
        }
        // A child's number is smaller than its parent's.
        for id in seen {
            let new = match self.store.node(id).clone() {
                Node::Read(field) => self.read(id, field),
                Node::Call(function, args) => {
                    let args: Vec<ExprId> = args.iter().map(|it| self.of(*it)).collect();
                    self.store.call(function, &args)
                }
                Node::Not(a) => {
                    let a = self.of(a);
                    self.store.not(a)
                }
                Node::And(a, b) => {
                    let (a, b) = (self.of(a), self.of(b));
                    self.store.and(a, b)
                }
                Node::Or(a, b) => {
                    let (a, b) = (self.of(a), self.of(b));
                    self.store.or(a, b)
                }
                Node::Ite(test, a, b) => {
                    let (test, a, b) = (self.of(test), self.of(a), self.of(b));
                    self.store.ite(test, a, b)
                }
                Node::Lookup(table, key) => {
                    let key = self.of(key);
                    self.store.mk(Node::Lookup(table, key))
                }
                Node::Absent
                | Node::Bool(_)
                | Node::Int(_)
                | Node::Str(_)
                | Node::Input(_)
                | Node::Hole(_)
                | Node::Code(..) => id,
            };
            self.memo.insert(id, new);
        }
        self.of(root)
    }

    fn of(&self, id: ExprId) -> ExprId {
        self.memo.get(&id).copied().unwrap_or(id)
    }

    /// A read, after the first hook.
    fn read(&mut self, id: ExprId, field: Field) -> ExprId {
        let unwritten = "what another hook wrote is read in a form that is not followed";
        let writes = |kind: fn(&Slot) -> bool| self.first.updates.keys().any(kind);
        let named =
            |slot: fn(edge::StrId) -> Slot| field.name.map(slot).filter(|it| self.first.updates.contains_key(it));
        match field.kind {
            FieldKind::Path => self.chain(Slot::Path, id),
            FieldKind::Query if writes(|it| matches!(it, Slot::Arg(_))) => self.code(unwritten, Ty::OptStr),
            FieldKind::Query => self.chain(Slot::Query, id),
            FieldKind::Status => self.chain(Slot::Status, id),
            FieldKind::ArgFirst | FieldKind::ArgAll if writes(|it| *it == Slot::Query) => {
                let ty = self.store.ty(id);
                self.code(unwritten, ty)
            }
            FieldKind::ArgAll => named(Slot::Arg).map_or(id, |slot| self.chain(slot, id)),
            FieldKind::ArgFirst => named(Slot::Arg).map_or(id, |slot| self.first_of(slot, FieldKind::ArgAll, id)),
            FieldKind::HeaderAll | FieldKind::HeaderFirst if self.writes_any_header(field) => {
                let ty = self.store.ty(id);
                self.code(unwritten, ty)
            }
            FieldKind::HeaderAll => named(Slot::Header).map_or(id, |slot| self.chain(slot, id)),
            FieldKind::HeaderFirst => {
                named(Slot::Header).map_or(id, |slot| self.first_of(slot, FieldKind::HeaderAll, id))
            }
            FieldKind::CookieAll | FieldKind::CookieFirst
                if writes(|it| matches!(it, Slot::Cookie(_))) && named(Slot::Cookie).is_none() =>
            {
                // Only a write of every cookie touches this one.
                if self.writes_star(Slot::Cookie) {
                    let ty = self.store.ty(id);
                    self.code(unwritten, ty)
                } else {
                    id
                }
            }
            FieldKind::CookieAll => named(Slot::Cookie).map_or(id, |slot| self.chain(slot, id)),
            FieldKind::CookieFirst => {
                named(Slot::Cookie).map_or(id, |slot| self.first_of(slot, FieldKind::CookieAll, id))
            }
            FieldKind::RespHeaderAll | FieldKind::RespHeaderFirst if self.writes_star(Slot::RespHeader) => {
                let ty = self.store.ty(id);
                self.code(unwritten, ty)
            }
            FieldKind::RespHeaderAll => named(Slot::RespHeader).map_or(id, |slot| self.chain(slot, id)),
            FieldKind::RespHeaderFirst => {
                named(Slot::RespHeader).map_or(id, |slot| self.first_of(slot, FieldKind::RespHeaderAll, id))
            }
            FieldKind::RespCookieAll if self.writes_star(Slot::SetCookie) => self.code(unwritten, Ty::List),
            FieldKind::RespCookieAll => named(Slot::SetCookie).map_or(id, |slot| self.chain(slot, id)),
            FieldKind::Method | FieldKind::Scheme | FieldKind::Host | FieldKind::ClientIp | FieldKind::Visitor => id,
        }
    }

    fn writes_star(&mut self, slot: fn(edge::StrId) -> Slot) -> bool {
        let star = slot(self.store.text("*"));
        self.first.updates.contains_key(&star)
    }

    /// The first hook writes every header; or a cookie, where the header of all cookies is read.
    fn writes_any_header(&mut self, field: Field) -> bool {
        let cookies = self.first.updates.keys().any(|it| matches!(it, Slot::Cookie(_)));
        self.writes_star(Slot::Header) || (cookies && field.name.is_some_and(|it| &**self.store.str(it) == "cookie"))
    }

    /// What a slot holds after the first hook; `base` where it is unchanged.
    fn chain(&mut self, slot: Slot, base: ExprId) -> ExprId {
        let arms: Vec<(ExprId, ExprId)> =
            self.first.updates.get(&slot).into_iter().flatten().map(|it| (it.guard, it.value)).collect();
        arms.into_iter().rev().fold(base, |rest, (guard, value)| self.store.ite(guard, value, rest))
    }

    /// The first line of what a slot holds after the first hook.
    fn first_of(&mut self, slot: Slot, all: FieldKind, base: ExprId) -> ExprId {
        let arms: Vec<(ExprId, ExprId)> =
            self.first.updates.get(&slot).into_iter().flatten().map(|it| (it.guard, it.value)).collect();
        let mut value = base;
        for (guard, list) in arms.into_iter().rev() {
            let first = self.first_line(list, all, base);
            value = self.store.ite(guard, first, value);
        }
        value
    }

    fn first_line(&mut self, list: ExprId, all: FieldKind, base: ExprId) -> ExprId {
        match self.store.node(list).clone() {
            Node::Call(Fn::ListEmpty, _) => self.store.mk(Node::Absent),
            Node::Call(Fn::ListSetFirst, args) => match args.get(1) {
                Some(text) => self.store.call(Fn::Some, &[*text]),
                None => self.store.mk(Node::Absent),
            },
            Node::Call(Fn::ListPush, args) => {
                let (Some(rest), Some(text)) = (args.first(), args.get(1)) else {
                    return self.store.mk(Node::Absent);
                };
                let before = self.first_line(*rest, all, base);
                let some = self.store.call(Fn::Some, &[*text]);
                let there = self.store.call(Fn::Present, &[before]);
                self.store.ite(there, before, some)
            }
            Node::Ite(test, a, b) => {
                let (a, b) = (self.first_line(a, all, base), self.first_line(b, all, base));
                self.store.ite(test, a, b)
            }
            Node::Read(field) if field.kind == all => base,
            Node::Absent
            | Node::Bool(_)
            | Node::Int(_)
            | Node::Str(_)
            | Node::Read(_)
            | Node::Input(_)
            | Node::Hole(_)
            | Node::Call(..)
            | Node::Not(_)
            | Node::And(..)
            | Node::Or(..)
            | Node::Lookup(..)
            | Node::Code(..) => self.code("the lines of a header that another hook wrote", Ty::OptStr),
        }
    }

    /// A query that one hook writes whole and the other by argument has no one owner: both are code.
    fn one_owner(&mut self, chains: &mut Chained) {
        let args: Vec<Slot> = chains.keys().copied().filter(|it| matches!(it, Slot::Arg(_))).collect();
        if args.is_empty() || !chains.contains_key(&Slot::Query) {
            return;
        }
        let value = self.code("a query that two hooks write in different ways", Ty::OptStr);
        let mut arms = Vec::new();
        for slot in args.into_iter().chain([Slot::Query]) {
            let all = chains.remove(&slot).into_iter().flatten();
            arms.extend(all.map(|(arm, from)| (Arm { value, ..arm }, from)));
        }
        chains.insert(Slot::Query, arms);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

    use super::*;

    fn composed(first: &str, second: &str) -> String {
        let text = format!("{first}\n{second}");
        let program = edge::parse(source::Sources::new().add("", text.as_str()), &text).unwrap();
        let mut store = program.store.clone();
        let hook = compose(&mut store, &program.hooks[0], &program.hooks[1]).hook;
        edge::print(&store, &[hook]).trim().to_owned()
    }

    #[test]
    fn the_second_hook_reads_what_the_first_one_wrote() {
        let first = "client_request a\n  path when eq(path, \"/\") := \"/index.html\"\n";
        let second = "origin_request b\n  when eq(path, \"/index.html\") => respond 200 some(\"home\")\n";
        let got = composed(first, second);
        let wanted = "client_request a + b\n  when eq(if(eq(path, \"/\"), \"/index.html\", path), \"/index.html\") => respond 200 some(\"home\")\n  path when eq(path, \"/\") := \"/index.html\"";
        let plain = "client_request a + b\n  %1 = eq(path, \"/\")\n  when eq(if(%1, \"/index.html\", path), \"/index.html\") => respond 200 some(\"home\")\n  path when %1 := \"/index.html\"";
        assert!(got == wanted || got == plain, "{got}");
    }

    #[test]
    fn arms_of_the_second_hook_stand_in_front() {
        let first = "client_request a\n  header(\"x-a\") when true := list.push(list.empty(), \"1\")\n";
        let second = "origin_request b\n  header(\"x-a\") when present(header.first(\"x-a\")) := list.empty()\n";
        let got = composed(first, second);
        assert!(got.contains("header(\"x-a\") when true := list.empty()"), "{got}");
    }

    #[test]
    fn a_client_response_hook_does_not_see_errors_of_the_origin() {
        let first = "origin_response a\n  response.header(\"x-a\") when true := list.push(list.empty(), \"1\")\n";
        let second = "client_response b\n  response.header(\"x-b\") when present(response.header.first(\"x-a\")) := list.push(list.empty(), \"2\")\n";
        let got = composed(first, second);
        assert!(got.contains("response.header(\"x-b\") when int.lt(status, 400)"), "{got}");
    }
}
