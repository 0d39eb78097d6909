import type { Random } from '../sim/world/random.ts';

/** Everything that a script does lies below this node. */
export const ROOT = '/r';

/**
 * The names say what is done to a node, so that a known difference can be told by the path: `sealed` nodes alone have
 * ACLs without READ; on `pers` and `rec` there are persistent and recursive watches and no others, on `mixed` of all kinds.
 */
const NAMES = ['a', 'b', 'c', 'a', 'b', 'c', 'd', 'é漢', 'sealed', 'pers', 'rec', 'mixed'];
const SEQUENTIAL = ['s-', 'a', '', 'b'];

/** Not paths at all (reference §6.1, §16 42). */
const BAD_PATHS = [
  '',
  'a',
  '//',
  '/r/',
  '/r//b',
  '/r/a/',
  '/q//b',
  '//r',
  '/r/./b',
  '/r/..',
  '/r/.',
  '/.',
  '/r/a\0',
  '/r/\u0001',
  '/r/\u001f/a',
  '/r/\u007f',
  '/r/\u009f',
  '/r/\ud83d\ude00',
  '/r/\uf000',
  '/r/\uf8ff',
  '/r/\ufff0',
  'r/a',
];
/** Paths after all. */
const ODD_PATHS = ['/r/...', '/r/.a', '/r/a.', '/r/ ', '/r/\u00a0'];

export type WatchKind = 'standard' | 'persistent' | 'recursive' | 'mixed';

export function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

export function isSealed(path: string): boolean {
  return lastName(path) === 'sealed';
}

/** Which watches a script sets on the path. */
export function watchKindOf(path: string): WatchKind {
  switch (lastName(path)) {
    case 'pers':
      return 'persistent';
    case 'rec':
      return 'recursive';
    case 'mixed':
      return 'mixed';
    default:
      return 'standard';
  }
}

/**
 * ZooKeeper knows the root under two names, whose watches are not the same, and writes surrogates in no UTF-8: what
 * it says of such watches cannot be compared (reference §2, §6.3).
 */
export function mayBeWatched(path: string): boolean {
  return path.startsWith('/') && !/[\ud800-\udfff]/.test(path);
}

/** Chooses paths: mostly of nodes that should be there by now. */
export class Places {
  readonly #random: Random;
  readonly #made: string[] = [];

  constructor(random: Random) {
    this.#random = random;
  }

  /** For anything but a create. */
  path(): string {
    const dice = this.#random.next();
    if (dice < 0.04) return ROOT;
    if (dice < 0.09) return this.sequence();
    if (dice < 0.12) return this.odd();
    return this.#made.length > 0 && dice < 0.75 ? this.#random.pick(this.#made) : this.fresh();
  }

  /** For a create: below something that may be there. */
  fresh(): string {
    const random = this.#random;
    if (random.chance(0.02)) return random.pick(ODD_PATHS);
    return `${this.#parent()}/${random.pick(NAMES)}`;
  }

  /** For a sequential create. */
  prefix(): string {
    return `${this.#parent()}/${this.#random.pick(SEQUENTIAL)}`;
  }

  /** What a sequential create may have made. */
  sequence(): string {
    const number = String(this.#random.below(8)).padStart(10, '0');
    return `${this.#parent()}/${this.#random.pick(SEQUENTIAL)}${number}`;
  }

  bad(): string {
    return this.#random.pick(BAD_PATHS);
  }

  odd(): string {
    return this.#random.chance(0.6)
      ? this.bad()
      : this.#random.pick([...ODD_PATHS, '/', '/nowhere/a']);
  }

  /** A path on which these watches are set, or on which all are. */
  watched(kind: WatchKind): string {
    for (let tries = 0; tries < 20; tries += 1) {
      const path = this.#random.chance(0.5) ? this.path() : this.fresh();
      if (watchKindOf(path) === kind && mayBeWatched(path)) return path;
    }
    const name = { standard: 'a', persistent: 'pers', recursive: 'rec', mixed: 'mixed' }[kind];
    return `${ROOT}/${name}`;
  }

  /** A create was asked for, which may have worked. */
  made(path: string): void {
    if (!this.#made.includes(path)) this.#made.push(path);
  }

  /** A delete was asked for. */
  gone(path: string): void {
    const at = this.#made.indexOf(path);
    if (at >= 0 && this.#random.chance(0.7)) this.#made.splice(at, 1);
  }

  #parent(): string {
    const short = this.#made.filter((path) => path.split('/').length < 5);
    return short.length > 0 && this.#random.chance(0.45) ? this.#random.pick(short) : ROOT;
  }
}
