//! Methods of text, on constants and, where the meaning can be said, on request values.

use std::sync::Arc;

use edge::{ExprId, Fn, Ty};

use crate::Eval;
use crate::exec::undef;
use crate::value::{ObjId, ObjKind, V, Val};

/// What every text has; another name is `undefined`.
const METHODS: [&str; 44] = [
    "at",
    "bytesFrom",
    "charAt",
    "charCodeAt",
    "codePointAt",
    "concat",
    "constructor",
    "endsWith",
    "fromBytes",
    "fromUTF8",
    "hasOwnProperty",
    "includes",
    "indexOf",
    "isPrototypeOf",
    "isWellFormed",
    "lastIndexOf",
    "localeCompare",
    "match",
    "matchAll",
    "normalize",
    "padEnd",
    "padStart",
    "propertyIsEnumerable",
    "repeat",
    "replace",
    "replaceAll",
    "search",
    "slice",
    "split",
    "startsWith",
    "substr",
    "substring",
    "toBytes",
    "toLocaleLowerCase",
    "toLocaleString",
    "toLocaleUpperCase",
    "toLowerCase",
    "toString",
    "toUTF8",
    "toUpperCase",
    "trim",
    "trimEnd",
    "trimStart",
    "valueOf",
];

impl Eval<'_> {
    pub(crate) fn text_property(&mut self, text: &V, name: &str) -> V {
        if let Val::Sym(id) = text.val
            && self.program.store.ty(id) != Ty::Str
        {
            return V {
                val: Val::Native(Arc::from(format!("number.{name}")), Some(Box::new(text.clone()))),
                why: text.why,
            };
        }
        if name == "length" {
            let val = match &text.val {
                #[expect(clippy::cast_precision_loss, reason = "the length of a source text")]
                Val::Str(it) => Val::Num(it.encode_utf16().count() as f64),
                Val::Sym(id) => Val::Sym(self.call_fn(Fn::JsLength, &[*id])),
                _ => Val::Undef,
            };
            return V { val, why: text.why };
        }
        if let Ok(at) = name.parse::<i64>() {
            return self.char_at(text, at);
        }
        if !METHODS.contains(&name) {
            return V { val: Val::Undef, why: text.why };
        }
        V { val: Val::Native(Arc::from(format!("string.{name}")), Some(Box::new(text.clone()))), why: text.why }
    }

    /// `text[at]` with a constant index: missing beyond the end.
    fn char_at(&mut self, text: &V, at: i64) -> V {
        let val = match &text.val {
            Val::Str(it) => match usize::try_from(at).ok().and_then(|at| it.chars().nth(at)) {
                Some(char) => Val::Str(Arc::from(char.to_string())),
                None => Val::Undef,
            },
            Val::Sym(id) if at >= 0 => {
                let (from, to) = (self.program.store.int(at), self.program.store.int(at + 1));
                let slice = self.call_fn(Fn::JsSlice, &[*id, from, to]);
                let empty = self.program.store.string("");
                let missing = self.call_fn(Fn::StrEq, &[slice, empty]);
                self.merge(missing, Val::Undef, Val::Sym(slice))
            }
            _ => self.unknown_data("a character of text"),
        };
        V { val, why: text.why }
    }

    /// `text[key]` where the key is `text.length - n`.
    pub(crate) fn text_at(&mut self, text: &V, key: &V) -> V {
        let why = self.union(text.why, key.why);
        if let (Val::Sym(id), Val::Sym(key)) = (&text.val, &key.val)
            && let Some(n) = self.distance_from_end(*id, *key)
            && n == 1
        {
            let from = self.program.store.int(-1);
            return V { val: Val::Sym(self.call_fn(Fn::JsSliceFrom, &[*id, from])), why };
        }
        V { val: self.unknown_data("a character at a position that depends on the request"), why }
    }

    /// `n` where the expression is `text.length - n`.
    fn distance_from_end(&self, text: ExprId, key: ExprId) -> Option<i64> {
        let edge::Node::Call(Fn::IntAdd, args) = self.program.store.node(key) else { return None };
        let edge::Node::Call(Fn::JsLength, of) = self.program.store.node(*args.first()?) else { return None };
        (of.first() == Some(&text)).then(|| self.program.store.as_int(*args.get(1)?)).flatten().map(|it| -it)
    }

    pub(crate) fn string_method(&mut self, method: &str, this: &V, args: &[V]) -> V {
        if matches!(this.val, Val::Phi(..)) {
            return self.each(this, &mut |eval, it| eval.string_method(method, &it, args));
        }
        let mut why = this.why;
        for arg in args {
            why = self.union(why, arg.why);
        }
        if let Some(at) = args.iter().position(|it| matches!(it.val, Val::Phi(..)))
            && let Some(arg) = args.get(at)
        {
            return self.each(&arg.clone(), &mut |eval, it| {
                let mut args = args.to_vec();
                if let Some(slot) = args.get_mut(at) {
                    *slot = it;
                }
                eval.string_method(method, this, &args)
            });
        }
        // A callback is code of the source: `replace(pattern, callback)` runs it once per match.
        for arg in args.iter().filter(|it| matches!(it.val, Val::Func(_) | Val::Obj(_) | Val::Unknown(..))) {
            if self.regex_of(Some(&arg.val)).is_none() {
                self.havoc(arg);
            }
        }
        let val = match &this.val {
            Val::Str(text) => self.constant_method(method, &text.clone(), args),
            _ => None,
        };
        let val = match val {
            Some(val) => val,
            None => self.symbolic_method(method, this, args),
        };
        if let Val::Str(text) = &val {
            self.charge(text.len());
        }
        V { val, why }
    }

    fn number_arg(&self, args: &[V], at: usize) -> Option<i64> {
        match args.get(at).map(|it| &it.val) {
            #[expect(clippy::cast_possible_truncation, reason = "an index below 2^53")]
            Some(Val::Num(value)) if value.fract() == 0.0 => Some(*value as i64),
            _ => None,
        }
    }

    fn constant_method(&mut self, method: &str, text: &str, args: &[V]) -> Option<Val> {
        let string = |it: &str| Some(Val::Str(Arc::from(it)));
        let arg = match args.first().map(|it| &it.val) {
            Some(Val::Str(it)) => Some(it.clone()),
            _ => None,
        };
        let second = match args.get(1).map(|it| &it.val) {
            Some(Val::Str(it)) => Some(it.clone()),
            _ => None,
        };
        let units: Vec<u16> = text.encode_utf16().collect();
        let length = i64::try_from(units.len()).unwrap_or(i64::MAX);
        let cut = |from: i64, to: i64| {
            let (from, to) = (from.clamp(0, length), to.clamp(0, length));
            let range = usize::try_from(from).unwrap_or(0)..usize::try_from(to.max(from)).unwrap_or(0);
            String::from_utf16(units.get(range).unwrap_or(&[])).ok()
        };
        let relative = |n: i64| if n < 0 { (length + n).max(0) } else { n };
        #[expect(clippy::cast_precision_loss, reason = "an index into a source text")]
        let index = |at: Option<usize>| {
            Some(Val::Num(at.map_or(-1.0, |it| text.get(..it).map_or(0, |it| it.encode_utf16().count()) as f64)))
        };
        match method {
            "toLowerCase" => string(&text.to_lowercase()),
            "toUpperCase" => string(&text.to_uppercase()),
            "trim" => string(text.trim()),
            "toString" | "valueOf" => string(text),
            "startsWith" if args.len() == 1 => Some(Val::Bool(text.starts_with(&*arg?))),
            "endsWith" if args.len() == 1 => Some(Val::Bool(text.ends_with(&*arg?))),
            "includes" if args.len() == 1 => Some(Val::Bool(text.contains(&*arg?))),
            "indexOf" if args.len() == 1 => index(text.find(&*arg?)),
            "lastIndexOf" if args.len() == 1 => index(text.rfind(&*arg?)),
            "concat" => string(&format!("{text}{}", arg?)).filter(|_| args.len() == 1),
            "repeat" => {
                let n = usize::try_from(self.number_arg(args, 0)?).ok()?;
                if n * text.len() > 1_000_000 { None } else { string(&text.repeat(n)) }
            }
            "slice" => {
                let from = if args.is_empty() { 0 } else { self.number_arg(args, 0)? };
                let to = if args.len() > 1 { self.number_arg(args, 1)? } else { length };
                string(&cut(relative(from), relative(to))?)
            }
            "substring" => {
                let from = self.number_arg(args, 0)?.max(0);
                let to = if args.len() > 1 { self.number_arg(args, 1)?.max(0) } else { length };
                string(&cut(from.min(to), from.max(to))?)
            }
            "substr" => {
                let from = relative(self.number_arg(args, 0)?);
                let n = if args.len() > 1 { self.number_arg(args, 1)? } else { length };
                string(&cut(from, from + n.max(0))?)
            }
            "charAt" => {
                let at = self.number_arg(args, 0)?;
                string(&cut(at, at + 1)?)
            }
            "split" => {
                let separator = arg?;
                let parts: Vec<V> = if separator.is_empty() {
                    text.chars()
                        .map(|it| V { val: Val::Str(Arc::from(it.to_string())), why: edge::Why::NONE })
                        .collect()
                } else {
                    text.split(&*separator).map(|it| V { val: Val::Str(Arc::from(it)), why: edge::Why::NONE }).collect()
                };
                Some(self.array(parts))
            }
            "replace" => {
                let (from, to) = (arg?, second?);
                if to.contains('$') { None } else { string(&text.replacen(&*from, &to, 1)) }
            }
            "replaceAll" => {
                let (from, to) = (arg?, second?);
                if to.contains('$') || from.is_empty() { None } else { string(&text.replace(&*from, &to)) }
            }
            _ => None,
        }
    }

    fn symbolic_method(&mut self, method: &str, this: &V, args: &[V]) -> Val {
        let Some(text) = self.scalar(&this.val) else {
            return self.unknown_data(format!("{method} of what is not understood"));
        };
        let first = args.first().map(|it| it.val.clone());
        let arg = match &first {
            Some(val @ (Val::Str(_) | Val::Sym(_))) => {
                self.scalar(val).filter(|it| self.program.store.ty(*it) == Ty::Str)
            }
            _ => None,
        };
        let one = args.len() == 1;
        match (method, arg) {
            ("toLowerCase", _) => Val::Sym(self.call_fn(Fn::JsLower, &[text])),
            ("toUpperCase", _) => Val::Sym(self.call_fn(Fn::JsUpper, &[text])),
            ("trim", _) => Val::Sym(self.call_fn(Fn::JsTrim, &[text])),
            ("toString" | "valueOf", _) => Val::Sym(text),
            ("startsWith", Some(arg)) if one => self.test(Fn::StartsWith, text, arg),
            ("endsWith", Some(arg)) if one => self.test(Fn::EndsWith, text, arg),
            ("includes", Some(arg)) if one => self.test(Fn::Contains, text, arg),
            ("indexOf" | "lastIndexOf", Some(arg)) if one => {
                let found = self.call_fn(Fn::Contains, &[text, arg]);
                // The last place is zero where it is the only one.
                let zero = (method == "indexOf").then(|| self.call_fn(Fn::StartsWith, &[text, arg]));
                Val::Position(self.simplify(found), zero)
            }
            ("concat", Some(arg)) if one => Val::Sym(self.call_fn(Fn::Concat, &[text, arg])),
            ("split", Some(arg)) if one => Val::Obj(self.heap.alloc(ObjKind::Split(text, arg))),
            ("slice" | "substring" | "substr" | "charAt" | "at", _) => self.cut(method, text, args),
            ("match" | "search", _) => match self.regex_of(first.as_ref()) {
                Some((pattern, flags)) => {
                    let test = self.matches(text, &pattern, &flags);
                    if method == "match" && !flags.contains(['g', 'y']) {
                        let groups = self.groups(text, &pattern, &flags);
                        self.merge(test, groups, Val::Null)
                    } else if method == "search" && !flags.contains('y') {
                        Val::Position(test, None)
                    } else {
                        self.unknown_data(format!("the result of {method}"))
                    }
                }
                None => self.unknown_data(format!("{method} with a pattern that is not constant")),
            },
            ("replace" | "replaceAll", _) => self.replace(method, text, args),
            _ => self.unknown_data(format!("the text method {method}")),
        }
    }

    fn test(&mut self, function: Fn, text: ExprId, arg: ExprId) -> Val {
        if self.program.store.as_str(arg).is_some_and(|it| it.is_empty()) {
            return Val::Bool(true);
        }
        let id = self.call_fn(function, &[text, arg]);
        let id = self.simplify(id);
        self.truth_value(id)
    }

    fn cut(&mut self, method: &str, text: ExprId, args: &[V]) -> Val {
        let from = if args.is_empty() { Some(0) } else { self.number_arg(args, 0) };
        let to = if args.len() > 1 { self.number_arg(args, 1).map(Some) } else { Some(None) };
        if let Some(V { val: Val::Sym(key), why: _ }) = args.first()
            && let Some(1) = self.distance_from_end(text, *key)
            && (method == "charAt" || (args.len() == 1 && method != "at"))
        {
            let last = self.program.store.int(-1);
            return Val::Sym(self.call_fn(Fn::JsSliceFrom, &[text, last]));
        }
        // `slice(0, length - n)` is `slice(0, -n)` where n is not more than the length; a shorter text gives "" in both.
        let to = match (args.get(1).map(|it| &it.val), to) {
            (Some(Val::Sym(key)), _) => match self.distance_from_end(text, *key) {
                Some(n) if n > 0 => Some(Some(-n)),
                _ => None,
            },
            (_, to) => to,
        };
        let from_end_given = matches!(args.get(1).map(|it| &it.val), Some(Val::Sym(_)));
        let range = match (method, from, to) {
            ("slice", Some(from), Some(to)) if !from_end_given => Some((from, to)),
            ("slice" | "substring", Some(0), Some(Some(to))) if from_end_given => Some((0, Some(to))),
            ("substring", Some(from), Some(None)) if from >= 0 => Some((from, None)),
            ("substring", Some(from), Some(Some(to))) if from >= 0 && to >= from => Some((from, Some(to))),
            ("substr", Some(from), Some(None)) => Some((from, None)),
            ("substr", Some(from), Some(Some(count))) if from >= 0 && count >= 0 => Some((from, Some(from + count))),
            ("charAt", Some(at), _) if at >= 0 => Some((at, Some(at + 1))),
            _ => None,
        };
        match range {
            Some((0, None)) => Val::Sym(text),
            Some((from, None)) => {
                let from = self.program.store.int(from);
                Val::Sym(self.call_fn(Fn::JsSliceFrom, &[text, from]))
            }
            Some((from, Some(to))) => {
                let (from, to) = (self.program.store.int(from), self.program.store.int(to));
                Val::Sym(self.call_fn(Fn::JsSlice, &[text, from, to]))
            }
            None => self.unknown_data(format!("{method} with positions that depend on the request")),
        }
    }

    fn replace(&mut self, method: &str, text: ExprId, args: &[V]) -> Val {
        let Some(Val::Str(to)) = args.get(1).map(|it| it.val.clone()) else {
            return self.unknown_data(format!("{method} with a replacement that is not constant"));
        };
        match args.first().map(|it| it.val.clone()) {
            Some(Val::Str(from)) if !to.contains('$') && !from.is_empty() => {
                let (from, to) = (self.program.store.string(&from), self.program.store.string(&to));
                let function = if method == "replace" { Fn::ReplaceFirst } else { Fn::ReplaceAll };
                Val::Sym(self.call_fn(function, &[text, from, to]))
            }
            first => match self.regex_of(first.as_ref()) {
                Some((pattern, flags)) => {
                    let (pattern, flags) = (self.program.store.string(&pattern), self.program.store.string(&flags));
                    let to = self.program.store.string(&to);
                    Val::Sym(self.call_fn(Fn::JsReplace, &[text, pattern, flags, to]))
                }
                None => self.unknown_data(format!("{method} with a pattern that is not constant")),
            },
        }
    }

    /// An object that is there and whose contents are not known.
    pub(crate) fn opaque(&mut self, cause: &str) -> Val {
        match self.unknown_data(cause) {
            Val::Unknown(region, _) => Val::Obj(self.heap.alloc(ObjKind::Opaque(region))),
            other => other,
        }
    }

    pub(crate) fn regex_of(&self, val: Option<&Val>) -> Option<(Arc<str>, Arc<str>)> {
        let Some(Val::Obj(id)) = val else { return None };
        match &self.heap.get(*id).kind {
            ObjKind::Regex(pattern, flags) => Some((pattern.clone(), flags.clone())),
            _ => None,
        }
    }

    pub(crate) fn matches(&mut self, text: ExprId, pattern: &str, flags: &str) -> ExprId {
        let (pattern, flags) = (self.program.store.string(pattern), self.program.store.string(flags));
        let id = self.call_fn(Fn::JsMatches, &[text, pattern, flags]);
        self.simplify(id)
    }

    pub(crate) fn split_property(&mut self, id: ObjId, text: ExprId, separator: ExprId, name: &str) -> V {
        let why = edge::Why::NONE;
        if let Ok(at) = name.parse::<i64>() {
            if at == 0 {
                return V { val: Val::Sym(self.call_fn(Fn::Before, &[text, separator])), why };
            }
            let at = self.program.store.int(at);
            let part = self.call_fn(Fn::JsSplitAt, &[text, separator, at]);
            let there = self.call_fn(Fn::Present, &[part]);
            let empty = self.program.store.string("");
            let value = self.call_fn(Fn::Or, &[part, empty]);
            return V { val: self.merge(there, Val::Sym(value), Val::Undef), why };
        }
        if name == "length" {
            return V { val: Val::Sym(self.call_fn(Fn::JsSplitCount, &[text, separator])), why };
        }
        let this = V { val: Val::Obj(id), why };
        match name {
            "pop" | "shift" | "includes" | "slice" | "join" | "map" | "filter" => {
                V { val: Val::Native(Arc::from(format!("split.{name}")), Some(Box::new(this))), why }
            }
            _ => V { val: self.unknown_data(format!("{name} of the parts of text")), why },
        }
    }

    pub(crate) fn split_method(&mut self, method: &str, this: &V, args: &[V]) -> V {
        let Val::Obj(id) = this.val else { return undef() };
        let ObjKind::Split(text, separator) = self.heap.get(id).kind else { return undef() };
        let val = match (method, args.is_empty()) {
            ("pop", true) => {
                let val = Val::Sym(self.call_fn(Fn::AfterLast, &[text, separator]));
                self.havoc(this);
                val
            }
            ("shift", true) => {
                let val = Val::Sym(self.call_fn(Fn::Before, &[text, separator]));
                self.havoc(this);
                val
            }
            _ => self.unknown_data(format!("{method} of the parts of text")),
        };
        V { val, why: this.why }
    }
}
