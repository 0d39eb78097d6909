import { MemoryBusHub } from '../../runtime/bus/memory-bus.ts';
import { NatsBus } from '../../runtime/bus/nats-bus.ts';
import type { BusPort, Done } from '../../runtime/ports.ts';
import { type NatsServerOptions, startNatsServer } from './nats-server.ts';

/** A bus that tests may take down, whichever kind it is. */
export interface Network {
  connect(name: string): BusPort;
  /** Addresses for processes of their own; empty where there are none. */
  readonly servers: readonly string[];
  /** Loses every connection. */
  down(): Promise<void>;
  up(): Promise<void>;
  dispose(): Promise<void>;
}

export type StartNetwork = (options?: { maxPayloadBytes?: number }) => Promise<Network>;

/** In memory, in order, one delivery per event-loop turn and nothing lost. */
export const startMemoryNetwork: StartNetwork = (options = {}) => {
  const waiting: (() => void)[] = [];
  const hub = new MemoryBusHub((_transfer, deliver) => {
    waiting.push(deliver);
    setImmediate(() => waiting.shift()?.());
  }, options.maxPayloadBytes);
  const names: string[] = [];
  return Promise.resolve({
    servers: [],
    connect(name: string) {
      names.push(name);
      return hub.connect(name);
    },
    down() {
      for (const name of names) hub.disconnect(name);
      return Promise.resolve();
    },
    up() {
      for (const name of names) hub.reconnect(name);
      return Promise.resolve();
    },
    dispose: () => Promise.resolve(),
  });
};

/** One real server. */
export const startNatsNetwork: StartNetwork = async (options: NatsServerOptions = {}) => {
  const server = await startNatsServer(options);
  const buses: NatsBus[] = [];
  return {
    servers: [server.url],
    connect(name: string) {
      const bus = new NatsBus({ servers: [server.url], name });
      buses.push(bus);
      return bus;
    },
    down: () => server.kill(),
    up: () => server.start(),
    async dispose() {
      await Promise.all(buses.map(closed));
      await server.dispose();
    },
  };
};

export function closed(bus: BusPort): Promise<void> {
  return new Promise((resolve, reject) => {
    bus.close((error) => (error === undefined ? resolve() : reject(error)));
  });
}

/** Passes everything on, except for what a test has it lose or double on its way out. */
export class FaultyBus implements BusPort {
  readonly #bus: BusPort;
  readonly #copies: number[] = [];
  /** Bus messages that were to leave. */
  published = 0;

  constructor(bus: BusPort) {
    this.#bus = bus;
  }

  get maxPayloadBytes(): number {
    return this.#bus.maxPayloadBytes;
  }

  /** How often each of the next bus messages is published: 0 loses it. */
  next(...copies: number[]): void {
    this.#copies.push(...copies);
  }

  publish(subject: string, payload: Uint8Array): void {
    this.published += 1;
    const copies = this.#copies.shift() ?? 1;
    for (let copy = 0; copy < copies; copy++) this.#bus.publish(subject, payload);
  }

  probe(subject: string, payload: Uint8Array, gone: () => void): void {
    this.published += 1;
    this.#bus.probe(subject, payload, gone);
  }

  subscribe(subject: string, callback: (payload: Uint8Array) => void): void {
    this.#bus.subscribe(subject, callback);
  }

  onStatus(callback: (status: 'up' | 'down') => void): void {
    this.#bus.onStatus(callback);
  }

  close(done: Done): void {
    this.#bus.close(done);
  }
}
