/** Replacer for JSON.stringify that shows what JSON has no form for, instead of dropping or refusing it. */
export function showAll(_key: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([k, v]) => [String(k), v]));
  if (value instanceof Set) return [...value];
  if (value instanceof Uint8Array) return `<${value.byteLength} bytes>`;
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function') return `<function ${value.name}>`;
  return value;
}
