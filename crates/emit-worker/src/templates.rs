//! The files that are the same in every project, compiled in from `templates/worker-runtime`.

macro_rules! runtime {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../templates/worker-runtime/", $path)))),*]
    };
}

macro_rules! from_template {
    ($($path:literal = $template:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../templates/worker-runtime/project/", $template)))),*]
    };
}

/// The runtime, by path under `src/runtime/`.
pub const RUNTIME_FILES: &[(&str, &str)] = runtime![
    "cloudfront-functions/cookies.ts",
    "cloudfront-functions/event.ts",
    "cloudfront-functions/headers.ts",
    "cloudfront-functions/hooks.ts",
    "cloudfront-functions/invocation.ts",
    "cloudfront-functions/modules/buffer.ts",
    "cloudfront-functions/modules/cloudfront.ts",
    "cloudfront-functions/modules/crypto.ts",
    "cloudfront-functions/modules/kvs.ts",
    "cloudfront-functions/modules/querystring.ts",
    "cloudfront-functions/modules/require.ts",
    "cloudfront-functions/modules/strings-v1.ts",
    "cloudfront-functions/node-modules.d.ts",
    "cloudfront-functions/printed.ts",
    "cloudfront-functions/query.ts",
    "cloudfront-functions/result.ts",
    "cloudfront-functions/types.ts",
    "cloudfront-functions/values.ts",
    "cloudfront-functions/viewer-response.ts",
    "edge/computed-headers.ts",
    "edge/failure.ts",
    "edge/header-names.ts",
    "edge/index.ts",
    "edge/origin.ts",
    "edge/path-pattern.ts",
    "edge/request.ts",
    "edge/response.ts",
    "edge/table.ts",
    "edge/types.ts",
    "edge/url.ts",
    "lambda-edge/body.ts",
    "lambda-edge/event.ts",
    "lambda-edge/forwarded.ts",
    "lambda-edge/headers.ts",
    "lambda-edge/hooks.ts",
    "lambda-edge/invocation.ts",
    "lambda-edge/origin.ts",
    "lambda-edge/printed.ts",
    "lambda-edge/result.ts",
    "lambda-edge/types.ts",
];

/// Project files without anything of the user in them.
pub(crate) const PROJECT_FILES: &[(&str, &str)] = from_template![
    ".github/workflows/ci.yml" = "ci.yml",
    "src/functions/functions.d.ts" = "functions.d.ts",
    "test/worker.test.ts" = "worker.test.ts",
    "tsconfig.json" = "tsconfig.json",
    "vitest.config.mts" = "vitest.config.mts",
];

/// The tools of a project with the versions it was checked with.
pub const TOOL_VERSIONS: &[(&str, &str)] = &[
    ("@cloudflare/vitest-pool-workers", "0.15.1"),
    ("@cloudflare/workers-types", "5.20261117.1"),
    ("typescript", "5.9.3"),
    ("vitest", "4.1.12"),
    ("wrangler", "4.86.0"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[expect(clippy::disallowed_methods, reason = "the templates on disk are what is compared")]
    fn files_below(folder: &Path, prefix: &str, into: &mut Vec<String>) -> std::io::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                files_below(&entry.path(), &format!("{name}/"), into)?;
            } else {
                into.push(name);
            }
        }
        Ok(())
    }

    #[test]
    fn every_runtime_file_is_emitted() -> std::io::Result<()> {
        let mut on_disk = Vec::new();
        let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates/worker-runtime");
        for part in ["cloudfront-functions", "edge", "lambda-edge"] {
            files_below(&runtime.join(part), &format!("{part}/"), &mut on_disk)?;
        }
        on_disk.sort();
        let listed: Vec<&str> = RUNTIME_FILES.iter().map(|(path, _)| *path).collect();
        assert_eq!(on_disk, listed);
        Ok(())
    }

    #[test]
    fn every_runtime_file_says_what_it_is() {
        for (path, text) in RUNTIME_FILES {
            assert!(text.starts_with("/**"), "{path}");
        }
    }
}
