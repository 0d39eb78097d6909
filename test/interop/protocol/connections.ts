import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Connection, connectFrame } from '../../client/connection.ts';
import { ConnectionLost } from '../../client/error.ts';
import { JuteWriter } from '../../client/jute-writer.ts';
import { RawSocket } from '../../client/raw-socket.ts';
import { MODE, OP } from '../../client/record.ts';
import {
  authBody,
  createBody,
  readBody,
  setDataBody,
  setWatchesBody,
} from '../../client/request.ts';
import { fourLetterWord } from '../../ensemble/four-letter-word.ts';
import type { Scene } from './scene.ts';

/** Reference §16.1, §16.5. */
export function connectionTests(scene: () => Scene): void {
  test('the connect reply has the readOnly byte exactly when the request had it', async () => {
    for (const [readOnlyByte, bytes] of [
      [true, 37],
      [false, 36],
    ] as const) {
      const connection = await Connection.open(scene().follower, { timeoutMs: 5000, readOnlyByte });
      assert.equal(connection.connectReplyBytes, bytes);
      assert.equal(connection.password.length, 16);
      await connection.close();
    }
  });

  test('the session timeout is clamped to 2 and 20 ticks', async () => {
    for (const [asked, granted] of [
      [1, 4000],
      [0, 4000],
      [-5, 4000],
      [5000, 5000],
      [1_000_000_000, 40_000],
    ] as const) {
      const connection = await Connection.open(scene().follower, { timeoutMs: asked });
      assert.equal(connection.timeoutMs, granted);
      await connection.close();
    }
  });

  test('xids come back as they were sent, whatever they are; a ping always as -2', async () => {
    const connection = await scene().connection();
    for (const xid of [0, 7, 7, -3, 0x7fffffff]) {
      const reply = await connection.submit(OP.exists, readBody('/', false), xid);
      assert.equal(reply.xid, xid);
    }
    for (const xid of [-4, 12]) {
      const reply = await connection.submit(OP.auth, authBody('digest', 'a:b'), xid);
      assert.deepEqual([reply.xid, reply.zxid, reply.error], [xid, 0, 0]);
    }
    for (const xid of [-8, 13]) {
      const reply = await connection.submit(OP.setWatches, setWatchesBody(0, {}), xid);
      assert.deepEqual([reply.xid, reply.error], [xid, 0]);
    }
    const socket = await RawSocket.open(scene().follower);
    socket.send(connectFrame({ timeoutMs: 5000 }));
    socket.send(new JuteWriter().int(99).int(OP.ping).frame());
    socket.send(new JuteWriter().int(1).int(OP.closeSession).frame());
    assert.ok(await socket.closes());
    assert.equal(socket.received.readInt32BE(41 + 4), -2);
  });

  test('auth: any user will do, even a nameless one; no user and no such scheme end the connection', async () => {
    const connection = await scene().connection();
    for (const credentials of ['alice:secret', 'nocolon', '']) {
      const { error, zxid } = await connection.submit(OP.auth, authBody('digest', credentials));
      assert.deepEqual([error, zxid], [0, 0], credentials);
    }
    assert.equal((await connection.submit(OP.auth, authBody('ip', null))).error, 0);
    for (const body of [authBody('digest', null), authBody('nosuch', 'x'), authBody('', null)]) {
      const refused = await scene().connection();
      const { error, zxid } = await refused.submit(OP.auth, body);
      assert.deepEqual([error, zxid], [-115, 0]);
      await refused.closed;
    }
  });

  test('replies come in the order of the requests, writes and reads and pings alike', async () => {
    const connection = await scene().connection();
    const path = scene().path();
    const replies = [connection.submit(OP.create, createBody(path, Buffer.from('0')))];
    for (let round = 1; round <= 30; round += 1) {
      replies.push(connection.submit(OP.setData, setDataBody(path, Buffer.from(`${round}`), -1)));
      replies.push(connection.submit(OP.getData, readBody(path, false)));
      replies.push(connection.ping());
    }
    const answers = await Promise.all(replies);
    let zxid = 0;
    for (const [index, answer] of answers.entries()) {
      assert.equal(answer.error, 0);
      assert.ok(answer.zxid >= zxid, 'the zxid of a reply went back');
      zxid = answer.zxid;
      if (index % 3 !== 2) continue;
      assert.equal(answer.body.buffer()?.toString(), `${(index + 1) / 3}`);
      assert.ok(answer.zxid >= answer.body.stat().mzxid);
    }
  });

  test('a session taken over at another member: the first socket can write no more', async () => {
    const first = await scene().connection(scene().follower);
    const path = scene().path();
    await first.submit(OP.create, createBody(path, null, { mode: MODE.ephemeral }));
    const { sessionId, password } = first;
    const second = await Connection.open(scene().leader, { timeoutMs: 9000, sessionId, password });
    assert.equal(second.sessionId, sessionId);
    assert.equal((await second.submit(OP.exists, readBody(path, false))).error, 0);
    await assert.rejects(
      first.submit(OP.setData, setDataBody(path, Buffer.from('x'), -1)),
      ConnectionLost,
    );
    const reply = await second.submit(OP.setData, setDataBody(path, Buffer.from('y'), 0));
    assert.equal(reply.error, 0);
    await second.close();
  });

  test('who a client is ends with its connection, not with its session (reference §8.2)', async () => {
    const first = await Connection.open(scene().follower, { timeoutMs: 9000 });
    const path = scene().path();
    const own = createBody(path, Buffer.from('x'), {
      acl: [{ perms: 31, scheme: 'auth', id: '' }],
    });
    assert.equal((await first.submit(OP.create, own)).error, -114);
    await first.submit(OP.auth, authBody('digest', 'alice:secret'));
    assert.equal((await first.submit(OP.create, own)).error, 0);
    const { sessionId, password } = first;
    const second = await Connection.open(scene().follower, {
      timeoutMs: 9000,
      sessionId,
      password,
    });
    const read = () => second.submit(OP.getData, readBody(path, false));
    assert.equal((await read()).error, -102);
    assert.equal((await second.submit(OP.whoAmI)).body.int(), 1);
    await second.submit(OP.auth, authBody('digest', 'alice:secret'));
    assert.equal((await read()).error, 0);
    await second.close();
  });

  test('closeSession: its reply comes before the end, and nothing behind it takes effect', async () => {
    const witness = await scene().client(scene().leader);
    const paths = [scene().path(), scene().path(), scene().path()] as const;
    const connection = await Connection.open(scene().follower, { timeoutMs: 5000 });
    const own = connection.submit(OP.create, createBody(paths[0], null, { mode: MODE.ephemeral }));
    const close = connection.submit(OP.closeSession);
    const behind = [
      connection.submit(OP.create, createBody(paths[1], null)),
      connection.submit(OP.create, createBody(paths[2], null, { mode: MODE.ephemeral })),
    ].map((late) => late.then((reply) => reply.error !== 0).catch(() => true));
    assert.equal((await own).error, 0);
    assert.equal((await close).error, 0);
    assert.deepEqual(await Promise.all(behind), [true, true]);
    await connection.closed;
    await witness.sync('/');
    for (const path of paths) assert.equal(await witness.exists(path), undefined, path);
  });

  test('all ephemerals of a session go under one zxid', async () => {
    const witness = await scene().client(scene().leader);
    const parents = [scene().path(), scene().path()];
    for (const parent of parents) await witness.create(parent);
    const owner = await scene().client();
    for (const parent of parents) {
      for (const name of ['a', 'b']) {
        await owner.create(`${parent}/${name}`, '', { mode: MODE.ephemeral });
      }
    }
    await owner.close();
    await witness.sync('/');
    const stats = await Promise.all(parents.map((parent) => witness.exists(parent)));
    assert.equal(new Set(stats.map((stat) => stat?.pzxid)).size, 1);
    assert.deepEqual(
      stats.map((stat) => [stat?.numChildren, stat?.cversion]),
      [
        [0, 4],
        [0, 4],
      ],
    );
  });

  test('sync, then a read at another member, sees what was acknowledged before', async () => {
    const { follower, otherFollower, leader } = scene();
    const path = scene().path();
    const writer = await scene().client(follower);
    const readers = [await scene().client(otherFollower), await scene().client(leader)];
    await writer.create(path, '0');
    for (let round = 1; round <= 20; round += 1) {
      await writer.set(path, `${round}`);
      for (const reader of readers) {
        await reader.sync(path);
        assert.equal((await reader.get(path)).data, `${round}`);
      }
    }
    await writer.sync('/there/is/no/such/node');
  });

  test('four-letter words are answered, and end the connection', async () => {
    const { follower, leader } = scene();
    assert.equal(await fourLetterWord(follower, 'ruok'), 'imok');
    assert.equal(await fourLetterWord(follower, 'isro'), 'rw');
    assert.match((await fourLetterWord(leader, 'srvr')) ?? '', /^Mode: leader$/m);
    assert.match((await fourLetterWord(follower, 'stat')) ?? '', /^Clients:$/m);
    assert.match((await fourLetterWord(follower, 'mntr')) ?? '', /^zk_server_state\tfollower$/m);
    assert.match((await fourLetterWord(follower, 'conf')) ?? '', /^clientPort=\d+$/m);
    assert.equal(await fourLetterWord(follower, 'ruok\n'), 'imok');
  });
}
