//! Decides questions about guards and rules for all requests of the profile, or gives the request that answers no.
//!
//! A condition on one text is a regular language; languages are closed under everything that guards and filters say, so "no request
//! passes both" is emptiness. It judges `passes` and shares no code with it. What it cannot read is a free variable: then an answer
//! may be "unknown", never a wrong "yes".

mod edges;
mod formula;
mod languages;
mod law;
mod patterns;
mod rules;

pub use formula::{Answer, Formulas, Found, Subject};
pub use law::{Fault, Landed, law};

/// A condition of [`Formulas`].
pub use formula::Formula;
