import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Ensemble } from '../ensemble.ts';
import { Dialogue } from './dialogue.ts';
import { missing } from './requirement.ts';

const ZKCLI = '/usr/share/zookeeper/bin/zkCli.sh';
const skip = missing([ZKCLI, '/usr/share/java/zookeeper.jar', '/usr/bin/java']);

describe("Debian's zkCli.sh", { skip }, () => {
  let ensemble: Ensemble;

  before(async () => {
    if (skip === false) ensemble = await Ensemble.start();
  });
  after(() => ensemble?.stop());

  test('a session of every common command', { timeout: 90_000 }, async () => {
    const cli = new Dialogue(ZKCLI, ['-server', ensemble.connectString]);
    try {
      await cli.say('', /state:SyncConnected/, 30_000);
      await cli.say('create /cli first', /Created \/cli\n/);
      assert.match(await cli.say('ls /', /\[.*zookeeper.*\]/), /\bcli\b/);

      const read = await cli.say('get -s /cli', /numChildren = \d+/);
      assert.match(read, /^first$/m);
      assert.match(read, /^dataVersion = 0$/m);
      assert.match(read, /^ephemeralOwner = 0x0$/m);
      assert.match(read, /^dataLength = 5$/m);

      await cli.say('set -s -v 0 /cli second', /^dataVersion = 1$/m);
      await cli.say('set -v 0 /cli third', /version No is not valid : \/cli/);
      const stat = await cli.say('stat /cli', /numChildren = \d+/);
      assert.match(stat, /^dataLength = 6$/m);
      const zxids = /cZxid = (0x[0-9a-f]+)[\s\S]*mZxid = (0x[0-9a-f]+)[\s\S]*pZxid = (0x[0-9a-f]+)/;
      const [, created, modified, children] = stat.match(zxids) ?? [];
      assert.equal(children, created);
      assert.ok(Number(modified) > Number(created));

      await cli.say('create -e /cli/e x', /Created \/cli\/e\n/);
      await cli.say('create -s /cli/s- x', /Created \/cli\/s-0000000001\n/);
      await cli.say('create /cli', /Node already exists: \/cli/);
      await cli.say('create /absent/child', /Node does not exist: \/absent\/child/);
      await cli.say('delete /cli', /Node not empty: \/cli/);

      const hash = createHash('sha1').update('alice:secret').digest('base64');
      await cli.say(
        'addauth digest alice:secret\nsetAcl -s /cli auth:alice:cdrwa',
        /^aclVersion = 1$/m,
      );
      const acl = await cli.say('getAcl /cli', /: cdrwa/);
      assert.ok(acl.includes(`'digest,'alice:${hash}`), acl);
      await cli.say('sync /cli', /Sync is OK/);

      const stranger = new Dialogue(ZKCLI, ['-server', ensemble.connectString]);
      try {
        await stranger.say('', /state:SyncConnected/, 30_000);
        await stranger.say('sync /cli', /Sync is OK/);
        await stranger.say('get /cli', /Insufficient permission : \/cli/);
        await stranger.leave('quit');
      } finally {
        stranger.kill();
      }

      await cli.say('get -w /cli', /second/);
      await cli.say('set /cli fourth', /type:NodeDataChanged path:\/cli/);
      await cli.say('delete /cli/e\nls /cli', /^\[s-0000000001\]$/m);
      await cli.say('deleteall /cli\nget /cli', /Node does not exist: \/cli/);
      await cli.leave('quit');
    } finally {
      cli.kill();
    }
  });
});
