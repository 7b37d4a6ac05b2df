/** What becomes of a viewer-request function's result. */

import { expect, test } from "vitest";
import { viewerRequest, visit } from "./support";

test("an untouched request goes to the origin as it came", async () => {
  const { asked, response } = await viewerRequest((event) => event.request, visit("https://shop.test/a%20b?flag&x=1&x=2", { "x-a": "1" }));
  expect(asked?.url).toBe("https://shop.test/a%20b?flag&x=1&x=2");
  expect(asked?.redirect).toBe("manual");
  expect(asked?.headers.get("x-a")).toBe("1");
  expect(await response.text()).toBe("from the origin");
});

test("uri changes keep the query", async () => {
  const { asked } = await viewerRequest((event) => {
    event.request.uri += "/index.html";
    return event.request;
  }, visit("https://shop.test/docs?a=1"));
  expect(asked?.url).toBe("https://shop.test/docs/index.html?a=1");
});

test("a question mark in the uri stays in the path", async () => {
  const { asked } = await viewerRequest((event) => {
    event.request.uri = "/a?b#c";
    return event.request;
  }, visit("https://shop.test/"));
  expect(asked?.url).toBe("https://shop.test/a%3Fb%23c");
});

test("a changed query is written anew from the object", async () => {
  const { asked } = await viewerRequest((event) => {
    const query = event.request.querystring;
    delete query.utm;
    query.a.value = "9";
    query.new = { value: "n" };
    return event.request;
  }, visit("https://shop.test/?flag&a=1&utm=x&b=%2F&a=2"));
  expect(asked?.url).toBe("https://shop.test/?flag=&a=9&a=2&b=%2F&new=n");
});

test("a query built anew is written in its own order", async () => {
  const { asked } = await viewerRequest((event) => {
    const sorted: any = {};
    for (const name of Object.keys(event.request.querystring).sort()) sorted[name] = event.request.querystring[name];
    event.request.querystring = sorted;
    return event.request;
  }, visit("https://shop.test/?b=2&a=1&a=3"));
  expect(asked?.url).toBe("https://shop.test/?a=1&a=3&b=2");
});

test("a query may be a string, and an empty one is gone", async () => {
  const text = await viewerRequest((event) => ({ ...event.request, querystring: "z=1&a" }), visit("https://shop.test/?b=2"));
  expect(text.asked?.url).toBe("https://shop.test/?z=1&a");
  for (const querystring of [{}, ""]) {
    const none = await viewerRequest((event) => ({ ...event.request, querystring }), visit("https://shop.test/?b=2"));
    expect(none.asked?.url).toBe("https://shop.test/");
  }
});

test("multiValue wins when it changed, else value replaces the first", async () => {
  const { asked } = await viewerRequest((event) => {
    event.request.querystring.a.multiValue.push({ value: "3" });
    event.request.querystring.a.value = "ignored";
    event.request.headers["x-list"] = { value: "ignored", multiValue: [{ value: "1" }, { value: "2" }] };
    return event.request;
  }, visit("https://shop.test/?a=1&a=2"));
  expect(asked?.url).toBe("https://shop.test/?a=1&a=2&a=3");
  expect(asked?.headers.get("x-list")).toBe("1, 2");
});

test("headers and cookies are changed one by one", async () => {
  const { asked } = await viewerRequest((event) => {
    delete event.request.headers["x-drop"];
    event.request.headers["x-new"] = { value: "1" };
    delete event.request.cookies.session;
    event.request.cookies.group = { value: "b" };
    return event.request;
  }, visit("https://shop.test/", { "x-drop": "1", "x-keep": "2", cookie: "session=1; theme=dark" }));
  expect(asked?.headers.has("x-drop")).toBe(false);
  expect(asked?.headers.get("x-keep")).toBe("2");
  expect(asked?.headers.get("x-new")).toBe("1");
  expect(asked?.headers.get("cookie")).toBe("theme=dark; group=b");
  expect(asked?.headers.get("cf-connecting-ip")).toBe("192.0.2.7");
});

test("an answer carries status, headers, cookies and text", async () => {
  const { asked, response } = await viewerRequest(
    () => ({
      statusCode: 401,
      statusDescription: "Unauthorized",
      headers: { "www-authenticate": { value: "Basic" }, "x-two": { value: "1", multiValue: [{ value: "1" }, { value: "2" }] } },
      cookies: {
        a: { value: "1", attributes: "Path=/; Secure" },
        b: { value: "x", multiValue: [{ value: "1", attributes: "Path=/a" }, { value: "2" }] },
      },
      body: "no",
    }),
    visit("https://shop.test/"),
  );
  expect(asked).toBeUndefined();
  expect(response.status).toBe(401);
  expect(response.statusText).toBe("Unauthorized");
  expect(response.headers.get("www-authenticate")).toBe("Basic");
  expect(response.headers.has("content-type")).toBe(false);
  expect(response.headers.get("x-two")).toBe("1, 2");
  expect(response.headers.getSetCookie()).toEqual(["a=1; Path=/; Secure", "b=1; Path=/a", "b=2"]);
  expect(await response.text()).toBe("no");
});

test("bodies come as text or base64, and not with 204", async () => {
  const of = async (body: unknown, statusCode = 200) => {
    const { response } = await viewerRequest(() => ({ statusCode, body }), visit("https://shop.test/"));
    return [response.status, await response.text()];
  };
  expect(await of({ encoding: "text", data: "ä" })).toEqual([200, "ä"]);
  expect(await of({ encoding: "base64", data: "aGk=" })).toEqual([200, "hi"]);
  expect(await of({ encoding: "base64", data: "%" })).toEqual([502, "The request could not be satisfied.\n"]);
  expect(await of({ encoding: "hex", data: "00" })).toEqual([502, "The request could not be satisfied.\n"]);
  expect(await of("gone", 204)).toEqual([204, ""]);
});

const refused: [string, (event: any) => unknown][] = [
  ["nothing", () => undefined],
  ["null", () => null],
  ["the event", (event) => event],
  ["text", () => "x"],
  ["a uri without slash", (event) => ({ ...event.request, uri: "a" })],
  ["a status as text", () => ({ statusCode: "302" })],
  ["a status out of range", () => ({ statusCode: 199 })],
  ["a header without value", () => ({ statusCode: 200, headers: { a: "1" } })],
  ["a header with a line feed", () => ({ statusCode: 200, headers: { a: { value: "1\n2" } } })],
  ["a hidden header", (event) => ((event.request.headers["x-real-ip"] = { value: "1" }), event.request)],
  ["a changed host", (event) => ((event.request.headers.host.value = "evil.test"), event.request)],
  ["a deleted host", (event) => (delete event.request.headers.host, event.request)],
  ["a query with a space", (event) => ({ ...event.request, querystring: "a b" })],
];

test.each(refused)("%s is answered with 502 and the origin is not asked", async (_name, handler) => {
  const { asked, response } = await viewerRequest(handler, visit("https://shop.test/"));
  expect(response.status).toBe(502);
  expect(asked).toBeUndefined();
});

test.each([
  ["a throw", () => { throw new Error("x"); }],
  ["a rejection", async () => { throw new Error("x"); }],
  ["a read of an absent header", (event: any) => event.request.headers.nope.value],
] as [string, (event: any) => unknown][])("%s is answered with 503 and the origin is not asked", async (_name, handler) => {
  const { asked, response } = await viewerRequest(handler, visit("https://shop.test/"));
  expect(response.status).toBe(503);
  expect(asked).toBeUndefined();
});
