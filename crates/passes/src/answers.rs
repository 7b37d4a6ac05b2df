//! Answers with a status: denials that a custom rule gives, and redirects whose status depends on the request.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these matches look for one shape; whatever else there is or will be is refused or says nothing"
)]

use std::collections::BTreeSet;

use edge::{Exit, ExprId, Fn, Node, Slot, Store};
use target::phase::Phase;
use target::plan::Plan;
use target::ruleset::Action;

use crate::draft::{Draft, DraftAction, Drafts, Shared, single};
use crate::express::{Refusal, Stop};
use crate::placement::ANSWER_HEADERS;
use crate::redirects::{location, redirection};

/// Headers that an answer is nothing without.
const NEEDED: [&str; 2] = ["proxy-authenticate", "www-authenticate"];

/// A refusal for an answer that no rule gives.
pub(crate) fn native(message: impl Into<String>) -> Refusal {
    Refusal::new(&diag::codes::ANSWER_NOT_NATIVE, message)
}

/// Drafts of an answer that carries more than a rule does: refused, with the class that would allow it, until that is accepted.
pub(crate) fn up_to_what_is_lost(shared: &Shared<'_>, mut drafts: Drafts, lost: &[String]) -> Result<Drafts, Refusal> {
    if lost.is_empty() {
        return Ok(drafts);
    }
    if !shared.options.accept.contains(ANSWER_HEADERS) {
        let message = format!("the answer carries {}, which no rule gives with it (fact-1)", lost.join(", "));
        return Err(Refusal { class: Some(ANSWER_HEADERS), ..native(message) });
    }
    drafts.classes.insert(ANSWER_HEADERS.to_owned());
    Ok(drafts)
}

/// The header that a redirect or denial would lose, where it may.
pub(crate) fn lost(store: &Store, slot: Slot) -> Result<String, Refusal> {
    match slot {
        Slot::RespHeader(name) if !NEEDED.contains(&&**store.str(name)) => Ok(format!("`{}`", store.str(name))),
        Slot::RespHeader(name) => Err(native(format!("the answer is nothing without `{}`", store.str(name)))),
        Slot::SetCookie(_) => Err(native("the answer sets a cookie, which no rule gives with it (fact-1)")),
        other => Err(native(format!("the answer changes the {}", other.parts().0))),
    }
}

/// An answer whose status may depend on the request: each status has rules of its own, all of one phase.
pub(crate) fn answer(
    shared: &Shared<'_>,
    store: &mut Store,
    exit: &Exit,
    status: ExprId,
    body: ExprId,
) -> Result<Drafts, Refusal> {
    let place = place_of(store, &exit.also);
    let mut missing = BTreeSet::new();
    if place.is_some() {
        for (slot, _) in exit.also.iter().filter(|it| !is_named(store, it.0, "location")) {
            missing.insert(lost(store, *slot)?);
        }
        if !matches!(store.node(body), Node::Absent) {
            missing.insert("a body".to_owned());
        }
    }
    let phase = if place.is_some() { Phase::DynamicRedirect } else { Phase::WafCustom };
    let mut express = shared.express(store, phase);
    let found = express.alternatives(exit.guard, |it| {
        let status = it.value(status);
        let status = match it.store.node(status) {
            Node::Int(status) => {
                u16::try_from(*status).map_err(|_| native(format!("no rule answers with the status {status}")))?
            }
            Node::Ite(c, ..) => return Err(Stop::Split(*c)),
            Node::Code(region, ..) => {
                let cause = it.store.cause(*region).cause.clone();
                let message = format!("the answer depends on code: {cause}");
                return Err(Refusal::new(&diag::codes::NOT_UNDERSTOOD, message).into());
            }
            _ => return Err(native("the status is computed").into()),
        };
        match place {
            Some(to) if matches!(status, 301 | 302 | 303 | 307 | 308) => Ok((status, Some(location(it, to)?))),
            _ => Ok((status, None)),
        }
    })?;
    let mut rules = Vec::new();
    let (mut notes, mut own) = (BTreeSet::new(), false);
    for (filter, (status, to)) in found {
        let action = match to {
            Some(to) => redirection(to, status, &mut notes),
            None => {
                let (action, has_own) = block(express.store, exit, status, body, &mut notes, &mut missing)?;
                own |= has_own;
                action
            }
        };
        if matches!(action, Action::Block { .. }) != (phase == Phase::WafCustom) {
            return Err(native("some of the answers are redirects and some are not"));
        }
        rules.push(Draft { filter, action: DraftAction::Rule(action) });
    }
    notes.append(&mut express.notes);
    let minimum = if own { express.minimum.max(Plan::Pro) } else { express.minimum };
    let missing: Vec<String> = missing.into_iter().collect();
    up_to_what_is_lost(shared, Drafts::of(phase, rules, notes, minimum), &missing)
}

/// The `Location` of an answer.
fn place_of(store: &Store, also: &[(Slot, ExprId)]) -> Option<ExprId> {
    also.iter().find(|it| is_named(store, it.0, "location")).and_then(|it| single(store, it.1))
}

fn is_named(store: &Store, slot: Slot, name: &str) -> bool {
    matches!(slot, Slot::RespHeader(it) if &**store.str(it) == name)
}

/// A denial, and whether it has a status or a body of its own.
fn block(
    store: &Store,
    exit: &Exit,
    status: u16,
    body: ExprId,
    notes: &mut BTreeSet<String>,
    missing: &mut BTreeSet<String>,
) -> Result<(Action, bool), Refusal> {
    if !(400..=499).contains(&status) {
        return Err(native(format!("no rule answers with the status {status}")));
    }
    let content = match store.node(body) {
        Node::Absent => None,
        Node::Call(Fn::Some, args) => match args.first().and_then(|it| store.as_str(*it)) {
            Some(text) => Some(text.to_string()),
            None => return Err(native("the body is computed")),
        },
        _ => return Err(native("the body is computed")),
    };
    let mut content_type = None;
    for (slot, value) in &exit.also {
        let text = single(store, *value).and_then(|it| store.as_str(it));
        match text.filter(|_| is_named(store, *slot, "content-type") && content.is_some()) {
            Some(text) => {
                // Of a type's parameters a block has none.
                let plain = text.split(';').next().unwrap_or_default().trim();
                if plain.len() != text.len() {
                    missing.insert("parameters of `content-type`".to_owned());
                }
                content_type = Some(plain.to_owned());
            }
            None => drop(missing.insert(lost(store, *slot)?)),
        }
    }
    if content.as_deref().is_none_or(str::is_empty) || content_type.is_none() {
        // A block always shows some page with some type; the source showed none.
        notes.insert("block-page".to_owned());
    }
    let content = content.filter(|it| !it.is_empty());
    let content_type = content.is_some().then(|| content_type.unwrap_or_else(|| "text/plain".to_owned()));
    let own = content.is_some() || status != 403;
    Ok((Action::Block { status, content_type, content }, own))
}
