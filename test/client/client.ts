import { setTimeout as sleep } from 'node:timers/promises';
import { type Address, Connection, type Reply } from './connection.ts';
import { ConnectionLost, ReplyError, SessionExpired } from './error.ts';
import { type MultiResult, readMultiResults } from './multi-result.ts';
import { type Acl, OP, type Stat, type WatchEvent } from './record.ts';
import {
  type AllWatchedPaths,
  addWatchBody,
  authBody,
  createBody,
  type MultiPart,
  multiBody,
  pathBody,
  type Reconfiguration,
  readBody,
  reconfigBody,
  setAclBody,
  setDataBody,
  setWatches2Body,
  versionBody,
  watcherBody,
} from './request.ts';

export interface ClientOptions {
  readonly timeoutMs?: number;
  /** Pause before the next server is tried, ms. */
  readonly retryMs?: number;
  /** How long one server may take to answer a connect request, ms. */
  readonly answerMs?: number;
}

/** Something that no client may ever see, kept for the checker. */
export interface Regression {
  readonly seen: number;
  readonly next: number;
  readonly where: string;
}

/**
 * A session that outlives its connections, as applications have it: reconnects to the next server with its
 * id, password and last zxid. A request in flight when a connection ends rejects with ConnectionLost.
 */
export class Client {
  readonly regressions: Regression[] = [];
  readonly events: WatchEvent[] = [];
  lastZxidSeen = 0;
  reconnects = 0;

  readonly #addresses: readonly Address[];
  readonly #options: Required<ClientOptions>;
  #connection: Connection | undefined;
  #connecting: Promise<Connection> | undefined;
  #next: number;
  #sessionId = 0n;
  #password = Buffer.alloc(16);
  #timeoutMs: number;
  #ended: Error | undefined;
  #pinger: NodeJS.Timeout | undefined;

  private constructor(addresses: readonly Address[], first: number, options: ClientOptions) {
    this.#addresses = addresses;
    this.#next = first;
    this.#options = { timeoutMs: 10_000, retryMs: 10, answerMs: 1000, ...options };
    this.#timeoutMs = this.#options.timeoutMs;
  }

  /** Tries `addresses[first]` first, then the others in turn. */
  static async connect(
    addresses: readonly Address[],
    options: ClientOptions = {},
    first = 0,
  ): Promise<Client> {
    const client = new Client(addresses, first % addresses.length, options);
    await client.#connected();
    return client;
  }

  get sessionId(): bigint {
    return this.#sessionId;
  }

  get password(): Buffer {
    return this.#password;
  }

  get timeoutMs(): number {
    return this.#timeoutMs;
  }

  /** Own port of the present connection. */
  get localPort(): number | undefined {
    return this.#connection?.localPort;
  }

  async request(opcode: number, body: Buffer, what: string): Promise<Reply> {
    const connection = await this.#connected();
    const reply = await connection.submit(opcode, body);
    if (reply.error !== 0) throw new ReplyError(reply.error, what);
    return reply;
  }

  async create(
    path: string,
    data = '',
    options: { readonly mode?: number; readonly acl?: readonly Acl[] } = {},
  ): Promise<{ path: string; stat: Stat }> {
    const body = createBody(path, Buffer.from(data), options);
    const reply = await this.request(OP.create2, body, `create ${path}`);
    const result = { path: reply.body.string(), stat: reply.body.stat() };
    reply.body.end();
    return result;
  }

  async delete(path: string, version = -1): Promise<void> {
    const reply = await this.request(OP.delete, versionBody(path, version), `delete ${path}`);
    reply.body.end();
  }

  async set(path: string, data: string, version = -1): Promise<Stat> {
    const body = setDataBody(path, Buffer.from(data), version);
    return this.#stat(await this.request(OP.setData, body, `setData ${path}`));
  }

  async get(path: string, watch = false): Promise<{ data: string | null; stat: Stat }> {
    const reply = await this.request(OP.getData, readBody(path, watch), `getData ${path}`);
    const data = reply.body.buffer();
    return { data: data === null ? null : data.toString(), stat: this.#stat(reply) };
  }

  /** `undefined` where there is no such node. */
  async exists(path: string, watch = false): Promise<Stat | undefined> {
    try {
      return this.#stat(await this.request(OP.exists, readBody(path, watch), `exists ${path}`));
    } catch (error) {
      if (error instanceof ReplyError && error.code === -101) return undefined;
      throw error;
    }
  }

  async children(path: string, watch = false): Promise<string[]> {
    const reply = await this.request(OP.getChildren, readBody(path, watch), `getChildren ${path}`);
    const names = reply.body.strings();
    reply.body.end();
    return names;
  }

  async getAcl(path: string): Promise<{ acl: Acl[]; stat: Stat }> {
    const reply = await this.request(OP.getAcl, pathBody(path), `getACL ${path}`);
    return { acl: reply.body.acl(), stat: this.#stat(reply) };
  }

  async setAcl(path: string, acl: readonly Acl[], version = -1): Promise<Stat> {
    return this.#stat(
      await this.request(OP.setAcl, setAclBody(path, acl, version), `setACL ${path}`),
    );
  }

  async sync(path: string): Promise<void> {
    await this.request(OP.sync, pathBody(path), `sync ${path}`);
  }

  async auth(scheme: string, auth: string): Promise<void> {
    await this.request(OP.auth, authBody(scheme, auth), `auth ${scheme}`);
  }

  async multi(parts: readonly MultiPart[]): Promise<{ zxid: number; results: MultiResult[] }> {
    const reply = await this.request(OP.multi, multiBody(parts), 'multi');
    return { zxid: reply.zxid, results: readMultiResults(reply.body) };
  }

  /** Children or data of several nodes, each answered on its own. */
  async multiRead(parts: readonly MultiPart[]): Promise<MultiResult[]> {
    const reply = await this.request(OP.multiRead, multiBody(parts), 'multiRead');
    return readMultiResults(reply.body);
  }

  /** @param mode one of WATCH_MODE */
  async addWatch(path: string, mode: number): Promise<void> {
    const reply = await this.request(OP.addWatch, addWatchBody(path, mode), `addWatch ${path}`);
    const code = reply.body.int();
    reply.body.end();
    if (code !== 0) throw new ReplyError(code, `addWatch ${path}`);
  }

  /** @param type one of WATCHER_TYPE */
  async removeWatches(path: string, type: number): Promise<void> {
    const body = watcherBody(path, type);
    (await this.request(OP.removeWatches, body, `removeWatches ${path}`)).body.end();
  }

  /** @param type one of WATCHER_TYPE */
  async checkWatches(path: string, type: number): Promise<void> {
    const body = watcherBody(path, type);
    (await this.request(OP.checkWatches, body, `checkWatches ${path}`)).body.end();
  }

  /** Sets watches anew, as a client does that has come back. */
  async setWatches2(relativeZxid: number, paths: AllWatchedPaths): Promise<void> {
    const body = setWatches2Body(relativeZxid, paths);
    (await this.request(OP.setWatches2, body, 'setWatches2')).body.end();
  }

  async ephemerals(prefix = '/'): Promise<string[]> {
    const reply = await this.request(OP.getEphemerals, pathBody(prefix), `getEphemerals ${prefix}`);
    const paths = reply.body.strings();
    reply.body.end();
    return paths;
  }

  async allChildrenNumber(path: string): Promise<number> {
    const what = `getAllChildrenNumber ${path}`;
    const reply = await this.request(OP.getAllChildrenNumber, pathBody(path), what);
    const count = reply.body.int();
    reply.body.end();
    return count;
  }

  async whoAmI(): Promise<{ scheme: string; user: string }[]> {
    const reply = await this.request(OP.whoAmI, Buffer.alloc(0), 'whoAmI');
    const identities = reply.body.clientInfos();
    reply.body.end();
    return identities;
  }

  async reconfig(change: Reconfiguration): Promise<{ config: string; stat: Stat }> {
    const reply = await this.request(OP.reconfig, reconfigBody(change), 'reconfig');
    const config = reply.body.buffer()?.toString() ?? '';
    return { config, stat: this.#stat(reply) };
  }

  /** Ends the session at the server; gives up when no server answers within `waitMs`. */
  async close(waitMs = 5000): Promise<void> {
    if (this.#ended === undefined && this.#connection?.open) {
      const connection = this.#connection;
      const late = sleep(waitMs, undefined, { ref: false }).then(() => connection.destroy());
      await Promise.race([connection.close().catch(() => undefined), late]);
    }
    this.abandon();
  }

  /** Ends the client as a crash would: the socket closes, the server hears nothing of it. */
  abandon(): void {
    this.#ended ??= new ConnectionLost('the client has ended');
    clearInterval(this.#pinger);
    this.#connection?.destroy();
  }

  #stat(reply: Reply): Stat {
    const stat = reply.body.stat();
    reply.body.end();
    return stat;
  }

  async #connected(): Promise<Connection> {
    if (this.#connection?.open) return this.#connection;
    this.#connecting ??= this.#reconnect().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #reconnect(): Promise<Connection> {
    clearInterval(this.#pinger);
    if (this.#connection !== undefined) this.reconnects += 1;
    for (let attempt = 0; ; attempt += 1) {
      if (this.#ended !== undefined) throw this.#ended;
      if (attempt > 0) await sleep(this.#options.retryMs);
      const address = this.#addresses[this.#next];
      this.#next = (this.#next + 1) % this.#addresses.length;
      if (address === undefined) throw new RangeError('no addresses');
      try {
        return this.#adopt(await this.#dial(address));
      } catch (error) {
        if (error instanceof SessionExpired) {
          this.#ended = error;
          throw error;
        }
        if (!(error instanceof ConnectionLost)) throw error;
      }
    }
  }

  #dial(address: Address): Promise<Connection> {
    return Connection.open(
      address,
      {
        timeoutMs: this.#options.timeoutMs,
        sessionId: this.#sessionId,
        password: this.#password,
        lastZxidSeen: this.lastZxidSeen,
      },
      this.#options.answerMs,
    );
  }

  #adopt(connection: Connection): Connection {
    const where = `session 0x${connection.sessionId.toString(16)}`;
    if (this.#sessionId !== 0n && this.#sessionId !== connection.sessionId) {
      throw new Error(`${where} in the place of 0x${this.#sessionId.toString(16)}`);
    }
    this.#connection = connection;
    this.#sessionId = connection.sessionId;
    this.#password = connection.password;
    this.#timeoutMs = connection.timeoutMs;
    connection.onReply = (reply) => this.#observe(reply.zxid, where);
    connection.onEvent = (event) => this.events.push(event);
    this.#ping(connection);
    return connection;
  }

  /** Pings at a third of the timeout; a server that has not answered by the next ping is given up. */
  #ping(connection: Connection): void {
    let answered = true;
    const ping = () => {
      if (!answered) {
        connection.destroy();
        return;
      }
      answered = false;
      connection.ping().then(
        () => {
          answered = true;
        },
        () => undefined,
      );
    };
    this.#pinger = setInterval(ping, this.#timeoutMs / 3);
    const pinger = this.#pinger;
    connection.closed.then(() => clearInterval(pinger));
    if (this.#ended !== undefined) connection.destroy();
  }

  #observe(zxid: number, where: string): void {
    if (zxid <= 0) return;
    if (zxid < this.lastZxidSeen) {
      this.regressions.push({ seen: this.lastZxidSeen, next: zxid, where });
    }
    this.lastZxidSeen = Math.max(this.lastZxidSeen, zxid);
  }
}
