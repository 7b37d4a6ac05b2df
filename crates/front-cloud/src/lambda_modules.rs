//! Lambda functions that stand in another module of the repository than their association: behind an `output` of a module that is called, or
//! behind an argument of the call.
//!
//! A module is parsed again for each call that an association leads through; calls may stand in each other a few levels deep.

use crate::lambda::LambdaDef;
use crate::lambda_terraform::{Given, function, given, read, source_of};
use crate::model::{Distribution, FunctionKind, FunctionRef};
use crate::module::{Module, Site, address, parse};
use crate::repository_path::join;
use source::{FileId, Sources};
use std::collections::BTreeMap;

/// How many modules may stand in each other.
const DEEPEST: u32 = 4;
/// How many outputs are looked up for one folder: each parses a module.
const BUDGET: u32 = 100;

/// Files of Terraform by their folder.
pub(crate) type Folders = BTreeMap<String, Vec<FileId>>;

/// Follows the associations that lead to outputs of modules.
pub(crate) fn attach(
    module: &Module<'_>,
    distributions: &mut [Distribution],
    lambdas: &mut Vec<LambdaDef>,
    folders: &Folders,
    sources: &mut Sources,
) {
    let mut left = BUDGET;
    let mut known: BTreeMap<String, Option<LambdaDef>> = BTreeMap::new();
    let behaviors = distributions.iter_mut().flat_map(|it| &mut it.behaviors);
    for association in behaviors.flat_map(|it| &mut it.functions) {
        if association.kind != FunctionKind::Lambda {
            continue;
        }
        let FunctionRef::Arn(arn) = &association.target else { continue };
        let names: Vec<String> = arn.holes().into_iter().map(|it| it.name.clone()).collect();
        // Behaviors of one distribution often attach the same function.
        let found = names.iter().find_map(|it| {
            if let Some(known) = known.get(it) {
                return known.clone();
            }
            let found = match it.strip_prefix("var.") {
                Some(variable) => caller(module, variable, folders, sources, &mut left),
                None => output(module, &Given::default(), it, folders, sources, &mut left, 0),
            };
            known.insert(it.clone(), found.clone());
            found
        });
        let Some(found) = found else { continue };
        association.target = FunctionRef::Local(found.id.clone());
        if !lambdas.iter().any(|it| it.id == found.id) {
            lambdas.push(found);
        }
    }
}

/// The function behind `module.name.output`.
fn output(
    module: &Module<'_>,
    outer: &Given,
    reference: &str,
    folders: &Folders,
    sources: &mut Sources,
    left: &mut u32,
    depth: u32,
) -> Option<LambdaDef> {
    let call = address(reference);
    // `module.name[0].output` and `module.name["key"].output` are calls that stand for several.
    let name = reference.get(call.len()..)?.rsplit_once('.')?.1;
    if depth > DEEPEST || !call.starts_with("module.") {
        return None;
    }
    let (of, block) = module.block(call)?;
    *left = left.checked_sub(1)?;
    let path = source_of(module, of, block).filter(|it| it.starts_with('.'))?;
    let folder = join(&module.folder, &path).ok()?;
    let values = given(module, outer, of, block);
    let mut parsed = Vec::new();
    for file in folders.get(&folder)? {
        parsed.extend(parse(*file, &sources.file(*file).text().clone()).ok());
    }
    let inner = Module::new(&folder, &parsed);
    let value = parsed.iter().find_map(|of| {
        let found = of
            .body
            .blocks()
            .find(|it| it.ident.as_str() == "output" && it.labels.first().is_some_and(|it| it.as_str() == name))?;
        Some(Site { of, expr: &found.body.get_attribute("value")?.value })
    })?;
    let text = inner.text(inner.unwrapped(value));
    for hole in text.holes() {
        let found = match function(&inner, &hole.name) {
            Some(address) => read(&inner, &values, &address, sources),
            None => output(&inner, &values, &hole.name, folders, sources, left, depth + 1),
        };
        if let Some(found) = found {
            return Some(LambdaDef { id: format!("{call}.{}", found.id), ..found });
        }
    }
    None
}

/// The function that the calls of a module give to one of its variables, if all calls give the same.
fn caller(
    module: &Module<'_>,
    variable: &str,
    folders: &Folders,
    sources: &mut Sources,
    left: &mut u32,
) -> Option<LambdaDef> {
    let variable = variable.split(['.', '[']).next()?;
    let mut found: Vec<LambdaDef> = Vec::new();
    for (folder, files) in folders.iter().filter(|it| *it.0 != module.folder) {
        if !files.iter().any(|it| sources.file(*it).text().contains(variable)) {
            continue;
        }
        *left = left.checked_sub(1)?;
        let mut parsed = Vec::new();
        for file in files {
            parsed.extend(parse(*file, &sources.file(*file).text().clone()).ok());
        }
        let outer = Module::new(folder, &parsed);
        for of in &parsed {
            for block in of.body.blocks().filter(|it| it.ident.as_str() == "module") {
                let called = source_of(&outer, of, block).filter(|it| it.starts_with('.'));
                if called.and_then(|it| join(folder, &it).ok()).as_deref() != Some(module.folder.as_str()) {
                    continue;
                }
                let value = block.body.get_attribute(variable)?;
                let text = outer.text(outer.unwrapped(Site { of, expr: &value.value }));
                let names: Vec<String> = text.holes().into_iter().map(|it| it.name.clone()).collect();
                let given = names.iter().find_map(|it| match function(&outer, it) {
                    Some(address) => read(&outer, &Given::default(), &address, sources),
                    None => output(&outer, &Given::default(), it, folders, sources, left, 0),
                })?;
                found.push(LambdaDef { id: format!("caller.{}", given.id), ..given });
            }
        }
    }
    let first = found.first()?.clone();
    // Environments that call a module alike give the same resource.
    found.iter().all(|it| LambdaDef { id: first.id.clone(), ..it.clone() } == first).then_some(first)
}
