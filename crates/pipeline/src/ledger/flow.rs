//! From the statements that behaviors carry to those they could not do without: what made the names they use, what they stand in,
//! what calls the functions they are in, and the jumps that decide whether they are reached.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use edge::Place;
use source::{FileId, Span};

use super::{NAMED, Register, Settling};
use crate::evaluate::Evaluated;
use crate::lower::Modules;

/// A name in a file.
type Name = (FileId, Arc<str>);

/// Names that modules take from others.
pub(super) fn imported(modules: &Modules) -> BTreeMap<Name, Name> {
    let mut out = BTreeMap::new();
    for (file, module) in &modules.by_file {
        for import in &module.imports {
            let Some(target) = modules.links.get(&(*file, import.from.clone())) else { continue };
            let Some(other) = modules.by_file.get(target) else { continue };
            for (name, local) in &import.names {
                if let Some((_, there)) = other.exports.iter().find(|it| it.0 == *name) {
                    out.insert((*file, local.clone()), (*target, there.clone()));
                }
            }
        }
    }
    out
}

/// What was looked up: whatever it led to is settled, so looking it up again, for each of many users of one name, settles nothing.
#[derive(Default)]
struct Said {
    makers: BTreeSet<Name>,
    /// Functions, by the statement that declares them.
    callers: BTreeSet<usize>,
}

/// The statements of a hook's files and what leads from one to another.
struct Graph<'a> {
    flows: Vec<&'a front_js::Flow>,
    /// Where each file's statements begin.
    from: BTreeMap<FileId, usize>,
    makers: BTreeMap<Name, Vec<usize>>,
    users: BTreeMap<Name, Vec<usize>>,
}

impl<'a> Graph<'a> {
    fn new(register: &'a Register, files: &BTreeSet<FileId>) -> Graph<'a> {
        let mut out =
            Graph { flows: Vec::new(), from: BTreeMap::new(), makers: BTreeMap::new(), users: BTreeMap::new() };
        for file in files {
            out.from.insert(*file, out.flows.len());
            for flow in register.flows.get(file).into_iter().flatten() {
                let at = out.flows.len();
                out.flows.push(flow);
                for name in &flow.makes {
                    out.makers.entry((*file, name.clone())).or_default().push(at);
                }
                for name in &flow.uses {
                    let key = (*file, name.clone());
                    let there = register.imported.get(&key).cloned();
                    out.users.entry(key).or_default().push(at);
                    if let Some(there) = there {
                        out.users.entry(there).or_default().push(at);
                    }
                }
            }
        }
        out
    }

    /// The statement around one.
    fn around(&self, at: usize) -> Option<usize> {
        let flow = self.flows.get(at)?;
        Some(self.from.get(&flow.span.file)? + flow.inside?)
    }

    /// What a statement could not do without, names left out of which that was said before.
    fn needs(&self, at: usize, register: &Register, said: &mut Said) -> Vec<usize> {
        let Some(flow) = self.flows.get(at) else { return Vec::new() };
        let file = flow.span.file;
        let mut out = Vec::new();
        for name in &flow.uses {
            let key = (file, name.clone());
            if said.makers.contains(&key) {
                continue;
            }
            out.extend(self.makers.get(&key).into_iter().flatten());
            let there = register.imported.get(&key);
            out.extend(there.and_then(|it| self.makers.get(it)).into_iter().flatten());
            said.makers.insert(key);
        }
        let mut outer = self.around(at);
        out.extend(outer);
        // What stands in a function runs only where somebody calls it.
        while let Some(next) = outer {
            if let Some(code) = self.flows.get(next).filter(|it| it.declares_code) {
                if said.callers.insert(next) {
                    let users = code.makes.iter().filter_map(|name| self.users.get(&(file, name.clone())));
                    out.extend(users.flatten());
                }
                break;
            }
            outer = self.around(next);
        }
        out
    }
}

/// Spreads the places of carried statements of one hook to those they need.
pub(super) fn spread(
    register: &Register,
    evaluated: &Evaluated,
    hook: usize,
    behaviors: &[u32],
    placement: &passes::Placement,
    to: &mut Settling<'_>,
) {
    let Some(instances) = register.of_hook.get(hook) else { return };
    let files: BTreeSet<FileId> = instances.keys().map(|it| it.file).collect();
    let graph = Graph::new(register, &files);
    let ran = |span: &Span| evaluated.executed.get(hook).is_some_and(|it| it.contains(span));
    let index = |at: usize| {
        let span = graph.flows.get(at)?.span;
        instances.get(&span).map(|it| it.0 as usize)
    };
    // A jump decides which behaviors are reached: it goes where they go.
    let worst = behaviors.iter().filter_map(|it| placement.behaviors.get(*it as usize)).map(|it| it.verdict).max();
    let mut carried: Vec<(Place, usize)> = Vec::new();
    for (at, flow) in graph.flows.iter().enumerate() {
        let Some(instance) = index(at) else { continue };
        match (to.places.get(instance).copied().flatten(), worst) {
            (Some(place), _) => carried.push((place, at)),
            (None, Some(place)) if flow.jumps && ran(&flow.span) => {
                settle(to, instance, place, behaviors);
                carried.push((place, at));
            }
            (None, Some(_) | None) => {}
        }
    }
    // Worst places first: what several need is settled by the one that went worst.
    carried.sort_by_key(|it| (it.0, std::cmp::Reverse(it.1)));
    let mut seen = vec![false; graph.flows.len()];
    let mut said = Said::default();
    while let Some((place, at)) = carried.pop() {
        if seen.get_mut(at).is_none_or(|it| std::mem::replace(it, true)) {
            continue;
        }
        let numbers = index(at).and_then(|it| to.carriers.get(it).cloned()).unwrap_or_default();
        for need in graph.needs(at, register, &mut said) {
            let Some(open) = index(need).filter(|it| to.places.get(*it).is_some_and(Option::is_none)) else { continue };
            if graph.flows.get(need).is_some_and(|it| ran(&it.span)) {
                settle(to, open, place, &numbers);
                carried.push((place, need));
            }
        }
    }
}

fn settle(to: &mut Settling<'_>, at: usize, place: Place, behaviors: &[u32]) {
    if let (Some(slot), Some(list)) = (to.places.get_mut(at), to.carriers.get_mut(at)) {
        *slot = Some(place);
        *list = behaviors.iter().copied().take(NAMED).collect();
    }
}
