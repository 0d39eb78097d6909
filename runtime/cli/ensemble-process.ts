import type { Logger } from 'pino';
import { formatHostPort } from '../config/address.ts';
import type { SettingKey } from '../config/setting-schema.ts';
import { settingKeys, settingTable } from '../config/setting-table.ts';
import { ExitCode } from '../errors.ts';
import { createLogger, isPretty } from '../log.ts';
import { STOP_WITH_PARENT } from '../supervisor/leftovers.ts';
import { type EnsembleOutput, LocalEnsemble } from '../supervisor/local-ensemble.ts';
import { type EnsemblePlan, planEnsemble, type StartFlags } from './ensemble-plan.ts';
import { reportFailure, writeError } from './exit.ts';
import { memberProgram } from './member-program.ts';
import { stopRequested } from './stop-request.ts';

/**
 * Runs an ensemble until a signal asks to stop or it cannot go on. Resolves with the exit code when
 * every process is gone.
 */
export async function runEnsemble(
  start: StartFlags,
  flags: Partial<Record<SettingKey, string>>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ExitCode> {
  const program = await memberProgram(process.argv[1] ?? '');
  const plan = planEnsemble(start, flags, environment);
  const diagnostics = plan.members[0]?.diagnostics ?? { level: 'info', format: 'auto' };
  const pretty = isPretty(diagnostics.format);
  const logger = await createLogger({ level: diagnostics.level, format: diagnostics.format });
  for (const warning of plan.warnings) logger.warn(warning);

  const ensemble = new LocalEnsemble(
    {
      directory: plan.directory,
      members: plan.members,
      memberCommand: (member, natsServers) => [
        ...program,
        ...flagsOf({
          ...plan.memberFlags.get(member.id),
          nats: natsServers.join(','),
          logFormat: pretty ? 'pretty' : 'json',
        }),
        ...(start.config === undefined ? [] : ['--config', start.config]),
        STOP_WITH_PARENT,
      ],
      ownNats: plan.attaches
        ? undefined
        : { servers: start.natsServers ?? 1, firstPort: start.natsPort },
      restart: start.restart,
    },
    ensembleOutput(plan, logger, pretty),
  );
  const stop = stopRequested(() => ensemble.kill());
  try {
    const signal = await Promise.race([ensemble.run(), stop]);
    logger.info(`${signal}: stopping the members, then NATS. Once more ends them at once.`);
    await ensemble.stop();
    return ExitCode.ok;
  } catch (error) {
    await ensemble.stop();
    return reportFailure(error);
  }
}

function flagsOf(settings: Partial<Record<SettingKey, string>>): string[] {
  return settingKeys.flatMap((key) => {
    const value = settings[key];
    return value === undefined ? [] : [settingTable[key].flag, value];
  });
}

function ensembleOutput(plan: EnsemblePlan, logger: Logger, pretty: boolean): EnsembleOutput {
  return {
    logger,
    line: (name, line) => {
      if (name.startsWith('nats-')) {
        const level = /\[(WRN|ERR|FTL)\]/.test(line) ? 'warn' : 'debug';
        logger[level]({ process: name }, line.replace(/^\[\d+\] \S+ \S+ /, ''));
      } else if (pretty) {
        writeError(`${name} | ${line}\n`);
      } else if (line.startsWith('{')) {
        // A JSON line of a member says itself which member it is from.
        writeError(`${line}\n`);
      } else {
        logger.info({ process: name }, line);
      }
    },
    serving: (connectionString) => {
      for (const member of plan.members) {
        if (member.admin === undefined) continue;
        logger.info(
          `Member ${member.id}: clients on ${formatHostPort(member.client)}, http://${formatHostPort(member.admin)}/actors, data in ${member.dataDirectory}.`,
        );
      }
      process.stdout.write(`Vivarium serves on ${connectionString}\n`);
    },
  };
}
