//! Built-ins of the language and the host's modules, by dotted name.

use std::sync::Arc;

use edge::{ExprId, Fn, Ty, Why};

use crate::exec::undef;
use crate::value::{CLASS, FuncId, ObjKind, V, Val};
use crate::{Eval, Level};

/// Names whose calls touch nothing but their arguments.
const CONTAINED: [&str; 39] = [
    "Array",
    "BigInt",
    "Boolean",
    "Buffer",
    "Date",
    "Error",
    "Intl",
    "JSON",
    "Map",
    "Math",
    "Number",
    "Object",
    "RangeError",
    "RegExp",
    "Set",
    "String",
    "Symbol",
    "SyntaxError",
    "TextDecoder",
    "TextEncoder",
    "TypeError",
    "URIError",
    "URL",
    "URLSearchParams",
    "WeakMap",
    "WeakSet",
    "atob",
    "btoa",
    "buffer",
    "console",
    "crypto",
    "decodeURI",
    "decodeURIComponent",
    "encodeURI",
    "escape",
    "number",
    "querystring",
    "request",
    "unescape",
];

/// Whether a built-in, by its dotted name, can change nothing but what it is handed.
fn is_contained(name: &str) -> bool {
    let family = name.split_once('.').map_or(name, |(family, _)| family);
    CONTAINED.binary_search(&family).is_ok() || matches!(name, "isFinite" | "parseInt" | "parseFloat")
}

/// Whether a contained built-in may write what it is handed.
fn writes(name: &str) -> bool {
    let reads = matches!(
        name,
        "Object.is" | "Object.isFrozen" | "Object.isSealed" | "Object.getOwnPropertyNames" | "Object.getPrototypeOf"
    );
    let family = name.split_once('.').map_or(name, |(family, _)| family);
    matches!(family, "Object" | "Array" | "Map" | "Set" | "WeakMap" | "WeakSet" | "Symbol" | "Intl") && !reads
}

/// Whether a built-in gives something for whatever it is handed.
fn never_throws(name: &str) -> bool {
    name.starts_with("Math.")
        || matches!(
            name,
            "Date"
                | "Date.now"
                | "Date.parse"
                | "Date.UTC"
                | "JSON.stringify"
                | "Number"
                | "Number.isInteger"
                | "isFinite"
        )
}

/// Further global names of the language; those that the platform's runtimes lack (`fetch`, `process`, `module`) are not defined.
const GLOBALS: [&str; 15] = [
    "Function",
    "Infinity",
    "NaN",
    "Promise",
    "Proxy",
    "Reflect",
    "encodeURIComponent",
    "eval",
    "globalThis",
    "isFinite",
    "isNaN",
    "parseFloat",
    "parseInt",
    "require",
    "undefined",
];

/// Whether a name that the source does not declare may be there.
pub(crate) fn is_global(name: &str) -> bool {
    CONTAINED.binary_search(&name).is_ok()
        && !matches!(name, "buffer" | "crypto" | "number" | "querystring" | "request")
        || GLOBALS.contains(&name)
}

/// Errors that may be constructed.
const ERRORS: [&str; 5] = ["Error", "RangeError", "SyntaxError", "TypeError", "URIError"];

/// Whether a global name is a class of errors.
pub(crate) fn is_error(name: &str) -> bool {
    ERRORS.contains(&name)
}

impl Eval<'_> {
    pub(crate) fn native(&mut self, name: &str, this: Option<V>, args: &[V]) -> V {
        self.awaited = false;
        // `Array.prototype.slice.call(list)` is the method of the list.
        let inherited =
            name.split_once(".prototype.").map(|(class, method)| format!("{}.{method}", class.to_lowercase()));
        let name = inherited.as_deref().unwrap_or(name);
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
                "function" if method == "apply" => {
                    let list = args.get(1).cloned().unwrap_or_else(undef);
                    let args = if matches!(list.val, Val::Undef | Val::Null) {
                        Some(Vec::new())
                    } else {
                        self.elements(&list)
                    };
                    return match args {
                        Some(args) => self.apply(this, Some(first), args),
                        None => {
                            self.give_up("apply with arguments that only the request knows");
                            undef()
                        }
                    };
                }
                "function" if method == "bind" && args.len() == 1 => return self.bound(this, &first),
                "hash" => return self.hash_method(method, this, args, why),
                "date" => {
                    if let Val::Obj(id) = this.val
                        && let ObjKind::Date(at) = self.heap.get(id).kind
                    {
                        return self.date_method(method, at, why);
                    }
                }
                "bytes" => return self.bytes_method(method, this, args, why),
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
            "Number" | "parseInt" | "parseFloat" | "Number.parseInt" | "Number.parseFloat" => {
                let val = match (&first.val, name) {
                    (Val::Num(value), "parseInt" | "Number.parseInt") if value.abs() < 1e21 => Val::Num(value.trunc()),
                    (Val::Num(_), _) => first.val.clone(),
                    _ if args.len() > 1 && args.get(1).is_none_or(|it| it.val != Val::Num(10.0)) => {
                        self.unknown_data("a number in another base")
                    }
                    (_, "Number") => match self.to_number(&first.val) {
                        Some(number) => Val::Num(number),
                        None => self.unknown_data("a number read from the request"),
                    },
                    (Val::Str(text), _) => Val::Num(leading_number(text, name.ends_with("Float"))),
                    _ => self.unknown_data("a number read from the request"),
                };
                V { val, why }
            }
            "Number.isNaN" if !matches!(first.val, Val::Num(_) | Val::Unknown(..) | Val::Phi(..)) => {
                V { val: Val::Bool(false), why }
            }
            "isNaN" | "Number.isNaN" => match self.to_number(&first.val) {
                Some(number) => V { val: Val::Bool(number.is_nan()), why },
                None => V { val: self.unknown_data("isNaN of the request"), why },
            },
            "encodeURIComponent" => self.each(&first, &mut |eval, it| {
                let text = eval.text_of(&it);
                let val = match (&text.val, eval.scalar(&text.val)) {
                    (Val::Str(text), _) => Val::Str(Arc::from(encode_component(text))),
                    (_, Some(id)) if eval.program.store.ty(id) == Ty::Str => {
                        Val::Sym(eval.call_fn(Fn::JsEncodeComponent, &[id]))
                    }
                    _ => eval.unknown_data("encodeURIComponent"),
                };
                V { val, why }
            }),
            "Object.keys" | "Object.values" | "Object.entries" => self.object_list(name, &first, why),
            "Object.assign" => self.object_assign(args, why),
            "Object.freeze" | "Object.seal" => first,
            "Promise.resolve" => {
                let value = self.settled(&first);
                self.promise(value)
            }
            "Error" | "TypeError" | "RangeError" | "SyntaxError" | "URIError" => self.new_error(name, first),
            "Object.fromEntries" => self.from_entries(&first, why),
            "Array.isArray" => match &first.val {
                Val::Obj(id) => {
                    let val = match self.heap.get(*id).kind {
                        ObjKind::Array | ObjKind::Split(..) => Val::Bool(true),
                        ObjKind::Opaque(_) => self.unknown_data(name),
                        _ => Val::Bool(false),
                    };
                    V { val, why }
                }
                Val::Unknown(..) | Val::Phi(..) => V { val: self.unknown_data(name), why },
                _ => V { val: Val::Bool(false), why },
            },
            "Array.from" => match self.elements(&first) {
                Some(items) if args.len() == 1 => V { val: self.array(items), why },
                _ => V { val: self.unknown(name), why },
            },
            "Object.getOwnPropertySymbols" => V { val: self.array(Vec::new()), why },
            "Object.getOwnPropertyDescriptors" if let Some(val) = self.descriptors(&first) => V { val, why },
            "Object.getOwnPropertyDescriptor"
                if let Some(Val::Obj(all)) = self.descriptors(&first)
                    && let Some(Val::Str(key)) = args.get(1).map(|it| it.val.clone()) =>
            {
                let val = self.heap.get(all).props.get(&key).map_or(Val::Undef, |it| it.val.clone());
                V { val, why }
            }
            "Object.defineProperty" if self.is_assignment(args.get(2)) => {
                if let [_, key, descriptor] = args {
                    let value = self.get(descriptor, &V { val: Val::Str(Arc::from("value")), why });
                    self.set(&first, key, value);
                }
                first
            }
            "Object.defineProperties" if let Some(all) = self.assignments(args.get(1)) => {
                for (key, value) in all {
                    self.set(&first, &key, value);
                }
                first
            }
            "Object.hasOwn" => match args.get(1) {
                Some(key) => self.contains_key(&first, &key.clone()),
                None => undef(),
            },
            _ if is_contained(name)
                && let Some(val) = self.constant_call(name, args) =>
            {
                V { val, why }
            }
            "require" => self.require(&first),
            "cloudfront.updateRequestOrigin" => self.update_origin(&first, why),
            "cloudfront.kvs" => V { val: Val::Native(Arc::from("kvs"), None), why },
            "kvs.get" | "kvs.exists" | "kvs.meta" => {
                let unknown = self.unknown_data("a value of the KeyValueStore");
                self.may_throw(&unknown);
                V { val: unknown, why }
            }
            _ if is_contained(name) => {
                let unknown = self.unknown_data(format!("{name}()"));
                for arg in args.iter().chain(this.iter()) {
                    if writes(name) || matches!(arg.val, Val::Func(_)) {
                        self.havoc(arg);
                    }
                }
                if !never_throws(name) {
                    self.may_throw(&unknown);
                }
                V { val: unknown, why }
            }
            // It may reach the exchange, or run code that is not here.
            _ => {
                self.give_up(format!("{name}()"));
                undef()
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
            None => V { val: self.unknown_data(format!("the module {specifier}")), why: Why::NONE },
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
            _ if is_error(name) => self.new_error(name, first),
            "Date" if let Some(val) = self.new_date(args) => V { val, why: first.why },
            _ if is_contained(name) => {
                for arg in args {
                    self.havoc(arg);
                }
                V { val: self.unknown_data(format!("new {name}")), why }
            }
            _ => {
                self.give_up(format!("new {name}()"));
                undef()
            }
        }
    }

    /// What `Object.getOwnPropertyDescriptors` gives for an object without accessors.
    fn descriptors(&mut self, object: &V) -> Option<Val> {
        let Val::Obj(id) = object.val else { return None };
        if self.heap.get(id).props.values().any(|it| matches!(it.val, Val::Accessor(_))) {
            return None;
        }
        let keys = self.key_values(object)?;
        let all = self.heap.alloc(ObjKind::Plain);
        for key in keys {
            let Val::Str(name) = &key.val else { return None };
            let value = self.get(object, &key);
            let descriptor = self.heap.alloc(ObjKind::Plain);
            self.heap.init(descriptor, "value", value);
            for flag in ["writable", "enumerable", "configurable"] {
                self.heap.init(descriptor, flag, V { val: Val::Bool(true), why: object.why });
            }
            self.heap.init(all, name, V { val: Val::Obj(descriptor), why: object.why });
        }
        Some(Val::Obj(all))
    }

    /// Whether a property descriptor says what an assignment does.
    fn is_assignment(&self, descriptor: Option<&V>) -> bool {
        let Some(V { val: Val::Obj(id), why: _ }) = descriptor else { return false };
        let object = self.heap.get(*id);
        let says = |name: &str| object.props.get(name).is_some_and(|it| it.val == Val::Bool(true));
        object.kind == ObjKind::Plain && object.props.contains_key("value") && says("writable") && says("enumerable")
    }

    /// The properties that an object of descriptors assigns.
    fn assignments(&mut self, descriptors: Option<&V>) -> Option<Vec<(V, V)>> {
        let descriptors = descriptors?;
        let mut all = Vec::new();
        for key in self.key_values(descriptors)? {
            let descriptor = self.get(descriptors, &key);
            if !self.is_assignment(Some(&descriptor)) {
                return None;
            }
            let value = self.get(&descriptor, &V { val: Val::Str(Arc::from("value")), why: descriptor.why });
            all.push((key, value));
        }
        Some(all)
    }

    /// `function.bind(this)`.
    fn bound(&mut self, function: &V, this: &V) -> V {
        let Val::Func(id) = function.val else {
            self.give_up("bind of what is no function of the source");
            return undef();
        };
        let Some(mut closure) = self.closures.get(id.0).cloned() else { return undef() };
        closure.this = closure.this.or_else(|| Some(this.clone()));
        self.closures.push(closure);
        V { val: Val::Func(FuncId(self.closures.len() - 1)), why: function.why }
    }

    fn new_error(&mut self, name: &str, message: V) -> V {
        let id = self.heap.alloc(ObjKind::Plain);
        let why = message.why;
        self.heap.init(id, "message", message);
        self.heap.init(id, "name", V { val: Val::Str(Arc::from(name)), why });
        self.heap.init(id, CLASS, V { val: Val::Native(Arc::from(name), None), why });
        V { val: Val::Obj(id), why }
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
            for arg in args.iter().chain([this]) {
                self.havoc(arg);
            }
            return V { val: self.unknown(format!("{method} of what only the request knows")), why };
        };
        let index = |at: usize| {
            #[expect(clippy::cast_precision_loss, reason = "an index of a source array")]
            V { val: Val::Num(at as f64), why: Why::NONE }
        };
        match method {
            "map" | "forEach" | "flatMap" => {
                let mut out = Vec::new();
                for (at, item) in items.into_iter().enumerate() {
                    out.push(self.apply(&first, None, vec![item, index(at), this.clone()]));
                }
                match method {
                    "map" => V { val: self.array(out), why },
                    "flatMap" => self.flat(out, why),
                    _ => V { val: Val::Undef, why },
                }
            }
            "reduce" | "reduceRight" => {
                let mut numbered: Vec<(usize, V)> = items.into_iter().enumerate().collect();
                if method == "reduceRight" {
                    numbered.reverse();
                }
                let mut rest = numbered.into_iter();
                let start = args.get(1).cloned().or_else(|| rest.next().map(|(_, it)| it));
                let Some(mut value) = start else {
                    let yes = self.yes();
                    self.throw(yes, None, "reduce of an empty list without a first value");
                    return undef();
                };
                for (at, item) in rest {
                    value = self.apply(&first, None, vec![value, item, index(at), this.clone()]);
                }
                V { why: self.union(value.why, why), val: value.val }
            }
            "some" | "every" | "find" | "findIndex" | "filter" => self.tested(method, this, items, &first, why),
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
            "lastIndexOf" if args.len() == 1 => {
                let mut val = Val::Num(-1.0);
                for (at, item) in items.iter().enumerate() {
                    let equal = self.strict_equal(&item.val, &first.val);
                    val = self.merge(equal, index(at).val, val);
                }
                V { val, why }
            }
            "at" if matches!(first.val, Val::Num(_)) => {
                let Val::Num(at) = first.val else { return undef() };
                #[expect(clippy::cast_precision_loss, reason = "the length of a source array")]
                let length = items.len() as f64;
                let at = if at < 0.0 { at + length } else { at };
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    reason = "an index of a source array"
                )]
                let item = (at >= 0.0).then(|| items.get(at as usize).cloned()).flatten();
                item.unwrap_or_else(undef)
            }
            "flat" if args.is_empty() => self.flat(items, why),
            "keys" => V { val: self.array((0..items.len()).map(index).collect()), why },
            "values" => V { val: self.array(items), why },
            "entries" => {
                let pairs = items.into_iter().enumerate().map(|(at, it)| vec![index(at), it]).collect::<Vec<_>>();
                let pairs = pairs.into_iter().map(|it| V { val: self.array(it), why }).collect();
                V { val: self.array(pairs), why }
            }
            "toString" => self.array_method("join", this, &[], why),
            "pop" | "shift" | "unshift" | "reverse" => {
                let mut items = items;
                let result = match method {
                    "pop" => items.pop().unwrap_or_else(undef),
                    "shift" if items.is_empty() => undef(),
                    "shift" => items.remove(0),
                    "unshift" => {
                        items.splice(0..0, args.iter().cloned());
                        index(items.len())
                    }
                    _ => {
                        items.reverse();
                        this.clone()
                    }
                };
                self.refill(this, items);
                V { why: self.union(result.why, why), val: result.val }
            }
            "sort" if args.is_empty() && items.iter().all(|it| matches!(it.val, Val::Str(_))) => {
                let mut items = items;
                items.sort_by_key(|it| match &it.val {
                    Val::Str(text) => text.encode_utf16().collect::<Vec<u16>>(),
                    _ => Vec::new(),
                });
                self.refill(this, items);
                this.clone()
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
                    let list = match &arg.val {
                        Val::Obj(id) => match self.heap.get(*id).kind {
                            ObjKind::Array => self.elements(arg),
                            ObjKind::Opaque(_) | ObjKind::Split(..) => None,
                            _ => Some(vec![arg.clone()]),
                        },
                        Val::Unknown(..) | Val::Phi(..) => None,
                        _ => Some(vec![arg.clone()]),
                    };
                    match list {
                        Some(list) => all.extend(list),
                        None => return V { val: self.unknown("a list joined with what only the request knows"), why },
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

    /// Puts other elements into an array.
    fn refill(&mut self, array: &V, items: Vec<V>) {
        let Val::Obj(id) = array.val else { return };
        let before = self.heap.get(id).props.len().saturating_sub(1);
        #[expect(clippy::cast_precision_loss, reason = "the length of a source array")]
        let length = V { val: Val::Num(items.len() as f64), why: Why::NONE };
        for at in items.len()..before {
            self.write(id, &Arc::from(at.to_string()), None);
        }
        for (at, item) in items.into_iter().enumerate() {
            self.write(id, &Arc::from(at.to_string()), Some(item));
        }
        self.write(id, &Arc::from("length"), Some(length));
    }

    /// One level of lists in a list undone.
    fn flat(&mut self, items: Vec<V>, why: Why) -> V {
        let mut all = Vec::new();
        for item in items {
            let kind = match &item.val {
                Val::Obj(id) => Some(self.heap.get(*id).kind.clone()),
                _ => None,
            };
            if matches!(kind, Some(ObjKind::Opaque(_) | ObjKind::Split(..)))
                || matches!(item.val, Val::Unknown(..) | Val::Phi(..))
            {
                return V { val: self.unknown("a list of what may be lists"), why };
            }
            let list = kind == Some(ObjKind::Array);
            match self.elements(&item) {
                Some(more) if list => all.extend(more),
                _ => all.push(item),
            }
        }
        V { val: self.array(all), why }
    }

    /// Methods that ask a callback about each element; all but `filter` stop where the answer is found.
    fn tested(&mut self, method: &str, this: &V, items: Vec<V>, callback: &V, why: Why) -> V {
        let mut tests: Vec<(ExprId, V, usize)> = Vec::new();
        let mut reasons = why;
        self.level(Level::Loop, None, &mut |eval| {
            let level = eval.frames.len() - 1;
            for (at, item) in items.iter().enumerate() {
                if eval.halted() {
                    break;
                }
                #[expect(clippy::cast_precision_loss, reason = "an index of a source array")]
                let index = V { val: Val::Num(at as f64), why: Why::NONE };
                let result = eval.apply(callback, None, vec![item.clone(), index, this.clone()]);
                reasons = eval.union(reasons, result.why);
                reasons = eval.union(reasons, item.why);
                let test = eval.truth(&result.val);
                tests.push((test, item.clone(), at));
                let stop = match method {
                    "filter" => continue,
                    "every" => eval.program.store.not(test),
                    _ => test,
                };
                let live = eval.live();
                let stop = eval.program.store.and(live, stop);
                if !eval.program.store.is(stop, false) {
                    eval.kill(level, stop);
                }
            }
        });
        let val = match method {
            "some" => {
                let mut any = self.no();
                for (test, _, _) in &tests {
                    any = self.program.store.or(any, *test);
                }
                self.truth_value(any)
            }
            "every" => {
                let mut all = self.yes();
                for (test, _, _) in &tests {
                    all = self.program.store.and(all, *test);
                }
                self.truth_value(all)
            }
            "find" | "findIndex" => {
                let mut val = if method == "find" { Val::Undef } else { Val::Num(-1.0) };
                for (test, item, at) in tests.into_iter().rev() {
                    #[expect(clippy::cast_precision_loss, reason = "an index of a source array")]
                    let found = if method == "find" { item.val } else { Val::Num(at as f64) };
                    val = self.merge(test, found, val);
                }
                val
            }
            _ if tests.iter().all(|(test, _, _)| self.decide(*test).is_some()) => {
                let kept = tests.iter().filter(|(test, _, _)| self.decide(*test) == Some(true));
                let kept: Vec<V> = kept.map(|(_, it, _)| it.clone()).collect();
                self.array(kept)
            }
            _ => self.unknown(format!("{method} by a condition on the request")),
        };
        V { val, why: reasons }
    }

    fn from_entries(&mut self, entries: &V, why: Why) -> V {
        let id = self.heap.alloc(ObjKind::Plain);
        let pairs = self.elements(entries).unwrap_or_default();
        for pair in &pairs {
            let pair = self.elements(pair).unwrap_or_default();
            let (Some(V { val: Val::Str(key), why: _ }), Some(value)) = (pair.first(), pair.get(1)) else {
                return V { val: self.unknown("Object.fromEntries of what only the request knows"), why };
            };
            self.heap.init(id, key, value.clone());
        }
        if pairs.is_empty() {
            return V { val: self.unknown("Object.fromEntries of what only the request knows"), why };
        }
        V { val: Val::Obj(id), why }
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
            ("forEach", Val::Func(_)) | ("keys" | "values" | "entries", Val::Undef)
                if self.heap.get(id).props.values().all(|it| !matches!(it.val, Val::Phi(..) | Val::Undef)) =>
            {
                let rows = self.heap.get(id).props.clone();
                let mut out = Vec::new();
                for (name, value) in rows {
                    let name = V { val: Val::Str(name), why };
                    // The values of a Set are its keys.
                    let value = if value.val == Val::Bool(true) { name.clone() } else { value };
                    match method {
                        "forEach" => {
                            self.apply(&key, None, vec![value, name, this.clone()]);
                        }
                        "keys" => out.push(name),
                        "values" => out.push(value),
                        _ => out.push(V { val: self.array(vec![name, value]), why }),
                    }
                }
                V { val: if method == "forEach" { Val::Undef } else { self.array(out) }, why }
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
                for arg in args {
                    self.havoc(arg);
                }
                self.havoc(this);
                V { val: self.unknown(format!("the collection method {method}")), why }
            }
        }
    }

    fn regex_method(&mut self, method: &str, this: &V, args: &[V], why: Why) -> V {
        let Some((pattern, flags)) = self.regex_of(Some(&this.val)) else { return undef() };
        // A global or sticky pattern remembers where it stopped.
        if flags.contains(['g', 'y']) {
            return V { val: self.unknown_data("a global pattern used for a test"), why };
        }
        let Some(arg) = args.first() else { return V { val: self.unknown_data("a test of undefined"), why } };
        match method {
            "test" | "exec" => self.each(arg, &mut |eval, it| {
                let text = eval.text_of(&it);
                let val = match eval.scalar(&text.val) {
                    Some(id) if eval.program.store.ty(id) == Ty::Str => {
                        let test = eval.matches(id, &pattern, &flags);
                        if method == "test" {
                            eval.truth_value(test)
                        } else {
                            let groups = eval.groups(id, &pattern, &flags);
                            eval.merge(test, groups, Val::Null)
                        }
                    }
                    _ => eval.unknown_data("a test of what is not understood"),
                };
                V { val, why }
            }),
            _ => V { val: self.unknown(format!("the pattern method {method}")), why },
        }
    }
}

/// The number that a text begins with, as `parseInt` (in base ten, or sixteen after `0x`) and `parseFloat` read it.
fn leading_number(text: &str, fraction: bool) -> f64 {
    let text = text.trim_start();
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let taken = |text: &str, more: &dyn std::ops::Fn(char) -> bool| -> String {
        text.chars().take_while(|it| more(*it)).collect()
    };
    if !fraction && let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        let hex = taken(hex, &|it| it.is_ascii_hexdigit());
        return u64::from_str_radix(&hex, 16).map_or(f64::NAN, |it| {
            #[expect(clippy::cast_precision_loss, reason = "numbers of JavaScript are doubles")]
            let value = it as f64;
            sign * value
        });
    }
    if !fraction {
        return taken(digits, &|it| it.is_ascii_digit()).parse::<f64>().map_or(f64::NAN, |it| sign * it);
    }
    if digits.starts_with("Infinity") {
        return sign * f64::INFINITY;
    }
    // The longest beginning that is a number.
    let candidate = taken(digits, &|it| it.is_ascii_digit() || matches!(it, '.' | 'e' | 'E' | '+' | '-'));
    (1..=candidate.len())
        .rev()
        .find_map(|to| candidate.get(..to).and_then(|it| it.parse::<f64>().ok()))
        .map_or(f64::NAN, |it| sign * it)
}

pub(crate) fn encode_component(text: &str) -> String {
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
