import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LinkMessage } from '../../machines/zab/message.ts';
import { Ensemble } from '../sim/world/ensemble.ts';
import { create, sync } from '../sim/world/request.ts';

const HANDSHAKE = [
  'FOLLOWERINFO',
  'LEADERINFO',
  'ACKEPOCH',
  'DIFF',
  'NEWLEADER',
  'ACKNEWLEADER',
  'UPTODATE',
] as const satisfies readonly LinkMessage['type'][];

for (const type of HANDSHAKE) {
  test(`a bus that loses the first ${type} costs no more than another attempt`, () => {
    const ensemble = new Ensemble();
    let lost = 0;
    ensemble.network.loses = ({ message }) => message.type === type && lost++ === 0;
    ensemble.start();
    ensemble.settle(3000);
    assert.ok(lost > 0);
  });
}

test('a learner whose UPTODATE is lost does not wait for ever', () => {
  const ensemble = new Ensemble();
  ensemble.start();
  const leader = ensemble.settle();
  const [late] = ensemble.followers;
  assert.ok(late !== undefined);
  ensemble.crash(late);
  let lost = 0;
  ensemble.network.loses = ({ message, to }) =>
    to === late && message.type === 'UPTODATE' && lost++ === 0;
  ensemble.restart(late);
  ensemble.until(() => ensemble.role(late) === 'follower', 'the member follows', 3000);
  assert.ok(lost > 1);
  assert.equal(ensemble.leader, leader);
});

test('a lost answer to a sync is noticed, and the client is not left waiting', () => {
  const ensemble = new Ensemble();
  ensemble.start();
  ensemble.settle();
  const [follower] = ensemble.followers;
  assert.ok(follower !== undefined);
  const client = ensemble.connect(follower);
  ensemble.network.loses = ({ message }) => message.type === 'SYNCED';
  const [xid] = client.send(sync());
  ensemble.until(() => !client.isOpen, 'the client is told by the end of its connection', 1000);
  assert.equal(client.replyTo(xid), undefined);
});

test('a lost request is noticed: the clients behind that link are cut off', () => {
  const ensemble = new Ensemble();
  ensemble.start();
  ensemble.settle();
  const [follower] = ensemble.followers;
  assert.ok(follower !== undefined);
  const client = ensemble.connect(follower);
  let lost = 0;
  ensemble.network.loses = ({ message }) => message.type === 'REQUEST' && lost++ === 0;
  client.send(create('/lost'), create('/too'));
  ensemble.until(() => !client.isOpen, 'the client is cut off', 1000);
  assert.deepEqual(client.replies, []);
});

test('a hole in the stream of proposals is noticed, and the learner catches up', () => {
  const ensemble = new Ensemble();
  ensemble.start();
  const leader = ensemble.settle();
  const client = ensemble.connect(leader);
  let lost = 0;
  ensemble.network.loses = ({ message }) => message.type === 'PROPOSAL' && lost++ === 0;
  client.send(create('/a'));
  const joins = ensemble.sent('FOLLOWERINFO').length;
  ensemble.until(() => ensemble.sent('FOLLOWERINFO').length > joins, 'somebody joins again');
  ensemble.settle();
  const again = ensemble.connect(ensemble.settle());
  ensemble.ask(again, create('/b'));
  ensemble.run(200);
  const digests = ensemble.voters.map((member) => ensemble.digest(member));
  assert.equal(new Set(digests).size, 1);
});

test('a learner with a slow disk is waited for', () => {
  const ensemble = new Ensemble();
  ensemble.start();
  const leader = ensemble.settle();
  const [late] = ensemble.followers;
  assert.ok(late !== undefined);
  ensemble.crash(late);
  ensemble.ask(ensemble.connect(leader), create('/a'));
  ensemble.disk(late).holds = ({ kind }) => kind === 'adopt';
  ensemble.restart(late);
  ensemble.until(() => ensemble.disk(late).held.length > 0, 'the history is being written');
  const attempts = ensemble.sent('FOLLOWERINFO', late).length;
  ensemble.run(2000);
  ensemble.disk(late).release();
  ensemble.until(() => ensemble.role(late) === 'follower', 'the member follows', 500);
  assert.equal(ensemble.sent('FOLLOWERINFO', late).length, attempts);
});

for (const way of ['broadcast', 'member'] as const) {
  test(`a follower that does not hear what its leader says by ${way} serves no stale reads for long`, () => {
    const ensemble = new Ensemble();
    ensemble.start();
    const leader = ensemble.settle();
    const [follower] = ensemble.followers;
    assert.ok(follower !== undefined);
    const client = ensemble.connect(follower);
    ensemble.network.holds = (from, to, subject) =>
      from === leader && to === follower && subject.includes(`.${way}.`);
    ensemble.until(() => !client.isOpen, 'the client is cut off', 800);
    assert.equal(ensemble.role(follower), 'looking');
  });
}
