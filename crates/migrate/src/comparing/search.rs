//! The search for outcomes of conditions that no mined exchange meets: what a condition compared is put into the exchange.
//!
//! The functions run with counters that also tell which texts were compared. Where one of them came out of the exchange, the
//! other in its place turns the condition, even where it was computed: a decoded password, the signature of a token.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use interp::exchange::Exchange;

use super::coverage::CountedZone;

/// Exchanges that are tried with one pair of compared texts.
const TRIES: usize = 3;
/// Exchanges that are made from all pairs at once.
const MOST: usize = 4_000;

/// What is known of the conditions so far.
#[derive(Default)]
pub(super) struct Search {
    /// Counters that were passed.
    pub(super) met: BTreeSet<String>,
    /// Exchanges that were run.
    pub(super) seen: HashSet<Exchange>,
    tried: BTreeMap<(String, String), usize>,
    /// Pairs of compared texts with the exchange in which they met.
    open: Vec<(String, String, Exchange)>,
}

impl Search {
    /// Runs an exchange; gives the counters that it passed.
    pub(super) fn run(&mut self, counted: &mut CountedZone, exchange: &Exchange) -> BTreeSet<String> {
        let (_, hits) = counted.hits(exchange);
        for (left, right) in counted.take_compared() {
            let tried = self.tried.entry((left.clone(), right.clone())).or_default();
            if *tried < TRIES {
                *tried += 1;
                self.open.push((left, right, exchange.clone()));
            }
        }
        self.met.extend(hits.iter().cloned());
        hits
    }

    /// Exchanges in which the texts that were compared since the last call stand in each other's place.
    pub(super) fn turned(&mut self) -> Vec<Exchange> {
        let mut out = Vec::new();
        for (left, right, exchange) in std::mem::take(&mut self.open) {
            for (from, to) in [(&left, &right), (&right, &left)] {
                if from.is_empty() || out.len() > MOST {
                    continue;
                }
                for to in [to.clone(), format!("{from}{to}"), format!("{to}{from}")] {
                    replaced(&exchange, from, &to, &mut out);
                }
            }
        }
        out
    }
}

/// The exchange with each argument and each cookie in the shape of a token of three parts.
pub(super) fn with_tokens(exchange: &Exchange) -> Vec<Exchange> {
    let mut out = Vec::new();
    let pairs = |text: &str, mark: &str| -> Vec<String> {
        let parts: Vec<&str> = text.split(mark).collect();
        let shaped = |at: usize| -> Option<String> {
            let (name, _) = parts.get(at)?.split_once('=')?;
            let mut all: Vec<String> = parts.iter().map(|it| (*it).to_owned()).collect();
            *all.get_mut(at)? = format!("{name}=a.b.c");
            Some(all.join(mark))
        };
        (0..parts.len()).filter_map(shaped).collect()
    };
    for query in pairs(exchange.request.query.as_deref().unwrap_or_default(), "&") {
        out.push(with(exchange, |it| it.request.query = Some(query)));
    }
    for (at, (_, value)) in exchange.request.headers.0.iter().enumerate().filter(|(_, (name, _))| name == "cookie") {
        for cookies in pairs(value, "; ") {
            out.push(with(exchange, |it| {
                if let Some((_, line)) = it.request.headers.0.get_mut(at) {
                    *line = cookies;
                }
            }));
        }
    }
    out
}

/// The exchange with paths just below, at and above lengths.
pub(super) fn with_lengths(exchange: &Exchange, lengths: &[usize]) -> Vec<Exchange> {
    let around = lengths.iter().flat_map(|it| [it.saturating_sub(1), *it, it + 1]).filter(|it| *it > 0);
    around.map(|length| with(exchange, |it| it.request.path = format!("/{}", "a".repeat(length - 1)))).collect()
}

/// The exchange for hosts close to its own.
pub(super) fn with_hosts(exchange: &Exchange) -> Vec<Exchange> {
    let host = exchange.request.host.clone();
    let parent = host.split_once('.').map(|(_, rest)| rest.to_owned()).filter(|it| it.contains('.'));
    let close = [parent, Some(format!("m.{host}")), Some("shop.example.org".to_owned())];
    close.into_iter().flatten().map(|host| with(exchange, |it| it.request.host = host)).collect()
}

/// The exchange with a text replaced in one part of it at a time.
fn replaced(exchange: &Exchange, from: &str, to: &str, out: &mut Vec<Exchange>) {
    let request = &exchange.request;
    for path in changed(&request.path, from, to) {
        if path_text(&path) {
            out.push(with(exchange, |it| it.request.path = path));
        }
    }
    for query in changed(request.query.as_deref().unwrap_or_default(), from, to) {
        if query.chars().all(|it| it.is_ascii_graphic() && it != '#') {
            out.push(with(exchange, |it| it.request.query = Some(query)));
        }
    }
    if request.host == from && to.contains('.') && to.chars().all(|it| it.is_ascii_alphanumeric() || "-.".contains(it))
    {
        out.push(with(exchange, |it| it.request.host = to.to_ascii_lowercase()));
    }
    if request.method == from && !to.is_empty() && to.chars().all(|it| it.is_ascii_uppercase()) && to.len() < 12 {
        out.push(with(exchange, |it| it.request.method = to.to_owned()));
    }
    for (at, (_, value)) in request.headers.0.iter().enumerate() {
        for text in changed(value, from, to) {
            let plain = text.chars().all(|it| it.is_ascii_graphic() || it == ' ') && text.trim() == text;
            if plain && text.len() < 2_000 {
                out.push(with(exchange, |it| {
                    if let Some((_, line)) = it.request.headers.0.get_mut(at) {
                        *line = text;
                    }
                }));
            }
        }
    }
}

fn with(exchange: &Exchange, change: impl FnOnce(&mut Exchange)) -> Exchange {
    let mut it = exchange.clone();
    change(&mut it);
    it
}

/// All occurrences replaced, and the last one alone.
fn changed(text: &str, from: &str, to: &str) -> Vec<String> {
    let Some(last) = text.rfind(from) else { return Vec::new() };
    let mut only = text.to_owned();
    only.replace_range(last..last + from.len(), to);
    let all = text.replace(from, to);
    if all == only { vec![all] } else { vec![only, all] }
}

/// Whether a path is one that URL normalization leaves alone.
fn path_text(path: &str) -> bool {
    path.starts_with('/')
        && path.len() < 4_000
        && path.chars().all(|it| it.is_ascii_alphanumeric() || "-._~!$&'()*+,;=:@/".contains(it))
        && !path.contains("//")
        && !path.split('/').any(|it| matches!(it, "." | ".."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_replaced_at_the_end_and_everywhere() {
        assert_eq!(changed("a=a.b.c&c", "c", "x"), ["a=a.b.c&x", "a=a.b.x&x"]);
        assert_eq!(changed("/a", "/a", "/b"), ["/b"]);
        assert!(changed("/a", "z", "y").is_empty());
        assert!(path_text("/a/b.php") && !path_text("/a/../b") && !path_text("a") && !path_text("/a//b"));
    }
}
