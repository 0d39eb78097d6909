import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Membership,
  membershipOf,
  misleadingAddress,
} from '../../runtime/config/membership.ts';
import { parseServerLine } from '../../runtime/config/server-line.ts';

function membership(
  servers: readonly string[],
  addresses: Readonly<Record<number, string>> = {},
  observers: readonly number[] = [],
): Membership {
  const lines = servers.map((value, at) =>
    parseServerLine({ key: `server.${at + 1}`, value, where: 'zoo.cfg' }),
  );
  const told = new Map(
    lines.flatMap(({ id, client }) =>
      client === undefined ? [] : [[id, client.address] as const],
    ),
  );
  for (const [id, host] of Object.entries(addresses)) told.set(Number(id), { host, port: 2181 });
  return membershipOf({
    ...{ self: 2, voters: [1, 2, 3].filter((id) => !observers.includes(id)), observers },
    ...{ servers: lines, clientAddresses: told },
  });
}

test('server lines are told on as they are, with the address of clients', () => {
  const { lines, isReachable, quorumPort, electionPort } = membership([
    'zoo1:2888:3888;2181',
    'zoo2:2889:3889:participant;0.0.0.0:2191',
    '[fd00::3]:2888:3888;[fd00::3]:2181',
  ]);
  assert.deepEqual(lines, [
    'server.1=zoo1:2888:3888:participant;zoo1:2181',
    'server.2=zoo2:2889:3889:participant;zoo2:2191',
    'server.3=[fd00::3]:2888:3888:participant;[fd00::3]:2181',
  ]);
  assert.equal(isReachable, true);
  assert.deepEqual([quorumPort, electionPort], [2889, 3889]);
});

test('addresses alone make lines with the usual ports', () => {
  const { lines, isReachable } = membership([], { 1: 'a', 2: 'b', 3: 'c' }, [3]);
  assert.deepEqual(lines, [
    'server.1=a:2888:3888:participant;a:2181',
    'server.2=b:2888:3888:participant;b:2181',
    'server.3=c:2888:3888:observer;c:2181',
  ]);
  assert.equal(isReachable, true);
});

test('clients are sent nowhere unless every member has an address that can be reached', () => {
  const cases: [why: string, told: Membership][] = [
    ['one is not known', membership([], { 1: 'a', 2: 'b' })],
    ['lines without clients', membership(['a:1:2', 'b:1:2', 'c:1:2'])],
    ['every address of a machine', membership([], { 1: 'a', 2: '0.0.0.0', 3: 'c' })],
    ['a server line of that kind', membership(['a:1:2;2181', '0.0.0.0:1:2;2181', 'c:1:2;2181'])],
  ];
  for (const [why, { isReachable }] of cases) assert.equal(isReachable, false, why);
});

test('who nobody has told of stands with an address that says so', () => {
  assert.equal(membership([]).lines[0], 'server.1=0.0.0.0:2888:3888:participant');
});

test('who is told to come where nobody listens is worth a word', () => {
  const listen = { host: '127.0.0.1', port: 2181 };
  const zoo = { host: 'zoo1', port: 2181 };
  assert.deepEqual(misleadingAddress(listen, undefined), []);
  assert.deepEqual(misleadingAddress(listen, { host: 'localhost', port: 2181 }), []);
  assert.deepEqual(misleadingAddress({ host: '0.0.0.0', port: 2181 }, zoo), []);
  assert.deepEqual(misleadingAddress({ host: '10.0.0.1', port: 2181 }, zoo), []);
  assert.deepEqual(misleadingAddress(listen, zoo), [
    'Clients are told to reach this member at zoo1:2181, but it listens on 127.0.0.1:2181.',
  ]);
  assert.equal(misleadingAddress({ host: '0.0.0.0', port: 2182 }, zoo).length, 1);
});
