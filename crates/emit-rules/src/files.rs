//! The files of a zone and of the account, by path below their folder.

use crate::json::list_items;
use crate::{account_deploy_json, account_terraform, rules_json, zone_deploy_json, zone_terraform};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use target::phase::Phase;
use target::ruleset::{Account, ZoneRules};

/// `rules/<phase>.json`, `deploy.json` and `terraform/*.tf` of a zone; nothing when it has no rules.
#[must_use]
pub fn zone_files(zone: &ZoneRules) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    for (phase, rules) in zone.phases.iter().filter(|(phase, rules)| !phase.row().own_api && !rules.is_empty()) {
        let description = format!("{} of {}", phase.row().product, zone.name);
        files.insert(format!("rules/{phase}.json"), pretty(&rules_json(rules, *phase, &description)));
    }
    if !files.is_empty() {
        files.insert("deploy.json".into(), pretty(&zone_deploy_json(zone)));
        files.extend(zone_terraform(zone).into_iter().map(|(name, text)| (format!("terraform/{name}"), text)));
    }
    files
}

/// `rules/http_request_redirect.json`, `lists/<name>.json`, `deploy.json` and `terraform/*.tf` of the account; nothing when it is empty.
#[must_use]
pub fn account_files(account: &Account) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    if !account.bulk_rules.is_empty() {
        let phase = Phase::BulkRedirect;
        files.insert(
            format!("rules/{phase}.json"),
            pretty(&rules_json(&account.bulk_rules, phase, phase.row().product)),
        );
    }
    for list in &account.lists {
        files.insert(format!("lists/{}.json", list.name), pretty_list(list_items(list)));
    }
    if !files.is_empty() {
        files.insert("deploy.json".into(), pretty(&account_deploy_json(account)));
        files.extend(account_terraform(account).into_iter().map(|(name, text)| (format!("terraform/{name}"), text)));
    }
    files
}

/// The same for a list whose items are made one by one.
fn pretty_list(items: impl Iterator<Item = Json>) -> String {
    let mut out = String::from("[");
    for item in items {
        out.push_str(if out.len() == 1 { "\n" } else { ",\n" });
        let text = format!("{item:#}");
        for (at, line) in text.lines().enumerate() {
            out.push_str(if at == 0 { "  " } else { "\n  " });
            out.push_str(line);
        }
    }
    out.push_str(if out.len() == 1 { "]\n" } else { "\n]\n" });
    // It stays until all files are written.
    out.shrink_to_fit();
    out
}

/// Two spaces per level and a line end. A JSON value always has a text.
fn pretty(json: &Json) -> String {
    format!("{json:#}\n")
}
