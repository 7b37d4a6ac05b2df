/**
 * The witnesses: requests with the answer that the old edge gives. Each runs against this Worker with its origin, key
 * value data and visitor; `witnesses.json` says what must come out.
 */

import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import worker from "../src/index";
import witnesses from "./witnesses.json";

interface Answer {
  status: number;
  headers: [string, string][];
  body?: string;
}

interface Witness {
  name: string;
  request: { method: string; url: string; headers: [string, string][]; cf: Record<string, unknown>; body?: string };
  origin: Answer;
  kv: Record<string, Record<string, string>>;
  expected: {
    /** `null`: the origin is not asked. A header whose value is `null` must be absent. */
    originSaw: { url: string; headers: [string, string | null][] } | null;
    response: Answer;
  };
}

const all = witnesses as unknown as Witness[];
const stores = new Set(all.flatMap((it) => Object.keys(it.kv)));

function store(binding: string): KVNamespace {
  return (env as unknown as Record<string, KVNamespace>)[binding] as KVNamespace;
}

afterEach(async () => {
  vi.restoreAllMocks();
  for (const binding of stores) {
    for (const { name } of (await store(binding).list()).keys) await store(binding).delete(name);
  }
});

test("a plain request has an answer", async () => {
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response("origin"));
  const answer = await worker.fetch(new Request("https://www.example.com/"), env);
  expect(answer).toBeInstanceOf(Response);
});

test.each(all)("$name", async (witness) => {
  for (const [binding, entries] of Object.entries(witness.kv)) {
    for (const [key, value] of Object.entries(entries)) await store(binding).put(key, value);
  }
  let saw: Request | null = null;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    saw = new Request(input as Request, init as RequestInit);
    return response(witness.origin);
  });
  const { method, url, headers, cf, body } = witness.request;
  const request = new Request(url, { method, headers, cf: cf as RequestInitCfProperties, ...(body === undefined ? {} : { body }) });

  const actual = await worker.fetch(request, env);

  const { originSaw, response: expected } = witness.expected;
  expect((saw as Request | null)?.url ?? null).toBe(originSaw?.url ?? null);
  for (const [name, value] of originSaw?.headers ?? []) {
    expect([name, (saw as Request | null)?.headers.get(name) ?? null]).toEqual([name, value]);
  }
  expect(actual.status).toBe(expected.status);
  for (const name of new Set(expected.headers.map(([it]) => it))) {
    const values = expected.headers.filter(([it]) => it === name).map(([, value]) => value);
    if (name === "set-cookie") expect(actual.headers.getSetCookie()).toEqual(values);
    else expect([name, actual.headers.get(name)]).toEqual([name, values.join(", ")]);
  }
  const text = await actual.text();
  if (expected.body !== undefined) expect(text).toBe(expected.body);
});

function response(answer: Answer): Response {
  const headers = new Headers();
  for (const [name, value] of answer.headers) headers.append(name, value);
  const bare = [204, 205, 304].includes(answer.status);
  return new Response(bare ? null : (answer.body ?? ""), { status: answer.status, headers });
}
