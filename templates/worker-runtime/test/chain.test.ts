/** Which hooks of one behavior run, in which order, and what each sees of the ones before it. */

import { expect, test } from "vitest";
import type { Behavior } from "../edge/types";
import { lambda, run, unit, visit } from "./support";

const page = "https://www.shop.test/a?b=1";

/** A Lambda@Edge function that notes its hook and leaves a header. */
function noting(log: string[], change: (cf: any) => unknown = () => undefined) {
  return lambda(async (event) => {
    const { cf } = event.Records[0];
    log.push(cf.config.eventType);
    const changed = change(cf);
    if (changed !== undefined) return changed;
    const subject = cf.response ?? cf.request;
    subject.headers[`x-${cf.config.eventType}`] = [{ value: String(log.length) }];
    return subject;
  });
}

function chain(log: string[], rest: Partial<Record<"viewerRequest" | "originRequest" | "originResponse" | "viewerResponse", (cf: any) => unknown>> = {}): Behavior {
  return {
    pathPattern: "*",
    viewerRequest: noting(log, rest.viewerRequest),
    originRequest: noting(log, rest.originRequest),
    originResponse: noting(log, rest.originResponse),
    viewerResponse: noting(log, rest.viewerResponse),
  };
}

test("four hooks in order, each on top of the ones before it", async () => {
  const log: string[] = [];
  const seen: Record<string, unknown> = {};
  const behavior = chain(log, {
    viewerRequest: ({ request }) => ({ ...request, uri: "/viewer", headers: { ...request.headers, "x-v": [{ value: "1" }] } }),
    originRequest: ({ request }) => {
      seen["originRequest"] = [request.uri, request.headers["x-v"][0].value];
      return { ...request, uri: "/origin", querystring: "" };
    },
    originResponse: ({ request, response }) => {
      seen["originResponse"] = [request.uri, request.querystring];
      response.headers["x-o"] = [{ value: "2" }];
      return response;
    },
    viewerResponse: ({ request, response }) => {
      seen["viewerResponse"] = [request.uri, request.querystring, response.headers["x-o"][0].value];
      return response;
    },
  });
  const { asked, response } = await run({ behaviors: [behavior], request: visit(page) });
  expect(log).toEqual(["viewer-request", "origin-request", "origin-response", "viewer-response"]);
  expect(asked?.url).toBe("https://www.shop.test/origin");
  expect(seen).toEqual({ originRequest: ["/viewer", "1"], originResponse: ["/origin", ""], viewerResponse: ["/viewer", "b=1", "2"] });
  expect([response.headers.get("x-o"), await response.text()]).toEqual(["2", "from the origin"]);
});

test("an answer of viewer-request ends the chain", async () => {
  const log: string[] = [];
  const { asked, response } = await run({ behaviors: [chain(log, { viewerRequest: () => ({ status: "200", body: "x" }) })], request: visit(page) });
  expect([log, asked, await response.text()]).toEqual([["viewer-request"], undefined, "x"]);
});

test("an answer of origin-request skips origin-response, not viewer-response", async () => {
  const log: string[] = [];
  const { response } = await run({ behaviors: [chain(log, { originRequest: () => ({ status: "200", body: "x" }) })], request: visit(page) });
  expect(log).toEqual(["viewer-request", "origin-request", "viewer-response"]);
  expect([response.headers.get("x-viewer-response"), await response.text()]).toEqual(["3", "x"]);
});

test("an error that origin-request answers skips viewer-response", async () => {
  const log: string[] = [];
  const { response } = await run({ behaviors: [chain(log, { originRequest: () => ({ status: "403" }) })], request: visit(page) });
  expect([log, response.status]).toEqual([["viewer-request", "origin-request"], 403]);
});

test.each([404, 500])("origin-response runs on an origin's %i, viewer-response does not", async (status) => {
  const log: string[] = [];
  const { response } = await run({ behaviors: [chain(log)], request: visit(page), origin: () => new Response("x", { status }) });
  expect(log).toEqual(["viewer-request", "origin-request", "origin-response"]);
  expect([response.status, response.headers.get("x-origin-response")]).toEqual([status, "3"]);
});

test("the origin's status decides, not what origin-response made of it", async () => {
  const log: string[] = [];
  const config = { markAnswers: "x-edge-answer" };
  const healed = chain(log, { originResponse: ({ response }) => ({ ...response, status: "200" }) });
  const { response } = await run({ behaviors: [healed], request: visit(page), origin: () => new Response("x", { status: 404 }), config });
  expect([log.length, response.status, response.headers.get("x-edge-answer")]).toEqual([3, 200, "1"]);
  const broken = chain([], { originResponse: ({ response }) => ({ ...response, status: "404" }) });
  const other = await run({ behaviors: [broken], request: visit(page), config });
  expect([other.response.status, other.response.headers.get("x-viewer-response")]).toEqual([404, "4"]);
});

test.each(["viewerRequest", "originRequest", "originResponse", "viewerResponse"] as const)("a failure of %s is the answer", async (hook) => {
  const log: string[] = [];
  const fails = () => {
    throw new Error("x");
  };
  const config = { markAnswers: "x-edge-answer" };
  const { response } = await run({ behaviors: [chain(log, { [hook]: fails })], request: visit(page), config });
  expect([response.status, response.headers.get("x-edge-answer"), log.length]).toEqual([503, "1", ["viewerRequest", "originRequest", "originResponse", "viewerResponse"].indexOf(hook) + 1]);
});

test("an answer of origin-request is no answer of viewer-request: it has no mark", async () => {
  const config = { markAnswers: "x-edge-answer" };
  const { response } = await run({ behaviors: [chain([], { originRequest: () => ({ status: "200" }) })], request: visit(page), config });
  expect(response.headers.has("x-edge-answer")).toBe(false);
});

test("an origin that cannot be reached is 502, and no response hook runs", async () => {
  const log: string[] = [];
  const origin = () => {
    throw new Error("down");
  };
  const { response } = await run({ behaviors: [chain(log)], request: visit(page), origin });
  expect([response.status, log]).toEqual([502, ["viewer-request", "origin-request"]]);
});

test("CloudFront Functions before and after, Lambda@Edge at the origin", async () => {
  const seen: unknown[] = [];
  const behavior: Behavior = {
    pathPattern: "*",
    computedHeaders: ["cloudfront-viewer-country"],
    viewerRequest: unit((event) => {
      seen.push(event.request.headers["cloudfront-viewer-country"].value);
      event.request.uri = "/function";
      event.request.cookies.c = { value: "1" };
      return event.request;
    }),
    originRequest: lambda(async (event) => {
      const { request } = event.Records[0].cf;
      seen.push(request.uri, request.headers.cookie[0].value, request.headers["cloudfront-viewer-country"][0].value);
      request.uri = `/${request.headers["cloudfront-viewer-country"][0].value.toLowerCase()}${request.uri}`;
      return request;
    }),
    originResponse: lambda(async (event) => {
      event.Records[0].cf.response.headers["x-o"] = [{ value: "1" }];
      return event.Records[0].cf.response;
    }),
    viewerResponse: unit((event) => {
      seen.push(event.request.uri, event.response.headers["x-o"].value, event.response.statusCode);
      event.response.headers["x-v"] = { value: "2" };
      return event.response;
    }),
  };
  const { asked, response } = await run({ behaviors: [behavior], request: visit(page, { "cloudfront-viewer-country": "ZZ" }, { country: "DE" }) });
  expect(asked?.url).toBe("https://www.shop.test/de/function?b=1");
  expect(asked?.headers.get("cloudfront-viewer-country")).toBe("DE");
  expect(seen).toEqual(["DE", "/function", "c=1", "DE", "/function", "1", 200]);
  expect([response.headers.get("x-o"), response.headers.get("x-v")]).toEqual(["1", "2"]);
});

test("an origin that a CloudFront Function chose is the one that origin-request sees", async () => {
  let seen: any;
  const { default: cf } = await import("../cloudfront-functions/modules/cloudfront");
  const behavior: Behavior = {
    pathPattern: "*",
    viewerRequest: unit((event) => (cf.updateRequestOrigin({ domainName: "new.test" }), event.request)),
    originRequest: lambda(async (event) => ((seen = event.Records[0].cf.request), seen)),
  };
  const { asked } = await run({ behaviors: [behavior], request: visit(page) });
  expect([seen.origin.custom.domainName, seen.headers.host[0].value, asked?.url]).toEqual(["new.test", "new.test", "https://new.test/a?b=1"]);
});

test("a body passes every hook as a stream", async () => {
  const request = new Request(page, { method: "POST", body: "hello" });
  const { asked } = await run({ behaviors: [chain([])], request });
  expect([asked?.method, await asked?.text()]).toEqual(["POST", "hello"]);
});

test("each hook with Include Body sees what the one before it left", async () => {
  const bodies: string[] = [];
  const replacing = (text: string) =>
    lambda(
      async (event) => {
        const { request } = event.Records[0].cf;
        bodies.push(atob(request.body.data));
        return { ...request, body: { action: "replace", encoding: "text", data: text } };
      },
      { includeBody: true },
    );
  const behavior = { pathPattern: "*", viewerRequest: replacing("one"), originRequest: replacing("two") };
  const { asked } = await run({ behaviors: [behavior], request: new Request(page, { method: "POST", body: "zero" }) });
  expect([bodies, await asked?.text()]).toEqual([["zero", "one"], "two"]);
});

test("an upgraded connection passes the response hooks by", async () => {
  const log: string[] = [];
  const origin = () => {
    const [client] = Object.values(new WebSocketPair());
    return new Response(null, { status: 101, webSocket: client ?? null });
  };
  const { response } = await run({ behaviors: [chain(log)], request: visit(page, { upgrade: "websocket" }), origin });
  expect([response.status, response.webSocket === null, log.length]).toEqual([101, false, 2]);
});
