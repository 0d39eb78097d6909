import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { zxidOf } from '../../machines/zab/zxid.ts';
import type { Znode } from '../../machines/znode/znode.ts';
import { checkpoint, finished, pieces, withLog, znode } from './fixture.ts';

/** One member's storage as a test needs it. */
import type { StoreInTest } from './store-in-test.ts';

const LONG = 'n'.repeat(600);
/** The second is under a parent whose name no key tells. */
const CONTAINERS = ['/c', `/c/${LONG}`, `/c/${LONG}/ö`, '/c/d/e', '/ä'];
const TTL_NODES = ['/t', '/c/t'];

function nodesOfAllKinds(): (readonly [string, Znode])[] {
  return [
    ['/', znode('')],
    ['/plain', znode('')],
    ['/ephemeral', znode('', { kind: 1, ephemeralOwner: 7 })],
    ...CONTAINERS.map((path) => [path, znode('', { kind: 2 })] as const),
    ...TTL_NODES.map((path) => [path, znode('', { kind: 3, ttlMs: 5 })] as const),
  ];
}

/** Where the containers and TTL nodes are. */
export function describeReapables(current: StoreInTest): void {
  function found(limit = 2): string[] {
    const paths: string[] = [];
    for (let last: string | undefined; ; last = paths.at(-1)) {
      const page = current.store.tree.reapablePaths(last, limit);
      assert.ok(page.length <= limit);
      if (page.length === 0) return paths;
      paths.push(...page);
    }
  }

  async function write(...args: Parameters<typeof checkpoint>): Promise<void> {
    await finished((done) => current.store.tree.checkpoint(checkpoint(...args), done));
  }

  describe('containers and TTL nodes', () => {
    test('are found, each once, in pages of any size, and after a start', async () => {
      assert.deepEqual(found(), []);
      await withLog(current.store, 5);
      await write(zxidOf(1, 5), nodesOfAllKinds());
      for (let round = 0; round < 2; round++) {
        for (const limit of [1, 2, 3, 100]) {
          assert.deepEqual(found(limit).sort(), [...CONTAINERS, ...TTL_NODES].sort());
        }
        current.store = await current.under.reopen();
      }
    });

    test('come and go with the checkpoints, and not before', async () => {
      await withLog(current.store, 9);
      await write(zxidOf(1, 5), nodesOfAllKinds());
      const gone = new Map(TTL_NODES.map((path) => [path, null]));
      const next = [...gone, ['/new', znode('', { kind: 2 })]] as const;
      const written = write(zxidOf(1, 9), next, {
        reapables: new Map([...TTL_NODES.map((path) => [path, false] as const), ['/new', true]]),
      });
      assert.deepEqual(found().sort(), [...CONTAINERS, ...TTL_NODES].sort());
      await written;
      for (let round = 0; round < 2; round++) {
        assert.deepEqual(found().sort(), [...CONTAINERS, '/new'].sort());
        current.store = await current.under.reopen();
      }
    });

    test('a page begins behind a path that has gone since', async () => {
      await withLog(current.store, 9);
      await write(zxidOf(1, 5), nodesOfAllKinds());
      const [first, second, ...others] = found(100);
      assert.ok(first !== undefined && second !== undefined);
      await write(zxidOf(1, 9), [[second, null]], { reapables: new Map([[second, false]]) });
      assert.deepEqual(current.store.tree.reapablePaths(second, 100), others);
      assert.deepEqual(current.store.tree.reapablePaths(first, 100), others);
    });

    test('are known to a member that got them in a snapshot', async () => {
      await withLog(current.store, 9);
      await write(zxidOf(1, 5), nodesOfAllKinds());
      const source = current.store.tree.openSnapshot();
      const sink = current.store.receiveSnapshot(source.zxid);
      for (const piece of pieces(source, 300)) await finished((done) => sink.write(piece, done));
      await finished((done) =>
        sink.install({ entries: [], currentEpoch: 1, committedZxid: zxidOf(1, 5) }, done),
      );
      for (let round = 0; round < 2; round++) {
        assert.deepEqual(found().sort(), [...CONTAINERS, ...TTL_NODES].sort());
        current.store = await current.under.reopen();
      }
    });
  });
}
