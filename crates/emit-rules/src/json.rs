//! Rules and list items as the API takes them: exact names, exact nesting, nothing that the API would fill in by itself.

use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use target::lang::print;
use target::phase::Phase;
use target::ruleset::{Action, BulkList, HeaderOp, Rule, Value};

/// The body that replaces the entry point of a phase.
#[must_use]
pub fn rules_json(rules: &[Rule], phase: Phase, description: &str) -> Json {
    debug_assert!(!phase.row().own_api, "{phase} is no entry point of the Rulesets API");
    json!({ "description": description, "rules": rules.iter().map(rule_json).collect::<Vec<_>>() })
}

/// The body that replaces the items of a list.
#[must_use]
pub fn list_items_json(list: &BulkList) -> Json {
    Json::Array(list_items(list).collect())
}

/// Its items one by one: a list may hold a hundred thousand, and as JSON they take many times the room of their text.
pub(crate) fn list_items(list: &BulkList) -> impl Iterator<Item = Json> {
    list.items.iter().map(|item| {
        json!({ "redirect": {
            "source_url": item.source_url,
            "target_url": item.target_url,
            "status_code": item.status,
            "preserve_query_string": item.preserve_query,
            "include_subdomains": item.include_subdomains,
            "subpath_matching": item.subpath_matching,
            "preserve_path_suffix": item.preserve_path_suffix,
        } })
    })
}

/// One rule.
pub(crate) fn rule_json(rule: &Rule) -> Json {
    let Rule { reference, description, expression, action, enabled } = rule;
    let (name, parameters) = action_json(action);
    let mut out = Map::new();
    out.insert("ref".into(), json!(reference));
    out.insert("description".into(), json!(description));
    out.insert("expression".into(), json!(print(expression)));
    out.insert("action".into(), json!(name));
    if let Some(parameters) = parameters {
        out.insert("action_parameters".into(), parameters);
    }
    out.insert("enabled".into(), json!(enabled));
    Json::Object(out)
}

/// The name of an action and its parameters, where it has any.
fn action_json(action: &Action) -> (&'static str, Option<Json>) {
    match action {
        Action::Redirect { target, status, preserve_query } => {
            let from = json!({ "target_url": value_json(target), "status_code": status, "preserve_query_string": preserve_query });
            ("redirect", Some(json!({ "from_value": from })))
        }
        Action::RedirectFromList { list, key } => {
            ("redirect", Some(json!({ "from_list": { "name": list, "key": key.field() } })))
        }
        Action::RewriteUrl { path, query } => {
            let mut uri = Map::new();
            for (name, value) in [("path", path), ("query", query)] {
                if let Some(value) = value {
                    uri.insert(name.into(), value_json(value));
                }
            }
            ("rewrite", Some(json!({ "uri": uri })))
        }
        Action::RequestHeaders(ops) | Action::ResponseHeaders(ops) => {
            ("rewrite", Some(json!({ "headers": headers_json(ops) })))
        }
        Action::Route { host_header, sni, origin_host, origin_port } => {
            let mut out = Map::new();
            if let Some(it) = host_header {
                out.insert("host_header".into(), json!(it));
            }
            let mut origin = Map::new();
            if let Some(it) = origin_host {
                origin.insert("host".into(), json!(it));
            }
            if let Some(it) = origin_port {
                origin.insert("port".into(), json!(it));
            }
            if !origin.is_empty() {
                out.insert("origin".into(), Json::Object(origin));
            }
            if let Some(it) = sni {
                out.insert("sni".into(), json!({ "value": it }));
            }
            ("route", Some(Json::Object(out)))
        }
        Action::Block { status: DEFAULT_BLOCK, content_type: None, content: None } => ("block", None),
        Action::Block { status, content_type, content } => {
            let response = json!({
                "status_code": status,
                "content_type": content_type.as_deref().unwrap_or("text/plain"),
                "content": content.as_deref().unwrap_or_default(),
            });
            ("block", Some(json!({ "response": response })))
        }
    }
}

/// The status of a block that says nothing of its own.
const DEFAULT_BLOCK: u16 = 403;

fn value_json(value: &Value) -> Json {
    match value {
        Value::Static(text) => json!({ "value": text }),
        Value::Dynamic(expr) => json!({ "expression": print(expr) }),
    }
}

fn headers_json(ops: &BTreeMap<String, HeaderOp>) -> Json {
    let mut out = Map::new();
    for (name, op) in ops {
        let (operation, value) = match op {
            HeaderOp::Set(value) => ("set", Some(value)),
            HeaderOp::Add(value) => ("add", Some(value)),
            HeaderOp::Remove => ("remove", None),
        };
        let mut entry = Map::new();
        entry.insert("operation".into(), json!(operation));
        match value {
            Some(Value::Static(text)) => entry.insert("value".into(), json!(text)),
            Some(Value::Dynamic(expr)) => entry.insert("expression".into(), json!(print(expr))),
            None => None,
        };
        out.insert(name.clone(), Json::Object(entry));
    }
    Json::Object(out)
}
