/** CloudFront Functions at the two hooks they can stand at: each call makes the event, runs the function, carries over what it changed. */

import { forwardedComputed } from "../edge/computed-headers";
import { guarded } from "../edge/failure";
import type { Onward, Visit } from "../edge/types";
import { eventRequest, makeEvent } from "./event";
import { invoke, type Invocation } from "./invocation";
import { answer, kindOfResult, originRequest } from "./result";
import type { FunctionUnit } from "./types";
import { eventResponse, viewerResponse } from "./viewer-response";

/** The request for the origin, or the function's answer. */
export function runViewerRequest(unit: FunctionUnit, visit: Visit, request: Request): Promise<Onward | Response> {
  const { computedHeaders } = visit.behavior;
  const invocation = start(unit, "viewer-request", visit, request);
  return guarded(unit.id, "viewer-request", async () => {
    const before = eventRequest(request, computedHeaders);
    const event = makeEvent("viewer-request", visit.config, request, eventRequest(request, computedHeaders));
    const result = await invoke(invocation, event);
    if (kindOfResult(result) === "response") return answer(result);
    const forwarded = forwardedComputed(request, computedHeaders);
    return { request: originRequest(request, before, result, forwarded), origin: invocation.origin };
  });
}

/** The event shows the request as the viewer-request function left it. */
export function runViewerResponse(unit: FunctionUnit, visit: Visit, request: Request, response: Response): Promise<Response> {
  const invocation = start(unit, "viewer-response", visit, request);
  return guarded(unit.id, "viewer-response", async () => {
    const event = makeEvent("viewer-response", visit.config, request, eventRequest(request, visit.behavior.computedHeaders));
    event.response = eventResponse(response);
    const result = await invoke(invocation, event);
    return viewerResponse(response, eventResponse(response), result);
  });
}

function start(unit: FunctionUnit, hook: Invocation["hook"], { config, bindings }: Visit, request: Request): Invocation {
  const colo = request.cf?.["colo"];
  return { unit, hook, config, bindings, colo: typeof colo === "string" ? colo : undefined, origin: undefined };
}
