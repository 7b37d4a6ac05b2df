// Loaded before the Worker under test: feeds it the clock and the draws of the exchange, which arrive in `request.cf`, and
// tells what the Worker refuses, which it says on its log.
const state = { now: 0, draws: [], next: 0, kv: {}, refused: undefined };
const log = console.error;
console.error = (...words) => {
  const text = words.map(String).join(" ");
  if (text.includes(": Unsupported: ")) state.refused = text;
  log(...words);
};
const Real = Date;
function Frozen(...parts) {
  if (new.target === undefined) return new Real(state.now).toString();
  return Reflect.construct(Real, parts.length === 0 ? [state.now] : parts, new.target);
}
Frozen.prototype = Real.prototype;
Real.prototype.constructor = Frozen;
Frozen.now = () => state.now;
Frozen.parse = Real.parse;
Frozen.UTC = Real.UTC;
globalThis.Date = Frozen;
Math.random = () => {
  if (state.draws.length === 0) return 0;
  const draw = state.draws[state.next % state.draws.length];
  state.next += 1;
  return draw / 1000;
};

const store = {
  async get(key, options) {
    if (!Object.hasOwn(state.kv, key)) return null;
    const text = state.kv[key];
    const type = typeof options === "string" ? options : (options?.type ?? "text");
    if (type === "json") return JSON.parse(text);
    if (type === "arrayBuffer") return new TextEncoder().encode(text).buffer;
    return text;
  },
};

// One exchange at a time is in flight, so the state of the module is the state of the exchange.
export function begin(request, env, bindings) {
  const inputs = request.cf?.exchangeInputs;
  if (inputs === undefined) return env;
  state.now = inputs.now;
  state.draws = inputs.draws;
  state.next = 0;
  state.kv = inputs.kv;
  state.refused = undefined;
  return Object.assign({}, env, Object.fromEntries(bindings.map((name) => [name, store])));
}

// A refusal is no answer: it leaves with a header of its own.
export function end(response) {
  if (state.refused === undefined) return response;
  return new Response(null, { status: 503, headers: { "x-exchange-refused": state.refused.replace(/[^ -~]/g, "?") } });
}
