import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { eventually } from '../ensemble/wait.ts';
import { missing } from '../interop/requirement.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const skip = missing(['/usr/bin/gcc']);

interface Run {
  readonly process: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<unknown[]>;
}

describe('npm run bench', { skip }, () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'bench-test-'));
  });
  after(() => rmSync(directory, { recursive: true, force: true }));

  function bench(...args: string[]): Run {
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), MAIN, ...args], {
      env: { ...process.env, TMPDIR: directory },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    child.stdout.on('data', (piece) => {
      text += piece;
    });
    child.stderr.on('data', (piece) => {
      text += piece;
    });
    return { process: child, output: () => text, ended: once(child, 'close') };
  }

  /** What a run left, besides the cache of the compiler. */
  function left(): string[] {
    return readdirSync(directory).filter((name) => !name.startsWith('tsx-'));
  }

  test('measures two rows on Vivarium alone, says all of it, and leaves nothing', {
    timeout: 120_000,
  }, async () => {
    const rows = 'getChildren,one client at the follower without flushes';
    const json = join(directory, 'figures.json');
    const quick = ['--rounds', '1', '--seconds', '1', '--warm-up', '0.2'];
    const run = bench('--rows', rows, ...quick, '--peers', 'none', '--json', json);
    const [code] = await run.ended;
    assert.equal(code, 0, run.output());
    assert.match(run.output(), /processors, .* GB, Linux/);
    assert.match(run.output(), /getChildren of 1000 names 32x4, round 1 of 1, vivarium/);
    assert.match(run.output(), /flushes per write +\d/);
    assert.match(run.output(), /NOT MEASURED/, 'no target can be judged without ZooKeeper');
    const raw: unknown = JSON.parse(readFileSync(json, 'utf8'));
    assert.ok(typeof raw === 'object' && raw !== null && 'rows' in raw);
    assert.ok(Array.isArray(raw.rows));
    assert.equal(raw.rows.length, 2);
    for (const { name, outcomes } of raw.rows) {
      assert.equal(outcomes.length, 1, name);
      const [{ figures, disqualified, measurements }] = outcomes;
      assert.equal(disqualified, undefined, name);
      for (const figure of ['perSecond', 'p50Ms', 'p999Ms', 'silenceMs', 'residentMb']) {
        assert.ok(figures[figure] > 0, `${name}: ${figure} is ${figures[figure]}`);
      }
      assert.equal(measurements[0].failed, 0, name);
      assert.ok(measurements[0].bySecond.length >= 1, name);
    }
    // Log and its meta page, on a quorum at least.
    assert.ok(raw.rows[1].outcomes[0].figures.flushesPerWrite >= 4);
    assert.deepEqual(left(), ['figures.json']);
  });

  test('leaves nothing when it is interrupted', { timeout: 60_000 }, async () => {
    const run = bench('--rows', 'getChildren', '--rounds', '1', '--peers', 'none');
    await eventually('a measurement', 40_000, () => run.output().includes('round 1 of 1'));
    run.process.kill('SIGINT');
    const [code] = await run.ended;
    assert.equal(code, 130, run.output());
    assert.deepEqual(
      left().filter((name) => name !== 'figures.json'),
      [],
    );
  });

  for (const [what, args, message] of [
    ['a row that there is not', ['--rows', 'teapot'], /no row has such a name/],
    ['a revision that there is not', ['--vs', 'teapot'], /no revision "teapot"/],
    ['a file that cannot be written', ['--json', 'no/such/directory/figures.json'], /no such file/],
  ] as const) {
    test(`refuses ${what}`, { timeout: 60_000 }, async () => {
      const run = bench(...args);
      const [code] = await run.ended;
      assert.equal(code, 2, run.output());
      assert.match(run.output(), message);
    });
  }
});
