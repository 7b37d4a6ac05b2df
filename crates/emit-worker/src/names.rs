//! Names inside the project: each function once, with the folder and the identifier that stand for it.

use std::collections::BTreeSet;

use crate::spec::{CacheBehavior, FunctionUnit, WorkerSpec};

/// A function with its names in this project.
pub(crate) struct Unit<'a> {
    pub(crate) function: &'a FunctionUnit,
    /// The folder under `src/functions/`.
    pub(crate) folder: String,
    /// The constant in `src/index.ts`.
    pub(crate) constant: String,
}

/// Every function of the spec once, in order of first use.
pub(crate) fn units(spec: &WorkerSpec) -> Vec<Unit<'_>> {
    let mut units: Vec<Unit<'_>> = Vec::new();
    let mut taken = BTreeSet::new();
    let functions = spec.behaviors.iter().flat_map(CacheBehavior::functions);
    for function in functions {
        if units.iter().any(|it| it.function.id == function.id) {
            continue;
        }
        let slug = slug(&function.id);
        let mut folder = slug.clone();
        let mut number = 2;
        while !taken.insert(folder.clone()) {
            folder = format!("{slug}-{number}");
            number += 1;
        }
        let constant = camel(&folder);
        units.push(Unit { function, folder, constant });
    }
    units
}

/// Lower-case letters, digits and hyphens.
fn slug(id: &str) -> String {
    let mut slug = String::new();
    for it in id.chars() {
        if it.is_ascii_alphanumeric() {
            slug.push(it.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "function".to_owned() } else { slug.to_owned() }
}

/// `index-rewrite` is `runIndexRewrite`, which is no reserved word whatever the id is.
fn camel(slug: &str) -> String {
    let mut name = "run".to_owned();
    for part in slug.split('-') {
        let mut letters = part.chars();
        if let Some(first) = letters.next() {
            name.push(first.to_ascii_uppercase());
            name.push_str(letters.as_str());
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        assert_eq!(slug("My Function/v2!"), "my-function-v2");
        assert_eq!(slug("…"), "function");
        assert_eq!(camel("default"), "runDefault");
        assert_eq!(camel("a-b-2"), "runAB2");
    }
}
