import { type Change, EVENT_KIND, type EventKind } from './change.ts';
import type { ModelNode } from './node.ts';
import { CONFIG_NODE, parentOf } from './path.ts';
import { bytesOf, charge, countAnew } from './quota-usage.ts';
import type { Versions } from './versions.ts';

/** What one txn makes of the tree. Nobody sees it until it is kept; a txn that fails just drops it. */
export class Draft {
  readonly zxid: number;
  readonly changes: Change[] = [];
  readonly #versions: Versions;
  readonly #nodes = new Map<string, ModelNode | undefined>();

  constructor(versions: Versions, zxid: number) {
    this.#versions = versions;
    this.zxid = zxid;
  }

  get(path: string): ModelNode | undefined {
    return this.#nodes.has(path) ? this.#nodes.get(path) : this.#versions.now(path);
  }

  create(path: string, node: ModelNode): void {
    this.#nodes.set(path, node);
    this.#change(EVENT_KIND.created, path, node);
    this.#changeParent(path, 1);
    countAnew(this, path);
    charge(this, path, 1, bytesOf(node));
  }

  /** Every node that is there. */
  *nodes(): Iterable<readonly [path: string, node: ModelNode]> {
    for (const path of new Set([...this.#versions.paths(), ...this.#nodes.keys()])) {
      const node = this.get(path);
      if (node !== undefined) yield [path, node];
    }
  }

  set(path: string, node: ModelNode): void {
    this.#nodes.set(path, node);
  }

  setData(path: string, node: ModelNode): void {
    const before = this.get(path);
    this.#nodes.set(path, node);
    charge(this, path, 0, bytesOf(node) - (before === undefined ? 0 : bytesOf(before)));
    this.#change(EVENT_KIND.dataChanged, path, node);
  }

  /** No quota counts it: none holds below `/zookeeper` (reference §6.4). */
  setConfig(node: ModelNode): void {
    this.#nodes.set(CONFIG_NODE, node);
    this.#change(EVENT_KIND.dataChanged, CONFIG_NODE, node);
  }

  delete(path: string, node: ModelNode): void {
    this.#nodes.set(path, undefined);
    this.#change(EVENT_KIND.deleted, path, node);
    this.#changeParent(path, -1);
    charge(this, path, -1, -bytesOf(node));
  }

  /** Calls `replaced` for every path that ends up otherwise. */
  keep(
    replaced: (path: string, before: ModelNode | undefined, after: ModelNode | undefined) => void,
  ): void {
    for (const [path, after] of this.#nodes) {
      replaced(path, this.#versions.now(path), after);
      this.#versions.put(path, after, this.zxid);
    }
  }

  #changeParent(path: string, by: 1 | -1): void {
    const parentPath = parentOf(path);
    const parent = this.get(parentPath);
    if (parent === undefined) throw new Error(`${path} has no parent in the model`);
    this.#nodes.set(parentPath, {
      ...parent,
      children: parent.children + by,
      creates: parent.creates + (by === 1 ? 1 : 0),
      pzxid: this.zxid,
    });
    this.#change(EVENT_KIND.childrenChanged, parentPath, parent);
  }

  #change(kind: EventKind, path: string, { acl }: ModelNode): void {
    this.changes.push({ kind, path, acl });
  }
}
