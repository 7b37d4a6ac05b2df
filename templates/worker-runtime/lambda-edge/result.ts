/** What a function returned: the request with only its changes, or a response. Anything else is an error, never "continue". */

import { forwardedComputed } from "../edge/computed-headers";
import { InvalidResult } from "../edge/failure";
import { isReadOnlyForLambda } from "../edge/header-names";
import { checkHost } from "../edge/origin";
import { checkedQuery, outgoingHeaders, pathAfter, requestWith } from "../edge/request";
import { allowsBody, fromBase64, responseOf, utf8 } from "../edge/response";
import type { Hook, Onward, Visit } from "../edge/types";
import { rawUrl } from "../edge/url";
import { replacedBody, type ReadBody, type RequestHook } from "./body";
import { linesAfter, writeHeaders } from "./headers";
import { choiceAfter } from "./origin";
import type { EventRequest, EventResponse } from "./types";

type Result = Readonly<Record<string, unknown>>;

/** A response has a status, a request has none. */
export function isResponse(result: Result): boolean {
  return "status" in result;
}

/** The request as the function left it: `before` is an untouched event of it. */
export function onwardAfter(hook: RequestHook, visit: Visit, onward: Onward, read: ReadBody | undefined, before: EventRequest, after: Result): Onward {
  const { request } = onward;
  const { uri, querystring, body } = after;
  const path = uri === before.uri ? rawUrl(request.url).path : pathAfter(uri);
  const query = querystring === undefined || querystring === before.querystring ? rawUrl(request.url).query : queryOf(querystring);
  const lines = linesAfter("request.headers", after["headers"]);
  const isViewers = hook === "viewer-request";
  // A client's own copies of computed headers end here; what a function wrote goes on.
  const headers = isViewers ? outgoingHeaders(request, new Map()) : new Headers(request.headers);
  if (!isViewers) {
    for (const [name, value] of forwardedComputed(request, visit.behavior.computedHeaders)) headers.set(name, value);
  }
  const origin = isViewers ? onward.origin : originAfter(visit, onward, before, after["origin"], lines);
  writeHeaders(headers, withoutHost(hook, before), lines, (name) => isReadOnlyForLambda(hook, name));
  const fresh = replacedBody(hook, body);
  const takesBody = request.method !== "GET" && request.method !== "HEAD";
  if (fresh !== undefined && takesBody) {
    // The platform counts the bytes of a body itself.
    headers.delete("content-length");
    return { request: requestWith(request, { path, query, headers, body: fresh }), origin };
  }
  if (read !== undefined && takesBody) return { request: requestWith(request, { path, query, headers, body: read.whole }), origin };
  return { request: requestWith(request, { path, query, headers }), origin };
}

function queryOf(querystring: unknown): string | undefined {
  if (typeof querystring !== "string") throw new InvalidResult("request.querystring must be a string");
  return querystring === "" ? undefined : checkedQuery(querystring);
}

/** For the origin the Host header is part of the choice of an origin, and not a line of the request. */
function withoutHost(hook: Hook, { headers }: EventRequest): EventRequest["headers"] {
  if (hook !== "origin-request") return headers;
  const { host: _, ...others } = headers;
  return others;
}

function originAfter(visit: Visit, { origin }: Onward, before: EventRequest, after: unknown, lines: Map<string, string[]>) {
  if (before.origin === undefined) return origin;
  const known = before.headers["host"]?.[0]?.value ?? "";
  const given = lines.get("host")?.[0];
  lines.delete("host");
  const choice = choiceAfter(before.origin, after, { before: known, after: given });
  if (choice === undefined) return origin;
  for (const name of Object.keys(choice.customHeaders ?? {})) {
    if (lines.has(name)) throw new InvalidResult(`"${name}" is in both request.headers and the origin's customHeaders`);
  }
  const merged = { ...origin, ...choice };
  if (choice.domainName !== undefined && choice.hostHeader === undefined) delete merged.hostHeader;
  checkHost(merged, visit.config);
  return merged;
}

const KB = 1024;

/** How large a response of a function may be, headers included ("Quotas", read 2026-04). */
const LARGEST: Readonly<Record<Hook, number>> = {
  "viewer-request": 40 * KB,
  "origin-request": 1024 * KB,
  "origin-response": 1024 * KB,
  "viewer-response": 40 * KB,
};

const MADE_BY_THE_PLATFORM = new Set(["content-length", "transfer-encoding"]);

/** The answer of a request hook. */
export function answer(hook: Hook, result: Result): Response {
  const status = statusOf(result["status"]);
  const headers = new Headers();
  const given = result["headers"] === undefined ? new Map<string, string[]>() : linesAfter("response.headers", result["headers"]);
  writeHeaders(headers, {}, given, () => false);
  for (const name of MADE_BY_THE_PLATFORM) headers.delete(name);
  const body = bodyOf(result) ?? null;
  if (hook === "viewer-request" && status === 204 && body !== null && body.length > 0) {
    throw new InvalidResult("a response with status 204 may have no body");
  }
  checkSize(hook, headers, body);
  return responseOf({ status, description: result["statusDescription"], headers, body });
}

/** The response as the function left it: `before` is an untouched event of it. Only origin-response can change the status. */
export function responseAfter(hook: Hook, response: Response, before: EventResponse, result: Result): Response {
  const given = statusOf(result["status"]);
  const status = hook === "viewer-response" ? response.status : given;
  const headers = new Headers(response.headers);
  const lines = result["headers"] === undefined ? new Map<string, string[]>() : linesAfter("response.headers", result["headers"]);
  writeHeaders(headers, before.headers, lines, (name) => isReadOnlyForLambda(hook, name));
  const fresh = bodyOf(result);
  if (fresh !== undefined) {
    headers.delete("content-length");
    checkSize(hook, headers, fresh);
  }
  // The origin's words do not describe another status.
  const words = result["statusDescription"];
  const description = status !== response.status && words === before.statusDescription ? undefined : words;
  if (fresh !== undefined || !allowsBody(status)) void response.body?.cancel();
  return responseOf({ status, description, headers, body: fresh ?? response.body });
}

/** A status as text of digits. A number is taken too: the guide says "string" and not what becomes of a number. */
function statusOf(value: unknown): number {
  const status = typeof value === "string" && /^\d{3}$/.test(value) ? Number(value) : value;
  if (typeof status !== "number" || !Number.isInteger(status) || status < 200 || status > 599) {
    throw new InvalidResult('response.status must be a string from "200" to "599"');
  }
  return status;
}

/** The body that the function gave; `undefined` for none. An empty one takes the origin's away. */
function bodyOf({ body, bodyEncoding }: Result): Uint8Array<ArrayBuffer> | undefined {
  if (bodyEncoding !== undefined && bodyEncoding !== "text" && bodyEncoding !== "base64") {
    throw new InvalidResult('response.bodyEncoding must be "text" or "base64"');
  }
  if (body === undefined) return undefined;
  if (typeof body !== "string") throw new InvalidResult("response.body must be a string");
  return bodyEncoding === "base64" ? fromBase64("response.body", body) : utf8(body);
}

function checkSize(hook: Hook, headers: Headers, body: Uint8Array | null): void {
  let size = body?.length ?? 0;
  for (const [name, value] of headers) size += name.length + value.length;
  if (size > LARGEST[hook]) throw new InvalidResult(`the response is larger than ${LARGEST[hook]} bytes`);
}
