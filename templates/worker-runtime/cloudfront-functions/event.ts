/**
 * The event object of CloudFront Functions, made from a Worker's request. The user's function owns and changes this
 * object, so every call makes a new one: a second one, untouched, is what results are compared with.
 */

import { computedHeaders, isComputed, isListed } from "../edge/computed-headers";
import { readCookies } from "./cookies";
import { readHeaders } from "./headers";
import { isVisibleInRequest } from "../edge/header-names";
import { readQuery } from "./query";
import { withoutViewer } from "../edge/request";
import { put } from "../edge/table";
import { rawUrl } from "../edge/url";
import type { EdgeConfig } from "../edge/types";
import type { CloudFrontEvent, Entry, EventRequest } from "./types";

/** `event.request`. `uri` is the raw path, `querystring` the raw values in order. */
export function eventRequest(request: Request, listed: readonly string[] | undefined): EventRequest {
  const { host, path, query } = rawUrl(request.url);
  const headers = readHeaders(request.headers, (name) => name !== "cookie" && isVisibleInRequest(name) && !isComputed(name));
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

function forwardedFor(headers: Record<string, Entry>, viewer: string | null): void {
  const entry = headers["x-forwarded-for"];
  if (entry === undefined) return;
  const left = withoutViewer(entry.value, viewer);
  if (left === undefined) delete headers["x-forwarded-for"];
  else entry.value = left;
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
