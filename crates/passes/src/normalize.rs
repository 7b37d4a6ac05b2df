//! `normalize`: afterwards every hook is a list of behaviors, one per exit and one per guarded update, each with a stable identifier.
//!
//! A failure of the legacy platform is no behavior where other things of the hook go on without it: it is counted once per hook. In
//! a hook that denies, in one that does nothing but fail, and where nothing comes after it, it is a behavior that stays code.

use edge::{ExitKind, ExprId, Hook, HookPoint, Node, Place, Slot, Store};
use target::plan::Plan;

use crate::refs::{Hash, Hashes};
use crate::{Behavior, Fidelity, Part, Site};

/// Whether the hook denies or authenticates: an exit answers 401, 403 or 407, or its status is not known.
pub(crate) fn denies(hook: &Hook, store: &Store) -> bool {
    hook.exits.iter().any(|it| match &it.kind {
        ExitKind::Respond { status, body: _ } => store.as_int(*status).is_none_or(|it| matches!(it, 401 | 403 | 407)),
        ExitKind::Redirect { .. } | ExitKind::PlatformError(_) => false,
    })
}

/// Whether some exit of the hook is a failure of the platform.
pub(crate) fn fails(hook: &Hook, store: &Store) -> bool {
    hook.exits.iter().any(|it| matches!(it.kind, ExitKind::PlatformError(_)) && !store.is(it.guard, false))
}

/// Whether failures of the hook stay in force: it denies, it does nothing else, or it fails wherever no exit was taken before.
pub(crate) fn keeps_failures(hook: &Hook, store: &Store) -> bool {
    let failure = |it: &edge::Exit| matches!(it.kind, ExitKind::PlatformError(_));
    let always = hook.exits.iter().any(|it| failure(it) && store.is(it.guard, true));
    let nothing_else = hook.updates.values().all(Vec::is_empty) && hook.exits.iter().all(failure);
    denies(hook, store) || always || nothing_else
}

/// The behaviors, all of them still code and exact.
pub(crate) fn normalize(store: &Store, hooks: &[Hook], sites: &[Site]) -> Vec<Behavior> {
    let mut hashes = Hashes::default();
    let mut behaviors = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for (at, hook) in hooks.iter().enumerate() {
        let key = sites.get(at).map_or("", |it| &*it.source);
        let base = Hash::new().text(key).text(&hook.name).text(hook.point.text());
        let mut id = |hash: Hash, ordinal: usize| {
            let mut hash = hash;
            while !seen.insert(hash.hex()) {
                hash = hash.number(ordinal as u64);
            }
            hash.hex()
        };
        let kept = keeps_failures(hook, store);
        for (position, exit) in hook.exits.iter().enumerate() {
            let mut hash = base.text("exit").number(hashes.of(store, exit.guard));
            let (summary, parts): (String, Vec<ExprId>) = match &exit.kind {
                ExitKind::Redirect { status, to } => (redirect_summary(store, *status, *to), vec![*to]),
                ExitKind::Respond { status, body } => (answer_summary(store, *status), vec![*status, *body]),
                ExitKind::PlatformError(words) if kept && !store.is(exit.guard, false) => {
                    (format!("fails: {}", short(words)), Vec::new())
                }
                ExitKind::PlatformError(_) => continue,
            };
            for part in parts.into_iter().chain(exit.also.iter().map(|it| it.1)) {
                hash = hash.number(hashes.of(store, part));
            }
            let hash = hash.text(&summary);
            behaviors.push(Behavior {
                id: id(hash, position),
                hook: at,
                part: Part::Exit(position),
                summary,
                verdict: Place::Worker,
                products: Vec::new(),
                refs: Vec::new(),
                minimum_plan: Plan::Free,
                fidelity: Fidelity::Exact,
                held_back_by: Vec::new(),
                reasons: Vec::new(),
                why: exit.why,
                span: exit.span,
                in_chain: (at, Part::Exit(position)),
            });
        }
        for (slot, arms) in &hook.updates {
            for (position, arm) in arms.iter().enumerate() {
                let summary = update_summary(store, *slot, arm.value, hook.point);
                let hash = base.text(&summary).number(hashes.of(store, arm.guard)).number(hashes.of(store, arm.value));
                behaviors.push(Behavior {
                    id: id(hash, position),
                    hook: at,
                    part: Part::Update(*slot, position),
                    summary,
                    verdict: Place::Worker,
                    products: Vec::new(),
                    refs: Vec::new(),
                    minimum_plan: Plan::Free,
                    fidelity: Fidelity::Exact,
                    held_back_by: Vec::new(),
                    reasons: Vec::new(),
                    why: arm.why,
                    span: arm.span,
                    in_chain: (at, Part::Update(*slot, position)),
                });
            }
        }
    }
    behaviors
}

fn redirect_summary(store: &Store, status: u16, to: ExprId) -> String {
    match store.as_str(to) {
        Some(target) => format!("redirect {status} to {}", short(target)),
        None => format!("redirect {status} to a computed address"),
    }
}

fn answer_summary(store: &Store, status: ExprId) -> String {
    if let Node::Code(region, _, _) = store.node(status) {
        // Where the evaluation stopped, not even that there is an answer is known.
        return format!("not understood: {}", store.cause(*region).cause);
    }
    store.as_int(status).map_or_else(|| "answer with a computed status".to_owned(), |it| format!("answer {it}"))
}

fn update_summary(store: &Store, slot: Slot, value: ExprId, point: HookPoint) -> String {
    let (kind, name) = slot.parts();
    let kind = match slot {
        Slot::Header(_) => "request header",
        Slot::RespHeader(_) => "response header",
        Slot::SetCookie(_) => "response cookie",
        Slot::Path
        | Slot::Query
        | Slot::Arg(_)
        | Slot::Cookie(_)
        | Slot::OriginHost
        | Slot::OriginHostHeader
        | Slot::OriginPort
        | Slot::Status
        | Slot::Body => kind,
    };
    let of_request = !point.of_response() || matches!(slot, Slot::RespHeader(_) | Slot::SetCookie(_));
    let side = if of_request { "" } else { "response " };
    let removes = matches!(store.node(value), edge::Node::Call(edge::Fn::ListEmpty, _) | edge::Node::Absent);
    let verb = if removes { "remove" } else { "set" };
    name.map_or_else(|| format!("{verb} {side}{kind}"), |it| format!("{verb} {side}{kind} {}", short(store.str(it))))
}

fn short(text: &str) -> String {
    let clean: String = text.chars().filter(|it| !it.is_control()).take(80).collect();
    clean
}
