//! Hooks that run one after the other on the same routes, each chain as one hook: what placement works on.
//!
//! A program in which no two hooks share a side and a route is its own composition, and nothing is copied.

use std::collections::{BTreeMap, BTreeSet};

use edge::{Hook, HookPoint, Program, Store};

use crate::compose::{Of, compose};
use crate::placement::{Part, Route, Site};

/// A program whose hooks are chains.
#[derive(Clone, Debug)]
pub struct Chains {
    /// The store of the program, with what composing made.
    pub store: Store,
    /// The chains.
    pub hooks: Vec<Hook>,
    /// Where each runs.
    pub sites: Vec<Site>,
    /// The hooks of the program that each runs, in their order.
    pub members: Vec<Vec<usize>>,
    /// Where each part of a chain stands in the program.
    from: Vec<BTreeMap<Part, (usize, Part)>>,
    /// The hooks of the program that run only where the cache has no answer.
    on_miss: BTreeSet<usize>,
    /// Those that run on what the visitor gets.
    client_response: BTreeSet<usize>,
}

impl Chains {
    /// The chains of a program, of which `sites` says where each hook runs.
    #[must_use]
    pub fn of(program: &Program, sites: &[Site]) -> Chains {
        let mut out = Chains {
            store: program.store.clone(),
            hooks: Vec::new(),
            sites: Vec::new(),
            members: Vec::new(),
            from: Vec::new(),
            client_response: program
                .hooks
                .iter()
                .enumerate()
                .filter(|it| it.1.point == HookPoint::ClientResponse)
                .map(|it| it.0)
                .collect(),
            on_miss: program.hooks.iter().enumerate().filter(|it| it.1.point.on_miss()).map(|it| it.0).collect(),
        };
        for (members, routes) in runs(program, sites) {
            let Some(mut site) = members.first().and_then(|it| sites.get(*it)).cloned() else { continue };
            if let Some(routes) = routes {
                site.routes = routes;
            }
            out.chain(program, members, site);
        }
        out
    }

    /// The chains as a program of their own, without a ledger.
    #[must_use]
    pub fn program(&self) -> Program {
        Program { store: self.store.clone(), hooks: self.hooks.clone(), ..Program::default() }
    }

    fn chain(&mut self, program: &Program, members: Vec<usize>, site: Site) {
        let mut all = members.iter();
        let Some((first, hook)) = all.next().and_then(|it| Some((*it, program.hooks.get(*it)?.clone()))) else {
            return;
        };
        let mut from: BTreeMap<Part, (usize, Part)> = parts(&hook).map(|it| (it, (first, it))).collect();
        let mut hook = hook;
        for at in all {
            let Some(next) = program.hooks.get(*at) else { continue };
            let composed = compose(&mut self.store, &hook, next);
            let found = composed.from.into_iter().filter_map(|(part, (of, inner))| match of {
                Of::First => Some((part, *from.get(&inner)?)),
                Of::Second => Some((part, (*at, inner))),
            });
            from = found.collect();
            hook = composed.hook;
        }
        self.hooks.push(hook);
        self.sites.push(site);
        self.members.push(members);
        self.from.push(from);
    }

    /// Where a part of a chain stands in the program.
    #[must_use]
    pub fn origin(&self, chain: usize, part: Part) -> Option<(usize, Part)> {
        self.from.get(chain)?.get(&part).copied()
    }

    /// Whether a part of a chain happens only where the cache has no answer.
    pub(crate) fn is_on_miss(&self, chain: usize, part: Part) -> bool {
        self.origin(chain, part).is_some_and(|(hook, _)| self.on_miss.contains(&hook))
    }

    /// Whether a hook of the program runs on what the visitor gets.
    pub(crate) fn is_of_client_response(&self, hook: usize) -> bool {
        self.client_response.contains(&hook)
    }

    /// The hooks of the program that some chains run, ascending.
    #[must_use]
    pub fn hooks_of(&self, chains: &[usize]) -> Vec<usize> {
        let all: BTreeSet<usize> = chains.iter().filter_map(|it| self.members.get(*it)).flatten().copied().collect();
        all.into_iter().collect()
    }
}

fn parts(hook: &Hook) -> impl Iterator<Item = Part> + '_ {
    let exits = (0..hook.exits.len()).map(Part::Exit);
    let updates = hook.updates.iter().flat_map(|(slot, arms)| (0..arms.len()).map(|at| Part::Update(*slot, at)));
    exits.chain(updates)
}

/// The hooks of each route of one side; no route stands for all paths.
type OfSide<'a> = BTreeMap<Option<&'a Route>, Vec<usize>>;

/// The hooks of each chain with its routes, in the order of their first hooks; no routes: those of the hook itself.
fn runs(program: &Program, sites: &[Site]) -> Vec<(Vec<usize>, Option<Vec<Route>>)> {
    // One side of one site: its routes, and the hooks of each in the order in which they run.
    let mut sides: BTreeMap<(&str, &[String], bool), OfSide<'_>> = BTreeMap::new();
    for (at, (hook, site)) in program.hooks.iter().zip(sites).enumerate() {
        let side = sides.entry((&site.zone, &site.hosts, hook.point.of_response())).or_default();
        if site.routes.is_empty() {
            side.entry(None).or_default().push(at);
        }
        for route in &site.routes {
            side.entry(Some(route)).or_default().push(at);
        }
    }
    let mut out: Vec<(Vec<usize>, Option<Vec<Route>>)> = Vec::new();
    for routes in sides.into_values() {
        let point = |at: &usize| program.hooks.get(*at).map(|it| it.point);
        let mut chains: BTreeMap<Vec<usize>, Vec<Route>> = BTreeMap::new();
        let mut apart: BTreeSet<usize> = BTreeSet::new();
        for (route, mut hooks) in routes {
            hooks.sort_by_key(|it| (point(it), *it));
            // Two functions at one point of one route are two distributions: neither runs after the other.
            let twice = hooks.windows(2).any(|it| it.first().and_then(point) == it.last().and_then(point));
            if twice {
                apart.extend(hooks);
            } else {
                chains.entry(hooks).or_default().extend(route.cloned());
            }
        }
        let together: BTreeSet<usize> = chains.keys().filter(|it| it.len() > 1).flatten().copied().collect();
        for (hooks, routes) in chains {
            match hooks.as_slice() {
                // Alone on all of its routes: as it is.
                [one] if !together.contains(one) => {
                    apart.insert(*one);
                }
                _ => out.push((hooks, Some(routes))),
            }
        }
        out.extend(apart.into_iter().map(|it| (vec![it], None)));
    }
    out.sort_by(|a, b| a.0.cmp(&b.0));
    out
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::sync::Arc;

    use super::*;

    fn site(routes: &[&str]) -> Site {
        let route = |it: &&str| Route { pattern: (*it != "*").then(|| (*it).to_owned()), excluded: Vec::new() };
        Site {
            zone: "example.com".into(),
            hosts: Vec::new(),
            routes: routes.iter().map(route).collect(),
            source: Arc::from("s"),
        }
    }

    fn chains(hooks: &[(&str, &[&str])]) -> Vec<(Vec<usize>, usize)> {
        let text: String = hooks.iter().enumerate().map(|(at, it)| format!("{} h{at}\n", it.0)).collect();
        let program = edge::parse(source::Sources::new().add("", text.as_str()), &text).unwrap();
        let sites: Vec<Site> = hooks.iter().map(|it| site(it.1)).collect();
        let chains = Chains::of(&program, &sites);
        chains.members.into_iter().zip(chains.sites.iter().map(|it| it.routes.len())).collect()
    }

    #[test]
    fn hooks_of_one_route_are_one_chain_in_the_order_of_their_points() {
        assert_eq!(chains(&[("origin_request", &["*"]), ("client_request", &["*"])]), [(vec![1, 0], 1)]);
        assert_eq!(chains(&[("client_request", &["*"]), ("client_response", &["*"])]), [(vec![0], 1), (vec![1], 1)]);
    }

    #[test]
    fn a_hook_that_shares_some_of_its_routes_is_in_two_chains() {
        assert_eq!(
            chains(&[("client_request", &["*", "/api/*"]), ("origin_request", &["/api/*"])]),
            [(vec![0], 1), (vec![0, 1], 1)]
        );
    }
}
