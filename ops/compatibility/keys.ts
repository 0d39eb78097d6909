import { settingKeys, settingTable } from '../../runtime/config/setting-table.ts';
import {
  foreignFamilies,
  foreignKey,
  foreignKeyNames,
} from '../../runtime/config/zookeeper-keys.ts';
import { absent, type Kind, type Proof, type Row, supported, titlesOf } from './row.ts';
import { SETTING_PROOFS } from './setting-proofs.ts';

const config = titlesOf('test/config/member-config.test.ts');
const EVERY: Proof = config('every key of zoo.cfg works, or says in one sentence why it does not');

const settings: Row[] = settingKeys.map((key) => {
  const { zookeeperKeys = [], description } = settingTable[key];
  const name = [key, ...zookeeperKeys].map((each) => `\`${each}\``).join(', ');
  return { ...supported(name, ...SETTING_PROOFS[key]), why: description };
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
