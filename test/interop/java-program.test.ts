import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Ensemble } from '../ensemble.ts';
import { foreignChecks } from './foreign-program.ts';
import { missing } from './requirement.ts';

const SOURCES = fileURLToPath(new URL('./java-client', import.meta.url));
const JARS = ['zookeeper', 'zookeeper-recipes-lock', 'zookeeper-recipes-queue'].map(
  (name) => `/usr/share/java/${name}.jar`,
);
const skip = missing(['/usr/bin/javac', ...JARS]);

function compile(directory: string): string[] {
  const sources = readdirSync(SOURCES).map((file) => join(SOURCES, file));
  const classes = ['-d', directory, '-cp', JARS.join(':')];
  execFileSync('javac', ['-Xlint:all,-path,-try,-auxiliaryclass', ...classes, ...sources], {
    stdio: 'inherit',
  });
  return ['-cp', [directory, ...JARS].join(':'), 'Checks'];
}

describe("a program on ZooKeeper's Java library", { skip }, () => {
  let ensemble: Ensemble;
  let directory: string;
  let checks = 0;

  before(async () => {
    if (skip !== false) return;
    directory = mkdtempSync(join(tmpdir(), 'java-client-'));
    ensemble = await Ensemble.start();
  });
  after(async () => {
    await ensemble?.stop();
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
    console.log(`Java: ${checks} checks`);
  });

  test('nodes, watches, sessions, recipes', { timeout: 160_000 }, async (context) => {
    const command = {
      file: 'java',
      args: ['-Xmx256m', ...compile(directory), ensemble.connectString],
    };
    checks += await foreignChecks(context, command, ensemble, 15);
  });
});
