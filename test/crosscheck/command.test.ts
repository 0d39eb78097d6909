import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url));

function command(options: readonly string[], env: NodeJS.ProcessEnv = process.env) {
  const args = ['--import', 'tsx', MAIN, ...options];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
  return { code: status, out: stdout + stderr };
}

test('bad input gets a sentence, and starts nothing', () => {
  const directory = mkdtempSync(path.join(tmpdir(), 'crosscheck-command-'));
  const file = path.join(directory, 'script.txt');
  writeFileSync(file, 'a connect\na nothing {}\n');
  try {
    for (const [options, sentence] of [
      [[], /say --seed N, --seeds A\.\.B or --script FILE/],
      [['--seed', '1', '--seeds', '1..2'], /say --seed N/],
      [['--seeds', '5..1'], /two whole numbers/],
      [['--seed', 'x'], /whole number/],
      [['--seed', '1', '--ops', '0'], /At least one/],
      [['--seed', '1', '--members', '2'], /1 or 3 members/],
      [['--script', path.join(directory, 'none')], /error: .*none/],
      [['--script', file], /line 2: no operation "nothing"/],
    ] as const) {
      const { code, out } = command(options);
      assert.equal(code, 1, options.join(' '));
      assert.match(out, sentence);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('without ZooKeeper it says so and ends well', () => {
  const { code, out } = command(['--seed', '1'], { PATH: '/nowhere' });
  assert.equal(code, 0, out);
  assert.match(out, /^nothing was compared: .*ops\/interop\.sh/m);
});
