//! The mark that a Worker puts on its own answers: response rules leave marked answers alone, and a last rule takes the mark
//! off, so that no visitor sees it.

use std::collections::BTreeMap;

use target::lang::{self, Expr, Index};
use target::phase::Phase;
use target::ruleset::{Action, HeaderOp, Rule, ZoneRules};

use crate::{ANSWER_MARK, WorkerPart};

/// `any(http.response.headers["x-migrate-answer"][*] eq "1")`
fn marked() -> Option<Expr> {
    let lines = Expr::Index(Box::new(lang::field("http.response.headers")?), Index::Key(ANSWER_MARK.into()));
    Some(lang::any(lang::eq(lang::index_each(lines), lang::string("1"))))
}

/// What a response rule asks for in a zone whose Worker marks its answers.
pub(crate) fn unmarked() -> Option<Expr> {
    marked().map(lang::not)
}

/// Adds the rule that takes the mark off. Rules of one phase see the response as it was when the phase began, so the rules
/// before it still see the mark. Where the plan has no room for one more rule the mark stays, which changes nothing else.
pub(crate) fn taken_off(zones: &mut BTreeMap<String, ZoneRules>, workers: &[WorkerPart], most: u64) {
    for part in workers.iter().filter(|it| it.mark_answers) {
        let (Some(zone), Some(expression)) = (zones.get_mut(&part.zone), marked()) else { continue };
        let rules = zone.phases.entry(Phase::ResponseHeaders).or_default();
        if (rules.len() as u64) < most {
            rules.push(Rule {
                reference: "migrate_answer_mark".to_owned(),
                description: "the mark of the Worker's own answers is not for visitors".to_owned(),
                expression,
                action: Action::ResponseHeaders(BTreeMap::from([(ANSWER_MARK.to_owned(), HeaderOp::Remove)])),
                enabled: true,
            });
        }
    }
}
