/**
 * What a viewer-request function returned: the request for the origin with only the function's changes, or the answer for
 * the visitor. Anything else is an error, never "continue".
 */

import { isComputed } from "./computed-headers";
import { cookieHeaderAfter, setCookieLines, tableOf } from "./cookies";
import { InvalidResult } from "./failure";
import { writeHeaders } from "./headers";
import { isReadOnlyInRequest } from "./names";
import { queryAfter } from "./query";
import { rawUrl } from "./url";
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

/**
 * The origin request: `before` is an untouched `event.request`, `after` the one that was returned. A fetch resolves dot
 * segments in its URL, as Cloudflare's URL normalization does before the Worker.
 */
export function originRequest(
  request: Request,
  before: EventRequest,
  after: unknown,
  forwarded: ReadonlyMap<string, string>,
): Request {
  const { uri, querystring, headers, cookies } = after as Readonly<Record<string, unknown>>;
  const sent = rawUrl(request.url);
  const query = queryAfter(sent.query, before.querystring as Record<string, Entry>, querystring);
  const path = pathAfter(uri);
  const outgoing = new Headers(request.headers);
  for (const name of [...outgoing.keys()]) {
    if (isComputed(name)) outgoing.delete(name);
  }
  for (const [name, value] of forwarded) outgoing.set(name, value);
  writeHeaders(outgoing, before.headers, headers, isReadOnlyInRequest);
  const cookie = cookieHeaderAfter(before.cookies, cookies);
  if (cookie === null) outgoing.delete("cookie");
  else if (cookie !== undefined) outgoing.set("cookie", cookie);
  // Making a request from text escapes what URLs escape: one that keeps its URL is made from the request itself.
  const url = sent.origin + path + (query === undefined ? "" : `?${query}`);
  const base = path === sent.path && query === sent.query ? request : new Request(url, request);
  return new Request(base, { headers: outgoing, redirect: "manual" });
}

/** A uri is a path: a `?` or `#` in it is text and is escaped, so that it cannot become a query or a fragment. */
function pathAfter(uri: unknown): string {
  if (typeof uri !== "string" || !uri.startsWith("/")) throw new InvalidResult("request.uri must be a string that starts with '/'");
  return uri.replace(/[?#]/g, (it) => encodeURIComponent(it));
}

const WITHOUT_BODY = new Set([204, 205, 304]);
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
  return new Response(WITHOUT_BODY.has(status) ? null : content, {
    status,
    ...descriptionOf(statusDescription),
    headers: outgoing,
  });
}

function appendCookies(headers: Headers, cookies: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(cookies)) {
    for (const line of setCookieLines(name, cookies[name])) appendSetCookie(headers, line);
  }
}

/** Adds one Set-Cookie line; text that is no header value is the function's fault. */
export function appendSetCookie(headers: Headers, line: string): void {
  try {
    headers.append("set-cookie", line);
  } catch (cause) {
    throw new InvalidResult(`a cookie is no valid header text: ${String(cause)}`);
  }
}

/** A status code as CloudFront takes it: a whole number of 200 to 599. */
export function statusOf(value: unknown): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 200 || value > 599) {
    throw new InvalidResult("response.statusCode must be a whole number from 200 to 599");
  }
  return value;
}

/** The reason phrase without characters that cannot stand in a status line; without one the platform has its own. */
export function descriptionOf(value: unknown): { statusText?: string } {
  const text = typeof value === "string" ? value.replace(/[^\t\x20-\x7e]/g, "") : "";
  return text === "" ? {} : { statusText: text };
}

/** Whether a response of this status may carry a body. */
export function allowsBody(status: number): boolean {
  return !WITHOUT_BODY.has(status);
}

/** The body in either of its forms, as bytes: given text, the platform would add a content type of its own. */
export function bodyOf(body: unknown): Uint8Array<ArrayBuffer> {
  if (typeof body === "string") return utf8(body);
  if (typeof body !== "object" || body === null) throw new InvalidResult("response.body must be a string or an object");
  const { encoding, data } = body as { encoding?: unknown; data?: unknown };
  if (typeof data !== "string") throw new InvalidResult("response.body.data must be a string");
  if (encoding === undefined || encoding === "text") return utf8(data);
  if (encoding !== "base64") throw new InvalidResult('response.body.encoding must be "text" or "base64"');
  try {
    return Uint8Array.from(atob(data), (it) => it.charCodeAt(0));
  } catch {
    throw new InvalidResult("response.body.data is not base64");
  }
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(new TextEncoder().encode(text));
}
