//! What the platform makes of the object a function returned: each named value against the one the function was given.
//!
//! A `multiValue` that was changed wins and `value` is ignored; otherwise a changed `value` replaces the first one and
//! the others stay; a missing entry removes all of its lines. Source: CloudFront Developer Guide, "CloudFront Functions
//! event structure", read 2026-04. Where the guide is silent the answer is [`Stop::Unknown`], never a guess.

use serde_json::{Map, Value};

use super::event::{Field, Item};

/// Why there is no result.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Stop {
    /// The platform refuses the object: the visitor gets an error.
    Fails(String),
    /// The platform's behavior is not documented.
    Unknown(String),
}

/// The names and values of a collection after the function.
pub(crate) struct Collection {
    pub(crate) fields: Vec<Field>,
    /// Whether anything differs from what the function was given, order of names included.
    pub(crate) changed: bool,
}

/// The order in which a script engine lists the names of an object: whole numbers first.
fn script_order(fields: &[Field]) -> Vec<&Field> {
    let index = |name: &str| name.parse::<u32>().ok().filter(|it| *it != u32::MAX && it.to_string() == name);
    let mut ordered: Vec<&Field> = fields.iter().collect();
    ordered.sort_by_key(|it| index(&it.name).map_or((1, 0), |number| (0, number)));
    ordered
}

fn text(value: &Value, what: &str) -> Result<String, Stop> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Err(Stop::Fails(format!("{what} must be a string")))
        }
    }
}

fn item(entry: &Map<String, Value>, what: &str) -> Result<Option<Item>, Stop> {
    let Some(value) = entry.get("value") else { return Ok(None) };
    let attributes = entry.get("attributes").map(|it| text(it, &format!("attributes of {what}"))).transpose()?;
    Ok(Some(Item { value: text(value, what)?, attributes }))
}

fn entry(name: &str, given: Option<&Field>, returned: &Value, what: &str) -> Result<Vec<Item>, Stop> {
    let what = format!("{what} `{name}`");
    let Value::Object(returned) = returned else {
        return Err(Stop::Fails(format!("{what} must be an object with a value")));
    };
    let first = item(returned, &what)?;
    let many = match returned.get("multiValue") {
        None => None,
        Some(Value::Array(list)) => {
            let mut items = Vec::new();
            for it in list {
                let Value::Object(it) = it else {
                    return Err(Stop::Fails(format!("multiValue of {what} must hold objects")));
                };
                items.push(
                    item(it, &what)?.ok_or_else(|| Stop::Fails(format!("multiValue of {what} must hold values")))?,
                );
            }
            Some(items)
        }
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_)) => {
            return Err(Stop::Fails(format!("multiValue of {what} must be an array")));
        }
    };
    let before = given.map(|it| it.items.as_slice()).unwrap_or_default();
    match (first, many) {
        (None, None) => Err(Stop::Fails(format!("{what} has no value"))),
        (_, Some(many)) if many.is_empty() => Err(Stop::Unknown(format!("{what} has an empty multiValue"))),
        (first, Some(many)) => {
            let unchanged = before.len() > 1 && many == before;
            let mut items = many;
            if let (true, Some(first), Some(place)) = (unchanged, first, items.first_mut()) {
                *place = first;
            }
            Ok(items)
        }
        (Some(first), None) => Ok(vec![first]),
    }
}

/// Reads a returned collection against the given one.
pub(crate) fn collection(given: &[Field], returned: &Map<String, Value>, what: &str) -> Result<Collection, Stop> {
    let ordered = script_order(given);
    let mut changed = ordered.len() != returned.len();
    let mut fields = Vec::with_capacity(returned.len());
    for (at, (name, value)) in returned.iter().enumerate() {
        let before = given.iter().find(|it| it.name == *name);
        let items = entry(name, before, value, what)?;
        changed |= before.is_none_or(|it| it.items != items) || ordered.get(at).is_none_or(|it| it.name != *name);
        fields.push(Field { name: name.clone(), items });
    }
    Ok(Collection { fields, changed })
}
