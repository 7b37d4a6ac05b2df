/**
 * Header names with a rule of their own: what CloudFront hides from functions or does not let them write ("Restrictions
 * on all edge functions", read 2026-04), and what Cloudflare adds to a request, which no CloudFront function ever saw.
 */

import type { Hook } from "./types";

const DISALLOWED = new Set([
  "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "trailer",
  "upgrade", "x-accel-buffering", "x-accel-charset", "x-accel-limit-rate", "x-accel-redirect", "x-amzn-auth",
  "x-amzn-cf-billing", "x-amzn-cf-id", "x-amzn-cf-xff", "x-amzn-errortype", "x-amzn-fle-profile", "x-amzn-header-count",
  "x-amzn-header-order", "x-amzn-lambda-integration-tag", "x-amzn-requestid", "x-cache", "x-forwarded-proto", "x-real-ip",
]);

const ADDED_TO_REQUESTS = new Set([
  "cdn-loop", "cf-connecting-ip", "cf-connecting-ipv6", "cf-connecting-o2o", "cf-ew-via", "cf-ipcontinent", "cf-ipcountry",
  "cf-pseudo-ipv4", "cf-ray", "cf-visitor", "cf-warp-tag-id", "cf-worker", "true-client-ip",
]);

const ADDED_TO_RESPONSES = new Set(["cf-cache-status", "cf-ray"]);

const READ_ONLY: Readonly<Record<Hook, ReadonlySet<string>>> = {
  "viewer-request": new Set(["cdn-loop", "content-length", "host", "transfer-encoding", "via"]),
  "origin-request": new Set([
    "accept-encoding", "cdn-loop", "content-length", "if-modified-since", "if-none-match", "if-range", "if-unmodified-since",
    "transfer-encoding", "via",
  ]),
  "origin-response": new Set(["transfer-encoding", "via"]),
  "viewer-response": new Set(["via", "warning"]),
};

/** Those that only Lambda@Edge may not write ("Restrictions on Lambda@Edge", read 2026-04). */
const READ_ONLY_FOR_LAMBDA: Readonly<Partial<Record<Hook, ReadonlySet<string>>>> = {
  "viewer-request": new Set(["cloudfront-viewer-country"]),
  "viewer-response": new Set(["content-encoding", "content-length", "transfer-encoding"]),
};

/** A header that no function sees and none may add. */
export function isDisallowed(name: string): boolean {
  return DISALLOWED.has(name) || name.startsWith("x-amz-cf-") || name.startsWith("x-edge-");
}

/** Whether a function can see this header of a request. */
export function isVisibleInRequest(name: string): boolean {
  return !isDisallowed(name) && !ADDED_TO_REQUESTS.has(name);
}

/** Whether a function can see this header of a response. */
export function isVisibleInResponse(name: string): boolean {
  return !isDisallowed(name) && !ADDED_TO_RESPONSES.has(name);
}

/** A header that a function at this hook sees and may not add, change or delete. */
export function isReadOnly(hook: Hook, name: string): boolean {
  return READ_ONLY[hook].has(name);
}

/** The same for Lambda@Edge, which may write less. */
export function isReadOnlyForLambda(hook: Hook, name: string): boolean {
  return isReadOnly(hook, name) || READ_ONLY_FOR_LAMBDA[hook]?.has(name) === true;
}
