import type { Mutant } from '../mutant.ts';

/** What a member does with the requests of its clients (reference §1.6). */
export const CLIENTS: readonly Mutant[] = [
  {
    name: 'read-passes-own-write',
    breaks: 'A read is answered at once, though a write of the same session is under way (§1.6).',
    changes: [
      {
        file: 'machines/session/request-processor.ts',
        find: 'if (client.waiting !== 0) {',
        replace: 'if (false) {',
      },
    ],
    seeds: 60,
  },
  {
    name: 'write-passes-own-sync',
    breaks:
      'A write behind a sync goes to the leader at once: reads between the two see it (§1.6).',
    changes: [
      {
        file: 'machines/session/write-requests.ts',
        find: 'client.isSyncing ? write : this.#handOn(client, write)',
        replace: 'this.#handOn(client, write)',
      },
    ],
    seeds: 60,
  },
  {
    name: 'read-with-a-stale-zxid',
    breaks:
      'A read carries the zxid that was current before the last batch of commits, with data from after it (§1.5).',
    changes: [
      {
        file: 'machines/session/request-processor.ts',
        find: 'const replica = this.#served.current;\n    for (const txn of txns) {',
        replace:
          'const replica = this.#served.current;\n    this.#served.before = replica.appliedZxid;\n    for (const txn of txns) {',
      },
      {
        file: 'machines/session/read-requests.ts',
        find: 'answerRead(client.line.outbox, xid, this.#served.appliedZxid, result);',
        replace:
          'answerRead(client.line.outbox, xid, this.#served.before ?? this.#served.appliedZxid, result);',
      },
    ],
    seeds: 60,
  },
  {
    name: 'read-as-who-one-becomes',
    breaks:
      'A read that waits is answered as who its client is by then: an auth behind it counts for it (§8.2).',
    changes: [
      {
        file: 'machines/session/request-processor.ts',
        find: 'operation, identities);\n      nowMs ??=',
        replace: 'operation, client.identities);\n      nowMs ??=',
      },
    ],
    seeds: 300,
  },
  {
    name: 'writes-outlive-their-epoch',
    breaks:
      'A member that has lost its leader goes on waiting for the writes that it had handed to it: the next answers are not theirs (§10.1).',
    changes: [
      {
        file: 'machines/session/write-requests.ts',
        find: 'this.#pending.clear();',
        replace: '',
      },
    ],
    seeds: 60,
  },
];
