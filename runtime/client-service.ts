import type { ServingRole } from '../machines/effect.ts';
import { decodeConnectRequest } from '../machines/jute/decode.ts';
import { JuteError } from '../machines/jute/reader.ts';
import { connectResponse, invalidSessionResponse } from '../machines/jute/reply.ts';
import { Client } from '../machines/session/client.ts';
import {
  ConnectionThrottle,
  type ConnectionThrottleOptions,
} from '../machines/session/connection-throttle.ts';
import type { LocalSessions } from '../machines/session/local-sessions.ts';
import type { ProcessorListener } from '../machines/session/processor-contract.ts';
import type { RequestProcessor } from '../machines/session/request-processor.ts';
import type { MemberState, SessionEffect } from '../machines/session/session.ts';
import type { LinkMessage } from '../machines/zab/message.ts';
import type { Zxid } from '../machines/zab/zxid.ts';
import type { Identity } from '../machines/znode/acl.ts';
import type { RunningActor } from './actor.ts';
import { Attendance, type AttendancePorts } from './attendance.ts';
import type { MemberMetrics } from './member-metrics.ts';
import type { ClientConnection, ClientHandler } from './wire/client-connection.ts';

/** A member serves in every role; while it looks for a leader not, or those who only want to read (reference §9.7). */
export type MemberRole = 'looking' | 'read-only' | ServingRole;

const PASSWORD_BYTES = 16;

export interface ClientServicePorts extends AttendancePorts {
  readonly metrics: MemberMetrics;
  readonly connectionThrottle: ConnectionThrottleOptions;
  readonly localSessions: LocalSessions;
  /** What every client is from the start, beside its address. */
  readonly identities: readonly Identity[];
  /** Bytes that nobody can guess. */
  readonly random: (count: number) => Uint8Array;
  readonly appliedZxid: () => Zxid;
  /** Whether the member's own copy of the tree knows of the session. */
  readonly hasSession: (sessionId: number) => boolean;
  /** Something for the leader that does not wait for the end of the turn. */
  readonly submit: (message: Extract<LinkMessage, { type: 'REVALIDATE' }>) => void;
  /** There are requests to hand over when everything that is ready has been read. */
  readonly submissionsWaiting: () => void;
  /** The processor has something to carry on with in a later turn. */
  readonly countsWaiting: () => void;
  readonly turnHasOutput: () => void;
  readonly fourLetterWord: (word: string, argument: Uint8Array) => string;
}

/** The clients of a member: brings sockets, session actors and the request processor together. */
export class ClientService implements ClientHandler, ProcessorListener {
  readonly #ports: ClientServicePorts;
  #processor: RequestProcessor | undefined;
  readonly #attendances = new Map<number, Attendance>();
  readonly #creating = new Map<number, Attendance>();
  readonly #revalidating = new Map<number, Attendance>();
  readonly #filled: Client[] = [];
  #role: MemberRole = 'looking';
  #servingSinceMs = 0;
  readonly #throttle: ConnectionThrottle;
  readonly #performFor = (attendance: Attendance, order: SessionEffect) =>
    this.#perform(attendance, order);

  constructor(ports: ClientServicePorts) {
    this.#ports = ports;
    const { connectionThrottle, clock } = ports;
    this.#throttle = new ConnectionThrottle(connectionThrottle, clock.now());
  }

  use(processor: RequestProcessor): void {
    this.#processor = processor;
  }

  /** Whether all clients are served: those of a member without a leader may only read. */
  get isServing(): boolean {
    return this.#role !== 'looking' && this.#role !== 'read-only';
  }

  get role(): MemberRole {
    return this.#role;
  }

  /** On the lived clock, when it last began to serve. */
  get servingSinceMs(): number {
    return this.#servingSinceMs;
  }

  get attendances(): Iterable<{
    readonly connection: ClientConnection;
    readonly actor: RunningActor<SessionEffect>;
    readonly client: Client | undefined;
  }> {
    return this.#attendances.values();
  }

  // --- what the member tells its clients

  serve(role: ServingRole | 'read-only'): void {
    const { clock, metrics, localSessions, hasSession } = this.#ports;
    this.#role = role;
    this.#servingSinceMs = clock.now();
    if (role !== 'read-only') {
      metrics.served(role, this.#servingSinceMs);
      localSessions.settle(hasSession);
    }
    for (const attendance of [...this.#attendances.values()]) {
      attendance.tell({ type: 'SERVING', member: this.#memberState(attendance) });
    }
  }

  /** No leader, no answers: every connection ends, sessions stay (reference §16 16, 17). */
  cease(): void {
    const { clock, metrics, localSessions } = this.#ports;
    if (this.#role === 'read-only') localSessions.endReadOnly();
    else metrics.ceased(clock.now());
    this.#role = 'looking';
    this.#creating.clear();
    this.#revalidating.clear();
    for (const attendance of [...this.#attendances.values()]) {
      attendance.tell({ type: 'CEASED' });
    }
    // Last: what the clients leave behind is for a leader that there is no more.
    this.#processor?.reset();
  }

  revalidated(requestId: number, valid: boolean): void {
    const attendance = this.#revalidating.get(requestId);
    if (attendance === undefined) return;
    this.#revalidating.delete(requestId);
    attendance.tell({ type: 'REVALIDATED', valid });
  }

  /** Everything that this turn has put into outboxes leaves. */
  flush(): void {
    for (const client of this.#filled) {
      client.isFilled = false;
      client.line.flush();
    }
    this.#filled.length = 0;
  }

  // --- ProcessorListener

  submissionsWaiting(): void {
    this.#ports.submissionsWaiting();
  }

  countsWaiting(): void {
    this.#ports.countsWaiting();
  }

  outboxFilled(client: Client): void {
    if (client.isFilled) return;
    client.isFilled = true;
    this.#filled.push(client);
    this.#ports.turnHasOutput();
  }

  sessionCreated(
    requestId: number,
    session: {
      readonly sessionId: number;
      readonly timeoutMs: number;
      readonly password: Uint8Array;
    },
  ): void {
    const attendance = this.#creating.get(requestId);
    // A client that did not wait: its session ends when its time is over.
    if (attendance === undefined) return;
    this.#creating.delete(requestId);
    attendance.isNew = true;
    const { sessionId, timeoutMs, password } = session;
    attendance.tell({ type: 'CREATED', sessionId, timeoutMs, password });
  }

  sessionClosed(client: Client): void {
    const attendance = this.#attendances.get(client.connectionId);
    attendance?.tell({ type: 'CLOSED' });
  }

  // --- ClientHandler

  opened(connection: ClientConnection): void {
    this.#ports.guard(() => {
      const attendance = new Attendance(connection, this.#ports, this.#performFor);
      this.#attendances.set(connection.id, attendance);
      attendance.actor.start();
    });
  }

  frames(connection: ClientConnection): void {
    this.#ports.guard(() => {
      const attendance = this.#attendances.get(connection.id);
      if (attendance === undefined) return;
      if (attendance.client === undefined) this.#greet(attendance);
      // A session that is made on the spot is served on the spot.
      if (attendance.client !== undefined) this.#processor?.receive(attendance.client, connection);
    });
  }

  closed(connection: ClientConnection): void {
    this.#ports.guard(() => {
      const attendance = this.#attendances.get(connection.id);
      if (attendance === undefined) return;
      this.#attendances.delete(connection.id);
      if (attendance.client !== undefined) this.#processor?.detach(attendance.client);
      attendance.tell({ type: 'DISCONNECTED' });
      attendance.actor.stop();
    });
  }

  fourLetterWord(word: string, argument: Uint8Array): string {
    return this.#ports.fourLetterWord(word, argument);
  }

  /** The first frame; the next ones wait until the handshake is complete (reference §16 10). */
  #greet(attendance: Attendance): void {
    if (attendance.hasGreeted) return;
    const frame = attendance.connection.nextFrame();
    if (frame === undefined) return;
    attendance.hasGreeted = true;
    attendance.connection.pause();
    const { clock, metrics } = this.#ports;
    metrics.connectionRequests += 1;
    if (!this.#throttle.admits(clock.now())) {
      // Without a word, before anything of the request is looked at (reference §1.3 1).
      metrics.throttledConnections += 1;
      attendance.connection.destroy();
      return;
    }
    metrics.tokenDeficit.add(this.#throttle.deficit);
    try {
      // The frame is only lent: the password has to outlive it.
      const request = decodeConnectRequest(frame.copyBehind(0));
      attendance.requested = request.sessionId;
      attendance.tell({ type: 'CONNECT', request, member: this.#memberState(attendance) });
    } catch (error) {
      if (!(error instanceof JuteError)) throw error;
      attendance.connection.destroy();
    }
  }

  #memberState({ requested }: Attendance): MemberState {
    const { localSessions, hasSession, appliedZxid } = this.#ports;
    const isReadOnly = this.#role === 'read-only';
    return {
      isServing: this.#role !== 'looking',
      isReadOnly,
      isLocal: localSessions.takesNew(isReadOnly),
      appliedZxid: appliedZxid(),
      session: localSessions.knowledgeOf(requested, hasSession(requested)),
    };
  }

  #perform(attendance: Attendance, effect: SessionEffect): void {
    const processor = this.#processor;
    if (processor === undefined) return;
    const { connection } = attendance;
    switch (effect.type) {
      case 'createSession': {
        const password = this.#ports.random(PASSWORD_BYTES);
        this.#creating.set(processor.createSession(effect.timeoutMs, password), attendance);
        return;
      }
      case 'createLocalSession': {
        const { timeoutMs, isReadOnly } = effect;
        const password = this.#ports.random(PASSWORD_BYTES);
        const session = this.#ports.localSessions.create(timeoutMs, password, isReadOnly);
        const { sessionId } = session;
        attendance.isNew = true;
        attendance.tell({ type: 'CREATED', sessionId, timeoutMs, password });
        return;
      }
      case 'reviveLocalSession': {
        const { sessionId, timeoutMs, password } = effect;
        const { localSessions } = this.#ports;
        // What its former connection had left to ask may just have made the leader the one to know it.
        if (localSessions.get(sessionId)?.isUpgrading === true) {
          this.#revalidate(attendance, effect);
          return;
        }
        const valid = localSessions.revive(sessionId, password, timeoutMs);
        attendance.tell({ type: 'REVALIDATED', valid });
        return;
      }
      case 'dropOthers': {
        const other = processor.clients.get(effect.sessionId);
        if (other !== undefined) this.#drop(other);
        return;
      }
      case 'revalidate':
        this.#revalidate(attendance, effect);
        return;
      case 'accept':
        this.#accept(processor, attendance, effect);
        return;
      case 'reject':
        invalidSessionResponse(connection.outbox, effect.readOnly);
        connection.close();
        return;
      case 'hangUp':
        if (attendance.client !== undefined) processor.detach(attendance.client);
        else if (!this.isServing) this.#ports.metrics.closedWithoutLeader += 1;
        connection.close();
        return;
    }
  }

  /** Asks the leader, which alone knows whether a global session goes on. */
  #revalidate(
    attendance: Attendance,
    {
      sessionId,
      timeoutMs,
      password,
    }: Extract<SessionEffect, { type: 'revalidate' | 'reviveLocalSession' }>,
  ): void {
    if (this.#processor === undefined) return;
    const requestId = this.#processor.nextRequestId();
    this.#ports.metrics.connectionRevalidates += 1;
    this.#ports.metrics.revalidates += 1;
    this.#revalidating.set(requestId, attendance);
    this.#ports.submit({ type: 'REVALIDATE', requestId, sessionId, timeoutMs, password });
  }

  #accept(
    processor: RequestProcessor,
    attendance: Attendance,
    effect: Extract<SessionEffect, { type: 'accept' }>,
  ): void {
    const { connection } = attendance;
    if (connection.end !== undefined) return;
    const { sessionId, isReadOnly } = effect;
    const { localSessions, hasSession, identities } = this.#ports;
    const local = localSessions.get(sessionId);
    if ((local === undefined || local.isUpgrading) && !hasSession(sessionId)) {
      // Ended since the leader answered, or not begun here yet: the client asks again, here or elsewhere.
      connection.close();
      return;
    }
    const from = { scheme: 'ip', id: connection.remoteAddress };
    const client = new Client(connection, connection.id, effect, [from, ...identities], {
      local,
      isReadOnly,
    });
    attendance.client = client;
    const previous = processor.attach(client, attendance.isNew);
    if (previous !== undefined) previous.line.close();
    connectResponse(connection.outbox, effect);
    connection.established();
    connection.flush();
    connection.resume();
  }

  #drop(client: Client): void {
    this.#processor?.detach(client);
    client.line.close();
  }
}
