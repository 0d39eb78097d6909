import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counterOf, epochOf } from '../../machines/zab/zxid.ts';
import { Ensemble } from '../sim/world/ensemble.ts';
import { create } from '../sim/world/request.ts';

const LIMIT = 10;
const WRITES = 35;

test('an ensemble that uses its epochs up goes on in the next, and loses no write that it has answered', () => {
  const ensemble = new Ensemble({ settings: { counterLimit: LIMIT } });
  ensemble.start();
  const zxids: number[] = [];
  for (let number = 1; number <= WRITES; ) {
    const leader = ensemble.settle();
    const client = ensemble.connect(leader);
    while (client.isOpen && number <= WRITES) {
      const [xid] = client.send(create(`/${number}`));
      const isOver = () => !client.isOpen || client.replyTo(xid) !== undefined;
      ensemble.until(isOver, 'the reply, or the end of the connection');
      const reply = client.replyTo(xid);
      if (reply === undefined) continue;
      assert.equal(reply.code, 0);
      zxids.push(reply.zxid);
      number += 1;
    }
  }
  assert.ok(zxids.every((zxid) => counterOf(zxid) <= LIMIT));
  assert.ok(new Set(zxids.map(epochOf)).size >= WRITES / LIMIT, 'one epoch came after the other');
  ensemble.settle();
  for (const member of ensemble.members) {
    ensemble.until(() => ensemble.dataAt(member, `/${WRITES}`) === '', `member ${member} has all`);
    for (let number = 1; number <= WRITES; number++) {
      assert.equal(ensemble.dataAt(member, `/${number}`), '', `member ${member}, node ${number}`);
    }
  }
  ensemble.endHistory();
});

test('a member that is started anew without its vote follows, and what it had when it voted is not lost', () => {
  const ensemble = new Ensemble();
  ensemble.start();
  const leader = ensemble.settle();
  assert.equal(ensemble.ask(ensemble.connect(leader), create('/before')).code, 0);
  ensemble.crash(leader);
  ensemble.takeVote(leader);
  ensemble.start(leader);
  const next = ensemble.settle();
  assert.notEqual(next, leader);
  assert.equal(ensemble.role(leader), 'observer');
  assert.ok(ensemble.notes.some((note) => note.includes('the leader has no vote any more')));
  assert.equal(ensemble.ask(ensemble.connect(leader), create('/after')).code, 0);
  for (const member of ensemble.members) {
    ensemble.until(() => ensemble.dataAt(member, '/after') === '', `/after at member ${member}`);
    assert.equal(ensemble.dataAt(member, '/before'), '');
  }
  ensemble.endHistory();
});

test('an epoch is found that is not before any which a member has promised in elections that came to nothing', () => {
  for (const acceptedEpochs of [
    [0, 5, 2],
    [7, 0, 0],
    [3, 9, 0],
  ]) {
    const ensemble = new Ensemble({ acceptedEpochs });
    ensemble.start();
    const leader = ensemble.settle();
    const { zxid } = ensemble.ask(ensemble.connect(leader), create('/a'));
    assert.ok(epochOf(zxid) >= Math.max(...acceptedEpochs), `${acceptedEpochs}`);
    ensemble.endHistory();
  }
});
