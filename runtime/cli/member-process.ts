import { mkdirSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { AdminServer } from '../admin/server.ts';
import { formatHostPort } from '../config/address.ts';
import type { LoadedConfig, MemberConfig } from '../config/member-config.ts';
import { ExitCode, memberFailure, systemReason, userError } from '../errors.ts';
import { createLogger } from '../log.ts';
import type { RunningMember, StartMember } from '../member-contract.ts';
import { endAtOnce, reportFailure } from './exit.ts';
import { traceToSources } from './source-trace.ts';
import { parentGone, stopRequested } from './stop-request.ts';

export interface MemberProcessOptions {
  /** Stop when stdin ends, as under a supervisor that may be killed. */
  readonly stopWithParent: boolean;
}

const STOP_TIMEOUT_MS = 4000;

/**
 * Runs one member in this process until it is asked to stop or stops itself. Resolves with the exit code when
 * everything is closed; where that takes too long, the process ends here by a signal.
 */
export async function runMember(
  loaded: LoadedConfig,
  startMember: StartMember,
  options: MemberProcessOptions,
): Promise<ExitCode> {
  const { config } = loaded;
  const logger = await createLogger({ ...config.diagnostics, fields: { member: config.id } });
  for (const warning of loaded.warnings) logger.warn(warning);
  const stop = Promise.race([
    stopRequested(endAtOnce),
    ...(options.stopWithParent ? [parentGone()] : []),
  ]);
  const crashed = new Promise<Error>((resolve) => {
    const onCrash = (thrown: unknown) =>
      resolve(thrown instanceof Error ? thrown : new Error(String(thrown)));
    process.once('uncaughtException', onCrash);
    process.once('unhandledRejection', onCrash);
  });

  let member: RunningMember | undefined;
  let admin: AdminServer | undefined;
  try {
    makeDirectory(config.dataDirectory);
    const started = startMember(config, logger);
    const outcome = await Promise.race([started, stop, crashed]);
    if (outcome instanceof Error) throw outcome;
    if (typeof outcome === 'string') {
      logger.info({ reason: outcome }, 'asked to stop before the start was done');
      return ExitCode.ok;
    }
    member = outcome;
    if (config.admin !== undefined) {
      // Loaded behind the start: whoever waits for a quorum does not wait for this.
      const { startAdminServer } = await import('../admin/server.ts');
      admin = await startAdminServer(config.admin, config, () => member);
    }
    reportStart(logger, config, admin);
    const end = await Promise.race([stop, member.failed, crashed]);
    if (end instanceof Error) throw end;
    logger.info({ reason: end }, 'stopping');
    if (!(await isStoppedInTime(member, admin))) {
      logger.warn(`the stop took longer than ${STOP_TIMEOUT_MS} ms; ending anyway`);
      endAtOnce();
    }
    return ExitCode.ok;
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const failure = memberFailure(config.id, config.dataDirectory, error);
    if (failure.exitCode === ExitCode.failure) {
      traceToSources(error);
      logger.fatal({ err: error }, 'the member stops itself');
    }
    // The log is refused further writes already; a checkpoint that is being written has to come to its end.
    const isStopped =
      member === undefined || (await isStoppedInTime(member, admin).catch(() => false));
    const code = reportFailure(failure);
    if (!isStopped) endAtOnce();
    return code;
  }
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw userError.directoryUnusable(directory, systemReason(error));
  }
}

function reportStart(logger: Logger, config: MemberConfig, admin: AdminServer | undefined): void {
  logger.info(
    {
      clients: formatHostPort(config.client),
      admin: admin === undefined ? 'off' : formatHostPort(admin.address),
      dataDirectory: config.dataDirectory,
      startMs: Math.round(performance.now()),
    },
    'the member runs',
  );
}

/** A stop that hangs must not keep the process: what is acknowledged is on the disk already. */
function isStoppedInTime(member: RunningMember, admin: AdminServer | undefined): Promise<boolean> {
  const stopped = Promise.all([member.stop(), admin?.close()]).then(() => true);
  return Promise.race([stopped, delay(STOP_TIMEOUT_MS, false)]);
}
