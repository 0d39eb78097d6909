import assert from 'node:assert/strict';
import type { Handshake, Reply, Request, TestClient } from '../../sim/world/client.ts';
import type { Ensemble } from '../../sim/world/ensemble.ts';
import {
  create,
  createEphemeral,
  exists,
  getData,
  setData,
  sync,
} from '../../sim/world/request.ts';

interface Connection {
  readonly client: TestClient;
  readonly member: number;
  readonly asked: Map<number, (reply: Reply) => void>;
  /** What this session has been told, on this connection or an earlier one. */
  readonly own: string[];
}

const SEQUENTIAL = 2;
const CLIENTS = 4;

/**
 * Clients that create nodes, each of its own name, and hold the ensemble to what it has acknowledged: a
 * session sees what it wrote, and behind a sync everybody sees what anybody was told before.
 */
export class Workload {
  readonly #ensemble: Ensemble;
  #connections: Connection[] = [];
  #lastNode = 0;
  /** Paths that the ensemble said exist. */
  readonly acknowledged: string[] = [];

  constructor(ensemble: Ensemble) {
    this.#ensemble = ensemble;
  }

  /** One client does something: comes, goes, moves, or asks for something. */
  step(): void {
    const { random } = this.#ensemble;
    this.collect();
    if (this.#connections.length < CLIENTS) this.#come();
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
    for (const { client, asked } of this.#connections) {
      for (const reply of client.replies.splice(0)) {
        asked.get(reply.xid)?.(reply);
        asked.delete(reply.xid);
      }
    }
    this.#connections = this.#connections.filter(
      ({ client, member }) => client.isOpen && this.#ensemble.isRunning(member),
    );
  }

  endAll(): void {
    this.collect();
    for (const { client } of this.#connections.splice(0)) client.disconnect();
  }

  #come(): void {
    const timeoutMs = 1000 + this.#ensemble.random.below(3000);
    this.#connect({ timeoutMs }, []);
  }

  /** The same session goes on with another member; the old connection may not know it yet. */
  #move({ client, own }: Connection): void {
    const { session, lastZxidSeen } = client;
    if (session === undefined) return;
    if (this.#ensemble.random.chance(0.7)) client.disconnect();
    // From here on the two connections see what each of them is told.
    this.#connect({ ...session, lastZxidSeen }, [...own]);
  }

  #connect(handshake: Handshake, own: string[]): void {
    const { random, running } = this.#ensemble;
    if (running.length === 0) return;
    const member = random.pick(running);
    const client = this.#ensemble.knock(member, handshake);
    this.#connections.push({ client, member, asked: new Map(), own });
  }

  #ask(connection: Connection): void {
    const { random } = this.#ensemble;
    const requests: Request[] = [];
    const checks: ((reply: Reply) => void)[] = [];
    for (let count = 1 + random.below(4); count > 0; count--) {
      const [request, check] = this.#request(connection, random.next());
      requests.push(request);
      checks.push(check);
    }
    if (random.chance(0.1)) {
      requests.push(sync(), ...this.#present(this.acknowledged));
      checks.push(() => undefined, isPresent);
    }
    for (const [index, xid] of connection.client.send(...requests).entries()) {
      const check = checks[index];
      if (check !== undefined) connection.asked.set(xid, check);
    }
  }

  #request({ own }: Connection, dice: number): [Request, (reply: Reply) => void] {
    const { random } = this.#ensemble;
    this.#lastNode += 1;
    const path = `/n${this.#lastNode}`;
    const [known] = this.#present(own);
    if (known !== undefined && dice < 0.2) return [known, isPresent];
    if (dice < 0.6) {
      return [
        create(path, 'x'.repeat(random.below(200))),
        (reply) => this.#created(path, own, reply),
      ];
    }
    if (dice < 0.7) return [createEphemeral(`/e${this.#lastNode}`), () => undefined];
    if (dice < 0.8) return [create('/s', '', SEQUENTIAL), () => undefined];
    if (dice < 0.9) return [setData('/zookeeper/quota', path), () => undefined];
    return [getData('/', true), () => undefined];
  }

  /** A look at one of the paths, if there is any. */
  #present(paths: readonly string[]): Request[] {
    return paths.length === 0 ? [] : [exists(this.#ensemble.random.pick(paths))];
  }

  #created(path: string, own: string[], { code }: Reply): void {
    if (code !== 0) return;
    own.push(path);
    this.acknowledged.push(path);
  }
}

function isPresent({ code, zxid }: Reply): void {
  assert.equal(code, 0, `what was acknowledged is not there at zxid ${zxid.toString(16)}`);
}
