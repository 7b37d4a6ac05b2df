//! What the Worker of a zone is made from: the behaviors of its distributions, with the functions that stay code.

use std::collections::BTreeMap;

use edge::HookPoint;
use emit_worker::{
    COMPATIBILITY_DATE, CacheBehavior, Distribution, FunctionUnit, KvBinding, Platform, RoutePattern, UserModule,
    WorkerSpec, route_patterns,
};
use passes::WorkerPart;
use source::{FileId, Sources, Span};

use crate::attach::{Attached, Estate, Unit};
use crate::lower::Modules;
use crate::printed::PrintedHooks;

/// The binding of the key-value store, where a function reads one.
pub const KV: &str = "STORE";

/// The project of one zone.
pub(crate) fn spec(
    part: &WorkerPart,
    program: &edge::Program,
    estate: &Estate,
    modules: &Modules,
    sources: &Sources,
    printed: &PrintedHooks,
) -> WorkerSpec {
    let mut behaviors: Vec<CacheBehavior> = Vec::new();
    let mut hosts: Vec<String> = Vec::new();
    let mut kv = false;
    let mut routes: Vec<RoutePattern> = Vec::new();
    for (at, pattern) in patterns(part, estate) {
        let (Some(attached), Some(hook)) = (estate.hooks.get(at), program.hooks.get(at)) else { continue };
        let Some(unit) = estate.units.get(attached.unit) else { continue };
        kv |= unit.kvs;
        hosts.extend(attached.site.hosts.iter().cloned());
        let narrowed = part.narrowed.get(&at).filter(|_| pattern.is_none()).cloned();
        let paths = narrowed.unwrap_or_else(|| vec![pattern.clone().unwrap_or_else(|| "*".to_owned())]);
        routes.extend(route_patterns(&attached.site.hosts, &paths));
        let mut function = function(unit, modules, sources);
        if let Some(Ok(code)) = printed.get(&at) {
            function.id = printed_id(&function.id, at, part, program, estate);
            function.printed = Some(code.clone());
        }
        let place = behaviors.iter_mut().find(|it| it.hosts == attached.site.hosts && it.path_pattern == pattern);
        let behavior = match place {
            Some(behavior) => behavior,
            None => {
                behaviors.push(CacheBehavior {
                    hosts: attached.site.hosts.clone(),
                    path_pattern: pattern,
                    ..CacheBehavior::default()
                });
                let Some(last) = behaviors.last_mut() else { continue };
                last
            }
        };
        match hook.point {
            HookPoint::ClientRequest => behavior.viewer_request = Some(function),
            HookPoint::ClientResponse => behavior.viewer_response = Some(function),
            HookPoint::OriginRequest => behavior.origin_request = Some(function),
            HookPoint::OriginResponse => behavior.origin_response = Some(function),
        }
    }
    shadows(part, estate, &mut behaviors);
    hosts.sort();
    hosts.dedup();
    routes.sort();
    routes.dedup();
    WorkerSpec {
        name: name(&part.zone),
        zone: part.zone.clone(),
        hosts,
        routes,
        compatibility_date: COMPATIBILITY_DATE.to_owned(),
        distribution: Distribution::default(),
        behaviors,
        kv: if kv { vec![KvBinding { binding: KV.to_owned(), name: "store".to_owned() }] } else { Vec::new() },
        origins: BTreeMap::new(),
        mark_answers: part.mark_answers.then(|| passes::ANSWER_MARK.to_owned()),
        witnesses: Vec::new(),
    }
}

/// The hooks with each of their path patterns, in the order in which the behaviors are tried.
fn patterns(part: &WorkerPart, estate: &Estate) -> Vec<(usize, Option<String>)> {
    let mut all: Vec<(usize, usize, Option<String>)> = Vec::new();
    for at in &part.hooks {
        let Some(attached) = estate.hooks.get(*at) else { continue };
        if attached.site.routes.is_empty() {
            all.push((usize::MAX, *at, None));
        }
        for route in &attached.site.routes {
            all.push((order(estate, attached, route.pattern.as_deref()), *at, route.pattern.clone()));
        }
    }
    all.sort();
    all.into_iter().map(|(_, at, pattern)| (at, pattern)).collect()
}

fn order(estate: &Estate, attached: &Attached, pattern: Option<&str>) -> usize {
    let here = |it: &crate::LegacyBehavior| it.zone == attached.site.zone && it.hosts == attached.site.hosts;
    estate.legacy.iter().position(|it| here(it) && it.pattern.as_deref() == pattern).unwrap_or(usize::MAX)
}

/// Behaviors without code stand between those with code, because they take paths away from those after them.
fn shadows(part: &WorkerPart, estate: &Estate, behaviors: &mut Vec<CacheBehavior>) {
    let mut all: Vec<CacheBehavior> = Vec::new();
    for legacy in estate.legacy.iter().filter(|it| it.zone == part.zone) {
        let at = behaviors.iter().position(|it| it.hosts == legacy.hosts && it.path_pattern == legacy.pattern);
        match at {
            Some(at) => all.push(behaviors.remove(at)),
            None => {
                let later = behaviors.iter().any(|it| it.hosts == legacy.hosts);
                if later && legacy.pattern.is_some() {
                    all.push(CacheBehavior {
                        hosts: legacy.hosts.clone(),
                        path_pattern: legacy.pattern.clone(),
                        ..CacheBehavior::default()
                    });
                }
            }
        }
    }
    all.append(behaviors);
    *behaviors = all;
}

fn function(unit: &Unit, modules: &Modules, sources: &Sources) -> FunctionUnit {
    let files = modules.closure(unit.file);
    let handler = modules.by_file.get(&unit.file).and_then(|it| crate::evaluate::handler(it, sources));
    let (file, line) = sources.locate(handler.unwrap_or(Span::new(unit.file, 0, 0)));
    let source = format!("{file}:{}", line.line);
    FunctionUnit {
        id: identifier(&unit.name),
        modules: user_modules(&files, modules, sources),
        source,
        platform: match unit.host {
            symex::Host::CloudFrontFunctions => Platform::CloudFrontFunctions,
            symex::Host::LambdaEdge => Platform::LambdaEdge { include_body: false },
        },
        runtime: runtime(unit),
        handler: unit.handler.to_string(),
        kv_binding: unit.kvs.then(|| KV.to_owned()),
        printed: None,
    }
}

/// The name of a printed function: one for each point, where the user's function runs at several.
fn printed_id(id: &str, hook: usize, part: &WorkerPart, program: &edge::Program, estate: &Estate) -> String {
    let unit = |at: usize| estate.hooks.get(at).map(|it| it.unit);
    let point = |at: usize| program.hooks.get(at).map(|it| it.point);
    let elsewhere = part.hooks.iter().any(|it| unit(*it) == unit(hook) && point(*it) != point(hook));
    match point(hook) {
        Some(point) if elsewhere => format!("{id}-{}", point.text().replace('_', "-")),
        Some(_) | None => id.to_owned(),
    }
}

/// The runtime of a function; the newer one where no file says.
pub(crate) fn runtime(unit: &Unit) -> emit_worker::Runtime {
    match unit.runtime {
        front_cloud::Runtime::V1 => emit_worker::Runtime::V1,
        front_cloud::Runtime::V2 | front_cloud::Runtime::Unknown => emit_worker::Runtime::V2,
    }
}

/// The texts of a function, types blanked, with paths below their nearest common folder.
pub(crate) fn user_modules(files: &[FileId], modules: &Modules, sources: &Sources) -> Vec<UserModule> {
    let paths: Vec<&str> = files.iter().map(|it| sources.file(*it).path()).collect();
    let folder = |path: &str| path.rsplit_once('/').map_or(String::new(), |it| format!("{}/", it.0));
    let mut common = paths.first().map(|it| folder(it)).unwrap_or_default();
    while !paths.iter().all(|it| it.starts_with(&common)) {
        common = folder(common.trim_end_matches('/'));
    }
    files
        .iter()
        .zip(paths)
        .map(|(file, path)| {
            let path = path.get(common.len()..).unwrap_or(path);
            let path = if sources.is_embedded(*file) { "index.js" } else { path };
            let text = modules.blanked.get(file).cloned().unwrap_or_else(|| sources.file(*file).text().to_string());
            UserModule { path: path.to_owned(), text }
        })
        .collect()
}

fn identifier(name: &str) -> String {
    let last = name.rsplit('/').next().unwrap_or(name);
    let stem = last.split('.').next().unwrap_or(last);
    let out: String =
        stem.chars().map(|it| if it.is_ascii_alphanumeric() { it.to_ascii_lowercase() } else { '-' }).collect();
    let out = out.trim_matches('-').to_owned();
    if out.is_empty() || stem == "index" { crate::zone::unattached(name).replacen("unattached-", "", 1) } else { out }
}

fn name(zone: &str) -> String {
    let out: String = zone.chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '-' }).collect();
    format!("{}-edge", out.trim_matches('-').to_ascii_lowercase())
}

/// Where a function begins, for the reader.
pub(crate) fn entry(unit: &Unit, sources: &Sources, hook: &edge::Hook) -> report::view::Entry {
    let span = if hook.span.file == unit.file { hook.span } else { Span::new(unit.file, 0, 0) };
    let (file, at) = sources.locate(span);
    report::view::Entry { file: file.to_owned(), line: at.line }
}
