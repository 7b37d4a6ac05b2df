//! The law of exits on the final placement, judged by `prove`, which shares no code with the passes.

use std::collections::BTreeMap;

use diag::{Diagnostic, codes};
use edge::Program;
use passes::{Part, Placement};
use prove::Landed;
use target::phase::Phase;
use target::ruleset::Rule;

/// Where the exits of the composed program landed: their rules with phase and position.
#[must_use]
pub fn landed(placement: &Placement) -> Vec<Landed<'_>> {
    let mut places: BTreeMap<&str, (Phase, usize, &Rule)> = BTreeMap::new();
    let of_zones = placement.zones.iter().flat_map(|zone| &zone.phases).map(|(phase, rules)| (*phase, rules));
    for (phase, rules) in of_zones.chain([(Phase::BulkRedirect, &placement.account.bulk_rules)]) {
        for (at, rule) in rules.iter().enumerate() {
            places.insert(&rule.reference, (phase, at, rule));
        }
    }
    let mut landed = Vec::new();
    for behavior in &placement.behaviors {
        let (hook, Part::Exit(exit)) = behavior.in_chain else { continue };
        let rules: Vec<_> = behavior.refs.iter().filter_map(|it| places.get(it.as_str()).copied()).collect();
        if !rules.is_empty() {
            landed.push(Landed { hook, exit, rules });
        }
    }
    landed
}

/// Each broken pair is a fault of our own.
pub(crate) fn faults(program: &Program, placement: &Placement) -> Vec<Diagnostic> {
    let landed = landed(placement);
    let broken = prove::law(program, &landed, &placement.account.lists);
    let said = broken.into_iter().map(|it| {
        let hook = program.hooks.get(it.hook);
        let name = hook.map_or("", |it| &it.name);
        let request = match it.request {
            Some(found) => {
                let parts: Vec<String> = found.iter().map(|(subject, text)| format!("{subject:?} {text:?}")).collect();
                format!("on a request with {}", parts.join(", "))
            }
            None => "as far as could be shown".to_owned(),
        };
        let message = format!("exit {} of `{name}` overtakes exit {} {request}", it.exit, it.overtakes);
        Diagnostic::new(&codes::INTERNAL_FAULT, hook.map(|it| it.span), message)
    });
    said.collect()
}
