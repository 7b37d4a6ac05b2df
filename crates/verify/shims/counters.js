// Of a program with counters: how often each outcome of a condition was met, and which texts it compares, by equality and by
// the methods that look for one text in another.
(function (shims, env, state) {
  "use strict";
  // `count` returns its value: counters wrap a condition without changing it.
  shims.count = (id, value) => {
    const key = value ? "t" + id : "f" + id;
    state.hits[key] = (state.hits[key] || 0) + 1;
    return value;
  };
  shims.countNullish = (id, value) => {
    shims.count(id, value === null || value === undefined);
    return value;
  };
  const most = 60;
  const pending = Object.create(null);
  const note = (left, right) => {
    if (typeof left !== "string" || typeof right !== "string" || left === right) return;
    if (state.compared.length < most && left.length < 400 && right.length < 400) state.compared.push([left, right]);
  };
  shims.compared = (number, side, value) => {
    if (side === 0) pending[number] = value;
    else note(pending[number], value);
    return value;
  };
  for (const name of ["startsWith", "endsWith", "includes", "indexOf"]) {
    const real = String.prototype[name];
    if (real === undefined) continue;
    const wrapped = {
      [name](...given) {
        note(String(this), given[0]);
        return real.apply(this, given);
      },
    };
    Object.defineProperty(String.prototype, name, { value: wrapped[name], configurable: true, writable: true });
  }
  for (const name of ["includes", "indexOf"]) {
    const real = Array.prototype[name];
    if (real === undefined) continue;
    const wrapped = {
      [name](...given) {
        for (let at = 0; at < this.length && at < 20; at += 1) note(this[at], given[0]);
        return real.apply(this, given);
      },
    };
    Object.defineProperty(Array.prototype, name, { value: wrapped[name], configurable: true, writable: true });
  }
})
