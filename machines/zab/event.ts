import type { LinkMessage, RecordRun, StreamMessage } from './message.ts';
import type { Notification } from './vote.ts';
import type { Zxid } from './zxid.ts';

/** Time reaches charts only as events: `nowMs` is the time the member lived, `wallMs` the clock on the wall. */
export interface Tick {
  readonly type: 'TICK';
  readonly nowMs: number;
  readonly wallMs: number;
  /** Sessions of this member's clients heard from since the last tick. */
  readonly touched: readonly number[];
}

/** Facts about links, told to leader and follower alike. */
export type LinkEvent =
  | {
      readonly type: 'LINK_DOWN';
      readonly peer: number;
      readonly link: number;
      readonly reason: string;
    }
  | { readonly type: 'STREAM_DOWN'; readonly leader: number; readonly reason: string }
  /** The bus knows that nobody listens at that member's subject any more. */
  | { readonly type: 'GONE'; readonly peer: number }
  /** The bus is there (again): what was said while it was not has reached nobody. */
  | { readonly type: 'BUS_UP' };

/** A message as the receiving actor gets it: with the link it came on. */
export type Received<M extends LinkMessage = LinkMessage> = M extends LinkMessage
  ? M & { readonly from: number; readonly link: number }
  : never;

type ToLeader =
  | 'FOLLOWERINFO'
  | 'OBSERVERINFO'
  | 'ACKEPOCH'
  | 'ACKNEWLEADER'
  | 'ACK'
  | 'PONG'
  | 'REQUEST'
  | 'SYNC'
  | 'REVALIDATE'
  | 'CREDIT';

export type LearnerMessage =
  | Received<Exclude<Extract<LinkMessage, { type: ToLeader }>, { type: 'REQUEST' }>>
  /** Stamped with the time it arrived: that becomes the time of its txns. */
  | (Received<Extract<LinkMessage, { type: 'REQUEST' }>> & { readonly wallMs: number });
export type LeaderMessage = Received<Exclude<LinkMessage, { type: ToLeader }>>;

export type ElectorEvent =
  | { readonly type: 'LOOK'; readonly zxid: Zxid; readonly currentEpoch: number }
  | { readonly type: 'NOTIFICATION'; readonly from: number; readonly notification: Notification }
  | { readonly type: 'GONE'; readonly peer: number }
  | { readonly type: 'BUS_UP' }
  /** The member has joined (or formed) that epoch: what to tell those who are still looking. */
  | { readonly type: 'SETTLED'; readonly epoch: number }
  /** It is part of no epoch any more, and does not look yet: what it has decided holds no longer. */
  | { readonly type: 'UNSETTLED' };

export type MemberEvent =
  | { readonly type: 'START' }
  | { readonly type: 'DRAINED' }
  | { readonly type: 'ELECTED'; readonly leader: number }
  | { readonly type: 'ESTABLISHED'; readonly epoch: number }
  | { readonly type: 'LOST'; readonly reason: string };

export type LoggerEvent =
  | {
      readonly type: 'APPEND';
      readonly run: RecordRun;
      readonly committedZxid: Zxid;
      readonly owner: 'leader' | 'follower';
    }
  | {
      readonly type: 'ADOPT';
      readonly keepThrough: Zxid;
      readonly runs: readonly RecordRun[];
      readonly currentEpoch: number;
      readonly committedZxid: Zxid;
      /** Whether the snapshot received before is to replace the tree. */
      readonly snapshot: boolean;
    }
  | {
      readonly type: 'SAVE_EPOCHS';
      readonly acceptedEpoch: number;
      readonly currentEpoch: number;
      readonly owner: 'leader' | 'follower';
    }
  | { readonly type: 'FLUSHED' }
  | { readonly type: 'DRAIN' };

export type LeaderEvent =
  | Tick
  | LinkEvent
  | LearnerMessage
  | { readonly type: 'LEAD' }
  | {
      readonly type: 'EPOCHS_SAVED';
      readonly acceptedEpoch: number;
      readonly currentEpoch: number;
    }
  | { readonly type: 'APPENDED'; readonly zxid: Zxid }
  /** What was gathered behind that proposal has waited long enough for more. */
  | { readonly type: 'WAITED'; readonly after: Zxid }
  | { readonly type: 'REPLAYED'; readonly through: Zxid }
  /** The synchronization stream to a learner has reached the durable end of the log. */
  | {
      readonly type: 'CAUGHT_UP';
      readonly peer: number;
      readonly link: number;
      readonly through: Zxid;
    }
  | { readonly type: 'ABANDON'; readonly reason: string };

export type FollowerEvent =
  | Tick
  | LinkEvent
  | LeaderMessage
  | { readonly type: 'FOLLOW'; readonly leader: number }
  | {
      readonly type: 'BROADCAST';
      readonly from: number;
      readonly stream: number;
      readonly sequence: number;
      readonly message: StreamMessage;
    }
  | {
      readonly type: 'EPOCHS_SAVED';
      readonly acceptedEpoch: number;
      readonly currentEpoch: number;
    }
  | { readonly type: 'PIECE_STORED'; readonly bytes: number }
  | { readonly type: 'ADOPTED' }
  | { readonly type: 'APPENDED'; readonly zxid: Zxid }
  | { readonly type: 'REPLAYED'; readonly through: Zxid }
  /** Requests of this member's own clients, to be forwarded. */
  | {
      readonly type: 'SUBMIT';
      readonly message: Extract<LinkMessage, { type: 'REQUEST' | 'SYNC' | 'REVALIDATE' }>;
    }
  | { readonly type: 'ABANDON'; readonly reason: string };
