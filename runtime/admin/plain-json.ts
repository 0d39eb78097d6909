/** Replacer for JSON.stringify that shows what JSON has no form for, instead of dropping or refusing it. */
export function showAll(this: object, key: string, value: unknown): unknown {
  // A Buffer has turned itself into an array of numbers by now: its holder still has the original.
  const original: unknown = Reflect.get(this, key);
  if (original instanceof Uint8Array) return `<${original.byteLength} bytes>`;
  if (value instanceof Map) return Object.fromEntries([...value].map(([k, v]) => [String(k), v]));
  if (value instanceof Set) return [...value];
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function') return `<function ${value.name}>`;
  return value;
}
