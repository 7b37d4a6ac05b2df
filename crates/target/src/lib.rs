//! Cloudflare as data: fields, functions, phases, plans and limits as rows with source and date, the model of a ruleset, and the
//! rules language (parse, print, type-check).
//!
//! The rows come from `grammars/cloudflare/*.toml`; `generated.rs` is their committed Rust form, and a test fails when the two
//! differ. Nothing here decides what a source program means.

pub mod accept;
pub mod facts;
#[rustfmt::skip]
mod generated;
pub mod headers;
pub mod lang;
pub mod limits;
pub mod phase;
pub mod plan;
pub mod ruleset;
