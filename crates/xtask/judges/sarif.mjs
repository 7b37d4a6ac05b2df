// Validates every findings.sarif with the published schema of SARIF 2.1.0.
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [folder] = process.argv.slice(2);
const require = createRequire(join(process.env.MIGRATE_TOOLS ?? ".tools", "package.json"));
const fromSarif = createRequire(require.resolve("@microsoft/jest-sarif"));
const Ajv = fromSarif("ajv").default ?? fromSarif("ajv");
const { $schema: _, ...schema } = JSON.parse(
  readFileSync(join(process.env.MIGRATE_TOOLS ?? ".tools", "node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"), "utf8"),
);
const validate = new Ajv({ allErrors: true, meta: false, validateSchema: false, schemaId: "auto", unknownFormats: "ignore" }).compile(schema);

const files = readdirSync(folder, { recursive: true }).filter((it) => it.endsWith("findings.sarif")).sort();
let refused = 0;
for (const file of files) {
  if (!validate(JSON.parse(readFileSync(join(folder, file), "utf8")))) {
    refused += 1;
    console.error(`${file}: ${JSON.stringify(validate.errors, null, 2)}`);
  }
}
console.log(`${files.length} files, ${refused} refused`);
process.exitCode = refused === 0 && files.length > 0 ? 0 : 1;
