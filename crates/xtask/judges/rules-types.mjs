// The judge of emitted rules: the official SDK's types must take every ruleset and every list, and what those types let pass
// is checked here: a target without a value, an action in a phase that has none of its kind.
//
//   node rules-types.mjs FOLDER…
//
// Every `rules/*.json` and `lists/*.json` below the folders is asked about. MIGRATE_TOOLS names the folder with node_modules
// (cloudflare, typescript). Exit status: 0 when all pass, 1 when one fails, 2 for wrong usage.

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";

const folders = process.argv.slice(2);
const modules = resolve(process.env.MIGRATE_TOOLS ?? ".tools", "node_modules");
if (folders.length === 0 || !folders.every((it) => existsSync(it)) || !existsSync(join(modules, "cloudflare"))) {
  console.error("usage: MIGRATE_TOOLS=DIR node rules-types.mjs FOLDER…");
  process.exit(2);
}

const ACTIONS = {
  http_request_dynamic_redirect: ["redirect"],
  http_request_transform: ["rewrite"],
  http_config_settings: ["set_config"],
  http_request_origin: ["route"],
  http_request_firewall_custom: ["block"],
  http_request_redirect: ["redirect"],
  http_request_late_transform: ["rewrite"],
  http_request_cache_settings: ["set_cache_settings"],
  http_custom_errors: ["serve_error"],
  http_response_headers_transform: ["rewrite"],
};

const files = folders
  .flatMap((folder) => (statSync(folder).isDirectory() ? readdirSync(folder, { recursive: true }).map((it) => join(folder, it)) : [folder]))
  .filter((it) => it.endsWith(".json") && ["rules", "lists"].includes(basename(dirname(it))))
  .sort();

const faults = [];
const oneOf = (value, where) => {
  if (value === undefined) return;
  if ((value.value === undefined) === (value.expression === undefined)) faults.push(`${where}: exactly one of value and expression`);
};

function checkRules(file, ruleset) {
  const phase = basename(file, ".json");
  const refs = new Set();
  for (const [at, rule] of ruleset.rules.entries()) {
    const where = `${file}: rule ${at} (${rule.ref})`;
    if (!(ACTIONS[phase] ?? []).includes(rule.action)) faults.push(`${where}: ${phase} has no action ${rule.action}`);
    if (refs.has(rule.ref)) faults.push(`${where}: the ref is there twice`);
    refs.add(rule.ref);
    if (Buffer.byteLength(rule.expression) > 4096) faults.push(`${where}: the expression is longer than 4096 bytes`);
    const parameters = rule.action_parameters ?? {};
    if (phase === "http_request_dynamic_redirect" && parameters.from_value === undefined) faults.push(`${where}: no from_value`);
    if (phase === "http_request_redirect") {
      const list = parameters.from_list;
      if (list === undefined) faults.push(`${where}: no from_list`);
      else if (!rule.expression.includes(`${list.key} in $${list.name}`)) faults.push(`${where}: the expression names another list or key`);
    }
    if (phase === "http_request_transform" && parameters.uri === undefined) faults.push(`${where}: no uri`);
    if (/^http_re(quest_late|sponse_headers)_transform$/.test(phase)) {
      const headers = Object.entries(parameters.headers ?? {});
      if (headers.length === 0) faults.push(`${where}: no headers`);
      for (const [name, operation] of headers) if (operation.operation !== "remove") oneOf(operation, `${where}: ${name}`);
    }
    oneOf(parameters.from_value?.target_url, where);
    oneOf(parameters.uri?.path, where);
    oneOf(parameters.uri?.query, where);
  }
}

const CHUNK = 500;
const work = mkdtempSync(join(tmpdir(), "rules-judge-"));
const origin = new Map();
try {
  symlinkSync(modules, join(work, "node_modules"), "dir");
  writeFileSync(join(work, "package.json"), '{ "type": "module" }');
  const write = (file, type, literal) => {
    const name = `case${origin.size}.ts`;
    origin.set(name, file);
    writeFileSync(join(work, name), `import type Cloudflare from "cloudflare";\nexport const value: ${type} = ${JSON.stringify(literal, null, 1)};\n`);
  };
  for (const file of files) {
    const json = JSON.parse(readFileSync(file, "utf8"));
    if (basename(dirname(file)) === "rules") {
      checkRules(file, json);
      write(file, "Cloudflare.Rulesets.PhaseUpdateParams", { zone_id: "z", ...json });
      continue;
    }
    for (let at = 0; at < json.length; at += CHUNK) {
      write(file, "Cloudflare.Rules.Lists.ItemUpdateParams", { account_id: "a", body: json.slice(at, at + CHUNK) });
    }
  }
  if (origin.size > 0) {
    const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2022", "--skipLibCheck", "--pretty", "false"];
    const run = spawnSync(process.execPath, [join(modules, "typescript/bin/tsc"), ...options, ...origin.keys()], { cwd: work, encoding: "utf8" });
    if (run.status !== 0) {
      faults.push(`${run.stdout}${run.stderr}`.replace(/^case\d+\.ts/gm, (name) => `${origin.get(name)}: ${name}`));
    }
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
for (const fault of faults) console.error(fault);
console.log(`${files.length} files, ${faults.length} faults`);
process.exit(faults.length === 0 && files.length > 0 ? 0 : 1);
