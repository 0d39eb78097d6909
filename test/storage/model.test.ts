import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { counterOf, epochOf, zxidOf } from '../../machines/zab/zxid.ts';
import type { LogEntry, Store } from '../../runtime/ports.ts';
import { openLmdbStore } from '../../storage/lmdb/store.ts';
import { MemoryStore } from '../../storage/memory/store.ts';
import { checkpoint, comparable, entry, finished, pieces, znode, zxidsIn } from './fixture.ts';

/** One order of a random life, in terms that fit whatever the store holds then. */
type Step =
  | { readonly type: 'append'; readonly counts: readonly number[]; readonly isCommitted: boolean }
  | { readonly type: 'adopt'; readonly cut: number; readonly count: number }
  | { readonly type: 'epoch' }
  | { readonly type: 'checkpoint'; readonly share: number; readonly nodes: readonly number[] }
  | { readonly type: 'purge'; readonly share: number }
  | { readonly type: 'install'; readonly count: number }
  | { readonly type: 'reopen' };

const share = fc.integer({ min: 0, max: 10 });
const count = fc.integer({ min: 0, max: 6 });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    arbitrary: fc.record({
      type: fc.constant('append' as const),
      counts: fc.array(count, { maxLength: 4 }),
      isCommitted: fc.boolean(),
    }),
    weight: 4,
  },
  fc.record({ type: fc.constant('adopt' as const), cut: count, count }),
  fc.record({ type: fc.constant('epoch' as const) }),
  fc.record({
    type: fc.constant('checkpoint' as const),
    share,
    nodes: fc.array(fc.nat({ max: 20 })),
  }),
  fc.record({ type: fc.constant('purge' as const), share }),
  fc.record({ type: fc.constant('install' as const), count }),
  fc.record({ type: fc.constant('reopen' as const) }),
);

interface Member {
  readonly store: () => Store;
  readonly reopen: () => Promise<void>;
}

/** `parts` tenths of the way from the tree's zxid to the end of the log, at a zxid that is held. */
function between(store: Store, parts: number): number {
  const { log, tree } = store;
  return Math.max(
    tree.zxid,
    log.floor(tree.zxid + Math.floor(((log.lastZxid - tree.zxid) * parts) / 10)),
  );
}

function runsAfter(store: Store, last: number, counts: readonly number[]): LogEntry[] {
  const epoch = store.log.epochs.currentEpoch;
  let counter = epochOf(last) === epoch ? counterOf(last) : 0;
  const runs: LogEntry[] = [];
  for (const length of counts) {
    if (length === 0) continue;
    runs.push(entry(epoch, counter + 1, counter + length));
    counter += length;
  }
  return runs;
}

async function perform(member: Member, next: Step): Promise<void> {
  const store = member.store();
  const { log, tree } = store;
  const { currentEpoch } = log.epochs;
  switch (next.type) {
    case 'append': {
      const runs = runsAfter(store, log.lastZxid, next.counts);
      const committedZxid = next.isCommitted ? log.lastZxid : 0;
      return finished((done) => log.append(runs, committedZxid, done));
    }
    case 'adopt': {
      const keepThrough = between(store, next.cut);
      const entries = runsAfter(store, keepThrough, [next.count]);
      const history = { keepThrough, entries, currentEpoch, committedZxid: tree.zxid };
      return finished((done) => log.adopt(history, done));
    }
    case 'epoch': {
      const epoch = log.epochs.acceptedEpoch + 1;
      const epochs = { acceptedEpoch: epoch, currentEpoch: epoch };
      return finished((done) => log.saveEpochs(epochs, done));
    }
    case 'checkpoint': {
      const zxid = between(store, next.share);
      const nodes = next.nodes.map((number, index) => {
        const node = index % 3 === 2 ? null : znode(`${zxid} ${index}`);
        return [`/n${number}`, node] as const;
      });
      const all = new Map([['/', znode('')], ...nodes]);
      let nodeCount = 0;
      for (const path of new Set([
        ...tree.childNames('/').map((child) => `/${child}`),
        ...all.keys(),
      ])) {
        const changed = all.get(path);
        if (changed !== null && (changed ?? tree.get(path)) !== undefined) nodeCount++;
      }
      const totals = { nodeCount, ephemeralCount: 0, dataBytes: 0, digest: zxid };
      return finished((done) => tree.checkpoint(checkpoint(zxid, all, { totals }), done));
    }
    case 'purge':
      return finished((done) => log.purge(between(store, next.share), done));
    case 'install': {
      const source = tree.openSnapshot();
      const sink = store.receiveSnapshot(source.zxid);
      for (const piece of pieces(source, 300)) await finished((done) => sink.write(piece, done));
      const entries = runsAfter(store, source.zxid, [next.count]);
      const history = { entries, currentEpoch, committedZxid: 0 };
      return finished((done) => sink.install(history, done));
    }
    case 'reopen':
      return member.reopen();
  }
}

/** Everything a store shows. */
function observed(store: Store): unknown {
  const { log, tree } = store;
  const base = log.firstZxid === 0 ? log.lastZxid : log.floor(log.firstZxid - 1);
  const records = zxidsIn(log.read(Math.max(base, tree.zxid), log.lastZxid, 100));
  const children = tree.childNames('/').sort();
  return {
    firstZxid: log.firstZxid,
    lastZxid: log.lastZxid,
    committedZxid: log.committedZxid,
    epochs: log.epochs,
    incarnation: log.incarnation,
    records,
    bytes: log.bytesAfter(tree.zxid),
    floors: records.map((zxid) => log.floor(zxid)),
    beyond: [log.floor(zxidOf(1, 0)), log.floor(zxidOf(1000, 0)), log.floor(tree.zxid)],
    zxid: tree.zxid,
    totals: tree.totals,
    children,
    nodes: ['', ...children].map((child) => comparable(tree.get(`/${child}`))),
  };
}

test('LMDB and memory lead the same life', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      const directory = mkdtempSync(join(tmpdir(), 'vivarium-model-'));
      let disk = openLmdbStore(directory);
      let memory = new MemoryStore();
      const members: Member[] = [
        {
          store: () => disk,
          reopen: async () => {
            await finished((done) => disk.close(done));
            disk = openLmdbStore(directory);
          },
        },
        {
          store: () => memory,
          reopen: async () => {
            memory = memory.crash();
          },
        },
      ];
      try {
        for (const next of [{ type: 'epoch' } as const, ...steps]) {
          for (const member of members) await perform(member, next);
          assert.deepEqual(observed(disk), observed(memory), next.type);
        }
      } finally {
        await finished((done) => disk.close(done));
        rmSync(directory, { recursive: true });
      }
    }),
    { numRuns: 40 },
  );
});
