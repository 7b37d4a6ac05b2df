//! Descriptions of emitted rules and lists: the source line of the behavior, the function, what it does. What a behavior does is
//! said with its value where that is short.

use edge::{ExprId, FieldKind, Fn, Node, Program, Slot, Store};
use passes::{Part, Placement};
use source::Sources;

/// Characters of a description.
const LONGEST: usize = 400;

/// Puts the source line before what placement says of each rule and list.
pub(crate) fn describe(placement: &mut Placement, program: &Program, sources: &Sources) {
    for it in &mut placement.behaviors {
        let Part::Update(slot, arm) = it.part else { continue };
        let arms = program.hooks.get(it.hook).and_then(|hook| hook.updates.get(&slot));
        let value = arms.and_then(|arms| arms.get(arm)).map(|it| it.value);
        if let Some(words) = value.and_then(|value| with_value(&program.store, slot, value, &it.summary)) {
            it.summary = words;
        }
    }
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

/// Characters of a value that a summary shows.
const SHORT: usize = 60;

/// What an update does, with its value; none where the value says nothing short, or may be a secret.
fn with_value(store: &Store, slot: Slot, value: ExprId, summary: &str) -> Option<String> {
    let plain = |it: &str| it.chars().filter(|it| !it.is_control()).take(SHORT).collect::<String>();
    match slot {
        Slot::Path => {
            if let Some(path) = store.as_str(value) {
                return Some(format!("set path to {}", plain(path)));
            }
            let Node::Call(Fn::Concat, args) = store.node(value) else { return None };
            let [first, last] = args.as_ref() else { return None };
            let is_path = |it: ExprId| matches!(store.node(it), Node::Read(field) if field.kind == FieldKind::Path);
            match (store.as_str(*first), store.as_str(*last)) {
                (None, Some(text)) if is_path(*first) => Some(format!("append {} to the path", plain(text))),
                (Some(text), None) if is_path(*last) => Some(format!("put {} in front of the path", plain(text))),
                (Some(_) | None, Some(_) | None) => None,
            }
        }
        Slot::RespHeader(name) if &**store.str(name) != "*" => {
            let Node::Call(Fn::ListPush, args) = store.node(value) else { return None };
            let [list, value] = args.as_ref() else { return None };
            let alone = matches!(store.node(*list), Node::Call(Fn::ListEmpty, _));
            let text = store.as_str(*value).filter(|_| alone)?;
            Some(format!("{summary} to {}", plain(text)))
        }
        // The name stands for all of them: which ones are written is not known.
        Slot::Header(name) | Slot::RespHeader(name) | Slot::Cookie(name) | Slot::SetCookie(name) | Slot::Arg(name) => {
            let kind = summary.strip_suffix(" *").filter(|_| &**store.str(name) == "*")?;
            let kind = kind.trim_start_matches("set ").trim_start_matches("remove ");
            let many = if kind == "arg" { "query arguments".to_owned() } else { format!("{kind}s") };
            Some(format!("replace {many} of any name"))
        }
        Slot::Query | Slot::OriginHost | Slot::OriginHostHeader | Slot::OriginPort | Slot::Status | Slot::Body => None,
    }
}
