import { type Effect, note, saveEpochs } from '../effect.ts';
import type { HistoryView } from './history.ts';
import type { Learner } from './learner.ts';
import { type Learners, toLearner } from './learners.ts';
import type { LinkMessage } from './message.ts';
import { hex, type Zxid } from './zxid.ts';

/** What ACKEPOCH says. */
interface Promised {
  readonly currentEpoch: number;
  readonly lastZxid: Zxid;
}

/**
 * How a leader finds an epoch that a quorum has promised to nobody yet, and makes sure that nobody in that quorum knows
 * more than it does (reference §11.3). One for each attempt to lead.
 */
export class Discovery {
  readonly #history: HistoryView;
  readonly #learners: Learners;
  /** 0 until one is proposed. */
  #epoch = 0;
  /** The leader's own promise of the epoch is on its disk. */
  #isPromised = false;
  /** A quorum has promised the epoch. */
  #hasPromises = false;

  constructor(history: HistoryView, learners: Learners) {
    this.#history = history;
    this.#learners = learners;
  }

  get epoch(): number {
    return this.#epoch;
  }

  welcome(learner: Learner): Effect[] {
    const effects = this.#learners.add(learner);
    if (this.#isPromised) effects.push(toLearner(learner, this.#leaderInfo()));
    return effects;
  }

  get hasEpochQuorum(): boolean {
    return this.#learners.isQuorum(() => true);
  }

  proposeEpoch(): Effect[] {
    const { epochs } = this.#history;
    let highest = epochs.acceptedEpoch;
    for (const learner of this.#learners) {
      if (learner.votes) highest = Math.max(highest, learner.acceptedEpoch);
    }
    this.#epoch = highest + 1;
    return [this.#saveEpochs(epochs.currentEpoch)];
  }

  inviteLearners(): Effect[] {
    this.#isPromised = true;
    return [...this.#learners].map((learner) => toLearner(learner, this.#leaderInfo()));
  }

  /** A learner that promised a later epoch to someone can never join this one: it takes a new election. */
  isOutpromisedBy(acceptedEpoch: number): boolean {
    return this.#isPromised && acceptedEpoch > this.#epoch;
  }

  /**
   * Whoever knows more than the leader must not be overwritten by it; without a quorum it gives up. An observer elects
   * nobody: what it knows alone was never committed.
   */
  isAhead(learner: Learner, promise: Promised): boolean {
    const { epochs, lastZxid } = this.#history;
    const isAhead =
      promise.currentEpoch > epochs.currentEpoch ||
      (promise.currentEpoch === epochs.currentEpoch && promise.lastZxid > lastZxid);
    return learner.votes && !this.#hasPromises && isAhead;
  }

  turnAway({ member }: Learner, { lastZxid }: Promised): Effect[] {
    const text = `member ${member} has a newer history (${hex(lastZxid)}) and is turned away`;
    return [note('warn', text), ...this.#learners.forget(member)];
  }

  accept(learner: Learner, promise: Promised): void {
    learner.stage = 'promised';
    learner.countsAsPromise = promise.currentEpoch !== -1;
    learner.lastZxid = promise.lastZxid;
  }

  get hasPromiseQuorum(): boolean {
    return this.#learners.isQuorum((learner) => learner.countsAsPromise);
  }

  claimEpoch(): Effect[] {
    // From here on late learners are not compared any more (reference §11.3).
    this.#hasPromises = true;
    return [this.#saveEpochs(this.#epoch)];
  }

  #leaderInfo(): LinkMessage {
    return { type: 'LEADERINFO', epoch: this.#epoch };
  }

  #saveEpochs(currentEpoch: number): Effect {
    return saveEpochs({ acceptedEpoch: this.#epoch, currentEpoch, owner: 'leader' });
  }
}
