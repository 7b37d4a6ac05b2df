//! The outside of the tool: files in, files and text out, and the comparison of the two edges. The compiler itself is `pipeline`.

pub mod comparing;
pub mod tree;
pub mod writing;
