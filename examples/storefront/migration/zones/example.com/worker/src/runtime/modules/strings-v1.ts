/**
 * The byte-string methods of runtime 1.0, which 2.0 removed: a byte string is a string whose characters are all below
 * U+0100. They are added to the built-in String only for projects that hold a 1.0 function.
 */

import { Buffer } from "node:buffer";

const ENCODINGS = new Set(["hex", "base64", "base64url"]);

function bytesFrom(source: string | ArrayLike<number>, encoding?: string): string {
  if (typeof source !== "string") return String.fromCharCode(...Array.from(source, (it) => it & 0xff));
  if (encoding === undefined || !ENCODINGS.has(encoding)) throw new TypeError(`Unknown encoding: "${encoding}"`);
  return Buffer.from(source, encoding).toString("latin1");
}

/** The text as a byte string of the same characters, `null` when one of them does not fit into a byte. */
function toBytes(this: string): string | null {
  return /^[\x00-\xff]*$/.test(this) ? String(this) : null;
}

function fromBytes(this: string): string {
  return String(this);
}

function toUTF8(this: string): string {
  return Buffer.from(String(this), "utf8").toString("latin1");
}

function fromUTF8(this: string): string | null {
  const text = Buffer.from(String(this), "latin1").toString("utf8");
  return text.includes("\ufffd") ? null : text;
}

/** Installs the methods where they are missing. */
export function installStringMethods(): void {
  define(String, "bytesFrom", bytesFrom);
  define(String.prototype, "toBytes", toBytes);
  define(String.prototype, "fromBytes", fromBytes);
  define(String.prototype, "toUTF8", toUTF8);
  define(String.prototype, "fromUTF8", fromUTF8);
}

function define(target: object, name: string, value: unknown): void {
  if (!(name in target)) Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: false });
}
