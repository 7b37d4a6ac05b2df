/**
 * How a run can fail, and what the visitor then gets. CloudFront fails closed: a function that throws answers 503, one
 * whose result breaks a rule answers 502, and the origin is not asked. So does this runtime.
 */

import type { Hook } from "./types";

/** The result of a function is not one that CloudFront takes. */
export class InvalidResult extends Error {
  override name = "InvalidResult";
}

/** The function asks for something that a Worker cannot do; it is refused in words, never half done. */
export class Unsupported extends Error {
  override name = "Unsupported";
}

/** A failure on the road of an exchange, with what the visitor gets. */
export class Failed extends Error {
  override name = "Failed";
  readonly response: Response;

  constructor(response: Response) {
    super("the exchange failed");
    this.response = response;
  }
}

/** Runs a function of the user; the cause of a failure goes to the Worker's log, not to the visitor. */
export async function guarded<T>(functionId: string, hook: Hook, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    throw new Failed(refusal(cause instanceof InvalidResult ? 502 : 503, `${hook} function ${functionId}`, cause));
  }
}

/** The origin could not be asked. */
export function originFailure(cause: unknown): Failed {
  return new Failed(refusal(502, "the origin request", cause));
}

function refusal(status: number, what: string, cause: unknown): Response {
  const words = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  console.error(`${what} failed with ${status}: ${words}`);
  return new Response("The request could not be satisfied.\n", {
    status,
    headers: { "cache-control": "no-store", "content-type": "text/plain; charset=utf-8" },
  });
}
