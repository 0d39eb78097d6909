import type { TestClient } from './client.ts';
import type { Ensemble } from './ensemble.ts';
import { create, createEphemeral, getData, setData, sync } from './request.ts';

interface Connection {
  client: TestClient;
  readonly member: number;
  readonly asked: Map<number, string>;
}

/** Clients that create nodes, each of its own name, and remember which creates were acknowledged. */
export class Workload {
  readonly #ensemble: Ensemble;
  readonly #connections: Connection[] = [];
  #lastNode = 0;
  /** Paths that the ensemble said exist. */
  readonly acknowledged = new Set<string>();

  constructor(ensemble: Ensemble) {
    this.#ensemble = ensemble;
  }

  /** One client does something: comes, goes, moves, or asks for something. */
  step(): void {
    const { random } = this.#ensemble;
    this.collect();
    if (this.#connections.length < 4) this.#come();
    if (this.#connections.length === 0) return;
    const connection = random.pick(this.#connections);
    if (!connection.client.isConnected) return;
    const dice = random.next();
    if (dice < 0.02) connection.client.disconnect();
    else if (dice < 0.05) this.#move(connection);
    else this.#ask(connection);
  }

  /** Looks through the replies, and forgets connections that have ended. */
  collect(): void {
    for (let at = this.#connections.length - 1; at >= 0; at--) {
      const connection = this.#connections[at];
      if (connection === undefined) continue;
      const { client, asked } = connection;
      for (const reply of client.replies.splice(0)) {
        const path = asked.get(reply.xid);
        asked.delete(reply.xid);
        if (path !== undefined && reply.code === 0) this.acknowledged.add(path);
      }
      if (!client.isOpen || !this.#ensemble.isRunning(connection.member)) {
        this.#connections.splice(at, 1);
      }
    }
  }

  endAll(): void {
    this.collect();
    for (const { client } of this.#connections.splice(0)) client.disconnect();
  }

  #come(): void {
    const { random, running } = this.#ensemble;
    if (running.length === 0) return;
    const member = random.pick(running);
    const client = this.#ensemble.knock(member, { timeoutMs: 1000 + random.below(3000) });
    this.#connections.push({ client, member, asked: new Map() });
  }

  /** The same session goes on with another member; the old connection may not know it yet. */
  #move({ client }: Connection): void {
    const { random, running } = this.#ensemble;
    const { session, lastZxidSeen } = client;
    if (session === undefined || running.length === 0) return;
    const member = random.pick(running);
    if (random.chance(0.7)) client.disconnect();
    const moved = this.#ensemble.knock(member, { ...session, lastZxidSeen });
    this.#connections.push({ client: moved, member, asked: new Map() });
  }

  #ask({ client, asked }: Connection): void {
    const { random } = this.#ensemble;
    const requests = [];
    const paths: (string | undefined)[] = [];
    for (let count = 1 + random.below(4); count > 0; count--) {
      const dice = random.next();
      this.#lastNode += 1;
      const path = `/n${this.#lastNode}`;
      paths.push(dice < 0.5 ? path : undefined);
      if (dice < 0.5) requests.push(create(path, 'x'.repeat(random.below(200))));
      else if (dice < 0.6) requests.push(createEphemeral(`/e${this.#lastNode}`));
      else if (dice < 0.7) requests.push(create(`/s`, '', 2));
      else if (dice < 0.8) requests.push(setData('/zookeeper/quota', path));
      else if (dice < 0.9) requests.push(sync());
      else requests.push(getData('/', true));
    }
    for (const [index, xid] of client.send(...requests).entries()) {
      const path = paths[index];
      if (path !== undefined) asked.set(xid, path);
    }
  }
}
