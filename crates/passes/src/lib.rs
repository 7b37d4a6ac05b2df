//! From an edge program to a placement on Cloudflare.
//!
//! `place` is a pure function. A behavior becomes a rule only where the rule acts like the source on every request of the stated
//! profile; all else stays code, with its reason.

mod alternatives;
mod answers;
mod arguments;
mod asked;
mod bound;
mod chains;
mod compose;
mod cuts;
mod disjoint;
mod draft;
mod exits;
mod express;
mod facts;
mod field;
mod findings;
mod fit;
mod forms;
mod gaps;
mod header;
mod js_regex;
mod mark;
mod normalize;
mod parts;
mod pieces;
mod place;
mod placement;
mod redirects;
mod refs;
mod replaced;
mod route;
mod rows;
mod status;
mod strengthen;
mod unchanged;
mod value;
mod workers;

pub use chains::Chains;
pub use place::{place, place_chains};
pub use placement::{
    ANSWER_MARK, Behavior, CLASSES, Fidelity, MEMBERS, Options, Part, Placement, Reason, Route, Site, WorkerPart,
};
