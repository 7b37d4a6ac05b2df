/**
 * The `cloudfront-*` headers that CloudFront computes about a visitor, from what Cloudflare knows. A client's own copy of
 * such a header is never shown and never forwarded. Without a source here, and so absent: the device headers
 * (`cloudfront-is-*-viewer`), country name, header order and count, error uri and args. Known differences: another
 * geography database; the port of `cloudfront-viewer-address` is 0; the handshake part of `cloudfront-viewer-tls` is
 * always `fullHandshake`.
 */

/** Whether the header is one that only CloudFront may make. */
export function isComputed(name: string): boolean {
  return name.startsWith("cloudfront-");
}

/** Whether a behavior's policies list a computed header; not knowing them, all are. */
export function isListed(name: string, listed: readonly string[] | undefined): boolean {
  return listed === undefined || listed.some((it) => it.toLowerCase() === name);
}

/** The computed headers that the origin gets: those that the policies are known to list. */
export function forwardedComputed(request: Request, listed: readonly string[] | undefined): Map<string, string> {
  if (listed === undefined) return new Map();
  return new Map([...computedHeaders(request)].filter(([name]) => isListed(name, listed)));
}

/** Every computed header that has a value for this request, by its lower-case name. */
export function computedHeaders(request: Request): Map<string, string> {
  const cf = (request.cf ?? {}) as Readonly<Record<string, unknown>>;
  const bots = (cf["botManagement"] ?? {}) as Readonly<Record<string, unknown>>;
  const ip = request.headers.get("cf-connecting-ip");
  const country = text(cf["country"]);
  const tls = text(cf["tlsVersion"]);
  const found: [string, string | undefined][] = [
    ["cloudfront-forwarded-proto", request.url.startsWith("https:") ? "https" : "http"],
    ["cloudfront-viewer-address", ip === null ? undefined : `${ip}:0`],
    ["cloudfront-viewer-asn", text(cf["asn"])],
    ["cloudfront-viewer-city", escaped(text(cf["city"]))],
    ["cloudfront-viewer-country", country === "XX" ? undefined : country],
    ["cloudfront-viewer-country-region", text(cf["regionCode"])],
    ["cloudfront-viewer-country-region-name", escaped(text(cf["region"]))],
    ["cloudfront-viewer-http-version", httpVersion(text(cf["httpProtocol"]))],
    ["cloudfront-viewer-ja3-fingerprint", text(bots["ja3Hash"])],
    ["cloudfront-viewer-ja4-fingerprint", text(bots["ja4"])],
    ["cloudfront-viewer-latitude", text(cf["latitude"])],
    ["cloudfront-viewer-longitude", text(cf["longitude"])],
    ["cloudfront-viewer-metro-code", text(cf["metroCode"])],
    ["cloudfront-viewer-postal-code", text(cf["postalCode"])],
    ["cloudfront-viewer-time-zone", text(cf["timezone"])],
    ["cloudfront-viewer-tls", tls === undefined ? undefined : `${tls}:${text(cf["tlsCipher"]) ?? ""}:fullHandshake`],
  ];
  const headers = new Map<string, string>();
  for (const [name, value] of found) {
    if (value !== undefined) headers.set(name, value);
  }
  return headers;
}

function text(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** CloudFront percent-encodes what is not ASCII. */
function escaped(value: string | undefined): string | undefined {
  return value?.replace(/[^\x00-\x7f]+/g, (part) => encodeURIComponent(part));
}

/** `HTTP/2` is `2.0`, as the log field of CloudFront's access logs has it. */
function httpVersion(protocol: string | undefined): string | undefined {
  const number = protocol?.replace(/^HTTP\//i, "");
  if (number === undefined || number === "") return undefined;
  return number.includes(".") ? number : `${number}.0`;
}
