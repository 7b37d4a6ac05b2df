//! Symbolic evaluation of the script core into guarded effects.
