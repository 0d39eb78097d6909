import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorCode } from '../../machines/jute/error-code.ts';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { TxnApplier } from '../../machines/znode/apply.ts';
import { configOf, membersOf } from '../../machines/znode/config-node.ts';
import { CONFIG_NODE } from '../../machines/znode/path.ts';
import { Prep } from '../../machines/znode/prep.ts';
import { DataTree } from '../../machines/znode/tree.ts';
import { NO_OBSERVER } from '../../machines/znode/tree-observer.ts';
import { visibleCversion } from '../../machines/znode/znode-change.ts';
import { Leader, MemoryReader, SUPER, setData, text } from './fixture.ts';

const MEMBERS = 'server.1=a:2888:3888:participant;a:2181\nserver.2=b:2888:3888:observer;b:2181';

test('a leader writes the members that its settings have: version -1, and the zxid of the txn', () => {
  const seen: string[] = [];
  const reader = new MemoryReader();
  const tree = new DataTree(reader);
  const fresh = tree.get(CONFIG_NODE);
  assert.deepEqual([fresh?.version, fresh?.aversion, fresh?.mzxid], [0, -1, 0]);
  const prep = new Prep(tree, { members: MEMBERS });
  assert.equal(prep.hasNewConfig, true);
  const txn = prep.prepareConfig(zxidOf(2, 1), 1000);
  const applier = new TxnApplier(tree, {
    ...NO_OBSERVER,
    dataChanged: (path, zxid) => seen.push(`${path} ${zxid.toString(16)}`),
  });
  applier.apply(txn);
  prep.settle(txn.zxid);

  const node = tree.get(CONFIG_NODE);
  assert.ok(node !== undefined);
  assert.equal(configOf(tree), `${MEMBERS}\nversion=200000001`);
  assert.equal(membersOf(tree), MEMBERS);
  assert.deepEqual([node.version, node.aversion, node.mtimeMs], [-1, -1, 1000]);
  assert.deepEqual([node.czxid, node.mzxid, node.pzxid], [0, zxidOf(2, 1), 0]);
  assert.equal(visibleCversion(node), 0);
  assert.deepEqual(seen, [`${CONFIG_NODE} 200000001`], 'whoever watches hears of it');
  assert.equal(prep.hasNewConfig, false);

  const frozen = tree.freeze();
  assert.ok(frozen !== undefined);
  reader.write(frozen);
  tree.thaw();
  const reopened = new Prep(new DataTree(reader), { members: MEMBERS });
  assert.equal(
    reopened.hasNewConfig,
    false,
    'a later leader that says the same has nothing to write',
  );
  assert.equal(
    new Prep(new DataTree(reader)).hasNewConfig,
    true,
    'one that knows no addresses has',
  );
});

test('nobody writes the node but whoever may do everything, and the next leader takes that back', () => {
  const leader = new Leader();
  assert.equal(leader.code(setData(CONFIG_NODE)), ErrorCode.noAuth);
  assert.equal(leader.prep.hasNewConfig, false);
  leader.run(setData(CONFIG_NODE, text('x')), { identities: SUPER });
  assert.equal(leader.prep.hasNewConfig, true);
});
