// `atob`, `btoa`, `TextEncoder`, `TextDecoder`.
(function (shims, env) {
  "use strict";
  if (env.runtime !== 2) return;
  const { bytes } = shims;
  const refused = (words) => (env.lambda ? Object.assign(new Error(words), { name: "InvalidCharacterError", code: 5 }) : new TypeError(words));
  globalThis.btoa = (value) => {
    const text = String(value);
    const out = [];
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code > 255) throw refused("btoa takes characters up to U+00FF");
      out.push(code);
    }
    return bytes.toBase64(out, false);
  };
  globalThis.atob = (value) => {
    let text = String(value).replace(/[\t\n\f\r ]/g, "");
    if (text.length % 4 === 0) text = text.replace(/==?$/, "");
    if (text.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(text)) throw refused("atob takes base64 only");
    return bytes.latin1(bytes.fromBase64(text));
  };
  globalThis.TextEncoder = class TextEncoder {
    get encoding() {
      return "utf-8";
    }
    encode(text = "") {
      return Uint8Array.from(bytes.fromUtf8(String(text)));
    }
  };
  globalThis.TextDecoder = class TextDecoder {
    constructor(label = "utf-8", options = {}) {
      if (!/^utf-?8$/i.test(label)) throw new RangeError("only UTF-8 is supported");
      this.fatal = Boolean(options.fatal);
    }
    get encoding() {
      return "utf-8";
    }
    decode(data) {
      if (data === undefined) return "";
      const view = ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data);
      const text = bytes.toUtf8(view, this.fatal);
      return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
    }
  };
})
