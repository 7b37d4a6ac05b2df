/**
 * CloudFront's rule for an entry that came back: a `multiValue` that is new or changed wins and `value` is ignored; else
 * a changed `value` replaces the first of several values and the others stay.
 */

import { InvalidResult } from "../edge/failure";
import type { Entry } from "./types";

/** The values to write, or `undefined` when the function left the entry as it was. */
export function valuesAfter(where: string, before: Entry | undefined, after: unknown): string[] | undefined {
  if (typeof after !== "object" || after === null) throw new InvalidResult(`${where} must be an object with a value`);
  const { value, multiValue } = after as { value?: unknown; multiValue?: unknown };
  const known = before?.multiValue?.map((it) => it.value);
  if (multiValue !== undefined) {
    if (!Array.isArray(multiValue)) throw new InvalidResult(`${where}.multiValue must be an array`);
    const listed = multiValue.map((it: unknown, at) => textOf(`${where}.multiValue[${at}]`, it));
    if (known === undefined || !same(listed, known)) return listed;
    if (value === before?.value) return undefined;
    return [textOf(where, after), ...known.slice(1)];
  }
  const text = textOf(where, after);
  if (known === undefined && text === before?.value) return undefined;
  return [text];
}

/** The `value` of an entry, which must be a string. */
export function textOf(where: string, entry: unknown): string {
  const value = typeof entry === "object" && entry !== null ? (entry as { value?: unknown }).value : undefined;
  if (typeof value !== "string") throw new InvalidResult(`${where}.value must be a string`);
  return value;
}

function same(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((value, at) => value === right[at]);
}
