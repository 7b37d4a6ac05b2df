//! CloudFormation, SAM, Serverless and CDK output: the resources of a template and what they say of CloudFront.
//!
//! A part written as an expression (`Fn::If` around a list or an object) is an open block: said, counted, and not read as if it held.

use crate::attributes_cloudformation::Object;
use crate::constructs::register;
use crate::intrinsic::Template;
use crate::lambda_cloudformation;
use crate::model::{
    Association, Base, CacheBehavior, CloudFile, Code, Distribution, Event, FunctionDef, FunctionKind, FunctionRef,
    OpenBlock, Origin, ProblemKind, Rendering, Runtime, Text,
};
use crate::node::{Kind, Node, NodeId, Tree};
use crate::policies::{PolicyKind, policy};
use crate::repository_path::{folder, join};
use crate::rows::{Spelling, Under, resource};
use crate::serverless;
use crate::settings;
use source::{Sources, Span};
use std::collections::{BTreeMap, BTreeSet};

/// Reads every document of a template.
pub(crate) fn read(tree: &Tree, sources: &mut Sources, out: &mut CloudFile) {
    for document in &tree.roots {
        let nested =
            tree.written(*document, "resources").into_iter().find(|it| !tree.written(*it, "Resources").is_empty());
        let root = nested.unwrap_or(*document);
        let template = Template::new(tree, *document, root);
        let mut reader = Reader { tree, template: &template, open: BTreeSet::new(), blocks: Vec::new() };
        reader.resources(root, sources, out);
        serverless::read(&template, *document, sources, out);
        out.problems.append(&mut template.problems.borrow_mut());
    }
    out.problems.sort_by_key(|it| (it.span.start, it.span.end));
    out.problems.dedup();
}

struct Reader<'a> {
    tree: &'a Tree,
    template: &'a Template<'a>,
    /// Nodes whose shape the file does not fix.
    open: BTreeSet<NodeId>,
    /// The same, of the distribution at hand.
    blocks: Vec<OpenBlock>,
}

impl Reader<'_> {
    fn resources(&mut self, root: NodeId, sources: &mut Sources, out: &mut CloudFile) {
        let written = self.tree.written(root, "Resources");
        for alias in written.iter().filter(|it| matches!(self.tree.raw(**it), Some(Node { kind: Kind::Alias(_), .. })))
        {
            self.template.problem(ProblemKind::Malformed, self.tree.span(*alias), "`Resources` must not be an alias");
        }
        let lists = written.iter().filter_map(|it| match &self.tree.raw(*it)?.kind {
            Kind::Mapping(entries) => Some(entries),
            Kind::Scalar { .. } | Kind::Sequence(_) | Kind::Alias(_) => None,
        });
        let mut seen = BTreeSet::new();
        for (key, node) in lists.flatten() {
            let Some(id) = self.tree.scalar_any(*key) else { continue };
            let span = self.tree.span(*key).to(self.tree.span(*node));
            if id.starts_with("Fn::ForEach") {
                let text = self.tree.text.get(span.start as usize..span.end as usize).unwrap_or("");
                if text.contains("AWS::CloudFront::") {
                    let message = "`Fn::ForEach` makes CloudFront resources that only CloudFormation can list";
                    self.template.problem(ProblemKind::OpenBlock, self.tree.span(*key), message);
                }
                continue;
            }
            let Some(kind) = self.tree.resource_type(*node) else { continue };
            if !kind.starts_with("AWS::CloudFront::") {
                continue;
            }
            if !seen.insert(id) {
                let message = format!("a second resource with the name `{id}`");
                self.template.problem(ProblemKind::Duplicate, self.tree.span(*key), message);
            }
            self.open.clear();
            match kind {
                "AWS::CloudFront::Function" => out.functions.push(self.function(id, *node, span, sources)),
                "AWS::CloudFront::Distribution" => {
                    let mut distribution = self.distribution(id, *node, span);
                    lambda_cloudformation::attach(self.template, &mut distribution, &mut out.lambdas, sources);
                    out.distributions.push(distribution);
                }
                other => {
                    let properties = self.tree.get(*node, "Properties");
                    let properties = properties.and_then(|it| Object::new(self.template, it));
                    if let Some((kind, properties)) = PolicyKind::of(other).zip(properties) {
                        out.policies.push(policy(kind, id.to_owned(), properties, span));
                    }
                }
            }
            let row = resource(kind, Spelling::CloudFormation);
            let row = if matches!(row, Under::Row(_)) { row } else { Under::Unknown };
            register(self.tree, *key, *node, row, &self.open, &mut out.constructs);
        }
        out.constructs.sort_by_key(|it| (it.span.start, it.span.end));
    }

    fn text(&self, id: Option<NodeId>) -> Option<Text> {
        let id = id?;
        match self.template.text(id) {
            Ok(text) => Some(text),
            Err(open) => {
                self.template.problem(ProblemKind::OpenBlock, open.span, open.why.clone());
                Some(Text::Hole(crate::model::Hole { name: open.why, default: None, span: open.span }))
            }
        }
    }

    fn known(&self, id: Option<NodeId>) -> Option<String> {
        self.template.text(id?).ok()?.known()
    }

    fn flag(&self, id: Option<NodeId>) -> Option<bool> {
        match self.known(id)?.as_str() {
            "true" | "True" | "TRUE" | "yes" => Some(true),
            "false" | "False" | "FALSE" | "no" => Some(false),
            _ => None,
        }
    }

    fn function(&mut self, id: &str, node: NodeId, span: Span, sources: &mut Sources) -> FunctionDef {
        let tree = self.tree;
        let get = |path: &[&str]| tree.at(node, path);
        let code = match get(&["Properties", "FunctionCode"]) {
            None => {
                let why = "the resource has no `FunctionCode`".to_owned();
                self.template.problem(ProblemKind::Malformed, span, why.clone());
                Code::Unresolved { why, span }
            }
            Some(code) => self.code(code, sources),
        };
        let stores = get(&["Properties", "FunctionConfig", "KeyValueStoreAssociations"]);
        let stores = self.list(stores, "KeyValueStoreAssociations");
        let runtime = self.known(get(&["Properties", "FunctionConfig", "Runtime"]));
        FunctionDef {
            id: id.to_owned(),
            name: self.text(get(&["Properties", "Name"])),
            runtime: runtime.map_or(Runtime::Unknown, |it| Runtime::of(&it)),
            code,
            span,
            auto_publish: self.flag(get(&["Properties", "AutoPublish"])),
            key_value_stores: stores.iter().filter_map(|it| self.text(tree.get(*it, "KeyValueStoreARN"))).collect(),
            repeated: get(&["Condition"]).map(|it| tree.span(it)),
            handed: None,
            event: None,
        }
    }

    fn code(&self, node: NodeId, sources: &mut Sources) -> Code {
        let span = self.tree.span(node);
        if let Some(("Rain::Embed", argument)) = self.template.intrinsic(node) {
            return self.file(self.tree.scalar_any(argument).unwrap_or(""), span, sources);
        }
        let text = match self.template.mapped(node) {
            Ok(text) => text,
            Err(open) => return Code::Unresolved { why: open.why, span: open.span },
        };
        if let Text::Hole(hole) = text.clone().into_text(span) {
            // `${file(handler.js)}` of the Serverless Framework.
            return match hole.name.strip_prefix("file(").and_then(|it| it.strip_suffix(')')) {
                Some(path) => self.file(path, hole.span, sources),
                None => Code::Unresolved { why: format!("the code is `{}`", hole.name), span: hole.span },
            };
        }
        match path_of_code(&text.text) {
            Some(why) => Code::Unresolved { why, span },
            None => text.embed(sources),
        }
    }

    fn file(&self, path: &str, span: Span, sources: &Sources) -> Code {
        match join(folder(sources.file(self.tree.file).path()), path) {
            Ok(path) => Code::File { path, span, rendering: Rendering::Verbatim, base: Base::Fixed },
            Err(_) => {
                self.template.problem(
                    ProblemKind::OutsideRepository,
                    span,
                    format!("`{path}` leads out of the repository"),
                );
                Code::Unresolved { why: "the file is outside of the repository".to_owned(), span }
            }
        }
    }

    /// The items of a list. An expression in place of the list, or of an item, is an open block.
    fn list(&mut self, id: Option<NodeId>, makes: &str) -> Vec<NodeId> {
        let Some(id) = id.and_then(|it| self.shaped(it, makes)) else { return Vec::new() };
        let Some(items) = self.tree.items(id) else {
            self.template.problem(ProblemKind::Malformed, self.tree.span(id), format!("`{makes}` must be a list"));
            return Vec::new();
        };
        items.iter().filter_map(|it| self.shaped(*it, makes)).collect()
    }

    /// A list or an object that is written out; `None`, and an open block, where it is an expression.
    fn shaped(&mut self, id: NodeId, makes: &str) -> Option<NodeId> {
        let (target, _) = self.tree.node(id)?;
        let name = match self.template.intrinsic(target) {
            None => return Some(target),
            Some((name, _)) => name,
        };
        // Texts in a list may be open one by one; only lists and objects lose their shape.
        if self.is_text(target) {
            return Some(target);
        }
        let span = self.tree.span(id);
        self.open.insert(id);
        self.blocks.push(OpenBlock { makes: makes.to_owned(), span });
        self.template.problem(ProblemKind::OpenBlock, span, format!("`{name}` decides about `{makes}` at deployment"));
        None
    }

    /// Whether an intrinsic function gives a text wherever it is known to give anything.
    fn is_text(&self, id: NodeId) -> bool {
        match self.template.intrinsic(id) {
            Some(("Sub" | "Join" | "GetAtt" | "ImportValue" | "Ref" | "Select" | "FindInMap", _)) => true,
            Some(("If", argument)) => {
                let branches = self.tree.items(argument).unwrap_or(&[]);
                branches
                    .iter()
                    .skip(1)
                    .all(|it| self.tree.scalar_any(*it).is_some() && self.tree.scalar_any(*it) != Some("AWS::NoValue"))
            }
            Some(_) => false,
            None => true,
        }
    }

    fn distribution(&mut self, id: &str, node: NodeId, span: Span) -> Distribution {
        self.blocks.clear();
        let config = self.tree.at(node, &["Properties", "DistributionConfig"]);
        let config = config.and_then(|it| self.shaped(it, "DistributionConfig"));
        let tree = self.tree;
        let get = |key: &str| tree.get(config?, key);
        if config.is_none() && self.blocks.is_empty() {
            self.template.problem(ProblemKind::Malformed, span, "the distribution has no `DistributionConfig`");
        }
        let mut aliases = Vec::new();
        for key in ["Aliases", "CNAMEs"] {
            if let Some(Ok(hole @ Text::Hole(_))) =
                get(key).filter(|it| tree.items(*it).is_none()).map(|it| self.template.text(it))
            {
                // A parameter that holds the whole list.
                aliases.push(hole);
                continue;
            }
            for item in self.list(get(key), key) {
                aliases.extend(self.text(Some(item)));
            }
        }
        let mut behaviors = Vec::new();
        for item in self.list(get("CacheBehaviors"), "CacheBehaviors") {
            behaviors.push(self.behavior(item, behaviors.len()));
        }
        if let Some(default) = get("DefaultCacheBehavior").and_then(|it| self.shaped(it, "DefaultCacheBehavior")) {
            let mut behavior = self.behavior(default, behaviors.len());
            behavior.path_pattern = None;
            behaviors.push(behavior);
        }
        let mut origins = Vec::new();
        for item in self.list(get("Origins"), "Origins") {
            origins.push(Origin {
                id: self.text(tree.get(item, "Id")),
                domain: self.text(tree.get(item, "DomainName")),
                path: self.text(tree.get(item, "OriginPath")),
                members: Vec::new(),
                settings: Object::new(self.template, item).map(settings::origin).unwrap_or_default(),
                span: tree.span(item),
            });
        }
        let groups = get("OriginGroups").and_then(|it| self.shaped(it, "OriginGroups"));
        for item in self.list(groups.and_then(|it| tree.get(it, "Items")), "OriginGroups") {
            let members = self.list(tree.at(item, &["Members", "Items"]), "Members");
            origins.push(Origin {
                id: self.text(tree.get(item, "Id")),
                domain: None,
                path: None,
                members: members.iter().filter_map(|it| self.text(tree.get(*it, "OriginId"))).collect(),
                settings: Object::new(self.template, item).map(settings::group).unwrap_or_default(),
                span: tree.span(item),
            });
        }
        Distribution {
            id: id.to_owned(),
            span,
            aliases,
            enabled: self.flag(get("Enabled")),
            behaviors,
            origins,
            open_blocks: std::mem::take(&mut self.blocks),
            settings: config
                .and_then(|it| Object::new(self.template, it))
                .map(settings::distribution)
                .unwrap_or_default(),
        }
    }

    fn behavior(&mut self, node: NodeId, order: usize) -> CacheBehavior {
        let tree = self.tree;
        let mut functions = Vec::new();
        for (key, target, kind) in [
            ("FunctionAssociations", "FunctionARN", FunctionKind::CloudFront),
            ("LambdaFunctionAssociations", "LambdaFunctionARN", FunctionKind::Lambda),
        ] {
            for item in self.list(tree.get(node, key), key) {
                let event = self.known(tree.get(item, "EventType")).and_then(|it| Event::of(&it));
                let target = self.target(tree.get(item, target), kind);
                let body = Object::new(self.template, item).and_then(settings::include_body);
                functions.push(Association { event, kind, target, include_body: body, span: tree.span(item) });
            }
        }
        let path_pattern = self.text(tree.get(node, "PathPattern"));
        CacheBehavior {
            path_pattern,
            order: crate::mapped::offset(order),
            viewer_protocol_policy: self.text(tree.get(node, "ViewerProtocolPolicy")),
            functions,
            target_origin: self.text(tree.get(node, "TargetOriginId")),
            settings: Object::new(self.template, node).map(|it| settings::behavior(it, "")).unwrap_or_default(),
            span: tree.span(node),
        }
    }

    /// What an association points at. `Ref` and both attributes of a function give its ARN.
    fn target(&self, id: Option<NodeId>, kind: FunctionKind) -> FunctionRef {
        let Some(id) = id else { return FunctionRef::Unresolved("nothing".to_owned()) };
        let text = match self.template.text(id) {
            Ok(text) => text,
            Err(open) => return FunctionRef::Unresolved(open.why),
        };
        if let Text::Hole(hole) = &text {
            let (head, attribute) = hole.name.split_once('.').unwrap_or((&hole.name, ""));
            let function = self.template.resources.get(head).and_then(|it| self.tree.resource_type(*it));
            let function = function == Some("AWS::CloudFront::Function");
            let arn = matches!(attribute, "" | "FunctionARN" | "FunctionMetadata.FunctionARN");
            if kind == FunctionKind::CloudFront && function && arn {
                return FunctionRef::Local(head.to_owned());
            }
        }
        FunctionRef::Arn(text)
    }
}

/// Why a text that is meant as code is none: packaging tools replace a path by its content.
fn path_of_code(text: &str) -> Option<String> {
    let path = text.trim();
    let looks = path.len() < 200
        && !path.contains(['\n', '{', '(', ';', ' '])
        && (path.ends_with(".js") || path.ends_with(".ts"));
    looks.then(|| format!("the code is a path (`{path}`) that a packaging tool replaces"))
}

/// An ARN written out by hand names its function; where files of the same scope define it, it is that one.
pub(crate) fn attach_by_name(files: &mut [CloudFile]) {
    let functions = files.iter().flat_map(|it| &it.functions);
    let names: BTreeMap<String, String> =
        functions.clone().filter_map(|it| Some((it.name.as_ref()?.display(), it.id.clone()))).collect();
    let ids: BTreeSet<String> = functions.map(|it| it.id.clone()).collect();
    let distributions = files.iter_mut().flat_map(|it| &mut it.distributions);
    for association in distributions.flat_map(|it| &mut it.behaviors).flat_map(|it| &mut it.functions) {
        let FunctionRef::Arn(arn) = &association.target else { continue };
        if association.kind != FunctionKind::CloudFront {
            continue;
        }
        let display = arn.display();
        let Some((_, name)) = display.split_once(":function/") else { continue };
        let referenced = name.strip_prefix("${").and_then(|it| it.strip_suffix('}')).filter(|it| ids.contains(*it));
        if let Some(id) = names.get(name).cloned().or_else(|| referenced.map(str::to_owned)) {
            association.target = FunctionRef::Local(id);
        }
    }
}
