//! A query that is written anew from its arguments: a loop over their names that collects `name=value`.
//!
//! What one turn does is shown, not guessed: it runs on a name and values of which nothing is known, once for an argument with one value,
//! with two and with three, and must leave nothing behind but the pieces. Anything else stays a loop over what only the request knows.

use std::sync::Arc;

use edge::{ExprId, FieldKind, Fn, Node, Why};

use crate::Eval;
use crate::exec::undef;
use crate::value::{Family, ObjId, ObjKind, V, Val};

/// An argument of which nothing is known, while a turn of a loop over the names is tried.
#[derive(Clone, Debug)]
pub(crate) struct Trial {
    family: ObjId,
    name: ExprId,
    entry: V,
}

/// What a turn makes of an argument's values.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Takes {
    Every,
    First,
}

/// Where the pieces go.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Into {
    /// They are pushed to this array.
    Array(ObjId),
    /// They are what the turn gives.
    Result,
}

/// One turn as the loop at hand makes it: what it is handed is the name, or the pair of name and entry.
type Turn<'t, 'a> = &'t mut dyn FnMut(&mut Eval<'a>, V) -> V;

/// What is told of one turn: the mark before it, the name and the values, and what it gave.
type Seen<'s, E> = &'s mut dyn FnMut(&mut E, usize, (ExprId, &[ExprId]), &V);

impl<'a> Eval<'a> {
    /// The arguments behind a value: the query itself, or the list of its names or pairs.
    fn arguments(&self, subject: &V) -> Option<(ObjId, bool)> {
        let Val::Obj(id) = subject.val else { return None };
        let (family, pairs) = match self.heap.get(id).kind {
            ObjKind::Family(Family::Query) => (id, false),
            ObjKind::Names(family, pairs) => (family, pairs),
            _ => return None,
        };
        // An argument that was written is not as it came.
        let entries = &self.heap.get(family).base;
        let written = self.written.keys().any(|(it, _)| *it == family || entries.values().any(|entry| entry == it));
        (!written).then_some((family, pairs))
    }

    /// The list of the names of a query, or of its pairs.
    pub(crate) fn names_of(&mut self, object: &V, pairs: bool) -> Option<Val> {
        let (family, _) = self.arguments(object)?;
        Some(Val::Obj(self.heap.alloc(ObjKind::Names(family, pairs))))
    }

    /// How many names there are: the pieces of the query with each name once.
    pub(crate) fn count_of_names(&mut self) -> Val {
        let text = self.rebuilt(Takes::First);
        self.count_of_pieces(text)
    }

    pub(crate) fn count_of_pieces(&mut self, text: ExprId) -> Val {
        let [empty, mark] = ["", "&"].map(|it| self.program.store.string(it));
        let none = self.call_fn(Fn::StrEq, &[text, empty]);
        let (zero, count) = (self.program.store.int(0), self.call_fn(Fn::JsSplitCount, &[text, mark]));
        Val::Sym(self.program.store.ite(none, zero, count))
    }

    fn rebuilt(&mut self, takes: Takes) -> ExprId {
        let query = self.program.store.read(FieldKind::Query, None);
        let empty = self.program.store.string("");
        let text = self.call_fn(Fn::Or, &[query, empty]);
        let function = match takes {
            Takes::Every => Fn::QueryEvery,
            Takes::First => Fn::QueryFirst,
        };
        self.call_fn(function, &[text])
    }

    /// What the name at hand stands for in a trial.
    pub(crate) fn in_trial(&self, object: ObjId, name: ExprId) -> Option<V> {
        let trial = self.trial.as_ref()?;
        (trial.family == object && trial.name == name).then(|| trial.entry.clone())
    }

    /// A loop over the names of a query that collects its pieces, if it is one; the pieces are where it put them, or what it gives.
    pub(crate) fn collects(&mut self, subject: &V, turn: Turn<'_, 'a>) -> Option<V> {
        let (family, pairs) = self.arguments(subject)?;
        let mut found = None;
        // Variables outside of the turn that it writes: what a turn does may not depend on what an earlier one left there.
        let mut locals: Vec<(ObjId, Arc<str>)> = Vec::new();
        while let Some(more) = self.writes_beside(family, pairs, &locals, turn)? {
            locals.push(more);
        }
        for values in 1..=3 {
            let one = self.tried(family, pairs, values, &locals, turn)?;
            // With one value every and the first are the same.
            match found {
                None => found = Some(one),
                Some((into, takes)) if into == one.0 && (takes == one.1 || values == 2) => found = Some(one),
                Some(_) => return None,
            }
        }
        let (into, takes) = found?;
        self.forget(&locals);
        let text = self.rebuilt(takes);
        match into {
            Into::Array(list) => {
                self.heap.write(list, &Arc::from("length"), None);
                self.heap.set_kind(list, ObjKind::Pieces(text));
                Some(undef())
            }
            Into::Result => {
                let pieces = self.heap.alloc(ObjKind::Pieces(text));
                Some(V { val: Val::Obj(pieces), why: subject.why })
            }
        }
    }

    /// A variable that a turn writes and that is none of `locals` yet; outer none: it writes what is no variable and no array.
    #[expect(clippy::option_option, reason = "nothing more to add is not the same as nothing to be found")]
    fn writes_beside(
        &mut self,
        family: ObjId,
        pairs: bool,
        locals: &[(ObjId, Arc<str>)],
        turn: Turn<'_, 'a>,
    ) -> Option<Option<(ObjId, Arc<str>)>> {
        let mut beside = None;
        let (mut known, objects) = (true, self.heap.count());
        self.trying(family, pairs, 2, locals, turn, &mut |eval, mark, _, _| match eval.heap.written_since(mark) {
            Some(cells) => {
                for cell in cells.into_iter().filter(|it| it.0.0 < objects && !locals.contains(it)) {
                    match eval.heap.get(cell.0).kind {
                        ObjKind::Scope(_) => beside = Some(cell),
                        ObjKind::Array => {}
                        _ => known = false,
                    }
                }
            }
            None => known = false,
        });
        known.then_some(beside)
    }

    /// Forgets what variables hold.
    fn forget(&mut self, locals: &[(ObjId, Arc<str>)]) {
        for (scope, name) in locals {
            let val = self.unknown_data("what a loop over arguments left in a variable");
            self.heap.write(*scope, name, Some(V { val, why: Why::NONE }));
        }
    }

    /// One turn on an argument with so many values; nothing of it stays. `seen` is told the mark before it, the name and the values, and
    /// what the turn gave.
    fn trying(
        &mut self,
        family: ObjId,
        pairs: bool,
        values: usize,
        locals: &[(ObjId, Arc<str>)],
        turn: Turn<'_, 'a>,
        seen: Seen<'_, Self>,
    ) -> bool {
        let fresh = |eval: &mut Self, word: &str| {
            let name = eval.program.store.text(&format!("{word} of a trial"));
            eval.program.store.mk(Node::Hole(name))
        };
        let name = fresh(self, "name");
        let values: Vec<ExprId> = (0..values).map(|at| fresh(self, &format!("value {at}"))).collect();
        let before = self.heap.mark();
        let (exits, causes, partial) = (self.exits.len(), self.causes.len(), self.partial);
        let dead: Vec<ExprId> = self.frames.iter().map(|it| it.dead).collect();
        self.forget(locals);
        let mark = self.heap.mark();
        let entry = self.trial_entry(&values);
        let item = if pairs {
            let name = V { val: Val::Sym(name), why: Why::NONE };
            V { val: self.array(vec![name, entry.clone()]), why: Why::NONE }
        } else {
            V { val: Val::Sym(name), why: Why::NONE }
        };
        let outer = self.trial.replace(Trial { family, name, entry });
        let known = self.known.mark();
        let given = turn(self, item);
        self.known.undo(known);
        self.trial = outer;
        seen(self, mark, (name, &values), &given);
        self.heap.rollback(before);
        let clean = self.exits.len() == exits
            && self.partial == partial
            && self.frames.iter().map(|it| it.dead).eq(dead.iter().copied());
        self.exits.truncate(exits);
        self.causes.truncate(causes);
        self.partial = partial;
        for (frame, dead) in self.frames.iter_mut().zip(dead) {
            frame.dead = dead;
        }
        clean
    }

    /// What a turn on an argument with so many values makes of it, and where that goes.
    fn tried(
        &mut self,
        family: ObjId,
        pairs: bool,
        values: usize,
        locals: &[(ObjId, Arc<str>)],
        turn: Turn<'_, 'a>,
    ) -> Option<(Into, Takes)> {
        let objects = self.heap.count();
        let mut found = None;
        let clean = self.trying(family, pairs, values, locals, turn, &mut |eval, mark, (name, values), given| {
            found = eval.made(mark, objects, locals, (name, values), given);
        });
        found.filter(|_| clean)
    }

    fn made(
        &mut self,
        mark: usize,
        objects: usize,
        locals: &[(ObjId, Arc<str>)],
        (name, values): (ExprId, &[ExprId]),
        given: &V,
    ) -> Option<(Into, Takes)> {
        let equals = self.program.store.string("=");
        let all: Vec<Vec<ExprId>> = values.iter().map(|value| vec![name, equals, *value]).collect();
        let (into, pieces) = match self.pushed(mark, objects, locals)? {
            Some((list, pieces)) => (Into::Array(list), pieces),
            None => (Into::Result, self.pieces_of(&given.val)?),
        };
        let takes = if pieces == all {
            Takes::Every
        } else if pieces == all.get(..1)? {
            Takes::First
        } else {
            return None;
        };
        Some((into, takes))
    }

    /// `{value}`, with `multiValue` where there are several.
    fn trial_entry(&mut self, values: &[ExprId]) -> V {
        let plain = |val: Val| V { val, why: Why::NONE };
        let entry = self.heap.alloc(ObjKind::Plain);
        if let Some(first) = values.first() {
            self.heap.init(entry, "value", plain(Val::Sym(*first)));
        }
        if values.len() > 1 {
            let mut all = Vec::new();
            for value in values {
                let one = self.heap.alloc(ObjKind::Plain);
                self.heap.init(one, "value", plain(Val::Sym(*value)));
                all.push(plain(Val::Obj(one)));
            }
            let all = self.array(all);
            self.heap.init(entry, "multiValue", plain(all));
        }
        plain(Val::Obj(entry))
    }

    /// The pieces that were pushed to the one array that a turn wrote, each as its parts; inner none: it wrote nothing. Outer none: it
    /// wrote something else.
    fn pushed(
        &mut self,
        mark: usize,
        objects: usize,
        locals: &[(ObjId, Arc<str>)],
    ) -> Option<Option<(ObjId, Vec<Vec<ExprId>>)>> {
        let mut lists: Vec<ObjId> = Vec::new();
        for cell in self.heap.written_since(mark)? {
            let id = cell.0;
            if id.0 >= objects || lists.contains(&id) || locals.contains(&cell) {
                continue;
            }
            match self.heap.get(id).kind {
                // What a loop declares is of its own turn.
                ObjKind::Array => lists.push(id),
                _ => return None,
            }
        }
        let [list] = lists.as_slice() else { return lists.is_empty().then_some(None) };
        let (list, before) = (*list, self.heap.length_before(mark, *lists.first()?)?);
        // Only what begins empty is the query and nothing else.
        if before != 0 {
            return None;
        }
        let items = self.elements(&V { val: Val::Obj(list), why: Why::NONE })?;
        let pieces: Option<Vec<Vec<ExprId>>> = items.iter().map(|it| self.parts(&it.val)).collect();
        Some(Some((list, pieces?)))
    }

    /// The pieces that a turn gives as one text, with `&` between them.
    fn pieces_of(&mut self, val: &Val) -> Option<Vec<Vec<ExprId>>> {
        let mut pieces = vec![Vec::new()];
        for part in self.parts(val)? {
            if self.program.store.as_str(part).is_some_and(|it| &**it == "&") {
                pieces.push(Vec::new());
            } else {
                pieces.last_mut()?.push(part);
            }
        }
        Some(pieces)
    }

    /// The parts of a text that is put together, constants that stand side by side as one.
    fn parts(&mut self, val: &Val) -> Option<Vec<ExprId>> {
        let root = self.scalar(val)?;
        let (mut stack, mut out) = (vec![root], Vec::new());
        while let Some(at) = stack.pop() {
            match self.program.store.node(at) {
                Node::Call(Fn::Concat, args) => stack.extend(args.iter().rev()),
                _ => out.push(at),
            }
        }
        Some(out)
    }
}
