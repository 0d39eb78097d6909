import type { Client } from '../machines/session/client.ts';
import type { SessionEffect, SessionEvent, SessionInput } from '../machines/session/session.ts';
import { type ConnectionActorDefinition, RunningActor } from './actor.ts';
import type { Clock } from './ports.ts';
import type { ClientConnection } from './wire/client-connection.ts';

export interface AttendancePorts {
  readonly clock: Clock;
  readonly definition: ConnectionActorDefinition;
  readonly sessions: SessionInput;
  /** Runs what may find an invariant broken. */
  readonly guard: (fn: () => void) => void;
}

/** One connection, its session actor, and, once the handshake is complete, its client. */
export class Attendance {
  readonly connection: ClientConnection;
  readonly actor: RunningActor<SessionEffect>;
  client: Client | undefined;
  hasGreeted = false;
  /** Its session was created for it, and not brought along. */
  isNew = false;
  /** The session that it asked for, 0 for a new one. */
  requested = 0;
  readonly #guard: AttendancePorts['guard'];
  readonly #perform: (attendance: Attendance, order: SessionEffect) => void;
  /** Given by the chart while it works on an event, and not yet carried out. */
  readonly #orders: SessionEffect[] = [];
  #isTelling = false;

  constructor(
    connection: ClientConnection,
    ports: AttendancePorts,
    perform: (attendance: Attendance, order: SessionEffect) => void,
  ) {
    this.connection = connection;
    this.#guard = ports.guard;
    this.#perform = perform;
    this.actor = new RunningActor(
      `${ports.definition.name}/${connection.id}`,
      ports.definition,
      ports.sessions,
      ports.clock,
      (effects) => this.#obey(effects),
    );
  }

  /** Orders are carried out once the chart is done with the event: XState swallows what a listener throws. */
  tell(event: SessionEvent): void {
    if (this.actor.isDone) return;
    this.#isTelling = true;
    this.actor.send(event);
    this.#isTelling = false;
    this.#performOrders();
  }

  #obey(effects: readonly SessionEffect[]): void {
    this.#orders.push(...effects);
    // A timer of the chart, not an event that it was told.
    if (!this.#isTelling) this.#guard(() => this.#performOrders());
  }

  #performOrders(): void {
    for (let order = this.#orders.shift(); order !== undefined; order = this.#orders.shift()) {
      this.#perform(this, order);
    }
  }
}
