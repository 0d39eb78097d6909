import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CompiledSimulator, compileSimulator } from '../compile.ts';
import { type Mutant, MutantDoesNotApply } from './mutant.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * The simulator with the mutant in it. The checkout stays as it is.
 *
 * @throws MutantDoesNotApply
 */
export async function compileMutant(mutant: Mutant): Promise<CompiledSimulator> {
  const sources = mutatedSources(mutant);
  return await compileSimulator(mutant.name, 'test/sim/mutants/program.ts', sources);
}

/** By absolute path. */
function mutatedSources(mutant: Mutant): ReadonlyMap<string, string> {
  const sources = new Map<string, string>();
  for (const change of mutant.changes) {
    const file = path.join(ROOT, change.file);
    const parts = (sources.get(file) ?? readFileSync(file, 'utf8')).split(change.find);
    if (parts.length !== 2) throw new MutantDoesNotApply(mutant, change, parts.length - 1);
    sources.set(file, parts.join(change.replace));
  }
  return sources;
}
