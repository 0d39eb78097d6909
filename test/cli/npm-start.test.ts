import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { identifyProcess } from '../../runtime/supervisor/process-identity.ts';
import { root } from '../tidy/project-files.ts';
import { ensembleDirectory, freePortRow, until } from './command.ts';

test('npm start serves, and a SIGTERM to npm ends every process with exit code 0', async (context) => {
  const directory = ensembleDirectory(context);
  const port = await freePortRow(10);
  const ports = ['--client-port', String(port), '--admin-port', String(port + 5)];
  const npm = spawn('npm', ['start', '--', '--data', directory, ...ports], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => npm.once('close', resolve));
  context.after(async () => {
    npm.kill('SIGKILL');
    await ended;
  });
  let output = '';
  for (const stream of [npm.stdout, npm.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const line = `serves on 127.0.0.1:${port},127.0.0.1:${port + 1},127.0.0.1:${port + 2}\n`;
  await until(`"${line}"`, () => {
    if (npm.exitCode !== null) throw new Error(`npm start ended\n${output}`);
    return output.includes(line);
  });
  const pids = ['1', '2', '3', 'nats-1'].map((name) =>
    Number(readFileSync(path.join(directory, name, 'pid'), 'utf8')),
  );
  const actors = await fetch(`http://127.0.0.1:${port + 5}/actors`);
  assert.equal(actors.status, 200);
  assert.match(await actors.text(), /"name": "elector"/);
  npm.kill('SIGTERM');
  assert.equal(await ended, 0, output);
  await until('all processes to be gone', () =>
    pids.every((pid) => identifyProcess(pid) === undefined),
  );
});
