//! Both edges of one outcome: the user's functions behind the platform model, and the emitted rules with the emitted Worker.
//!
//! The legacy side runs in QuickJS, and where asked in node as well, which must answer alike. The new side is the rules
//! machine around the Worker in workerd. What has no answer on one side is undecided, never agreement.

mod coverage;
mod credentials;
mod legacy;
mod new;
mod project_tests;
mod search;
mod witnesses;
mod workers;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use edge::{ExitKind, Node};
use interp::exchange::{Exchange, Outcome as Answer};
use pipeline::Outcome;
use verify::compare::{Profile, Verdict};
use verify::engine::Engine;
use verify::seen::Member;
use verify::{Decider, Summary, mine};

use search::Search;

pub use coverage::{CountedZone, Coverage, Open};
pub use legacy::LegacyZone;
pub use new::NewZone;
pub use project_tests::project_tests;
pub use witnesses::{Witness, witnesses};
pub use workers::{Worker, Workers};

/// Rounds of further mining for outcomes of conditions that are not met.
const ROUNDS: u64 = 3;

/// Exchanges that are tried with tokens in the place of their values.
const SHAPED: usize = 200;

/// What one zone's comparison gave.
#[derive(Debug)]
pub struct Compared {
    /// The zone.
    pub zone: String,
    /// The counts and the divergences.
    pub summary: Summary,
    /// The verdict on each exchange.
    pub verdicts: Vec<Verdict>,
    /// The answer of the legacy side to each exchange.
    pub legacy: Vec<verify::Answer>,
    /// What decided each exchange on the new side.
    pub deciders: Vec<Decider>,
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

/// The zones of an outcome that have functions, in order.
#[must_use]
pub fn zones(outcome: &Outcome) -> Vec<String> {
    let mut all: Vec<String> = outcome.hooks.iter().map(|it| it.site.zone.clone()).collect();
    all.sort();
    all.dedup();
    all
}

/// Exchanges mined from the texts of a zone's functions; those for hosts that are not the zone's reach neither edge. Where
/// they leave an outcome of a condition unmet, more are mined and those are kept that meet one.
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
    let patterns: BTreeSet<&str> =
        hooks().flat_map(|it| &it.site.routes).filter_map(|it| it.pattern.as_deref()).collect();
    let patterns: Vec<&str> = patterns.into_iter().collect();
    let mined = |seed: u64| {
        let mut mined = mine::mine(&texts, &named, count, seed);
        mined.retain(|it| serves(&hosts, &it.request.host));
        // A function behind a path pattern is met below it.
        for (at, it) in mined.iter_mut().enumerate() {
            let pattern = patterns.get((at / 3) % patterns.len().max(1)).copied().filter(|_| at % 3 == 0);
            if let Some(path) = pattern.and_then(|pattern| below(pattern, &it.request.path)) {
                it.request.path = path;
            }
        }
        let mut seen = HashSet::with_capacity(mined.len());
        mined.retain(|it| seen.insert(it.clone()));
        mined
    };
    let mut all = mined(seed);
    let Ok(mut counted) = CountedZone::load(outcome, zone) else { return all };
    let mut stock = mine::Stock::new(&texts, &named, seed);
    let mut stocked = |all: &mut Vec<Exchange>, counted: &mut CountedZone| {
        if !stock.is_asked() {
            return;
        }
        for it in all.iter_mut() {
            stock.fill(it, &mut |exchange| counted.asks(exchange));
        }
        let mut seen = HashSet::with_capacity(all.len());
        all.retain(|it| seen.insert(it.clone()));
    };
    stocked(&mut all, &mut counted);
    let mut search = Search::default();
    for it in &all {
        search.run(&mut counted, it);
    }
    search.seen.extend(all.iter().cloned());
    let mut open = counted.open(&search.met);
    // What the conditions compared says what would turn them; then chance.
    for round in 0..=ROUNDS {
        let candidates = if round == 0 {
            let mut turned = search.turned();
            turned.extend(all.iter().take(SHAPED).flat_map(search::with_tokens));
            if let Some(plain) = all.first() {
                turned.extend(search::with_lengths(plain, &mine::lengths(&texts)));
                turned.extend(search::with_hosts(plain));
            }
            turned
        } else {
            let mut more = mined(seed.wrapping_add(round << 32));
            stocked(&mut more, &mut counted);
            more
        };
        for it in candidates {
            if open.is_empty() {
                return all;
            }
            if !serves(&hosts, &it.request.host) || !search.seen.insert(it.clone()) {
                continue;
            }
            let hits = search.run(&mut counted, &it);
            if !hits.is_disjoint(&open) {
                open.retain(|it| !hits.contains(it));
                all.push(it.clone());
                // A condition behind the one that turned may compare again.
                for next in search.turned() {
                    if search.seen.insert(next.clone()) {
                        let hits = search.run(&mut counted, &next);
                        if !hits.is_disjoint(&open) {
                            open.retain(|it| !hits.contains(it));
                            all.push(next);
                        }
                    }
                }
            }
        }
    }
    all
}

/// A path that a pattern of a cache behavior takes, made from another path.
fn below(pattern: &str, path: &str) -> Option<String> {
    if fits(Some(pattern), path) {
        return None;
    }
    let (before, after) = pattern.split_once('*')?;
    let before = if before.starts_with('/') { before.to_owned() } else { format!("/{before}") };
    let made = format!("{before}{}{after}", path.trim_start_matches('/'));
    let normal = !made.contains("//") && made.chars().all(|it| it.is_ascii_graphic() && !"?#*".contains(it));
    (normal && fits(Some(pattern), &made)).then_some(made)
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

/// The accepted classes that rules of the zone rest on.
fn accepted(outcome: &Outcome, zone: &str) -> BTreeSet<Member> {
    let of_zone = |it: &&passes::Behavior| outcome.hooks.get(it.hook).is_some_and(|hook| hook.site.zone == zone);
    let classes = outcome.placement.behaviors.iter().filter(of_zone).flat_map(|it| match &it.fidelity {
        passes::Fidelity::Approximate(classes) => classes.as_slice(),
        passes::Fidelity::Exact | passes::Fidelity::Assumed(_) => &[],
    });
    classes.filter_map(|it| Member::of_class(it)).collect()
}

/// Both edges of a zone, ready to run.
pub struct Comparison {
    zone: String,
    legacy: LegacyZone,
    new: NewZone,
    profile: Profile,
}

impl Comparison {
    /// Loads both edges of a zone.
    ///
    /// # Errors
    /// The words of the engine or the machine that cannot run its side.
    pub fn load(outcome: &Outcome, zone: &str, worker: Option<Worker>) -> Result<Comparison, String> {
        Ok(Comparison {
            zone: zone.to_owned(),
            legacy: LegacyZone::load(outcome, zone).map_err(|it| it.to_string())?,
            new: NewZone::load(outcome, zone).map_err(|it| it.to_string())?.with_worker(worker),
            profile: Profile {
                failures_must_deny: denies(outcome, zone),
                accepted: accepted(outcome, zone),
                ..Profile::default()
            },
        })
    }

    /// Runs both edges on exchanges and compares.
    pub fn run(&mut self, exchanges: &[Exchange]) -> Compared {
        let all: Vec<&Exchange> = exchanges.iter().collect();
        let legacy = verify::answers(&mut self.legacy, &all);
        let new = verify::answers(&mut self.new, &all);
        let (summary, verdicts) = verify::judge(&all, &legacy, &new, &self.profile, (&mut self.legacy, &mut self.new));
        let deciders = new.into_iter().map(|it| it.decider).collect();
        Compared { zone: self.zone.clone(), summary, verdicts, legacy, deciders }
    }

    /// Whether the Worker by itself, without the rules around it, gives an answer that the legacy side gave.
    fn worker_gives(&mut self, exchange: &Exchange, legacy: &Answer) -> bool {
        let alone = self.new.worker_alone(exchange);
        alone.is_some_and(|it| verify::compare::compare(&self.profile, exchange, legacy, &it) == Verdict::Agrees)
    }

    /// A smaller exchange on which the sides still differ.
    pub fn shortened(&mut self, exchange: &Exchange) -> Exchange {
        verify::shrink::shrink(exchange, |it| !self.run(std::slice::from_ref(it)).summary.divergences.is_empty())
    }
}

/// Compares one zone without its Worker.
///
/// # Errors
/// The words of the engine or the machine that cannot run its side.
pub fn compare(outcome: &Outcome, zone: &str, exchanges: &[Exchange]) -> Result<Compared, String> {
    Ok(Comparison::load(outcome, zone, None)?.run(exchanges))
}

/// How a second engine's answers stand to those of QuickJS.
#[derive(Clone, Default, Debug)]
pub struct Second {
    /// Exchanges that both engines answered alike; failures count as alike whatever their words.
    pub alike: usize,
    /// Exchanges that neither has an answer to.
    pub undecided: usize,
    /// The exchanges on which the engines disagree, with the answers of QuickJS and of the other.
    pub disagreements: Vec<(Exchange, Answer, Answer)>,
}

/// Asks a second engine the same exchanges.
///
/// # Errors
/// The words of the engine that does not take a function.
pub fn second_opinion(
    outcome: &Outcome,
    zone: &str,
    engine: &dyn Engine,
    exchanges: &[Exchange],
    legacy: &[verify::Answer],
) -> Result<Second, String> {
    let mut other = LegacyZone::load_in(engine, outcome, zone).map_err(|it| it.to_string())?;
    let all: Vec<&Exchange> = exchanges.iter().collect();
    let mut second = Second::default();
    for ((exchange, first), answer) in all.iter().zip(legacy).zip(verify::answers(&mut other, &all)) {
        match (&first.outcome, &answer.outcome) {
            (Answer::Undecided(_), Answer::Undecided(_)) => second.undecided += 1,
            (Answer::Failed(_), Answer::Failed(_)) => second.alike += 1,
            (one, two) if one == two => second.alike += 1,
            (one, two) => second.disagreements.push(((*exchange).clone(), one.clone(), two.clone())),
        }
    }
    Ok(second)
}

/// What the conditions of a zone's source met on the exchanges that both sides ran, and the counters of each exchange.
///
/// # Errors
/// The words of the engine that does not take a function.
pub fn coverage(
    outcome: &Outcome,
    compared: &Compared,
    exchanges: &[Exchange],
) -> Result<(Coverage, Vec<BTreeSet<String>>), String> {
    let mut counted = CountedZone::load(outcome, &compared.zone).map_err(|it| it.to_string())?;
    let mut met = BTreeSet::new();
    let mut of_each = Vec::with_capacity(exchanges.len());
    for (exchange, verdict) in exchanges.iter().zip(&compared.verdicts) {
        let (_, hits) = counted.hits(exchange);
        match verdict {
            Verdict::Agrees | Verdict::Differs(_) | Verdict::LegacyFailure(_) | Verdict::SetAside(_) => {
                met.extend(hits.iter().cloned())
            }
            Verdict::Undecided(_) => {}
        }
        of_each.push(hits);
    }
    Ok((counted.coverage(outcome, &met), of_each))
}

/// How often each behavior of a zone acted on an exchange that both sides decided, and on how many of those they differ.
#[must_use]
pub fn acted(outcome: &Outcome, compared: &Compared, exchanges: &[Exchange]) -> BTreeMap<String, verify::Decided> {
    let mut all: BTreeMap<String, verify::Decided> = BTreeMap::new();
    for ((exchange, verdict), decider) in exchanges.iter().zip(&compared.verdicts).zip(&compared.deciders) {
        let differs = match verdict {
            Verdict::Agrees => false,
            Verdict::Differs(_) => true,
            Verdict::LegacyFailure(_) | Verdict::Undecided(_) | Verdict::SetAside(_) => continue,
        };
        for id in witnesses::acting(outcome, &compared.zone, exchange, *decider) {
            let decided = all.entry(id).or_default();
            decided.exchanges += 1;
            decided.divergences += usize::from(differs);
        }
    }
    all
}
