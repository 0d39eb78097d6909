import type { Mutant } from '../mutant.ts';

/** What a member does by itself: local sessions, and reads without a leader (reference §9.5, §9.7). */
export const LEADERLESS: readonly Mutant[] = [
  {
    name: 'upgrade-forgotten',
    breaks:
      'A local session stays local with its first ephemeral, though its member was told to make it global: the create is refused (§9.5).',
    changes: [
      {
        file: 'machines/session/write-requests.ts',
        find: 'if (write.needsGlobal && client.isLocal) this.#upgrade(sessionId);',
        replace: '',
      },
    ],
    seeds: 40,
  },
  {
    name: 'read-only-member-shows-its-tail',
    breaks:
      'A member without a leader shows all that is in its log: what no quorum has may never be committed (§9.7).',
    changes: [
      {
        file: 'runtime/order-performer.ts',
        find: "if (role === 'read-only') replayer.stop();",
        replace: `if (role === 'read-only') {
      const { replica, store } = this.#parts;
      replayer.replay(replica, store.log.lastZxid, () => undefined);
    }`,
      },
    ],
    seeds: 120,
  },
  {
    name: 'global-session-served-without-a-leader',
    breaks:
      'A member without a leader lets everybody in whose session its own tree has: it may have ended long ago (§9.7).',
    changes: [
      {
        file: 'runtime/client-service.ts',
        find: "this.#ports.submit({ type: 'REVALIDATE', requestId, sessionId, timeoutMs, password });",
        replace: `if (this.#role === 'read-only') this.revalidated(requestId, this.#ports.hasSession(sessionId));
        else this.#ports.submit({ type: 'REVALIDATE', requestId, sessionId, timeoutMs, password });`,
      },
      {
        file: 'machines/session/session.ts',
        find: "    guard: 'hasNoLeader',\n    target: '#session.ended',\n    actions: [remember, hangUp('only a leader knows whether the session lives')],",
        replace:
          "    guard: 'hasNoLeader',\n    target: '#session.reviving',\n    actions: [remember, revalidate],",
      },
    ],
    seeds: 40,
  },
];
