import type { Random } from '../sim/world/random.ts';
import { isSealed, type Places } from './place.ts';
import type { Request } from './request.ts';

const ANY = 3;
/** Children, Data, Any (reference §3.8). */
const TYPES = [1, 2, ANY, ANY];
/** Since 3.9.0: Persistent, PersistentRecursive. */
const LATER_TYPES = [4, 5];
const NO_TYPES = [0, 6, -1, 99];
const NO_MODES = [2, -1, 99];
const PERSISTENT = 0;
const RECURSIVE = 1;

/** Chooses requests that are about watches alone. */
export class WatchChoice {
  readonly #random: Random;
  readonly #places: Places;

  constructor(random: Random, places: Places) {
    this.#random = random;
    this.#places = places;
  }

  next(): Request {
    const dice = this.#random.next();
    if (dice < 0.35) return this.#addWatch();
    if (dice < 0.55) return this.#byType('removeWatches');
    if (dice < 0.7) return this.#byType('checkWatches');
    return this.rearm();
  }

  /** As a client does it after it has come back; or at any time. */
  rearm(): Request {
    const random = this.#random;
    const relative = random.pick(['last', 'last', 'last', 'zero', 'ahead']);
    const standard = () => this.#some(() => this.#places.watched('standard'));
    const fields = { relative, data: standard(), exist: standard(), child: standard() };
    if (random.chance(0.5)) return { op: 'setWatches', fields };
    const persistent = this.#some(() => this.#places.watched('persistent'));
    const recursive = this.#some(() => this.#places.watched('recursive'));
    return { op: 'setWatches2', fields: { ...fields, persistent, recursive } };
  }

  #addWatch(): Request {
    const random = this.#random;
    const dice = random.next();
    if (dice < 0.04) {
      return { op: 'addWatch', fields: { path: '/r/a', mode: random.pick(NO_MODES) } };
    }
    if (dice < 0.2) {
      const mode = random.pick([PERSISTENT, RECURSIVE]);
      return { op: 'addWatch', fields: { path: this.#places.watched('mixed'), mode } };
    }
    const mode = random.pick([PERSISTENT, RECURSIVE]);
    const kind = mode === PERSISTENT ? 'persistent' : 'recursive';
    return { op: 'addWatch', fields: { path: this.#places.watched(kind), mode } };
  }

  #byType(op: 'removeWatches' | 'checkWatches'): Request {
    const random = this.#random;
    const dice = random.next();
    const kind = random.pick(['standard', 'standard', 'persistent', 'recursive', 'mixed'] as const);
    const path = this.#places.watched(kind);
    // Whether there is a watch on a sealed node is not the same on both, as exists is not.
    if (isSealed(path) || dice < 0.05) {
      return { op, fields: { path: '/r/a', type: random.pick(NO_TYPES) } };
    }
    if (kind === 'mixed')
      return { op, fields: { path, type: random.pick([...TYPES, ...LATER_TYPES]) } };
    return { op, fields: { path, type: kind === 'standard' ? random.pick(TYPES) : ANY } };
  }

  #some(path: () => string): string[] {
    return Array.from({ length: this.#random.pick([0, 0, 1, 1, 2, 4]) }, path);
  }
}
