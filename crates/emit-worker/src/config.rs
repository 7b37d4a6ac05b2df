//! `wrangler.jsonc` and `package.json`.

use serde_json::{Map, Value, json};

use crate::spec::WorkerSpec;
use crate::templates::TOOL_VERSIONS;

/// Local and test runs have no routes; staging has an address of its own; production has the narrowed routes.
pub(crate) fn wrangler_jsonc(spec: &WorkerSpec) -> String {
    let routes: Vec<Value> = spec.routes.iter().map(|it| json!({ "pattern": it.0, "zone_name": spec.zone })).collect();
    let mut staging = Map::new();
    staging.insert("name".to_owned(), json!(format!("{}-staging", spec.name)));
    staging.insert("workers_dev".to_owned(), json!(true));
    staging.insert("routes".to_owned(), json!([]));
    let mut production = Map::new();
    production.insert("name".to_owned(), json!(spec.name));
    production.insert("workers_dev".to_owned(), json!(false));
    production.insert("routes".to_owned(), Value::Array(routes));
    let mut root = Map::new();
    root.insert("$schema".to_owned(), json!("node_modules/wrangler/config-schema.json"));
    root.insert("name".to_owned(), json!(spec.name));
    root.insert("main".to_owned(), json!("src/index.ts"));
    root.insert("compatibility_date".to_owned(), json!(spec.compatibility_date));
    root.insert("compatibility_flags".to_owned(), json!(["nodejs_compat"]));
    root.insert("observability".to_owned(), json!({ "enabled": true }));
    root.insert("upload_source_maps".to_owned(), json!(true));
    if !spec.kv.is_empty() {
        let stores: Vec<Value> = spec.kv.iter().map(|it| json!({ "binding": it.binding })).collect();
        // Bindings are not inherited by environments.
        for table in [&mut root, &mut staging, &mut production] {
            table.insert("kv_namespaces".to_owned(), Value::Array(stores.clone()));
        }
    }
    root.insert("env".to_owned(), json!({ "staging": staging, "production": production }));
    format!(
        "// Deploy with `wrangler deploy --env staging` or `--env production`; only production has routes.\n{}\n",
        pretty(&Value::Object(root))
    )
}

/// Exact versions; the override lets wrangler take the newer runtime types.
pub(crate) fn package_json(spec: &WorkerSpec) -> String {
    let tools: Map<String, Value> =
        TOOL_VERSIONS.iter().map(|(name, version)| ((*name).to_owned(), json!(version))).collect();
    let package = json!({
        "name": spec.name,
        "private": true,
        "type": "module",
        "scripts": {
            "check": "tsc --noEmit",
            "test": "vitest run",
            "dev": "wrangler dev",
            "deploy:staging": "wrangler deploy --env staging",
            "deploy:production": "wrangler deploy --env production"
        },
        "engines": { "node": ">=20" },
        "devDependencies": tools,
        "overrides": { "@cloudflare/workers-types": "$@cloudflare/workers-types" }
    });
    format!("{}\n", pretty(&package))
}

/// JSON with two spaces per level. Values made here always print.
pub(crate) fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
