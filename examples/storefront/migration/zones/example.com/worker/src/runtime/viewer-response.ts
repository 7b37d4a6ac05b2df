/**
 * Viewer-response functions: when CloudFront runs them, the response they see, and their changes carried over to the real
 * one. The origin's body is streamed through untouched unless the function sets another.
 */

import { readSetCookies, setCookieLines, tableOf } from "./cookies";
import { InvalidResult } from "./failure";
import { readHeaders, writeHeaders } from "./headers";
import { isReadOnlyInResponse, isVisibleInResponse } from "./names";
import { allowsBody, appendSetCookie, bodyOf, descriptionOf, statusOf } from "./result";
import { own } from "./table";
import type { CookieEntry, EventResponse } from "./types";

/**
 * CloudFront skips viewer-response functions when the origin answered with an error, and on what the edge answered itself.
 * An upgraded connection has no response to change.
 */
export function runsOn(response: Response): boolean {
  return response.status >= 200 && response.status < 400;
}

/** `event.response`. There is no body in it: functions cannot read one. */
export function eventResponse(response: Response): EventResponse {
  return {
    statusCode: response.status,
    statusDescription: response.statusText,
    headers: readHeaders(response.headers, isVisibleInResponse),
    cookies: readSetCookies(response.headers.getSetCookie()),
  };
}

/** The visitor's response: `before` is an untouched `event.response`, `after` the one that was returned. */
export function viewerResponse(response: Response, before: EventResponse, after: unknown): Response {
  if (typeof after !== "object" || after === null || !("statusCode" in after)) {
    throw new InvalidResult("a viewer-response function must return a response");
  }
  const { statusCode, statusDescription, headers, cookies, body } = after as Readonly<Record<string, unknown>>;
  const status = statusOf(statusCode);
  const outgoing = new Headers(response.headers);
  writeHeaders(outgoing, before.headers ?? {}, headers, isReadOnlyInResponse);
  writeCookies(outgoing, before.cookies ?? {}, cookies);
  const fresh = body === undefined ? undefined : bodyOf(body);
  if (fresh !== undefined) outgoing.delete("content-length");
  // The origin's words do not describe another status.
  const sameWords = statusDescription === before.statusDescription;
  return new Response(allowsBody(status) ? (fresh ?? response.body) : null, {
    status,
    ...descriptionOf(status !== before.statusCode && sameWords ? undefined : statusDescription),
    headers: outgoing,
  });
}

/** Rewrites Set-Cookie lines only when a cookie changed; untouched cookies keep their text. */
function writeCookies(headers: Headers, before: Readonly<Record<string, CookieEntry>>, after: unknown): void {
  if (after === undefined) return;
  const table = tableOf("response.cookies", after);
  if (JSON.stringify(table) === JSON.stringify(before)) return;
  const lines = Object.keys(table).flatMap((name) => setCookieLines(name, table[name], own(before, name)));
  headers.delete("set-cookie");
  for (const line of lines) appendSetCookie(headers, line);
}
