//! The concrete meaning of edge programs: what an exchange becomes under a request hook and a response hook.
//!
//! Written from the documentation of `edge`'s nodes, fields, functions and slots, and of the platform that the hooks come from. It
//! never guesses: an exchange whose outcome depends on code that is not understood is [`Outcome::Undecided`], with the cause.

mod eval;
mod fields;
mod parts;
mod pattern;
mod platform;
#[cfg(test)]
mod tests;
mod text;
mod write;

use edge::{Arm, Exit, ExitKind, ExprId, Hook, HookPoint, Slot, Store, Ty};

use crate::exchange::{Exchange, Headers, Outcome, Request, Response};
use eval::Values;
use fields::View;
use platform::Stop;
use text::Cause;
use write::Written;

pub use write::ORIGIN_LINE;

/// Runs one exchange: the request hook, the origin, then the response hook when the origin's status is below 400.
///
/// An answer of the request hook skips origin and response hook. Where the response hook's result differs between the visitor's
/// request and the changed one, the platform's choice is not documented and the outcome is undecided.
#[must_use]
pub fn run(store: &Store, request_hook: Option<&Hook>, response_hook: Option<&Hook>, exchange: &Exchange) -> Outcome {
    match steps(store, request_hook, response_hook, exchange) {
        Ok(outcome) => outcome,
        Err(Stop::Fails(words)) => Outcome::Failed(words),
        Err(Stop::Unknown(words)) => Outcome::Undecided(words),
    }
}

fn steps(store: &Store, first: Option<&Hook>, second: Option<&Hook>, exchange: &Exchange) -> Result<Outcome, Stop> {
    let given = &exchange.request;
    let sent = match first {
        None => write::request(store, given, &[])?,
        Some(hook) => {
            let view = View { request: given, response: None, inputs: &exchange.inputs };
            let values = Values::of(store, &roots(hook), &view);
            match taken(hook, &values)? {
                Some(exit) => {
                    return Ok(Outcome::Answered { origin_saw: None, response: answer(store, exit, &values)? });
                }
                None => write::request(store, given, &updates(hook, &values)?)?,
            }
        }
    };
    let mut response = exchange.origin.clone();
    if let Some(hook) = second.filter(|_| exchange.origin.status < 400) {
        let answered = respond(store, hook, &sent, exchange);
        if sent != *given && respond(store, hook, given, exchange) != answered {
            return Err(Stop::Unknown("the response hook reads what the request hook wrote".to_owned()));
        }
        response = answered?;
    }
    Ok(Outcome::Answered { origin_saw: Some(sent), response })
}

fn respond(store: &Store, hook: &Hook, request: &Request, exchange: &Exchange) -> Result<Response, Stop> {
    let view = View { request, response: Some(&exchange.origin), inputs: &exchange.inputs };
    let values = Values::of(store, &roots(hook), &view);
    match taken(hook, &values)? {
        Some(exit) => answer(store, exit, &values),
        None => write::response(store, &exchange.origin, &updates(hook, &values)?),
    }
}

/// What of a hook acts on an exchange.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Acting {
    /// The exit of this position is taken.
    Exit(usize),
    /// No exit is taken; of each slot that changes, the arm of this position.
    Updates(Vec<(Slot, usize)>),
}

/// What of `hook` acts on an exchange whose request reaches it as sent; none where that depends on code.
#[must_use]
pub fn acting(store: &Store, hook: &Hook, exchange: &Exchange) -> Option<Acting> {
    let response = match hook.point {
        HookPoint::ClientRequest | HookPoint::OriginRequest => None,
        HookPoint::OriginResponse => Some(&exchange.origin),
        HookPoint::ClientResponse if exchange.origin.status < 400 => Some(&exchange.origin),
        HookPoint::ClientResponse => return Some(Acting::Updates(Vec::new())),
    };
    let view = View { request: &exchange.request, response, inputs: &exchange.inputs };
    let values = Values::of(store, &roots(hook), &view);
    for (at, exit) in hook.exits.iter().enumerate() {
        if values.bool(exit.guard).ok()? {
            return Some(Acting::Exit(at));
        }
    }
    let mut updates = Vec::new();
    for (slot, arms) in &hook.updates {
        for (at, arm) in arms.iter().enumerate() {
            if values.bool(arm.guard).ok()? {
                updates.push((*slot, at));
                break;
            }
        }
    }
    Some(Acting::Updates(updates))
}

fn unknown(cause: Cause) -> Stop {
    Stop::Unknown(cause.to_string())
}

/// Every expression of a hook.
fn roots(hook: &Hook) -> Vec<ExprId> {
    let mut all = Vec::new();
    for Exit { guard, kind, also, why: _, span: _ } in &hook.exits {
        all.push(*guard);
        match kind {
            ExitKind::Redirect { status: _, to } => all.push(*to),
            ExitKind::Respond { status, body } => all.extend([*status, *body]),
            ExitKind::PlatformError(_) => {}
        }
        all.extend(also.iter().map(|(_, value)| *value));
    }
    for Arm { guard, value, why: _, span: _ } in hook.updates.values().flatten() {
        all.extend([*guard, *value]);
    }
    all
}

/// The first exit whose guard holds.
fn taken<'a>(hook: &'a Hook, values: &Values) -> Result<Option<&'a Exit>, Stop> {
    for exit in &hook.exits {
        if values.bool(exit.guard).map_err(unknown)? {
            return Ok(Some(exit));
        }
    }
    Ok(None)
}

/// The slots that get a value: of each, the first arm whose guard holds.
fn updates(hook: &Hook, values: &Values) -> Result<Vec<(Slot, Written)>, Stop> {
    let mut all = Vec::new();
    for (slot, arms) in &hook.updates {
        for arm in arms {
            if values.bool(arm.guard).map_err(unknown)? {
                all.push((*slot, written(*slot, arm.value, values)?));
                break;
            }
        }
    }
    Ok(all)
}

fn written(slot: Slot, value: ExprId, values: &Values) -> Result<Written, Stop> {
    match slot.ty() {
        Ty::Str => values.text(value).map(Written::Text),
        Ty::OptStr => values.optional(value).map(Written::Optional),
        Ty::List => values.list(value).map(Written::List),
        Ty::Int => values.int(value).map(Written::Int),
        Ty::Bool => Err(Cause::from("no slot holds a boolean")),
    }
    .map_err(unknown)
}

/// The answer that an exit makes.
fn answer(store: &Store, exit: &Exit, values: &Values) -> Result<Response, Stop> {
    let mut headers = Headers::default();
    let (status, body) = match &exit.kind {
        ExitKind::PlatformError(words) => return Err(Stop::Fails(words.to_string())),
        ExitKind::Redirect { status, to } => {
            let to = values.text(*to).map_err(unknown)?;
            platform::check_value("location", &to)?;
            headers.append("location", &to);
            (i64::from(*status), Vec::new())
        }
        ExitKind::Respond { status, body } => {
            let body = values.optional(*body).map_err(unknown)?;
            (values.int(*status).map_err(unknown)?, body.map(|it| it.as_bytes().to_vec()).unwrap_or_default())
        }
    };
    let status = platform::check_status(status)?;
    let also = exit.also.iter().map(|(slot, value)| Ok((*slot, written(*slot, *value, values)?)));
    let also = also.collect::<Result<Vec<_>, Stop>>()?;
    write::answer_headers(store, &mut headers, &also)?;
    Ok(Response { status, headers, body })
}
