import type { ModelNode } from './node.ts';
import { childOf, nameOf, parentOf } from './path.ts';

interface Version {
  readonly zxid: number;
  /** `undefined`: it is not there. */
  readonly node: ModelNode | undefined;
}

/** Every state that every path has had, by zxid. Nothing is forgotten. */
export class Versions {
  readonly #byPath = new Map<string, Version[]>();
  /** Of a parent: the names of all children that it ever had. */
  readonly #names = new Map<string, Set<string>>();

  now(path: string): ModelNode | undefined {
    return this.#byPath.get(path)?.at(-1)?.node;
  }

  /** As it was when `zxid` had been applied, and nothing after it. */
  at(path: string, zxid: number): ModelNode | undefined {
    const versions = this.#byPath.get(path);
    if (versions === undefined) return undefined;
    // Members are seldom far behind: what is looked for is near the end.
    for (let index = versions.length - 1; index >= 0; index--) {
      const version = versions[index];
      if (version !== undefined && version.zxid <= zxid) return version.node;
    }
    return undefined;
  }

  childrenAt(path: string, zxid: number): string[] {
    const names = this.#names.get(path) ?? [];
    return [...names].filter((name) => this.at(childOf(path, name), zxid) !== undefined);
  }

  /** All that ever were. */
  paths(): Iterable<string> {
    return this.#byPath.keys();
  }

  /** `zxid` is not below that of any call before. */
  put(path: string, node: ModelNode | undefined, zxid: number): void {
    const version = { zxid, node };
    const versions = this.#byPath.get(path);
    if (versions === undefined) {
      this.#byPath.set(path, [version]);
      this.#addName(path);
    } else {
      if (versions.at(-1)?.zxid === zxid) versions.pop();
      versions.push(version);
    }
  }

  #addName(path: string): void {
    if (path === '/') return;
    const parent = parentOf(path);
    const names = this.#names.get(parent);
    if (names === undefined) this.#names.set(parent, new Set([nameOf(path)]));
    else names.add(nameOf(path));
  }
}
