import { childOf, nameOf, parentOf, ROOT } from './path.ts';
import type { DataTree } from './tree.ts';

/** Children of one node that were counted and not yet looked at. */
interface Found {
  readonly parent: string;
  readonly names: Set<string>;
  readonly rest: Iterator<string>;
}

/**
 * Counts the nodes below one, some at a time, since a large tree would hold up everybody else. It must be told of
 * every node that comes or goes until it is done, and is then exact for the tree as it is at that moment.
 *
 * A node is counted with its siblings, when their parent is looked at. What changes below a node that was not looked
 * at yet is found there later; everything else is counted by what it is told.
 */
export class DescendantCount {
  readonly #tree: DataTree;
  readonly #root: string;
  /** Innermost last: so there are never more than one list of names for each level. */
  readonly #found: Found[] = [];
  readonly #byParent = new Map<string, Set<string>>();
  #isThere = true;
  #count = 0;

  /** @param root a node that exists */
  constructor(tree: DataTree, root: string) {
    this.#tree = tree;
    this.#root = root;
    this.#open(root);
  }

  get isDone(): boolean {
    return this.#found.length === 0;
  }

  /** `undefined` where the node itself has gone. Means something once it is done. */
  get count(): number | undefined {
    return this.#isThere ? this.#count : undefined;
  }

  /** Looks at no more than `nodes` nodes. */
  work(nodes: number): void {
    for (let left = nodes; left > 0; left--) {
      const path = this.#next();
      if (path === undefined) return;
      if ((this.#tree.look(path)?.childCount ?? 0) > 0) this.#open(path);
    }
  }

  created(path: string): void {
    if (path === this.#root) this.#isThere = true;
    else if (this.#isBelow(path) && this.#wasLookedAt(parentOf(path))) this.#count++;
  }

  deleted(path: string): void {
    if (path === this.#root) {
      this.#isThere = false;
    } else if (this.#isBelow(path) && this.#wasLookedAt(parentOf(path))) {
      this.#byParent.get(parentOf(path))?.delete(nameOf(path));
      this.#count--;
    }
  }

  #open(parent: string): void {
    const names = new Set(this.#tree.childNames(parent));
    if (names.size === 0) return;
    this.#count += names.size;
    this.#found.push({ parent, names, rest: names.values() });
    this.#byParent.set(parent, names);
  }

  #next(): string | undefined {
    for (let last = this.#found.at(-1); last !== undefined; last = this.#found.at(-1)) {
      const { parent, names, rest } = last;
      const { value: name, done } = rest.next();
      if (done !== true) {
        names.delete(name);
        return childOf(parent, name);
      }
      this.#found.pop();
      this.#byParent.delete(parent);
    }
    return undefined;
  }

  #isBelow(path: string): boolean {
    return this.#root === ROOT || path.startsWith(`${this.#root}/`);
  }

  /** Nothing on the way from the root to `path` waits to be looked at. */
  #wasLookedAt(path: string): boolean {
    for (let node = path; node !== this.#root; node = parentOf(node)) {
      if (this.#byParent.get(parentOf(node))?.has(nameOf(node)) === true) return false;
    }
    return true;
  }
}
