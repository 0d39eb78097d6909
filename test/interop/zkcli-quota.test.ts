import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Ensemble } from '../ensemble.ts';
import { Dialogue } from './dialogue.ts';
import { missing } from './requirement.ts';

const ZKCLI = '/usr/share/zookeeper/bin/zkCli.sh';
const skip = missing([ZKCLI, '/usr/share/java/zookeeper.jar', '/usr/bin/java']);
/** The stat of the node is that of its creation, whatever was counted since (reference §6.4). */
const UNTOUCHED = /^(count=\S+)\ncZxid = (\S+)\n.*\nmZxid = \2\n[\s\S]*^dataVersion = 0$/m;

describe("Debian's zkCli.sh and quotas", { skip }, () => {
  let ensemble: Ensemble;

  before(async () => {
    if (skip === false) ensemble = await Ensemble.start({ settings: { enforceQuota: 'true' } });
  });
  after(() => ensemble?.stop());

  test('setquota, listquota, delquota, and a hard limit', { timeout: 90_000 }, async () => {
    const cli = new Dialogue(ZKCLI, ['-server', ensemble.connectString]);
    const usage = async () => {
      const text = await cli.say('listquota /q', /Output stat for \/q \S+/);
      return /Output stat for \/q (\S+)/.exec(text)?.[1];
    };
    try {
      await cli.say('', /state:SyncConnected/, 30_000);
      await cli.say('create /q five5', /Created \/q\n/);
      await cli.say('create /q/a 123', /Created \/q\/a\n/);
      await cli.say('setquota -n 2 /q\nsync /q', /Sync is OK/);
      assert.equal(await usage(), 'count=2,bytes=8');

      // A soft limit holds nobody up.
      await cli.say('create /q/b x', /Created \/q\/b\n/);
      assert.equal(await usage(), 'count=3,bytes=9');

      await cli.say('setquota -N 4 /q\nsync /q', /Sync is OK/);
      await cli.say('setquota -B 24 /q\nsync /q', /Sync is OK/);
      const limits = await cli.say('listquota /q', /Output stat/);
      assert.match(limits, /quota for \/q count=2,bytes=-1=;byteHardLimit=24;countHardLimit=4$/m);
      await cli.say('create /q/c x', /Created \/q\/c\n/);
      await cli.say('create /q/d x', /Quota has exceeded : \/q\/d/);
      await cli.say('set /q 12345678901234567890+', /Quota has exceeded : \/q/);
      assert.equal(await usage(), 'count=4,bytes=10');

      await cli.say('delquota -N /q\nsync /q', /Sync is OK/);
      await cli.say('create /q/d x', /Created \/q\/d\n/);
      const stats = await cli.say('get -s /zookeeper/quota/q/zookeeper_stats', /numChildren = 0/);
      assert.equal(UNTOUCHED.exec(stats)?.[1], 'count=5,bytes=11', stats);

      await cli.say('delquota /q\nlistquota /q', /quota for \/q does not exist/);
      await cli.say('ls -R /zookeeper', /^\/zookeeper\n\/zookeeper\/config\n\/zookeeper\/quota\n/m);
      await cli.leave('quit');
    } finally {
      cli.kill();
    }
  });
});
