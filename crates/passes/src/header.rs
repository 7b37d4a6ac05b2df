//! Header rules: what a hook does to the lines of one name, where a rule may do that.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these matches look for one shape; whatever else there is or will be is refused or says nothing"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use edge::{Arm, Fn, HookPoint, Node, Place, Store};
use target::headers::{self, Operation, permits};
use target::lang::Expr;
use target::phase::{Phase, Side};
use target::plan::Plan;
use target::ruleset::{Action, HeaderOp, Value};

use crate::draft::{Draft, DraftAction, Drafts, Shared, single};
use crate::express::{Refusal, value_refusal};
use crate::placement::REPEATED_KEY;
use crate::{Reason, status};

/// Response headers by which a cache keeps an answer.
const KEPT_BY: [&str; 4] = ["cache-control", "expires", "pragma", "vary"];

/// The rules of one arm of a header.
pub(crate) fn header(
    shared: &Shared<'_>,
    store: &mut Store,
    name: Option<Arc<str>>,
    arm: &Arm,
    point: HookPoint,
) -> Result<Drafts, Refusal> {
    let phase = if point.of_response() { Phase::ResponseHeaders } else { Phase::RequestHeaders };
    let Some(name) = name.map(|it| it.to_ascii_lowercase()) else {
        return Err(value_refusal("a header without a name"));
    };
    let side = if phase.is_response() { Side::Response } else { Side::Request };
    let mut classes = BTreeSet::new();
    let value = match store.node(arm.value).clone() {
        Node::Call(Fn::ListEmpty, _) => None,
        Node::Call(Fn::ListPush, _) => match single(store, arm.value) {
            Some(it) => Some(it),
            None => return Err(value_refusal(format!("`{name}` gets several lines"))),
        },
        Node::Call(Fn::ListSetFirst, args) => {
            if !shared.options.accept.contains(REPEATED_KEY) {
                return Err(Refusal {
                    class: Some(REPEATED_KEY),
                    ..value_refusal(format!(
                        "`{name}`: the first line is replaced and others stay; a rule replaces all"
                    ))
                });
            }
            classes.insert(REPEATED_KEY.to_owned());
            args.get(1).copied()
        }
        _ => return Err(value_refusal(format!("the lines of `{name}` are computed in a way that has no counterpart"))),
    };
    if point == HookPoint::OriginResponse && KEPT_BY.contains(&&*name) {
        return Err(value_refusal(format!("`{name}` of what the origin answers also decides what the cache keeps")));
    }
    let operation = if value.is_some() { Operation::Set } else { Operation::Remove };
    match permits(side, operation, &name) {
        Ok(()) => {}
        Err(headers::Refusal::Reserved) if side == Side::Response => {
            let message = format!("no rule changes `{name}`; what the visitor is shown there is Cloudflare's own");
            let reason = Reason { code: &diag::codes::HEADER_OWNED_BY_CLOUDFLARE, message };
            // The name of the origin's software is not shown either way.
            let hidden = name == "server" && value.is_none();
            let place = if hidden { Place::Default } else { Place::Refused };
            let nothing = Drafts::of(phase, Vec::new(), BTreeSet::new(), Plan::Free);
            return Ok(Drafts { settled: Some((place, reason)), ..nothing });
        }
        Err(it) => return Err(value_refusal(format!("`{name}`: {it}"))),
    }
    let mut express = shared.express(store, phase);
    let found = express.alternatives(arm.guard, |it| {
        let Some(value) = value.map(|value| it.value(value)) else { return Ok(HeaderOp::Remove) };
        Ok(HeaderOp::Set(match it.text(value, 0)? {
            Expr::Str(text) => Value::Static(text),
            _ if !it.never_empty(value) => {
                return Err(
                    value_refusal(format!("`{name}` may get an empty value, which a rule takes for removal")).into()
                );
            }
            text => Value::Dynamic(text),
        }))
    })?;
    let (mut notes, minimum) = (express.notes, express.minimum);
    let mut settled = None;
    let mut rules = Vec::new();
    for (filter, op) in found {
        // Before an answer is stored the platform runs a hook whatever the status is.
        let below = point == HookPoint::ClientResponse;
        let filter = if below { status::runs_below(400, filter, &mut notes)? } else { filter };
        let ops = BTreeMap::from([(name.clone(), op)]);
        let action = if phase.is_response() { Action::ResponseHeaders(ops) } else { Action::RequestHeaders(ops) };
        if filter == Expr::Bool(false) {
            let message = "the condition asks for a status at which the platform does not run the function".to_owned();
            settled = Some((Place::Dead, Reason { code: &diag::codes::NEVER_HAPPENS, message }));
        } else {
            rules.push(Draft { filter, action: DraftAction::Rule(action) });
        }
    }
    let settled = settled.filter(|_| rules.is_empty());
    Ok(Drafts { classes, settled, ..Drafts::of(phase, rules, notes, minimum) })
}
