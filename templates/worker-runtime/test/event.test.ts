/** The event that functions see, against the guide's description of it. */

import { expect, test } from "vitest";
import { viewerRequest, visit, run, unit } from "./support";
import { rawUrl } from "../edge/url";

async function eventOf(request: Request, rest = {}): Promise<any> {
  let seen: any;
  await viewerRequest((event) => ((seen = structuredCloneable(event)), event.request), request, rest);
  return seen;
}

/** A copy taken before the function's result is read, with the one method called. */
function structuredCloneable(event: any): any {
  return { ...JSON.parse(JSON.stringify(event)), raw: event.request.rawQueryString() };
}

test("query values are raw, in order, and repeats collapse", async () => {
  const event = await eventOf(visit("https://shop.test/a%20b?x=1&y=%2F+z&x=2&flag&empty="));
  expect(event.request.uri).toBe("/a%20b");
  expect(event.request.querystring).toEqual({
    x: { value: "1", multiValue: [{ value: "1" }, { value: "2" }] },
    y: { value: "%2F+z" },
    flag: { value: "" },
    empty: { value: "" },
  });
  expect(event.raw).toBe("x=1&y=%2F+z&x=2&flag&empty=");
});

test("there is always a querystring object", async () => {
  const event = await eventOf(visit("https://shop.test/"));
  expect(event.request.querystring).toEqual({});
  expect(event.raw).toBeUndefined();
});

test("URL parts are cut, not parsed", () => {
  expect(rawUrl("https://Shop.Test:8443/a/../b//c?")).toEqual({ origin: "https://Shop.Test:8443", host: "shop.test", path: "/a/../b//c", query: "" });
  expect(rawUrl("http://shop.test")).toEqual({ origin: "http://shop.test", host: "shop.test", path: "/", query: undefined });
  expect(rawUrl("http://shop.test/a?b?c=1")).toMatchObject({ path: "/a", query: "b?c=1" });
});

test("cookies are parsed out of the headers, with case and repeats", async () => {
  const event = await eventOf(visit("https://shop.test/", { cookie: 'Id=1; a="q; r"; Id=2;  b=x=y ; c' }));
  expect(event.request.headers.cookie).toBeUndefined();
  expect(event.request.cookies).toEqual({
    Id: { value: "1", multiValue: [{ value: "1" }, { value: "2" }] },
    a: { value: '"q' },
    'r"': { value: "" },
    b: { value: "x=y" },
    c: { value: "" },
  });
});

test("Cloudflare's own headers and the hidden ones are not shown", async () => {
  const event = await eventOf(
    visit("https://shop.test/", { "cf-ray": "8f-FRA", "x-real-ip": "192.0.2.9", "x-forwarded-proto": "https", "x-edge-a": "1", accept: "*/*" }),
  );
  expect(event.request.headers).toMatchObject({ accept: { value: "*/*" }, host: { value: "shop.test" } });
  for (const name of ["cf-ray", "cf-connecting-ip", "x-real-ip", "x-forwarded-proto", "x-edge-a"]) {
    expect(event.request.headers[name]).toBeUndefined();
  }
  expect(event.viewer.ip).toBe("192.0.2.7");
  expect(event.context).toEqual({
    distributionDomainName: "d1.cloudfront.net",
    distributionId: "E1",
    eventType: "viewer-request",
    requestId: "8f-FRA",
  });
});

test("X-Forwarded-For is shown as the visitor sent it", async () => {
  const sent = await eventOf(visit("https://shop.test/", { "x-forwarded-for": "10.0.0.1, 192.0.2.7" }));
  expect(sent.request.headers["x-forwarded-for"]).toEqual({ value: "10.0.0.1" });
  const none = await eventOf(visit("https://shop.test/", { "x-forwarded-for": "192.0.2.7" }));
  expect(none.request.headers["x-forwarded-for"]).toBeUndefined();
});

test("computed headers come from Cloudflare and never from the client", async () => {
  const cf = { country: "DE", city: "Köln", regionCode: "NW", asn: 3320, httpProtocol: "HTTP/2", tlsVersion: "TLSv1.3", tlsCipher: "AES", timezone: "Europe/Berlin" };
  const event = await eventOf(visit("https://shop.test/", { "cloudfront-viewer-country": "US", "cloudfront-is-mobile-viewer": "true" }, cf));
  expect(event.request.headers).toMatchObject({
    "cloudfront-viewer-country": { value: "DE" },
    "cloudfront-viewer-city": { value: "K%C3%B6ln" },
    "cloudfront-viewer-country-region": { value: "NW" },
    "cloudfront-viewer-asn": { value: "3320" },
    "cloudfront-viewer-http-version": { value: "2.0" },
    "cloudfront-viewer-tls": { value: "TLSv1.3:AES:fullHandshake" },
    "cloudfront-viewer-time-zone": { value: "Europe/Berlin" },
    "cloudfront-viewer-address": { value: "192.0.2.7:0" },
    "cloudfront-forwarded-proto": { value: "https" },
  });
  expect(event.request.headers["cloudfront-is-mobile-viewer"]).toBeUndefined();
});

test("with known policies only the listed computed headers exist, for the origin too", async () => {
  let seen: any;
  const { asked } = await run({
    behaviors: [
      {
        pathPattern: "*",
        computedHeaders: ["CloudFront-Viewer-Country"],
        viewerRequest: unit((event) => ((seen = Object.keys(event.request.headers)), event.request)),
      },
    ],
    request: visit("https://shop.test/", { "cloudfront-viewer-city": "spoofed" }, { country: "DE", city: "Berlin" }),
  });
  expect(seen).toContain("cloudfront-viewer-country");
  expect(seen).not.toContain("cloudfront-viewer-city");
  expect(asked?.headers.get("cloudfront-viewer-country")).toBe("DE");
  expect(asked?.headers.has("cloudfront-viewer-city")).toBe(false);
});

test("a parameter named __proto__ is only a parameter", async () => {
  let prototype: unknown;
  await viewerRequest((event) => {
    prototype = Object.getPrototypeOf(event.request.querystring);
    return event.request;
  }, visit("https://shop.test/?__proto__=1&constructor=2"));
  expect(prototype).toBe(Object.prototype);
});
