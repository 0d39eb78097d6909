import type { Mutant } from '../mutant.ts';

/** Elections and epochs (reference §11.2, §11.3). */
export const DISCOVERY: readonly Mutant[] = [
  {
    name: 'promise-not-saved',
    breaks:
      'ACKEPOCH leaves while acceptedEpoch is still on its way to the disk: after a crash the same epoch is promised to another leader (§11.6).',
    changes: [
      {
        file: 'machines/zab/follower.ts',
        find: "{ guard: 'isNewEpoch', target: 'promising', actions: acceptEpoch }",
        replace:
          "{ guard: 'isNewEpoch', target: '#follower.following.synchronization', actions: [acceptEpoch, promise] }",
      },
    ],
    seeds: 60,
  },
  {
    name: 'leaders-promise-not-saved',
    breaks: 'The leader asks for promises before its own is on its disk (§11.6).',
    changes: [
      {
        file: 'machines/zab/leader.ts',
        find: "on: { EPOCHS_SAVED: { guard: 'hasSavedPromise', target: 'inviting' } },",
        replace: "always: 'inviting',",
      },
    ],
    seeds: 60,
  },
  {
    name: 'promise-counted-twice',
    breaks:
      'A learner that has promised the epoch before says so as if it were new: two leaders gather promises of one epoch (§11.3).',
    changes: [
      {
        file: 'machines/zab/following.ts',
        find: 'currentEpoch: -1,',
        replace: 'currentEpoch: this.#input.history.epochs.currentEpoch,',
      },
    ],
    seeds: 60,
  },
  {
    name: 'epoch-before-history',
    breaks:
      'currentEpoch is saved with the promise, the history follows later: a crash in between leaves a member that wins elections with a history it does not have (ZOOKEEPER-4643, 4785).',
    changes: [
      {
        file: 'machines/zab/following.ts',
        find: "return [this.#send({ type: 'ACKEPOCH', currentEpoch: epochs.currentEpoch, lastZxid })];",
        replace: `return [
          this.#send({ type: 'ACKEPOCH', currentEpoch: epochs.currentEpoch, lastZxid }),
          { type: 'tell', to: 'logger', event: { type: 'SAVE_EPOCHS', acceptedEpoch: this.epoch, currentEpoch: this.epoch, owner: 'follower' } },
        ];`,
      },
    ],
    seeds: 60,
  },
  {
    name: 'stale-vote-counted',
    breaks:
      'A member votes with the history that it had at its first election, for as long as it runs, and the leader trusts the election: nobody turns away who knows more (§11.2, §11.3).',
    changes: [
      {
        file: 'machines/zab/election.ts',
        find: 'if (this.votes) this.round += 1;\n',
        replace:
          'if (this.votes) this.round += 1;\n    if (this.#initial.peerEpoch > 0) own = this.#initial;\n',
      },
      {
        file: 'machines/zab/discovery.ts',
        find: '&& isAhead;',
        replace: '&& false;',
      },
    ],
    seeds: 60,
  },
  {
    name: 'vote-ignores-history',
    breaks:
      'The highest number wins the election, whatever history it has, and the leader overwrites those who know more (§11.2, §11.3).',
    changes: [
      {
        file: 'machines/zab/vote.ts',
        find: 'if (one.zxid !== other.zxid) return one.zxid > other.zxid;',
        replace: '',
      },
      {
        file: 'machines/zab/discovery.ts',
        find: '&& isAhead;',
        replace: '&& false;',
      },
    ],
    seeds: 60,
  },
  {
    name: 'vote-before-the-log-is-drained',
    breaks:
      'A member votes while proposals of the last leader are on their way to its disk: the vote tells less than what it may have acknowledged (ZOOKEEPER-2845).',
    changes: [
      {
        file: 'machines/zab/member.ts',
        find: "settling: { entry: drainLog, on: { DRAINED: 'electing', LOST: {} } },",
        replace: "settling: { always: 'electing' },",
      },
    ],
    seeds: 60,
    safetySeconds: 60,
  },
];
