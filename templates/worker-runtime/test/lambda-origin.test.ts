/** Where a request goes when origin-request changes its origin. */

import { expect, test } from "vitest";
import type { Behavior } from "../edge/types";
import { lambda, run, visit } from "./support";

const page = "https://www.shop.test/a?b=1";
const known = { domainName: "old.test", originPath: "/v1", customHeaders: { "x-secret": "s" } };

function moved(change: (request: any) => unknown, behavior: Partial<Behavior> = {}) {
  const unit = lambda(async (event) => {
    const { request } = event.Records[0].cf;
    change(request);
    return request;
  });
  return run({ behaviors: [{ pathPattern: "*", originRequest: unit, ...behavior }], request: visit(page) });
}

const custom = (domainName: string, rest = {}) => ({
  custom: { domainName, port: 443, protocol: "https", path: "", sslProtocols: ["TLSv1.2"], readTimeout: 30, keepaliveTimeout: 5, customHeaders: {}, ...rest },
});

test("an origin left alone is the zone's own, with its path and its headers", async () => {
  const { asked } = await moved(() => {}, { origin: known });
  expect([asked?.url, asked?.headers.get("x-secret")]).toEqual(["https://www.shop.test/v1/a?b=1", "s"]);
});

test("domain and Host together", async () => {
  const { asked, options } = await moved((it) => {
    it.origin = custom("new.test", { port: 8443, path: "/v2", customHeaders: { "x-key": [{ key: "X-Key", value: "k" }] } });
    it.headers.host = [{ key: "Host", value: "new.test" }];
  }, { origin: known });
  expect([asked?.url, asked?.headers.get("x-key"), asked?.headers.get("x-secret"), options]).toEqual(["https://new.test:8443/v2/a?b=1", "k", null, undefined]);
});

test("a deleted Host is the origin's name", async () => {
  const { asked } = await moved((it) => {
    it.origin.custom.domainName = "new.test";
    delete it.headers.host;
  });
  expect(asked?.url).toBe("https://new.test/a?b=1");
});

test("protocol, port and path alone", async () => {
  const { asked } = await moved((it) => {
    it.origin.custom.protocol = "http";
    it.origin.custom.port = 80;
    it.origin.custom.path = "/v2";
  });
  expect(asked?.url).toBe("http://www.shop.test/v2/a?b=1");
});

test("Host set to the origin's own name", async () => {
  const forwarded = { headers: "all", cookies: "all", query: "all" } as const;
  const { asked } = await moved((it) => {
    it.headers.host = [{ key: "host", value: it.origin.custom.domainName }];
  }, { origin: { domainName: "old.test" }, forwarded });
  expect(asked?.url).toBe("https://old.test/a?b=1");
});

test("a bucket in the place of a custom origin", async () => {
  const { asked } = await moved((it) => {
    it.origin = { s3: { domainName: "b.s3.eu-west-1.amazonaws.com", region: "eu-west-1", authMethod: "none", path: "", customHeaders: {} } };
    it.headers.host = [{ key: "host", value: "b.s3.eu-west-1.amazonaws.com" }];
  });
  expect(asked?.url).toBe("https://b.s3.eu-west-1.amazonaws.com/a?b=1");
});

test("inside the zone the Host may differ from the origin's name", async () => {
  const { asked, options } = await moved((it) => {
    it.origin.custom.domainName = "blue.shop.test";
  });
  expect([asked?.url, (options as { cf?: unknown } | undefined)?.cf]).toEqual([page, { resolveOverride: "blue.shop.test" }]);
});

test("a Host that the platform would ignore is refused, never dropped", async () => {
  const { response, asked } = await moved((it) => {
    it.origin.custom.domainName = "elsewhere.test";
  });
  expect([response.status, asked]).toEqual([503, undefined]);
});

test("a bucket behind an access identity is refused", async () => {
  const { response } = await moved((it) => {
    it.origin = { s3: { domainName: "b.s3.amazonaws.com", region: "eu-west-1", authMethod: "origin-access-identity", path: "", customHeaders: {} } };
    it.headers.host = [{ value: "b.s3.amazonaws.com" }];
  });
  expect(response.status).toBe(503);
});

test.each([
  ["no origin", {}],
  ["two origins", { ...custom("a.test"), s3: {} }],
  ["a port in the name", custom("a.test:80")],
  ["an address", custom("192.0.2.1")],
  ["an unknown protocol", custom("a.test", { protocol: "ftp" })],
  ["a low port", custom("a.test", { port: 81 })],
  ["a path without a slash", custom("a.test", { path: "x" })],
  ["a path with a slash at the end", custom("a.test", { path: "/x/" })],
  ["a hidden custom header", custom("a.test", { customHeaders: { "x-edge-a": [{ value: "1" }] } })],
  ["a custom header that is a header as well", custom("a.test", { customHeaders: { "x-a": [{ value: "1" }] } })],
])("%s is 502", async (_, origin) => {
  const { response, asked } = await moved((it) => {
    it.origin = origin;
    it.headers.host = [{ value: "a.test" }];
    it.headers["x-a"] = [{ value: "1" }];
  });
  expect([response.status, asked]).toEqual([502, undefined]);
});

test("origin-response sees the origin that was asked", async () => {
  let seen: any;
  const originRequest = lambda(async (event) => {
    const { request } = event.Records[0].cf;
    request.origin.custom.domainName = "new.test";
    request.headers.host = [{ value: "new.test" }];
    request.uri = "/moved";
    return request;
  });
  const originResponse = lambda(async (event) => ((seen = event.Records[0].cf.request), event.Records[0].cf.response));
  for (const forwarded of [undefined, { headers: "all", cookies: "all", query: "all" } as const]) {
    await run({ behaviors: [{ pathPattern: "*", originRequest, originResponse, ...(forwarded && { forwarded }) }], request: visit(page) });
    expect([seen.uri, seen.origin.custom.domainName, seen.headers.host[0].value]).toEqual(["/moved", "new.test", "new.test"]);
  }
});
