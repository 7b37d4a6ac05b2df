//! The requests that put rules in place, in their order, each with what it replaces and what must exist before it.

use serde_json::{Value as Json, json};
use target::phase::Phase;
use target::ruleset::{Account, ZoneRules};

/// What the reader must know before sending any of it.
const NOTE: &str = "For an empty zone or account only. PUT on the entry point of a phase replaces ALL rules of that phase: rules that \
are not in the body are deleted. Where rules exist, merge with `migrate plan --state` and send what that writes. Every PUT and POST can be \
checked first with `?dry_run=true`: same validation, nothing stored.";

/// Requests of one zone.
#[must_use]
pub fn zone_deploy_json(zone: &ZoneRules) -> Json {
    let requests: Vec<Json> = zone
        .phases
        .iter()
        .filter(|(phase, rules)| !phase.row().own_api && !rules.is_empty())
        .map(|(phase, rules)| {
            json!({
                "scope": "zone",
                "method": "PUT",
                "path": format!("/zones/{{zone_id}}/rulesets/phases/{phase}/entrypoint"),
                "body": format!("rules/{phase}.json"),
                "rules": rules.len(),
                "replaces": format!("every {} of the zone", singular(*phase)),
                "needs": ["the zone's hosts are proxied", permission(*phase)],
            })
        })
        .collect();
    json!({ "schema": "migrate-deploy/1", "zone": zone.name, "note": NOTE, "requests": requests })
}

/// Requests of the account: each list, its items, then the rules that name the lists.
#[must_use]
pub fn account_deploy_json(account: &Account) -> Json {
    let mut requests = Vec::new();
    for list in &account.lists {
        requests.push(json!({
            "scope": "account",
            "method": "POST",
            "path": "/accounts/{account_id}/rules/lists",
            "inline": { "name": list.name, "kind": "redirect", "description": list.description },
            "yields": format!("list_id of {}", list.name),
            "needs": ["no list of this name exists", "token permission Account Filter Lists: Edit"],
        }));
        requests.push(json!({
            "scope": "account",
            "method": "PUT",
            "path": "/accounts/{account_id}/rules/lists/{list_id}/items",
            "body": format!("lists/{}.json", list.name),
            "items": list.items.len(),
            "replaces": format!("every item of the list {}", list.name),
            "yields": "operation_id",
            "needs": [format!("list_id of {}", list.name), "no other bulk operation of the account is pending"],
        }));
        requests.push(json!({
            "scope": "account",
            "method": "GET",
            "path": "/accounts/{account_id}/rules/lists/bulk_operations/{operation_id}",
            "until": "status is completed; failed ends the deployment",
            "needs": ["operation_id"],
        }));
    }
    if !account.bulk_rules.is_empty() {
        let phase = Phase::BulkRedirect;
        let mut needs: Vec<String> =
            account.lists.iter().map(|it| format!("the items of {} are in place", it.name)).collect();
        needs.push(permission(phase).into());
        requests.push(json!({
            "scope": "account",
            "method": "PUT",
            "path": format!("/accounts/{{account_id}}/rulesets/phases/{phase}/entrypoint"),
            "body": format!("rules/{phase}.json"),
            "rules": account.bulk_rules.len(),
            "replaces": "every bulk redirect rule of the account, of all its zones",
            "needs": needs,
        }));
    }
    json!({ "schema": "migrate-deploy/1", "note": NOTE, "requests": requests })
}

fn singular(phase: Phase) -> &'static str {
    match phase {
        Phase::DynamicRedirect => "single redirect",
        Phase::UrlRewrite => "URL rewrite rule",
        Phase::Config => "configuration rule",
        Phase::Origin => "origin rule",
        Phase::WafCustom => "WAF custom rule",
        Phase::BulkRedirect => "bulk redirect rule",
        Phase::RequestHeaders => "request header rule",
        Phase::Cache => "cache rule",
        Phase::Snippets => "snippet rule",
        Phase::Worker => "Worker route",
        Phase::CustomErrors => "custom error rule",
        Phase::ResponseHeaders => "response header rule",
    }
}

fn permission(phase: Phase) -> &'static str {
    match phase {
        Phase::DynamicRedirect => "token permission Single Redirect: Edit",
        Phase::UrlRewrite | Phase::RequestHeaders | Phase::ResponseHeaders => "token permission Transform Rules: Edit",
        Phase::Config => "token permission Config Rules: Edit",
        Phase::Origin => "token permission Origin Rules: Edit",
        Phase::WafCustom => "token permission Zone WAF: Edit",
        Phase::BulkRedirect => "token permissions Mass URL Redirects: Edit, Account Filter Lists: Edit",
        Phase::Cache => "token permission Cache Rules: Edit",
        Phase::Snippets => "token permission Snippets: Edit",
        Phase::Worker => "token permission Workers Routes: Edit",
        Phase::CustomErrors => "token permission Custom Error Rules: Edit",
    }
}
