//! Contents of key-value stores: what the code asks for is seen by running it, what it finds is made of its words.
//!
//! Any key may be asked for, even one that is computed from the request; any content may be found. Some keys stay missing: a code
//! that is asked about those must not fail differently.

use std::collections::BTreeSet;

use interp::exchange::Exchange;
use serde_json::{Map, Value, json};

use super::vocabulary::Vocabulary;
use crate::random::Random;

/// How often code is asked again with what it asked for: a key may come out of the value of another.
const ROUNDS: usize = 6;
/// One of so many keys is left missing.
const MISSING: usize = 8;
/// Members of one object.
const MEMBERS: usize = 12;

/// Keys that code asked for, each with the format it wants the value in (`string`, `json`, `bytes`).
pub type Asked = BTreeSet<(String, String)>;

/// Makes contents from the words of a program.
#[derive(Debug)]
pub struct Stock {
    words: Vocabulary,
    random: Random,
}

impl Stock {
    /// A stock for the programs of a site.
    #[must_use]
    pub fn new(sources: &[&str], hosts: &[String], seed: u64) -> Stock {
        let mut random = Random::new(seed);
        Stock { words: Vocabulary::read(sources, hosts, &mut random), random }
    }

    /// Whether the programs read a store at all.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        self.words.uses_keys
    }

    /// Gives an exchange most of the keys that code asks for on it. `asks` runs the code.
    pub fn fill(&mut self, exchange: &mut Exchange, asks: &mut dyn FnMut(&Exchange) -> Asked) {
        let mut missing: BTreeSet<String> = BTreeSet::new();
        for _ in 0..ROUNDS {
            let mut added = false;
            for (key, format) in asks(exchange) {
                let held = exchange.inputs.kv.get(&key);
                let fits = held.is_some_and(|it| format != "json" || serde_json::from_str::<Value>(it).is_ok());
                if fits || missing.contains(&key) {
                    continue;
                }
                if held.is_none() && self.random.one_in(MISSING) {
                    missing.insert(key);
                    continue;
                }
                let value = if format == "json" { self.json(exchange).to_string() } else { self.text(exchange) };
                exchange.inputs.kv.insert(key, value);
                added = true;
            }
            if !added {
                return;
            }
        }
    }

    fn text(&mut self, exchange: &Exchange) -> String {
        let words = &self.words;
        let random = &mut self.random;
        let request = &exchange.request;
        match random.below(28) {
            0..=6 => random.text(&words.values).unwrap_or("1").to_owned(),
            7..=10 => random.text(&words.paths).unwrap_or("/").to_owned(),
            11 | 12 => request.client_ip.clone(),
            13 | 14 => format!("192.0.2.77,{}", request.client_ip),
            15 | 16 => request.host.clone(),
            17 | 18 => random.text(&words.hosts).unwrap_or("www.example.com").to_owned(),
            19 => request.path.clone(),
            20 => request.path.split('/').nth(1).unwrap_or_default().to_owned(),
            21 | 22 => format!("https://{}/moved", random.text(&words.hosts).unwrap_or("www.example.com")),
            23 | 24 => random.pick(&["true", "false", "1", "0", ""]).unwrap_or("1").to_owned(),
            25 => "it\u{2019}s \u{e9}".to_owned(),
            26 => "v1.2.3".to_owned(),
            _ => self.json(exchange).to_string(),
        }
    }

    fn json(&mut self, exchange: &Exchange) -> Value {
        match self.random.below(10) {
            0 => self.leaf(exchange),
            1 | 2 => (0..=self.random.below(2)).map(|_| self.object(exchange)).collect(),
            _ => self.object(exchange),
        }
    }

    /// An object with members that the source reads.
    fn object(&mut self, exchange: &Exchange) -> Value {
        let names: Vec<String> = self.words.members.keys().cloned().collect();
        let mut out = Map::new();
        for name in &names {
            if out.len() >= MEMBERS || !self.random.one_in((names.len() / MEMBERS).max(1) + 1) {
                continue;
            }
            let near: Vec<&str> = self.words.members.get(name).into_iter().flatten().map(String::as_str).collect();
            let close = if self.random.one_in(3) { None } else { self.random.pick(&near) };
            let close = close.and_then(|it| serde_json::from_str(it).ok());
            let value = close.unwrap_or_else(|| self.leaf(exchange));
            out.insert(name.clone(), value);
        }
        Value::Object(out)
    }

    fn leaf(&mut self, exchange: &Exchange) -> Value {
        let words = &self.words;
        let random = &mut self.random;
        match random.below(9) {
            0 => json!("1"),
            1 => json!(random.one_in(2)),
            2 => json!(random.pick(&["301", "302", "403", "404"]).and_then(|it| it.parse::<u16>().ok())),
            3 => json!(random.text(&words.values)),
            4 => json!(random.text(&words.paths)),
            5 => json!(format!("https://{}/moved", random.text(&words.hosts).unwrap_or("www.example.com"))),
            6 => json!(random.pick(&["2001-01-01T00:00:00Z", "2099-01-01T00:00:00Z"])),
            7 => json!(exchange.request.path),
            _ => json!(exchange.request.host),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = r#"
        const store = cf.kvs();
        async function handler(event) {
            const rule = await store.get("rule:" + event.request.uri, { format: "json" });
            if (rule.active === "yes" && rule['code'] === 301) return { statusCode: rule.code };
            return event.request;
        }"#;

    #[test]
    fn computed_keys_hold_objects_with_the_members_that_are_read() {
        let mut stock = Stock::new(&[SOURCE], &[], 3);
        assert!(stock.is_asked());
        let (mut held, mut missing, mut active, mut code) = (0, 0, 0, 0);
        for plain in super::super::mine(&[SOURCE], &[], 300, 1) {
            let mut exchange = plain;
            let key = format!("rule:{}", exchange.request.path);
            let asked = Asked::from([(key.clone(), "json".to_owned())]);
            stock.fill(&mut exchange, &mut |_| asked.clone());
            let Some(text) = exchange.inputs.kv.get(&key) else {
                missing += 1;
                continue;
            };
            let value: Value = serde_json::from_str(text).unwrap_or(Value::String("no JSON".to_owned()));
            assert_ne!(value, json!("no JSON"));
            held += 1;
            active += usize::from(value.get("active") == Some(&json!("yes")));
            code += usize::from(value.get("code") == Some(&json!(301)));
        }
        assert!(held > 200 && missing > 10, "{held} held, {missing} missing");
        assert!(active > 20 && code > 20, "{active} active, {code} with the code");
    }

    #[test]
    fn a_key_that_comes_out_of_a_value_is_filled_too() {
        let mut stock = Stock::new(&[SOURCE], &[], 5);
        let mut met = 0;
        for plain in super::super::mine(&[""], &[], 40, 1) {
            let mut exchange = plain;
            let asks = |it: &Exchange| {
                let key = |name: &str| (name.to_owned(), "string".to_owned());
                if it.inputs.kv.contains_key("a") { Asked::from([key("a"), key("b")]) } else { Asked::from([key("a")]) }
            };
            stock.fill(&mut exchange, &mut { asks });
            met += usize::from(exchange.inputs.kv.contains_key("b"));
        }
        assert!(met > 20, "{met}");
    }
}
