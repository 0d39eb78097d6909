import { ROOT } from './path.ts';

/** How long a watch lasts and how far it reaches: bits, because one connection may hold several on a path (reference §7.2). */
export const WatchMode = {
  /** Goes with its first event. */
  standard: 1,
  /** Stays until it is removed. */
  persistent: 2,
  /** Stays, and hears of everything below its path as well. */
  persistentRecursive: 4,
} as const;
export type WatchMode = (typeof WatchMode)[keyof typeof WatchMode];

/** Whatever modes there are. */
export const ANY_MODE = WatchMode.standard | WatchMode.persistent | WatchMode.persistentRecursive;

type Above<W> = readonly Iterable<W>[];
const NOBODY: Above<never> = Object.freeze([]);

/**
 * Watches by path and by watcher. Setting the same one twice is setting it once. Most paths have one
 * watcher: those take no set of their own, which would be half of what a watch costs.
 */
export class WatchTable<W extends object> {
  /** Watchers of the paths that have one. */
  readonly #alone = new Map<string, W>();
  /** Watchers of the paths that have had several at a time, in the order in which they came; never empty. */
  readonly #crowds = new Map<string, Set<W>>();
  /** By watcher, its paths, each with its modes; never empty. */
  readonly #byWatcher = new Map<W, Map<string, number>>();
  /** By path, those who watch all that is below it; never empty. */
  readonly #recursive = new Map<string, Set<W>>();
  #count = 0;

  /** Pairs of path and watcher. */
  get count(): number {
    return this.#count;
  }

  get pathCount(): number {
    return this.#alone.size + this.#crowds.size;
  }

  get watcherCount(): number {
    return this.#byWatcher.size;
  }

  add(path: string, watcher: W, mode: WatchMode): void {
    let paths = this.#byWatcher.get(watcher);
    if (paths === undefined) {
      paths = new Map();
      this.#byWatcher.set(watcher, paths);
    }
    const modes = paths.get(path);
    if (modes === undefined) {
      this.#enter(path, watcher);
      this.#count++;
    }
    paths.set(path, (modes ?? 0) | mode);
    if (mode === WatchMode.persistentRecursive) this.#enterRecursive(path, watcher);
  }

  /** Whether the watcher has a watch of one of the modes on exactly this path. */
  has(path: string, watcher: W, modes: number = ANY_MODE): boolean {
    return ((this.#byWatcher.get(watcher)?.get(path) ?? 0) & modes) !== 0;
  }

  /** False where there is no such watch on exactly this path. */
  remove(path: string, watcher: W, modes: number = ANY_MODE): boolean {
    const paths = this.#byWatcher.get(watcher);
    const before = paths?.get(path) ?? 0;
    if (paths === undefined || (before & modes) === 0) return false;
    this.#keep(path, watcher, paths, before, before & ~modes);
    return true;
  }

  removeWatcher(watcher: W): void {
    const paths = this.#byWatcher.get(watcher);
    if (paths === undefined) return;
    this.#byWatcher.delete(watcher);
    for (const [path, modes] of paths) this.#leave(path, watcher, modes);
  }

  /** Whether anybody watches exactly this path. */
  isWatched(path: string): boolean {
    return this.#alone.has(path) || this.#crowds.has(path);
  }

  /**
   * Calls `tell` for everyone who watches exactly this path, and takes away what is spent by it. `tell` may
   * remove watchers, and must not add any. Says how many were told.
   */
  trigger(path: string, tell: (watcher: W) => void): number {
    const alone = this.#alone.get(path);
    if (alone !== undefined) {
      this.#spend(path, alone);
      tell(alone);
      return 1;
    }
    const crowd = this.#crowds.get(path);
    if (crowd === undefined) return 0;
    let told = 0;
    for (const watcher of crowd) {
      this.#spend(path, watcher);
      tell(watcher);
      told++;
    }
    return told;
  }

  /** Those who watch something above `path` with all that is below it, by what they watch. */
  above(path: string): Above<W> {
    if (this.#recursive.size === 0 || path === ROOT) return NOBODY;
    const found: Iterable<W>[] = [];
    for (let end = path.lastIndexOf('/'); end >= 0; end = path.lastIndexOf('/', end - 1)) {
      const watchers = this.#recursive.get(end === 0 ? ROOT : path.slice(0, end));
      if (watchers !== undefined) found.push(watchers);
      if (end === 0) break;
    }
    return found;
  }

  /** Each watched path with its watchers. */
  *paths(): IterableIterator<[path: string, watchers: ReadonlySet<W>]> {
    for (const [path, watcher] of this.#alone) yield [path, new Set([watcher])];
    yield* this.#crowds;
  }

  /** Each watcher with its paths. */
  *watchers(): IterableIterator<[watcher: W, paths: ReadonlySet<string>]> {
    for (const [watcher, paths] of this.#byWatcher) yield [watcher, new Set(paths.keys())];
  }

  #spend(path: string, watcher: W): void {
    const paths = this.#byWatcher.get(watcher);
    const modes = paths?.get(path);
    if (paths === undefined || modes === undefined || (modes & WatchMode.standard) === 0) return;
    this.#keep(path, watcher, paths, modes, modes & ~WatchMode.standard);
  }

  /** Of the modes `before` the watcher keeps `after`. */
  #keep(path: string, watcher: W, paths: Map<string, number>, before: number, after: number): void {
    if (after !== 0) {
      paths.set(path, after);
      if ((before & ~after & WatchMode.persistentRecursive) !== 0) {
        this.#leaveRecursive(path, watcher);
      }
      return;
    }
    paths.delete(path);
    if (paths.size === 0) this.#byWatcher.delete(watcher);
    this.#leave(path, watcher, before);
  }

  #enter(path: string, watcher: W): void {
    const crowd = this.#crowds.get(path);
    if (crowd !== undefined) {
      crowd.add(watcher);
      return;
    }
    const other = this.#alone.get(path);
    if (other === undefined) {
      this.#alone.set(path, watcher);
    } else {
      this.#alone.delete(path);
      this.#crowds.set(path, new Set([other, watcher]));
    }
  }

  #leave(path: string, watcher: W, modes: number): void {
    this.#count--;
    if ((modes & WatchMode.persistentRecursive) !== 0) this.#leaveRecursive(path, watcher);
    if (this.#alone.delete(path)) return;
    const crowd = this.#crowds.get(path);
    crowd?.delete(watcher);
    if (crowd?.size === 0) this.#crowds.delete(path);
  }

  #enterRecursive(path: string, watcher: W): void {
    const watchers = this.#recursive.get(path);
    if (watchers === undefined) this.#recursive.set(path, new Set([watcher]));
    else watchers.add(watcher);
  }

  #leaveRecursive(path: string, watcher: W): void {
    const watchers = this.#recursive.get(path);
    watchers?.delete(watcher);
    if (watchers?.size === 0) this.#recursive.delete(path);
  }
}
