//! What placement reads beside the program, and what it answers. Plain data: every decision carries its reason.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use edge::{Place, Slot, Why};
use source::Span;
use target::limits::Limit;
use target::plan::Plan;
use target::ruleset::{Account, ZoneRules};

/// Where one hook runs; `place` takes one for every hook of the program, in their order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Site {
    /// The zone.
    pub zone: String,
    /// The hosts, exact or `*.name`; empty: nothing attaches the hook and its rules have no host condition.
    pub hosts: Vec<String>,
    /// Path patterns under which it runs; empty: every path.
    pub routes: Vec<Route>,
    /// A stable key of the source for identifiers.
    pub source: Arc<str>,
}

/// One cache behavior's share of the paths.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Route {
    /// The platform's path pattern; `None` takes every path.
    pub pattern: Option<String>,
    /// Patterns that are tried before and take their paths away.
    pub excluded: Vec<String>,
}

/// The class of a header's first line that takes the others with it.
pub(crate) const REPEATED_KEY: &str = "repeated-key";
/// The class of a `Location` that is absolute where the source's is relative.
pub(crate) const LOCATION_FORM: &str = "location-form";
/// The class of an answer whose headers or body are more than a rule carries.
pub(crate) const ANSWER_HEADERS: &str = "answer-headers";
/// The class of a query whose arguments stand in another order or form.
pub(crate) const QUERY_ORDER: &str = "query-order";
/// The member by which no computed path leads under `/cdn-cgi/`.
pub(crate) const RESERVED_PATHS: &str = "reserved-paths";
/// The member by which a hook that runs on a miss may run on every request.
pub(crate) const MISS_HOOKS: &str = "miss-hooks";
/// The classes of approximation that are offered.
pub const CLASSES: &[&str] = &[ANSWER_HEADERS, LOCATION_FORM, QUERY_ORDER, REPEATED_KEY];
/// The members of the profile that placement rests on, besides the open facts by their names.
pub const MEMBERS: &[&str] = &[
    "block-page",
    "documented-behavior",
    "domain-facts",
    "geo-database",
    "legacy-failures",
    MISS_HOOKS,
    RESERVED_PATHS,
    "viewer-response-runs-below-400",
];

/// What the user decided.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Options {
    /// The plan of the zones.
    pub plan: Plan,
    /// Numbers that replace those of the plan.
    pub overrides: BTreeMap<Limit, u64>,
    /// Accepted classes of approximation.
    pub accept: BTreeSet<String>,
    /// Members of the profile that are switched off, by the name that an assumption has; what rests on one becomes code.
    /// `documented-behavior` stands for every open fact.
    pub profile_off: BTreeSet<String>,
}

impl Default for Options {
    fn default() -> Options {
        Options { plan: Plan::Pro, overrides: BTreeMap::new(), accept: BTreeSet::new(), profile_off: BTreeSet::new() }
    }
}

/// The unit that reports count: one exit or one guarded update.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Part {
    /// The exit of this position.
    Exit(usize),
    /// The arm of this position in a slot's chain.
    Update(Slot, usize),
}

/// How far the output is known to act like the input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fidelity {
    /// On every request.
    Exact,
    /// Under the named members of the profile and facts.
    Assumed(Vec<String>),
    /// Up to the named classes, which the user accepted.
    Approximate(Vec<String>),
}

/// Why a behavior is where it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reason {
    /// The finding that explains it.
    pub code: &'static diag::Code,
    /// The case at hand.
    pub message: String,
}

/// One behavior and its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Behavior {
    /// A stable identifier.
    pub id: String,
    /// The hook, by position in the program.
    pub hook: usize,
    /// Which part of it.
    pub part: Part,
    /// What it does, in a few words.
    pub summary: String,
    /// The place.
    pub verdict: Place,
    /// The products that carry it.
    pub products: Vec<&'static str>,
    /// References of its rules; for a list's items the reference of the rule that asks the list.
    pub refs: Vec<String>,
    /// The least plan that has what the rules need.
    pub minimum_plan: Plan,
    /// How equal it is.
    pub fidelity: Fidelity,
    /// Classes that would let a rule do it, once accepted.
    pub held_back_by: Vec<String>,
    /// Why it is not somewhere cheaper.
    pub reasons: Vec<Reason>,
    /// Its constructs.
    pub why: Why,
    /// The statement, for exits; the function's beginning for updates.
    pub span: Span,
    /// The chain of hooks that it was placed in, by position, and which part of that.
    pub in_chain: (usize, Part),
}

/// The code of one zone.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorkerPart {
    /// The zone.
    pub zone: String,
    /// Hooks that stay code, ascending.
    pub hooks: Vec<usize>,
    /// The path patterns those hooks run under; empty: every path.
    pub routes: Vec<String>,
    /// Hooks whose code is needed under these beginnings of a path only, in place of every path.
    pub narrowed: BTreeMap<usize, Vec<String>>,
    /// Whether the Worker marks its own answers with [`ANSWER_MARK`], which response rules of the zone ask for.
    pub mark_answers: bool,
    /// Why there is code at all, each reason once.
    pub because: Vec<Reason>,
}

/// The header of a Worker's own answers; its value is `1`.
pub const ANSWER_MARK: &str = "x-migrate-answer";

/// Where everything went.
#[derive(Clone, Debug, Default)]
pub struct Placement {
    /// The behaviors, by hook, exits before updates.
    pub behaviors: Vec<Behavior>,
    /// The rules, by name of the zone.
    pub zones: Vec<ZoneRules>,
    /// Bulk redirects.
    pub account: Account,
    /// The remaining code, by name of the zone.
    pub workers: Vec<WorkerPart>,
    /// Findings.
    pub diagnostics: Vec<diag::Diagnostic>,
}
