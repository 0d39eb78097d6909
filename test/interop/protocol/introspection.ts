import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Client } from '../../client/client.ts';
import { MODE, OP } from '../../client/record.ts';
import {
  authBody,
  createBody,
  multi,
  multiBody,
  multiRead,
  pathBody,
  reconfigBody,
  setAclBody,
  versionBody,
} from '../../client/request.ts';
import { refuses, type Scene } from './scene.ts';

const SECRET = [{ perms: 31, scheme: 'digest', id: 'nobody:nothing' }];

/** Reference §3.6, §3.8, §3.9: what a client may ask beside its nodes. */
export function introspectionTests(scene: () => Scene): void {
  test('getEphemerals: those of the session, by the beginning of their path', async () => {
    const client = await scene().client();
    const other = await scene().client();
    const path = scene().path();
    await client.create(path);
    assert.deepEqual(await client.ephemerals(), []);
    const ephemeral = { mode: MODE.ephemeral };
    for (const name of ['a', 'ab', 'b']) await client.create(`${path}/${name}`, '', ephemeral);
    await other.create(`${path}/other`, '', ephemeral);
    const sorted = async (prefix?: string) => (await client.ephemerals(prefix)).sort();
    const all = ['a', 'ab', 'b'].map((name) => `${path}/${name}`);
    for (const prefix of ['/', '', '  ', ' / ', path]) assert.deepEqual(await sorted(prefix), all);
    assert.deepEqual(await sorted(`${path}/a`), all.slice(0, 2), 'a plain prefix, not a path');
    assert.deepEqual(await sorted('/nothing'), []);
    await client.delete(`${path}/a`);
    assert.deepEqual(await sorted(), all.slice(1));
    assert.deepEqual(await other.ephemerals(), [`${path}/other`]);
  });

  test('getAllChildrenNumber: all that is below, and the READ of the node alone', async () => {
    const client = await scene().client();
    const path = scene().path();
    await refuses('NONODE', client.allChildrenNumber(path));
    await client.create(path);
    assert.equal(await client.allChildrenNumber(path), 0);
    const before = await client.allChildrenNumber('/');
    await client.create(`${path}/a`);
    await client.create(`${path}/a/b`);
    await client.create(`${path}/e`, '', { mode: MODE.ephemeral });
    await client.create(`${path}x`);
    assert.equal(await client.allChildrenNumber(path), 3);
    assert.equal(await client.allChildrenNumber(''), before + 4);
    assert.equal(await client.allChildrenNumber('/'), before + 4);
    assert.equal(await client.allChildrenNumber('/zookeeper'), 2);
    await client.setAcl(`${path}/a`, SECRET);
    assert.equal(await client.allChildrenNumber(path), 3);
    await refuses('NOAUTH', client.allChildrenNumber(`${path}/a`));
  });

  test('whoAmI: the address, and of each digest the user', async () => {
    const client = await scene().client();
    assert.deepEqual(await client.whoAmI(), [{ scheme: 'ip', user: '127.0.0.1' }]);
    await client.auth('digest', 'user:secret');
    await client.auth('digest', 'other:secret');
    await client.auth('digest', 'user:secret');
    assert.deepEqual(
      (await client.whoAmI()).map(({ scheme, user }) => `${scheme}:${user}`).sort(),
      ['digest:other', 'digest:user', 'ip:127.0.0.1'],
    );
  });

  test('multiRead: each read is answered on its own', async () => {
    const client = await scene().client();
    const path = scene().path();
    await client.create(path, 'data');
    await client.create(`${path}/a`);
    await client.create(`${path}/closed`);
    await client.setAcl(`${path}/closed`, SECRET);
    const results = await client.multiRead([
      multiRead.get(path),
      multiRead.get(`${path}/none`),
      multiRead.children(path),
      multiRead.children(`${path}/closed`),
      multiRead.children(`${path}/a`),
    ]);
    const [data, none, children, closed, empty] = results;
    assert.ok(data?.kind === 'data' && children?.kind === 'children');
    assert.deepEqual([data.data, data.stat], ['data', await client.exists(path)]);
    assert.deepEqual(children.names.sort(), ['a', 'closed']);
    assert.deepEqual(none, { kind: 'error', code: -101 });
    assert.deepEqual(closed, { kind: 'error', code: -102 });
    assert.deepEqual(empty, { kind: 'children', names: [] });
    assert.deepEqual(await client.multiRead([]), []);
  });

  test('a multiRead of anything else is not understood, and nor is a multi of reads', async () => {
    const connection = await scene().connection();
    const path = scene().path();
    const exists = { opcode: OP.exists, body: multiRead.get(path).body };
    for (const parts of [[multi.create(path, '')], [multiRead.get('/'), exists]]) {
      assert.equal((await connection.submit(OP.multiRead, multiBody(parts))).error, -5);
    }
    const mixed = multiBody([multi.create(path, ''), multiRead.get('/')]);
    assert.equal((await connection.submit(OP.multi, mixed)).error, -5);
    assert.ok(connection.open);
  });

  test('what is asked behind a write of the session sees it', async () => {
    const connection = await scene().connection();
    const path = scene().path();
    const create = connection.submit(OP.create, createBody(path, null, { mode: MODE.ephemeral }));
    const ephemerals = connection.submit(OP.getEphemerals, pathBody(path));
    const count = connection.submit(OP.getAllChildrenNumber, pathBody(path));
    const read = connection.submit(OP.multiRead, multiBody([multiRead.children(path)]));
    await create;
    assert.deepEqual((await ephemerals).body.strings(), [path]);
    assert.equal((await count).body.int(), 0);
    assert.equal((await read).body.int(), OP.getChildren);
  });

  test('reconfig says that it is off, and the connection stays', async () => {
    const client: Client = await scene().client();
    const change = { joining: 'server.9=h:1:2;3' };
    await refuses('RECONFIGDISABLED', client.reconfig(change));
    const connection = await scene().connection();
    const reply = await connection.submit(OP.reconfig, reconfigBody(change));
    assert.equal(reply.error, -123);
    assert.ok(reply.zxid > 0);
    assert.equal((await connection.ping()).error, 0);
  });

  test('opcodes that no client may send: refused, and then the connection ends', async () => {
    const check = versionBody('/', -1);
    const deleteContainer = pathBody('/');
    const refused: readonly [number, Buffer][] = [
      [OP.notification, Buffer.alloc(0)],
      [OP.check, check],
      [OP.deleteContainer, deleteContainer],
      [OP.createSession, Buffer.alloc(4)],
      [23, Buffer.alloc(0)],
      [99, authBody('digest', 'a:b')],
      [108, setAclBody('/', SECRET, -1)],
      [-1, Buffer.alloc(0)],
    ];
    for (const [opcode, body] of refused) {
      const connection = await scene().connection();
      const reply = await connection.submit(opcode, body);
      assert.deepEqual([reply.error, reply.zxid], [-6, -1], `opcode ${opcode}`);
      await connection.closed;
    }
  });
}
