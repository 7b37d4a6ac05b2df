//! What a run found, in the forms people and scripts read: `report.json`, `report.md`, `ledger.jsonl`, the summary.
//!
//! The pipeline fills the structs of [`view`]; everything here is a function of them, so the forms cannot disagree.
//! Text from sources is masked where it enters the view ([`view::excerpt`]) or leaves it, and escaped per form.

mod json;
mod markdown;
mod markup;
mod readiness;
mod summary;

pub mod view;

pub use json::{ledger_jsonl, report_json, report_schema};
pub use markdown::report_md;
pub use summary::summary_text;
