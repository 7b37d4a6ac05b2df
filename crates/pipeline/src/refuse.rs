//! What is refused takes the behaviors of its function with it; what it may touch is an assumption of its neighbors.
//!
//! Runs on a finished placement and only ever takes away: a behavior that placement left to code is refused where that code cannot be
//! written, and a behavior next to something that nobody reads is at best `assumed`.

use std::collections::{BTreeMap, BTreeSet};

use diag::{Diagnostic, codes};
use edge::{HookPoint, Place, Program, Slot};
use front_cloud::{Class, CloudFile, Touches};
use passes::{Behavior, Fidelity, Part, Placement, Reason};
use source::{Sources, Span};

use crate::attach::{Attached, Estate};
use crate::config::{Config, DEFAULT_VALUES, MODULE_STATE};
use crate::defaults::{Defaults, denies};
use crate::lower::Modules;

/// Something that nobody reads, and the hooks beside it.
#[derive(Clone, Debug)]
pub(crate) struct Taint {
    /// Its name for people, which `[[effect]]` repeats.
    pub(crate) construct: String,
    span: Span,
    touches: Touches,
    hooks: BTreeSet<usize>,
}

/// The hooks whose code cannot be written, each with the reason.
pub(crate) fn refused_hooks(estate: &Estate, modules: &Modules, handlers: &[bool]) -> BTreeMap<usize, Reason> {
    let mut out = BTreeMap::new();
    for (at, attached) in estate.hooks.iter().enumerate() {
        let Some(unit) = estate.units.get(attached.unit) else { continue };
        let reason = if let Some(reason) = &unit.missing {
            reason.clone()
        } else if modules.broken.contains(&unit.file) {
            Reason { code: &codes::SYNTAX_ERROR_JAVASCRIPT, message: format!("`{}` does not parse", unit.name) }
        } else if handlers.get(at) == Some(&false) {
            Reason { code: &codes::NO_HANDLER, message: format!("`{}` defines no `handler`", unit.name) }
        } else if let Some(hole) = unit.holes.first() {
            let message = format!("`{}` is filled in at deployment, and no code is written with it", hole.name);
            Reason { code: &codes::OPEN_HOLE, message }
        } else {
            continue;
        };
        out.insert(at, reason);
    }
    out
}

/// Everything that is refused and may touch what functions do.
pub(crate) fn taints(
    estate: &Estate,
    clouds: &[CloudFile],
    refused: &BTreeMap<usize, Reason>,
    config: &Config,
    sources: &Sources,
) -> Vec<Taint> {
    let mut out = Vec::new();
    for cloud in clouds {
        let inner: Vec<Span> = cloud.distributions.iter().flat_map(|it| &it.behaviors).map(|it| it.span).collect();
        for it in &cloud.constructs {
            let (touches, construct) = match it.class {
                Class::Refused { row: _, later: _, touches } => (touches, it.kind.to_owned()),
                Class::Read { row, feeds: _ }
                    if row == POLICY && estate.policies.iter().any(|of| holds(*of, it.span)) =>
                {
                    (Touches::Answers, row.to_owned())
                }
                Class::Read { row: "distribution.cache_behavior.lambda", feeds: _ }
                    if estate.refused.iter().any(|of| holds(*of, it.span)) =>
                {
                    (Touches::Everything, it.kind.to_owned())
                }
                Class::Read { row: _, feeds: _ }
                | Class::NoEffect { row: _, why: _ }
                | Class::Default { row: _, why: _ } => continue,
            };
            let behavior = inner.iter().filter(|span| holds(**span, it.span)).min_by_key(|it| it.end - it.start);
            let near = |hook: &Attached| match behavior {
                Some(behavior) => hook.behaviors.contains(behavior),
                None => hook.resources.iter().any(|span| holds(*span, it.span)),
            };
            let hooks = estate.hooks.iter().enumerate().filter(|(_, hook)| near(hook)).map(|(at, _)| at).collect();
            out.push(Taint { construct, span: it.span, touches, hooks });
        }
    }
    for at in refused.keys() {
        let Some((hook, unit)) = estate.hooks.get(*at).and_then(|it| Some((it, estate.units.get(it.unit)?))) else {
            continue;
        };
        let beside = |other: &Attached| other.behaviors.iter().any(|it| hook.behaviors.contains(it));
        let others = estate.hooks.iter().enumerate().filter(|(other, it)| other != at && beside(it));
        let hooks = others.map(|(at, _)| at).collect();
        let place = unit.resource.unwrap_or(Span::new(unit.file, 0, 0));
        let touches =
            if hook.point.is_some_and(HookPoint::of_response) { Touches::Response } else { Touches::Everything };
        out.push(Taint { construct: format!("function {}", unit.name), span: place, touches, hooks });
    }
    for it in &mut out {
        if let Some(stated) = config.effect_of(&it.construct, sources.locate(it.span).0) {
            it.touches = stated;
        }
    }
    out.retain(|it| it.touches != Touches::Nothing && !it.hooks.is_empty());
    out.sort_by(|a, b| (&a.construct, a.span).cmp(&(&b.construct, b.span)));
    out
}

/// The row of the attribute that redirects or refuses plain HTTP.
pub(crate) const POLICY: &str = "distribution.cache_behavior.viewer_protocol_policy";

fn holds(outer: Span, inner: Span) -> bool {
    inner.file == outer.file && outer.start <= inner.start && inner.end <= outer.end
}

/// Takes away what cannot be written and states what is assumed.
pub(crate) fn apply(
    placement: &mut Placement,
    program: &Program,
    estate: &Estate,
    refused: &BTreeMap<usize, Reason>,
    taints: &[Taint],
    state: &[bool],
    defaults: &Defaults,
) {
    for it in &mut placement.behaviors {
        if let Some(reason) = refused.get(&it.hook).filter(|_| it.verdict == Place::Worker) {
            it.verdict = Place::Refused;
            it.reasons.insert(0, reason.clone());
            it.fidelity = Fidelity::Exact;
            continue;
        }
        let point = program.hooks.get(it.hook).map(|it| it.point);
        let touched = taints.iter().filter(|taint| taint.hooks.contains(&it.hook) && touches(taint.touches, it, point));
        let mut notes: BTreeSet<String> =
            touched.map(|taint| format!("{} does not interfere", taint.construct)).collect();
        let of_site = estate.hooks.get(it.hook).is_some_and(|it| it.defaults);
        let runs_in = estate.hooks.get(it.hook).and_then(|it| estate.units.get(it.unit)?.runs_in.as_deref());
        notes.extend(runs_in.map(|it| format!("Terraform runs in /{it}")));
        if of_site || defaults.carry(it, program) {
            notes.insert(DEFAULT_VALUES.to_owned());
        }
        if state.get(it.hook) == Some(&true) && it.verdict != Place::Worker {
            notes.insert(MODULE_STATE.to_owned());
        }
        assume(it, notes);
    }
    for part in &mut placement.workers {
        if part.hooks.iter().any(|it| refused.contains_key(it)) {
            part.hooks.retain(|it| !refused.contains_key(it));
            part.routes = routes(&part.hooks, estate);
        }
    }
    placement.workers.retain(|it| !it.hooks.is_empty());
    // A refused function runs in no Worker, and of a text that is not there nothing is more to say than that.
    placement.diagnostics.retain(|it| {
        let of_refused = |at: &usize| {
            let hook = program.hooks.get(*at);
            let unit = estate.hooks.get(*at).and_then(|it| estate.units.get(it.unit));
            let here = hook.is_some_and(|hook| it.span == Some(hook.span));
            let missing = unit.is_some_and(|it| it.missing.is_some());
            here && (it.code.id == codes::WORKER_ON_EVERY_REQUEST.id
                || missing && it.code.id == codes::NOT_UNDERSTOOD.id)
        };
        !refused.keys().any(of_refused)
    });
}

/// What the placement and the taints mean for a reviewer.
pub(crate) fn findings(placement: &Placement, program: &Program, taints: &[Taint], findings: &mut Vec<Diagnostic>) {
    for it in &placement.behaviors {
        if !denies(it, program) {
            continue;
        }
        if it.verdict == Place::Refused {
            let message = format!("{}: the check is refused and would be lost", it.summary);
            findings.push(Diagnostic::new(&codes::SECURITY_REFUSED, it.span, message));
        }
    }
    let mut said = BTreeSet::new();
    for taint in taints {
        let held: Vec<&Behavior> = placement
            .behaviors
            .iter()
            .filter(|it| {
                let point = program.hooks.get(it.hook).map(|it| it.point);
                it.verdict != Place::Refused && taint.hooks.contains(&it.hook) && touches(taint.touches, it, point)
            })
            .collect();
        if held.is_empty() || !said.insert((&taint.construct, taint.span)) {
            continue;
        }
        let names: Vec<&str> = held.iter().take(3).map(|it| it.summary.as_str()).collect();
        let more = held.len().saturating_sub(names.len());
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let message =
            format!("`{}` is not read; assumed not to interfere with: {}{more}", taint.construct, names.join("; "));
        let help = format!(
            "If it does not, say so in migrate.toml:\n[[effect]]\nconstruct = \"{}\"\ntouches = \"nothing\"",
            taint.construct
        );
        findings.push(Diagnostic::new(&codes::TAINTED_BY_REFUSED, taint.span, message).help(help));
    }
}

/// Whether something that is not read may undo or overtake a behavior.
fn touches(what: Touches, behavior: &Behavior, point: Option<HookPoint>) -> bool {
    let slot = match behavior.part {
        Part::Exit(_) => None,
        Part::Update(slot, _) => Some(slot),
    };
    match what {
        Touches::Nothing => false,
        Touches::Answers | Touches::Everything => true,
        Touches::Response => point.is_some_and(HookPoint::of_response),
        Touches::Path => slot == Some(Slot::Path),
        Touches::Origin => {
            matches!(
                slot,
                Some(Slot::OriginHost | Slot::OriginPort | Slot::OriginHostHeader | Slot::Header(_) | Slot::Cookie(_))
            ) && point.is_some_and(|it| !it.of_response())
        }
    }
}

fn assume(behavior: &mut Behavior, notes: BTreeSet<String>) {
    if notes.is_empty() {
        return;
    }
    match &mut behavior.fidelity {
        Fidelity::Exact => behavior.fidelity = Fidelity::Assumed(notes.into_iter().collect()),
        Fidelity::Assumed(on) => {
            on.extend(notes);
            on.sort();
            on.dedup();
        }
        // A class that was accepted is the weaker statement.
        Fidelity::Approximate(_) => {}
    }
}

fn routes(hooks: &[usize], estate: &Estate) -> Vec<String> {
    let mut out = BTreeSet::new();
    for site in hooks.iter().filter_map(|it| estate.hooks.get(*it)).map(|it| &it.site) {
        if site.routes.is_empty() {
            return Vec::new();
        }
        for route in &site.routes {
            match &route.pattern {
                Some(pattern) => out.insert(pattern.clone()),
                None => return Vec::new(),
            };
        }
    }
    out.into_iter().collect()
}
