import { connect, type Msg, type NatsConnection, nuid } from 'nats';
import type { BusPort, Done } from '../ports.ts';
import { redialDelayMs } from './backoff.ts';
import {
  type BusNotice,
  connectionOptions,
  hostAndPort,
  type NatsBusOptions,
} from './nats-options.ts';
import { SilenceWatch } from './silence-watch.ts';

export type { BusCredentials, BusNotice, BusTls, NatsBusOptions } from './nats-options.ts';

type Receive = (payload: Uint8Array) => void;

/** What a server advertises unless it is configured otherwise; holds until the first one has said. */
const DEFAULT_MAX_PAYLOAD_BYTES = 1024 * 1024;
const UNREACHABLE_NOTICE_INTERVAL_MS = 10_000;
const LAST_FLUSH_MS = 500;

/**
 * The bus on NATS. Every connection lives once: it is never redialled by the client library but replaced by a new one,
 * so nothing that was published into a lost connection can turn up in the next.
 *
 * An exception of a callback is thrown again outside of the client library (which would swallow it and stop reading),
 * as an uncaught exception; nothing is delivered after it.
 */
export class NatsBus implements BusPort {
  readonly #options: NatsBusOptions;
  readonly #subscriptions: { readonly subject: string; readonly callback: Receive }[] = [];
  readonly #statusCallbacks: ((status: 'up' | 'down') => void)[] = [];
  readonly #inbox: string;
  /** One reply subject per probed subject: an answer is never waited for, so nothing piles up. */
  readonly #probeTokens = new Map<string, number>();
  readonly #probeCallbacks = new Map<number, () => void>();
  /** In the order in which they are dialled. */
  #servers: string[];
  #connection: NatsConnection | undefined;
  #up = false;
  #closed = false;
  #failed = false;
  #attempt = 0;
  #redial: NodeJS.Timeout | undefined;
  #watch: SilenceWatch | undefined;
  #unreachableNotice = { message: '', atMs: 0 };

  /** @throws RangeError when there is no server, or one with a password in it (servers appear in notices) */
  constructor(options: NatsBusOptions) {
    if (options.servers.length === 0) throw new RangeError('a bus needs at least one server');
    if (options.servers.some((server) => server.includes('@'))) {
      throw new RangeError(
        'the credentials of a bus do not belong into the addresses of its servers',
      );
    }
    this.#options = options;
    this.#servers = shuffled(options.servers);
    this.#inbox = `${options.inboxPrefix ?? '_INBOX'}.${nuid.next()}`;
    this.#dial();
  }

  get maxPayloadBytes(): number {
    return this.#connection?.info?.max_payload ?? DEFAULT_MAX_PAYLOAD_BYTES;
  }

  /** The server of the current connection. */
  get server(): string | undefined {
    return this.#connection?.getServer();
  }

  publish(subject: string, payload: Uint8Array): void {
    this.#usable()?.publish(subject, payload);
  }

  probe(subject: string, payload: Uint8Array, gone: () => void): void {
    const connection = this.#usable();
    if (connection === undefined) return;
    let token = this.#probeTokens.get(subject);
    if (token === undefined) {
      token = this.#probeTokens.size;
      this.#probeTokens.set(subject, token);
    }
    this.#probeCallbacks.set(token, gone);
    connection.publish(subject, payload, { reply: `${this.#inbox}.${token}` });
  }

  subscribe(subject: string, callback: Receive): void {
    this.#subscriptions.push({ subject, callback });
    if (this.#connection !== undefined) this.#listen(this.#connection, subject, callback);
  }

  onStatus(callback: (status: 'up' | 'down') => void): void {
    this.#statusCallbacks.push(callback);
    if (!this.#up) return;
    queueMicrotask(() => {
      if (this.#up) this.#guard(() => callback('up'));
    });
  }

  /** What was published before still leaves, if the server takes it. No status is reported for it. */
  close(done: Done): void {
    this.#closed = true;
    this.#up = false;
    clearTimeout(this.#redial);
    this.#watch?.stop();
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection === undefined) {
      queueMicrotask(done);
      return;
    }
    const close = (): void => {
      clearTimeout(patience);
      void connection.close();
    };
    const patience = setTimeout(close, LAST_FLUSH_MS);
    connection.flush().then(close, close);
    connection.closed().then(() => {
      clearTimeout(patience);
      done();
    });
  }

  /** Undefined from the loss of the connection on, also in the moment before it is reported. */
  #usable(): NatsConnection | undefined {
    return this.#up && this.#connection?.isClosed() === false ? this.#connection : undefined;
  }

  /** One round: each server once. */
  #dial(): void {
    this.#attempt += 1;
    this.#dialNext(this.#servers, []);
  }

  #dialNext(servers: readonly string[], failures: readonly string[]): void {
    if (this.#closed) return;
    const [server, ...rest] = servers;
    if (server === undefined) {
      this.#unreachable(failures.join('; '));
      return;
    }
    connect(connectionOptions(server, this.#options)).then(
      (connection) => this.#connected(connection),
      (error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.#dialNext(rest, [...failures, `${server}: ${reason}`]);
      },
    );
  }

  #connected(connection: NatsConnection): void {
    if (this.#closed) {
      void connection.close();
      return;
    }
    this.#connection = connection;
    connection.closed().then((error) => {
      this.#lost(connection, error instanceof Error ? error.message : 'the server closed it');
    });
    this.#reportErrors(connection);
    for (const { subject, callback } of this.#subscriptions) {
      this.#listen(connection, subject, callback);
    }
    connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error === null && this.#connection === connection) this.#answered(message);
      },
    });
    // The answer to this flush means that the server knows every subscription.
    connection.flush().then(
      () => this.#ready(connection),
      () => this.#lost(connection, 'the server closed it'),
    );
    this.#watch = new SilenceWatch(connection, this.#options.pingIntervalMs ?? 400, () =>
      this.#lost(connection, 'the server is silent'),
    );
  }

  #ready(connection: NatsConnection): void {
    if (this.#connection !== connection) return;
    this.#attempt = 0;
    this.#unreachableNotice = { message: '', atMs: 0 };
    this.#learnServers(connection);
    this.#up = true;
    this.#notice('connected', `connected to the bus at ${connection.getServer()}`);
    this.#report('up');
  }

  #listen(connection: NatsConnection, subject: string, callback: Receive): void {
    connection.subscribe(subject, {
      callback: (error, message) => {
        // A refused subscription is an error here, and among those of the connection, where it is reported.
        if (error === null && this.#up && this.#connection === connection) {
          this.#guard(() => callback(message.data));
        }
      },
    });
  }

  /** The server answers 503 to a request that nobody listens to; whatever else comes here is of no interest. */
  #answered(message: Msg): void {
    if (!this.#up || message.data.length > 0 || message.headers?.code !== 503) return;
    const token = Number(message.subject.slice(this.#inbox.length + 1));
    const gone = this.#probeCallbacks.get(token);
    if (gone !== undefined) this.#guard(gone);
  }

  #lost(connection: NatsConnection, reason: string): void {
    if (this.#connection !== connection) return;
    const server = connection.getServer();
    const wasUp = this.#up;
    this.#connection = undefined;
    this.#up = false;
    this.#watch?.stop();
    connection.close().catch(() => undefined);
    this.#servers = lastOfAll(this.#servers, server);
    this.#notice('lost', `lost the bus at ${server}: ${reason}`);
    this.#redialLater();
    if (wasUp) this.#report('down');
  }

  #unreachable(failures: string): void {
    const message = `no server of the bus can be reached (${failures})`;
    const last = this.#unreachableNotice;
    const nowMs = performance.now();
    if (message !== last.message || nowMs - last.atMs >= UNREACHABLE_NOTICE_INTERVAL_MS) {
      this.#unreachableNotice = { message, atMs: nowMs };
      this.#notice('unreachable', `${message}; attempt ${this.#attempt}, trying on`);
    }
    this.#redialLater();
  }

  #redialLater(): void {
    const delayMs = redialDelayMs(Math.max(1, this.#attempt), Math.random());
    this.#redial = setTimeout(() => this.#dial(), delayMs);
  }

  /** A cluster names its other servers; those of the options stay in any case. */
  #learnServers(connection: NatsConnection): void {
    const known = new Set(this.#options.servers.map(hostAndPort));
    const learned = (connection.info?.connect_urls ?? []).filter((server) => !known.has(server));
    this.#servers = [...shuffled(this.#options.servers), ...shuffled(learned)];
  }

  /** Errors that close no connection, a missing permission above all, would otherwise go unseen. */
  #reportErrors(connection: NatsConnection): void {
    const read = async (): Promise<void> => {
      for await (const { type, data, permissionContext: context } of connection.status()) {
        if (type !== 'error') continue;
        const subject = context === undefined ? '' : ` (${context.operation} ${context.subject})`;
        this.#notice('refused', `the bus reports ${JSON.stringify(data)}${subject}`);
      }
    };
    read().catch(() => undefined);
  }

  #notice(kind: BusNotice['kind'], message: string): void {
    this.#options.onNotice?.({ kind, message });
  }

  #report(status: 'up' | 'down'): void {
    for (const callback of this.#statusCallbacks) this.#guard(() => callback(status));
  }

  #guard(act: () => void): void {
    if (this.#failed) return;
    try {
      act();
    } catch (error) {
      this.#failed = true;
      process.nextTick(() => {
        throw error;
      });
    }
  }
}

function lastOfAll(servers: readonly string[], lost: string): string[] {
  const rank = (server: string): number => (hostAndPort(server) === lost ? 1 : 0);
  return [...servers].sort((left, right) => rank(left) - rank(right));
}

/** The members of an ensemble spread over the servers. */
function shuffled(servers: readonly string[]): string[] {
  return servers
    .map((server) => ({ server, order: Math.random() }))
    .sort((left, right) => left.order - right.order)
    .map(({ server }) => server);
}
