import type { Zxid } from './zxid.ts';

/** A run of consecutive txn records, as it is logged and proposed: each record behind its own uint32 length. */
export interface RecordRun {
  readonly firstZxid: Zxid;
  readonly lastZxid: Zxid;
  readonly count: number;
  readonly bytes: Uint8Array;
}

/** A write on its way from the member whose client asked to the leader (reference §10.1). */
export interface ForwardedRequest {
  /** The sending member's own number of the request; rises by one from request to request. */
  readonly requestId: number;
  readonly sessionId: number;
  /** The session is known to the sending member alone; absent, it is one that the leader knows (reference §9.5). */
  readonly isLocal?: boolean;
  readonly cxid: number;
  readonly opcode: number;
  /** Who the connection is, as its own server sees it: ACLs are checked on the leader (reference §16 94, 95). */
  readonly identities: readonly { readonly scheme: string; readonly id: string }[];
  /** The request body as the client sent it. */
  readonly body: Uint8Array;
}

/** Messages of a link between a learner and its leader, in the words of reference §11.1. */
export type LinkMessage =
  // learner to leader
  | { readonly type: 'FOLLOWERINFO'; readonly acceptedEpoch: number }
  /** The same of a learner that has no vote: nothing that it says counts to a quorum (reference §9.6). */
  | { readonly type: 'OBSERVERINFO'; readonly acceptedEpoch: number }
  /** currentEpoch is -1 where the epoch had been promised before: it does not count again (reference §11.3). */
  | { readonly type: 'ACKEPOCH'; readonly currentEpoch: number; readonly lastZxid: Zxid }
  | { readonly type: 'ACKNEWLEADER'; readonly epoch: number }
  /** Everything up to `zxid` is on the learner's disk. */
  | { readonly type: 'ACK'; readonly zxid: Zxid }
  | { readonly type: 'PONG'; readonly round: number; readonly touched: readonly number[] }
  | { readonly type: 'REQUEST'; readonly requests: readonly ForwardedRequest[] }
  | { readonly type: 'SYNC'; readonly requestId: number }
  | {
      readonly type: 'REVALIDATE';
      readonly requestId: number;
      readonly sessionId: number;
      readonly timeoutMs: number;
      readonly password: Uint8Array;
    }
  /** The learner has taken in that many bytes of the synchronization stream. */
  | { readonly type: 'CREDIT'; readonly bytes: number }
  // leader to learner
  /** The leader is there. As the next number on the link it shows the learner that nothing before it is missing. */
  | { readonly type: 'HOLD' }
  | { readonly type: 'LEADERINFO'; readonly epoch: number }
  /** History after `keepThrough` follows; whatever the learner has after it goes. */
  | { readonly type: 'DIFF'; readonly keepThrough: Zxid }
  | { readonly type: 'TRUNC'; readonly keepThrough: Zxid }
  | { readonly type: 'SNAP'; readonly zxid: Zxid }
  | { readonly type: 'PIECE'; readonly bytes: Uint8Array }
  | { readonly type: 'RECORDS'; readonly run: RecordRun }
  /**
   * End of the history: it ends at `lastZxid`, and everything after it comes on the leader's stream
   * behind message number `sequence`. Up to `committedZxid` it is known to be committed.
   */
  | {
      readonly type: 'NEWLEADER';
      readonly epoch: number;
      readonly lastZxid: Zxid;
      readonly committedZxid: Zxid;
      readonly sequence: number;
    }
  | { readonly type: 'UPTODATE'; readonly committedZxid: Zxid }
  /** Answer to SYNC: whoever has applied up to `zxid` has seen all that was committed when it was asked. */
  | { readonly type: 'SYNCED'; readonly requestId: number; readonly zxid: Zxid }
  | {
      readonly type: 'REVALIDATED';
      readonly requestId: number;
      readonly valid: boolean;
    };

/** Messages that a leader publishes once for all who follow. */
export type StreamMessage =
  | { readonly type: 'PROPOSAL'; readonly run: RecordRun }
  | { readonly type: 'COMMIT'; readonly zxid: Zxid }
  /** Digest of the leader's tree when it had applied exactly `zxid`, to compare (reference §10.5). */
  | {
      readonly type: 'PING';
      readonly round: number;
      readonly zxid: Zxid;
      readonly digest: number;
    };

export type Message = LinkMessage | StreamMessage;
