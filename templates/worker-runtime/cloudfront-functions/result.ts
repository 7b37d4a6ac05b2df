/**
 * What a viewer-request function returned: the request for the origin with only the function's changes, or the answer for
 * the visitor. Anything else is an error, never "continue".
 */

import { InvalidResult } from "../edge/failure";
import { isReadOnly } from "../edge/header-names";
import { outgoingHeaders, pathAfter, requestWith } from "../edge/request";
import { appendSetCookie, fromBase64, responseOf, utf8 } from "../edge/response";
import { rawUrl } from "../edge/url";
import { cookieHeaderAfter, setCookieLines, tableOf } from "./cookies";
import { writeHeaders } from "./headers";
import { queryAfter } from "./query";
import type { Entry, EventRequest } from "./types";

/** Whether a result is a response, a request, or neither (which throws). */
export function kindOfResult(result: unknown): "request" | "response" {
  if (typeof result !== "object" || result === null || Array.isArray(result)) {
    throw new InvalidResult("the function returned neither a request nor a response");
  }
  if ("statusCode" in result) return "response";
  if ("uri" in result) return "request";
  throw new InvalidResult("the function returned an object that is neither a request nor a response");
}

/** The origin request: `before` is an untouched `event.request`, `after` the one that was returned. */
export function originRequest(
  request: Request,
  before: EventRequest,
  after: unknown,
  forwarded: ReadonlyMap<string, string>,
): Request {
  const { uri, querystring, headers, cookies } = after as Readonly<Record<string, unknown>>;
  const query = queryAfter(rawUrl(request.url).query, before.querystring as Record<string, Entry>, querystring);
  const path = pathAfter(uri);
  const outgoing = outgoingHeaders(request, forwarded);
  writeHeaders(outgoing, before.headers, headers, (name) => isReadOnly("viewer-request", name));
  const cookie = cookieHeaderAfter(before.cookies, cookies);
  if (cookie === null) outgoing.delete("cookie");
  else if (cookie !== undefined) outgoing.set("cookie", cookie);
  return requestWith(request, { path, query, headers: outgoing });
}

const MADE_BY_THE_PLATFORM = new Set(["content-length", "transfer-encoding"]);

/** The answer that a viewer-request function returned. */
export function answer(result: unknown): Response {
  const { statusCode, statusDescription, headers, cookies, body } = result as Readonly<Record<string, unknown>>;
  const status = statusOf(statusCode);
  const outgoing = new Headers();
  writeHeaders(outgoing, {}, headers, () => false);
  for (const name of MADE_BY_THE_PLATFORM) outgoing.delete(name);
  if (cookies !== undefined) appendCookies(outgoing, tableOf("response.cookies", cookies));
  const content = body === undefined ? null : bodyOf(body);
  return responseOf({ status, description: statusDescription, headers: outgoing, body: content });
}

function appendCookies(headers: Headers, cookies: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(cookies)) {
    for (const line of setCookieLines(name, cookies[name])) appendSetCookie(headers, line);
  }
}

/** A status code as CloudFront takes it: a whole number of 200 to 599. */
export function statusOf(value: unknown): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 200 || value > 599) {
    throw new InvalidResult("response.statusCode must be a whole number from 200 to 599");
  }
  return value;
}

/** The body in either of its forms. */
export function bodyOf(body: unknown): Uint8Array<ArrayBuffer> {
  if (typeof body === "string") return utf8(body);
  if (typeof body !== "object" || body === null) throw new InvalidResult("response.body must be a string or an object");
  const { encoding, data } = body as { encoding?: unknown; data?: unknown };
  if (typeof data !== "string") throw new InvalidResult("response.body.data must be a string");
  if (encoding === undefined || encoding === "text") return utf8(data);
  if (encoding !== "base64") throw new InvalidResult('response.body.encoding must be "text" or "base64"');
  return fromBase64("response.body.data", data);
}
