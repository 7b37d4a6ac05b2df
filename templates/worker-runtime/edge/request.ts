/**
 * The request on its way from hook to hook. A hook changes the real request by what its function changed and leaves the
 * rest of it, byte for byte, as the visitor sent it.
 */

import { isComputed } from "./computed-headers";
import { InvalidResult } from "./failure";
import { rawUrl } from "./url";

export interface Changes {
  path: string;
  /** Without `?`; `undefined` sends none. */
  query: string | undefined;
  headers: Headers;
  /** A body in the place of the visitor's; missing: the visitor's is streamed. */
  body?: BodyInit | null;
}

/** The request with its changes. A fetch resolves dot segments in its URL, as Cloudflare's URL normalization does before the Worker. */
export function requestWith(request: Request, { path, query, headers, body }: Changes): Request {
  const sent = rawUrl(request.url);
  const url = sent.origin + path + (query === undefined ? "" : `?${query}`);
  // Making a request from text escapes what URLs escape: one that keeps its URL is made from the request itself.
  const keepsUrl = path === sent.path && query === sent.query;
  if (body === undefined) return new Request(keepsUrl ? request : new Request(url, request), { headers, redirect: "manual" });
  const { method, cf } = request;
  const bare = keepsUrl ? request : new Request(url, { method, ...(cf === undefined ? {} : { cf: cf as CfProperties }) });
  return new Request(bare, { headers, body, redirect: "manual" });
}

/** A uri is a path: a `?` or `#` in it is text and is escaped, so that it cannot become a query or a fragment. */
export function pathAfter(uri: unknown): string {
  if (typeof uri !== "string" || !uri.startsWith("/")) throw new InvalidResult("request.uri must be a string that starts with '/'");
  return uri.replace(/[?#]/g, (it) => encodeURIComponent(it));
}

/** A query that a function wrote. */
export function checkedQuery(query: string): string {
  if (/[\x00-\x20\x7f#]/.test(query)) {
    throw new InvalidResult("request.querystring may not hold spaces, control characters or '#'");
  }
  return query;
}

/** The headers to send, with only those computed ones that CloudFront would send. */
export function outgoingHeaders(request: Request, computed: ReadonlyMap<string, string>): Headers {
  const outgoing = new Headers(request.headers);
  for (const name of [...outgoing.keys()]) {
    if (isComputed(name)) outgoing.delete(name);
  }
  for (const [name, value] of computed) outgoing.set(name, value);
  return outgoing;
}

/** The request without a client's own copies of headers that only CloudFront may make. */
export function withoutClientCopies(request: Request): Request {
  if (![...request.headers.keys()].some(isComputed)) return request;
  return new Request(request, { headers: outgoingHeaders(request, new Map()), redirect: "manual" });
}

/**
 * X-Forwarded-For without the viewer at its end: CloudFront appends it after viewer-request, Cloudflare has done so before
 * the Worker. `undefined` when nothing else is in it.
 */
export function withoutViewer(forwardedFor: string, viewer: string | null): string | undefined {
  const addresses = forwardedFor.split(",").map((it) => it.trim());
  if (viewer === null || addresses.at(-1) !== viewer) return forwardedFor;
  addresses.pop();
  return addresses.length === 0 ? undefined : addresses.join(", ");
}
