import type { Note } from '../../../machines/effect.ts';
import type { MemberRole, MemberSettings } from '../../../runtime/member.ts';
import type { LogPort } from '../../../runtime/ports.ts';
import { loadRoster, type Roster } from '../../../runtime/roster.ts';
import { type DiskOrder, emptyDisk } from '../../../storage/memory/disk.ts';
import { MemoryStore, type Survivors } from '../../../storage/memory/store.ts';
import { Audience } from '../../history/audience.ts';
import type { Checker } from '../../history/checker.ts';
import { zabCheckers } from '../../history/checkers/zab.ts';
import type { Happening, HistoryEvent } from '../../history/event.ts';
import { Violation } from '../../history/violation.ts';
import { type Handshake, type Reply, type Request, TestClient } from './client.ts';
import { Disk } from './disk.ts';
import { EventLoop } from './event-loop.ts';
import { MemberProcess } from './member-process.ts';
import { MemberWatch } from './member-watch.ts';
import { messageSeen } from './message-seen.ts';
import { Network, type Traffic } from './network.ts';
import { Random } from './random.ts';

const ROSTER = await loadRoster();

export interface EnsembleOptions {
  /** Members that vote; as many without a vote come behind them. */
  readonly size?: number;
  readonly observers?: number;
  readonly seed?: number;
  /** How long a message, and a flush, take, ms. */
  readonly networkMs?: (random: Random) => number;
  readonly diskMs?: (random: Random, member: number) => number;
  /** How long a member takes until it has read all that waits for it, ms. */
  readonly pollMs?: (random: Random) => number;
  /** Whether messages of one member on different subjects may overtake one another. */
  readonly mixesSubjects?: boolean;
  readonly settings?: Partial<Omit<MemberSettings, 'self' | 'voters' | 'ensemble'>>;
  /** What members have promised before the first start: elections that came to nothing. */
  readonly acceptedEpochs?: readonly number[];
  /** Whether all traffic and all notes are kept to be looked at; without, the last notes are. */
  readonly remembersAll?: boolean;
  /** What else is held against the history, beside what ZAB promises. */
  readonly checkers?: readonly Checker[];
  /** Another roster than the one of the checkout. */
  readonly roster?: Roster;
}

interface Seat {
  readonly disk: Disk;
  readonly clock: { rate: number; wallOffsetMs: number };
  store: MemoryStore;
  process: MemberProcess | undefined;
  watch: MemberWatch | undefined;
}

const NOTES_KEPT = 100;
/** An emptied member counts its starts from somewhere else, as `runtime/main.ts` has it. */
const INCARNATIONS = 2 ** 20;

export const TIMING = {
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
 * Whatever the checkers find wrong, and whatever makes a member stop, ends the test where it happens.
 */
export class Ensemble {
  readonly loop = new EventLoop();
  readonly random: Random;
  readonly network: Network;
  readonly traffic: Traffic[] = [];
  readonly notes: string[] = [];
  #voters: readonly number[];
  /** Voters and observers. */
  readonly members: readonly number[];
  readonly #options: EnsembleOptions;
  readonly #seats = new Map<number, Seat>();
  readonly #audience: Audience;
  readonly #listeners: ((event: HistoryEvent) => void)[] = [];
  #failure: Error | undefined;
  /** Whether a member may stop with that error: its disk has been made to fail. */
  forgives: (member: number, error: unknown) => boolean = () => false;

  constructor(options: EnsembleOptions = {}) {
    this.#options = options;
    this.random = new Random(options.seed ?? 1);
    const { size = 3, observers = 0, networkMs = () => 1, diskMs = () => 1 } = options;
    this.members = Array.from({ length: size + observers }, (_, index) => index + 1);
    this.#voters = this.members.slice(0, size);
    this.network = new Network(this.loop, {
      latencyMs: () => networkMs(this.random),
      mixesSubjects: options.mixesSubjects ?? false,
    });
    const rules = zabCheckers(this.voters, this.members);
    this.#audience = new Audience([...rules, ...(options.checkers ?? [])]);
    for (const member of this.members) {
      const disk: Disk = new Disk(
        this.loop,
        () => diskMs(this.random, member),
        (fn) => this.#seat(member).process?.inside(fn),
      );
      const acceptedEpoch = options.acceptedEpochs?.[member - 1] ?? 0;
      const store = this.#newStore(member, disk, { acceptedEpoch });
      const clock = { rate: 1, wallOffsetMs: 0 };
      this.#seats.set(member, { disk, clock, store, process: undefined, watch: undefined });
    }
    this.network.watch((traffic) => {
      if (options.remembersAll !== false) this.traffic.push(traffic);
      const { from, to } = traffic;
      const seen = messageSeen(traffic);
      this.tell({ type: 'message', from, ...(to === undefined ? {} : { to }), ...seen });
    });
    this.loop.afterEach = () => this.#check();
  }

  // --- what happens, for those who look

  /** Everything that happens from now on, as it happens. */
  hear(listener: (event: HistoryEvent) => void): void {
    this.#listeners.push(listener);
  }

  tell(happening: Happening): void {
    const event: HistoryEvent = { atMs: this.loop.nowMs, ...happening };
    for (const listener of this.#listeners) listener(event);
    for (const checker of this.#audience.of(event.type)) {
      const violation = checker.see(event);
      if (violation !== undefined) this.#failure ??= new Violation(checker.name, violation);
    }
  }

  /** The history is complete: what only shows in the end. */
  endHistory(): void {
    for (const checker of this.#audience.all) {
      const violation = checker.end();
      if (violation !== undefined) throw new Violation(checker.name, violation);
    }
  }

  // --- members

  start(...members: readonly number[]): void {
    for (const member of members.length === 0 ? this.members : members) {
      const seat = this.#seat(member);
      if (seat.process !== undefined) throw new Error(`member ${member} runs already`);
      const process: MemberProcess = new MemberProcess(
        {
          loop: this.loop,
          random: this.random,
          roster: this.#options.roster ?? ROSTER,
          settings: this.#settings(member),
          clock: seat.clock,
          pollMs: () => this.#options.pollMs?.(this.random) ?? 0,
          note: (note) => this.#note(member, note),
          failed: (error) => this.#fail(member, process, error),
          attach: (running) => {
            seat.watch = new MemberWatch(running, member, (happening) => this.tell(happening));
          },
        },
        seat.store,
      );
      seat.process = process;
      const { incarnation } = seat.store.log;
      const votes = this.#voters.includes(member);
      this.tell({ type: 'started', member, incarnation, zxid: seat.store.tree.zxid, votes });
      this.#stored(member, 'start');
      process.start(this.network.connect(member, process.inside));
    }
  }

  /** Power is cut: what is not on the disk is lost, but for the orders that `survivors` counts. */
  crash(member: number, survivors: Survivors = {}): void {
    const seat = this.#seat(member);
    if (seat.process === undefined) throw new Error(`member ${member} does not run`);
    seat.process.kill();
    seat.process = undefined;
    seat.watch = undefined;
    this.network.kill(member);
    seat.disk.release();
    this.tell({ type: 'crashed', member });
    seat.store = seat.store.crash(survivors);
  }

  /** The directory of a member that does not run is lost. */
  wipe(member: number): void {
    const seat = this.#seat(member);
    if (seat.process !== undefined) throw new Error(`member ${member} runs`);
    seat.store = this.#newStore(member, seat.disk, { starts: this.random.below(INCARNATIONS) });
    this.tell({ type: 'wiped', member });
  }

  restart(member: number): void {
    this.start(member);
  }

  /** Its vote is taken from a member that does not run. The others learn of it in their settings with their next starts. */
  takeVote(member: number): void {
    if (this.isRunning(member)) throw new Error(`member ${member} runs`);
    this.#voters = this.#voters.filter((voter) => voter !== member);
  }

  /** Members that vote, as whoever starts now is told. */
  get voters(): readonly number[] {
    return this.#voters;
  }

  process(member: number): MemberProcess {
    const { process } = this.#seat(member);
    if (process === undefined) throw new Error(`member ${member} does not run`);
    return process;
  }

  disk(member: number): Disk {
    return this.#seat(member).disk;
  }

  store(member: number): MemoryStore {
    return this.#seat(member).store;
  }

  /** A rate that is set here holds from the next start of the member. */
  clock(member: number): { rate: number; wallOffsetMs: number } {
    return this.#seat(member).clock;
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
    return this.members.filter((member) => this.isRunning(member));
  }

  /** The member that leads, if exactly one says that it does. */
  get leader(): number | undefined {
    const leaders = this.voters.filter((voter) => this.role(voter) === 'leader');
    return leaders.length === 1 ? leaders[0] : undefined;
  }

  get followers(): readonly number[] {
    return this.voters.filter((voter) => this.role(voter) === 'follower');
  }

  /** Whoever serves without leading. */
  get learners(): readonly number[] {
    return this.members.filter((member) => ['follower', 'observer'].includes(this.role(member)));
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
      this.leader !== undefined && this.learners.length === this.running.length - 1;
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
    for (const { watch } of this.#seats.values()) watch?.look();
    if (this.#failure !== undefined) throw this.#failure;
  }

  #newStore(member: number, disk: Disk, past: { starts?: number; acceptedEpoch?: number }) {
    const { starts = 0, acceptedEpoch = 0 } = past;
    const options = {
      schedule: (order: DiskOrder) => disk.take(order),
      stored: (order: DiskOrder) => this.#stored(member, `${order.device} ${order.kind}`),
    };
    const empty = emptyDisk(starts);
    return new MemoryStore(options, { ...empty, history: { ...empty.history, acceptedEpoch } });
  }

  #stored(member: number, order: string): void {
    const { log, tree } = this.#seat(member).store;
    const { acceptedEpoch, currentEpoch } = log.epochs;
    const { lastZxid } = log;
    const durable = { lastZxid, acceptedEpoch, currentEpoch, treeZxid: tree.zxid };
    this.tell({ type: 'durable', member, order, ...durable });
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
      reaping: { checkIntervalMs: 60_000, maxPerMinute: 10_000, maxNeverUsedIntervalMs: 0 },
      access: { skipAcl: false, superDigest: undefined },
      outstandingLimit: 1000,
      batchWorth: 1,
      ...this.#options.settings,
    };
  }

  #note(member: number, note: Note): void {
    this.tell({ type: 'note', member, level: note.level, text: note.text });
    this.notes.push(`${this.loop.nowMs} ${member} ${note.level} ${note.text}`);
    if (this.#options.remembersAll === false && this.notes.length > 2 * NOTES_KEPT) {
      this.notes.splice(0, NOTES_KEPT);
    }
  }

  #fail(member: number, process: MemberProcess, error: unknown): void {
    if (this.forgives(member, error)) {
      // The process ends by itself, perhaps in the middle of a txn: nobody is shown its tree any more. What it had
      // ordered is not on the disk, as far as anybody knows.
      const seat = this.#seat(member);
      if (seat.process === process) seat.watch = undefined;
      this.loop.at(this.loop.nowMs, () => {
        if (this.#seat(member).process === process) this.crash(member);
      });
      return;
    }
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#failure ??= new Violation('members go on', `member ${member} has stopped: ${reason}`);
  }
}
