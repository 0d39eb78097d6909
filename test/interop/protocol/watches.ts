import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Connection } from '../../client/connection.ts';
import { EVENT, MODE, OP } from '../../client/record.ts';
import { readBody, setAclBody, setDataBody, setWatchesBody } from '../../client/request.ts';
import { create, remove, set, watch } from './requests.ts';
import type { Scene } from './scene.ts';

/** `3 /a` for an event, `reply` for a reply, from the given arrival on. */
function arrivals(connection: Connection, from: number): string[] {
  return connection.arrivals
    .slice(from)
    .map((arrival) => (arrival.kind === 'event' ? `${arrival.type} ${arrival.path}` : 'reply'));
}

/** Reference §16.4. */
export function watchTests(scene: () => Scene): void {
  test('a watch fires once, before the reply of the write that fires it', async () => {
    const connection = await scene().connection();
    const path = scene().path();
    await create(connection, path);
    await watch(connection, OP.getData, path);
    await watch(connection, OP.exists, path);
    const from = connection.arrivals.length;
    await set(connection, path);
    await set(connection, path);
    assert.deepEqual(arrivals(connection, from), [
      `${EVENT.dataChanged} ${path}`,
      'reply',
      'reply',
    ]);
    const event = connection.arrivals[from];
    assert.ok(event?.kind === 'event');
    assert.equal(event.state, 3);
  });

  test('a reader sees the event before the new data', async () => {
    const reader = await scene().connection(scene().otherFollower);
    const writer = await scene().connection(scene().leader);
    const path = scene().path();
    await create(writer, path);
    await reader.submit(OP.sync, readBody(path, false).subarray(0, -1));
    for (let round = 0; round < 20; round += 1) {
      const { body } = await watch(reader, OP.getData, path);
      body.buffer();
      const { version } = body.stat();
      const from = reader.arrivals.length;
      const write = set(writer, path);
      for (;;) {
        const reply = await reader.submit(OP.getData, readBody(path, false));
        reply.body.buffer();
        if (reply.body.stat().version === version) continue;
        break;
      }
      await write;
      const seen = arrivals(reader, from);
      assert.equal(seen.at(-2), `${EVENT.dataChanged} ${path}`);
      assert.equal(seen.filter((one) => one !== 'reply').length, 1);
    }
  });

  test('children watches: children come and go, nothing else', async () => {
    const connection = await scene().connection();
    const path = scene().path();
    await create(connection, path);
    await create(connection, `${path}/a`);
    await watch(connection, OP.getChildren, path);
    let from = connection.arrivals.length;
    await set(connection, path);
    await set(connection, `${path}/a`);
    await create(connection, `${path}/a/grandchild`);
    assert.deepEqual(arrivals(connection, from), ['reply', 'reply', 'reply']);
    await remove(connection, `${path}/a/grandchild`);
    from = connection.arrivals.length;
    await remove(connection, `${path}/a`);
    assert.deepEqual(arrivals(connection, from), [`${EVENT.childrenChanged} ${path}`, 'reply']);
    await watch(connection, OP.getChildren2, path);
    from = connection.arrivals.length;
    await create(connection, `${path}/b`);
    assert.deepEqual(arrivals(connection, from), [`${EVENT.childrenChanged} ${path}`, 'reply']);
  });

  test('a delete is one event for one connection, whatever it watched', async () => {
    const connection = await scene().connection();
    const path = scene().path();
    await create(connection, path);
    await watch(connection, OP.getData, path);
    await watch(connection, OP.getChildren, path);
    const from = connection.arrivals.length;
    await remove(connection, path);
    assert.deepEqual(arrivals(connection, from), [`${EVENT.deleted} ${path}`, 'reply']);
  });

  test('exists watches what is not there yet; getData and getChildren do not', async () => {
    const connection = await scene().connection();
    const path = scene().path();
    assert.equal((await watch(connection, OP.exists, path)).error, -101);
    let from = connection.arrivals.length;
    await create(connection, path);
    assert.deepEqual(arrivals(connection, from), [`${EVENT.created} ${path}`, 'reply']);
    const absent = scene().path();
    assert.equal((await watch(connection, OP.getData, absent)).error, -101);
    assert.equal((await watch(connection, OP.getChildren, absent)).error, -101);
    from = connection.arrivals.length;
    await create(connection, absent);
    assert.deepEqual(arrivals(connection, from), ['reply']);
  });

  test('setACL, failed writes and reads fire nothing', async () => {
    const connection = await scene().connection();
    const path = scene().path();
    await create(connection, path);
    await watch(connection, OP.getData, path);
    await watch(connection, OP.getChildren, path);
    const from = connection.arrivals.length;
    const open = [{ perms: 31, scheme: 'world', id: 'anyone' }];
    await connection.submit(OP.setAcl, setAclBody(path, open, -1));
    await connection.submit(OP.setData, setDataBody(path, null, 77));
    await connection.submit(OP.getData, readBody(path, false));
    assert.deepEqual(arrivals(connection, from), ['reply', 'reply', 'reply']);
  });

  test("a closing session hears of its own ephemerals' end first", async () => {
    const connection = await scene().connection();
    const path = scene().path();
    await create(connection, path, MODE.ephemeral);
    await watch(connection, OP.exists, path);
    const from = connection.arrivals.length;
    await connection.close();
    assert.deepEqual(arrivals(connection, from), [`${EVENT.deleted} ${path}`, 'reply']);
  });

  test('setWatches: what was missed comes before its reply, the rest is armed', async () => {
    const connection = await scene().connection();
    const [changed, kept, gone, made, absent, parent] = Array.from({ length: 6 }, () =>
      scene().path(),
    );
    assert.ok(changed && kept && gone && made && absent && parent);
    for (const path of [changed, kept, gone, parent]) await create(connection, path);
    const { zxid } = await connection.submit(OP.exists, readBody('/', false));
    await set(connection, changed);
    await remove(connection, gone);
    await create(connection, made);
    await create(connection, `${parent}/child`);
    const from = connection.arrivals.length;
    const body = setWatchesBody(zxid, {
      data: [changed, kept, gone],
      exist: [made, absent],
      child: [parent, kept],
    });
    await connection.submit(OP.setWatches, body);
    assert.deepEqual(arrivals(connection, from).sort(), [
      `${EVENT.created} ${made}`,
      `${EVENT.deleted} ${gone}`,
      `${EVENT.dataChanged} ${changed}`,
      `${EVENT.childrenChanged} ${parent}`,
      'reply',
    ]);
    assert.equal(arrivals(connection, from).at(-1), 'reply');
    const after = connection.arrivals.length;
    await set(connection, kept);
    await create(connection, `${kept}/child`);
    await create(connection, absent);
    assert.deepEqual(arrivals(connection, after), [
      `${EVENT.dataChanged} ${kept}`,
      'reply',
      `${EVENT.childrenChanged} ${kept}`,
      'reply',
      `${EVENT.created} ${absent}`,
      'reply',
    ]);
  });
}
