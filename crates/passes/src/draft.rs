//! `draft`: the cheapest rules for one exit or update taken by itself, or the reason why there are none. Order, neighbors and quotas
//! are looked at afterwards.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these matches look for one shape; whatever else there is or will be is refused or says nothing"
)]

use std::collections::BTreeSet;

use edge::{Arm, Exit, ExitKind, ExprId, FieldKind, Fn, Hook, HookPoint, Node, Place, Slot, Store};
use target::lang::Expr;
use target::limits::Limits;
use target::phase::Phase;
use target::plan::Plan;
use target::ruleset::{Action, BulkItem, Value};

use crate::answers::{answer, lost, native, up_to_what_is_lost};
use crate::arguments::dropped;
use crate::express::{Express, Refusal, Stop, value_refusal};
use crate::header::header;
use crate::placement::CLASSES;
use crate::redirects::{list, redirect};
use crate::{Options, Reason, Site, rows};

/// One rule to be: a filter without the site's condition, and what it does.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) filter: Expr,
    pub(crate) action: DraftAction,
}

/// What a draft does.
#[derive(Clone, Debug)]
pub(crate) enum DraftAction {
    Rule(Action),
    /// Items of a list, which has no name yet.
    Items(Vec<BulkItem>),
}

/// The rules of one behavior.
#[derive(Clone, Debug)]
pub(crate) struct Drafts {
    pub(crate) phase: Phase,
    pub(crate) rules: Vec<Draft>,
    pub(crate) notes: BTreeSet<String>,
    pub(crate) classes: BTreeSet<String>,
    pub(crate) minimum: Plan,
    /// Where the behavior is settled without a rule, and why.
    pub(crate) settled: Option<(Place, Reason)>,
}

impl Drafts {
    /// Rules that are equal up to no class.
    /// What a translation noted: members and facts that it assumes, and classes up to which it is equal.
    pub(crate) fn of(phase: Phase, rules: Vec<Draft>, notes: BTreeSet<String>, minimum: Plan) -> Drafts {
        let (classes, notes) = notes.into_iter().partition(|it| CLASSES.contains(&it.as_str()));
        Drafts { phase, rules, notes, classes, minimum, settled: None }
    }
}

/// What every draft of a zone shares.
pub(crate) struct Shared<'a> {
    pub(crate) limits: &'a Limits,
    pub(crate) options: &'a Options,
    pub(crate) rewritten: bool,
    pub(crate) written: &'a BTreeSet<(FieldKind, Option<String>)>,
}

impl Shared<'_> {
    pub(crate) fn express<'s>(&'s self, store: &'s mut Store, phase: Phase) -> Express<'s> {
        Express::new(store, phase, self.limits, self.rewritten, self.written)
    }

    /// A guard in a phase where another guard holds, for the law of exits.
    pub(crate) fn filter(
        &self,
        store: &mut Store,
        phase: Phase,
        guard: ExprId,
        under: ExprId,
    ) -> Result<(Expr, BTreeSet<String>, Plan), Refusal> {
        let mut express = self.express(store, phase);
        express.assume(under);
        let filter = express.filter(guard)?;
        Ok((filter, express.notes, express.minimum))
    }
}

/// Rules of a behavior that never happens.
pub(crate) fn nothing() -> Drafts {
    Drafts::of(Phase::DynamicRedirect, Vec::new(), BTreeSet::new(), Plan::Free)
}

/// The rules of an exit.
pub(crate) fn exit(
    shared: &Shared<'_>,
    store: &mut Store,
    site: &Site,
    exit: &Exit,
    point: HookPoint,
) -> Result<Drafts, Refusal> {
    if point.of_response() {
        return Err(native("a response hook that answers by itself"));
    }
    match &exit.kind {
        ExitKind::Redirect { status, to } => {
            let missing: Result<Vec<String>, Refusal> = exit.also.iter().map(|it| lost(store, it.0)).collect();
            let missing = missing?;
            let found = match list(shared, store, site, exit, *status, *to) {
                Ok(Some(it)) => it,
                Ok(None) => redirect(shared, store, exit.guard, *status, *to)?,
                // A small table is a few rules.
                Err(refusal) => redirect(shared, store, exit.guard, *status, *to).map_err(|_| refusal)?,
            };
            up_to_what_is_lost(shared, found, &missing)
        }
        ExitKind::Respond { status, body } => answer(shared, store, exit, *status, *body),
        ExitKind::PlatformError(_) => Err(Refusal::new(
            &diag::codes::LEGACY_FAILURE_EXIT,
            "the function denies by failing, or does nothing else; the Worker fails as well",
        )),
    }
}

/// The one value of a list that has just one.
pub(crate) fn single(store: &Store, list: ExprId) -> Option<ExprId> {
    let Node::Call(Fn::ListPush, args) = store.node(list) else { return None };
    matches!(store.node(*args.first()?), Node::Call(Fn::ListEmpty, _)).then(|| args.get(1).copied()).flatten()
}

/// The rules of one arm of a slot.
pub(crate) fn update(
    shared: &Shared<'_>,
    store: &mut Store,
    slot: Slot,
    arm: &Arm,
    hook: &Hook,
) -> Result<Drafts, Refusal> {
    let point = hook.point;
    let name = slot.parts().1.map(|it| store.str(it).clone());
    match (slot, point.of_response()) {
        (Slot::Path | Slot::Query, false) => rewrite(shared, store, slot, arm),
        (Slot::Header(_), false) | (Slot::RespHeader(_), true) => header(shared, store, name, arm, point),
        (Slot::OriginHost | Slot::OriginHostHeader | Slot::OriginPort, false) => origin(shared, store, slot, arm),
        (Slot::Arg(_), false) => dropped(shared, store, hook, arm),
        (
            Slot::Path
            | Slot::Query
            | Slot::Header(_)
            | Slot::RespHeader(_)
            | Slot::OriginHost
            | Slot::OriginHostHeader
            | Slot::OriginPort
            | Slot::Arg(_)
            | Slot::Cookie(_)
            | Slot::Status
            | Slot::SetCookie(_)
            | Slot::Body,
            _,
        ) => Err(value_refusal(format!("no rule changes the {} here", slot.parts().0))),
    }
}

fn rewrite(shared: &Shared<'_>, store: &mut Store, slot: Slot, arm: &Arm) -> Result<Drafts, Refusal> {
    let mut express = shared.express(store, Phase::UrlRewrite);
    let value = arm.value;
    let found = rows::alternatives(&mut express, arm.guard, value, |it| {
        let value = it.value(value);
        if slot == Slot::Path {
            let text = it.text(value, 0)?;
            if !it.is_path(value, &text) {
                return Err(value_refusal("the new path may not begin with `/` (error 1035)").into());
            }
            return Ok(text);
        }
        match it.store.node(value).clone() {
            Node::Absent => Ok(Expr::Str(String::new())),
            Node::Call(Fn::Some, args) => it.text(args.first().copied().unwrap_or(value), 0),
            Node::Ite(c, ..) => Err(Stop::Split(c)),
            Node::Code(region, ..) => {
                let cause = it.store.cause(region).cause.clone();
                Err(Refusal::new(&diag::codes::NOT_UNDERSTOOD, format!("the value depends on code: {cause}")).into())
            }
            _ => Err(value_refusal("the new query is computed in a way that has no counterpart").into()),
        }
    })?;
    let mut notes = std::mem::take(&mut express.notes);
    let minimum = express.minimum;
    let mut rules = Vec::new();
    for (filter, value) in found {
        let value = match value {
            Expr::Str(it) => Value::Static(it),
            it => Value::Dynamic(it),
        };
        if slot == Slot::Query && value == Value::Static(String::new()) {
            notes.insert("fact-22".to_owned());
        }
        let action = if slot == Slot::Path {
            Action::RewriteUrl { path: Some(value), query: None }
        } else {
            Action::RewriteUrl { path: None, query: Some(value) }
        };
        rules.push(Draft { filter, action: DraftAction::Rule(action) });
    }
    Ok(Drafts::of(Phase::UrlRewrite, rules, notes, minimum))
}

fn origin(shared: &Shared<'_>, store: &mut Store, slot: Slot, arm: &Arm) -> Result<Drafts, Refusal> {
    let fixed = |id| match store.node(id) {
        Node::Call(Fn::Some, args) => args.first().and_then(|it| store.as_str(*it)).map(|it| it.to_string()),
        _ => None,
    };
    let mut action = (None, None, None);
    match slot {
        Slot::OriginHost => action.0 = fixed(arm.value),
        Slot::OriginHostHeader => action.1 = fixed(arm.value),
        _ => action.2 = store.as_int(arm.value).and_then(|it| u16::try_from(it).ok()),
    }
    let (origin_host, host_header, origin_port) = action;
    if origin_host.is_none() && host_header.is_none() && origin_port.is_none() {
        return Err(value_refusal("origin rules take fixed values only (fact-29)"));
    }
    let minimum = if origin_port.is_some() { Plan::Free } else { Plan::Enterprise };
    if shared.limits.plan < minimum {
        return Err(Refusal::new(
            &diag::codes::ORIGIN_CHANGE_NEEDS_ENTERPRISE,
            "a rule changes the origin's name on Enterprise only",
        ));
    }
    let mut express = shared.express(store, Phase::Origin);
    let filter = express.filter(arm.guard)?;
    let (notes, minimum) = (express.notes, express.minimum.max(minimum));
    let action = Action::Route { host_header, sni: None, origin_host, origin_port };
    let rules = vec![Draft { filter, action: DraftAction::Rule(action) }];
    Ok(Drafts::of(Phase::Origin, rules, notes, minimum))
}
