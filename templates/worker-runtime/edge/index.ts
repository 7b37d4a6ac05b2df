/**
 * The road of one exchange, as CloudFront has it: choose the cache behavior by the viewer's URL, then viewer-request,
 * origin-request, the origin, origin-response, viewer-response, each where CloudFront runs it:
 *
 * - an answer of viewer-request goes to the visitor as it is, and no other hook runs;
 * - an answer of origin-request stands for the origin's: origin-response does not run on it, viewer-response does;
 * - origin-response also runs on errors of the origin; viewer-response does not, even if origin-response made it a 200;
 * - a failure of any hook is the answer.
 *
 * CloudFront runs the origin's hooks on cache misses only. A Worker stands before the cache, so here they run always.
 */

import { runViewerRequest, runViewerResponse } from "../cloudfront-functions/hooks";
import { installStringMethods } from "../cloudfront-functions/modules/strings-v1";
import { runRequestHook, runResponseHook } from "../lambda-edge/hooks";
import { Failed, originFailure } from "./failure";
import { fetchOrigin } from "./origin";
import { matchesHost, matchesPath, pathForMatching } from "./path-pattern";
import { withoutClientCopies } from "./request";
import { rawUrl } from "./url";
import type { Behavior, Bindings, EdgeConfig, Onward, Visit } from "./types";

export type { FunctionUnit } from "../cloudfront-functions/types";
export type { LambdaFunction } from "../lambda-edge/types";
export type { Behavior, EdgeConfig } from "./types";

export interface Edge {
  /** In the order of the distribution; the first match runs. */
  behaviors: readonly Behavior[];
  config: EdgeConfig;
}

/** A Worker that acts as the distribution's edge. Routes may be wider than the behaviors: the rest passes through. */
export function createEdge(edge: Edge): { fetch(request: Request, env: unknown): Promise<Response> } {
  const units = edge.behaviors.flatMap((it) => [it.viewerRequest, it.viewerResponse]);
  if (units.some((it) => it?.platform === "cloudfront-functions" && it.runtime === "1.0")) installStringMethods();
  return {
    async fetch(request, env) {
      const { host, path } = rawUrl(request.url);
      const seen = pathForMatching(path);
      const behavior = edge.behaviors.find((it) => matchesHost(it.hosts, host) && matchesPath(it.pathPattern, seen));
      if (behavior === undefined) return fetch(request);
      return runBehavior({ behavior, config: edge.config, bindings: (env ?? {}) as Bindings }, request);
    },
  };
}

async function runBehavior(visit: Visit, request: Request): Promise<Response> {
  try {
    return await exchange(visit, request);
  } catch (cause) {
    if (cause instanceof Failed) return marked(cause.response, visit.config);
    throw cause;
  }
}

async function exchange(visit: Visit, visitor: Request): Promise<Response> {
  const asked = await viewerRequest(visit, { request: visitor, origin: undefined });
  if (asked instanceof Response) return marked(asked, visit.config);
  const sent = await originRequest(visit, asked);
  const answered = sent instanceof Response ? sent : await askOrigin(visit, sent);
  // An upgraded connection has no response to change.
  if (answered.status < 200) return answered;
  const left = sent instanceof Response ? sent : await originResponse(visit, sent, answered);
  if (answered.status < 400) return viewerResponse(visit, asked, left);
  // Response rules look at the status that the visitor gets; the mark tells them what the origin's was.
  return left !== answered && left.status < 400 ? marked(left, visit.config) : left;
}

async function viewerRequest(visit: Visit, onward: Onward): Promise<Onward | Response> {
  const { viewerRequest: unit, originRequest: next, originResponse: last } = visit.behavior;
  if (unit === undefined) {
    // No client writes what origin events take for CloudFront's own.
    return next === undefined && last === undefined ? onward : { ...onward, request: withoutClientCopies(onward.request) };
  }
  return unit.platform === "lambda-edge"
    ? runRequestHook("viewer-request", unit, visit, onward)
    : runViewerRequest(unit, visit, onward.request);
}

async function originRequest(visit: Visit, onward: Onward): Promise<Onward | Response> {
  const unit = visit.behavior.originRequest;
  return unit === undefined ? onward : runRequestHook("origin-request", unit, visit, onward);
}

async function askOrigin({ behavior, config }: Visit, { request, origin }: Onward): Promise<Response> {
  try {
    return withoutMark(await fetchOrigin(request, behavior.origin, origin, config), config);
  } catch (cause) {
    throw originFailure(cause);
  }
}

async function originResponse(visit: Visit, sent: Onward, came: Response): Promise<Response> {
  const unit = visit.behavior.originResponse;
  return unit === undefined ? came : runResponseHook("origin-response", unit, visit, sent, came);
}

/** The event shows the viewer's request as viewer-request left it, not what origin-request made of it. */
async function viewerResponse(visit: Visit, asked: Onward, response: Response): Promise<Response> {
  const unit = visit.behavior.viewerResponse;
  if (unit === undefined) return response;
  return unit.platform === "lambda-edge"
    ? runResponseHook("viewer-response", unit, visit, asked, response)
    : runViewerResponse(unit, visit, asked.request, response);
}

/** Marks what the Worker answered itself, so that response rules can leave it alone. */
function marked(response: Response, config: EdgeConfig): Response {
  if (config.markAnswers !== null) response.headers.set(config.markAnswers, "1");
  return response;
}

/** An origin cannot claim the mark. */
function withoutMark(response: Response, config: EdgeConfig): Response {
  if (config.markAnswers === null || !response.headers.has(config.markAnswers)) return response;
  const copy = new Response(response.body, response);
  copy.headers.delete(config.markAnswers);
  return copy;
}
