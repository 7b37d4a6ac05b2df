//! Built-ins of the language and the host's modules, by dotted name.

use std::sync::Arc;

use edge::{Fn, Ty, Why};

use crate::Eval;
use crate::exec::undef;
use crate::value::{CLASS, FuncId, ObjKind, V, Val};

/// Names whose calls touch nothing but their arguments.
const CONTAINED: [&str; 44] = [
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
    "os",
    "path",
    "querystring",
    "request",
    "unescape",
    "url",
    "util",
    "zlib",
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
        && !matches!(
            name,
            "buffer" | "crypto" | "number" | "os" | "path" | "querystring" | "request" | "url" | "util" | "zlib"
        )
        || GLOBALS.contains(&name)
}

/// Functions of the `cloudfront` module. Source: CloudFront Developer Guide, helper methods, 2026-04.
const HELPERS: [&str; 6] = [
    "createRequestOriginGroup",
    "cwt.generateToken",
    "cwt.validateToken",
    "kvs",
    "selectRequestOriginById",
    "updateRequestOrigin",
];

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
        if !self.called.contains(name) {
            self.called.insert(Arc::from(name));
        }
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
                    // The text of a number, read again.
                    (Val::Sym(_), _)
                        if args.get(1).is_none_or(|it| it.val == Val::Num(10.0))
                            && let Some(number) = self.whole_number(&first.val) =>
                    {
                        Val::Sym(number)
                    }
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
            "Object.fromEntries" => self.object_from_entries(&first, why),
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
            "path.extname" if args.len() == 1 => self.each(&first, &mut |eval, it| eval.extension(&it)),
            "require" => self.require(&first),
            crate::host::CALLBACK => self.called_back(args),
            crate::host::SUCCEED => {
                let none = V { val: Val::Null, why: Why::NONE };
                self.called_back(&[none, first])
            }
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
                match name.strip_prefix("cloudfront.") {
                    Some(helper) if !HELPERS.contains(&helper) => self.give_up_as(
                        &diag::codes::HOST_CALL_UNKNOWN,
                        format!("{name}(), which the platform does not document"),
                    ),
                    Some(_) | None => self.give_up(format!("{name}()")),
                }
                undef()
            }
        }
    }

    /// `path.extname`: from the last dot of the last part of a path, unless the part begins with it.
    fn extension(&mut self, path: &V) -> V {
        let val = match (&path.val, self.scalar(&path.val)) {
            (Val::Str(text), _) => {
                let part = text.trim_end_matches('/');
                let part = part.rsplit('/').next().unwrap_or_default();
                let at = part.rfind('.').filter(|at| *at > 0 && part != "..");
                Val::Str(Arc::from(at.and_then(|at| part.get(at..)).unwrap_or_default()))
            }
            (_, Some(text)) if self.program.store.ty(text) == Ty::Str => {
                let [asked, whole, flags, group] = [r"[^\/]\.[^.\/]*\/*$", r"^[\s\S]*[^\/]\.([^.\/]*)\/*$", "", "$1"]
                    .map(|it| self.program.store.string(it));
                let there = self.call_fn(Fn::JsMatches, &[text, asked, flags]);
                let there = self.simplify(there);
                let name = self.call_fn(Fn::JsReplace, &[text, whole, flags, group]);
                let dot = self.program.store.string(".");
                let extension = self.call_fn(Fn::Concat, &[dot, name]);
                self.merge(there, Val::Sym(extension), Val::Str(Arc::from("")))
            }
            _ => self.unknown_data("path.extname()"),
        };
        V { val, why: path.why }
    }

    fn require(&mut self, specifier: &V) -> V {
        let Val::Str(specifier) = &specifier.val else { return V { val: self.unknown("require"), why: Why::NONE } };
        if let Some(native) = crate::exec::builtin_module(self.function.host, specifier) {
            return V { val: Val::Native(Arc::from(native), None), why: Why::NONE };
        }
        let importer = self.function.entry.path.clone();
        let module = (self.function.resolve)(&importer, specifier).and_then(|path| self.function.modules.get(&path));
        match module {
            Some(module) => {
                let scope = self.module_scope(module);
                V { val: self.exported(module, scope), why: Why::NONE }
            }
            None => V { val: self.unknown_data(format!("the module {specifier}")), why: Why::NONE },
        }
    }

    pub(crate) fn new_native(&mut self, name: &str, args: &[V]) -> V {
        self.called.insert(Arc::from(format!("new {name}")));
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
