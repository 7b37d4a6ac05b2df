//! Lambda functions of a template: from an association to the resource, through versions, aliases and custom resources, to the code.

use crate::intrinsic::Template;
use crate::lambda::{Handler, LambdaCode, LambdaDef, LambdaRuntime, PackagedFile, name_in_arn, package};
use crate::model::{Base, Code, Distribution, FunctionKind, FunctionRef, Text};
use crate::node::NodeId;
use crate::repository_path::folder;
use source::{Sources, Span};
use std::collections::BTreeMap;

/// How many resources may stand between an association and its function.
const DEEPEST: u32 = 6;

/// Follows the associations of a distribution with Lambda functions. A function is read once.
pub(crate) fn attach(
    template: &Template<'_>,
    distribution: &mut Distribution,
    lambdas: &mut Vec<LambdaDef>,
    sources: &mut Sources,
) {
    let mut found = Found { template, known: BTreeMap::new() };
    for association in distribution.behaviors.iter_mut().flat_map(|it| &mut it.functions) {
        if association.kind != FunctionKind::Lambda {
            continue;
        }
        let FunctionRef::Arn(arn) = &association.target else { continue };
        let by_reference = arn.holes().into_iter().find_map(|it| found.function(&it.name, 0));
        let by_name = || called(template, &name_in_arn(&arn.display())?);
        let Some(id) = by_reference.or_else(by_name) else { continue };
        if !lambdas.iter().any(|it| it.id == id) {
            let Some(node) = template.resources.get(&id) else { continue };
            lambdas.push(Reader { template }.read(&id, *node, sources));
        }
        association.target = FunctionRef::Local(id);
    }
}

/// The function that is deployed under a name.
fn called(template: &Template<'_>, name: &str) -> Option<String> {
    let reader = Reader { template };
    let mut found = template.resources.iter().filter(|(_, node)| {
        let kind = template.tree.resource_type(**node);
        matches!(kind, Some("AWS::Lambda::Function" | "AWS::Serverless::Function"))
            && reader.text(reader.property(**node, "FunctionName")).is_some_and(|it| it.display() == name)
    });
    // Two of one name, or none: not known.
    found.next().filter(|_| found.next().is_none()).map(|it| it.0.clone())
}

/// The functions that references lead to. Each resource is looked at once, so that a template costs no more than it is long.
struct Found<'t, 'a> {
    template: &'t Template<'a>,
    known: BTreeMap<String, Option<String>>,
}

impl Found<'_, '_> {
    /// The function that a reference such as `Fn`, `Fn.Arn`, `Fn.Version` or `Version` leads to.
    fn function(&mut self, name: &str, depth: u32) -> Option<String> {
        let head = name.split('.').next()?;
        if let Some(known) = self.known.get(head) {
            return known.clone();
        }
        if depth > DEEPEST {
            return None;
        }
        // What leads back to itself leads nowhere.
        self.known.insert(head.to_owned(), None);
        let found = self.of_resource(head, depth);
        self.known.insert(head.to_owned(), found.clone());
        found
    }

    fn of_resource(&mut self, head: &str, depth: u32) -> Option<String> {
        let tree = self.template.tree;
        let node = *self.template.resources.get(head)?;
        let kind = tree.resource_type(node)?;
        match kind {
            "AWS::Lambda::Function" | "AWS::Serverless::Function" => Some(head.to_owned()),
            "AWS::Lambda::Version" | "AWS::Lambda::Alias" => {
                self.only(vec![tree.at(node, &["Properties", "FunctionName"])?], depth)
            }
            // A custom resource that publishes versions is given the function; what its name says of a function is asked first.
            _ if kind.starts_with("Custom::") || kind == "AWS::CloudFormation::CustomResource" => {
                let properties = tree.entries(tree.get(node, "Properties")?)?;
                let named = properties.iter().filter_map(|(key, value)| Some((tree.scalar_any(*key)?, *value)));
                let given: Vec<(&str, NodeId)> = named.filter(|it| it.0 != "ServiceToken").collect();
                let says = |name: &str| ["lambda", "function"].iter().any(|it| name.to_ascii_lowercase().contains(it));
                let likely = given.iter().filter(|it| says(it.0)).map(|it| it.1).collect();
                self.only(likely, depth).or_else(|| self.only(given.into_iter().map(|it| it.1).collect(), depth))
            }
            _ => None,
        }
    }

    /// The one function that values lead to; with two it is not known which one is meant.
    fn only(&mut self, values: Vec<NodeId>, depth: u32) -> Option<String> {
        let names: Vec<String> = values.into_iter().flat_map(|it| references(self.template, it)).collect();
        let mut found: Vec<String> = names.iter().filter_map(|it| self.function(it, depth + 1)).collect();
        found.sort_unstable();
        found.dedup();
        if found.len() == 1 { found.pop() } else { None }
    }
}

/// The names that a value refers to, in whichever branch of a condition they stand.
fn references(template: &Template<'_>, value: NodeId) -> Vec<String> {
    const MOST: usize = 400;
    let tree = template.tree;
    let before = template.problems.borrow().len();
    let mut out = Vec::new();
    let mut todo = vec![value];
    let mut seen = 0;
    while let Some(node) = todo.pop() {
        seen += 1;
        if seen > MOST {
            break;
        }
        match template.intrinsic(node) {
            Some(("If", argument)) => {
                todo.extend(tree.items(argument).unwrap_or(&[]).iter().skip(1).rev());
                continue;
            }
            Some(_) => {}
            None => {
                let inner = tree.entries(node).unwrap_or(&[]).iter().map(|it| it.1);
                let items = tree.items(node).unwrap_or(&[]).iter().copied();
                let inner: Vec<NodeId> = inner.chain(items).collect();
                if !inner.is_empty() {
                    todo.extend(inner.into_iter().rev());
                    continue;
                }
            }
        }
        let text = template.text(node);
        out.extend(text.iter().flat_map(Text::holes).map(|it| it.name.clone()));
    }
    template.problems.borrow_mut().truncate(before);
    out
}

struct Reader<'t, 'a> {
    template: &'t Template<'a>,
}

impl Reader<'_, '_> {
    /// A property; of a function of SAM also one of `Globals`.
    fn property(&self, node: NodeId, name: &str) -> Option<NodeId> {
        let tree = self.template.tree;
        let own = tree.at(node, &["Properties", name]);
        let serverless = tree.resource_type(node) == Some("AWS::Serverless::Function");
        own.or_else(|| tree.at(self.template.root, &["Globals", "Function", name]).filter(|_| serverless))
    }

    fn text(&self, node: Option<NodeId>) -> Option<Text> {
        let before = self.template.problems.borrow().len();
        let text = self.template.text(node?);
        self.template.problems.borrow_mut().truncate(before);
        text.ok()
    }

    fn known(&self, node: NodeId, name: &str) -> Option<(String, Span)> {
        let id = self.property(node, name)?;
        // A parameter with a default is what the default says: a runtime or a handler is seldom set from outside.
        let text = self.text(Some(id))?;
        Some((text.known().or_else(|| text.with_defaults())?, self.template.tree.span(id)))
    }

    fn read(&self, id: &str, node: NodeId, sources: &mut Sources) -> LambdaDef {
        let tree = self.template.tree;
        let runtime = self.known(node, "Runtime").map_or(LambdaRuntime::Unknown, |it| LambdaRuntime::of(&it.0));
        let handler = self.known(node, "Handler").and_then(|(text, span)| Handler::of(&text, span));
        let python = matches!(runtime, LambdaRuntime::Python(_));
        LambdaDef {
            id: id.to_owned(),
            name: self.text(self.property(node, "FunctionName")),
            code: self.code(node, python, sources),
            runtime,
            handler,
            environment: self.property(node, "Environment").map(|it| tree.span(it)),
            span: tree.span(node),
            repeated: tree.get(node, "Condition").map(|it| tree.span(it)),
        }
    }

    fn code(&self, node: NodeId, python: bool, sources: &mut Sources) -> LambdaCode {
        let tree = self.template.tree;
        let whole = tree.span(node);
        let unresolved = |why: &str, span: Span| LambdaCode::Unresolved { why: why.to_owned(), span };
        let name = if python { "index.py" } else { "index.js" };
        let mut inline = |id: NodeId| {
            let code = match self.template.mapped(id) {
                Err(open) => Code::Unresolved { why: open.why, span: open.span },
                Ok(text) => match text.clone().into_text(tree.span(id)) {
                    Text::Hole(hole) => {
                        Code::Unresolved { why: format!("the code is `{}`", hole.name), span: hole.span }
                    }
                    Text::Known(..) | Text::Parts(_) => text.embed(sources),
                },
            };
            LambdaCode::Files(vec![PackagedFile { name: name.to_owned(), code }])
        };
        // CDK keeps what it packed in a folder beside the template.
        if let Some(asset) = tree.at(node, &["Metadata", "aws:asset:path"])
            && let Some(path) = tree.scalar(asset)
        {
            return self.at(path, tree.span(asset), Vec::new(), sources);
        }
        if tree.resource_type(node) == Some("AWS::Serverless::Function") {
            if let Some(id) = self.property(node, "InlineCode") {
                return inline(id);
            }
            let Some(uri) = self.property(node, "CodeUri") else {
                // SAM packs the folder of the template where nothing is named.
                return self.at(".", whole, self.entries(node), sources);
            };
            return match self.text(Some(uri)).and_then(|it| it.known()) {
                Some(path) if path.starts_with("s3://") => unresolved("the code is in a bucket", tree.span(uri)),
                Some(path) => self.at(&path, tree.span(uri), self.entries(node), sources),
                None => unresolved("the code is in a bucket", tree.span(uri)),
            };
        }
        let Some(code) = tree.at(node, &["Properties", "Code"]) else {
            return unresolved("the resource has no `Code`", whole);
        };
        if let Some(id) = tree.get(code, "ZipFile") {
            return inline(id);
        }
        if tree.get(code, "ImageUri").is_some() {
            return unresolved("the code is a container image, which Lambda@Edge does not take", tree.span(code));
        }
        match self.text(Some(code)).and_then(|it| it.known()) {
            Some(path) => self.at(&path, tree.span(code), Vec::new(), sources),
            None => unresolved("the code is in a bucket", tree.span(code)),
        }
    }

    /// The sources that SAM bundles, from the metadata of the resource.
    fn entries(&self, node: NodeId) -> Vec<String> {
        let tree = self.template.tree;
        let entries = tree.at(node, &["Metadata", "BuildProperties", "EntryPoints"]);
        let entries = entries.and_then(|it| tree.items(it)).unwrap_or(&[]);
        let written = entries.iter().filter_map(|it| tree.scalar(*it));
        written.map(|it| it.strip_prefix("./").unwrap_or(it).to_owned()).collect()
    }

    fn at(&self, path: &str, span: Span, entries: Vec<String>, sources: &Sources) -> LambdaCode {
        let base = folder(sources.file(self.template.tree.file).path()).to_owned();
        package(&base, path, span, Base::Fixed, entries)
    }
}
