import type { Handshake, Request, TestClient } from '../../sim/world/client.ts';
import type { Ensemble } from '../../sim/world/ensemble.ts';
import { dataOf } from '../../sim/world/request.ts';
import type { Transcript } from './transcript.ts';
import { errorText } from './txn-text.ts';
import { zxidText } from './zxid-text.ts';

/** A request, and how it is called in the transcript. */
export interface Asking {
  readonly text: string;
  readonly request: Request;
}

interface Visitor {
  readonly client: TestClient;
  readonly asked: Map<number, Asking>;
  hasSession: boolean;
  repliesSeen: number;
  isOpen: boolean;
}

/** The clients of a script, by name, and what they are told. */
export class Visitors {
  readonly #ensemble: Ensemble;
  readonly #transcript: Transcript;
  readonly #visitors = new Map<string, Visitor>();

  constructor(ensemble: Ensemble, transcript: Transcript) {
    this.#ensemble = ensemble;
    this.#transcript = transcript;
  }

  come(name: string, member: number, handshake: Handshake): void {
    if (this.#visitors.has(name)) throw new Error(`client ${name} is there already`);
    const { sessionId } = handshake;
    const wish =
      sessionId === undefined ? 'wants a session' : `wants session ${zxidText(sessionId)}`;
    this.#transcript.add(name, `comes to ${member} and ${wish}`);
    const client = this.#ensemble.knock(member, handshake);
    const visitor = { client, asked: new Map(), hasSession: false, repliesSeen: 0, isOpen: true };
    this.#visitors.set(name, visitor);
  }

  /** What the client needs to go on with its session elsewhere. */
  sessionOf(name: string): Handshake {
    const { session, lastZxidSeen } = this.client(name);
    if (session === undefined) throw new Error(`client ${name} has no session`);
    return { ...session, lastZxidSeen };
  }

  send(name: string, askings: readonly Asking[]): void {
    const visitor = this.#visitor(name);
    this.#transcript.add(name, `asks: ${askings.map(({ text }) => text).join('; ')}`);
    const xids = visitor.client.send(...askings.map(({ request }) => request));
    for (const [index, xid] of xids.entries()) {
      const asking = askings[index];
      if (asking !== undefined) visitor.asked.set(xid, asking);
    }
  }

  /** Whether the client has been told all that it asked for, or will never be. */
  isDone(name: string): boolean {
    const { client, asked } = this.#visitor(name);
    return !client.isOpen || (client.session !== undefined && client.replies.length >= asked.size);
  }

  client(name: string): TestClient {
    return this.#visitor(name).client;
  }

  look(): void {
    for (const [name, visitor] of this.#visitors) this.#look(name, visitor);
  }

  #look(name: string, visitor: Visitor): void {
    const { client, asked } = visitor;
    if (!visitor.hasSession && client.session !== undefined) {
      visitor.hasSession = true;
      const { sessionId, timeoutMs } = client.session;
      const text =
        sessionId === 0
          ? 'is told: the session is over'
          : `has session ${zxidText(sessionId)}, ${timeoutMs}ms`;
      this.#transcript.add(name, text);
    }
    for (const { xid, zxid, code, body } of client.replies.slice(visitor.repliesSeen)) {
      visitor.repliesSeen += 1;
      const text = asked.get(xid)?.text ?? `xid ${xid}`;
      const isRead = code === 0 && text.startsWith('get ');
      const data = isRead ? ` "${dataOf(body)}"` : '';
      this.#transcript.add(
        name,
        `is told: ${text}: ${errorText(code)}${data}, zxid ${zxidText(zxid)}`,
      );
    }
    if (visitor.isOpen && !client.isOpen) {
      visitor.isOpen = false;
      this.#transcript.add(name, `connection ${client.end}`);
    }
  }

  #visitor(name: string): Visitor {
    const visitor = this.#visitors.get(name);
    if (visitor === undefined) throw new Error(`there is no client ${name}`);
    return visitor;
  }
}
