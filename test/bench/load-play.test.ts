import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Measurement } from './measurement.ts';
import type { Peer } from './peers/peer.ts';
import { playLoad } from './plays/load-play.ts';
import type { Load } from './row.ts';

const LOAD: Load = { operation: 'set', connections: 1, window: 1 };
const TIMES = { seconds: 1, warmUp: 0, root: '/bench' };
const MEASUREMENT: Measurement = {
  operation: 'set',
  seconds: 1,
  done: 500,
  perSecond: 500,
  failed: 0,
  p50Ms: 2,
  p90Ms: 3,
  p99Ms: 4,
  p999Ms: 10,
  worstMs: 12,
  silenceMs: 9,
  cpuSeconds: 0.1,
  bySecond: [500],
  tenthSeconds: [],
};

/** A peer that is this process, whose term is another one each time. */
function peer(terms: string[], work: () => void = () => undefined): Peer {
  return {
    name: 'vivarium',
    load: async (_load, { watcher }) => {
      watcher.measuring();
      work();
      watcher.measured();
      return MEASUREMENT;
    },
    pids: () => [process.pid],
    term: async () => terms.shift() ?? 'none',
    stop: async () => undefined,
  };
}

describe('a load that is played on a peer', () => {
  test('has the figures of the generator and of the processes', async () => {
    const burn = () => {
      const { user, system } = process.cpuUsage();
      while (process.cpuUsage({ user, system }).user < 100_000);
    };
    const { figures, disqualified } = await playLoad(peer(['1', '1'], burn), LOAD, TIMES);
    assert.equal(disqualified, undefined);
    assert.equal(figures.perSecond, 500);
    assert.equal(figures.p999OverP50, 5);
    assert.ok((figures.residentMb ?? 0) > 10);
    // A tenth of a second for 500 operations, in ticks of a hundredth.
    assert.ok((figures.cpuPer1000 ?? 0) >= 0.16, `${figures.cpuPer1000}`);
  });

  test('does not count when there was an election', async () => {
    const { disqualified } = await playLoad(peer(['epoch 1', 'epoch 2']), LOAD, TIMES);
    assert.equal(disqualified, 'an election: from epoch 1 to epoch 2');
  });

  test('has failed when the generator has, unless an election ended its connections', async () => {
    const lost = () => {
      throw new Error('a connection ended');
    };
    const { figures, disqualified } = await playLoad(peer(['1', '2'], lost), LOAD, TIMES);
    assert.deepEqual(figures, {});
    assert.equal(disqualified, 'an election: from 1 to 2');
    await assert.rejects(playLoad(peer(['1', '1'], lost), LOAD, TIMES), /a connection ended/);
  });
});
