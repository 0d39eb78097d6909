import type { LearnerMessage } from './event.ts';
import type { Zxid } from './zxid.ts';

/**
 * How far a learner has come with its leader:
 * `informed` said FOLLOWERINFO, `promised` acknowledged the epoch, `synchronizing` is being sent history,
 * `forwarding` was sent NEWLEADER and hears the stream, `synced` acknowledged NEWLEADER, `active` was told UPTODATE.
 */
export type LearnerStage =
  | 'informed'
  | 'promised'
  | 'synchronizing'
  | 'forwarding'
  | 'synced'
  | 'active';

/** How often an active learner hears on its own link, within the silence that ends it, that nothing is missing. */
export const HOLDS_PER_SILENCE = 3;

/** With what a learner comes. */
type LearnerInfo = Extract<LearnerMessage, { type: 'FOLLOWERINFO' | 'OBSERVERINFO' }>;

/** What the leader knows of one learner on one link. A new link of the same learner starts afresh. */
export class Learner {
  readonly member: number;
  readonly link: number;
  readonly role: 'follower' | 'observer';
  /**
   * Whether it counts to quorums: it follows, and is one of the voters as far as the leader knows. A member that was
   * told to observe counts no more, even before its leader has been told so (reference §9.6).
   */
  readonly votes: boolean;
  readonly acceptedEpoch: number;
  stage: LearnerStage = 'informed';
  /** It promised this epoch now, and not before (reference §11.3): counts to the quorum. */
  countsAsPromise = false;
  lastZxid: Zxid = 0;
  /** Where the history sent to it ends, and the stream takes over. */
  syncedThrough: Zxid = 0;
  /** Known to be on its disk. Counts from NEWLEADER's acknowledgement on (ZOOKEEPER-4685). */
  acked: Zxid = 0;
  lastHeardMs: number;
  /** When it acknowledged NEWLEADER. */
  syncedMs = 0;
  /** Last PING round it answered. */
  round = 0;
  /** When a beat was for its own link last. */
  #heldMs = 0;

  constructor(info: LearnerInfo, isVoter: boolean, nowMs: number) {
    this.member = info.from;
    this.link = info.link;
    this.role = info.type === 'FOLLOWERINFO' ? 'follower' : 'observer';
    this.votes = isVoter && this.role === 'follower';
    this.acceptedEpoch = info.acceptedEpoch;
    this.lastHeardMs = nowMs;
  }

  /**
   * Whether this beat is for its own link, too. A learner that is not active hears no stream yet; an active one takes
   * the link for broken when it has been silent for longer than `silenceMs`, and hears of it three times in that.
   */
  takesHold(nowMs: number, silenceMs: number): boolean {
    if (this.stage === 'active' && nowMs - this.#heldMs < silenceMs / HOLDS_PER_SILENCE)
      return false;
    this.#heldMs = nowMs;
    return true;
  }

  get isSynced(): boolean {
    return this.stage === 'synced' || this.stage === 'active';
  }
}
