//! What every emitted project promises, on the samples.

use std::error::Error;
use std::fs;
use std::path::Path;

use emit_worker::{AdaptError, CacheBehavior, WorkerSpec, project};

#[path = "../samples/mod.rs"]
mod samples;

fn sample(name: &str) -> Option<WorkerSpec> {
    samples::samples().into_iter().find(|it| it.name == name)
}

fn file(name: &str, path: &str) -> String {
    sample(name).and_then(|it| project(&it).ok()).and_then(|mut it| it.remove(path)).unwrap_or_default()
}

#[test]
fn every_project_has_the_files_a_user_relies_on() -> Result<(), AdaptError> {
    for spec in samples::samples() {
        let files = project(&spec)?;
        for path in [
            "wrangler.jsonc",
            "package.json",
            "tsconfig.json",
            "README.md",
            "src/index.ts",
            "test/worker.test.ts",
            "test/witnesses.json",
        ] {
            assert!(files.contains_key(path), "{}: {path}", spec.name);
        }
        for (path, text) in &files {
            assert!(text.ends_with('\n') && !path.starts_with('/'), "{}: {path}", spec.name);
        }
    }
    Ok(())
}

#[test]
fn the_same_spec_gives_the_same_bytes() -> Result<(), AdaptError> {
    for spec in samples::samples() {
        assert_eq!(project(&spec)?, project(&spec.clone())?);
    }
    Ok(())
}

#[test]
fn user_lines_keep_their_numbers() -> Result<(), AdaptError> {
    for spec in samples::samples() {
        let files = project(&spec)?;
        for function in spec.behaviors.iter().flat_map(CacheBehavior::functions) {
            let Some(entry) = function.modules.first() else { continue };
            let here = files
                .get(&format!("src/functions/{}/{}", function.id, entry.path))
                .map(String::as_str)
                .unwrap_or_default();
            for (number, (old, new)) in entry.text.lines().zip(here.lines()).enumerate() {
                let is_import = old.starts_with("import ");
                assert!(
                    is_import || new == old || (number == 0 && new.ends_with(old)),
                    "{} line {}: {new}",
                    function.id,
                    number + 1
                );
            }
        }
    }
    Ok(())
}

#[test]
fn the_index_is_short_and_names_the_source() {
    let index = file("ab-cookie", "src/index.ts");
    assert!(index.lines().count() < 50, "{index}");
    assert!(index.contains("/** functions/ab-cookie.js:1 */"), "{index}");
    assert!(index.contains("    {\n      pathPattern: \"*\",\n      viewerRequest: runAbCookie,\n      viewerResponse: runSecurityHeaders,\n    },\n"), "{index}");
}

#[test]
fn only_production_has_routes() -> Result<(), serde_json::Error> {
    let text = file("jwt-kvs", "wrangler.jsonc");
    let json = text.lines().filter(|it| !it.starts_with("//")).collect::<String>();
    let config: serde_json::Value = serde_json::from_str(&json)?;
    assert_eq!(config.get("routes"), None);
    assert_eq!(config.pointer("/env/staging/routes"), Some(&serde_json::json!([])));
    assert_eq!(
        config.pointer("/env/production/routes"),
        Some(&serde_json::json!([
            { "pattern": "shop.example/video/*", "zone_name": "shop.example" },
            { "pattern": "www.shop.example/video/*", "zone_name": "shop.example" },
        ]))
    );
    for path in ["/kv_namespaces", "/env/staging/kv_namespaces", "/env/production/kv_namespaces"] {
        assert_eq!(config.pointer(path), Some(&serde_json::json!([{ "binding": "TOKENS" }])));
    }
    Ok(())
}

#[test]
fn a_function_used_twice_stands_once() -> Result<(), AdaptError> {
    let Some(mut spec) = sample("index-rewrite") else { return Ok(()) };
    let mut second = spec.behaviors.clone();
    second.iter_mut().for_each(|it| it.path_pattern = None);
    spec.behaviors.extend(second);
    let files = project(&spec)?;
    assert_eq!(files.keys().filter(|it| it.starts_with("src/functions/") && it.ends_with(".js")).count(), 1);
    Ok(())
}

/// `tsc`, wrangler and workerd look at the samples afterwards, where the test run names a folder for that.
#[test]
#[expect(clippy::disallowed_methods, reason = "what the judges read is written to the folder that the test run names")]
fn the_samples_are_left_for_the_judges() -> Result<(), Box<dyn Error>> {
    let Ok(folder) = std::env::var("MIGRATE_JUDGED") else { return Ok(()) };
    for spec in samples::samples() {
        let project_folder = Path::new(&folder).join("example-worker-samples/zones").join(&spec.name).join("worker");
        for (path, text) in project(&spec)? {
            let file = project_folder.join(path);
            fs::create_dir_all(file.parent().unwrap_or(&project_folder))?;
            fs::write(file, text)?;
        }
    }
    Ok(())
}
