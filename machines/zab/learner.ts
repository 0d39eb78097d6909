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

/** What the leader knows of one learner on one link. A new link of the same learner starts afresh. */
export class Learner {
  readonly member: number;
  readonly link: number;
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

  constructor(member: number, link: number, acceptedEpoch: number, nowMs: number) {
    this.member = member;
    this.link = link;
    this.acceptedEpoch = acceptedEpoch;
    this.lastHeardMs = nowMs;
  }

  get isSynced(): boolean {
    return this.stage === 'synced' || this.stage === 'active';
  }
}
