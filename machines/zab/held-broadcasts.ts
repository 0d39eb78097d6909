import type { FollowerEvent } from './event.ts';

type Broadcast = Extract<FollowerEvent, { type: 'BROADCAST' }>;

/** Messages held before NEWLEADER says where to begin take so much memory at most. */
const HELD_BYTES_MAX = 64 * 1024 * 1024;

/** What a learner hears on its leader's stream while the history before it is still coming. */
export class HeldBroadcasts {
  #held: Broadcast[] = [];
  #bytes = 0;
  #firstSequence = 0;

  reset(): void {
    this.#held = [];
    this.#bytes = 0;
    this.#firstSequence = 0;
  }

  /**
   * Number of the first message that is at hand, or was when it came; 0 before any. From there on the link
   * vouches for every message.
   */
  get firstSequence(): number {
    return this.#firstSequence;
  }

  heard(sequence: number): void {
    if (this.#firstSequence === 0) this.#firstSequence = sequence;
  }

  hold(event: Broadcast): void {
    if (event.message.type === 'PING') return;
    this.#held.push(event);
    this.#bytes += bytesOf(event);
    // The oldest can go: what it proposed is on the leader's disk by the time the history ends.
    while (this.#bytes > HELD_BYTES_MAX) {
      const dropped = this.#held.shift();
      if (dropped === undefined) break;
      this.#bytes -= bytesOf(dropped);
      this.#firstSequence = dropped.sequence + 1;
    }
  }

  release(): Broadcast[] {
    const held = this.#held;
    this.#held = [];
    this.#bytes = 0;
    return held;
  }
}

function bytesOf(event: Broadcast): number {
  return event.message.type === 'PROPOSAL' ? event.message.run.bytes.length : 0;
}
