import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Address } from '../client/connection.ts';
import { Ensemble } from '../ensemble.ts';
import { missing } from '../interop/requirement.ts';
import { lifetimes, SHORT_MS } from './lifetimes.ts';
import { whyNot } from './servers.ts';

const skip = missing(['/usr/share/java/zookeeper.jar', '/usr/bin/java']) || (whyNot() ?? false);
const CHECK = { 'znode.container.checkIntervalMs': 300 } as const;
const SETTINGS = {
  tickTime: 500,
  minSessionTimeout: SHORT_MS,
  maxSessionTimeout: 60_000,
  extendedTypesEnabled: 'true',
} as const;

async function toldBy(options: Parameters<typeof Ensemble.start>[0]): Promise<readonly string[]> {
  const ensemble = await Ensemble.start({ members: 1, ...options });
  try {
    const [member] = ensemble.members;
    assert.ok(member !== undefined);
    const address: Address = member;
    return await lifetimes(address);
  } finally {
    await ensemble.stop();
  }
}

test('sessions, containers and TTL nodes end on both in the same way', {
  skip,
  timeout: 300_000,
}, async () => {
  const [zookeeper, vivarium] = await Promise.all([
    toldBy({ service: 'zookeeper', settings: SETTINGS, javaProperties: CHECK }),
    toldBy({ service: 'vivarium', settings: { ...SETTINGS, ...CHECK } }),
  ]);
  assert.deepEqual(vivarium, zookeeper);
  const expired = zookeeper.filter((line) => line === 'it is told that it has expired: yes');
  assert.equal(expired.length, 2, zookeeper.join('\n'));
});
