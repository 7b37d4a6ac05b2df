//! The code that is left of each zone: its hooks, why they are code, and the paths under which that code is needed.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these matches look for one shape; whatever else there is or will be is refused or says nothing"
)]

use std::collections::{BTreeMap, BTreeSet};

use edge::{ExprId, FieldKind, Fn, Hook, Node, Place, Store};

use crate::{Behavior, Part, Site, WorkerPart};

/// Most route patterns that one hook is narrowed to.
const ROUTES: usize = 16;

/// Most steps of one look at a guard.
const STEPS: usize = 4096;

/// Most levels that are followed.
const DEPTH: usize = 60;

/// A finished placement, as far as code depends on it.
pub(crate) struct Code<'a> {
    pub(crate) store: &'a Store,
    pub(crate) hooks: &'a [Hook],
    pub(crate) sites: &'a [Site],
    pub(crate) behaviors: &'a [Behavior],
    /// Rules of the zone rewrite the path before routes are looked at.
    pub(crate) rewrites: bool,
}

impl Code<'_> {
    /// The code of one zone, if there is any.
    pub(crate) fn part(&self, zone: &str, hooks: &[usize]) -> Option<WorkerPart> {
        let mut part = WorkerPart {
            zone: zone.to_owned(),
            hooks: Vec::new(),
            routes: Vec::new(),
            narrowed: BTreeMap::new(),
            mark_answers: false,
            because: Vec::new(),
        };
        let (mut routes, mut everywhere) = (BTreeSet::new(), false);
        let mut said = BTreeSet::new();
        for at in hooks {
            let Some(site) = self.sites.get(*at) else { continue };
            let code: Vec<&Behavior> = self.code(*at).collect();
            if code.is_empty() {
                continue;
            }
            part.hooks.push(*at);
            let open = site.routes.is_empty() || site.routes.iter().any(|it| it.pattern.is_none());
            routes.extend(site.routes.iter().filter_map(|it| it.pattern.clone()));
            match self.needed(*at).filter(|_| open && !self.rewrites) {
                Some(paths) => {
                    routes.extend(paths.iter().cloned());
                    part.narrowed.insert(*at, paths);
                }
                None => everywhere |= open,
            }
            for reason in code.iter().flat_map(|it| it.reasons.iter()) {
                if said.insert((reason.code.id, reason.message.as_str())) {
                    part.because.push(reason.clone());
                }
            }
        }
        if !everywhere {
            part.routes = routes.into_iter().collect();
        }
        (!part.hooks.is_empty()).then_some(part)
    }

    fn code(&self, hook: usize) -> impl Iterator<Item = &Behavior> {
        self.behaviors.iter().filter(move |it| it.hook == hook && it.verdict == Place::Worker)
    }

    /// What the reviewer of a Worker that runs everywhere has to know.
    pub(crate) fn everywhere(&self, part: &WorkerPart) -> Option<diag::Diagnostic> {
        let open = |at: &&usize| {
            let site = self.sites.get(**at);
            site.is_some_and(|it| it.routes.is_empty() || it.routes.iter().any(|it| it.pattern.is_none()))
                && !part.narrowed.contains_key(*at)
        };
        let at = part.hooks.iter().find(open)?;
        let (hook, of) = (self.hooks.get(*at)?, self.code(*at).find(|it| self.paths(it).is_none()));
        let why = match of {
            Some(it) => format!("no route pattern says when \u{201c}{}\u{201d} is needed", it.summary),
            None => "rules rewrite the path before routes are compared, or it has too many paths".to_owned(),
        };
        let message = format!("`{}` runs in the Worker on every request of its hosts: {why}", hook.name);
        Some(diag::Diagnostic::new(&diag::codes::WORKER_ON_EVERY_REQUEST, hook.span, message))
    }

    /// The path patterns outside of which no code of a hook does anything.
    fn needed(&self, hook: usize) -> Option<Vec<String>> {
        let mut all = BTreeSet::new();
        for it in self.code(hook) {
            all.extend(self.paths(it)?);
        }
        let mut kept: Vec<String> = Vec::new();
        for it in all {
            // In order, a shorter beginning stands before those that it covers.
            if !kept.iter().any(|known| it.starts_with(known.as_str())) {
                kept.push(it);
            }
        }
        (kept.len() <= ROUTES).then(|| kept.into_iter().map(|it| format!("{it}*")).collect())
    }

    /// What the path begins with wherever the behavior does anything.
    fn paths(&self, behavior: &Behavior) -> Option<BTreeSet<String>> {
        let hook = self.hooks.get(behavior.hook)?;
        let guard = match behavior.part {
            Part::Exit(n) => hook.exits.get(n)?.guard,
            Part::Update(slot, n) => hook.updates.get(&slot)?.get(n)?.guard,
        };
        let found = beginnings(self.store, guard, 0, &mut 0)?;
        // A route is compared with the address as it was sent: only characters that are sent in one form are asked for.
        let plain = |it: char| it.is_ascii_alphanumeric() || matches!(it, '/' | '_' | '-' | '.' | '~');
        let found: BTreeSet<String> =
            found.iter().map(|it| it.chars().take_while(|it| plain(*it)).collect::<String>()).collect();
        found.iter().all(|it| it.starts_with('/') && it.len() > 1 && !it.contains("/.")).then_some(found)
    }
}

/// Texts of which the path begins with one where a guard holds.
fn beginnings(store: &Store, guard: ExprId, depth: usize, steps: &mut usize) -> Option<BTreeSet<String>> {
    *steps += 1;
    if depth > DEPTH || *steps > STEPS {
        return None;
    }
    let mut inner = |id: ExprId| beginnings(store, id, depth + 1, steps);
    let is_path = |id: ExprId| matches!(store.node(id), Node::Read(it) if it.kind == FieldKind::Path);
    match store.node(guard) {
        Node::Bool(false) => Some(BTreeSet::new()),
        Node::And(a, b) => match (inner(*a), inner(*b)) {
            (Some(a), Some(b)) => {
                // Either of the two is right; the one whose shortest text is longer says more.
                let least = |it: &BTreeSet<String>| it.iter().map(String::len).min().unwrap_or(usize::MAX);
                Some(if least(&b) > least(&a) { b } else { a })
            }
            (one, None) | (None, one) => one,
        },
        Node::Or(a, b) => {
            let mut all = inner(*a)?;
            all.extend(inner(*b)?);
            (all.len() <= STEPS).then_some(all)
        }
        Node::Call(Fn::StrEq | Fn::StartsWith, args) => {
            let (subject, text) = (*args.first()?, store.as_str(*args.get(1)?)?);
            is_path(subject).then(|| BTreeSet::from([text.to_string()]))
        }
        Node::Call(Fn::Present, args) => match store.node(*args.first()?) {
            Node::Lookup(table, key) if is_path(*key) && store.rows(*table).rows.len() <= ROUTES => {
                Some(store.rows(*table).rows.keys().map(|it| it.to_string()).collect())
            }
            _ => None,
        },
        _ => None,
    }
}
