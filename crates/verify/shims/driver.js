// Runs one exchange: builds the globals of the edge from `env`, instantiates the program, calls its handler and turns
// what comes back into one JSON text. The same file runs in QuickJS and in node; it takes every built-in it needs
// before the program can touch it.
(function (env) {
  "use strict";
  const { parse, stringify } = JSON;
  const { defineProperty, create } = Object;
  const isThenable = (it) => it !== null && typeof it === "object" && typeof it.then === "function";
  const shims = create(null);
  const state = { now: 0, draws: [], next: 0, kv: null, origin: undefined, unknown: undefined, hits: create(null), compared: [], edge: undefined };
  let settled;

  function words(error) {
    try {
      if (error !== null && typeof error === "object" && "message" in error) return String(error.name) + ": " + String(error.message);
      return String(error);
    } catch (_) {
      return "a value that cannot be printed";
    }
  }

  // `count` returns its value: counters wrap a condition without changing it.
  function count(id, value) {
    const key = value ? "t" + id : "f" + id;
    state.hits[key] = (state.hits[key] || 0) + 1;
    return value;
  }
  function countNullish(id, value) {
    count(id, value === null || value === undefined);
    return value;
  }
  shims.counters = { count, countNullish };
  shims.compared = (number, side, value) => value;

  // One file that imports nothing; anything else brings the module shim.
  function instantiate(program) {
    let handler;
    program({
      count,
      countNullish,
      compared: shims.compared,
      define(path, es, body) {
        handler = body();
      },
    });
    return handler;
  }

  function finish(kind, text) {
    let answer = '{"k":"' + kind + '"';
    if (kind === "value") answer += ',"v":' + text;
    else if (text !== undefined) answer += ',"v":' + stringify(text);
    if (state.origin !== undefined) answer += ',"o":' + stringify(state.origin);
    if (state.unknown !== undefined) answer += ',"u":' + stringify(state.unknown);
    for (const _ in state.hits) {
      answer += ',"c":' + stringify(state.hits);
      break;
    }
    if (state.compared.length > 0) answer += ',"s":' + stringify(state.compared);
    settled = answer + "}";
    return settled;
  }

  function answer(value) {
    if (value === undefined || value === null || typeof value !== "object") {
      return finish("nothing", value === null ? "null" : typeof value);
    }
    let text;
    try {
      text = stringify(value);
    } catch (error) {
      return finish("threw", "the result is not data: " + words(error));
    }
    return text === undefined ? finish("nothing", "no data") : finish("value", text);
  }

  // Returns the answer, or `undefined` while a promise is pending; `take` then asks again.
  function run(program, input) {
    settled = undefined;
    const given = parse(input);
    state.now = given.now;
    state.draws = given.draws;
    state.next = 0;
    state.kv = given.kv;
    state.edge = given.edge;
    state.origin = undefined;
    state.unknown = undefined;
    state.hits = create(null);
    state.compared = [];
    const event = given.event;
    if (env.runtime === 2) {
      const raw = given.raw;
      defineProperty(event.request, "rawQueryString", { value: () => raw, enumerable: false, configurable: true, writable: true });
    }
    try {
      const handler = (shims.instantiate || instantiate)(program);
      if (typeof handler !== "function") return finish("threw", "the program has no function named handler");
      const value = handler(event);
      if (isThenable(value)) {
        value.then(answer, (error) => finish("threw", words(error)));
        return undefined;
      }
      return answer(value);
    } catch (error) {
      return finish("threw", words(error));
    }
  }

  const refuse = function () {
    throw new EvalError("code generation from strings is not allowed");
  };
  refuse.prototype = Function.prototype;
  defineProperty(Function.prototype, "constructor", { value: refuse, configurable: true, writable: true });
  globalThis.Function = refuse;
  globalThis.eval = refuse;
  Math.random = () => {
    if (state.draws.length === 0) return 0;
    const draw = state.draws[state.next % state.draws.length];
    state.next += 1;
    return draw / 1000;
  };
  if (env.runtime === 1) {
    delete globalThis.atob;
    delete globalThis.btoa;
  }
  const quiet = () => {};
  globalThis.console = { log: quiet, error: quiet, warn: quiet, info: quiet, debug: quiet };

  for (const shim of env.shims) shim(shims, env, state);
  return { run, take: () => settled };
})
