/** Lambda@Edge functions at their four hooks: each call makes the event, runs the function, carries over what it changed. */

import { guarded, InvalidResult } from "../edge/failure";
import type { Onward, Visit } from "../edge/types";
import { readBody, type RequestHook } from "./body";
import { eventRequest, eventResponse, makeEvent, requestIdOf } from "./event";
import { invoke, objectOf } from "./invocation";
import { answer, isResponse, onwardAfter, responseAfter } from "./result";
import type { LambdaFunction } from "./types";

/** The request for what follows, or the function's answer. */
export function runRequestHook(hook: RequestHook, unit: LambdaFunction, visit: Visit, onward: Onward): Promise<Onward | Response> {
  return guarded(unit.id, hook, async () => {
    const requestId = requestIdOf(onward.request);
    const read = unit.includeBody === true ? await readBody(hook, onward.request) : undefined;
    const before = eventRequest(hook, visit, onward, read?.event);
    const event = makeEvent(hook, visit.config, requestId, eventRequest(hook, visit, onward, read?.event));
    const result = objectOf(await invoke(unit, event, requestId));
    return isResponse(result) ? answer(hook, result) : onwardAfter(hook, visit, onward, read, before, result);
  });
}

/** The response with the function's changes. */
export function runResponseHook(
  hook: "origin-response" | "viewer-response",
  unit: LambdaFunction,
  visit: Visit,
  onward: Onward,
  response: Response,
): Promise<Response> {
  return guarded(unit.id, hook, async () => {
    const requestId = requestIdOf(onward.request);
    const request = eventRequest(hook, visit, onward, undefined);
    const event = makeEvent(hook, visit.config, requestId, request, eventResponse(response));
    const result = objectOf(await invoke(unit, event, requestId));
    if (!isResponse(result)) throw new InvalidResult(`a ${hook} function must return a response`);
    return responseAfter(hook, response, eventResponse(response), result);
  });
}
