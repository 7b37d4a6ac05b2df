//! One HTTP exchange and what an edge made of it: the only values that engines exchange and verification compares.

use std::collections::BTreeMap;

/// Header lines in arrival order. Names are lower-case tokens; a repeated name is two lines.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Headers(pub Vec<(String, String)>);

impl Headers {
    /// Values of one name, in order. `name` is lower-case.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// The first value of one name.
    #[must_use]
    pub fn first(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(it, _)| it == name).map(|(_, value)| value.as_str())
    }

    /// Drops every line of a name.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(it, _)| it != name);
    }

    /// Adds a line at the end.
    pub fn append(&mut self, name: &str, value: &str) {
        self.0.push((name.to_ascii_lowercase(), value.to_owned()));
    }

    /// Replaces every line of a name by one, at the place of the first, else at the end.
    pub fn set(&mut self, name: &str, value: &str) {
        match self.0.iter().position(|(it, _)| it == name) {
            Some(at) => {
                let mut index = 0;
                self.0.retain(|(it, _)| {
                    index += 1;
                    it != name || index == at + 1
                });
                if let Some(line) = self.0.get_mut(at) {
                    value.clone_into(&mut line.1);
                }
            }
            None => self.append(name, value),
        }
    }
}

/// A request as the visitor sent it, or as the origin saw it. The `host` and `cookie` headers are header lines too.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Request {
    /// Upper-case token.
    pub method: String,
    /// `http` or `https`.
    pub scheme: String,
    /// Host without port, lower-case.
    pub host: String,
    /// The path as sent: escaped, beginning with `/`.
    pub path: String,
    /// The query without `?`; `None` when there is no `?`.
    pub query: Option<String>,
    /// Header lines, `cookie` among them, `host` not.
    pub headers: Headers,
    /// The visitor's address.
    pub client_ip: String,
    /// What the platform computes about the visitor, by the neutral name of `edge`'s fields (`country`, `city`, `asn` …). A missing
    /// entry is an unknown value.
    pub visitor: BTreeMap<String, String>,
    /// A stored body, empty when there is none.
    pub body: Vec<u8>,
}

/// An answer of an origin or of an edge.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Header lines, `set-cookie` among them.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
}

/// What is the same for both sides: random draws, the clock, key-value data.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Inputs {
    /// Milliseconds since 1970.
    pub now_ms: i64,
    /// Successive results of a random draw, in thousandths: 0 ..= 999.
    pub random_permille: Vec<u16>,
    /// Contents of key-value stores.
    pub kv: BTreeMap<String, String>,
}

/// The question: a request, what the origin would answer, and the inputs.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Exchange {
    /// What the visitor sends.
    pub request: Request,
    /// What the origin answers if it is asked.
    pub origin: Response,
    /// Draws, clock, data.
    pub inputs: Inputs,
}

/// What an edge made of an exchange.
#[expect(clippy::large_enum_variant, reason = "nearly every outcome is an answer")]
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The visitor got an answer.
    Answered {
        /// The request as the origin saw it; `None` when the edge answered by itself.
        origin_saw: Option<Request>,
        /// What the visitor got.
        response: Response,
    },
    /// The edge failed (uncaught throw, platform validation); the words say how. The visitor gets a platform error.
    Failed(String),
    /// This engine cannot run the exchange (code it has no engine for); the words say why. Never counted as agreement.
    Undecided(String),
}
