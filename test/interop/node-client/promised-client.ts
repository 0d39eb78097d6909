import { once } from 'node:events';
import zookeeper, {
  type ACL,
  type Client,
  type Event,
  type Exception,
  type Stat,
  type Transaction,
  type TransactionResult,
} from 'node-zookeeper-client';

const { CreateMode } = zookeeper;

type Failure = Exception | null | undefined;

/** The package's client, its callbacks as promises. */
export class PromisedClient {
  readonly client: Client;
  /** The events of its state, in their order. */
  readonly states: string[] = [];

  constructor(hosts: string, options: Parameters<typeof zookeeper.createClient>[1] = {}) {
    this.client = zookeeper.createClient(hosts, { spinDelay: 50, ...options });
    for (const name of ['connected', 'disconnected', 'expired', 'authenticationFailed']) {
      this.client.on(name, () => this.states.push(name));
    }
  }

  async connect(): Promise<this> {
    const connected = once(this.client, 'connected');
    this.client.connect();
    await connected;
    return this;
  }

  get session(): string {
    return this.client.getSessionId().toString('hex');
  }

  /** Waits for the next event of this name, or for one that has come already. */
  async reaches(name: string): Promise<void> {
    if (!this.states.includes(name)) await once(this.client, name);
  }

  /** Loses the connection, and comes back with the same session. */
  async kick(): Promise<void> {
    const connected = once(this.client, 'connected');
    this.client.connectionManager.socket.destroy();
    await connected;
  }

  async close(): Promise<void> {
    if (this.states.at(-1) !== 'connected') return;
    const disconnected = once(this.client, 'disconnected');
    this.client.close();
    await disconnected;
  }

  create(
    path: string,
    data?: string,
    mode: number = CreateMode.PERSISTENT,
    acls: readonly ACL[] = zookeeper.ACL.OPEN_ACL_UNSAFE,
  ): Promise<string> {
    const bytes = data === undefined ? undefined : Buffer.from(data);
    return ask((answer) => this.client.create(path, bytes, acls, mode, answer));
  }

  mkdirp(path: string): Promise<string> {
    return ask((answer) => this.client.mkdirp(path, answer));
  }

  remove(path: string, version = -1): Promise<undefined> {
    return ask((answer) => this.client.remove(path, version, (error) => answer(error, undefined)));
  }

  removeRecursive(path: string): Promise<undefined> {
    return ask((answer) =>
      this.client.removeRecursive(path, -1, (error) => answer(error, undefined)),
    );
  }

  subtree(path: string): Promise<readonly string[]> {
    return ask((answer) => this.client.listSubTreeBFS(path, answer));
  }

  exists(path: string, watcher?: (event: Event) => void): Promise<Stat | null | undefined> {
    return ask((answer) => this.client.exists(path, watcher, answer));
  }

  get(
    path: string,
    watcher?: (event: Event) => void,
  ): Promise<{ data: string | undefined; stat: Stat }> {
    return ask((answer) =>
      this.client.getData(path, watcher, (error, data, stat) =>
        answer(error, { data: data?.toString(), stat }),
      ),
    );
  }

  set(path: string, data: string, version = -1): Promise<Stat> {
    return ask((answer) => this.client.setData(path, Buffer.from(data), version, answer));
  }

  children(
    path: string,
    watcher?: (event: Event) => void,
  ): Promise<{ names: string[]; stat: Stat }> {
    return ask((answer) =>
      this.client.getChildren(path, watcher, (error, names, stat) =>
        answer(error, { names: error ? [] : [...names].sort(), stat }),
      ),
    );
  }

  acl(path: string): Promise<{ acls: readonly ACL[]; stat: Stat }> {
    return ask((answer) =>
      this.client.getACL(path, (error, acls, stat) => answer(error, { acls, stat })),
    );
  }

  setAcl(path: string, acls: readonly ACL[], version = -1): Promise<Stat> {
    return ask((answer) => this.client.setACL(path, acls, version, answer));
  }

  transaction(): Transaction {
    return this.client.transaction();
  }
}

/** The results; the error of one that was refused comes with them. */
export function commit(
  transaction: Transaction,
): Promise<{ error: string | undefined; results: readonly TransactionResult[] }> {
  return new Promise((resolve) => {
    transaction.commit((error, results) => resolve({ error: error?.getName(), results }));
  });
}

/** The name of the error with which a request was refused, or `OK`. */
export async function outcome(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return 'OK';
  } catch (error) {
    return error instanceof Refused ? error.message : `${error}`;
  }
}

class Refused extends Error {}

function ask<T>(call: (answer: (error: Failure, value: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => {
      if (error) reject(new Refused(error.getName()));
      else resolve(value);
    });
  });
}
