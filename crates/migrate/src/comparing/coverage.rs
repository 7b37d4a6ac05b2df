//! Which outcomes of the conditions in the user's source the exchanges meet, counted by counters in the source text.

use std::collections::{BTreeMap, BTreeSet};

use interp::exchange::{Exchange, Outcome as Answer};
use pipeline::Outcome;
use source::Span;
use verify::Edge;
use verify::counters::{Counted, Unmet, count};
use verify::engine::{EngineError, EventKind, LegacyProgram};
use verify::quickjs::QuickJs;

use super::legacy::{LegacyZone, program};

/// An outcome of a condition that no exchange meets.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Open {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
    /// The text of the condition.
    pub condition: String,
    /// `true`, `false` or `passed`.
    pub outcome: &'static str,
}

/// How many outcomes of conditions there are, and which were not met.
#[derive(Clone, Default, Debug)]
pub struct Coverage {
    /// All of them.
    pub outcomes: usize,
    /// Those that no exchange met that both sides ran.
    pub open: Vec<Open>,
}

/// The functions of a zone with counters in them.
pub struct CountedZone {
    zone: LegacyZone,
    units: BTreeMap<usize, Counted>,
}

impl CountedZone {
    /// Loads the functions of a zone.
    ///
    /// # Errors
    /// When a function cannot be counted or the engine does not take it.
    pub fn load(outcome: &Outcome, zone: &str) -> Result<CountedZone, EngineError> {
        let mut units: BTreeMap<usize, Counted> = BTreeMap::new();
        let mut next = 0;
        let mut counted = |unit: usize, event: EventKind| -> Result<Option<LegacyProgram>, EngineError> {
            if let Some(counted) = units.get(&unit) {
                return Ok(Some(LegacyProgram { event, ..counted.program.clone() }));
            }
            let Some(plain) = program(outcome, unit, event) else { return Ok(None) };
            let counted = count(&plain, next)?;
            next += counted.conditions.len();
            let program = counted.program.clone();
            units.insert(unit, counted);
            Ok(Some(program))
        };
        let zone = LegacyZone::load_programs(&QuickJs::default(), outcome, zone, &mut counted)?;
        Ok(CountedZone { zone, units })
    }

    /// Runs an exchange and gives the counters that it passed.
    pub fn hits(&mut self, exchange: &Exchange) -> (Answer, BTreeSet<String>) {
        let answer = self.zone.run(exchange);
        (answer, self.zone.take_hits().into_keys().collect())
    }

    /// The texts that conditions have compared since they were taken last, where they differed.
    pub(super) fn take_compared(&mut self) -> BTreeSet<(String, String)> {
        self.zone.take_compared()
    }

    /// The keys that the functions ask a store for on an exchange, each with the format. What else the run shows is dropped.
    pub(super) fn asks(&mut self, exchange: &Exchange) -> BTreeSet<(String, String)> {
        self.zone.take_asked();
        self.zone.run(exchange);
        self.zone.take_hits();
        self.zone.take_compared();
        self.zone.take_asked()
    }

    fn unmet(&self, met: &BTreeSet<String>) -> impl Iterator<Item = (usize, Unmet)> {
        let hits: BTreeMap<String, u64> = met.iter().map(|it| (it.clone(), 1)).collect();
        self.units.iter().flat_map(move |(unit, counted)| {
            let open = counted.unmet(&hits);
            open.into_iter().map(|it| (*unit, it)).collect::<Vec<_>>()
        })
    }

    /// The counters that were not passed.
    #[must_use]
    pub fn open(&self, met: &BTreeSet<String>) -> BTreeSet<String> {
        let key = |it: &Unmet| {
            let letter = if it.outcome == "false" { 'f' } else { 't' };
            format!("{letter}{}", it.condition.id)
        };
        self.unmet(met).map(|(_, it)| key(&it)).collect()
    }

    /// What the counters say, in places of the source.
    #[must_use]
    pub fn coverage(&self, outcome: &Outcome, met: &BTreeSet<String>) -> Coverage {
        let conditions = self.units.values().flat_map(|it| &it.conditions);
        let outcomes = conditions.map(|it| if it.passed_only { 1 } else { 2 }).sum();
        let mut open: Vec<Open> = Vec::new();
        for (unit, unmet) in self.unmet(met) {
            let Some(unit) = outcome.units.get(unit) else { continue };
            let module = outcome.modules_of(unit).into_iter().find(|it| it.path == unmet.condition.path);
            let Some(module) = module else { continue };
            let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            let span = Span::new(module.file, offset(unmet.condition.start), offset(unmet.condition.end));
            let (file, at) = outcome.sources.locate(span);
            let text = module.text.get(unmet.condition.start..unmet.condition.end).unwrap_or_default();
            let words: Vec<&str> = text.split_whitespace().collect();
            let condition: String = words.join(" ").chars().take(80).collect();
            open.push(Open {
                file: file.to_owned(),
                line: at.line,
                column: at.column,
                condition,
                outcome: unmet.outcome,
            });
        }
        open.sort();
        open.dedup();
        Coverage { outcomes, open }
    }
}
