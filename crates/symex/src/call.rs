//! Calls and property access: closures, built-ins, the exchange's families, arrays, look-ups in constant maps.

use std::collections::BTreeMap;
use std::sync::Arc;

use edge::{ExprId, Fn, Node, Table, Ty, Why};
use script::{Expr, ExprKind, Item, Pattern};

use crate::exec::undef;
use crate::operators::number_text;
use crate::value::{FuncId, HIDDEN, INNER, ObjId, ObjKind, V, Val};
use crate::{Completion, DEPTH, Eval, Level};

/// Property names that every object of JavaScript inherits.
const INHERITED: [&str; 12] = [
    "__defineGetter__",
    "__defineSetter__",
    "__lookupGetter__",
    "__lookupSetter__",
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "toString",
    "valueOf",
];

/// Whether a text is such a name in some case.
fn inherited(text: &str) -> bool {
    INHERITED.iter().any(|it| it.eq_ignore_ascii_case(text))
}

/// Rows of a map of objects that are compared one by one; larger ones are code.
const ROWS: usize = 64;

impl Eval<'_> {
    pub(crate) fn call_expr(&mut self, callee: &Expr, args: &[Item], optional: bool, scope: ObjId) -> V {
        let awaited = std::mem::take(&mut self.awaited);
        let (function, this) = match &callee.kind {
            ExprKind::Member { object, key, optional: guarded } => {
                let object = self.expr(object, scope);
                if *guarded {
                    return self.unless_nullish(&object, &mut |eval, object| {
                        let key = eval.key(key, scope);
                        let function = eval.get(&object, &key);
                        match eval.items(args, scope) {
                            Some(args) => eval.apply(&function, Some(object), args),
                            None => V { val: eval.unknown("spreading what only the request knows"), why: object.why },
                        }
                    });
                }
                let key = self.key(key, scope);
                (self.get(&object, &key), Some(object))
            }
            _ => (self.expr(callee, scope), None),
        };
        if optional {
            return self.unless_nullish(&function, &mut |eval, function| match eval.items(args, scope) {
                Some(args) => eval.apply(&function, this.clone(), args),
                None => V { val: eval.unknown("spreading what only the request knows"), why: function.why },
            });
        }
        let Some(args) = self.items(args, scope) else {
            return V { val: self.unknown("spreading what only the request knows"), why: function.why };
        };
        self.awaited = awaited && matches!(function.val, Val::Func(_));
        self.apply(&function, this, args)
    }

    pub(crate) fn apply(&mut self, function: &V, this: Option<V>, args: Vec<V>) -> V {
        if self.halted() {
            return undef();
        }
        match &function.val {
            Val::Phi(..) => self.each(function, &mut |eval, it| eval.apply(&it, this.clone(), args.clone())),
            Val::Func(id) => self.call_closure(*id, function.why, this, args),
            Val::Native(name, receiver) => {
                let this = receiver.as_deref().cloned().or(this);
                let mut value = self.native(&name.clone(), this, &args);
                value.why = self.union(value.why, function.why);
                value
            }
            Val::Unknown(_, part) if self.data.contains(part) => {
                for arg in args.iter().chain(this.iter()) {
                    self.havoc(arg);
                }
                self.may_throw(&function.val);
                V { val: self.unknown_data("the result of a call that is not understood"), why: function.why }
            }
            // It may be a function of the source, which may do anything.
            Val::Unknown(..) => {
                self.give_up("a call of what is not understood");
                undef()
            }
            Val::Undef
            | Val::Null
            | Val::Bool(_)
            | Val::Num(_)
            | Val::Str(_)
            | Val::Obj(_)
            | Val::Sym(_)
            | Val::Accessor(_)
            | Val::Position(..) => {
                // Rather something that is not understood than a mistake of the source.
                self.give_up("a call of what is no function");
                undef()
            }
        }
    }

    /// A call that is not understood may throw: something may catch it, or the request fails.
    pub(crate) fn may_throw(&mut self, val: &Val) {
        // Whether it throws is another outcome than what it returns.
        self.parts += 1;
        let throws = match val {
            Val::Unknown(region, _) => Val::Unknown(*region, self.parts),
            other => other.clone(),
        };
        let when = self.code(&throws, Ty::Bool);
        let thrown = V { val: throws, why: Why::NONE };
        self.throw(when, Some(thrown), "a call that is not understood and may throw");
    }

    /// Forgets what an object holds: unknown code may have written it.
    pub(crate) fn havoc(&mut self, value: &V) {
        let mut stack = vec![value.val.clone()];
        let mut seen = Vec::new();
        while let Some(val) = stack.pop() {
            match val {
                Val::Phi(_, a, b) => stack.extend([*a, *b]),
                // What a callback captures may change whenever it is called.
                Val::Func(_) => self.give_up("a callback handed to code that is not understood"),
                Val::Obj(id) if !seen.contains(&id) => {
                    seen.push(id);
                    stack.extend(self.heap.get(id).props.values().map(|it| it.val.clone()));
                    if let Val::Unknown(region, _) = self.unknown("an object that unknown code may have changed") {
                        self.heap.set_kind(id, ObjKind::Opaque(region));
                    }
                }
                _ => {}
            }
        }
    }

    pub(crate) fn call_closure(&mut self, id: FuncId, why: Why, this: Option<V>, args: Vec<V>) -> V {
        let awaited = std::mem::take(&mut self.awaited);
        let Some(closure) = self.closures.get(id.0).cloned() else { return undef() };
        if !closure.code.is_async || awaited {
            return self.run_closure(&closure, why, this, args);
        }
        let mut value = undef();
        let thrown = self.thrown(&mut |eval| value = eval.run_closure(&closure, why, this.clone(), args.clone()));
        if thrown.iter().any(|(guard, _)| !self.program.store.is(*guard, false)) {
            self.give_up("a promise that may be rejected and is not awaited where it is made");
        }
        self.promise(value)
    }

    pub(crate) fn promise(&mut self, value: V) -> V {
        let promise = self.heap.alloc(ObjKind::Promise);
        let why = value.why;
        self.heap.init(promise, INNER, value);
        V { val: Val::Obj(promise), why }
    }

    /// What `await` gives.
    pub(crate) fn settled(&mut self, value: &V) -> V {
        self.each(value, &mut |eval, mut it| {
            while let Val::Obj(id) = it.val
                && eval.heap.get(id).kind == ObjKind::Promise
                && let Some(inner) = eval.heap.get(id).props.get(INNER).cloned()
            {
                it = inner;
            }
            it
        })
    }

    fn run_closure(&mut self, closure: &crate::Closure, why: Why, this: Option<V>, args: Vec<V>) -> V {
        if self.depth >= DEPTH {
            self.give_up_as(&diag::codes::FUEL_EXHAUSTED, "calls nested too deeply");
            return undef();
        }
        self.depth += 1;
        let scope = self.heap.alloc(ObjKind::Scope(Some(closure.scope)));
        let (before, span) = (self.path_why, self.span);
        self.path_why = self.union(before, why);
        self.path_why = self.union(self.path_why, closure.why);
        let results = self.framed(Level::Function, &mut |eval| {
            if let Some(this) = closure.this.clone().or_else(|| this.clone()) {
                eval.heap.init(scope, "this", this);
            }
            if !closure.code.arrow {
                let arguments = eval.array(args.clone());
                eval.heap.init(scope, "arguments", V { val: arguments, why: Why::NONE });
            }
            eval.hoist(&closure.code.body, scope);
            eval.params(&closure.code.params, closure.code.rest.as_ref(), &args, scope);
            eval.block(&closure.code.body, scope);
        });
        self.path_why = before;
        self.span = span;
        self.depth -= 1;
        let mut value = undef();
        for (guard, result) in results.into_iter().rev() {
            let Completion::Return(result) = result else { continue };
            let why = self.union(value.why, result.why);
            let guard = self.simplify(guard);
            value = V { val: self.merge_result(guard, result.val, value.val), why };
        }
        value.why = self.union(value.why, why);
        value.why = self.union(value.why, closure.why);
        value
    }

    fn merge_result(&mut self, guard: ExprId, a: Val, b: Val) -> Val {
        if self.program.store.is(guard, true) { a } else { self.merge(guard, a, b) }
    }

    fn params(&mut self, params: &[Pattern], rest: Option<&Pattern>, args: &[V], scope: ObjId) {
        for (at, param) in params.iter().enumerate() {
            let value = args.get(at).cloned().unwrap_or_else(undef);
            self.bind(param, value, scope, true);
        }
        if let Some(rest) = rest {
            let val = self.array(args.iter().skip(params.len()).cloned().collect());
            self.bind(rest, V { val, why: Why::NONE }, scope, true);
        }
    }

    pub(crate) fn run_handler(&mut self, id: FuncId, event: V) {
        let Some(closure) = self.closures.get(id.0).cloned() else { return };
        let scope = self.heap.alloc(ObjKind::Scope(Some(closure.scope)));
        self.handler_is_async = closure.code.is_async;
        self.hoist(&closure.code.body, scope);
        let args = self.handler_args(event);
        self.params(&closure.code.params, closure.code.rest.as_ref(), &args, scope);
        self.block(&closure.code.body, scope);
        if !self.halted() {
            self.returned(&undef());
        }
    }

    /// `object[key]`.
    pub(crate) fn get(&mut self, object: &V, key: &V) -> V {
        if self.halted() {
            return undef();
        }
        if matches!(object.val, Val::Phi(..)) {
            return self.each(object, &mut |eval, it| eval.get(&it, key));
        }
        if matches!(key.val, Val::Phi(..)) {
            let object = object.clone();
            return self.each(key, &mut |eval, it| eval.get(&object, &it));
        }
        let why = self.union(object.why, key.why);
        let name = match &key.val {
            Val::Str(name) => Some(name.clone()),
            Val::Num(number) => Some(Arc::from(number_text(*number))),
            _ => None,
        };
        match (&object.val, name) {
            (Val::Undef | Val::Null, _) => {
                let yes = self.yes();
                self.throw(yes, None, "a property of undefined");
                undef()
            }
            (Val::Obj(id), Some(name)) => {
                let value = self.get_named(*id, &name);
                let why = self.union(value.why, why);
                V { val: value.val, why }
            }
            (Val::Obj(id), None) => self.get_computed(*id, key, why),
            (Val::Str(_) | Val::Sym(_), Some(name)) => self.text_property(object, &name),
            (Val::Str(_) | Val::Sym(_), None) => self.text_at(object, key),
            // The function as a value: what it was read from is not its `this`.
            (Val::Native(path, _), Some(name)) if matches!(&*name, "call" | "apply" | "bind") => {
                let function = V { val: Val::Native(path.clone(), None), why: object.why };
                V { val: Val::Native(Arc::from(format!("function.{name}")), Some(Box::new(function))), why }
            }
            (Val::Native(path, _), Some(name)) => {
                V { val: Val::Native(Arc::from(format!("{path}.{name}")), None), why }
            }
            (Val::Unknown(_, part), _) if self.data.contains(part) => {
                V { val: self.unknown_data("a property of what is not understood"), why }
            }
            (Val::Unknown(..), _) => V { val: self.unknown("a property of what is not understood"), why },
            (Val::Num(_) | Val::Bool(_) | Val::Position(..), Some(name)) => {
                V { val: Val::Native(Arc::from(format!("number.{name}")), Some(Box::new(object.clone()))), why }
            }
            (Val::Func(_), Some(name)) => {
                V { val: Val::Native(Arc::from(format!("function.{name}")), Some(Box::new(object.clone()))), why }
            }
            _ => V { val: self.unknown("a computed property"), why },
        }
    }

    fn get_named(&mut self, id: ObjId, name: &Arc<str>) -> V {
        let kind = self.heap.get(id).kind.clone();
        if id == self.exchange && &**name == "response" && !self.point.of_response() {
            self.reads_response = true;
        }
        if let ObjKind::Opaque(_) = kind {
            return V { val: self.unknown("an object whose contents are not known"), why: Why::NONE };
        }
        if let Some(value) = self.heap.get(id).props.get(name).cloned() {
            if let Val::Accessor(getter) = value.val {
                let this = V { val: Val::Obj(id), why: value.why };
                return self.call_closure(getter, value.why, Some(this), Vec::new());
            }
            return value;
        }
        let this = || Some(Box::new(V { val: Val::Obj(id), why: Why::NONE }));
        match kind {
            ObjKind::Family(family) => self.materialize(id, family, name),
            ObjKind::Entry(..) if &**name == "multiValue" => V { val: self.unknown_data("multiValue"), why: Why::NONE },
            ObjKind::Entry(crate::value::Family::RespCookies, _) => {
                V { val: self.unknown_data("a cookie of the response"), why: Why::NONE }
            }
            ObjKind::Names(..) if &**name == "length" => V { val: self.count_of_names(), why: Why::NONE },
            ObjKind::Pieces(text) if &**name == "length" => V { val: self.count_of_pieces(text), why: Why::NONE },
            ObjKind::Names(..) | ObjKind::Pieces(_) => {
                V { val: Val::Native(Arc::from(format!("array.{name}")), this()), why: Why::NONE }
            }
            ObjKind::Split(text, separator) => self.split_property(id, text, separator, name),
            ObjKind::Array => match &**name {
                "map" | "filter" | "forEach" | "find" | "findIndex" | "some" | "every" | "includes" | "indexOf"
                | "join" | "push" | "pop" | "shift" | "unshift" | "slice" | "concat" | "reduce" | "keys"
                | "entries" | "values" | "reverse" | "sort" | "flat" | "flatMap" | "splice" | "fill" | "at"
                | "lastIndexOf" | "reduceRight" | "findLast" | "findLastIndex" | "copyWithin" | "toString" => {
                    V { val: Val::Native(Arc::from(format!("array.{name}")), this()), why: Why::NONE }
                }
                _ if INHERITED.contains(&&**name) => {
                    V { val: self.unknown(format!("the inherited property {name}")), why: Why::NONE }
                }
                _ => undef(),
            },
            ObjKind::MapOrSet if &**name == "size" => {
                let (heap, size) = (&self.heap, self.heap.get(id).props.len());
                #[expect(clippy::cast_precision_loss, reason = "the size of a source collection")]
                let certain =
                    heap.get(id).props.values().all(|it| !matches!(it.val, Val::Phi(..))).then_some(size as f64);
                let val = certain.map_or_else(|| self.unknown_data("the size of a collection"), Val::Num);
                V { val, why: Why::NONE }
            }
            ObjKind::MapOrSet => V { val: Val::Native(Arc::from(format!("map.{name}")), this()), why: Why::NONE },
            ObjKind::Promise => {
                self.give_up(format!("a promise chained with {name}"));
                undef()
            }
            ObjKind::Hash(..) => V { val: Val::Native(Arc::from(format!("hash.{name}")), this()), why: Why::NONE },
            ObjKind::Date(_) => V { val: Val::Native(Arc::from(format!("date.{name}")), this()), why: Why::NONE },
            ObjKind::Bytes(_) => V { val: Val::Native(Arc::from(format!("bytes.{name}")), this()), why: Why::NONE },
            ObjKind::Regex(..) => V { val: Val::Native(Arc::from(format!("regex.{name}")), this()), why: Why::NONE },
            // Only the first line is known: how many there are, and what an array does with them, is the request's.
            ObjKind::Lines(..) if &**name == "length" => {
                V { val: self.unknown_data("the number of lines of a header"), why: Why::NONE }
            }
            ObjKind::Lines(..) => V { val: self.unknown(format!("`{name}` of the lines of a header")), why: Why::NONE },
            ObjKind::Request if &**name == "rawQueryString" => {
                V { val: Val::Native(Arc::from("request.rawQueryString"), None), why: Why::NONE }
            }
            _ if matches!(&**name, "hasOwnProperty") => {
                V { val: Val::Native(Arc::from("object.hasOwnProperty"), this()), why: Why::NONE }
            }
            _ if INHERITED.contains(&&**name) => {
                V { val: self.unknown(format!("the inherited property {name}")), why: Why::NONE }
            }
            _ => undef(),
        }
    }

    fn get_computed(&mut self, id: ObjId, key: &V, why: Why) -> V {
        let Val::Sym(key_expr) = key.val else { return V { val: self.unknown("a computed property"), why } };
        if let Some(entry) = self.in_trial(id, key_expr) {
            return entry;
        }
        let object = self.heap.get(id);
        if object.kind != ObjKind::Plain || self.program.store.ty(key_expr) != Ty::Str {
            return V { val: self.unknown("a property whose name depends on the request"), why };
        }
        let rows = self.rows(id);
        let mut row_why = why;
        for (_, value) in &rows {
            row_why = self.union(row_why, value.why);
        }
        let val = match texts(&rows) {
            Some(rows) if rows.len() > 1 => {
                let (found, text) = self.look_up(rows, key_expr);
                self.merge(found, Val::Sym(text), Val::Undef)
            }
            _ if rows.len() <= ROWS => {
                let found = self.has_row(&rows, key_expr);
                // Where a row surely matches, the last one needs no test.
                let mut rows = rows.iter().rev().peekable();
                let mut val = match rows.peek() {
                    Some((_, last)) if self.decide(found) == Some(true) => last.val.clone(),
                    _ => Val::Undef,
                };
                for (name, value) in rows {
                    let name = self.program.store.string(name);
                    let test = self.text_equal(key_expr, name);
                    val = self.merge(test, value.val.clone(), val);
                }
                val
            }
            _ => self.unknown("a large map of objects"),
        };
        let rows = self.rows(id);
        let val = self.with_inherited(key_expr, &rows, val);
        V { val, why: row_why }
    }

    /// What an object holds by name.
    fn rows(&self, id: ObjId) -> Vec<(Arc<str>, V)> {
        let props = self.heap.get(id).props.iter().filter(|(key, _)| !key.starts_with(HIDDEN));
        props.map(|(key, it)| (key.clone(), it.clone())).collect()
    }

    /// Whether a text is the name of a row; asks the same table as a look-up does.
    fn has_row(&mut self, rows: &[(Arc<str>, V)], key: ExprId) -> ExprId {
        let all: BTreeMap<Arc<str>, Arc<str>> = rows.iter().map(|(key, _)| (key.clone(), Arc::from(""))).collect();
        let small = texts(rows).is_none() && rows.iter().all(|(_, it)| it.val != Val::Bool(true)) && rows.len() <= ROWS;
        if !small && rows.len() > 1 {
            let (found, _) = self.look_up(texts(rows).unwrap_or(all), key);
            return self.simplify(found);
        }
        let mut found = self.no();
        for (name, _) in rows {
            let name = self.program.store.string(name);
            let test = self.text_equal(key, name);
            found = self.program.store.or(found, test);
        }
        self.simplify(found)
    }

    fn look_up(&mut self, rows: BTreeMap<Arc<str>, Arc<str>>, key: ExprId) -> (ExprId, ExprId) {
        let table = self.program.store.table(Table { rows });
        let lookup = self.program.store.mk(Node::Lookup(table, key));
        let empty = self.program.store.string("");
        let found = self.call_fn(Fn::Present, &[lookup]);
        let text = self.call_fn(Fn::Or, &[lookup, empty]);
        (found, text)
    }

    /// An object used as a map inherits names; a key that surely begins with `/` is none of them.
    fn with_inherited(&mut self, key: ExprId, rows: &[(Arc<str>, V)], val: Val) -> Val {
        if self.starts_with_slash(key) || self.is_country(key) {
            return val;
        }
        let mut any = self.no();
        for name in INHERITED.iter().filter(|it| !rows.iter().any(|(key, _)| &**key == **it)) {
            let name = self.program.store.string(name);
            let test = self.text_equal(key, name);
            any = self.program.store.or(any, test);
        }
        if self.decide(any) == Some(false) {
            return val;
        }
        let unknown = self.unknown("a name that every object inherits");
        self.merge(any, unknown, val)
    }

    /// Whether a text is a country or one of the texts that stand for none; a country has two letters, which no inherited name has.
    fn is_country(&self, key: ExprId) -> bool {
        let (mut pending, mut read) = (vec![key], false);
        while let Some(at) = pending.pop() {
            match self.program.store.node(at) {
                Node::Call(Fn::Or | Fn::JsLower | Fn::JsUpper, args) => pending.extend(args.iter()),
                Node::Ite(_, a, b) => pending.extend([*a, *b]),
                Node::Str(text) if !inherited(self.program.store.str(*text)) => {}
                Node::Read(field)
                    if field.kind == edge::FieldKind::Visitor
                        && field.name.is_some_and(|it| &**self.program.store.str(it) == "country") =>
                {
                    read = true;
                }
                _ => return false,
            }
        }
        read
    }

    /// `key in object` and `hasOwnProperty`.
    pub(crate) fn contains_key(&mut self, object: &V, key: &V) -> V {
        let why = self.union(object.why, key.why);
        let Val::Obj(id) = object.val else {
            return V { val: self.unknown("in, on what is no object"), why };
        };
        let val = match (&self.heap.get(id).kind.clone(), &key.val) {
            (ObjKind::Opaque(_), _) => self.unknown("an object whose contents are not known"),
            (ObjKind::Plain | ObjKind::MapOrSet, Val::Sym(key_expr)) if self.program.store.ty(*key_expr) == Ty::Str => {
                let key_expr = *key_expr;
                let rows = self.rows(id);
                if rows.iter().any(|(_, it)| matches!(it.val, Val::Phi(..) | Val::Undef)) {
                    self.unknown_data("whether a name is there that was written under a condition")
                } else {
                    let found = self.has_row(&rows, key_expr);
                    self.truth_value(found)
                }
            }
            (ObjKind::MapOrSet, Val::Str(name)) => Val::Bool(self.heap.get(id).props.contains_key(name)),
            (_, Val::Str(name)) => {
                let name = name.clone();
                let value = self.get_named(id, &name);
                let missing = self.strict_equal(&value.val, &Val::Undef);
                let there = self.program.store.not(missing);
                self.truth_value(there)
            }
            _ => self.unknown("in, with a key that is not understood"),
        };
        V { val, why }
    }

    /// `object[key] = value`.
    pub(crate) fn set(&mut self, object: &V, key: &V, value: V) {
        if self.halted() {
            return;
        }
        if matches!(object.val, Val::Phi(..)) {
            self.each(object, &mut |eval, it| {
                eval.set(&it, key, value.clone());
                undef()
            });
            return;
        }
        if matches!(key.val, Val::Phi(..)) {
            let object = object.clone();
            self.each(key, &mut |eval, it| {
                eval.set(&object, &it, value.clone());
                undef()
            });
            return;
        }
        let name = match &key.val {
            Val::Str(name) => Some(name.clone()),
            Val::Num(number) => Some(Arc::from(number_text(*number))),
            _ => None,
        };
        match (&object.val, name) {
            (Val::Obj(id), Some(name)) => {
                let id = *id;
                let why = self.union(value.why, key.why);
                if let Some(V { val: Val::Func(function), why: of }) =
                    self.heap.get(id).props.get(&setter(&name)).cloned()
                {
                    let this = V { val: Val::Obj(id), why: object.why };
                    self.call_closure(function, of, Some(this), vec![V { val: value.val, why }]);
                    return;
                }
                if matches!(self.heap.get(id).props.get(&name), Some(V { val: Val::Accessor(_), why: _ })) {
                    self.give_up("a write to a property that only has a getter");
                    return;
                }
                if let ObjKind::Family(family) = self.heap.get(id).kind.clone()
                    && !self.heap.get(id).base.contains_key(&name)
                {
                    // The entry as it came is made first, so that a conditional write keeps it.
                    self.materialize(id, family, &name);
                }
                if self.heap.get(id).kind == ObjKind::Array
                    && !self.heap.get(id).props.contains_key(&name)
                    && &*name != "length"
                {
                    let length = name.parse::<f64>().map_or(0.0, |it| it + 1.0);
                    self.write(id, &Arc::from("length"), Some(V { val: Val::Num(length), why: Why::NONE }));
                }
                self.write(id, &name, Some(V { val: value.val, why }));
            }
            (Val::Obj(id), None) => {
                if let Val::Unknown(region, _) = self.unknown("a write to a property whose name depends on the request")
                {
                    self.heap.set_kind(*id, ObjKind::Opaque(region));
                }
            }
            (Val::Undef | Val::Null, _) => {
                let yes = self.yes();
                self.throw(yes, None, "a write to a property of undefined");
            }
            _ => self.give_up("a write to what is not understood"),
        }
    }

    pub(crate) fn delete(&mut self, object: &V, key: &V) {
        match (&object.val, &key.val) {
            (Val::Phi(..), _) => {
                self.each(object, &mut |eval, it| {
                    eval.delete(&it, key);
                    undef()
                });
            }
            (Val::Obj(id), Val::Str(name)) => {
                let (id, name) = (*id, name.clone());
                match self.heap.get(id).kind.clone() {
                    ObjKind::Family(family) => {
                        if !self.heap.get(id).base.contains_key(&name) {
                            self.materialize(id, family, &name);
                        }
                        self.write(id, &name, Some(undef()));
                    }
                    ObjKind::Plain => self.write(id, &name, None),
                    _ => self.give_up("delete on an object of this kind"),
                }
            }
            (Val::Undef | Val::Null, _) => {
                let yes = self.yes();
                self.throw(yes, None, "delete on undefined");
            }
            _ => {
                self.havoc(object);
            }
        }
    }

    /// The elements of an array or of a map, if they are all known.
    pub(crate) fn elements(&mut self, value: &V) -> Option<Vec<V>> {
        let Val::Obj(id) = value.val else {
            if let Val::Str(text) = &value.val {
                let chars = text.chars().map(|it| V { val: Val::Str(Arc::from(it.to_string())), why: value.why });
                return Some(chars.collect());
            }
            return None;
        };
        let object = self.heap.get(id);
        match object.kind {
            ObjKind::Array => {
                let Some(Val::Num(length)) = object.props.get("length").map(|it| it.val.clone()) else { return None };
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "an array's length is whole and not negative"
                )]
                let length = length as usize;
                // Far more places than elements: a length that was written, not grown.
                if length > object.props.len().saturating_add(1_000) {
                    return None;
                }
                Some((0..length).map(|at| object.props.get(&*at.to_string()).cloned().unwrap_or_else(undef)).collect())
            }
            ObjKind::MapOrSet => {
                let pairs: Vec<(Arc<str>, V)> =
                    object.props.iter().map(|(key, it)| (key.clone(), it.clone())).collect();
                Some(
                    pairs
                        .into_iter()
                        .map(|(key, it)| {
                            let key = V { val: Val::Str(key), why: it.why };
                            if it.val == Val::Undef {
                                key
                            } else {
                                V { val: self.array(vec![key, it.clone()]), why: it.why }
                            }
                        })
                        .collect(),
                )
            }
            _ => None,
        }
    }

    /// Property names of a constant object, in the order of the language: whole numbers first.
    pub(crate) fn key_values(&mut self, value: &V) -> Option<Vec<V>> {
        let Val::Obj(id) = value.val else { return None };
        let object = self.heap.get(id);
        let mut names: Vec<Arc<str>> = match object.kind {
            ObjKind::Plain if object.props.values().all(|it| !matches!(it.val, Val::Phi(..))) => {
                object.props.keys().filter(|it| !it.starts_with(HIDDEN)).cloned().collect()
            }
            ObjKind::Array => object.props.keys().filter(|it| it.parse::<u32>().is_ok()).cloned().collect(),
            _ => return None,
        };
        names.sort_by_key(|it| match it.parse::<u32>() {
            Ok(number) if number.to_string() == **it => (0, number),
            _ => (1, 0),
        });
        Some(names.into_iter().map(|name| V { val: Val::Str(name), why: value.why }).collect())
    }
}

/// The rows of a map whose values are all texts.
fn texts(rows: &[(Arc<str>, V)]) -> Option<BTreeMap<Arc<str>, Arc<str>>> {
    rows.iter()
        .map(|(key, it)| match &it.val {
            Val::Str(text) => Some((key.clone(), text.clone())),
            _ => None,
        })
        .collect()
}

/// The hidden name of a property's setter.
pub(crate) fn setter(name: &str) -> Arc<str> {
    Arc::from(format!("{HIDDEN}set {name}"))
}
