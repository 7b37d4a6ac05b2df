//! CloudFormation and Terraform: CloudFront distributions, what is attached to them, and the code that stands inline.
//!
//! The reader never fails: what it cannot read is a [`Problem`] with a span, what the file leaves open is a
//! [`Text::Hole`], and every attribute of every CloudFront resource is a [`Construct`] with a row of
//! `grammars/cloudfront/`. [`count`] counts the same constructs without knowing any row; the two totals must agree.

mod cloudformation;
mod constructs;
pub mod count;
mod estate;
mod filled;
mod hcl_template;
mod intrinsic;
mod json;
mod mapped;
mod model;
mod module;
mod node;
mod recognize;
mod repository_path;
mod rows;
mod scalar;
mod table;
mod terraform;
mod terraform_code;
mod terraform_constructs;
#[cfg(test)]
mod tests;
mod yaml;

pub use estate::{check_targets, read, read_all};
pub use filled::{Filled, fill};
pub use model::{
    Association, CacheBehavior, Class, CloudFile, Code, Construct, Distribution, Event, Format, FunctionDef,
    FunctionKind, FunctionRef, Hole, HoleAt, OpenBlock, Origin, Problem, ProblemKind, Rendering, Runtime, Text,
    Touches, UNKNOWN_ATTRIBUTE,
};
pub use recognize::{is_terraform_path, recognizes};
pub use terraform_code::render;
