/**
 * The few declarations this runtime needs of the Node.js modules that the `nodejs_compat` flag brings, so that a project
 * does not depend on the types of all of Node.js.
 */

declare module "node:async_hooks" {
  export class AsyncLocalStorage<T> {
    run<R>(store: T, callback: () => R): R;
    getStore(): T | undefined;
  }
}

declare module "node:buffer" {
  export class Buffer extends Uint8Array {
    static from(data: string, encoding?: string): Buffer;
    static from(data: Uint8Array): Buffer;
    override toString(encoding?: string): string;
  }
}

declare module "node:crypto" {
  export interface Hash {
    update(data: string | Uint8Array): Hash;
    digest(): Uint8Array;
  }
  export function createHash(algorithm: string): Hash;
  export function createHmac(algorithm: string, key: string | Uint8Array): Hash;
}

declare module "node:querystring" {
  interface QueryString {
    parse(text: string, separator?: string, equals?: string, options?: object): object;
    stringify(table: object, separator?: string, equals?: string, options?: object): string;
    escape(text: string): string;
    unescape(text: string): string;
    decode: QueryString["parse"];
    encode: QueryString["stringify"];
  }
  const querystring: QueryString;
  export default querystring;
}
