/** How handlers are found and run: every style in which they answer, and every way to fail. */

import { expect, test } from "vitest";
import { lambda, run, visit } from "./support";

const page = "https://www.shop.test/";
const says = (body: unknown) => ({ status: "200", body });

/** The status and the body that a viewer-request handler leads to. */
async function outcome(handler: (...parameters: any[]) => unknown, rest = {}): Promise<[number, string]> {
  const { response } = await run({ behaviors: [{ pathPattern: "*", viewerRequest: lambda(handler, rest) }], request: visit(page) });
  return [response.status, response.status >= 500 ? "" : await response.text()];
}

const later = (act: () => void) => setTimeout(act, 5);

test.each([
  ["async", async () => says("a")],
  ["a promise", () => new Promise((resolve) => later(() => resolve(says("a"))))],
  ["a thenable", () => ({ then: (resolve: (it: unknown) => void) => resolve(says("a")) })],
  ["a callback at once", (_e: any, _c: any, callback: any) => callback(null, says("a"))],
  ["a callback later", (_e: any, _c: any, callback: any) => void later(() => callback(undefined, says("a")))],
  ["a callback among the rest", (...all: any[]) => void later(() => all[2](null, says("a")))],
  ["async with a callback", async (_e: any, _c: any, callback: any) => callback(null, says("a"))],
  ["context.done", (_e: any, context: any) => context.done(null, says("a"))],
  ["context.succeed", (_e: any, context: any) => void later(() => context.succeed(says("a")))],
  ["a callback, then a return value", async (_e: any, _c: any, callback: any) => (callback(null, says("a")), says("b"))],
  ["two callbacks", (_e: any, _c: any, callback: any) => (callback(null, says("a")), callback(null, says("b")))],
  ["a callback, then an error", (_e: any, _c: any, callback: any) => (callback(null, says("a")), callback(new Error("late")))],
  ["a callback, then a throw", (_e: any, _c: any, callback: any) => { callback(null, says("a")); throw new Error("late"); }],
  ["a callback, then a rejection", async (_e: any, _c: any, callback: any) => { callback(null, says("a")); throw new Error("late"); }],
] as [string, (...parameters: any[]) => unknown][])("%s gives the first result", async (_, handler) => {
  expect(await outcome(handler)).toEqual([200, "a"]);
});

test("after a callback the function runs on, and its later changes count", async () => {
  expect(
    await outcome((_e, _c, callback) => {
      const result = says("early");
      callback(null, result);
      result.body = "late";
    }),
  ).toEqual([200, "late"]);
  expect(
    await outcome(async (_e, _c, callback) => {
      const result = says("early");
      callback(null, result);
      await new Promise((resolve) => setTimeout(resolve, 5));
      result.body = "late";
    }),
  ).toEqual([200, "late"]);
  expect(
    await outcome((_e, context, callback) => {
      context.callbackWaitsForEmptyEventLoop = false;
      const result = says("early");
      callback(null, result);
      result.body = "late";
    }),
  ).toEqual([200, "early"]);
});

test.each([
  ["a throw", () => { throw new Error("x"); }],
  ["a rejection", async () => { throw new Error("x"); }],
  ["a rejection without a cause", () => Promise.reject(undefined)],
  ["an error called back", (_e: any, _c: any, callback: any) => callback(new Error("x"))],
  ["text called back as an error", (_e: any, _c: any, callback: any) => callback("Unauthorized")],
  ["context.fail", (_e: any, context: any) => context.fail()],
  ["a result that is no JSON", async () => { const it: any = {}; it.it = it; return it; }],
] as [string, (...parameters: any[]) => unknown][])("%s is 503", async (_, handler) => {
  expect(await outcome(handler)).toEqual([503, ""]);
});

test("a plain return value is no result", async () => {
  expect(await outcome(() => says("a"))).toEqual([502, ""]);
});

test("a function that never answers is 503 after its timeout", async () => {
  expect(await outcome((_e, _c, _callback) => undefined, { timeoutSeconds: 0.01 })).toEqual([503, ""]);
});

test.each([
  ["CommonJS", { default: { handler: async () => says("a") } }, undefined],
  ["an ES module", { handler: async () => says("a") }, undefined],
  ["a default export", { default: async () => says("a") }, "default"],
  ["a default export of CommonJS", { default: { default: async () => says("a"), __esModule: true } }, "default"],
  ["a name with a dot", { auth: { check: async () => says("a") } }, "auth.check"],
])("the handler is found in %s", async (_, module, handler) => {
  expect(await outcome(() => undefined, { load: async () => module, ...(handler === undefined ? {} : { handler }) })).toEqual([200, "a"]);
});

test("a module without the handler, or that cannot be evaluated, is 503", async () => {
  expect(await outcome(() => undefined, { load: async () => ({ other: 1 }) })).toEqual([503, ""]);
  expect(await outcome(() => undefined, { load: async () => { throw new Error("x"); } })).toEqual([503, ""]);
});

test("the context", async () => {
  let context: any;
  await outcome(async (_e, given) => ((context = given), says("a")), { id: "auth", timeoutSeconds: 5 });
  expect([context.functionName, context.functionVersion, context.memoryLimitInMB]).toEqual(["auth", "1", "128"]);
  expect(context.invokedFunctionArn).toMatch(/^arn:aws:lambda:us-east-1:\d{12}:function:auth:1$/);
  expect(context.awsRequestId).toEqual(expect.any(String));
  expect(context.getRemainingTimeInMillis()).toBeLessThanOrEqual(5000);
});

test("a module's state is kept between visits, as Lambda keeps it", async () => {
  let count = 0;
  const behaviors = [{ pathPattern: "*", viewerRequest: lambda(async () => says(String((count += 1)))) }];
  const once = async () => (await run({ behaviors, request: visit(page) })).response.text();
  expect([await once(), await once()]).toEqual(["1", "2"]);
});
