import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorCode } from '../../machines/jute/error-code.ts';
import { addDigest, nodeDigest, sessionDigest } from '../../machines/znode/digest.ts';
import { Prep } from '../../machines/znode/prep.ts';
import { parseLimits, parseUsage, usageText } from '../../machines/znode/quota-text.ts';
import { DataTree } from '../../machines/znode/tree.ts';
import { create, del, Leader, MEMBER, pathsOf, setData, text } from './fixture.ts';

const QUOTA = '/zookeeper/quota';

/** Sets a quota as zkCli does: the path of quota nodes first, then limits, then stats. */
function setQuota(leader: Leader, path: string, limits: string): void {
  let parent = QUOTA;
  for (const name of path.slice(1).split('/')) {
    parent += `/${name}`;
    if (leader.tree.get(parent) === undefined) leader.create(parent, {}, { data: null });
  }
  leader.create(`${parent}/zookeeper_limits`, {}, { data: text(limits) });
  leader.create(`${parent}/zookeeper_stats`, {}, { data: text('count=0,bytes=0') });
}

function usage(leader: Leader, path: string, tree = leader.tree): string | undefined {
  const node = tree.get(`${QUOTA}${path}/zookeeper_stats`);
  return node === undefined ? undefined : Buffer.from(node.data ?? []).toString();
}

function assertDigest(tree: DataTree): void {
  let digest = 0;
  let dataBytes = 0;
  for (const path of pathsOf(tree)) {
    const node = tree.get(path);
    assert.ok(node !== undefined);
    digest = addDigest(digest, nodeDigest(path, node));
    dataBytes += Buffer.byteLength(path) + (node.data?.length ?? 0);
  }
  for (const [id, session] of tree.sessions) digest = addDigest(digest, sessionDigest(id, session));
  assert.equal(tree.digest, digest);
  assert.equal(tree.totals.dataBytes, dataBytes);
}

test('the text of limits, with its quirks', () => {
  const limits = (value: string) => parseLimits(text(value));
  assert.deepEqual(limits('count=5,bytes=7'), {
    count: 5,
    bytes: 7,
    countHardLimit: undefined,
    byteHardLimit: undefined,
  });
  // As ZooKeeper writes it: the stray = after the last figure that an old client understands.
  assert.deepEqual(limits('count=5,bytes=-1=;byteHardLimit=70;countHardLimit=9'), {
    count: 5,
    bytes: undefined,
    countHardLimit: 9,
    byteHardLimit: 70,
  });
  assert.deepEqual(limits('count=5;bytes=7').bytes, 7);
  assert.equal(limits('count=5,,;bytes=7').bytes, 7);
  assert.equal(limits('bytes=0').bytes, 0);
  assert.equal(limits('count=9223372036854775807').count, 2 ** 63);
  for (const spoiled of ['', 'count', 'count=', 'count=x', 'count= 5', 'count=1e3', '=5', ';;=']) {
    assert.equal(limits(spoiled).count, undefined, spoiled);
  }
  // One bad pair does not take the others along.
  assert.equal(limits('count=x,bytes=7').bytes, 7);
  assert.equal(parseLimits(null).count, undefined);
});

test('the text of usage tells what it was made of', () => {
  for (const figures of [
    { count: 0, bytes: 0 },
    { count: 12, bytes: 2 ** 53 - 1 },
    { count: -3, bytes: -1 },
  ]) {
    assert.deepEqual(parseUsage(usageText(figures)), figures);
  }
  for (const spoiled of ['', 'nonsense', 'count=9999999999999999999', 'bytes=']) {
    assert.deepEqual(parseUsage(text(spoiled)), { count: 0, bytes: 0 }, spoiled);
  }
});

test('creating zookeeper_stats counts what is there, every later write moves it', () => {
  const leader = new Leader();
  leader.create('/p', {}, { data: text('four') });
  leader.create('/p/a', {}, { data: text('123') });
  leader.create('/pp', {}, { data: text('not under it') });
  setQuota(leader, '/p', 'count=10,bytes=100');
  assert.equal(usage(leader, '/p'), 'count=2,bytes=7');

  leader.create('/p/a/b', {}, { data: null });
  assert.equal(usage(leader, '/p'), 'count=3,bytes=7');
  leader.run(setData('/p/a/b', text('12345')));
  assert.equal(usage(leader, '/p'), 'count=3,bytes=12');
  leader.run(setData('/p', null));
  assert.equal(usage(leader, '/p'), 'count=3,bytes=8');
  leader.run(del('/p/a/b'));
  assert.equal(usage(leader, '/p'), 'count=2,bytes=3');
  leader.create('/p/e', {}, { data: text('gone with its session'), flags: 1 });
  leader.run({ op: 'closeSession' });
  assert.equal(usage(leader, '/p'), 'count=2,bytes=3');
  assertDigest(leader.tree);
});

test('usage moves no stat of its node, and nobody is told', () => {
  const events: string[] = [];
  const tell = (path: string) => events.push(path);
  const leader = new Leader({
    nodeCreated: tell,
    nodeDeleted: tell,
    dataChanged: tell,
    childrenChanged: tell,
    sessionClosed: () => undefined,
  });
  leader.create('/p');
  setQuota(leader, '/p', 'count=10');
  const before = leader.state(`${QUOTA}/p/zookeeper_stats`);
  events.length = 0;
  leader.create('/p/a');
  const { data: _old, ...statBefore } = before;
  const { data, ...statAfter } = leader.state(`${QUOTA}/p/zookeeper_stats`);
  assert.deepEqual(statAfter, statBefore);
  assert.equal(Buffer.from(data ?? []).toString(), 'count=2,bytes=8');
  assert.deepEqual(events, ['/p/a', '/p']);
});

test('the deepest path with limits is charged, and no other', () => {
  const leader = new Leader();
  for (const path of ['/p', '/p/q', '/p/q/r']) leader.create(path, {}, { data: text('1') });
  setQuota(leader, '/p', 'count=10');
  setQuota(leader, '/p/q', 'count=10');
  // Counting takes in everything below, as in ZooKeeper.
  assert.equal(usage(leader, '/p'), 'count=3,bytes=3');
  assert.equal(usage(leader, '/p/q'), 'count=2,bytes=2');
  leader.create('/p/q/r/s', {}, { data: text('12') });
  leader.create('/p/x', {}, { data: text('123') });
  assert.equal(usage(leader, '/p'), 'count=4,bytes=6');
  assert.equal(usage(leader, '/p/q'), 'count=3,bytes=4');
});

test('deleting zookeeper_limits ends a quota, creating it again begins it', () => {
  const leader = new Leader();
  leader.create('/p', {}, { data: null });
  setQuota(leader, '/p', 'count=10');
  leader.run(del(`${QUOTA}/p/zookeeper_limits`));
  assert.equal(leader.tree.quotas.size, 0);
  leader.create('/p/a', {}, { data: text('12') });
  assert.equal(usage(leader, '/p'), 'count=1,bytes=0');
  // The usage that stood there meanwhile is counted anew.
  leader.create(`${QUOTA}/p/zookeeper_limits`, {}, { data: text('count=9') });
  assert.equal(usage(leader, '/p'), 'count=2,bytes=2');
  leader.run(del(`${QUOTA}/p/zookeeper_stats`));
  leader.create('/p/b', {}, { data: text('12') });
  assert.equal(usage(leader, '/p'), undefined);
  leader.create(`${QUOTA}/p/zookeeper_stats`, {}, { data: null });
  assert.equal(usage(leader, '/p'), 'count=3,bytes=4');
});

test('a quota may be set for a path that is not there yet', () => {
  const leader = new Leader();
  setQuota(leader, '/later', 'count=1');
  assert.equal(usage(leader, '/later'), 'count=0,bytes=0');
  leader.create('/later', {}, { data: text('1') });
  assert.equal(usage(leader, '/later'), 'count=1,bytes=1');
});

test('the root has no quota; the nodes of the service may have one, which its own text does not move', () => {
  const leader = new Leader();
  leader.create(`${QUOTA}/zookeeper_limits`, {}, { data: text('count=1') });
  leader.create(`${QUOTA}/zookeeper_stats`, {}, { data: text('as it was') });
  assert.equal(leader.tree.quotas.size, 0);
  assert.equal(usage(leader, ''), 'as it was');
  setQuota(leader, '/zookeeper', 'count=1');
  // As ZooKeeper has it: eight nodes are counted, and then the last of them is charged as every new node is.
  assert.equal(usage(leader, '/zookeeper'), 'count=9,bytes=53');
  leader.create('/p');
  leader.run(setData(`${QUOTA}/zookeeper_limits`, null));
  assert.equal(usage(leader, '/zookeeper'), 'count=9,bytes=46');
  assertDigest(leader.tree);
});

test('what a client writes into zookeeper_stats counts from then on, and never stops a write', () => {
  const leader = new Leader();
  leader.create('/p');
  setQuota(leader, '/p', 'count=10');
  leader.run(setData(`${QUOTA}/p/zookeeper_stats`, text('count=40,bytes=400')));
  leader.create('/p/a', {}, { data: text('1') });
  assert.equal(usage(leader, '/p'), 'count=41,bytes=401');
  for (const spoiled of [null, text(''), text('count=9999999999999999999,bytes=='), text('\xff')]) {
    leader.run(setData(`${QUOTA}/p/zookeeper_stats`, spoiled));
    leader.run(setData('/p/a', text('22')));
    leader.run(setData('/p/a', text('1')));
    assert.equal(usage(leader, '/p'), 'count=0,bytes=0');
    // A tree that reads the text anew goes on from the same figures.
    leader.checkpoint();
    assert.equal(new DataTree(leader.reader).digest, leader.tree.digest);
  }
  leader.run(del('/p/a'));
  assert.equal(usage(leader, '/p'), 'count=-1,bytes=-1');
  assertDigest(leader.tree);
});

test('quotas are there after a restart, from the nodes below /zookeeper/quota alone', () => {
  const leader = new Leader();
  leader.create('/p');
  setQuota(leader, '/p', 'count=10');
  for (let at = 0; at < 500; at++) leader.create(`/p/${at}`, {}, { data: text('1') });
  leader.checkpoint();
  leader.reader.reads = 0;
  const restarted = new Leader(undefined, {}, leader.reader);
  assert.ok(leader.reader.reads < 20, `${leader.reader.reads} nodes were read`);
  assert.equal(restarted.tree.quotas.size, 1);
  restarted.create('/p/more', {}, { data: text('123') });
  assert.equal(usage(restarted, '/p'), 'count=502,bytes=507');
  assertDigest(restarted.tree);
});

function enforcing(
  leader: Leader,
): (operation: Parameters<Prep['prepare']>[0]['operation']) => number {
  const prep = new Prep(leader.tree, { enforceQuota: true });
  let zxid = leader.zxid + 1000;
  return (operation) => {
    zxid += 1;
    const { body } = prep.prepare(
      {
        operation,
        sessionId: leader.sessionId,
        cxid: 1,
        identities: [],
        originMember: MEMBER,
        requestId: 1,
      },
      zxid,
      0,
    );
    if (body.type === 'multi') {
      const failed = body.parts.find((part) => part.type === 'error' && part.code < -2);
      return failed?.type === 'error' ? failed.code : ErrorCode.ok;
    }
    return body.type === 'error' ? body.code : ErrorCode.ok;
  };
}

test('a hard limit refuses where it is enforced, a soft one never does', () => {
  const leader = new Leader();
  leader.create('/p', {}, { data: text('12345') });
  setQuota(leader, '/p', 'count=1,bytes=5=;byteHardLimit=8;countHardLimit=2');
  let codeOf = enforcing(leader);
  assert.equal(codeOf(create('/p/a', { data: text('123') })), ErrorCode.ok);
  assert.equal(codeOf(create('/p/b', { data: text('1234') })), ErrorCode.quotaExceeded);
  assert.equal(codeOf(setData('/p', text('12345678'))), ErrorCode.ok);
  assert.equal(codeOf(setData('/p', text('123456789+123'))), ErrorCode.quotaExceeded);
  assert.equal(codeOf(create('/elsewhere')), ErrorCode.ok);

  leader.create('/p/a', {}, { data: text('1') });
  codeOf = enforcing(leader);
  assert.equal(codeOf(create('/p/b', { data: null })), ErrorCode.quotaExceeded);
  assert.equal(codeOf(del('/p/a')), ErrorCode.ok);

  // Without the setting all of it passes.
  assert.equal(leader.code(create('/p/b', { data: text('123456789') })), ErrorCode.ok);
});

test('limits are held against what is committed, not against what is prepared', () => {
  const leader = new Leader();
  leader.create('/p', {}, { data: null });
  setQuota(leader, '/p', 'count=-1,bytes=-1=;byteHardLimit=5;countHardLimit=2');
  const codeOf = enforcing(leader);
  assert.equal(codeOf(create('/p/a', { data: null })), ErrorCode.ok);
  assert.equal(codeOf(create('/p/b', { data: null })), ErrorCode.ok);
  // What a setData adds is told from the data that is prepared before it.
  assert.equal(codeOf(setData('/p/a', text('12345'))), ErrorCode.ok);
  assert.equal(codeOf(setData('/p/a', text('123456789'))), ErrorCode.ok);
  assert.equal(codeOf(setData('/p/b', text('123456'))), ErrorCode.quotaExceeded);
});

test('the place of the quota in the order of checks', () => {
  const leader = new Leader();
  leader.create('/p', {}, { data: null });
  leader.create('/p/e', {}, { flags: 1, data: null });
  setQuota(leader, '/p', 'count=-1,bytes=-1=;byteHardLimit=1;countHardLimit=1');
  const codeOf = enforcing(leader);
  assert.equal(codeOf(create('/p/e')), ErrorCode.nodeExists);
  assert.equal(codeOf(create('/p/e/f')), ErrorCode.noChildrenForEphemerals);
  assert.equal(codeOf(setData('/p/none', text('12'))), ErrorCode.noNode);
  assert.equal(codeOf(setData('/p', text('12'), 7)), ErrorCode.quotaExceeded);
  assert.equal(codeOf(setData('/p', text('1'), 7)), ErrorCode.badVersion);
  assert.equal(
    codeOf({ op: 'multi', parts: [create('/q'), create('/p/x', { data: null })] }),
    ErrorCode.quotaExceeded,
  );
});

test('limits that nobody can read limit nothing', () => {
  const leader = new Leader();
  leader.create('/p', {}, { data: null });
  setQuota(leader, '/p', 'countHardLimit=none');
  assert.equal(enforcing(leader)(create('/p/a')), ErrorCode.ok);
  leader.run(setData(`${QUOTA}/p/zookeeper_limits`, null));
  assert.equal(enforcing(leader)(create('/p/a')), ErrorCode.ok);
  leader.run(setData(`${QUOTA}/p/zookeeper_limits`, text('countHardLimit=1')));
  assert.equal(enforcing(leader)(create('/p/a')), ErrorCode.quotaExceeded);
});

test('what goes beyond a limit is told once, with the last figures', () => {
  const leader = new Leader();
  leader.create('/p', {}, { data: null });
  setQuota(leader, '/p', 'count=1');
  leader.create('/p/a', {}, { data: null });
  leader.create('/p/b', {}, { data: null });
  const { quotaGuard } = leader.prep;
  assert.deepEqual(quotaGuard.takeExcesses(), [
    { path: '/p', what: 'count', isHard: false, usage: 3, limit: 1 },
  ]);
  assert.deepEqual(quotaGuard.takeExcesses(), []);
});
