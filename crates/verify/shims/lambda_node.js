// Node's own modules for a handler. `host` is handed in by the runner. Random bytes are drawn outside every input, so what reads
// them has no model.
(function (shims, env) {
  "use strict";
  const { host } = env;
  const define = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true, enumerable: false });
  const globals = ["Buffer", "URL", "URLSearchParams", "TextEncoder", "TextDecoder", "atob", "btoa", "structuredClone", "AbortController", "AbortSignal", "Headers", "Request", "Response", "FormData", "Blob", "Event", "EventTarget"];
  for (const name of globals) define(name, host.globals[name]);
  const random = /^(random|getRandomValues|generateKey|createDiffieHellman|createECDH|prng|rng|pseudoRandomBytes)/;
  const guarded = (name, own) =>
    new Proxy(own, {
      get: (target, key) => {
        if (typeof key === "string" && random.test(key)) return () => shims.unknown(name + "." + key + " draws random bytes");
        if (key === "webcrypto") return web;
        const value = target[key];
        return typeof value === "function" && name === "webcrypto" ? value.bind(target) : value;
      },
    });
  const web = guarded("webcrypto", host.globals.crypto);
  const crypto = guarded("crypto", { ...host.require("crypto") });
  define("crypto", web);
  const REAL = ["querystring", "url", "util", "util/types", "buffer", "zlib", "events", "assert", "assert/strict", "string_decoder", "stream", "stream/promises", "stream/web", "punycode", "async_hooks", "diagnostics_channel"];
  const real = host.require("path");
  const path = { ...real };
  path.resolve = (...given) => {
    if (!given.some((it) => typeof it === "string" && it.startsWith("/"))) return shims.unknown("path.resolve asks for the working directory");
    return real.resolve(...given);
  };
  path.posix = path;
  shims.nodeModule = (name) => {
    if (name === "crypto") return crypto;
    if (name === "path" || name === "path/posix") return path;
    return REAL.includes(name) ? host.require(name) : undefined;
  };
})
