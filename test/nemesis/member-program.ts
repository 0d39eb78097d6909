import { runProgram } from '../../runtime/cli/program.ts';

/**
 * A member that forgets nothing: the log keeps every record, for the checkers at the end. Checkpoints are made as
 * ever. (The setting itself counts zxids, so that it lets go of all earlier epochs at the first checkpoint of a new one.)
 */
await runProgram(async () => {
  const { startMember } = await import('../../runtime/main.ts');
  const log = { retainTxns: Number.MAX_SAFE_INTEGER };
  return (config, logger) => startMember({ ...config, log }, logger);
});
