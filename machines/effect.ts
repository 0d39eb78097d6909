import type {
  ElectorEvent,
  FollowerEvent,
  LeaderEvent,
  LoggerEvent,
  MemberEvent,
} from './zab/event.ts';
import type { LinkMessage, RecordRun, StreamMessage } from './zab/message.ts';
import type { Notification } from './zab/vote.ts';
import type { Zxid } from './zab/zxid.ts';
import type { Txn } from './znode/txn.ts';

/** As what a member serves its clients (reference §9.6). */
export type ServingRole = 'leader' | 'follower' | 'observer';

/** Orders that charts emit and the host carries out, in the order given. Plain data. */
export type Effect =
  | Tell
  /** An event for the leader itself, when that time has passed. Nobody takes it back. */
  | { readonly type: 'remind'; readonly afterMs: number; readonly event: LeaderEvent }
  // to the other members
  | { readonly type: 'vote'; readonly to: number | 'all'; readonly notification: Notification }
  | { readonly type: 'probe'; readonly peer: number }
  | { readonly type: 'open'; readonly peer: number; readonly link: number }
  | { readonly type: 'close'; readonly peer: number; readonly link: number }
  | {
      readonly type: 'send';
      readonly peer: number;
      readonly link: number;
      readonly message: LinkMessage;
    }
  /** The leader's stream of an epoch, to all who follow. */
  | { readonly type: 'openStream'; readonly stream: number }
  | { readonly type: 'publish'; readonly stream: number; readonly message: StreamMessage }
  | { readonly type: 'closeStream'; readonly stream: number }
  | { readonly type: 'followStream'; readonly leader: number; readonly stream: number }
  | { readonly type: 'unfollow' }
  // to the disk
  | {
      readonly type: 'append';
      readonly runs: readonly RecordRun[];
      readonly committedZxid: Zxid;
    }
  | {
      readonly type: 'adopt';
      readonly keepThrough: Zxid;
      readonly runs: readonly RecordRun[];
      readonly currentEpoch: number;
      readonly committedZxid: Zxid;
      readonly snapshot: boolean;
    }
  | {
      readonly type: 'saveEpochs';
      readonly acceptedEpoch: number;
      readonly currentEpoch: number;
    }
  | { readonly type: 'receiveSnapshot'; readonly zxid: Zxid }
  | { readonly type: 'storePiece'; readonly bytes: Uint8Array }
  | { readonly type: 'abortSnapshot' }
  // to the member's copy of the tree
  /** Apply what the durable log holds up to `through`; answered by REPLAYED. */
  | { readonly type: 'replay'; readonly by: 'leader' | 'follower'; readonly through: Zxid }
  | { readonly type: 'deliver'; readonly txns: readonly Txn[] }
  | { readonly type: 'answerSync'; readonly requestId: number; readonly zxid: Zxid }
  | { readonly type: 'answerRevalidate'; readonly requestId: number; readonly valid: boolean }
  | { readonly type: 'compareDigest'; readonly zxid: Zxid; readonly digest: number }
  // history to a learner
  | {
      readonly type: 'synchronize';
      readonly peer: number;
      readonly link: number;
      /** `diff`: records after `after`; `snapshot`: the last checkpoint and the records after it. */
      readonly mode: 'diff' | 'snapshot';
      readonly after: Zxid;
    }
  | {
      readonly type: 'credit';
      readonly peer: number;
      readonly link: number;
      readonly bytes: number;
    }
  | { readonly type: 'stopSynchronizing'; readonly peer: number; readonly link: number }
  // to the clients of the member
  | { readonly type: 'serve'; readonly role: ServingRole | 'read-only' }
  | { readonly type: 'cease'; readonly reason: string }
  | { readonly type: 'note'; readonly note: Note };

/** An event for another actor of the same member. */
export type Tell =
  | { readonly type: 'tell'; readonly to: 'member'; readonly event: MemberEvent }
  | { readonly type: 'tell'; readonly to: 'elector'; readonly event: ElectorEvent }
  | { readonly type: 'tell'; readonly to: 'leader'; readonly event: LeaderEvent }
  | { readonly type: 'tell'; readonly to: 'follower'; readonly event: FollowerEvent }
  | { readonly type: 'tell'; readonly to: 'logger'; readonly event: LoggerEvent };

/** Something a person may want to read: a sentence and its figures. */
export interface Note {
  readonly level: 'debug' | 'info' | 'warn';
  readonly text: string;
  readonly fields?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * What a chart emits: the effects of one transition, as one event. One emit a transition costs a third
 * of one per effect, and none of them leaves when a later action throws (DESIGN §3).
 */
export interface Orders {
  readonly type: 'orders';
  readonly effects: readonly Effect[];
}

export function orders(effects: readonly Effect[]): Orders {
  return { type: 'orders', effects };
}

export function tellMember(event: MemberEvent): Effect {
  return { type: 'tell', to: 'member', event };
}

export function note(level: Note['level'], text: string, fields?: Note['fields']): Effect {
  return { type: 'note', note: fields === undefined ? { level, text } : { level, text, fields } };
}

/** The epochs go to the disk in the order of everything else that does (reference §11.6). */
export function saveEpochs(
  epochs: Omit<Extract<LoggerEvent, { type: 'SAVE_EPOCHS' }>, 'type'>,
): Effect {
  return { type: 'tell', to: 'logger', event: { type: 'SAVE_EPOCHS', ...epochs } };
}
