/** Printed functions act through the same event as those that were carried over. */

import { expect, test } from "vitest";
import { afterLast, before, everyArgument, firstArguments, onRequest, onResponse, withFirst, type OnRequest, type OnResponse } from "../cloudfront-functions/printed";
import { run, visit } from "./support";

function asked(printed: OnRequest, request: Request) {
  const unit = { platform: "cloudfront-functions" as const, id: "printed", runtime: "2.0" as const, instantiate: onRequest(printed) };
  return run({ behaviors: [{ pathPattern: "*", viewerRequest: unit }], request });
}

function answered(printed: OnResponse, origin: () => Response) {
  const unit = { platform: "cloudfront-functions" as const, id: "printed", runtime: "2.0" as const, instantiate: onResponse(printed) };
  return run({ behaviors: [{ pathPattern: "*", viewerResponse: unit }], request: visit("https://shop.test/"), origin });
}

test("a function without changes sends the request as it came", async () => {
  const came = await asked(() => undefined, visit("https://shop.test/a%20b?flag&x=1&x=2", { cookie: "a=1; b=2" }));
  expect(came.asked?.url).toBe("https://shop.test/a%20b?flag&x=1&x=2");
  expect(came.asked?.headers.get("cookie")).toBe("a=1; b=2");
});

test("changes read what was sent, not each other", async () => {
  const came = await asked(
    (seen, onward) => {
      onward.path = `${seen.path}index.html`;
      onward.setHeader("x-path", seen.path);
      onward.setHeader("x-old");
      onward.setCookie("a", "9");
      onward.setArgument("x", "1", "2");
      onward.setArgument("y");
      return undefined;
    },
    visit("https://shop.test/docs/?y=1&z=2", { "x-old": "1", cookie: "a=1; b=2" }),
  );
  expect(came.asked?.url).toBe("https://shop.test/docs/index.html?z=2&x=1&x=2");
  expect(came.asked?.headers.get("x-path")).toBe("/docs/");
  expect(came.asked?.headers.get("x-old")).toBeNull();
  expect(came.asked?.headers.get("cookie")).toBe("a=9; b=2");
});

test("what is seen", async () => {
  let values: unknown[] = [];
  await asked(
    (seen) => {
      values = [seen.method, seen.scheme, seen.host, seen.path, seen.query, seen.clientIp, seen.status];
      values.push(seen.header("x-a"), seen.header("__proto__"), seen.argument("f"), seen.argumentValues("x"), seen.cookie("c"));
      values.push(seen.visitor("country"), seen.visitor("unheard of"), seen.headerLines("x-a"), seen.cookieValues("n"), seen.responseHeader("a"));
      return undefined;
    },
    visit("https://shop.test/p?f&x=1&x=%20", { "x-a": "1", cookie: "c=v" }, { country: "DE" }),
  );
  expect(values).toEqual([
    "GET", "https", "shop.test", "/p", "f&x=1&x=%20", "192.0.2.7", 0, "1", undefined, "", ["1", "%20"], "v", "DE", undefined, ["1"], [], undefined,
  ]);
});

test("an answer has its headers, cookies and body", async () => {
  const came = await asked(
    () => ({ status: 403, headers: { "x-a": ["1", "2"], "x-none": [], location: "/x" }, cookies: { c: ["v; Path=/", "w"] }, body: "no" }),
    visit("https://shop.test/"),
  );
  expect(came.asked).toBeUndefined();
  expect(came.response.status).toBe(403);
  expect(came.response.headers.get("x-a")).toBe("1, 2");
  expect(came.response.headers.get("x-none")).toBeNull();
  expect(came.response.headers.get("location")).toBe("/x");
  expect(came.response.headers.getSetCookie()).toEqual(["c=v; Path=/", "c=w"]);
  expect(await came.response.text()).toBe("no");
});

test("what the old edge refuses is refused", async () => {
  const came = await asked((_, onward) => {
    onward.path = "no-slash";
    return undefined;
  }, visit("https://shop.test/"));
  expect(came.response.status).toBe(502);
  expect(came.asked).toBeUndefined();
});

test("a query that is taken away, set and left alone", async () => {
  const away = await asked((_, onward) => void (onward.query = undefined), visit("https://shop.test/?a=1"));
  expect(away.asked?.url).toBe("https://shop.test/");
  const set = await asked((seen, onward) => void (onward.query = `${seen.query ?? ""}&b=2`), visit("https://shop.test/?a=1"));
  expect(set.asked?.url).toBe("https://shop.test/?a=1&b=2");
  const same = await asked((seen, onward) => void (onward.query = seen.query), visit("https://shop.test/?flag"));
  expect(same.asked?.url).toBe("https://shop.test/?flag");
});

test("a response keeps what is not changed", async () => {
  const origin = () => new Response("body", { status: 201, headers: [["x-a", "1"], ["x-b", "2"], ["set-cookie", "s=1; Path=/"]] });
  const came = await answered((seen, onward) => {
    onward.setHeader("x-status", String(seen.status));
    onward.setHeader("x-b");
    onward.setCookie("t", "2; Secure");
    onward.status = 200;
    onward.body = undefined;
  }, origin);
  expect(came.response.status).toBe(200);
  expect([...came.response.headers]).toEqual(expect.arrayContaining([["x-a", "1"], ["x-status", "201"]]));
  expect(came.response.headers.get("x-b")).toBeNull();
  expect(came.response.headers.getSetCookie()).toEqual(["s=1; Path=/", "t=2; Secure"]);
  expect(await came.response.text()).toBe("body");
});

test("parts of text", () => {
  expect([before("a.b.c", "."), before("abc", "."), before("", ".")]).toEqual(["a", "abc", ""]);
  expect([afterLast("a::b::c", "::"), afterLast("abc", "::")]).toEqual(["c", "abc"]);
  expect([withFirst(["a", "b"], "c"), withFirst([], "c")]).toEqual([["c", "b"], ["c"]]);
});

test("queries written anew", () => {
  expect(everyArgument("b=1&flag&a=2&b=3&&x==")).toBe("b=1&b=3&flag=&a=2&x==");
  expect(firstArguments("b=1&flag&a=2&b=3")).toBe("b=1&flag=&a=2");
  expect([everyArgument(""), firstArguments("")]).toEqual(["", ""]);
});
