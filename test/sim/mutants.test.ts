import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MUTANTS } from './mutants/catalogue/index.ts';
import { HUNTS_AT_A_TIME, hunt } from './mutants/hunt.ts';
import { type Change, type Mutant, MutantDoesNotApply } from './mutants/mutant.ts';

function harmless(change: Change): Mutant {
  return { name: 'harmless', breaks: 'Nothing.', changes: [change], seeds: 3 };
}

const FILE = 'machines/zab/quorum.ts';

describe('mutants', { concurrency: HUNTS_AT_A_TIME }, () => {
  for (const mutant of MUTANTS) {
    test(`the simulator catches: ${mutant.name}`, async (t) => {
      const outcome = await hunt(mutant);
      assert.equal(outcome.type, 'failed', `it survived ${mutant.seeds} lives`);
      const { seed, checker, message, virtualMs } = outcome;
      assert.ok(checker !== undefined, `no promise was broken, but: ${message}`);
      const seconds = (virtualMs / 1000).toFixed(1);
      t.diagnostic(`${mutant.name}: "${checker}" in life ${seed} after ${seconds} virtual seconds`);
    });
  }

  test('a mutant that changes nothing survives', async () => {
    const find = 'return heard.size >= this.size;';
    const outcome = await hunt(harmless({ file: FILE, find, replace: `/* a quorum? */ ${find}` }));
    assert.deepEqual(outcome, { type: 'survived', lives: 3 });
  });

  test('a mutant whose place is gone, or is there twice, is reported', async () => {
    const gone = harmless({ file: FILE, find: 'what nobody wrote', replace: '' });
    await assert.rejects(hunt(gone), (error: unknown) => {
      assert.ok(error instanceof MutantDoesNotApply);
      assert.match(
        error.message,
        /harmless no longer applies: machines\/zab\/quorum\.ts .* 0 times/,
      );
      return true;
    });
    await assert.rejects(hunt(harmless({ file: FILE, find: 'this.voters', replace: '' })), {
      name: 'MutantDoesNotApply',
    });
  });

  test('every mutant has a name of its own', () => {
    assert.equal(new Set(MUTANTS.map(({ name }) => name)).size, MUTANTS.length);
  });
});
