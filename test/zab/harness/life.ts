import assert from 'node:assert/strict';
import { Ensemble } from '../../sim/world/ensemble.ts';
import { Random } from '../../sim/world/random.ts';
import { create } from '../../sim/world/request.ts';
import { Faults } from './faults.ts';
import { Workload } from './workload.ts';

export interface LifeOptions {
  readonly size?: number;
  /** How many things go wrong. */
  readonly faults?: number;
}

export interface LifeReport {
  /** Writes that clients were told of. */
  readonly acknowledged: number;
  /** From the repair until all members served. */
  readonly settledMs: number;
}

/** How fast one thing goes wrong after the other, ms on average, and how many of them there are. */
const TEMPERS = [
  { betweenMs: 250, faults: 25 },
  { betweenMs: 80, faults: 60 },
  { betweenMs: 30, faults: 80 },
];
/** The longest timeout that a client of the workload asks for, and the default of the others. */
const LONGEST_SESSION_MS = 4000;
/** Now and then a message, or a flush, takes that much longer than the others. */
const OUTLIER = 10;

/** Times of one kind, up to a maximum of their own, with an outlier now and then. */
function times(character: Random, maximaMs: readonly number[]): (random: Random) => number {
  const maxMs = character.pick(maximaMs);
  const outliers = character.pick([0, 0.02]);
  return (random) => random.next() * maxMs * (random.chance(outliers) ? OUTLIER : 1);
}

/**
 * One life of an ensemble, told by its seed: faults under load, then repair. In the end all members are the
 * same, and have whatever was acknowledged.
 */
export function live(seed: number, options: LifeOptions = {}): LifeReport {
  const character = new Random(seed);
  const temper = character.pick(TEMPERS);
  const size = options.size ?? character.pick([3, 3, 5]);
  const disks = Array.from({ length: size }, () => times(character, [1, 3, 10, 60]));
  const ensemble = new Ensemble({
    seed,
    size,
    networkMs: times(character, [1, 3, 10, 40]),
    diskMs: (random, member) => disks[member - 1]?.(random) ?? 0,
    mixesSubjects: character.chance(0.3),
    settings: {
      checkpoint: {
        intervalMs: character.pick([200, 2000]),
        changes: character.pick([5, 500]),
        retainTxns: character.pick([0, 5, 500]),
      },
    },
  });
  const faults = new Faults(ensemble);
  const workload = new Workload(ensemble);
  try {
    ensemble.start();
    for (let count = options.faults ?? temper.faults; count > 0; count--) {
      const endMs = ensemble.loop.nowMs + ensemble.random.next() * 2 * temper.betweenMs;
      while (ensemble.loop.nowMs < endMs) {
        workload.step();
        ensemble.run(ensemble.random.next() * 20);
      }
      faults.step();
    }
    faults.repairAll();
    const repairedMs = ensemble.loop.nowMs;
    ensemble.settle();
    const settledMs = ensemble.loop.nowMs - repairedMs;
    workload.endAll();
    writeOnce(ensemble);
    const isEven = () => new Set(ensemble.voters.map((voter) => ensemble.zxid(voter))).size === 1;
    ensemble.until(isEven, 'every member has applied what the leader has');
    assertSame(ensemble, workload.acknowledged);
    assertNobodyStays(ensemble);
    return { acknowledged: workload.acknowledged.length, settledMs };
  } catch (error) {
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const states = ensemble.running.map((member) => {
      const actors = ['member', 'elector', 'leader', 'follower', 'logger'];
      return `member ${member}: ${actors.map((actor) => JSON.stringify(ensemble.state(member, actor))).join(' ')}`;
    });
    const story = [...faults.log, '', ...ensemble.notes.slice(-60), '', ...states].join('\n');
    throw new Error(`seed ${seed}, ${size} members: ${reason}\n${story}`);
  }
}

/** One more write. A client may be cut off by what went wrong before the repair: it comes again. */
function writeOnce(ensemble: Ensemble): void {
  for (let attempt = 0; attempt < 10; attempt++) {
    ensemble.settle();
    const client = ensemble.knock(ensemble.random.pick(ensemble.voters));
    ensemble.until(() => client.isConnected || !client.isOpen, 'the handshake has ended');
    if (!client.isConnected) continue;
    const [xid] = client.send(create(`/last${attempt}`));
    ensemble.until(() => client.replyTo(xid) !== undefined || !client.isOpen, 'a last reply');
    if (client.replyTo(xid)?.code === 0) return;
  }
  throw new Error('a repaired ensemble takes no write');
}

/**
 * Sessions whose clients say nothing end, and nothing of them is left. Each may be granted its time again
 * where the member that it is with is not heard from just then.
 */
function assertNobodyStays(ensemble: Ensemble): void {
  const trees = ensemble.voters.map((voter) => ensemble.process(voter).member.replica);
  const isEmpty = () => trees.every(({ tree }) => tree.sessions.size === 0);
  ensemble.until(isEmpty, 'all sessions have ended', 8 * LONGEST_SESSION_MS);
  for (const { tree } of trees) assert.equal(tree.totals.ephemeralCount, 0);
}

function assertSame(ensemble: Ensemble, paths: Iterable<string>): void {
  const [first] = ensemble.voters;
  assert.ok(first !== undefined);
  for (const member of ensemble.voters) {
    assert.equal(ensemble.digest(member), ensemble.digest(first), `digest of member ${member}`);
  }
  for (const path of paths) {
    for (const member of ensemble.voters) {
      assert.notEqual(ensemble.dataAt(member, path), undefined, `${path} at member ${member}`);
    }
  }
}
