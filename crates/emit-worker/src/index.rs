//! `src/index.ts`: which function runs where, and nothing else.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::PRINTED;
use crate::adapt::entry_path;
use crate::names::Unit;
use crate::printed::Printed;
use crate::spec::{CacheBehavior, FunctionUnit, OriginSettings, Platform, WorkerSpec};

/// The project's entry.
pub(crate) fn index_ts(spec: &WorkerSpec, units: &[Unit<'_>]) -> String {
    let mut text = String::from(
        "/**\n * The edge logic that rules cannot say: which function runs on which requests. The functions are the ones that ran\n * before, in `functions/`; `runtime/` gives them the event model they were written for.\n */\n\n",
    );
    let is_lambda = |it: &&Unit<'_>| it.function.platform != Platform::CloudFrontFunctions;
    let lambdas = units.iter().filter(is_lambda).count();
    let mut types = vec!["createEdge"];
    types.extend((lambdas < units.len()).then_some("type FunctionUnit"));
    types.extend((lambdas > 0).then_some("type LambdaFunction"));
    text.push_str(&format!("import {{ {} }} from \"./runtime/edge\";\n", types.join(", ")));
    for (folder, of) in [("cloudfront-functions", false), ("lambda-edge", true)] {
        let printed = units.iter().filter(|it| is_lambda(it) == of).filter_map(|it| it.function.printed.as_ref());
        let wrappers: BTreeSet<&str> = printed.map(|it| wrapper(it, of)).collect();
        if !wrappers.is_empty() {
            let names: Vec<&str> = wrappers.into_iter().collect();
            text.push_str(&format!("import {{ {} }} from \"./runtime/{folder}/printed\";\n", names.join(", ")));
        }
    }
    for unit in units {
        let path = match (&unit.function.printed, unit.function.platform) {
            (Some(_), _) => literal(&format!("./functions/{}/{PRINTED}", unit.folder)),
            (None, Platform::CloudFrontFunctions) => literal(&source_path(unit)),
            // Its top level runs at the first visit, where the clock stands and random numbers are to be had.
            (None, Platform::LambdaEdge { .. }) => continue,
        };
        text.push_str(&format!("import {}Source from {path};\n", unit.constant));
    }
    text.push('\n');
    for unit in units {
        text.push_str(&unit_ts(unit));
    }
    text.push_str("export default createEdge({\n  behaviors: [\n");
    for behavior in &spec.behaviors {
        text.push_str(&behavior_ts(behavior, units));
    }
    text.push_str("  ],\n");
    text.push_str(&format!("  config: {},\n}});\n", config(spec)));
    text
}

fn source_path(unit: &Unit<'_>) -> String {
    format!("./functions/{}/{}", unit.folder, entry_path(unit.function))
}

fn unit_ts(unit: &Unit<'_>) -> String {
    let FunctionUnit { id, modules: _, source, platform, runtime, handler, kv_binding, printed } = unit.function;
    let lambda = *platform != Platform::CloudFrontFunctions;
    let made = printed.as_ref().map(|it| format!("{}({}Source)", wrapper(it, lambda), unit.constant));
    let mut text = format!("/** {} */\n", comment(source));
    match platform {
        Platform::CloudFrontFunctions => {
            text.push_str(&format!(
                "const {}: FunctionUnit = {{\n  platform: \"cloudfront-functions\",\n  id: {},\n  runtime: {},\n",
                unit.constant,
                literal(id),
                literal(runtime.number())
            ));
            if let Some(binding) = kv_binding {
                text.push_str(&format!("  kv: {},\n", literal(binding)));
            }
            let made = made.unwrap_or_else(|| format!("{}Source", unit.constant));
            text.push_str(&format!("  instantiate: {made},\n}};\n\n"));
        }
        Platform::LambdaEdge { include_body } => {
            text.push_str(&format!(
                "const {}: LambdaFunction = {{\n  platform: \"lambda-edge\",\n  id: {},\n",
                unit.constant,
                literal(id)
            ));
            if handler != "handler" && printed.is_none() {
                text.push_str(&format!("  handler: {},\n", literal(handler)));
            }
            if *include_body {
                text.push_str("  includeBody: true,\n");
            }
            let made = made.unwrap_or_else(|| format!("() => import({})", literal(&source_path(unit))));
            text.push_str(&format!("  load: {made},\n}};\n\n"));
        }
    }
    text
}

/// What puts a printed function in the place of one that was carried over.
fn wrapper(printed: &Printed, lambda: bool) -> &'static str {
    match (lambda, printed.of_response) {
        (false, true) => "onResponse",
        (false, false) => "onRequest",
        (true, true) => "onLambdaResponse",
        (true, false) => "onLambdaRequest",
    }
}

fn behavior_ts(behavior: &CacheBehavior, units: &[Unit<'_>]) -> String {
    let CacheBehavior {
        hosts,
        path_pattern,
        viewer_request,
        origin_request,
        origin_response,
        viewer_response,
        computed_headers,
    } = behavior;
    let constant =
        |function: &FunctionUnit| units.iter().find(|it| it.function.id == function.id).map(|it| it.constant.as_str());
    let mut text = String::from("    {\n");
    if !hosts.is_empty() {
        text.push_str(&format!("      hosts: {},\n", list(hosts)));
    }
    text.push_str(&format!("      pathPattern: {},\n", literal(path_pattern.as_deref().unwrap_or("*"))));
    for (key, function) in [
        ("viewerRequest", viewer_request),
        ("originRequest", origin_request),
        ("originResponse", origin_response),
        ("viewerResponse", viewer_response),
    ] {
        if let Some(name) = function.as_ref().and_then(constant) {
            text.push_str(&format!("      {key}: {name},\n"));
        }
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
