import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { runCommand } from './command.ts';

const sentence = /^vivarium: [^\n]+ \[[A-Z_]+\]\n$/;

test('--version is the version of package.json', async (context) => {
  const { code, stdout } = await runCommand(context, ['--version']);
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  assert.equal(code, 0);
  assert.ok(file.includes(`"version": "${stdout.trim()}"`), stdout);
});

test('--help everywhere, with examples', async (context) => {
  for (const args of [['--help'], ['start', '--help'], ['member', '--help'], ['help', 'start']]) {
    const { code, stdout, stderr } = await runCommand(context, args);
    assert.equal(code, 0, args.join(' '));
    assert.match(stdout, /Usage: vivarium/);
    assert.match(stdout, /Examples[^\n]*:\n {2}vivarium /, args.join(' '));
    assert.equal(stderr, '');
  }
});

test('no command at all shows the help and is an error', async (context) => {
  const { code, stdout, stderr } = await runCommand(context, []);
  assert.equal(code, 2);
  assert.equal(stdout, '');
  assert.match(stderr, /Usage: vivarium/);
});

test('whatever is wrong is one sentence on stderr and exit code 2', async (context) => {
  const member = ['member', '--id', '1', '--members', '1', '--data', 'unused'];
  const cases: [args: string[], expected: RegExp][] = [
    [['strat'], /unknown command 'strat' \(Did you mean start\?\)/],
    [
      ['start', '--clientport', '1'],
      /unknown option '--clientport' \(Did you mean --client-port\?\)/,
    ],
    [['start', '--members', '0'], /--members <N>.*whole number from 1 to 99/],
    [['start', '--members'], /argument missing/],
    [['start', 'now'], /too many arguments/],
    [['start', '--client-port', '0'], /Port 0/],
    [['start', '--client-port', '65535'], /ports up to 65537/],
    [['start', '--nats', 'nats://a:1', '--nats-servers', '3'], /attach to/],
    [['start', '--config', 'no-such-file'], /no-such-file cannot be read: it does not exist/],
    [['member'], /"dataDir" is not set/],
    [[...member, '--client-port', 'x'], /--client-port must be a whole number/],
    [[...member, '--config', 'no-such-file'], /cannot be read/],
    [
      ['member', '--id', '1', '--members', '1', '--data', 'package.json'],
      /data directory .*package\.json cannot be used/,
    ],
  ];
  for (const [args, expected] of cases) {
    const { code, stdout, stderr } = await runCommand(context, args);
    assert.match(stderr, expected);
    assert.match(stderr, sentence);
    assert.equal(code, 2, args.join(' '));
    assert.equal(stdout, '');
  }
});
