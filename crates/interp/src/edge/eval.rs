//! The value of every expression that some roots need, in one forward pass over the store.
//!
//! A value that depends on code nobody understands, or on a result that has no model, is a cause in words. A cause spreads only as far
//! as it matters: `false and unknown` is false. Work is linear in the reachable graph; a text or list beyond a limit is a cause too.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use edge::{Draw, ExprId, Fn, Node, Store};

use super::fields::View;
use super::pattern;
use super::text::{self, Cause};

/// The longest text, in bytes.
const LIMIT: usize = 1 << 20;
/// Whole numbers are exact in a script up to here.
const EXACT: i64 = (1 << 53) - 1;

/// A value. A missing optional is `Absent`; one that is there is its text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Value {
    Absent,
    Bool(bool),
    Int(i64),
    Text(Arc<str>),
    List(Arc<Vec<Arc<str>>>),
}

/// A value, or why there is none.
pub(super) type Known = Result<Value, Cause>;

/// The values of one hook's expressions on one exchange.
pub(super) struct Values(BTreeMap<ExprId, Known>);

fn ill_typed() -> Cause {
    Arc::from("an expression of the wrong type")
}

fn sized(text: String) -> Known {
    if text.len() > LIMIT { Err(Arc::from("text longer than 1 MiB")) } else { Ok(Value::Text(Arc::from(text))) }
}

impl Values {
    /// Evaluates all that `roots` need.
    pub(super) fn of(store: &Store, roots: &[ExprId], view: &View<'_>) -> Values {
        let mut needed = BTreeSet::new();
        let mut stack = roots.to_vec();
        while let Some(id) = stack.pop() {
            if needed.insert(id) {
                stack.extend(store.children(id));
            }
        }
        let mut values = Values(BTreeMap::new());
        for id in needed {
            let value = values.node(store, store.node(id), view);
            values.0.insert(id, value);
        }
        values
    }

    /// The value of an expression.
    pub(super) fn get(&self, id: ExprId) -> Known {
        self.0.get(&id).cloned().unwrap_or_else(|| Err(Arc::from("an expression that is not below its parent")))
    }

    /// The value of a condition.
    pub(super) fn bool(&self, id: ExprId) -> Result<bool, Cause> {
        match self.get(id)? {
            Value::Bool(value) => Ok(value),
            Value::Absent | Value::Int(_) | Value::Text(_) | Value::List(_) => Err(ill_typed()),
        }
    }

    /// The value of a whole number.
    pub(super) fn int(&self, id: ExprId) -> Result<i64, Cause> {
        match self.get(id)? {
            Value::Int(value) => Ok(value),
            Value::Absent | Value::Bool(_) | Value::Text(_) | Value::List(_) => Err(ill_typed()),
        }
    }

    /// The value of an optional text.
    pub(super) fn optional(&self, id: ExprId) -> Result<Option<Arc<str>>, Cause> {
        match self.get(id)? {
            Value::Absent => Ok(None),
            Value::Text(text) => Ok(Some(text)),
            Value::Bool(_) | Value::Int(_) | Value::List(_) => Err(ill_typed()),
        }
    }

    /// The value of a text.
    pub(super) fn text(&self, id: ExprId) -> Result<Arc<str>, Cause> {
        self.optional(id)?.ok_or_else(ill_typed)
    }

    /// The value of a list.
    pub(super) fn list(&self, id: ExprId) -> Result<Arc<Vec<Arc<str>>>, Cause> {
        match self.get(id)? {
            Value::List(list) => Ok(list),
            Value::Absent | Value::Bool(_) | Value::Int(_) | Value::Text(_) => Err(ill_typed()),
        }
    }

    fn node(&self, store: &Store, node: &Node, view: &View<'_>) -> Known {
        match node {
            Node::Absent => Ok(Value::Absent),
            Node::Bool(value) => Ok(Value::Bool(*value)),
            Node::Int(value) => Ok(Value::Int(*value)),
            Node::Str(text) => Ok(Value::Text(store.str(*text).clone())),
            Node::Read(field) => view.read(store, *field),
            Node::Input(Draw::Now) => Ok(Value::Int(view.inputs.now_ms)),
            // As in the drivers of the old code: draws start over when they are used up, and without any a draw is 0.
            Node::Input(Draw::Random(n)) => {
                let draws = &view.inputs.random_permille;
                let draw = draws.get(*n as usize % draws.len().max(1));
                Ok(Value::Int(draw.map_or(0, |it| i64::from(*it))))
            }
            Node::Hole(name) => Err(Arc::from(format!("the sources leave `{}` open", store.str(*name)))),
            Node::Code(region, _, _) => Err(store.cause(*region).cause.clone()),
            Node::Call(function, args) => self.call(*function, args),
            Node::Not(a) => Ok(Value::Bool(!self.bool(*a)?)),
            Node::And(a, b) => self.decide(*a, *b, false),
            Node::Or(a, b) => self.decide(*a, *b, true),
            Node::Ite(c, a, b) => self.get(if self.bool(*c)? { *a } else { *b }),
            Node::Lookup(table, key) => {
                let key = self.text(*key)?;
                Ok(store.rows(*table).rows.get(&*key).map_or(Value::Absent, |it| Value::Text(it.clone())))
            }
        }
    }

    /// Whether `ends` alone decides: `false` for "both", `true` for "at least one".
    fn decide(&self, a: ExprId, b: ExprId, ends: bool) -> Known {
        let (a, b) = (self.bool(a), self.bool(b));
        if a == Ok(ends) || b == Ok(ends) {
            return Ok(Value::Bool(ends));
        }
        a.and(b).map(Value::Bool)
    }

    fn call(&self, function: Fn, args: &[ExprId]) -> Known {
        let id = |n: usize| args.get(n).copied().ok_or_else(ill_typed);
        let text = |n: usize| self.text(id(n)?);
        let int = |n: usize| self.int(id(n)?);
        let bool = |value: bool| Ok(Value::Bool(value));
        match function {
            Fn::StrEq => bool(text(0)? == text(1)?),
            Fn::IntEq => bool(int(0)? == int(1)?),
            Fn::IntLt => bool(int(0)? < int(1)?),
            Fn::IntLe => bool(int(0)? <= int(1)?),
            Fn::Present => bool(self.optional(id(0)?)?.is_some()),
            Fn::Some => Ok(Value::Text(text(0)?)),
            Fn::Or => match self.optional(id(0)?)? {
                Some(value) => Ok(Value::Text(value)),
                None => Ok(Value::Text(text(1)?)),
            },
            Fn::Concat => {
                let (a, b) = (text(0)?, text(1)?);
                sized(format!("{a}{b}"))
            }
            Fn::StartsWith => bool(text(0)?.starts_with(&*text(1)?)),
            Fn::EndsWith => bool(text(0)?.ends_with(&*text(1)?)),
            Fn::Contains => bool(text(0)?.contains(&*text(1)?)),
            Fn::JsMatches => bool(pattern::matches(&text(0)?, &text(1)?, &text(2)?)?),
            Fn::JsLower => sized(text(0)?.to_lowercase()),
            Fn::JsUpper => sized(text(0)?.to_uppercase()),
            Fn::JsTrim => sized(text::trim(&text(0)?).to_owned()),
            Fn::JsLength => Ok(Value::Int(i64::try_from(text(0)?.encode_utf16().count()).unwrap_or(i64::MAX))),
            Fn::JsSliceFrom => sized(text::slice(&text(0)?, int(1)?, None)?),
            Fn::JsSlice => sized(text::slice(&text(0)?, int(1)?, Some(int(2)?))?),
            Fn::Before => {
                let (whole, part) = (text(0)?, text(1)?);
                sized(whole.split_once(&*part).map_or(&*whole, |(before, _)| before).to_owned())
            }
            Fn::AfterLast => {
                let (whole, part) = (text(0)?, text(1)?);
                sized(whole.rsplit_once(&*part).map_or(&*whole, |(_, after)| after).to_owned())
            }
            Fn::JsSplitAt => match text::split_at(&text(0)?, &text(1)?, int(2)?)? {
                Some(piece) => sized(piece),
                None => Ok(Value::Absent),
            },
            Fn::JsSplitCount => {
                let (whole, part) = (text(0)?, text(1)?);
                let count = if part.is_empty() { whole.encode_utf16().count() } else { whole.split(&*part).count() };
                Ok(Value::Int(i64::try_from(count).unwrap_or(i64::MAX)))
            }
            Fn::QueryEvery => sized(text::query_anew(&text(0)?, true)?),
            Fn::QueryFirst => sized(text::query_anew(&text(0)?, false)?),
            Fn::ReplaceFirst => sized(text(0)?.replacen(&*text(1)?, &text(2)?, 1)),
            Fn::ReplaceAll => {
                let (whole, what, with) = (text(0)?, text(1)?, text(2)?);
                if whole.len().saturating_add(1).saturating_mul(with.len()) > LIMIT.saturating_mul(16) {
                    return Err(Arc::from("text longer than 1 MiB"));
                }
                sized(text::replace_all(&whole, &what, &with)?)
            }
            Fn::JsReplace => {
                let (whole, template) = (text(0)?, text(3)?);
                if whole.len().saturating_add(1).saturating_mul(template.len()) > LIMIT.saturating_mul(16) {
                    return Err(Arc::from("text longer than 1 MiB"));
                }
                sized(pattern::replace(&whole, &text(1)?, &text(2)?, &template)?)
            }
            Fn::JsEncodeComponent => sized(text::encode_component(&text(0)?)),
            Fn::IntText => Ok(Value::Text(Arc::from(int(0)?.to_string()))),
            Fn::IntAdd => match int(0)?.checked_add(int(1)?).filter(|it| (-EXACT..=EXACT).contains(it)) {
                Some(sum) => Ok(Value::Int(sum)),
                None => Err(Arc::from("a sum beyond exact whole numbers")),
            },
            Fn::ListEmpty => Ok(Value::List(Arc::default())),
            Fn::ListPush => {
                let mut list = self.list(id(0)?)?.to_vec();
                list.push(text(1)?);
                if list.len() > 4096 {
                    Err(Arc::from("a list of more than 4096 values"))
                } else {
                    Ok(Value::List(Arc::new(list)))
                }
            }
            Fn::ListSetFirst => {
                let mut list = self.list(id(0)?)?.to_vec();
                let value = text(1)?;
                match list.first_mut() {
                    Some(first) => *first = value,
                    None => list.push(value),
                }
                Ok(Value::List(Arc::new(list)))
            }
        }
    }
}
