// `crypto.createHash` and `createHmac` with md5, sha1 and sha256, written from RFC 1321, FIPS 180-4 and RFC 2104.
(function (shims, env) {
  "use strict";
  const { bytes } = shims;
  const rotate = (value, by) => (value << by) | (value >>> (32 - by));

  function padded(message, littleEndian) {
    const out = Uint8Array.from({ length: ((message.length + 8) >> 6 << 6) + 64 });
    out.set(message);
    out[message.length] = 0x80;
    const view = new DataView(out.buffer);
    const bits = message.length * 8;
    const [low, high] = [bits >>> 0, Math.floor(bits / 0x100000000)];
    view.setUint32(out.length - 8, littleEndian ? low : high, littleEndian);
    view.setUint32(out.length - 4, littleEndian ? high : low, littleEndian);
    return view;
  }

  function output(words, littleEndian) {
    const view = new DataView(new ArrayBuffer(words.length * 4));
    words.forEach((word, at) => view.setInt32(at * 4, word, littleEndian));
    return new Uint8Array(view.buffer);
  }

  const SINES = Array.from({ length: 64 }, (_, at) => Math.floor(Math.abs(Math.sin(at + 1)) * 0x100000000) | 0);
  const SHIFTS = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]];
  function md5(message) {
    const view = padded(message, true);
    const state = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476];
    for (let block = 0; block < view.byteLength; block += 64) {
      let [a, b, c, d] = state;
      for (let at = 0; at < 64; at += 1) {
        const round = at >> 4;
        let mixed;
        let word;
        if (round === 0) [mixed, word] = [(b & c) | (~b & d), at];
        else if (round === 1) [mixed, word] = [(d & b) | (~d & c), (5 * at + 1) & 15];
        else if (round === 2) [mixed, word] = [b ^ c ^ d, (3 * at + 5) & 15];
        else [mixed, word] = [c ^ (b | ~d), (7 * at) & 15];
        const sum = (a + mixed + SINES[at] + view.getInt32(block + word * 4, true)) | 0;
        [a, d, c, b] = [d, c, b, (b + rotate(sum, SHIFTS[round][at & 3])) | 0];
      }
      [a, b, c, d].forEach((word, at) => (state[at] = (state[at] + word) | 0));
    }
    return output(state, true);
  }

  function sha1(message) {
    const view = padded(message, false);
    const state = [0x67452301, 0xefcdab89 | 0, 0x98badcfe | 0, 0x10325476, 0xc3d2e1f0 | 0];
    const schedule = new Int32Array(80);
    for (let block = 0; block < view.byteLength; block += 64) {
      for (let at = 0; at < 80; at += 1) {
        schedule[at] =
          at < 16 ? view.getInt32(block + at * 4) : rotate(schedule[at - 3] ^ schedule[at - 8] ^ schedule[at - 14] ^ schedule[at - 16], 1);
      }
      let [a, b, c, d, e] = state;
      for (let at = 0; at < 80; at += 1) {
        let mixed;
        if (at < 20) mixed = ((b & c) | (~b & d)) + 0x5a827999;
        else if (at < 40) mixed = (b ^ c ^ d) + 0x6ed9eba1;
        else if (at < 60) mixed = ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
        else mixed = (b ^ c ^ d) + 0xca62c1d6;
        const next = (rotate(a, 5) + mixed + e + schedule[at]) | 0;
        [e, d, c, b, a] = [d, c, rotate(b, 30), a, next];
      }
      [a, b, c, d, e].forEach((word, at) => (state[at] = (state[at] + word) | 0));
    }
    return output(state, false);
  }

  const PRIMES = [];
  for (let number = 2; PRIMES.length < 64; number += 1) if (PRIMES.every((prime) => number % prime !== 0)) PRIMES.push(number);
  const fraction = (value) => Math.floor((value - Math.floor(value)) * 0x100000000) | 0;
  const START = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)));
  const ROUNDS = PRIMES.map((prime) => fraction(Math.cbrt(prime)));
  function sha256(message) {
    const view = padded(message, false);
    const state = START.slice();
    const w = new Int32Array(64);
    for (let block = 0; block < view.byteLength; block += 64) {
      for (let at = 0; at < 64; at += 1) {
        if (at < 16) w[at] = view.getInt32(block + at * 4);
        else {
          const x = w[at - 15];
          const y = w[at - 2];
          w[at] = (w[at - 16] + (rotate(x, 25) ^ rotate(x, 14) ^ (x >>> 3)) + w[at - 7] + (rotate(y, 15) ^ rotate(y, 13) ^ (y >>> 10))) | 0;
        }
      }
      let [a, b, c, d, e, f, g, h] = state;
      for (let at = 0; at < 64; at += 1) {
        const one = (h + (rotate(e, 26) ^ rotate(e, 21) ^ rotate(e, 7)) + ((e & f) ^ (~e & g)) + ROUNDS[at] + w[at]) | 0;
        const two = ((rotate(a, 30) ^ rotate(a, 19) ^ rotate(a, 10)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
        h = g;
        g = f;
        f = e;
        e = (d + one) | 0;
        d = c;
        c = b;
        b = a;
        a = (one + two) | 0;
      }
      [a, b, c, d, e, f, g, h].forEach((word, at) => (state[at] = (state[at] + word) | 0));
    }
    return output(state, false);
  }

  const ALGORITHMS = { __proto__: null, md5, sha1, sha256 };
  const algorithm = (name) => {
    const it = ALGORITHMS[String(name).toLowerCase()];
    if (it === undefined) throw new TypeError("not supported algorithm: " + name);
    return it;
  };
  const data = (value, encoding) => {
    if (typeof value !== "string") {
      if (ArrayBuffer.isView(value)) return Array.from(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
      throw new TypeError("data is not a string or Buffer-like object");
    }
    if (bytes.byteStrings.has(value)) return Array.from(value, (it) => it.charCodeAt(0));
    return bytes.decode(value, encoding);
  };
  const result = (digest, encoding) => {
    if (encoding !== undefined) {
      if (!/^(hex|base64|base64url)$/.test(encoding)) throw new TypeError("Unknown digest encoding: " + encoding);
      return bytes.encode(digest, encoding);
    }
    if (env.runtime === 2) return shims.Buffer.from(digest);
    const text = bytes.latin1(digest);
    bytes.byteStrings.add(text);
    return text;
  };

  class Hash {
    #run;
    #parts = [];
    #done = false;
    constructor(run) {
      this.#run = run;
    }
    update(value, encoding) {
      if (this.#done) throw new Error("Digest already called");
      for (const byte of data(value, encoding)) this.#parts.push(byte);
      return this;
    }
    digest(encoding) {
      if (this.#done) throw new Error("Digest already called");
      this.#done = true;
      return result(this.#run(this.#parts), encoding);
    }
  }

  shims.crypto = {
    createHash: (name) => new Hash(algorithm(name)),
    createHmac: (name, key) => {
      const run = algorithm(name);
      let secret = data(key);
      if (secret.length > 64) secret = Array.from(run(secret));
      while (secret.length < 64) secret.push(0);
      const inner = secret.map((byte) => byte ^ 0x36);
      const outer = secret.map((byte) => byte ^ 0x5c);
      return new Hash((message) => run([...outer, ...run([...inner, ...message])]));
    },
  };
})
