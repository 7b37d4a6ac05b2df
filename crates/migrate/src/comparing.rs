//! Both edges of one outcome: the user's functions in QuickJS behind the platform model, and the emitted rules in the rules machine.
//!
//! An exchange that reaches Worker code has no answer here: it is counted as undecided, never as agreement.

use std::collections::BTreeMap;

use edge::{ExitKind, Node};
use interp::exchange::{Exchange, Outcome as Answer};
use interp::rules::{self, Machine, RequestOutcome};
use pipeline::{LegacyBehavior, Outcome};
use target::ruleset::ZoneRules;
use verify::cloudfront_functions::{CffEdge, Function};
use verify::compare::Profile;
use verify::engine::{EngineError, EventKind, LegacyProgram, Module, Runtime};
use verify::quickjs::QuickJs;
use verify::{Edge, Summary, mine};

/// What one zone's comparison gave.
#[derive(Debug)]
pub struct Compared {
    /// The zone.
    pub zone: String,
    /// The counts and the divergences.
    pub summary: Summary,
}

/// A cache behavior that runs.
struct Running {
    behavior: LegacyBehavior,
    edge: CffEdge,
}

/// The functions of one zone, behind the choice of the cache behavior.
pub struct LegacyZone {
    behaviors: Vec<Running>,
}

/// Whether a host is among those of a site; no hosts take every one.
fn serves(hosts: &[String], host: &str) -> bool {
    hosts.is_empty()
        || hosts.iter().any(|it| match it.strip_prefix('*') {
            Some(ending) => host.ends_with(ending),
            None => it == host,
        })
}

fn fits(pattern: Option<&str>, path: &str) -> bool {
    pattern.is_none_or(|it| {
        pipeline::wildcard(it, path) || (!it.starts_with(['/', '*']) && pipeline::wildcard(&format!("/{it}"), path))
    })
}

impl LegacyZone {
    /// Loads the functions of a zone.
    ///
    /// # Errors
    /// When an engine does not take a function.
    pub fn load(outcome: &Outcome, zone: &str) -> Result<LegacyZone, EngineError> {
        let engine = QuickJs::default();
        let mut behaviors = Vec::new();
        for behavior in outcome.legacy.iter().filter(|it| it.zone == zone) {
            let load = |unit: Option<usize>, event: EventKind| -> Result<Option<Function>, EngineError> {
                let Some(unit) = unit.and_then(|it| outcome.units.get(it)) else { return Ok(None) };
                let modules = outcome.modules_of(unit).into_iter();
                let program = LegacyProgram {
                    platform: pipeline::PLATFORM,
                    runtime: match unit.runtime {
                        front_cloud::Runtime::V1 => Runtime::V1,
                        front_cloud::Runtime::V2 | front_cloud::Runtime::Unknown => Runtime::V2,
                    },
                    event,
                    modules: modules.map(|it| Module { path: it.path, text: it.text }).collect(),
                    kvs: unit.kvs,
                };
                Function::load(&engine, &program).map(Some)
            };
            let edge = CffEdge {
                request_fn: load(behavior.request, EventKind::ViewerRequest)?,
                response_fn: load(behavior.response, EventKind::ViewerResponse)?,
                hits: BTreeMap::new(),
            };
            behaviors.push(Running { behavior: behavior.clone(), edge });
        }
        Ok(LegacyZone { behaviors })
    }
}

impl Edge for LegacyZone {
    fn run(&mut self, exchange: &Exchange) -> Answer {
        let request = &exchange.request;
        let found = self.behaviors.iter_mut().find(|it| {
            serves(&it.behavior.hosts, &request.host) && fits(it.behavior.pattern.as_deref(), &request.path)
        });
        match found {
            Some(it) => it.edge.run_exchange(exchange),
            None => CffEdge::default().run_exchange(exchange),
        }
    }

    fn distrusts_itself(&self) -> bool {
        self.behaviors.iter().any(|it| it.edge.distrusts_itself())
    }
}

/// The rules of one zone, and where its Worker runs.
pub struct NewZone {
    machine: Machine,
    /// Hosts and path patterns of hooks that are code.
    code: Vec<(Vec<String>, Vec<Option<String>>)>,
}

impl NewZone {
    /// Compiles the rules of a zone.
    ///
    /// # Errors
    /// When the machine does not take a rule.
    pub fn load(outcome: &Outcome, zone: &str) -> Result<NewZone, rules::Refused> {
        let placement = &outcome.placement;
        let empty = ZoneRules { name: zone.to_owned(), ..ZoneRules::default() };
        let of_zone = placement.zones.iter().find(|it| it.name == zone).unwrap_or(&empty);
        let machine = Machine::new(of_zone, &placement.account, rules::Options::default())?;
        let workers = placement.workers.iter().filter(|it| it.zone == zone);
        let hooks = workers.flat_map(|it| &it.hooks).filter_map(|it| outcome.hooks.get(*it));
        let code = hooks.map(|it| {
            let patterns: Vec<Option<String>> = it.site.routes.iter().map(|it| it.pattern.clone()).collect();
            (it.site.hosts.clone(), if patterns.is_empty() { vec![None] } else { patterns })
        });
        Ok(NewZone { machine, code: code.collect() })
    }
}

impl Edge for NewZone {
    fn run(&mut self, exchange: &Exchange) -> Answer {
        let now = exchange.inputs.now_ms;
        let passed = match self.machine.run_request(&exchange.request, now).outcome {
            RequestOutcome::Answered(answer) => {
                return Answer::Answered { origin_saw: None, response: answer.response };
            }
            RequestOutcome::Failed(failure) => {
                return Answer::Failed(format!("error {} in rule {}", failure.code, failure.reference));
            }
            RequestOutcome::Passed(passed) => passed,
        };
        let code = self.code.iter().any(|(hosts, patterns)| {
            serves(hosts, &passed.request.host)
                && patterns
                    .iter()
                    .any(|it| fits(it.as_deref(), &passed.request.path) || fits(it.as_deref(), &exchange.request.path))
        });
        if code {
            return Answer::Undecided("the exchange reaches the Worker".to_owned());
        }
        let response = self.machine.run_response(&exchange.request, &passed.request, &exchange.origin, now).response;
        Answer::Answered { origin_saw: Some(passed.origin_saw()), response }
    }
}

/// The zones of an outcome that have functions, in order.
#[must_use]
pub fn zones(outcome: &Outcome) -> Vec<String> {
    let mut all: Vec<String> = outcome.hooks.iter().map(|it| it.site.zone.clone()).collect();
    all.sort();
    all.dedup();
    all
}

/// Exchanges mined from the texts of a zone's functions. Those for hosts that are not the zone's reach neither edge.
#[must_use]
pub fn exchanges(outcome: &Outcome, zone: &str, count: usize, seed: u64) -> Vec<Exchange> {
    let hooks = || outcome.hooks.iter().filter(|it| it.site.zone == zone);
    let mut hosts: Vec<String> = hooks().flat_map(|it| it.site.hosts.clone()).collect();
    hosts.sort();
    hosts.dedup();
    let named: Vec<String> =
        hosts.iter().map(|it| it.strip_prefix("*.").map_or_else(|| it.clone(), |it| format!("www.{it}"))).collect();
    let mut texts: Vec<String> = Vec::new();
    for unit in hooks().filter_map(|it| outcome.units.get(it.unit)) {
        for module in outcome.modules_of(unit) {
            if !texts.contains(&module.text) {
                texts.push(module.text);
            }
        }
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mined = mine::mine(&texts, &named, count, seed);
    mined.into_iter().filter(|it| serves(&hosts, &it.request.host)).collect()
}

/// Whether a hook of the zone denies or authenticates, so that a failure must deny too.
fn denies(outcome: &Outcome, zone: &str) -> bool {
    let store = &outcome.program.store;
    let hooks = outcome.hooks.iter().zip(&outcome.program.hooks).filter(|(it, _)| it.site.zone == zone);
    hooks.flat_map(|(_, hook)| &hook.exits).any(|exit| match &exit.kind {
        ExitKind::Respond { status, body: _ } => matches!(store.node(*status), Node::Int(401 | 403 | 407)),
        ExitKind::Redirect { status: _, to: _ } | ExitKind::PlatformError(_) => false,
    })
}

/// Compares one zone.
///
/// # Errors
/// The words of the engine or the machine that cannot run its side.
pub fn compare(outcome: &Outcome, zone: &str, exchanges: &[Exchange]) -> Result<Compared, String> {
    let mut legacy = match LegacyZone::load(outcome, zone) {
        Ok(legacy) => legacy,
        // The engine reads JavaScript; types are not taken out of TypeScript for it.
        Err(EngineError::Syntax { path, words: _ }) if path.ends_with(".ts") => {
            let reasons = BTreeMap::from([("the engine reads no TypeScript".to_owned(), exchanges.len())]);
            let undecided = exchanges.len();
            let summary = Summary { exchanges: undecided, undecided, reasons, ..Summary::default() };
            return Ok(Compared { zone: zone.to_owned(), summary });
        }
        Err(fault) => return Err(fault.to_string()),
    };
    let mut new = NewZone::load(outcome, zone).map_err(|it| it.to_string())?;
    let profile = Profile { failures_must_deny: denies(outcome, zone), ..Profile::default() };
    let summary = verify::run(&mut legacy, &mut new, exchanges, &profile);
    Ok(Compared { zone: zone.to_owned(), summary })
}

/// A smaller exchange on which the sides still differ.
#[must_use]
pub fn shortened(outcome: &Outcome, zone: &str, exchange: &Exchange) -> Exchange {
    let (Ok(mut legacy), Ok(mut new)) = (LegacyZone::load(outcome, zone), NewZone::load(outcome, zone)) else {
        return exchange.clone();
    };
    let profile = Profile { failures_must_deny: denies(outcome, zone), ..Profile::default() };
    verify::shrink::shrink(exchange, |it| !verify::run(&mut legacy, &mut new, [it], &profile).divergences.is_empty())
}
