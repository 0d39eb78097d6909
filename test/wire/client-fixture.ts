import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import type { Clock, TimerId } from '../../runtime/ports.ts';
import type { ClientConnection, ClientHandler } from '../../runtime/wire/client-connection.ts';
import { ClientListener, type ClientListenerOptions } from '../../runtime/wire/client-listener.ts';

/** Waits until `condition` holds; fails with `what` when it does not within ten seconds. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    assert(Date.now() < deadline, `in vain: ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Time passes only when told to. */
export class ManualClock implements Clock {
  #now = 0;
  #lastId = 0;
  readonly #timers = new Map<TimerId, { readonly at: number; readonly fn: () => void }>();

  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  wallMs(): number {
    return 1_700_000_000_000 + this.#now;
  }

  setTimeout(fn: () => void, delayMs: number): TimerId {
    this.#lastId += 1;
    this.#timers.set(this.#lastId, { at: this.#now + delayMs, fn });
    return this.#lastId;
  }

  clearTimeout(id: TimerId): void {
    this.#timers.delete(id);
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const [id, timer] of [...this.#timers]) {
      if (timer.at > this.#now || !this.#timers.delete(id)) continue;
      timer.fn();
    }
  }
}

/** Writes down what the listener calls; what a frame does is up to the test. */
export class RecordingHandler implements ClientHandler {
  readonly connections: ClientConnection[] = [];
  readonly payloads: string[] = [];
  readonly gone: ClientConnection[] = [];
  /** Bytes that belonged to the last word. */
  argument = '';
  onFrame: (connection: ClientConnection, payload: Buffer) => void = () => {};
  onClosed: (connection: ClientConnection) => void = () => {};

  opened(connection: ClientConnection): void {
    this.connections.push(connection);
  }

  frames(connection: ClientConnection): void {
    for (;;) {
      const frame = connection.nextFrame();
      if (frame === undefined) return;
      assert.equal(connection.end, undefined, 'a frame after the end');
      assert.equal(connection.reading, true, 'a frame while nothing is to be read');
      const payload = frame.copyBehind(0);
      this.payloads.push(payload.toString('hex'));
      this.onFrame(connection, payload);
    }
  }

  closed(connection: ClientConnection): void {
    assert(!this.gone.includes(connection), 'closed twice');
    this.gone.push(connection);
    this.onClosed(connection);
  }

  fourLetterWord(word: string, argument: Uint8Array): string {
    this.argument = Buffer.from(argument).toString('hex');
    return `<${word}>\n`;
  }

  /** The connection that was opened as number `index`. */
  async connection(index: number): Promise<ClientConnection> {
    await until(() => this.connections.length > index, `connection ${index}`);
    const connection = this.connections[index];
    assert(connection !== undefined);
    return connection;
  }
}

/** A client on a plain socket that keeps what it received. */
export class RawClient {
  readonly socket: Socket;
  readonly #chunks: Buffer[] = [];
  ended = false;
  closed = false;
  reset = false;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
    this.socket.on('data', (chunk: Buffer) => this.#chunks.push(chunk));
    this.socket.on('end', () => {
      this.ended = true;
    });
    this.socket.on('error', () => {
      this.reset = true;
    });
    this.socket.on('close', () => {
      this.closed = true;
    });
  }

  get received(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** Whether the server has ended the connection, one way or the other. */
  get over(): boolean {
    return this.ended || this.closed;
  }
}

export interface Fixture {
  readonly listener: ClientListener;
  readonly handler: RecordingHandler;
  readonly clock: ManualClock;
  readonly port: number;
  client(): RawClient;
}

/** A listener on a free port of the loopback, and clients for it; all of it goes with the test. */
export async function listenerFor(
  context: TestContext,
  options: Partial<ClientListenerOptions> = {},
): Promise<Fixture> {
  const handler = new RecordingHandler();
  const clock = new ManualClock();
  const listener = new ClientListener({ clock, ...options }, handler);
  const { port } = await listener.listen(0, '127.0.0.1');
  const clients: RawClient[] = [];
  context.after(async () => {
    await listener.close();
    for (const client of clients) client.socket.destroy();
    assert.equal(clock.pending, 0, 'timers left behind');
    assert.equal(handler.gone.length, handler.connections.length, 'each was closed once');
    assert.equal([...listener.connections()].length, 0);
  });
  const client = (): RawClient => {
    const made = new RawClient(port);
    clients.push(made);
    return made;
  };
  return { listener, handler, clock, port, client };
}
