//! Programs of any size by production, and what each stage of an analysis costs on them.
//!
//! Every figure is taken in one process and relative to another one of the same process, so that it says the same on every machine.

mod shape;
mod stages;

pub use shape::Shape;
pub use stages::{Cost, Costs, STAGES, growth, measure, together};
