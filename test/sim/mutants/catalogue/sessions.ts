import type { Mutant } from '../mutant.ts';

/** Sessions: who keeps them alive, who may write in them, what goes with them (reference §9). */
export const SESSIONS: readonly Mutant[] = [
  {
    name: 'sessions-never-touched',
    breaks:
      'What followers tell of their clients is forgotten: sessions of clients that talk to a follower expire (§9.1).',
    changes: [
      {
        file: 'machines/zab/leadership.ts',
        find: 'this.#broadcast?.touch(event.touched, this.#nowMs);',
        replace: '',
      },
    ],
    seeds: 80,
    safetySeconds: 60,
  },
  {
    name: 'new-leader-gives-sessions-no-time',
    breaks:
      'A new leader counts the silence of sessions from before it led: it expires whom it could not hear (§9.1).',
    changes: [
      {
        file: 'machines/zab/broadcast.ts',
        find: 'this.#tracker.track(id, timeoutMs, nowMs);\n  }',
        replace: 'this.#tracker.track(id, timeoutMs, nowMs - timeoutMs);\n  }',
      },
    ],
    seeds: 60,
    safetySeconds: 60,
  },
  {
    name: 'moved-session-not-refused',
    breaks:
      'A session may write through any member: what its old connection still brings is done after it has moved (§9.4).',
    changes: [
      {
        file: 'machines/znode/session-gate.ts',
        find: 'else if (owner !== member) return ErrorCode.sessionMoved;',
        replace: '',
      },
    ],
    seeds: 60,
  },
  {
    name: 'session-ends-with-its-connection',
    breaks:
      'When a connection is gone its session is closed with it: the session may have moved, and its ephemerals with it (§9.3).',
    changes: [
      {
        file: 'runtime/client-service.ts',
        find: 'import { JuteError }',
        replace: 'import { JuteError, JuteReader }',
      },
      {
        file: 'runtime/client-service.ts',
        find: 'if (attendance.client !== undefined) this.#processor?.detach(attendance.client);\n      attendance.tell',
        replace: `if (attendance.client?.isOpen) {
        const closeSession = Buffer.alloc(8);
        closeSession.writeInt32BE(-11, 4);
        const frames = [new JuteReader(closeSession)];
        this.#processor?.receive(attendance.client, { nextFrame: () => frames.pop() });
        this.#processor?.detach(attendance.client);
      }
      attendance.tell`,
      },
    ],
    seeds: 60,
  },
  {
    name: 'one-ephemeral-left-behind',
    breaks:
      'The end of a session takes the ephemerals that are in the tree: one whose creation is proposed and not applied stays for ever (§9.2).',
    changes: [
      {
        file: 'machines/znode/pending.ts',
        find: 'if (pending !== undefined) paths.push(...pending);',
        replace: '',
      },
      {
        file: 'machines/znode/session-table.ts',
        find: 'invariant(session.ephemerals.size === 0,',
        replace: 'invariant(true,',
      },
    ],
    seeds: 120,
  },
  {
    name: 'closing-session-still-creates',
    breaks:
      'A session counts as open until its end is applied: ephemerals are created in it behind its end (§9.2, §10.2).',
    changes: [
      {
        file: 'machines/znode/session-gate.ts',
        find: 'if (this.#closing.size !== 0 && this.#closing.has(sessionId)) return false;',
        replace: '',
      },
    ],
    seeds: 60,
  },
  {
    name: 'client-ahead-is-accepted',
    breaks:
      'A member lets a client in whose session it knows, without a look at lastZxidSeen and without asking the leader: a client goes back in time with its member (§1.3 3).',
    changes: [
      {
        file: 'machines/session/session.ts',
        find: 'return request.lastZxidSeen > member.appliedZxid;',
        replace: 'return false;',
      },
      {
        file: 'runtime/client-service.ts',
        find: "this.#ports.submit({ type: 'REVALIDATE', requestId, sessionId, timeoutMs, password });",
        replace: 'this.revalidated(requestId, this.#ports.hasSession(sessionId));',
      },
    ],
    seeds: 60,
  },
];
