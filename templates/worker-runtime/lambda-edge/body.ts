/**
 * The body of a request in an event, for functions that were given it: at most what CloudFront shows. The origin gets all
 * of it, streamed from where reading stopped, unless the function replaces it.
 */

import { InvalidResult } from "../edge/failure";
import { fromBase64, utf8 } from "../edge/response";
import type { EventBody } from "./types";

const KB = 1024;

/** The limits of "Lambda@Edge quotas" (read 2026-04), in bytes of what is shown, replaced as text, replaced as base64. */
const LIMITS = {
  "viewer-request": { shown: 40 * KB, text: 40 * KB, base64: 53.2 * KB },
  "origin-request": { shown: 1024 * KB, text: 1024 * KB, base64: 1.33 * 1024 * KB },
} as const;

export type RequestHook = keyof typeof LIMITS;

export interface ReadBody {
  event: EventBody;
  /** What the origin gets when the function leaves the body alone. */
  whole: BodyInit | null;
}

/** Reads as much as the hook may see. */
export async function readBody(hook: RequestHook, request: Request): Promise<ReadBody> {
  const limit = LIMITS[hook].shown;
  const reader = request.body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  let ended = reader === undefined;
  while (reader !== undefined && !ended && size <= limit) {
    const { done, value } = await reader.read();
    if (done) {
      ended = true;
    } else {
      chunks.push(value);
      size += value.length;
    }
  }
  const known = joined(chunks, size);
  const event: EventBody = { inputTruncated: size > limit, action: "read-only", encoding: "base64", data: base64(known.subarray(0, limit)) };
  if (reader === undefined) return { event, whole: null };
  return { event, whole: ended ? known : sized(continued(known, reader), request.headers.get("content-length")) };
}

function joined(chunks: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

function continued(known: Uint8Array, reader: ReadableStreamDefaultReader<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(known);
    },
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel(reason) {
      return reader.cancel(reason);
    },
  });
}

/** A body whose length was announced is announced again: not every origin takes one without. */
function sized(body: ReadableStream<Uint8Array>, length: string | null): ReadableStream {
  return length !== null && /^\d+$/.test(length) ? body.pipeThrough(new FixedLengthStream(Number(length))) : body;
}

function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

/** The bytes that replace the body; `undefined` when the function did not ask for that. */
export function replacedBody(hook: RequestHook, body: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (typeof body !== "object" || body === null) return undefined;
  const { action, data, encoding } = body as { action?: unknown; data?: unknown; encoding?: unknown };
  if (action === undefined || action === "read-only") return undefined;
  if (action !== "replace") throw new InvalidResult('request.body.action must be "read-only" or "replace"');
  if (typeof data !== "string") throw new InvalidResult("request.body.data must be a string");
  if (encoding === "text") return within(LIMITS[hook].text, utf8(data));
  if (encoding !== undefined && encoding !== "base64") throw new InvalidResult('request.body.encoding must be "base64" or "text"');
  if (data.length > LIMITS[hook].base64) throw new InvalidResult("request.body.data is too large");
  return fromBase64("request.body.data", data);
}

function within(limit: number, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (bytes.length > limit) throw new InvalidResult("request.body.data is too large");
  return bytes;
}
