import { Client } from '../client/client.ts';
import { type Address, Connection } from '../client/connection.ts';
import { SessionExpired } from '../client/error.ts';
import { EVENT, MODE, OP, type Stat, WATCH_MODE, type WatchEvent } from '../client/record.ts';
import { createBody, createTtlBody } from '../client/request.ts';
import { eventually } from '../ensemble/wait.ts';

/** Of the sessions that are left to expire; both services have to grant it. */
export const SHORT_MS = 4000;
const LONG_MS = 60_000;
const WITHIN_MS = 60_000;
const ANSWER_MS = 30_000;
const HOUR_MS = 3_600_000;
const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(EVENT).map(([name, type]) => [type, name]),
);

/**
 * What ends without anybody asking for it: sessions, containers and TTL nodes (reference §9.2, §9.8). Tells what
 * a client can see of it, without times and zxids: two services that are the same tell the same.
 */
export async function lifetimes(address: Address): Promise<readonly string[]> {
  const scene = await Scene.open(address);
  try {
    await scene.sessions();
    await scene.containers();
    await scene.ttlNodes();
    return scene.told;
  } finally {
    await scene.close();
  }
}

class Scene {
  readonly told: string[] = [];
  readonly #address: Address;
  /** Watches `/x` alone, and does what has to be done. */
  readonly #near: Client;
  /** Watches `/x` and everything below. */
  readonly #far: Client;

  private constructor(address: Address, near: Client, far: Client) {
    this.#address = address;
    this.#near = near;
    this.#far = far;
  }

  static async open(address: Address): Promise<Scene> {
    const near = await client(address, LONG_MS);
    const far = await client(address, LONG_MS);
    await near.create('/x');
    await near.addWatch('/x', WATCH_MODE.persistent);
    await far.addWatch('/x', WATCH_MODE.persistentRecursive);
    return new Scene(address, near, far);
  }

  async close(): Promise<void> {
    await Promise.all([this.#near.close(), this.#far.close()]);
  }

  async sessions(): Promise<void> {
    const silent = await this.#session('/x/a', '/x/b');
    const last = await this.#near.get('/x/b');
    await silent.closed;
    this.told.push(`a silent session was told ${silent.arrivals.length - 2} things more`);
    await this.#phase('a silent session is over', sortedDeletions);
    this.#says('in one txn', (await this.#x()).pzxid === last.stat.czxid + 1);
    await this.#comesBack(silent);

    const alive = await client(this.#address, SHORT_MS);
    await alive.create('/x/alive', '', { mode: MODE.ephemeral });
    const gone = await this.#session('/x/c');
    gone.destroy();
    await this.#goes('/x/c');
    await this.#phase('a session without a connection is over');
    await this.#comesBack(gone);
    this.#says('the session that says something goes on', await this.#isThere('/x/alive'));
    alive.abandon();
    await this.#goes('/x/alive');
    await this.#phase('it falls silent too');
  }

  async containers(): Promise<void> {
    const container = (path: string) =>
      this.#near.request(
        OP.createContainer,
        createBody(path, null, { mode: MODE.container }),
        `createContainer ${path}`,
      );
    for (const path of ['/x/unused', '/x/used', '/x/full']) await container(path);
    for (const path of ['/x/used/a', '/x/full/a']) await this.#near.create(path);
    await this.#near.delete('/x/used/a');
    await this.#goes('/x/used');
    await this.#phase('a container whose last child has gone');
    for (const path of ['/x/unused', '/x/full']) this.#says(path, await this.#isThere(path));
  }

  async ttlNodes(): Promise<void> {
    const ttl = (path: string, ttlMs: number) => ({
      opcode: OP.createTtl,
      body: createTtlBody(path, null, ttlMs),
    });
    // In one txn: between two of them the node might go.
    const child = { opcode: OP.create, body: createBody('/x/parent/a', null) };
    await this.#near.multi([ttl('/x/long', HOUR_MS), ttl('/x/parent', 1), child]);
    await this.#near.multi([ttl('/x/short', 1)]);
    await this.#goes('/x/short');
    await this.#phase('a TTL node has had its time');
    for (const path of ['/x/long', '/x/parent']) this.#says(path, await this.#isThere(path));
    await this.#near.delete('/x/parent/a');
    await this.#goes('/x/parent');
    await this.#phase('another one, as soon as it has no child');
  }

  /** A session that will say nothing more, with these ephemerals. */
  async #session(...paths: readonly string[]): Promise<Connection> {
    const connection = await Connection.open(this.#address, { timeoutMs: SHORT_MS }, ANSWER_MS);
    connection.recording = true;
    for (const path of paths) {
      await connection.submit(OP.create, createBody(path, null, { mode: MODE.ephemeral }));
    }
    return connection;
  }

  async #comesBack({ sessionId, password }: Connection): Promise<void> {
    try {
      const hello = { timeoutMs: SHORT_MS, sessionId, password };
      (await Connection.open(this.#address, hello, ANSWER_MS)).destroy();
      this.told.push('it comes back');
    } catch (error) {
      this.#says('it is told that it has expired', error instanceof SessionExpired);
    }
  }

  async #goes(path: string): Promise<void> {
    await eventually(`${path} goes`, WITHIN_MS, async () => !(await this.#isThere(path)));
  }

  async #isThere(path: string): Promise<boolean> {
    return (await this.#near.exists(path)) !== undefined;
  }

  #says(what: string, is: boolean): void {
    this.told.push(`${what}: ${is ? 'yes' : 'no'}`);
  }

  async #x(): Promise<Stat> {
    return (await this.#near.get('/x')).stat;
  }

  /** All events up to now, and what the parent says of its children. */
  async #phase(
    name: string,
    order = (events: readonly string[]): readonly string[] => events,
  ): Promise<void> {
    const { cversion, version, numChildren } = await this.#x();
    await this.#far.get('/x');
    this.told.push(
      `${name}: cversion ${cversion}, version ${version}, ${numChildren} children`,
      `  near: ${order(this.#near.events.splice(0).map(eventText)).join(', ')}`,
      `  far: ${order(this.#far.events.splice(0).map(eventText)).join(', ')}`,
    );
  }
}

function client(address: Address, timeoutMs: number): Promise<Client> {
  return Client.connect([address], { timeoutMs, answerMs: ANSWER_MS });
}

function eventText({ type, path }: WatchEvent): string {
  return `${NAMES.get(type)} ${path}`;
}

/** The ephemerals of a session go in no order that anybody promises (reference §9.2). */
function sortedDeletions(events: readonly string[]): readonly string[] {
  const isDeletion = (event: string) => event.startsWith('deleted');
  return [...events.filter((event) => !isDeletion(event)), ...events.filter(isDeletion).sort()];
}
