//! The legacy edge against the migrated one, on the same exchanges.
//!
//! Nothing here reads the compiler: requests are mined from raw tokens, the legacy side runs in a script engine behind a
//! platform model written from documentation, and the comparison knows only exchanges. An exchange on which the legacy
//! side fails or an engine is undecided is counted apart and never as agreement.

pub mod cloudfront_functions;
pub mod compare;
pub mod counters;
pub mod curl;
pub mod engine;
pub mod mine;
pub mod node;
mod program;
pub mod quickjs;
mod random;
pub mod shrink;
pub mod workerd;

use compare::{Difference, Profile, Verdict};
use interp::exchange::{Exchange, Outcome};

/// One side of a comparison.
pub trait Edge {
    /// What this edge makes of an exchange.
    fn run(&mut self, exchange: &Exchange) -> Outcome;

    /// Whether its earlier outcomes may be wrong and must be asked again (see [`engine::Runner::distrusts_itself`]).
    fn distrusts_itself(&self) -> bool {
        false
    }
}

/// An exchange on which the sides differ.
#[derive(Clone, Debug)]
pub struct Divergence {
    /// The exchange.
    pub exchange: Exchange,
    /// What the legacy side made of it.
    pub legacy: Outcome,
    /// What the new side made of it.
    pub new: Outcome,
    /// The fields that differ.
    pub differences: Vec<Difference>,
}

/// The sum of a comparison. The counts add up to `exchanges`.
#[derive(Clone, Default, Debug)]
pub struct Summary {
    /// How many exchanges were run.
    pub exchanges: usize,
    /// On how many the sides agree.
    pub agreements: usize,
    /// On how many the legacy side fails: set aside by the profile.
    pub legacy_failures: usize,
    /// On how many one side has no answer.
    pub undecided: usize,
    /// Why, the first words met of each kind, with their counts.
    pub reasons: std::collections::BTreeMap<String, usize>,
    /// The exchanges on which the sides differ.
    pub divergences: Vec<Divergence>,
}

/// Runs every exchange on both sides and compares.
pub fn run<'a>(
    legacy: &mut dyn Edge,
    new: &mut dyn Edge,
    exchanges: impl IntoIterator<Item = &'a Exchange>,
    profile: &Profile,
) -> Summary {
    let exchanges: Vec<&Exchange> = exchanges.into_iter().collect();
    let trusted = legacy.distrusts_itself() || new.distrusts_itself();
    let summary = run_once(legacy, new, &exchanges, profile);
    // An engine that caught itself in a wrong answer answers from fresh contexts from then on.
    if !trusted && (legacy.distrusts_itself() || new.distrusts_itself()) {
        return run_once(legacy, new, &exchanges, profile);
    }
    summary
}

fn run_once(legacy: &mut dyn Edge, new: &mut dyn Edge, exchanges: &[&Exchange], profile: &Profile) -> Summary {
    let mut summary = Summary { exchanges: exchanges.len(), ..Summary::default() };
    for exchange in exchanges {
        let (old, answer) = (legacy.run(exchange), new.run(exchange));
        match compare::compare(profile, exchange, &old, &answer) {
            Verdict::Agrees => summary.agreements += 1,
            Verdict::LegacyFailure(words) => {
                summary.legacy_failures += 1;
                *summary.reasons.entry(words).or_default() += 1;
            }
            Verdict::Undecided(words) => {
                summary.undecided += 1;
                *summary.reasons.entry(words).or_default() += 1;
            }
            Verdict::Differs(differences) => {
                summary.divergences.push(Divergence {
                    exchange: (*exchange).clone(),
                    legacy: old,
                    new: answer,
                    differences,
                });
            }
        }
    }
    summary
}
