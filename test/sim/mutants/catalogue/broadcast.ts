import type { Mutant } from '../mutant.ts';

/** What a leader and its followers do with proposals (reference §11.5). */
export const BROADCAST: readonly Mutant[] = [
  {
    name: 'ack-before-flush',
    breaks:
      'A follower acknowledges a proposal when it arrives, not when it is flushed (§13.2): power fails, and what was committed is gone.',
    changes: [
      {
        file: 'machines/zab/following.ts',
        find: 'this.#uncommitted.add(run);\n    return [',
        replace:
          "this.#uncommitted.add(run);\n    return [this.#send({ type: 'ACK', zxid: run.lastZxid }),",
      },
    ],
    seeds: 60,
  },
  {
    name: 'leader-counts-its-unflushed-append',
    breaks:
      'The leader takes what it has proposed for its own acknowledgement, before its own disk has it (§11.5).',
    changes: [
      {
        file: 'machines/zab/broadcast.ts',
        find: 'ackedByQuorum(this.#flushed)',
        replace: 'ackedByQuorum(this.#lastProposed)',
      },
    ],
    seeds: 60,
  },
  {
    name: 'commit-without-quorum',
    breaks:
      'Sorted acknowledgements are read at the wrong place: one member fewer than a quorum commits a proposal (§11.5).',
    changes: [
      {
        file: 'machines/zab/quorum.ts',
        find: 'sorted[this.size - 1]',
        replace: 'sorted[this.size - 2]',
      },
    ],
    seeds: 60,
  },
  {
    name: 'commit-out-of-order',
    breaks:
      'Ends of sessions are delivered ahead of the other txns that one flush has committed: they look urgent (§11.5 b).',
    changes: [
      {
        file: 'machines/zab/broadcast.ts',
        find: 'const txns = this.#proposals.take(reached)',
        replace:
          "const txns = this.#proposals.take(reached).sort((one, other) => Number(other.body.type === 'closeSession') - Number(one.body.type === 'closeSession'))",
      },
    ],
    seeds: 60,
  },
  {
    name: 'delivered-before-commit',
    breaks:
      'A follower delivers whatever it has accepted: it looks as if the commit were a matter of form (§11.5).',
    changes: [
      {
        file: 'machines/zab/following.ts',
        find: 'Math.min(this.#announced, this.#lastZxid)',
        replace: 'this.#lastZxid',
      },
    ],
    seeds: 60,
  },
  {
    name: 'sync-without-a-round',
    breaks:
      'The leader answers a sync at once with what it has committed: a deposed one answers as well, and its client reads what is long past (§11.7). It may notice late that it is alone: a sync does not rest on clocks.',
    changes: [
      {
        file: 'machines/zab/leadership.ts',
        find: 'this.#nowMs - learner.lastHeardMs <= silenceMs',
        replace: 'this.#nowMs - learner.lastHeardMs <= 10 * silenceMs',
      },
      {
        file: 'machines/zab/leadership.ts',
        find: 'this.#nowMs - learner.lastHeardMs > this.#input.silenceMs',
        replace: 'this.#nowMs - learner.lastHeardMs > 10 * this.#input.silenceMs',
      },
      {
        file: 'machines/zab/leadership.ts',
        find: 'this.#unconfirmed.add({ member, answer, zxid, round: this.#stream.round });',
        replace:
          'this.#unconfirmed.add({ member, answer: { ...answer, zxid: this.committed }, zxid: 0, round: 0 });',
      },
    ],
    seeds: 240,
    safetySeconds: 60,
    members: 3,
  },
];
