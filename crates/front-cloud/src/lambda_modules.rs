//! Lambda functions that modules of the repository define and give out: from an association through `output` to the resource.
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
const BUDGET: u32 = 200;

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
    let behaviors = distributions.iter_mut().flat_map(|it| &mut it.behaviors);
    for association in behaviors.flat_map(|it| &mut it.functions) {
        if association.kind != FunctionKind::Lambda {
            continue;
        }
        let FunctionRef::Arn(arn) = &association.target else { continue };
        let names: Vec<String> = arn.holes().into_iter().map(|it| it.name.clone()).collect();
        let found = names.iter().find_map(|it| output(module, &Given::default(), it, folders, sources, &mut left, 0));
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
