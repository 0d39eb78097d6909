import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hasProgram } from './isolation.ts';

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url));
const FAULTS_MIN = 6;
/**
 * Flipped bits in the tree show up, or do not, by what is read of it meanwhile: that is for the long runs. A busy
 * machine is no violation here, so the time to service is printed and not judged.
 */
const KINDS = 'kill,SIGSTOP,partition,clients,slow,full,truncated,in the log,wiped';
const ARGUMENTS = ['--seed', '1', '--minutes', '0.7', '--members', '3', '--only', KINDS];

test('45 seconds of faults on real processes: nothing lost, nothing out of order', {
  skip: !hasProgram('nats-server') && 'needs nats-server: run ops/interop.sh',
  timeout: 150_000,
}, async (context) => {
  const command = ['--import', 'tsx', MAIN, ...ARGUMENTS, '--service-ms', '30000'];
  const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] });
  // Not killed: it ends, with everything it has started, when it is asked to.
  context.after(() => child.kill('SIGTERM'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = await once(child, 'close');
  assert.equal(code, 0, output);
  const [, faults, writes] = /^(\d+) faults; (\d+) writes acknowledged/m.exec(output) ?? [];
  assert.ok(Number(faults) >= FAULTS_MIN, output);
  assert.ok(Number(writes) > 100, output);
  context.diagnostic(output.slice(output.indexOf('\nfault ')));
});
