import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, afterEach, before, describe, test } from 'node:test';
import zookeeper from 'node-zookeeper-client';
import { eventually } from '../ensemble/wait.ts';
import { Ensemble } from '../ensemble.ts';
import { commit, outcome, PromisedClient } from './node-client/promised-client.ts';

const { ACL, CreateMode, Event, Id, Permission } = zookeeper;

/** The members' addresses, `first` at their head. */
function turned(ensemble: Ensemble, first: number): string {
  const hosts = ensemble.connectString.split(',');
  return [...hosts.slice(first), ...hosts.slice(0, first)].join(',');
}

describe('node-zookeeper-client', () => {
  let ensemble: Ensemble;
  let checks = 0;
  const open: PromisedClient[] = [];
  const connect = (first = 0, options = {}) => {
    const client = new PromisedClient(turned(ensemble, first), options);
    open.push(client);
    return client.connect();
  };

  before(async () => {
    ensemble = await Ensemble.start();
  });
  afterEach(async () => {
    checks += 1;
    for (const client of open.splice(0)) await client.close();
  });
  after(async () => {
    await ensemble?.stop();
    console.log(`node-zookeeper-client: ${checks} checks`);
  });

  test('every create mode, through every member', { timeout: 30_000 }, async () => {
    for (let first = 0; first < 3; first += 1) {
      const client = await connect(first);
      const root = await client.create(`/modes-${first}`);
      assert.equal(await client.create(`${root}/p`, 'x', CreateMode.PERSISTENT), `${root}/p`);
      const sequential = CreateMode.PERSISTENT_SEQUENTIAL;
      assert.equal(await client.create(`${root}/s-`, 'x', sequential), `${root}/s-0000000001`);
      await client.create(`${root}/e`, 'x', CreateMode.EPHEMERAL);
      const both = await client.create(`${root}/b-`, 'x', CreateMode.EPHEMERAL_SEQUENTIAL);
      assert.equal(both, `${root}/b-0000000003`);
      const owner = async (path: string) =>
        (await client.exists(path))?.ephemeralOwner.toString('hex');
      assert.equal(await owner(`${root}/p`), '0'.repeat(16));
      assert.equal(await owner(`${root}/e`), client.session);
      assert.equal(await owner(both), client.session);
      await client.close();
      const other = await connect(first + 1);
      assert.equal(await outcome(other.remove(`${root}/e`)), 'NO_NODE');
      assert.deepEqual((await other.children(root)).names, ['p', 's-0000000001']);
      await other.removeRecursive(root);
      assert.equal(await other.exists(root), null);
    }
  });

  test('data: read, written with versions, empty, absent, a megabyte', {
    timeout: 30_000,
  }, async () => {
    const client = await connect(1);
    await client.create('/data', 'one');
    const first = await client.get('/data');
    assert.equal(first.data, 'one');
    assert.deepEqual(first.stat.czxid, first.stat.mzxid);
    assert.equal((await client.set('/data', 'two', 0)).version, 1);
    assert.equal(await outcome(client.set('/data', 'three', 0)), 'BAD_VERSION');
    assert.equal(await outcome(client.remove('/data', 0)), 'BAD_VERSION');
    assert.equal((await client.set('/data', '')).dataLength, 0);
    await client.create('/no-data');
    assert.equal((await client.get('/no-data')).data, undefined);
    await client.remove('/no-data');
    const large = 'x'.repeat(1_000_000);
    assert.equal((await client.set('/data', large)).dataLength, large.length);
    assert.equal((await client.get('/data')).data, large);
    assert.equal(await outcome(client.create('/data')), 'NODE_EXISTS');
    assert.equal(await outcome(client.create('/absent/child')), 'NO_NODE');
    await client.create('/data/child', 'x', CreateMode.EPHEMERAL);
    assert.equal(await outcome(client.remove('/data')), 'NOT_EMPTY');
    assert.equal(
      await outcome(client.create('/data/child/of-ephemeral')),
      'NO_CHILDREN_FOR_EPHEMERALS',
    );
    await client.remove('/data/child');
    await client.remove('/data', 3);
  });

  test('a thousand requests without waiting take effect in their order', {
    timeout: 30_000,
  }, async () => {
    const client = await connect(2);
    await client.create('/pipelined', '0');
    const versions = await Promise.all(
      Array.from({ length: 1000 }, (_, index) => client.set('/pipelined', `${index}`)),
    );
    assert.deepEqual(
      versions.map(({ version }) => version),
      Array.from({ length: 1000 }, (_, index) => index + 1),
    );
    assert.equal((await client.get('/pipelined')).data, '999');
    await client.remove('/pipelined');
  });

  test('mkdirp, listSubTreeBFS, removeRecursive', { timeout: 30_000 }, async () => {
    const client = await connect();
    assert.equal(await client.mkdirp('/dir/a/b/c'), '/dir/a/b/c');
    await client.mkdirp('/dir/a/b/d');
    await client.mkdirp('/dir/a/b/c');
    assert.equal((await client.children('/dir/a/b')).stat.numChildren, 2);
    // The package's walk ends after one level: with its release of "async" it does not see what it adds on its way.
    assert.deepEqual([...(await client.subtree('/dir/a/b'))].sort(), [
      '/dir/a/b',
      '/dir/a/b/c',
      '/dir/a/b/d',
    ]);
    await client.removeRecursive('/dir/a/b');
    await client.removeRecursive('/dir/a');
    await client.removeRecursive('/dir');
    assert.equal(await client.exists('/dir'), null);
  });

  test('watchers of exists, getData and getChildren hear each event once', {
    timeout: 30_000,
  }, async () => {
    const client = await connect(0);
    const writer = await connect(1);
    const heard: string[] = [];
    const hear = (event: InstanceType<typeof Event>) => {
      heard.push(`${event.getName()} ${event.getPath()}`);
    };
    const hears = (...names: string[]) =>
      eventually(names.join(), 5000, () => heard.length >= names.length).then(() =>
        assert.deepEqual(heard.splice(0), names),
      );
    assert.equal(await client.exists('/watched', hear), null);
    await writer.create('/watched');
    await hears('NODE_CREATED /watched');
    await client.get('/watched', hear);
    await writer.set('/watched', 'x');
    await writer.set('/watched', 'y');
    await hears('NODE_DATA_CHANGED /watched');
    await client.children('/watched', hear);
    await writer.create('/watched/child');
    await hears('NODE_CHILDREN_CHANGED /watched');
    await client.exists('/watched/child', hear);
    await writer.remove('/watched/child');
    await hears('NODE_DELETED /watched/child');
    await writer.remove('/watched');
    await client.exists('/watched');
    assert.deepEqual(heard, []);
  });

  test('a transaction is applied as a whole or not at all', { timeout: 30_000 }, async () => {
    const client = await connect(1);
    await client.create('/tx');
    const good = await commit(
      client
        .transaction()
        .create('/tx/a', Buffer.from('1'))
        .create('/tx/s-', undefined, undefined, CreateMode.EPHEMERAL_SEQUENTIAL)
        .setData('/tx/a', Buffer.from('2'))
        .check('/tx/a', 1)
        .remove('/tx/a', 1),
    );
    assert.equal(good.error, undefined);
    assert.deepEqual(
      good.results.map(({ path }) => path),
      ['/tx/a', '/tx/s-0000000001', undefined, undefined, undefined],
    );
    const bad = await commit(client.transaction().create('/tx/b').check('/tx', 7).create('/tx/c'));
    assert.equal(bad.error, 'BAD_VERSION');
    assert.deepEqual(
      bad.results.map(({ err }) => err),
      [0, -103, -2],
    );
    assert.deepEqual((await client.children('/tx')).names, ['s-0000000001']);
    await client.removeRecursive('/tx');
  });

  test('ACLs and addAuthInfo, before connecting and after, also on a new connection', {
    timeout: 30_000,
  }, async () => {
    const owner = new PromisedClient(turned(ensemble, 0));
    owner.client.addAuthInfo('digest', Buffer.from('alice:secret'));
    open.push(owner);
    await owner.connect();
    const hash = createHash('sha1').update('alice:secret').digest('base64');
    const mine = new ACL(Permission.ALL, new Id('digest', `alice:${hash}`));
    await owner.create('/private', 'x', CreateMode.PERSISTENT, ACL.CREATOR_ALL_ACL);
    assert.deepEqual((await owner.acl('/private')).acls, [mine]);
    const stranger = await connect(1);
    assert.equal(await outcome(stranger.get('/private')), 'NO_AUTH');
    stranger.client.addAuthInfo('digest', Buffer.from('alice:secret'));
    assert.equal((await stranger.get('/private')).data, 'x');
    await stranger.kick();
    assert.equal((await stranger.get('/private')).data, 'x');
    assert.equal((await owner.setAcl('/private', ACL.READ_ACL_UNSAFE, 0)).aversion, 1);
    assert.equal(await outcome(stranger.set('/private', 'y')), 'NO_AUTH');
    await owner.remove('/private');
    const unknown = await connect(2);
    unknown.client.addAuthInfo('nosuch', Buffer.from('x'));
    await unknown.reaches('authenticationFailed');
  });

  test('a session that another one closes is told expired', { timeout: 30_000 }, async () => {
    const client = await connect(0);
    await client.create('/expiring', 'x', CreateMode.EPHEMERAL);
    const thief = await connect(1, {
      sessionId: client.client.getSessionId(),
      sessionPassword: client.client.getSessionPassword(),
    });
    assert.equal(thief.session, client.session);
    await thief.close();
    await client.reaches('expired');
    const other = await connect(2);
    assert.equal(await outcome(other.remove('/expiring')), 'NO_NODE');
  });

  test('session, ephemerals and watchers go on when the member is killed', {
    timeout: 60_000,
  }, async () => {
    const leader = await ensemble.leader();
    const client = await connect(ensemble.members.indexOf(leader), { retries: 20 });
    const writer = await connect(ensemble.members.indexOf(leader) + 1, { retries: 20 });
    const { session } = client;
    const heard: string[] = [];
    await client.create('/kept', 'x', CreateMode.EPHEMERAL);
    await client.create('/kept-watched', 'x');
    await client.get('/kept-watched', (event) => heard.push(event.getName()));
    await client.children('/', (event) => heard.push(event.getName()));
    await leader.process.kill();
    await writer.set('/kept-watched', 'y');
    await writer.create('/kept-child');
    await eventually('both events', 20_000, () => heard.length === 2);
    assert.deepEqual(heard.sort(), ['NODE_CHILDREN_CHANGED', 'NODE_DATA_CHANGED']);
    assert.equal(client.session, session);
    assert.equal((await client.exists('/kept'))?.ephemeralOwner.toString('hex'), session);
    assert.ok(!client.states.includes('expired'), client.states.join());
    await ensemble.startAll();
    await client.remove('/kept-watched');
    await client.remove('/kept-child');
  });
});
