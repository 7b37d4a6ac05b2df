//! The text form of hooks: behaviors in order, so that a pass is tested without a front end and a reader sees what the model says.
//!
//! A node used twice and larger than a leaf is a line `%n = …`, numbered by first use, so the text is linear in the shared graph.
//! Tables stand behind the hooks, numbered by first use too. What [`parse`] reads, [`print`] writes again byte for byte;
//! provenance, spans and nodes that no behavior uses are not in the text.

mod parse;
mod print;
mod token;

pub use parse::{TextError, parse};
pub use print::print;
pub(crate) use print::{in_order, roots};

/// Words for the heads of nodes that are no field and no function.
mod word {
    pub(super) const ABSENT: &str = "absent";
    pub(super) const TRUE: &str = "true";
    pub(super) const FALSE: &str = "false";
    pub(super) const INPUT: &str = "input";
    pub(super) const HOLE: &str = "hole";
    pub(super) const NOT: &str = "not";
    pub(super) const AND: &str = "and";
    pub(super) const OR: &str = "or";
    pub(super) const IF: &str = "if";
    pub(super) const CODE: &str = "code";
    pub(super) const TABLE: &str = "table";
    pub(super) const WHEN: &str = "when";
    pub(super) const REDIRECT: &str = "redirect";
    pub(super) const RESPOND: &str = "respond";
    pub(super) const PLATFORM_ERROR: &str = "platform_error";
}
