import { invariant } from '../../machines/invariant.ts';
import type { BusPort, Done } from '../ports.ts';

/** One thing that is on its way: a message, the news that nobody listens, or the status of a connection. */
export interface Transfer {
  readonly kind: 'message' | 'gone' | 'status';
  /** Name of the connection that published; of the same connection for a status. */
  readonly from: string;
  readonly to: string;
  /** Empty for a status. */
  readonly subject: string;
  readonly bytes: number;
}

/**
 * Decides the fate of a transfer: it calls `deliver` later (never before it returns) to deliver it, not at all to drop
 * it, twice to double it. Transfers of one pair of connections that are to arrive in order are called in order.
 */
export type Schedule = (transfer: Transfer, deliver: () => void) => void;

/** What NATS advertises by default. */
const DEFAULT_MAX_PAYLOAD_BYTES = 1024 * 1024;
/** Written over a payload after its delivery: whoever kept it without copying reads this. */
const STALE_BYTE = 0xee;

/** A bus inside one process, without timers or chance of its own: the schedule is the network. */
export class MemoryBusHub {
  readonly #schedule: Schedule;
  readonly #connections = new Map<string, MemoryBus>();
  readonly maxPayloadBytes: number;

  constructor(schedule: Schedule, maxPayloadBytes: number = DEFAULT_MAX_PAYLOAD_BYTES) {
    this.#schedule = schedule;
    this.maxPayloadBytes = maxPayloadBytes;
  }

  /** A new connection; it is up from the start and says so by a scheduled status. The name is free again after a close. */
  connect(name: string): MemoryBus {
    invariant(!this.#connections.has(name), () => `${name} is connected to the bus already`);
    const connection = new MemoryBus(this, name);
    this.#connections.set(name, connection);
    return connection;
  }

  /**
   * Cuts a connection, as the death of its server does: what is in flight to it is lost. What it sent before may still
   * arrive, if the schedule says so.
   */
  disconnect(name: string): void {
    this.#connection(name).lose();
  }

  /** Brings a cut connection back, with its subscriptions. */
  reconnect(name: string): void {
    this.#connection(name).restore();
  }

  /** The process behind the connection is no more: nothing of it is called again, and it listens to nothing. */
  kill(name: string): void {
    this.#connection(name).leave();
    this.#connections.delete(name);
  }

  /** Whether somebody of that name is connected, or will be again. */
  has(name: string): boolean {
    return this.#connections.has(name);
  }

  /** For the connections: whoever listens to the subject gets a copy. Returns how many there are. */
  route(from: MemoryBus, subject: string, payload: Uint8Array): number {
    invariant(
      payload.length <= this.maxPayloadBytes,
      () => `a payload of ${payload.length} bytes is above the bus's ${this.maxPayloadBytes}`,
    );
    const bytes = payload.length;
    const sent = new Uint8Array(payload);
    let listeners = 0;
    for (const to of this.#connections.values()) {
      if (!to.listensTo(subject)) continue;
      listeners += 1;
      const transfer: Transfer = { kind: 'message', from: from.name, to: to.name, subject, bytes };
      this.#send(transfer, to, () => to.receive(subject, new Uint8Array(sent)));
    }
    return listeners;
  }

  /** For the connections: something that a connection learns about itself or its own message. */
  tell(connection: MemoryBus, kind: 'gone' | 'status', subject: string, act: () => void): void {
    const { name } = connection;
    this.#send({ kind, from: name, to: name, subject, bytes: 0 }, connection, act);
  }

  #send(transfer: Transfer, to: MemoryBus, act: () => void): void {
    const { life } = to;
    this.#schedule(transfer, () => {
      if (to.life === life) act();
    });
  }

  #connection(name: string): MemoryBus {
    const connection = this.#connections.get(name);
    invariant(connection !== undefined, () => `${name} is not connected to the bus`);
    return connection;
  }
}

/** One connection to the hub. */
export class MemoryBus implements BusPort {
  readonly name: string;
  readonly #hub: MemoryBusHub;
  readonly #subscriptions = new Map<string, ((payload: Uint8Array) => void)[]>();
  readonly #statusCallbacks: ((status: 'up' | 'down') => void)[] = [];
  #up = true;
  #life = 1;

  constructor(hub: MemoryBusHub, name: string) {
    this.#hub = hub;
    this.name = name;
  }

  get maxPayloadBytes(): number {
    return this.#hub.maxPayloadBytes;
  }

  /** Changes whenever the connection is lost: what was on its way to an earlier life does not arrive. */
  get life(): number {
    return this.#life;
  }

  publish(subject: string, payload: Uint8Array): void {
    if (this.#up) this.#hub.route(this, subject, payload);
  }

  probe(subject: string, payload: Uint8Array, gone: () => void): void {
    if (!this.#up || this.#hub.route(this, subject, payload) > 0) return;
    this.#hub.tell(this, 'gone', subject, gone);
  }

  subscribe(subject: string, callback: (payload: Uint8Array) => void): void {
    const callbacks = this.#subscriptions.get(subject);
    if (callbacks === undefined) this.#subscriptions.set(subject, [callback]);
    else callbacks.push(callback);
  }

  onStatus(callback: (status: 'up' | 'down') => void): void {
    this.#statusCallbacks.push(callback);
    if (this.#up) this.#hub.tell(this, 'status', '', () => callback('up'));
  }

  close(done: Done): void {
    this.#hub.tell(this, 'status', '', () => {
      this.#hub.kill(this.name);
      done();
    });
  }

  listensTo(subject: string): boolean {
    return this.#up && this.#subscriptions.has(subject);
  }

  receive(subject: string, payload: Uint8Array): void {
    for (const callback of this.#subscriptions.get(subject) ?? []) callback(payload);
    payload.fill(STALE_BYTE);
  }

  /** Falls silent without a word, as a killed process does. */
  leave(): void {
    this.#up = false;
    this.#life += 1;
  }

  lose(): void {
    if (!this.#up) return;
    this.leave();
    for (const callback of this.#statusCallbacks) callback('down');
  }

  restore(): void {
    if (this.#up) return;
    this.#up = true;
    this.#hub.tell(this, 'status', '', () => {
      for (const callback of this.#statusCallbacks) callback('up');
    });
  }
}
