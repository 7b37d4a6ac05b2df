// The judge of an emitted Worker project: `tsc` and wrangler's dry run must take it, and with `--test` its own tests, which
// run in workerd, must pass.
//
//   node worker.mjs [--test] PROJECT NODE_MODULES
//
// NODE_MODULES is a folder in which the project's pinned packages are installed; it is linked into the project for the
// time of the run. Exit status: 0 when all pass, 1 when one fails (its output is printed), 2 for wrong usage.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const withTests = process.argv.includes("--test");
const [project, modules] = process.argv.slice(2).filter((it) => it !== "--test").map((it) => resolve(it));
if (project === undefined || modules === undefined || !existsSync(join(project, "wrangler.jsonc")) || !existsSync(modules)) {
  console.error("usage: node worker.mjs [--test] PROJECT NODE_MODULES");
  process.exit(2);
}

const link = join(project, "node_modules");
const linked = !existsSync(link);
if (linked) symlinkSync(modules, link, "dir");
const output = mkdtempSync(join(tmpdir(), "worker-judge-"));

const checks = [
  ["tsc", ["typescript/bin/tsc", "--noEmit", "--strict", "--project", project]],
  ["wrangler", ["wrangler/bin/wrangler.js", "deploy", "--dry-run", "--env", "production", "--outdir", output]],
  ...(withTests ? [["vitest", ["vitest/vitest.mjs", "run", "--root", project]]] : []),
];

let failed = 0;
try {
  for (const [name, [script, ...options]] of checks) {
    const run = spawnSync(process.execPath, [join(modules, script), ...options], {
      cwd: project,
      encoding: "utf8",
      env: { ...process.env, CI: "1", NO_COLOR: "1", WRANGLER_SEND_METRICS: "false", CLOUDFLARE_CF_FETCH_ENABLED: "false" },
    });
    const said = `${run.stdout ?? ""}${run.stderr ?? ""}${run.error === undefined ? "" : run.error}`;
    // A warning of the bundler is a fault of what was emitted.
    const warned = name === "wrangler" && /\[WARNING\]/.test(said);
    if (run.status === 0 && !warned) continue;
    failed += 1;
    console.error(`${name} refuses ${project}:\n${said}`);
  }
} finally {
  rmSync(output, { recursive: true, force: true });
  if (linked) rmSync(link);
}
process.exit(failed === 0 ? 0 : 1);
