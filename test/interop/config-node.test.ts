import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Client } from '../client/client.ts';
import { EVENT, OP } from '../client/record.ts';
import { setWatchesBody } from '../client/request.ts';
import { fourLetterWord } from '../ensemble/four-letter-word.ts';
import { eventually } from '../ensemble/wait.ts';
import { Ensemble, serviceUnderTest } from '../ensemble.ts';
import { Dialogue } from './dialogue.ts';
import { missing } from './requirement.ts';

const CONFIG = '/zookeeper/config';
const ZKCLI = '/usr/share/zookeeper/bin/zkCli.sh';
const skipZkCli = missing([ZKCLI, '/usr/share/java/zookeeper.jar', '/usr/bin/java']);

/** Everybody is told where clients reach the members, as `npm start` tells it. */
function tell(ensemble: Ensemble, host: string): void {
  const addresses = ensemble.members.map(({ id, port }) => `${id}=${host}:${port}`).join(',');
  for (const { id } of ensemble.members) {
    const file = join(ensemble.directory, `member-${id}.cfg`);
    appendFileSync(file, `clientAddresses=${addresses}\n`);
  }
}

describe('the config node', { skip: serviceUnderTest() === 'zookeeper' && 'ours alone' }, () => {
  let ensemble: Ensemble;
  const lines = (host: string) =>
    ensemble.members
      .map(({ id, port }) => `server.${id}=${host}:2888:3888:participant;${host}:${port}\n`)
      .join('');

  before(async () => {
    ensemble = await Ensemble.start();
  });
  after(() => ensemble?.stop());

  test('it is empty while nobody says where clients reach the members', async () => {
    const client = await Client.connect(ensemble.members);
    const { data, stat } = await client.get(CONFIG);
    assert.deepEqual([data, stat.version, stat.aversion], ['', 0, -1]);
    await client.close();
  });

  test('a restart with addresses writes them, on every member the same bytes', async () => {
    await ensemble.killAll();
    tell(ensemble, '127.0.0.1');
    await ensemble.startAll();
    const texts = await Promise.all(
      ensemble.members.map(async (member) => {
        const client = await Client.connect([member]);
        const text = await eventually('the members', 10_000, async () => {
          const { data, stat } = await client.get(CONFIG);
          if (data === null || data === '') return undefined;
          assert.deepEqual([stat.version, stat.aversion, stat.czxid], [-1, -1, 0]);
          assert.equal(data, `${lines('127.0.0.1')}version=${stat.mzxid.toString(16)}`);
          return data;
        });
        await client.close();
        return text;
      }),
    );
    assert.equal(new Set(texts).size, 1);
    const conf = (await fourLetterWord(await ensemble.leader(), 'conf')) ?? '';
    assert.ok(conf.endsWith(`membership: \n${texts[0]}`), conf);
  });

  test('another epoch with the same members writes nothing', async () => {
    const client = await Client.connect(ensemble.members);
    const before = (await client.get(CONFIG)).stat.mzxid;
    await client.close();
    await ensemble.killAll();
    await ensemble.startAll();
    const again = await Client.connect(ensemble.members);
    await again.create('/config-again');
    assert.equal((await again.get(CONFIG)).stat.mzxid, before);
    await again.close();
  });

  test('zkCli reads the members, and the addresses for its own use', {
    skip: skipZkCli,
  }, async () => {
    const cli = new Dialogue(ZKCLI, ['-server', ensemble.connectString]);
    try {
      await cli.say('', /state:SyncConnected/, 30_000);
      const said = await cli.say('config -s', /numChildren = 0/);
      assert.ok(said.includes(lines('127.0.0.1').trimEnd()), said);
      assert.match(said, /^version=[0-9a-f]+$/m);
      const own = await cli.say('config -c', /^[0-9a-f]+ \S+:\d+(,\S+:\d+){2}$/m);
      for (const { port } of ensemble.members) assert.ok(own.includes(`127.0.0.1:${port}`), own);
      await cli.leave('quit');
    } finally {
      cli.kill();
    }
  });

  test('whoever watches hears of new members, across the restart that brings them', async () => {
    const client = await Client.connect(ensemble.members, { timeoutMs: 30_000 });
    await client.get(CONFIG, true);
    const { lastZxidSeen } = client;
    await ensemble.killAll();
    tell(ensemble, 'localhost');
    await ensemble.startAll();
    const told = `${lines('localhost')}version=`;
    await eventually('the new members', 10_000, async () => {
      const { data } = await client.get(CONFIG).catch(() => ({ data: null }));
      return data?.startsWith(told) === true ? true : undefined;
    });
    const body = setWatchesBody(lastZxidSeen, { data: [CONFIG] });
    await client.request(OP.setWatches, body, 'setWatches');
    assert.deepEqual(
      client.events.map(({ type, path }) => [type, path]),
      [[EVENT.dataChanged, CONFIG]],
    );
    await client.close();
  });
});
