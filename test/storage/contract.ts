import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { InvariantViolation } from '../../machines/invariant.ts';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { OPEN_ACL } from '../../machines/znode/acl.ts';
import type { SessionRecord } from '../../machines/znode/znode.ts';
import type { Store } from '../../runtime/ports.ts';
import {
  checkpoint,
  comparable,
  entry,
  finished,
  history,
  pieces,
  totals,
  withLog,
  znode,
  zxids,
  zxidsIn,
} from './fixture.ts';

/** One member's storage as a test needs it. */
export interface StoreUnderTest {
  open(): Store;
  /** Closes what is open and opens it again. */
  reopen(): Promise<Store>;
  dispose(): Promise<void>;
}

const session = (ephemerals: string[]): SessionRecord => ({
  timeoutMs: 4000,
  password: Uint8Array.from({ length: 16 }, (_, index) => index),
  ephemerals: new Set(ephemerals),
});

/** What every store must do, whatever it is made of. */
export function describeStore(name: string, create: () => StoreUnderTest): void {
  describe(name, () => {
    let under: StoreUnderTest;
    let store: Store;
    beforeEach(() => {
      under = create();
      store = under.open();
    });
    afterEach(() => under.dispose());

    describe('log', () => {
      test('a new member has nothing and has started once', () => {
        const { log } = store;
        assert.equal(log.firstZxid, 0);
        assert.equal(log.lastZxid, 0);
        assert.equal(log.committedZxid, 0);
        assert.equal(log.incarnation, 1);
        assert.deepEqual(log.epochs, { acceptedEpoch: 0, currentEpoch: 0 });
        assert.equal(log.floor(zxidOf(9, 9)), 0);
        assert.equal(log.bytesAfter(0), 0);
        assert.deepEqual([...log.read(0, zxidOf(9, 9), 1000)], []);
      });

      test('every start counts', async () => {
        store = await under.reopen();
        assert.equal(store.log.incarnation, 2);
        store = await under.reopen();
        assert.equal(store.log.incarnation, 3);
      });

      test('done is never called before append returns', async () => {
        await withLog(store, 0);
        let isDone = false;
        const appended = finished((done) =>
          store.log.append([entry(1, 1, 3)], 0, (error) => {
            isDone = true;
            done(error);
          }),
        );
        assert.equal(isDone, false);
        assert.equal(store.log.lastZxid, 0, 'what is not durable does not count');
        await appended;
        assert.equal(store.log.lastZxid, zxidOf(1, 3));
      });

      test('what was appended is read back, also after a restart', async () => {
        await withLog(store, 0);
        const appended = [entry(1, 1, 5), entry(1, 6, 6), entry(1, 7, 30)];
        await finished((done) => store.log.append(appended, zxidOf(1, 6), done));
        for (let round = 0; round < 2; round++) {
          assert.equal(store.log.firstZxid, zxidOf(1, 1));
          assert.equal(store.log.lastZxid, zxidOf(1, 30));
          assert.equal(store.log.committedZxid, zxidOf(1, 6));
          assert.deepEqual(history(store), zxids(1, 1, 30));
          store = await under.reopen();
        }
      });

      test('orders are done in the order given', async () => {
        await withLog(store, 0);
        const order: number[] = [];
        const waits: Promise<void>[] = [];
        for (let counter = 1; counter <= 20; counter++) {
          waits.push(
            finished((done) =>
              store.log.append([entry(1, counter, counter)], 0, (error) => {
                order.push(counter);
                assert.ok(store.log.lastZxid >= zxidOf(1, counter));
                done(error);
              }),
            ),
          );
          if (counter % 5 === 0) await new Promise(setImmediate);
        }
        await Promise.all(waits);
        assert.deepEqual(
          order,
          Array.from({ length: 20 }, (_, index) => index + 1),
        );
        assert.deepEqual(history(store), zxids(1, 1, 20));
      });

      test('a committed zxid never runs ahead of the log', async () => {
        await withLog(store, 0);
        await finished((done) => store.log.append([entry(1, 1, 3)], zxidOf(1, 9), done));
        assert.equal(store.log.committedZxid, zxidOf(1, 3));
        await finished((done) => store.log.append([entry(1, 4, 9)], zxidOf(1, 2), done));
        assert.equal(store.log.committedZxid, zxidOf(1, 3), 'and never goes back');
      });

      test('a gap, a repetition and an entry that lies are refused', async () => {
        await withLog(store, 5);
        const refused = [
          [entry(1, 7, 8)],
          [entry(1, 5, 6)],
          [entry(1, 6, 6), entry(1, 8, 8)],
          [entry(2, 2, 2)],
          [{ ...entry(1, 6, 7), count: 3 }],
          [{ ...entry(1, 6, 7), bytes: Buffer.alloc(5) }],
        ];
        for (const entries of refused) {
          assert.throws(() => store.log.append(entries, 0, () => {}), InvariantViolation);
        }
        await finished((done) => store.log.append([entry(1, 6, 6)], 0, done));
        assert.deepEqual(history(store), zxids(1, 1, 6));
      });

      test('read gives exactly the range, in slices', async () => {
        await withLog(store, 0);
        for (let first = 1; first <= 100; first += 10) {
          await finished((done) => store.log.append([entry(1, first, first + 9)], 0, done));
        }
        for (const [after, through] of [
          [0, 100],
          [0, 1],
          [3, 4],
          [10, 20],
          [15, 73],
          [99, 100],
          [100, 100],
        ] as const) {
          for (const maxBytes of [1, 24, 100, 240, 100_000]) {
            const slices = [...store.log.read(zxidOf(1, after), zxidOf(1, through), maxBytes)];
            const expected = through > after ? zxids(1, after + 1, through) : [];
            assert.deepEqual(zxidsIn(slices), expected);
            for (const slice of slices) {
              assert.equal(slice.lastZxid - slice.firstZxid + 1, slice.count);
              assert.deepEqual(zxidsIn([slice])[0], slice.firstZxid);
              assert.ok(slice.count === 1 || slice.bytes.byteLength <= maxBytes);
            }
          }
        }
        const whole = [...store.log.read(0, store.log.lastZxid, 1_000_000)];
        assert.equal(whole.length, 1, 'entries are joined up to the size asked for');
      });

      test('a history goes on in a later epoch', async () => {
        await withLog(store, 3);
        await finished((done) => store.log.saveEpochs({ acceptedEpoch: 4, currentEpoch: 4 }, done));
        await finished((done) => store.log.append([entry(4, 1, 2)], 0, done));
        store = await under.reopen();
        assert.deepEqual(history(store), [...zxids(1, 1, 3), ...zxids(4, 1, 2)]);
        const slices = [...store.log.read(0, store.log.lastZxid, 100_000)];
        assert.equal(slices.length, 2, 'a run never crosses an epoch');
      });

      test('floor finds the largest zxid held', async () => {
        await withLog(store, 10);
        await finished((done) => store.log.saveEpochs({ acceptedEpoch: 3, currentEpoch: 3 }, done));
        await finished((done) => store.log.append([entry(3, 1, 5)], 0, done));
        const { log } = store;
        assert.equal(log.floor(zxidOf(1, 4)), zxidOf(1, 4));
        assert.equal(log.floor(zxidOf(1, 99)), zxidOf(1, 10));
        assert.equal(log.floor(zxidOf(2, 7)), zxidOf(1, 10));
        assert.equal(log.floor(zxidOf(3, 0)), zxidOf(1, 10));
        assert.equal(log.floor(zxidOf(3, 3)), zxidOf(3, 3));
        assert.equal(log.floor(zxidOf(7, 7)), zxidOf(3, 5));
        assert.equal(log.floor(0), 0);
      });

      test('bytesAfter is what read would give', async () => {
        await withLog(store, 0);
        for (let first = 1; first <= 40; first += 4) {
          await finished((done) => store.log.append([entry(1, first, first + 3)], 0, done));
        }
        for (let counter = 0; counter <= 40; counter++) {
          const after = counter === 0 ? 0 : zxidOf(1, counter);
          let bytes = 0;
          for (const slice of store.log.read(after, store.log.lastZxid, 500)) {
            bytes += slice.bytes.byteLength;
          }
          assert.equal(store.log.bytesAfter(after), bytes);
        }
      });

      test('the caller may reuse its buffer once done is called', async () => {
        await withLog(store, 0);
        const first = entry(1, 1, 3);
        await finished((done) => store.log.append([first], 0, done));
        first.bytes.fill(0xee);
        assert.deepEqual(history(store), zxids(1, 1, 3));
        for (const slice of store.log.read(0, store.log.lastZxid, 1000)) slice.bytes.fill(0xee);
        assert.deepEqual(history(store), zxids(1, 1, 3), 'nor is what read gives shared');
      });
    });

    describe('epochs', () => {
      test('are kept', async () => {
        await finished((done) => store.log.saveEpochs({ acceptedEpoch: 5, currentEpoch: 3 }, done));
        assert.deepEqual(store.log.epochs, { acceptedEpoch: 5, currentEpoch: 3 });
        store = await under.reopen();
        assert.deepEqual(store.log.epochs, { acceptedEpoch: 5, currentEpoch: 3 });
      });

      test('never go back, and accepted is never below current', async () => {
        await finished((done) => store.log.saveEpochs({ acceptedEpoch: 5, currentEpoch: 3 }, done));
        for (const epochs of [
          { acceptedEpoch: 4, currentEpoch: 3 },
          { acceptedEpoch: 5, currentEpoch: 2 },
          { acceptedEpoch: 5, currentEpoch: 6 },
        ]) {
          assert.throws(() => store.log.saveEpochs(epochs, () => {}), InvariantViolation);
        }
      });

      test('a record of a later epoch than currentEpoch is refused', async () => {
        await withLog(store, 1);
        assert.throws(() => store.log.append([entry(2, 1, 1)], 0, () => {}), InvariantViolation);
      });
    });

    describe('adopt', () => {
      test('cuts, appends and sets currentEpoch in one step', async () => {
        await withLog(store, 20);
        await finished((done) => store.log.append([entry(1, 21, 40)], zxidOf(1, 5), done));
        await finished((done) => store.log.saveEpochs({ acceptedEpoch: 2, currentEpoch: 1 }, done));
        await finished((done) =>
          store.log.adopt(
            {
              keepThrough: zxidOf(1, 25),
              entries: [entry(2, 1, 4)],
              currentEpoch: 2,
              committedZxid: zxidOf(2, 2),
            },
            done,
          ),
        );
        for (let round = 0; round < 2; round++) {
          assert.deepEqual(history(store), [...zxids(1, 1, 25), ...zxids(2, 1, 4)]);
          assert.deepEqual(store.log.epochs, { acceptedEpoch: 2, currentEpoch: 2 });
          assert.equal(store.log.committedZxid, zxidOf(2, 2));
          store = await under.reopen();
        }
        await finished((done) => store.log.append([entry(2, 5, 6)], 0, done));
        assert.deepEqual(history(store), [...zxids(1, 1, 25), ...zxids(2, 1, 6)]);
      });

      test('keeps everything, or nothing', async () => {
        await withLog(store, 10);
        const adopt = (keepThrough: number, entries: ReturnType<typeof entry>[]) =>
          finished((done) =>
            store.log.adopt({ keepThrough, entries, currentEpoch: 1, committedZxid: 0 }, done),
          );
        await adopt(zxidOf(1, 10), []);
        assert.deepEqual(history(store), zxids(1, 1, 10));
        await adopt(0, [entry(1, 1, 2)]);
        assert.deepEqual(history(store), zxids(1, 1, 2));
        await adopt(0, []);
        assert.equal(store.log.lastZxid, 0);
        assert.equal(store.log.firstZxid, 0);
        store = await under.reopen();
        assert.equal(store.log.lastZxid, 0);
        await finished((done) => store.log.append([entry(1, 1, 1)], 0, done));
        assert.equal(store.log.firstZxid, zxidOf(1, 1));
      });

      test('remembers what is committed without an entry to tell it', async () => {
        await withLog(store, 10);
        const committedZxid = zxidOf(1, 7);
        const keepThrough = zxidOf(1, 10);
        await finished((done) =>
          store.log.adopt({ keepThrough, entries: [], currentEpoch: 1, committedZxid }, done),
        );
        store = await under.reopen();
        assert.equal(store.log.committedZxid, committedZxid);
      });

      test('never cuts what the tree holds', async () => {
        await withLog(store, 10);
        await finished((done) =>
          store.tree.checkpoint(checkpoint(zxidOf(1, 8), [['/', znode('')]]), done),
        );
        const adoption = { entries: [], currentEpoch: 1, committedZxid: 0 };
        assert.throws(
          () => store.log.adopt({ ...adoption, keepThrough: zxidOf(1, 7) }, () => {}),
          InvariantViolation,
        );
        await finished((done) => store.log.adopt({ ...adoption, keepThrough: zxidOf(1, 8) }, done));
        assert.deepEqual(history(store), zxids(1, 1, 8));
      });
    });

    describe('purge', () => {
      test('takes whole entries below the zxid, what the tree does not hold excepted', async () => {
        await withLog(store, 0);
        for (let first = 1; first <= 100; first += 10) {
          await finished((done) => store.log.append([entry(1, first, first + 9)], 0, done));
        }
        await finished((done) => store.log.purge(zxidOf(1, 55), done));
        assert.equal(store.log.firstZxid, zxidOf(1, 1), 'nothing is in the tree yet');
        await finished((done) =>
          store.tree.checkpoint(checkpoint(zxidOf(1, 70), [['/', znode('')]]), done),
        );
        await finished((done) => store.log.purge(zxidOf(1, 55), done));
        assert.equal(store.log.firstZxid, zxidOf(1, 51));
        assert.deepEqual(history(store, zxidOf(1, 50)), zxids(1, 51, 100));
        await finished((done) => store.log.purge(zxidOf(1, 99), done));
        assert.equal(store.log.firstZxid, zxidOf(1, 71), 'replay needs what follows the tree');
        store = await under.reopen();
        assert.equal(store.log.firstZxid, zxidOf(1, 71));
        assert.deepEqual(history(store, zxidOf(1, 70)), zxids(1, 71, 100));
        assert.equal(store.log.floor(zxidOf(1, 70)), zxidOf(1, 70), 'it follows on what is gone');
        assert.equal(store.log.floor(zxidOf(1, 69)), 0);
        assert.throws(() => [...store.log.read(0, zxidOf(1, 90), 100)], InvariantViolation);
      });

      test('never takes the last entry', async () => {
        await withLog(store, 10);
        await finished((done) =>
          store.tree.checkpoint(checkpoint(zxidOf(1, 10), [['/', znode('')]]), done),
        );
        await finished((done) => store.log.purge(zxidOf(9, 0), done));
        assert.equal(store.log.firstZxid, zxidOf(1, 1));
      });

      test('of many entries leaves appends in between intact', async () => {
        await withLog(store, 0);
        for (let counter = 1; counter <= 300; counter++) {
          const isLast = counter === 300;
          const appended = finished((done) =>
            store.log.append([entry(1, counter, counter)], 0, done),
          );
          if (counter % 50 === 0 || isLast) await appended;
          else await new Promise(setImmediate);
        }
        await finished((done) =>
          store.tree.checkpoint(checkpoint(zxidOf(1, 290), [['/', znode('')]]), done),
        );
        const purged = finished((done) => store.log.purge(zxidOf(1, 291), done));
        for (let counter = 301; counter <= 310; counter++) {
          await finished((done) => store.log.append([entry(1, counter, counter)], 0, done));
        }
        await purged;
        const { firstZxid } = store.log;
        assert.ok(firstZxid > zxidOf(1, 200));
        store = await under.reopen();
        assert.deepEqual(history(store, firstZxid - 1), zxids(1, firstZxid - zxidOf(1, 0), 310));
      });
    });

    describe('tree', () => {
      test('is empty before the first checkpoint', () => {
        assert.equal(store.tree.zxid, 0);
        assert.equal(store.tree.totals, undefined);
        assert.equal(store.tree.get('/'), undefined);
        assert.deepEqual(store.tree.childNames('/'), []);
        assert.deepEqual([...store.tree.sessions()], []);
      });

      test('every field of a node comes back', async () => {
        await withLog(store, 5);
        const nodes = [
          ['/', znode('')],
          ['/null', znode(null)],
          ['/ephemeral', znode('e', { kind: 1, ephemeralOwner: 2 ** 52 + 3 })],
          ['/container', znode('c', { kind: 2 })],
          ['/ttl', znode('t', { kind: 3, ttlMs: 123_456_789_012 })],
          ['/versions', znode('v', { version: -1, aversion: -2, childCreates: -(2 ** 31) })],
          ['/zxids', znode('z', { czxid: zxidOf(2 ** 21 - 1, 2 ** 32 - 1), pzxid: 0 })],
          ['/times', znode('', { ctimeMs: -5, mtimeMs: 2 ** 53 - 1 })],
          ['/count', znode('', { childCount: 2 ** 32 - 1 })],
          [
            '/acl',
            znode('', {
              acl: [
                { perms: 31, scheme: 'digest', id: 'björn:x=' },
                { perms: -1, scheme: '', id: '' },
              ],
            }),
          ],
          ['/no-acl', znode('', { acl: [] })],
        ] as const;
        await finished((done) => store.tree.checkpoint(checkpoint(zxidOf(1, 5), nodes), done));
        for (let round = 0; round < 2; round++) {
          for (const [path, node] of nodes) {
            assert.deepEqual(comparable(store.tree.get(path)), comparable(node), path);
          }
          assert.equal(store.tree.get('/')?.acl, OPEN_ACL, 'the open ACL is the shared array');
          assert.equal(store.tree.zxid, zxidOf(1, 5));
          assert.deepEqual(store.tree.totals, totals(nodes.length));
          assert.deepEqual(
            store.tree.childNames('/').sort(),
            nodes
              .slice(1)
              .map(([path]) => path.slice(1))
              .sort(),
          );
          store = await under.reopen();
        }
      });

      test('children are those of the node and no deeper ones', async () => {
        await withLog(store, 5);
        const long = 'n'.repeat(300);
        const paths = [
          '/',
          '/a',
          '/a/b',
          '/a/b/c',
          '/a/bb',
          '/a b',
          '/a-b/c',
          '/ab',
          '/ab/b',
          '/ä',
          '/ä/ö',
          '/日本/語',
          `/${long}`,
          `/${long}/${long}`,
          `/${long}/${long}/${long}`,
          `/${long}/${long}/${long}/x`,
          `/${long}/${long}/${long}/${long.repeat(10)}`,
          `/${'ü'.repeat(250)}`,
          `/${'ü'.repeat(250)}/x`,
          `/a/${'n'.repeat(5000)}`,
          `/a/${'n'.repeat(5000)}/y`,
        ];
        const nodes = paths.map((path) => [path, znode(path.slice(0, 50))] as const);
        await finished((done) => store.tree.checkpoint(checkpoint(zxidOf(1, 5), nodes), done));
        for (const path of paths) {
          const expected = paths
            .filter((other) => other !== '/')
            .filter((other) => (other.slice(0, other.lastIndexOf('/')) || '/') === path)
            .map((other) => other.slice(other.lastIndexOf('/') + 1));
          assert.deepEqual(store.tree.childNames(path).sort(), expected.sort(), path.slice(0, 40));
          assert.equal(String(store.tree.get(path)?.data), path.slice(0, 50));
        }
        assert.deepEqual(store.tree.childNames('/nothing'), []);
        assert.equal(store.tree.get(`/${long}/${long}/${long}/z`), undefined);
      });

      test('a path and data of a megabyte work', async () => {
        await withLog(store, 5);
        const path = `/${'p'.repeat(500_000)}/${'q'.repeat(500_000)}`;
        const data = 'd'.repeat(1_048_576);
        const nodes = [[path, znode(data)]] as const;
        await finished((done) => store.tree.checkpoint(checkpoint(zxidOf(1, 5), nodes), done));
        assert.equal(store.tree.get(path)?.data?.byteLength, data.length);
        assert.deepEqual(store.tree.childNames(path.slice(0, 500_001)), ['q'.repeat(500_000)]);
      });

      test('a checkpoint changes, deletes and creates', async () => {
        await withLog(store, 9);
        const first = checkpoint(
          zxidOf(1, 5),
          [
            ['/', znode('')],
            ['/a', znode('1')],
            ['/b', znode('1')],
          ],
          {
            sessions: new Map([
              [1, session(['/a'])],
              [2 ** 52, session([])],
            ]),
          },
        );
        await finished((done) => store.tree.checkpoint(first, done));
        const second = checkpoint(
          zxidOf(1, 9),
          [
            ['/a', null],
            ['/b', znode('2')],
            ['/c', znode('1')],
            ['/never', null],
          ],
          {
            sessions: new Map([
              [1, null],
              [3, session(['/b', '/c'])],
            ]),
            totals: totals(3),
          },
        );
        await finished((done) => store.tree.checkpoint(second, done));
        for (let round = 0; round < 2; round++) {
          assert.deepEqual(store.tree.childNames('/').sort(), ['b', 'c']);
          assert.equal(store.tree.get('/a'), undefined);
          assert.equal(String(store.tree.get('/b')?.data), '2');
          assert.deepEqual(
            [...store.tree.sessions()].sort(([a], [b]) => a - b),
            [
              [3, session(['/b', '/c'])],
              [2 ** 52, session([])],
            ],
          );
          assert.equal(store.tree.zxid, zxidOf(1, 9));
          store = await under.reopen();
        }
      });

      test('reads stay at the last checkpoint until the next is done', async () => {
        await withLog(store, 9);
        await finished((done) =>
          store.tree.checkpoint(checkpoint(zxidOf(1, 5), [['/a', znode('old')]]), done),
        );
        const many = Array.from({ length: 3000 }, (_, n) => [`/n${n}`, znode('new')] as const);
        const next = checkpoint(zxidOf(1, 9), [['/a', znode('new')], ...many]);
        let isDone = false;
        const written = finished((done) =>
          store.tree.checkpoint(next, (error) => {
            isDone = true;
            assert.equal(store.tree.zxid, zxidOf(1, 9), 'the turn of done sees it');
            assert.equal(String(store.tree.get('/a')?.data), 'new');
            assert.equal(store.tree.childNames('/').length, 3001);
            done(error);
          }),
        );
        while (!isDone) {
          assert.equal(store.tree.zxid, zxidOf(1, 5));
          assert.equal(String(store.tree.get('/a')?.data), 'old');
          assert.deepEqual(store.tree.childNames('/'), ['a']);
          await new Promise(setImmediate);
        }
        await written;
      });

      test('a node that was read does not change under its reader', async () => {
        await withLog(store, 9);
        const first = [
          ['/a', znode('aaaa')],
          ['/b', znode('bbbb')],
        ] as const;
        await finished((done) => store.tree.checkpoint(checkpoint(zxidOf(1, 5), first), done));
        const read = store.tree.get('/a');
        store.tree.get('/b');
        const second = [['/a', znode('cccc')]] as const;
        await finished((done) => store.tree.checkpoint(checkpoint(zxidOf(1, 9), second), done));
        store.tree.get('/a');
        assert.equal(String(read?.data), 'aaaa');
      });

      test('a checkpoint waits for the log, and needs it', async () => {
        await withLog(store, 3);
        const order: string[] = [];
        const appended = finished((done) =>
          store.log.append([entry(1, 4, 6)], 0, (error) => {
            order.push('log');
            done(error);
          }),
        );
        const written = finished((done) =>
          store.tree.checkpoint(checkpoint(zxidOf(1, 6), [['/', znode('')]]), (error) => {
            order.push('tree');
            done(error);
          }),
        );
        await Promise.all([appended, written]);
        assert.deepEqual(order, ['log', 'tree']);
        assert.throws(
          () => store.tree.checkpoint(checkpoint(zxidOf(1, 7), []), () => {}),
          InvariantViolation,
        );
        assert.throws(
          () => store.tree.checkpoint(checkpoint(zxidOf(1, 5), []), () => {}),
          InvariantViolation,
        );
      });
    });

    describe('snapshot', () => {
      async function filled(): Promise<void> {
        await withLog(store, 50);
        const nodes = Array.from(
          { length: 500 },
          (_, n) => [`/n${n}`, znode(`data ${n}`)] as const,
        );
        await finished((done) =>
          store.tree.checkpoint(
            checkpoint(zxidOf(1, 40), [['/', znode('')], ...nodes], {
              sessions: new Map([[7, session(['/n1'])]]),
            }),
            done,
          ),
        );
      }

      test('is exact at the checkpoint it was opened at', async () => {
        await filled();
        const source = store.tree.openSnapshot();
        assert.equal(source.zxid, zxidOf(1, 40));
        const first = source.next(500);
        await finished((done) =>
          store.tree.checkpoint(
            checkpoint(zxidOf(1, 50), [
              ['/n1', null],
              ['/n499', znode('changed')],
              ['/new', znode('')],
            ]),
            done,
          ),
        );
        const sink = store.receiveSnapshot(source.zxid);
        assert.ok(first !== undefined);
        await finished((done) => sink.write(first, done));
        let count = 1;
        for (const piece of pieces(source, 500)) {
          await finished((done) => sink.write(piece, done));
          count++;
        }
        assert.ok(count > 20, 'it comes in pieces');
        const former = store.tree;
        await finished((done) =>
          sink.install(
            { entries: [entry(1, 41, 45)], currentEpoch: 1, committedZxid: zxidOf(1, 42) },
            done,
          ),
        );
        assert.notEqual(store.tree, former);
        assert.throws(() => former.get('/'));
        for (let round = 0; round < 2; round++) {
          assert.equal(store.tree.zxid, zxidOf(1, 40));
          assert.deepEqual(store.tree.totals, totals(501));
          assert.equal(String(store.tree.get('/n1')?.data), 'data 1');
          assert.equal(String(store.tree.get('/n499')?.data), 'data 499');
          assert.equal(store.tree.get('/new'), undefined);
          assert.equal(store.tree.childNames('/').length, 500);
          assert.deepEqual([...store.tree.sessions()], [[7, session(['/n1'])]]);
          assert.equal(store.log.lastZxid, zxidOf(1, 45));
          assert.equal(store.log.firstZxid, zxidOf(1, 41));
          assert.equal(store.log.committedZxid, zxidOf(1, 42));
          assert.equal(store.log.floor(zxidOf(1, 40)), zxidOf(1, 40));
          assert.deepEqual(history(store, zxidOf(1, 40)), zxids(1, 41, 45));
          store = await under.reopen();
        }
        await finished((done) => store.log.append([entry(1, 46, 47)], 0, done));
        await finished((done) =>
          store.tree.checkpoint(checkpoint(zxidOf(1, 47), [['/later', znode('')]]), done),
        );
      });

      test('may be all there is', async () => {
        await filled();
        const source = store.tree.openSnapshot();
        const sink = store.receiveSnapshot(source.zxid);
        for (const piece of pieces(source, 1_000_000)) {
          await finished((done) => sink.write(piece, done));
        }
        await finished((done) =>
          sink.install({ entries: [], currentEpoch: 1, committedZxid: 0 }, done),
        );
        store = await under.reopen();
        assert.equal(store.log.lastZxid, zxidOf(1, 40), 'the snapshot the empty log stands on');
        assert.equal(store.log.firstZxid, 0);
        assert.equal(store.log.committedZxid, zxidOf(1, 40));
        await finished((done) => store.log.append([entry(1, 41, 41)], 0, done));
        assert.deepEqual(history(store, zxidOf(1, 40)), zxids(1, 41, 41));
      });

      test('that was given up leaves everything as it was', async () => {
        await filled();
        const source = store.tree.openSnapshot();
        const sink = store.receiveSnapshot(source.zxid);
        const piece = source.next(1000);
        assert.ok(piece !== undefined);
        await finished((done) => sink.write(piece, done));
        sink.abort();
        source.close();
        store = await under.reopen();
        assert.deepEqual(history(store), zxids(1, 1, 50));
        assert.equal(store.tree.childNames('/').length, 500);
      });

      test('that is not whole, not in order or not the one expected is refused', async () => {
        await filled();
        const all = [...pieces(store.tree.openSnapshot(), 2000)];
        const [first, second, third] = all;
        assert.ok(first !== undefined && second !== undefined && third !== undefined);
        const damaged = Buffer.from(second);
        damaged[damaged.length - 1] = (damaged[damaged.length - 1] ?? 0) ^ 1;
        const attempts: [zxid: number, pieces: Uint8Array[]][] = [
          [zxidOf(1, 40), all.slice(0, -1)],
          [zxidOf(1, 40), [first, damaged]],
          [zxidOf(1, 40), [first, third]],
          [zxidOf(1, 40), [first, second, second]],
          [zxidOf(1, 40), [second]],
          [zxidOf(1, 41), all],
          [zxidOf(1, 40), [first.subarray(0, 5)]],
          [zxidOf(1, 40), []],
        ];
        for (const [zxid, received] of attempts) {
          const sink = store.receiveSnapshot(zxid);
          await assert.rejects(async () => {
            for (const piece of received) await finished((done) => sink.write(piece, done));
            await finished((done) =>
              sink.install({ entries: [], currentEpoch: 1, committedZxid: 0 }, done),
            );
          }, /a received snapshot cannot be used/);
        }
        store = await under.reopen();
        assert.deepEqual(history(store), zxids(1, 1, 50));
      });
    });

    test('a closed store refuses orders', async () => {
      await withLog(store, 1);
      await finished((done) => store.close(done));
      await assert.rejects(
        finished((done) => store.log.append([entry(1, 2, 2)], 0, done)),
        /closed/,
      );
    });
  });
}
