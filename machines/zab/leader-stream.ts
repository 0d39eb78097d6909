import type { Effect } from '../effect.ts';
import type { StreamMessage } from './message.ts';

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

  /** Every PING is a round of its own; it carries the digest of the leader's tree (reference §10.5). */
  ping(applied: { readonly appliedZxid: number; readonly digest: number }): Effect {
    this.round += 1;
    const { appliedZxid: zxid, digest } = applied;
    return this.publish({ type: 'PING', round: this.round, zxid, digest });
  }
}
