//! Findings: the table of codes, the diagnostic, and one renderer per format.
//!
//! A [`Diagnostic`] holds text that came from sources which may be hostile and may hold secrets. It stays raw in the
//! struct; [`located`] and every renderer pass it through [`mask`] and [`visible`] and through the escaping of their
//! own format, so no caller has to.

mod diagnostic;
mod located;
mod mask;
mod render;

pub mod codes;

pub use codes::Code;
pub use diagnostic::{Diagnostic, Level, Related};
pub use located::{Located, Place, Range, located};
pub use mask::{mask, secrets, visible};
pub use render::{Format, render};
