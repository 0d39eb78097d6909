import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Opcode } from '../../machines/jute/opcode.ts';
import type { Request, TestClient } from '../sim/world/client.ts';
import { Ensemble } from '../sim/world/ensemble.ts';
import {
  auth,
  closeSession,
  create,
  createEphemeral,
  dataOf,
  getData,
  ping,
  setData,
  sync,
} from '../sim/world/request.ts';

/** A running ensemble and a member of it that follows. */
function running(): { ensemble: Ensemble; leader: number; follower: number } {
  const ensemble = new Ensemble();
  ensemble.start();
  const leader = ensemble.settle();
  const [follower] = ensemble.followers;
  assert.ok(follower !== undefined);
  return { ensemble, leader, follower };
}

for (const role of ['leader', 'follower'] as const) {
  test(`a ${role} answers a sync and the write behind it in their order, and so what is between them`, () => {
    const { ensemble, leader, follower } = running();
    const client = ensemble.connect(role === 'leader' ? leader : follower);
    ensemble.ask(client, create('/a', 'before'));
    const xids = client.send(
      sync('/a'),
      getData('/a'),
      setData('/a', 'after'),
      getData('/a'),
      sync('/a'),
      setData('/a', 'last'),
      getData('/a'),
    );
    ensemble.until(() => client.replyTo(xids.at(-1)) !== undefined, 'the last reply');
    assert.deepEqual(
      client.replies.slice(1).map(({ xid }) => xid),
      xids,
    );
    const data = [1, 3, 6].map((at) => dataOf(client.replyTo(xids[at])?.body ?? Buffer.alloc(4)));
    assert.deepEqual(data, ['before', 'after', 'last']);
  });
}

for (const role of ['leader', 'follower'] as const) {
  test(`a ${role} does what a client asked behind a sync before it went away, the end of its session too`, () => {
    const { ensemble, leader, follower } = running();
    const client = ensemble.connect(role === 'leader' ? leader : follower);
    ensemble.ask(client, createEphemeral('/e'));
    client.send(sync(), create('/a', '1'), sync(), setData('/a', '2'), closeSession);
    client.disconnect();
    ensemble.run(100);
    assert.equal(ensemble.dataAt(leader, '/a'), '2');
    assert.equal(ensemble.dataAt(leader, '/e'), undefined);
  });
}

test('a sync is answered once its member has applied what the leader had committed, whatever comes first', () => {
  const { ensemble, leader, follower } = running();
  const reader = ensemble.connect(follower);
  const writer = ensemble.connect(leader);
  ensemble.ask(reader, create('/a', 'old'));
  // Of the leader's words only those to this member alone arrive: its answer to the sync overtakes the commit.
  ensemble.network.holds = (from, to, subject) =>
    from === leader && to === follower && !subject.endsWith(`.member.${follower}`);
  ensemble.ask(writer, setData('/a', 'new'));
  const [synced, read] = reader.send(sync('/a'), getData('/a'));
  ensemble.until(() => ensemble.sent('SYNCED', leader).length > 0, 'the leader has answered', 200);
  ensemble.run(50);
  assert.equal(reader.replyTo(synced), undefined);
  ensemble.network.holds = () => false;
  ensemble.network.release();
  ensemble.until(() => reader.replyTo(read) !== undefined, 'the read', 500);
  assert.equal(dataOf(reader.replyTo(read)?.body ?? Buffer.alloc(4)), 'new');
});

test('what waits behind a sync is done before what the session asks on its next connection', () => {
  const { ensemble, leader, follower } = running();
  const client = ensemble.connect(follower);
  ensemble.ask(client, create('/a'));
  client.send(sync(), setData('/a', 'first'));
  const again = ensemble.connect(follower, client.session);
  assert.equal(client.isOpen, false);
  assert.equal(ensemble.ask(again, setData('/a', 'second', 1)).code, 0);
  assert.equal(ensemble.dataAt(leader, '/a'), 'second');
});

test('what waits behind a sync when the leader is lost is not asked of the next one', () => {
  const { ensemble, leader, follower } = running();
  const client = ensemble.connect(follower);
  ensemble.network.holds = (from, to) => from === follower && to === leader;
  client.send(sync(), create('/a'));
  ensemble.run(20);
  ensemble.crash(leader);
  ensemble.network.holds = () => false;
  ensemble.until(() => !client.isOpen, 'the client is cut off', 1500);
  const next = ensemble.settle();
  ensemble.run(100);
  assert.equal(ensemble.dataAt(next, '/a'), undefined);
});

test('replies leave in the order of the requests, whatever each of them needs', () => {
  const { ensemble, follower } = running();
  const client = ensemble.connect(follower);
  const xids = client.send(create('/a'), getData('/missing'), { opcode: 77 });
  assert.equal(xids.length, 3);
  ensemble.until(() => !client.isOpen, 'an unknown opcode ends the connection', 500);
  assert.deepEqual(
    client.replies.map(({ xid, code }) => [xid, code]),
    [
      [xids[0], 0],
      [xids[1], -101],
      [xids[2], -6],
    ],
  );
});

test('what stands behind credentials that are refused is not read, also where the refusal has to wait', () => {
  const { ensemble, leader, follower } = running();
  const client = ensemble.connect(follower);
  const xids = client.send(create('/a'), auth('nosuch', 'x'), create('/b'), ping);
  ensemble.until(() => !client.isOpen, 'the connection ends', 500);
  assert.deepEqual(
    client.replies.map(({ xid, code }) => [xid, code]),
    [
      [xids[0], 0],
      [xids[1], -115],
    ],
  );
  ensemble.run(100);
  assert.equal(ensemble.dataAt(leader, '/a'), '');
  assert.equal(ensemble.dataAt(leader, '/b'), undefined);
});

test('ZOOKEEPER-2623: a check outside of a multi never becomes a txn', () => {
  const { ensemble, leader, follower } = running();
  const client = ensemble.connect(follower);
  const zxid = ensemble.zxid(leader);
  client.send({ opcode: Opcode.check });
  ensemble.until(() => !client.isOpen, 'the connection ends', 500);
  assert.equal(client.replies[0]?.code, -6);
  assert.equal(ensemble.zxid(leader), zxid);
});

test('errors that need no leader wait for their turn behind a pending write', () => {
  const { ensemble, follower } = running();
  const client = ensemble.connect(follower);
  const malformed = { opcode: Opcode.create };
  const xids = client.send(
    create('/a'),
    malformed,
    ping,
    auth('digest', 'user:password'),
    setData('/missing', ''),
    malformed,
    create('/a'),
    getData('/a'),
  );
  ensemble.until(() => client.replyTo(xids.at(-1)) !== undefined, 'the last reply', 500);
  assert.deepEqual(
    client.replies.map(({ xid }) => xid),
    xids,
  );
  assert.deepEqual(
    client.replies.map(({ code }) => code),
    [0, -5, 0, 0, -101, -5, -110, 0],
  );
});

test('a failed auth is answered in its turn, and then the connection ends', () => {
  const { ensemble, follower } = running();
  const client = ensemble.connect(follower);
  const xids = client.send(create('/a'), auth('unknown', ''), create('/b'));
  ensemble.until(() => !client.isOpen, 'the connection ends', 500);
  assert.deepEqual(
    client.replies.map(({ xid, code }) => [xid, code]),
    [
      [xids[0], 0],
      [xids[1], -115],
    ],
  );
});

test('more requests than a member takes at once are all answered in order', () => {
  const { ensemble, follower } = running();
  const client = ensemble.connect(follower);
  const requests = Array.from({ length: 3000 }, (_, at) =>
    at % 3 === 0 ? setData('/zookeeper/quota', `${at}`) : at % 3 === 1 ? getData('/') : sync(),
  );
  const xids = client.send(...requests);
  ensemble.until(() => client.replies.length === xids.length, 'the last reply');
  assert.deepEqual(
    client.replies.map(({ xid }) => xid),
    xids,
  );
});

test('a watch event is there before the reply that shows the change', () => {
  const { ensemble, follower } = running();
  const client = ensemble.connect(follower);
  ensemble.ask(client, create('/a', 'old'));
  ensemble.ask(client, getData('/a', true));
  const before = client.replies.length;
  const xids = client.send(setData('/a', 'new'), getData('/a'));
  ensemble.until(() => client.replyTo(xids[1]) !== undefined, 'the read', 500);
  assert.deepEqual(
    client.replies.slice(before).map(({ xid }) => xid),
    [-1, ...xids],
  );
});

test('an auth does not count for a read that was asked before it and waits for a write', () => {
  const { ensemble, follower } = running();
  const owner = ensemble.connect(follower);
  ensemble.ask(owner, auth('digest', 'user:secret'));
  ensemble.ask(owner, create('/private', 'data', 0, [31, 'auth', '']));
  const client = ensemble.connect(follower);
  const [, before, , after] = client.send(
    create('/a'),
    getData('/private'),
    auth('digest', 'user:secret'),
    getData('/private'),
  );
  ensemble.until(() => client.replyTo(after) !== undefined, 'the last reply');
  assert.equal(client.replyTo(before)?.code, -102);
  assert.equal(client.replyTo(after)?.code, 0);
});

/** A large node, and reads of it that wait behind a write: 16 MB each. */
function askForMuch(ensemble: Ensemble, client: TestClient): number[] {
  ensemble.ask(client, create('/large', 'x'.repeat(1_000_000)));
  const read: Request = {
    opcode: Opcode.multiRead,
    body: (out) => {
      for (let part = 0; part < 16; part += 1) {
        out.raw(Buffer.from('00000004 00 ffffffff'.replaceAll(' ', ''), 'hex'));
        out.ustring('/large');
        out.boolean(false);
      }
      out.raw(Buffer.from('ffffffff 01 ffffffff'.replaceAll(' ', ''), 'hex'));
    },
  };
  return client.send(create('/a'), ...Array.from({ length: 8 }, () => read));
}

test('reads that waited are given to their client some at a time, and all of them', () => {
  const { ensemble, follower } = running();
  const client = ensemble.connect(follower);
  const flush = client.flush.bind(client);
  let most = 0;
  client.flush = () => {
    most = Math.max(most, client.outbox.length);
    flush();
  };
  const xids = askForMuch(ensemble, client);
  ensemble.until(() => client.replyTo(xids.at(-1)) !== undefined, 'the last reply', 500);
  for (const xid of xids.slice(1)) {
    const { code, body } = client.replyTo(xid) ?? {};
    assert.equal(code, 0);
    assert.ok(body !== undefined && body.length > 16_000_000);
  }
  assert.ok(most < 90_000_000, `${most} bytes at once`);
});

test('a client that takes nothing of the much that it has asked for is cut off, and nobody else', () => {
  const { ensemble, follower } = running();
  const other = ensemble.connect(follower);
  const client = ensemble.connect(follower);
  askForMuch(ensemble, client);
  client.flush = () => undefined;
  ensemble.until(() => !client.isOpen, 'it is cut off', 500);
  assert.ok(client.outbox.length < 90_000_000);
  assert.equal(ensemble.ask(other, getData('/a')).code, 0);
});
