// The other end of the node engine: reads one JSON line per exchange, answers with one line. A program comes before its
// exchanges, in a line of its own, and is forgotten by another. A fresh context per exchange unless the program was found to
// write no global. A Lambda@Edge function runs in node's own loop, any other is done when its microtasks are.
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
  require,
  globals: { Buffer, URL, URLSearchParams, TextEncoder, TextDecoder, atob, btoa, structuredClone, AbortController, AbortSignal, Headers, Request, Response, FormData, Blob, Event, EventTarget, crypto: globalThis.crypto },
};
// Promises that were rejected and that nothing handles, of the exchange that runs.
const rejected = new Set();
process.on("unhandledRejection", (_, promise) => rejected.add(promise));
process.on("rejectionHandled", (promise) => rejected.delete(promise));
// What a handler leaves behind must not end the process; the exchange itself hears of it.
let uncaught;
process.on("uncaughtException", (error) => (uncaught = error));
const programs = new Map();

function open(setup) {
  const limits = setup.lambda ? {} : { codeGeneration: { strings: false, wasm: false }, microtaskMode: "afterEvaluate" };
  const context = vm.createContext({}, limits);
  const shims = setup.shimScripts.map((script) => script.runInContext(context));
  const env = { runtime: setup.runtime, event: setup.event, kvs: setup.kvs, lambda: setup.lambda, handler: setup.handler, shims, host };
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

// As `run`, for a Lambda@Edge function: work outside the language may come back until the time is over.
async function runLambda(setup, input, fresh) {
  rejected.clear();
  uncaught = undefined;
  const { context, driver } = fresh ? open(setup) : (setup.shared ??= open(setup));
  context.__migInput = input;
  try {
    call.runInContext(context, { timeout: setup.timeout });
  } catch (error) {
    setup.shared = undefined;
    return JSON.stringify({ k: error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT" ? "late" : "threw", v: String(error) });
  }
  const until = Date.now() + setup.timeout;
  for (;;) {
    await new Promise(setImmediate);
    if (uncaught !== undefined) return JSON.stringify({ k: "threw", v: String(uncaught) });
    const late = Date.now() > until;
    const answer = driver.take(rejected.size, setup.outside && !late);
    if (answer !== undefined && answer !== "") return answer;
    if (late) return '{"k":"late"}';
  }
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

readline.createInterface({ input: process.stdin }).on("line", async (line) => {
  const message = JSON.parse(line);
  if (message.forget !== undefined) programs.delete(message.forget);
  else if (message.load !== undefined) process.stdout.write(load(message) + "\n");
  else {
    const setup = programs.get(message.run);
    const answer = setup.lambda ? await runLambda(setup, message.input, message.fresh) : run(setup, message.input, message.fresh);
    process.stdout.write(answer + "\n");
  }
});
