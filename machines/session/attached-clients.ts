import type { Client } from './client.ts';
import type { LocalSessions } from './local-sessions.ts';

/** The clients of a member by their sessions, and the sessions that were heard from since somebody asked. */
export class AttachedClients {
  readonly #bySession = new Map<number, Client>();
  readonly #touched: Client[] = [];
  readonly #localSessions: LocalSessions;

  constructor(localSessions: LocalSessions) {
    this.#localSessions = localSessions;
  }

  get bySession(): ReadonlyMap<number, Client> {
    return this.#bySession;
  }

  get(sessionId: number): Client | undefined {
    return this.#bySession.get(sessionId);
  }

  /** From now on the session is this connection's. */
  add(client: Client): void {
    this.#bySession.set(client.sessionId, client);
    this.touch(client);
  }

  /** The connection is gone; where another has the session by now, that one stays. */
  remove(client: Client): void {
    // What it asked for goes on: the end of its session, too, where that takes nobody else.
    if (client.isClosing && client.isLocal) this.#localSessions.close(client.sessionId);
    if (this.#bySession.get(client.sessionId) === client) this.#bySession.delete(client.sessionId);
  }

  /** It was heard from: a local session is this member's to keep, of others the leader is told. */
  touch(client: Client): void {
    if (client.mayBeLocal) this.#localSessions.touch(client.sessionId);
    if (client.isTouched || client.isLocal) return;
    client.isTouched = true;
    this.#touched.push(client);
  }

  takeTouched(): number[] {
    const sessionIds = new Set<number>();
    for (const client of this.#touched) sessionIds.add(client.sessionId);
    this.forgetTouched();
    return [...sessionIds];
  }

  forgetTouched(): void {
    for (const client of this.#touched) client.isTouched = false;
    this.#touched.length = 0;
  }
}
