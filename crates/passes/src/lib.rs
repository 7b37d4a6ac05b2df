//! From an edge program to a placement on Cloudflare.
//!
//! `place` is a pure function. A behavior becomes a rule only where the rule acts like the source on every request of the stated
//! profile; all else stays code, with its reason.

mod asked;
mod disjoint;
mod draft;
mod exits;
mod express;
mod facts;
mod field;
mod fit;
mod forms;
mod js_regex;
mod mark;
mod normalize;
mod place;
mod placement;
mod refs;
mod route;
mod strengthen;
mod value;

pub use place::place;
pub use placement::{
    ANSWER_MARK, Behavior, CLASSES, Fidelity, MEMBERS, Options, Part, Placement, Reason, Route, Site, WorkerPart,
};
