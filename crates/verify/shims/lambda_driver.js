// Runs one exchange of a Lambda@Edge function the way Lambda's runtime for node calls a handler: the first result counts, a
// promise that the handler returns is waited for, any other value it returns is not a result, and what `callback` was given is
// serialized once nothing is left to do. A handler that never answers fails. The same file runs in QuickJS and in node.
(function (env, globals) {
  "use strict";
  const { parse, stringify, shims, state } = globals;
  let settled;
  let finished;
  let waiting;
  // What Lambda@Edge lets a function run for, in milliseconds of the function's own clock.
  const LONGEST = 30000;

  function words(error) {
    try {
      if (error !== null && typeof error === "object" && "message" in error) return String(error.name) + ": " + String(error.message);
      return String(error);
    } catch (_) {
      return "a value that cannot be printed";
    }
  }

  function finish(kind, text) {
    if (settled !== undefined) return settled;
    let answer = '{"k":"' + kind + '"';
    if (kind === "value") answer += ',"v":' + text;
    else if (text !== undefined) answer += ',"v":' + stringify(text);
    if (state.unknown !== undefined) answer += ',"u":' + stringify(state.unknown);
    if (state.hits !== undefined) answer += ',"c":' + stringify(state.hits) + ',"s":' + stringify(state.compared) + ',"a":' + stringify(state.asked);
    settled = answer + "}";
    return settled;
  }

  function complete(value) {
    let text;
    try {
      text = stringify(value === undefined ? null : value);
    } catch (error) {
      return finish("threw", "the result is not data: " + words(error));
    }
    if (text === undefined || text[0] !== "{") return finish("nothing", value === null ? "null" : typeof value);
    return finish("value", text);
  }

  const failed = (error) => finish("threw", words(error));

  function hookContext() {
    let waits = true;
    const once = (run) =>
      function (...given) {
        if (finished) return;
        // A result that throws while it is taken leaves the way open for the next.
        run(...given);
        finished = true;
      };
    const done = (error, result) => {
      if (error !== undefined && error !== null) failed(error);
      else complete(result);
    };
    const context = {
      get callbackWaitsForEmptyEventLoop() {
        return waits;
      },
      set callbackWaitsForEmptyEventLoop(value) {
        waits = value;
      },
      succeed: once((result) => done(null, result)),
      fail: once((error) => done(error === undefined || error === null ? "handled" : error)),
      done: once(done),
    };
    const callback = once((error, result) => {
      if (error !== undefined && error !== null) failed(error);
      else if (!waits) complete(result);
      else waiting = { result };
    });
    // What the account and the edge location decide has no model; a copy of the context in a log does not ask for it.
    const own = ["functionName", "functionVersion", "invokedFunctionArn", "memoryLimitInMB", "awsRequestId", "logGroupName", "logStreamName"];
    for (const name of own) {
      globals.defineProperty(context, name, { get: () => shims.unknown("context." + name + " has no model"), enumerable: false });
    }
    globals.defineProperty(context, "getRemainingTimeInMillis", { value: () => LONGEST - shims.clock(), enumerable: false });
    return { context, callback };
  }

  // Never answers by itself: `take` does, once no job is left.
  function run(program, input) {
    settled = undefined;
    finished = false;
    waiting = undefined;
    const given = parse(input);
    state.now = given.now;
    state.draws = given.draws;
    state.next = 0;
    state.unknown = undefined;
    shims.begin();
    if (shims.count !== undefined) {
      state.hits = {};
      state.compared = [];
      state.asked = [];
    }
    let handler;
    try {
      handler = shims.instantiate(program);
      for (const name of env.handler.split(".")) handler = handler && handler[name];
    } catch (error) {
      failed(error);
      return undefined;
    }
    if (typeof handler !== "function") {
      finish("threw", "the program exports no function named " + env.handler);
      return undefined;
    }
    const { context, callback } = hookContext();
    shims.serve();
    try {
      const result = handler(given.event, context, callback);
      if (result && result.then && typeof result.then === "function") result.then(context.succeed, context.fail);
    } catch (error) {
      callback(error);
    }
    return undefined;
  }

  // Asked whenever no job is left, with the count of rejections that nothing handles. An empty text: ask again, something ran.
  // `patient`: work outside the language may still come back.
  function take(rejections, patient) {
    if (settled !== undefined) return settled;
    if (rejections > 0) return finish("threw", "a rejection that nothing handles");
    const timer = shims.nextTimer();
    if (timer !== undefined) {
      if (shims.clock() > LONGEST) return finish("late");
      try {
        timer();
      } catch (error) {
        return failed(error);
      }
      return "";
    }
    if (patient) return undefined;
    if (waiting !== undefined) return complete(waiting.result);
    return finish("pending");
  }

  return { run, take };
})
