/**
 * How a run can fail, and what the visitor then gets. CloudFront fails closed: a function that throws answers 503, one
 * whose result breaks a rule answers 502, and the origin is not asked. So does this runtime.
 */

/** The result of a function is not one that CloudFront takes. */
export class InvalidResult extends Error {
  override name = "InvalidResult";
}

/** The function asks for something that a Worker cannot do; it is refused in words, never half done. */
export class Unsupported extends Error {
  override name = "Unsupported";
}

/** The answer for a failed run. The cause goes to the Worker's log, not to the visitor. */
export function failureResponse(functionId: string, hook: string, cause: unknown): Response {
  return refusal(cause instanceof InvalidResult ? 502 : 503, `${hook} function ${functionId}`, cause);
}

/** The answer when the origin could not be asked. */
export function originFailureResponse(cause: unknown): Response {
  return refusal(502, "the origin request", cause);
}

function refusal(status: number, what: string, cause: unknown): Response {
  const words = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  console.error(`${what} failed with ${status}: ${words}`);
  return new Response("The request could not be satisfied.\n", {
    status,
    headers: { "cache-control": "no-store", "content-type": "text/plain; charset=utf-8" },
  });
}
