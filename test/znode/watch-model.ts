import {
  WatchEventType as Event,
  type WatchEventType,
  WatcherType,
} from '../../machines/znode/watch.ts';

type Table = 'data' | 'children';
type Mode = 'standard' | 'persistent' | 'persistentRecursive';

interface Watch {
  readonly watcher: number;
  readonly path: string;
  readonly table: Table;
  readonly mode: Mode;
}

/** The watches of reference §7.2 as one list, searched from end to end. */
export class WatchModel {
  #watches: Watch[] = [];

  add(watcher: number, path: string, table: Table, mode: Mode): void {
    const watch = { watcher, path, table, mode };
    if (!this.#watches.some((other) => isSame(other, watch))) this.#watches.push(watch);
  }

  addPersistent(watcher: number, path: string): void {
    this.add(watcher, path, 'data', 'persistent');
    this.add(watcher, path, 'children', 'persistent');
  }

  has(watcher: number, path: string, type: WatcherType): boolean {
    return this.#watches.some((watch) => isMeant(watch, watcher, path, type));
  }

  remove(watcher: number, path: string, type: WatcherType): boolean {
    const before = this.#watches.length;
    this.#watches = this.#watches.filter((watch) => !isMeant(watch, watcher, path, type));
    return this.#watches.length < before;
  }

  forget(watcher: number): void {
    this.#watches = this.#watches.filter((watch) => watch.watcher !== watcher);
  }

  /** Who hears of it; what is spent goes, whoever may read. */
  trigger(type: WatchEventType, path: string): Set<number> {
    const tables: readonly Table[] =
      type === Event.nodeDeleted
        ? ['data', 'children']
        : type === Event.nodeChildrenChanged
          ? ['children']
          : ['data'];
    const isHit = (watch: Watch) =>
      tables.includes(watch.table) &&
      (watch.path === path || (watch.mode === 'persistentRecursive' && isAbove(watch.path, path)));
    const told = new Set(this.#watches.filter(isHit).map(({ watcher }) => watcher));
    this.#watches = this.#watches.filter((watch) => !isHit(watch) || watch.mode !== 'standard');
    return told;
  }

  /** Pairs of path and watcher in a table. */
  pairs(table: Table): string[] {
    const pairs = this.#watches
      .filter((watch) => watch.table === table)
      .map(({ watcher, path }) => `${path} ${watcher}`);
    return [...new Set(pairs)].sort();
  }
}

function isAbove(path: string, other: string): boolean {
  return path !== other && (path === '/' || other.startsWith(`${path}/`));
}

function isMeant(watch: Watch, watcher: number, path: string, type: WatcherType): boolean {
  if (watch.watcher !== watcher || watch.path !== path) return false;
  switch (type) {
    case WatcherType.any:
      return true;
    case WatcherType.data:
      return watch.table === 'data' && watch.mode === 'standard';
    case WatcherType.children:
      return watch.table === 'children' && watch.mode === 'standard';
    case WatcherType.persistent:
      return watch.mode === 'persistent';
    case WatcherType.persistentRecursive:
      return watch.mode === 'persistentRecursive';
  }
}

function isSame(one: Watch, other: Watch): boolean {
  return (
    one.watcher === other.watcher &&
    one.path === other.path &&
    one.table === other.table &&
    one.mode === other.mode
  );
}
