/**
 * Objects keyed by names that a visitor chose. They are ordinary objects, since user code calls their methods, and yet a
 * name such as `__proto__` is only a key.
 */

/** Sets an own property, whatever its name is. */
export function put<T>(table: Record<string, T>, key: string, value: T): void {
  Object.defineProperty(table, key, { value, writable: true, enumerable: true, configurable: true });
}

/** The own property of that name. */
export function own<T>(table: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** Groups pairs by name in order of first appearance; a repeated name gets a `multiValue` with every value. */
export function grouped<V extends { value: string }>(
  pairs: Iterable<readonly [string, V]>,
): Record<string, V & { multiValue?: V[] }> {
  const table: Record<string, V & { multiValue?: V[] }> = {};
  for (const [name, value] of pairs) {
    const known = own(table, name);
    if (known === undefined) put(table, name, { ...value });
    else if (known.multiValue === undefined) known.multiValue = [first(known), value];
    else known.multiValue.push(value);
  }
  return table;
}

function first<V>(entry: V & { multiValue?: V[] }): V {
  const { multiValue: _, ...value } = entry;
  return value as V;
}
