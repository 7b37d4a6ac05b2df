/**
 * One run of a handler, as Lambda's Node.js runtime has it: the first of callback, `context.done` and the returned
 * promise is the result, whatever follows. After a callback the function runs on, and what it still changes in its result
 * is seen. A result is JSON, so what JSON cannot hold is gone.
 */

import { InvalidResult } from "../edge/failure";
import type { LambdaEvent, LambdaFunction } from "./types";

type Callback = (error?: unknown, result?: unknown) => void;

/** The function's result. Throws what its code throws or calls back with. */
export async function invoke(unit: LambdaFunction, event: LambdaEvent, requestId: string): Promise<unknown> {
  const handler = exported(await unit.load(), unit.handler ?? "handler");
  const limit = (unit.timeoutSeconds ?? 30) * 1000;
  let timer: ReturnType<typeof setTimeout> | null = null;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the function gave no result in ${limit} ms`)), limit);
  });
  try {
    return await Promise.race([run(unit, handler, event, requestId, Date.now() + limit), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The export by its name, dots included; of a CommonJS module it may be below `default`. */
function exported(module: unknown, name: string): (...parameters: unknown[]) => unknown {
  const inside = (from: unknown) => name.split(".").reduce<unknown>((it, part) => (it as Record<string, unknown> | undefined)?.[part], from);
  for (const found of [inside(module), inside((module as { default?: unknown } | undefined)?.default)]) {
    if (typeof found === "function") return found as (...parameters: unknown[]) => unknown;
  }
  throw new TypeError(`the module exports no function named ${name}`);
}

function run(
  unit: LambdaFunction,
  handler: (...parameters: unknown[]) => unknown,
  event: LambdaEvent,
  requestId: string,
  deadline: number,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    let finished = false;
    let returned: unknown;
    const succeed = (result: unknown) => {
      try {
        resolve(asJson(result));
      } catch (cause) {
        reject(cause);
      }
    };
    const first = (act: Callback): Callback => {
      return (error, result) => {
        if (finished) return;
        finished = true;
        act(error, result);
      };
    };
    const fail = (error: unknown) => reject(error ?? new Error("handled"));
    const done = first((error, result) => (error === undefined || error === null ? succeed(result) : fail(error)));
    const context = contextOf(unit, requestId, deadline, done);
    const callback = first((error, result) => {
      if (error !== undefined && error !== null) fail(error);
      else if (!context.callbackWaitsForEmptyEventLoop) succeed(result);
      else void afterwards(() => returned).then(() => succeed(result));
    });
    try {
      returned = handler(event, context, callback);
    } catch (cause) {
      callback(cause);
      return;
    }
    if (isThenable(returned)) {
      returned.then(
        (result) => done(null, result),
        (cause: unknown) => done(cause ?? new Error("handled")),
      );
    } else if (!mayCallBack(handler)) {
      // Nothing will come, and Lambda answers null for it.
      done(null, null);
    }
  });
}

/** Whether a handler that returned no promise can still answer: it was given a callback, or a context with one. */
function mayCallBack(handler: (...parameters: unknown[]) => unknown): boolean {
  return handler.length > 1 || /\barguments\b|\.\.\./.test(String(handler));
}

/** When the function has run to its end, as far as a Worker can tell: its promise is settled and a turn has passed. */
async function afterwards(returned: () => unknown): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
  try {
    await returned();
  } catch {
    // The callback was first, so its result stands.
  }
}

function asJson(result: unknown): unknown {
  const text = JSON.stringify(result) as string | undefined;
  return text === undefined ? null : (JSON.parse(text) as unknown);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === "function";
}

function contextOf(unit: LambdaFunction, requestId: string, deadline: number, done: Callback) {
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: unit.id,
    functionVersion: "1",
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${unit.id}:1`,
    memoryLimitInMB: "128",
    awsRequestId: requestId,
    logGroupName: `/aws/lambda/us-east-1.${unit.id}`,
    logStreamName: requestId,
    getRemainingTimeInMillis: () => Math.max(0, deadline - Date.now()),
    done,
    succeed: (result: unknown) => done(null, result),
    fail: (error: unknown) => done(error ?? new Error("handled")),
  };
}

/** The result as an object; `null` is what a function gives that forgot to. */
export function objectOf(result: unknown): Readonly<Record<string, unknown>> {
  if (typeof result === "object" && result !== null && !Array.isArray(result)) return result as Readonly<Record<string, unknown>>;
  throw new InvalidResult("the function returned neither a request nor a response");
}
