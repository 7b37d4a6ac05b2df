//! The Serverless Framework: distributions that `cloudFront` events make, and what its plugins for Lambda@Edge attach.
//!
//! Read are the `cloudFront` events of the framework, `preExistingCloudFront` events and `lambdaAtEdge` keys of the two plugins in use. One
//! service makes one distribution; behaviors are in the order of the functions, and the one without a pattern is the default.

use crate::attributes::{Found, Part, name};
use crate::attributes_cloudformation::Object;
use crate::constructs::walk;
use crate::intrinsic::Template;
use crate::lambda::{Handler, LambdaCode, LambdaDef, LambdaRuntime};
use crate::model::{
    Association, Base, CacheBehavior, CloudFile, Distribution, Event, FunctionKind, FunctionRef, Origin, Text,
};
use crate::node::{Kind, NodeId};
use crate::policies::{PolicyKind, policy};
use crate::repository_path::folder;
use crate::rows::named;
use crate::settings::{self, CustomOrigin, DistributionSettings, OriginKind, OriginSettings, PolicyRef, PolicyTarget};
use source::{Sources, Span};
use std::collections::BTreeSet;

/// The logical id of the distribution that the framework makes.
const MADE: &str = "CloudFrontDistribution";
/// The cache policy that the framework takes where an event names none.
const CACHING_OPTIMIZED: &str = "658327ea-f89d-4fab-a63d-7e88639e58f6";
/// Keys of events that attach a function.
const EVENTS: [&str; 2] = ["cloudFront", "preExistingCloudFront"];

/// Reads what the functions of a service attach.
pub(crate) fn read(template: &Template<'_>, document: NodeId, sources: &Sources, out: &mut CloudFile) {
    let tree = template.tree;
    let mut reader = Reader { template, document, made: None, sources };
    for functions in tree.written(document, "functions") {
        // What stands behind an alias is counted where it is written, and is no function of the service.
        let Some(Kind::Mapping(entries)) = tree.raw(functions).map(|it| &it.kind) else { continue };
        for (key, function) in entries {
            let Some(id) = tree.scalar_any(*key) else { continue };
            let span = tree.span(*key).to(tree.span(*function));
            let at_edge = tree.written(*function, "lambdaAtEdge");
            let mut attached = !at_edge.is_empty();
            for events in tree.written(*function, "events") {
                let Some(Kind::Sequence(items)) = tree.raw(events).map(|it| &it.kind) else { continue };
                for item in items {
                    let event = EVENTS.iter().find_map(|it| Some((*it, *tree.written(*item, it).first()?)));
                    let Some((kind, value)) = event else { continue };
                    register(template, None, *item, out);
                    attached = true;
                    match Object::new(template, value) {
                        Some(event) if kind == "cloudFront" => reader.event(id, event, out),
                        Some(event) => reader.existing(id, event, out),
                        None => {}
                    }
                }
            }
            for value in at_edge {
                let key = tree.entries(*function).unwrap_or(&[]).iter().find(|it| it.1 == value).map(|it| it.0);
                register(template, key, value, out);
                let several = tree.items(value).map(<[NodeId]>::to_vec);
                for one in several.unwrap_or_else(|| vec![value]) {
                    if let Some(event) = Object::new(template, one) {
                        reader.plugin(id, event, out);
                    }
                }
            }
            if attached && !out.lambdas.iter().any(|it| it.id == id) {
                let read = reader.function(id, *function, span);
                out.lambdas.push(read);
            }
        }
    }
    if let Some(made) = reader.made {
        finish(made, out);
    }
    out.constructs.sort_by_key(|it| (it.span.start, it.span.end));
}

/// The keys of an event, each a construct.
fn register(template: &Template<'_>, key: Option<NodeId>, value: NodeId, out: &mut CloudFile) {
    let row = named("serverless_event");
    let (kind, class) = row.settle();
    let span = template.tree.span(key.unwrap_or(value));
    out.constructs.push(crate::model::Construct { kind, span, class });
    walk(template.tree, value, row, false, &BTreeSet::new(), &mut out.constructs);
}

/// The distribution that the events of a service make.
struct Made {
    span: Span,
    behaviors: Vec<CacheBehavior>,
    origins: Vec<Origin>,
}

/// The default behavior stands last; where no event makes one, it is the first without its functions.
fn finish(made: Made, out: &mut CloudFile) {
    let Made { span, mut behaviors, origins } = made;
    let default = behaviors.iter().position(|it| it.path_pattern.is_none());
    let default = match default {
        Some(at) => Some(behaviors.remove(at)),
        None => {
            behaviors.first().map(|first| CacheBehavior { path_pattern: None, functions: Vec::new(), ..first.clone() })
        }
    };
    behaviors.extend(default);
    for (at, behavior) in behaviors.iter_mut().enumerate() {
        behavior.order = crate::mapped::offset(at);
    }
    // What `resources` says of the same id is laid over it.
    if let Some(written) = out.distributions.iter_mut().find(|it| it.id == MADE) {
        let own = std::mem::take(&mut written.behaviors);
        behaviors.extend(own.into_iter().filter(|it| it.path_pattern.is_some()));
        written.behaviors = behaviors;
        written.origins.extend(origins);
        return;
    }
    out.distributions.push(Distribution {
        id: MADE.to_owned(),
        span,
        aliases: Vec::new(),
        enabled: Some(true),
        behaviors,
        origins,
        open_blocks: Vec::new(),
        settings: DistributionSettings::default(),
    });
}

struct Reader<'t, 'a> {
    template: &'t Template<'a>,
    document: NodeId,
    made: Option<Made>,
    sources: &'t Sources,
}

impl Reader<'_, '_> {
    fn provider(&self, path: &[&str]) -> Option<NodeId> {
        let provider = self.template.tree.get(self.document, "provider")?;
        self.template.tree.at(provider, path)
    }

    fn known(&self, id: Option<NodeId>) -> Option<(String, Span)> {
        let id = id?;
        let text = self.template.text(id).ok()?;
        Some((text.known()?, self.template.tree.span(id)))
    }

    fn function(&self, id: &str, node: NodeId, span: Span) -> LambdaDef {
        let tree = self.template.tree;
        let runtime = self.known(tree.get(node, "runtime")).or_else(|| self.known(self.provider(&["runtime"])));
        let handler = self.known(tree.get(node, "handler"));
        let path = folder(self.sources.file(tree.file).path()).to_owned();
        let base = Base::Fixed;
        LambdaDef {
            id: id.to_owned(),
            name: tree.get(node, "name").and_then(|it| self.template.text(it).ok()),
            runtime: runtime.map_or(LambdaRuntime::Unknown, |it| LambdaRuntime::of(&it.0)),
            handler: handler.and_then(|(text, span)| Handler::of(&text, span)),
            code: LambdaCode::Folder { path, base, span, entries: Vec::new() },
            environment: tree.get(node, "environment").map(|it| tree.span(it)),
            span,
            repeated: None,
        }
    }

    fn association(&self, id: &str, event: Object<'_>) -> Association {
        let written = event.text(name("eventType", "")).and_then(|it| it.known());
        Association {
            event: written.and_then(|it| Event::of(&it)),
            kind: FunctionKind::Lambda,
            target: FunctionRef::Local(id.to_owned()),
            include_body: event.text(name("includeBody", "")),
            span: event.span(),
        }
    }

    /// A `cloudFront` event: a behavior of the distribution that the service makes.
    fn event(&mut self, id: &str, event: Object<'_>, out: &mut CloudFile) {
        let association = self.association(id, event);
        let pattern = event.text(name("pathPattern", ""));
        let origin = self.origin(event);
        let shown = |text: &Option<Text>| text.as_ref().map(Text::display);
        let (here, target) = (shown(&pattern), origin.as_ref().and_then(|it| shown(&it.id)));
        let made =
            self.made.get_or_insert_with(|| Made { span: event.span(), behaviors: Vec::new(), origins: Vec::new() });
        let same = |it: &&mut CacheBehavior| shown(&it.path_pattern) == here && shown(&it.target_origin) == target;
        let known = made.origins.iter().any(|it| shown(&it.id) == target);
        let target_origin = origin.as_ref().and_then(|it| it.id.clone());
        made.origins.extend(origin.filter(|_| !known));
        if let Some(behavior) = made.behaviors.iter_mut().find(same) {
            behavior.functions.push(association);
            return;
        }
        let order = crate::mapped::offset(made.behaviors.len());
        let behavior = event.one(name("behavior", "")).one();
        let mut settings = behavior.map(|it| settings::behavior(it, "")).unwrap_or_default();
        if settings.cache_policy.is_none() && settings.forwarded_values.is_none() {
            settings.cache_policy = Some(self.cache_policy(event, out));
        }
        let protocol = behavior.and_then(|it| it.text(name("ViewerProtocolPolicy", "")));
        let made_up = || Text::Known("allow-all".to_owned(), event.span());
        let behavior = CacheBehavior {
            path_pattern: pattern,
            order,
            viewer_protocol_policy: Some(protocol.unwrap_or_else(made_up)),
            functions: vec![association],
            target_origin,
            settings,
            span: event.span(),
        };
        if let Some(made) = &mut self.made {
            made.behaviors.push(behavior);
        }
    }

    /// `cachePolicy: {id: …}` or `{name: …}`, where the name is one of `provider.cloudFront.cachePolicies`.
    fn cache_policy(&self, event: Object<'_>, out: &mut CloudFile) -> PolicyRef {
        let span = event.span();
        let optimized = || PolicyTarget::Id(Text::Known(CACHING_OPTIMIZED.to_owned(), span));
        let target = match event.one(name("cachePolicy", "")) {
            Found::Absent | Found::Open(_) => optimized(),
            Found::One(written) => match (written.text(name("id", "")), written.text(name("name", ""))) {
                (Some(id), _) => PolicyTarget::Id(id),
                (None, None) => optimized(),
                (None, Some(called)) => self.own_policy(&called, out).unwrap_or(PolicyTarget::Name(called)),
            },
        };
        PolicyRef { target, span }
    }

    fn own_policy(&self, called: &Text, out: &mut CloudFile) -> Option<PolicyTarget> {
        let called = called.known()?;
        let node = self.provider(&["cloudFront", "cachePolicies", &called])?;
        let id = format!("provider.cloudFront.cachePolicies.{called}");
        if !out.policies.iter().any(|it| it.id == id) {
            let part = Object::new(self.template, node)?;
            out.policies.push(policy(PolicyKind::Cache, id.clone(), part, part.span()));
        }
        Some(PolicyTarget::Local(id))
    }

    /// The origin of an event: a URL, or an origin as a template writes it.
    fn origin(&self, event: Object<'_>) -> Option<Origin> {
        if let Found::One(written) = event.one(name("origin", "")) {
            let domain = written.text(name("DomainName", ""));
            return Some(Origin {
                id: written.text(name("Id", "")).or_else(|| domain.clone()),
                domain,
                path: written.text(name("OriginPath", "")),
                members: Vec::new(),
                settings: settings::origin(written),
                span: written.span(),
            });
        }
        let url = event.text(name("origin", ""))?;
        let span = url.span().unwrap_or(event.span());
        let known = |text: &str| Text::Known(text.to_owned(), span);
        let written = url.known();
        let parts = written.as_deref().and_then(|it| it.split_once("://"));
        let (kind, domain, path) = match parts {
            Some((scheme, rest)) => {
                let (domain, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                let kind = if scheme == "s3" {
                    OriginKind::S3 { access_identity: None }
                } else {
                    OriginKind::Custom(Box::new(CustomOrigin {
                        protocol_policy: Some(known("match-viewer")),
                        http_port: None,
                        https_port: None,
                        ssl_protocols: None,
                        read_timeout: None,
                        keepalive_timeout: None,
                        span,
                    }))
                };
                (kind, known(domain), (path.len() > 1).then(|| known(path.trim_end_matches('/'))))
            }
            None => (OriginKind::Unknown, url.clone(), None),
        };
        Some(Origin {
            id: Some(url),
            domain: Some(domain),
            path,
            members: Vec::new(),
            settings: OriginSettings { kind, ..OriginSettings::default() },
            span,
        })
    }

    /// A `preExistingCloudFront` event: a behavior of a distribution that no file here describes.
    fn existing(&mut self, id: &str, event: Object<'_>, out: &mut CloudFile) {
        let named = event.text(name("distributionId", "")).map_or_else(String::new, |it| it.display());
        self.attach(id, event, &named, out);
    }

    /// `lambdaAtEdge` of the plugin: a behavior of a distribution in `resources`.
    fn plugin(&mut self, id: &str, event: Object<'_>, out: &mut CloudFile) {
        let named = event.text(name("distribution", "")).map_or_else(String::new, |it| it.display());
        self.attach(id, event, &named, out);
    }

    /// Attaches a function to the behavior of a distribution with the event's pattern; `*` and none stand for the default.
    fn attach(&self, id: &str, event: Object<'_>, distribution: &str, out: &mut CloudFile) {
        let association = self.association(id, event);
        let pattern = event.text(name("pathPattern", ""));
        let pattern = pattern.filter(|it| it.known().is_none_or(|it| it != "*"));
        let at = match out.distributions.iter().position(|it| it.id == distribution) {
            Some(at) => at,
            None => {
                out.distributions.push(Distribution {
                    id: distribution.to_owned(),
                    span: event.span(),
                    aliases: Vec::new(),
                    enabled: None,
                    behaviors: Vec::new(),
                    origins: Vec::new(),
                    open_blocks: Vec::new(),
                    settings: DistributionSettings::default(),
                });
                out.distributions.len() - 1
            }
        };
        let Some(found) = out.distributions.get_mut(at) else { return };
        let shown = pattern.as_ref().map(Text::display);
        let same = |it: &&mut CacheBehavior| it.path_pattern.as_ref().map(Text::display) == shown;
        match found.behaviors.iter_mut().find(same) {
            Some(behavior) => behavior.functions.push(association),
            None => {
                // Before the default, which stays last.
                let default = found.behaviors.iter().position(|it| it.path_pattern.is_none());
                let place =
                    if pattern.is_none() { found.behaviors.len() } else { default.unwrap_or(found.behaviors.len()) };
                found.behaviors.insert(
                    place,
                    CacheBehavior {
                        path_pattern: pattern,
                        order: crate::mapped::offset(place),
                        viewer_protocol_policy: None,
                        functions: vec![association],
                        target_origin: None,
                        settings: settings::BehaviorSettings::default(),
                        span: event.span(),
                    },
                );
                for (order, behavior) in found.behaviors.iter_mut().enumerate() {
                    behavior.order = crate::mapped::offset(order);
                }
            }
        }
    }
}
