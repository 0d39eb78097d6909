import type { ErrorCode } from '../jute/error-code.ts';
import type { Outbox } from '../jute/outbox.ts';
import type { LocalOperation } from '../jute/request.ts';
import type { Zxid } from '../zab/zxid.ts';
import type { Identity } from '../znode/acl.ts';
import type { Watcher } from '../znode/watch.ts';
import { ConnectionFigures } from './connection-figures.ts';
import type { LocalSession } from './local-sessions.ts';

/** What a client's connection offers to whoever answers it. */
export interface ClientLine {
  readonly outbox: Outbox;
  /** No further request is delivered until `resume`. */
  pause(): void;
  resume(): void;
  flush(): void;
  /** Once what is in the outbox has left. */
  close(): void;
}

/** A request that waits for its turn: replies leave in the order of the requests (reference §1.6). */
export type Waiting =
  | {
      readonly kind: 'write';
      readonly xid: number;
      readonly opcode: number;
      /** Opcodes of the parts of a multi: they decide the shape of its reply. */
      readonly parts: readonly number[] | undefined;
      readonly requestId: number;
      /** Of the body. */
      readonly bytes: number;
      readonly sinceMs: number;
    }
  | {
      readonly kind: 'sync';
      readonly xid: number;
      readonly path: string;
      readonly requestId: number;
      readonly sinceMs: number;
      /** Set by the leader's answer: what has to be applied first. */
      zxid: Zxid | undefined;
    }
  /**
   * A write behind a sync, not handed on before that is answered: the sync takes a round of PINGs, so the
   * write would be committed first, and reads between the two would see it.
   */
  | {
      readonly kind: 'held';
      readonly xid: number;
      readonly opcode: number;
      readonly parts: readonly number[] | undefined;
      readonly identities: readonly Identity[];
      readonly body: Buffer;
      readonly sinceMs: number;
      /** Whether it makes an ephemeral, for which a session has to be global. */
      readonly needsGlobal: boolean;
    }
  /** The end of a session that was local when its client asked for it: what is ahead may make it global. */
  | { readonly kind: 'close'; readonly request: Extract<Waiting, { kind: 'held' }> }
  | {
      readonly kind: 'local';
      readonly xid: number;
      readonly opcode: number;
      readonly sinceMs: number;
      readonly operation: LocalOperation;
      /** Those of the client when it asked. */
      readonly identities: readonly Identity[];
    }
  /** Waits for its turn, and then until all nodes are counted. */
  | {
      readonly kind: 'count';
      readonly xid: number;
      readonly path: string;
      readonly sinceMs: number;
      readonly identities: readonly Identity[];
    }
  /** A reply that only waits for its turn; `zxid` is `undefined` where it is the one of the moment. */
  | {
      readonly kind: 'answer';
      readonly xid: number;
      readonly zxid: Zxid | undefined;
      readonly code: ErrorCode;
      readonly closes: boolean;
    };

/** One connected client with a session: its identities, its watches and what it waits for. */
export class Client implements Watcher {
  readonly line: ClientLine;
  readonly connectionId: number;
  readonly sessionId: number;
  readonly figures = new ConnectionFigures();
  timeoutMs: number;
  readonly #local: LocalSession | undefined;
  /** Its member has no leader: it may only read (reference §9.7). */
  readonly isReadOnly: boolean;
  /** Grows with every successful auth; a list is never changed, since requests carry the one of their time. */
  identities: readonly Identity[];
  isOpen = true;
  isPaused = false;
  /** It has asked for the end of its local session: nothing counts that it says after that (reference §1.7). */
  isClosing = false;
  /** It could not say who it is: what it sends after that is not read, though the refusal may have to wait (reference §8.4). */
  isRefused = false;
  /** It was heard from since the leader was told last. */
  isTouched = false;
  /** There is something in its outbox that has not left. */
  isFilled = false;
  #waiting: Waiting[] = [];
  #head = 0;
  #syncs = 0;

  constructor(
    line: ClientLine,
    connectionId: number,
    session: { readonly sessionId: number; readonly timeoutMs: number },
    identities: readonly Identity[],
    {
      local,
      isReadOnly = false,
    }: { readonly local?: LocalSession | undefined; readonly isReadOnly?: boolean } = {},
  ) {
    this.line = line;
    this.connectionId = connectionId;
    this.sessionId = session.sessionId;
    this.timeoutMs = session.timeoutMs;
    this.identities = identities;
    this.#local = local;
    this.isReadOnly = isReadOnly;
  }

  /** Whether only this member knows its session, and the leader was not asked to know it either. */
  get isLocal(): boolean {
    return this.#local !== undefined && !this.#local.isUpgrading;
  }

  /** Whether what it says still counts. */
  get isHeard(): boolean {
    return this.isOpen && !this.isClosing && !this.isRefused;
  }

  /** Whether its session began as one that only this member knows, whatever has become of it. */
  get mayBeLocal(): boolean {
    return this.#local !== undefined;
  }

  get waiting(): number {
    return this.#waiting.length - this.#head;
  }

  get first(): Waiting | undefined {
    return this.#waiting[this.#head];
  }

  /** Whether a sync of this client waits for its answer. */
  get isSyncing(): boolean {
    return this.#syncs > 0;
  }

  push(request: Waiting): void {
    if (request.kind === 'sync') this.#syncs += 1;
    this.#waiting.push(request);
  }

  shift(): void {
    if (this.first?.kind === 'sync') this.#syncs -= 1;
    this.#head += 1;
    if (this.#head === this.#waiting.length) {
      this.#waiting.length = 0;
      this.#head = 0;
    } else if (this.#head > 1024) {
      this.#waiting.splice(0, this.#head);
      this.#head = 0;
    }
  }

  /** Hands on, in order, the writes that no sync is ahead of any more. */
  releaseHeld(handOn: (request: Extract<Waiting, { kind: 'held' }>) => Waiting): void {
    for (let at = this.#head; at < this.#waiting.length; at++) {
      const request = this.#waiting[at];
      if (request?.kind === 'sync') return;
      if (request?.kind === 'held') this.#waiting[at] = handOn(request);
    }
  }

  /**
   * Hands on, in order, whatever was not handed on yet: the client has gone, so no reply can be in the wrong order. The
   * end of a session that is still local takes nobody else.
   */
  releaseAll(handOn: (request: Extract<Waiting, { kind: 'held' }>) => Waiting): void {
    for (let at = this.#head; at < this.#waiting.length; at++) {
      const request = this.#waiting[at];
      if (request?.kind === 'held') this.#waiting[at] = handOn(request);
      if (request?.kind === 'close' && !this.isLocal) this.#waiting[at] = handOn(request.request);
    }
  }

  /** Sizes of the writes that it waits for. */
  *writtenBytes(): Iterable<number> {
    for (let at = this.#head; at < this.#waiting.length; at++) {
      const request = this.#waiting[at];
      if (request?.kind === 'write') yield request.bytes;
      if (request?.kind === 'held') yield request.body.length;
    }
  }

  *syncs(): Iterable<Extract<Waiting, { kind: 'sync' }>> {
    for (let at = this.#head; at < this.#waiting.length; at++) {
      const request = this.#waiting[at];
      if (request?.kind === 'sync') yield request;
    }
  }
}
