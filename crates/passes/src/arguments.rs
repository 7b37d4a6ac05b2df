//! Arguments that a function takes out of the query: one rewrite for all of them, close up to the form of what is left.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "these matches look for one shape; whatever else there is or will be is refused or says nothing"
)]

use edge::{Arm, Fn, Hook, Node, Slot, Store};
use target::lang::{self, Expr, Func, Index};
use target::phase::Phase;
use target::ruleset::{Action, Value};

use crate::draft::{Draft, DraftAction, Drafts, Shared};
use crate::express::{Refusal, value_refusal};
use crate::field;
use crate::placement::QUERY_ORDER;

/// The rewrite that drops the arguments of a hook. Every behavior that drops one has the same rule.
pub(crate) fn dropped(shared: &Shared<'_>, store: &mut Store, hook: &Hook, arm: &Arm) -> Result<Drafts, Refusal> {
    let other = || value_refusal("no rule changes an argument of the query, only drops some under one condition");
    let mut names = Vec::new();
    for (slot, arms) in &hook.updates {
        match slot {
            Slot::Arg(name) => match arms.as_slice() {
                [one] if one.guard == arm.guard && is_empty(store, one) => names.push(store.str(*name).to_string()),
                _ => return Err(other()),
            },
            Slot::Query => return Err(other()),
            _ => {}
        }
    }
    // A name that is sent in one form only: what an encoded one means to either side is not documented.
    let plain = |it: &String| {
        !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'_' | b'-' | b'.'))
    };
    if !names.iter().all(plain) {
        return Err(value_refusal("an argument whose name may be sent in several forms"));
    }
    let mut express = shared.express(store, Phase::UrlRewrite);
    express.domain();
    let filter = express.filter(arm.guard)?;
    let (mut notes, minimum) = (express.notes, express.minimum);
    notes.insert("fact-22".to_owned());
    if !shared.options.accept.contains(QUERY_ORDER) {
        let message = "the query is written anew from what is left of it; a rule leaves the rest as it was sent";
        return Err(Refusal { class: Some(QUERY_ORDER), ..value_refusal(message) });
    }
    let arguments = || field::named("http.request.uri.args");
    let mut asked = Vec::new();
    for name in &names {
        let values = Expr::Index(Box::new(arguments()?), Index::Key(name.clone()));
        asked.push(lang::present(lang::index_first(values)));
    }
    let query = std::iter::once(field::named("http.request.uri.query")?);
    let left = lang::call(Func::RemoveQueryArgs, query.chain(names.into_iter().map(lang::string)).collect());
    let action = Action::RewriteUrl { path: None, query: Some(Value::Dynamic(left)) };
    let rule = Draft { filter: lang::and([filter, lang::or(asked)]), action: DraftAction::Rule(action) };
    let classes = [QUERY_ORDER.to_owned()].into_iter().collect();
    Ok(Drafts { classes, ..Drafts::of(Phase::UrlRewrite, vec![rule], notes, minimum) })
}

fn is_empty(store: &Store, arm: &Arm) -> bool {
    matches!(store.node(arm.value), Node::Call(Fn::ListEmpty, _))
}
