//! The Worker project for what rules cannot say: the user's own functions, or code printed from what is understood of them, behind
//! the runtime of `templates/worker-runtime`.
//!
//! [`project`] is a pure function from a [`WorkerSpec`] to files. Invariant: the source of a function that is not printed stands in
//! the project byte for byte and line for line, except for module syntax (see [`mod@adapt`]) on lines that keep their number.

mod adapt;
mod config;
mod index;
mod names;
mod printed;
mod readme;
mod routes;
mod scan;
mod spec;
mod templates;
mod witnesses;

pub use adapt::{AdaptError, Adapted};
pub use printed::{Printed, Unprinted, printed};
pub use routes::{RoutePattern, route_patterns};
pub use spec::{
    CacheBehavior, Distribution, FunctionUnit, KvBinding, OriginSettings, Platform, Runtime, UserModule, WorkerSpec,
};
pub use templates::{RUNTIME_FILES, TOOL_VERSIONS};
pub use witnesses::{Expected, OriginSaw, Witness, WitnessRequest, WitnessResponse, witnesses_json};

use std::collections::BTreeMap;

/// The newest date that the pinned wrangler's own runtime knows, and so the newest one a project can test with.
pub const COMPATIBILITY_DATE: &str = "2026-04-01";

/// The file of a printed function, without its ending.
pub(crate) const PRINTED: &str = "printed";

/// The files of the project by their path under `worker/`.
///
/// # Errors
/// A function whose module syntax cannot be carried over; the words say what and where. Nothing is emitted then.
pub fn project(spec: &WorkerSpec) -> Result<BTreeMap<String, String>, AdaptError> {
    let mut files = BTreeMap::new();
    let units = names::units(spec);
    for unit in &units {
        if let Some(printed) = &unit.function.printed {
            files.insert(format!("src/functions/{}/{PRINTED}.ts", unit.folder), printed.text.clone());
            continue;
        }
        // Modules of Node.js that say nothing of their kind are CommonJS there; the project around them is not.
        if let (Platform::LambdaEdge { .. }, false) = (unit.function.platform, adapt::is_module(unit.function)) {
            let kind = "{ \"type\": \"commonjs\" }\n".to_owned();
            files.insert(format!("src/functions/{}/package.json", unit.folder), kind);
        }
        for module in adapt::modules(unit.function)? {
            files.insert(format!("src/functions/{}/{}", unit.folder, module.path), module.text);
        }
    }
    for (path, text) in RUNTIME_FILES {
        files.insert(format!("src/runtime/{path}"), (*text).to_owned());
    }
    for (path, text) in templates::PROJECT_FILES {
        files.insert((*path).to_owned(), (*text).to_owned());
    }
    files.insert("src/index.ts".to_owned(), index::index_ts(spec, &units));
    files.insert("wrangler.jsonc".to_owned(), config::wrangler_jsonc(spec));
    files.insert("package.json".to_owned(), config::package_json(spec));
    files.insert("README.md".to_owned(), readme::readme(spec, &units));
    files.insert("test/witnesses.json".to_owned(), witnesses_json(&spec.witnesses));
    Ok(files)
}
