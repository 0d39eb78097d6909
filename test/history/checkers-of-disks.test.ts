import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Checker } from './checker.ts';
import { FlushedBeforeTold } from './checkers/flushed-before-told.ts';
import { Leadership } from './checkers/leadership.ts';
import { ProcessInvariants } from './checkers/process-invariants.ts';
import type { Happening } from './event.ts';

/** What members say about their disks, against what is on them. */

function judge(...happenings: readonly Happening[]): string | undefined {
  return objection(new FlushedBeforeTold([1, 2, 3]), happenings);
}

/** The first one. */
function objection(checker: Checker, happenings: readonly Happening[]): string | undefined {
  for (const happening of happenings) {
    const found = checker.see({ atMs: 0, ...happening });
    if (found !== undefined) return found;
  }
  return checker.end();
}

function durable(
  member: number,
  epochs: readonly [accepted: number, current: number],
  lastZxid = 0,
  treeZxid = 0,
): Happening {
  const [acceptedEpoch, currentEpoch] = epochs;
  return {
    type: 'durable',
    member,
    order: 'log append',
    acceptedEpoch,
    currentEpoch,
    lastZxid,
    treeZxid,
  };
}

function said(
  message: string,
  from: number,
  to: number,
  about: { readonly epoch?: number; readonly zxid?: number },
): Happening {
  return { type: 'message', from, to, message, ...about };
}

function delivered(member: number, zxid: number): Happening {
  const txn = { zxid, session: 1, cxid: 1, timeMs: 0, kind: 'create', sum: 0 };
  return { type: 'delivered', member, ...txn };
}

test('flushed before told: a member that has on its disk what it says is believed', () => {
  const found = judge(
    durable(1, [1, 0]),
    said('LEADERINFO', 1, 2, { epoch: 1 }),
    durable(2, [1, 0]),
    said('ACKEPOCH', 2, 1, { epoch: 0, zxid: 0 }),
    durable(1, [1, 1]),
    said('NEWLEADER', 1, 2, { epoch: 1 }),
    durable(2, [1, 1]),
    said('ACKNEWLEADER', 2, 1, { epoch: 1 }),
    durable(1, [1, 1], 7),
    durable(2, [1, 1], 7),
    said('ACK', 2, 1, { zxid: 7 }),
    said('COMMIT', 1, 2, { zxid: 7 }),
    delivered(1, 7),
    { type: 'wiped', member: 2 },
    delivered(3, 7),
  );
  assert.equal(found, undefined);
});

test('flushed before told: a leader has promised its epoch before it asks others to', () => {
  const found = judge(durable(1, [1, 1]), said('LEADERINFO', 1, 2, { epoch: 2 }));
  assert.match(found ?? '', /member 1 proposes epoch 2 before its own promise/);
});

test('flushed before told: a promise is on the disk, and it is the one that was asked for', () => {
  const asked = [durable(1, [2, 1]), said('LEADERINFO', 1, 2, { epoch: 2 })];
  const promise = said('ACKEPOCH', 2, 1, { epoch: 1, zxid: 0 });
  assert.match(judge(...asked, promise) ?? '', /disk has acceptedEpoch 0/);
  assert.match(judge(...asked, durable(2, [1, 1]), promise) ?? '', /disk has acceptedEpoch 1/);
  assert.equal(judge(...asked, durable(2, [2, 1]), promise), undefined);
  const starts = { type: 'started', member: 2, incarnation: 2 } as const;
  const withoutVote = judge(...asked, { ...starts, votes: false }, durable(2, [3, 1]), promise);
  assert.equal(withoutVote, undefined, 'the promise of one whose vote was taken counts for nobody');
  const votes = judge(...asked, { ...starts, votes: true }, durable(2, [3, 1]), promise);
  assert.match(votes ?? '', /disk has acceptedEpoch 3/);
  const behind = said('ACKEPOCH', 2, 1, { epoch: 1, zxid: 5 });
  assert.match(judge(...asked, durable(2, [2, 1], 4), behind) ?? '', /its disk ends at/);
});

test('flushed before told: NEWLEADER and ACK tell of what is flushed', () => {
  const newLeader = said('ACKNEWLEADER', 2, 1, { epoch: 2 });
  assert.match(judge(durable(2, [2, 1]), newLeader) ?? '', /its disk has currentEpoch 1/);
  const ack = said('ACK', 2, 1, { zxid: 8 });
  assert.match(judge(durable(2, [2, 2], 7), ack) ?? '', /its disk ends at/);
});

test('flushed before told: nothing is committed, and nothing applied, that a quorum does not hold', () => {
  const commit = said('COMMIT', 1, 2, { zxid: 7 });
  assert.match(judge(durable(1, [1, 1], 7), commit) ?? '', /only on the disks of 1$/);
  assert.match(judge(durable(1, [1, 1], 7), delivered(1, 7)) ?? '', /the first to apply/);
  const lost = [
    durable(1, [1, 1], 7),
    durable(2, [1, 1], 7),
    { type: 'wiped', member: 2 } as const,
  ];
  assert.match(judge(...lost, delivered(1, 7)) ?? '', /only on the disks of 1$/);
});

test('leadership: a member promises an epoch once, unless it has forgotten everything', () => {
  const promise = said('ACKEPOCH', 2, 1, { epoch: 0 });
  const repeated = said('ACKEPOCH', 2, 3, { epoch: -1 });
  const next = [durable(2, [2, 0]), said('ACKEPOCH', 2, 3, { epoch: 0 })];
  const first = [durable(2, [1, 0]), promise];
  assert.equal(objection(new Leadership(), [...first, repeated, ...next]), undefined);
  assert.match(objection(new Leadership(), [...first, promise]) ?? '', /promises epoch 1 a second/);
  const wiped = { type: 'wiped', member: 2 } as const;
  assert.equal(objection(new Leadership(), [...first, wiped, ...first]), undefined);
});

test('leadership: an epoch has one leader', () => {
  const led = [said('NEWLEADER', 1, 2, { epoch: 1 }), said('NEWLEADER', 1, 3, { epoch: 1 })];
  assert.equal(objection(new Leadership(), led), undefined);
  const other = said('NEWLEADER', 3, 2, { epoch: 1 });
  assert.match(objection(new Leadership(), [...led, other]) ?? '', /members 1 and 3 both lead/);
});

test('process invariants: currentEpoch comes with the history of its leader, not before', () => {
  const asked = said('LEADERINFO', 1, 2, { epoch: 2 });
  const told = said('NEWLEADER', 1, 2, { epoch: 2, zxid: 7 });
  const judged = (...happenings: Happening[]) =>
    objection(new ProcessInvariants([1, 2, 3]), happenings);
  assert.equal(judged(asked, durable(1, [2, 2], 7), told, durable(2, [2, 2], 7)), undefined);
  const rival = said('LEADERINFO', 3, 2, { epoch: 2 });
  assert.equal(judged(asked, rival, durable(1, [2, 2], 7)), undefined);
  assert.match(judged(asked, durable(2, [2, 2], 7)) ?? '', /it was not told NEWLEADER/);
  assert.match(judged(asked, told, durable(2, [2, 2], 6)) ?? '', /its epoch begins with/);
});

test('process invariants: epochs are in order and never go back', () => {
  const judged = (...happenings: Happening[]) =>
    objection(new ProcessInvariants([1, 2, 3]), happenings);
  assert.match(judged(durable(1, [1, 2])) ?? '', /acceptedEpoch 1, currentEpoch 2/);
  const told = [said('LEADERINFO', 1, 2, { epoch: 2 }), durable(1, [2, 2])];
  assert.match(judged(...told, durable(1, [2, 1])) ?? '', /before it had epochs 2 and 2/);
  assert.match(judged(...told, durable(1, [2, 2], 2, 3)) ?? '', /ahead of the log/);
});
