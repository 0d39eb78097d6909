import type { Mutant } from '../mutant.ts';

/** Log, checkpoints and what a start makes of them (reference §11.6, §13). */
export const STORAGE: readonly Mutant[] = [
  {
    name: 'log-counts-as-committed',
    breaks:
      'Every record that is written counts as known to be committed: a start applies a tail that the next leader may cut off (§11.6).',
    changes: [
      {
        file: 'storage/history-state.ts',
        find: 'Math.min(Math.max(state.committedZxid, committedZxid), lastZxid)',
        replace: 'lastZxid',
      },
    ],
    seeds: 60,
  },
  {
    name: 'start-replays-the-whole-log',
    breaks: 'A start applies the log to its end, as if all of it had been committed (§11.6).',
    changes: [
      {
        file: 'runtime/member.ts',
        find: 'Math.max(this.#ports.store.log.committedZxid, this.replica.appliedZxid)',
        replace: 'Math.max(this.#ports.store.log.lastZxid, this.replica.appliedZxid)',
      },
    ],
    seeds: 60,
  },
  {
    name: 'checkpoint-torn-from-its-zxid',
    breaks:
      'The zxid of a checkpoint is read when it is written, not when its nodes were set aside: the mark is ahead of the nodes (§13.3).',
    changes: [
      {
        file: 'machines/znode/tree.ts',
        find: 'return {\n      zxid: this.#zxid,',
        replace: 'const tree = this;\n    return {\n      get zxid() { return tree.#zxid; },',
      },
      {
        file: 'machines/znode/tree.ts',
        find: 'this.#reader.zxid === this.#frozenZxid,',
        replace: 'true,',
      },
    ],
    seeds: 60,
  },
  {
    name: 'checkpoint-forgets-sessions',
    breaks:
      'A checkpoint writes the changed nodes and leaves the changed sessions for the next one.',
    changes: [
      {
        file: 'machines/znode/tree.ts',
        find: 'sessions: this.sessions.takeDirty(),',
        replace: 'sessions: this.#frozen.nodes.size > 0 ? new Map() : this.sessions.takeDirty(),',
      },
    ],
    seeds: 60,
  },
];
