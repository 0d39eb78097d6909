import { Replica } from '../../machines/replica.ts';
import { LocalSessions } from '../../machines/session/local-sessions.ts';
import { RequestProcessor } from '../../machines/session/request-processor.ts';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { DataTree } from '../../machines/znode/tree.ts';
import { NO_OBSERVER } from '../../machines/znode/tree-observer.ts';
import type { Txn } from '../../machines/znode/txn.ts';
import { deliveredTxn } from '../sim/world/member-watch.ts';
import { MemoryReader } from '../znode/fixture.ts';
import type { Happening, HistoryEvent } from './event.ts';
import { PlainClient, type PlainSession } from './plain-client.ts';
import type { ClientRequest } from './request.ts';

const TIMEOUT_MS = 4000;
const MOST_WAITING = 4;

interface PlainMember {
  readonly id: number;
  readonly processor: RequestProcessor;
  readonly replica: Replica;
  /** How much of the committed order it has applied. */
  applied: number;
  readonly syncs: number[];
}

export interface PlainRequests {
  next(): ClientRequest;
}

/** What chance decides. */
export interface PlainChance {
  below(limit: number): number;
}

/**
 * Several members that apply what one leader prepares, each at its own pace, with clients that move between them: the
 * real processors and trees, and nothing of ZAB. What comes out is a history in which all is well.
 */
export class PlainEnsemble {
  readonly events: HistoryEvent[] = [];
  readonly #chance: PlainChance;
  readonly #requests: PlainRequests;
  readonly #leader = new Replica(new DataTree(new MemoryReader()), NO_OBSERVER);
  readonly #members: PlainMember[] = [];
  readonly #order: Txn[] = [];
  #leaderApplied = 0;
  readonly #clients = new Set<PlainClient>();
  /** Sessions without a connection, since when. */
  readonly #idle = new Map<PlainSession, number>();
  #connections = 0;
  #atMs = 1000;

  constructor(chance: PlainChance, requests: PlainRequests, members: number) {
    this.#chance = chance;
    this.#requests = requests;
    for (let id = 1; id <= members; id++) this.#members.push(this.#start(id));
  }

  /** @param steps how many things happen */
  run(steps: number): void {
    for (let step = 0; step < steps; step++) {
      this.#atMs += this.#chance.below(5);
      this.#step();
    }
    for (const member of this.#members) this.#handOn(member);
    for (const member of this.#members) this.#deliver(member, this.#order.length);
    for (const client of this.#clients) while (client.look()) {}
    this.#tell({ type: 'phase', phase: 'end' });
  }

  #step(): void {
    const dice = this.#chance.below(100);
    const member = this.#pick(this.#members);
    const client = this.#pick([...this.#clients]);
    if (this.#clients.size < 3 || dice < 1) member?.processor.createSession(TIMEOUT_MS, PASSWORD);
    if (member !== undefined && dice < 20) this.#handOn(member);
    if (member !== undefined && dice < 40) this.#deliver(member, 1 + this.#chance.below(4));
    if (dice >= 20 && dice < 24) this.#leaderApplies();
    if (dice === 97) this.#expire();
    if (dice === 98) this.#reconnect();
    if (client === undefined) return;
    if (dice >= 40 && dice < 70) this.#ask(client);
    if (dice >= 60 && dice < 97) client.look();
    if (client.isClosed || dice === 99) this.#leave(client);
  }

  #start(id: number): PlainMember {
    const processor = new RequestProcessor(
      {
        member: id,
        firstRequestId: 1,
        authentication: {},
        localSessions: new LocalSessions({
          member: id,
          incarnation: 1,
          isEnabled: false,
          isUpgrading: false,
          expiryIntervalMs: TIMEOUT_MS,
          livedMs: () => this.#atMs,
        }),
        outstandingLimit: 1000,
        nowMs: () => this.#atMs,
      },
      {
        submissionsWaiting: () => undefined,
        countsWaiting: () => undefined,
        outboxFilled: () => undefined,
        sessionCreated: (_, { sessionId, timeoutMs, password }) => {
          const session = { id: sessionId, timeoutMs, password, lastXid: 0, lastZxidSeen: 0 };
          this.#connect(member, session, false);
        },
        sessionClosed: (client) => {
          processor.detach(client);
          client.line.close();
        },
      },
    );
    const replica = new Replica(new DataTree(new MemoryReader()), processor.observer);
    processor.useReplica(replica);
    replica.observe = (delivery) => {
      if (delivery.type !== 'txn') return;
      this.#tell({ type: 'delivered', member: id, ...delivered(delivery.txn) });
    };
    const member = { id, processor, replica, applied: 0, syncs: [] };
    return member;
  }

  #handOn({ id, processor, syncs }: PlainMember): void {
    const handOver = processor.takeSubmissions();
    if (handOver === undefined) return;
    for (const request of handOver.requests) {
      this.#order.push(this.#leader.prepare(request, id, this.#nextZxid(), this.#atMs));
    }
    if (handOver.syncRequestId !== undefined) syncs.push(handOver.syncRequestId);
  }

  #deliver(member: PlainMember, count: number): void {
    const txns = this.#order.slice(member.applied, member.applied + count);
    member.applied += txns.length;
    member.processor.deliver(txns);
    for (const sync of member.syncs.splice(0)) {
      member.processor.synced(sync, this.#order.at(-1)?.zxid ?? 0);
    }
  }

  #leaderApplies(): void {
    for (; this.#leaderApplied < this.#order.length; this.#leaderApplied++) {
      const txn = this.#order[this.#leaderApplied];
      if (txn !== undefined) this.#leader.apply(txn);
    }
  }

  #ask(client: PlainClient): void {
    if (client.isClosed || client.sent.length >= MOST_WAITING) return;
    const dice = this.#chance.below(200);
    const request: ClientRequest =
      dice === 0
        ? { op: 'closeSession' }
        : dice < 4
          ? this.#watchAgain(client)
          : dice < 15
            ? { op: 'ping' }
            : this.#requests.next();
    client.send(request);
    this.#processor(client)?.receive(client.served, client);
  }

  #watchAgain(client: PlainClient): ClientRequest {
    const relativeZxid = Math.max(0, client.session.lastZxidSeen - this.#chance.below(5));
    const some = () => ['/', '/a', '/b', '/a/b'].filter(() => this.#chance.below(2) === 0);
    const lists = { data: some(), exist: some(), child: some() };
    const standard = { op: 'setWatches', relativeZxid, ...lists } as const;
    if (this.#chance.below(2) === 0) return standard;
    return { ...standard, persistent: some(), persistentRecursive: some() };
  }

  /** A session that nobody has spoken for may end. */
  #expire(): void {
    for (const [session, sinceMs] of this.#idle) {
      if (this.#atMs - sinceMs < session.timeoutMs) continue;
      this.#idle.delete(session);
      this.#leaderApplies();
      this.#order.push(this.#leader.prepareExpiry(session.id, this.#nextZxid(), this.#atMs));
      return;
    }
  }

  #reconnect(): void {
    const session = this.#pick([...this.#idle.keys()]);
    const member = this.#pick(this.#members);
    if (session === undefined || member === undefined) return;
    if (session.lastZxidSeen > member.replica.appliedZxid) return;
    this.#leaderApplies();
    this.#idle.delete(session);
    if (!this.#leader.revalidate(session.id, session.password, member.id)) {
      this.#connections += 1;
      const where = { connection: this.#connections, session: session.id, member: member.id };
      this.#tell({ type: 'refused', ...where });
      return;
    }
    this.#connect(member, session, true);
  }

  #connect(member: PlainMember, session: PlainSession, resumed: boolean): void {
    this.#connections += 1;
    const client = new PlainClient(this.#connections, member.id, session, (happening) =>
      this.#tell(happening),
    );
    member.processor.attach(client.served);
    this.#clients.add(client);
    const { id, timeoutMs } = session;
    const where = { connection: client.number, session: id, member: member.id };
    const lastZxidSeen = session.lastZxidSeen;
    this.#tell({ type: 'connected', ...where, timeoutMs, resumed, lastZxidSeen });
  }

  #leave(client: PlainClient): void {
    while (client.isClosed && client.look()) {}
    this.#processor(client)?.detach(client.served);
    this.#clients.delete(client);
    this.#idle.set(client.session, this.#atMs);
    const { number, session } = client;
    this.#tell({ type: 'disconnected', connection: number, session: session.id });
  }

  #processor(client: PlainClient): RequestProcessor | undefined {
    return this.#members[client.member - 1]?.processor;
  }

  #nextZxid(): number {
    return zxidOf(1, this.#order.length + 1);
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items[this.#chance.below(Math.max(1, items.length))];
  }

  #tell(happening: Happening): void {
    this.events.push({ atMs: this.#atMs, ...happening });
  }
}

const PASSWORD = Buffer.alloc(16, 7);

function delivered(txn: Txn) {
  return { ...deliveredTxn(txn, txn.zxid), code: codeOf(txn) };
}

function codeOf({ body }: Txn): number {
  if (body.type === 'error') return body.code;
  if (body.type !== 'multi') return 0;
  const failing = body.parts.find((part) => part.type === 'error' && part.code !== 0);
  return failing?.type === 'error' ? failing.code : 0;
}
