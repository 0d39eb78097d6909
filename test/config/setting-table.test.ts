import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatHostPort, parseHostPort } from '../../runtime/config/address.ts';
import { editDistance, nearMiss } from '../../runtime/config/near-miss.ts';
import { parseProperties } from '../../runtime/config/properties.ts';
import { settingSchema } from '../../runtime/config/setting-schema.ts';
import {
  environmentName,
  settingKeys,
  settingNames,
  settingTable,
} from '../../runtime/config/setting-table.ts';
import { foreignKeyNames } from '../../runtime/config/zookeeper-keys.ts';

test('flags, variables and names are unique', () => {
  for (const names of [
    settingKeys.map((key) => settingTable[key].flag),
    settingKeys.map(environmentName),
    [...settingNames(), ...foreignKeyNames()],
  ]) {
    assert.equal(new Set(names).size, names.length);
  }
});

test('every default is a value that its own rule accepts, and only optional settings lack one', () => {
  const texts = Object.fromEntries(
    settingKeys.flatMap((key) => {
      const { fallback } = settingTable[key];
      return fallback === undefined ? [] : [[key, fallback]];
    }),
  );
  assert.equal(settingSchema.safeParse(texts).success, true);
  assert.deepEqual(Object.keys(settingSchema.shape).sort(), [...settingKeys].sort());
});

test('names of variables', () => {
  assert.equal(environmentName('clientPort'), 'VIVARIUM_CLIENT_PORT');
  assert.equal(environmentName('checkpoint.intervalMs'), 'VIVARIUM_CHECKPOINT_INTERVAL_MS');
  assert.equal(environmentName('jute.maxbuffer'), 'VIVARIUM_JUTE_MAXBUFFER');
});

test('the edit distance is a distance', () => {
  const word = fc.string({ maxLength: 12 });
  fc.assert(
    fc.property(word, word, word, (a, b, c) => {
      assert.equal(editDistance(a, a), 0);
      assert.equal(editDistance(a, b), editDistance(b, a));
      assert.ok(editDistance(a, c) <= editDistance(a, b) + editDistance(b, c));
    }),
  );
  assert.equal(nearMiss('tickTme', settingNames()), 'tickTime');
  assert.equal(nearMiss('zzzzzz', settingNames()), undefined);
});

test('host and port survive being written and read', () => {
  const host = fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain());
  fc.assert(
    fc.property(host, fc.nat(65535), (name, port) => {
      assert.deepEqual(parseHostPort(formatHostPort({ host: name, port })), { host: name, port });
    }),
  );
  for (const text of ['', 'a', 'a:', ':1', 'a:b', 'a:70000', 'fd00::1:80', '[a]80']) {
    assert.equal(parseHostPort(text), undefined, text);
  }
});

test('properties are read as Java reads them', () => {
  const key = fc.stringMatching(/^[A-Za-z][A-Za-z0-9.]{0,11}$/);
  const value = fc.stringMatching(/^[A-Za-z0-9;:=/. ,-]{0,20}$/).map((text) => text.trim());
  const separator = fc.constantFrom('=', ' = ', ':', ' : ', '\t=');
  fc.assert(
    fc.property(fc.array(fc.tuple(key, separator, value)), (entries) => {
      const text = entries.map((entry) => entry.join('')).join('\r\n# comment\n\n');
      const read = parseProperties(text, 'file').map((line) => [line.key, line.value]);
      assert.deepEqual(
        read,
        entries.map(([name, , content]) => [name, content]),
      );
    }),
  );
});
