/** How what a request hook returned becomes the request for the origin, or the answer. */

import { expect, test } from "vitest";
import { lambda, run, visit, type Run, type Setup } from "./support";

const page = "https://www.shop.test/a%20b/x?q=%2F&flag";

/** Runs a function that gets `event.Records[0].cf.request`. */
function at(hook: "viewerRequest" | "originRequest", change: (request: any) => unknown, request = visit(page), rest: Partial<Setup> = {}): Promise<Run> {
  const unit = lambda(async (event) => change(event.Records[0].cf.request), { includeBody: request.method === "POST" });
  return run({ behaviors: [{ pathPattern: "*", [hook]: unit }], request, ...rest });
}

const post = (body: string) =>
  new Request(page, { method: "POST", body, headers: { "cf-connecting-ip": "192.0.2.7", "content-length": String(body.length) } });
const at64 = (text: string) => btoa(text);

for (const hook of ["viewerRequest", "originRequest"] as const) {
  test(`${hook}: a request that comes back as it was is sent as it came`, async () => {
    const { asked } = await at(hook, (request) => request, visit(page, { "x-a": "1", cookie: "a=1" }));
    expect([asked?.url, asked?.headers.get("x-a"), asked?.headers.get("cookie"), asked?.redirect]).toEqual([page, "1", "a=1", "manual"]);
  });

  test(`${hook}: uri, query and headers change`, async () => {
    const { asked } = await at(
      hook,
      (request) => {
        request.uri = "/new/index.html";
        request.querystring = "b=2";
        request.headers["x-new"] = [{ key: "X-New", value: "1" }, { value: "2" }];
        request.headers.cookie = [{ value: "a=1" }, { value: "b=2" }];
        delete request.headers["x-old"];
        return request;
      },
      visit(page, { "x-old": "1", "x-kept": "2" }),
    );
    expect(asked?.url).toBe("https://www.shop.test/new/index.html?b=2");
    const of = (name: string) => asked?.headers.get(name);
    expect([of("x-new"), of("cookie"), of("x-old"), of("x-kept")]).toEqual(["1, 2", "a=1; b=2", null, "2"]);
  });

  test(`${hook}: empty text takes the query away, a ? in the uri does not make one`, async () => {
    const { asked } = await at(hook, (request) => ({ ...request, uri: "/a?b", querystring: "" }));
    expect(asked?.url).toBe("https://www.shop.test/a%3Fb");
  });

  test(`${hook}: an answer`, async () => {
    const { asked, response } = await at(hook, () => ({
      status: "302",
      statusDescription: "Found",
      headers: {
        location: [{ key: "Location", value: "/x" }],
        "Cache-Control": [{ key: "Cache-Control", value: "no-store" }],
        "set-cookie": [{ key: "Set-Cookie", value: "a=1" }, { key: "Set-Cookie", value: "b=2" }],
      },
    }));
    expect(asked).toBeUndefined();
    expect([response.status, response.statusText, await response.text()]).toEqual([302, "Found", ""]);
    expect([response.headers.get("location"), response.headers.get("cache-control")]).toEqual(["/x", "no-store"]);
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(response.headers.has("content-type")).toBe(false);
  });
}

test("an answer's body is text or base64", async () => {
  const text = await at("viewerRequest", () => ({ status: "200", body: "ä" }));
  expect(await text.response.text()).toBe("ä");
  const bytes = await at("viewerRequest", () => ({ status: 200, bodyEncoding: "base64", body: btoa("\x00\xff") }));
  expect(new Uint8Array(await bytes.response.arrayBuffer())).toEqual(new Uint8Array([0, 255]));
});

test("a body that the function compressed itself is sent as it is", async () => {
  const packed = await new Response(new Blob(["hello"]).stream().pipeThrough(new CompressionStream("gzip"))).arrayBuffer();
  const body = btoa(String.fromCharCode(...new Uint8Array(packed)));
  const headers = { "content-encoding": [{ value: "gzip" }] };
  const { response } = await at("originRequest", () => ({ status: "200", headers, bodyEncoding: "base64", body }));
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(new Uint8Array(packed));
});

test.each([
  ["nothing", () => undefined],
  ["null", () => null],
  ["text", () => "x"],
  ["a list", () => []],
  ["neither", () => ({})],
  ["a uri without a slash", (it: any) => ({ ...it, uri: "x" })],
  ["a query with a space", (it: any) => ({ ...it, querystring: "a b" })],
  ["a query that is no text", (it: any) => ({ ...it, querystring: { a: 1 } })],
  ["a header that is no list", (it: any) => ({ ...it, headers: { ...it.headers, "x-a": "1" } })],
  ["a header line without a value", (it: any) => ({ ...it, headers: { ...it.headers, "x-a": [{ key: "X-A" }] } })],
  ["a header value that is no text", (it: any) => ({ ...it, headers: { ...it.headers, "x-a": [{ value: 1 }] } })],
  ["a header value with a line feed", (it: any) => ({ ...it, headers: { ...it.headers, "x-a": [{ value: "a\nb" }] } })],
  ["a hidden header", (it: any) => ({ ...it, headers: { ...it.headers, "x-real-ip": [{ value: "1" }] } })],
  ["a changed Host", (it: any) => ({ ...it, headers: { ...it.headers, host: [{ value: "x.test" }] } })],
  ["a deleted Host", (it: any) => ({ ...it, headers: {} })],
  ["an added Via", (it: any) => ({ ...it, headers: { ...it.headers, via: [{ value: "x" }] } })],
  ["a country of its own", (it: any) => ({ ...it, headers: { ...it.headers, "cloudfront-viewer-country": [{ value: "DE" }] } })],
  ["no headers", ({ headers: _, ...others }: any) => others],
  ["a key that is no text", (it: any) => ({ ...it, headers: { ...it.headers, "x-a": [{ key: 1, value: "1" }] } })],
  ["a status below 200", () => ({ status: "199" })],
  ["a status above 599", () => ({ status: "600" })],
  ["a status that is no number", () => ({ status: "OK" })],
  ["an unknown body encoding", () => ({ status: "200", body: "x", bodyEncoding: "gzip" })],
  ["no base64", () => ({ status: "200", body: "*", bodyEncoding: "base64" })],
  ["a body that is no text", () => ({ status: "200", body: { a: 1 } })],
  ["a hidden header in an answer", () => ({ status: "200", headers: { "x-edge-a": [{ value: "1" }] } })],
  ["204 with a body", () => ({ status: "204", body: "x" })],
  ["an answer that is too large", () => ({ status: "200", body: "x".repeat(40 * 1024 + 1) })],
] as [string, (request: any) => unknown][])("viewer-request with %s is 502, and the origin is not asked", async (_, change) => {
  const { response, asked } = await at("viewerRequest", change);
  expect([response.status, asked]).toEqual([502, undefined]);
});

test("origin-request may answer more, may not write conditional headers", async () => {
  const large = await at("originRequest", () => ({ status: "200", body: "x".repeat(40 * 1024 + 1) }));
  expect(large.response.status).toBe(200);
  const larger = await at("originRequest", () => ({ status: "200", body: "x".repeat(1024 * 1024 + 1) }));
  expect(larger.response.status).toBe(502);
  for (const name of ["if-none-match", "accept-encoding", "range-unit", "if-range"]) {
    const { response } = await at("originRequest", (it) => ({ ...it, headers: { ...it.headers, [name]: [{ value: "x" }] } }));
    expect([name, response.status]).toEqual([name, name === "range-unit" ? 200 : 502]);
  }
});

test("origin-request may not drop Via", async () => {
  const { response } = await at("originRequest", (it) => ({ ...it, headers: { host: it.headers.host } }));
  expect(response.status).toBe(502);
});

test("a client's cloudfront-* header ends at viewer-request, one that the function wrote goes on", async () => {
  const { asked } = await at("viewerRequest", (it) => {
    it.headers["cloudfront-is-mobile-viewer"] = [{ value: "true" }];
    return it;
  }, visit(page, { "cloudfront-viewer-country": "XX", "cloudfront-is-mobile-viewer": "false" }));
  expect([asked?.headers.get("cloudfront-viewer-country"), asked?.headers.get("cloudfront-is-mobile-viewer")]).toEqual([null, "true"]);
});

test("a header in two cases counts as the later one says, an empty list is none", async () => {
  const { asked } = await at("viewerRequest", (it) => {
    it.headers["X-A"] = [{ value: "2" }];
    it.headers["x-b"] = [];
    return it;
  }, visit(page, { "x-a": "1", "x-b": "1" }));
  expect([asked?.headers.get("x-a"), asked?.headers.get("x-b")]).toEqual(["2", null]);
});

test("what policies hide stays on the request", async () => {
  const unit = lambda(async (event) => {
    const { request } = event.Records[0].cf;
    request.headers["x-seen"] = [{ value: `${request.querystring}|${request.headers.cookie?.[0].value}` }];
    return request;
  });
  const forwarded = { headers: [], cookies: [], query: [] };
  const { asked } = await run({
    behaviors: [{ pathPattern: "*", originRequest: unit, forwarded }],
    request: visit(page, { cookie: "a=1", "x-a": "1", "user-agent": "browser" }),
  });
  const of = (name: string) => asked?.headers.get(name);
  expect([asked?.url, of("cookie"), of("x-a"), of("user-agent"), of("x-seen")]).toEqual([page, "a=1", "1", "browser", "|undefined"]);
});

test("a body is shown with Include Body only, and sent on", async () => {
  let seen: any;
  const { asked } = await at("viewerRequest", (it) => ((seen = it.body), it), post("hello"));
  expect(seen).toEqual({ inputTruncated: false, action: "read-only", encoding: "base64", data: at64("hello") });
  expect(await asked?.text()).toBe("hello");
  const without = lambda(async (event) => ((seen = event.Records[0].cf.request.body), event.Records[0].cf.request));
  const streamed = await run({ behaviors: [{ pathPattern: "*", viewerRequest: without }], request: post("hello") });
  expect([seen, await streamed.asked?.text()]).toEqual([undefined, "hello"]);
});

test("a request without a body has an empty one", async () => {
  let seen: any;
  const unit = lambda(async (event) => ((seen = event.Records[0].cf.request.body), event.Records[0].cf.request), { includeBody: true });
  const { asked } = await run({ behaviors: [{ pathPattern: "*", originRequest: unit }], request: visit(page) });
  expect([seen.data, asked?.method, asked?.url]).toEqual(["", "GET", page]);
});

test("a long body is cut in the event and whole for the origin", async () => {
  const long = "0123456789".repeat(10_000);
  let seen: any;
  const { asked } = await at("viewerRequest", (it) => ((seen = it.body), it), post(long));
  expect([seen.inputTruncated, atob(seen.data)]).toEqual([true, long.slice(0, 40 * 1024)]);
  expect(await asked?.text()).toBe(long);
  const more = await at("originRequest", (it) => ((seen = it.body), it), post(long));
  expect([seen.inputTruncated, atob(seen.data).length, (await more.asked?.text())?.length]).toEqual([false, 100_000, 100_000]);
});

test("changes of a body count only when it is replaced", async () => {
  const ignored = await at("viewerRequest", (it) => ({ ...it, body: { ...it.body, data: at64("new") } }), post("old"));
  expect(await ignored.asked?.text()).toBe("old");
  const coded = await at("viewerRequest", (it) => ({ ...it, uri: "/y", body: { action: "replace", data: at64("new") } }), post("old"));
  expect([coded.asked?.url, await coded.asked?.text()]).toEqual(["https://www.shop.test/y?q=%2F&flag", "new"]);
  const text = await at("originRequest", (it) => ({ ...it, body: { action: "replace", encoding: "text", data: "ä" } }), post("old"));
  expect(await text.asked?.text()).toBe("ä");
});

test.each([
  ["an unknown action", { action: "drop", data: "" }],
  ["no data", { action: "replace" }],
  ["an unknown encoding", { action: "replace", encoding: "hex", data: "" }],
  ["no base64", { action: "replace", data: "*" }],
  ["too much text", { action: "replace", encoding: "text", data: "x".repeat(40 * 1024 + 1) }],
  ["too much base64", { action: "replace", data: "x".repeat(54_480) }],
])("a body with %s is 502", async (_, body) => {
  expect((await at("viewerRequest", (it) => ({ ...it, body }), post("old"))).response.status).toBe(502);
});
