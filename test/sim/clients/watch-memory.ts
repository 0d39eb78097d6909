import type { ClientRequest } from '../../history/request.ts';

const NO_NODE = -101;
const TYPE = { children: 1, data: 2, any: 3, persistent: 4, persistentRecursive: 5 } as const;
const EVENT = { created: 1, deleted: 2, dataChanged: 3, childrenChanged: 4 } as const;

/** The watches that a client library believes it has, to set them again on a new connection (reference §7.5). */
export class WatchMemory {
  readonly #data = new Set<string>();
  readonly #exist = new Set<string>();
  readonly #child = new Set<string>();
  readonly #persistent = new Set<string>();
  readonly #recursive = new Set<string>();

  get isEmpty(): boolean {
    return this.#data.size + this.#exist.size + this.#child.size === 0 && !this.#hasPersistent;
  }

  get #hasPersistent(): boolean {
    return this.#persistent.size + this.#recursive.size > 0;
  }

  answered(request: ClientRequest, code: number): void {
    if (request.op === 'addWatch' && code === 0) {
      (request.recursive ? this.#recursive : this.#persistent).add(request.path);
    }
    if (request.op === 'removeWatches' && code === 0) this.#remove(request.path, request.type);
    if (!('watch' in request) || !request.watch) return;
    if (request.op === 'exists' && code === NO_NODE) this.#exist.add(request.path);
    else if (code !== 0) return;
    else if (request.op === 'exists' || request.op === 'getData') this.#data.add(request.path);
    else this.#child.add(request.path);
  }

  notified(kind: number, path: string): void {
    if (kind === EVENT.childrenChanged || kind === EVENT.deleted) this.#child.delete(path);
    if (kind === EVENT.childrenChanged) return;
    this.#data.delete(path);
    this.#exist.delete(path);
  }

  request(relativeZxid: number): ClientRequest {
    const data = [...this.#data];
    const exist = [...this.#exist];
    const child = [...this.#child];
    const standard = { op: 'setWatches', relativeZxid, data, exist, child } as const;
    if (!this.#hasPersistent) return standard;
    const persistent = [...this.#persistent];
    return { ...standard, persistent, persistentRecursive: [...this.#recursive] };
  }

  #remove(path: string, type: number): void {
    if (type === TYPE.children || type === TYPE.any) this.#child.delete(path);
    if (type === TYPE.data || type === TYPE.any) {
      this.#data.delete(path);
      this.#exist.delete(path);
    }
    if (type === TYPE.persistent || type === TYPE.any) this.#persistent.delete(path);
    if (type === TYPE.persistentRecursive || type === TYPE.any) this.#recursive.delete(path);
  }
}
