/**
 * Cookies are not headers in a CloudFront event: they are parsed out of Cookie and Set-Cookie, and written back only when
 * the function changed them.
 */

import { InvalidResult } from "../edge/failure";
import { grouped, own } from "../edge/table";
import { textOf, valuesAfter } from "./values";
import type { CookieEntry, Entry } from "./types";

/** The event's `request.cookies`: names keep their case, values are not decoded. */
export function readCookies(header: string | null): Record<string, Entry> {
  return grouped(pairs(header ?? ""));
}

function pairs(header: string): (readonly [string, { value: string }])[] {
  return header
    .split(";")
    .map((part) => part.replace(/^[ \t]+|[ \t]+$/g, ""))
    .filter((part) => part !== "")
    .map((part) => {
      const equals = part.indexOf("=");
      return equals < 0 ? ([part, { value: "" }] as const) : ([part.slice(0, equals), { value: part.slice(equals + 1) }] as const);
    });
}

/** The Cookie header to send, `null` for none, `undefined` when no cookie changed. */
export function cookieHeaderAfter(before: Readonly<Record<string, Entry>>, after: unknown): string | null | undefined {
  if (after === undefined) return undefined;
  const table = tableOf("request.cookies", after);
  const names = Object.keys(table);
  let changed = names.length !== Object.keys(before).length;
  const parts: string[] = [];
  for (const name of names) {
    const known = own(before, name);
    const fresh = valuesAfter(`cookies.${name}`, known, table[name]);
    if (fresh !== undefined) changed = true;
    const values = fresh ?? (known?.multiValue ?? (known === undefined ? [] : [known])).map((it) => it.value);
    parts.push(...values.map((value) => `${name}=${value}`));
  }
  if (!changed) return undefined;
  return parts.length === 0 ? null : parts.join("; ");
}

/** The event's `response.cookies`. */
export function readSetCookies(lines: readonly string[]): Record<string, CookieEntry> {
  return grouped(
    lines.map((line) => {
      const end = line.indexOf(";");
      const pair = end < 0 ? line : line.slice(0, end);
      const equals = pair.indexOf("=");
      const name = (equals < 0 ? pair : pair.slice(0, equals)).trim();
      const value = equals < 0 ? "" : pair.slice(equals + 1).trim();
      return [name, end < 0 ? { value } : { value, attributes: line.slice(end + 1).trim() }] as const;
    }),
  );
}

/** The Set-Cookie lines of one cookie. A list, when there is one, holds every cookie of that name. */
export function setCookieLines(name: string, entry: unknown, before?: CookieEntry): string[] {
  const where = `cookies.${name}`;
  const cookie = entry as CookieEntry;
  const listed: unknown = typeof entry === "object" && entry !== null ? cookie.multiValue : undefined;
  if (listed === undefined) return [setCookieLine(name, entry, where)];
  if (!Array.isArray(listed)) throw new InvalidResult(`${where}.multiValue must be an array`);
  const lines = listed.map((it: unknown, at) => setCookieLine(name, it, `${where}.multiValue[${at}]`));
  const untouched = before?.multiValue !== undefined && JSON.stringify(before.multiValue) === JSON.stringify(listed);
  return untouched ? [setCookieLine(name, entry, where), ...lines.slice(1)] : lines;
}

function setCookieLine(name: string, entry: unknown, where: string): string {
  const value = textOf(where, entry);
  const { attributes } = entry as { attributes?: unknown };
  if (attributes === undefined || attributes === "") return `${name}=${value}`;
  if (typeof attributes !== "string") throw new InvalidResult(`${where}.attributes must be a string`);
  return `${name}=${value}; ${attributes}`;
}

/** The object that holds entries by name. */
export function tableOf(where: string, value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new InvalidResult(`${where} must be an object`);
  return value as Readonly<Record<string, unknown>>;
}
