//! Terraform: the CloudFront resources of a folder, calls of the community module `terraform-aws-modules/cloudfront/aws`, and calls of
//! modules of the repository that take the same arguments.
//!
//! A resource says with blocks what the module says with objects; [`Fields`] is the one view on both. What `dynamic`, `for` and
//! conditions make is an open block: said, counted, not read as if it held.

use crate::attributes_terraform::Argument;
use crate::lambda_terraform;
use crate::model::{
    Association, CacheBehavior, CloudFile, Distribution, Event, FunctionDef, FunctionKind, FunctionRef, OpenBlock,
    Origin, ProblemKind, Runtime, Text,
};
use crate::module::{Module, Parsed, Site, address, entry, key_name};
use crate::policies::{PolicyKind, lookup, policy};
use crate::settings;
use crate::terraform_code::code;
use crate::terraform_constructs::{Registered, register};
use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, Object};
use hcl_edit::structure::{Block, Body};
use source::{Sources, Span};
use std::cell::RefCell;

/// Reads one file of a module.
pub(crate) fn read(module: &Module<'_>, of: &Parsed, sources: &mut Sources, out: &mut CloudFile) {
    for block in of.body.blocks() {
        let Some(registered) = cloudfront(of, block) else { continue };
        let label = |at: usize| block.labels.get(at).map_or("", |it| it.as_str());
        let reader = Reader { module, blocks: RefCell::new(Vec::new()) };
        let fields = Fields { of, span: of.span(block.span()), shape: Shape::Body(&block.body) };
        match registered {
            Registered::Resource("aws_cloudfront_function") => {
                let id = format!("{}.{}", label(0), label(1));
                out.functions.push(reader.function(id, fields, repeated(of, &block.body), sources));
            }
            Registered::Resource("aws_cloudfront_distribution") => {
                let id = format!("{}.{}", label(0), label(1));
                let mut distribution = reader.distribution(id, fields);
                lambda_terraform::attach(module, &mut distribution, &mut out.lambdas, sources);
                out.distributions.push(distribution);
            }
            Registered::Resource(kind) => {
                let id = format!("{}.{}", label(0), label(1));
                let found =
                    PolicyKind::of(kind).map(|kind| policy(kind, id, Argument::new(module, fields), fields.span));
                out.policies.extend(found);
            }
            Registered::Data(kind) => {
                let id = format!("data.{}.{}", label(0), label(1));
                out.policies.extend(PolicyKind::of(kind).map(|_| lookup(id, Argument::new(module, fields))));
            }
            Registered::Module | Registered::LocalModule => {
                let id = format!("module.{}", label(0));
                out.functions.extend(reader.module_functions(&id, fields, sources));
                out.policies.extend(settings::module_policies(Argument::new(module, fields), &id));
                let mut distribution = reader.distribution(id, fields);
                if registered == Registered::Module {
                    settings::module_defaults(&mut distribution);
                }
                lambda_terraform::attach(module, &mut distribution, &mut out.lambdas, sources);
                out.distributions.push(distribution);
            }
        }
        let read = matches!(
            registered,
            Registered::Module
                | Registered::LocalModule
                | Registered::Resource("aws_cloudfront_function" | "aws_cloudfront_distribution")
        );
        if let Some(problem) = repeated(of, &block.body).filter(|_| read) {
            let message = "the block stands for several resources, or for none; it is read once";
            module.problem(ProblemKind::Repeated, problem, message);
        }
        register(of, block, registered, &mut out.constructs);
    }
    out.constructs.sort_by_key(|it| (it.span.start, it.span.end));
}

/// The id of a function that the community module makes.
fn module_function(module: &str, key: &str) -> String {
    format!("{module}.cloudfront_functions[\"{key}\"]")
}

/// Arguments that make a local module one to read: those of the community module that attach functions.
const SHAPE: [&str; 2] = ["default_cache_behavior", "ordered_cache_behavior"];

/// What a block of a file is to CloudFront, if anything.
fn cloudfront<'a>(of: &Parsed, block: &'a Block) -> Option<Registered<'a>> {
    let kind = block.labels.first()?.as_str();
    match block.ident.as_str() {
        "resource" if kind.starts_with("aws_cloudfront") => Some(Registered::Resource(kind)),
        "data" if kind.starts_with("aws_cloudfront") => Some(Registered::Data(kind)),
        "module" => {
            let source = block.body.get_attribute("source")?.value.span()?;
            let written = of.text.get(source)?;
            if written.contains("terraform-aws-modules/cloudfront") {
                return Some(Registered::Module);
            }
            let local = written.starts_with("\"./") || written.starts_with("\"../");
            let shaped = SHAPE.iter().any(|it| block.body.get_attribute(it).is_some());
            (local && shaped).then_some(Registered::LocalModule)
        }
        _ => None,
    }
}

/// `for_each` or `count`.
fn repeated(of: &Parsed, body: &Body) -> Option<Span> {
    let attribute = body.get_attribute("for_each").or_else(|| body.get_attribute("count"))?;
    Some(of.span(attribute.span()))
}

/// Named values of a block or an object.
#[derive(Copy, Clone)]
pub(crate) struct Fields<'a> {
    of: &'a Parsed,
    pub(crate) span: Span,
    shape: Shape<'a>,
}

#[derive(Copy, Clone)]
enum Shape<'a> {
    Body(&'a Body),
    Object(&'a Object),
}

impl<'a> Fields<'a> {
    pub(crate) fn of(site: Site<'a>) -> Option<Fields<'a>> {
        let Expression::Object(object) = site.expr else { return None };
        Some(Fields { of: site.of, span: site.span(), shape: Shape::Object(object) })
    }

    pub(crate) fn value(&self, name: &str) -> Option<Site<'a>> {
        let expr = match self.shape {
            Shape::Body(body) => &body.get_attribute(name)?.value,
            Shape::Object(object) => entry(object, name)?,
        };
        (!expr.is_null()).then_some(Site { of: self.of, expr })
    }

    /// Every value that is written directly inside, with its name.
    pub(crate) fn values(&self) -> Vec<(&'a str, Site<'a>)> {
        let site = |expr: &'a Expression| Site { of: self.of, expr };
        match self.shape {
            Shape::Body(body) => body.attributes().map(|it| (it.key.as_str(), site(&it.value))).collect(),
            Shape::Object(object) => {
                object.iter().filter_map(|(key, value)| Some((key_name(key)?, site(value.expr())))).collect()
            }
        }
    }

    pub(crate) fn blocks(&self, name: &str) -> Vec<Fields<'a>> {
        let Shape::Body(body) = self.shape else { return Vec::new() };
        let found = body.blocks().filter(|it| it.ident.as_str() == name);
        found.map(|it| Fields { of: self.of, span: self.of.span(it.span()), shape: Shape::Body(&it.body) }).collect()
    }

    /// `dynamic "name" { … }`.
    pub(crate) fn dynamic(&self, name: &str) -> Vec<Span> {
        let Shape::Body(body) = self.shape else { return Vec::new() };
        let makes =
            |it: &&Block| it.ident.as_str() == "dynamic" && it.labels.first().is_some_and(|it| it.as_str() == name);
        body.blocks().filter(makes).map(|it| self.of.span(it.span())).collect()
    }
}

struct Reader<'m, 'a> {
    module: &'m Module<'a>,
    /// Parts of the resource at hand that the files do not write out.
    blocks: RefCell<Vec<OpenBlock>>,
}

impl<'a> Reader<'_, 'a> {
    fn open(&self, makes: &str, span: Span) {
        self.blocks.borrow_mut().push(OpenBlock { makes: makes.to_owned(), span });
        self.module.problem(ProblemKind::OpenBlock, span, format!("Terraform decides about `{makes}` when it runs"));
    }

    fn text(&self, fields: Fields<'a>, name: &str) -> Option<Text> {
        fields.value(name).map(|it| self.module.text(it))
    }

    fn flag(&self, fields: Fields<'a>, name: &str) -> Option<bool> {
        match self.text(fields, name)?.known()?.as_str() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// The texts of a list; a list that the files leave open is one hole.
    fn texts(&self, fields: Fields<'a>, name: &str) -> Vec<Text> {
        let Some(list) = fields.value(name) else { return Vec::new() };
        match self.module.items(list) {
            Some(items) => items.into_iter().map(|it| self.module.text(it)).collect(),
            None => vec![self.module.text(list)],
        }
    }

    fn function(&self, id: String, fields: Fields<'a>, repeated: Option<Span>, sources: &mut Sources) -> FunctionDef {
        let runtime = self.text(fields, "runtime").and_then(|it| it.known());
        let in_module = id.starts_with("module.");
        FunctionDef {
            handed: self.module.handed(&id),
            event: None,
            id,
            name: self.text(fields, "name"),
            runtime: match runtime {
                Some(name) => Runtime::of(&name),
                // The community module fills it in; the resource demands it.
                None if in_module && fields.value("runtime").is_none() => Runtime::V2,
                None => Runtime::Unknown,
            },
            code: code(self.module, fields.value("code"), fields.span, sources),
            span: fields.span,
            auto_publish: self.flag(fields, "publish"),
            key_value_stores: self.texts(fields, "key_value_store_associations"),
            repeated,
        }
    }

    /// The functions that the community module makes.
    fn module_functions(&self, module: &str, fields: Fields<'a>, sources: &mut Sources) -> Vec<FunctionDef> {
        let Some(site) = fields.value("cloudfront_functions") else { return Vec::new() };
        let found = self.module.follow(site);
        let Some(object) = found.expr.as_object() else {
            self.open("cloudfront_functions", site.span());
            return Vec::new();
        };
        let mut out = Vec::new();
        for (key, value) in object.iter() {
            let fields = Fields::of(self.module.follow(found.at(value.expr())));
            match key_name(key).zip(fields) {
                Some((name, fields)) => out.push(self.function(module_function(module, name), fields, None, sources)),
                None => self.open("cloudfront_functions", found.at(value.expr()).span()),
            }
        }
        out
    }

    /// Every block or object of a name, with the key of its entry where the module takes a map.
    fn parts(&self, fields: Fields<'a>, name: &str) -> Vec<(Option<&'a str>, Fields<'a>)> {
        let mut out: Vec<(Option<&str>, Fields<'_>)> = fields.blocks(name).into_iter().map(|it| (None, it)).collect();
        for span in fields.dynamic(name) {
            self.open(name, span);
        }
        let Some(site) = fields.value(name) else { return out };
        let site = self.module.follow(site);
        if let Expression::Object(object) = site.expr {
            let values = object.iter().map(|it| self.module.follow(site.at(it.1.expr())));
            let entries: Vec<_> = object.iter().map(|it| key_name(it.0)).zip(values).collect();
            if !entries.is_empty() && entries.iter().all(|it| it.1.expr.is_object()) {
                out.extend(entries.into_iter().filter_map(|(key, value)| Some((key, Fields::of(value)?))));
            } else {
                out.extend(Fields::of(site).map(|it| (None, it)));
            }
            return out;
        }
        match self.module.items(site) {
            Some(items) => {
                for item in items {
                    match Fields::of(self.module.follow(item)) {
                        Some(fields) => out.push((None, fields)),
                        None => self.open(name, item.span()),
                    }
                }
            }
            None => self.open(name, site.span()),
        }
        out
    }

    fn distribution(&self, id: String, fields: Fields<'a>) -> Distribution {
        let mut behaviors = Vec::new();
        for name in ["ordered_cache_behavior", "cache_behavior"] {
            for (_, part) in self.parts(fields, name) {
                behaviors.push(self.behavior(&id, part, behaviors.len()));
            }
        }
        for (_, part) in self.single(fields, "default_cache_behavior") {
            let mut behavior = self.behavior(&id, part, behaviors.len());
            behavior.path_pattern = None;
            behaviors.push(behavior);
        }
        let mut origins = Vec::new();
        for (key, part) in self.parts(fields, "origin") {
            let named = key.map(|it| Text::Known(it.to_owned(), part.span));
            origins.push(Origin {
                id: self.text(part, "origin_id").or(named),
                domain: self.text(part, "domain_name"),
                path: self.text(part, "origin_path"),
                members: Vec::new(),
                settings: settings::origin(Argument::new(self.module, part)),
                span: part.span,
            });
        }
        for (key, part) in self.parts(fields, "origin_group") {
            let named = key.map(|it| Text::Known(it.to_owned(), part.span));
            let flat = ["primary_member_origin_id", "secondary_member_origin_id"];
            let mut members: Vec<Text> = flat.iter().filter_map(|it| self.text(part, it)).collect();
            members.extend(self.parts(part, "member").into_iter().filter_map(|(_, it)| self.text(it, "origin_id")));
            origins.push(Origin {
                id: self.text(part, "origin_id").or(named),
                domain: None,
                path: None,
                members,
                settings: settings::group(Argument::new(self.module, part)),
                span: part.span,
            });
        }
        Distribution {
            id,
            span: fields.span,
            aliases: self.texts(fields, "aliases"),
            enabled: self.flag(fields, "enabled"),
            behaviors,
            origins,
            open_blocks: self.blocks.take(),
            settings: settings::distribution(Argument::new(self.module, fields)),
        }
    }

    /// A block of which there is one: an object is never a map of several.
    fn single(&self, fields: Fields<'a>, name: &str) -> Vec<(Option<&'a str>, Fields<'a>)> {
        match fields.value(name).map(|it| self.module.follow(it)).and_then(Fields::of) {
            Some(found) => vec![(None, found)],
            None => self.parts(fields, name),
        }
    }

    fn behavior(&self, distribution: &str, fields: Fields<'a>, order: usize) -> CacheBehavior {
        let mut functions = Vec::new();
        for (name, arn, kind) in [
            ("function_association", "function_arn", FunctionKind::CloudFront),
            ("lambda_function_association", "lambda_arn", FunctionKind::Lambda),
        ] {
            for (key, part) in self.parts(fields, name) {
                let event = match self.text(part, "event_type") {
                    Some(written) => written.known().and_then(|it| Event::of(&it)),
                    None => key.and_then(Event::of),
                };
                let key = self.text(part, "function_key").and_then(|it| it.known());
                let target = match key {
                    Some(key) => FunctionRef::Local(module_function(distribution, &key)),
                    None => self.target(part.value(arn), kind),
                };
                let include_body = settings::include_body(Argument::new(self.module, part));
                functions.push(Association { event, kind, target, include_body, span: part.span });
            }
        }
        CacheBehavior {
            path_pattern: self.text(fields, "path_pattern"),
            order: crate::mapped::offset(order),
            viewer_protocol_policy: self.text(fields, "viewer_protocol_policy"),
            functions,
            target_origin: self.text(fields, "target_origin_id"),
            settings: settings::behavior(Argument::new(self.module, fields), distribution),
            span: fields.span,
        }
    }

    /// What an association points at.
    fn target(&self, site: Option<Site<'a>>, kind: FunctionKind) -> FunctionRef {
        let Some(site) = site else { return FunctionRef::Unresolved("nothing".to_owned()) };
        let site = self.module.unwrapped(site);
        let text = match self.module.mapped(site) {
            Ok(text) => text.into_text(site.span()),
            Err(open) => return FunctionRef::Unresolved(format!("`{}`: {}", site.written(), open.why)),
        };
        let Text::Hole(hole) = &text else { return FunctionRef::Arn(text) };
        let found = address(&hole.name);
        if kind == FunctionKind::CloudFront
            && found.starts_with("aws_cloudfront_function.")
            && self.module.block(found).is_some()
        {
            return FunctionRef::Local(found.to_owned());
        }
        FunctionRef::Arn(text)
    }
}
