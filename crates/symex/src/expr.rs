//! Expressions: operators, property access, literals and assignment.

use std::sync::Arc;

use edge::{ExprId, Node, Ty, Why};
use script::{Expr, ExprKind, Item, Key, Logical, Prop, Unary};

use crate::Eval;
use crate::exec::undef;
use crate::operators::{number_text, to_int32};
use crate::value::{HIDDEN, ObjId, ObjKind, V, Val};

impl Eval<'_> {
    pub(crate) fn expr(&mut self, expr: &Expr, scope: ObjId) -> V {
        if self.halted() || !self.fuel() {
            return undef();
        }
        let plain = |val: Val| V { val, why: Why::NONE };
        match &expr.kind {
            ExprKind::Undefined => undef(),
            ExprKind::Null => plain(Val::Null),
            ExprKind::Bool(value) => plain(Val::Bool(*value)),
            ExprKind::Num(value) => plain(Val::Num(*value)),
            ExprKind::Str(text) => plain(Val::Str(text.clone())),
            ExprKind::Regex(pattern, flags) => {
                let id = self.heap.alloc(ObjKind::Regex(pattern.clone(), flags.clone()));
                plain(Val::Obj(id))
            }
            ExprKind::Template(texts, exprs) => {
                let mut out = plain(Val::Str(texts.first().cloned().unwrap_or_else(|| Arc::from(""))));
                for (at, part) in exprs.iter().enumerate() {
                    let value = self.expr(part, scope);
                    let value = self.text_of(&value);
                    out = self.add(&out, &value);
                    if let Some(text) = texts.get(at + 1) {
                        out = self.add(&out, &plain(Val::Str(text.clone())));
                    }
                }
                out
            }
            ExprKind::Name(name) => self.name(name, scope),
            ExprKind::This => self.lookup(scope, "this").unwrap_or_else(undef),
            ExprKind::Array(items) => {
                let items = self.items(items, scope);
                let val = match items {
                    Some(items) => self.array(items),
                    None => self.unknown("spreading what only the request knows"),
                };
                plain(val)
            }
            ExprKind::Object(props) => self.object(props, scope),
            ExprKind::Function(function) => {
                let this = if function.arrow { self.lookup(scope, "this") } else { None };
                plain(self.function_val(function, scope, this))
            }
            ExprKind::Class(class) => plain(self.class_value(class, scope)),
            ExprKind::Member { object, key, optional } => {
                let object = self.expr(object, scope);
                if *optional {
                    return self.unless_nullish(&object, &mut |eval, object| {
                        let key = eval.key(key, scope);
                        eval.get(&object, &key)
                    });
                }
                let key = self.key(key, scope);
                self.get(&object, &key)
            }
            ExprKind::Call { callee, args, optional } => self.call_expr(callee, args, *optional, scope),
            ExprKind::Chain(inner) => self.chain(inner, scope),
            ExprKind::New(callee, args) => self.construct(callee, args, scope),
            ExprKind::SuperCall(name, args) => self.super_call(name.as_ref(), args, scope),
            ExprKind::Unary(op, operand) => self.unary(*op, operand, scope),
            ExprKind::Binary(op, a, b) => {
                // Long concatenations lean to the left: walk the spine, not the stack.
                let mut spine = vec![(*op, &**b)];
                let mut first = &**a;
                while let ExprKind::Binary(op, a, b) = &first.kind {
                    spine.push((*op, &**b));
                    first = a;
                }
                let mut value = self.expr(first, scope);
                while let Some((op, right)) = spine.pop() {
                    let right = self.expr(right, scope);
                    value = self.binary(op, &value, &right);
                }
                value
            }
            ExprKind::Logical(op, a, b) => self.logical(*op, a, &mut |eval| eval.expr(b, scope), scope),
            ExprKind::Cond(test, a, b) => {
                let cond = self.expr(test, scope);
                self.branch(&cond, &mut |eval| eval.expr(a, scope), &mut |eval| eval.expr(b, scope))
            }
            ExprKind::Assign(target, value) => {
                let value = self.expr(value, scope);
                self.bind(target, value.clone(), scope, false);
                value
            }
            ExprKind::AssignOp(op, place, value) => {
                let old = self.expr(place, scope);
                let right = self.expr(value, scope);
                let new = self.binary(*op, &old, &right);
                self.assign_place(place, new.clone(), scope);
                new
            }
            ExprKind::AssignLogical(op, place, value) => self.logical(
                *op,
                place,
                &mut |eval| {
                    let value = eval.expr(value, scope);
                    eval.assign_place(place, value.clone(), scope);
                    value
                },
                scope,
            ),
            ExprKind::Update { place, increment, prefix } => {
                let old = self.expr(place, scope);
                let one = plain(Val::Num(if *increment { 1.0 } else { -1.0 }));
                let old = match old.val {
                    Val::Num(_) | Val::Sym(_) => old,
                    _ => V { val: self.unknown_data("counting what is no number"), why: old.why },
                };
                let new = self.add(&old, &one);
                self.assign_place(place, new.clone(), scope);
                if *prefix { new } else { old }
            }
            ExprKind::Sequence(list) => {
                let mut last = undef();
                for it in list {
                    last = self.expr(it, scope);
                }
                last
            }
            ExprKind::Await(inner) => {
                self.awaited = matches!(inner.kind, ExprKind::Call { .. });
                let value = self.expr(inner, scope);
                self.awaited = false;
                self.settled(&value)
            }
            ExprKind::Unsupported(what) => {
                self.span = expr.span;
                self.give_up(format!("{what} is not supported"));
                undef()
            }
        }
    }

    fn name(&mut self, name: &Arc<str>, scope: ObjId) -> V {
        if let Some(value) = self.lookup(scope, name) {
            return V { val: self.refined(value.val), why: value.why };
        }
        // What a deployment fills in: the front end gives it a name that no source can write.
        if let Some(open) = name.strip_prefix("*hole ") {
            let name = self.program.store.text(open);
            let hole = self.program.store.mk(Node::Hole(name));
            return V { val: Val::Sym(hole), why: Why::NONE };
        }
        let val = match &**name {
            "undefined" => Val::Undef,
            "NaN" => Val::Num(f64::NAN),
            "Infinity" => Val::Num(f64::INFINITY),
            _ if crate::builtins::is_global(name) => Val::Native(name.clone(), None),
            _ => {
                self.give_up(format!("the name {name}, which is not defined"));
                Val::Undef
            }
        };
        V { val, why: Why::NONE }
    }

    /// A value without the alternatives that are ruled out here: after `if (…) break`, a counter is a number again.
    fn refined(&self, val: Val) -> Val {
        let Val::Sym(mut id) = val else { return val };
        while let Node::Ite(test, a, b) = *self.program.store.node(id)
            && let Some(side) = self.decide(test)
        {
            id = if side { a } else { b };
        }
        self.constant(id).unwrap_or(Val::Sym(id))
    }

    /// The value of an expression that is constant.
    fn constant(&self, id: ExprId) -> Option<Val> {
        match self.program.store.node(id) {
            Node::Bool(value) => Some(Val::Bool(*value)),
            #[expect(clippy::cast_precision_loss, reason = "whole numbers are made from doubles")]
            Node::Int(value) => Some(Val::Num(*value as f64)),
            Node::Str(_) => self.program.store.as_str(id).map(|it| Val::Str(it.clone())),
            _ => None,
        }
    }

    fn chain(&mut self, inner: &Expr, scope: ObjId) -> V {
        // A short circuit skips the rest of the chain: `a?.b.c` reads `c` only where `b` was read.
        match &inner.kind {
            ExprKind::Member { object, key, optional: false } if has_optional(object) => {
                let object = self.chain(object, scope);
                self.unless_nullish(&object, &mut |eval, object| {
                    let key = eval.key(key, scope);
                    eval.get(&object, &key)
                })
            }
            ExprKind::Call { callee, args, optional: false } if has_optional(callee) => {
                if let ExprKind::Member { object, key, optional: _ } = &callee.kind {
                    let object = self.chain(object, scope);
                    return self.unless_nullish(&object, &mut |eval, object| {
                        let key = eval.key(key, scope);
                        let function = eval.get(&object, &key);
                        match eval.items(args, scope) {
                            Some(args) => eval.apply(&function, Some(object), args),
                            None => V { val: eval.unknown("spreading what only the request knows"), why: object.why },
                        }
                    });
                }
                self.expr(inner, scope)
            }
            _ => self.expr(inner, scope),
        }
    }

    pub(crate) fn unless_nullish(&mut self, value: &V, run: &mut dyn FnMut(&mut Self, V) -> V) -> V {
        self.each(value, &mut |eval, it| match it.val {
            Val::Undef | Val::Null => V { val: Val::Undef, why: it.why },
            _ => run(eval, it),
        })
    }

    pub(crate) fn key(&mut self, key: &Key, scope: ObjId) -> V {
        match key {
            Key::Name(name) => V { val: Val::Str(name.clone()), why: Why::NONE },
            Key::Computed(expr) => self.expr(expr, scope),
        }
    }

    pub(crate) fn items(&mut self, items: &[Item], scope: ObjId) -> Option<Vec<V>> {
        let mut out = Vec::new();
        for item in items {
            match item {
                Item::One(expr) => out.push(self.expr(expr, scope)),
                Item::Spread(expr) => {
                    let value = self.expr(expr, scope);
                    out.extend(self.elements(&value)?);
                }
            }
        }
        Some(out)
    }

    pub(crate) fn array(&mut self, items: Vec<V>) -> Val {
        self.charge(items.len().saturating_mul(32));
        let id = self.heap.alloc(ObjKind::Array);
        #[expect(clippy::cast_precision_loss, reason = "the length of a source array")]
        let length = items.len() as f64;
        for (at, item) in items.into_iter().enumerate() {
            self.heap.init(id, &at.to_string(), item);
        }
        self.heap.init(id, "length", V { val: Val::Num(length), why: Why::NONE });
        Val::Obj(id)
    }

    fn object(&mut self, props: &[Prop], scope: ObjId) -> V {
        let id = match props.first() {
            // `{...request.headers, more}` is another object with the same names.
            Some(Prop::Spread(first)) => {
                let value = self.expr(first, scope);
                match self.copied(&value) {
                    Some(id) => id,
                    None => {
                        let id = self.heap.alloc(ObjKind::Plain);
                        self.spread(id, &value);
                        id
                    }
                }
            }
            _ => self.heap.alloc(ObjKind::Plain),
        };
        let first = usize::from(matches!(props.first(), Some(Prop::Spread(_))));
        for prop in props.iter().skip(first) {
            match prop {
                Prop::Value(key, value) => {
                    let key = self.key(key, scope);
                    let value = self.expr(value, scope);
                    match key.val {
                        Val::Str(name) if &*name == "__proto__" => {
                            if let Val::Unknown(region, _) = self.unknown("an object with a prototype of its own") {
                                self.heap.set_kind(id, ObjKind::Opaque(region));
                            }
                        }
                        Val::Str(name) => self.heap.init(id, &name, value),
                        Val::Num(number) => self.heap.init(id, &number_text(number), value),
                        _ => {
                            if let Val::Unknown(region, _) = self.unknown("an object whose keys depend on the request")
                            {
                                self.heap.set_kind(id, ObjKind::Opaque(region));
                            }
                        }
                    }
                }
                Prop::Spread(value) => {
                    let value = self.expr(value, scope);
                    self.spread(id, &value);
                }
                Prop::Accessor(method) => {
                    let this = V { val: Val::Obj(id), why: Why::NONE };
                    self.add_method(id, method, scope, &this);
                }
            }
        }
        V { val: Val::Obj(id), why: Why::NONE }
    }

    /// A copy of a family of the exchange.
    pub(crate) fn copied(&mut self, value: &V) -> Option<ObjId> {
        let Val::Obj(from) = value.val else { return None };
        let ObjKind::Family(family) = self.heap.get(from).kind else { return None };
        let object = self.heap.get(from).clone();
        let id = self.heap.alloc(ObjKind::Family(family));
        for (name, value) in &object.props {
            self.heap.init(id, name, value.clone());
        }
        for (name, entry) in &object.base {
            self.heap.share(id, name, *entry);
        }
        self.copies.insert(id, from);
        Some(id)
    }

    /// Copies the properties of a value to an object that nothing has seen yet.
    fn spread(&mut self, id: ObjId, value: &V) {
        let plain = match &value.val {
            Val::Undef | Val::Null => return,
            Val::Obj(from) => {
                matches!(self.heap.get(*from).kind, ObjKind::Plain | ObjKind::Request | ObjKind::Response)
            }
            _ => false,
        };
        if plain && let Val::Obj(from) = value.val {
            let names: Vec<Arc<str>> = self.heap.get(from).props.keys().cloned().collect();
            for name in names {
                let key = V { val: Val::Str(name.clone()), why: value.why };
                let item = if name.starts_with(HIDDEN) || name.starts_with('#') {
                    self.heap.get(from).props.get(&name).cloned().unwrap_or_else(undef)
                } else {
                    self.get(value, &key)
                };
                self.heap.init(id, &name, item);
            }
            return;
        }
        if let Val::Unknown(region, _) = self.unknown("spreading what only the request knows") {
            self.heap.set_kind(id, ObjKind::Opaque(region));
        }
    }

    fn unary(&mut self, op: Unary, operand: &Expr, scope: ObjId) -> V {
        if op == Unary::Delete {
            if let ExprKind::Member { object, key, optional: _ } = &operand.kind {
                let object = self.expr(object, scope);
                let key = self.key(key, scope);
                self.delete(&object, &key);
            }
            return V { val: Val::Bool(true), why: Why::NONE };
        }
        if op == Unary::TypeOf
            && let ExprKind::Name(name) = &operand.kind
            && self.lookup(scope, name).is_none()
            && !crate::builtins::is_global(name)
        {
            return V { val: Val::Str(Arc::from("undefined")), why: Why::NONE };
        }
        let value = self.expr(operand, scope);
        let why = value.why;
        let val = match op {
            Unary::Not => {
                let truth = self.truth(&value.val);
                let not = self.program.store.not(truth);
                self.truth_value(not)
            }
            Unary::Minus | Unary::Plus | Unary::BitNot => match self.to_number(&value.val) {
                Some(number) => Val::Num(match op {
                    Unary::Minus => -number,
                    Unary::BitNot => f64::from(!to_int32(number)),
                    _ => number,
                }),
                None => match (&value.val, op) {
                    (Val::Sym(id), Unary::Plus) if self.program.store.ty(*id) == Ty::Int => value.val.clone(),
                    _ => self.unknown_data("arithmetic on what only the request knows"),
                },
            },
            Unary::TypeOf => return self.each(&value, &mut |eval, it| V { val: eval.type_of(&it.val), why: it.why }),
            Unary::Void | Unary::Delete => Val::Undef,
        };
        V { val, why }
    }

    pub(crate) fn type_of(&mut self, val: &Val) -> Val {
        let name = match val {
            Val::Undef => "undefined",
            Val::Null | Val::Obj(_) => "object",
            Val::Bool(_) => "boolean",
            Val::Num(_) | Val::Position(..) => "number",
            Val::Str(_) => "string",
            Val::Native(name, None) if matches!(&**name, "JSON" | "Math" | "Reflect" | "Intl" | "console") => "object",
            Val::Native(name, None) if matches!(&**name, "URL" | "URLSearchParams" | "TextEncoder" | "TextDecoder") => {
                return self.unknown_data(format!("whether the platform has {name}"));
            }
            Val::Func(_) | Val::Native(..) => "function",
            Val::Sym(id) => match self.program.store.ty(*id) {
                Ty::Bool => "boolean",
                Ty::Int => "number",
                Ty::Str | Ty::OptStr | Ty::List => "string",
            },
            Val::Phi(..) | Val::Unknown(..) | Val::Accessor(_) => {
                return self.unknown_data("the type of what is not understood");
            }
        };
        Val::Str(Arc::from(name))
    }

    fn logical(&mut self, op: Logical, a: &Expr, b: &mut dyn FnMut(&mut Self) -> V, scope: ObjId) -> V {
        let left = self.expr(a, scope);
        let test = match op {
            Logical::And | Logical::Or => self.truth(&left.val),
            Logical::Nullish => {
                let (undefined, null) =
                    (self.strict_equal(&left.val, &Val::Undef), self.strict_equal(&left.val, &Val::Null));
                self.program.store.or(undefined, null)
            }
        };
        let cond = V { val: Val::Sym(test), why: left.why };
        let mut keep = |eval: &mut Self| eval.only_present(&left);
        match op {
            Logical::And | Logical::Nullish => self.branch(&cond, b, &mut keep),
            Logical::Or => self.branch(&cond, &mut keep, b),
        }
    }
}

fn has_optional(expr: &Expr) -> bool {
    let mut at = expr;
    loop {
        match &at.kind {
            ExprKind::Member { object, optional, .. } => {
                if *optional {
                    return true;
                }
                at = object;
            }
            ExprKind::Call { callee, optional, .. } => {
                if *optional {
                    return true;
                }
                at = callee;
            }
            _ => return false,
        }
    }
}
