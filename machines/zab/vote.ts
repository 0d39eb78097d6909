import type { Zxid } from './zxid.ts';

/**
 * What a member of the ensemble says it is doing (reference §11.1). Who says `observing` has no vote: it looks for the
 * leader that others have elected, and asks who that is.
 */
export const PeerState = { looking: 0, following: 1, leading: 2, observing: 3 } as const;
export type PeerState = (typeof PeerState)[keyof typeof PeerState];

/** A candidate and the history it stands for. */
export interface Vote {
  readonly leader: number;
  readonly zxid: Zxid;
  /** currentEpoch of the candidate; of a member that has settled, the epoch it is in. */
  readonly peerEpoch: number;
}

/** What electors tell each other (reference §11.2). */
export interface Notification extends Vote {
  readonly state: PeerState;
  /** Logical clock of the election: notifications of earlier rounds are stale. */
  readonly round: number;
}

/** Vote order: higher epoch, then higher zxid, then higher server id. */
export function beats(one: Vote, other: Vote): boolean {
  if (one.peerEpoch !== other.peerEpoch) return one.peerEpoch > other.peerEpoch;
  if (one.zxid !== other.zxid) return one.zxid > other.zxid;
  return one.leader > other.leader;
}

export function sameVote(one: Vote, other: Vote): boolean {
  return (
    one.leader === other.leader && one.zxid === other.zxid && one.peerEpoch === other.peerEpoch
  );
}

const VERSION = 1;
const BYTES = 1 + 1 + 8 * 4;

export function encodeNotification(notification: Notification): Buffer {
  const bytes = Buffer.allocUnsafe(BYTES);
  bytes[0] = VERSION;
  bytes[1] = notification.state;
  bytes.writeDoubleBE(notification.leader, 2);
  bytes.writeDoubleBE(notification.zxid, 10);
  bytes.writeDoubleBE(notification.peerEpoch, 18);
  bytes.writeDoubleBE(notification.round, 26);
  return bytes;
}

function isPeerState(state: number | undefined): state is PeerState {
  return Object.values(PeerState).some((known) => known === state);
}

/** `undefined` for bytes that are no notification of this version: an election survives losing one. */
export function decodeNotification(bytes: Buffer): Notification | undefined {
  if (bytes.length !== BYTES || bytes[0] !== VERSION) return undefined;
  const state = bytes[1];
  if (!isPeerState(state)) return undefined;
  return {
    state,
    leader: bytes.readDoubleBE(2),
    zxid: bytes.readDoubleBE(10),
    peerEpoch: bytes.readDoubleBE(18),
    round: bytes.readDoubleBE(26),
  };
}
