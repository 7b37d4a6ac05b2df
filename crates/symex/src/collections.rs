//! Methods of lists, maps and sets, and what `Object` says about properties.

use std::sync::Arc;

use edge::{ExprId, Why};

use crate::exec::undef;
use crate::value::{ObjKind, V, Val};
use crate::{Eval, Level};

impl Eval<'_> {
    /// What `Object.getOwnPropertyDescriptors` gives for an object without accessors.
    pub(crate) fn descriptors(&mut self, object: &V) -> Option<Val> {
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
    pub(crate) fn is_assignment(&self, descriptor: Option<&V>) -> bool {
        let Some(V { val: Val::Obj(id), why: _ }) = descriptor else { return false };
        let object = self.heap.get(*id);
        let says = |name: &str| object.props.get(name).is_some_and(|it| it.val == Val::Bool(true));
        object.kind == ObjKind::Plain && object.props.contains_key("value") && says("writable") && says("enumerable")
    }

    /// The properties that an object of descriptors assigns.
    pub(crate) fn assignments(&mut self, descriptors: Option<&V>) -> Option<Vec<(V, V)>> {
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

    pub(crate) fn object_list(&mut self, name: &str, object: &V, why: Why) -> V {
        let pairs = match name {
            "Object.keys" => Some(false),
            "Object.entries" => Some(true),
            _ => None,
        };
        if let Some(val) = pairs.and_then(|pairs| self.names_of(object, pairs)) {
            return V { val, why };
        }
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

    pub(crate) fn object_assign(&mut self, args: &[V], why: Why) -> V {
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

    pub(crate) fn array_method(&mut self, method: &str, this: &V, args: &[V], why: Why) -> V {
        let first = args.first().cloned().unwrap_or_else(undef);
        if method == "push"
            && let Some(length) = self.push(this, args)
        {
            return V { val: Val::Num(length), why };
        }
        if let (Val::Obj(id), "join", Val::Str(mark)) = (&this.val, method, &first.val)
            && let ObjKind::Pieces(text) = self.heap.get(*id).kind
            && &**mark == "&"
        {
            return V { val: Val::Sym(text), why };
        }
        if matches!(method, "map" | "forEach")
            && let Some(found) = self.collects(this, &mut |eval, item| eval.apply(&first, None, vec![item]))
        {
            return found;
        }
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

    /// Adds to the end of an array; its new length. The elements before are not looked at.
    fn push(&mut self, array: &V, args: &[V]) -> Option<f64> {
        let Val::Obj(id) = array.val else { return None };
        let object = self.heap.get(id);
        let Some(Val::Num(mut length)) = object.props.get("length").map(|it| it.val.clone()) else { return None };
        if object.kind != ObjKind::Array {
            return None;
        }
        for arg in args {
            self.write(id, &Arc::from(crate::operators::number_text(length)), Some(arg.clone()));
            length += 1.0;
        }
        self.write(id, &Arc::from("length"), Some(V { val: Val::Num(length), why: Why::NONE }));
        Some(length)
    }

    /// Puts other elements into an array.
    pub(crate) fn refill(&mut self, array: &V, items: Vec<V>) {
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
    pub(crate) fn flat(&mut self, items: Vec<V>, why: Why) -> V {
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
    pub(crate) fn tested(&mut self, method: &str, this: &V, items: Vec<V>, callback: &V, why: Why) -> V {
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

    pub(crate) fn object_from_entries(&mut self, entries: &V, why: Why) -> V {
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

    pub(crate) fn map_method(&mut self, method: &str, this: &V, args: &[V], why: Why) -> V {
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
}
