import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Played } from './plays/played.ts';
import { Progress } from './progress.ts';
import { type PeerStage, Rounds } from './rounds.ts';
import type { PeerName, Row } from './row.ts';

const PLAYED: Played = { figures: { perSecond: 1 }, notes: [], measurements: [] };

function row(name: string, rest: Partial<Row> = {}): Row {
  return {
    name,
    what: 'a row',
    group: 'compare',
    setting: { lasts: 'run', flushes: 'plain' },
    work: { kind: 'memory' },
    peers: ['vivarium', 'zookeeper'],
    targets: [],
    ...rest,
  };
}

/** Notes what is asked of it; fails where it is told to. */
class NotingStage implements PeerStage {
  readonly #notes: string[];
  readonly #broken: string | undefined;

  constructor(notes: string[], broken?: string) {
    this.#notes = notes;
    this.#broken = broken;
  }

  start = (peer: PeerName) => this.#note(`start ${peer}`);
  stop = (peer: PeerName) => this.#note(`stop ${peer}`);
  stopAll = () => this.#note('stop all');
  idleShares = async (peers: readonly PeerName[]) => peers.map(() => 0);

  async play({ name }: Row, peer: PeerName): Promise<Played> {
    await this.#note(`${name} ${peer}`);
    return PLAYED;
  }

  async #note(what: string): Promise<void> {
    this.#notes.push(what);
    if (what === this.#broken) throw new Error(`${what}\n  is broken`);
  }
}

async function run(rows: readonly Row[], rounds: number, broken?: string) {
  const notes: string[] = [];
  const quiet = () => undefined;
  const results = await new Rounds(
    { rounds, peers: ['vivarium', 'zookeeper'] },
    () => new NotingStage(notes, broken),
    new Progress(quiet),
    quiet,
  ).run(rows);
  return { notes, results };
}

describe('rounds', () => {
  test('peers take turns, the other way round in every other round', async () => {
    const { notes, results } = await run([row('a'), row('b', { roundsMax: 1 })], 2);
    assert.deepEqual(notes, [
      'start vivarium',
      'start zookeeper',
      'a vivarium',
      'a zookeeper',
      'b vivarium',
      'b zookeeper',
      'a zookeeper',
      'a vivarium',
      'stop all',
    ]);
    assert.deepEqual(
      results.map(({ outcomes }) => outcomes.map(({ peer, round }) => `${peer} ${round}`)),
      [
        ['vivarium 1', 'zookeeper 1', 'zookeeper 2', 'vivarium 2'],
        ['vivarium 1', 'zookeeper 1'],
      ],
    );
  });

  test('a setting that lasts for a round has one peer at a time, for all its rows', async () => {
    const setting = { lasts: 'round', flushes: 'plain', nodes: 10 } as const;
    const { notes } = await run([row('a', { setting }), row('b', { setting })], 1);
    assert.deepEqual(notes, [
      'start vivarium',
      'a vivarium',
      'b vivarium',
      'stop vivarium',
      'start zookeeper',
      'a zookeeper',
      'b zookeeper',
      'stop zookeeper',
      'stop all',
    ]);
  });

  test('a row that starts its own members has them alone', async () => {
    const setting = { lasts: 'row', flushes: 'plain' } as const;
    const rows = [row('a', { setting, peers: ['vivarium'] }), row('b', { setting })];
    const { notes } = await run(rows, 1);
    assert.deepEqual(notes, ['a vivarium', 'stop all', 'b vivarium', 'b zookeeper', 'stop all']);
  });

  test('what fails does not count, and does not keep the others from being measured', async () => {
    const { notes, results } = await run([row('a'), row('b')], 1, 'a vivarium');
    assert.ok(notes.includes('b zookeeper'));
    assert.deepEqual(
      results[0]?.outcomes.map(({ disqualified }) => disqualified),
      ['FAILED: a vivarium | is broken', undefined],
    );
  });

  test('a peer that cannot be started has failed in its rows, and is asked for nothing', async () => {
    const { notes, results } = await run([row('a')], 1, 'start zookeeper');
    assert.ok(!notes.includes('a zookeeper'));
    assert.ok(notes.includes('a vivarium'));
    assert.match(results[0]?.outcomes[0]?.disqualified ?? '', /^FAILED: start zookeeper/);
  });
});
