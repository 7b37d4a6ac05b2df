//! Operators: truth, equality, order, addition and the text of a value.

use std::sync::Arc;

use edge::{ExprId, Fn, Node, Ty, Why};
use script::Binary;

use crate::Eval;
use crate::exec::undef;
use crate::value::{ObjKind, V, Val};

impl Eval<'_> {
    pub(crate) fn truth_value(&self, id: ExprId) -> Val {
        match self.program.store.node(id) {
            Node::Bool(value) => Val::Bool(*value),
            _ => Val::Sym(id),
        }
    }

    /// Whether a value is truthy.
    pub(crate) fn truth(&mut self, val: &Val) -> ExprId {
        match val {
            Val::Undef | Val::Null => self.no(),
            Val::Bool(value) => self.program.store.bool(*value),
            Val::Num(value) => {
                let truth = *value != 0.0 && !value.is_nan();
                self.program.store.bool(truth)
            }
            Val::Str(text) => {
                let truth = !text.is_empty();
                self.program.store.bool(truth)
            }
            Val::Obj(_) | Val::Func(_) | Val::Native(..) => self.yes(),
            Val::Sym(id) => match self.program.store.ty(*id) {
                Ty::Bool => self.simplify(*id),
                Ty::Int => {
                    let zero = self.program.store.int(0);
                    let equal = self.call_fn(Fn::IntEq, &[*id, zero]);
                    self.program.store.not(equal)
                }
                Ty::Str | Ty::OptStr | Ty::List => {
                    if self.starts_with_slash(*id) {
                        return self.yes();
                    }
                    let empty = self.program.store.string("");
                    let equal = self.text_equal(*id, empty);
                    let not = self.program.store.not(equal);
                    self.simplify(not)
                }
            },
            Val::Position(_, Some(zero)) => self.program.store.not(*zero),
            Val::Position(_, None) => {
                let unknown = self.unknown_data("a position inside of text");
                self.code(&unknown, Ty::Bool)
            }
            // What a getter of this object gives is read by name only.
            Val::Accessor(_) => self.yes(),
            Val::Phi(test, a, b) => {
                let (a, b) = (self.truth(a), self.truth(b));
                let id = self.program.store.ite(*test, a, b);
                self.simplify(id)
            }
            Val::Unknown(..) => self.code(val, Ty::Bool),
        }
    }

    /// `===`.
    pub(crate) fn strict_equal(&mut self, a: &Val, b: &Val) -> ExprId {
        if let Val::Phi(test, x, y) = a {
            let (x, y) = (self.strict_equal(x, b), self.strict_equal(y, b));
            let id = self.program.store.ite(*test, x, y);
            return self.simplify(id);
        }
        if let Val::Phi(..) = b {
            return self.strict_equal(b, a);
        }
        match (a, b) {
            (Val::Unknown(..), _) => {
                let unknown = self.unknown_data("a comparison with what is not understood");
                self.code(&unknown, Ty::Bool)
            }
            (_, Val::Unknown(..)) => self.strict_equal(b, a),
            (Val::Num(x), Val::Num(y)) => {
                let equal = x == y;
                self.program.store.bool(equal)
            }
            (Val::Bool(x), Val::Bool(y)) => {
                let equal = x == y;
                self.program.store.bool(equal)
            }
            (Val::Str(x), Val::Str(y)) => {
                let equal = x == y;
                self.program.store.bool(equal)
            }
            (Val::Undef, Val::Undef) | (Val::Null, Val::Null) => self.yes(),
            (Val::Obj(x), Val::Obj(y)) => {
                let equal = x == y;
                self.program.store.bool(equal)
            }
            (Val::Position(found, zero), Val::Num(n)) | (Val::Num(n), Val::Position(found, zero)) => {
                self.position_equals(*found, *zero, *n)
            }
            (Val::Sym(_), _) | (_, Val::Sym(_)) => self.symbolic_equal(a, b),
            (Val::Func(x), Val::Func(y)) => {
                let equal = x == y;
                self.program.store.bool(equal)
            }
            (Val::Native(x, _), Val::Native(y, _)) => {
                let equal = x == y;
                self.program.store.bool(equal)
            }
            (Val::Position(..) | Val::Accessor(_), _) | (_, Val::Position(..) | Val::Accessor(_)) => {
                let unknown = self.unknown_data("a comparison with what is not understood");
                self.code(&unknown, Ty::Bool)
            }
            _ => self.no(),
        }
    }

    pub(crate) fn position_equals(&mut self, found: ExprId, zero: Option<ExprId>, n: f64) -> ExprId {
        match zero {
            _ if n == -1.0 => self.program.store.not(found),
            Some(zero) if n == 0.0 => zero,
            _ => {
                let unknown = self.unknown_data("a position inside of text");
                self.code(&unknown, Ty::Bool)
            }
        }
    }

    /// `position < n`, or `position <= n`, for a position and a number of source code.
    pub(crate) fn position_below(
        &mut self,
        found: ExprId,
        zero: Option<ExprId>,
        n: f64,
        or_equal: bool,
    ) -> Option<ExprId> {
        let missing = self.program.store.not(found);
        // The largest position for which the comparison holds.
        let bound = if or_equal { n.floor() } else { n.ceil() - 1.0 };
        if bound < -1.0 {
            Some(self.no())
        } else if bound < 0.0 {
            Some(missing)
        } else if bound < 1.0 {
            zero.map(|zero| self.program.store.or(missing, zero))
        } else {
            None
        }
    }

    pub(crate) fn symbolic_equal(&mut self, a: &Val, b: &Val) -> ExprId {
        let (Some(x), Some(y)) = (self.scalar(a), self.scalar(b)) else { return self.no() };
        let (tx, ty) = (self.program.store.ty(x), self.program.store.ty(y));
        if tx != ty {
            return self.no();
        }
        match tx {
            Ty::Str | Ty::OptStr | Ty::List => self.text_equal(x, y),
            Ty::Int => {
                // The length of a text compared with a number stays a comparison of integers.
                let (x, y) = if self.program.store.as_int(x).is_some() { (y, x) } else { (x, y) };
                let id = self.compare_ints(Fn::IntEq, x, y);
                self.simplify(id)
            }
            Ty::Bool => {
                let not = self.program.store.not(y);
                self.program.store.ite(x, y, not)
            }
        }
    }

    /// A comparison of whole numbers; one that was chosen by conditions among constants is decided by those conditions.
    pub(crate) fn compare_ints(&mut self, function: Fn, x: ExprId, y: ExprId) -> ExprId {
        // A split gives one piece at least.
        if self.program.store.as_int(x) == Some(0)
            && let Node::Call(Fn::JsSplitCount, args) = self.program.store.node(y)
            && args.get(1).and_then(|it| self.program.store.as_str(*it)).is_some_and(|it| !it.is_empty())
        {
            return self.program.store.bool(function != Fn::IntEq);
        }
        let chosen = |eval: &Self, id: ExprId| match *eval.program.store.node(id) {
            Node::Ite(test, a, b)
                if eval.program.store.as_int(a).is_some() || eval.program.store.as_int(b).is_some() =>
            {
                Some((test, a, b))
            }
            _ => None,
        };
        if self.program.store.as_int(y).is_some()
            && let Some((test, a, b)) = chosen(self, x)
        {
            let (a, b) = (self.compare_ints(function, a, y), self.compare_ints(function, b, y));
            return self.program.store.ite(test, a, b);
        }
        if self.program.store.as_int(x).is_some()
            && let Some((test, a, b)) = chosen(self, y)
        {
            let (a, b) = (self.compare_ints(function, x, a), self.compare_ints(function, x, b));
            return self.program.store.ite(test, a, b);
        }
        if let (Some(a), Some(b)) = (self.program.store.as_int(x), self.program.store.as_int(y)) {
            let holds = match function {
                Fn::IntLt => a < b,
                Fn::IntLe => a <= b,
                _ => a == b,
            };
            return self.program.store.bool(holds);
        }
        self.call_fn(function, &[x, y])
    }

    pub(crate) fn text_equal(&mut self, x: ExprId, y: ExprId) -> ExprId {
        let (x, y) = if self.program.store.as_str(x).is_some() { (y, x) } else { (x, y) };
        if let Some(constant) = self.program.store.as_str(y).cloned() {
            // The last or first characters of a text: a suffix or a prefix.
            if let Node::Call(function, args) = self.program.store.node(x).clone() {
                let length = i64::try_from(constant.encode_utf16().count()).unwrap_or(i64::MAX);
                let number = |eval: &Self, at: usize| args.get(at).and_then(|it| eval.program.store.as_int(*it));
                match (function, args.first()) {
                    (Fn::JsSliceFrom, Some(text)) if length > 0 && number(self, 1) == Some(-length) => {
                        return self.call_fn(Fn::EndsWith, &[*text, y]);
                    }
                    (Fn::JsSlice, Some(text))
                        if length > 0 && number(self, 1) == Some(0) && number(self, 2) == Some(length) =>
                    {
                        return self.call_fn(Fn::StartsWith, &[*text, y]);
                    }
                    (Fn::IntText, Some(number)) => {
                        return match constant.parse::<i64>().ok().filter(|it| it.to_string() == *constant) {
                            Some(wanted) => {
                                let wanted = self.program.store.int(wanted);
                                self.compare_ints(Fn::IntEq, *number, wanted)
                            }
                            None => self.no(),
                        };
                    }
                    (Fn::Concat, Some(text)) => {
                        let head = self.program.store.as_str(*text).cloned();
                        if let (Some(head), Some(rest)) = (head, args.get(1)) {
                            return match constant.strip_prefix(&*head) {
                                Some(wanted) => {
                                    let wanted = self.program.store.string(wanted);
                                    self.text_equal(*rest, wanted)
                                }
                                None => self.no(),
                            };
                        }
                        let tail = args.get(1).and_then(|it| self.program.store.as_str(*it).cloned());
                        if let Some(tail) = tail {
                            return match constant.strip_suffix(&*tail) {
                                Some(rest) => {
                                    let rest = self.program.store.string(rest);
                                    self.text_equal(*text, rest)
                                }
                                None => self.no(),
                            };
                        }
                    }
                    _ => {}
                }
            }
            if let Node::Ite(test, p, q) = *self.program.store.node(x)
                && (self.program.store.as_str(p).is_some() || self.program.store.as_str(q).is_some())
            {
                let (p, q) = (self.text_equal(p, y), self.text_equal(q, y));
                let id = self.program.store.ite(test, p, q);
                return self.simplify(id);
            }
        }
        let id = self.call_fn(Fn::StrEq, &[x, y]);
        self.simplify(id)
    }

    pub(crate) fn binary(&mut self, op: Binary, a: &V, b: &V) -> V {
        let why = self.union(a.why, b.why);
        let not = |eval: &mut Self, id: ExprId| {
            let id = eval.program.store.not(id);
            eval.truth_value(id)
        };
        let val = match op {
            Binary::Add => return self.add(a, b),
            Binary::StrictEq => {
                let id = self.strict_equal(&a.val, &b.val);
                self.truth_value(id)
            }
            Binary::StrictNe => {
                let id = self.strict_equal(&a.val, &b.val);
                not(self, id)
            }
            Binary::Eq => {
                let id = self.loose_equal(&a.val, &b.val);
                self.truth_value(id)
            }
            Binary::Ne => {
                let id = self.loose_equal(&a.val, &b.val);
                not(self, id)
            }
            Binary::Lt => self.compare(&a.val, &b.val, false),
            Binary::Gt => self.compare(&b.val, &a.val, false),
            Binary::Le => self.compare(&a.val, &b.val, true),
            Binary::Ge => self.compare(&b.val, &a.val, true),
            Binary::In => return self.contains_key(b, a),
            Binary::InstanceOf => return self.each(a, &mut |eval, it| V { val: eval.instance_of(&it, b), why }),
            Binary::Sub
            | Binary::Mul
            | Binary::Div
            | Binary::Rem
            | Binary::Pow
            | Binary::BitAnd
            | Binary::BitOr
            | Binary::BitXor
            | Binary::Shl
            | Binary::Shr
            | Binary::UShr => match (self.to_number(&a.val), self.to_number(&b.val)) {
                (Some(x), Some(y)) => Val::Num(arithmetic(op, x, y)),
                (None, Some(y)) if op == Binary::Sub => match &a.val {
                    Val::Sym(id) if self.program.store.ty(*id) == Ty::Int && y.fract() == 0.0 => {
                        self.add(a, &V { val: Val::Num(-y), why: Why::NONE }).val
                    }
                    _ => self.unknown_data("arithmetic on what only the request knows"),
                },
                _ => self.unknown_data("arithmetic on what only the request knows"),
            },
        };
        V { val, why }
    }

    pub(crate) fn loose_equal(&mut self, a: &Val, b: &Val) -> ExprId {
        if let Val::Phi(test, x, y) = a {
            let (x, y) = (self.loose_equal(x, b), self.loose_equal(y, b));
            let id = self.program.store.ite(*test, x, y);
            return self.simplify(id);
        }
        if let Val::Phi(..) = b {
            return self.loose_equal(b, a);
        }
        match (a, b) {
            (Val::Undef | Val::Null, Val::Undef | Val::Null) => self.yes(),
            (Val::Undef | Val::Null, Val::Unknown(..)) | (Val::Unknown(..), _) => self.strict_equal(a, b),
            (Val::Undef | Val::Null, _) | (_, Val::Undef | Val::Null) => self.no(),
            _ => {
                let kind = |eval: &mut Self, val: &Val| eval.type_of(val);
                if kind(self, a) == kind(self, b) {
                    return self.strict_equal(a, b);
                }
                if let (Some(x), Some(y)) = (self.to_number(a), self.to_number(b)) {
                    return self.program.store.bool(x == y);
                }
                if let (Some(x), Some(y)) = (self.whole_number(a), self.whole_number(b)) {
                    return self.compare_ints(Fn::IntEq, x, y);
                }
                let unknown = self.unknown_data("== between different kinds");
                self.code(&unknown, Ty::Bool)
            }
        }
    }

    /// The whole number that a value is, or that its text spells.
    pub(crate) fn whole_number(&mut self, val: &Val) -> Option<ExprId> {
        if let Val::Str(_) = val {
            let number = Val::Num(self.to_number(val)?);
            return self.scalar(&number);
        }
        let id = self.scalar(val)?;
        match self.program.store.node(id) {
            Node::Call(Fn::IntText, args) => args.first().copied(),
            _ => (self.program.store.ty(id) == Ty::Int).then_some(id),
        }
    }

    /// `a < b`, or `a <= b`.
    pub(crate) fn compare(&mut self, a: &Val, b: &Val, or_equal: bool) -> Val {
        match (a, b) {
            (Val::Phi(test, x, y), _) => {
                let (x, y) = (self.compare(x, b, or_equal), self.compare(y, b, or_equal));
                return self.merge(*test, x, y);
            }
            (_, Val::Phi(test, x, y)) => {
                let (x, y) = (self.compare(a, x, or_equal), self.compare(a, y, or_equal));
                return self.merge(*test, x, y);
            }
            (Val::Position(found, zero), Val::Num(n)) => {
                if let Some(below) = self.position_below(*found, *zero, *n, or_equal) {
                    return self.truth_value(below);
                }
            }
            // `n < position` is not `position <= n`.
            (Val::Num(n), Val::Position(found, zero)) => {
                if let Some(below) = self.position_below(*found, *zero, *n, !or_equal) {
                    let above = self.program.store.not(below);
                    return self.truth_value(above);
                }
            }
            (Val::Str(x), Val::Str(y)) => {
                let order = x.encode_utf16().cmp(y.encode_utf16());
                return Val::Bool(order.is_lt() || (or_equal && order.is_eq()));
            }
            _ => {}
        }
        // An object of the event is no number, whatever it is compared with.
        let of_event = |val: &Val| match val {
            Val::Obj(id) => {
                matches!(self.heap.get(*id).kind, ObjKind::Entry(..) | ObjKind::Family(_) | ObjKind::Lines(..))
            }
            _ => false,
        };
        let number = |val: &Val| self.to_number(val).is_some();
        if (of_event(a) && number(b)) || (number(a) && of_event(b)) {
            return Val::Bool(false);
        }
        if let (Some(x), Some(y)) = (self.to_number(a), self.to_number(b)) {
            return Val::Bool(if or_equal { x <= y } else { x < y });
        }
        // Two texts are ordered as texts.
        let number = Val::Str(Arc::from("number"));
        let numbers = self.type_of(a) == number || self.type_of(b) == number;
        if let (true, Some(x), Some(y)) = (numbers, self.whole_number(a), self.whole_number(b)) {
            let id = self.compare_ints(if or_equal { Fn::IntLe } else { Fn::IntLt }, x, y);
            return self.truth_value(id);
        }
        self.unknown_data("an ordering of what only the request knows")
    }

    pub(crate) fn to_number(&self, val: &Val) -> Option<f64> {
        match val {
            Val::Num(value) => Some(*value),
            Val::Bool(value) => Some(f64::from(u8::from(*value))),
            Val::Null => Some(0.0),
            Val::Undef => Some(f64::NAN),
            Val::Str(text) => {
                let text = text.trim();
                if text.is_empty() {
                    Some(0.0)
                } else {
                    text.parse::<f64>().ok().filter(|_| !text.contains(['i', 'n', 'I', 'N']))
                }
            }
            _ => None,
        }
    }

    pub(crate) fn add(&mut self, a: &V, b: &V) -> V {
        let why = self.union(a.why, b.why);
        if matches!(a.val, Val::Phi(..)) {
            let b = b.clone();
            return self.each(a, &mut |eval, a| eval.add(&a, &b));
        }
        if matches!(b.val, Val::Phi(..)) {
            let a = a.clone();
            return self.each(b, &mut |eval, b| eval.add(&a, &b));
        }
        if let (Val::Num(x), Val::Num(y)) = (&a.val, &b.val) {
            return V { val: Val::Num(x + y), why };
        }
        let textual = |eval: &Self, val: &Val| match val {
            Val::Str(_) => true,
            Val::Sym(id) => eval.program.store.ty(*id) == Ty::Str,
            _ => false,
        };
        let whole = |eval: &Self, val: &Val| match val {
            Val::Num(value) => value.fract() == 0.0,
            Val::Sym(id) => eval.program.store.ty(*id) == Ty::Int,
            _ => false,
        };
        if whole(self, &a.val)
            && whole(self, &b.val)
            && let (Some(x), Some(y)) = (self.scalar(&a.val), self.scalar(&b.val))
        {
            return V { val: Val::Sym(self.call_fn(Fn::IntAdd, &[x, y])), why };
        }
        if textual(self, &a.val) || textual(self, &b.val) {
            let (x, y) = (self.text_of(a), self.text_of(b));
            if let (Val::Str(x), Val::Str(y)) = (&x.val, &y.val) {
                self.charge(x.len() + y.len());
                return V { val: Val::Str(Arc::from(format!("{x}{y}"))), why };
            }
            if let (Some(p), Some(q)) = (self.scalar(&x.val), self.scalar(&y.val))
                && self.program.store.ty(p) == Ty::Str
                && self.program.store.ty(q) == Ty::Str
            {
                let joined = self.call_fn(Fn::Concat, &[p, q]);
                let parts = self.program.store.children(joined);
                let text = parts.into_iter().filter_map(|it| self.program.store.as_str(it)).map(|it| it.len()).max();
                self.charge(text.unwrap_or(0));
                return V { val: Val::Sym(joined), why };
            }
            if let Val::Unknown(..) = x.val {
                return V { val: x.val, why };
            }
            if let Val::Unknown(..) = y.val {
                return V { val: y.val, why };
            }
        }
        V { val: self.unknown_data("an addition of what only the request knows"), why }
    }

    /// `String(value)`.
    pub(crate) fn text_of(&mut self, value: &V) -> V {
        if matches!(value.val, Val::Phi(..)) {
            return self.each(value, &mut |eval, it| eval.text_of(&it));
        }
        let val = match &value.val {
            Val::Str(_) | Val::Unknown(..) => value.val.clone(),
            Val::Undef => Val::Str(Arc::from("undefined")),
            Val::Null => Val::Str(Arc::from("null")),
            Val::Bool(it) => Val::Str(Arc::from(it.to_string())),
            Val::Num(it) => Val::Str(Arc::from(number_text(*it))),
            Val::Sym(id) => match self.program.store.ty(*id) {
                Ty::Str | Ty::OptStr | Ty::List => value.val.clone(),
                Ty::Int => Val::Sym(self.call_fn(Fn::IntText, &[*id])),
                Ty::Bool => {
                    let (t, f) = (self.program.store.string("true"), self.program.store.string("false"));
                    Val::Sym(self.program.store.ite(*id, t, f))
                }
            },
            Val::Obj(_) | Val::Func(_) | Val::Native(..) | Val::Position(..) | Val::Accessor(_) | Val::Phi(..) => {
                return self.text_of_object(value);
            }
        };
        V { val, why: value.why }
    }

    /// The text of an object: that of a list, else what its own methods say, which are not run here.
    pub(crate) fn text_of_object(&mut self, value: &V) -> V {
        if let Val::Obj(id) = value.val {
            let own = |name: &str| self.heap.get(id).props.contains_key(name);
            if own("toString") || own("valueOf") {
                self.give_up("a text that a method of the object makes");
                return undef();
            }
            if self.heap.get(id).kind == ObjKind::Array {
                let join = Val::Native(Arc::from("array.join"), Some(Box::new(value.clone())));
                return self.apply(&V { val: join, why: value.why }, None, Vec::new());
            }
        }
        V { val: self.unknown_data("the text of an object"), why: value.why }
    }
}

#[expect(clippy::cast_sign_loss, reason = "shift counts are masked to five bits")]
fn arithmetic(op: Binary, x: f64, y: f64) -> f64 {
    let shift = (to_int32(y) as u32) & 31;
    match op {
        Binary::Sub => x - y,
        Binary::Mul => x * y,
        Binary::Div => x / y,
        Binary::Rem => x % y,
        Binary::Pow => x.powf(y),
        Binary::BitAnd => f64::from(to_int32(x) & to_int32(y)),
        Binary::BitOr => f64::from(to_int32(x) | to_int32(y)),
        Binary::BitXor => f64::from(to_int32(x) ^ to_int32(y)),
        Binary::Shl => f64::from(to_int32(x) << shift),
        Binary::Shr => f64::from(to_int32(x) >> shift),
        Binary::UShr => f64::from((to_int32(x) as u32) >> shift),
        Binary::Add => x + y,
        Binary::Eq
        | Binary::Ne
        | Binary::StrictEq
        | Binary::StrictNe
        | Binary::Lt
        | Binary::Le
        | Binary::Gt
        | Binary::Ge
        | Binary::In
        | Binary::InstanceOf => f64::NAN,
    }
}

/// The text of a number where JavaScript writes no exponent; others are never asked for.
pub(crate) fn number_text(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned()
    } else if value == 0.0 {
        "0".to_owned()
    } else {
        format!("{value}")
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "ToInt32 wraps by definition")]
pub(crate) fn to_int32(value: f64) -> i32 {
    if value.is_finite() { (value.trunc().rem_euclid(4_294_967_296.0) as u64) as u32 as i32 } else { 0 }
}
