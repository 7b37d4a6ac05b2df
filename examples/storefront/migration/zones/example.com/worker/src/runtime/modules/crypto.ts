/**
 * `crypto` of CloudFront Functions: synchronous hashes and HMACs with md5, sha1 and sha256, as the guide lists them, over
 * the Workers runtime's Node.js module. Without an encoding, `digest` gives a Buffer in runtime 2.0 and a byte string in
 * runtime 1.0. Text is hashed as UTF-8: a byte string of runtime 1.0 cannot be told from text.
 */

import * as node from "node:crypto";
import { Buffer } from "node:buffer";

const ALGORITHMS = new Set(["md5", "sha1", "sha256"]);

type Data = string | Uint8Array;

/** A hash or an HMAC under way. */
class Digest {
  readonly #inner: node.Hash;
  readonly #bytesAsText: boolean;

  constructor(inner: node.Hash, bytesAsText: boolean) {
    this.#inner = inner;
    this.#bytesAsText = bytesAsText;
  }

  update(data: Data): this {
    this.#inner.update(data);
    return this;
  }

  digest(encoding?: string): string | Uint8Array {
    const bytes = Buffer.from(this.#inner.digest());
    switch (encoding) {
      case undefined:
        return this.#bytesAsText ? bytes.toString("latin1") : bytes;
      case "hex":
      case "base64":
      case "base64url":
        return bytes.toString(encoding);
      default:
        throw new TypeError(`Unknown digest encoding: "${encoding}"`);
    }
  }
}

export interface CryptoModule {
  createHash(algorithm: string): Digest;
  createHmac(algorithm: string, key: Data): Digest;
}

function known(algorithm: string): string {
  if (!ALGORITHMS.has(algorithm)) throw new TypeError(`not supported algorithm: "${algorithm}"`);
  return algorithm;
}

function moduleFor(bytesAsText: boolean): CryptoModule {
  return {
    createHash: (algorithm) => new Digest(node.createHash(known(algorithm)), bytesAsText),
    createHmac: (algorithm, key) => new Digest(node.createHmac(known(algorithm), key), bytesAsText),
  };
}

export const cryptoV1 = moduleFor(true);
export const cryptoV2 = moduleFor(false);

export const createHash = cryptoV2.createHash;
export const createHmac = cryptoV2.createHmac;
export default cryptoV2;
