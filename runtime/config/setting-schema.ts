// By name, so that a compiled member loads no more of the package than this.
import { object, enum as oneOf, type output, string } from 'zod';
import { DIGEST_ALGORITHMS } from '../../machines/znode/digest-identity.ts';
import { LOG_FORMATS, LOG_LEVELS } from '../log-options.ts';
import { parseHostPort } from './address.ts';

/**
 * The value of every setting, from the text that a flag, the environment or a file gives. Each
 * message is a rule that completes the sentence "<origin> <rule>, not <value>".
 */

const wholeNumber = (minimum: number, maximum: number, unit = '') => {
  const rule = `must be a whole number${unit} from ${minimum} to ${maximum}`;
  return string()
    .regex(/^-?\d{1,15}$/, rule)
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, rule);
};

const milliseconds = (minimum: number, maximum: number) =>
  wholeNumber(minimum, maximum, ' of milliseconds');

const port = wholeNumber(0, 65535);

const yesOrNo = string()
  .toLowerCase()
  .refine((value) => ['true', 'false', 'yes', 'no'].includes(value), 'must be true or false')
  .transform((value) => value === 'true' || value === 'yes');

const host = string().regex(/^[^\s/,;[\]]+$/, 'must be a host name or an address');

const list = string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

const MEMBERS_RULE = 'must be different member ids from 1 to 255, separated by commas';
const memberIds = list
  .refine((ids) => ids.every((id) => /^\d{1,3}$/.test(id)), MEMBERS_RULE)
  .transform((ids) => ids.map(Number).sort((left, right) => left - right))
  .refine((ids) => ids.length > 0 && ids.every((id) => id >= 1 && id <= 255), MEMBERS_RULE)
  .refine((ids) => new Set(ids).size === ids.length, MEMBERS_RULE);

const PEER_TYPES = ['participant', 'observer'] as const;
const PEER_TYPE_RULE = 'must be participant or observer';

const NATS_RULE = 'must be NATS addresses such as nats://127.0.0.1:4222, separated by commas';
const isNatsAddress = (text: string) => {
  const match = /^(?:(?:nats|tls):\/\/)?(?:[^@/\s]+@)?([^@/\s]+)\/?$/.exec(text);
  const address = match?.[1];
  return address !== undefined && /^(?:\[[^\]]+\]|[^:[\]]+)(?::\d{1,5})?$/.test(address);
};
const natsAddresses = list.refine(
  (servers) => servers.length > 0 && servers.every(isNatsAddress),
  NATS_RULE,
);

const ADDRESSES_RULE = 'must be id=host:port, separated by commas';
const clientAddresses = list
  .refine(
    (parts) => parts.every((part) => /^\d{1,3}=/.test(part) && addressOf(part) !== undefined),
    ADDRESSES_RULE,
  )
  .transform((parts) =>
    parts.flatMap((part) => {
      const address = addressOf(part);
      return address === undefined ? [] : [{ id: Number.parseInt(part, 10), address }];
    }),
  );
function addressOf(part: string) {
  return parseHostPort(part.slice(part.indexOf('=') + 1));
}

const FOUR_LETTER_RULE = 'must be four-letter words separated by commas, or *';
const fourLetterWords = list.refine(
  (words) => words.every((word) => word === '*' || /^[a-z]{4}$/.test(word)),
  FOUR_LETTER_RULE,
);

/** Schemes by which a connection may become somebody. */
const AUTH_SCHEMES = ['digest', 'ip'] as const;
const AUTH_SCHEMES_RULE = `must be schemes that there are (${AUTH_SCHEMES.join(', ')}), separated by commas`;

function isOneOf(schemes: readonly string[], scheme: string): boolean {
  return schemes.includes(scheme);
}

const path = string().min(1, 'must be a path');
const DAY_MS = 86_400_000;
/** As long as a TTL may be. */
const LONGEST_MS = 2 ** 40 - 1;

export const settingSchema = object({
  id: wholeNumber(1, 255).optional(),
  members: memberIds.optional(),
  observers: memberIds.optional(),
  peerType: string().toLowerCase().pipe(oneOf(PEER_TYPES, PEER_TYPE_RULE)).optional(),
  ensemble: string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 letters, digits, - or _'),
  dataDir: path.optional(),
  nats: natsAddresses,
  natsCredentials: path.optional(),
  natsTlsCa: path.optional(),
  natsTlsCert: path.optional(),
  natsTlsKey: path.optional(),
  clientHost: host,
  clientPort: port,
  clientAddresses: clientAddresses.optional(),
  adminEnabled: yesOrNo,
  adminHost: host,
  adminPort: port,
  tickTime: milliseconds(1, DAY_MS),
  minSessionTimeout: milliseconds(-1, DAY_MS),
  maxSessionTimeout: milliseconds(-1, DAY_MS),
  localSessionsEnabled: yesOrNo,
  localSessionsUpgradingEnabled: yesOrNo,
  'readonlymode.enabled': yesOrNo,
  initLimit: wholeNumber(1, 1_000_000, ' of ticks'),
  heartbeatIntervalMs: milliseconds(5, 60_000),
  heartbeatTimeoutMs: milliseconds(50, DAY_MS),
  maxClientCnxns: wholeNumber(0, 1_000_000),
  maxCnxns: wholeNumber(0, 10_000_000),
  clientPortListenBacklog: wholeNumber(-1, 65535),
  'nio.sessionlessCnxnTimeout': milliseconds(1, DAY_MS),
  globalOutstandingLimit: wholeNumber(1, 10_000_000),
  // Above it a four-letter word could be the length of a frame.
  'jute.maxbuffer': wholeNumber(1024, 2 ** 30, ' of bytes'),
  largeRequestThreshold: wholeNumber(-1, 0x7fffffff, ' of bytes'),
  largeRequestMaxBytes: wholeNumber(1, 2 ** 40, ' of bytes'),
  connection_throttle_tokens: wholeNumber(0, 10_000_000),
  connection_throttle_fill_time: milliseconds(1, DAY_MS),
  connection_throttle_fill_count: wholeNumber(1, 10_000_000),
  fourLetterWords,
  enforceQuota: yesOrNo,
  extendedTypesEnabled: yesOrNo,
  'znode.container.checkIntervalMs': milliseconds(10, DAY_MS),
  'znode.container.maxPerMinute': wholeNumber(1, 10_000_000),
  'znode.container.maxNeverUsedIntervalMs': milliseconds(0, LONGEST_MS),
  skipACL: yesOrNo,
  superDigest: string()
    .regex(/^super:(?:[A-Za-z0-9+/]{27}|[A-Za-z0-9+/]{43})=$/, 'must be super:BASE64-OF-SHA1')
    .optional(),
  digestAuthentication: yesOrNo,
  digestAlgorithm: string()
    .transform((name) =>
      /^sha-?1$/i.test(name) ? 'SHA1' : /^sha-?256$/i.test(name) ? 'SHA-256' : name,
    )
    .pipe(oneOf(DIGEST_ALGORITHMS, `must be one of ${DIGEST_ALGORITHMS.join(', ')}`)),
  enforceAuth: yesOrNo,
  enforceAuthSchemes: list
    .refine(
      (schemes) => schemes.every((scheme) => isOneOf(AUTH_SCHEMES, scheme)),
      AUTH_SCHEMES_RULE,
    )
    .optional(),
  'checkpoint.intervalMs': milliseconds(10, DAY_MS),
  'checkpoint.changes': wholeNumber(1, 100_000_000),
  'log.retainTxns': wholeNumber(0, 1_000_000_000),
  'cache.bytes': wholeNumber(0, 2 ** 40, ' of bytes'),
  logLevel: oneOf(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`),
  logFormat: oneOf(LOG_FORMATS, `must be one of ${LOG_FORMATS.join(', ')}`),
});

export type SettingValues = output<typeof settingSchema>;
export type SettingKey = keyof SettingValues;
