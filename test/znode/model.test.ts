import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { MultiOperation, WriteOperation } from '../../machines/jute/request.ts';
import { type Zxid, zxidOf } from '../../machines/zab/zxid.ts';
import { type Acl, type Identity, OPEN_ACL } from '../../machines/znode/acl.ts';
import { TxnApplier } from '../../machines/znode/apply.ts';
import { addDigest, nodeDigest, sessionDigest } from '../../machines/znode/digest.ts';
import { Prep } from '../../machines/znode/prep.ts';
import { RecordWriter } from '../../machines/znode/record-writer.ts';
import { DataTree } from '../../machines/znode/tree.ts';
import { NO_OBSERVER } from '../../machines/znode/tree-observer.ts';
import type { Txn } from '../../machines/znode/txn.ts';
import { decodeTxn, encodeTxn, recordsOf } from '../../machines/znode/txn-codec.ts';
import type { TxnResult } from '../../machines/znode/txn-result.ts';
import { type Checkpoint, NodeKind } from '../../machines/znode/znode.ts';
import { visibleCversion } from '../../machines/znode/znode-change.ts';
import { anyCreate } from './any-create.ts';
import { create, del, MemoryReader, pathsOf, SEED, setData } from './fixture.ts';
import { Model, type ModelOutcome, plainData } from './model.ts';

const CACHE = { nodeCacheBytes: 6_000, childNamesCacheBytes: 3_000 };
const USER: readonly Identity[] = [{ scheme: 'digest', id: 'user:hash' }];

/** A replica: a tree, its storage, and a checkpoint that may be on its way. */
class Replica {
  readonly reader = new MemoryReader();
  tree = new DataTree(this.reader, CACHE);
  applier = new TxnApplier(this.tree, NO_OBSERVER);
  #checkpoint: Checkpoint | undefined;

  /** Takes a checkpoint, or makes the one that was taken durable. */
  checkpoint(): void {
    if (this.#checkpoint === undefined) {
      this.#checkpoint = this.tree.freeze();
      return;
    }
    this.reader.write(this.#checkpoint);
    this.#checkpoint = undefined;
    this.tree.thaw();
  }

  /** Starts again from storage and the log, as after a crash. */
  restart(log: readonly Txn[]): void {
    this.#checkpoint = undefined;
    this.tree = new DataTree(this.reader, CACHE);
    this.applier = new TxnApplier(this.tree, NO_OBSERVER);
    for (const txn of log) if (txn.zxid > this.tree.zxid) this.applier.apply(txn);
  }
}

interface Prepared {
  readonly txn: Txn;
  readonly outcome: ModelOutcome;
  /** The model after it. */
  readonly model: Model;
}

/** A leader with its model, and a follower that knows only bytes. */
class World {
  readonly leader = new Replica();
  readonly follower = new Replica();
  prep = new Prep(this.leader.tree);
  /** As of everything that was prepared. */
  model = new Model();
  applied = this.model.clone();
  readonly log: Txn[] = [];
  prepared: Prepared[] = [];
  sessionIds: number[] = [];
  zxid: Zxid = zxidOf(1, 0);
  timeMs = 1_700_000_000_000;

  write(operation: WriteOperation, session: number, isUser: boolean): void {
    const known = this.sessionIds[session % Math.max(1, this.sessionIds.length)] ?? 12345;
    const sessionId = operation.op === 'createSession' ? 0 : known;
    this.zxid++;
    this.timeMs += 3;
    const txn = this.prep.prepare(
      {
        operation,
        sessionId,
        cxid: 1,
        identities: isUser ? USER : [],
        originMember: 1,
        requestId: 1,
      },
      this.zxid,
      this.timeMs,
    );
    if (operation.op === 'createSession') this.sessionIds.push(txn.sessionId);
    const outcome = this.model.run({ operation, sessionId, isUser }, this.zxid, this.timeMs);
    this.prepared.push({ txn, outcome, model: this.model.clone() });
  }

  /** What the leader would delete, and what it must leave alone, by the model as of everything prepared. */
  reap(neverUsedMs: number): void {
    for (const path of this.leader.tree.reapablePaths()) {
      this.timeMs += 3;
      const may = this.prep.mayReap(path, this.timeMs, neverUsedMs);
      if (may) assert.ok(this.model.mayReap(path, this.timeMs, neverUsedMs), path);
      else if (this.prepared.length === 0) {
        assert.equal(this.model.mayReap(path, this.timeMs, neverUsedMs), false, path);
      }
      if (!may) continue;
      this.zxid++;
      const txn = this.prep.prepareReaping(path, this.zxid, this.timeMs);
      const outcome = this.model.reap(path, this.zxid);
      this.prepared.push({ txn, outcome, model: this.model.clone() });
    }
  }

  apply(count: number): void {
    for (const { txn, outcome, model } of this.prepared.splice(0, count)) {
      compare(this.leader.applier.apply(txn), outcome);
      this.prep.settle(txn.zxid);
      this.log.push(txn);
      this.applied = model;
      const writer = new RecordWriter();
      encodeTxn(txn, writer);
      const bytes = writer.take();
      for (const { start, end } of recordsOf(bytes)) {
        this.follower.applier.apply(decodeTxn(bytes, start, end));
      }
    }
  }

  /** The leader fails with txns that were not committed; another epoch begins without them. */
  newEpoch(): void {
    this.prepared = [];
    this.model = this.applied.clone();
    this.sessionIds = this.sessionIds.filter((id) => this.model.sessions.has(id));
    this.prep.reset();
    this.zxid = zxidOf(Math.floor(this.zxid / 2 ** 32) + 1, 0);
  }

  restart(): void {
    this.newEpoch();
    this.leader.restart(this.log);
    this.prep = new Prep(this.leader.tree);
  }

  verify(): void {
    this.apply(this.prepared.length);
    assert.equal(this.prep.pendingCount, 0);
    for (const { tree } of [this.leader, this.follower]) verifyTree(tree, this.applied);
    assert.deepEqual(this.follower.tree.totals, this.leader.tree.totals);
    assert.equal(this.follower.tree.zxid, this.leader.tree.zxid);
  }
}

function compare(result: TxnResult, outcome: ModelOutcome): void {
  const parts = result.type === 'multi' ? result.parts : [result];
  const codes: number[] = [];
  const paths: string[] = [];
  for (const part of parts) {
    if (part.type === 'error') codes.push(part.code);
    if (part.type === 'create') paths.push(part.path);
  }
  assert.deepEqual(codes.length === 0 ? undefined : codes, outcome.codes);
  assert.deepEqual(paths, outcome.paths);
}

function verifyTree(tree: DataTree, model: Model): void {
  const paths = pathsOf(tree);
  assert.deepEqual([...paths].sort(), [...model.nodes.keys()].sort());
  let digest = 0;
  let ephemeralCount = 0;
  for (const path of paths) {
    const node = tree.get(path);
    const expected = model.nodes.get(path);
    assert.ok(node !== undefined && expected !== undefined);
    const { data, acl, czxid, mzxid, pzxid, ctimeMs, mtimeMs, version, aversion } = node;
    assert.deepEqual(
      {
        data: plainData(data),
        acl,
        czxid,
        mzxid,
        pzxid,
        ctimeMs,
        mtimeMs,
        version,
        cversion: visibleCversion(node),
        creates: node.childCreates,
        aversion,
        owner: node.ephemeralOwner,
        isContainer: node.kind === NodeKind.container,
        ttlMs: node.ttlMs,
      },
      expected,
      path,
    );
    const names = [...tree.childNames(path)].sort();
    assert.deepEqual(names, model.childrenOf(path).sort());
    assert.equal(node.childCount, names.length);
    if (node.ephemeralOwner !== 0) {
      ephemeralCount++;
      assert.ok(tree.sessions.get(node.ephemeralOwner)?.ephemerals.has(path));
    }
    digest = addDigest(digest, nodeDigest(path, node));
  }
  const reapables = new Set(tree.reapablePaths());
  for (const [path, { isContainer, ttlMs }] of model.nodes) {
    if (isContainer || ttlMs > 0) assert.ok(reapables.has(path), `${path} is not found any more`);
  }
  let owned = 0;
  for (const [sessionId, session] of tree.sessions) {
    assert.ok(model.sessions.has(sessionId));
    owned += session.ephemerals.size;
    digest = addDigest(digest, sessionDigest(sessionId, session));
  }
  assert.equal(owned, ephemeralCount);
  assert.equal(tree.sessions.size, model.sessions.size);
  assert.equal(tree.digest, digest);
  assert.equal(tree.totals.nodeCount, paths.length);
  assert.equal(tree.totals.ephemeralCount, ephemeralCount);
}

/** Few, so that operations meet each other. */
const names = fc.constantFrom('a', 'a', 'b');
const paths = fc.oneof(
  { weight: 12, arbitrary: fc.array(names, { minLength: 1, maxLength: 3 }).map(pathOf) },
  { weight: 1, arbitrary: fc.constantFrom('/', '/zookeeper', '/zookeeper/config', '/a/') },
);
const newPaths = fc.array(names, { minLength: 1, maxLength: 3 }).map(pathOf);
const version = fc.oneof(
  { weight: 4, arbitrary: fc.constant(-1) },
  { weight: 3, arbitrary: fc.nat(3) },
);
const data = fc.option(fc.uint8Array({ maxLength: 20 }), { nil: null });
const acls: fc.Arbitrary<readonly Acl[] | null> = fc.oneof(
  { weight: 20, arbitrary: fc.constant(OPEN_ACL) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(1, 27, 23, 15)
      .map((perms) => [{ perms, scheme: 'world', id: 'anyone' }]),
  },
  { weight: 2, arbitrary: fc.constant([{ perms: 31, scheme: 'auth', id: '' }]) },
  { weight: 1, arbitrary: fc.constantFrom(null, []) },
);
const creates = anyCreate(newPaths, data, acls);
const partOperations: fc.Arbitrary<MultiOperation> = fc.oneof(
  { weight: 6, arbitrary: creates },
  {
    weight: 4,
    arbitrary: fc.record({
      op: fc.constant('delete' as const),
      path: newPathsOrSpecial(),
      version,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ op: fc.constant('setData' as const), path: newPaths, data, version }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ op: fc.constant('check' as const), path: newPaths, version }),
  },
);
const setAcls: fc.Arbitrary<WriteOperation> = fc.record({
  op: fc.constant('setAcl' as const),
  path: newPaths,
  acl: acls,
  version,
});
const topLevel = partOperations.filter((operation) => operation.op !== 'check');
const QUOTAS = ['/a', '/a/b', '/b'].map((path) => `/zookeeper/quota${path}`);
const QUOTA_NODES = ['zookeeper_limits', 'zookeeper_stats'];
const quotaNodes = fc
  .tuple(fc.constantFrom(...QUOTAS), fc.constantFrom(...QUOTA_NODES))
  .map(([quota, name]) => `${quota}/${name}`);
const quotaTexts = fc
  .constantFrom('count=3,bytes=5', 'count=7', '')
  .map((text): Uint8Array => Buffer.from(text));
/** A quota is set as clients do it, and then changed by whoever likes. */
const quotaOperations: fc.Arbitrary<WriteOperation> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom(...QUOTAS), quotaTexts).map(([quota, text]) => ({
      op: 'multi' as const,
      parts: [quota, ...QUOTA_NODES.map((name) => `${quota}/${name}`)].map((path) =>
        create(path, { data: text }),
      ),
    })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(quotaNodes, quotaTexts).map(([path, data]) => create(path, { data })),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(quotaNodes, quotaTexts).map(([path, data]) => setData(path, data)),
  },
  { weight: 1, arbitrary: quotaNodes.map((path) => del(path)) },
);
const operations: fc.Arbitrary<WriteOperation> = fc.oneof(
  { weight: 12, arbitrary: topLevel.map(asWrite) },
  { weight: 2, arbitrary: quotaOperations },
  { weight: 2, arbitrary: setAcls },
  {
    weight: 6,
    arbitrary: fc
      .array(partOperations, { minLength: 1, maxLength: 5 })
      .map((parts) => ({ op: 'multi' as const, parts })),
  },
  {
    weight: 3,
    arbitrary: fc.constant({
      op: 'createSession' as const,
      timeoutMs: 1000,
      password: new Uint8Array(16),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ op: 'closeSession' as const }) },
);

type Step = (world: World) => void;

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 30,
    arbitrary: fc
      .tuple(operations, fc.nat(3), fc.boolean())
      .map(([operation, session, isUser]): Step => {
        return (world) => world.write(operation, session, isUser);
      }),
  },
  {
    weight: 12,
    arbitrary: fc.nat(4).map(
      (count): Step =>
        (world) =>
          world.apply(count),
    ),
  },
  {
    weight: 4,
    arbitrary: fc.constantFrom(0, 0, 20).map((neverUsedMs): Step => {
      return (world) => world.reap(neverUsedMs);
    }),
  },
  { weight: 3, arbitrary: fc.constant<Step>((world) => world.leader.checkpoint()) },
  { weight: 3, arbitrary: fc.constant<Step>((world) => world.follower.checkpoint()) },
  { weight: 2, arbitrary: fc.constant<Step>((world) => world.leader.tree.forget()) },
  { weight: 1, arbitrary: fc.constant<Step>((world) => world.newEpoch()) },
  { weight: 1, arbitrary: fc.constant<Step>((world) => world.restart()) },
  { weight: 1, arbitrary: fc.constant<Step>((world) => world.follower.restart(world.log)) },
  {
    weight: 3,
    arbitrary: paths.map((path): Step => {
      return (world) => {
        for (const { tree } of [world.leader, world.follower]) {
          assert.equal(tree.get(path) !== undefined, world.applied.nodes.has(path), path);
          assert.deepEqual(
            [...tree.childNames(path)].sort(),
            world.applied.nodes.has(path) ? world.applied.childrenOf(path).sort() : [],
          );
        }
      };
    }),
  },
);

test('any run of operations does to two replicas what it does to the model', () => {
  fc.assert(
    fc.property(fc.array(steps, { maxLength: 120, size: 'max' }), (run) => {
      const world = new World();
      for (let count = 0; count < 2; count++) {
        world.write(
          { op: 'createSession', timeoutMs: 1000, password: new Uint8Array(16) },
          0,
          false,
        );
      }
      for (const step of run) step(world);
      world.verify();
    }),
    { numRuns: 600, seed: SEED },
  );
});

function pathOf(components: readonly string[]): string {
  return `/${components.join('/')}`;
}

function newPathsOrSpecial(): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 20, arbitrary: newPaths },
    { weight: 1, arbitrary: fc.constantFrom('/', '/zookeeper/quota') },
  );
}

function asWrite(operation: MultiOperation): WriteOperation {
  assert.ok(operation.op !== 'check');
  return operation;
}
