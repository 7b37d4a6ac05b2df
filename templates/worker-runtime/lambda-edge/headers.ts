/**
 * Headers between a Worker and a Lambda@Edge event. A Worker gets repeated header lines joined with ", ", so a name here
 * has one line with the joined text, Set-Cookie excepted. Keys are written in title case: a Worker is not told the case
 * on the wire.
 */

import { InvalidResult } from "../edge/failure";
import { isDisallowed } from "../edge/header-names";
import { appendSetCookie } from "../edge/response";
import { own, put } from "../edge/table";
import type { HeaderLine, HeaderTable } from "./types";

/** The visible headers, by lower-case name. */
export function readHeaders(headers: Headers, visible: (name: string) => boolean): HeaderTable {
  const table: HeaderTable = {};
  for (const name of headers.keys()) {
    if (!visible(name)) continue;
    const values = name === "set-cookie" ? headers.getSetCookie() : [headers.get(name) ?? ""];
    put<HeaderLine[]>(table, name, values.map((value) => ({ key: titleCase(name), value })));
  }
  return table;
}

/** One header with one line. */
export function putHeader(table: HeaderTable, name: string, value: string): void {
  put<HeaderLine[]>(table, name, [{ key: titleCase(name), value }]);
}

function titleCase(name: string): string {
  return name.replace(/(^|-)[a-z]/g, (it) => it.toUpperCase()).replace(/^Cloudfront-/, "CloudFront-");
}

/** What a function left in a table of headers: the lines of each name. A name in two cases counts as the later one says. */
export function linesAfter(where: string, after: unknown): Map<string, string[]> {
  if (typeof after !== "object" || after === null || Array.isArray(after)) throw new InvalidResult(`${where} must be an object`);
  const lines = new Map<string, string[]>();
  for (const [key, entry] of Object.entries(after)) {
    if (!Array.isArray(entry)) throw new InvalidResult(`${where}["${key}"] must be an array`);
    const values = entry.map((it: unknown, at) => valueOf(`${where}["${key}"][${at}]`, it));
    // An empty list is no header.
    if (values.length > 0) lines.set(key.toLowerCase(), values);
  }
  return lines;
}

function valueOf(where: string, line: unknown): string {
  const { key, value } = (typeof line === "object" && line !== null ? line : {}) as { key?: unknown; value?: unknown };
  if (key !== undefined && typeof key !== "string") throw new InvalidResult(`${where}.key must be a string`);
  if (typeof value !== "string") throw new InvalidResult(`${where}.value must be a string`);
  return value;
}

/**
 * Carries a function's changes over to `headers`. What it left alone, and what it could not see, stays as it is. Throws
 * for a change that CloudFront refuses.
 */
export function writeHeaders(
  headers: Headers,
  before: Readonly<HeaderTable>,
  after: ReadonlyMap<string, readonly string[]>,
  isReadOnly: (name: string) => boolean,
): void {
  for (const [name, values] of after) {
    const known = own(before, name)?.map((it) => it.value);
    if (known !== undefined && same(known, values)) continue;
    if (isDisallowed(name)) throw new InvalidResult(`header "${name}" may not be added by a function`);
    if (isReadOnly(name)) throw new InvalidResult(`header "${name}" is read-only and was changed`);
    replace(headers, name, values);
  }
  for (const name of Object.keys(before)) {
    if (after.has(name)) continue;
    if (isReadOnly(name)) throw new InvalidResult(`header "${name}" is read-only and was deleted`);
    headers.delete(name);
  }
}

function replace(headers: Headers, name: string, values: readonly string[]): void {
  if (name === "set-cookie") {
    headers.delete(name);
    for (const line of values) appendSetCookie(headers, line);
    return;
  }
  try {
    // Two lines of cookies are one list of cookies, and not two headers.
    headers.set(name, values.join(name === "cookie" ? "; " : ", "));
  } catch (cause) {
    throw new InvalidResult(`header "${name}" has no valid name or value: ${String(cause)}`);
  }
}

function same(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((value, at) => value === right[at]);
}
