// Node's own modules in place of the shims, narrowed to what the runtime documents. `host` is handed in by the runner.
(function (shims, env) {
  "use strict";
  const { host } = env;
  const { Buffer } = host;
  shims.Buffer = Buffer;
  shims.querystring = host.querystring;
  const strings = () => (shims.bytes === undefined ? new Set() : shims.bytes.byteStrings);
  const wrap = (hash) => ({
    update(data, encoding) {
      hash.update(strings().has(data) ? Buffer.from(data, "latin1") : data, encoding);
      return this;
    },
    digest(encoding) {
      if (encoding !== undefined) return hash.digest(encoding);
      const digest = hash.digest();
      if (env.runtime === 2) return digest;
      const text = digest.toString("latin1");
      strings().add(text);
      return text;
    },
  });
  const known = (name) => {
    const lower = String(name).toLowerCase();
    if (!["md5", "sha1", "sha256"].includes(lower)) throw new TypeError("not supported algorithm: " + name);
    return lower;
  };
  shims.crypto = {
    createHash: (name) => wrap(host.crypto.createHash(known(name))),
    createHmac: (name, key) => wrap(host.crypto.createHmac(known(name), strings().has(key) ? Buffer.from(key, "latin1") : key)),
  };
  if (env.runtime === 2) {
    globalThis.Buffer = Buffer;
    globalThis.atob = host.atob;
    globalThis.btoa = host.btoa;
    globalThis.TextEncoder = host.TextEncoder;
    globalThis.TextDecoder = host.TextDecoder;
  }
})
