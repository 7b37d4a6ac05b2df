// The `querystring` module: percent-decoding, `+` as a space, repeated keys as arrays.
(function (shims, env) {
  "use strict";
  const { bytes } = shims;
  const SAFE = /[A-Za-z0-9!'()*\-._~]/;
  const HEX = "0123456789ABCDEF";
  const escape = (value) => {
    let out = "";
    for (const character of String(value)) {
      if (SAFE.test(character)) out += character;
      else if (env.lambda && /^[\ud800-\udfff]$/.test(character)) shims.unknown("half of a character needs node");
      else if (/^[\ud800-\udfff]$/.test(character)) throw new URIError("URI malformed");
      else for (const byte of bytes.fromUtf8(character)) out += "%" + HEX[byte >> 4] + HEX[byte & 15];
    }
    return out;
  };
  // Bad escapes stay as they are; bytes that are no UTF-8 become replacement characters.
  const unescape = (value) => {
    const text = String(value);
    try {
      return decodeURIComponent(text);
    } catch (_) {
      const list = [];
      for (let at = 0; at < text.length; at += 1) {
        const pair = text.slice(at + 1, at + 3);
        if (text[at] === "%" && /^[0-9a-fA-F]{2}$/.test(pair)) {
          list.push(parseInt(pair, 16));
          at += 2;
        } else list.push(text.charCodeAt(at) & 255);
      }
      return bytes.toUtf8(list, false);
    }
  };
  function parse(text, separator = "&", equals = "=", options = {}) {
    const out = Object.create(null);
    if (typeof text !== "string" || text.length === 0) return out;
    const own = typeof options.decodeURIComponent === "function";
    const decode = own ? options.decodeURIComponent : unescape;
    const safe = (it) => {
      // Text without an escape is taken as it is.
      if (!own && !/%[0-9a-fA-F]{2}/.test(it)) return it;
      try {
        return decode(it);
      } catch (_) {
        return unescape(it);
      }
    };
    const most = options.maxKeys === undefined ? 1000 : options.maxKeys;
    let parts = text.split(separator || "&");
    if (most > 0) parts = parts.slice(0, most);
    for (const part of parts) {
      if (part === "") continue;
      const at = part.indexOf(equals || "=");
      const name = safe((at < 0 ? part : part.slice(0, at)).replace(/\+/g, " "));
      const value = at < 0 ? "" : safe(part.slice(at + (equals || "=").length).replace(/\+/g, " "));
      if (!(name in out)) out[name] = value;
      else if (Array.isArray(out[name])) out[name].push(value);
      else out[name] = [out[name], value];
    }
    return out;
  }
  const printed = (value) => {
    if (typeof value === "string") return value;
    if (typeof value === "number" && isFinite(value)) return String(value);
    if (typeof value === "bigint" || typeof value === "boolean") return String(value);
    return "";
  };
  function stringify(object, separator = "&", equals = "=", options = {}) {
    if (object === null || typeof object !== "object") return "";
    const encode = typeof options.encodeURIComponent === "function" ? options.encodeURIComponent : escape;
    const out = [];
    for (const name of Object.keys(object)) {
      const value = object[name];
      const before = encode(printed(name)) + (equals || "=");
      if (Array.isArray(value)) for (const it of value) out.push(before + encode(printed(it)));
      else out.push(before + encode(printed(value)));
    }
    return out.join(separator || "&");
  }
  shims.querystring = { parse, stringify, escape, unescape, decode: parse, encode: stringify };
})
