/**
 * What belongs to one run of one function and cannot be an argument, since user code calls `cf.kvs()` and
 * `cf.updateRequestOrigin()` from anywhere. It follows the run through its awaits, so that two visitors never share it.
 */

import { AsyncLocalStorage } from "node:async_hooks";
import type { Bindings, EdgeConfig, OriginChoice } from "../edge/types";
import type { FunctionUnit } from "./types";

export interface Invocation {
  unit: FunctionUnit;
  hook: "viewer-request" | "viewer-response";
  config: EdgeConfig;
  bindings: Bindings;
  /** The data center's code, for `cf.edgeLocation`. */
  colo: string | undefined;
  origin: OriginChoice | undefined;
}

const current = new AsyncLocalStorage<Invocation>();

/** Evaluates the user's file and calls its handler inside the invocation. Throws what the user's code throws. */
export async function invoke(invocation: Invocation, event: unknown): Promise<unknown> {
  return current.run(invocation, async () => {
    const handler = invocation.unit.instantiate();
    if (typeof handler !== "function") throw new TypeError("the file has no function named handler");
    return (await handler(event)) as unknown;
  });
}

/** The invocation that the calling code belongs to. */
export function currentInvocation(): Invocation {
  const invocation = current.getStore();
  if (invocation === undefined) throw new Error("the cloudfront module is used outside a function's run");
  return invocation;
}
