import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Opcode } from '../../machines/jute/opcode.ts';
import type { Request } from '../sim/world/client.ts';
import { Ensemble } from '../sim/world/ensemble.ts';
import { auth, create, createEphemeral, getData, setData } from '../sim/world/request.ts';

/** A running ensemble and a member of it that follows. */
function running(): { ensemble: Ensemble; leader: number; follower: number } {
  const ensemble = new Ensemble();
  ensemble.start();
  const leader = ensemble.settle();
  const [follower] = ensemble.followers;
  assert.ok(follower !== undefined);
  return { ensemble, leader, follower };
}

const onPath = (opcode: number, path: string, more?: number): Request => ({
  opcode,
  body: (out) => {
    out.ustring(path);
    if (more !== undefined) out.int(more);
  },
});
const countAll = (path: string) => onPath(Opcode.getAllChildrenNumber, path);
const ephemerals = (prefix: string) => onPath(Opcode.getEphemerals, prefix);
const addWatch = (path: string, mode: number) => onPath(Opcode.addWatch, path, mode);
const removeWatches = (path: string, type: number) => onPath(Opcode.removeWatches, path, type);
const whoAmI: Request = { opcode: Opcode.whoAmI };
const reconfig: Request = {
  opcode: Opcode.reconfig,
  body: (out) => {
    for (let text = 0; text < 3; text++) out.int(-1);
    out.long(-1);
  },
};
const multiRead: Request = {
  opcode: Opcode.multiRead,
  body: (out) => {
    out.int(-1);
    out.boolean(true);
    out.int(-1);
  },
};

test('what a member answers alone waits behind a write of its session, and sees it', () => {
  const { ensemble, follower } = running();
  const client = ensemble.connect(follower);
  const xids = client.send(
    createEphemeral('/e'),
    ephemerals('/'),
    countAll('/'),
    countAll('/zookeeper'),
    whoAmI,
    multiRead,
    addWatch('/e', 0),
    removeWatches('/e', 3),
    removeWatches('/e', 3),
    addWatch('/e', 2),
    reconfig,
    { opcode: Opcode.notification },
  );
  ensemble.until(() => !client.isOpen, 'an opcode that no client may send ends it', 500);
  assert.deepEqual(
    client.replies.map(({ xid }) => xid),
    xids,
  );
  assert.deepEqual(
    client.replies.map(({ code }) => code),
    [0, 0, 0, 0, 0, 0, 0, 0, -121, -5, -123, -6],
  );
  const body = (at: number) => client.replyTo(xids[at])?.body ?? Buffer.alloc(0);
  assert.equal(body(1).toString('hex'), '00000001000000022f65');
  assert.equal(body(2).readInt32BE(0), 4);
  assert.equal(body(3).readInt32BE(0), 2);
});

test('reconfig takes its turn at the leader, as any write does, and changes nothing', () => {
  const { ensemble, leader, follower } = running();
  const client = ensemble.connect(follower);
  const before = ensemble.zxid(leader);
  const xids = client.send(create('/a'), reconfig, getData('/a'));
  ensemble.until(() => client.replyTo(xids[2]) !== undefined, 'the last reply', 500);
  assert.deepEqual(
    client.replies.map(({ code }) => code),
    [0, -123, 0],
  );
  assert.equal(ensemble.zxid(leader), before + 2, 'an error takes its zxid (reference §3.2)');
});

test('an event of a persistent watch has the zxid of its txn, and comes before the reply', () => {
  const { ensemble, follower } = running();
  const client = ensemble.connect(follower);
  const xids = client.send(addWatch('/', 1), create('/a'), setData('/a', 'x'), getData('/a'));
  ensemble.until(() => client.replyTo(xids[3]) !== undefined, 'the last reply', 500);
  const [watch, made, set, read] = xids;
  assert.deepEqual(
    client.replies.map(({ xid }) => xid),
    [watch, -1, made, -1, set, read],
  );
  const [, created, , changed] = client.replies;
  assert.equal(created?.zxid, client.replyTo(made)?.zxid);
  assert.equal(changed?.zxid, client.replyTo(set)?.zxid);
});

test('whoAmI tells who the client was when it asked', () => {
  const { ensemble, follower } = running();
  const client = ensemble.connect(follower);
  const [, before, , after] = client.send(
    create('/a'),
    whoAmI,
    auth('digest', 'user:secret'),
    whoAmI,
  );
  ensemble.until(() => client.replyTo(after) !== undefined, 'the last reply');
  assert.equal(client.replyTo(before)?.body.readInt32BE(0), 1);
  const told = client.replyTo(after)?.body ?? Buffer.alloc(0);
  assert.equal(told.readInt32BE(0), 2);
  assert.ok(
    told.toString('latin1').endsWith('digest\0\0\0\x04user'),
    'and nothing of the password',
  );
});

test('a large tree is counted over several turns: others are answered meanwhile, its client in order', () => {
  const { ensemble, follower } = running();
  const client = ensemble.connect(follower);
  ensemble.ask(client, create('/big'));
  const nodes = 2500;
  const made = client.send(...Array.from({ length: nodes }, (_, at) => create(`/big/${at}`)));
  ensemble.until(() => client.replyTo(made.at(-1)) !== undefined, 'all nodes');
  const other = ensemble.connect(follower);
  const from = client.replies.length;
  const [count, behind] = client.send(countAll('/big'), getData('/big'));
  const [meanwhile] = other.send(getData('/'));
  ensemble.until(() => other.replyTo(meanwhile) !== undefined, 'the other client', 500);
  assert.equal(client.replyTo(count), undefined);
  ensemble.until(() => client.replyTo(behind) !== undefined, 'the count', 500);
  assert.deepEqual(
    client.replies.slice(from).map(({ xid }) => xid),
    [count, behind],
  );
  assert.equal(client.replyTo(count)?.body.readInt32BE(0), nodes);
});
