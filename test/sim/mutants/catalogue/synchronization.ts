import type { Change, Mutant } from '../mutant.ts';

/** A history that one message holds is there or not there: with a small window there is something between. */
const IN_SMALL_PIECES: readonly Change[] = [
  {
    file: 'runtime/learner-synchronizer.ts',
    find: 'const WINDOW_BYTES = 4 * 1024 * 1024;',
    replace: 'const WINDOW_BYTES = 500;',
  },
  {
    file: 'runtime/learner-synchronizer.ts',
    find: 'const PIECE_BYTES = 256 * 1024;',
    replace: 'const PIECE_BYTES = 300;',
  },
];

/** How a learner comes to its leader's history (reference §11.4). */
export const SYNCHRONIZATION: readonly Mutant[] = [
  {
    name: 'newleader-acked-before-durable',
    breaks:
      'NEWLEADER is acknowledged when it arrives, while the history before it is on its way to the disk (ZOOKEEPER-3911).',
    changes: [
      {
        file: 'machines/zab/following.ts',
        find: 'return [adoption];',
        replace: "return [this.#send({ type: 'ACKNEWLEADER', epoch: this.epoch }), adoption];",
      },
      {
        file: 'machines/zab/following.ts',
        find: "const effects: Effect[] = [this.#send({ type: 'ACKNEWLEADER', epoch: this.epoch })];",
        replace: 'const effects: Effect[] = [];',
      },
    ],
    seeds: 60,
  },
  {
    name: 'newleader-sent-counts-as-acked',
    breaks:
      'The leader establishes its epoch when a quorum has been sent NEWLEADER: its history counts as committed before a quorum has it (§11.4).',
    changes: [
      {
        file: 'machines/zab/leadership.ts',
        find: 'return this.learners.isQuorum((learner) => learner.isSynced);',
        replace:
          "return this.learners.isQuorum((learner) => learner.isSynced || learner.stage === 'forwarding');",
      },
    ],
    seeds: 60,
  },
  {
    name: 'partial-snap-kept',
    breaks:
      'When the leader is lost in the middle of a snapshot, what has come of it is kept: history without its epoch (ZOOKEEPER-3642).',
    changes: [
      ...IN_SMALL_PIECES,
      {
        file: 'machines/zab/following.ts',
        find: "effects.push({ type: 'abortSnapshot' });",
        replace: `effects.push(
          this.#staged.adopt(
            { epoch: this.#input.history.epochs.currentEpoch, lastZxid: this.#staged.lastZxid, committedZxid: 0 },
            0,
          ),
        );`,
      },
    ],
    seeds: 60,
  },
  {
    name: 'held-proposals-dropped',
    breaks:
      'Proposals that come between NEWLEADER and its acknowledgement are taken for those of an epoch that is not joined yet, and dropped (specification issue 1).',
    changes: [
      {
        file: 'machines/zab/following.ts',
        find: 'this.#held.hold(event);',
        replace: '',
      },
    ],
    seeds: 60,
  },
  {
    name: 'missed-proposals-not-noticed',
    breaks:
      'Nobody asks whether the first message of the stream is the one after NEWLEADER: what was sent before the learner listened is missing (ZOOKEEPER-4925).',
    changes: [
      {
        file: 'machines/zab/following.ts',
        find: 'this.#held.firstSequence > from + 1;',
        replace: 'false;',
      },
      {
        file: 'machines/zab/following.ts',
        find: 'event.sequence > from + 1;',
        replace: 'false;',
      },
    ],
    seeds: 60,
    safetySeconds: 60,
  },
  {
    name: 'unflushed-proposals-not-sent',
    breaks:
      'A joiner is sent what is on the disk of the leader and then listens: what was proposed and not yet flushed reaches it neither way (specification issue 1).',
    changes: [
      {
        file: 'machines/zab/leadership.ts',
        find: 'this.#broadcast?.inMemoryAfter(event.through) ?? [];',
        replace: '[];',
      },
      {
        file: 'machines/zab/leadership.ts',
        find: 'learner.syncedThrough = this.lastProposed;',
        replace: 'learner.syncedThrough = event.through;',
      },
    ],
    seeds: 60,
  },
  {
    name: 'truncate-forgotten',
    breaks:
      'The history of the leader is added behind what the learner has; what it has too much stays (§11.4).',
    changes: [
      {
        file: 'runtime/order-performer.ts',
        find: 'store.log.adopt({ keepThrough,',
        replace: 'store.log.adopt({ keepThrough: Math.max(keepThrough, store.log.lastZxid),',
      },
    ],
    seeds: 60,
  },
  {
    name: 'tail-kept-by-the-leader',
    breaks:
      'Whatever a learner has behind the disk of the leader counts as proposed by this leader, and is not cut off (§11.4).',
    changes: [
      {
        file: 'machines/zab/synchronization.ts',
        find: 'learnerLast <= lastProposed &&\n    epochOf(learnerLast) === epochOf(lastProposed);',
        replace: 'learnerLast > 0;',
      },
    ],
    seeds: 100,
  },
  {
    name: 'purge-under-synchronization',
    breaks:
      'The log is purged up to the checkpoint while a learner is being sent just that part, and nobody looks whether it is still there.',
    changes: [
      ...IN_SMALL_PIECES,
      {
        file: 'runtime/checkpointer.ts',
        find: ', this.#neededAfter());',
        replace: ');',
      },
      {
        file: 'runtime/learner-synchronizer.ts',
        find: 'return log.floor(this.#after) === 0;',
        replace: 'return false;',
      },
    ],
    seeds: 100,
    safetySeconds: 60,
  },
  {
    name: 'reads-of-the-replaced-tree',
    breaks:
      'A snapshot takes the place of the tree, and reads go on being answered from the one before it.',
    changes: [
      {
        file: 'runtime/order-performer.ts',
        find: 'processor.useReplica(replica);',
        replace: '',
      },
    ],
    seeds: 60,
  },
];
