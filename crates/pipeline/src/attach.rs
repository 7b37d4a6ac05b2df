//! Which function runs where: functions of templates and files, the cache behaviors that attach them, hosts and zones.
//!
//! A function that nothing attaches gets a zone of its own and a finding. Functions with equal text that nothing attaches
//! are analyzed once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use diag::{Diagnostic, codes};
use edge::HookPoint;
use front::Platform;
use front_cloud::{Base, CloudFile, Code, Event, Filled, FunctionDef, FunctionRef, HoleAt, Rendering, Runtime, Text};
use passes::{Reason, Route, Site};
use source::{FileId, Piece, Sources, Span, SpanMap, Tree};
use symex::Host;

use crate::config::{Config, SourceEntry};
use crate::discover::{Found, SCRIPT_LIMIT, text};
use crate::zone;
use crate::{lambda, lower};

/// The name of a handler that no file says otherwise.
pub(crate) const HANDLER: &str = "handler";

/// The text of one function.
#[derive(Clone, Debug)]
pub struct Unit {
    /// Its name for people.
    pub name: Arc<str>,
    /// The file that holds the text; embedded for inline code.
    pub file: FileId,
    /// What it runs on.
    pub host: Host,
    /// The name of its handler.
    pub handler: Arc<str>,
    /// The runtime it was written for.
    pub runtime: Runtime,
    /// The resource that defines it.
    pub resource: Option<Span>,
    /// Whether it reads a key-value store.
    pub kvs: bool,
    /// Places in its text that nothing fills.
    pub holes: Vec<HoleAt>,
    /// Places in its text that a declared default fills: an assumption.
    pub defaults: Vec<HoleAt>,
    /// The unit with the same text that was analyzed in its place.
    pub copy_of: Option<usize>,
    /// Why its text is not known; then the text at hand is empty.
    pub missing: Option<Reason>,
    /// When it runs, where no distribution that is read says so.
    pub event: Option<HookPoint>,
    /// What names the function and may attach it, and is not read.
    pub handed: Option<front_cloud::OpenBlock>,
    /// The folder in which Terraform has to run for the text to be this one: an assumption.
    pub runs_in: Option<String>,
}

impl Unit {
    /// The platform that it is written for.
    #[must_use]
    pub fn platform(&self) -> Platform {
        match self.host {
            Host::CloudFrontFunctions => Platform::CloudFrontFunctions,
            Host::LambdaEdge => Platform::LambdaEdge,
        }
    }
}

/// One function at one point of one site.
#[derive(Clone, Debug)]
pub struct Attached {
    /// The function.
    pub unit: usize,
    /// When it runs, if a file says so.
    pub point: Option<HookPoint>,
    /// Where.
    pub site: Site,
    /// Resources that say so.
    pub resources: Vec<Span>,
    /// Whether anything attaches it.
    pub attached: bool,
    /// The cache behaviors that attach it.
    pub behaviors: Vec<Span>,
    /// Whether its hosts or paths rest on declared defaults.
    pub defaults: bool,
}

/// One cache behavior with its functions, for engines that run the legacy side.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LegacyBehavior {
    /// The zone.
    pub zone: String,
    /// The hosts of its distribution in that zone; empty: every host.
    pub hosts: Vec<String>,
    /// Its path pattern; `None` is the default behavior.
    pub pattern: Option<String>,
    /// Its functions, by unit.
    pub functions: BTreeMap<HookPoint, usize>,
    /// Why nobody knows what it does, where one of its functions is refused.
    pub unknown: Option<String>,
}

/// All functions and where they run.
#[derive(Debug, Default)]
pub(crate) struct Estate {
    pub(crate) units: Vec<Unit>,
    pub(crate) hooks: Vec<Attached>,
    pub(crate) legacy: Vec<LegacyBehavior>,
    /// Places of associations with a product that is not read yet.
    pub(crate) refused: Vec<Span>,
    /// Cache behaviors whose viewer protocol policy answers before the functions run.
    pub(crate) policies: Vec<Span>,
}

/// Reads the associations. `found` is extended by files that templates name.
pub(crate) fn attach(
    tree: &dyn Tree,
    config: &Config,
    found: &mut Found,
    clouds: &[CloudFile],
    sources: &mut Sources,
    findings: &mut Vec<Diagnostic>,
) -> Estate {
    let mut estate = Estate::default();
    let mut by_id: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut used: BTreeSet<FileId> = BTreeSet::new();
    for cloud in clouds {
        for function in &cloud.functions {
            let unit = unit(tree, function, config, found, sources, findings, &mut used);
            by_id.insert((cloud.scope.clone(), function.id.clone()), estate.units.len());
            estate.units.push(unit);
        }
        for function in &cloud.lambdas {
            let unit = lambda::unit(tree, function, config, found, sources, findings, &mut used);
            by_id.insert((cloud.scope.clone(), function.id.clone()), estate.units.len());
            estate.units.push(unit);
        }
    }
    let mut attached: BTreeSet<usize> = BTreeSet::new();
    for cloud in clouds {
        for distribution in &cloud.distributions {
            of_distribution(cloud, distribution, config, &by_id, &mut estate, &mut attached, findings);
        }
    }
    for file in found.scripts.clone() {
        if used.contains(&file) {
            continue;
        }
        let path = sources.file(file).path().to_owned();
        let Filled { file, open, values: defaults } = fill(file, Vec::new(), config, sources, findings);
        estate.units.push(Unit {
            name: Arc::from(path.as_str()),
            file,
            host: if found.lambda.contains(&file) { Host::LambdaEdge } else { Host::CloudFrontFunctions },
            handler: Arc::from(HANDLER),
            runtime: Runtime::Unknown,
            resource: None,
            kvs: sources.file(file).text().contains("kvs("),
            holes: open,
            defaults,
            copy_of: None,
            missing: None,
            event: None,
            handed: None,
            runs_in: None,
        });
    }
    loose(&mut estate, &attached, config, sources, findings);
    estate
}

/// Functions that no distribution attaches: as `migrate.toml` says, else a zone of their own.
fn loose(
    estate: &mut Estate,
    attached: &BTreeSet<usize>,
    config: &Config,
    sources: &Sources,
    findings: &mut Vec<Diagnostic>,
) {
    let mut texts: BTreeMap<Arc<str>, usize> = BTreeMap::new();
    for at in attached {
        if let Some(unit) = estate.units.get(*at) {
            texts.entry(sources.file(unit.file).text().clone()).or_insert(*at);
        }
    }
    let mut names: BTreeSet<String> = BTreeSet::new();
    for at in 0..estate.units.len() {
        if attached.contains(&at) {
            continue;
        }
        let Some(unit) = estate.units.get(at).cloned() else { continue };
        let path = sources.file(unit.file).path().to_owned();
        let stated = config.source.iter().find(|it| it.path == path);
        let text = sources.file(unit.file).text().clone();
        let whole = Span::new(unit.file, 0, u32::try_from(text.len()).unwrap_or(u32::MAX));
        if stated.is_none() && unit.missing.is_none() {
            if let Some(first) = texts.get(&text).copied() {
                let other = estate.units.get(first).map_or_else(String::new, |it| it.name.to_string());
                let message = format!("`{}` has the text of `{other}` and was analyzed once", unit.name);
                let place = Span::new(unit.file, 0, 0);
                findings.push(Diagnostic::new(&codes::DUPLICATE_FUNCTION_ANALYZED_ONCE, place, message));
                if let Some(it) = estate.units.get_mut(at) {
                    it.copy_of = Some(first);
                }
                continue;
            }
            texts.insert(text, at);
        }
        let mut name = zone::unattached(&unit.name);
        while !names.insert(name.clone()) {
            name.push_str("-2");
        }
        let (zone, hosts) = stated.and_then(|it| stated_zone(it, config)).unwrap_or_else(|| (name, Vec::new()));
        let pattern = stated.and_then(|it| it.route.clone()).filter(|it| !matches!(it.as_str(), "*" | "/*"));
        let point = stated.and_then(SourceEntry::point).or(unit.event);
        if hosts.is_empty() {
            let message = match &unit.handed {
                None => format!("no distribution attaches `{}`, so its hosts and paths are unknown", unit.name),
                Some(it) => format!(
                    "`{}` is named in `{}`, which only a run of the tool writes out, so its hosts and paths are unknown",
                    unit.name, it.makes
                ),
            };
            let help = format!(
                "Say where it runs in migrate.toml:\n[[source]]\npath = \"{path}\"\nhook = \"client_request\"\nroute = \"/*\"\nzone = \"example.com\"\n\n[[zone]]\nname = \"example.com\"\nhosts = [\"www.example.com\"]"
            );
            let handed = unit.handed.as_ref().map(|it| it.span);
            let place = handed.or(unit.resource).unwrap_or(Span::new(whole.file, 0, 0));
            findings.push(Diagnostic::new(&codes::UNATTACHED_FUNCTION, place, message).help(help));
        }
        let legacy = LegacyBehavior {
            zone: zone.clone(),
            hosts: hosts.clone(),
            pattern: pattern.clone(),
            functions: BTreeMap::new(),
            unknown: None,
        };
        // What `migrate.toml` says of one route of one zone is one cache behavior.
        let same =
            |it: &LegacyBehavior| it.zone == legacy.zone && it.hosts == legacy.hosts && it.pattern == legacy.pattern;
        let here = match estate.legacy.iter().position(same) {
            Some(here) => here,
            None => {
                estate.legacy.push(legacy);
                estate.legacy.len() - 1
            }
        };
        let when = point.unwrap_or_else(|| inferred(unit.host, sources.file(unit.file).text()));
        if let Some(here) = estate.legacy.get_mut(here) {
            here.functions.insert(when, at);
        }
        estate.hooks.push(Attached {
            unit: at,
            point,
            site: Site {
                zone,
                hosts,
                routes: pattern.map(|it| Route { pattern: Some(it), excluded: Vec::new() }).into_iter().collect(),
                source: unit.name.clone(),
            },
            resources: unit.resource.into_iter().collect(),
            attached: false,
            behaviors: Vec::new(),
            defaults: false,
        });
    }
}

/// The point that a handler's text suggests. The evaluator infers it from what runs; engines need it before.
pub(crate) fn inferred(host: Host, text: &str) -> HookPoint {
    let has = |words: &[&str]| words.iter().any(|it| text.contains(it));
    match host {
        Host::CloudFrontFunctions if has(&["event.response", "{ response }", "['response']"]) => {
            HookPoint::ClientResponse
        }
        Host::CloudFrontFunctions => HookPoint::ClientRequest,
        Host::LambdaEdge
            if has(&["cf.response", "{ response }", "{response}", "['response']", "request, response"]) =>
        {
            HookPoint::OriginResponse
        }
        Host::LambdaEdge => HookPoint::OriginRequest,
    }
}

fn stated_zone(source: &SourceEntry, config: &Config) -> Option<(String, Vec<String>)> {
    let name = source.zone.clone()?;
    let hosts = config.zone.iter().find(|it| it.name == name).map(|it| it.hosts.clone()).unwrap_or_default();
    let hosts = if hosts.is_empty() { vec![name.clone(), format!("*.{name}")] } else { hosts };
    Some((name, hosts))
}

fn unit(
    tree: &dyn Tree,
    function: &FunctionDef,
    config: &Config,
    found: &Found,
    sources: &mut Sources,
    findings: &mut Vec<Diagnostic>,
    used: &mut BTreeSet<FileId>,
) -> Unit {
    let (file, holes, missing) = match text_of(tree, &function.id, &function.code, found, sources, findings, used) {
        Ok((file, holes)) => (file, holes, None),
        Err((span, reason)) => {
            let place = SpanMap::new(vec![Piece { text: 0, host: span.start, len: 0 }]);
            (sources.add_embedded(span.file, "", place), Vec::new(), Some(reason))
        }
    };
    let Filled { file, open, values: defaults } = fill(file, holes, config, sources, findings);
    let name = function.name.as_ref().and_then(Text::known).unwrap_or_else(|| function.id.clone());
    let runs_in = if let Code::File { base: Base::Assumed(folder), .. } = &function.code { Some(folder) } else { None };
    Unit {
        name: Arc::from(name.as_str()),
        file,
        host: Host::CloudFrontFunctions,
        handler: Arc::from(HANDLER),
        runtime: function.runtime,
        resource: Some(function.span),
        // A program that is not run may give the function a store at another place.
        kvs: !function.key_value_stores.is_empty()
            || function.handed.is_some() && sources.file(file).text().contains("kvs("),
        holes: open,
        defaults,
        copy_of: None,
        missing,
        event: function.event.map(point_of),
        handed: function.handed.clone(),
        runs_in: runs_in.cloned(),
    }
}

/// A text with its open places filled as far as a value is stated or a default declared; both kinds of the rest are said. What something
/// outside of the repository replaces is open too.
pub(crate) fn fill(
    file: FileId,
    mut holes: Vec<HoleAt>,
    config: &Config,
    sources: &mut Sources,
    findings: &mut Vec<Diagnostic>,
) -> Filled {
    let replaced = front_js::placeholders(sources.file(file).text(), lower::kind(sources, file));
    let replaced = replaced.into_iter().filter(|it| !holes.iter().any(|of| of.start < it.end && it.start < of.end));
    let replaced: Vec<HoleAt> =
        replaced.map(|it| HoleAt { name: it.name, default: None, start: it.start, end: it.end }).collect();
    let names: BTreeSet<String> = replaced.iter().map(|it| it.name.clone()).collect();
    holes.extend(replaced);
    let mut filled = front_cloud::fill(sources, file, &holes, &|it| value(config, &it.name, it.default.as_ref()));
    for hole in &filled.open {
        let message = if names.contains(&hole.name) {
            format!(
                "`{}` is a placeholder that something fills in before deployment; no file says with what",
                hole.name
            )
        } else {
            format!("`{}` is filled in at deployment; its value is not known here", hole.name)
        };
        findings.push(open_hole(Span::new(filled.file, hole.start, hole.end), message, &hole.name));
    }
    filled.values.retain(|it| !config.values.contains_key(&it.name));
    for hole in &filled.values {
        let message = format!("`{}` is filled in at deployment; its declared default is assumed", hole.name);
        findings.push(open_hole(Span::new(filled.file, hole.start, hole.end), message, &hole.name));
    }
    filled
}

/// The file of a function's text with what is open in it; else the place that names it, and why it is not known.
pub(crate) fn text_of(
    tree: &dyn Tree,
    id: &str,
    code: &Code,
    found: &Found,
    sources: &mut Sources,
    findings: &mut Vec<Diagnostic>,
    used: &mut BTreeSet<FileId>,
) -> Result<(FileId, Vec<HoleAt>), (Span, Reason)> {
    let (path, span, rendering) = match code {
        Code::Inline { file, holes } => return Ok((*file, holes.clone())),
        Code::File { path, span, rendering, base: _ } => (path, *span, rendering),
        Code::Unresolved { why, span } => {
            let message = format!("the code of `{}` is not known: {why}", id);
            findings.push(Diagnostic::new(&codes::UNRESOLVED_REFERENCE, *span, message.clone()));
            return Err((*span, Reason { code: &codes::UNRESOLVED_REFERENCE, message }));
        }
    };
    let known = found.scripts.iter().find(|it| sources.file(**it).path() == path).copied();
    let file = match known {
        Some(file) => file,
        None => match text(tree, path, 0, SCRIPT_LIMIT) {
            Ok(text) => sources.add(path.as_str(), text),
            Err(finding) => {
                let reason = Reason { code: finding.code, message: finding.message.clone() };
                // The reader of the template has said it of a file that is not there.
                if finding.code.id != codes::MISSING_FILE_REFERENCE.id {
                    findings.push(Diagnostic { span: Some(span), path: None, ..*finding });
                }
                return Err((span, reason));
            }
        },
    };
    used.insert(file);
    if *rendering == Rendering::Verbatim {
        return Ok((file, Vec::new()));
    }
    match front_cloud::render(sources, file, rendering) {
        Code::Inline { file, holes } => Ok((file, holes)),
        Code::File { path: _, span, rendering: _, base: _ } | Code::Unresolved { why: _, span } => {
            let message = format!("the code of `{}` is made by an expression that is not evaluated", id);
            findings.push(Diagnostic::new(&codes::UNRESOLVED_REFERENCE, span, message.clone()));
            Err((span, Reason { code: &codes::UNRESOLVED_REFERENCE, message }))
        }
    }
}

/// What fills a hole: a stated value, else the declared default while the profile says so.
fn value(config: &Config, name: &str, default: Option<&String>) -> Option<String> {
    let default = default.filter(|_| config.is_on(crate::config::DEFAULT_VALUES));
    config.values.get(name).or(default).cloned()
}

fn filled(text: &Text, config: &Config) -> Option<String> {
    text.filled(&|hole| value(config, &hole.name, hole.default.as_ref()))
}

/// Whether a text rests on a declared default.
fn assumes(text: &Text, config: &Config) -> bool {
    text.holes().iter().any(|it| it.default.is_some() && !config.values.contains_key(&it.name))
}

fn open_hole(place: Span, message: String, name: &str) -> Diagnostic {
    let help = format!("State it in migrate.toml:\n[values]\n\"{name}\" = \"…\"");
    Diagnostic::new(&codes::OPEN_HOLE, place, message).help(help)
}

fn of_distribution(
    cloud: &CloudFile,
    distribution: &front_cloud::Distribution,
    config: &Config,
    by_id: &BTreeMap<(String, String), usize>,
    estate: &mut Estate,
    attached: &mut BTreeSet<usize>,
    findings: &mut Vec<Diagnostic>,
) {
    let mut hosts = Vec::new();
    let mut defaults = false;
    for alias in &distribution.aliases {
        let open = alias.holes().into_iter().find(|it| !config.values.contains_key(&it.name));
        if let (Some(hole), Some(span)) = (open, alias.span()) {
            let message = format!("the alias `{}` is filled in at deployment", alias.display());
            findings.push(open_hole(span, message, &hole.name));
        }
        defaults |= assumes(alias, config);
        hosts.extend(filled(alias, config));
    }
    let mut zones: Vec<(String, Vec<String>)> = zone::by_zone(&hosts, config).into_iter().collect();
    if zones.is_empty() {
        zones.push((zone::unattached(&distribution.id), Vec::new()));
    }
    let mut earlier: Vec<String> = Vec::new();
    let mut hooks: BTreeMap<(usize, HookPoint), Running> = BTreeMap::new();
    let mut legacy = Vec::new();
    for behavior in &distribution.behaviors {
        let pattern = match &behavior.path_pattern {
            None => None,
            Some(text) => match filled(text, config) {
                Some(pattern) => Some(pattern),
                None => {
                    let message = "a path pattern that is filled in at deployment; its functions are not placed";
                    findings.push(Diagnostic::new(&codes::OPEN_HOLE, behavior.span, message));
                    continue;
                }
            },
        };
        let mut here = LegacyBehavior {
            zone: String::new(),
            hosts: Vec::new(),
            pattern: pattern.clone(),
            functions: BTreeMap::new(),
            unknown: None,
        };
        defaults |= behavior.path_pattern.as_ref().is_some_and(|it| assumes(it, config));
        if behavior
            .viewer_protocol_policy
            .as_ref()
            .is_some_and(|it| filled(it, config).is_none_or(|it| it != "allow-all"))
        {
            estate.policies.push(behavior.span);
        }
        for association in &behavior.functions {
            let Some((unit, point)) = target_of(cloud, association, by_id, estate, findings) else {
                here.unknown = Some("a function of the behavior is not read".to_owned());
                continue;
            };
            here.functions.insert(point, unit);
            attached.insert(unit);
            let route = Route { pattern: pattern.clone(), excluded: earlier.clone() };
            let entry = hooks.entry((unit, point)).or_default();
            entry.routes.push(route);
            entry.behaviors.push(behavior.span);
        }
        legacy.push(here);
        earlier.extend(pattern);
    }
    for (zone, hosts) in zones {
        for behavior in &legacy {
            estate.legacy.push(LegacyBehavior { zone: zone.clone(), hosts: hosts.clone(), ..behavior.clone() });
        }
        for ((unit, point), running) in &hooks {
            let Some(it) = estate.units.get(*unit) else { continue };
            let resources = [Some(distribution.span), it.resource].into_iter().flatten().collect();
            let site = Site {
                zone: zone.clone(),
                hosts: hosts.clone(),
                routes: running.routes.clone(),
                source: Arc::from(format!("{}@{}", it.name, distribution.id)),
            };
            estate.hooks.push(Attached {
                unit: *unit,
                point: Some(*point),
                site,
                resources,
                attached: true,
                behaviors: running.behaviors.clone(),
                defaults,
            });
        }
    }
    if hosts.is_empty() && !hooks.is_empty() {
        let message =
            format!("`{}` has no alias that is known here, so the hosts of its functions are unknown", distribution.id);
        let help =
            "State the aliases in the template, or `[values]` in migrate.toml for what is filled in at deployment.";
        findings.push(Diagnostic::new(&codes::UNATTACHED_FUNCTION, distribution.span, message).help(help));
    }
}

/// Where one function runs at one point of a distribution.
#[derive(Default)]
struct Running {
    routes: Vec<Route>,
    behaviors: Vec<Span>,
}

/// The point of an event.
fn point_of(event: Event) -> HookPoint {
    match event {
        Event::ViewerRequest => HookPoint::ClientRequest,
        Event::ViewerResponse => HookPoint::ClientResponse,
        Event::OriginRequest => HookPoint::OriginRequest,
        Event::OriginResponse => HookPoint::OriginResponse,
    }
}

/// The unit of an association, and when it runs there.
fn target_of(
    cloud: &CloudFile,
    association: &front_cloud::Association,
    by_id: &BTreeMap<(String, String), usize>,
    estate: &mut Estate,
    findings: &mut Vec<Diagnostic>,
) -> Option<(usize, HookPoint)> {
    let unit = match &association.target {
        FunctionRef::Local(id) => by_id.get(&(cloud.scope.clone(), id.clone())).copied(),
        FunctionRef::Arn(_) | FunctionRef::Unresolved(_) => {
            let message = "the function that is attached here is not defined in the files that were read";
            findings.push(Diagnostic::new(&codes::UNRESOLVED_REFERENCE, association.span, message));
            None
        }
    };
    let point = association.event.map(point_of);
    if unit.is_none() || point.is_none() {
        estate.refused.push(association.span);
    }
    Some((unit?, point?))
}

/// The legacy behaviors of functions that no engine takes run nowhere: what they do is not known.
pub(crate) fn not_run(estate: &mut Estate, refused: &BTreeMap<usize, passes::Reason>) {
    // With an open hole a function still runs; only what depends on the hole is not comparable.
    for (at, reason) in refused.iter().filter(|it| it.1.code.id != codes::OPEN_HOLE.id) {
        let Some(unit) = estate.hooks.get(*at).map(|it| it.unit) else { continue };
        for legacy in &mut estate.legacy {
            let before = legacy.functions.len();
            legacy.functions.retain(|_, function| *function != unit);
            if legacy.functions.len() < before {
                legacy.unknown = Some(reason.message.clone());
            }
        }
    }
}

/// Gives functions that nothing attaches a host, and with it a zone.
pub(crate) fn at_host(estate: &mut Estate, host: &str, config: &Config) {
    let Some(zone) = zone::zone_of(host, config) else { return };
    for hook in estate.hooks.iter_mut().filter(|it| it.site.hosts.is_empty()) {
        hook.site.zone.clone_from(&zone);
        hook.site.hosts = vec![host.to_ascii_lowercase()];
    }
    for legacy in estate.legacy.iter_mut().filter(|it| it.hosts.is_empty()) {
        legacy.zone.clone_from(&zone);
        legacy.hosts = vec![host.to_ascii_lowercase()];
    }
}
