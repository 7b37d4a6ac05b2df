//! Statements: blocks, branches, loops over constant conditions, `try`, and abrupt completion by levels.

use std::sync::Arc;

use edge::{ExprId, Why};
use script::{Block, Expr, ExprKind, Module, Over, Pattern, Stmt, StmtKind};

use crate::value::{ObjId, ObjKind, V, Val};
use crate::{Eval, Frame, Level};

pub(crate) fn undef() -> V {
    V { val: Val::Undef, why: Why::NONE }
}

impl Eval<'_> {
    /// The scope of a module after its top level ran.
    pub(crate) fn module_scope(&mut self, module: &Module) -> ObjId {
        if let Some(scope) = self.modules.get(&module.path) {
            return *scope;
        }
        let scope = self.heap.alloc(ObjKind::Scope(Some(self.global)));
        self.modules.insert(module.path.clone(), scope);
        for import in &module.imports {
            for (imported, local) in &import.names {
                self.span = import.span;
                self.executed.insert(import.span);
                let why = self.statement_why(import.span);
                let value = self.imported(&module.path, &import.from, imported);
                self.heap.init(scope, local, V { val: value, why });
            }
        }
        self.hoist(&module.body, scope);
        self.block(&module.body, scope);
        scope
    }

    fn imported(&mut self, importer: &str, from: &str, name: &str) -> Val {
        if let Some(native) = builtin_module(from) {
            let whole = name == "default" || name == "*";
            return Val::Native(Arc::from(if whole { native.to_owned() } else { format!("{native}.{name}") }), None);
        }
        let module = (self.function.resolve)(importer, from).and_then(|path| self.function.modules.get(&path));
        let Some(module) = module else { return self.unknown(format!("the module {from}")) };
        let scope = self.module_scope(module);
        if name == "*" {
            return self.namespace(module, scope);
        }
        let local = module.exports.iter().find(|(exported, _)| &**exported == name).map(|(_, local)| local.clone());
        match local.and_then(|it| self.lookup(scope, &it)) {
            Some(V { val, why: _ }) => val,
            None => self.unknown(format!("{name} of the module {from}")),
        }
    }

    pub(crate) fn namespace(&mut self, module: &Module, scope: ObjId) -> Val {
        let object = self.heap.alloc(ObjKind::Plain);
        for (exported, local) in &module.exports {
            if let Some(value) = self.lookup(scope, local) {
                self.heap.init(object, exported, value);
            }
        }
        Val::Obj(object)
    }

    pub(crate) fn hoist(&mut self, block: &Block, scope: ObjId) {
        for stmt in block {
            if let StmtKind::Function(function) = &stmt.kind
                && let Some(name) = &function.name
            {
                let why = self.statement_why(stmt.span);
                let val = self.function_val(function, scope, None);
                self.executed.insert(stmt.span);
                self.heap.init(scope, name, V { val, why });
            }
        }
        self.hoist_var(block, scope);
    }

    /// Names declared later in this block are there from the beginning.
    fn hoist_var(&mut self, block: &Block, scope: ObjId) {
        for stmt in block {
            if let StmtKind::Declare(list) = &stmt.kind {
                for (pattern, _) in list {
                    if let Pattern::Name(name, _) = pattern
                        && !self.heap.get(scope).props.contains_key(name)
                    {
                        self.heap.init(scope, name, undef());
                    }
                }
            }
        }
    }

    pub(crate) fn block(&mut self, block: &Block, scope: ObjId) {
        for stmt in block {
            if self.halted() || !self.fuel() {
                return;
            }
            self.statement(stmt, scope);
        }
    }

    /// A block with a scope of its own.
    fn inner(&mut self, block: &Block, scope: ObjId) {
        let declares =
            block.iter().any(|it| matches!(it.kind, StmtKind::Function(_) | StmtKind::Declare(_) | StmtKind::Class(_)));
        if declares {
            let scope = self.heap.alloc(ObjKind::Scope(Some(scope)));
            self.hoist(block, scope);
            self.block(block, scope);
        } else {
            self.block(block, scope);
        }
    }

    fn statement(&mut self, stmt: &Stmt, scope: ObjId) {
        self.span = stmt.span;
        if !matches!(stmt.kind, StmtKind::Function(_)) {
            self.executed.insert(stmt.span);
        }
        let why = self.statement_why(stmt.span);
        match &stmt.kind {
            StmtKind::Declare(list) => {
                for (pattern, init) in list {
                    let value = match init {
                        Some(init) => self.expr(init, scope),
                        None => undef(),
                    };
                    self.span = stmt.span;
                    let why = self.union(value.why, why);
                    self.bind(pattern, V { val: value.val, why }, scope, true);
                }
            }
            StmtKind::Function(_) | StmtKind::Empty => {}
            StmtKind::Class(class) => {
                if let Some(name) = &class.name {
                    let object = self.class_value(class, scope);
                    self.write(scope, name, Some(V { val: object, why }));
                }
            }
            StmtKind::Expr(expr) => {
                let before = self.path_why;
                self.path_why = self.union(before, why);
                self.expr(expr, scope);
                self.path_why = before;
            }
            StmtKind::Return(value) => {
                let value = value.as_ref().map_or_else(undef, |it| self.expr(it, scope));
                self.span = stmt.span;
                let why = self.union(value.why, why);
                self.complete_return(V { val: value.val, why });
            }
            StmtKind::If(test, then, other) => {
                let mut cond = self.expr(test, scope);
                cond.why = self.union(cond.why, why);
                self.branch(
                    &cond,
                    &mut |eval| {
                        eval.inner(then, scope);
                        undef()
                    },
                    &mut |eval| {
                        eval.inner(other, scope);
                        undef()
                    },
                );
            }
            StmtKind::Loop { test, test_first, update, body } => {
                self.looping(test.as_ref(), *test_first, update.as_ref(), body, scope, stmt);
            }
            StmtKind::ForEach { binding, over, subject, body } => {
                let subject = self.expr(subject, scope);
                self.span = stmt.span;
                let subject = V { val: subject.val, why: self.program.ledger.why.union(subject.why, why) };
                self.for_each(binding, *over, &subject, body, scope);
            }
            StmtKind::Break(label) => self.jump(label.as_ref(), false),
            StmtKind::Continue(label) => self.jump(label.as_ref(), true),
            StmtKind::Throw(value) => {
                let value = self.expr(value, scope);
                self.span = stmt.span;
                let yes = self.yes();
                self.throw(yes, value, "an uncaught throw");
            }
            StmtKind::Try { body, catch, finally } => self.attempt(body, catch.as_ref(), finally, scope),
            StmtKind::Switch(subject, cases) => self.switch(subject, cases, scope, why),
            StmtKind::Block(body) => self.inner(body, scope),
            StmtKind::Labeled(label, inner) => {
                self.level(Level::Labeled, Some(label.clone()), &mut |eval| eval.statement(inner, scope));
            }
            StmtKind::Unsupported(what) => self.give_up(format!("{what} is not supported")),
        }
    }

    /// `return` out of the innermost function, or out of the handler.
    pub(crate) fn complete_return(&mut self, value: V) {
        let live = self.live();
        let level =
            self.frames.iter().rposition(|it| matches!(it.level, Level::Function | Level::Handler)).unwrap_or(0);
        if self.frames.get(level).is_some_and(|it| it.level == Level::Handler) {
            self.finish(&value);
            self.kill(level, live);
            return;
        }
        let guard = self.program.store.and(self.path, live);
        if let Some(frame) = self.frames.get_mut(level) {
            frame.results.push((guard, value));
        }
        self.kill(level, live);
    }

    /// Runs inside a level that collects results, whose guards are relative to its beginning.
    pub(crate) fn framed(&mut self, level: Level, run: &mut dyn FnMut(&mut Self)) -> Vec<(ExprId, V)> {
        let (base, path) = (self.base, self.path);
        let no = self.no();
        let known = self.known.mark();
        self.base = self.program.store.and(base, path);
        self.path = self.yes();
        self.frames.push(Frame { level, dead: no, results: Vec::new(), label: None });
        run(self);
        let frame = self.frames.pop();
        // What was assumed inside holds only where nothing has completed.
        self.known.undo(known);
        (self.base, self.path) = (base, path);
        frame.map(|it| it.results).unwrap_or_default()
    }

    fn jump(&mut self, label: Option<&Arc<str>>, next: bool) {
        let target = match label {
            Some(label) => {
                let named = self.frames.iter().rposition(|it| it.label.as_ref() == Some(label));
                match named {
                    Some(at) if next => Some(at + 2),
                    Some(at) => Some(at),
                    None => None,
                }
            }
            None => {
                let level = if next { Level::Body } else { Level::Loop };
                self.frames.iter().rposition(|it| it.level == level)
            }
        };
        match target.filter(|at| *at < self.frames.len()) {
            Some(at) => {
                let live = self.live();
                self.kill(at, live);
            }
            None => self.give_up("a jump out of what is followed"),
        }
    }

    /// Throws under a condition relative to this place.
    pub(crate) fn throw(&mut self, when: ExprId, value: V, words: &str) {
        let when = self.simplify(when);
        if self.program.store.is(when, false) || self.halted() {
            return;
        }
        let live = self.live();
        let live_when = self.program.store.and(live, when);
        let level = self.frames.iter().rposition(|it| it.level == Level::Try);
        match level {
            Some(level) => {
                let guard = self.program.store.and(self.path, live_when);
                if let Some(frame) = self.frames.get_mut(level) {
                    frame.results.push((guard, value));
                }
                self.kill(level, live_when);
            }
            None => {
                let here = self.guard();
                let guard = self.program.store.and(here, when);
                let why = self.here_why(value.why);
                self.exits.push(edge::Exit {
                    guard,
                    kind: edge::ExitKind::PlatformError(Arc::from(words)),
                    also: Vec::new(),
                    why,
                    span: self.span,
                });
                let before: Vec<ExprId> = self.frames.iter().map(|it| it.dead).collect();
                self.kill(0, live_when);
                // What runs on after a conditional failure needs no predicate: a failed request has no updates.
                if !self.program.store.is(live_when, true) {
                    for (frame, dead) in self.frames.iter_mut().zip(before).skip(1) {
                        frame.dead = dead;
                    }
                }
            }
        }
    }

    fn attempt(&mut self, body: &Block, catch: Option<&(Option<Pattern>, Block)>, finally: &Block, scope: ObjId) {
        if let Some((binding, handler)) = catch {
            let thrown = self.framed(Level::Try, &mut |eval| eval.inner(body, scope));
            if !thrown.is_empty() {
                let mut when = self.no();
                let mut value = undef();
                for (guard, thrown) in thrown.iter().rev() {
                    when = self.program.store.or(when, *guard);
                    let why = self.union(value.why, thrown.why);
                    value = V { val: self.merge(*guard, thrown.val.clone(), value.val), why };
                }
                let cond = V { val: Val::Sym(when), why: value.why };
                self.branch(
                    &cond,
                    &mut |eval| {
                        if let Some(binding) = binding {
                            eval.bind(binding, value.clone(), scope, true);
                        }
                        eval.inner(handler, scope);
                        undef()
                    },
                    &mut |_| undef(),
                );
            }
        } else {
            self.inner(body, scope);
        }
        if !finally.is_empty() {
            if self.frames.iter().any(|it| !self.program.store.is(it.dead, false)) {
                self.give_up("finally after a conditional return or throw");
                return;
            }
            self.inner(finally, scope);
        }
    }

    fn looping(
        &mut self,
        test: Option<&Expr>,
        test_first: bool,
        update: Option<&Expr>,
        body: &Block,
        scope: ObjId,
        stmt: &Stmt,
    ) {
        self.level(Level::Loop, None, &mut |eval| {
            let mut first = !test_first;
            while !eval.halted() && eval.fuel() {
                if !first && let Some(test) = test {
                    let cond = eval.expr(test, scope);
                    let truth = eval.truth(&cond.val);
                    match eval.decide(truth) {
                        Some(true) => {}
                        Some(false) => break,
                        None => {
                            eval.span = stmt.span;
                            eval.give_up("a loop whose number of turns depends on the request");
                            break;
                        }
                    }
                }
                first = false;
                eval.turn(body, scope);
                if eval.halted() {
                    break;
                }
                if let Some(update) = update {
                    eval.expr(update, scope);
                }
            }
        });
    }

    fn turn(&mut self, body: &Block, scope: ObjId) {
        self.level(Level::Body, None, &mut |eval| eval.inner(body, scope));
    }

    /// Runs inside a level that a jump can end.
    fn level(&mut self, level: Level, label: Option<Arc<str>>, run: &mut dyn FnMut(&mut Self)) {
        let (no, known) = (self.no(), self.known.mark());
        self.frames.push(Frame { level, dead: no, results: Vec::new(), label });
        run(self);
        self.frames.pop();
        self.known.undo(known);
    }

    fn for_each(&mut self, binding: &Pattern, over: Over, subject: &V, body: &Block, scope: ObjId) {
        let items = match over {
            Over::Keys => self.key_values(subject),
            Over::Values => self.elements(subject),
        };
        let Some(items) = items else {
            self.give_up("a loop over what only the request knows");
            return;
        };
        self.level(Level::Loop, None, &mut |eval| {
            for item in &items {
                if eval.halted() || !eval.fuel() {
                    break;
                }
                let why = eval.union(item.why, subject.why);
                let scope = eval.heap.alloc(ObjKind::Scope(Some(scope)));
                eval.bind(binding, V { val: item.val.clone(), why }, scope, true);
                eval.turn(body, scope);
            }
        });
    }

    fn switch(&mut self, subject: &Expr, cases: &[(Option<Expr>, Block)], scope: ObjId, why: Why) {
        let mut value = self.expr(subject, scope);
        value.why = self.union(value.why, why);
        self.level(Level::Loop, None, &mut |eval| eval.cases(&value, cases, scope));
    }

    /// A case is entered where an earlier one fell through, or it matches and none before it did.
    fn cases(&mut self, value: &V, cases: &[(Option<Expr>, Block)], scope: ObjId) {
        let mut matched = self.no();
        let mut tests = Vec::new();
        for (test, _) in cases {
            match test {
                Some(test) => {
                    let other = self.expr(test, scope);
                    let equal = self.strict_equal(&value.val, &other.val);
                    let not = self.program.store.not(matched);
                    let first = self.program.store.and(not, equal);
                    matched = self.program.store.or(matched, equal);
                    tests.push(Some(first));
                }
                None => tests.push(None),
            }
        }
        let default = self.program.store.not(matched);
        let mut entered = self.no();
        for ((_, body), test) in cases.iter().zip(tests) {
            entered = self.program.store.or(entered, test.unwrap_or(default));
            let cond = V { val: Val::Sym(entered), why: value.why };
            self.branch(
                &cond,
                &mut |eval| {
                    eval.inner(body, scope);
                    undef()
                },
                &mut |_| undef(),
            );
            if self.halted() {
                break;
            }
        }
    }

    /// Binds a pattern; `declare` makes the name in this scope, else it is assigned where it lives.
    pub(crate) fn bind(&mut self, pattern: &Pattern, value: V, scope: ObjId, declare: bool) {
        match pattern {
            Pattern::Name(name, _) => {
                if declare {
                    self.write(scope, name, Some(value));
                } else {
                    self.assign_name(name, value, scope);
                }
            }
            Pattern::Place(place) => self.assign_place(place, value, scope),
            Pattern::Object { props, rest } => {
                for (key, target) in props {
                    let key = self.key(key, scope);
                    let item = self.get(&value, &key);
                    self.bind(target, item, scope, declare);
                }
                if let Some(rest) = rest {
                    let unknown = self.unknown("the rest of a destructured object");
                    self.bind(rest, V { val: unknown, why: value.why }, scope, declare);
                }
            }
            Pattern::Array { items, rest } => {
                for (at, target) in items.iter().enumerate() {
                    if let Some(target) = target {
                        #[expect(clippy::cast_precision_loss, reason = "an index of a source array")]
                        let key = V { val: Val::Num(at as f64), why: Why::NONE };
                        let item = self.get(&value, &key);
                        self.bind(target, item, scope, declare);
                    }
                }
                if let Some(rest) = rest {
                    let tail = self.elements(&value).map(|it| it.into_iter().skip(items.len()).collect::<Vec<_>>());
                    let val = match tail {
                        Some(tail) => self.array(tail),
                        None => self.unknown("the rest of a destructured array"),
                    };
                    self.bind(rest, V { val, why: value.why }, scope, declare);
                }
            }
            Pattern::Default(target, default) => {
                let missing = self.strict_equal(&value.val, &Val::Undef);
                let cond = V { val: Val::Sym(missing), why: Why::NONE };
                let value =
                    self.branch(&cond, &mut |eval| eval.expr(default, scope), &mut |eval| eval.only_present(&value));
                self.bind(target, value, scope, declare);
            }
        }
    }

    /// The value without the kinds that are ruled out here.
    pub(crate) fn only_present(&mut self, value: &V) -> V {
        self.each(value, &mut |_, it| it)
    }

    pub(crate) fn assign_place(&mut self, place: &Expr, value: V, scope: ObjId) {
        match &place.kind {
            ExprKind::Name(name) => self.assign_name(name, value, scope),
            ExprKind::Member { object, key, optional: _ } => {
                let object = self.expr(object, scope);
                let key = self.key(key, scope);
                self.set(&object, &key, value);
            }
            _ => self.give_up("an assignment to a place of another form"),
        }
    }

    fn assign_name(&mut self, name: &Arc<str>, value: V, scope: ObjId) {
        match self.owner(scope, name) {
            Some(owner) => {
                self.write(owner, name, Some(value));
            }
            // Names that lowering makes for long chains.
            None if name.starts_with('*') => self.write(scope, name, Some(value)),
            None => {
                let yes = self.yes();
                self.throw(yes, value, "an assignment to an undeclared name");
            }
        }
    }

    pub(crate) fn owner(&self, scope: ObjId, name: &str) -> Option<ObjId> {
        let mut at = Some(scope);
        while let Some(id) = at {
            let object = self.heap.get(id);
            if object.props.contains_key(name) {
                return Some(id);
            }
            at = match object.kind {
                ObjKind::Scope(parent) => parent,
                _ => None,
            };
        }
        None
    }

    pub(crate) fn lookup(&self, scope: ObjId, name: &str) -> Option<V> {
        self.owner(scope, name).and_then(|id| self.heap.get(id).props.get(name).cloned())
    }

    /// Writes a cell, where statements still run.
    pub(crate) fn write(&mut self, id: ObjId, key: &Arc<str>, value: Option<V>) {
        let live = self.live();
        if self.program.store.is(live, true) {
            let value = value.map(|it| V { why: self.union_path(it.why), val: it.val });
            self.heap.write(id, key, value);
            return;
        }
        let old = self.heap.get(id).props.get(key).cloned().unwrap_or_else(undef);
        let new = value.unwrap_or_else(undef);
        let why = self.union(old.why, new.why);
        let why = self.union_path(why);
        let val = self.merge_at(live, new.val, old.val);
        self.heap.write(id, key, Some(V { val, why }));
    }

    fn union_path(&mut self, why: Why) -> Why {
        let path = self.path_why;
        self.union(why, path)
    }
}

/// The built-in module behind a specifier.
pub(crate) fn builtin_module(from: &str) -> Option<&'static str> {
    match from {
        "crypto" | "node:crypto" => Some("crypto"),
        "querystring" | "node:querystring" => Some("querystring"),
        "buffer" | "node:buffer" => Some("buffer"),
        "cloudfront" => Some("cloudfront"),
        _ => None,
    }
}
