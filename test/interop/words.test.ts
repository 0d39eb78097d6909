import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LEADER_KEYS, MEMBER_KEYS, OWN_KEYS } from '../../ops/compatibility/monitor-keys.ts';
import { Client } from '../client/client.ts';
import { MODE } from '../client/record.ts';
import { fourLetterWord } from '../ensemble/four-letter-word.ts';
import { Ensemble, type Member } from '../ensemble.ts';
import { deviation, SHAPES } from '../word/shapes.ts';
import { missing } from './requirement.ts';

const ZOOKEEPER = missing(['/usr/share/java/zookeeper.jar', '/usr/bin/java']);
/** A mask behind the one word that takes one. */
const ARGUMENTS: Readonly<Record<string, string>> = { stmk: '\0\0\0\0\0\0\0\x20' };
/** Asked last: they reset what the others tell. */
const RESETS = ['crst', 'srst'];
const WORDS = [...Object.keys(SHAPES).filter((word) => !RESETS.includes(word)), ...RESETS];

let places = 0;

/** Something for every word to tell: sessions, ephemerals, watches, reads and writes. */
async function occupy(member: Member): Promise<{ client: Client; path: string }> {
  const client = await Client.connect([member]);
  const path = `/words-${++places}`;
  await client.create(path, 'x');
  await client.create(`${path}/ephemeral`, '', { mode: MODE.ephemeral });
  await client.get(path, true);
  await client.children(path, true);
  await client.exists('/later', true);
  return { client, path };
}

async function ask(member: Member, word: string): Promise<string> {
  const answer = await fourLetterWord(member, `${word}${ARGUMENTS[word] ?? ''}`, 10_000);
  assert.notEqual(answer, undefined, `member ${member.id} does not answer ${word}`);
  return answer ?? '';
}

async function allShapes(ensemble: Ensemble): Promise<void> {
  for (const member of [await ensemble.leader(), ...(await ensemble.followers()).slice(0, 1)]) {
    const { client } = await occupy(member);
    for (const word of WORDS) assert.equal(deviation(word, await ask(member, word)), undefined);
    await client.close();
  }
}

/** Keys of mntr, without those that ZooKeeper makes up of top-level nodes. */
async function monitorKeys(member: Member): Promise<Set<string>> {
  const keys = [...(await ask(member, 'mntr')).matchAll(/^zk_(\S+)/gm)].map(
    (line) => line[1] ?? '',
  );
  return new Set(keys.filter((key) => !key.includes('_per_namespace')));
}

/** What stands in front of the name of a summary. */
const SUMMARY =
  /^(avg|min|max|cnt|sum|p\d+)_(?=.*(latency$|time$|_loaded$|_watch_count$|deficit$))(?!latency$)/;

describe('four-letter words of a real ensemble', () => {
  let ensemble: Ensemble;

  before(async () => {
    ensemble = await Ensemble.start({ service: 'vivarium' });
  });
  after(() => ensemble?.stop());

  test('every word is answered in the shape that is recorded of ZooKeeper', async () => {
    await allShapes(ensemble);
  });

  test('mntr has the keys that the page of compatibility says', async () => {
    const plain = (keys: ReadonlySet<string>) =>
      [...new Set([...keys].map((key) => key.replace(SUMMARY, '')))].sort();
    const [follower] = await ensemble.followers();
    assert(follower !== undefined);
    const all = [...MEMBER_KEYS, ...OWN_KEYS];
    assert.deepEqual(plain(await monitorKeys(follower)), [...all].sort());
    const leader = await monitorKeys(await ensemble.leader());
    assert.deepEqual(plain(leader), [...all, ...LEADER_KEYS].sort());
  });

  test('cons tells of the last request of each connection, and crst forgets it', async () => {
    const leader = await ensemble.leader();
    const { client } = await occupy(leader);
    const line = async () =>
      (await ask(leader, 'cons'))
        .split('\n')
        .find((text) => text.includes(`:${client.localPort}[`));
    const sid = client.sessionId.toString(16);
    assert.match(
      (await line()) ?? '',
      new RegExp(`recved=6,.*sid=0x${sid},lop=EXIS,.*,lcxid=0x5,`),
    );
    assert.equal(await ask(leader, 'crst'), 'Connection stats reset.\n');
    const reset = (await line()) ?? '';
    assert.match(reset, /recved=0,sent=0,.*lop=NA,.*lzxid=0xffffffffffffffff,lresp=0,llat=0,/);
    await client.close();
  });

  test('dump, wchs, wchc and wchp tell of this session', async () => {
    const leader = await ensemble.leader();
    const { client, path } = await occupy(leader);
    const sid = `0x${client.sessionId.toString(16)}`;
    const dump = await ask(leader, 'dump');
    assert.match(dump, new RegExp(`expire at .*\\n(\\t0x.*\\n)*\\t${sid}\\n`));
    assert.match(dump, new RegExp(`^${sid}:\\n\\t${path}/ephemeral$`, 'm'));
    assert.match(dump, new RegExp(`:${client.localPort} sessionId: ${sid}$`, 'm'));
    assert.equal(
      await ask(leader, 'wchs'),
      '1 connections watching 2 paths\nTotal watches:2\n',
      'child watches are not told of',
    );
    assert.equal(await ask(leader, 'wchc'), `${sid}\n\t${path}\n\t/later\n\n`);
    assert.equal(await ask(leader, 'wchp'), `${path}\n\t${sid}\n/later\n\t${sid}\n\n`);
    await client.close();
  });

  test('srst begins to count afresh, and hash agrees on every member', async () => {
    const leader = await ensemble.leader();
    const { client, path } = await occupy(leader);
    for (let at = 0; at < 300; at++) await client.set(`${path}`, String(at));
    const sizes = /Proposal sizes last\/min\/max: \d+\/\d+\/\d+\n/;
    assert.match(await ask(leader, 'srvr'), sizes);
    assert.equal(await ask(leader, 'srst'), 'Server stats reset.\n');
    const srvr = await ask(leader, 'srvr');
    assert.match(srvr, /Latency min\/avg\/max: 0\/0\.0\/0\nReceived: \d\nSent: \d\n/);
    assert.match(srvr, /Proposal sizes last\/min\/max: -1\/-1\/-1\n/);
    await ensemble.settled();
    const hashes = await Promise.all(ensemble.members.map((member) => ask(member, 'hash')));
    assert.match(hashes[0] ?? '', /^[0-9a-f]+80: \d+\n/);
    assert.equal(new Set(hashes).size, 1, 'all members tell the same digests');
    await client.close();
  });
});

describe("beside Debian's ZooKeeper 3.8.0", { skip: ZOOKEEPER }, () => {
  test('the recorded shapes are those of the real thing, and so are the keys of mntr', async () => {
    const zookeeper = await Ensemble.start({ service: 'zookeeper' });
    const vivarium = await Ensemble.start({ service: 'vivarium' });
    try {
      await allShapes(zookeeper);
      for (const role of ['leader', 'follower'] as const) {
        const [theirs, ours] = await Promise.all(
          [zookeeper, vivarium].map(async (ensemble) => {
            const member =
              role === 'leader' ? await ensemble.leader() : (await ensemble.followers())[0];
            assert(member !== undefined);
            return monitorKeys(member);
          }),
        );
        const added = [...(ours ?? [])].filter((key) => theirs?.has(key) === false);
        // The older name of learners is of before 3.6; 3.8's followers tell of observers only where these learn from them.
        const known = role === 'leader' ? 'followers' : 'synced_observers';
        const expected = [...OWN_KEYS, known];
        assert.deepEqual(added.sort(), expected.sort(), `keys of a ${role} that are ours alone`);
      }
    } finally {
      await Promise.all([zookeeper.stop(), vivarium.stop()]);
    }
  });
});
