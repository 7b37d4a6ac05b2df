//! The pure composition of the compiler.
