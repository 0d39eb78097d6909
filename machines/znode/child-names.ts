import { GenerationCache } from './generation-cache.ts';
import { nameOf } from './path.ts';

/** What a name costs in a set and a list, roughly, beside its characters. */
const NAME_BYTES = 64;
const ENTRY_BYTES = 256;

interface Entry {
  readonly names: Set<string>;
  /** The names as an array, made at the first request after a change. */
  list: readonly string[] | undefined;
}

/** The children of the nodes that were asked for lately, kept current while txns are applied. */
export class ChildNames {
  readonly #entries: GenerationCache<Entry>;

  constructor(maxBytes: number) {
    this.#entries = new GenerationCache(maxBytes, entryBytes);
  }

  /** The same array until the children change, so that a caller may key what it made of it by the array. */
  list(parent: string): readonly string[] | undefined {
    const entry = this.#entries.get(parent);
    if (entry === undefined) return undefined;
    entry.list ??= [...entry.names];
    return entry.list;
  }

  clear(): void {
    this.#entries.clear();
  }

  /** Whether `parent` has a child `name`; `undefined` where the cache does not know. */
  has(parent: string, name: string): boolean | undefined {
    return this.#entries.get(parent)?.names.has(name);
  }

  /** Takes over `names`, which the cache did not know. */
  load(parent: string, names: Set<string>): readonly string[] {
    const list = [...names];
    this.#entries.set(parent, { names, list });
    return list;
  }

  childCame(parent: string, path: string): void {
    const entry = this.#entries.get(parent);
    if (entry === undefined) return;
    const name = nameOf(path);
    entry.names.add(name);
    entry.list = undefined;
    this.#entries.charge(NAME_BYTES + name.length);
  }

  childWent(parent: string, path: string): void {
    const entry = this.#entries.get(parent);
    if (entry === undefined) return;
    entry.names.delete(nameOf(path));
    entry.list = undefined;
  }
}

function entryBytes(parent: string, entry: Entry): number {
  let bytes = ENTRY_BYTES + parent.length;
  for (const name of entry.names) bytes += NAME_BYTES + name.length;
  return bytes;
}
