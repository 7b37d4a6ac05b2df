/** Which behavior runs, state between runs, and the mark on answers. */

import { expect, test } from "vitest";
import { matchesHost, matchesPath, pathForMatching } from "../edge/path-pattern";
import { run, unit, viewerRequest, visit } from "./support";

test.each([
  ["*", "/anything", true],
  ["/api/*", "/api/a/b", true],
  ["/api/*", "/api", false],
  ["/api*", "/apiary", true],
  ["*.jpg", "/a/b.jpg", true],
  ["*.jpg", "/a/b.JPG", false],
  ["images/*.png", "/images/x/y.png", true],
  ["/a?c", "/abc", true],
  ["/a?c", "/ac", false],
  ["/a*b*c", "/a-b-b-c", true],
  ["/a*b*c", "/a-b-d", false],
  ["/", "/", true],
  ["/exact", "/exact/", false],
])("pattern %s on %s is %s", (pattern, path, expected) => {
  expect(matchesPath(pattern, path)).toBe(expected);
});

test.each([
  ["/a/b", "/a/b"],
  ["//a///b/", "/a/b/"],
  ["/a/../b", "/b"],
  ["/a/./b/.", "/a/b/"],
  ["/../../x/..", "/"],
])("the path %s chooses the behavior as %s", (path, seen) => {
  expect(pathForMatching(path)).toBe(seen);
});

test("hosts are exact or one star at the front", () => {
  expect(matchesHost(undefined, "any.test")).toBe(true);
  expect(matchesHost(["www.shop.test"], "shop.test")).toBe(false);
  expect(matchesHost(["*.shop.test"], "a.b.shop.test")).toBe(true);
  expect(matchesHost(["*.shop.test"], "notshop.test")).toBe(false);
});

const says = (word: string) => unit(() => ({ statusCode: 200, body: word }));

test("the first behavior that matches the viewer's URL runs, and only it", async () => {
  const behaviors = [
    { pathPattern: "/a/*", viewerRequest: says("a") },
    { pathPattern: "/a/b/*" },
    { hosts: ["www.shop.test"], pathPattern: "*", viewerRequest: says("default") },
  ];
  const text = async (url: string) => (await run({ behaviors, request: visit(url) })).response.text();
  expect(await text("https://www.shop.test/a/b/c")).toBe("a");
  expect(await text("https://www.shop.test/z")).toBe("default");
  expect(await text("https://other.test/z")).toBe("from the origin");
});

test("state at the top level of a file is new in every run", async () => {
  const counting = {
    id: "count",
    platform: "cloudfront-functions" as const,
    runtime: "2.0" as const,
    instantiate: () => {
      let count = 0;
      return () => ({ statusCode: 200, body: String((count += 1)) });
    },
  };
  const once = async () =>
    (await run({ behaviors: [{ pathPattern: "*", viewerRequest: counting }], request: visit("https://shop.test/") })).response.text();
  expect([await once(), await once()]).toEqual(["1", "1"]);
});

test("a file without a handler fails closed", async () => {
  const { response } = await run({
    behaviors: [{ pathPattern: "*", viewerRequest: { platform: "cloudfront-functions", id: "x", runtime: "2.0", instantiate: () => undefined } }],
    request: visit("https://shop.test/"),
  });
  expect(response.status).toBe(503);
});

test("the mark is on answers and failures, and an origin cannot forge it", async () => {
  const config = { markAnswers: "x-edge-answer" };
  const answered = await viewerRequest(() => ({ statusCode: 403 }), visit("https://shop.test/"), { config });
  expect(answered.response.headers.get("x-edge-answer")).toBe("1");
  const failed = await viewerRequest(() => undefined, visit("https://shop.test/"), { config });
  expect(failed.response.headers.get("x-edge-answer")).toBe("1");
  const forged = () => new Response("x", { headers: { "x-edge-answer": "1" } });
  const passed = await viewerRequest((event) => event.request, visit("https://shop.test/"), { config, origin: forged });
  expect(passed.response.headers.has("x-edge-answer")).toBe(false);
});

test("an origin that cannot be reached is 502", async () => {
  const { response } = await viewerRequest((event) => event.request, visit("https://shop.test/"), {
    origin: () => {
      throw new Error("down");
    },
  });
  expect(response.status).toBe(502);
});
