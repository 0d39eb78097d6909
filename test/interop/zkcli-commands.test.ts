import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Ensemble, serviceUnderTest } from '../ensemble.ts';
import { Dialogue } from './dialogue.ts';
import { missing } from './requirement.ts';

const ZKCLI = '/usr/share/zookeeper/bin/zkCli.sh';
const skip = missing([ZKCLI, '/usr/share/java/zookeeper.jar', '/usr/bin/java']);

/** Both, in any order: the shell prints answers and events from two threads. */
function both(one: RegExp, other: RegExp): RegExp {
  return new RegExp(`(?=[\\s\\S]*(?:${one.source}))(?=[\\s\\S]*(?:${other.source}))`);
}

/** Every command of zkCli's help that a server answers, one session for all of them. */
describe("every command of Debian's zkCli.sh", { skip }, () => {
  let ensemble: Ensemble;
  let cli: Dialogue;
  let said = 0;
  const say = (line: string, answer: RegExp) => {
    said += 1;
    return cli.say(line, answer);
  };

  before(async () => {
    if (skip !== false) return;
    ensemble = await Ensemble.start();
    cli = new Dialogue(ZKCLI, ['-server', ensemble.connectString]);
    await cli.say('', /state:SyncConnected/, 30_000);
  });
  after(async () => {
    cli?.kill();
    await ensemble?.stop();
    console.log(`zkCli: ${said} commands`);
  });

  test('create -s -e -c -t, with data and ACL, and what it refuses', {
    timeout: 60_000,
  }, async () => {
    await say('create /z zdata', /Created \/z\n/);
    await say('create -s /z/s- x', /Created \/z\/s-0000000000\n/);
    await say('create -e /z/e x', /Created \/z\/e\n/);
    await say('create -e -s /z/es- x', /Created \/z\/es-0000000002\n/);
    await say('create -c /z/c x', /Created \/z\/c\n/);
    await say('create /z/acl x world:anyone:r', /Created \/z\/acl\n/);
    await say('create /z/empty', /Created \/z\/empty\n/);
    await say('create /z', /Node already exists: \/z\n/);
    await say('create /absent/child x', /Node does not exist: \/absent\/child/);
    await say('create -e /z/e/child x', /Ephemerals cannot have children: \/z\/e\/child/);
    await say('create /z/bad x nosuch:x:r', /Acl is not valid/);
    await say('set /z/acl y', /Insufficient permission : \/z\/acl/);
    assert.match(await say('stat /z/c', /numChildren = 0/), /ephemeralOwner = 0x0/);
    // Only with a property of its own does ZooKeeper make nodes with a time to live.
    if (serviceUnderTest() === 'zookeeper') return;
    await say('create -t 100000 /z/t x', /Created \/z\/t\n/);
    await say('create -t 100000 -s /z/ts- x', /Created \/z\/ts-0000000007\n/);
    assert.match(await say('stat /z/t', /numChildren = 0/), /ephemeralOwner = 0x0/);
    await say('delete /z/t\ndelete /z/ts-0000000007\nsync /z', /Sync is OK/);
  });

  test('stat, get and ls, with -s, -w and -R', { timeout: 60_000 }, async () => {
    await say('stat -w /z/none', /Node does not exist: \/z\/none/);
    await say('create /z/none', both(/type:NodeCreated path:\/z\/none\n/, /Created \/z\/none/));
    assert.match(await say('get -s /z/c', /numChildren = 0/), /^x$/m);
    const names = 'acl, c, e, empty, es-0000000002, none, s-0000000000';
    const listed = await say('ls -s /z', /numChildren = 7/);
    assert.ok(listed.includes(`[${names}]`), listed);
    const all = await say('ls -R /z', /s-0000000000\n/);
    assert.deepEqual(
      all.trim().split('\n'),
      ['/z', ...names.split(', ').map((name) => `/z/${name}`)],
      all,
    );
    await say('ls -w /z', /\[acl, c/);
    await say('create /z/w', both(/type:NodeChildrenChanged path:\/z\n/, /Created \/z\/w/));
    await say('get -w /z', /zdata/);
    await say('set -s /z one', both(/type:NodeDataChanged path:\/z\n/, /dataVersion = 1\n/));
    await say('set -v 1 -s /z two', /dataVersion = 2\n/);
    await say('set -v 1 /z three', /version No is not valid : \/z/);
    await say('get /z', /^two$/m);
  });

  test('addWatch and removewatches in every mode', { timeout: 60_000 }, async () => {
    const removed = (kind: string, path: string) =>
      new RegExp(`type:${kind}Removed path:${path}\n`);
    await say('addWatch /z', /^/);
    await say('create /z/w/x 1', both(/type:NodeCreated path:\/z\/w\/x\n/, /Created \/z\/w\/x/));
    await say('set /z/w/x 2', /type:NodeDataChanged path:\/z\/w\/x\n/);
    await say('delete /z/w/x', /type:NodeDeleted path:\/z\/w\/x\n/);
    await say('removewatches -a /z', removed('PersistentWatch', '/z'));
    await say('addWatch -m PERSISTENT /z/w', /^/);
    for (const value of ['1', '2']) {
      await say(`set /z/w ${value}`, /type:NodeDataChanged path:\/z\/w\n/);
    }
    await say('create /z/w/y', both(/type:NodeChildrenChanged path:\/z\/w\n/, /Created \/z\/w\/y/));
    await say('removewatches /z/w', removed('PersistentWatch', '/z/w'));
    await say('removewatches /z/w', /No such watcher for \/z\/w/);
    await say('get -w /z', /^two$/m);
    await say('removewatches -c /z', /No such watcher for \/z/);
    await say('removewatches -d /z', removed('DataWatch', '/z'));
    await say('ls -w /z', /\[acl/);
    await say('removewatches -c /z', removed('ChildWatch', '/z'));
    await say('delete /z/w/y\ncreate /z/w/y\nsync /z', /Created \/z\/w\/y\n[\s\S]*Sync is OK/);
  });

  test('getAcl and setAcl, with -s, -v and -R', { timeout: 60_000 }, async () => {
    assert.match(await say('getAcl -s /z', /numChildren = 8/), /'world,'anyone\n: cdrwa/);
    await say('setAcl -v 7 /z world:anyone:r', /version No is not valid : \/z/);
    await say('setAcl -s -v 0 /z/w world:anyone:cdra', /aclVersion = 1\n/);
    await say('addauth digest a:b\nwhoami', /digest: a\n/);
    await say('setAcl -R /z/w auth::cdrwa,world:anyone:r\nsync /z', /Sync is OK/);
    const acl = await say('getAcl /z/w/y', /'world,'anyone\n: r\n/);
    assert.match(acl, /'digest,'a:[\w+/=]+\n: cdrwa/);
  });

  test('getEphemerals, getAllChildrenNumber, whoami, sync', { timeout: 60_000 }, async () => {
    const mine = /^\[\/z\/es?(-\d+)?, \/z\/es?(-\d+)?\]$/m;
    await say('getEphemerals', mine);
    await say('getEphemerals /z/e', mine);
    await say('getEphemerals /nowhere', /^\[\]$/m);
    await say('getAllChildrenNumber /z', /^9$/m);
    await say('getAllChildrenNumber /', /^13$/m);
    const who = await say('whoami', /ip: 127\.0\.0\.1[\s\S]*\n/);
    assert.match(who, /Auth scheme: User/);
    await say('sync /z', /Sync is OK/);
  });

  test('setquota, listquota and delquota', { timeout: 60_000 }, async () => {
    await say('setquota -n 20 /z', /^/);
    const listed = await say('listquota /z', /Output stat for \/z .*\n/);
    assert.match(listed, /Output quota for \/z count=20,bytes=-1/);
    assert.match(listed, /Output stat for \/z count=10,bytes=\d+/);
    await say('setquota -b 5 /z', /the bytes quota you create is less than the existing/);
    await say('listquota /z', /quota for \/z count=20,bytes=5/);
    await say('setquota -N 30 /z', /^/);
    await say('listquota /z', /countHardLimit=30/);
    await say('setquota -n 5 /z/w', /has a parent \/z which has a quota/);
    await say('delquota -n /z\nlistquota /z', /quota for \/z count=-1,bytes=5/);
    await say('delquota /z\nlistquota /z', /quota for \/z does not exist/);
  });

  test('config, reconfig (refused), version, printwatches, redo', { timeout: 60_000 }, async () => {
    await say('config -s', /numChildren = 0/);
    await say('reconfig -remove 3', /Reconfig is disabled/);
    const server = 'server.9=127.0.0.1:1:2:participant;127.0.0.1:3';
    await say(`reconfig -add ${server}`, /Reconfig is disabled/);
    await say('version', /ZooKeeper CLI version: 3\./);
    await say('printwatches off\nprintwatches', /printwatches is off/);
    await say('printwatches on\nprintwatches', /printwatches is on/);
  });

  test('delete -v, deleteall -b; connect and close', { timeout: 60_000 }, async () => {
    await say('delete -v 5 /z', /version No is not valid : \/z/);
    await say('delete /z', /Node not empty: \/z/);
    await say('deleteall /z -b 2\nstat /z', /Node does not exist: \/z/);
    await say('create -e /mine x', /Created \/mine/);
    await say('close', /state:Closed/);
    await say('ls /', /Not connected/);
    const [, second] = ensemble.connectString.split(',');
    await say(`connect ${second}`, /state:SyncConnected/);
    assert.doesNotMatch(await say('sync /\nls /', /\[.*zookeeper\]/), /mine/);
    await say('addauth nosuch x', /state:AuthFailed/);
  });
});
