import type { Note } from '../../../machines/effect.ts';
import type { MemberRole, MemberSettings } from '../../../runtime/member.ts';
import type { LogPort } from '../../../runtime/ports.ts';
import { loadRoster } from '../../../runtime/roster.ts';
import { MemoryStore, type Survivors } from '../../../storage/memory/store.ts';
import { type Handshake, type Reply, type Request, TestClient } from './client.ts';
import { Disk } from './disk.ts';
import { EventLoop } from './event-loop.ts';
import { MemberProcess } from './member-process.ts';
import { Network, type Traffic } from './network.ts';
import { Random } from './random.ts';
import { Witness } from './witness.ts';

const roster = await loadRoster();

export interface EnsembleOptions {
  readonly size?: number;
  readonly seed?: number;
  /** How long a message, and a flush, take, ms. */
  readonly networkMs?: (random: Random) => number;
  readonly diskMs?: (random: Random, member: number) => number;
  /** Whether messages of one member on different subjects may overtake one another. */
  readonly mixesSubjects?: boolean;
  readonly settings?: Partial<Omit<MemberSettings, 'self' | 'voters' | 'ensemble'>>;
}

interface Seat {
  readonly disk: Disk;
  store: MemoryStore;
  process: MemberProcess | undefined;
}

const TIMING = {
  heartbeatMs: 50,
  silenceMs: 500,
  establishMs: 5000,
  finalizeWaitMs: 100,
  announceMinMs: 100,
  announceMaxMs: 1000,
  sessionExpiryIntervalMs: 500,
};
const LOOKING_FOR_LONG_MS = 20_000;

/**
 * A whole ensemble in one process: real members on a bus, disks and a clock that the test has in its hand.
 * Whatever a witness finds wrong, and whatever makes a member stop, ends the test where it happens.
 */
export class Ensemble {
  readonly loop = new EventLoop();
  readonly random: Random;
  readonly network: Network;
  readonly witness: Witness;
  readonly traffic: Traffic[] = [];
  readonly notes: string[] = [];
  readonly voters: readonly number[];
  readonly #options: EnsembleOptions;
  readonly #seats = new Map<number, Seat>();
  readonly #failures: Error[] = [];

  constructor(options: EnsembleOptions = {}) {
    this.#options = options;
    this.random = new Random(options.seed ?? 1);
    this.voters = Array.from({ length: options.size ?? 3 }, (_, index) => index + 1);
    const networkMs = options.networkMs ?? (() => 1);
    const diskMs = options.diskMs ?? (() => 1);
    this.network = new Network(this.loop, {
      latencyMs: () => networkMs(this.random),
      mixesSubjects: options.mixesSubjects ?? false,
    });
    for (const voter of this.voters) {
      const disk: Disk = new Disk(
        this.loop,
        () => diskMs(this.random, voter),
        (fn) => this.#seat(voter).process?.inside(fn),
      );
      const store = new MemoryStore({ schedule: (order) => disk.take(order) });
      this.#seats.set(voter, { disk, store, process: undefined });
    }
    this.witness = new Witness({
      voters: this.voters,
      log: (member) => this.log(member),
      trees: () => this.#trees(),
    });
    this.network.watch((traffic) => {
      this.traffic.push(traffic);
      this.witness.hear(traffic);
    });
    this.loop.afterEach = () => this.#check();
  }

  // --- members

  start(...members: readonly number[]): void {
    for (const member of members.length === 0 ? this.voters : members) {
      const seat = this.#seat(member);
      if (seat.process !== undefined) throw new Error(`member ${member} runs already`);
      const process: MemberProcess = new MemberProcess(
        {
          loop: this.loop,
          random: this.random,
          roster,
          settings: this.#settings(member),
          note: (note) => this.#note(member, note),
          failed: (error) => this.#fail(member, error),
        },
        seat.store,
      );
      seat.process = process;
      process.start(this.network.connect(member, process.inside));
    }
  }

  /** Power is cut: what is not on the disk is lost, but for the orders that `survivors` counts. */
  crash(member: number, survivors: Survivors = {}): void {
    const seat = this.#seat(member);
    if (seat.process === undefined) throw new Error(`member ${member} does not run`);
    seat.process.kill();
    seat.process = undefined;
    this.network.kill(member);
    seat.disk.release();
    seat.store = seat.store.crash(survivors);
  }

  restart(member: number): void {
    this.start(member);
  }

  process(member: number): MemberProcess {
    const { process } = this.#seat(member);
    if (process === undefined) throw new Error(`member ${member} does not run`);
    return process;
  }

  disk(member: number): Disk {
    return this.#seat(member).disk;
  }

  log(member: number): LogPort {
    return this.#seat(member).store.log;
  }

  isRunning(member: number): boolean {
    return this.#seat(member).process !== undefined;
  }

  role(member: number): MemberRole | 'down' {
    return this.#seat(member).process?.member.role ?? 'down';
  }

  /** State of one actor's chart. */
  state(member: number, actor: string): unknown {
    return this.process(member).member.host.actors.get(actor)?.state;
  }

  get running(): readonly number[] {
    return this.voters.filter((voter) => this.isRunning(voter));
  }

  /** The member that leads, if exactly one says that it does. */
  get leader(): number | undefined {
    const leaders = this.voters.filter((voter) => this.role(voter) === 'leader');
    return leaders.length === 1 ? leaders[0] : undefined;
  }

  get followers(): readonly number[] {
    return this.voters.filter((voter) => this.role(voter) === 'follower');
  }

  // --- time

  run(forMs: number): void {
    this.loop.run(forMs);
  }

  until(condition: () => boolean, what: string, limitMs = LOOKING_FOR_LONG_MS): void {
    this.loop.until(condition, what, limitMs);
  }

  /** Until every member that runs serves under one leader; gives its id. */
  settle(limitMs = LOOKING_FOR_LONG_MS): number {
    const isSettled = () =>
      this.leader !== undefined && this.followers.length === this.running.length - 1;
    this.until(isSettled, 'all members serve under one leader', limitMs);
    const { leader } = this;
    if (leader === undefined) throw new Error('there is no leader');
    return leader;
  }

  // --- clients

  /** A client on its way; the handshake has been sent. */
  knock(member: number, handshake: Handshake = {}): TestClient {
    return new TestClient(this.loop, this.process(member), handshake);
  }

  connect(member: number, handshake: Handshake = {}): TestClient {
    const client = this.knock(member, handshake);
    this.until(() => client.isConnected, `a client of member ${member} has its session`);
    return client;
  }

  /** Sends one request and waits for its reply. */
  ask(client: TestClient, request: Request): Reply {
    const [xid] = client.send(request);
    this.until(() => client.replyTo(xid) !== undefined, 'the reply');
    const reply = client.replyTo(xid);
    if (reply === undefined) throw new Error('there is no reply');
    return reply;
  }

  // --- what is held against the members

  zxid(member: number): number {
    return this.process(member).member.replica.appliedZxid;
  }

  digest(member: number): number {
    return this.process(member).member.replica.digest;
  }

  /** Data of a node as the member has it. */
  dataAt(member: number, path: string): string | undefined {
    const node = this.process(member).member.replica.tree.get(path);
    return node === undefined ? undefined : Buffer.from(node.data ?? []).toString();
  }

  sent(type: Traffic['message']['type'], from?: number): Traffic[] {
    return this.traffic.filter(
      (one) => one.message.type === type && (from === undefined || one.from === from),
    );
  }

  #check(): void {
    this.witness.look();
    const { violation } = this.witness;
    const failure = this.#failures[0];
    if (failure !== undefined) throw failure;
    if (violation !== undefined) throw new Error(violation);
  }

  *#trees(): Iterable<readonly [number, number, number]> {
    for (const member of this.running) yield [member, this.zxid(member), this.digest(member)];
  }

  #seat(member: number): Seat {
    const seat = this.#seats.get(member);
    if (seat === undefined) throw new Error(`there is no member ${member}`);
    return seat;
  }

  #settings(self: number): MemberSettings {
    return {
      self,
      ensemble: 'test',
      voters: this.voters,
      timing: TIMING,
      sessions: { minTimeoutMs: 1000, maxTimeoutMs: 20_000, patienceMs: 1000 },
      checkpoint: { intervalMs: 2000, changes: 200, retainTxns: 50 },
      tree: {},
      access: { skipAcl: false, superDigest: undefined },
      outstandingLimit: 1000,
      ...this.#options.settings,
    };
  }

  #note(member: number, note: Note): void {
    this.notes.push(`${this.loop.nowMs} ${member} ${note.level} ${note.text}`);
  }

  #fail(member: number, error: unknown): void {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#failures.push(new Error(`member ${member} has stopped: ${reason}`));
  }
}
