// UTF-8, hex and base64 over plain arrays of bytes; the other shims stand on it.
(function (shims, env) {
  "use strict";
  const STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const URL_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const VALUE = Object.create(null);
  for (let at = 0; at < 64; at += 1) {
    VALUE[STANDARD[at]] = at;
    VALUE[URL_SAFE[at]] = at;
  }

  function fromUtf8(text) {
    const out = [];
    for (const character of text) {
      let code = character.codePointAt(0);
      if (code >= 0xd800 && code <= 0xdfff) code = 0xfffd;
      if (code < 0x80) out.push(code);
      else if (code < 0x800) out.push(0xc0 | (code >> 6), 0x80 | (code & 63));
      else if (code < 0x10000) out.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
      else out.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    }
    return out;
  }

  // Decodes as browsers do: each maximal bad part becomes one replacement character.
  function toUtf8(bytes, fatal) {
    let out = "";
    let at = 0;
    while (at < bytes.length) {
      const first = bytes[at];
      let more = 0;
      let code = first;
      let low = 0x80;
      let high = 0xbf;
      if (first < 0x80) more = 0;
      else if (first >= 0xc2 && first <= 0xdf) [more, code] = [1, first & 31];
      else if (first >= 0xe0 && first <= 0xef) {
        [more, code] = [2, first & 15];
        if (first === 0xe0) low = 0xa0;
        if (first === 0xed) high = 0x9f;
      } else if (first >= 0xf0 && first <= 0xf4) {
        [more, code] = [3, first & 7];
        if (first === 0xf0) low = 0x90;
        if (first === 0xf4) high = 0x8f;
      } else more = -1;
      at += 1;
      let good = more >= 0;
      for (let step = 0; good && step < more; step += 1) {
        const next = bytes[at];
        if (next === undefined || next < low || next > high) good = false;
        else {
          code = (code << 6) | (next & 63);
          at += 1;
          low = 0x80;
          high = 0xbf;
        }
      }
      if (!good && fatal) throw new TypeError("the encoded data is not valid UTF-8");
      out += good ? String.fromCodePoint(code) : "\ufffd";
    }
    return out;
  }

  function toHex(bytes) {
    let out = "";
    for (const byte of bytes) out += (byte < 16 ? "0" : "") + byte.toString(16);
    return out;
  }

  function fromHex(text) {
    const out = [];
    for (let at = 0; at + 1 < text.length; at += 2) {
      const pair = text.slice(at, at + 2);
      if (!/^[0-9a-fA-F]{2}$/.test(pair)) break;
      out.push(parseInt(pair, 16));
    }
    return out;
  }

  function toBase64(bytes, url) {
    const letters = url ? URL_SAFE : STANDARD;
    let out = "";
    for (let at = 0; at < bytes.length; at += 3) {
      const left = bytes.length - at;
      const group = (bytes[at] << 16) | ((left > 1 ? bytes[at + 1] : 0) << 8) | (left > 2 ? bytes[at + 2] : 0);
      out += letters[(group >> 18) & 63] + letters[(group >> 12) & 63];
      if (left > 1) out += letters[(group >> 6) & 63];
      else if (!url) out += "=";
      if (left > 2) out += letters[group & 63];
      else if (!url) out += "=";
    }
    return out;
  }

  // Lenient, as Buffer is: both alphabets, foreign characters skipped, `=` ends the data.
  function fromBase64(text) {
    if (env.lambda && /[^\x00-\xff]/.test(text)) shims.unknown("base64 with such characters needs node");
    const out = [];
    let bits = 0;
    let have = 0;
    for (const character of text) {
      if (character === "=") break;
      const value = VALUE[character];
      if (value === undefined) continue;
      bits = ((bits << 6) | value) & 0xffffff;
      have += 6;
      if (have >= 8) {
        have -= 8;
        out.push((bits >> have) & 255);
      }
    }
    return out;
  }

  function latin1(bytes) {
    let out = "";
    for (const byte of bytes) out += String.fromCharCode(byte);
    return out;
  }

  function decode(text, encoding) {
    switch (encoding === undefined ? "utf8" : String(encoding).toLowerCase()) {
      case "utf8":
      case "utf-8":
        return fromUtf8(text);
      case "hex":
        return fromHex(text);
      case "base64":
      case "base64url":
        return fromBase64(text);
      case "latin1":
      case "binary":
      case "ascii":
        if (env.lambda) return Array.from({ length: text.length }, (_, at) => text.charCodeAt(at) & 255);
      // falls through
      default:
        if (env.lambda && /^(utf-?16le|ucs-?2)$/i.test(encoding)) return shims.unknown("text as " + encoding + " needs node");
        throw new TypeError("Unknown encoding: " + encoding);
    }
  }

  function encode(bytes, encoding) {
    switch (encoding === undefined ? "utf8" : String(encoding).toLowerCase()) {
      case "utf8":
      case "utf-8":
        return toUtf8(bytes, false);
      case "hex":
        return toHex(bytes);
      case "base64":
        return toBase64(bytes, false);
      case "base64url":
        return toBase64(bytes, true);
      case "latin1":
      case "binary":
        if (env.lambda) return latin1(bytes);
      // falls through
      case "ascii":
        if (env.lambda) return latin1(bytes.map((byte) => byte & 127));
      // falls through
      default:
        if (env.lambda && /^(utf-?16le|ucs-?2)$/i.test(encoding)) return shims.unknown("text as " + encoding + " needs node");
        throw new TypeError("Unknown encoding: " + encoding);
    }
  }

  shims.bytes = { fromUtf8, toUtf8, toBase64, fromBase64, latin1, decode, encode, byteStrings: new Set() };
})
