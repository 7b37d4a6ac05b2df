// The other end of the node engine: reads one JSON line per exchange, answers with one line. A program comes before its
// exchanges, in a line of its own, and is forgotten by another. A fresh context per exchange unless the program was found to write no global.
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
const programs = new Map();

function open(setup) {
  const context = vm.createContext({}, { codeGeneration: { strings: false, wasm: false }, microtaskMode: "afterEvaluate" });
  const shims = setup.shimScripts.map((script) => script.runInContext(context));
  const env = { runtime: setup.runtime, event: setup.event, kvs: setup.kvs, shims, host };
  const driver = setup.driverScript.runInContext(context)(env, setup.globalsScript.runInContext(context)(env));
  const program = setup.programScript.runInContext(context);
  context.__migRun = (input) => driver.run(program, input);
  return { context, driver };
}

const call = new vm.Script("__migRun(__migInput)");
function run(setup, input, fresh) {
  const { context, driver } = fresh ? open(setup) : (setup.shared ??= open(setup));
  context.__migInput = input;
  let answer;
  try {
    answer = call.runInContext(context, { timeout: setup.timeout });
  } catch (error) {
    setup.shared = undefined;
    return JSON.stringify({ k: error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT" ? "late" : "threw", v: String(error) });
  }
  return answer ?? driver.take() ?? '{"k":"pending"}';
}

// The texts of driver and shims are the same for every program.
const scripts = new Map();
function script(text) {
  let made = scripts.get(text);
  if (made === undefined) scripts.set(text, (made = new vm.Script(text)));
  return made;
}

function load(message) {
  try {
    message.shimScripts = message.shims.map(script);
    message.globalsScript = script(message.globals);
    message.driverScript = script(message.driver);
    message.programScript = new vm.Script(message.program, { filename: "program.js" });
    programs.set(message.load, message);
    return '{"k":"ready"}';
  } catch (error) {
    return JSON.stringify({ k: "refused", v: String(error) });
  }
}

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const message = JSON.parse(line);
  if (message.forget !== undefined) programs.delete(message.forget);
  else if (message.load !== undefined) process.stdout.write(load(message) + "\n");
  else process.stdout.write(run(programs.get(message.run), message.input, message.fresh) + "\n");
});
