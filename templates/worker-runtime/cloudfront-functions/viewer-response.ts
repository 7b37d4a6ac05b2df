/**
 * Viewer-response functions: the response they see, and their changes carried over to the real one. The origin's body is streamed through untouched unless the function sets another.
 */

import { InvalidResult } from "../edge/failure";
import { isReadOnly, isVisibleInResponse } from "../edge/header-names";
import { appendSetCookie, responseOf } from "../edge/response";
import { own } from "../edge/table";
import { readSetCookies, setCookieLines, tableOf } from "./cookies";
import { readHeaders, writeHeaders } from "./headers";
import { bodyOf, statusOf } from "./result";
import type { CookieEntry, EventResponse } from "./types";

/** `event.response`. There is no body in it: functions cannot read one. */
export function eventResponse(response: Response): EventResponse {
  return {
    statusCode: response.status,
    statusDescription: response.statusText,
    headers: readHeaders(response.headers, (name) => name !== "set-cookie" && isVisibleInResponse(name)),
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
  writeHeaders(outgoing, before.headers ?? {}, headers, (name) => isReadOnly("viewer-response", name));
  writeCookies(outgoing, before.cookies ?? {}, cookies);
  const fresh = body === undefined ? undefined : bodyOf(body);
  if (fresh !== undefined) outgoing.delete("content-length");
  // The origin's words do not describe another status.
  const sameWords = statusDescription === before.statusDescription;
  const description = status !== before.statusCode && sameWords ? undefined : statusDescription;
  return responseOf({ status, description, headers: outgoing, body: fresh ?? response.body });
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
