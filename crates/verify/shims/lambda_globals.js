// What node gives a handler beside the language, as far as it decides an answer: timers on a clock of their own, `process`, and
// the modules it can ask for. What would leave the function (network, files, processes, AWS services) has no model: a call of
// it makes the run undecided.
(function (shims, env, state) {
  "use strict";
  const { defineProperty } = Object;
  const define = (name, value) => defineProperty(globalThis, name, { value, configurable: true, writable: true, enumerable: false });
  let elapsed = 0;
  let start = 0;
  let order = 0;
  let timers = [];
  let serving = false;

  shims.unknown = (words) => {
    if (state.unknown === undefined) state.unknown = words;
    throw new Error(words);
  };
  shims.begin = () => {
    elapsed = 0;
    start = state.now;
    timers = [];
    serving = false;
  };
  // From here on the handler runs; before, its modules were set up.
  shims.serve = () => {
    serving = true;
  };
  shims.clock = () => elapsed;
  // The timer that is due next. Timers that do not keep the process alive count only beside others.
  shims.nextTimer = () => {
    if (!timers.some((it) => it.held)) return undefined;
    let first = timers[0];
    for (const it of timers) if (it.due < first.due || (it.due === first.due && it.order < first.order)) first = it;
    elapsed = Math.max(elapsed, first.due);
    state.now = start + elapsed;
    if (first.every === undefined) timers = timers.filter((it) => it !== first);
    else first.due = elapsed + first.every;
    return first.run;
  };

  function timer(run, delay, every, given) {
    if (typeof run !== "function") throw new TypeError("a timer takes a function");
    const wait = delay >= 1 && delay <= 2147483647 ? Math.trunc(delay) : 1;
    order += 1;
    const it = { due: elapsed + (delay === undefined ? 0 : wait), order, every: every ? wait : undefined, run: () => run(...given), held: true };
    timers.push(it);
    const handle = {
      ref: () => ((it.held = true), handle),
      unref: () => ((it.held = false), handle),
      hasRef: () => it.held,
      close: () => (clear(handle), handle),
      [Symbol.toPrimitive]: () => it.order,
    };
    it.handle = handle;
    return handle;
  }
  const clear = (handle) => {
    timers = timers.filter((it) => it.handle !== handle && it.order !== handle);
  };
  const set = {
    setTimeout: (run, delay = 1, ...given) => timer(run, Number(delay) || 1, false, given),
    setInterval: (run, delay = 1, ...given) => timer(run, Number(delay) || 1, true, given),
    setImmediate: (run, ...given) => timer(run, undefined, false, given),
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
  };
  const later = (make) => (delay, value) => new Promise((resolve) => make(() => resolve(value), delay));
  const promised = Symbol.for("nodejs.util.promisify.custom");
  defineProperty(set.setTimeout, promised, { value: later(set.setTimeout) });
  defineProperty(set.setImmediate, promised, { value: (value) => later(set.setImmediate)(undefined, value) });
  for (const name of Object.keys(set)) define(name, set[name]);
  const job = (run) => {
    Promise.resolve().then(run);
  };
  define("queueMicrotask", job);

  // A name that the account or the edge location sets.
  const reserved = /^(AWS_|LAMBDA_|_HANDLER$|_X_AMZN|TZ$|PATH$|LANG$|NODE_|HOME$|PWD$)/;
  const variables = new Proxy(Object.create(null), {
    get: (own, name) => {
      if (name in own || typeof name !== "string") return own[name];
      return reserved.test(name) ? shims.unknown("process.env." + name + " has no model") : undefined;
    },
    set: (own, name, value) => {
      own[name] = String(value);
      return true;
    },
  });
  const nothing = () => process;
  const process = {
    env: variables,
    argv: [],
    execArgv: [],
    platform: "linux",
    arch: "x64",
    version: "v20.0.0",
    versions: { node: "20.0.0" },
    release: { name: "node" },
    cwd: () => "/var/task",
    uptime: () => elapsed / 1000,
    hrtime: Object.assign(() => [Math.trunc(elapsed / 1000), (elapsed % 1000) * 1000000], { bigint: () => BigInt(elapsed) * 1000000n }),
    nextTick: (run, ...given) => job(() => run(...given)),
    exit: () => shims.unknown("process.exit has no model"),
    emitWarning: nothing,
    on: nothing,
    once: nothing,
    off: nothing,
    addListener: nothing,
    removeListener: nothing,
    stdout: { write: () => true },
    stderr: { write: () => true },
  };
  define("process", process);
  define("global", globalThis);
  const quiet = () => {};
  const said = ["log", "error", "warn", "info", "debug", "trace", "dir", "table", "time", "timeEnd", "timeLog", "group", "groupEnd", "count", "assert"];
  define("console", Object.fromEntries(said.map((name) => [name, quiet])));
  define("performance", { now: () => elapsed, timeOrigin: 0 });
  for (const name of ["fetch"]) define(name, () => shims.unknown("a call of " + name + " leaves the function"));

  // Stands for what leaves the function. It may be built, kept and passed on; what a call would give is not known. While the
  // modules are set up a client library may be called: only its use by the handler matters.
  function outside(name, early) {
    const none = (words) => shims.unknown(words + " of " + name + " leaves the function");
    const it = new Proxy(function () {}, {
      get: (target, key) => {
        if (key === "__esModule") return undefined;
        if (key === "default") return it;
        if (key === "prototype") return target.prototype;
        if (typeof key === "symbol" || key === "then") return serving || typeof key === "symbol" ? none("a value") : undefined;
        return outside(name + "." + key, early);
      },
      set: () => true,
      has: () => none("a member"),
      ownKeys: () => none("the members"),
      construct: () => outside("new " + name, early),
      apply: () => (serving || !early ? none("a call") : outside(name + "()", early)),
    });
    return it;
  }
  const OUTSIDE = ["http", "https", "http2", "net", "tls", "dns", "dns/promises", "dgram", "fs", "fs/promises", "child_process", "worker_threads", "cluster"];
  const isSdk = (name) => /^(aws-sdk($|\/)|@aws-sdk\/|@smithy\/|aws-xray-sdk)/.test(name);
  const kept = Object.create(null);
  const once = (name, make) => (kept[name] = kept[name] || make());

  // A module that is no file of the program.
  shims.builtin = (spec) => {
    const name = spec.startsWith("node:") ? spec.slice(5) : spec;
    if (name === "timers") return set;
    if (name === "timers/promises") return { setTimeout: later(set.setTimeout), setImmediate: (value) => later(set.setImmediate)(undefined, value) };
    if (name === "process") return process;
    if (OUTSIDE.includes(name)) return once(name, () => outside(name, false));
    if (isSdk(name)) return once(name, () => outside(name, true));
    return shims.nodeModule(name);
  };
  // A module object as an import sees it.
  shims.imported = (own) => {
    if (typeof own === "function" || own === null) return own;
    const made = Object.create(own);
    defineProperty(made, "default", { value: own, enumerable: true });
    return made;
  };
  // Members that only node itself has.
  shims.partly = (name, own) =>
    new Proxy(own, {
      get: (target, key) => {
        if (key in target || typeof key === "symbol" || key === "__esModule" || key === "then") return target[key];
        return shims.unknown(name + "." + key + " needs node");
      },
    });
})
