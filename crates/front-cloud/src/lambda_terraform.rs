//! Lambda functions of Terraform: from an association to the resource, or to a call of the community module for functions, and to the code
//! that is packed.

use crate::lambda::{Handler, LambdaCode, LambdaDef, LambdaRuntime, PackagedFile, name_in_arn, package};
use crate::model::{Base, Distribution, FunctionKind, FunctionRef, Text};
use crate::module::{Module, Parsed, Site, address};
use crate::terraform_code::code;
use hcl_edit::Span as _;
use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block, Body};
use source::{Sources, Span};
use std::collections::BTreeMap;

/// Follows the associations of a distribution with Lambda functions. A function is read once.
pub(crate) fn attach(
    module: &Module<'_>,
    distribution: &mut Distribution,
    lambdas: &mut Vec<LambdaDef>,
    sources: &mut Sources,
) {
    for association in distribution.behaviors.iter_mut().flat_map(|it| &mut it.functions) {
        if association.kind != FunctionKind::Lambda {
            continue;
        }
        let FunctionRef::Arn(arn) = &association.target else { continue };
        // `arn:version` of one function names it twice; an ARN that is written out names it by its name.
        let by_reference = arn.holes().into_iter().find_map(|it| function(module, &it.name));
        let by_name = || called(module, &name_in_arn(&arn.display())?);
        let Some(found) = by_reference.or_else(by_name) else { continue };
        if !lambdas.iter().any(|it| it.id == found) {
            let Some(read) = read(module, &Given::default(), &found, sources) else { continue };
            lambdas.push(read);
        }
        association.target = FunctionRef::Local(found);
    }
}

/// The address of the function that a reference leads to: a resource, or a call of the community module; an alias and a look-up lead on.
pub(crate) fn function(module: &Module<'_>, reference: &str) -> Option<String> {
    let found = address(reference);
    let (of, block) = module.block(found)?;
    if found.starts_with("aws_lambda_function.") {
        return Some(found.to_owned());
    }
    if found.starts_with("module.") {
        return is_community(&source_of(module, of, block)?).then(|| found.to_owned());
    }
    if found.starts_with("aws_lambda_alias.") || found.starts_with("data.aws_lambda_function.") {
        let name = Arguments { module, given: &Given::default(), of, body: &block.body }.text("function_name")?;
        let names = name.holes().into_iter().map(|it| address(&it.name).to_owned());
        let mut functions = names.filter(|it| it.starts_with("aws_lambda_function.") && module.block(it).is_some());
        return functions.next().or_else(|| called(module, &name.display()));
    }
    None
}

/// The function that is deployed under a name.
fn called(module: &Module<'_>, name: &str) -> Option<String> {
    let all = module.blocks_of("aws_lambda_function").into_iter();
    let mut found = all.filter_map(|(of, block)| {
        let own = Arguments { module, given: &Given::default(), of, body: &block.body }.text("function_name")?;
        let label = block.labels.get(1)?.as_str();
        (block.ident.as_str() == "resource" && own.display() == name).then(|| format!("aws_lambda_function.{label}"))
    });
    // Two of one name, or none: not known.
    found.next().filter(|_| found.next().is_none())
}

/// The source of a call of a module.
pub(crate) fn source_of<'a>(module: &Module<'a>, of: &'a Parsed, block: &'a Block) -> Option<String> {
    Arguments { module, given: &Given::default(), of, body: &block.body }.text("source")?.known()
}

/// What a call gives to the variables of its module, as far as it is fixed.
pub(crate) fn given<'a>(module: &Module<'a>, outer: &Given, of: &'a Parsed, block: &'a Block) -> Given {
    let arguments = Arguments { module, given: outer, of, body: &block.body };
    let names = block.body.attributes().map(|it| it.key.as_str());
    let values = names.filter_map(|it| Some((it.to_owned(), arguments.known(it)?.0))).collect();
    Given { values, folder: module.folder.clone() }
}

/// The community module for functions.
fn is_community(source: &str) -> bool {
    source.contains("terraform-aws-modules/lambda") || source.contains("terraform-aws-modules/terraform-aws-lambda")
}

/// What a call of a local module gives to its variables, as far as it is fixed, and the folder of the call.
#[derive(Clone, Default)]
pub(crate) struct Given {
    pub(crate) values: BTreeMap<String, String>,
    pub(crate) folder: String,
}

/// The arguments of a block.
struct Arguments<'m, 'a> {
    module: &'m Module<'a>,
    given: &'m Given,
    of: &'a Parsed,
    body: &'a Body,
}

impl<'a> Arguments<'_, 'a> {
    fn site(&self, name: &str) -> Option<Site<'a>> {
        let site = Site { of: self.of, expr: &self.body.get_attribute(name)?.value };
        (!site.expr.is_null()).then_some(site)
    }

    fn text(&self, name: &str) -> Option<Text> {
        let before = self.module.problems.borrow().len();
        let text = self.site(name).map(|it| self.module.text(it));
        self.module.problems.borrow_mut().truncate(before);
        text
    }

    /// A value that is fixed, or given by the call of the module, or has a declared default: a runtime or a handler is seldom set from outside.
    fn known(&self, name: &str) -> Option<(String, Span)> {
        let text = self.text(name)?;
        let value = text.filled(&|it| self.given(&it.name).or_else(|| it.default.clone()))?;
        Some((value, self.site(name)?.span()))
    }

    /// What the call of the module gives to a variable.
    fn given(&self, name: &str) -> Option<String> {
        self.given.values.get(name.strip_prefix("var.")?).cloned()
    }

    /// A path that is written for code becomes a package.
    fn package(&self, site: Site<'a>) -> LambdaCode {
        let before = self.module.problems.borrow().len();
        self.module.from_module.set(false);
        let text = self.module.text(site);
        self.module.problems.borrow_mut().truncate(before);
        let span = site.span();
        let from_module = self.module.from_module.get();
        let base = |path: &str| if from_module { Base::Fixed } else { Base::Run(path.to_owned()) };
        if let Some(path) = text.known() {
            return package(&self.module.folder, &path, span, base(&path), Vec::new());
        }
        // A path that begins with what the call gives was written in the folder of the call.
        let first = text.holes().first().and_then(|it| self.given(&it.name));
        match text.filled(&|it| self.given(&it.name)) {
            Some(path) if first.is_some_and(|it| path.starts_with(&it)) => {
                package(&self.given.folder, &path, span, base(&path), Vec::new())
            }
            Some(path) => package(&self.module.folder, &path, span, base(&path), Vec::new()),
            None => {
                let why = format!("the name of the code is open: `{}`", text.display());
                LambdaCode::Unresolved { why, span }
            }
        }
    }
}

/// Reads the function at an address.
pub(crate) fn read(module: &Module<'_>, given: &Given, address: &str, sources: &mut Sources) -> Option<LambdaDef> {
    let (of, block) = module.block(address)?;
    let arguments = Arguments { module, given, of, body: &block.body };
    let community = address.starts_with("module.");
    let runtime = arguments.known("runtime").map_or(LambdaRuntime::Unknown, |it| LambdaRuntime::of(&it.0));
    let handler = arguments.known("handler").and_then(|(text, span)| Handler::of(&text, span));
    let span = of.span(block.span());
    let repeated = block.body.get_attribute("for_each").or_else(|| block.body.get_attribute("count"));
    let environment = if community {
        block.body.get_attribute("environment_variables").map(|it| of.span(it.span()))
    } else {
        block.body.blocks().find(|it| it.ident.as_str() == "environment").map(|it| of.span(it.span()))
    };
    Some(LambdaDef {
        id: address.to_owned(),
        name: arguments.text("function_name"),
        code: if community { of_community(&arguments, span) } else { of_resource(&arguments, span, sources) },
        runtime,
        handler,
        environment,
        span,
        repeated: repeated.map(|it| of.span(it.span())),
    })
}

/// `source_path` of the community module: a path, or a list of which the first item is the package.
fn of_community(arguments: &Arguments<'_, '_>, span: Span) -> LambdaCode {
    let unresolved = |why: &str, span: Span| LambdaCode::Unresolved { why: why.to_owned(), span };
    let Some(site) = arguments.site("source_path") else {
        return match arguments.site("local_existing_package") {
            Some(site) => arguments.package(site),
            None => unresolved("the module is given no `source_path`", span),
        };
    };
    let mut site = arguments.module.follow(site);
    if let Some(items) = arguments.module.items(site) {
        let Some(first) = items.first() else { return unresolved("the list of paths is empty", site.span()) };
        site = arguments.module.follow(*first);
    }
    if let Expression::Object(object) = site.expr {
        let Some(path) = crate::module::entry(object, "path") else {
            return unresolved("the package has no path", site.span());
        };
        site = site.at(path);
    }
    arguments.package(site)
}

fn of_resource(arguments: &Arguments<'_, '_>, span: Span, sources: &mut Sources) -> LambdaCode {
    let unresolved = |why: &str, span: Span| LambdaCode::Unresolved { why: why.to_owned(), span };
    if let Some(site) = arguments.site("image_uri") {
        return unresolved("the code is a container image, which Lambda@Edge does not take", site.span());
    }
    let Some(site) = arguments.site("filename") else {
        // An archive may be uploaded to a bucket first; the object says which.
        let object = arguments.text("s3_key").and_then(|it| {
            it.holes().iter().find_map(|hole| {
                let (of, block) = arguments.module.block(address(&hole.name))?;
                let object = Arguments { module: arguments.module, given: arguments.given, of, body: &block.body };
                object.site("source").map(|site| (object, site))
            })
        });
        return match object {
            Some((object, site)) => archived(&object, site, sources),
            None => unresolved("the code is in a bucket", arguments.site("s3_key").map_or(span, Site::span)),
        };
    };
    archived(arguments, site, sources)
}

/// The code of an archive: what a data source packs, else the archive itself.
fn archived<'a>(arguments: &Arguments<'_, 'a>, site: Site<'a>, sources: &mut Sources) -> LambdaCode {
    let module = arguments.module;
    let before = module.problems.borrow().len();
    let text = module.text(site);
    module.problems.borrow_mut().truncate(before);
    let by_reference = text.holes().into_iter().find_map(|it| {
        let found = address(&it.name);
        let kind = found.strip_prefix("data.").unwrap_or(found);
        kind.starts_with("archive_file.").then(|| module.block(found)).flatten()
    });
    // Both may write the same path instead of a reference.
    let found = by_reference.or_else(|| {
        let path = text.display();
        module.blocks_of("archive_file").into_iter().find(|(of, block)| {
            let packed = Arguments { module, given: arguments.given, of, body: &block.body };
            packed.text("output_path").is_some_and(|it| it.display() == path)
        })
    });
    match found {
        Some((of, block)) => {
            packed(&Arguments { module, given: arguments.given, of, body: &block.body }, block, sources)
        }
        None => arguments.package(site),
    }
}

/// What `archive_file` packs.
fn packed(arguments: &Arguments<'_, '_>, block: &Block, sources: &mut Sources) -> LambdaCode {
    let module = arguments.module;
    let whole = arguments.of.span(block.span());
    if let Some(site) = arguments.site("source_dir").or_else(|| arguments.site("source_file")) {
        return arguments.package(site);
    }
    let named = |name: Option<String>| name.unwrap_or_else(|| "index.js".to_owned());
    if let Some(site) = arguments.site("source_content") {
        let name = named(arguments.known("source_content_filename").map(|it| it.0));
        return LambdaCode::Files(vec![PackagedFile { name, code: code(module, Some(site), whole, sources) }]);
    }
    let mut files = Vec::new();
    for inner in arguments.body.blocks().filter(|it| it.ident.as_str() == "source") {
        let file = Arguments { module, given: arguments.given, of: arguments.of, body: &inner.body };
        let span = arguments.of.span(inner.span());
        let name = named(file.known("filename").map(|it| it.0));
        files.push(PackagedFile { name, code: code(module, file.site("content"), span, sources) });
    }
    if files.is_empty() {
        let why = "an expression decides what is packed".to_owned();
        return LambdaCode::Unresolved { why, span: whole };
    }
    LambdaCode::Files(files)
}
