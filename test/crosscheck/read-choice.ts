import type { Random } from '../sim/world/random.ts';
import type { OperationName } from './operation.ts';
import { mayBeWatched, type Places, watchKindOf } from './place.ts';
import { type Request, requestValue, type Value } from './request.ts';

const PREFIXES = ['/', '/r', '/r/a', '/r/b', '', '/r/s', '/nowhere', null];
const SYSTEM_PATHS = ['/', '', '/zookeeper', '/zookeeper/quota', '/zookeeper/config'];
/** Its last name is two surrogates, which sync only echoes. */
const NO_UTF8 = '/r/\ud83d\ude00';
const READS = ['exists', 'exists', 'getData', 'getData', 'getChildren', 'getChildren2'] as const;

/** Chooses requests that only read; some set a watch. */
export class ReadChoice {
  readonly #random: Random;
  readonly #places: Places;

  constructor(random: Random, places: Places) {
    this.#random = random;
    this.#places = places;
  }

  next(): Request {
    const random = this.#random;
    const dice = random.next();
    if (dice < 0.1) return { op: 'getAcl', fields: { path: this.#places.path() } };
    if (dice < 0.14) {
      const dice = random.next();
      const path = dice < 0.1 ? NO_UTF8 : dice < 0.2 ? this.#places.odd() : this.#places.path();
      return { op: 'sync', fields: { path } };
    }
    if (dice < 0.17) return { op: 'ping', fields: {} };
    if (dice < 0.21) {
      const path = random.chance(0.2) ? random.pick(SYSTEM_PATHS) : this.#places.path();
      return { op: 'getAllChildrenNumber', fields: { path } };
    }
    if (dice < 0.25) {
      return { op: 'getEphemerals', fields: { path: random.pick<Value>(PREFIXES) } };
    }
    if (dice < 0.27) return { op: 'whoAmI', fields: {} };
    if (dice < 0.32) return this.#multiRead();
    return this.#read();
  }

  #read(): Request {
    const random = this.#random;
    const path = random.chance(0.06) ? random.pick(SYSTEM_PATHS) : this.#places.path();
    return { op: random.pick<OperationName>(READS), fields: { path, watch: this.#watches(path) } };
  }

  /** Kinds of watches meet on one path only where that is a known difference. */
  #watches(path: string): boolean {
    if (!mayBeWatched(path)) return false;
    const kind = watchKindOf(path);
    return (kind === 'standard' || kind === 'mixed') && this.#random.chance(0.4);
  }

  #multiRead(): Request {
    const random = this.#random;
    const parts = Array.from({ length: random.below(5) }, (): Value => {
      const op = random.pick(['getData', 'getChildren'] as const);
      return requestValue({ op, fields: { path: this.#places.path(), watch: false } });
    });
    if (random.chance(0.06)) {
      const op = random.pick(['exists', 'getChildren2', 'delete', 'setData'] as const);
      const path = this.#places.path();
      parts.push(requestValue({ op, fields: { path, watch: false, version: -1, data: null } }));
    }
    return { op: 'multiRead', fields: { parts } };
  }
}
