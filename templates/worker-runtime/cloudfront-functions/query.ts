/**
 * The query string: an ordered object of raw, undecoded values on the way in. On the way out an object that is as it was
 * leaves the query as it was sent; any other is written anew in its own order, since the platform has nothing but the
 * object: repeats stand together, and `flag` becomes `flag=`.
 */

import { InvalidResult } from "../edge/failure";
import { checkedQuery } from "../edge/request";
import { grouped, own } from "../edge/table";
import { valuesAfter } from "./values";
import type { Entry } from "./types";

interface Piece {
  name: string;
  value: string;
}

function pieces(query: string | undefined): Piece[] {
  if (query === undefined || query === "") return [];
  return query
    .split("&")
    .filter((raw) => raw !== "")
    .map((raw) => {
      const equals = raw.indexOf("=");
      if (equals < 0) return { name: raw, value: "" };
      return { name: raw.slice(0, equals), value: raw.slice(equals + 1) };
    });
}

/** The event's `querystring`. A key without `=` has the value `""`. */
export function readQuery(query: string | undefined): Record<string, Entry> {
  return grouped(pieces(query).map(({ name, value }) => [name, { value }] as const));
}

/** The query to send: `before` is the object as the function got it, `after` what it left. */
export function queryAfter(
  sent: string | undefined,
  before: Readonly<Record<string, Entry>>,
  after: unknown,
): string | undefined {
  if (after === undefined) return sent;
  if (typeof after === "string") return after === "" ? undefined : checkedQuery(after);
  if (typeof after !== "object" || after === null || Array.isArray(after)) {
    throw new InvalidResult("request.querystring must be an object or a string");
  }
  const table = after as Readonly<Record<string, unknown>>;
  const names = Object.keys(table);
  const values = new Map(names.map((name) => [name, valuesAfter(`querystring.${name}`, own(before, name), table[name])]));
  const stayed = Object.keys(before).filter((name) => values.has(name));
  const inPlace = names.filter((name) => Object.hasOwn(before, name)).join("&") === stayed.join("&");
  const changed = names.length !== Object.keys(before).length || names.some((name) => values.get(name) !== undefined);
  if (inPlace && !changed) return sent;
  const parts = names.flatMap((name) => written(name, before, values.get(name)));
  return parts.length === 0 ? undefined : checkedQuery(parts.join("&"));
}

function written(name: string, before: Readonly<Record<string, Entry>>, fresh: string[] | undefined): string[] {
  const entry = own(before, name);
  const values = fresh ?? (entry?.multiValue ?? (entry === undefined ? [] : [entry])).map((it) => it.value);
  return values.map((value) => `${name}=${value}`);
}
