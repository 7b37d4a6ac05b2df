/** When viewer-response functions run, and how their changes reach the visitor. */

import { expect, test } from "vitest";
import { run, unit, viewerResponse, visit } from "./support";

const secure = (event: any) => {
  event.response.headers["strict-transport-security"] = { value: "max-age=1" };
  return event.response;
};

test("headers are added and the body is streamed through", async () => {
  const { response } = await viewerResponse(secure, () => new Response("body", { headers: { "x-a": "1" } }));
  expect(response.headers.get("strict-transport-security")).toBe("max-age=1");
  expect(response.headers.get("x-a")).toBe("1");
  expect(await response.text()).toBe("body");
});

test.each([400, 404, 500])("it does not run on an origin's %i", async (status) => {
  const { response } = await viewerResponse(secure, () => new Response("x", { status }));
  expect(response.status).toBe(status);
  expect(response.headers.has("strict-transport-security")).toBe(false);
});

test("it runs on an origin's redirect", async () => {
  const { response } = await viewerResponse(secure, () => new Response(null, { status: 302, headers: { location: "/x" } }));
  expect(response.status).toBe(302);
  expect(response.headers.get("strict-transport-security")).toBe("max-age=1");
});

test("it does not run on answers of viewer-request", async () => {
  const { response } = await run({
    behaviors: [{ pathPattern: "*", viewerRequest: unit(() => ({ statusCode: 200 })), viewerResponse: unit(secure) }],
    request: visit("https://shop.test/"),
  });
  expect(response.headers.has("strict-transport-security")).toBe(false);
});

test("the event shows the request as viewer-request left it", async () => {
  let uri: string | undefined;
  await run({
    behaviors: [
      {
        pathPattern: "*",
        viewerRequest: unit((event) => ({ ...event.request, uri: "/new" })),
        viewerResponse: unit((event) => ((uri = event.request.uri), event.response)),
      },
    ],
    request: visit("https://shop.test/old"),
  });
  expect(uri).toBe("/new");
});

test("cookies keep their text unless one changes", async () => {
  const origin = () => {
    const headers = new Headers();
    headers.append("set-cookie", "a=1;Path=/;  Secure");
    headers.append("set-cookie", "b=2");
    return new Response("x", { headers });
  };
  const kept = await viewerResponse((event) => event.response, origin);
  expect(kept.response.headers.getSetCookie()).toEqual(["a=1;Path=/;  Secure", "b=2"]);
  const added = await viewerResponse((event) => {
    delete event.response.cookies.b;
    event.response.cookies.group = { value: "x", attributes: "Max-Age=60" };
    return event.response;
  }, origin);
  expect(added.response.headers.getSetCookie()).toEqual(["a=1; Path=/;  Secure", "group=x; Max-Age=60"]);
});

test("status and body can be replaced", async () => {
  const { response } = await viewerResponse(
    (event) => ({ ...event.response, statusCode: 203, statusDescription: "Changed", body: "new" }),
    () => new Response("old"),
  );
  expect([response.status, response.statusText, await response.text()]).toEqual([203, "Changed", "new"]);
});

test.each([
  ["no result", () => undefined, 502],
  ["a request", (event: any) => event.request, 502],
  ["an added Via", (event: any) => ((event.response.headers.via = { value: "1.1 x" }), event.response), 502],
  ["a throw", () => { throw new Error("x"); }, 503],
] as [string, (event: any) => unknown, number][])("%s fails the response", async (_name, handler, status) => {
  const { response } = await viewerResponse(handler, () => new Response("secret"));
  expect(response.status).toBe(status);
  expect(await response.text()).not.toContain("secret");
});
