import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Ensemble } from '../ensemble.ts';
import { missing } from './requirement.ts';

/** Debian's interpreter: the one that sees Debian's packages. */
const PYTHON = '/usr/bin/python3';
const skip = missing([PYTHON, '/usr/lib/python3/dist-packages/kazoo']);

interface Outcome {
  readonly check: string;
  readonly ok: boolean;
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly trace?: string;
}

function isOutcome(value: unknown): value is Outcome {
  return typeof value === 'object' && value !== null && 'check' in value && 'ok' in value;
}

/** Runs one script to its end; what it printed, one outcome a line. */
function run(script: string, hosts: string): Promise<Outcome[]> {
  const file = fileURLToPath(new URL(`./kazoo/${script}.py`, import.meta.url));
  return new Promise((resolve, reject) => {
    execFile(PYTHON, ['-B', file, hosts], { timeout: 120_000 }, (error, stdout, stderr) => {
      const lines = stdout.split('\n').filter((line) => line !== '');
      const outcomes = lines.map((line): unknown => JSON.parse(line)).filter(isOutcome);
      const complete = outcomes.length > 0 && (error === null || outcomes.some(({ ok }) => !ok));
      if (complete) resolve(outcomes);
      else reject(new Error(`${script}.py: ${error?.message}\n${stdout}\n${stderr}`));
    });
  });
}

describe("Debian's python3-kazoo", { skip }, () => {
  let ensemble: Ensemble;

  before(async () => {
    if (skip === false) ensemble = await Ensemble.start();
  });
  after(() => ensemble?.stop());

  for (const [script, checks] of [
    ['basics', 11],
    ['sessions', 3],
    ['recipes', 12],
  ] as const) {
    test(script, { timeout: 150_000 }, async (context) => {
      const outcomes = await run(script, ensemble.connectString);
      for (const { check, ok, facts, trace } of outcomes) {
        const detail = facts !== undefined && Object.keys(facts).length > 0;
        await context.test(detail ? `${check} ${JSON.stringify(facts)}` : check, () => {
          assert.ok(ok, trace);
        });
      }
      assert.equal(outcomes.length, checks);
    });
  }
});
