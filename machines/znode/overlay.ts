import type { Znode } from './znode.ts';

/** Changes to the tree that storage does not hold yet: the newest state of every node that changed. */
export class Overlay {
  /** `null` where the node was deleted. */
  readonly nodes = new Map<string, Znode | null>();
  /** By parent: the names that came (true) and went (false), so that nobody searches `nodes` for children. */
  readonly #children = new Map<string, Map<string, boolean>>();

  childCame(parent: string, name: string): void {
    this.#childrenOf(parent).set(name, true);
  }

  childWent(parent: string, name: string): void {
    this.#childrenOf(parent).set(name, false);
  }

  /** Brings the child names of `parent`, as they were before this overlay, up to it. */
  correct(parent: string, names: Set<string>): void {
    const changes = this.#children.get(parent);
    if (changes === undefined) return;
    for (const [name, came] of changes) {
      if (came) names.add(name);
      else names.delete(name);
    }
  }

  #childrenOf(parent: string): Map<string, boolean> {
    let changes = this.#children.get(parent);
    if (changes === undefined) {
      changes = new Map();
      this.#children.set(parent, changes);
    }
    return changes;
  }
}
