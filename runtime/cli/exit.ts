import { writeSync } from 'node:fs';
import { ExitCode, sentenceOf, UserError } from '../errors.ts';
import { traceToSources } from './source-trace.ts';

/** Writes to stderr at once, so that an exit right after cannot lose it. */
export function writeError(text: string): void {
  try {
    writeSync(2, text);
  } catch {
    // Nobody reads stderr any more: there is no one left to tell.
  }
}

/**
 * Ends the process whatever it is doing, by a signal. `process.exit` waits for the threads of libraries, and for ever
 * where LMDB's has a write transaction open whose callback cannot be called any more.
 */
export function endAtOnce(): never {
  process.kill(process.pid, 'SIGKILL');
  throw new Error('unreachable: the process has been killed');
}

/** Reports what ended a command, in one line where the person can do something about it, and gives the exit code. */
export function reportFailure(error: unknown): ExitCode {
  if (error instanceof UserError) {
    writeError(`vivarium: ${sentenceOf(error)}\n`);
    return error.exitCode;
  }
  if (error instanceof Error) traceToSources(error);
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  writeError(
    `vivarium: unexpected error, a defect of Vivarium; please report these lines.\n${text}\n`,
  );
  return ExitCode.failure;
}
