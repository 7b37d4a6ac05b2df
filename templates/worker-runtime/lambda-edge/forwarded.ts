/**
 * What the policies of a behavior let origin events see. Nothing is taken off the request itself: a function that leaves
 * a header or the query alone sends it on as it came, whether it saw all of it or not.
 */

import type { Forwarded, Selection } from "../edge/types";

/** Headers that reach the origin whatever the policies list ("Request and response behavior", read 2026-04). */
const ALWAYS = new Set([
  "accept-encoding", "cache-control", "content-length", "content-type", "host", "if-match", "if-modified-since", "if-none-match",
  "if-range", "if-unmodified-since", "pragma", "range", "transfer-encoding", "user-agent", "via", "x-forwarded-for",
]);

/** Whether a header, by its lower-case name, is one that origin events see. */
export function seesHeader(name: string, forwarded: Forwarded | undefined): boolean {
  if (forwarded === undefined || ALWAYS.has(name)) return true;
  return name === "cookie" || listsHeader(name, forwarded);
}

/** Whether the policies name the header themselves. */
export function listsHeader(name: string, forwarded: Forwarded): boolean {
  return selects(lowerCase(forwarded.headers), name);
}

function lowerCase(selection: Selection): Selection {
  if (selection === "all") return "all";
  if ("except" in selection) return { except: selection.except.map((it) => it.toLowerCase()) };
  return selection.map((it) => it.toLowerCase());
}

/** The cookies that are forwarded: sorted by name, as CloudFront sends them. `undefined` for none. */
export function seenCookies(header: string, { cookies }: Forwarded): string | undefined {
  const seen = header
    .split(";")
    .map((it) => it.trim())
    .filter((it) => it !== "" && !it.startsWith("$") && selects(cookies, nameOf(it)))
    .sort((left, right) => compare(nameOf(left), nameOf(right)));
  return seen.length === 0 ? undefined : seen.join("; ");
}

/** The parameters that are forwarded, in their order. */
export function seenQuery(query: string, { query: selection }: Forwarded): string {
  if (selection === "all") return query;
  return query
    .split("&")
    .filter((it) => it !== "" && selects(selection, nameOf(it)))
    .join("&");
}

function nameOf(pair: string): string {
  const equals = pair.indexOf("=");
  return equals < 0 ? pair : pair.slice(0, equals);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

function selects(selection: Selection, name: string): boolean {
  if (selection === "all") return true;
  return "except" in selection ? !selection.except.includes(name) : selection.includes(name);
}
