//! Which behaviors rest on the declared default of a variable, and which checks do.
//!
//! A default stands in the text that is evaluated, so the program itself no longer knows it. This follows names: a statement that
//! holds a default, or uses a name that such a statement made, rests on it; so does what stands behind a condition of that kind that
//! decides over a `return`. It may say so where nothing rests on the default, never the other way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use diag::{Diagnostic, codes};
use edge::{ExitKind, Program};
use front_js::Flow;
use passes::{Behavior, Part, Placement};
use source::{FileId, Sources, Span};

use crate::attach::Estate;
use crate::lower::Modules;

/// What rests on one default in one hook.
#[derive(Debug)]
struct Resting {
    name: String,
    /// Where its value stands.
    place: Span,
    statements: BTreeSet<Span>,
    /// Conditions that decide over a jump; what begins behind one rests on it.
    behind: Vec<Span>,
    /// A function that is called decides over a jump: everything rests on it.
    everything: bool,
}

/// The defaults of every hook that has some.
#[derive(Debug, Default)]
pub(crate) struct Defaults(BTreeMap<usize, Vec<Resting>>);

/// Follows the defaults that stand in code.
pub(crate) fn defaults(estate: &Estate, modules: &Modules) -> Defaults {
    let mut out = Defaults::default();
    for (at, hook) in estate.hooks.iter().enumerate() {
        let Some(unit) = estate.units.get(hook.unit).filter(|it| !it.defaults.is_empty()) else { continue };
        let files: Vec<(FileId, Vec<Flow>)> = modules
            .closure(unit.file)
            .into_iter()
            .filter_map(|file| Some((file, front_js::flow(modules.by_file.get(&file)?))))
            .collect();
        let all = unit.defaults.iter().map(|it| {
            let place = Span::new(unit.file, it.start, it.end);
            follow(it.name.clone(), place, &files)
        });
        out.0.insert(at, all.collect());
    }
    out
}

fn follow(name: String, place: Span, files: &[(FileId, Vec<Flow>)]) -> Resting {
    let mut resting = Resting { name, place, statements: BTreeSet::new(), behind: Vec::new(), everything: false };
    let mut names: BTreeSet<Arc<str>> = BTreeSet::new();
    let holder = files.iter().flat_map(|it| &it.1).filter(|it| holds(it.span, place));
    if let Some(it) = holder.min_by_key(|it| it.span.end - it.span.start) {
        resting.statements.insert(it.span);
        names.extend(it.makes.iter().cloned());
    }
    loop {
        let before = (resting.statements.len(), names.len());
        for (_, flows) in files {
            for (at, flow) in flows.iter().enumerate() {
                if flow.uses.iter().any(|it| names.contains(it)) {
                    resting.statements.insert(flow.span);
                }
                if resting.statements.contains(&flow.span) {
                    names.extend(flow.makes.iter().cloned());
                    // What a function returns is what its callers get.
                    names.extend(function_around(flows, at).into_iter().flat_map(|it| it.makes.iter().cloned()));
                }
            }
        }
        if (resting.statements.len(), names.len()) == before {
            break;
        }
    }
    for (_, flows) in files {
        for (at, flow) in flows.iter().enumerate().filter(|(_, it)| resting.statements.contains(&it.span)) {
            // A jump with a default in it is one that is taken anyway; what decides stands around it.
            let decides = flows.iter().enumerate().any(|(inner, it)| it.jumps && stands_in(flows, inner, at));
            if !decides || flow.declares_code {
                continue;
            }
            let in_handler = function_around(flows, at).is_some_and(|it| it.makes.contains("handler"));
            resting.everything |= !in_handler && function_around(flows, at).is_some();
            resting.behind.push(flow.span);
        }
    }
    resting
}

/// The innermost function that a statement stands in.
fn function_around(flows: &[Flow], at: usize) -> Option<&Flow> {
    around(flows, at).filter_map(|it| flows.get(it)).find(|it| it.declares_code)
}

fn stands_in(flows: &[Flow], inner: usize, outer: usize) -> bool {
    around(flows, inner).any(|it| it == outer)
}

fn around(flows: &[Flow], at: usize) -> impl Iterator<Item = usize> + '_ {
    std::iter::successors(flows.get(at).and_then(|it| it.inside), |it| flows.get(*it).and_then(|it| it.inside))
}

fn holds(outer: Span, inner: Span) -> bool {
    inner.file == outer.file && outer.start <= inner.start && inner.end <= outer.end
}

impl Defaults {
    /// Whether a behavior rests on a default of its hook's code.
    pub(crate) fn carry(&self, behavior: &Behavior, program: &Program) -> bool {
        self.of(behavior.hook).iter().any(|it| it.carries(behavior, program))
    }

    fn of(&self, hook: usize) -> &[Resting] {
        self.0.get(&hook).map_or(&[], Vec::as_slice)
    }
}

impl Resting {
    fn carries(&self, behavior: &Behavior, program: &Program) -> bool {
        let here = behavior.span;
        if self.everything || self.behind.iter().any(|it| it.file == here.file && it.start <= here.start) {
            return true;
        }
        let ledger = &program.ledger;
        let mut found = self.statements.contains(&here);
        ledger.why.each(&[behavior.why], &mut |instance| {
            let construct = ledger.instances.get(instance.0 as usize).map(|it| it.construct);
            let span = construct.and_then(|it| ledger.constructs.get(it.0 as usize)).map(|it| it.span);
            found |= span.is_some_and(|it| self.statements.contains(&it));
        });
        found
    }
}

/// Words in the names of what is secret.
const SECRET: [&str; 9] =
    ["password", "passwd", "secret", "token", "credential", "apikey", "api_key", "basic_auth", "basicauth"];

/// Checks that compare with a declared default: a deployment that forgets to set the variable lets through who knows the default.
pub(crate) fn checks(
    found: &Defaults,
    placement: &Placement,
    program: &Program,
    sources: &Sources,
    findings: &mut Vec<Diagnostic>,
) {
    for (hook, all) in &found.0 {
        for it in all {
            let resting: Vec<&Behavior> =
                placement.behaviors.iter().filter(|of| of.hook == *hook && it.carries(of, program)).collect();
            let name = it.name.to_ascii_lowercase();
            let secret = SECRET.iter().any(|word| name.contains(word));
            let check = resting.iter().find(|of| denies(of, program));
            let Some(behavior) = check.or(resting.first()).filter(|_| secret || check.is_some()) else { continue };
            let who = if sources.text(it.place).is_empty() {
                "which is empty: an empty credential passes"
            } else {
                "which stands in the source for everybody to read"
            };
            let message =
                format!("{}: the check rests on the declared default of `{}`, {who}", behavior.summary, it.name);
            let help = format!(
                "State the value in migrate.toml, or take the default out of the declaration:\n[values]\n\"{}\" = \"…\"",
                it.name
            );
            findings.push(Diagnostic::new(&codes::CHECK_RESTS_ON_DEFAULT, it.place, message).help(help));
        }
    }
}

/// Whether a behavior answers 401, 403 or 407.
pub(crate) fn denies(behavior: &Behavior, program: &Program) -> bool {
    let Part::Exit(n) = behavior.part else { return false };
    match program.hooks.get(behavior.hook).and_then(|it| it.exits.get(n)).map(|it| &it.kind) {
        Some(ExitKind::Respond { status, body: _ }) => matches!(program.store.as_int(*status), Some(401 | 403 | 407)),
        Some(ExitKind::Redirect { status: _, to: _ } | ExitKind::PlatformError(_)) | None => false,
    }
}
