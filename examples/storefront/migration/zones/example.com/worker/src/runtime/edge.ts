/**
 * The road of one exchange, as CloudFront has it: choose the cache behavior by the viewer's URL, run its viewer-request
 * function, ask the origin unless the function answered, run the viewer-response function where CloudFront would.
 */

import { computedHeaders } from "./computed-headers";
import { eventRequest, isListed, makeEvent } from "./event";
import { failureResponse, originFailureResponse } from "./failure";
import { invoke, type Invocation, type OriginChoice } from "./invocation";
import { fetchOrigin } from "./origin";
import { installStringMethods } from "./modules/strings-v1";
import { matchesHost, matchesPath, pathForMatching } from "./path-pattern";
import { answer, kindOfResult, originRequest } from "./result";
import { rawUrl } from "./url";
import { eventResponse, runsOn, viewerResponse } from "./viewer-response";
import type { Behavior, Bindings, EdgeConfig, FunctionUnit } from "./types";

export type { Behavior, EdgeConfig, FunctionUnit } from "./types";

export interface Edge {
  /** In the order of the distribution; the first match runs. */
  behaviors: readonly Behavior[];
  config: EdgeConfig;
}

/** A Worker that acts as the distribution's edge. Routes may be wider than the behaviors: the rest passes through. */
export function createEdge(edge: Edge): { fetch(request: Request, env: unknown): Promise<Response> } {
  const units = edge.behaviors.flatMap((it) => [it.viewerRequest, it.viewerResponse]);
  if (units.some((it) => it?.runtime === "1.0")) installStringMethods();
  return {
    async fetch(request, env) {
      const { host, path } = rawUrl(request.url);
      const seen = pathForMatching(path);
      const behavior = edge.behaviors.find((it) => matchesHost(it.hosts, host) && matchesPath(it.pathPattern, seen));
      if (behavior === undefined) return fetch(request);
      return runBehavior(behavior, edge.config, request, (env ?? {}) as Bindings);
    },
  };
}

async function runBehavior(behavior: Behavior, config: EdgeConfig, request: Request, bindings: Bindings): Promise<Response> {
  const asked = await runViewerRequest(behavior, config, request, bindings);
  if (asked instanceof Response) return marked(asked, config);
  let response: Response;
  try {
    response = await fetchOrigin(asked.request, asked.origin, config);
  } catch (cause) {
    return marked(originFailureResponse(cause), config);
  }
  response = withoutMark(response, config);
  if (behavior.viewerResponse === undefined || !runsOn(response)) return response;
  return runViewerResponse(behavior, behavior.viewerResponse, config, asked.request, response, bindings);
}

/** The request for the origin, or the function's answer. */
async function runViewerRequest(
  behavior: Behavior,
  config: EdgeConfig,
  request: Request,
  bindings: Bindings,
): Promise<Response | { request: Request; origin: OriginChoice | undefined }> {
  const unit = behavior.viewerRequest;
  if (unit === undefined) return { request, origin: undefined };
  const invocation = start(unit, "viewer-request", config, request, bindings);
  try {
    const before = eventRequest(request, behavior.computedHeaders);
    const event = makeEvent("viewer-request", config, request, eventRequest(request, behavior.computedHeaders));
    const result = await invoke(invocation, event);
    if (kindOfResult(result) === "response") return answer(result);
    const forwarded = new Map([...computedHeaders(request)].filter(([name]) => isForwarded(name, behavior.computedHeaders)));
    return { request: originRequest(request, before, result, forwarded), origin: invocation.origin };
  } catch (cause) {
    return failureResponse(unit.id, "viewer-request", cause);
  }
}

/** The event shows the request as the viewer-request function left it. */
async function runViewerResponse(
  behavior: Behavior,
  unit: FunctionUnit,
  config: EdgeConfig,
  request: Request,
  response: Response,
  bindings: Bindings,
): Promise<Response> {
  const invocation = start(unit, "viewer-response", config, request, bindings);
  try {
    const event = makeEvent("viewer-response", config, request, eventRequest(request, behavior.computedHeaders));
    event.response = eventResponse(response);
    const result = await invoke(invocation, event);
    return viewerResponse(response, eventResponse(response), result);
  } catch (cause) {
    return marked(failureResponse(unit.id, "viewer-response", cause), config);
  }
}

function start(
  unit: FunctionUnit,
  hook: Invocation["hook"],
  config: EdgeConfig,
  request: Request,
  bindings: Bindings,
): Invocation {
  const colo = request.cf?.["colo"];
  return { unit, hook, config, bindings, colo: typeof colo === "string" ? colo : undefined, origin: undefined };
}

/** A computed header goes to the origin only when the policies are known to list it. */
function isForwarded(name: string, listed: readonly string[] | undefined): boolean {
  return listed !== undefined && isListed(name, listed);
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
