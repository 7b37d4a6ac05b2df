/**
 * Headers between a Worker and a CloudFront event. A Worker gets repeated header lines joined with ", ", so an event here
 * has one `value` with the joined text and no `multiValue`, where CloudFront has the first line as `value`. Nothing can
 * bring the lines back; the compiler reports functions whose result depends on it.
 */

import { tableOf } from "./cookies";
import { InvalidResult } from "../edge/failure";
import { isDisallowed } from "../edge/header-names";
import { own, put } from "../edge/table";
import { valuesAfter } from "./values";
import type { Entry } from "./types";

/** The visible headers as event entries. */
export function readHeaders(headers: Headers, visible: (name: string) => boolean): Record<string, Entry> {
  const table: Record<string, Entry> = {};
  for (const [name, value] of headers) {
    if (visible(name)) put(table, name, { value });
  }
  return table;
}

/**
 * Carries a function's header changes over to `headers`. What it left alone, and what it could not see, stays as it is.
 * Throws for a change that CloudFront refuses.
 */
export function writeHeaders(
  headers: Headers,
  before: Readonly<Record<string, Entry>>,
  after: unknown,
  isReadOnly: (name: string) => boolean,
): void {
  if (after === undefined) return;
  const table = tableOf("headers", after);
  const kept = new Set<string>();
  for (const key of Object.keys(table)) {
    const name = key.toLowerCase();
    if (kept.has(name)) throw new InvalidResult(`headers has "${name}" twice, in different case`);
    kept.add(name);
    const values = valuesAfter(`headers["${key}"]`, own(before, name), table[key]);
    if (values === undefined) continue;
    refuseProtected(name, isReadOnly);
    replace(headers, name, values);
  }
  for (const name of Object.keys(before)) {
    if (kept.has(name)) continue;
    if (isReadOnly(name)) throw new InvalidResult(`header "${name}" is read-only and was deleted`);
    headers.delete(name);
  }
}

function refuseProtected(name: string, isReadOnly: (name: string) => boolean): void {
  if (isDisallowed(name)) throw new InvalidResult(`header "${name}" may not be added by a function`);
  if (isReadOnly(name)) throw new InvalidResult(`header "${name}" is read-only and was changed`);
}

/** Replaces every line of one header. The platform refuses names and values that are no header text. */
function replace(headers: Headers, name: string, values: readonly string[]): void {
  try {
    headers.delete(name);
    for (const value of values) headers.append(name, value);
  } catch (cause) {
    throw new InvalidResult(`header "${name}" has no valid name or value: ${String(cause)}`);
  }
}
