import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import type { Note } from '../machines/effect.ts';
import { openLmdbStore } from '../storage/lmdb/store.ts';
import { type BusCredentials, type BusTls, NatsBus } from './bus/nats-bus.ts';
import { subjectsOf } from './bus/subjects.ts';
import { LivedClock } from './clock.ts';
import type { MemberConfig } from './config/member-config.ts';
import { systemCodeOf, systemReason, userError } from './errors.ts';
import { Member, type MemberSettings } from './member.ts';
import type { RunningMember } from './member-contract.ts';
import { MemberReport } from './member-report.ts';
import { MemberWords } from './member-words.ts';
import { MemoryReturn, processMemory } from './memory-return.ts';
import { loadRoster } from './roster.ts';
import { nodeTurns } from './turns.ts';
import { ClientListener } from './wire/client-listener.ts';
import { parseWhitelist } from './wire/four-letter-word.ts';
import { fourLetterAnswer } from './word/answer.ts';
import type { WordSource } from './word/word-source.ts';

/** A handshake waits that long for a member that does not serve yet. */
const PATIENCE_MS = 1000;
/** A new directory begins below this: the numbers of its requests, incarnation * 2^32, stay exact for as many starts more. */
const INCARNATIONS = 2 ** 20;
/** Sessions expire in steps of this, or of a tick where that is shorter. */
const EXPIRY_INTERVAL_MS = 500;

/** Seconds for which a member is quiet before it gives memory back, and how many more by its id: not all pause at once. */
const QUIET_SECONDS = 3;
const SECONDS_APART = 3;

/** Puts a member together from its parts: the only place that names the storage in use. */
export async function startMember(config: MemberConfig, logger: Logger): Promise<RunningMember> {
  const roster = await loadRoster();
  const firstIncarnation = randomInt(1, INCARNATIONS);
  const store = openLmdbStore(config.dataDirectory, { firstIncarnation });
  const clock = new LivedClock();
  let reportFailure: (error: Error) => void = () => undefined;
  const failed = new Promise<Error>((resolve) => {
    reportFailure = resolve;
  });
  const bus = openBus(config, logger);
  const whitelist = parseWhitelist(
    config.client.fourLetterWords.join(','),
    config.client.readOnlyAfterMs !== undefined,
  );
  const member = new Member(roster, settingsOf(config), {
    store,
    bus,
    clock,
    turns: nodeTurns,
    stopwatchMs: () => performance.now(),
    random: (count) => randomBytes(count),
    note: (note) => write(logger, note),
    failed: (error) => reportFailure(error instanceof Error ? error : new Error(String(error))),
    fourLetterWord: (word, argument) => fourLetterAnswer(word, whitelist, words, argument),
  });
  const listener = new ClientListener(
    {
      clock,
      maxClientCnxns: config.client.maxConnectionsPerAddress,
      maxCnxns: config.client.maxConnections,
      backlog: config.client.backlog,
      maxFrameBytes: config.client.maxFrameBytes,
      handshakeTimeoutMs: config.client.handshakeTimeoutMs,
    },
    member.clients,
  );
  const report = new MemberReport(config, member, () => listener, clock);
  const words: WordSource = new MemberWords(config, member, report, clock);
  const memoryReturn = new MemoryReturn(processMemory, () => member.rest(), {
    looks: QUIET_SECONDS + (config.id % SECONDS_APART),
  });
  const close = async (): Promise<void> => {
    memoryReturn.stop();
    member.stop();
    clock.stop();
    await listener.close();
    await new Promise<void>((resolve) => bus.close(() => resolve()));
    await new Promise<void>((resolve) => store.close(() => resolve()));
  };
  try {
    await listener.listen(config.client.port, config.client.host);
  } catch (error) {
    await close();
    throw listenError(error, config);
  }
  member.start();
  let stopped: Promise<void> | undefined;
  return {
    status: () => report.forAdmin,
    actors: () => report.actors,
    stop: () => {
      stopped ??= close();
      return stopped;
    },
    failed,
  };
}

function settingsOf(config: MemberConfig): MemberSettings {
  const { zab, client, checkpoint, log, cache } = config;
  return {
    self: config.id,
    ensemble: config.ensemble,
    voters: config.voters,
    timing: {
      heartbeatMs: zab.heartbeatIntervalMs,
      silenceMs: zab.heartbeatTimeoutMs,
      establishMs: zab.initTimeoutMs,
      finalizeWaitMs: 2 * zab.heartbeatIntervalMs,
      announceMinMs: 2 * zab.heartbeatIntervalMs,
      announceMaxMs: 20 * zab.heartbeatIntervalMs,
      sessionExpiryIntervalMs: Math.min(config.tickTimeMs, EXPIRY_INTERVAL_MS),
      readOnlyAfterMs: client.readOnlyAfterMs,
    },
    sessions: {
      minTimeoutMs: client.minSessionTimeoutMs,
      maxTimeoutMs: client.maxSessionTimeoutMs,
      patienceMs: PATIENCE_MS,
    },
    localSessions: client.localSessions,
    checkpoint: { ...checkpoint, retainTxns: log.retainTxns },
    tree: { nodeCacheBytes: cache.bytes },
    reaping: config.reaping,
    access: config.access,
    prep: {
      enforceQuota: config.enforceQuota,
      extendedTypes: config.extendedTypes,
      members: config.membership.isReachable ? config.membership.lines.join('\n') : '',
      digestEnabled: config.access.digestEnabled ?? true,
    },
    outstandingLimit: outstandingLimit(config),
    limits: {
      largeRequests: client.largeRequests,
      connectionThrottle: client.connectionThrottle,
    },
  };
}

/** ZooKeeper shares the limit out among the servers that are not the leader (reference §1.8). */
function outstandingLimit(config: MemberConfig): number {
  const { globalOutstandingLimit } = config.client;
  const others = config.voters.length - 1;
  return others > 1 ? Math.ceil(globalOutstandingLimit / others) : globalOutstandingLimit;
}

function openBus(config: MemberConfig, logger: Logger): NatsBus {
  const { servers, credentialsFile, tls } = config.nats;
  const credentials: BusCredentials | undefined =
    credentialsFile === undefined ? undefined : { credentials: readFileSync(credentialsFile) };
  const busTls: BusTls | undefined = tls === undefined ? undefined : filesOf(tls);
  return new NatsBus({
    servers,
    name: `vivarium-${config.ensemble}-${config.id}`,
    inboxPrefix: subjectsOf(config.ensemble).inbox(config.id),
    ...(busTls === undefined ? {} : { tls: busTls }),
    ...(credentials === undefined ? {} : { credentials }),
    onNotice: ({ kind, message }) => {
      if (kind === 'connected') logger.info(message);
      else logger.warn(message);
    },
  });
}

function filesOf(tls: NonNullable<MemberConfig['nats']['tls']>): BusTls {
  return {
    ...(tls.caFile === undefined ? {} : { caFile: tls.caFile }),
    ...(tls.certFile === undefined ? {} : { certFile: tls.certFile }),
    ...(tls.keyFile === undefined ? {} : { keyFile: tls.keyFile }),
  };
}

function listenError(error: unknown, config: MemberConfig): unknown {
  const { host, port } = config.client;
  if (systemCodeOf(error) === 'EADDRINUSE') return userError.portInUse(host, port, '--client-port');
  if (systemCodeOf(error) === undefined) return error;
  return userError.addressUnusable(
    host,
    port,
    systemReason(error),
    '--client-host and --client-port',
  );
}

function write(logger: Logger, note: Note): void {
  if (note.fields === undefined) logger[note.level](note.text);
  else logger[note.level](note.fields, note.text);
}
