//! The small core of scripting languages that every script front end lowers to.
