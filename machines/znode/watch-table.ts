/** How long a watch lasts: bits, because one connection may hold several on a path (reference §7.2). */
export const WatchMode = {
  /** Goes with its first event. */
  standard: 1,
} as const;

/** Watches by path and by watcher. Setting the same one twice is setting it once. */
export class WatchTable<W> {
  /** By path, the watchers in the order in which they came, each with its modes. */
  readonly #byPath = new Map<string, Map<W, number>>();
  readonly #byWatcher = new Map<W, Set<string>>();
  #count = 0;

  /** Pairs of path and watcher. */
  get count(): number {
    return this.#count;
  }

  get pathCount(): number {
    return this.#byPath.size;
  }

  get watcherCount(): number {
    return this.#byWatcher.size;
  }

  add(path: string, watcher: W): void {
    let watchers = this.#byPath.get(path);
    if (watchers === undefined) {
      watchers = new Map();
      this.#byPath.set(path, watchers);
    }
    const modes = watchers.get(watcher);
    watchers.set(watcher, (modes ?? 0) | WatchMode.standard);
    if (modes !== undefined) return;
    this.#count++;
    let paths = this.#byWatcher.get(watcher);
    if (paths === undefined) {
      paths = new Set();
      this.#byWatcher.set(watcher, paths);
    }
    paths.add(path);
  }

  has(path: string, watcher: W): boolean {
    return this.#byPath.get(path)?.has(watcher) === true;
  }

  /**
   * The watchers of `path`, to be told, as they were; what is spent by it is taken from the table. The
   * map returned is the caller's.
   */
  trigger(path: string): ReadonlyMap<W, number> | undefined {
    const watchers = this.#byPath.get(path);
    if (watchers === undefined) return undefined;
    this.#byPath.delete(path);
    this.#count -= watchers.size;
    for (const watcher of watchers.keys()) this.#forget(watcher, path);
    return watchers;
  }

  /** False where there is no such watch. */
  remove(path: string, watcher: W): boolean {
    if (!this.#drop(path, watcher)) return false;
    this.#forget(watcher, path);
    return true;
  }

  removeWatcher(watcher: W): void {
    const paths = this.#byWatcher.get(watcher);
    if (paths === undefined) return;
    this.#byWatcher.delete(watcher);
    for (const path of paths) this.#drop(path, watcher);
  }

  /** Each watched path with its watchers. */
  paths(): IterableIterator<[path: string, watchers: ReadonlyMap<W, number>]> {
    return this.#byPath.entries();
  }

  /** Each watcher with its paths. */
  watchers(): IterableIterator<[watcher: W, paths: ReadonlySet<string>]> {
    return this.#byWatcher.entries();
  }

  #drop(path: string, watcher: W): boolean {
    const watchers = this.#byPath.get(path);
    if (watchers?.delete(watcher) !== true) return false;
    this.#count--;
    if (watchers.size === 0) this.#byPath.delete(path);
    return true;
  }

  #forget(watcher: W, path: string): void {
    const paths = this.#byWatcher.get(watcher);
    if (paths === undefined) return;
    paths.delete(path);
    if (paths.size === 0) this.#byWatcher.delete(watcher);
  }
}
