import { MUTANTS } from './catalogue/index.ts';
import { HUNTS_AT_A_TIME, hunt } from './hunt.ts';
import type { Mutant } from './mutant.ts';

/** Hunts every mutant, or those whose name holds one of the arguments, and writes a table: npm run sim:mutants [-- PART …] */
const parts = process.argv.slice(2);
const isWanted = ({ name }: Mutant) =>
  parts.length === 0 || parts.some((part) => name.includes(part));

async function row(mutant: Mutant): Promise<string> {
  const { name, seeds } = mutant;
  const outcome = await hunt(mutant);
  if (outcome.type === 'failed' && outcome.checker !== undefined) {
    const { seed, checker, virtualMs } = outcome;
    return `| ${name} | ${checker} | ${seed} of ${seeds} | ${(virtualMs / 1000).toFixed(1)} s |`;
  }
  process.exitCode = 1;
  if (outcome.type === 'survived') return `| ${name} | SURVIVED | all of ${outcome.lives} | |`;
  const { seed, message } = outcome;
  return `| ${name} | NO PROMISE, BUT: ${message.split('\n')[0]} | ${seed} of ${seeds} | |`;
}

console.log('| mutant | caught by | in life | after virtual time |\n|---|---|---|---|');
const queue = MUTANTS.filter(isWanted);
const lane = async () => {
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    console.log(await row(mutant));
  }
};
await Promise.all(Array.from({ length: HUNTS_AT_A_TIME }, lane));
