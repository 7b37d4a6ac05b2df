// The part of node's `Buffer` that the runtime documents: utf8, hex, base64 and base64url.
(function (shims, env) {
  "use strict";
  const { bytes } = shims;
  const KNOWN = ["utf8", "utf-8", "hex", "base64", "base64url"];
  const made = (list) => {
    const it = new Buffer(list.length);
    it.set(list);
    return it;
  };
  const data = (value, encoding) => {
    if (typeof value === "string") return bytes.decode(value, encoding);
    return value;
  };

  class Buffer extends Uint8Array {
    static get [Symbol.species]() {
      return Buffer;
    }
    static alloc(size, fill, encoding) {
      const it = new Buffer(size);
      return fill === undefined ? it : it.fill(fill, 0, size, encoding);
    }
    static allocUnsafe(size) {
      return new Buffer(size);
    }
    static byteLength(value, encoding) {
      // Node reckons with the length of the text, well-formed or not.
      const name = env.lambda && typeof value === "string" ? String(encoding).toLowerCase() : "";
      if (name === "hex") return value.length >>> 1;
      if (name === "base64" || name === "base64url") return ((value.length - (/==?$/.exec(value) || [""])[0].length) * 3) >>> 2;
      return typeof value === "string" ? bytes.decode(value, encoding).length : value.byteLength;
    }
    static compare(left, right) {
      const size = Math.min(left.length, right.length);
      for (let at = 0; at < size; at += 1) if (left[at] !== right[at]) return left[at] < right[at] ? -1 : 1;
      return left.length === right.length ? 0 : left.length < right.length ? -1 : 1;
    }
    static concat(list, total) {
      const all = [];
      for (const part of list) for (const byte of part) all.push(byte);
      if (total === undefined) return made(all);
      const it = new Buffer(total);
      it.set(all.slice(0, total));
      return it;
    }
    static from(value, encoding, length) {
      if (typeof value === "string") return made(bytes.decode(value, encoding));
      if (value instanceof ArrayBuffer) return new Buffer(value, encoding, length);
      if (value !== null && typeof value === "object") {
        if (value.type === "Buffer" && Array.isArray(value.data)) return made(value.data);
        if (typeof value.length === "number") return made(Array.prototype.slice.call(value));
      }
      throw new TypeError("Buffer.from takes a string, an array, a buffer or an ArrayBuffer");
    }
    static isBuffer(value) {
      return value instanceof Buffer;
    }
    static isEncoding(name) {
      return KNOWN.includes(String(name).toLowerCase());
    }
    toString(encoding, start = 0, end = this.length) {
      return bytes.encode(Uint8Array.prototype.subarray.call(this, start, end), encoding);
    }
    toJSON() {
      return { type: "Buffer", data: Array.from(this) };
    }
    equals(other) {
      return Buffer.compare(this, other) === 0;
    }
    compare(other) {
      return Buffer.compare(this, other);
    }
    copy(target, at = 0, start = 0, end = this.length) {
      const part = this.subarray(start, Math.min(end, start + target.length - at));
      target.set(part, at);
      return part.length;
    }
    fill(value, start = 0, end = this.length, encoding = "utf8") {
      if (typeof value !== "string") return super.fill(value, start, end);
      const part = bytes.decode(value, encoding);
      for (let at = start; at < end; at += 1) this[at] = part.length === 0 ? 0 : part[(at - start) % part.length];
      return this;
    }
    indexOf(value, from = 0, encoding = "utf8") {
      if (typeof value === "number") return super.indexOf(value & 255, from);
      const part = data(value, encoding);
      for (let at = from; at + part.length <= this.length; at += 1) {
        let same = true;
        for (let step = 0; same && step < part.length; step += 1) same = this[at + step] === part[step];
        if (same) return at;
      }
      return -1;
    }
    includes(value, from, encoding) {
      return this.indexOf(value, from, encoding) !== -1;
    }
    slice(start, end) {
      return this.subarray(start, end);
    }
    write(text, at = 0, length = this.length - at, encoding = "utf8") {
      const part = bytes.decode(text, encoding).slice(0, Math.min(length, this.length - at));
      this.set(part, at);
      return part.length;
    }
  }
  const view = (it) => new DataView(it.buffer, it.byteOffset, it.byteLength);
  for (const [name, size] of [["Int8", 1], ["Uint8", 1], ["Int16", 2], ["Uint16", 2], ["Int32", 4], ["Uint32", 4]]) {
    for (const [end, little] of size === 1 ? [["", false]] : [["BE", false], ["LE", true]]) {
      const names = [name + end, name.replace("Uint", "UInt") + end];
      for (const spelled of names) {
        Buffer.prototype["read" + spelled] = function (at = 0) {
          return view(this)["get" + name](at, little);
        };
        Buffer.prototype["write" + spelled] = function (value, at = 0) {
          view(this)["set" + name](at, value, little);
          return at + size;
        };
      }
    }
  }
  shims.Buffer = Buffer;
  if (env.runtime === 2) globalThis.Buffer = Buffer;
})
