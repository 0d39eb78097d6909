import { createServer, type Server, type Socket } from 'node:net';
import { OutboxMemory } from '../../machines/jute/outbox-memory.ts';
import { SizeRange } from '../../machines/size-range.ts';
import type { Clock } from '../ports.ts';
import type { ClientConnection, ClientHandler, ConnectionLimits } from './client-connection.ts';
import { DEFAULT_MAX_FRAME_BYTES } from './frame-splitter.ts';
import { SocketConnection } from './socket-connection.ts';

export const DEFAULT_MAX_CLIENT_CNXNS = 60;
/** ZooKeeper's `nio.sessionlessCnxnTimeout` (reference §1.1). */
export const DEFAULT_HANDSHAKE_TIMEOUT_MS = 10_000;
export const DEFAULT_CONGESTED_BYTES = 1024 * 1024;
export const DEFAULT_MAX_UNSENT_BYTES = 64 * 1024 * 1024;
export const DEFAULT_LINGER_MS = 5_000;
/**
 * A short backlog costs a burst of clients a second each: the system drops what it cannot queue. Node accepts one
 * connection with each turn of its event loop, where ZooKeeper has a thread for it and does with 50.
 */
export const DEFAULT_BACKLOG = 511;

export interface ClientListenerOptions extends Partial<ConnectionLimits> {
  readonly clock: Clock;
  /** Connections per remote address, 0 for no limit. */
  readonly maxClientCnxns?: number;
  /** Connections in all, 0 for no limit. */
  readonly maxCnxns?: number;
  /** Below 1 is the default, as ZooKeeper's `clientPortListenBacklog` has it. */
  readonly backlog?: number;
}

/** Counted since the listener was made; named after ZooKeeper's metrics of the same meaning. */
export interface ListenerCounters {
  readonly connectionRequestCount: number;
  /** Over the limit of their address, or over the limit of all. */
  readonly connectionRejected: number;
  /** Ended by their clients, other than by closing the session. */
  readonly connectionDropCount: number;
  /** Dropped without a handshake in time. */
  readonly sessionlessConnectionsExpired: number;
  /** Connections that the system could not give to the process, for lack of descriptors mostly. */
  readonly acceptErrors: number;
  /** Of all connections, those that are gone among them: frames and four-letter words, and bytes. */
  readonly packetsReceived: number;
  readonly packetsSent: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
}

/** Accepts clients on TCP and gives their frames to the handler. */
export class ClientListener {
  readonly #server: Server;
  readonly #handler: ClientHandler;
  readonly #limits: ConnectionLimits;
  readonly #clock: Clock;
  readonly #maxClientCnxns: number;
  readonly #maxCnxns: number;
  readonly #backlog: number;
  readonly #connections = new Map<number, SocketConnection>();
  /** Payloads that were sent. */
  readonly responseSizes = new SizeRange();
  /** What the connections that are gone have received and sent. */
  #gone: Traffic = { packetsReceived: 0, packetsSent: 0, bytesReceived: 0, bytesSent: 0 };
  readonly #outboxMemory = new OutboxMemory();
  readonly #perAddress = new Map<string, number>();
  #lastId = 0;
  #requests = 0;
  #rejected = 0;
  #dropped = 0;
  #expired = 0;
  #acceptErrors = 0;
  #whenEmpty = (): void => {};
  #closing: Promise<void> | undefined;

  constructor(options: ClientListenerOptions, handler: ClientHandler) {
    this.#handler = handler;
    this.#clock = options.clock;
    this.#maxClientCnxns = options.maxClientCnxns ?? DEFAULT_MAX_CLIENT_CNXNS;
    this.#maxCnxns = options.maxCnxns ?? 0;
    const backlog = options.backlog ?? 0;
    this.#backlog = backlog < 1 ? DEFAULT_BACKLOG : backlog;
    this.#limits = {
      maxFrameBytes: options.maxFrameBytes ?? DEFAULT_MAX_FRAME_BYTES,
      handshakeTimeoutMs: options.handshakeTimeoutMs ?? DEFAULT_HANDSHAKE_TIMEOUT_MS,
      congestedBytes: options.congestedBytes ?? DEFAULT_CONGESTED_BYTES,
      maxUnsentBytes: options.maxUnsentBytes ?? DEFAULT_MAX_UNSENT_BYTES,
      lingerMs: options.lingerMs ?? DEFAULT_LINGER_MS,
    };
    // Half-open, so that the reply to a client that has said its last word (`echo ruok | nc`) still leaves.
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      this.#accept(socket),
    );
  }

  get counters(): ListenerCounters {
    let traffic = this.#gone;
    for (const connection of this.#connections.values()) traffic = withTraffic(traffic, connection);
    return {
      ...traffic,
      connectionRequestCount: this.#requests,
      connectionRejected: this.#rejected,
      connectionDropCount: this.#dropped,
      sessionlessConnectionsExpired: this.#expired,
      acceptErrors: this.#acceptErrors,
    };
  }

  /** Every connection whose socket is not closed yet. */
  connections(): Iterable<ClientConnection> {
    return this.#connections.values();
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Port 0 takes a free one; the result says which. Rejects with the system's error, EADDRINUSE mostly. */
  listen(port: number, host: string): Promise<{ port: number }> {
    return new Promise((resolve, reject) => {
      const server = this.#server;
      server.once('error', reject);
      server.listen({ port, host, backlog: this.#backlog }, () => {
        server.off('error', reject);
        server.on('error', () => {
          this.#acceptErrors += 1;
        });
        const address = server.address();
        resolve({ port: typeof address === 'object' && address !== null ? address.port : port });
      });
    });
  }

  /** Accepts no more, ends every connection after what its outbox holds was written, and waits until all are gone. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      if (this.#server.listening) this.#server.close(() => resolve());
      else resolve();
    });
    const gone = new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
    });
    for (const connection of this.#connections.values()) {
      connection.flush();
      connection.destroy();
    }
    if (this.#connections.size === 0) this.#whenEmpty();
    await Promise.all([closed, gone]);
  }

  #accept(socket: Socket): void {
    this.#requests += 1;
    const address = socket.remoteAddress;
    const port = socket.remotePort;
    if (address === undefined || port === undefined) {
      // Reset before it could be looked at.
      discard(socket);
      return;
    }
    const remoteAddress = plainAddress(address);
    const present = this.#perAddress.get(remoteAddress) ?? 0;
    const isFull = this.#maxCnxns > 0 && this.#connections.size >= this.#maxCnxns;
    if (isFull || (this.#maxClientCnxns > 0 && present >= this.#maxClientCnxns)) {
      this.#rejected += 1;
      discard(socket);
      return;
    }
    this.#perAddress.set(remoteAddress, present + 1);
    this.#lastId += 1;
    const connection = new SocketConnection(
      this.#lastId,
      socket,
      { address: remoteAddress, port },
      this.#handler,
      this.#limits,
      this.#clock,
      this.responseSizes,
      this.#outboxMemory,
    );
    this.#connections.set(connection.id, connection);
    connection.open(() => this.#forget(connection));
  }

  #forget(connection: SocketConnection): void {
    this.#connections.delete(connection.id);
    this.#gone = withTraffic(this.#gone, connection);
    const left = (this.#perAddress.get(connection.remoteAddress) ?? 1) - 1;
    if (left > 0) this.#perAddress.set(connection.remoteAddress, left);
    else this.#perAddress.delete(connection.remoteAddress);
    if (connection.end === 'no handshake in time') this.#expired += 1;
    if (connection.end === 'ended by the client') this.#dropped += 1;
    if (this.#connections.size === 0) this.#whenEmpty();
  }
}

type Traffic = Pick<
  ListenerCounters,
  'packetsReceived' | 'packetsSent' | 'bytesReceived' | 'bytesSent'
>;

function withTraffic(traffic: Traffic, connection: SocketConnection): Traffic {
  return {
    packetsReceived: traffic.packetsReceived + connection.received,
    packetsSent: traffic.packetsSent + connection.sent,
    bytesReceived: traffic.bytesReceived + connection.receivedBytes,
    bytesSent: traffic.bytesSent + connection.sentBytes,
  };
}

function discard(socket: Socket): void {
  socket.on('error', () => {});
  socket.destroy();
}

/** `::ffff:10.0.0.1` is the IPv4 address 10.0.0.1, as a dual-stack socket writes it. */
function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
