//! Registration of constructs before evaluation, and what became of each afterwards. The sum is checked against the dumb visitors.

mod flow;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use edge::{ConstructId, Direct, ExitKind, InstanceId, Ledger, Place};
use front_cloud::{Class, CloudFile};
use report::view::{Counts, LedgerKind, LedgerLine, Span as ViewSpan, Verdict};
use source::{FileId, Sources, Span};

use crate::attach::Estate;
use crate::discover::Found;
use crate::evaluate::Evaluated;
use crate::lower::{Modules, kind};

/// Behaviors that one line of the ledger names; more are counted by their function.
const NAMED: usize = 24;

/// The constructs of a run and how to find them.
#[derive(Debug, Default)]
pub(crate) struct Register {
    /// Statements of each file.
    statements: BTreeMap<FileId, Vec<(Span, ConstructId)>>,
    /// What the statements of each file make and use.
    flows: BTreeMap<FileId, Vec<front_js::Flow>>,
    /// Names that files take from others: (file, name) to (other file, its name).
    imported: BTreeMap<(FileId, Arc<str>), (FileId, Arc<str>)>,
    /// Instances of statements, by hook.
    pub(crate) of_hook: Vec<HashMap<Span, InstanceId>>,
    /// Attributes that feed something: the resource they are in decides what.
    fed: Vec<(Span, &'static str, InstanceId)>,
    /// Instances of copies, each with the instance that was analyzed in its place.
    copies: Vec<(InstanceId, InstanceId)>,
    /// What the dumb visitors count.
    dumb: usize,
}

impl Register {
    /// A statement of a file that ran and writes to a variable of the module, with its name.
    pub(crate) fn module_state(&self, file: FileId, ran: &BTreeSet<Span>) -> Option<(Span, Arc<str>)> {
        let found = front_js::module_state(self.flows.get(&file)?, &|it| ran.contains(&it));
        found.map(|(flow, name)| (flow.span, name))
    }

    /// What decides whether a statement is reached: the heads of the statements around it, up to the function, outer ones first.
    pub(crate) fn heads(&self, span: Span, sources: &Sources) -> Vec<Span> {
        let Some(all) = self.flows.get(&span.file) else { return Vec::new() };
        let from = all.partition_point(|it| it.span.start < span.start);
        let same = |at: &usize| all.get(*at).is_some_and(|it| it.span == span);
        let Some(mut at) =
            (from..all.len()).take_while(|it| all.get(*it).is_some_and(|it| it.span.start == span.start)).find(same)
        else {
            return Vec::new();
        };
        let mut out = Vec::new();
        while let Some(outer) = all.get(at).and_then(|it| it.inside) {
            let (Some(inner), Some(around)) = (all.get(at), all.get(outer)) else { break };
            if around.declares_code {
                break;
            }
            let children = || all.iter().filter(|it| it.inside == Some(outer));
            // The word `else` stands between the branches, on a line of its own.
            let before = children().filter(|it| it.span.end <= inner.span.start).map(|it| it.span.end).max();
            let between = before.map(|it| Span::new(span.file, it, inner.span.start));
            if let Some(at) =
                between.and_then(|it| Some(it.start + u32::try_from(sources.text(it).find("else")?).ok()?))
            {
                out.push(Span::new(span.file, at, at + 4));
            }
            let first = children().map(|it| it.span.start).min().unwrap_or(around.span.end);
            let head = Span::new(span.file, around.span.start, first);
            let length = u32::try_from(sources.text(head).trim_end().len()).unwrap_or(0);
            out.push(Span::new(span.file, head.start, head.start + length));
            at = outer;
        }
        out.reverse();
        out
    }

    /// What a statement makes and uses.
    fn flow_of(&self, span: Span) -> Option<&front_js::Flow> {
        let all = self.flows.get(&span.file)?;
        let from = all.partition_point(|it| it.span.start < span.start);
        all.get(from..)?.iter().take_while(|it| it.span.start == span.start).find(|it| it.span == span)
    }
}

/// Registers every construct, and the instances that no hook has.
pub(crate) fn register(
    ledger: &mut Ledger,
    found: &Found,
    clouds: &[CloudFile],
    estate: &Estate,
    modules: &Modules,
    sources: &Sources,
) -> Register {
    let mut out = Register::default();
    for (file, platform) in &found.foreign {
        refused_file(ledger, *file, &format!("{platform} file"), "the platform is not read yet", sources);
        out.dumb += 1;
    }
    let mut broken: BTreeMap<FileId, ConstructId> = BTreeMap::new();
    for file in &modules.broken {
        let missing = estate.units.iter().any(|it| it.file == *file && it.missing.is_some());
        let (what, why) = if missing {
            ("function whose text is not known", "the text is not known")
        } else {
            ("script that does not parse", "the text does not parse")
        };
        let construct = refused_file(ledger, *file, what, why, sources);
        broken.insert(*file, construct);
        out.dumb += 1;
    }
    for cloud in clouds {
        attributes(ledger, cloud, estate, sources, &mut out);
    }
    out.imported = flow::imported(modules);
    for (file, module) in &modules.by_file {
        out.flows.insert(*file, front_js::flow(module));
        let spans = front_js::constructs(module);
        let text = sources.file(*file).text();
        out.dumb += front_js::count::statements(text, kind(sources, *file)).unwrap_or(spans.len());
        let all = spans.into_iter().map(|span| (span, ledger.construct("statement", span))).collect();
        out.statements.insert(*file, all);
    }
    let mut used: BTreeSet<FileId> = BTreeSet::new();
    let mut first_of_unit: BTreeMap<usize, usize> = BTreeMap::new();
    for (at, hook) in estate.hooks.iter().enumerate() {
        let mut instances = HashMap::new();
        if let Some(unit) = estate.units.get(hook.unit) {
            first_of_unit.entry(hook.unit).or_insert(at);
            let context: Arc<str> = Arc::from(format!("{} in {}", unit.name, hook.site.zone));
            for file in modules.closure(unit.file) {
                used.insert(file);
                if let Some(construct) = broken.get(&file) {
                    instances.insert(Span::new(file, 0, 0), ledger.instance(*construct, &context));
                }
                for (span, construct) in out.statements.get(&file).into_iter().flatten() {
                    instances.insert(*span, ledger.instance(*construct, &context));
                }
            }
        }
        out.of_hook.push(instances);
    }
    copies(ledger, estate, &first_of_unit, &mut used, &mut out);
    for (file, all) in &out.statements {
        if !used.contains(file) {
            let context: Arc<str> = Arc::from(sources.file(*file).path());
            for (_, construct) in all {
                let instance = ledger.instance(*construct, &context);
                ledger.settle(instance, Direct::Dead(Arc::from("nothing attaches or imports the file")));
            }
        }
    }
    out
}

fn copies(
    ledger: &mut Ledger,
    estate: &Estate,
    first_of_unit: &BTreeMap<usize, usize>,
    used: &mut BTreeSet<FileId>,
    out: &mut Register,
) {
    for unit in &estate.units {
        let Some(original) = unit.copy_of else { continue };
        let Some(first) = estate.units.get(original) else { continue };
        if !used.insert(unit.file) {
            continue;
        }
        let context: Arc<str> = Arc::from(format!("{}, a copy of {}", unit.name, first.name));
        let instances = first_of_unit.get(&original).and_then(|it| out.of_hook.get(*it));
        for (span, construct) in out.statements.get(&unit.file).into_iter().flatten() {
            let instance = ledger.instance(*construct, &context);
            let there = Span::new(first.file, span.start, span.end);
            match instances.and_then(|it| it.get(&there)) {
                Some(original) => out.copies.push((instance, *original)),
                None => ledger.settle(instance, Direct::Dead(Arc::from("the copy was not analyzed"))),
            }
        }
    }
}

fn refused_file(ledger: &mut Ledger, file: FileId, what: &str, why: &str, sources: &Sources) -> ConstructId {
    let construct = ledger.construct(what, Span::new(file, 0, 0));
    let context: Arc<str> = Arc::from(sources.file(file).path());
    let instance = ledger.instance(construct, &context);
    ledger.settle(instance, Direct::Refused(Arc::from(why)));
    construct
}

fn attributes(ledger: &mut Ledger, cloud: &CloudFile, estate: &Estate, sources: &Sources, out: &mut Register) {
    if cloud.unparsed() {
        refused_file(ledger, cloud.file, "template that is not read", "the file was given up as a whole", sources);
        out.dumb += 1;
        return;
    }
    out.dumb += front_cloud::count::count(sources.file(cloud.file).text(), cloud.format);
    let context: Arc<str> = Arc::from(sources.file(cloud.file).path());
    for it in &cloud.constructs {
        let construct = ledger.construct(it.kind, it.span);
        let instance = ledger.instance(construct, &context);
        match it.class {
            Class::Read { row: _, feeds: _ } => {
                if estate.refused.iter().any(|span| inside(it.span, *span)) {
                    ledger.settle(instance, Direct::Refused(Arc::from("it attaches what is not read yet")));
                } else if let Some(direct) = by_value(it, cloud, estate) {
                    ledger.settle(instance, direct);
                } else {
                    out.fed.push((it.span, it.kind, instance));
                }
            }
            Class::Refused { row: _, later, touches: _ } => {
                ledger.settle(instance, Direct::Refused(Arc::from(format!("not read yet: {later}"))));
            }
            Class::NoEffect { row: _, why } => ledger.settle(instance, Direct::NoEffect(Arc::from(why))),
            Class::Default { row: _, why } => ledger.settle(instance, Direct::Default(Arc::from(why))),
        }
    }
}

/// What an attribute means by what it says, where no behavior carries it.
fn by_value(it: &front_cloud::Construct, cloud: &CloudFile, estate: &Estate) -> Option<Direct> {
    let refused = |why: &str| Some(Direct::Refused(Arc::from(why)));
    match it.kind {
        crate::refuse::POLICY if estate.policies.iter().any(|behavior| inside(it.span, *behavior)) => {
            refused("the redirect from HTTP to HTTPS is a zone setting that is not written yet")
        }
        crate::refuse::POLICY => Some(Direct::Default(Arc::from("both schemes are served"))),
        "distribution.enabled" => {
            let off = cloud.distributions.iter().any(|of| inside(it.span, of.span) && of.enabled == Some(false));
            if off {
                return refused("a distribution that serves nobody; its functions are placed as if it did");
            }
            Some(Direct::Default(Arc::from("a zone serves as soon as it exists")))
        }
        _ => {
            let behaviors = || cloud.distributions.iter().flat_map(|it| &it.behaviors);
            let runs_in =
                |of: &front_cloud::CacheBehavior| estate.hooks.iter().any(|it| it.behaviors.contains(&of.span));
            let idle = |of: &front_cloud::CacheBehavior| {
                if estate.refused.iter().any(|it| inside(*it, of.span)) {
                    return Direct::Refused(Arc::from("the function that runs on the route is not read"));
                }
                Direct::NoEffect(Arc::from("no function runs on the route"))
            };
            // The construct of a behavior is its block, or the key in front of it.
            if it.kind == "distribution.cache_behavior" {
                let after =
                    |of: &&front_cloud::CacheBehavior| of.span.file == it.span.file && of.span.end > it.span.start;
                let own = behaviors().filter(after).min_by_key(|of| of.span.start)?;
                return (own.path_pattern.is_none() && !runs_in(own)).then(|| idle(own));
            }
            let around =
                behaviors().filter(|of| inside(it.span, of.span)).min_by_key(|it| it.span.end - it.span.start)?;
            // The pattern of a route without functions still takes its paths away from the routes after it.
            let takes = it.kind == "distribution.cache_behavior.path_pattern";
            (!runs_in(around) && !takes).then(|| idle(around))
        }
    }
}

fn inside(inner: Span, outer: Span) -> bool {
    inner.file == outer.file && outer.start <= inner.start && inner.end <= outer.end
}

/// What became of everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settled {
    pub(crate) lines: Vec<LedgerLine>,
    pub(crate) ledger: report::view::Ledger,
    /// Constructs of which nobody says what became.
    pub(crate) open: Vec<Span>,
}

/// What of a program carries an instance.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Carried {
    Nothing,
    Failure,
    Behavior,
}

fn carried(program: &edge::Program, instances: usize) -> Vec<Carried> {
    let mut out = vec![Carried::Nothing; instances];
    let (mut failures, mut behaviors) = (Vec::new(), Vec::new());
    for hook in &program.hooks {
        for exit in &hook.exits {
            match exit.kind {
                ExitKind::PlatformError(_) => failures.push(exit.why),
                ExitKind::Redirect { status: _, to: _ } | ExitKind::Respond { status: _, body: _ } => {
                    behaviors.push(exit.why)
                }
            }
        }
        behaviors.extend(hook.updates.values().flatten().map(|it| it.why));
    }
    for (roots, as_what) in [(failures, Carried::Failure), (behaviors, Carried::Behavior)] {
        program.ledger.why.each(&roots, &mut |instance| {
            if let Some(it) = out.get_mut(instance.0 as usize) {
                *it = as_what;
            }
        });
    }
    out
}

/// Settles every instance: by its behaviors, directly, or as what ran without influence or never ran.
pub(crate) fn settle(
    program: &edge::Program,
    register: &Register,
    estate: &Estate,
    evaluated: &Evaluated,
    placement: &passes::Placement,
    sources: &Sources,
    refused: &BTreeMap<usize, passes::Reason>,
) -> Settled {
    let ledger = &program.ledger;
    let mut places: Vec<Option<Place>> = vec![None; ledger.instances.len()];
    let mut carriers: Vec<Vec<u32>> = vec![Vec::new(); ledger.instances.len()];
    let mut reasons: Vec<Option<String>> = vec![None; ledger.instances.len()];
    let mut of_hook: Vec<Vec<u32>> = vec![Vec::new(); estate.hooks.len()];
    for (at, behavior) in placement.behaviors.iter().enumerate() {
        if let Some(list) = of_hook.get_mut(behavior.hook) {
            list.push(u32::try_from(at).unwrap_or(u32::MAX));
        }
    }
    let said = placement.behaviors.iter().enumerate().map(|(at, it)| {
        let number = u32::try_from(at).unwrap_or(u32::MAX);
        (it.why, (it.verdict, vec![number]))
    });
    ledger.why.spread(
        said,
        |(place, numbers), (other, more)| {
            *place = (*place).max(*other);
            numbers.extend(more);
            numbers.sort_unstable();
            numbers.dedup();
            numbers.truncate(NAMED);
        },
        |instance, (place, numbers)| {
            let index = instance.0 as usize;
            if let (Some(at), Some(list)) = (places.get_mut(index), carriers.get_mut(index)) {
                *at = Some(place);
                *list = numbers;
            }
        },
    );
    let carried = carried(program, ledger.instances.len());
    let mut settling = Settling { places: &mut places, carriers: &mut carriers, reasons: &mut reasons };
    for hook in 0..register.of_hook.len() {
        let behaviors = of_hook.get(hook).map_or(&[][..], Vec::as_slice);
        flow::spread(register, evaluated, hook, behaviors, placement, &mut settling);
    }
    let code: BTreeSet<usize> = placement.workers.iter().flat_map(|it| it.hooks.iter().copied()).collect();
    for (hook, instances) in register.of_hook.iter().enumerate() {
        let ran = evaluated.executed.get(hook);
        let partial = evaluated.partial.get(hook).copied().unwrap_or(true);
        let in_code = code.contains(&hook);
        let silent = of_hook.get(hook).is_none_or(Vec::is_empty);
        let lost = refused_behaviors(placement, of_hook.get(hook)).filter(|_| refused.contains_key(&hook));
        let mut sorted: Vec<(&Span, &InstanceId)> = instances.iter().collect();
        sorted.sort_unstable();
        for (span, instance) in sorted {
            let index = instance.0 as usize;
            let Some(place) = settling.places.get_mut(index).filter(|it| it.is_none()) else { continue };
            let may_run = partial || ran.is_some_and(|it| it.contains(span));
            let (settled, why) = match carried.get(index) {
                // The program has a behavior that carries it and no place was said for that one: nobody accounts for it.
                Some(Carried::Behavior) => continue,
                Some(Carried::Failure | Carried::Nothing) | None
                    if register.flow_of(*span).is_some_and(|it| it.empty) =>
                {
                    (Place::NoEffect, "it says nothing at run time")
                }
                // The Worker runs the whole function: whatever the engine may reach is part of it.
                Some(Carried::Failure | Carried::Nothing) | None if in_code && may_run => {
                    (Place::Worker, "it is part of the function that the Worker runs")
                }
                // Nobody writes the function, so nobody knows that what else it does is nothing.
                Some(Carried::Failure | Carried::Nothing) | None if may_run && lost.is_some() => {
                    if let (Some(list), Some(numbers)) = (settling.carriers.get_mut(index), &lost) {
                        list.clone_from(numbers);
                    }
                    (Place::Refused, "it is part of a function whose code is refused")
                }
                Some(Carried::Failure) => (Place::NoEffect, "it only makes the legacy platform fail the request"),
                Some(Carried::Nothing) | None if may_run && silent => {
                    (Place::Default, "the function lets every exchange pass, as it does without rules")
                }
                Some(Carried::Nothing) | None if may_run => (Place::NoEffect, "it runs and contributes to no behavior"),
                Some(Carried::Nothing) | None => (Place::Dead, "it never runs"),
            };
            *place = Some(settled);
            if let Some(reason) = settling.reasons.get_mut(index) {
                *reason = Some(why.to_owned());
            }
        }
    }
    fed(register, estate, placement, &of_hook, &mut settling);
    for (at, instance) in ledger.instances.iter().enumerate() {
        let Some(direct) = &instance.direct else { continue };
        let (place, why) = match direct {
            Direct::NoEffect(why) => (Place::NoEffect, why),
            Direct::Default(why) => (Place::Default, why),
            Direct::Dead(why) => (Place::Dead, why),
            Direct::Refused(why) => (Place::Refused, why),
        };
        if let (Some(slot), Some(reason)) = (places.get_mut(at), reasons.get_mut(at)) {
            *slot = Some(slot.map_or(place, |it| it.max(place)));
            *reason = Some(why.to_string());
        }
    }
    for (copy, original) in &register.copies {
        let (from, to) = (original.0 as usize, copy.0 as usize);
        let place = places.get(from).copied().flatten();
        let list = carriers.get(from).cloned().unwrap_or_default();
        if let (Some(slot), Some(carrier), Some(reason)) =
            (places.get_mut(to), carriers.get_mut(to), reasons.get_mut(to))
        {
            *slot = place;
            *carrier = list;
            *reason = Some("as the function of which it is a copy".to_owned());
        }
    }
    lines(ledger, &places, &carriers, &reasons, register.dumb, placement, sources)
}

/// The refused ones among a hook's behaviors; none: no behavior of it is refused.
fn refused_behaviors(placement: &passes::Placement, of_hook: Option<&Vec<u32>>) -> Option<Vec<u32>> {
    let is_refused = |it: &&u32| placement.behaviors.get(**it as usize).is_some_and(|it| it.verdict == Place::Refused);
    let numbers: Vec<u32> = of_hook?.iter().filter(is_refused).take(NAMED).copied().collect();
    (!numbers.is_empty()).then_some(numbers)
}

/// What is settled so far, by instance.
pub(crate) struct Settling<'a> {
    places: &'a mut [Option<Place>],
    carriers: &'a mut [Vec<u32>],
    reasons: &'a mut [Option<String>],
}

/// Attributes that were read: as the behaviors they feed. What one function of a site loses is no loss of the site's attributes.
fn fed(
    register: &Register,
    estate: &Estate,
    placement: &passes::Placement,
    of_hook: &[Vec<u32>],
    to: &mut Settling<'_>,
) {
    for (span, kind, instance) in &register.fed {
        let index = instance.0 as usize;
        let of_site: Vec<usize> = (0..estate.hooks.len())
            .filter(|it| estate.hooks.get(*it).is_some_and(|it| it.resources.iter().any(|it| inside(*span, *it))))
            .collect();
        // An attribute of one cache behavior feeds the functions that run there; the path pattern of one without functions takes
        // its paths away from the others.
        let here: Vec<usize> = of_site
            .iter()
            .copied()
            .filter(|it| estate.hooks.get(*it).is_some_and(|it| it.behaviors.iter().any(|it| inside(*span, *it))))
            .collect();
        let mut numbers: Vec<u32> = if here.is_empty() { of_site } else { here }
            .into_iter()
            .filter_map(|it| of_hook.get(it))
            .flatten()
            .copied()
            .collect();
        if matches!(*kind, "function.runtime" | "function.config" | "function.key_value_stores") {
            numbers.retain(|it| placement.behaviors.get(*it as usize).is_some_and(|it| it.verdict == Place::Worker));
        }
        let verdicts = || numbers.iter().filter_map(|it| placement.behaviors.get(*it as usize)).map(|it| it.verdict);
        let kept = verdicts().filter(|it| *it != Place::Refused).max();
        let worst = kept.or_else(|| verdicts().max());
        let (Some(place), Some(reason), Some(list)) =
            (to.places.get_mut(index), to.reasons.get_mut(index), to.carriers.get_mut(index))
        else {
            continue;
        };
        *place = Some(worst.unwrap_or(Place::NoEffect));
        *reason = match numbers.len() {
            0 => Some("it was read and feeds no behavior".to_owned()),
            count if count > NAMED => Some(format!("it feeds {count} behaviors")),
            _ => None,
        };
        list.extend(numbers.into_iter().take(NAMED));
    }
}

fn lines(
    ledger: &Ledger,
    places: &[Option<Place>],
    carriers: &[Vec<u32>],
    reasons: &[Option<String>],
    dumb: usize,
    placement: &passes::Placement,
    sources: &Sources,
) -> Settled {
    let mut out = Settled::default();
    let mut of_construct: Vec<Vec<usize>> = vec![Vec::new(); ledger.constructs.len()];
    for (at, instance) in ledger.instances.iter().enumerate() {
        if let Some(list) = of_construct.get_mut(instance.construct.0 as usize) {
            list.push(at);
        }
    }
    let id = |number: &u32| placement.behaviors.get(*number as usize).map(|it| it.id.clone());
    for (at, construct) in ledger.constructs.iter().enumerate() {
        let instances = of_construct.get(at).map(Vec::as_slice).unwrap_or_default();
        let settled: Vec<Option<Place>> = instances.iter().map(|it| places.get(*it).copied().flatten()).collect();
        let worst = if settled.contains(&None) { None } else { settled.iter().flatten().max().copied() };
        let mut named: Vec<u32> = instances.iter().filter_map(|it| carriers.get(*it)).flatten().copied().collect();
        named.sort_unstable();
        named.dedup();
        named.truncate(NAMED);
        let by = instances.iter().find_map(|it| reasons.get(*it).cloned().flatten());
        let line = LedgerLine {
            kind: LedgerKind::Construct,
            id: format!("c{}", at + 1),
            what: construct.kind.to_string(),
            span: ViewSpan::of(construct.span, sources),
            settled: worst.map(verdict),
            behaviors: named.iter().filter_map(id).collect(),
            by: by.filter(|_| named.is_empty()),
        };
        out.ledger.constructs.add(line.settled);
        if worst.is_none() {
            out.open.push(construct.span);
        }
        out.lines.push(line);
        for (ordinal, it) in instances.iter().enumerate() {
            let place = places.get(*it).copied().flatten();
            let named = carriers.get(*it).map(Vec::as_slice).unwrap_or_default();
            let context = ledger.instances.get(*it).map_or("", |it| &it.context);
            out.ledger.instances.add(place.map(verdict));
            out.lines.push(LedgerLine {
                kind: LedgerKind::Instance,
                id: format!("c{}.{}", at + 1, ordinal + 1),
                what: format!("{} of {context}", construct.kind),
                span: ViewSpan::of(construct.span, sources),
                settled: place.map(verdict),
                behaviors: named.iter().take(NAMED).filter_map(id).collect(),
                by: reasons.get(*it).cloned().flatten(),
            });
        }
    }
    missing(&mut out.ledger.constructs, dumb);
    out
}

/// Constructs that the dumb visitors saw and nobody registered are unaccounted; so are those only the readers saw.
fn missing(counts: &mut Counts, dumb: usize) {
    let dumb = u32::try_from(dumb).unwrap_or(u32::MAX);
    let off = dumb.abs_diff(counts.total);
    counts.total = counts.total.max(dumb);
    counts.unaccounted += off;
}

/// The word of a place in the report.
pub(crate) fn verdict(place: Place) -> Verdict {
    match place {
        Place::Dead => Verdict::Dead,
        Place::NoEffect => Verdict::NoEffect,
        Place::Default => Verdict::Default,
        Place::Rule => Verdict::Rule,
        Place::Setting => Verdict::Setting,
        Place::Snippet => Verdict::Snippet,
        Place::Kept => Verdict::Kept,
        Place::Worker => Verdict::Worker,
        Place::Replaced => Verdict::Replaced,
        Place::Refused => Verdict::Refused,
    }
}
