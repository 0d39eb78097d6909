import { rmSync } from 'node:fs';
import { ADMINISTRATION } from './isolation.ts';
import type { RunOptions } from './options.ts';
import { Run } from './run.ts';

/** As shells have it for a program that was interrupted. */
const INTERRUPTED = 130;

/**
 * The second process, in namespaces of its own where that can be: it makes the cluster and does the faults. Ends when its
 * standard input ends, so that it never outlives the first, not even one that was killed; and with it everything that
 * it has started.
 */
const options: RunOptions = JSON.parse(process.argv[2] ?? '{}');
const end = () => {
  process.once('exit', () => {
    for (const made of [options.directory, options.programDirectory]) {
      rmSync(made, { recursive: true, force: true });
    }
  });
  process.exit(INTERRUPTED);
};
process.stdin.on('end', end).on('error', end).resume();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end);

process.env.PATH = [process.env.PATH, ...ADMINISTRATION].join(':');
try {
  const violations = await new Run(options).carryOut();
  for (const violation of violations) process.stdout.write(`VIOLATION ${violation}\n`);
  process.exit(violations.length > 0 ? 1 : 0);
} catch (error) {
  const reason = error instanceof Error ? error.stack : error;
  process.stdout.write(`VIOLATION the run broke off: ${reason}\n`);
  process.exit(1);
}
