// The globals of the edge, in a context of the program's own: what the language has and CloudFront has not is taken away, and
// the built-ins that the driver needs are handed out before the program can touch them. Read again for every fresh context,
// so it is short.
(function (env) {
  "use strict";
  const { parse, stringify } = JSON;
  const { defineProperty, create } = Object;
  const shims = create(null);
  const state = { now: 0, draws: [], next: 0, kv: null, origin: undefined, unknown: undefined, hits: undefined, compared: undefined, edge: undefined };
  // Lambda@Edge is node: it makes code from text.
  if (!env.lambda) {
    const refuse = function () {
      throw new EvalError("code generation from strings is not allowed");
    };
    refuse.prototype = Function.prototype;
    defineProperty(Function.prototype, "constructor", { value: refuse, configurable: true, writable: true });
    globalThis.Function = refuse;
    globalThis.eval = refuse;
  }
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
  return { parse, stringify, defineProperty, shims, state };
})
