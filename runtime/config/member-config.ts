import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { ConnectionThrottleOptions } from '../../machines/session/connection-throttle.ts';
import type { LargeRequestLimits } from '../../machines/session/large-requests.ts';
import type { AuthenticationOptions } from '../../machines/znode/authentication.ts';
import type { DigestAlgorithm } from '../../machines/znode/digest-identity.ts';
import { systemCodeOf, systemReason, userError } from '../errors.ts';
import type { LogFormat, LogLevel } from '../log-options.ts';
import type { HostPort } from './address.ts';
import { rolesOf } from './member-roles.ts';
import { type Membership, membershipOf, misleadingAddress } from './membership.ts';
import type { ServerLine } from './server-line.ts';
import { type SettingKey, type SettingValues, settingSchema } from './setting-schema.ts';
import { type GivenSettings, gatherSettings, type SettingSources } from './setting-sources.ts';
import { environmentName, settingKeys, settingTable } from './setting-table.ts';

/** Read-only mode waits for a leader that long, or a tick where that is longer (reference §9.7). */
const READ_ONLY_AFTER_MS = 2000;

/** Everything that one member needs to know to start. All times in milliseconds. */
export interface MemberConfig {
  /** 1..255. */
  readonly id: number;
  readonly ensemble: string;
  /** Ids of all voting members, ascending. */
  readonly voters: readonly number[];
  /** Ids of the members without a vote, as far as known; `id` is one of these or of the voters. */
  readonly observers: readonly number[];
  /** Where clients reach the members, as far as known; always holds this member. */
  readonly clientAddresses: ReadonlyMap<number, HostPort>;
  readonly membership: Membership;
  /** Absolute. */
  readonly dataDirectory: string;
  readonly tickTimeMs: number;
  readonly nats: {
    readonly servers: readonly string[];
    readonly credentialsFile: string | undefined;
    readonly tls:
      | {
          readonly caFile: string | undefined;
          readonly certFile: string | undefined;
          readonly keyFile: string | undefined;
        }
      | undefined;
  };
  readonly client: {
    readonly host: string;
    readonly port: number;
    /** Below 1 is the listener's own choice. */
    readonly backlog: number;
    /** 0 is no limit, for both. */
    readonly maxConnectionsPerAddress: number;
    readonly maxConnections: number;
    readonly maxFrameBytes: number;
    readonly handshakeTimeoutMs: number;
    readonly largeRequests: LargeRequestLimits;
    readonly connectionThrottle: ConnectionThrottleOptions;
    readonly minSessionTimeoutMs: number;
    readonly maxSessionTimeoutMs: number;
    readonly globalOutstandingLimit: number;
    /** Whether new sessions are local, and whether these become global with their first ephemeral. */
    readonly localSessions: { readonly isEnabled: boolean; readonly isUpgrading: boolean };
    /** How long a member looks for a leader until it serves whoever only reads; `undefined`: it never does. */
    readonly readOnlyAfterMs: number | undefined;
    /** `*` among them stands for all. */
    readonly fourLetterWords: readonly string[];
  };
  /** `undefined`: no admin endpoint. */
  readonly admin: HostPort | undefined;
  /** Whether hard limits of quotas refuse writes. */
  readonly enforceQuota: boolean;
  readonly access: AuthenticationOptions & { readonly skipAcl: boolean };
  /** Whether there may be TTL nodes. */
  readonly extendedTypes: boolean;
  /** How the leader looks for containers and TTL nodes whose time has come. */
  readonly reaping: {
    readonly checkIntervalMs: number;
    readonly maxPerMinute: number;
    /** 0: a container that never had a child stays. */
    readonly maxNeverUsedIntervalMs: number;
  };
  readonly zab: {
    readonly heartbeatIntervalMs: number;
    readonly heartbeatTimeoutMs: number;
    /** initLimit: how long discovery and synchronization may take together. */
    readonly initTimeoutMs: number;
  };
  readonly checkpoint: { readonly intervalMs: number; readonly changes: number };
  readonly log: { readonly retainTxns: number };
  readonly cache: { readonly bytes: number };
  readonly diagnostics: { readonly level: LogLevel; readonly format: LogFormat };
}

/** Characters of `super:` and a hash in base64. */
const SUPER_LENGTHS: Readonly<Record<DigestAlgorithm, number>> = { SHA1: 34, 'SHA-256': 50 };

export interface LoadedConfig {
  readonly config: MemberConfig;
  /** Whole sentences, to be logged once. */
  readonly warnings: readonly string[];
}

/** Reads and checks the settings of a member. Throws a UserError with one sentence about the first that is wrong. */
export function loadMemberConfig(sources: SettingSources): LoadedConfig {
  const gathered = gatherSettings(sources);
  const values = checkSettings(gathered.settings);
  const dataDirectory = path.resolve(required(values.dataDir, 'dataDir'));
  const id = values.id ?? readMyid(dataDirectory);
  const { voters, observers, warnings } = rolesOf(values, gathered.servers, id);
  const own = gathered.servers.find((server) => server.id === id);
  const listen = listenAddress(values, gathered.settings, own);
  const config = buildConfig(values, { id, voters, observers, dataDirectory, listen });
  const told = toldAddresses(values, gathered.servers);
  const membership = membershipOf({
    ...{ self: id, voters, observers, servers: gathered.servers },
    clientAddresses: told,
  });
  return {
    config: { ...config, membership, clientAddresses: new Map([[id, listen], ...told]) },
    warnings: [...gathered.warnings, ...warnings, ...misleadingAddress(listen, told.get(id))],
  };
}

function checkSettings(given: GivenSettings): SettingValues {
  const texts: Partial<Record<SettingKey, string>> = {};
  for (const key of settingKeys) {
    const value = given.get(key)?.value.trim() ?? settingTable[key].fallback;
    if (value !== undefined) texts[key] = value;
  }
  const parsed = settingSchema.safeParse(texts);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const key = settingKeys.find((candidate) => candidate === issue?.path[0]);
  const setting = key === undefined ? undefined : given.get(key);
  throw userError.settingWrong(
    setting?.origin ?? String(key),
    setting?.value ?? '',
    issue?.message ?? 'is wrong',
  );
}

/** The ways to give a setting, for a sentence about one that is missing. */
function waysToGive(key: SettingKey): string {
  const { flag, argument } = settingTable[key];
  return `Give ${flag} ${argument}, ${environmentName(key)} in the environment, or ${key}=… in the file.`;
}

function required<T>(value: T | undefined, key: SettingKey): T {
  if (value === undefined) throw userError.settingMissing(`"${key}"`, waysToGive(key));
  return value;
}

function readMyid(dataDirectory: string): number {
  const file = path.join(dataDirectory, 'myid');
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') {
      throw userError.fileUnreadable('The file', file, systemReason(error));
    }
    throw userError.settingMissing(
      'The id of this member',
      `${waysToGive('id')} The file ${file} would say it too.`,
    );
  }
  const id = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (id < 1 || id > 255) {
    throw userError.settingWrong(file, text, 'must hold a whole number from 1 to 255');
  }
  return id;
}

function listenAddress(
  values: SettingValues,
  given: GivenSettings,
  own: ServerLine | undefined,
): HostPort {
  return {
    host: given.has('clientHost')
      ? values.clientHost
      : (own?.client?.listenHost ?? values.clientHost),
    port: given.has('clientPort')
      ? values.clientPort
      : (own?.client?.address.port ?? values.clientPort),
  };
}

/** Where clients reach the members, as the settings say it. */
function toldAddresses(
  values: SettingValues,
  servers: readonly ServerLine[],
): ReadonlyMap<number, HostPort> {
  const addresses = new Map<number, HostPort>();
  for (const server of servers) {
    if (server.client !== undefined) addresses.set(server.id, server.client.address);
  }
  for (const { id, address } of values.clientAddresses ?? []) addresses.set(id, address);
  return addresses;
}

function buildConfig(
  values: SettingValues,
  identity: Pick<MemberConfig, 'id' | 'voters' | 'observers' | 'dataDirectory'> & {
    readonly listen: HostPort;
  },
): Omit<MemberConfig, 'clientAddresses' | 'membership'> {
  const tickTimeMs = values.tickTime;
  const minSessionTimeoutMs =
    values.minSessionTimeout === -1 ? 2 * tickTimeMs : values.minSessionTimeout;
  const maxSessionTimeoutMs =
    values.maxSessionTimeout === -1 ? 20 * tickTimeMs : values.maxSessionTimeout;
  if (minSessionTimeoutMs > maxSessionTimeoutMs) {
    throw userError.settingsClash(
      `minSessionTimeout (${minSessionTimeoutMs} ms) is above maxSessionTimeout (${maxSessionTimeoutMs} ms).`,
      'Set both, or neither: then they are 2 and 20 ticks.',
    );
  }
  if (values.heartbeatTimeoutMs < 4 * values.heartbeatIntervalMs) {
    throw userError.settingsClash(
      `heartbeatTimeoutMs (${values.heartbeatTimeoutMs}) is less than four times heartbeatIntervalMs (${values.heartbeatIntervalMs}).`,
      'One late heartbeat would then start an election; raise the timeout or lower the interval.',
    );
  }
  return {
    id: identity.id,
    ensemble: values.ensemble,
    voters: identity.voters,
    observers: identity.observers,
    dataDirectory: identity.dataDirectory,
    tickTimeMs,
    nats: natsOptions(values),
    client: {
      host: identity.listen.host,
      port: identity.listen.port,
      backlog: values.clientPortListenBacklog,
      maxConnectionsPerAddress: values.maxClientCnxns,
      maxConnections: values.maxCnxns,
      maxFrameBytes: values['jute.maxbuffer'],
      handshakeTimeoutMs: values['nio.sessionlessCnxnTimeout'],
      largeRequests: {
        threshold: values.largeRequestThreshold,
        maxBytes: values.largeRequestMaxBytes,
      },
      connectionThrottle: {
        tokens: values.connection_throttle_tokens,
        fillTimeMs: values.connection_throttle_fill_time,
        fillCount: values.connection_throttle_fill_count,
      },
      minSessionTimeoutMs,
      maxSessionTimeoutMs,
      globalOutstandingLimit: values.globalOutstandingLimit,
      localSessions: {
        isEnabled: values.localSessionsEnabled,
        isUpgrading: values.localSessionsUpgradingEnabled,
      },
      readOnlyAfterMs: values['readonlymode.enabled']
        ? Math.max(READ_ONLY_AFTER_MS, tickTimeMs)
        : undefined,
      fourLetterWords: values.fourLetterWords,
    },
    admin: values.adminEnabled ? { host: values.adminHost, port: values.adminPort } : undefined,
    enforceQuota: values.enforceQuota,
    access: accessOf(values),
    extendedTypes: values.extendedTypesEnabled,
    reaping: {
      checkIntervalMs: values['znode.container.checkIntervalMs'],
      maxPerMinute: values['znode.container.maxPerMinute'],
      maxNeverUsedIntervalMs: values['znode.container.maxNeverUsedIntervalMs'],
    },
    zab: {
      heartbeatIntervalMs: values.heartbeatIntervalMs,
      heartbeatTimeoutMs: values.heartbeatTimeoutMs,
      initTimeoutMs: values.initLimit * tickTimeMs,
    },
    checkpoint: {
      intervalMs: values['checkpoint.intervalMs'],
      changes: values['checkpoint.changes'],
    },
    log: { retainTxns: values['log.retainTxns'] },
    cache: { bytes: values['cache.bytes'] },
    diagnostics: { level: values.logLevel, format: values.logFormat },
  };
}

function accessOf(values: SettingValues): MemberConfig['access'] {
  const { superDigest, digestAlgorithm, digestAuthentication, enforceAuth } = values;
  const requiredSchemes = values.enforceAuthSchemes ?? [];
  if (superDigest !== undefined && superDigest.length !== SUPER_LENGTHS[digestAlgorithm]) {
    throw userError.settingsClash(
      `superDigest is not made by ${digestAlgorithm}, the digestAlgorithm.`,
      'Nobody could become super: correct one of the two.',
    );
  }
  if (enforceAuth && requiredSchemes.length === 0) {
    throw userError.settingsClash(
      'enforceAuth is on, but enforceAuthSchemes names no scheme.',
      'Every client would be refused: set enforceAuthSchemes, to digest for example.',
    );
  }
  if (enforceAuth && !digestAuthentication && requiredSchemes.includes('digest')) {
    throw userError.settingsClash(
      'enforceAuthSchemes asks for digest, but digestAuthentication is off.',
      'Turn it on, or leave digest out.',
    );
  }
  return {
    skipAcl: values.skipACL,
    superDigest,
    digestEnabled: digestAuthentication,
    digestAlgorithm,
    requiredSchemes: enforceAuth ? requiredSchemes : undefined,
  };
}

function natsOptions(values: SettingValues): MemberConfig['nats'] {
  const { natsTlsCa, natsTlsCert, natsTlsKey } = values;
  if ((natsTlsCert === undefined) !== (natsTlsKey === undefined)) {
    throw userError.settingsClash(
      'natsTlsCert and natsTlsKey belong together, but only one of them is set.',
      'Set both, or neither.',
    );
  }
  const wantsTls =
    natsTlsCa !== undefined ||
    natsTlsCert !== undefined ||
    values.nats.some((server) => server.startsWith('tls://'));
  return {
    servers: values.nats,
    credentialsFile: values.natsCredentials,
    tls: wantsTls ? { caFile: natsTlsCa, certFile: natsTlsCert, keyFile: natsTlsKey } : undefined,
  };
}
