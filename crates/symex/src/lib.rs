//! Symbolic evaluation of the script core into guarded effects.
//!
//! Concrete values are computed; unknown ones become expressions of the edge program; an unknown condition runs both sides on one
//! journaled heap and merges the cells they wrote. What is not understood becomes `Code` with its first cause and spreads exactly as
//! far as the data flows.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a kind of value that an operation does not know is code, and that must stay so for kinds added later"
)]

mod assume;
mod builtins;
mod call;
mod classes;
mod collections;
mod constants;
mod exec;
mod expr;
mod groups;
mod host;
mod modules;
mod operators;
mod queries;
mod strings;
mod value;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use diag::Diagnostic;
use edge::{ExprId, Fn, HookPoint, InstanceId, Node, Program, Region, RegionId, Ty, Why};
use script::{Function as Code, Module};
use source::Span;

use assume::Known;
pub use host::{Forwarded, Host, Names};
use value::{FuncId, Heap, ObjId, ObjKind, V, Val, Written};

/// Steps after which evaluation of one function gives up.
const STEPS: u32 = 2_000_000;
/// Turns of loops after which evaluation of one function gives up: an endless loop must not fill the memory.
const TURNS: u32 = 20_000;
/// Exits of one statement that become one; more would make a condition larger than a rule holds.
const MERGED: usize = 32;
/// Calls inside calls after which evaluation gives up.
const DEPTH: usize = 120;

/// A function to evaluate.
pub struct Function<'a> {
    /// Its name, for people.
    pub name: Arc<str>,
    /// The module that holds the handler.
    pub entry: &'a Module,
    /// Every module of the repository that may be imported, by path.
    pub modules: &'a BTreeMap<Arc<str>, Module>,
    /// The path of a specifier, from the path of its importer.
    pub resolve: &'a dyn std::ops::Fn(&str, &str) -> Option<Arc<str>>,
    /// What it runs on.
    pub host: Host,
    /// The name of the handler: of a function at the top level for CloudFront Functions, of an export for Lambda@Edge.
    pub handler: &'a str,
    /// What of the visitor's request reaches a hook that runs on a miss; none: all that it reads, which is assumed.
    pub forwarded: Option<&'a Forwarded>,
    /// Which kind of origin its behavior has, `custom` or `s3`, where that is known.
    pub origin: Option<&'static str>,
    /// When it runs; none: inferred from what it reads.
    pub point: Option<HookPoint>,
    /// The ledger instance of each statement.
    pub instances: &'a HashMap<Span, InstanceId>,
}

/// What came of an evaluation.
pub struct Evaluated {
    /// The hook.
    pub hook: edge::Hook,
    /// What was not understood and something of the hook depends on.
    pub diagnostics: Vec<Diagnostic>,
    /// Something was not followed: statements that did not run here may run all the same.
    pub partial: bool,
    /// The point was inferred, not given.
    pub inferred_point: bool,
    /// Statements that were run.
    pub executed: BTreeSet<Span>,
    /// The entry has the handler.
    pub has_handler: bool,
    /// Built-ins and host functions that were called, by dotted name.
    pub called: BTreeSet<Arc<str>>,
}

/// A closure.
#[derive(Clone)]
pub(crate) struct Closure {
    pub(crate) code: Arc<Code>,
    pub(crate) scope: ObjId,
    pub(crate) this: Option<V>,
    pub(crate) why: Why,
}

/// One level that an abrupt completion can end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Level {
    Handler,
    Function,
    Try,
    /// A body whose `finally` runs before anything that completes it goes on.
    Finally,
    Loop,
    Body,
    Labeled,
}

/// How a level was left.
#[derive(Clone)]
pub(crate) enum Completion {
    Return(V),
    /// The thrown value, and words for people.
    Throw(V, Arc<str>),
    /// `break` (false) or `continue` (true), to a label or to the innermost loop.
    Jump(Option<Arc<str>>, bool),
}

pub(crate) struct Frame {
    pub(crate) level: Level,
    /// Condition, relative to the branch at hand, under which it has completed.
    pub(crate) dead: ExprId,
    /// What completes a `Function`, a `Try` or a `Finally`, under conditions relative to its beginning; first match wins.
    pub(crate) results: Vec<(ExprId, Completion)>,
    pub(crate) label: Option<Arc<str>>,
    /// The branch conditions outside of it since the next level with results; none in a level without.
    pub(crate) path_before: ExprId,
}

pub(crate) struct Eval<'a> {
    pub(crate) program: &'a mut Program,
    pub(crate) function: &'a Function<'a>,
    pub(crate) heap: Heap,
    pub(crate) closures: Vec<Closure>,
    pub(crate) classes: Vec<Arc<script::Class>>,
    pub(crate) frames: Vec<Frame>,
    /// Conjunction of the branch conditions outside of the innermost function or `try`.
    pub(crate) base: ExprId,
    /// Conjunction of the branch conditions since then.
    pub(crate) path: ExprId,
    /// Constructs of the branch conditions on the way here.
    pub(crate) path_why: Why,
    pub(crate) known: Known,
    /// Not yet continued: false where an earlier `return request` ended the hook.
    pub(crate) alive: ExprId,
    pub(crate) exits: Vec<edge::Exit>,
    pub(crate) updates: BTreeMap<edge::Slot, Vec<edge::Arm>>,
    /// What was not understood; told where something of the hook depends on it.
    pub(crate) causes: Vec<(RegionId, Diagnostic)>,
    pub(crate) executed: BTreeSet<Span>,
    pub(crate) point: HookPoint,
    pub(crate) event: ObjId,
    pub(crate) request: ObjId,
    pub(crate) response: ObjId,
    pub(crate) global: ObjId,
    /// The object that holds request and response.
    pub(crate) exchange: ObjId,
    /// The argument of which nothing is known, while a loop over arguments is tried.
    pub(crate) trial: Option<queries::Trial>,
    /// The handler gives a promise whatever it returns.
    pub(crate) handler_is_async: bool,
    /// The parts of the origin as they came.
    pub(crate) origin_parts: Vec<(ObjId, &'static str, Val)>,
    /// Where a callback was already handed a result, while the function runs on.
    pub(crate) answered: ExprId,
    /// What takes back all that was understood: the one exit of the hook.
    pub(crate) overruled: Option<edge::Exit>,
    pub(crate) modules: BTreeMap<Arc<str>, ObjId>,
    /// Families copied by `{...request.headers}`, and what they were copied from.
    pub(crate) copies: BTreeMap<ObjId, ObjId>,
    /// Where properties of the exchange were last written.
    pub(crate) written: HashMap<(ObjId, Arc<str>), Span>,
    /// The next call of a closure is awaited where it stands.
    pub(crate) awaited: bool,
    pub(crate) steps: u32,
    pub(crate) turns: u32,
    pub(crate) partial: bool,
    pub(crate) parts: u32,
    /// Unknown values that are plain data: nothing in them is code of the source, so calling their methods runs none of it.
    pub(crate) data: BTreeSet<u32>,
    pub(crate) span: Span,
    pub(crate) depth: usize,
    pub(crate) reads_response: bool,
    /// Writes that the platform forbids.
    pub(crate) forbidden: Vec<Diagnostic>,
    /// Names of the built-ins and host functions that were called.
    pub(crate) called: BTreeSet<Arc<str>>,
}

/// Evaluates a function into a hook of `program`'s store. Where no point is given, a function that reads `event.response` runs on the
/// response.
pub fn evaluate(program: &mut Program, function: &Function<'_>) -> Evaluated {
    if let Some(point) = function.point {
        return evaluate_at(program, function, point).0;
    }
    let (of_request, of_response) = match function.host {
        Host::CloudFrontFunctions => (HookPoint::ClientRequest, HookPoint::ClientResponse),
        // The hooks that may do the most: a read of the origin, a status that is set.
        Host::LambdaEdge => (HookPoint::OriginRequest, HookPoint::OriginResponse),
    };
    let (mut first, reads_response) = evaluate_at(program, function, of_request);
    if reads_response {
        first = evaluate_at(program, function, of_response).0;
    }
    first.inferred_point = true;
    first
}

fn evaluate_at(program: &mut Program, function: &Function<'_>, point: HookPoint) -> (Evaluated, bool) {
    let mut heap = Heap::default();
    let global = heap.alloc(ObjKind::Scope(None));
    let event = heap.alloc(ObjKind::Plain);
    let request = heap.alloc(ObjKind::Request);
    let response = heap.alloc(ObjKind::Response);
    let (yes, no) = (program.store.bool(true), program.store.bool(false));
    let span = function.entry.body.first().map_or(Span::new(function.entry.file, 0, 0), |it| it.span);
    let mut eval = Eval {
        program,
        function,
        heap,
        closures: Vec::new(),
        classes: Vec::new(),
        frames: vec![Frame { level: Level::Handler, dead: no, results: Vec::new(), label: None, path_before: yes }],
        base: yes,
        path: yes,
        path_why: Why::NONE,
        known: Known::default(),
        alive: yes,
        exits: Vec::new(),
        updates: BTreeMap::new(),
        causes: Vec::new(),
        executed: BTreeSet::new(),
        point,
        event,
        request,
        response,
        global,
        exchange: event,
        handler_is_async: false,
        trial: None,
        origin_parts: Vec::new(),
        answered: no,
        overruled: None,
        modules: BTreeMap::new(),
        copies: BTreeMap::new(),
        written: HashMap::new(),
        awaited: false,
        steps: 0,
        turns: 0,
        partial: false,
        parts: 0,
        data: BTreeSet::new(),
        span,
        depth: 0,
        reads_response: false,
        forbidden: Vec::new(),
        called: BTreeSet::new(),
    };
    eval.make_event();
    let has_handler = eval.run();
    let Eval {
        overruled, mut exits, mut updates, causes, executed, reads_response, partial, forbidden, called, ..
    } = eval;
    if let Some(exit) = overruled {
        exits = vec![exit];
        updates.clear();
    }
    let exits = merged(program, exits);
    let hook = edge::Hook { name: function.name.clone(), point, span, exits, updates };
    let mut diagnostics = told(&program.store, &hook, causes);
    diagnostics.extend(forbidden);
    (Evaluated { hook, diagnostics, partial, inferred_point: false, executed, has_handler, called }, reads_response)
}

/// Exits of one statement that answer alike, as the turns of a loop make them, are one exit.
fn merged(program: &mut Program, exits: Vec<edge::Exit>) -> Vec<edge::Exit> {
    let mut out: Vec<edge::Exit> = Vec::new();
    let mut of_last = 0;
    for exit in exits {
        match out.last_mut() {
            Some(last)
                if last.span == exit.span && last.kind == exit.kind && last.also == exit.also && of_last < MERGED =>
            {
                last.guard = either(&mut program.store, last.guard, exit.guard);
                last.why = program.ledger.why.union(last.why, exit.why);
                of_last += 1;
            }
            _ => {
                out.push(exit);
                of_last = 1;
            }
        }
    }
    out
}

/// `a or b`, with what both need written once, and without "not a" inside of `b`.
fn either(store: &mut edge::Store, a: ExprId, b: ExprId) -> ExprId {
    let (of_a, of_b) = (conjuncts(store, a), conjuncts(store, b));
    let (both, rest): (Vec<ExprId>, Vec<ExprId>) = of_a.into_iter().partition(|it| of_b.contains(it));
    let all = |store: &mut edge::Store, list: &[ExprId]| {
        let yes = store.bool(true);
        list.iter().fold(yes, |all, it| store.and(all, *it))
    };
    let left = all(store, &rest);
    let not = store.not(left);
    let without: Vec<ExprId> = of_b.into_iter().filter(|it| !both.contains(it) && *it != not).collect();
    let right = all(store, &without);
    let either = store.or(left, right);
    let both = all(store, &both);
    store.and(both, either)
}

/// The parts of a conjunction; of a large one, only itself.
fn conjuncts(store: &edge::Store, id: ExprId) -> Vec<ExprId> {
    let (mut stack, mut out) = (vec![id], Vec::new());
    while let Some(at) = stack.pop() {
        match *store.node(at) {
            Node::And(a, b) => stack.extend([b, a]),
            _ => out.push(at),
        }
        if stack.len() + out.len() > MERGED {
            return vec![id];
        }
    }
    out
}

/// The causes that something of the hook depends on, each once.
fn told(store: &edge::Store, hook: &edge::Hook, causes: Vec<(RegionId, Diagnostic)>) -> Vec<Diagnostic> {
    let mut stack: Vec<ExprId> = hook.updates.values().flatten().flat_map(|arm| [arm.guard, arm.value]).collect();
    for exit in &hook.exits {
        stack.push(exit.guard);
        match &exit.kind {
            edge::ExitKind::Redirect { status: _, to } => stack.push(*to),
            edge::ExitKind::Respond { status, body } => stack.extend([*status, *body]),
            edge::ExitKind::PlatformError(_) => {}
        }
        stack.extend(exit.also.iter().map(|(_, value)| *value));
    }
    let (mut seen, mut regions) = (BTreeSet::new(), BTreeSet::new());
    while let Some(id) = stack.pop() {
        if seen.insert(id) {
            if let Node::Code(region, _, _) = store.node(id) {
                regions.insert(*region);
            }
            stack.extend(store.children(id));
        }
    }
    causes.into_iter().filter(|(region, _)| regions.remove(region)).map(|(_, told)| told).collect()
}

impl Eval<'_> {
    fn run(&mut self) -> bool {
        let scope = self.module_scope(self.function.entry);
        let handler = match self.function.host {
            Host::CloudFrontFunctions => self.lookup(scope, self.function.handler),
            Host::LambdaEdge => self.exported_handler(scope),
        };
        let Some(V { val: Val::Func(id), why }) = handler else { return false };
        self.path_why = why;
        if self.halted() {
            return true;
        }
        let event = V { val: Val::Obj(self.event), why: Why::NONE };
        self.run_handler(id, event);
        true
    }

    pub(crate) fn yes(&mut self) -> ExprId {
        self.program.store.bool(true)
    }

    pub(crate) fn no(&mut self) -> ExprId {
        self.program.store.bool(false)
    }

    pub(crate) fn call_fn(&mut self, function: Fn, args: &[ExprId]) -> ExprId {
        self.program.store.call(function, args)
    }

    /// Nothing more runs here.
    pub(crate) fn halted(&self) -> bool {
        self.frames.iter().any(|it| self.program.store.is(it.dead, true))
    }

    /// Where, inside the branch at hand, statements still run: no level that a write can be undone by has completed.
    pub(crate) fn live(&mut self) -> ExprId {
        let mut live = self.yes();
        let deads: Vec<ExprId> = self.frames.iter().filter(|it| it.level != Level::Handler).map(|it| it.dead).collect();
        for dead in deads {
            // Not simplified by what is known: that it is not dead is known here, and is just what a write must still say.
            let not = self.program.store.not(dead);
            live = self.program.store.and(live, not);
        }
        live
    }

    /// The condition under which the statement at hand runs, given that no earlier exit was taken.
    pub(crate) fn here(&mut self) -> ExprId {
        let live = self.live();
        let path = self.program.store.and(self.base, self.path);
        self.program.store.and(path, live)
    }

    /// Completes every level from the innermost down to `level`, under `when`.
    pub(crate) fn kill(&mut self, level: usize, when: ExprId) {
        for at in level..self.frames.len() {
            if let Some(frame) = self.frames.get(at) {
                let dead = self.program.store.or(frame.dead, when);
                if let Some(frame) = self.frames.get_mut(at) {
                    frame.dead = dead;
                }
            }
        }
        let not = self.program.store.not(when);
        self.assume(not);
    }

    pub(crate) fn unknown(&mut self, cause: impl Into<Arc<str>>) -> Val {
        self.unknown_as(&diag::codes::NOT_UNDERSTOOD, cause.into())
    }

    fn unknown_as(&mut self, code: &'static diag::Code, cause: Arc<str>) -> Val {
        let span = self.span;
        let region = self.program.store.region(Region { cause: cause.clone(), span });
        self.parts += 1;
        let told = Diagnostic::new(code, span, format!("not understood: {cause}"));
        self.causes.push((region, told));
        Val::Unknown(region, self.parts)
    }

    /// What is not understood but can hold no function of the source.
    pub(crate) fn unknown_data(&mut self, cause: impl Into<Arc<str>>) -> Val {
        let val = self.unknown(cause);
        self.data.insert(self.parts);
        val
    }

    pub(crate) fn code(&mut self, val: &Val, ty: Ty) -> ExprId {
        let (region, part) = match val {
            Val::Unknown(region, part) => (*region, *part),
            _ => match self.unknown("a value of another kind than the platform takes") {
                Val::Unknown(region, part) => (region, part),
                _ => return self.no(),
            },
        };
        self.program.store.mk(Node::Code(region, ty, part))
    }

    /// The code from here on decides: the rest of this path is not followed.
    pub(crate) fn give_up(&mut self, cause: impl Into<Arc<str>>) {
        self.give_up_as(&diag::codes::NOT_UNDERSTOOD, cause);
    }

    /// The same with the finding that says why.
    pub(crate) fn give_up_as(&mut self, code: &'static diag::Code, cause: impl Into<Arc<str>>) {
        if self.halted() {
            return;
        }
        self.partial = true;
        let unknown = self.unknown_as(code, cause.into());
        let guard = self.guard();
        let status = self.code(&unknown, Ty::Int);
        let body = self.code(&unknown, Ty::OptStr);
        let why = self.here_why(Why::NONE);
        self.exits.push(edge::Exit {
            guard,
            kind: edge::ExitKind::Respond { status, body },
            also: Vec::new(),
            why,
            span: self.span,
        });
        let live = self.live();
        self.kill(0, live);
    }

    /// What was understood so far may not be what happens: the whole hook is code.
    pub(crate) fn overrule(&mut self, cause: &str) {
        if self.overruled.is_some() {
            return;
        }
        self.partial = true;
        let unknown = self.unknown(cause);
        let guard = self.yes();
        let status = self.code(&unknown, Ty::Int);
        let body = self.code(&unknown, Ty::OptStr);
        let mut why = self.here_why(Why::NONE);
        let all: Vec<Why> = self.exits.iter().map(|it| it.why).collect();
        for it in all {
            why = self.union(why, it);
        }
        let kind = edge::ExitKind::Respond { status, body };
        self.overruled = Some(edge::Exit { guard, kind, also: Vec::new(), why, span: self.span });
    }

    /// Guard of an exit or arm made here.
    pub(crate) fn guard(&mut self) -> ExprId {
        let here = self.here();
        self.program.store.and(self.alive, here)
    }

    pub(crate) fn here_why(&mut self, value: Why) -> Why {
        let stmt = self.statement_why(self.span);
        let set = &mut self.program.ledger.why;
        let why = set.union(self.path_why, value);
        set.union(why, stmt)
    }

    pub(crate) fn statement_why(&mut self, span: Span) -> Why {
        match self.function.instances.get(&span) {
            Some(instance) => self.program.ledger.why.one(*instance),
            None => Why::NONE,
        }
    }

    pub(crate) fn union(&mut self, a: Why, b: Why) -> Why {
        self.program.ledger.why.union(a, b)
    }

    pub(crate) fn fuel(&mut self) -> bool {
        self.steps += 1;
        if self.steps == STEPS {
            self.give_up_as(&diag::codes::FUEL_EXHAUSTED, "the evaluation ran out of steps");
        }
        self.steps < STEPS
    }

    /// Pays for a text that was made, so that texts that grow run out of steps long before memory.
    pub(crate) fn charge(&mut self, bytes: usize) {
        let steps = u32::try_from(bytes / 32).unwrap_or(STEPS);
        self.steps = self.steps.max(self.steps.saturating_add(steps).min(STEPS - 1));
    }

    /// Runs two sides of a condition and merges what they wrote.
    pub(crate) fn branch(
        &mut self,
        cond: &V,
        then: &mut dyn FnMut(&mut Self) -> V,
        other: &mut dyn FnMut(&mut Self) -> V,
    ) -> V {
        let test = self.truth(&cond.val);
        match self.decide(test) {
            Some(true) => return self.with_why(cond.why, then),
            Some(false) => return self.with_why(cond.why, other),
            None => {}
        }
        // Both sides run, and what they leave is merged in every open level: a tree of branches must not outlast the steps.
        self.charge(32 * (100 + 8 * self.frames.len()));
        let deads: Vec<ExprId> = self.frames.iter().map(|it| it.dead).collect();
        let (a, written_a, dead_a) = self.side(test, cond.why, then);
        self.restore(&deads);
        let not = self.program.store.not(test);
        // The else side is no positive test: the condition is not among its reasons.
        let (b, written_b, dead_b) = self.side(not, cond.why, other);
        // Only where the hook itself is over do the writes of a side not matter: a loop or function left early keeps them.
        let ended = |eval: &Self, deads: &[ExprId]| deads.first().is_some_and(|it| eval.program.store.is(*it, true));
        let (a_ended, b_ended) = (ended(self, &dead_a), ended(self, &dead_b));
        self.merge_heap(test, cond.why, &written_a, &written_b, a_ended, b_ended);
        for (at, (x, y)) in dead_a.iter().zip(&dead_b).enumerate() {
            let dead = self.program.store.ite(test, *x, *y);
            if let Some(frame) = self.frames.get_mut(at) {
                frame.dead = dead;
            }
        }
        self.assume_alive();
        if a_ended {
            return b;
        }
        if b_ended {
            return a;
        }
        let why = self.union(a.why, b.why);
        let why = self.union(why, cond.why);
        V { val: self.merge(test, a.val, b.val), why }
    }

    fn with_why(&mut self, why: Why, run: &mut dyn FnMut(&mut Self) -> V) -> V {
        let before = self.path_why;
        self.path_why = self.union(before, why);
        let value = run(self);
        self.path_why = before;
        value
    }

    fn restore(&mut self, deads: &[ExprId]) {
        for (frame, dead) in self.frames.iter_mut().zip(deads) {
            frame.dead = *dead;
        }
    }

    fn side(&mut self, test: ExprId, why: Why, run: &mut dyn FnMut(&mut Self) -> V) -> (V, Written, Vec<ExprId>) {
        let mark = self.heap.mark();
        let known = self.known.mark();
        let (path, path_why) = (self.path, self.path_why);
        self.path = self.program.store.and(path, test);
        self.path_why = self.union(path_why, why);
        self.assume(test);
        let value = run(self);
        self.path = path;
        self.path_why = path_why;
        self.known.undo(known);
        let written = self.heap.rollback(mark);
        (value, written, self.frames.iter().map(|it| it.dead).collect())
    }

    fn merge_heap(&mut self, test: ExprId, why: Why, a: &Written, b: &Written, a_ended: bool, b_ended: bool) {
        let keys: BTreeSet<&(ObjId, Arc<str>)> = a.props.keys().chain(b.props.keys()).collect();
        let mut order: Vec<&(ObjId, Arc<str>)> =
            a.props.keys().chain(b.props.keys().filter(|it| !a.props.contains_key(*it))).collect();
        order.retain(|it| keys.contains(*it));
        for key in order {
            let (id, name) = key;
            let old = self.heap.get(*id).props.get(name).cloned();
            let left = a.props.get(key).cloned().unwrap_or_else(|| old.clone());
            let right = b.props.get(key).cloned().unwrap_or_else(|| old.clone());
            let value = if a_ended {
                right
            } else if b_ended || left == right {
                left
            } else {
                let undef = V { val: Val::Undef, why: Why::NONE };
                let (left, right) = (left.unwrap_or_else(|| undef.clone()), right.unwrap_or(undef));
                let both = self.union(left.why, right.why);
                let both = self.union(both, why);
                Some(V { val: self.merge(test, left.val, right.val), why: both })
            };
            if value != old {
                self.heap.write(*id, name, value);
            }
        }
        let kinds: Vec<ObjId> =
            a.kinds.keys().chain(b.kinds.keys().filter(|it| !a.kinds.contains_key(*it))).copied().collect();
        for id in kinds {
            let old = self.heap.get(id).kind.clone();
            let left = if a_ended { None } else { Some(a.kinds.get(&id).unwrap_or(&old)) };
            let right = if b_ended { None } else { Some(b.kinds.get(&id).unwrap_or(&old)) };
            let kind = match (left, right) {
                (Some(kind @ ObjKind::Opaque(_)), _) | (_, Some(kind @ ObjKind::Opaque(_))) => kind.clone(),
                (Some(kind), Some(other)) if kind != other => {
                    match self.unknown("an object that was changed on one way only") {
                        Val::Unknown(region, _) => ObjKind::Opaque(region),
                        _ => continue,
                    }
                }
                (Some(kind), _) | (None, Some(kind)) => kind.clone(),
                (None, None) => continue,
            };
            self.heap.set_kind(id, kind);
        }
        // Arrays that differ in length are not followed.
        let arrays: BTreeSet<ObjId> = a.props.keys().chain(b.props.keys()).map(|(id, _)| *id).collect();
        for id in arrays {
            let uneven = a.props.keys().chain(b.props.keys()).any(|(it, key)| *it == id && &**key == "length");
            if uneven
                && self.heap.get(id).kind == ObjKind::Array
                && !a_ended
                && !b_ended
                && !matches!(self.heap.get(id).props.get("length").map(|it| &it.val), Some(Val::Num(_)))
                && let Val::Unknown(region, _) = self.unknown("an array whose length depends on the request")
            {
                self.heap.set_kind(id, ObjKind::Opaque(region));
            }
        }
    }

    /// One value that is `a` where `test` holds and else `b`.
    pub(crate) fn merge(&mut self, test: ExprId, a: Val, b: Val) -> Val {
        match self.decide(test) {
            Some(true) => return a,
            Some(false) => return b,
            None => {}
        }
        self.merge_at(test, a, b)
    }

    /// The same, whatever is known of `test` here.
    pub(crate) fn merge_at(&mut self, test: ExprId, a: Val, b: Val) -> Val {
        if a == b {
            return a;
        }
        if let (Some(x), Some(y)) = (self.scalar(&a), self.scalar(&b))
            && self.program.store.ty(x) == self.program.store.ty(y)
        {
            return Val::Sym(self.program.store.ite(test, x, y));
        }
        // One side already splits on the same kinds: keep two kinds, not four.
        if let (Val::Phi(g, x, y), _) = (&a, &b)
            && **y == b
        {
            let both = self.program.store.and(test, *g);
            return self.phi(both, (**x).clone(), (**y).clone());
        }
        if let (_, Val::Phi(g, x, y)) = (&a, &b)
            && **y == a
        {
            let not = self.program.store.not(test);
            let both = self.program.store.and(not, *g);
            return self.phi(both, (**x).clone(), (**y).clone());
        }
        if let (_, Val::Phi(g, x, y)) = (&a, &b)
            && let (Some(p), Some(q)) = (self.scalar(&a), self.scalar(x))
            && self.program.store.ty(p) == self.program.store.ty(q)
        {
            let guard = self.program.store.or(test, *g);
            let value = self.program.store.ite(test, p, q);
            return self.phi(guard, Val::Sym(value), (**y).clone());
        }
        self.phi(test, a, b)
    }

    fn phi(&self, test: ExprId, a: Val, b: Val) -> Val {
        match self.program.store.node(test) {
            Node::Bool(true) => a,
            Node::Bool(false) => b,
            _ => Val::Phi(test, Box::new(a), Box::new(b)),
        }
    }

    /// A constant or expression of type Bool, Int or Str.
    pub(crate) fn scalar(&mut self, val: &Val) -> Option<ExprId> {
        match val {
            Val::Bool(value) => Some(self.program.store.bool(*value)),
            Val::Str(text) => Some(self.program.store.string(text)),
            Val::Num(value) if value.fract() == 0.0 && value.abs() < 9e15 =>
            {
                #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
                Some(self.program.store.int(*value as i64))
            }
            Val::Sym(id) => Some(*id),
            Val::Num(_)
            | Val::Undef
            | Val::Null
            | Val::Obj(_)
            | Val::Func(_)
            | Val::Native(..)
            | Val::Position(..)
            | Val::Accessor(_)
            | Val::Phi(..)
            | Val::Unknown(..) => None,
        }
    }

    /// Applies `f` to every kind a value may have, under the guard of that kind.
    pub(crate) fn each(&mut self, v: &V, f: &mut dyn FnMut(&mut Self, V) -> V) -> V {
        let Val::Phi(test, a, b) = &v.val else { return f(self, v.clone()) };
        let (test, a, b) = (*test, (**a).clone(), (**b).clone());
        match self.decide(test) {
            Some(true) => return self.each(&V { val: a, why: v.why }, f),
            Some(false) => return self.each(&V { val: b, why: v.why }, f),
            None => {}
        }
        let why = v.why;
        let cond = V { val: Val::Sym(test), why };
        let f = std::cell::RefCell::new(f);
        let run = |eval: &mut Self, val: Val| eval.each(&V { val, why }, &mut **f.borrow_mut());
        self.branch(&cond, &mut |eval| run(eval, a.clone()), &mut |eval| run(eval, b.clone()))
    }

    pub(crate) fn function_val(&mut self, code: &Arc<Code>, scope: ObjId, this: Option<V>) -> Val {
        let why = self.statement_why(code.span);
        self.closures.push(Closure { code: code.clone(), scope, this, why });
        Val::Func(FuncId(self.closures.len() - 1))
    }
}
