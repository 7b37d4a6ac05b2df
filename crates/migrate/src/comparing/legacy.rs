//! The user's functions of one zone behind the platform model, in any engine that runs scripts.

use std::collections::{BTreeMap, BTreeSet};

use edge::HookPoint;
use interp::exchange::{Exchange, Outcome as Answer};
use pipeline::{Host, LegacyBehavior, Outcome};
use verify::Edge;
use verify::cloudfront_edge::{CloudFrontEdge, Function};
use verify::engine::{
    CLOUDFRONT_FUNCTIONS, Engine, EngineError, EventKind, LAMBDA_EDGE, LegacyProgram, Module, Runtime,
};
use verify::quickjs::QuickJs;

use super::{fits, serves};

/// A cache behavior that runs.
struct Running {
    behavior: LegacyBehavior,
    edge: CloudFrontEdge,
}

/// The functions of one zone, behind the choice of the cache behavior.
pub struct LegacyZone {
    behaviors: Vec<Running>,
}

/// The platform's name of a point.
fn event_of(point: HookPoint) -> EventKind {
    match point {
        HookPoint::ClientRequest => EventKind::ViewerRequest,
        HookPoint::OriginRequest => EventKind::OriginRequest,
        HookPoint::OriginResponse => EventKind::OriginResponse,
        HookPoint::ClientResponse => EventKind::ViewerResponse,
    }
}

/// The program of a function, for the event it is attached to.
pub(super) fn program(outcome: &Outcome, unit: usize, event: EventKind) -> Option<LegacyProgram> {
    let unit = outcome.units.get(unit)?;
    let modules = outcome.modules_of(unit).into_iter();
    Some(LegacyProgram {
        platform: match unit.host {
            Host::CloudFrontFunctions => CLOUDFRONT_FUNCTIONS,
            Host::LambdaEdge => LAMBDA_EDGE,
        },
        handler: unit.handler.to_string(),
        runtime: match unit.runtime {
            front_cloud::Runtime::V1 => Runtime::V1,
            front_cloud::Runtime::V2 | front_cloud::Runtime::Unknown => Runtime::V2,
        },
        event,
        modules: modules.map(|it| Module { path: it.path, text: it.text }).collect(),
        kvs: unit.kvs,
        ..LegacyProgram::default()
    })
}

impl LegacyZone {
    /// Loads the functions of a zone into QuickJS.
    ///
    /// # Errors
    /// When the engine does not take a function.
    pub fn load(outcome: &Outcome, zone: &str) -> Result<LegacyZone, EngineError> {
        LegacyZone::load_in(&QuickJs::default(), outcome, zone)
    }

    /// Loads them into another engine.
    ///
    /// # Errors
    /// When the engine does not take a function.
    pub fn load_in(engine: &dyn Engine, outcome: &Outcome, zone: &str) -> Result<LegacyZone, EngineError> {
        LegacyZone::load_programs(engine, outcome, zone, &mut |unit, event| Ok(program(outcome, unit, event)))
    }

    pub(super) fn load_programs(
        engine: &dyn Engine,
        outcome: &Outcome,
        zone: &str,
        program: &mut dyn FnMut(usize, EventKind) -> Result<Option<LegacyProgram>, EngineError>,
    ) -> Result<LegacyZone, EngineError> {
        let mut load = |unit: usize, event: EventKind| -> Result<Option<Function>, EngineError> {
            match program(unit, event)? {
                Some(program) => Function::load(engine, &program).map(Some),
                None => Ok(None),
            }
        };
        let mut behaviors = Vec::new();
        for behavior in outcome.legacy.iter().filter(|it| it.zone == zone) {
            let mut edge = CloudFrontEdge::default();
            for (point, unit) in &behavior.functions {
                if let Some(path) = outcome.units.get(*unit).and_then(|it| outcome.unread_module(it)) {
                    edge.refuse(event_of(*point), format!("a function needs `{path}`, which cannot be read"));
                } else if let Some(function) = load(*unit, event_of(*point))? {
                    edge.attach(function);
                }
            }
            behaviors.push(Running { behavior: behavior.clone(), edge });
        }
        Ok(LegacyZone { behaviors })
    }

    /// The texts that were compared since they were taken last.
    pub(super) fn take_compared(&mut self) -> BTreeSet<(String, String)> {
        let mut all = BTreeSet::new();
        for it in &mut self.behaviors {
            all.append(&mut it.edge.compared);
        }
        all
    }

    /// The keys that stores were asked for since they were taken last.
    pub(super) fn take_asked(&mut self) -> BTreeSet<(String, String)> {
        let mut all = BTreeSet::new();
        for it in &mut self.behaviors {
            all.append(&mut it.edge.asked);
        }
        all
    }

    /// The counters that were passed since they were taken last.
    pub(super) fn take_hits(&mut self) -> BTreeMap<String, u64> {
        let mut all = BTreeMap::new();
        for it in &mut self.behaviors {
            all.append(&mut it.edge.hits);
        }
        all
    }
}

impl Edge for LegacyZone {
    fn run(&mut self, exchange: &Exchange) -> Answer {
        let request = &exchange.request;
        let found = self.behaviors.iter_mut().find(|it| {
            serves(&it.behavior.hosts, &request.host) && fits(it.behavior.pattern.as_deref(), &request.path)
        });
        match found {
            // A function that no engine takes: what it does is not known.
            Some(Running { behavior, .. }) if behavior.unknown.is_some() => {
                Answer::Undecided(behavior.unknown.clone().unwrap_or_default())
            }
            Some(it) => it.edge.run_exchange(exchange),
            None => CloudFrontEdge::default().run_exchange(exchange),
        }
    }

    fn distrusts_itself(&self) -> bool {
        self.behaviors.iter().any(|it| it.edge.distrusts_itself())
    }
}
