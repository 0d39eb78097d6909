import assert from 'node:assert/strict';
import { Ensemble } from './ensemble.ts';
import { Faults } from './faults.ts';
import { Random } from './random.ts';
import { create } from './request.ts';
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

const BETWEEN_FAULTS_MS = 500;

/**
 * One life of an ensemble, told by its seed: faults under load, then repair. In the end all members are the
 * same, and have whatever was acknowledged.
 */
export function live(seed: number, options: LifeOptions = {}): LifeReport {
  const character = new Random(seed);
  const networkMaxMs = character.pick([1, 3, 10, 40]);
  const diskMaxMs = character.pick([1, 3, 10, 60]);
  const size = options.size ?? character.pick([3, 3, 3, 5]);
  const ensemble = new Ensemble({
    seed,
    size,
    networkMs: (random) => random.next() * networkMaxMs,
    diskMs: (random) => random.next() * diskMaxMs,
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
    for (let count = options.faults ?? 25; count > 0; count--) {
      const endMs = ensemble.loop.nowMs + ensemble.random.next() * BETWEEN_FAULTS_MS;
      while (ensemble.loop.nowMs < endMs) {
        workload.step();
        ensemble.run(ensemble.random.next() * 20);
      }
      faults.step();
    }
    faults.repair();
    const repairedMs = ensemble.loop.nowMs;
    ensemble.settle();
    const settledMs = ensemble.loop.nowMs - repairedMs;
    workload.endAll();
    const last = ensemble.connect(ensemble.random.pick(ensemble.voters));
    assert.equal(ensemble.ask(last, create('/last')).code, 0);
    const isEven = () => new Set(ensemble.voters.map((voter) => ensemble.zxid(voter))).size === 1;
    ensemble.until(isEven, 'every member has applied what the leader has');
    assertSame(ensemble, workload.acknowledged);
    return { acknowledged: workload.acknowledged.size, settledMs };
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
