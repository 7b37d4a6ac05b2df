//! The oracle: concrete meaning of edge programs and of Cloudflare rulesets on one exchange.
//!
//! It judges `symex` and `passes`, so it shares no code with them (a layering test holds the border).

pub mod edge;
pub mod exchange;
pub mod rules;
