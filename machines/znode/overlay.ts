import type { Zxid } from '../zab/zxid.ts';
import { nameOf } from './path.ts';
import { isReapableKind, type Znode } from './znode.ts';

/** Changes to the tree that storage does not hold yet: the newest state of every node that changed. */
export class Overlay {
  /** The state below is exact at this zxid. */
  readonly #baseZxid: Zxid;
  readonly #nodes = new Map<string, Znode | null>();
  /** By parent, paths of the children that came or went, each once, so that nobody searches the nodes for them. */
  readonly #children = new Map<string, string[]>();
  readonly #reapables = new Map<string, boolean>();

  constructor(baseZxid: Zxid) {
    this.#baseZxid = baseZxid;
  }

  /** `null` where the node was deleted. */
  get nodes(): ReadonlyMap<string, Znode | null> {
    return this.#nodes;
  }

  /** Containers and TTL nodes: whether each of them is there. */
  get reapables(): ReadonlyMap<string, boolean> {
    return this.#reapables;
  }

  /** True where the overlay did not know the path. */
  put(path: string, node: Znode | null): boolean {
    const sizeBefore = this.#nodes.size;
    this.#nodes.set(path, node);
    return this.#nodes.size !== sizeBefore;
  }

  insert(path: string, parent: string, node: Znode): boolean {
    const isNew = this.put(path, node);
    // What the overlay knew was deleted in it, and is in the list since.
    if (isNew) this.#childrenOf(parent).push(path);
    if (isReapableKind(node.kind)) this.#reapables.set(path, true);
    return isNew;
  }

  remove(path: string, parent: string, node: Znode): boolean {
    // A node that came in this overlay is in the list since.
    if (node.czxid <= this.#baseZxid) this.#childrenOf(parent).push(path);
    if (isReapableKind(node.kind)) this.#reapables.set(path, false);
    return this.put(path, null);
  }

  /** Brings the child names of `parent`, as they were below this overlay, up to it. */
  correct(parent: string, names: Set<string>): void {
    const paths = this.#children.get(parent);
    if (paths === undefined) return;
    for (const path of paths) {
      if (this.#nodes.get(path) === null) names.delete(nameOf(path));
      else names.add(nameOf(path));
    }
  }

  #childrenOf(parent: string): string[] {
    let paths = this.#children.get(parent);
    if (paths === undefined) {
      paths = [];
      this.#children.set(parent, paths);
    }
    return paths;
  }
}
