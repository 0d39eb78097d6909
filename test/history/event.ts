import type { ClientRequest, ClientResult } from './request.ts';

/**
 * What happened, as somebody outside the members sees it, one event after the other. The simulator makes it while
 * it runs; a run on real processes writes down what its clients saw, and reads what the members delivered out of
 * their logs afterwards. Plain data: every event is one line of JSON.
 *
 * Order: the events of one connection stand in the order in which the client saw them, those of one member in the
 * order in which they happened. `delivered` events may stand before the client events that belong to them, never
 * after: a checker may ask for the record of a zxid that a client was shown, and may not conclude from a record that
 * its time has come. `atMs` is the one clock of all events.
 */
export type HistoryEvent = { readonly atMs: number } & Happening;

export type Happening = ClientHappening | MemberHappening | RunHappening;

/** A connection is a number that is never used again; a session may live on several, one after the other. */
export type ClientHappening =
  | {
      readonly type: 'connected';
      readonly connection: number;
      readonly session: number;
      readonly member: number;
      readonly timeoutMs: number;
      /** Whether the session went on from an earlier connection. */
      readonly resumed: boolean;
      /** The newest zxid that the client said, in its handshake, that it had seen. */
      readonly lastZxidSeen?: number;
      /** The member has no leader, and serves reads alone (reference §9.7). */
      readonly isReadOnly?: boolean;
      /** When the client asked; missing where nobody wrote it down. */
      readonly askedMs?: number;
    }
  /** The member says that the session is over (reference §1.2: session id 0). */
  | {
      readonly type: 'refused';
      readonly connection: number;
      readonly session: number;
      readonly member: number;
      /** When the client asked; missing where nobody wrote it down. */
      readonly askedMs?: number;
    }
  | {
      readonly type: 'invoke';
      readonly connection: number;
      readonly session: number;
      readonly xid: number;
      readonly request: ClientRequest;
    }
  | {
      readonly type: 'reply';
      readonly connection: number;
      readonly session: number;
      readonly xid: number;
      /** Of the header: the txn's own for a write, what the member had applied for a read. */
      readonly zxid: number;
      /** 0, or the error. */
      readonly code: number;
      readonly result: ClientResult;
    }
  /** A watch event (reference §7.1). */
  | {
      readonly type: 'notified';
      readonly connection: number;
      readonly session: number;
      readonly zxid: number;
      readonly kind: number;
      readonly path: string;
    }
  /** The connection has ended, whoever ended it: what was asked and not answered is unknown for ever. */
  | { readonly type: 'disconnected'; readonly connection: number; readonly session: number };

export type MemberHappening =
  /** `zxid`: of the checkpoint that it starts from. */
  | {
      readonly type: 'started';
      readonly member: number;
      readonly incarnation: number;
      readonly zxid?: number;
      /** Missing where nobody has ever taken or given a vote. */
      readonly votes?: boolean;
    }
  | { readonly type: 'crashed'; readonly member: number }
  /** It lost its directory: it starts as a new member would. */
  | { readonly type: 'wiped'; readonly member: number }
  /** A committed txn was applied, or applied again when a member replays its log after a start. */
  | ({ readonly type: 'delivered'; readonly member: number } & DeliveredTxn)
  /** A snapshot took the place of everything that the member had. */
  | { readonly type: 'installed'; readonly member: number; readonly zxid: number }
  | {
      readonly type: 'digest';
      readonly member: number;
      readonly zxid: number;
      readonly digest: number;
    }
  /** What is on the disk of a member after an order to it is done. */
  | {
      readonly type: 'durable';
      readonly member: number;
      readonly order: string;
      readonly lastZxid: number;
      readonly acceptedEpoch: number;
      readonly currentEpoch: number;
      readonly treeZxid: number;
    }
  /** A message between members leaves. `to` is missing where it is for all. */
  | ({ readonly type: 'message'; readonly from: number; readonly to?: number } & MessageSeen)
  /** What the member says to people. */
  | {
      readonly type: 'note';
      readonly member: number;
      readonly level: string;
      readonly text: string;
    }
  | {
      readonly type: 'state';
      readonly member: number;
      readonly actor: string;
      /** The event that the chart was told. */
      readonly on: string;
      readonly state: string;
    };

export interface DeliveredTxn {
  readonly zxid: number;
  /** Of the client's request: 0 where none is behind it. For createSession the id of the new session. */
  readonly session: number;
  readonly cxid: number;
  /** The leader's wall clock when it made the txn, ms since 1970. */
  readonly timeMs: number;
  /** `create`, `delete`, `setData`, `setAcl`, `multi`, `createSession`, `closeSession`, `error` … */
  readonly kind: string;
  /**
   * What the request was refused with: code of an error txn, or of the part for which a multi failed; 0 for none. From
   * nothing else can be known that a session had moved.
   */
  readonly code?: number;
  /** Timeout that a createSession grants, ms. */
  readonly timeoutMs?: number;
  /** Ephemerals that a closeSession takes with it; the node that the leader deletes by itself, session 0. */
  readonly paths?: readonly string[];
  /** What a setConfig makes of the config node. */
  readonly config?: string;
  /** Checksum of the record's bytes: the same txn is the same everywhere. */
  readonly sum: number;
}

export interface MessageSeen {
  readonly message: string;
  readonly epoch?: number;
  /** The zxid that the message is about: acknowledged, committed, last of the sender's history … */
  readonly zxid?: number;
  /** Records that it carries, in order: zxid and checksum of each. */
  readonly records?: readonly (readonly [zxid: number, sum: number])[];
  /** Anything else worth a look in a trace. */
  readonly note?: string;
}

export type RunHappening =
  /** Faults; then everything is put right; then the ensemble must serve; then it is looked at. */
  | { readonly type: 'phase'; readonly phase: 'safety' | 'healing' | 'liveness' | 'end' }
  | {
      readonly type: 'fault';
      readonly kind: string;
      readonly member?: number;
      readonly note?: string;
    }
  | {
      readonly type: 'repaired';
      readonly kind: string;
      readonly member?: number;
      readonly note?: string;
    };
