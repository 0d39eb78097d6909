import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { type Acl, MODE, OP, OPEN_ACL } from '../../client/record.ts';
import { createBody, setAclBody, setDataBody } from '../../client/request.ts';
import { refuses, type Scene } from './scene.ts';

const digest = (user: string, password: string): string =>
  `${user}:${createHash('sha1').update(`${user}:${password}`).digest('base64')}`;

/** Reference §16.2. */
export function nodeTests(scene: () => Scene): void {
  test('the root of a fresh tree', async () => {
    const client = await scene().client(scene().leader);
    const stat = await client.exists('/');
    assert.deepEqual(
      [stat?.czxid, stat?.ctimeMs, stat?.version, stat?.ephemeralOwner],
      [0, 0, 0, 0n],
    );
    assert.ok((await client.children('/')).includes('zookeeper'));
    assert.deepEqual((await client.children('/zookeeper')).sort(), ['config', 'quota']);
    assert.deepEqual((await client.getAcl('/')).acl, OPEN_ACL);
    for (const path of ['/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config']) {
      await refuses('BADARGUMENTS', client.delete(path));
    }
    await refuses('NOAUTH', client.set('/zookeeper/config', ''));
  });

  test('a created node: its stat, its data, its ACL', async () => {
    const client = await scene().client();
    const path = scene().path();
    const startedMs = Date.now();
    const { path: created, stat } = await client.create(path, 'abc');
    assert.equal(created, path);
    assert.deepEqual(stat, (await client.get(path)).stat);
    assert.equal(stat.mzxid, stat.czxid);
    assert.equal(stat.pzxid, stat.czxid);
    assert.equal(stat.mtimeMs, stat.ctimeMs);
    assert.ok(stat.ctimeMs >= startedMs - 1000 && stat.ctimeMs <= Date.now() + 1000);
    assert.deepEqual([stat.version, stat.cversion, stat.aversion], [0, 0, 0]);
    assert.deepEqual([stat.dataLength, stat.numChildren, stat.ephemeralOwner], [3, 0, 0n]);
    assert.deepEqual((await client.getAcl(path)).acl, OPEN_ACL);
  });

  test('what cannot be created', async () => {
    const client = await scene().client();
    const path = scene().path();
    await client.create(path);
    await refuses('NODEEXISTS', client.create(path));
    await refuses('NONODE', client.create(`${path}/absent/child`));
    await refuses('BADARGUMENTS', client.create(`${path}/`));
    for (const mode of [7, 8, -1]) {
      await refuses('BADARGUMENTS', client.create(`${path}/x`, '', { mode }));
    }
    await refuses('INVALIDACL', client.create(`${path}/x`, '', { acl: [] }));
    const nullAcl = createBody(`${path}/x`, null, { acl: null });
    await refuses('INVALIDACL', client.request(OP.create, nullAcl, 'create'));
    for (const acl of [
      { perms: 31, scheme: 'nosuch', id: 'x' },
      { perms: 31, scheme: 'digest', id: 'no-colon' },
      { perms: 31, scheme: 'world', id: 'somebody' },
      { perms: 31, scheme: 'ip', id: '300.1.2.3' },
      { perms: 31, scheme: 'auth', id: '' },
    ]) {
      await refuses('INVALIDACL', client.create(`${path}/x`, '', { acl: [acl] }));
    }
    // A bad ACL is seen before an absent parent.
    await refuses('INVALIDACL', client.create(`${path}/absent/x`, '', { acl: [] }));
    assert.deepEqual(await client.children(path), []);
  });

  test('sequential names: the number is that of the creates in the parent', async () => {
    const client = await scene().client();
    const path = scene().path();
    const mode = MODE.persistentSequential;
    await client.create(path);
    assert.equal((await client.create(`${path}/a-`, '', { mode })).path, `${path}/a-0000000000`);
    await client.create(`${path}/plain`);
    await client.delete(`${path}/plain`);
    await refuses('NODEEXISTS', client.create(`${path}/a-0000000000`));
    const ephemeral = { mode: MODE.ephemeralSequential };
    assert.equal((await client.create(`${path}/b-`, '', ephemeral)).path, `${path}/b-0000000002`);
    assert.equal((await client.create(`${path}/`, '', { mode })).path, `${path}/0000000003`);
    const again = scene().path();
    await client.create(again);
    await client.create(`${again}/n-`, '', { mode });
    await client.delete(`${again}/n-0000000000`);
    assert.equal((await client.create(`${again}/n-`, '', { mode })).path, `${again}/n-0000000001`);
  });

  test('an ephemeral node: its owner, no children, anyone may delete it', async () => {
    const client = await scene().client();
    const path = scene().path();
    const { stat } = await client.create(path, '', { mode: MODE.ephemeral });
    assert.equal(stat.ephemeralOwner, client.sessionId);
    await refuses('NOCHILDRENFOREPHEMERALS', client.create(`${path}/child`));
    assert.deepEqual(await client.children(path), []);
    const other = await scene().client(scene().leader);
    await other.sync(path);
    await other.delete(path);
    await other.create(path, 'of another');
    await client.close();
    await other.sync(path);
    assert.equal((await other.get(path)).data, 'of another');
  });

  test('what a delete is refused for, and in which order', async () => {
    const client = await scene().client();
    const path = scene().path();
    await client.create(path);
    await client.create(`${path}/child`);
    await refuses('NONODE', client.delete(`${path}/absent`));
    await refuses('NONODE', client.delete(`${path}/absent/child`));
    await refuses('BADVERSION', client.delete(path, 5));
    await refuses('NOTEMPTY', client.delete(path, 0));
    const guarded = scene().path();
    await client.create(guarded, '', { acl: [{ perms: 1, scheme: 'world', id: 'anyone' }] });
    await refuses('NOAUTH', client.delete(`${guarded}/absent`));
    await refuses('NOAUTH', client.create(`${guarded}/child`));
    await refuses('NOAUTH', client.set(guarded, ''));
    await client.delete(guarded);
  });

  test('null data stays null, empty data stays empty', async () => {
    const client = await scene().client();
    const path = scene().path();
    await client.request(OP.create, createBody(path, null), 'create');
    assert.equal((await client.get(path)).data, null);
    assert.equal((await client.set(path, '')).dataLength, 0);
    assert.equal((await client.get(path)).data, '');
    await client.request(OP.setData, setDataBody(path, null, -1), 'setData');
    assert.deepEqual(
      [(await client.get(path)).data, (await client.exists(path))?.version],
      [null, 2],
    );
  });

  test('setData: versions, times, the same data again', async () => {
    const client = await scene().client();
    const path = scene().path();
    const { stat: created } = await client.create(path, 'x');
    const stat = await client.set(path, 'x', 0);
    assert.equal(stat.version, 1);
    assert.ok(stat.mzxid > created.mzxid && stat.mtimeMs >= created.mtimeMs);
    assert.deepEqual(
      [stat.czxid, stat.pzxid, stat.ctimeMs],
      [created.czxid, created.pzxid, created.ctimeMs],
    );
    await refuses('BADVERSION', client.set(path, 'y', 0));
    await refuses('NONODE', client.set(`${path}/absent`, 'y', 7));
    assert.equal((await client.set(path, 'y')).version, 2);
  });

  test('cversion and pzxid follow the creates and deletes of children, nothing else', async () => {
    const client = await scene().client();
    const path = scene().path();
    const { stat: fresh } = await client.create(path);
    const { stat: child } = await client.create(`${path}/a`);
    await client.create(`${path}/a/grandchild`);
    await client.set(`${path}/a`, 'x');
    let stat = await client.exists(path);
    assert.deepEqual([stat?.cversion, stat?.pzxid, stat?.numChildren], [1, child.czxid, 1]);
    await client.delete(`${path}/a/grandchild`);
    await client.delete(`${path}/a`);
    stat = await client.exists(path);
    assert.deepEqual([stat?.cversion, stat?.numChildren, stat?.mzxid], [2, 0, fresh.mzxid]);
    assert.ok((stat?.pzxid ?? 0) > child.czxid);
  });

  test('a failed write uses up a zxid and no sequence number', async () => {
    const client = await scene().client();
    const path = scene().path();
    const { stat: before } = await client.create(path);
    await refuses('NODEEXISTS', client.create(path));
    const { stat: after } = await client.create(`${path}/x`);
    assert.equal(after.czxid, before.czxid + 2);
  });

  test('setACL: aversion alone moves; identities are expanded, and masked for strangers', async () => {
    const client = await scene().client();
    const stranger = await scene().client(scene().leader);
    const path = scene().path();
    const { stat: created } = await client.create(path);
    const all: Acl = { perms: 31, scheme: 'auth', id: '' };
    await refuses('INVALIDACL', client.setAcl(path, [all]));
    await client.auth('digest', 'alice:secret');
    const stat = await client.setAcl(path, [all, { perms: 1, scheme: 'world', id: 'anyone' }], 0);
    assert.deepEqual(
      [stat.aversion, stat.version, stat.mzxid, stat.pzxid],
      [1, 0, created.mzxid, created.pzxid],
    );
    const read = { perms: 1, scheme: 'world', id: 'anyone' };
    const alice = { perms: 31, scheme: 'digest', id: digest('alice', 'secret') };
    assert.deepEqual((await client.getAcl(path)).acl, [alice, read]);
    await stranger.sync(path);
    assert.deepEqual((await stranger.getAcl(path)).acl, [{ ...alice, id: 'alice:x' }, read]);
    await refuses('NOAUTH', stranger.setAcl(path, OPEN_ACL));
    await refuses('NOAUTH', stranger.set(path, ''));
    await refuses('BADVERSION', client.setAcl(path, OPEN_ACL, 0));
    const empty = client.request(OP.setAcl, setAclBody(path, [], -1), 'setACL');
    await refuses('INVALIDACL', empty);
    await stranger.auth('digest', 'alice:secret');
    assert.equal((await stranger.set(path, 'now')).version, 1);
    await refuses('NONODE', client.setAcl(`${path}/absent`, OPEN_ACL));
    await refuses('NONODE', client.getAcl(`${path}/absent`));
  });

  test('ip ACLs hold for the address that the member sees', async () => {
    const client = await scene().client();
    const [near, far] = [scene().path(), scene().path()];
    await client.create(near, 'x', { acl: [{ perms: 31, scheme: 'ip', id: '127.0.0.0/8' }] });
    await client.create(far, 'x', { acl: [{ perms: 31, scheme: 'ip', id: '10.1.2.3' }] });
    assert.equal((await client.get(near)).data, 'x');
    await refuses('NOAUTH', client.get(far));
    await refuses('NOAUTH', client.getAcl(far));
  });

  test('names in any script', async () => {
    const client = await scene().client();
    const path = scene().path();
    await client.create(path);
    const names = ['é', '漢字', 'a b', '...', '.a', "'", 'ß'];
    for (const name of names) await client.create(`${path}/${name}`, name);
    assert.deepEqual((await client.children(path)).sort(), [...names].sort());
    for (const name of names) assert.equal((await client.get(`${path}/${name}`)).data, name);
  });
}
