//! `src/index.ts`: which function runs where, and nothing else.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::PRINTED;
use crate::adapt::entry_path;
use crate::names::Unit;
use crate::printed::Printed;
use crate::spec::{CacheBehavior, FunctionUnit, OriginSettings, WorkerSpec};

/// The project's entry.
pub(crate) fn index_ts(spec: &WorkerSpec, units: &[Unit<'_>]) -> String {
    let mut text = String::from(
        "/**\n * The edge logic that rules cannot say: which function runs on which requests. The functions are the ones that ran\n * before, in `functions/`; `runtime/` gives them the event model they were written for.\n */\n\nimport { createEdge, type FunctionUnit } from \"./runtime/edge\";\n",
    );
    let wrappers: BTreeSet<&str> = units.iter().filter_map(|it| Some(wrapper(it.function.printed.as_ref()?))).collect();
    if !wrappers.is_empty() {
        let names: Vec<&str> = wrappers.into_iter().collect();
        text.push_str(&format!("import {{ {} }} from \"./runtime/cloudfront-functions/printed\";\n", names.join(", ")));
    }
    for unit in units {
        let path = match unit.function.printed {
            Some(_) => literal(&format!("./functions/{}/{PRINTED}", unit.folder)),
            None => literal(&format!("./functions/{}/{}", unit.folder, entry_path(unit.function))),
        };
        text.push_str(&format!("import {}Source from {path};\n", unit.constant));
    }
    text.push('\n');
    for unit in units {
        let FunctionUnit { id, modules: _, source, runtime, handler: _, kv_binding, printed } = unit.function;
        text.push_str(&format!("/** {} */\nconst {}: FunctionUnit = {{\n", comment(source), unit.constant));
        text.push_str(&format!(
            "  platform: \"cloudfront-functions\",\n  id: {},\n  runtime: {},\n",
            literal(id),
            literal(runtime.number())
        ));
        if let Some(binding) = kv_binding {
            text.push_str(&format!("  kv: {},\n", literal(binding)));
        }
        let source = format!("{}Source", unit.constant);
        let made = printed.as_ref().map_or(source.clone(), |it| format!("{}({source})", wrapper(it)));
        text.push_str(&format!("  instantiate: {made},\n}};\n\n"));
    }
    text.push_str("export default createEdge({\n  behaviors: [\n");
    for behavior in &spec.behaviors {
        text.push_str(&behavior_ts(behavior, units));
    }
    text.push_str("  ],\n");
    text.push_str(&format!("  config: {},\n}});\n", config(spec)));
    text
}

/// What puts a printed function in the place of one that was carried over.
fn wrapper(printed: &Printed) -> &'static str {
    if printed.of_response { "onResponse" } else { "onRequest" }
}

fn behavior_ts(behavior: &CacheBehavior, units: &[Unit<'_>]) -> String {
    let CacheBehavior { hosts, path_pattern, viewer_request, viewer_response, computed_headers } = behavior;
    let constant =
        |function: &FunctionUnit| units.iter().find(|it| it.function.id == function.id).map(|it| it.constant.as_str());
    let mut text = String::from("    {\n");
    if !hosts.is_empty() {
        text.push_str(&format!("      hosts: {},\n", list(hosts)));
    }
    text.push_str(&format!("      pathPattern: {},\n", literal(path_pattern.as_deref().unwrap_or("*"))));
    if let Some(name) = viewer_request.as_ref().and_then(constant) {
        text.push_str(&format!("      viewerRequest: {name},\n"));
    }
    if let Some(name) = viewer_response.as_ref().and_then(constant) {
        text.push_str(&format!("      viewerResponse: {name},\n"));
    }
    if let Some(names) = computed_headers {
        text.push_str(&format!("      computedHeaders: {},\n", list(names)));
    }
    text.push_str("    },\n");
    text
}

fn config(spec: &WorkerSpec) -> String {
    let mut text = String::from("{\n");
    text.push_str(&format!("    zone: {},\n", literal(&spec.zone)));
    text.push_str(&format!("    distributionDomainName: {},\n", literal(&spec.distribution.domain_name)));
    text.push_str(&format!("    distributionId: {},\n", literal(&spec.distribution.id)));
    if !spec.origins.is_empty() {
        text.push_str("    origins: {\n");
        for (id, origin) in &spec.origins {
            let OriginSettings { domain_name, origin_path, custom_headers } = origin;
            let settings =
                json!({ "domainName": domain_name, "originPath": origin_path, "customHeaders": custom_headers });
            text.push_str(&format!("      {}: {settings},\n", literal(id)));
        }
        text.push_str("    },\n");
    }
    text.push_str(&format!("    markAnswers: {},\n  }}", json!(spec.mark_answers)));
    text
}

fn list(names: &[String]) -> String {
    format!("[{}]", names.iter().map(|it| literal(it)).collect::<Vec<_>>().join(", "))
}

fn literal(text: &str) -> String {
    Value::from(text).to_string()
}

/// Text inside a block comment that cannot end it.
fn comment(text: &str) -> String {
    text.replace("*/", "* /").replace(['\n', '\r'], " ")
}
