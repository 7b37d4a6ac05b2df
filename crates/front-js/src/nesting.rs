//! The guard before the parser: how deep a text would nest, from its tokens alone.
//!
//! Counted are open brackets and, within each, what makes trees deep without one: prefix operators, `?:`, `=`, `=>`,
//! `else if`, headers without braces, labels, and long `a.b().c` chains. Counts start again at `;`, at `,` and where a new
//! statement begins. Where a `/` after `}` may be a division or a regular expression, both readings are tried.

mod scan;

use scan::Slash;

/// Levels of nesting that are read.
pub const LIMIT: usize = 2_000;

/// Operators of one chain `a + b + c …` that are read; the chain is a loop here, but not in the parser's own tree.
pub const OPERATORS: usize = 200_000;

/// A text that is nested too deep.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct TooDeep {
    /// Where the limit was passed.
    pub offset: u32,
    /// How many levels there were at that place.
    pub levels: usize,
    /// The limit that was passed.
    pub limit: usize,
}

/// Whether parser and lowering may see the text.
///
/// # Errors
/// The place where the text is deeper than the limit.
pub fn check(text: &str) -> Result<(), TooDeep> {
    if scan::scan(text, Slash::Regex)? {
        scan::scan(text, Slash::Division)?;
    }
    Ok(())
}
