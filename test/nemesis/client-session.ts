import type { ClientRequest } from '../history/request.ts';

const CODE_NO_NODE = -101;
const KIND = { created: 1, deleted: 2, dataChanged: 3, childrenChanged: 4 } as const;

/** What a client keeps of its session from one connection to the next. */
export class ClientSession {
  /** 0 until a member has made it. */
  id = 0;
  password = Buffer.alloc(16);
  readonly requestedTimeoutMs: number;
  lastZxidSeen = 0;
  isAuthenticated = false;
  readonly #data = new Set<string>();
  readonly #exist = new Set<string>();
  readonly #child = new Set<string>();
  #xid = 0;

  constructor(requestedTimeoutMs: number) {
    this.requestedTimeoutMs = requestedTimeoutMs;
  }

  /** Counts on over the connections of the session, as clients do. */
  nextXid(): number {
    this.#xid += 1;
    return this.#xid;
  }

  /** Remembers what the reply has registered (reference §7.2). */
  learn(request: ClientRequest, code: number): void {
    switch (request.op) {
      case 'getData':
        if (request.watch && code === 0) this.#data.add(request.path);
        return;
      case 'exists':
        if (request.watch && code === 0) this.#data.add(request.path);
        if (request.watch && code === CODE_NO_NODE) this.#exist.add(request.path);
        return;
      case 'getChildren':
      case 'getChildren2':
        if (request.watch && code === 0) this.#child.add(request.path);
        return;
      case 'auth':
        if (code === 0) this.isAuthenticated = true;
        return;
      default:
    }
  }

  /** A watch fires once. */
  notified(kind: number, path: string): void {
    if (kind === KIND.childrenChanged) {
      this.#child.delete(path);
      return;
    }
    this.#data.delete(path);
    this.#exist.delete(path);
    if (kind === KIND.deleted) this.#child.delete(path);
  }

  /** What a client sends first on a new connection (reference §7.5). */
  watches(): ClientRequest | undefined {
    if (this.#data.size + this.#exist.size + this.#child.size === 0) return undefined;
    return {
      op: 'setWatches',
      relativeZxid: this.lastZxidSeen,
      data: [...this.#data],
      exist: [...this.#exist],
      child: [...this.#child],
    };
  }
}
