//! Descriptions of emitted rules and lists: the source line of the behavior, the function, what it does.

use edge::Program;
use passes::Placement;
use source::Sources;

/// Characters of a description.
const LONGEST: usize = 400;

/// Puts the source line before what placement says of each rule and list.
pub(crate) fn describe(placement: &mut Placement, program: &Program, sources: &Sources) {
    let lines: Vec<(Vec<String>, String)> = placement
        .behaviors
        .iter()
        .map(|it| {
            let (file, line) = sources.locate(it.span);
            let name = program.hooks.get(it.hook).map_or("", |hook| &*hook.name);
            let words = format!("{file}:{} {name} {}", line.line, it.summary);
            (it.refs.clone(), words.chars().filter(|it| !it.is_control()).take(LONGEST).collect())
        })
        .collect();
    let of =
        |reference: &str| lines.iter().find(|(refs, _)| refs.iter().any(|it| it == reference)).map(|it| it.1.clone());
    let zones = placement.zones.iter_mut().flat_map(|zone| zone.phases.values_mut()).flatten();
    for rule in zones.chain(placement.account.bulk_rules.iter_mut()) {
        if let Some(words) = of(&rule.reference) {
            for list in placement.account.lists.iter_mut().filter(|it| it.description == rule.description) {
                list.description.clone_from(&words);
            }
            rule.description = words;
        }
    }
}
