import { Command, CommanderError } from 'commander';
import { ExitCode } from '../errors.ts';
import type { StartMember } from '../member-contract.ts';
import { VERSION } from '../version.ts';
import { reportFailure, writeError } from './exit.ts';
import { memberCommand } from './member.ts';
import { startCommand } from './start.ts';

const EXAMPLES = `
Examples:
  vivarium start                                  # three members and a NATS server on this machine
  vivarium member --config /etc/vivarium/zoo.cfg  # one member of an ensemble on several machines

"vivarium start --help" and "vivarium member --help" say more.`;

/**
 * Runs the command line and ends the process. `loadMember` is called only by the command that needs
 * a member: loading one takes longer than a help text should.
 */
export async function runProgram(loadMember: () => Promise<StartMember>): Promise<never> {
  const program = new Command('vivarium')
    .description('a coordination service for ZooKeeper clients: ZAB over NATS, on LMDB')
    .version(VERSION)
    .addHelpText('after', EXAMPLES);
  for (const command of [startCommand(), memberCommand(loadMember)]) program.addCommand(command);
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .showSuggestionAfterError(true)
      .configureOutput({ writeErr: () => {} });
  }
  try {
    await program.parseAsync();
    process.exit(ExitCode.ok);
  } catch (error) {
    process.exit(
      error instanceof CommanderError ? reportUsage(error, program) : reportFailure(error),
    );
  }
}

/** Commander's own complaints, in the form of all others: one sentence, exit code 2. */
function reportUsage(error: CommanderError, program: Command): ExitCode {
  if (error.exitCode === 0) return ExitCode.ok;
  if (error.code === 'commander.help') {
    writeError(program.helpInformation());
    return ExitCode.configuration;
  }
  const sentence = error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ');
  const full = /[.)?]$/.test(sentence) ? sentence : `${sentence}.`;
  writeError(`vivarium: ${full} Add --help to the command to see what it takes. [USAGE]\n`);
  return ExitCode.configuration;
}
