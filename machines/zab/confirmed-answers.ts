import type { LearnerAnswer } from './learners.ts';
import type { Zxid } from './zxid.ts';

interface Waiting {
  readonly member: number;
  /** What has to be committed before it is answered. */
  readonly zxid: Zxid;
  readonly round: number;
  readonly answer: LearnerAnswer;
}

/**
 * Answers that only a leader may give who still leads: that a session is no more, and how far a sync has to wait. Each
 * waits for a round of PINGs that a quorum has answered, which shows that the leader still led when it was asked,
 * and for the commit of all that it had proposed by then where that matters.
 */
export class ConfirmedAnswers {
  #waiting: Waiting[] = [];

  add(waiting: Waiting): void {
    this.#waiting.push(waiting);
  }

  get size(): number {
    return this.#waiting.length;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Takes out those that have waited long enough. */
  take(round: number, committed: Zxid): Waiting[] {
    const isDone = (waiting: Waiting) => waiting.round <= round && waiting.zxid <= committed;
    const done = this.#waiting.filter(isDone);
    if (done.length > 0) this.#waiting = this.#waiting.filter((waiting) => !isDone(waiting));
    return done;
  }
}
