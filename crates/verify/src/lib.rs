//! The legacy edge against the migrated one, on the same exchanges.
//!
//! Nothing here reads the compiler: requests are mined from raw tokens, the legacy side runs in a script engine behind a
//! platform model written from documentation, and the comparison knows only exchanges. An exchange on which the legacy
//! side fails or an engine is undecided is counted apart and never as agreement.

mod accepted;
pub mod cloudfront_edge;
pub mod cloudfront_functions;
pub mod compare;
pub mod counters;
pub mod curl;
pub mod engine;
pub mod lambda_edge;
pub mod mine;
pub mod node;
mod program;
pub mod quickjs;
mod random;
pub mod seen;
pub mod shrink;
pub mod workerd;

use std::collections::BTreeMap;

use compare::{Difference, Profile, Verdict};
use interp::exchange::{Exchange, Outcome};
use seen::Member;

/// What decided an exchange on the new side.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Decider {
    /// Rules alone.
    Rules,
    /// Code that was printed from what is understood of the function.
    Printed,
    /// The user's own code behind the runtime: it agrees by construction where the runtime does.
    Adapted,
}

impl Decider {
    /// The word in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Decider::Rules => "rules",
            Decider::Printed => "printed",
            Decider::Adapted => "adapted",
        }
    }
}

/// One side of a comparison.
pub trait Edge {
    /// What this edge makes of an exchange.
    fn run(&mut self, exchange: &Exchange) -> Outcome;

    /// What decided the exchange that ran last.
    fn decider(&self) -> Decider {
        Decider::Rules
    }

    /// Whether its earlier outcomes may be wrong and must be asked again (see [`engine::Runner::distrusts_itself`]).
    fn distrusts_itself(&self) -> bool {
        false
    }
}

/// An outcome and what decided it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The outcome.
    pub outcome: Outcome,
    /// What decided it.
    pub decider: Decider,
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

/// Exchanges that one kind of output decided.
#[derive(Copy, Clone, PartialEq, Eq, Default, Debug)]
pub struct Decided {
    /// How many.
    pub exchanges: usize,
    /// On how many the sides differ.
    pub divergences: usize,
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
    /// On how many the sides differ only because a Worker is shown less, or as an accepted class says: set aside, by member.
    pub set_aside: BTreeMap<Member, usize>,
    /// Agreements and differences by what decided them on the new side.
    pub decided_by: BTreeMap<Decider, Decided>,
    /// Why, the first words met of each kind, with their counts.
    pub reasons: BTreeMap<String, usize>,
    /// The exchanges on which the sides differ.
    pub divergences: Vec<Divergence>,
}

/// Runs every exchange on one side, again if the engine caught itself in a wrong answer: from then on it answers from
/// fresh contexts.
pub fn answers(edge: &mut dyn Edge, exchanges: &[&Exchange]) -> Vec<Answer> {
    let trusted = !edge.distrusts_itself();
    let once = |edge: &mut dyn Edge| -> Vec<Answer> {
        let one = |it: &&Exchange| {
            let outcome = edge.run(it);
            Answer { outcome, decider: edge.decider() }
        };
        exchanges.iter().map(one).collect()
    };
    let first = once(edge);
    if trusted && edge.distrusts_itself() { once(edge) } else { first }
}

/// Compares the outcomes of both sides, exchange by exchange; the verdicts are in the order of the exchanges. A difference
/// is tried again with the sides that gave the answers: with what a Worker is shown where code decided, and without what an
/// accepted class is about.
pub fn judge(
    exchanges: &[&Exchange],
    legacy: &[Answer],
    new: &[Answer],
    profile: &Profile,
    (legacy_edge, new_edge): (&mut dyn Edge, &mut dyn Edge),
) -> (Summary, Vec<Verdict>) {
    let mut summary = Summary { exchanges: exchanges.len(), ..Summary::default() };
    let mut verdicts = Vec::with_capacity(exchanges.len());
    for ((exchange, old), answer) in exchanges.iter().zip(legacy).zip(new) {
        let mut verdict = compare::compare(profile, exchange, &old.outcome, &answer.outcome);
        if matches!(verdict, Verdict::Differs(_))
            && answer.decider != Decider::Rules
            && let Some(member) = shown_less(exchange, answer, profile, legacy_edge)
        {
            verdict = Verdict::SetAside(member);
        }
        if let Verdict::Differs(differences) = &verdict
            && let Some(class) =
                accepted::class_of(exchange, differences, &answer.outcome, profile, (&mut *legacy_edge, &mut *new_edge))
        {
            verdict = Verdict::SetAside(class);
        }
        match &verdict {
            Verdict::Agrees => {
                summary.agreements += 1;
                summary.decided_by.entry(answer.decider).or_default().exchanges += 1;
            }
            Verdict::LegacyFailure(words) => {
                summary.legacy_failures += 1;
                *summary.reasons.entry(words.clone()).or_default() += 1;
            }
            Verdict::SetAside(member) => *summary.set_aside.entry(*member).or_default() += 1,
            Verdict::Undecided(words) => {
                summary.undecided += 1;
                *summary.reasons.entry(words.clone()).or_default() += 1;
            }
            Verdict::Differs(differences) => {
                let decided = summary.decided_by.entry(answer.decider).or_default();
                decided.exchanges += 1;
                decided.divergences += 1;
                summary.divergences.push(Divergence {
                    exchange: (*exchange).clone(),
                    legacy: old.outcome.clone(),
                    new: answer.outcome.clone(),
                    differences: differences.clone(),
                });
            }
        }
        verdicts.push(verdict);
    }
    (summary, verdicts)
}

/// Whether the legacy side, shown what a Worker is shown, agrees with the Worker.
fn shown_less(exchange: &Exchange, new: &Answer, profile: &Profile, legacy: &mut dyn Edge) -> Option<Member> {
    seen::variants(exchange).into_iter().find_map(|(member, shown)| {
        let old = legacy.run(&shown);
        match compare::compare(profile, &shown, &old, &new.outcome) {
            Verdict::Agrees | Verdict::LegacyFailure(_) => Some(member),
            Verdict::Undecided(_) | Verdict::Differs(_) | Verdict::SetAside(_) => None,
        }
    })
}

/// Runs every exchange on both sides and compares.
pub fn run<'a>(
    legacy: &mut dyn Edge,
    new: &mut dyn Edge,
    exchanges: impl IntoIterator<Item = &'a Exchange>,
    profile: &Profile,
) -> Summary {
    let exchanges: Vec<&Exchange> = exchanges.into_iter().collect();
    let (old, fresh) = (answers(legacy, &exchanges), answers(new, &exchanges));
    judge(&exchanges, &old, &fresh, profile, (legacy, new)).0
}
