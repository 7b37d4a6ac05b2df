/** What Lambda@Edge functions see at each of their four hooks. */

import { expect, test } from "vitest";
import type { Behavior } from "../edge/types";
import { lambda, run, visit } from "./support";

type Seen = { config: any; request: any; response?: any };

/** Runs one function at one hook and gives the event it saw. */
async function seen(hook: keyof Behavior, request: Request, rest: Partial<Behavior> = {}, origin?: () => Response): Promise<Seen> {
  let cf: Seen | undefined;
  const unit = lambda(async (event) => {
    cf = event.Records[0].cf;
    return cf?.response ?? cf?.request;
  });
  const behavior = { pathPattern: "*", ...rest, [hook]: unit } as Behavior;
  await run({ behaviors: [behavior], request, ...(origin === undefined ? {} : { origin }) });
  if (cf === undefined) throw new Error("the function did not run");
  return cf;
}

const page = "https://www.shop.test/a%20b/x?q=1&q=2&flag";

test("viewer-request sees the raw URL and headers as lists", async () => {
  const request = visit(page, { cookie: "a=1; b=2", "x-forwarded-for": "198.51.100.1, 192.0.2.7", "x-real-ip": "192.0.2.7" });
  expect(await seen("viewerRequest", request)).toEqual({
    config: { distributionDomainName: "d1.cloudfront.net", distributionId: "E1", eventType: "viewer-request", requestId: expect.any(String) },
    request: {
      clientIp: "192.0.2.7",
      method: "GET",
      uri: "/a%20b/x",
      querystring: "q=1&q=2&flag",
      headers: {
        cookie: [{ key: "Cookie", value: "a=1; b=2" }],
        host: [{ key: "Host", value: "www.shop.test" }],
        "x-forwarded-for": [{ key: "X-Forwarded-For", value: "198.51.100.1" }],
      },
    },
  });
});

test("no query is empty text, and a bare question mark as well", async () => {
  expect((await seen("viewerRequest", visit("https://www.shop.test/"))).request.querystring).toBe("");
  expect((await seen("viewerRequest", visit("https://www.shop.test/?"))).request.querystring).toBe("");
});

test("the request's identifier is Cloudflare's", async () => {
  const cf = await seen("viewerRequest", visit(page, { "cf-ray": "8a1" }));
  expect(cf.config.requestId).toBe("8a1");
  expect(cf.request.headers).not.toHaveProperty("cf-ray");
});

test("viewer-request sees a viewer's own cloudfront-* headers, origin events the computed ones", async () => {
  const request = () => visit(page, { "cloudfront-viewer-country": "XX" }, { country: "DE" });
  expect((await seen("viewerRequest", request())).request.headers["cloudfront-viewer-country"][0].value).toBe("XX");
  const listed = { computedHeaders: ["CloudFront-Viewer-Country"] };
  const { headers } = (await seen("originRequest", request(), listed)).request;
  expect(headers["cloudfront-viewer-country"]).toEqual([{ key: "CloudFront-Viewer-Country", value: "DE" }]);
  const none = (await seen("originRequest", request(), { computedHeaders: [] })).request.headers;
  expect(none).not.toHaveProperty("cloudfront-viewer-country");
});

test("origin events see CloudFront's Via, and the viewer at the end of X-Forwarded-For", async () => {
  const forwardedFor = async (headers: Record<string, string>) =>
    (await seen("originRequest", visit(page, headers))).request.headers["x-forwarded-for"][0].value;
  expect(await forwardedFor({})).toBe("192.0.2.7");
  expect(await forwardedFor({ "x-forwarded-for": "198.51.100.1" })).toBe("198.51.100.1, 192.0.2.7");
  expect(await forwardedFor({ "x-forwarded-for": "198.51.100.1, 192.0.2.7" })).toBe("198.51.100.1, 192.0.2.7");
  expect((await seen("originResponse", visit(page))).request.headers.via[0].value).toMatch(/^2\.0 \S+\.cloudfront\.net \(CloudFront\)$/);
});

test("a custom header of the origin is not among the headers", async () => {
  const origin = { domainName: "o.test", customHeaders: { "X-Secret": "s" } };
  expect((await seen("originRequest", visit(page, { "x-secret": "guess" }), { origin })).request.headers).not.toHaveProperty("x-secret");
});

test("origin-request sees its custom origin, and that origin's name as Host", async () => {
  const origin = { domainName: "origin.test", originPath: "/live", customHeaders: { "x-secret": "s" }, protocol: "http" as const, port: 8080 };
  const { request } = await seen("originRequest", visit(page), { origin });
  expect(request.headers.host).toEqual([{ key: "Host", value: "origin.test" }]);
  expect(request.origin).toEqual({
    custom: {
      customHeaders: { "x-secret": [{ key: "X-Secret", value: "s" }] },
      domainName: "origin.test",
      keepaliveTimeout: 5,
      path: "/live",
      port: 8080,
      protocol: "http",
      readTimeout: 30,
      sslProtocols: ["TLSv1.2"],
    },
  });
});

test("an S3 origin", async () => {
  const s3 = { region: "eu-west-1", authMethod: "origin-access-identity" as const };
  const { request } = await seen("originRequest", visit(page), { origin: { domainName: "b.s3.amazonaws.com", s3 } });
  expect(request.origin).toEqual({ s3: { ...s3, customHeaders: {}, domainName: "b.s3.amazonaws.com", path: "" } });
});

test("viewer events have no origin, an unknown one is the viewer's host", async () => {
  expect((await seen("viewerRequest", visit(page))).request).not.toHaveProperty("origin");
  expect((await seen("originRequest", visit(page))).request.origin.custom.domainName).toBe("www.shop.test");
});

test("policies narrow what origin events see", async () => {
  const forwarded = { headers: ["X-Kept"], cookies: ["b", "a"], query: ["q"] };
  const request = visit(page, { "x-kept": "1", "x-other": "2", cookie: "b=2; $x=0; c=3; a=1", "user-agent": "browser", "content-type": "a/b" });
  const { headers, querystring } = (await seen("originRequest", request, { forwarded, computedHeaders: [], origin: { domainName: "o.test" } })).request;
  expect(Object.keys(headers).sort()).toEqual(["content-type", "cookie", "host", "user-agent", "via", "x-forwarded-for", "x-kept"]);
  expect(headers.cookie[0].value).toBe("a=1; b=2");
  expect(headers["user-agent"][0].value).toBe("Amazon CloudFront");
  expect(headers.host[0].value).toBe("o.test");
  expect(querystring).toBe("q=1&q=2");
});

test("policies that forward all, or all but some", async () => {
  const request = () => visit(page, { cookie: "a=1; b=2", "user-agent": "browser" });
  const all = (await seen("originRequest", request(), { forwarded: { headers: "all", cookies: "all", query: "all" }, origin: { domainName: "o.test" } })).request;
  expect([all.headers.host[0].value, all.headers["user-agent"][0].value, all.querystring]).toEqual(["www.shop.test", "browser", "q=1&q=2&flag"]);
  const except = { headers: { except: ["Host"] }, cookies: { except: ["a"] }, query: { except: ["flag"] } };
  const some = (await seen("originRequest", request(), { forwarded: except, origin: { domainName: "o.test" } })).request;
  expect([some.headers.host[0].value, some.headers.cookie[0].value, some.querystring]).toEqual(["o.test", "b=2", "q=1&q=2"]);
  const none = (await seen("originRequest", request(), { forwarded: { headers: [], cookies: [], query: [] } })).request;
  expect([none.headers.cookie, none.querystring]).toEqual([undefined, ""]);
});

test("origin-response sees status as text, and each Set-Cookie", async () => {
  const origin = () => new Response("x", { status: 404, statusText: "Not Found", headers: [["x-a", "1"], ["set-cookie", "a=1; Path=/"], ["set-cookie", "b=2"], ["cf-ray", "1"]] });
  const { request, response } = await seen("originResponse", visit(page), { origin: { domainName: "o.test" } }, origin);
  expect(request.origin.custom.domainName).toBe("o.test");
  expect([response.status, response.statusDescription]).toEqual(["404", "Not Found"]);
  expect(response.headers["set-cookie"]).toEqual([{ key: "Set-Cookie", value: "a=1; Path=/" }, { key: "Set-Cookie", value: "b=2" }]);
  expect(response.headers["x-a"]).toEqual([{ key: "X-A", value: "1" }]);
  expect(response.headers).not.toHaveProperty("cf-ray");
  expect(response).not.toHaveProperty("body");
});

test("viewer-response sees the viewer's request", async () => {
  const { config, request } = await seen("viewerResponse", visit(page), { origin: { domainName: "o.test" } });
  expect([config.eventType, request.uri, request.headers.host[0].value, request.origin]).toEqual(["viewer-response", "/a%20b/x", "www.shop.test", undefined]);
});
