import { settingKeys, settingTable } from '../../runtime/config/setting-table.ts';
import {
  foreignFamilies,
  foreignKey,
  foreignKeyNames,
} from '../../runtime/config/zookeeper-keys.ts';
import { absent, type Kind, type Proof, type Row, supported, titlesOf } from './row.ts';

const config = titlesOf('test/config/member-config.test.ts');
const FILE: Proof = config('a zoo.cfg as people have it');
const EVERY: Proof = config('every key of zoo.cfg works, or says in one sentence why it does not');
const DEFAULTS: Proof = [
  'test/config/setting-table.test.ts',
  'every default is a value that its own rule accepts, and only optional settings lack one',
];

/** Settings whose effect has a test of its own; of the others it is tested that they are read. */
const EFFECTS: Readonly<Record<string, readonly Proof[]>> = {
  enforceQuota: [
    [
      'test/znode/quota.test.ts',
      'a hard limit refuses where it is enforced, a soft one never does',
    ],
  ],
  extendedTypesEnabled: [
    [
      'test/znode/reaping.test.ts',
      'without extended types TTL nodes are not there, and nothing else is different',
    ],
  ],
  fourLetterWords: [
    ['test/word/answer.test.ts', 'a word is refused unless it is in the whitelist'],
  ],
  clientAddresses: [
    [
      'test/interop/config-node.test.ts',
      'a restart with addresses writes them, on every member the same bytes',
    ],
  ],
  'jute.maxbuffer': [
    ['test/wire/client-listener.test.ts', 'a frame of exactly the limit is taken'],
    config('a frame limit that a four-letter word would lie below is refused'),
  ],
  localSessionsEnabled: [
    [
      'test/interop/local-sessions.test.ts',
      'local sessions cost no zxid, and read, write and watch like any other',
    ],
    [
      'test/interop/local-sessions.test.ts',
      'the leader is killed: the local sessions of the others live on, and so does what became global',
    ],
  ],
  localSessionsUpgradingEnabled: [
    [
      'test/interop/local-sessions.test.ts',
      'an ephemeral makes a session global under its own id: it moves, and a local one does not',
    ],
    [
      'test/interop/local-sessions.test.ts',
      'where they may not become global, an ephemeral is refused and nothing else',
    ],
  ],
  maxClientCnxns: [
    [
      'test/wire/client-listener.test.ts',
      'connections over the limit of their address are closed, others are not',
    ],
  ],
  'readonlymode.enabled': [
    [
      'test/interop/read-only.test.ts',
      'two of three are killed: the third serves readers, and everybody when they are back',
    ],
    [
      'test/interop/read-only.test.ts',
      'a local session reads on where it is, and writes again; one that became global is hung up on',
    ],
  ],
  tickTime: [
    ['test/interop/protocol/connections.ts', 'the session timeout is clamped to 2 and 20 ticks'],
    FILE,
  ],
};

const settings: Row[] = settingKeys.map((key) => {
  const { zookeeperKeys = [], description } = settingTable[key];
  const name = [key, ...zookeeperKeys].map((each) => `\`${each}\``).join(', ');
  return { ...supported(name, ...(EFFECTS[key] ?? [DEFAULTS])), why: description };
});

const foreign: Row[] = foreignKeyNames().map((name) => foreignRow(`\`${name}\``, foreignKey(name)));
const families: Row[] = foreignFamilies.map(([pattern, key]) =>
  foreignRow(`\`${pattern.replaceAll('|', '\\|')}\``, key),
);

function foreignRow(name: string, key: ReturnType<typeof foreignKey>): Row {
  const reason = key?.reason ?? '';
  return absent(
    name,
    key?.refused === true ? `refuses to start: ${reason}` : `a warning: ${reason}`,
    EVERY,
  );
}

export const keys: Kind = {
  title: 'Keys of zoo.cfg and system properties',
  of: 'key, or the pattern of several; each with or without `zookeeper.` in front',
  rows: [...settings, ...foreign, ...families],
};
