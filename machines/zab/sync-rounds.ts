import type { Zxid } from './zxid.ts';

interface Asked {
  readonly member: number;
  readonly requestId: number;
  readonly zxid: Zxid;
  readonly round: number;
}

/**
 * Syncs that wait: for a round of PINGs that a quorum has answered, which shows that the leader still led
 * when it was asked, and for the commit of all it had proposed by then.
 */
export class SyncRounds {
  #waiting: Asked[] = [];

  ask(asked: Asked): void {
    this.#waiting.push(asked);
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Takes out those that have waited long enough. */
  take(round: number, committed: Zxid): Asked[] {
    const isDone = (asked: Asked) => asked.round <= round && asked.zxid <= committed;
    const done = this.#waiting.filter(isDone);
    if (done.length > 0) this.#waiting = this.#waiting.filter((asked) => !isDone(asked));
    return done;
  }
}
