//! Classes: their values, instances, `super`, accessors and `instanceof`.

use std::sync::Arc;

use edge::Why;
use script::{Class, Expr, Item};

use crate::Eval;
use crate::call::setter;
use crate::exec::undef;
use crate::value::{CLASS, FuncId, HIDDEN, ObjId, ObjKind, V, Val};

impl Eval<'_> {
    pub(crate) fn class_value(&mut self, class: &Arc<Class>, scope: ObjId) -> Val {
        let parent = class.parent.as_ref().map(|it| self.expr(it, scope));
        self.classes.push(class.clone());
        // Methods see their class, for `super`.
        let inner = self.heap.alloc(ObjKind::Scope(Some(scope)));
        let id = self.heap.alloc(ObjKind::Class(self.classes.len() - 1, inner));
        let object = V { val: Val::Obj(id), why: Why::NONE };
        self.heap.init(inner, CLASS, object.clone());
        if let Some(parent) = parent {
            match &parent.val {
                Val::Obj(of) if matches!(self.heap.get(*of).kind, ObjKind::Class(..)) => {
                    let inherited: Vec<(Arc<str>, V)> = self.heap.get(*of).props.clone().into_iter().collect();
                    for (name, value) in inherited.into_iter().filter(|(name, _)| !name.starts_with(HIDDEN)) {
                        let val = self.of_child(value.val, *of, &object);
                        self.heap.init(id, &name, V { val, why: value.why });
                    }
                }
                Val::Native(name, None) if crate::builtins::is_error(name) => {}
                _ => {
                    self.give_up("a class that extends what is not understood");
                    return Val::Undef;
                }
            }
            self.heap.init(id, CLASS, parent);
        }
        for method in class.methods.iter().filter(|it| it.is_static) {
            self.add_method(id, method, inner, &object);
        }
        for (key, value, is_static) in &class.fields {
            if *is_static {
                self.add_field(id, key, value.as_ref(), inner, &object);
            }
        }
        Val::Obj(id)
    }

    /// A static method or accessor as the child has it: `this` is the child.
    fn of_child(&mut self, val: Val, parent: ObjId, child: &V) -> Val {
        let (Val::Func(id) | Val::Accessor(id)) = val else { return val };
        let Some(mut closure) = self.closures.get(id.0).cloned() else { return val };
        if closure.this.as_ref().is_none_or(|it| it.val != Val::Obj(parent)) {
            return val;
        }
        closure.this = Some(child.clone());
        self.closures.push(closure);
        let own = FuncId(self.closures.len() - 1);
        if matches!(val, Val::Func(_)) { Val::Func(own) } else { Val::Accessor(own) }
    }

    /// Puts a method or accessor on an object or class.
    pub(crate) fn add_method(&mut self, on: ObjId, method: &script::Method, scope: ObjId, this: &V) {
        let key = self.key(&method.key, scope);
        let Val::Str(name) = key.val else {
            self.give_up("a method whose name depends on the request");
            return;
        };
        let val = self.function_val(&method.function, scope, Some(this.clone()));
        let (name, val) = match (method.kind, val) {
            (script::MethodKind::Getter, Val::Func(id)) => (name, Val::Accessor(id)),
            (script::MethodKind::Setter, val) => (setter(&name), val),
            (_, val) => (name, val),
        };
        self.heap.init(on, &name, V { val, why: key.why });
    }

    pub(crate) fn add_field(&mut self, on: ObjId, key: &script::Key, value: Option<&Expr>, scope: ObjId, this: &V) {
        let scope = self.heap.alloc(ObjKind::Scope(Some(scope)));
        self.heap.init(scope, "this", this.clone());
        let key = self.key(key, scope);
        let value = value.map_or_else(undef, |it| self.expr(it, scope));
        match key.val {
            Val::Str(name) => self.write(on, &name, Some(value)),
            _ => self.give_up("a field whose name depends on the request"),
        }
    }

    pub(crate) fn construct(&mut self, callee: &Expr, args: &[Item], scope: ObjId) -> V {
        let function = self.expr(callee, scope);
        let Some(args) = self.items(args, scope) else {
            return V { val: self.unknown("spreading what only the request knows"), why: function.why };
        };
        match &function.val {
            Val::Obj(id) => {
                if let ObjKind::Class(..) = self.heap.get(*id).kind {
                    return self.instance(*id, args, function.why);
                }
                self.give_up("new on an object");
                undef()
            }
            Val::Native(name, _) => {
                let mut value = self.new_native(&name.clone(), &args);
                value.why = self.union(value.why, function.why);
                value
            }
            // A class of a package: it sees what it is handed, and none of the source's own code.
            Val::Unknown(_, part) if self.data.contains(part) => {
                for arg in &args {
                    self.havoc(arg);
                }
                self.may_throw(&function.val);
                V { val: self.unknown_data("an object of a class that is not understood"), why: function.why }
            }
            // A function as a constructor, or what may be one.
            _ => {
                self.give_up("new on what is not understood");
                undef()
            }
        }
    }

    pub(crate) fn instance(&mut self, class: ObjId, args: Vec<V>, why: Why) -> V {
        let id = self.heap.alloc(ObjKind::Plain);
        let this = V { val: Val::Obj(id), why };
        self.heap.init(id, CLASS, V { val: Val::Obj(class), why });
        // The methods of parents first: a child's take their place.
        let mut chain = vec![class];
        while let Some(V { val: Val::Obj(parent), why: _ }) =
            chain.last().and_then(|it| self.heap.get(*it).props.get(CLASS).cloned())
        {
            chain.push(parent);
        }
        for of in chain.into_iter().rev() {
            let Some((class, scope)) = self.class_of(of) else { continue };
            for method in class.methods.iter().filter(|it| !it.is_static) {
                self.add_method(id, method, scope, &this);
            }
        }
        self.initialize(class, &this, args);
        this
    }

    pub(crate) fn class_of(&self, id: ObjId) -> Option<(Arc<Class>, ObjId)> {
        match self.heap.get(id).kind {
            ObjKind::Class(number, scope) => self.classes.get(number).map(|it| (it.clone(), scope)),
            _ => None,
        }
    }

    /// Runs the constructor of a class, or what stands for it.
    pub(crate) fn initialize(&mut self, id: ObjId, this: &V, args: Vec<V>) {
        let Some((class, scope)) = self.class_of(id) else { return };
        match &class.constructor {
            Some(constructor) => {
                if class.parent.is_none() {
                    self.add_fields(&class, scope, this);
                }
                if let Val::Func(function) = self.function_val(constructor, scope, Some(this.clone())) {
                    self.call_closure(function, this.why, Some(this.clone()), args);
                }
            }
            None => {
                self.initialize_parent(id, this, args);
                self.add_fields(&class, scope, this);
            }
        }
    }

    pub(crate) fn add_fields(&mut self, class: &Arc<Class>, scope: ObjId, this: &V) {
        if let Val::Obj(id) = this.val {
            for (key, value, _) in class.fields.iter().filter(|(_, _, is_static)| !is_static) {
                self.add_field(id, key, value.as_ref(), scope, this);
            }
        }
    }

    pub(crate) fn initialize_parent(&mut self, id: ObjId, this: &V, args: Vec<V>) {
        let parent = self.heap.get(id).props.get(CLASS).cloned();
        match (parent.map(|it| it.val), &this.val) {
            (Some(Val::Obj(parent)), _) => self.initialize(parent, this, args),
            (Some(Val::Native(name, None)), Val::Obj(this)) => {
                let message =
                    args.into_iter().next().unwrap_or_else(|| V { val: Val::Str(Arc::from("")), why: Why::NONE });
                self.write(*this, &Arc::from("message"), Some(message));
                self.write(*this, &Arc::from("name"), Some(V { val: Val::Str(name), why: Why::NONE }));
            }
            _ => {}
        }
    }

    /// `super(…)` and `super.name(…)`.
    pub(crate) fn super_call(&mut self, name: Option<&Arc<str>>, args: &[Item], scope: ObjId) -> V {
        let (class, this) = (self.lookup(scope, CLASS), self.lookup(scope, "this"));
        let (Some(V { val: Val::Obj(class), why }), Some(this)) = (class, this) else {
            self.give_up("super outside of a class");
            return undef();
        };
        let Some(args) = self.items(args, scope) else {
            self.give_up("spreading what only the request knows");
            return undef();
        };
        let Some(name) = name else {
            self.initialize_parent(class, &this, args);
            if let Some((own, scope)) = self.class_of(class) {
                self.add_fields(&own, scope, &this);
            }
            return undef();
        };
        let mut at = self.heap.get(class).props.get(CLASS).cloned();
        while let Some(V { val: Val::Obj(parent), why: _ }) = at {
            let Some((of, scope)) = self.class_of(parent) else { break };
            let method = of.methods.iter().find(|it| {
                !it.is_static
                    && it.kind == script::MethodKind::Method
                    && matches!(&it.key, script::Key::Name(key) if key == name)
            });
            if let Some(method) = method
                && let Val::Func(function) = self.function_val(&method.function, scope, Some(this.clone()))
            {
                return self.call_closure(function, why, Some(this), args);
            }
            at = self.heap.get(parent).props.get(CLASS).cloned();
        }
        self.give_up(format!("super.{name}"));
        undef()
    }

    /// `value instanceof class`.
    pub(crate) fn instance_of(&mut self, value: &V, class: &V) -> Val {
        match &value.val {
            Val::Undef | Val::Null | Val::Bool(_) | Val::Num(_) | Val::Str(_) => return Val::Bool(false),
            Val::Sym(_) | Val::Position(..) => return Val::Bool(false),
            Val::Obj(id) if self.heap.get(*id).kind == ObjKind::Plain => {
                let mut at = self.heap.get(*id).props.get(CLASS).cloned();
                while let Some(of) = at {
                    match (&of.val, &class.val) {
                        (x, y) if x == y => return Val::Bool(true),
                        (Val::Native(x, None), Val::Native(y, None))
                            if crate::builtins::is_error(x) && &**y == "Error" =>
                        {
                            return Val::Bool(true);
                        }
                        (Val::Obj(parent), _) => at = self.heap.get(*parent).props.get(CLASS).cloned(),
                        _ => break,
                    }
                }
                if matches!(&class.val, Val::Obj(_))
                    || matches!(&class.val, Val::Native(it, None) if crate::builtins::is_error(it))
                {
                    return Val::Bool(false);
                }
            }
            _ => {}
        }
        self.unknown_data("instanceof")
    }
}
