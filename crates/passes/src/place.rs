//! `place`: afterwards every behavior has its cheapest sound place, and every zone its rules.

use edge::Program;

use crate::normalize::normalize;
use crate::{Options, Placement, Site};

/// Places every behavior of a program. There is one site per hook, in their order.
#[must_use]
pub fn place(program: &Program, sites: &[Site], options: &Options) -> Placement {
    let _ = options;
    Placement { behaviors: normalize(program, sites), ..Placement::default() }
}
