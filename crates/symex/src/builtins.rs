//! Built-ins of the language and the host's modules, by dotted name.

use std::sync::Arc;

use edge::{ExprId, Fn, Ty, Why};

use crate::Eval;
use crate::exec::undef;
use crate::value::{ObjKind, V, Val};

/// Errors that may be constructed.
const ERRORS: [&str; 3] = ["Error", "TypeError", "RangeError"];

impl Eval<'_> {
    pub(crate) fn native(&mut self, name: &str, this: Option<V>, args: &[V]) -> V {
        let mut why = this.as_ref().map_or(Why::NONE, |it| it.why);
        for arg in args {
            why = self.union(why, arg.why);
        }
        let first = args.first().cloned().unwrap_or_else(undef);
        if let (Some((family, method)), Some(this)) = (name.split_once('.'), &this) {
            match family {
                "string" => return self.string_method(method, this, args),
                "split" => return self.split_method(method, this, args),
                "array" => return self.array_method(method, this, args, why),
                "map" => return self.map_method(method, this, args, why),
                "regex" => return self.regex_method(method, this, args, why),
                "number"
                    if matches!(method, "toString" | "toFixed" | "valueOf")
                        && args.is_empty()
                        && method != "toFixed" =>
                {
                    return self.text_of(this);
                }
                "function" if method == "call" => {
                    return self.apply(this, args.first().cloned(), args.iter().skip(1).cloned().collect());
                }
                "object" if method == "hasOwnProperty" => return self.contains_key(this, &first),
                _ => {}
            }
        }
        match name {
            "console.log" | "console.error" | "console.warn" | "console.info" | "console.debug" => undef(),
            "String" => self.text_of(&first),
            "Boolean" => {
                let truth = self.truth(&first.val);
                V { val: self.truth_value(truth), why }
            }
            "Number" | "parseInt" | "parseFloat" => {
                let val = match (&first.val, name) {
                    (Val::Num(_), _) => first.val.clone(),
                    (_, "Number") => match self.to_number(&first.val) {
                        Some(number) => Val::Num(number),
                        None => self.unknown("a number read from the request"),
                    },
                    (Val::Str(text), _) => {
                        let digits: String = text.trim().chars().take_while(char::is_ascii_digit).collect();
                        match digits.parse::<f64>() {
                            Ok(number) if text.trim() == digits => Val::Num(number),
                            _ => self.unknown(name),
                        }
                    }
                    _ => self.unknown("a number read from the request"),
                };
                V { val, why }
            }
            "isNaN" | "Number.isNaN" => match self.to_number(&first.val) {
                Some(number) => V { val: Val::Bool(number.is_nan()), why },
                None => V { val: self.unknown("isNaN of the request"), why },
            },
            "encodeURIComponent" => self.each(&first, &mut |eval, it| {
                let text = eval.text_of(&it);
                let val = match (&text.val, eval.scalar(&text.val)) {
                    (Val::Str(text), _) => Val::Str(Arc::from(encode_component(text))),
                    (_, Some(id)) if eval.program.store.ty(id) == Ty::Str => {
                        Val::Sym(eval.call_fn(Fn::JsEncodeComponent, &[id]))
                    }
                    _ => eval.unknown("encodeURIComponent"),
                };
                V { val, why }
            }),
            "Object.keys" | "Object.values" | "Object.entries" => self.object_list(name, &first, why),
            "Object.assign" => self.object_assign(args, why),
            "Object.freeze" | "Object.seal" | "Promise.resolve" => first,
            "Array.isArray" => match &first.val {
                Val::Obj(id) => V { val: Val::Bool(self.heap.get(*id).kind == ObjKind::Array), why },
                Val::Unknown(..) | Val::Phi(..) => V { val: self.unknown(name), why },
                _ => V { val: Val::Bool(false), why },
            },
            "Array.from" => match self.elements(&first) {
                Some(items) if args.len() == 1 => V { val: self.array(items), why },
                _ => V { val: self.unknown(name), why },
            },
            "Object.prototype.hasOwnProperty.call" | "Object.hasOwn" => match args.get(1) {
                Some(key) => self.contains_key(&first, &key.clone()),
                None => undef(),
            },
            "JSON.stringify" => V { val: self.unknown("JSON.stringify"), why },
            "require" => self.require(&first),
            "cloudfront.updateRequestOrigin" => self.update_origin(&first, why),
            "cloudfront.kvs" => V { val: Val::Native(Arc::from("kvs"), None), why },
            "kvs.get" | "kvs.exists" | "kvs.meta" => {
                let unknown = self.unknown("a value of the KeyValueStore");
                self.may_throw(&unknown);
                V { val: unknown, why }
            }
            _ => {
                let unknown = self.unknown(format!("{name}()"));
                for arg in args.iter().chain(this.iter()) {
                    self.havoc(arg);
                }
                self.may_throw(&unknown);
                V { val: unknown, why }
            }
        }
    }

    fn require(&mut self, specifier: &V) -> V {
        let Val::Str(specifier) = &specifier.val else { return V { val: self.unknown("require"), why: Why::NONE } };
        if let Some(native) = crate::exec::builtin_module(specifier) {
            return V { val: Val::Native(Arc::from(native), None), why: Why::NONE };
        }
        let importer = self.function.entry.path.clone();
        let module = (self.function.resolve)(&importer, specifier).and_then(|path| self.function.modules.get(&path));
        match module {
            Some(module) => {
                let scope = self.module_scope(module);
                V { val: self.namespace(module, scope), why: Why::NONE }
            }
            None => V { val: self.unknown(format!("the module {specifier}")), why: Why::NONE },
        }
    }

    pub(crate) fn new_native(&mut self, name: &str, args: &[V]) -> V {
        let why = Why::NONE;
        let first = args.first().cloned().unwrap_or_else(undef);
        match name {
            "RegExp" => {
                let flags = match args.get(1).map(|it| &it.val) {
                    None => Some(Arc::from("")),
                    Some(Val::Str(flags)) => Some(flags.clone()),
                    _ => None,
                };
                match (&first.val, flags) {
                    (Val::Str(pattern), Some(flags)) => {
                        V { val: Val::Obj(self.heap.alloc(ObjKind::Regex(pattern.clone(), flags))), why: first.why }
                    }
                    _ => V { val: self.unknown("a pattern that is not constant"), why: first.why },
                }
            }
            "Map" | "Set" => {
                let id = self.heap.alloc(ObjKind::MapOrSet);
                if first.val != Val::Undef {
                    let Some(items) = self.elements(&first) else {
                        return V { val: self.unknown("a collection of what only the request knows"), why: first.why };
                    };
                    for item in items {
                        let (key, value) = if name == "Map" {
                            let Some(pair) = self.elements(&item) else {
                                return V { val: self.unknown("a Map of this form"), why };
                            };
                            (pair.first().cloned().unwrap_or_else(undef), pair.get(1).cloned().unwrap_or_else(undef))
                        } else {
                            (item, undef())
                        };
                        let Val::Str(key) = &key.val else {
                            return V { val: self.unknown("a collection with keys that are no text"), why };
                        };
                        let value = if name == "Set" { V { val: Val::Bool(true), why: value.why } } else { value };
                        self.heap.init(id, key, value);
                    }
                }
                V { val: Val::Obj(id), why: first.why }
            }
            _ if ERRORS.contains(&name) => {
                let id = self.heap.alloc(ObjKind::Plain);
                self.heap.init(id, "message", first.clone());
                V { val: Val::Obj(id), why: first.why }
            }
            _ => {
                for arg in args {
                    self.havoc(arg);
                }
                V { val: self.unknown(format!("new {name}")), why }
            }
        }
    }

    fn object_list(&mut self, name: &str, object: &V, why: Why) -> V {
        let Some(keys) = self.key_values(object) else {
            return V { val: self.unknown(format!("{name} of what only the request knows")), why };
        };
        let mut items = Vec::new();
        for key in keys {
            let item = match name {
                "Object.keys" => key,
                "Object.values" => self.get(object, &key),
                _ => {
                    let value = self.get(object, &key);
                    V { val: self.array(vec![key, value]), why }
                }
            };
            items.push(item);
        }
        V { val: self.array(items), why }
    }

    fn object_assign(&mut self, args: &[V], why: Why) -> V {
        let target = args.first().cloned().unwrap_or_else(undef);
        for from in args.iter().skip(1) {
            let Some(keys) = self.key_values(from) else {
                self.havoc(&target);
                return V { val: self.unknown("Object.assign of what only the request knows"), why };
            };
            for key in keys {
                let value = self.get(from, &key);
                self.set(&target, &key, value);
            }
        }
        target
    }

    fn array_method(&mut self, method: &str, this: &V, args: &[V], why: Why) -> V {
        let first = args.first().cloned().unwrap_or_else(undef);
        let Some(items) = self.elements(this) else {
            self.havoc(this);
            return V { val: self.unknown(format!("{method} of what only the request knows")), why };
        };
        let index = |at: usize| {
            #[expect(clippy::cast_precision_loss, reason = "an index of a source array")]
            V { val: Val::Num(at as f64), why: Why::NONE }
        };
        match method {
            "map" | "forEach" => {
                let mut out = Vec::new();
                for (at, item) in items.into_iter().enumerate() {
                    out.push(self.apply(&first, None, vec![item, index(at), this.clone()]));
                }
                V { val: if method == "map" { self.array(out) } else { Val::Undef }, why }
            }
            "some" | "every" | "find" | "filter" | "findIndex" => {
                let mut tests: Vec<(ExprId, V)> = Vec::new();
                let mut reasons = why;
                for (at, item) in items.into_iter().enumerate() {
                    let result = self.apply(&first, None, vec![item.clone(), index(at), this.clone()]);
                    reasons = self.union(reasons, result.why);
                    reasons = self.union(reasons, item.why);
                    tests.push((self.truth(&result.val), item));
                }
                let val = match method {
                    "some" => {
                        let mut any = self.no();
                        for (test, _) in &tests {
                            any = self.program.store.or(any, *test);
                        }
                        self.truth_value(any)
                    }
                    "every" => {
                        let mut all = self.yes();
                        for (test, _) in &tests {
                            all = self.program.store.and(all, *test);
                        }
                        self.truth_value(all)
                    }
                    "find" => {
                        let mut val = Val::Undef;
                        for (test, item) in tests.iter().rev() {
                            val = match self.decide(*test) {
                                Some(true) => item.val.clone(),
                                Some(false) => val,
                                None => self.merge(*test, item.val.clone(), val),
                            };
                        }
                        val
                    }
                    "filter" if tests.iter().all(|(test, _)| self.decide(*test).is_some()) => {
                        let kept =
                            tests.iter().filter(|(test, _)| self.decide(*test) == Some(true)).map(|(_, it)| it.clone());
                        let kept: Vec<V> = kept.collect();
                        self.array(kept)
                    }
                    _ => self.unknown(format!("{method} by a condition on the request")),
                };
                V { val, why: reasons }
            }
            "includes" => {
                let mut any = self.no();
                let mut reasons = why;
                for item in &items {
                    let equal = self.strict_equal(&item.val, &first.val);
                    any = self.program.store.or(any, equal);
                    reasons = self.union(reasons, item.why);
                }
                V { val: self.truth_value(any), why: reasons }
            }
            "indexOf" => {
                let mut val = Val::Num(-1.0);
                for (at, item) in items.iter().enumerate().rev() {
                    let equal = self.strict_equal(&item.val, &first.val);
                    val = self.merge(equal, index(at).val, val);
                }
                V { val, why }
            }
            "push" => {
                let Val::Obj(id) = this.val else { return undef() };
                let mut length = items.len();
                for arg in args {
                    self.write(id, &Arc::from(length.to_string()), Some(arg.clone()));
                    length += 1;
                }
                let length = index(length);
                self.write(id, &Arc::from("length"), Some(length.clone()));
                V { val: length.val, why }
            }
            "join" => {
                let separator = match &first.val {
                    Val::Undef => V { val: Val::Str(Arc::from(",")), why },
                    _ => first.clone(),
                };
                let mut out = V { val: Val::Str(Arc::from("")), why };
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out = self.add(&out, &separator);
                    }
                    let text = self.text_of(item);
                    out = self.add(&out, &text);
                }
                out
            }
            "concat" => {
                let mut all = items;
                for arg in args {
                    match self.elements(arg) {
                        Some(more) if !matches!(arg.val, Val::Str(_)) => all.extend(more),
                        _ => all.push(arg.clone()),
                    }
                }
                V { val: self.array(all), why }
            }
            "slice" => {
                let at = |value: Option<&V>, default: usize| match value.map(|it| &it.val) {
                    None | Some(Val::Undef) => Some(default),
                    #[expect(
                        clippy::cast_possible_truncation,
                        clippy::cast_sign_loss,
                        reason = "an index of a source array"
                    )]
                    Some(Val::Num(n)) => {
                        Some(if *n < 0.0 { items.len().saturating_sub((-*n) as usize) } else { *n as usize })
                    }
                    _ => None,
                };
                match (at(args.first(), 0), at(args.get(1), items.len())) {
                    (Some(from), Some(to)) => {
                        let part: Vec<V> = items.iter().take(to).skip(from).cloned().collect();
                        V { val: self.array(part), why }
                    }
                    _ => V { val: self.unknown("slice"), why },
                }
            }
            _ => {
                self.havoc(this);
                for arg in args {
                    self.havoc(arg);
                }
                V { val: self.unknown(format!("the array method {method}")), why }
            }
        }
    }

    fn map_method(&mut self, method: &str, this: &V, args: &[V], why: Why) -> V {
        let Val::Obj(id) = this.val else { return undef() };
        let key = args.first().cloned().unwrap_or_else(undef);
        match (method, &key.val) {
            ("has", Val::Str(_) | Val::Sym(_)) => self.contains_key(this, &key),
            ("get", Val::Str(name)) => self.heap.get(id).props.get(name).cloned().unwrap_or_else(undef),
            ("get", Val::Sym(_)) => {
                // A Map inherits no names: the rows decide alone.
                let rows = self.heap.get(id).props.clone();
                let plain = self.heap.alloc(ObjKind::Plain);
                for (name, value) in &rows {
                    self.heap.init(plain, name, value.clone());
                }
                let mut value = self.get(&V { val: Val::Obj(plain), why }, &key);
                if let Val::Phi(_, a, b) = &value.val
                    && matches!(**a, Val::Unknown(..))
                {
                    value.val = (**b).clone();
                }
                value
            }
            ("set", Val::Str(name)) => {
                let name = name.clone();
                self.write(id, &name, args.get(1).cloned());
                this.clone()
            }
            ("add", Val::Str(name)) => {
                let name = name.clone();
                self.write(id, &name, Some(V { val: Val::Bool(true), why }));
                this.clone()
            }
            _ => {
                self.havoc(this);
                V { val: self.unknown(format!("the collection method {method}")), why }
            }
        }
    }

    fn regex_method(&mut self, method: &str, this: &V, args: &[V], why: Why) -> V {
        let Some((pattern, flags)) = self.regex_of(Some(&this.val)) else { return undef() };
        // A global or sticky pattern remembers where it stopped.
        if flags.contains(['g', 'y']) {
            return V { val: self.unknown("a global pattern used for a test"), why };
        }
        let Some(arg) = args.first() else { return V { val: self.unknown("a test of undefined"), why } };
        match method {
            "test" | "exec" => self.each(arg, &mut |eval, it| {
                let text = eval.text_of(&it);
                let val = match eval.scalar(&text.val) {
                    Some(id) if eval.program.store.ty(id) == Ty::Str => {
                        let test = eval.matches(id, &pattern, &flags);
                        if method == "test" {
                            eval.truth_value(test)
                        } else {
                            let groups = eval.opaque("the groups of a match");
                            eval.merge(test, groups, Val::Null)
                        }
                    }
                    _ => eval.unknown("a test of what is not understood"),
                };
                V { val, why }
            }),
            _ => V { val: self.unknown(format!("the pattern method {method}")), why },
        }
    }
}

fn encode_component(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
