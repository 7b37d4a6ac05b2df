// The part of the `util` module that handlers use without printing values.
(function (shims) {
  "use strict";
  const custom = Symbol.for("nodejs.util.promisify.custom");
  function promisify(original) {
    if (typeof original !== "function") throw new TypeError('The "original" argument must be of type function');
    if (original[custom]) return original[custom];
    return function (...given) {
      return new Promise((resolve, reject) => {
        original.call(this, ...given, (error, value) => (error ? reject(error) : resolve(value)));
      });
    };
  }
  promisify.custom = custom;
  function callbackify(original) {
    return function (...given) {
      const callback = given.pop();
      original.apply(this, given).then(
        (value) => globalThis.setImmediate(callback, null, value),
        (error) => globalThis.setImmediate(callback, error),
      );
    };
  }
  function inherits(child, parent) {
    Object.defineProperty(child, "super_", { value: parent, writable: true, configurable: true });
    Object.setPrototypeOf(child.prototype, parent.prototype);
  }
  function format(...given) {
    const plain = given.every((it) => typeof it === "string");
    if (!plain || /%/.test(given[0] || "")) return shims.unknown("util.format of such values needs node");
    return given.join(" ");
  }
  shims.util = {
    promisify,
    callbackify,
    inherits,
    format,
    deprecate: (run) => run,
    isArray: Array.isArray,
    TextEncoder: globalThis.TextEncoder,
    TextDecoder: globalThis.TextDecoder,
  };
})
