import type { DataTree } from '../../machines/znode/tree.ts';
import { NodeKind } from '../../machines/znode/znode.ts';
import type { Roster } from '../../runtime/roster.ts';
import { clientCheckers } from '../history/checkers/index.ts';
import { beganLocal } from '../history/model/local-session.ts';
import { Violation } from '../history/violation.ts';
import { characterOf, HEARTBEAT_MS } from './character.ts';
import { Crowd } from './clients/crowd.ts';
import { Inspector } from './clients/inspector.ts';
import { configTextOf } from './config-text.ts';
import { MAX_DRIFT } from './faults/clock-faults.ts';
import { Nemesis } from './faults/nemesis.ts';
import { Trace } from './trace.ts';
import { Ensemble } from './world/ensemble.ts';

export interface LifeOptions {
  /** How long things go wrong, virtual ms. */
  readonly safetyMs: number;
  /** How many vote, and how many do not. */
  readonly members?: number;
  readonly observers?: number;
  /** Written as NDJSON. */
  readonly traceFile?: string;
  /** Whether the whole history is hashed; it is unless said otherwise. */
  readonly isHashed?: boolean;
  readonly roster?: Roster;
}

export interface LifeReport {
  readonly seed: number;
  readonly members: number;
  readonly observers: number;
  /** Of the whole history, where it was wanted: the same seed gives the same, in every process. */
  readonly hash: string | undefined;
  readonly events: number;
  readonly virtualMs: number;
  /** Faults by kind, and what clients and members did besides. */
  readonly counts: ReadonlyMap<string, number>;
  readonly acknowledged: number;
  readonly unknown: number;
  /** From the repair until every member had served a write. */
  readonly healedMs: number;
}

/** A life that ended with a broken promise. */
export class LifeFailed extends Error {
  override readonly name = 'LifeFailed';
  readonly seed: number;
  readonly lastLines: readonly string[];

  constructor(seed: number, cause: unknown, lastLines: readonly string[]) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.seed = seed;
    this.lastLines = lastLines;
  }
}

const TRACE_LINES = 200;
const LIVENESS_MS = 30_000;
const ATTEMPTS = 20;
/** In steps of a second: at the slowest one node a second goes. */
const REAPING_ATTEMPTS = 300;
/** How long a disk may hang, and with it the end of a session that has been decided upon. */
const COMMIT_MS = 30_000;
/** The longest timeout that a client may have. */
const LONGEST_SESSION_MS = 40_000;

/**
 * One life of an ensemble, decided by its seed: faults under load, then repair; then it must elect, serve on every
 * member, converge, and let go of sessions whose clients are gone.
 *
 * @throws LifeFailed
 */
export function live(seed: number, options: LifeOptions): LifeReport {
  const trace = new Trace(TRACE_LINES, options.isHashed ?? true, options.traceFile);
  try {
    return new Life(seed, options, trace).run();
  } catch (error) {
    trace.end();
    throw new LifeFailed(seed, error, trace.lastLines());
  }
}

class Life {
  readonly #seed: number;
  readonly #options: LifeOptions;
  readonly #trace: Trace;
  readonly #ensemble: Ensemble;
  readonly #crowd: Crowd;
  readonly #nemesis: Nemesis;
  readonly #livenessMs: number;
  readonly #betweenFaultsMs: number;
  readonly #happened = new Map<string, number>();
  #inspections = 0;

  constructor(seed: number, options: LifeOptions, trace: Trace) {
    this.#seed = seed;
    this.#options = options;
    this.#trace = trace;
    const character = characterOf(seed, options.members, options.observers);
    const { roster } = options;
    const ensemble = new Ensemble({
      ...character.ensemble,
      settings: {
        ...character.ensemble.settings,
        prep: { members: configTextOf(seed, character.ensemble.size ?? 3) },
      },
      ...(roster === undefined ? {} : { roster }),
      checkers: clientCheckers({
        isPartial: false,
        expiry: { allowanceMs: allowanceMs(character.slowness), commitMs: COMMIT_MS },
        maxNeverUsedMs: character.reaping.maxNeverUsedIntervalMs,
      }),
    });
    this.#ensemble = ensemble;
    this.#livenessMs = LIVENESS_MS * character.slowness;
    this.#betweenFaultsMs = character.betweenFaultsMs;
    ensemble.hear((event) => trace.take(event));
    ensemble.hear((event) => {
      if (event.type === 'installed') this.#count('snapshot installed');
      else if (event.type === 'durable' && event.order === 'tree checkpoint') {
        this.#count('checkpoint');
      } else if (event.type === 'delivered' && event.kind === 'closeSession' && event.cxid === 0) {
        this.#count('session expired (as seen by a member)');
      } else if (
        event.type === 'delivered' &&
        event.kind === 'createSession' &&
        beganLocal(event.session)
      ) {
        this.#count('session made global (as seen by a member)');
      } else if (event.type === 'delivered' && event.kind === 'delete' && event.session === 0) {
        this.#count('node reaped (as seen by a member)');
      } else if (event.type === 'delivered' && event.kind === 'setConfig') {
        this.#count('config written (as seen by a member)');
      }
    });
    this.#crowd = new Crowd(ensemble, ensemble.random);
    const { random } = ensemble;
    const scene = { ensemble, crowd: this.#crowd, random, unsound: new Set<number>() };
    this.#nemesis = new Nemesis(scene, character.faults);
    for (const [at, member] of ensemble.members.entries()) {
      ensemble.clock(member).rate = character.rates[at] ?? 1;
    }
    for (const { temper, reads } of character.clients) this.#crowd.add(temper, reads);
  }

  run(): LifeReport {
    const ensemble = this.#ensemble;
    const { loop, random } = ensemble;
    ensemble.tell({ type: 'phase', phase: 'safety' });
    ensemble.start();
    while (loop.nowMs < this.#options.safetyMs) {
      loop.run(-Math.log(1 - random.next()) * this.#betweenFaultsMs);
      this.#nemesis.step();
    }
    ensemble.tell({ type: 'phase', phase: 'healing' });
    this.#nemesis.repairAll();
    const repairedMs = loop.nowMs;
    ensemble.tell({ type: 'phase', phase: 'liveness' });
    ensemble.settle(this.#livenessMs);
    for (const member of ensemble.members) this.#inspect(member, false);
    const healedMs = loop.nowMs - repairedMs;
    this.#letGo();
    this.#reap();
    for (const member of ensemble.members) this.#inspect(member, true);
    this.#converge();
    ensemble.tell({ type: 'phase', phase: 'end' });
    ensemble.endHistory();
    return this.#report(healedMs);
  }

  /** A client comes to the member, writes, and reads all there is where that is wanted. */
  #inspect(member: number, readsAll: boolean): void {
    const ensemble = this.#ensemble;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      ensemble.settle(this.#livenessMs);
      const inspector = new Inspector(ensemble, member, this.#crowd.nextConnection());
      if (!inspector.hasCome) continue;
      this.#inspections += 1;
      const path = `/inspection-${this.#inspections}`;
      const written = inspector.ask({
        op: 'create',
        opcode: 1,
        path,
        data: null,
        acl: ['31:world:anyone'],
        mode: 0,
        ttlMs: 0,
      });
      if (written?.code !== 0) continue;
      if (inspector.ask({ op: 'sync', path: '/' }) === undefined) continue;
      if (readsAll && !inspector.walk()) continue;
      inspector.leave();
      return;
    }
    throw new Violation('liveness', `member ${member} does not serve although nothing is wrong`);
  }

  /** Clients go without a word; their sessions end, and with them their ephemerals. */
  #letGo(): void {
    const ensemble = this.#ensemble;
    this.#crowd.quiet();
    ensemble.run(this.#livenessMs / 30);
    this.#crowd.end();
    const isEmpty = () =>
      ensemble.members.every(
        (member) =>
          ensemble.isRunning(member) &&
          ensemble.process(member).member.replica.tree.sessions.size === 0 &&
          ensemble.process(member).member.localSessions.size === 0,
      );
    ensemble.until(
      isEmpty,
      'the sessions of clients that are gone have ended',
      4 * LONGEST_SESSION_MS,
    );
  }

  /** Nobody uses a container or a TTL node any more: those that have had their time go. */
  #reap(): void {
    const ensemble = this.#ensemble;
    for (let attempt = 0; attempt < REAPING_ATTEMPTS; attempt++) {
      const leader = ensemble.settle(this.#livenessMs);
      const { tree } = ensemble.process(leader).member.replica;
      if (!hasReapable(tree, ensemble.process(leader).wallMs())) return;
      ensemble.run(1000);
    }
    throw new Violation('liveness', 'a container or TTL node is there long after its time');
  }

  #converge(): void {
    const ensemble = this.#ensemble;
    ensemble.settle(this.#livenessMs);
    const isEven = () =>
      new Set(ensemble.members.map((member) => ensemble.zxid(member))).size === 1;
    ensemble.until(isEven, 'every member has applied what the others have', this.#livenessMs);
  }

  #report(healedMs: number): LifeReport {
    const { counts } = this.#nemesis;
    const { network, members, voters, loop } = this.#ensemble;
    const all = new Map([...counts, ...this.#happened, ...this.#crowd.deeds]);
    if (network.cutOffs > 0) all.set('slow consumer cut off', network.cutOffs);
    const events = this.#trace.count;
    return {
      seed: this.#seed,
      members: voters.length,
      observers: members.length - voters.length,
      hash: this.#trace.end(),
      events,
      virtualMs: loop.nowMs,
      counts: all,
      acknowledged: this.#crowd.acknowledged,
      unknown: this.#crowd.unknown,
      healedMs,
    };
  }

  #count(what: string): void {
    this.#happened.set(what, (this.#happened.get(what) ?? 0) + 1);
  }
}

/** Found by a walk: what the leader looks for may have got lost on the way. */
function hasReapable(tree: DataTree, wallMs: number, path = '/'): boolean {
  const node = tree.get(path);
  if (node === undefined) return false;
  const isLeft = node.kind === NodeKind.container && node.childCreates > 0;
  const isOver = node.kind === NodeKind.ttl && wallMs - node.mtimeMs > node.ttlMs;
  if (node.childCount === 0) return isLeft || isOver;
  const below = path === '/' ? path : `${path}/`;
  return tree.childNames(path).some((name) => hasReapable(tree, wallMs, below + name));
}

/**
 * How much earlier than its timeout a session may end, for a client that was heard by its member: the member tells the
 * leader with its next answer to a heartbeat, may be cut off from it for a silence before it cuts off its clients, and
 * clocks run apart.
 */
function allowanceMs(slowness: number): number {
  const SILENCE_MS = 500;
  return (SILENCE_MS + 3 * HEARTBEAT_MS) * slowness + LONGEST_SESSION_MS * MAX_DRIFT;
}
