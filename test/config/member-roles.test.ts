import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { loadMemberConfig } from '../../runtime/config/member-config.ts';
import type { SettingKey } from '../../runtime/config/setting-schema.ts';
import { UserError } from '../../runtime/errors.ts';
import { temporaryFile } from './temporary-directory.ts';

type Flags = Partial<Record<SettingKey, string>>;

const SERVERS = [
  'server.1=a:2888:3888',
  'server.2=b:2888:3888:participant;2181',
  'server.3=c:2888:3888:participant',
  'server.4=d:2888:3888:observer;2182',
  'server.5=e:2888:3888:OBSERVER',
];

function load(flags: Flags, configFile?: string) {
  const sources = { flags: { dataDir: 'data', ...flags }, environment: {} };
  return loadMemberConfig(configFile === undefined ? sources : { ...sources, configFile });
}

function refusal(flags: Flags, configFile?: string): string {
  try {
    load(flags, configFile);
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    return `${error.message} ${error.remedy}`;
  }
  assert.fail('the settings were accepted');
}

function zooCfg(context: TestContext, ...lines: readonly string[]): string {
  return temporaryFile(context, 'zoo.cfg', `${[...SERVERS, ...lines].join('\n')}\n`);
}

test('server lines say who votes and who observes', (context) => {
  const { config, warnings } = load({ id: '1' }, zooCfg(context));
  assert.deepEqual(config.voters, [1, 2, 3]);
  assert.deepEqual(config.observers, [4, 5]);
  assert.deepEqual(warnings, []);
});

test('the zoo.cfg of an observer', (context) => {
  const { config, warnings } = load({ id: '4' }, zooCfg(context, 'peerType=observer'));
  assert.deepEqual(config.voters, [1, 2, 3]);
  assert.deepEqual(config.observers, [4, 5]);
  assert.equal(config.client.port, 2182);
  assert.deepEqual(warnings, []);
});

test('where peerType and the server line differ the line counts, with a warning, as in ZooKeeper', (context) => {
  const observing = load({ id: '1' }, zooCfg(context, 'peerType=observer'));
  assert.ok(observing.config.voters.includes(1));
  assert.match(observing.warnings.join(), /peerType is "observer".* says participant/);
  const voting = load({ id: '5' }, zooCfg(context, 'peerType=participant'));
  assert.ok(voting.config.observers.includes(5));
  assert.match(voting.warnings.join(), /peerType is "participant".* says observer/);
});

test('lists say it too, and leave the roles in the file aside', (context) => {
  const { config } = load({ id: '7', members: '1,2,3', observers: '8,7' });
  assert.deepEqual(config.voters, [1, 2, 3]);
  assert.deepEqual(config.observers, [7, 8]);
  const listed = load({ id: '4', members: '4,5,6' }, zooCfg(context)).config;
  assert.deepEqual([listed.voters, listed.observers], [[4, 5, 6], []]);
});

test('an observer that nobody has named says so itself', () => {
  const { config } = load({ id: '9', members: '1,2,3', peerType: 'Observer' });
  assert.deepEqual(config.observers, [9]);
  assert.deepEqual(
    load({ id: '4', members: '1,2,3', observers: '9', peerType: 'observer' }).config.observers,
    [4, 9],
  );
});

test('what contradicts itself is refused', (context) => {
  assert.match(
    refusal({ id: '1', members: '1,2,3', observers: '3,4' }),
    /^Member 3 is named as one that votes and as one that observes\. .*--observers/,
  );
  assert.match(
    refusal({ id: '1', members: '1,2,3', peerType: 'observer' }),
    /^peerType says that this member is an observer, and the lists of members say participant\./,
  );
  assert.match(
    refusal({ id: '4', members: '1,2,3', observers: '4', peerType: 'participant' }),
    /a participant, and the lists of members say observer\./,
  );
  assert.match(
    refusal({ id: '6', members: '1,2,3', observers: '4' }),
    /^This member's id is 6, but the members are 1, 2, 3 and the observers 4\./,
  );
  assert.match(refusal({ id: '1', peerType: 'observer' }), /members that vote.*--members/);
  assert.match(refusal({ id: '1', peerType: 'witness' }), /must be participant or observer/);
  const file = temporaryFile(context, 'zoo.cfg', 'server.1=a:1:2:learner\n');
  assert.match(refusal({ id: '1' }, file), /server\.1 must be .*:participant\|:observer/);
});

test('observers alone are no ensemble', (context) => {
  const file = temporaryFile(context, 'zoo.cfg', 'server.1=a:1:2:observer\n');
  assert.match(refusal({ id: '1' }, file), /^The list of members that vote/);
});
