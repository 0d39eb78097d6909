import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Arrival, Connection } from '../../client/connection.ts';
import { EVENT, MODE, OP, WATCH_MODE, WATCHER_TYPE } from '../../client/record.ts';
import {
  addWatchBody,
  authBody,
  createBody,
  multi,
  multiBody,
  pathBody,
  setWatches2Body,
  watcherBody,
} from '../../client/request.ts';
import { create, remove, set, watch } from './requests.ts';
import type { Scene } from './scene.ts';

const OK = 0;
const MARSHALLING_ERROR = -5;
const NO_WATCHER = -121;

/** `3 /a` for an event, `reply` for a reply, from the given arrival on. */
function arrivals(connection: Connection, from: number): string[] {
  return connection.arrivals
    .slice(from)
    .map((arrival) => (arrival.kind === 'event' ? `${arrival.type} ${arrival.path}` : 'reply'));
}

const isEvent = (arrival: Arrival) => arrival.kind === 'event';

const add = (connection: Connection, path: string, mode: number) =>
  connection.submit(OP.addWatch, addWatchBody(path, mode));
const removeWatches = async (connection: Connection, path: string, type: number) =>
  (await connection.submit(OP.removeWatches, watcherBody(path, type))).error;
const checkWatches = async (connection: Connection, path: string, type: number) =>
  (await connection.submit(OP.checkWatches, watcherBody(path, type))).error;

/** Reference §3.8, §7, §16.4: what came with 3.6 and 3.9. */
export function persistentWatchTests(scene: () => Scene): void {
  test('addWatch answers with a body of one int, for any path, and only for modes there are', async () => {
    const connection = await scene().connection();
    const path = scene().path();
    for (const mode of [WATCH_MODE.persistent, WATCH_MODE.persistentRecursive]) {
      const reply = await add(connection, path, mode);
      assert.equal(reply.error, OK);
      assert.equal(reply.body.int(), 0);
      reply.body.end();
    }
    for (const mode of [-1, 2]) assert.equal((await add(connection, path, mode)).error, -5);
    assert.ok(connection.open);
  });

  test('a persistent watch hears of the node and its children, and stays', async () => {
    const connection = await scene().connection();
    const path = scene().path();
    await add(connection, path, WATCH_MODE.persistent);
    for (let round = 0; round < 2; round += 1) {
      const from = connection.arrivals.length;
      await create(connection, path);
      await set(connection, path);
      await create(connection, `${path}/a`);
      await set(connection, `${path}/a`);
      await create(connection, `${path}/a/b`);
      await remove(connection, `${path}/a/b`);
      await remove(connection, `${path}/a`);
      await remove(connection, path);
      assert.deepEqual(arrivals(connection, from), [
        ...[`${EVENT.created} ${path}`, 'reply', `${EVENT.dataChanged} ${path}`, 'reply'],
        ...[`${EVENT.childrenChanged} ${path}`, 'reply', 'reply', 'reply', 'reply'],
        ...[`${EVENT.childrenChanged} ${path}`, 'reply', `${EVENT.deleted} ${path}`, 'reply'],
      ]);
    }
  });

  test('a recursive watch hears of all that is below, and never that children changed', async () => {
    const connection = await scene().connection();
    const path = scene().path();
    await add(connection, path, WATCH_MODE.persistentRecursive);
    const from = connection.arrivals.length;
    await create(connection, path);
    await create(connection, `${path}/a`);
    await create(connection, `${path}/a/b`);
    await create(connection, `${path}x`);
    await set(connection, `${path}/a/b`);
    await connection.submit(
      OP.multi,
      multiBody([multi.delete(`${path}/a/b`), multi.create(`${path}/c`, '')]),
    );
    assert.deepEqual(arrivals(connection, from), [
      ...[`${EVENT.created} ${path}`, 'reply', `${EVENT.created} ${path}/a`, 'reply'],
      ...[`${EVENT.created} ${path}/a/b`, 'reply', 'reply'],
      ...[`${EVENT.dataChanged} ${path}/a/b`, 'reply'],
      ...[`${EVENT.deleted} ${path}/a/b`, `${EVENT.created} ${path}/c`, 'reply'],
    ]);
  });

  test('every watch of a connection that matches is one event, with the zxid of its txn', async () => {
    const connection = await scene().connection();
    const path = scene().path();
    await create(connection, path);
    await add(connection, '/', WATCH_MODE.persistentRecursive);
    await add(connection, path, WATCH_MODE.persistentRecursive);
    await add(connection, path, WATCH_MODE.persistent);
    await watch(connection, OP.getData, path);
    await watch(connection, OP.getChildren, path);
    let from = connection.arrivals.length;
    const { zxid } = await set(connection, path);
    assert.deepEqual(arrivals(connection, from), [`${EVENT.dataChanged} ${path}`, 'reply']);
    const event = connection.arrivals[from];
    assert.ok(event?.kind === 'event');
    assert.deepEqual([event.zxid, event.state], [zxid, 3]);
    from = connection.arrivals.length;
    await remove(connection, path);
    assert.deepEqual(arrivals(connection, from), [`${EVENT.deleted} ${path}`, 'reply']);
    assert.equal(await checkWatches(connection, path, WATCHER_TYPE.data), NO_WATCHER);
    assert.equal(await checkWatches(connection, path, WATCHER_TYPE.children), NO_WATCHER);
    assert.equal(await checkWatches(connection, path, WATCHER_TYPE.persistent), OK);
    await removeWatches(connection, '/', WATCHER_TYPE.any);
  });

  test('removeWatches takes the type it names from exactly that path, without an event', async () => {
    const connection = await scene().connection();
    const path = scene().path();
    await create(connection, path);
    await create(connection, `${path}/a`);
    const every = Object.values(WATCHER_TYPE);
    for (const type of every) {
      assert.equal(await removeWatches(connection, path, type), NO_WATCHER);
      assert.equal(await checkWatches(connection, path, type), NO_WATCHER);
    }
    for (const type of every) {
      await add(connection, path, WATCH_MODE.persistent);
      await add(connection, path, WATCH_MODE.persistentRecursive);
      await watch(connection, OP.getData, path);
      await watch(connection, OP.getChildren2, path);
      assert.equal(await removeWatches(connection, `${path}/a`, type), NO_WATCHER);
      for (const each of every) assert.equal(await checkWatches(connection, path, each), OK);
      assert.equal(await removeWatches(connection, path, type), OK);
      assert.equal(await removeWatches(connection, path, type), NO_WATCHER);
      for (const each of every) {
        const isGone = each === type || type === WATCHER_TYPE.any;
        assert.equal(await checkWatches(connection, path, each), isGone ? NO_WATCHER : OK);
      }
    }
    for (const type of [0, 6, -1]) {
      assert.equal(await removeWatches(connection, path, type), MARSHALLING_ERROR);
      assert.equal(await checkWatches(connection, path, type), MARSHALLING_ERROR);
    }
    assert.equal(await removeWatches(connection, path, WATCHER_TYPE.any), OK);
    assert.equal(connection.arrivals.filter(isEvent).length, 0);
    const other = await scene().connection();
    const from = connection.arrivals.length;
    await add(other, path, WATCH_MODE.persistent);
    await set(connection, path);
    assert.deepEqual(arrivals(connection, from), ['reply']);
    assert.equal(await removeWatches(connection, path, WATCHER_TYPE.any), NO_WATCHER, "another's");
  });

  test('an event that the client may not read is swallowed, and the watch is spent or stays', async () => {
    const connection = await scene().connection();
    const owner = await scene().connection();
    await owner.submit(OP.auth, authBody('digest', 'owner:secret'));
    const path = scene().path();
    await add(connection, path, WATCH_MODE.persistent);
    await watch(connection, OP.exists, path);
    const acl = [{ perms: 31, scheme: 'auth', id: '' }];
    await owner.submit(OP.create, createBody(path, null, { acl }));
    await set(owner, path);
    await connection.submit(OP.sync, pathBody(path));
    assert.equal(connection.arrivals.filter(isEvent).length, 0);
    assert.equal(await checkWatches(connection, path, WATCHER_TYPE.data), NO_WATCHER);
    await connection.submit(OP.auth, authBody('digest', 'owner:secret'));
    const from = connection.arrivals.length;
    await set(connection, path);
    assert.deepEqual(arrivals(connection, from), [`${EVENT.dataChanged} ${path}`, 'reply']);
  });

  test('watches go with their connection, and setWatches2 brings them to the next one', async () => {
    const first = await scene().connection();
    const [changed, kept, lasting, deep] = Array.from({ length: 4 }, () => scene().path());
    assert.ok(changed && kept && lasting && deep);
    for (const path of [changed, kept, lasting, deep]) await create(first, path);
    await add(first, lasting, WATCH_MODE.persistent);
    await add(first, deep, WATCH_MODE.persistentRecursive);
    const { zxid } = await watch(first, OP.getData, changed);
    const { sessionId, password } = first;
    first.destroy();
    const writer = await scene().connection();
    for (const path of [changed, lasting, deep]) await set(writer, path);
    const next = await Connection.open(scene().otherFollower, {
      ...{ timeoutMs: 10_000, sessionId, password, lastZxidSeen: zxid },
    });
    next.recording = true;
    await next.submit(OP.sync, pathBody('/'));
    assert.equal(await checkWatches(next, lasting, WATCHER_TYPE.any), NO_WATCHER);
    const from = next.arrivals.length;
    const body = setWatches2Body(zxid, {
      data: [changed, kept],
      persistent: [lasting],
      persistentRecursive: [deep],
    });
    const reply = await next.submit(OP.setWatches2, body, -8);
    assert.equal(reply.xid, -8);
    assert.deepEqual(arrivals(next, from), [`${EVENT.dataChanged} ${changed}`, 'reply']);
    const event = next.arrivals[from];
    assert.ok(event?.kind === 'event');
    assert.equal(event.zxid, -1);
    const after = next.arrivals.length;
    for (const path of [changed, kept, lasting]) await set(next, path);
    await create(next, `${deep}/child`);
    assert.deepEqual(arrivals(next, after), [
      ...['reply', `${EVENT.dataChanged} ${kept}`, 'reply'],
      ...[`${EVENT.dataChanged} ${lasting}`, 'reply', `${EVENT.created} ${deep}/child`, 'reply'],
    ]);
    await next.close();
  });

  test('the end of a session tells recursive watchers of each of its ephemerals, at one zxid', async () => {
    const connection = await scene().connection();
    const owner = await scene().connection();
    const path = scene().path();
    await create(connection, path);
    for (const name of ['a', 'b']) await create(owner, `${path}/${name}`, MODE.ephemeral);
    await connection.submit(OP.sync, pathBody(path));
    await add(connection, path, WATCH_MODE.persistentRecursive);
    await owner.close();
    await connection.submit(OP.sync, pathBody(path));
    const events = connection.arrivals.filter(isEvent);
    assert.deepEqual(events.map((one) => (one.kind === 'event' ? one.path : '')).sort(), [
      `${path}/a`,
      `${path}/b`,
    ]);
    assert.equal(new Set(events.map((one) => one.zxid)).size, 1);
  });
}
