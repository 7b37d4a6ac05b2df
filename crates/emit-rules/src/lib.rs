//! Rulesets in writing: the bodies of API requests, the order in which to send them, and the same as Terraform.
//!
//! Everything is derived from the one model in `target::ruleset`; Terraform is a second spelling of the JSON, never a second truth.
//! Equal input gives equal bytes.

mod deploy;
mod files;
mod json;
mod terraform;

pub use deploy::{account_deploy_json, zone_deploy_json};
pub use files::{account_files, zone_files};
pub use json::{list_items_json, rules_json};
pub use terraform::{PROVIDER_VERSION, account_terraform, terraform, zone_terraform};
