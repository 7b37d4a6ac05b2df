/** How what a response hook returned becomes the visitor's response. */

import { expect, test } from "vitest";
import { lambda, run, visit, type Run } from "./support";

type Hook = "originResponse" | "viewerResponse";

/** Runs a function that gets `event.Records[0].cf.response`. */
function at(hook: Hook, change: (response: any) => unknown, origin: () => Response = () => new Response("body")): Promise<Run> {
  const unit = lambda(async (event) => change(event.Records[0].cf.response));
  return run({ behaviors: [{ pathPattern: "*", [hook]: unit }], request: visit("https://www.shop.test/"), origin });
}

for (const hook of ["originResponse", "viewerResponse"] as const) {
  test(`${hook}: headers are set, changed and removed; the body is streamed through`, async () => {
    const origin = () => new Response("body", { headers: [["x-a", "1"], ["x-b", "2"], ["set-cookie", "a=1; Path=/"], ["set-cookie", "b=2"]] });
    const { response } = await at(
      hook,
      (it) => {
        it.headers["strict-transport-security"] = [{ key: "Strict-Transport-Security", value: "max-age=1" }];
        it.headers["x-a"][0].value = "9";
        delete it.headers["x-b"];
        return it;
      },
      origin,
    );
    expect([...response.headers].filter(([name]) => name !== "content-type")).toEqual([
      ["set-cookie", "a=1; Path=/"],
      ["set-cookie", "b=2"],
      ["strict-transport-security", "max-age=1"],
      ["x-a", "9"],
    ]);
    expect(await response.text()).toBe("body");
  });

  test(`${hook}: cookies are lines`, async () => {
    const { response } = await at(hook, (it) => {
      it.headers["set-cookie"] = [{ value: "c=3; Secure" }, { value: "d=4" }];
      return it;
    });
    expect(response.headers.getSetCookie()).toEqual(["c=3; Secure", "d=4"]);
  });

  test(`${hook}: a body is replaced, or taken away`, async () => {
    const replaced = await at(hook, (it) => ({ ...it, bodyEncoding: "base64", body: btoa("new") }), () => new Response("old", { headers: { "content-length": "3" } }));
    expect(await replaced.response.text()).toBe("new");
    const away = await at(hook, (it) => ({ ...it, body: "" }));
    expect(await away.response.text()).toBe("");
  });

  test.each([
    ["nothing", () => undefined],
    ["a request", (it: any) => ({ uri: "/", headers: it.headers })],
    ["an added Via", (it: any) => ({ ...it, headers: { ...it.headers, via: [{ value: "1.1 x" }] } })],
    ["a hidden header", (it: any) => ({ ...it, headers: { ...it.headers, "x-cache": [{ value: "Hit" }] } })],
    ["a body that is too large", (it: any) => ({ ...it, body: "x".repeat(1024 * 1024) })],
  ] as [string, (response: any) => unknown][])(`${hook} with %s is 502, and the origin's body is not shown`, async (_, change) => {
    const { response } = await at(hook, change, () => new Response("secret"));
    expect(response.status).toBe(502);
    expect(await response.text()).not.toContain("secret");
  });
}

test("origin-response changes the status, and an old description goes with the old status", async () => {
  const { response } = await at("originResponse", (it) => ({ ...it, status: "200", body: "<h1>hi</h1>" }), () => new Response("gone", { status: 404, statusText: "Not Found" }));
  expect([response.status, response.statusText, await response.text()]).toEqual([200, "OK", "<h1>hi</h1>"]);
  const redirect = await at("originResponse", () => ({ status: "301", statusDescription: "Moved", headers: { location: [{ value: "/x" }] } }));
  expect([redirect.response.status, redirect.response.statusText, redirect.response.headers.get("location")]).toEqual([301, "Moved", "/x"]);
});

test("viewer-response cannot change the status", async () => {
  const { response } = await at("viewerResponse", (it) => ({ ...it, status: "201" }), () => new Response("x", { status: 200 }));
  expect([response.status, await response.text()]).toEqual([200, "x"]);
});

test("viewer-response may not write the coding and length of the body, origin-response may", async () => {
  const change = (it: any) => ({ ...it, headers: { ...it.headers, "content-encoding": [{ value: "identity" }] } });
  expect((await at("viewerResponse", change)).response.status).toBe(502);
  expect((await at("originResponse", change)).response.status).toBe(200);
});

test("a response without headers has none", async () => {
  const { response } = await at("originResponse", () => ({ status: "200", body: "x" }), () => new Response("old", { headers: { "x-a": "1" } }));
  expect([response.headers.get("x-a"), response.headers.get("content-type")]).toEqual([null, null]);
});

test("a status without a body has none", async () => {
  const { response } = await at("originResponse", (it) => ({ ...it, status: "204" }));
  expect([response.status, response.body]).toEqual([204, null]);
});
