//! Credentials of the source in what is kept of exchanges: none is written out.
//!
//! Where an exchange holds one whole, the place in the source that holds it stands instead (`${secret auth.js:3:24}`), so that the
//! exchange can be sent again. A near miss of one would give it away too and is covered.

use std::collections::BTreeMap;

use pipeline::Outcome;
use serde_json::{Map, Value};
use source::Span;

/// What stands for a near miss.
const COVER: &str = "***";

/// The credentials of a repository's functions.
#[derive(Debug, Default)]
pub(super) struct Credentials {
    /// Each with what stands for it; longer ones come first, as a shorter one may be a part of them.
    known: Vec<(String, String)>,
}

impl Credentials {
    /// The credentials in the texts of all functions.
    #[must_use]
    pub(super) fn of(outcome: &Outcome) -> Credentials {
        let mut found: BTreeMap<String, String> = BTreeMap::new();
        for module in outcome.units.iter().flat_map(|it| outcome.modules_of(it)) {
            for (start, end) in diag::secrets(&module.text) {
                let Some(secret) = module.text.get(start..end) else { continue };
                let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
                let (file, at) = outcome.sources.locate(Span::new(module.file, offset(start), offset(end)));
                let name = || format!("${{secret {file}:{}:{}}}", at.line, at.column);
                found.entry(secret.to_owned()).or_insert_with(name);
            }
        }
        let mut known: Vec<(String, String)> = found.into_iter().collect();
        known.sort_by_key(|it| std::cmp::Reverse(it.0.len()));
        Credentials { known }
    }

    /// A value without credentials, in any of its texts.
    #[must_use]
    pub(super) fn covered(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Array(items) => items.into_iter().map(|it| self.covered(it)).collect(),
            Value::Object(members) => {
                let members = members.into_iter().map(|(name, it)| (self.text(&name), self.covered(it)));
                Value::Object(members.collect::<Map<String, Value>>())
            }
            other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => other,
        }
    }

    fn text(&self, text: &str) -> String {
        let mut out = text.to_owned();
        for (secret, name) in &self.known {
            out = out.replace(secret.as_str(), name);
            // A query writes a plus sign as an escape.
            out = out.replace(&secret.replace('+', "%2B"), name);
            let near = |part: Option<&str>| part.filter(|it| it.len() >= 5).map(str::to_ascii_lowercase);
            let misses = [near(Some(secret)), near(secret.get(..secret.len() - 1)), near(secret.get(1..))];
            for miss in misses.into_iter().flatten() {
                while let Some(at) = out.to_ascii_lowercase().find(&miss) {
                    out.replace_range(at..at + miss.len(), COVER);
                }
            }
        }
        diag::mask(&out).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use source::MemoryTree;

    #[test]
    fn a_credential_is_named_by_its_place_and_its_near_misses_are_covered() {
        let function = "function handler(event) {\n  var given = event.request.headers.authorization;\n  if (!given || given.value !== 'Basic dXNlcjpwYXNz') {\n    return { statusCode: 401 };\n  }\n  return event.request;\n}\n";
        let outcome = pipeline::run(&MemoryTree::new().with("auth.js", function), &pipeline::Options::default());
        let credentials = Credentials::of(&outcome);
        let covered = credentials.covered(json!({
            "headers": [["authorization", "Basic dXNlcjpwYXNz"], ["authorization", "bASIC DxnLCJPWyxnZ"]],
            "url": "https://a.example/?x=dXNlcjpwYXN&y=xXNlcjpwYXNz&z=1",
            "status": 200,
        }));
        assert_eq!(
            covered,
            json!({
                "headers": [["authorization", "Basic ${secret auth.js:3:40}"], ["authorization", "bASIC ***"]],
                "url": "https://a.example/?x=***&y=x***&z=1",
                "status": 200,
            })
        );
        let other = credentials.covered(json!("Basic b3RoZXI6c2VjcmV0"));
        assert_eq!(other, json!("Basic ***"), "one that the search computed stands in no source");
    }
}
