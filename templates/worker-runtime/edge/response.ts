/** Responses made from what a function said: their status line, and bodies as exactly the bytes that the function gave. */

import { InvalidResult } from "./failure";

const WITHOUT_BODY = new Set([204, 205, 304]);

/** Whether a response of this status may carry a body. */
export function allowsBody(status: number): boolean {
  return !WITHOUT_BODY.has(status);
}

/** The reason phrase without characters that cannot stand in a status line; without one the platform has its own. */
export function descriptionOf(value: unknown): { statusText?: string } {
  const text = typeof value === "string" ? value.replace(/[^\t\x20-\x7e]/g, "") : "";
  return text === "" ? {} : { statusText: text };
}

export interface ResponseParts {
  status: number;
  description: unknown;
  headers: Headers;
  /** Bytes of a function, or what is left of the origin's response. */
  body: Uint8Array<ArrayBuffer> | ReadableStream | null;
}

/** The response. Bytes that a function has compressed itself are not compressed once more. */
export function responseOf({ status, description, headers, body }: ResponseParts): Response {
  const compressed = body instanceof Uint8Array && headers.has("content-encoding");
  return new Response(allowsBody(status) ? body : null, {
    status,
    ...descriptionOf(description),
    headers,
    ...(compressed ? { encodeBody: "manual" as const } : {}),
  });
}

/** Adds one Set-Cookie line; text that is no header value is the function's fault. */
export function appendSetCookie(headers: Headers, line: string): void {
  try {
    headers.append("set-cookie", line);
  } catch (cause) {
    throw new InvalidResult(`a cookie is no valid header text: ${String(cause)}`);
  }
}

/** Text as bytes: given text, the platform would add a content type of its own. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(new TextEncoder().encode(text));
}

/** The bytes of base64 text. */
export function fromBase64(where: string, text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text), (it) => it.charCodeAt(0));
  } catch {
    throw new InvalidResult(`${where} is not base64`);
  }
}
