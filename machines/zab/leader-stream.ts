import type { Effect } from '../effect.ts';
import type { StreamMessage } from './message.ts';
import type { ReplicatedState } from './replicated-state.ts';

type Applied = Pick<ReplicatedState, 'appliedZxid' | 'digest'>;

/** What a leader publishes for all in one epoch. Counts its messages as the bus does: NEWLEADER names one of them. */
export class LeaderStream {
  readonly epoch: number;
  /** Number of the last message. */
  sequence = 0;
  /** Last round of PINGs. */
  round = 0;

  constructor(epoch: number) {
    this.epoch = epoch;
  }

  open(): Effect {
    return { type: 'openStream', stream: this.epoch };
  }

  close(): Effect {
    return { type: 'closeStream', stream: this.epoch };
  }

  publish(message: StreamMessage): Effect {
    this.sequence += 1;
    return { type: 'publish', stream: this.epoch, message };
  }

  /** Begins a round of PINGs, which all who follow answer at once. */
  ask(applied: Applied): Effect {
    this.round += 1;
    return this.beat(applied);
  }

  /** A sign of life, of the last round; it carries the digest of the leader's tree (reference §10.5). */
  beat({ appliedZxid: zxid, digest }: Applied): Effect {
    return this.publish({ type: 'PING', round: this.round, zxid, digest });
  }
}
