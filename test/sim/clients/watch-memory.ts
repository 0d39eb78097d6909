import type { ClientRequest } from '../../history/request.ts';

const NO_NODE = -101;
const EVENT = { created: 1, deleted: 2, dataChanged: 3, childrenChanged: 4 } as const;

/** The watches that a client library believes it has, to set them again on a new connection (reference §7.5). */
export class WatchMemory {
  readonly #data = new Set<string>();
  readonly #exist = new Set<string>();
  readonly #child = new Set<string>();

  get isEmpty(): boolean {
    return this.#data.size + this.#exist.size + this.#child.size === 0;
  }

  answered(request: ClientRequest, code: number): void {
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
    return { op: 'setWatches', relativeZxid, data, exist, child };
  }
}
