import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Ensemble } from '../ensemble.ts';
import { Dialogue } from './dialogue.ts';
import { missing } from './requirement.ts';

const CLI = '/usr/lib/zookeeper/bin/cli_mt';
const skip = missing([CLI]);

describe("Debian's C client, cli_mt", { skip }, () => {
  let ensemble: Ensemble;

  before(async () => {
    if (skip === false) ensemble = await Ensemble.start();
  });
  after(() => ensemble?.stop());

  test('create, get, set, exists, watch, children, delete, sync', { timeout: 60_000 }, async () => {
    const cli = new Dialogue(CLI, [ensemble.connectString]);
    try {
      await cli.say('', /Got a new session id: 0x[0-9a-f]+/);
      await cli.say('create /c', /\[\/c\]: rc = 0/);
      await cli.say('create +e /c/e', /name = \/c\/e\n/);
      await cli.say('create +s /c/s', /name = \/c\/s0000000001\n/);
      await cli.say('create /c', /\[\/c\]: rc = -110/);
      await cli.say('create /absent/child', /\[\/absent\/child\]: rc = -101/);
      const children = await cli.say('ls /c', /rc = 0\n(.*\n)*time = /);
      assert.match(children, /^\te$/m);
      assert.match(children, /^\ts0000000001$/m);

      const watched = /CHANGED_EVENT state = CONNECTED_STATE\s+for path \/c/;
      await cli.say('wexists /c\nset /c hello', watched);
      const read = await cli.say('get /c', /value_len = 5\nhello\nStat:/);
      assert.match(read, /version=1\taversion=0/);

      await cli.say('delete /c', /rc = -111/);
      await cli.say('delete /c/e', /rc = 0/);
      await cli.say('delete /c/s0000000001', /rc = 0/);
      await cli.say('delete /c', /rc = 0/);
      await cli.say('sync /c', /rc = 0/);
      await cli.leave('quit');
    } finally {
      cli.kill();
    }
  });
});
