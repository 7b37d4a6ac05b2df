// Node's modules in an engine that has none: those with a shim, each refusing what it does not carry.
(function (shims) {
  "use strict";
  const { partly, unknown } = shims;
  const define = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true, enumerable: false });
  const modules = Object.create(null);

  const Plain = shims.Buffer;
  const made = (given) => (typeof given[0] === "number" ? Plain.alloc(given[0]) : Plain.from(...given));
  // `new Buffer(…)` and `Buffer(…)` of older handlers.
  const Buffer = new Proxy(Plain, { construct: (_, given) => made(given), apply: (_, __, given) => made(given) });
  define("Buffer", Buffer);
  modules.buffer = partly("buffer", { Buffer });
  if (shims.querystring) modules.querystring = partly("querystring", shims.querystring);
  if (shims.path) modules.path = modules["path/posix"] = shims.path;
  if (shims.url) modules.url = partly("url", shims.url);
  if (shims.util) modules.util = partly("util", shims.util);
  if (shims.crypto) {
    const known = (name) => {
      const lower = String(name).toLowerCase();
      if (!["md5", "sha1", "sha256"].includes(lower)) unknown("the digest " + name + " needs node");
      return lower;
    };
    const encoded = (hash) => ({
      update(data, encoding) {
        hash.update(data, encoding);
        return this;
      },
      digest(encoding) {
        if (encoding !== undefined && !/^(hex|base64|base64url)$/.test(encoding)) unknown("a digest as " + encoding + " needs node");
        return hash.digest(encoding);
      },
    });
    const { createHash, createHmac } = shims.crypto;
    modules.crypto = partly("crypto", {
      createHash: (name) => encoded(createHash(known(name))),
      createHmac: (name, key) => encoded(createHmac(known(name), key)),
      timingSafeEqual(left, right) {
        if (left.byteLength !== right.byteLength) throw new RangeError("Input buffers must have the same byte length");
        let other = 0;
        for (let at = 0; at < left.byteLength; at += 1) other |= left[at] ^ right[at];
        return other === 0;
      },
    });
  }
  define("crypto", partly("crypto", {}));
  for (const name of ["structuredClone", "AbortController", "Headers", "Request", "Response", "FormData", "Blob", "Event", "EventTarget", "WebAssembly"]) {
    define(name, function () {
      unknown(name + " needs node");
    });
  }
  if (globalThis.Intl === undefined) Object.defineProperty(globalThis, "Intl", { get: () => unknown("Intl needs node"), configurable: true });
  for (const [owner, names] of [
    [Date.prototype, ["toLocaleString", "toLocaleDateString", "toLocaleTimeString"]],
    [Number.prototype, ["toLocaleString"]],
    [String.prototype, ["localeCompare", "normalize", "toLocaleLowerCase", "toLocaleUpperCase"]],
  ]) {
    for (const name of names) {
      const real = owner[name];
      Object.defineProperty(owner, name, {
        value: function (...given) {
          const ascii = given.concat([String(this)]).every((it) => it === undefined || /^[\x00-\x7f]*$/.test(String(it)));
          if (owner === String.prototype && name !== "localeCompare" && ascii && real !== undefined) return real.apply(this, given);
          return unknown(name + " needs node");
        },
        configurable: true,
        writable: true,
      });
    }
  }
  shims.nodeModule = (name) => modules[name];
})
