//! The edge-behavior IR: what a configuration does to one HTTP exchange, in no vendor's words.
