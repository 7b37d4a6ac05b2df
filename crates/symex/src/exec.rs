//! Statements: blocks, branches, loops over constant conditions, `try`, and abrupt completion by levels.

use std::sync::Arc;

use edge::{ExprId, Why};
use script::{Block, Expr, ExprKind, Module, Over, Pattern, Stmt, StmtKind};

use crate::value::{CLASS, ObjId, ObjKind, V, Val};
use crate::{Completion, Eval, Frame, Host, Level, TURNS};

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
        if self.function.host == Host::LambdaEdge {
            self.commonjs(scope);
        }
        self.hoist(&module.body, scope);
        self.block(&module.body, scope);
        scope
    }

    /// The names that every module of Node has.
    fn commonjs(&mut self, scope: ObjId) {
        let plain = |val: Val| V { val, why: Why::NONE };
        let (module, exports) = (self.heap.alloc(ObjKind::Plain), self.heap.alloc(ObjKind::Plain));
        self.heap.init(module, "exports", plain(Val::Obj(exports)));
        self.heap.init(scope, "module", plain(Val::Obj(module)));
        self.heap.init(scope, "exports", plain(Val::Obj(exports)));
        let process = self.heap.alloc(ObjKind::Plain);
        // Lambda@Edge has no variables of its own, but what the platform sets is not known here, and a package may add to them.
        let env = self.unknown_data("process.env");
        self.heap.init(process, "env", plain(env));
        self.heap.init(scope, "process", plain(Val::Obj(process)));
    }

    /// What `require` and a default import give of a module: what it exports, in either style.
    pub(crate) fn exported(&mut self, module: &Module, scope: ObjId) -> Val {
        let own = self.lookup(scope, "module").filter(|_| module.exports.is_empty());
        match own {
            Some(own) => self.get(&own, &V { val: Val::Str(Arc::from("exports")), why: Why::NONE }).val,
            None => self.namespace(module, scope),
        }
    }

    fn imported(&mut self, importer: &str, from: &str, name: &str) -> Val {
        if let Some(native) = builtin_module(self.function.host, from) {
            let whole = name == "default" || name == "*";
            return Val::Native(Arc::from(if whole { native.to_owned() } else { format!("{native}.{name}") }), None);
        }
        let module = (self.function.resolve)(importer, from).and_then(|path| self.function.modules.get(&path));
        let Some(module) = module else { return self.unknown_data(format!("the module {from}")) };
        let scope = self.module_scope(module);
        if name == "*" {
            return self.namespace(module, scope);
        }
        if module.exports.is_empty() && self.function.host == Host::LambdaEdge {
            let exports = self.exported(module, scope);
            let object = V { val: exports, why: Why::NONE };
            let key = V { val: Val::Str(Arc::from(name)), why: Why::NONE };
            return if name == "default" { object.val } else { self.get(&object, &key).val };
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
                self.throw(yes, Some(value), "an uncaught throw");
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

    /// The condition of this place, relative to the beginning of a level.
    fn relative(&mut self, level: usize) -> ExprId {
        let mut guard = self.path;
        let outside: Vec<ExprId> = self.frames.iter().skip(level + 1).map(|it| it.path_before).collect();
        for path in outside.into_iter().rev() {
            guard = self.program.store.and(path, guard);
        }
        guard
    }

    /// Leaves a level that collects results, under a condition relative to this place.
    fn leave(&mut self, level: usize, when: ExprId, completion: Completion) {
        let live = self.live();
        let when = self.program.store.and(live, when);
        let relative = self.relative(level);
        let guard = self.program.store.and(relative, when);
        if let Some(frame) = self.frames.get_mut(level) {
            frame.results.push((guard, completion));
        }
        self.kill(level, when);
    }

    /// The innermost frame of one of some levels.
    fn innermost(&self, levels: &[Level]) -> Option<usize> {
        self.frames.iter().rposition(|it| levels.contains(&it.level))
    }

    /// `return` out of the innermost function, or out of the handler.
    pub(crate) fn complete_return(&mut self, value: V) {
        let level = self.innermost(&[Level::Function, Level::Handler, Level::Finally]).unwrap_or(0);
        if self.frames.get(level).is_some_and(|it| it.level == Level::Handler) {
            let live = self.live();
            self.returned(&value);
            self.kill(level, live);
            return;
        }
        let yes = self.yes();
        self.leave(level, yes, Completion::Return(value));
    }

    /// Runs inside a level that collects results, whose guards are relative to its beginning.
    pub(crate) fn framed(&mut self, level: Level, run: &mut dyn FnMut(&mut Self)) -> Vec<(ExprId, Completion)> {
        let (base, path) = (self.base, self.path);
        let no = self.no();
        let known = self.known.mark();
        self.base = self.program.store.and(base, path);
        self.path = self.yes();
        self.frames.push(Frame { level, dead: no, results: Vec::new(), label: None, path_before: path });
        run(self);
        let frame = self.frames.pop();
        // What was assumed inside holds only where nothing has completed.
        self.known.undo(known);
        (self.base, self.path) = (base, path);
        self.assume_alive();
        frame.map(|it| it.results).unwrap_or_default()
    }

    /// Statements that run here know that no enclosing level has completed.
    pub(crate) fn assume_alive(&mut self) {
        let deads: Vec<ExprId> = self.frames.iter().map(|it| it.dead).collect();
        for dead in deads {
            if !self.program.store.is(dead, false) && !self.program.store.is(dead, true) {
                let not = self.program.store.not(dead);
                self.assume(not);
            }
        }
    }

    fn jump(&mut self, label: Option<&Arc<str>>, next: bool) {
        let target = match label {
            // The body of a labeled loop stands two levels inside of the label.
            Some(label) => {
                let named = self.frames.iter().rposition(|it| it.label.as_ref() == Some(label));
                named.map(|at| if next { at + 2 } else { at })
            }
            None => self.innermost(&[if next { Level::Body } else { Level::Loop }]),
        };
        let Some(target) = target.filter(|at| *at < self.frames.len()) else {
            self.give_up("a jump out of what is followed");
            return;
        };
        let yes = self.yes();
        match self.innermost(&[Level::Finally]).filter(|at| *at > target) {
            Some(finally) => self.leave(finally, yes, Completion::Jump(label.cloned(), next)),
            None => {
                let live = self.live();
                self.kill(target, live);
            }
        }
    }

    /// Throws under a condition relative to this place; what the language throws by itself is an error that says `words`.
    pub(crate) fn throw(&mut self, when: ExprId, value: Option<V>, words: &str) {
        let when = self.simplify(when);
        if self.program.store.is(when, false) || self.halted() {
            return;
        }
        if let Some(level) = self.innermost(&[Level::Try, Level::Finally]) {
            let value = value.unwrap_or_else(|| self.error("TypeError"));
            // The statements that decide to throw are reasons of whatever catches.
            let why = self.here_why(value.why);
            self.leave(level, when, Completion::Throw(V { val: value.val, why }, Arc::from(words)));
            return;
        }
        let here = self.guard();
        let guard = self.program.store.and(here, when);
        // A function that fails on every request is one that is not understood.
        if self.program.store.is(guard, true) {
            self.give_up(words);
            return;
        }
        let why = self.here_why(value.map_or(Why::NONE, |it| it.why));
        self.exits.push(edge::Exit {
            guard,
            kind: edge::ExitKind::PlatformError(Arc::from(words)),
            also: Vec::new(),
            why,
            span: self.span,
        });
        let live = self.live();
        let live_when = self.program.store.and(live, when);
        let before: Vec<ExprId> = self.frames.iter().map(|it| it.dead).collect();
        self.kill(0, live_when);
        // What runs on after a conditional failure needs no predicate: a failed request has no updates.
        if !self.program.store.is(live_when, true) {
            for (frame, dead) in self.frames.iter_mut().zip(before).skip(1) {
                frame.dead = dead;
            }
        }
    }

    /// An error that the language makes.
    fn error(&mut self, class: &str) -> V {
        let id = self.heap.alloc(ObjKind::Plain);
        let message = self.unknown_data("the message of an error");
        for (key, val) in
            [("message", message), ("name", Val::Str(Arc::from(class))), (CLASS, Val::Native(Arc::from(class), None))]
        {
            self.heap.init(id, key, V { val, why: Why::NONE });
        }
        V { val: Val::Obj(id), why: Why::NONE }
    }

    fn attempt(&mut self, body: &Block, catch: Option<&(Option<Pattern>, Block)>, finally: &Block, scope: ObjId) {
        if finally.is_empty() {
            self.caught(body, catch, scope);
            return;
        }
        let left = self.framed(Level::Finally, &mut |eval| eval.caught(body, catch, scope));
        self.inner(finally, scope);
        for (guard, completion) in left {
            if self.halted() {
                return;
            }
            let why = match &completion {
                Completion::Return(value) | Completion::Throw(value, _) => value.why,
                Completion::Jump(..) => Why::NONE,
            };
            self.branch(
                &V { val: Val::Sym(guard), why },
                &mut |eval| {
                    match completion.clone() {
                        Completion::Return(value) => eval.complete_return(value),
                        Completion::Throw(value, words) => {
                            let yes = eval.yes();
                            eval.throw(yes, Some(value), &words);
                        }
                        Completion::Jump(label, next) => eval.jump(label.as_ref(), next),
                    }
                    undef()
                },
                &mut |_| undef(),
            );
        }
    }

    fn caught(&mut self, body: &Block, catch: Option<&(Option<Pattern>, Block)>, scope: ObjId) {
        let Some((binding, handler)) = catch else {
            self.inner(body, scope);
            return;
        };
        let thrown = self.thrown(&mut |eval| eval.inner(body, scope));
        if thrown.is_empty() {
            return;
        }
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

    /// What is thrown inside, under conditions relative to its beginning.
    pub(crate) fn thrown(&mut self, run: &mut dyn FnMut(&mut Self)) -> Vec<(ExprId, V)> {
        let results = self.framed(Level::Try, run);
        let thrown = results.into_iter().filter_map(|(guard, it)| match it {
            Completion::Throw(value, _) => Some((guard, value)),
            Completion::Return(_) | Completion::Jump(..) => None,
        });
        thrown.collect()
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
        self.turns += 1;
        if self.turns > TURNS {
            self.give_up("a loop that takes too many turns");
            return;
        }
        self.level(Level::Body, None, &mut |eval| eval.inner(body, scope));
    }

    /// Runs inside a level that a jump can end.
    pub(crate) fn level(&mut self, level: Level, label: Option<Arc<str>>, run: &mut dyn FnMut(&mut Self)) {
        let (no, known) = (self.no(), self.known.mark());
        let path_before = self.yes();
        self.frames.push(Frame { level, dead: no, results: Vec::new(), label, path_before });
        run(self);
        self.frames.pop();
        self.known.undo(known);
        self.assume_alive();
    }

    fn for_each(&mut self, binding: &Pattern, over: Over, subject: &V, body: &Block, scope: ObjId) {
        let items = match over {
            Over::Keys => self.key_values(subject),
            Over::Values => self.elements(subject),
        };
        let Some(items) = items else {
            let pairs = matches!(subject.val, Val::Obj(id) if matches!(self.heap.get(id).kind, ObjKind::Names(..)));
            let mut collected = None;
            // The level stands outside of the trials, so that a turn that ends the loop is seen.
            self.level(Level::Loop, None, &mut |eval| {
                if over == Over::Keys || pairs {
                    collected = eval.collects(subject, &mut |eval, item| {
                        let scope = eval.heap.alloc(ObjKind::Scope(Some(scope)));
                        eval.bind(binding, item, scope, true);
                        eval.turn(body, scope);
                        undef()
                    });
                }
            });
            if collected.is_none() {
                self.give_up("a loop over what only the request knows");
            }
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
                let mut taken = Vec::new();
                for (key, target) in props {
                    let key = self.key(key, scope);
                    let item = self.get(&value, &key);
                    self.bind(target, item, scope, declare);
                    taken.push(key.val);
                }
                if let Some(rest) = rest {
                    let val = self.rest_of(&value, &taken);
                    self.bind(rest, V { val, why: value.why }, scope, declare);
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

    /// `{a, b, ...rest}`: what is not taken by name.
    fn rest_of(&mut self, value: &V, taken: &[Val]) -> Val {
        let named = taken.iter().all(|it| matches!(it, Val::Str(_)));
        let Some(keys) = self.key_values(value).filter(|_| named) else {
            return self.unknown("the rest of a destructured object");
        };
        let rest = self.heap.alloc(ObjKind::Plain);
        for key in keys.iter().filter(|it| !taken.contains(&it.val)) {
            let item = self.get(value, key);
            if let Val::Str(name) = &key.val {
                self.heap.init(rest, name, item);
            }
        }
        Val::Obj(rest)
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
            // A script of Node.js need not be strict: there it makes a global variable.
            None if self.function.host == Host::LambdaEdge => self.give_up("an assignment to an undeclared name"),
            None => {
                let yes = self.yes();
                self.throw(yes, None, "an assignment to an undeclared name");
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
        // What a callback was handed counts as it stands when the function has nothing left to do.
        let is_variable = matches!(self.heap.get(id).kind, ObjKind::Scope(_));
        if !is_variable && !self.program.store.is(self.answered, false) {
            let here = self.here();
            let both = self.program.store.and(self.answered, here);
            if self.decide(both) != Some(false) {
                self.overrule("a write to what a callback may have been handed");
            }
        }
        if matches!(
            self.heap.get(id).kind,
            ObjKind::Family(_) | ObjKind::Entry(..) | ObjKind::Lines(..) | ObjKind::Request | ObjKind::Response
        ) {
            self.written.insert((id, key.clone()), self.span);
        }
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

/// The built-in module behind a specifier, on this host.
pub(crate) fn builtin_module(host: Host, from: &str) -> Option<&str> {
    let name = from.strip_prefix("node:").unwrap_or(from);
    match (host, name) {
        (_, "crypto" | "querystring" | "buffer") => Some(name),
        (Host::CloudFrontFunctions, "cloudfront") if from == name => Some(name),
        (Host::LambdaEdge, "os" | "path" | "url" | "util" | "zlib") => Some(name),
        (Host::CloudFrontFunctions | Host::LambdaEdge, _) => None,
    }
}
