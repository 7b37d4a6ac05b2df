//! `place`: afterwards every behavior has its cheapest sound place, and every zone its rules.
//!
//! Each behavior is drafted by itself once; then order, neighbors and quotas move behaviors to the Worker until nothing moves any
//! more. A behavior never moves back, so this ends.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these matches look for one shape; whatever else there is or will be is refused or says nothing"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use edge::{ExitKind, ExprId, FieldKind, Hook, Node, Place, Program, Store};
use target::accept::list_problems;
use target::lang::{self, Expr, Set};
use target::limits::{Limit, Limits};
use target::phase::Phase;
use target::ruleset::{Account, Action, BulkList, ListKey, Rule, ZoneRules};

use crate::chains::Chains;
use crate::disjoint::literals;
use crate::draft::{self, DraftAction, Drafts, Shared};
use crate::facts::Facts;
use crate::fit::{self, Owned};
use crate::normalize::{denies, fails, keeps_failures, normalize};
use crate::placement::{CLASSES, MISS_HOOKS};
use crate::{
    Behavior, Fidelity, Options, Part, Placement, Reason, Site, exits, field, findings, mark, route, strengthen,
    unchanged, workers,
};

/// What is known of one zone before anything is placed.
#[derive(Default)]
struct Zone {
    hooks: Vec<usize>,
    written: BTreeSet<(FieldKind, Option<String>)>,
    rewritten: bool,
}

/// Rules with the name of their zone.
type ZoneRule = (String, Owned);
/// A list with the behavior it is of.
type OwnedList = (usize, BulkList);

struct Work<'a> {
    chains: &'a Chains,
    /// The hooks, with guards and values as plain as they get.
    hooks: Arc<[Hook]>,
    sites: &'a [Site],
    options: &'a Options,
    limits: Limits,
    store: Store,
    zones: BTreeMap<String, Zone>,
    behaviors: Vec<Behavior>,
    /// The behaviors of each hook.
    by_hook: Vec<Vec<usize>>,
    drafts: Vec<Option<Drafts>>,
    /// Negated exits, by behavior.
    negated: BTreeMap<usize, Vec<usize>>,
}

/// Places every behavior of a program. There is one site per hook, in their order; a hook without one stays code.
#[must_use]
pub fn place(program: &Program, sites: &[Site], options: &Options) -> Placement {
    place_chains(&Chains::of(program, sites), options)
}

/// Places every behavior of chains of hooks; what comes out names the hooks of the program and their parts.
#[must_use]
pub fn place_chains(chains: &Chains, options: &Options) -> Placement {
    let mut placement = of_chains(chains, options);
    for behavior in &mut placement.behaviors {
        behavior.in_chain = (behavior.hook, behavior.part);
        if let Some((hook, part)) = chains.origin(behavior.hook, behavior.part) {
            (behavior.hook, behavior.part) = (hook, part);
        }
    }
    placement.behaviors.sort_by_key(|it| (it.hook, it.part));
    for part in &mut placement.workers {
        let narrowed = std::mem::take(&mut part.narrowed);
        for (chain, paths) in narrowed {
            for hook in chains.hooks_of(&[chain]) {
                part.narrowed.insert(hook, paths.clone());
            }
        }
        part.hooks = chains.hooks_of(&part.hooks);
    }
    placement
}

fn of_chains(chains: &Chains, options: &Options) -> Placement {
    let sites = chains.sites.as_slice();
    let behaviors = normalize(&chains.store, &chains.hooks, sites);
    let mut zones: BTreeMap<String, Zone> = BTreeMap::new();
    for (at, (hook, site)) in chains.hooks.iter().zip(sites).enumerate() {
        let zone = zones.entry(site.zone.clone()).or_default();
        zone.hooks.push(at);
        zone.written.extend(field::changes(hook, &chains.store));
        zone.rewritten =
            zone.written.iter().any(|it| matches!(it.0, FieldKind::Path | FieldKind::Query | FieldKind::ArgFirst));
    }
    let mut store = chains.store.clone();
    let hooks = plainer(&mut store, &chains.hooks, sites);
    let mut work = Work {
        chains,
        hooks,
        store,
        sites,
        options,
        limits: Limits { plan: options.plan, overrides: options.overrides.clone() },
        zones,
        drafts: vec![None; behaviors.len()],
        by_hook: (0..chains.hooks.len()).map(|_| Vec::new()).collect(),
        behaviors,
        negated: BTreeMap::new(),
    };
    for (at, it) in work.behaviors.iter().enumerate() {
        if let Some(of) = work.by_hook.get_mut(it.hook) {
            of.push(at);
        }
    }
    work.draft();
    let against = work.answered_before_the_origin();
    work.ban_all(against);
    loop {
        let moved = work.neighbors() | work.order();
        if moved {
            continue;
        }
        let rules = work.rules();
        let owned: Vec<Owned> = rules.0.iter().map(|it| it.1.clone()).collect();
        let mut against = fit::unaccepted(&owned, &work.limits);
        against.extend(work.lists_beyond(&rules.1));
        if against.is_empty() {
            against = work.zone_quotas(&rules.0);
        }
        if !work.ban_all(against) {
            return work.finish(rules);
        }
    }
}

/// The hooks with guards and values as plain as they get, for the hosts that a site is known to have. Positions stay: a guard that
/// nothing passes is `false`.
fn plainer(store: &mut Store, hooks: &[Hook], sites: &[Site]) -> Arc<[Hook]> {
    let mut hooks = hooks.to_vec();
    let host = store.read(FieldKind::Host, None);
    for (hook, site) in hooks.iter_mut().zip(sites) {
        let mut facts = Facts::default();
        if !site.hosts.is_empty() && site.hosts.iter().all(|it| !it.starts_with('*')) {
            facts.one_of(host, site.hosts.iter().map(|it| it.to_ascii_lowercase()).collect());
        }
        for exit in &mut hook.exits {
            exit.guard = strengthen::condition(store, exit.guard, &facts, false);
        }
        for arm in hook.updates.values_mut().flatten() {
            arm.guard = strengthen::condition(store, arm.guard, &facts, false);
            let mut under = facts.clone();
            under.learn(store, arm.guard, true);
            arm.value = strengthen::value(store, arm.value, &under, false);
        }
    }
    hooks.into()
}

impl Work<'_> {
    fn draft(&mut self) {
        let hooks = self.hooks.clone();
        for at in 0..self.behaviors.len() {
            let Some((hook_at, part)) = self.behaviors.get(at).map(|it| (it.hook, it.part)) else { continue };
            let (Some(hook), Some(site)) = (hooks.get(hook_at), self.sites.get(hook_at)) else { continue };
            let Some(zone) = self.zones.get(&site.zone) else { continue };
            let shared = Shared {
                limits: &self.limits,
                options: self.options,
                rewritten: zone.rewritten,
                written: &zone.written,
            };
            let store = &mut self.store;
            let drafted = match part {
                Part::Exit(n) => hook.exits.get(n).map(|it| match store.is(it.guard, false) {
                    true => Ok(draft::nothing()),
                    false => draft::exit(&shared, store, site, it, hook.point),
                }),
                Part::Update(slot, n) => {
                    hook.updates.get(&slot).and_then(|it| it.get(n)).map(|it| match store.is(it.guard, false) {
                        true => Ok(draft::nothing()),
                        false => draft::update(&shared, store, slot, it, hook),
                    })
                }
            };
            let drafted = drafted.map(|it| it.and_then(|it| route::condition(site, zone.rewritten).map(|_| it)));
            match drafted {
                Some(Ok(mut drafts)) => {
                    if fails(hook, &self.store) && !keeps_failures(hook, &self.store) {
                        drafts.notes.insert("legacy-failures".into());
                    }
                    if self.chains.is_on_miss(hook_at, part) {
                        drafts.notes.insert(MISS_HOOKS.to_owned());
                    }
                    let unaccepted = drafts.classes.iter().find(|it| !self.options.accept.contains(*it)).cloned();
                    if let Some(class) = unaccepted {
                        if let Some(it) = self.behaviors.get_mut(at) {
                            it.held_back_by.push(class.clone());
                        }
                        let message = format!("a rule is equal up to `{class}`, which is not accepted");
                        self.ban(at, Reason { code: &diag::codes::VALUE_NOT_EXPRESSIBLE, message });
                        continue;
                    }
                    if let Some(off) = drafts.notes.iter().find(|it| switched_off(self.options, it)).cloned() {
                        let code = &diag::codes::ASSUMED_FACT;
                        self.ban(at, Reason { code, message: format!("`{off}` is switched off") });
                    } else if let Some(slot) = self.drafts.get_mut(at) {
                        *slot = Some(drafts);
                    }
                }
                Some(Err(refusal)) => {
                    if let (Some(class), Some(it)) = (refusal.class, self.behaviors.get_mut(at)) {
                        it.held_back_by.push(class.to_owned());
                    }
                    self.ban(at, Reason { code: refusal.code, message: refusal.message });
                }
                None => {}
            }
        }
    }

    fn ban(&mut self, at: usize, reason: Reason) -> bool {
        let had = self.drafts.get_mut(at).and_then(Option::take).is_some();
        if let Some(it) = self.behaviors.get_mut(at)
            && (had || it.reasons.is_empty())
            && !it.reasons.contains(&reason)
        {
            it.reasons.push(reason);
        }
        had
    }

    fn ban_all(&mut self, all: Vec<(usize, Reason)>) -> bool {
        all.into_iter().fold(false, |moved, (at, reason)| self.ban(at, reason) | moved)
    }

    fn of_hook(&self, hook: usize) -> Vec<usize> {
        self.by_hook.get(hook).cloned().unwrap_or_default()
    }

    fn is_code(&self, at: usize) -> bool {
        self.drafts.get(at).is_none_or(Option::is_none)
    }

    /// An answer that is made where the cache has none passes the hooks on the client's side of the response as well. A redirect rule
    /// and a response rule would not meet like that, so both stay with the Worker, which keeps their order.
    fn answered_before_the_origin(&self) -> Vec<(usize, Reason)> {
        let site = |at: usize| self.sites.get(at).map(|it| (it.zone.as_str(), it.hosts.as_slice()));
        let answers = |at: &usize| {
            self.of_hook(*at)
                .iter()
                .filter_map(|it| self.behaviors.get(*it))
                .any(|it| matches!(it.part, Part::Exit(_)) && self.chains.is_on_miss(*at, it.part))
        };
        let answering: Vec<usize> = (0..self.hooks.len()).filter(answers).collect();
        let mut against = Vec::new();
        for (at, members) in self.chains.members.iter().enumerate() {
            let meets: Vec<usize> = answering.iter().copied().filter(|it| site(*it) == site(at)).collect();
            if meets.is_empty() || !members.iter().any(|it| self.chains.is_of_client_response(*it)) {
                continue;
            }
            let message = "an answer that is made before the origin is asked passes the response function too";
            for behavior in meets.into_iter().chain([at]).flat_map(|it| self.of_hook(it)) {
                against.push((behavior, Reason { code: &diag::codes::STAYS_WITH_CODE, message: message.to_owned() }));
            }
        }
        against
    }

    /// The Worker runs a hook's whole function, so it would redo every update of that hook.
    fn neighbors(&mut self) -> bool {
        let mut against = Vec::new();
        let mut code_hooks = BTreeSet::new();
        for (hook_at, all) in self.by_hook.iter().enumerate() {
            if !all.iter().any(|it| self.is_code(*it)) {
                continue;
            }
            code_hooks.insert(hook_at);
            for at in all {
                let drafts = self.drafts.get(*at).and_then(Option::as_ref);
                let settled = drafts.is_some_and(|it| it.settled.is_some());
                if matches!(self.behaviors.get(*at).map(|it| it.part), Some(Part::Update(..)))
                    && !self.is_code(*at)
                    && !settled
                {
                    let message = "the function stays code and would do this again".to_owned();
                    against.push((*at, Reason { code: &diag::codes::STAYS_WITH_CODE, message }));
                }
            }
        }
        // A response function that stays code would see what request rules changed.
        for zone in self.zones.values() {
            let reads = zone.hooks.iter().any(|it| {
                code_hooks.contains(it)
                    && self
                        .hooks
                        .get(*it)
                        .is_some_and(|it| it.point.of_response() && reads_changes(&self.store, it, &zone.written))
            });
            if !reads {
                continue;
            }
            for hook in &zone.hooks {
                for at in self.by_hook.get(*hook).map_or(&[][..], Vec::as_slice) {
                    let request = self.hooks.get(*hook).is_some_and(|it| !it.point.of_response());
                    let update = matches!(self.behaviors.get(*at).map(|it| it.part), Some(Part::Update(..)));
                    if request && update && !self.is_code(*at) {
                        let message = "the response function stays code and may read what this changes".to_owned();
                        against.push((*at, Reason { code: &diag::codes::STAYS_WITH_CODE, message }));
                    }
                }
            }
        }
        self.ban_all(against)
    }

    /// The law of exits; afterwards `negated` says what each exit's rules need.
    fn order(&mut self) -> bool {
        self.negated.clear();
        let mut moved = false;
        let hooks = self.hooks.clone();
        for (hook_at, hook) in hooks.iter().enumerate() {
            if hook.exits.is_empty() {
                continue;
            }
            let read: Vec<_> = hook.exits.iter().map(|it| literals(&self.store, it.guard)).collect();
            let mut index = vec![None; hook.exits.len()];
            let mut phases = vec![None; hook.exits.len()];
            for at in self.of_hook(hook_at) {
                if let Some(Part::Exit(n)) = self.behaviors.get(at).map(|it| it.part)
                    && let (Some(index), Some(phase)) = (index.get_mut(n), phases.get_mut(n))
                {
                    *index = Some(at);
                    *phase = self.drafts.get(at).and_then(Option::as_ref).map(|it| it.phase);
                }
            }
            let needs = exits::negations(hook, &read, &phases, denies(hook, &self.store));
            for (needed, at) in needs.into_iter().zip(index) {
                let Some(at) = at else { continue };
                for earlier in &needed {
                    let Some(guard) = hook.exits.get(*earlier).map(|it| it.guard) else { continue };
                    if self.negation(at, guard).is_none() {
                        let message = "an earlier answer of the function stays behind this place".to_owned();
                        moved |= self.ban(at, Reason { code: &diag::codes::STAYS_IN_WORKER_EXIT_ORDER, message });
                        break;
                    }
                }
                if !needed.is_empty() {
                    self.negated.insert(at, needed);
                }
            }
        }
        moved
    }

    /// The negated guard in the phase of an exit, where the guard of that exit holds.
    fn negation(&mut self, at: usize, guard: ExprId) -> Option<Expr> {
        let (hook, part) = self.behaviors.get(at).map(|it| (it.hook, it.part))?;
        let Part::Exit(exit) = part else { return None };
        let under = self.hooks.get(hook)?.exits.get(exit)?.guard;
        let zone = self.zones.get(&self.sites.get(hook)?.zone)?;
        let shared =
            Shared { limits: &self.limits, options: self.options, rewritten: zone.rewritten, written: &zone.written };
        let phase = self.drafts.get(at)?.as_ref()?.phase;
        let (filter, notes, minimum) = shared.filter(&mut self.store, phase, guard, under).ok()?;
        let (classes, notes): (BTreeSet<String>, BTreeSet<String>) =
            notes.into_iter().partition(|it| CLASSES.contains(&it.as_str()));
        let unaccepted = classes.iter().any(|it| !self.options.accept.contains(it));
        if unaccepted || notes.iter().any(|it| switched_off(self.options, it)) {
            return None;
        }
        let drafts = self.drafts.get_mut(at)?.as_mut()?;
        drafts.classes.extend(classes);
        drafts.notes.extend(notes);
        drafts.minimum = drafts.minimum.max(minimum);
        Some(lang::not(filter))
    }

    /// Rules by zone, and lists with the behavior of each.
    fn rules(&mut self) -> (Vec<ZoneRule>, Vec<OwnedList>) {
        let mut rules = Vec::new();
        let mut lists = Vec::new();
        let names: Vec<String> = self.zones.keys().cloned().collect();
        for name in names {
            let marks = self.marks(&name);
            let Some((hooks, rewritten)) = self.zones.get(&name).map(|it| (it.hooks.clone(), it.rewritten)) else {
                continue;
            };
            let mut zone_rules = Vec::new();
            for hook in hooks {
                let mut all = self.of_hook(hook);
                // Of several writers the last one wins, and of several arms the first one: so arms are written in reverse.
                all.sort_by_key(|at| match self.behaviors.get(*at).map(|it| it.part) {
                    Some(Part::Exit(n)) => (None, n),
                    Some(Part::Update(slot, n)) => (Some(slot), usize::MAX - n),
                    None => (None, usize::MAX),
                });
                for at in all {
                    self.rules_of(at, marks, rewritten, &mut zone_rules, &mut lists);
                }
            }
            rules.extend(unchanged::left_out(fit::merge(zone_rules)).into_iter().map(|it| (name.clone(), it)));
        }
        (rules, lists)
    }

    fn rules_of(
        &mut self,
        at: usize,
        marks: bool,
        rewritten: bool,
        rules: &mut Vec<Owned>,
        lists: &mut Vec<OwnedList>,
    ) {
        let Some(drafts) = self.drafts.get(at).cloned().flatten() else { return };
        let Some((id, hook_at, summary)) =
            self.behaviors.get(at).map(|it| (it.id.clone(), it.hook, it.summary.clone()))
        else {
            return;
        };
        let hooks = self.hooks.clone();
        let (Some(hook), Some(site)) = (hooks.get(hook_at), self.sites.get(hook_at)) else { return };
        let mut parts =
            vec![route::condition(site, rewritten && drafts.phase > Phase::UrlRewrite).unwrap_or(Expr::Bool(false))];
        if marks && drafts.phase.is_response() {
            parts.extend(mark::unmarked());
        }
        let needed = self.negated.get(&at).cloned().unwrap_or_default();
        let guards: Vec<ExprId> = needed.iter().filter_map(|it| hook.exits.get(*it)).map(|it| it.guard).collect();
        let negations: Vec<Expr> =
            guards.into_iter().map(|it| self.negation(at, it).unwrap_or(Expr::Bool(false))).collect();
        let description: String =
            format!("{} {summary}", hook.name).chars().filter(|it| !it.is_control()).take(400).collect();
        for (n, draft) in drafts.rules.into_iter().enumerate() {
            let filter = lang::and(parts.iter().cloned().chain([draft.filter]).chain(negations.iter().cloned()));
            if filter == Expr::Bool(false) {
                continue;
            }
            let suffix = if n == 0 { String::new() } else { format!("_{n}") };
            let (expression, action) = match draft.action {
                DraftAction::Rule(action) => (filter, action),
                DraftAction::Items(items) => {
                    let name = format!("migrate_{id}");
                    let key = if rewritten { ListKey::RawFullUri } else { ListKey::FullUri };
                    lists.push((at, BulkList { name: name.clone(), description: description.clone(), items }));
                    let Some(left) = lang::field(key.field()) else { continue };
                    let asked = Expr::In { left: Box::new(left), set: Set::List(name.clone()) };
                    (lang::and([asked, filter]), Action::RedirectFromList { list: name, key })
                }
            };
            let reference = format!("migrate_{id}{suffix}");
            let rule = Rule { reference, description: description.clone(), expression, action, enabled: true };
            rules.push(Owned { phase: drafts.phase, rule, owners: vec![at] });
        }
    }

    /// Whether response rules of the zone have to leave the Worker's own answers alone.
    fn marks(&self, zone: &str) -> bool {
        let Some(zone) = self.zones.get(zone) else { return false };
        let in_zone = |it: &Behavior| zone.hooks.contains(&it.hook);
        let response = self.drafts.iter().flatten().any(|it| it.phase.is_response());
        let answers = self
            .behaviors
            .iter()
            .enumerate()
            .any(|(at, it)| in_zone(it) && self.is_code(at) && matches!(it.part, Part::Exit(_)));
        response && answers
    }

    fn zone_quotas(&self, rules: &[ZoneRule]) -> Vec<(usize, Reason)> {
        let mut found = Vec::new();
        for zone in self.zones.keys() {
            let own: Vec<Owned> = rules.iter().filter(|it| it.0 == *zone).map(|it| it.1.clone()).collect();
            found.extend(fit::over_quota(&own, &self.limits));
        }
        found
    }

    /// Lists that the product would not take or that are beyond the quota, each whole.
    fn lists_beyond(&self, lists: &[OwnedList]) -> Vec<(usize, Reason)> {
        let mut found = Vec::new();
        let (mut items, mut count) = (0u64, 0u64);
        for (at, list) in lists {
            if let Some(message) = list_problems(list, &self.limits).into_iter().next() {
                found.push((*at, Reason { code: &diag::codes::TABLE_NOT_EXPRESSIBLE, message }));
                continue;
            }
            let (more, most) = (list.items.len() as u64, self.limits.get(Limit::BulkRedirectItems));
            if items + more > most || count + 1 > self.limits.get(Limit::BulkRedirectLists) {
                let message =
                    format!("the table has {more} redirects; the plan {} has {most} in all", self.limits.plan);
                found.push((*at, Reason { code: &diag::codes::OVER_QUOTA, message }));
                continue;
            }
            items += more;
            count += 1;
        }
        found
    }

    /// A class is no help for an update of a hook that stays code for other reasons.
    fn offers(&mut self) {
        let code = |it: &&Behavior| it.verdict == Place::Worker && it.held_back_by.is_empty();
        let stays: BTreeSet<usize> = self
            .behaviors
            .iter()
            .filter(code)
            .filter(|it| !it.reasons.iter().all(|it| it.code.id == diag::codes::STAYS_WITH_CODE.id))
            .map(|it| it.hook)
            .collect();
        for it in &mut self.behaviors {
            if stays.contains(&it.hook) && matches!(it.part, Part::Update(..)) {
                it.held_back_by.clear();
            }
        }
    }

    fn finish(mut self, (rules, lists): (Vec<ZoneRule>, Vec<OwnedList>)) -> Placement {
        let redirecting: BTreeSet<String> = rules
            .iter()
            .filter(|it| matches!(it.1.phase, Phase::DynamicRedirect | Phase::BulkRedirect))
            .map(|it| it.0.clone())
            .collect();
        for (zone, owned) in &rules {
            for owner in &owned.owners {
                let Some((it, drafts)) =
                    self.behaviors.get_mut(*owner).zip(self.drafts.get_mut(*owner).and_then(Option::as_mut))
                else {
                    continue;
                };
                if owned.phase.is_response() && redirecting.contains(zone) {
                    drafts.notes.insert("fact-1".into());
                }
                it.verdict = Place::Rule;
                it.products = vec![owned.phase.row().product];
                it.refs.push(owned.rule.reference.clone());
                it.minimum_plan = drafts.minimum;
                it.fidelity = if !drafts.classes.is_empty() {
                    Fidelity::Approximate(drafts.classes.iter().cloned().collect())
                } else if drafts.notes.is_empty() {
                    Fidelity::Exact
                } else {
                    Fidelity::Assumed(drafts.notes.iter().cloned().collect())
                };
            }
        }
        for (at, it) in self.behaviors.iter_mut().enumerate() {
            let Some(drafts) = self.drafts.get(at).and_then(Option::as_ref) else { continue };
            if it.verdict != Place::Worker {
                continue;
            }
            // Every alternative is excluded by the site or by itself: no rule is needed.
            it.verdict = Place::Dead;
            if let Some((place, reason)) = &drafts.settled {
                it.verdict = *place;
                it.reasons.push(reason.clone());
                if !drafts.notes.is_empty() {
                    it.fidelity = Fidelity::Assumed(drafts.notes.iter().cloned().collect());
                }
            }
        }
        self.offers();
        let rewriting: BTreeSet<&String> =
            rules.iter().filter(|it| it.1.phase == Phase::UrlRewrite).map(|it| &it.0).collect();
        let mut workers = Vec::new();
        let mut diagnostics = findings::of_behaviors(&self.store, &self.hooks, &self.behaviors);
        for (name, zone) in &self.zones {
            let code = workers::Code {
                store: &self.store,
                hooks: &self.hooks,
                sites: self.sites,
                behaviors: &self.behaviors,
                rewrites: rewriting.contains(name),
            };
            if let Some(mut part) = code.part(name, &zone.hooks) {
                part.mark_answers = self.marks(name);
                diagnostics.extend(code.everywhere(&part));
                workers.push(part);
            }
        }
        let mut zones: BTreeMap<String, ZoneRules> = BTreeMap::new();
        let mut account = Account { bulk_rules: Vec::new(), lists: lists.into_iter().map(|it| it.1).collect() };
        for name in self.zones.keys() {
            zones.insert(name.clone(), ZoneRules { name: name.clone(), phases: BTreeMap::new() });
        }
        for (zone, owned) in rules {
            if owned.phase == Phase::BulkRedirect {
                account.bulk_rules.push(owned.rule);
            } else if let Some(it) = zones.get_mut(&zone) {
                it.phases.entry(owned.phase).or_default().push(owned.rule);
            }
        }
        mark::taken_off(&mut zones, &workers, self.limits.rules(Phase::ResponseHeaders));
        Placement { behaviors: self.behaviors, zones: zones.into_values().collect(), account, workers, diagnostics }
    }
}

fn switched_off(options: &Options, note: &str) -> bool {
    let documented = note.starts_with("fact-") || note == "viewer-response-runs-below-400";
    options.profile_off.contains(note) || (documented && options.profile_off.contains("documented-behavior"))
}

/// Whether a hook may read something that a request hook changes; code may read anything.
fn reads_changes(store: &Store, hook: &edge::Hook, written: &BTreeSet<(FieldKind, Option<String>)>) -> bool {
    let mut pending: Vec<ExprId> = Vec::new();
    for exit in &hook.exits {
        pending.push(exit.guard);
        pending.extend(exit.also.iter().map(|it| it.1));
        match &exit.kind {
            ExitKind::Redirect { status: _, to } => pending.push(*to),
            ExitKind::Respond { status, body } => pending.extend([*status, *body]),
            ExitKind::PlatformError(_) => {}
        }
    }
    pending.extend(hook.updates.values().flatten().flat_map(|it| [it.guard, it.value]));
    let mut seen = BTreeSet::new();
    while let Some(id) = pending.pop() {
        if !seen.insert(id) {
            continue;
        }
        match store.node(id) {
            Node::Code(..) if !written.is_empty() => return true,
            Node::Read(it) if field::touched(written, it.kind, it.name.map(|it| &**store.str(it))) => return true,
            _ => pending.extend(store.children(id)),
        }
    }
    false
}
