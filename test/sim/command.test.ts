import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadRoster } from '../../runtime/roster.ts';
import { failureText } from './failure-text.ts';
import { LifeFailed, live } from './life.ts';
import { withoutRealTime } from './real-time.ts';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));
const COMPILED = fileURLToPath(new URL('compiled.ts', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: string;
}

function run(program: string, options: readonly string[]): Ended {
  const words = ['--import', 'tsx', program, ...options];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  return { code: status, out: stdout + stderr };
}

function sim(...options: readonly string[]): Ended {
  return run(MAIN, options);
}

function traceOf(out: string): string {
  const hash = /^trace ([0-9a-f]{64})$/m.exec(out)?.[1];
  assert.ok(hash !== undefined, out);
  return hash;
}

test('the same seed is the same life in another process, to the last event, watched or not, compiled or not', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'vivarium-sim-'));
  try {
    const file = path.join(directory, 'life.ndjson');
    const one = sim('--seed', '7', '--minutes', '0.1', '--no-coverage');
    const two = run(COMPILED, ['--seed', '7', '--minutes', '0.1', '--trace', file]);
    assert.equal(one.code, 0, one.out);
    assert.equal(two.code, 0, two.out);
    assert.equal(traceOf(one.out), traceOf(two.out));
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    assert.match(two.out, new RegExp(`^${lines.length} events;`, 'm'));
    const first: unknown = JSON.parse(lines[0] ?? '');
    assert.deepEqual(first, { atMs: 0, type: 'phase', phase: 'safety' });
    assert.notEqual(traceOf(sim('--seed', '8', '--minutes', '0.1').out), traceOf(one.out));
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('bad input gets a sentence, and no life', () => {
  for (const [options, sentence] of [
    [[], /say either --seed N or --seeds A\.\.B/],
    [['--seed', '1', '--seeds', '1..2'], /say either/],
    [['--seeds', '5..1'], /two whole numbers/],
    [['--seed', 'x'], /whole number/],
    [['--seed', '1', '--minutes', '0'], /above 0/],
    [['--seed', '1', '--members', '1'], /2 to 9/],
    [['--seeds', '1..2', '--trace', 'file'], /--trace goes with --seed/],
  ] as const) {
    const { code, out } = sim(...options);
    assert.equal(code, 1, options.join(' '));
    assert.match(out, sentence);
  }
});

test('a life that breaks a promise says which, what came before, and how to see it again', async () => {
  const roster = await loadRoster();
  // A leader without a sense of time never finds out that it is alone, and never ends a session.
  const actors = roster.actors.map((actor) => {
    const { time: _, ...deaf } = actor.ears;
    return actor.name === 'leader' ? { ...actor, ears: deaf } : actor;
  });
  const failure = withoutRealTime(() => {
    try {
      live(1, { safetyMs: 3000, roster: { ...roster, actors } });
      return undefined;
    } catch (error) {
      return error;
    }
  });
  assert.ok(failure instanceof LifeFailed);
  assert.equal(failure.seed, 1);
  assert.equal(failure.lastLines.length, 200);
  const text = failureText(failure, { minutes: 0.05 });
  assert.match(text, /npm run sim -- --seed 1 --minutes 0\.05 --trace/);
  assert.ok(text.includes(failure.message));
});
