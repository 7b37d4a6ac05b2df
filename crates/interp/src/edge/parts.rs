//! Named values inside header lines and queries: cookies, arguments, `Set-Cookie` lines, read and written back.
//!
//! Nothing is percent-decoded and names keep the order of their first appearance, as in the old platform's event.

/// A name and its values in order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) values: Vec<String>,
}

fn grouped(pairs: impl Iterator<Item = (String, String)>) -> Vec<Named> {
    let mut all: Vec<Named> = Vec::new();
    for (name, value) in pairs {
        match all.iter_mut().find(|it| it.name == name) {
            Some(named) => named.values.push(value),
            None => all.push(Named { name, values: vec![value] }),
        }
    }
    all
}

fn pair(part: &str) -> (String, String) {
    let (name, value) = part.split_once('=').unwrap_or((part, ""));
    (name.to_owned(), value.to_owned())
}

/// The arguments of a query.
pub(super) fn arguments(query: Option<&str>) -> Vec<Named> {
    grouped(query.unwrap_or_default().split('&').filter(|it| !it.is_empty()).map(pair))
}

/// The cookies of `cookie` lines.
pub(super) fn cookies<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Named> {
    grouped(lines.flat_map(|line| line.split(';')).filter_map(|part| {
        let part = part.trim_matches([' ', '\t']);
        (!part.is_empty()).then(|| pair(part))
    }))
}

/// The cookies of `set-cookie` lines; a value carries its attributes: `1; Path=/`.
pub(super) fn set_cookies<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Named> {
    grouped(lines.map(|line| {
        let (head, attributes) = match line.split_once(';') {
            Some((head, rest)) => (head, rest.trim_start_matches(' ')),
            None => (line, ""),
        };
        let (name, value) = head.split_once('=').unwrap_or((head, ""));
        let value = value.trim();
        let value = if attributes.is_empty() { value.to_owned() } else { format!("{value}; {attributes}") };
        (name.trim().to_owned(), value)
    }))
}

/// The values of one name; none if it is missing.
pub(super) fn values<'a>(all: &'a [Named], name: &str) -> &'a [String] {
    all.iter().find(|it| it.name == name).map(|it| it.values.as_slice()).unwrap_or_default()
}

/// Gives a name new values, in its place or at the end; no values remove it. Says whether anything changed.
pub(super) fn put(all: &mut Vec<Named>, name: &str, new: Vec<String>) -> bool {
    if values(all, name) == new.as_slice() {
        return false;
    }
    if new.is_empty() {
        all.retain(|it| it.name != name);
    } else {
        match all.iter_mut().find(|it| it.name == name) {
            Some(named) => named.values = new,
            None => all.push(Named { name: name.to_owned(), values: new }),
        }
    }
    true
}

/// Orders names as a script engine lists an object's: whole numbers first, ascending, then the others as they are.
pub(super) fn script_order(all: &mut [Named]) {
    let index = |name: &str| name.parse::<u32>().ok().filter(|it| *it != u32::MAX && it.to_string() == name);
    all.sort_by_key(|it| index(&it.name).map_or((1, 0), |number| (0, number)));
}

/// Every `name=value`, in order.
pub(super) fn pairs(all: &[Named]) -> Vec<String> {
    all.iter().flat_map(|it| it.values.iter().map(move |value| format!("{}={value}", it.name))).collect()
}

/// Puts lines where the first line of the name was, else at the end.
pub(super) fn replace(lines: &mut Vec<(String, String)>, name: &str, new: Vec<String>) {
    let at = lines.iter().position(|(it, _)| it == name).unwrap_or(lines.len());
    lines.retain(|(it, _)| it != name);
    lines.splice(at..at, new.into_iter().map(|value| (name.to_owned(), value)));
}
