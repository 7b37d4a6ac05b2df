/**
 * Key value stores over a KV namespace. The handle is often made at the top level of the user's file, so the binding is
 * looked up when a value is read. As in CloudFront a missing key is a rejection.
 */

import { Buffer } from "node:buffer";
import { currentInvocation } from "../invocation";
import { Unsupported } from "../../edge/failure";

/** The one method of a KV namespace that is used. */
interface Store {
  get(key: string): Promise<string | null>;
}

export interface KvsHandle {
  get(key: string, options?: { format?: "string" | "json" | "bytes" }): Promise<unknown>;
  exists(key: string): Promise<boolean>;
  meta(): Promise<never>;
}

/** The store of the running function. A function has one store at most, so the id is not looked at. */
export function kvs(_id?: string): KvsHandle {
  return {
    async get(key, options) {
      const value = await store().get(key);
      if (value === null) throw new Error(`KeyValueStore: key "${key}" does not exist`);
      switch (options?.format ?? "string") {
        case "string":
          return value;
        case "json":
          return JSON.parse(value) as unknown;
        case "bytes":
          return Buffer.from(value, "utf8");
        default:
          throw new TypeError(`KeyValueStore: unknown format "${String(options?.format)}"`);
      }
    },
    async exists(key) {
      return (await store().get(key)) !== null;
    },
    async meta() {
      throw new Unsupported("kvs().meta(): KV keeps neither dates nor a count of keys");
    },
  };
}

function store(): Store {
  const { unit, bindings } = currentInvocation();
  const binding = unit.kv === undefined ? undefined : bindings[unit.kv];
  if (typeof binding !== "object" || binding === null) throw new Error("KeyValueStore: no store is bound to this function");
  return binding as Store;
}
