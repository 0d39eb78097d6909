import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { InvariantViolation } from '../../machines/invariant.ts';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { OPEN_ACL } from '../../machines/znode/acl.ts';
import type { SessionRecord } from '../../machines/znode/znode.ts';
import { checkpoint, comparable, entry, finished, totals, withLog, znode } from './fixture.ts';

/** One member's storage as a test needs it. */
import type { StoreInTest } from './store-in-test.ts';

const session = (ephemerals: string[]): SessionRecord => ({
  timeoutMs: 4000,
  password: Uint8Array.from({ length: 16 }, (_, index) => index),
  ephemerals: new Set(ephemerals),
});

/** The tree and its checkpoints. */
export function describeTree(current: StoreInTest): void {
  describe('tree', () => {
    test('is empty before the first checkpoint', () => {
      assert.equal(current.store.tree.zxid, 0);
      assert.equal(current.store.tree.totals, undefined);
      assert.equal(current.store.tree.get('/'), undefined);
      assert.deepEqual(current.store.tree.childNames('/'), []);
      assert.deepEqual([...current.store.tree.sessions()], []);
    });

    test('every field of a node comes back', async () => {
      await withLog(current.store, 5);
      const nodes = [
        ['/', znode('')],
        ['/null', znode(null)],
        ['/ephemeral', znode('e', { kind: 1, ephemeralOwner: 2 ** 52 + 3 })],
        ['/container', znode('c', { kind: 2 })],
        ['/ttl', znode('t', { kind: 3, ttlMs: 123_456_789_012 })],
        ['/versions', znode('v', { version: -1, aversion: -2, childCreates: -(2 ** 31) })],
        ['/zxids', znode('z', { czxid: zxidOf(2 ** 20 - 1, 2 ** 32 - 1), pzxid: 0 })],
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
      await finished((done) =>
        current.store.tree.checkpoint(checkpoint(zxidOf(1, 5), nodes), done),
      );
      for (let round = 0; round < 2; round++) {
        for (const [path, node] of nodes) {
          assert.deepEqual(comparable(current.store.tree.get(path)), comparable(node), path);
        }
        assert.equal(
          current.store.tree.get('/')?.acl,
          OPEN_ACL,
          'the open ACL is the shared array',
        );
        assert.equal(current.store.tree.zxid, zxidOf(1, 5));
        assert.deepEqual(current.store.tree.totals, totals(nodes.length));
        assert.deepEqual(
          current.store.tree.childNames('/').sort(),
          nodes
            .slice(1)
            .map(([path]) => path.slice(1))
            .sort(),
        );
        current.store = await current.under.reopen();
      }
    });

    test('children are those of the node and no deeper ones', async () => {
      await withLog(current.store, 5);
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
      await finished((done) =>
        current.store.tree.checkpoint(checkpoint(zxidOf(1, 5), nodes), done),
      );
      for (const path of paths) {
        const expected = paths
          .filter((other) => other !== '/')
          .filter((other) => (other.slice(0, other.lastIndexOf('/')) || '/') === path)
          .map((other) => other.slice(other.lastIndexOf('/') + 1));
        assert.deepEqual(
          current.store.tree.childNames(path).sort(),
          expected.sort(),
          path.slice(0, 40),
        );
        assert.equal(String(current.store.tree.get(path)?.data), path.slice(0, 50));
      }
      assert.deepEqual(current.store.tree.childNames('/nothing'), []);
      assert.equal(current.store.tree.get(`/${long}/${long}/${long}/z`), undefined);
    });

    test('a path and data of a megabyte work', async () => {
      await withLog(current.store, 5);
      const path = `/${'p'.repeat(500_000)}/${'q'.repeat(500_000)}`;
      const data = 'd'.repeat(1_048_576);
      const nodes = [[path, znode(data)]] as const;
      await finished((done) =>
        current.store.tree.checkpoint(checkpoint(zxidOf(1, 5), nodes), done),
      );
      assert.equal(current.store.tree.get(path)?.data?.byteLength, data.length);
      assert.deepEqual(current.store.tree.childNames(path.slice(0, 500_001)), [
        'q'.repeat(500_000),
      ]);
    });

    test('a tree that rests is the same when it is asked, whatever was under way', async () => {
      await withLog(current.store, 9);
      const { tree } = current.store;
      const large = 'l'.repeat(200_000);
      const first = checkpoint(zxidOf(1, 5), [
        ['/', znode('')],
        ['/a', znode('1')],
        ['/large', znode(large)],
      ]);
      const written = finished((done) => tree.checkpoint(first, done));
      tree.rest();
      await written;
      assert.equal(String(tree.get('/large')?.data), large);
      // At once, and after whatever a rest may leave for later.
      for (let round = 0; round < 3; round++) {
        tree.rest();
        if (round > 0) await new Promise((resolve) => setImmediate(resolve));
        assert.equal(tree.zxid, zxidOf(1, 5));
        assert.equal(String(tree.get('/a')?.data), '1');
        assert.equal(String(tree.get('/large')?.data), large);
        assert.deepEqual(tree.childNames('/').sort(), ['a', 'large']);
      }
      const snapshot = tree.openSnapshot();
      tree.rest();
      assert.notEqual(snapshot.next(1_000_000), undefined);
      snapshot.close();
      tree.rest();
      const second = checkpoint(zxidOf(1, 9), [['/a', znode('2')]]);
      const changed = finished((done) => tree.checkpoint(second, done));
      await Promise.resolve();
      tree.rest();
      assert.ok(['1', '2'].includes(String(tree.get('/a')?.data)));
      await changed;
      tree.rest();
      assert.equal(String(tree.get('/a')?.data), '2');
      tree.rest();
      current.store = await current.under.reopen();
      assert.equal(String(current.store.tree.get('/a')?.data), '2');
    });

    test('a checkpoint changes, deletes and creates', async () => {
      await withLog(current.store, 9);
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
      await finished((done) => current.store.tree.checkpoint(first, done));
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
      await finished((done) => current.store.tree.checkpoint(second, done));
      for (let round = 0; round < 2; round++) {
        assert.deepEqual(current.store.tree.childNames('/').sort(), ['b', 'c']);
        assert.equal(current.store.tree.get('/a'), undefined);
        assert.equal(String(current.store.tree.get('/b')?.data), '2');
        assert.deepEqual(
          [...current.store.tree.sessions()].sort(([a], [b]) => a - b),
          [
            [3, session(['/b', '/c'])],
            [2 ** 52, session([])],
          ],
        );
        assert.equal(current.store.tree.zxid, zxidOf(1, 9));
        current.store = await current.under.reopen();
      }
    });

    test('reads stay at the last checkpoint until the next is done', async () => {
      await withLog(current.store, 9);
      await finished((done) =>
        current.store.tree.checkpoint(checkpoint(zxidOf(1, 5), [['/a', znode('old')]]), done),
      );
      const many = Array.from({ length: 3000 }, (_, n) => [`/n${n}`, znode('new')] as const);
      const next = checkpoint(zxidOf(1, 9), [['/a', znode('new')], ...many]);
      let isDone = false;
      const written = finished((done) =>
        current.store.tree.checkpoint(next, (error) => {
          isDone = true;
          assert.equal(current.store.tree.zxid, zxidOf(1, 9), 'the turn of done sees it');
          assert.equal(String(current.store.tree.get('/a')?.data), 'new');
          assert.equal(current.store.tree.childNames('/').length, 3001);
          done(error);
        }),
      );
      while (!isDone) {
        assert.equal(current.store.tree.zxid, zxidOf(1, 5));
        assert.equal(String(current.store.tree.get('/a')?.data), 'old');
        assert.deepEqual(current.store.tree.childNames('/'), ['a']);
        await new Promise(setImmediate);
      }
      await written;
    });

    test('a node that was read does not change current.under its reader', async () => {
      await withLog(current.store, 9);
      const first = [
        ['/a', znode('aaaa')],
        ['/b', znode('bbbb')],
      ] as const;
      await finished((done) =>
        current.store.tree.checkpoint(checkpoint(zxidOf(1, 5), first), done),
      );
      const read = current.store.tree.get('/a');
      current.store.tree.get('/b');
      const second = [['/a', znode('cccc')]] as const;
      await finished((done) =>
        current.store.tree.checkpoint(checkpoint(zxidOf(1, 9), second), done),
      );
      current.store.tree.get('/a');
      assert.equal(String(read?.data), 'aaaa');
    });

    test('a checkpoint waits for the log, and needs it', async () => {
      await withLog(current.store, 3);
      const order: string[] = [];
      const appended = finished((done) =>
        current.store.log.append([entry(1, 4, 6)], 0, (error) => {
          order.push('log');
          done(error);
        }),
      );
      const written = finished((done) =>
        current.store.tree.checkpoint(checkpoint(zxidOf(1, 6), [['/', znode('')]]), (error) => {
          order.push('tree');
          done(error);
        }),
      );
      await Promise.all([appended, written]);
      assert.deepEqual(order, ['log', 'tree']);
      assert.throws(
        () => current.store.tree.checkpoint(checkpoint(zxidOf(1, 7), []), () => {}),
        InvariantViolation,
      );
      assert.throws(
        () => current.store.tree.checkpoint(checkpoint(zxidOf(1, 5), []), () => {}),
        InvariantViolation,
      );
    });
  });
}
