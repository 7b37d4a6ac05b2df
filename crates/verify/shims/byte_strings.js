// `String.bytesFrom` and its relatives, which only runtime 1.0 has. A byte string is a string of characters up to
// U+00FF; the set remembers which strings are meant as bytes, because the digests treat them differently from text.
(function (shims, env) {
  "use strict";
  if (env.runtime !== 1) return;
  const { bytes } = shims;
  const mark = (text) => {
    bytes.byteStrings.add(text);
    return text;
  };
  const codes = (text) => {
    const out = [];
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code > 255) return null;
      out.push(code);
    }
    return out;
  };
  const define = (on, name, value) => Object.defineProperty(on, name, { value, configurable: true, writable: true });
  define(String, "bytesFrom", (value, encoding) => mark(bytes.latin1(typeof value === "string" ? bytes.decode(value, encoding) : Uint8Array.from(value))));
  define(String.prototype, "toUTF8", function (start, end) {
    return mark(bytes.latin1(bytes.fromUtf8(String(this).slice(start, end))));
  });
  define(String.prototype, "toBytes", function (start, end) {
    const text = String(this).slice(start, end);
    return codes(text) === null ? null : mark(text);
  });
  define(String.prototype, "fromUTF8", function (start, end) {
    const list = codes(String(this).slice(start, end));
    try {
      return list === null ? null : bytes.toUtf8(list, true);
    } catch (_) {
      return null;
    }
  });
  define(String.prototype, "fromBytes", function (start, end) {
    return String(this).slice(start, end);
  });
})
