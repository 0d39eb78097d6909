import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorCode } from '../../machines/jute/error-code.ts';
import { OPEN_ACL, Perm } from '../../machines/znode/acl.ts';
import { CONFIG_NODE, QUOTA_ROOT, ROOT, SYSTEM_ROOT } from '../../machines/znode/path.ts';
import { create, del, Leader, SUPER, setAcl, setData, text, world } from './fixture.ts';

test('the root is written like any node; its other name is none that a write may use (reference §6.3)', () => {
  const leader = new Leader();
  assert.equal(leader.code(setData(ROOT, text('x'))), ErrorCode.ok);
  assert.equal(leader.node(ROOT).version, 1);
  assert.equal(leader.code(setData('')), ErrorCode.badArguments);
  assert.equal(leader.code(setAcl('', OPEN_ACL)), ErrorCode.badArguments);
  assert.equal(leader.code(create('')), ErrorCode.badArguments);
  assert.equal(leader.code(del('')), ErrorCode.badArguments);
  assert.equal(leader.code(setAcl(ROOT, world(Perm.read))), ErrorCode.ok);
  assert.equal(leader.code(create('/a')), ErrorCode.noAuth);
  assert.equal(leader.code(create('/a'), { identities: SUPER }), ErrorCode.ok);
  // What is below asks for permissions of its own.
  assert.equal(leader.code(create('/a/b')), ErrorCode.ok);
});

test('below /zookeeper anybody may write, but nobody deletes its own nodes (reference §6.3)', () => {
  const leader = new Leader();
  for (const path of [SYSTEM_ROOT, QUOTA_ROOT]) {
    assert.equal(leader.code(setData(path)), ErrorCode.ok);
    assert.equal(leader.code(create(`${path}/a`)), ErrorCode.ok);
    assert.equal(leader.code(del(`${path}/a`)), ErrorCode.ok);
  }
  for (const path of [ROOT, SYSTEM_ROOT, QUOTA_ROOT, CONFIG_NODE]) {
    assert.equal(leader.code(del(path), { identities: SUPER }), ErrorCode.badArguments, path);
  }
});

test('the config node is read by everybody, and written by the super user alone (reference §6.3)', () => {
  const leader = new Leader();
  assert.deepEqual(leader.node(CONFIG_NODE).acl, world(Perm.read));
  const below = `${CONFIG_NODE}/a`;
  for (const write of [setData(CONFIG_NODE), setAcl(CONFIG_NODE, OPEN_ACL), create(below)]) {
    assert.equal(leader.code(write), ErrorCode.noAuth, write.op);
  }
  assert.equal(leader.code(create(below), { identities: SUPER }), ErrorCode.ok);
  assert.equal(leader.code(del(below)), ErrorCode.noAuth);
  assert.equal(leader.code(setAcl(CONFIG_NODE, OPEN_ACL), { identities: SUPER }), ErrorCode.ok);
  assert.equal(leader.code(setData(CONFIG_NODE)), ErrorCode.ok);
});
