//! The files that are the same in every project, compiled in from `templates/worker-runtime`.

macro_rules! runtime {
    ($($path:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../templates/worker-runtime/cloudfront-functions/", $path)))),*]
    };
}

macro_rules! from_template {
    ($($path:literal = $template:literal),* $(,)?) => {
        &[$(($path, include_str!(concat!("../../../templates/worker-runtime/project/", $template)))),*]
    };
}

/// The runtime, by path under `src/runtime/`.
pub const RUNTIME_FILES: &[(&str, &str)] = runtime![
    "computed-headers.ts",
    "cookies.ts",
    "edge.ts",
    "event.ts",
    "failure.ts",
    "headers.ts",
    "invocation.ts",
    "modules/buffer.ts",
    "modules/cloudfront.ts",
    "modules/crypto.ts",
    "modules/kvs.ts",
    "modules/querystring.ts",
    "modules/require.ts",
    "modules/strings-v1.ts",
    "names.ts",
    "node-modules.d.ts",
    "origin.ts",
    "path-pattern.ts",
    "query.ts",
    "result.ts",
    "table.ts",
    "types.ts",
    "url.ts",
    "values.ts",
    "viewer-response.ts",
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
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates/worker-runtime/cloudfront-functions");
        files_below(&folder, "", &mut on_disk)?;
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
