// Runs one exchange: instantiates the program, calls its handler and turns what comes back into one JSON text. The same file
// runs in QuickJS and in node. It may live in another context than the program: everything the program gets to see is made
// with the built-ins of the program's own context, which `globals.js` hands over.
(function (env, globals) {
  "use strict";
  const { parse, stringify, defineProperty, shims, state } = globals;
  const isThenable = (it) => it !== null && typeof it === "object" && typeof it.then === "function";
  let settled;

  function words(error) {
    try {
      if (error !== null && typeof error === "object" && "message" in error) return String(error.name) + ": " + String(error.message);
      return String(error);
    } catch (_) {
      return "a value that cannot be printed";
    }
  }

  // One file that imports nothing; anything else brings the module shim.
  function instantiate(program) {
    let handler;
    program({
      count: shims.count,
      countNullish: shims.countNullish,
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
    if (state.hits !== undefined) answer += ',"c":' + stringify(state.hits) + ',"s":' + stringify(state.compared);
    if (state.asked.length > 0) answer += ',"a":' + stringify(state.asked);
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
    state.asked = [];
    if (shims.count !== undefined) {
      state.hits = {};
      state.compared = [];
    }
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

  return { run, take: () => settled };
})
