import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Ensemble } from '../ensemble.ts';
import { foreignChecks } from './foreign-program.ts';
import { missing } from './requirement.ts';

/** Debian's interpreter: the one that sees Debian's packages. */
const PYTHON = '/usr/bin/python3';
const skip = missing([PYTHON, '/usr/lib/python3/dist-packages/kazoo']);

describe("Debian's python3-kazoo", { skip }, () => {
  let ensemble: Ensemble;
  let checks = 0;

  before(async () => {
    if (skip === false) ensemble = await Ensemble.start();
  });
  after(async () => {
    await ensemble?.stop();
    console.log(`kazoo: ${checks} checks`);
  });

  for (const [script, count] of [
    ['basics', 11],
    ['calls', 13],
    ['watches', 8],
    ['sessions', 3],
    ['recipes', 12],
    ['leases', 2],
    ['contention', 9],
    ['leader_loss', 3],
  ] as const) {
    test(script, { timeout: 160_000 }, async (context) => {
      const file = fileURLToPath(new URL(`./kazoo/${script}.py`, import.meta.url));
      const args = ['-B', file, ensemble.connectString];
      checks += await foreignChecks(context, { file: PYTHON, args }, ensemble, count);
    });
  }
});
