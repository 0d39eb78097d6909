import type { RunOptions } from './options.ts';
import { Run } from './run.ts';

/**
 * The second process, in namespaces of its own where that can be: it makes the cluster and does the faults. Ends when its
 * standard input ends, so that it never outlives the first.
 */
const options: RunOptions = JSON.parse(process.argv[2] ?? '{}');
const stop = new AbortController();
process.stdin
  .on('end', () => stop.abort())
  .on('error', () => stop.abort())
  .resume();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());

// Nothing that is waited for may keep a run that was told to stop.
stop.signal.addEventListener('abort', () => setTimeout(() => process.exit(1), 3000).unref());

try {
  const violations = await new Run(options, stop.signal).carryOut();
  for (const violation of violations) process.stdout.write(`VIOLATION ${violation}\n`);
  process.exit(violations.length > 0 ? 1 : 0);
} catch (error) {
  process.stdout.write(
    `VIOLATION the run broke off: ${error instanceof Error ? error.stack : error}\n`,
  );
  process.exit(1);
}
