import type { Change, Mutant } from '../mutant.ts';

/** Whoever is among those counted counts, voter or not. */
const EVERYBODY_COUNTS: Change = {
  file: 'machines/zab/quorum.ts',
  find: 'if (this.voters.has(member)) heard.add(member);',
  replace: 'heard.add(member);',
};

/** Members without a vote (reference §9.6). */
export const OBSERVERS: readonly Mutant[] = [
  {
    name: 'ack-of-an-observer-counts',
    breaks:
      'Acknowledgements are counted, and nobody asks whose they are: a leader and its observers commit what no other voter has (§11.8).',
    changes: [
      {
        file: 'machines/zab/learners.ts',
        find: 'if (learner.votes && learner.isSynced) acked.set(learner.member, learner.acked);',
        replace: 'if (learner.isSynced) acked.set(learner.member, learner.acked);',
      },
      {
        file: 'machines/zab/learners.ts',
        find: 'return this.#quorum.reached(acked, 0);',
        replace:
          'return [...acked.values()].sort((one, other) => other - one)[this.#quorum.size - 1] ?? 0;',
      },
      {
        file: 'machines/zab/leadership.ts',
        find: 'return learner.votes ? this.#commitReached() : [];',
        replace: 'return this.#commitReached();',
      },
    ],
    seeds: 60,
  },
  {
    name: 'vote-of-an-observer-counts',
    breaks:
      'An observer votes and promises like everybody else, and is counted: two leaders have a quorum each (§11.2, §11.3).',
    changes: [
      EVERYBODY_COUNTS,
      {
        file: 'machines/zab/election.ts',
        find: 'this.votes = this.quorum.voters.has(self);',
        replace: 'this.votes = true;',
      },
      {
        file: 'machines/zab/election.ts',
        find: 'if (!this.quorum.voters.has(from) || !this.quorum.voters.has(heard.leader)) return [];',
        replace: 'if (!this.quorum.voters.has(heard.leader)) return [];',
      },
      {
        file: 'machines/zab/learners.ts',
        find: 'if (learner.votes && holds(learner)) members.push(learner.member);',
        replace: 'if (holds(learner)) members.push(learner.member);',
      },
    ],
    seeds: 60,
  },
];
