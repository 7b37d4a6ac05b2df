/**
 * Header names with a rule of their own: what CloudFront hides from functions or does not let them write ("Restrictions
 * on all edge functions", read 2026-04), and what Cloudflare adds to a request, which no CloudFront function ever saw.
 */

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

const READ_ONLY_IN_REQUESTS = new Set(["cdn-loop", "content-length", "host", "transfer-encoding", "via"]);
const READ_ONLY_IN_RESPONSES = new Set(["via", "warning"]);

/** A header that no function sees and none may add. */
export function isDisallowed(name: string): boolean {
  return DISALLOWED.has(name) || name.startsWith("x-amz-cf-") || name.startsWith("x-edge-");
}

/** Whether a function can see this header of the viewer's request. */
export function isVisibleInRequest(name: string): boolean {
  return name !== "cookie" && !isDisallowed(name) && !ADDED_TO_REQUESTS.has(name);
}

/** Whether a function can see this header of the origin's response. */
export function isVisibleInResponse(name: string): boolean {
  return name !== "set-cookie" && !isDisallowed(name) && !ADDED_TO_RESPONSES.has(name);
}

export function isReadOnlyInRequest(name: string): boolean {
  return READ_ONLY_IN_REQUESTS.has(name);
}

export function isReadOnlyInResponse(name: string): boolean {
  return READ_ONLY_IN_RESPONSES.has(name);
}
