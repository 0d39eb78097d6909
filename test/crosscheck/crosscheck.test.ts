import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { missing } from '../interop/requirement.ts';
import { failureText } from './failure-text.ts';
import { Generator } from './generator.ts';
import { KNOWN_DIFFERENCES, KnownDifferences } from './known-differences.ts';
import { reportText } from './report.ts';
import { run } from './run.ts';
import { readScript } from './script.ts';
import { Servers, whyNot } from './servers.ts';
import { shrink } from './shrink.ts';
import { Tally } from './tally.ts';

const skip = missing(['/usr/share/java/zookeeper.jar', '/usr/bin/java']) || (whyNot() ?? false);
const SEEDS = [1, 2, 3, 4, 5, 6];
const OPERATIONS = 150;
const ANSWER_MS = 30_000;

describe('ZooKeeper and Vivarium, side by side', { skip }, () => {
  let servers: Servers;

  before(
    async () => {
      if (skip === false) servers = await Servers.start({ members: 1, answerMs: ANSWER_MS });
    },
    { timeout: 90_000 },
  );
  after(() => servers?.stop());

  test('the scripts of a few seeds get the same answers', { timeout: 240_000 }, async () => {
    const known = new KnownDifferences();
    const tally = new Tally();
    for (const seed of SEEDS) {
      const failure = await run(servers, Generator.steps(seed, OPERATIONS), known, tally);
      const command = `npm run crosscheck -- --seed ${seed} --ops ${OPERATIONS}`;
      assert.equal(failure && failureText(failure, command), undefined);
    }
    assert.ok(tally.replies > SEEDS.length * OPERATIONS, reportText(tally, known, 0));
    assert.ok(tally.events > 50, reportText(tally, known, 0));
  });

  test('a difference that nobody knows is found, and shortened', { timeout: 240_000 }, async () => {
    // What the two do not agree in any more, once the table does not say that it is known.
    const table = KNOWN_DIFFERENCES.filter(({ name }) => name !== 'zxid of events');
    const attempt = (steps: Parameters<typeof run>[1]) =>
      run(servers, steps, new KnownDifferences(table), new Tally());
    const open = '"acl":[[31,"world","anyone"]]';
    const noise = ['a', 'b', 'c'].map(
      (name) => `a create {"path":"/r/${name}","data":"",${open},"flags":0}\n`,
    );
    const script = `a connect
a create {"path":"/r","data":"root",${open},"flags":0}
b connect
${noise.join('')}b getData {"path":"/r","watch":true}
b + exists {"path":"/r/b","watch":false}
a setData {"path":"/r","data":"new","version":-1}
b drop
`;
    const failure = await attempt(readScript(script));
    assert.ok(failure !== undefined);
    assert.equal(failure.difference.what, 'event zxid');
    const left = await shrink(
      failure.steps,
      async (steps) => (await attempt(steps))?.difference.what === 'event zxid',
      () => true,
    );
    // Two sessions, the node, the watch alone, and what fires it; a watch of who changes the node does it as well.
    assert.ok(left.length >= 4 && left.length <= 5, failureText(failure, ''));
    const text = failureText(failure, 'npm run crosscheck');
    assert.match(text, /event NodeDataChanged \/r/);
    assert.match(text, /^once more: npm run crosscheck$/m);
  });
});
