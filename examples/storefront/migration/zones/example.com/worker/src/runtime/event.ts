/**
 * The event object of CloudFront Functions, made from a Worker's request. The user's function owns and changes this
 * object, so every call makes a new one: a second one, untouched, is what results are compared with.
 */

import { computedHeaders, isComputed } from "./computed-headers";
import { readCookies } from "./cookies";
import { readHeaders } from "./headers";
import { isVisibleInRequest } from "./names";
import { readQuery } from "./query";
import { put } from "./table";
import { rawUrl } from "./url";
import type { CloudFrontEvent, EdgeConfig, Entry, EventRequest } from "./types";

/** `event.request`. `uri` is the raw path, `querystring` the raw values in order. */
export function eventRequest(request: Request, listed: readonly string[] | undefined): EventRequest {
  const { host, path, query } = rawUrl(request.url);
  const headers = readHeaders(request.headers, (name) => isVisibleInRequest(name) && !isComputed(name));
  if (!Object.hasOwn(headers, "host")) put(headers, "host", { value: host });
  forwardedFor(headers, request.headers.get("cf-connecting-ip"));
  for (const [name, value] of computedHeaders(request)) {
    if (isListed(name, listed)) put(headers, name, { value });
  }
  const event: EventRequest = {
    method: request.method,
    uri: path,
    querystring: readQuery(query),
    headers,
    cookies: readCookies(request.headers.get("cookie")),
  };
  Object.defineProperty(event, "rawQueryString", { value: () => query, enumerable: false });
  return event;
}

/** Whether a behavior's policies list a computed header; not knowing them, all are. */
export function isListed(name: string, listed: readonly string[] | undefined): boolean {
  return listed === undefined || listed.some((it) => it.toLowerCase() === name);
}

/**
 * CloudFront appends the viewer to X-Forwarded-For after the function, Cloudflare has done so before it: the last address
 * is taken off when it is the viewer's.
 */
function forwardedFor(headers: Record<string, Entry>, viewer: string | null): void {
  const entry = headers["x-forwarded-for"];
  if (entry === undefined || viewer === null) return;
  const addresses = entry.value.split(",").map((it) => it.trim());
  if (addresses.at(-1) !== viewer) return;
  addresses.pop();
  if (addresses.length === 0) delete headers["x-forwarded-for"];
  else entry.value = addresses.join(", ");
}

/** The whole event. `viewer.ip` is the peer's address and never what X-Forwarded-For claims. */
export function makeEvent(
  hook: "viewer-request" | "viewer-response",
  config: EdgeConfig,
  request: Request,
  eventOfRequest: EventRequest,
): CloudFrontEvent {
  return {
    version: "1.0",
    context: {
      distributionDomainName: config.distributionDomainName,
      distributionId: config.distributionId,
      eventType: hook,
      requestId: request.headers.get("cf-ray") ?? crypto.randomUUID(),
    },
    viewer: { ip: request.headers.get("cf-connecting-ip") ?? "" },
    request: eventOfRequest,
  };
}
