import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { currentReadme } from '../../ops/settings-table.ts';
import { memberCommand } from '../../runtime/cli/member.ts';
import { settingNamed } from '../../runtime/config/setting-table.ts';
import { findExecutable } from '../../runtime/supervisor/nats-binary.ts';
import { projectFiles, root, textOf } from '../tidy/project-files.ts';

const natsServer = findExecutable('nats-server');

test('the table of settings in the README is current', () => {
  const readme = textOf('README.md');
  assert.equal(readme, currentReadme(readme), 'run "npm run fix"');
});

test('every package of package.json has its reason, and no other', () => {
  const manifest: unknown = JSON.parse(textOf('package.json'));
  assert.ok(typeof manifest === 'object' && manifest !== null);
  const names = ['dependencies', 'devDependencies'].flatMap((part) => {
    const entries: unknown = Reflect.get(manifest, part);
    assert.ok(typeof entries === 'object' && entries !== null);
    return Object.keys(entries);
  });
  const reasons = textOf('ops/docs/DEPENDENCIES.md').split('## Programs')[0] ?? '';
  const explained = reasons
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)])
    .map((match) => match[1] ?? '');
  assert.deepEqual(explained.sort(), names.sort());
});

test('the lock file holds every package of every platform, or "npm ci" refuses it', () => {
  const lock: unknown = JSON.parse(textOf('package-lock.json'));
  assert.ok(typeof lock === 'object' && lock !== null && 'packages' in lock);
  const { packages } = lock;
  assert.ok(typeof packages === 'object' && packages !== null);
  for (const [owner, entry] of Object.entries(packages)) {
    const optional: unknown = Reflect.get(entry, 'optionalDependencies') ?? {};
    assert.ok(typeof optional === 'object' && optional !== null);
    for (const name of Object.keys(optional)) {
      assert.ok(`node_modules/${name}` in packages, `${owner} wants ${name}`);
    }
  }
});

test('files and folders that the documents name exist', () => {
  for (const document of projectFiles().filter((file) => file.endsWith('.md'))) {
    const named = textOf(document).matchAll(
      /`((?:\.ci|actors|machines|ops|runtime|storage|test)\/[\w./@-]*)`/g,
    );
    for (const [, name = ''] of named) {
      assert.ok(existsSync(path.join(root, name)), `${document} names ${name}`);
    }
  }
});

test('npm scripts that the documents name exist', () => {
  const manifest = textOf('package.json');
  for (const document of projectFiles().filter((file) => file.endsWith('.md'))) {
    for (const [, script] of textOf(document).matchAll(/npm run ([a-z:]*[a-z])/g)) {
      assert.ok(manifest.includes(`"${script}":`), `${document} names npm run ${script}`);
    }
  }
});

test('nats-server accepts the sample configurations', {
  skip: natsServer === undefined && 'nats-server is not installed',
}, () => {
  for (const file of ['single.conf', 'cluster.conf']) {
    const check = spawnSync(natsServer ?? '', ['-t', '-c', path.join(root, 'ops/nats', file)], {
      encoding: 'utf8',
    });
    assert.equal(check.status, 0, check.stderr);
  }
});

test('the systemd unit names files, flags and variables that exist', () => {
  const unit = readFileSync(path.join(root, 'ops/systemd/vivarium@.service'), 'utf8');
  const command = /^ExecStart=(.*)$/m.exec(unit)?.[1] ?? '';
  const program = command.split(' ').find((word) => word.endsWith('.ts')) ?? '';
  assert.ok(existsSync(path.join(root, program)), program);
  const flags = memberCommand(() => Promise.reject(new Error('not needed'))).options.map(
    (option) => option.long,
  );
  for (const [flag] of (command.split('.ts member ')[1] ?? '').matchAll(/--[a-z-]+/g)) {
    assert.ok(flags.includes(flag), flag);
  }
  assert.match(unit, /^Environment=VIVARIUM_ID=%i$/m);
  assert.match(unit, /^Environment=VIVARIUM_DATA_DIR=/m);
  assert.equal(settingNamed('dataDir'), 'dataDir');
});

test('the scripts for continuous integration parse', () => {
  for (const [shell, file] of [
    ['bash', '.ci/run'],
    ['sh', 'ops/interop.sh'],
  ] as const) {
    const check = spawnSync(shell, ['-n', path.join(root, file)], { encoding: 'utf8' });
    assert.equal(check.status, 0, check.stderr);
  }
});
