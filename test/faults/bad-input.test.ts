import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { Connection, connectFrame } from '../client/connection.ts';
import { ConnectionLost, errorName, SessionExpired } from '../client/error.ts';
import { JuteWriter } from '../client/jute-writer.ts';
import { RawSocket } from '../client/raw-socket.ts';
import { MODE, OP } from '../client/record.ts';
import { createBody, multiBody, pathBody, readBody, setDataBody } from '../client/request.ts';
import { Ensemble, serviceUnderTest } from '../ensemble.ts';
import { Bystander } from './bystander.ts';
import { garbage } from './garbage.ts';

const FRAME_LIMIT = 1_048_575;
const HELLO = { timeoutMs: 10_000 };

function frame(payload: Uint8Array): Buffer {
  return new JuteWriter().buffer(payload).bytes();
}

/** Everything here happens on sockets of the same member, beside a client that must not notice any of it. */
describe('bad input', () => {
  let ensemble: Ensemble;
  let bystander: Bystander;

  before(async () => {
    ensemble = await Ensemble.start();
    const [member] = await ensemble.followers();
    assert.ok(member);
    bystander = await Bystander.start(member);
  });
  beforeEach(() => bystander.check());
  after(async () => {
    await bystander?.end();
    await ensemble?.stop();
  });

  const silentlyClosed: readonly (readonly [string, Buffer])[] = [
    ['a negative length', Buffer.from('80000000', 'hex')],
    ['the length -1', Buffer.from('ffffffff', 'hex')],
    ['a length of 2 GB', Buffer.from('7fffffff', 'hex')],
    ['a length one above the limit', new JuteWriter().int(FRAME_LIMIT + 1).bytes()],
    ['an HTTP request', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['an empty connect request', frame(Buffer.alloc(0))],
    ['a connect request that ends early', frame(Buffer.alloc(20))],
    [
      'a connect request whose password claims 2 GB',
      frame(new JuteWriter().int(0).long(0).int(10_000).long(0).int(0x7fffffff).bytes()),
    ],
    ['a client that has seen a later zxid', connectFrame({ ...HELLO, lastZxidSeen: 2 ** 52 })],
  ];
  for (const [name, bytes] of silentlyClosed) {
    test(`first comes ${name}: closed without a word`, async () => {
      const socket = await RawSocket.open(bystander.member);
      socket.send(bytes);
      assert.ok(await socket.closes());
      assert.equal(socket.received.length, 0);
    });
  }

  const closedInSession: readonly (readonly [string, Buffer])[] = [
    ['a negative length', Buffer.from('80000000', 'hex')],
    ['a length above the limit', new JuteWriter().int(FRAME_LIMIT + 1).bytes()],
    ['an empty frame', frame(Buffer.alloc(0))],
    ['a header that ends early', frame(Buffer.alloc(7))],
    ['a four-letter word', Buffer.from('ruok')],
  ];
  for (const [name, bytes] of closedInSession) {
    test(`in a session comes ${name}: closed, the session lives`, async () => {
      const connection = await Connection.open(bystander.member, HELLO);
      await connection.submit(OP.create, createBody('/survivor', null, { mode: MODE.ephemeral }));
      connection.sendRaw(bytes);
      await assert.rejects(connection.ping(), ConnectionLost);
      await connection.closed;
      const { sessionId, password } = connection;
      const back = await Connection.open(bystander.member, { ...HELLO, sessionId, password });
      const reply = await back.submit(OP.exists, readBody('/survivor', false));
      assert.equal(reply.error, 0);
      await back.close();
    });
  }

  const unreadable: readonly (readonly [string, number, Buffer])[] = [
    ['create without a body', OP.create, Buffer.alloc(0)],
    ['create whose path claims 2 GB', OP.create, new JuteWriter().int(0x7fffffff).bytes()],
    ['create whose path has length -2', OP.create, new JuteWriter().int(-2).bytes()],
    ['create whose ACL counts 2 billion', OP.create, hugeAcl()],
    [
      'setData that ends in its data',
      OP.setData,
      setDataBody('/x', Buffer.alloc(100), -1).subarray(0, 30),
    ],
    ['delete without a version', OP.delete, pathBody('/x')],
    ['getData without a watch flag', OP.getData, pathBody('/x')],
    ['multi with a setACL', OP.multi, multiBody([{ opcode: OP.setAcl, body: pathBody('/x') }])],
    ['multi without its end', OP.multi, new JuteWriter().int(OP.delete).bytes()],
  ];
  for (const [name, opcode, body] of unreadable) {
    test(`${name}: MARSHALLINGERROR, the connection stays`, async () => {
      const connection = await Connection.open(bystander.member, HELLO);
      const reply = await connection.submit(opcode, body);
      assert.equal(errorName(reply.error), 'MARSHALLINGERROR');
      assert.equal(reply.body.remaining, 0);
      assert.equal((await connection.ping()).error, 0);
      await connection.close();
    });
  }

  for (const opcode of [0, 77, 999, -7, 0x7fffffff]) {
    test(`operation ${opcode}: UNIMPLEMENTED, then closed`, async () => {
      const connection = await Connection.open(bystander.member, HELLO);
      const reply = await connection.submit(opcode, Buffer.alloc(0));
      assert.equal(errorName(reply.error), 'UNIMPLEMENTED');
      await connection.closed;
    });
  }

  test('a path that is none: BADARGUMENTS on writes, NONODE on reads', async () => {
    const connection = await Connection.open(bystander.member, HELLO);
    const characters = ['\u0000', '\u0001', '\u001f', '\u007f', '\u009f', '\uf000', '\ufff0'];
    const parentless = ['/a/', '/a//b', '/./a', '/a/../b'];
    const syntax = ['', 'a', '//', '/.', '/..', '/zookeeper/', '/zookeeper/.'];
    for (const path of [...syntax, ...characters.map((character) => `/${character}`)]) {
      const reply = await connection.submit(OP.create, createBody(path, null));
      assert.equal(errorName(reply.error), 'BADARGUMENTS', `create ${JSON.stringify(path)}`);
    }
    for (const path of parentless) {
      const created = await connection.submit(OP.create, createBody(path, null));
      assert.equal(errorName(created.error), 'NONODE', `create ${path}`);
      const set = await connection.submit(OP.setData, setDataBody(path, null, -1));
      assert.equal(errorName(set.error), 'BADARGUMENTS', `setData ${path}`);
    }
    for (const path of ['a', '/a/', '//', '/absent']) {
      const reply = await connection.submit(OP.getData, readBody(path, false));
      assert.equal(errorName(reply.error), 'NONODE', JSON.stringify(path));
    }
    await connection.close();
  });

  test('a wrong password: refused in the agreed form, and the session lives', async () => {
    const connection = await Connection.open(bystander.member, HELLO);
    const { sessionId, password } = connection;
    connection.destroy();
    for (const readOnlyByte of [true, false]) {
      const socket = await RawSocket.open(bystander.member);
      const wrong = Buffer.alloc(16, 7);
      socket.send(connectFrame({ ...HELLO, sessionId, password: wrong, readOnlyByte }));
      assert.ok(await socket.closes());
      const payload = 36 + (readOnlyByte ? 1 : 0);
      const expected = Buffer.concat([
        new JuteWriter().int(payload).int(0).int(0).long(0).buffer(Buffer.alloc(16)).bytes(),
        Buffer.alloc(readOnlyByte ? 1 : 0),
      ]);
      assert.equal(socket.received.toString('hex'), expected.toString('hex'));
    }
    const back = await Connection.open(bystander.member, { ...HELLO, sessionId, password });
    assert.equal(back.sessionId, sessionId);
    await back.close();
  });

  test('a session that never was: refused', async () => {
    const sessionId = 0x7777_0000_0000_1234n;
    const open = Connection.open(bystander.member, {
      ...HELLO,
      sessionId,
      password: Buffer.alloc(16),
    });
    await assert.rejects(open, SessionExpired);
  });

  test('a frame of exactly the limit is a request like others', async () => {
    const connection = await Connection.open(bystander.member, HELLO);
    const empty = 8 + createBody('/limit', Buffer.alloc(0)).length;
    const data = Buffer.alloc(FRAME_LIMIT - empty, 1);
    assert.equal((await connection.submit(OP.create, createBody('/limit', data))).error, 0);
    const reply = await connection.submit(OP.getData, readBody('/limit', false));
    assert.deepEqual(reply.body.buffer(), data);
    await connection.submit(OP.delete, new JuteWriter().string('/limit').int(-1).bytes());
    await connection.close();
  });

  test('frames cut at every byte, and many in one piece, are understood', async () => {
    const socket = await RawSocket.open(bystander.member);
    const bytes = Buffer.concat([
      connectFrame(HELLO),
      new JuteWriter().int(1).int(OP.exists).raw(readBody('/', false)).frame(),
      new JuteWriter().int(-2).int(OP.ping).frame(),
      new JuteWriter().int(2).int(OP.closeSession).frame(),
    ]);
    for (const byte of bytes) {
      socket.send(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(await socket.closes());
    const whole = await RawSocket.open(bystander.member);
    whole.send(bytes);
    assert.ok(await whole.closes());
    assert.equal(socket.received.length, whole.received.length);
    assert.equal(whole.received.length, 41 + 88 + 20 + 20);
  });

  const skip =
    serviceUnderTest() === 'zookeeper' && 'Apache ZooKeeper 3.8.0 answers no write after it';
  test('200 connections of garbage from one seed', { skip, timeout: 60_000 }, async () => {
    for (const bytes of garbage(200, 20260401)) {
      const socket = await RawSocket.open(bystander.member);
      socket.send(connectFrame(HELLO));
      socket.send(bytes);
      await socket.closes(20);
      socket.destroy();
    }
  });

  test('100 half-open connections', async () => {
    const sockets = await Promise.all(
      Array.from({ length: 100 }, () => RawSocket.open(bystander.member)),
    );
    for (const socket of sockets) socket.send(connectFrame(HELLO).subarray(0, 30));
    await bystander.check();
    for (const socket of sockets) socket.destroy();
  });

  test('the bystander saw nothing of it', () => bystander.check());
});

function hugeAcl(): Buffer {
  return new JuteWriter().string('/x').buffer(null).int(0x7fffffff).bytes();
}
