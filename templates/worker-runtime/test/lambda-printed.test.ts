/** Printed functions act through the event of Lambda@Edge as those that were carried over do. */

import { expect, test } from "vitest";
import type { OnRequest, OnResponse } from "../cloudfront-functions/printed";
import { onLambdaRequest, onLambdaResponse } from "../lambda-edge/printed";
import type { LambdaFunction } from "../lambda-edge/types";
import { run, visit } from "./support";

const page = "https://shop.test/docs/?y=1&z=2";
const unit = (load: () => unknown): LambdaFunction => ({ platform: "lambda-edge", id: "printed", load });

function asked(hook: "viewerRequest" | "originRequest", printed: OnRequest, request: Request) {
  return run({ behaviors: [{ pathPattern: "*", [hook]: unit(onLambdaRequest(printed)) }], request });
}

function answered(hook: "originResponse" | "viewerResponse", printed: OnResponse, origin: () => Response) {
  return run({ behaviors: [{ pathPattern: "*", [hook]: unit(onLambdaResponse(printed)) }], request: visit(page), origin });
}

test.each(["viewerRequest", "originRequest"] as const)("%s without changes sends the request as it came", async (hook) => {
  const came = await asked(hook, () => undefined, visit("https://shop.test/a%20b?flag&x=1&x=2", { cookie: "a=1;b=2", "x-a": "1" }));
  expect([came.asked?.url, came.asked?.headers.get("cookie"), came.asked?.headers.get("x-a")]).toEqual(["https://shop.test/a%20b?flag&x=1&x=2", "a=1;b=2", "1"]);
});

test.each(["viewerRequest", "originRequest"] as const)("%s changes path, query, headers and cookies", async (hook) => {
  const came = await asked(
    hook,
    (seen, onward) => {
      onward.path = `${seen.path}index.html`;
      onward.setHeader("x-seen", [seen.method, seen.host, seen.query, seen.clientIp, seen.cookie("a"), seen.argument("z"), seen.header("cookie")].join(" "));
      onward.setHeader("x-old");
      onward.setCookie("a", "9");
      onward.setArgument("x", "1", "2");
      onward.setArgument("y");
      return undefined;
    },
    visit(page, { "x-old": "1", cookie: "a=1; b=2" }),
  );
  const of = (name: string) => came.asked?.headers.get(name);
  expect(came.asked?.url).toBe("https://shop.test/docs/index.html?z=2&x=1&x=2");
  expect([of("x-seen"), of("x-old"), of("cookie")]).toEqual(["GET shop.test y=1&z=2 192.0.2.7 1 2 a=1; b=2", null, "a=9; b=2"]);
});

test("a query and cookies that are taken away", async () => {
  const came = await asked("viewerRequest", (_, onward) => {
    onward.query = undefined;
    onward.setCookie("a");
    return undefined;
  }, visit(page, { cookie: "a=1" }));
  expect([came.asked?.url, came.asked?.headers.get("cookie")]).toEqual(["https://shop.test/docs/", null]);
});

test("origin events know the country", async () => {
  const came = await asked("originRequest", (seen, onward) => {
    onward.path = `/${seen.visitor("country")}`;
    return undefined;
  }, visit(page, {}, { country: "DE" }));
  expect(came.asked?.url).toBe("https://shop.test/DE?y=1&z=2");
});

test("an answer has its headers, cookies and body", async () => {
  const answer = { status: 403, headers: { "x-a": ["1", "2"], "x-none": [], location: "/x" }, cookies: { c: ["v; Path=/", "w"] }, body: "no" };
  const { response, asked: sent } = await asked("viewerRequest", () => answer, visit(page));
  expect([sent, response.status, await response.text()]).toEqual([undefined, 403, "no"]);
  expect([response.headers.get("x-a"), response.headers.has("x-none"), response.headers.get("location")]).toEqual(["1, 2", false, "/x"]);
  expect(response.headers.getSetCookie()).toEqual(["c=v; Path=/", "c=w"]);
  expect((await asked("viewerRequest", () => ({ status: 204 }), visit(page))).response.status).toBe(204);
});

test("a response keeps what is not changed", async () => {
  const origin = () => new Response("body", { status: 201, headers: [["x-a", "1"], ["x-b", "2"], ["set-cookie", "s=1;Path=/"]] });
  const { response } = await answered("viewerResponse", (seen, onward) => {
    onward.setHeader("x-status", `${seen.status} ${seen.responseHeader("x-a")}`);
    onward.setHeader("x-b");
  }, origin);
  expect([response.status, response.headers.get("x-status"), response.headers.get("x-b"), await response.text()]).toEqual([201, "201 1", null, "body"]);
  expect(response.headers.getSetCookie()).toEqual(["s=1;Path=/"]);
});

test("origin-response changes status, body and cookies", async () => {
  const { response } = await answered("originResponse", (_, onward) => {
    onward.status = 200;
    onward.body = "new";
    onward.setCookie("t", "2; Secure");
  }, () => new Response("old", { status: 404, headers: { "set-cookie": "s=1; Path=/" } }));
  expect([response.status, await response.text()]).toEqual([200, "new"]);
  expect(response.headers.getSetCookie()).toEqual(["s=1; Path=/", "t=2; Secure"]);
});

test("a function of responses at a request hook fails", async () => {
  const wrong = unit(onLambdaResponse(() => undefined));
  expect((await run({ behaviors: [{ pathPattern: "*", viewerRequest: wrong }], request: visit(page) })).response.status).toBe(503);
});
