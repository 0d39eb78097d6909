import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EVENT, MODE, OP } from '../../client/record.ts';
import { createBody, multi, multiBody, readBody } from '../../client/request.ts';
import type { Scene } from './scene.ts';

/** Reference §16.3. */
export function multiTests(scene: () => Scene): void {
  test('a failed multi: header 0, codes 0 / the error / -2, nothing changed', async () => {
    const client = await scene().client();
    const path = scene().path();
    await client.create(path, 'x');
    const { results } = await client.multi([
      multi.create(`${path}/a`, ''),
      multi.set(path, 'y'),
      multi.check(path, 9),
      multi.delete(path),
    ]);
    const codes = results.map((result) => (result.kind === 'error' ? result.code : result.kind));
    assert.deepEqual(codes, [0, 0, -103, -2]);
    assert.deepEqual(await client.children(path), []);
    const { data, stat } = await client.get(path);
    assert.deepEqual([data, stat.version, stat.cversion], ['x', 0, 0]);
    // Nothing of the rolled back part is in the way of what comes next.
    assert.equal((await client.set(path, 'z', 0)).version, 1);
    const next = await client.create(`${path}/s-`, '', { mode: MODE.persistentSequential });
    assert.equal(next.path, `${path}/s-0000000000`);
  });

  test('later operations see earlier ones; all share one zxid', async () => {
    const client = await scene().client();
    const path = scene().path();
    const sequential = { mode: MODE.persistentSequential };
    const { results } = await client.multi([
      multi.create(path, 'x'),
      multi.create(`${path}/s-`, '', sequential),
      multi.create(`${path}/s-`, '', sequential),
      multi.set(path, 'y', 0),
      multi.check(path, 1),
      multi.create(`${path}/gone`, ''),
      multi.delete(`${path}/gone`),
    ]);
    assert.deepEqual(
      results.map((result) => (result.kind === 'create' ? result.path : result.kind)),
      [
        path,
        `${path}/s-0000000000`,
        `${path}/s-0000000001`,
        'set',
        'check',
        `${path}/gone`,
        'delete',
      ],
    );
    const parent = await client.exists(path);
    const child = await client.exists(`${path}/s-0000000001`);
    assert.ok(parent && child);
    assert.deepEqual(
      [parent.mzxid, parent.pzxid, child.czxid, child.ctimeMs],
      [parent.czxid, parent.czxid, parent.czxid, parent.ctimeMs],
    );
    assert.deepEqual([parent.version, parent.cversion, parent.numChildren], [1, 4, 2]);
    const set = results[3];
    assert.ok(set?.kind === 'set');
    assert.equal(set.stat.version, 1);
  });

  test('delete and create of the same path replace the node', async () => {
    const client = await scene().client();
    const path = scene().path();
    const { stat: before } = await client.create(path, 'old');
    await client.set(path, 'old', 0);
    await client.multi([multi.delete(path, 1), multi.create(path, 'new')]);
    const { data, stat } = await client.get(path);
    assert.deepEqual([data, stat.version], ['new', 0]);
    assert.ok(stat.czxid > before.czxid);
  });

  test('an empty multi is answered by its end alone', async () => {
    const client = await scene().client();
    assert.deepEqual((await client.multi([])).results, []);
  });

  test('an ephemeral made in a multi goes with its session', async () => {
    const client = await scene().client();
    const witness = await scene().client(scene().leader);
    const path = scene().path();
    await client.multi([multi.create(path, '', { mode: MODE.ephemeral })]);
    assert.equal((await client.exists(path))?.ephemeralOwner, client.sessionId);
    await client.close();
    await witness.sync(path);
    assert.equal(await witness.exists(path), undefined);
  });

  test('the watch events of a multi come in its order, before its reply', async () => {
    const connection = await scene().connection();
    const path = scene().path();
    await connection.submit(OP.create, createBody(path, null));
    await connection.submit(OP.getData, readBody(path, true));
    await connection.submit(OP.exists, readBody(`${path}/b`, true));
    await connection.submit(OP.getChildren, readBody(path, true));
    const already = connection.arrivals.length;
    const parts = [multi.create(`${path}/b`, ''), multi.set(path, 'x'), multi.delete(`${path}/b`)];
    await connection.submit(OP.multi, multiBody(parts));
    const arrived = connection.arrivals
      .slice(already)
      .map((arrival) => (arrival.kind === 'event' ? `${arrival.type} ${arrival.path}` : 'reply'));
    assert.deepEqual(arrived, [
      `${EVENT.created} ${path}/b`,
      `${EVENT.childrenChanged} ${path}`,
      `${EVENT.dataChanged} ${path}`,
      'reply',
    ]);
  });
}
