/** The modules and globals that functions of each runtime find. */

import { expect, test } from "vitest";
import { invoke, type Invocation } from "../cloudfront-functions/invocation";
import cf from "../cloudfront-functions/modules/cloudfront";
import { requireV1, requireV2 } from "../cloudfront-functions/modules/require";
import { installStringMethods } from "../cloudfront-functions/modules/strings-v1";
import { run, unit, viewerRequest, visit } from "./support";

test("hashes and HMACs are the known ones", () => {
  const { createHash, createHmac } = requireV2("crypto") as any;
  expect(createHash("md5").update("").digest("hex")).toBe("d41d8cd98f00b204e9800998ecf8427e");
  expect(createHash("sha1").update("a").update("bc").digest("hex")).toBe("a9993e364706816aba3e25717850c26c9cd0d89d");
  expect(createHash("sha256").update("abc").digest("base64url")).toBe("ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0");
  expect(createHmac("sha256", "key").update("The quick brown fox jumps over the lazy dog").digest("hex")).toBe(
    "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8",
  );
  expect(() => createHash("sha512")).toThrow(/sha512/);
});

test("a digest without encoding is a byte string in 1.0 and a Buffer in 2.0", () => {
  const v1 = (requireV1("crypto") as any).createHash("md5").update("").digest();
  expect([typeof v1, v1.length]).toEqual(["string", 16]);
  const v2 = (requireV2("crypto") as any).createHash("md5").update("").digest();
  expect(v2.toString("hex")).toBe("d41d8cd98f00b204e9800998ecf8427e");
});

test("querystring decodes, and prints the event's object as empty values", () => {
  const querystring = requireV1("querystring") as any;
  expect({ ...querystring.parse("a=1+2&b=%2F&a=3") }).toEqual({ a: ["1 2", "3"], b: "/" });
  expect(querystring.stringify({ a: { value: "1" }, b: "x y" })).toBe("a=&b=x%20y");
});

test("other modules do not exist", () => {
  expect(() => requireV1("buffer")).toThrow(/buffer/);
  expect(() => requireV2("fs")).toThrow(/fs/);
});

test("runtime 1.0 has byte strings", () => {
  installStringMethods();
  const { bytesFrom } = String as any;
  expect(bytesFrom("aGk", "base64url")).toBe("hi");
  expect(bytesFrom([104, 105])).toBe("hi");
  expect(bytesFrom("c3a4", "hex").fromUTF8()).toBe("ä");
  expect(("ä" as any).toUTF8()).toBe("Ã¤");
  expect(("€" as any).toBytes()).toBeNull();
});

const store = { get: async (key: string) => ({ a: "/new", j: '{"x":1}' })[key] ?? null };

async function withStore(handler: () => Promise<unknown>) {
  const { response } = await run({
    behaviors: [{ pathPattern: "*", viewerRequest: unit(async () => ({ statusCode: 200, body: JSON.stringify(await handler()) }), { kv: "STORE" }) }],
    request: visit("https://shop.test/"),
    env: { STORE: store },
  });
  return [response.status, await response.text()];
}

test("key value stores read text, JSON and bytes", async () => {
  expect(await withStore(() => cf.kvs().get("a"))).toEqual([200, '"/new"']);
  expect(await withStore(() => cf.kvs("id").get("j", { format: "json" }))).toEqual([200, '{"x":1}']);
  expect(await withStore(async () => String(await cf.kvs().get("a", { format: "bytes" })))).toEqual([200, '"/new"']);
  expect(await withStore(() => cf.kvs().exists("nope"))).toEqual([200, "false"]);
});

test("a missing key rejects, which fails the run unless it is caught", async () => {
  expect((await withStore(() => cf.kvs().get("nope")))[0]).toBe(503);
  expect(await withStore(() => cf.kvs().get("nope").catch(() => "default"))).toEqual([200, '"default"']);
});

test("runs that overlap keep their own origin", async () => {
  const config = { zone: "shop.test", distributionDomainName: "", distributionId: "", markAnswers: null };
  const start = (name: string, wait: number) => {
    const handler = async () => {
      await new Promise((done) => setTimeout(done, wait));
      cf.updateRequestOrigin({ domainName: name });
      await new Promise((done) => setTimeout(done, 5));
    };
    const invocation: Invocation = {
      unit: unit(handler), hook: "viewer-request", config, bindings: {}, colo: undefined, origin: undefined,
    };
    return invoke(invocation, {}).then(() => invocation.origin);
  };
  expect(await Promise.all([start("one.test", 10), start("two.test", 0)])).toEqual([
    { domainName: "one.test" },
    { domainName: "two.test" },
  ]);
});

test("an origin is changed with its path, port, protocol and headers", async () => {
  const { asked } = await viewerRequest((event) => {
    cf.updateRequestOrigin({
      domainName: "api.other.test",
      originPath: "/v2",
      customHeaders: { "x-origin": "1" },
      customOriginConfig: { port: 8080, protocol: "http" },
    });
    return event.request;
  }, visit("https://shop.test/a?b=1"));
  expect(asked?.url).toBe("http://api.other.test:8080/v2/a?b=1");
  expect(asked?.headers.get("x-origin")).toBe("1");
});

test("an origin is selected by its id", async () => {
  const config = { origins: { blue: { domainName: "blue.shop.test" } } };
  const found = await viewerRequest((event) => (cf.selectRequestOriginById("blue"), event.request), visit("https://shop.test/a"), { config });
  expect(found.asked?.url).toBe("https://blue.shop.test/a");
  const missing = await viewerRequest((event) => (cf.selectRequestOriginById("red"), event.request), visit("https://shop.test/a"), { config });
  expect([missing.response.status, missing.asked]).toEqual([503, undefined]);
});

test("what a Worker cannot do to an origin fails the run", async () => {
  const refused = async (update: Parameters<typeof cf.updateRequestOrigin>[0]) =>
    (await viewerRequest((event) => (cf.updateRequestOrigin(update), event.request), visit("https://shop.test/"))).response.status;
  expect(await refused({ domainName: "a.other.test", hostHeader: "b.other.test" })).toBe(503);
  expect(await refused({ domainName: "bucket.s3.amazonaws.com", originAccessControlConfig: { enabled: true } })).toBe(503);
  expect(await refused({ domainName: "a.shop.test", hostHeader: "shop.test" })).toBe(200);
});
