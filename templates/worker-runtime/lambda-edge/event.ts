/**
 * The event objects of Lambda@Edge, made from a Worker's request and response. The user's function owns and changes them,
 * so every call makes new ones: a second one, untouched, is what results are compared with.
 */

import { computedHeaders, isListed } from "../edge/computed-headers";
import { isVisibleInRequest, isVisibleInResponse } from "../edge/header-names";
import { withoutViewer } from "../edge/request";
import type { EdgeConfig, Hook, Onward, Visit } from "../edge/types";
import { rawUrl } from "../edge/url";
import { listsHeader, seenCookies, seenQuery, seesHeader } from "./forwarded";
import { putHeader, readHeaders } from "./headers";
import { eventOrigin } from "./origin";
import type { EventBody, EventRequest, EventResponse, LambdaEvent } from "./types";

/** `request` as the hook sees it. `uri` is the raw path; nothing is decoded. */
export function eventRequest(hook: Hook, visit: Visit, onward: Onward, body: EventBody | undefined): EventRequest {
  const event = hook === "origin-request" || hook === "origin-response" ? ofOrigin(visit, onward) : ofViewer(onward.request);
  return body === undefined ? event : { ...event, body: { ...body } };
}

/**
 * Viewer events see what the viewer sent, `cloudfront-*` headers of its own included: CloudFront's computed ones come after
 * viewer-request, and take the place of those.
 */
function ofViewer(request: Request): EventRequest {
  const { host, path, query } = rawUrl(request.url);
  const viewer = request.headers.get("cf-connecting-ip");
  const headers = readHeaders(request.headers, isVisibleInRequest);
  putHeader(headers, "host", request.headers.get("host") ?? host);
  const forwardedFor = request.headers.get("x-forwarded-for");
  const left = forwardedFor === null ? undefined : withoutViewer(forwardedFor, viewer);
  if (left === undefined) delete headers["x-forwarded-for"];
  else putHeader(headers, "x-forwarded-for", left);
  return { clientIp: viewer ?? "", headers, method: request.method, querystring: query ?? "", uri: path };
}

/** The line of the guide's examples ("Lambda@Edge event structure", read 2026-04). */
const VIA = "2.0 2afae0d44e2540f472c0635ab62c232b.cloudfront.net (CloudFront)";

/**
 * Origin events see what the policies forward, and what CloudFront adds: computed headers, Via, the viewer in
 * X-Forwarded-For, its own Host and User-Agent. The origin's custom headers stand with the origin alone.
 */
function ofOrigin(visit: Visit, { request, origin: choice }: Onward): EventRequest {
  const { forwarded, computedHeaders: listed, origin } = visit.behavior;
  const settings = { ...origin, ...choice };
  const { host, path, query } = rawUrl(request.url);
  const headers = readHeaders(request.headers, (name) => isVisibleInRequest(name) && seesHeader(name, forwarded));
  for (const [name, value] of computedHeaders(request)) {
    if (isListed(name, listed)) putHeader(headers, name, value);
  }
  for (const name of Object.keys(settings.customHeaders ?? {})) delete headers[name.toLowerCase()];
  putHeader(headers, "via", VIA);
  const viewer = request.headers.get("cf-connecting-ip") ?? "";
  const before = withoutViewer(request.headers.get("x-forwarded-for") ?? viewer, viewer);
  if (viewer !== "") putHeader(headers, "x-forwarded-for", before === undefined ? viewer : `${before}, ${viewer}`);
  const viewersHost = request.headers.get("host") ?? host;
  const keepsHost = forwarded !== undefined && listsHeader("host", forwarded);
  const ownHost = keepsHost ? viewersHost : (origin?.hostHeader ?? origin?.domainName ?? viewersHost);
  putHeader(headers, "host", choice?.hostHeader ?? choice?.domainName ?? ownHost);
  if (forwarded !== undefined) {
    const cookie = seenCookies(request.headers.get("cookie") ?? "", forwarded);
    if (cookie === undefined) delete headers["cookie"];
    else putHeader(headers, "cookie", cookie);
    if (!listsHeader("user-agent", forwarded)) putHeader(headers, "user-agent", "Amazon CloudFront");
  }
  return {
    clientIp: viewer,
    headers,
    method: request.method,
    origin: eventOrigin(settings, viewersHost),
    querystring: forwarded === undefined ? (query ?? "") : seenQuery(query ?? "", forwarded),
    uri: path,
  };
}

/** `response`. There is no body in it: functions cannot read one. */
export function eventResponse(response: Response): EventResponse {
  return {
    headers: readHeaders(response.headers, isVisibleInResponse),
    status: String(response.status),
    statusDescription: response.statusText,
  };
}

/** The whole event. */
export function makeEvent(hook: Hook, config: EdgeConfig, requestId: string, request: EventRequest, response?: EventResponse): LambdaEvent {
  const { distributionDomainName, distributionId } = config;
  const told = { distributionDomainName, distributionId, eventType: hook, requestId };
  return { Records: [{ cf: { config: told, request, ...(response === undefined ? {} : { response }) } }] };
}

/** The identifier of one visit: Cloudflare's own where there is one. */
export function requestIdOf(request: Request): string {
  return request.headers.get("cf-ray") ?? crypto.randomUUID();
}
