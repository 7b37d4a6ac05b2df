//! Makes a differing exchange small: every part that does not matter for the difference is taken away.

use interp::exchange::Exchange;

/// How many candidates are tried at most.
const TRIES: usize = 2_000;

/// The smallest exchange reached from `exchange` on which `still_differs` holds. Greedy: every simplification that keeps
/// the difference is kept, until none does.
pub fn shrink(exchange: &Exchange, mut still_differs: impl FnMut(&Exchange) -> bool) -> Exchange {
    let mut best = exchange.clone();
    let mut tries = 0;
    loop {
        let before = best.clone();
        for candidate in candidates(&best) {
            tries += 1;
            if tries > TRIES {
                return best;
            }
            if candidate != best && still_differs(&candidate) {
                best = candidate;
                break;
            }
        }
        if best == before {
            return best;
        }
    }
}

/// Simpler exchanges, the boldest first.
fn candidates(from: &Exchange) -> Vec<Exchange> {
    let mut list = Vec::new();
    let mut with = |change: &dyn Fn(&mut Exchange)| {
        let mut it = from.clone();
        change(&mut it);
        if it != *from {
            list.push(it);
        }
    };
    with(&|it| it.request.headers.0.clear());
    with(&|it| it.request.query = None);
    with(&|it| it.request.visitor.clear());
    with(&|it| it.origin.headers.0.clear());
    with(&|it| it.origin.body.clear());
    with(&|it| it.origin.status = 200);
    with(&|it| it.request.method = "GET".to_owned());
    with(&|it| it.request.scheme = "https".to_owned());
    with(&|it| it.request.client_ip = "198.51.100.7".to_owned());
    with(&|it| it.inputs.kv.clear());
    with(&|it| it.inputs.random_permille = vec![0]);
    with(&|it| it.inputs.now_ms = 0);
    with(&|it| it.request.path = "/".to_owned());
    for at in 0..from.request.headers.0.len() {
        with(&|it| drop(it.request.headers.0.remove(at)));
    }
    for at in 0..from.origin.headers.0.len() {
        with(&|it| drop(it.origin.headers.0.remove(at)));
    }
    for name in from.request.visitor.keys() {
        with(&|it| drop(it.request.visitor.remove(name)));
    }
    for key in from.inputs.kv.keys() {
        with(&|it| drop(it.inputs.kv.remove(key)));
    }
    if let Some(query) = &from.request.query {
        for left in without_one(query, "&") {
            with(&|it| it.request.query = Some(left.clone()));
        }
    }
    for (at, (name, value)) in from.request.headers.0.iter().enumerate() {
        if name == "cookie" {
            for left in without_one(value, "; ") {
                with(&|it| {
                    if let Some(line) = it.request.headers.0.get_mut(at) {
                        line.1.clone_from(&left);
                    }
                });
            }
        }
    }
    let segments = from.request.path.trim_start_matches('/');
    for left in without_one(segments, "/") {
        with(&|it| it.request.path = format!("/{left}"));
    }
    let mut shorter = from.request.path.clone();
    // A cut inside an escape would leave the domain.
    if shorter.len() > 1 && !shorter.contains('%') {
        shorter.pop();
        with(&|it| it.request.path.clone_from(&shorter));
    }
    list
}

/// `text` with one of its parts left out, for each part.
fn without_one(text: &str, separator: &str) -> Vec<String> {
    let parts: Vec<&str> = text.split(separator).collect();
    if parts.len() < 2 {
        return Vec::new();
    }
    (0..parts.len())
        .map(|out| {
            let left: Vec<&str> =
                parts.iter().enumerate().filter(|(at, _)| *at != out).map(|(_, part)| *part).collect();
            left.join(separator)
        })
        .collect()
}
