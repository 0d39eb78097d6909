import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mountOf } from './machine.ts';
import { canFlushAlways } from './peers/jetstream.ts';

const MOUNTS = [
  '27 1 254:0 / / rw,relatime - ext4 /dev/root rw',
  '25 24 0:23 / /dev/shm rw,relatime shared:5 - tmpfs tmpfs rw,size=24684084k',
  '31 27 8:17 / /data rw - xfs /dev/sdb1 rw',
].join('\n');

test('a directory lies on the mount with the longest path above it', () => {
  assert.deepEqual(mountOf('/dev/shm/run', MOUNTS), { type: 'tmpfs', device: '0:23' });
  assert.deepEqual(mountOf('/data', MOUNTS), { type: 'xfs', device: '8:17' });
  assert.deepEqual(mountOf('/database', MOUNTS), { type: 'ext4', device: '254:0' });
  assert.equal(mountOf('/data', ''), undefined);
});

test('JetStream flushes before it acknowledges from 2.10 on', () => {
  for (const version of ['2.10.0', '2.11.3', '3.0.0']) assert.ok(canFlushAlways(version), version);
  for (const version of ['2.9.25', '2.9.10', '1.4.0']) assert.ok(!canFlushAlways(version), version);
});
