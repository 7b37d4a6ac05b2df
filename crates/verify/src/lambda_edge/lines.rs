//! Headers as Lambda@Edge shows and takes them: a lower-case name with a list of `{key, value}`, one for each line.

use serde_json::{Map, Value, json};

use crate::cloudfront_functions::changes::Stop;

/// Names with their values, in order.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(crate) struct Lines(pub(crate) Vec<(String, Vec<String>)>);

impl Lines {
    /// Groups lines by name, in the order of first appearance.
    pub(crate) fn grouped(lines: impl Iterator<Item = (String, String)>) -> Lines {
        let mut grouped: Vec<(String, Vec<String>)> = Vec::new();
        for (name, value) in lines {
            match grouped.iter_mut().find(|(it, _)| *it == name) {
                Some((_, values)) => values.push(value),
                None => grouped.push((name, vec![value])),
            }
        }
        Lines(grouped)
    }

    /// The values of a name; none where it is absent.
    pub(crate) fn of(&self, name: &str) -> &[String] {
        self.0.iter().find(|(it, _)| it == name).map(|(_, values)| values.as_slice()).unwrap_or_default()
    }

    /// Sets the only value of a name.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        match self.0.iter_mut().find(|(it, _)| it == name) {
            Some((_, values)) => *values = vec![value.to_owned()],
            None => self.0.push((name.to_owned(), vec![value.to_owned()])),
        }
    }

    /// Drops a name.
    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(it, _)| it != name);
    }

    /// As the event shows them.
    pub(crate) fn to_json(&self) -> Value {
        let mut object = Map::new();
        for (name, values) in &self.0 {
            let key = title(name);
            let list: Vec<Value> = values.iter().map(|value| json!({ "key": key, "value": value })).collect();
            object.insert(name.clone(), Value::Array(list));
        }
        Value::Object(object)
    }

    /// Reads the headers of a returned object.
    pub(crate) fn read(returned: &Map<String, Value>, what: &str) -> Result<Lines, Stop> {
        let mut lines = Vec::with_capacity(returned.len());
        for (name, value) in returned {
            let what = format!("{what} `{name}`");
            let Value::Array(list) = value else {
                return Err(Stop::Fails(format!("{what} must be an array")));
            };
            if list.is_empty() {
                return Err(Stop::Unknown(format!("{what} is an empty array")));
            }
            check_name(name)?;
            let values = list.iter().map(|it| entry(name, it, &what)).collect::<Result<Vec<String>, Stop>>()?;
            lines.push((name.clone(), values));
        }
        Ok(Lines(lines))
    }

    /// The names whose values differ between the two, with the values of `after`.
    pub(crate) fn changes<'a>(&'a self, after: &'a Lines) -> Vec<(&'a str, &'a [String])> {
        let gone = self.0.iter().map(|(name, _)| name).filter(|name| !after.0.iter().any(|(it, _)| it == *name));
        let kept = after.0.iter().map(|(name, _)| name);
        gone.chain(kept)
            .map(|name| (name.as_str(), after.of(name)))
            .filter(|(name, values)| self.of(name) != *values)
            .collect()
    }
}

/// A name as HTTP/1.1 usually writes it.
fn title(name: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        format!("{}{rest}", first.to_ascii_uppercase())
    };
    name.split('-').map(word).collect::<Vec<String>>().join("-")
}

fn check_name(name: &str) -> Result<(), Stop> {
    let token = |it: char| it.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(it);
    if name.is_empty() || !name.chars().all(token) {
        return Err(Stop::Fails(format!("{name:?} is no header name")));
    }
    if name.chars().any(|it| it.is_ascii_uppercase()) {
        return Err(Stop::Unknown(format!("the header name `{name}` is not lower-case")));
    }
    Ok(())
}

fn entry(name: &str, entry: &Value, what: &str) -> Result<String, Stop> {
    let Value::Object(entry) = entry else {
        return Err(Stop::Fails(format!("{what} must hold objects with a value")));
    };
    match entry.get("key") {
        None => {}
        Some(Value::String(key)) if key.eq_ignore_ascii_case(name) => {}
        Some(Value::String(key)) => return Err(Stop::Unknown(format!("{what} has the key `{key}`"))),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            return Err(Stop::Fails(format!("the key of {what} must be a string")));
        }
    }
    match entry.get("value") {
        Some(Value::String(value)) => Ok(value.clone()),
        Some(Value::Bool(_) | Value::Number(_)) => Err(Stop::Unknown(format!("the value of {what} is no string"))),
        Some(Value::Null | Value::Array(_) | Value::Object(_)) | None => {
            Err(Stop::Fails(format!("{what} has no value")))
        }
    }
}
