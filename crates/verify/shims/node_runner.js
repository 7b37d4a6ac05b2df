// The other end of the node engine: reads one JSON line per exchange, answers with one line. The first line holds the
// program. A fresh context per exchange unless the program was found to write no global.
"use strict";
const vm = require("node:vm");
const readline = require("node:readline");
const host = {
  crypto: require("node:crypto"),
  querystring: require("node:querystring"),
  Buffer,
  atob,
  btoa,
  TextEncoder,
  TextDecoder,
};
let setup;
let shared;

function open() {
  const context = vm.createContext({}, { codeGeneration: { strings: false, wasm: false }, microtaskMode: "afterEvaluate" });
  const shims = setup.shimScripts.map((script) => script.runInContext(context));
  const env = { runtime: setup.runtime, event: setup.event, kvs: setup.kvs, shims, host };
  const driver = setup.driverScript.runInContext(context)(env);
  const program = setup.programScript.runInContext(context);
  context.__migRun = (input) => driver.run(program, input);
  return { context, driver };
}

const call = new vm.Script("__migRun(__migInput)");
function run(input, fresh) {
  const { context, driver } = fresh ? open() : (shared ??= open());
  context.__migInput = input;
  let answer;
  try {
    answer = call.runInContext(context, { timeout: setup.timeout });
  } catch (error) {
    shared = undefined;
    return JSON.stringify({ k: error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT" ? "late" : "threw", v: String(error) });
  }
  return answer ?? driver.take() ?? '{"k":"pending"}';
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const message = JSON.parse(line);
  if (setup === undefined) {
    try {
      setup = message;
      setup.shimScripts = message.shims.map((text) => new vm.Script(text));
      setup.driverScript = new vm.Script(message.driver);
      setup.programScript = new vm.Script(message.program, { filename: "program.js" });
      process.stdout.write('{"k":"ready"}\n');
    } catch (error) {
      process.stdout.write(JSON.stringify({ k: "refused", v: String(error) }) + "\n");
    }
    return;
  }
  process.stdout.write(run(message.input, message.fresh) + "\n");
});
