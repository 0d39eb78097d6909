import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { missing } from '../interop/requirement.ts';
import { installed, natsVersion } from './peers/installed.ts';
import { startPeer } from './peers/start-peer.ts';
import { playLoad } from './plays/load-play.ts';
import type { Load } from './row.ts';

const TIMES = { seconds: 0.5, warmUp: 0.1, root: '/bench' };
const site = { voters: 3, natsVersion: natsVersion() ?? '' };
const PLAIN = { lasts: 'run', flushes: 'plain' } as const;

const loads: readonly Load[] = [
  { operation: 'set', connections: 1, window: 1, at: 'follower' },
  { operation: 'get', connections: 4, window: 8 },
];

describe('peers that are no ensembles', () => {
  for (const [name, programs] of [
    ['etcd', ['/usr/bin/etcd']],
    ['jetstream', []],
    ['frames', ['/usr/bin/gcc']],
  ] as const) {
    test(`${name} is driven`, { skip: missing(programs), timeout: 180_000 }, async () => {
      assert.match(installed(name)?.durability ?? '', /flushes|no service/);
      const peer = await startPeer(name, site, PLAIN);
      try {
        assert.equal(peer.pids().length, 3);
        for (const load of loads) {
          const { figures, measurements, disqualified } = await playLoad(peer, load, TIMES);
          assert.equal(disqualified, undefined);
          assert.equal(measurements[0]?.failed, 0, JSON.stringify(measurements));
          assert.ok((figures.perSecond ?? 0) > 0);
          assert.ok((figures.p50Ms ?? 0) > 0);
        }
      } finally {
        await peer.stop();
      }
      assert.deepEqual(peer.pids(), []);
    });
  }
});
