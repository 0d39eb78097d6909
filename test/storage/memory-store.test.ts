import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { DiskFull } from '../../storage/error.ts';
import type { DiskOrder } from '../../storage/memory/disk.ts';
import { MemoryStore } from '../../storage/memory/store.ts';
import { checkpoint, entry, history, znode, zxids } from './fixture.ts';

/** A store whose disk does nothing before it is told to. */
function held(): { store: MemoryStore; orders: DiskOrder[] } {
  const orders: DiskOrder[] = [];
  const store = new MemoryStore({ schedule: (order) => orders.push(order) });
  store.log.saveEpochs({ acceptedEpoch: 1, currentEpoch: 1 }, () => {});
  orders.shift()?.complete();
  return { store, orders };
}

test('done is called when the disk says so, in order', () => {
  const { store, orders } = held();
  const dones: string[] = [];
  store.log.append([entry(1, 1, 2)], 0, () => dones.push('first'));
  store.log.append([entry(1, 3, 3)], 0, () => dones.push('second'));
  assert.equal(store.pendingCount, 2);
  assert.deepEqual(
    orders.map(({ device, kind, zxid }) => [device, kind, zxid]),
    [
      ['log', 'append', zxidOf(1, 2)],
      ['log', 'append', zxidOf(1, 3)],
    ],
  );
  assert.deepEqual(dones, []);
  orders[1]?.complete();
  assert.deepEqual(dones, ['first', 'second'], 'what came before is durable too');
  orders[0]?.complete();
  assert.deepEqual(dones, ['first', 'second'], 'and only once');
  assert.equal(store.pendingCount, 0);
});

test('a crash loses what is under way and keeps what is durable', () => {
  const { store, orders } = held();
  const dones: string[] = [];
  store.log.append([entry(1, 1, 2)], 0, () => dones.push('durable'));
  orders[0]?.complete();
  store.log.append([entry(1, 3, 3)], 0, () => dones.push('lost'));
  const adoption = { entries: [entry(2, 1, 1)], currentEpoch: 2, committedZxid: 0 };
  store.log.saveEpochs({ acceptedEpoch: 2, currentEpoch: 1 }, () => dones.push('lost'));
  store.log.adopt({ ...adoption, keepThrough: zxidOf(1, 1) }, () => dones.push('lost'));
  const next = store.crash();
  for (const order of orders) order.complete();
  assert.deepEqual(dones, ['durable']);
  assert.equal(next.log.incarnation, 2);
  assert.deepEqual(next.log.epochs, { acceptedEpoch: 1, currentEpoch: 1 });
  assert.deepEqual(history(next), zxids(1, 1, 2));
});

test('a crash may keep what nobody was told of', () => {
  const { store, orders } = held();
  let isDone = false;
  store.log.append([entry(1, 1, 2)], 0, () => {
    isDone = true;
  });
  store.log.append([entry(1, 3, 4)], 0, () => {});
  assert.equal(orders.length, 2);
  const next = store.crash({ log: 1 });
  assert.equal(isDone, false);
  assert.deepEqual(history(next), zxids(1, 1, 2));
});

test('a checkpoint is not seen before it is durable, nor after a crash', () => {
  const { store, orders } = held();
  store.log.append([entry(1, 1, 2)], 0, () => {});
  orders.shift()?.complete();
  store.tree.checkpoint(checkpoint(zxidOf(1, 1), [['/a', znode('1')]]), () => {});
  orders.shift()?.complete();
  store.tree.checkpoint(checkpoint(zxidOf(1, 2), [['/a', znode('2')]]), () => {});
  assert.equal(String(store.tree.get('/a')?.data), '1');
  const next = store.crash();
  assert.equal(next.tree.zxid, zxidOf(1, 1));
  assert.equal(String(next.tree.get('/a')?.data), '1');
});

test('a checkpoint is ordered only once the log is durable that far', () => {
  const { store, orders } = held();
  store.log.append([entry(1, 1, 2)], 0, () => {});
  let isDone = false;
  store.tree.checkpoint(checkpoint(zxidOf(1, 2), [['/a', znode('1')]]), () => {
    isDone = true;
  });
  assert.deepEqual(
    orders.map(({ kind }) => kind),
    ['append'],
  );
  orders[0]?.complete();
  assert.deepEqual(
    orders.map(({ kind }) => kind),
    ['append', 'checkpoint'],
  );
  assert.equal(isDone, false);
  orders[1]?.complete();
  assert.equal(isDone, true);
});

test('a full disk fails an order and all after it', () => {
  const { store, orders } = held();
  const errors: unknown[] = [];
  store.log.append([entry(1, 1, 2)], 0, (error) => errors.push(error));
  store.log.append([entry(1, 3, 3)], 0, (error) => errors.push(error));
  orders[0]?.fail(new DiskFull('full'));
  orders[1]?.complete();
  assert.equal(errors.length, 2);
  for (const error of errors) assert.ok(error instanceof DiskFull);
  assert.equal(store.log.lastZxid, 0);
  assert.equal(store.crash().log.lastZxid, 0);
});
