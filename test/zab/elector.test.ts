import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Effect } from '../../machines/effect.ts';
import { electorMachine } from '../../machines/zab/elector.ts';
import type { ElectorEvent } from '../../machines/zab/event.ts';
import { type Notification, PeerState } from '../../machines/zab/vote.ts';
import { zxidOf } from '../../machines/zab/zxid.ts';
import { Chart } from './harness/chart.ts';

const FINALIZE_MS = 100;
const { looking, following, leading } = PeerState;

/** The elector of member 1 of three, or more. */
function elector(voters: readonly number[] = [1, 2, 3], self = 1): Chart<ElectorEvent> {
  return new Chart(electorMachine, {
    self,
    voters,
    finalizeWaitMs: FINALIZE_MS,
    announceMinMs: 200,
    announceMaxMs: 1000,
  });
}

function look(chart: Chart<ElectorEvent>, zxid = zxidOf(1, 5), currentEpoch = 1): Effect[] {
  return chart.send({ type: 'LOOK', zxid, currentEpoch });
}

/** Says, unless told otherwise, that the sender looks in round 1 and is for itself. */
function notice(from: number, changes: Partial<Notification> = {}): ElectorEvent {
  const notification: Notification = {
    leader: from,
    zxid: zxidOf(1, 5),
    peerEpoch: 1,
    state: looking,
    round: 1,
    ...changes,
  };
  return { type: 'NOTIFICATION', from, notification };
}

function votes(effects: readonly Effect[]): { to: number | 'all'; notification: Notification }[] {
  return effects.flatMap((effect) => (effect.type === 'vote' ? [effect] : []));
}

function elected(effects: readonly Effect[]): number | undefined {
  for (const effect of effects) {
    if (effect.type === 'tell' && effect.event.type === 'ELECTED') return effect.event.leader;
  }
  return undefined;
}

test('looking begins with a new round, a vote for oneself, and a look who is there', () => {
  const chart = elector();
  const effects = look(chart);
  const [vote] = votes(effects);
  assert.deepEqual(vote?.notification, {
    leader: 1,
    zxid: zxidOf(1, 5),
    peerEpoch: 1,
    state: looking,
    round: 1,
  });
  assert.equal(effects.filter(({ type }) => type === 'probe').length, 2);
  chart.send(notice(2, { leader: 1 }), notice(3, { leader: 1 }), { type: 'UNSETTLED' });
  assert.equal(votes(look(chart))[0]?.notification.round, 2);
});

test('who is told to look while it looks, or before it has let go of its former vote, stops', () => {
  const chart = elector();
  look(chart);
  assert.throws(() => look(chart), /does not expect LOOK/);
  const decided = elector();
  look(decided);
  decided.send(notice(2, { leader: 1 }), notice(3, { leader: 1 }));
  assert.equal(decided.state, 'settled');
  assert.throws(() => look(decided), /does not expect LOOK/);
});

test('the vote goes to the later epoch, then to the later zxid, then to the higher id', () => {
  const cases: [Partial<Notification>, number][] = [
    [{ peerEpoch: 2, zxid: 0 }, 2],
    [{ zxid: zxidOf(1, 6) }, 2],
    [{}, 2],
    [{ zxid: zxidOf(1, 4) }, 1],
    [{ peerEpoch: 0, zxid: zxidOf(1, 9) }, 1],
  ];
  for (const [changes, leader] of cases) {
    const chart = elector();
    look(chart);
    const answer = votes(chart.send(notice(2, changes)))[0];
    assert.equal(answer?.notification.leader, leader);
    assert.equal(answer.to, leader === 2 ? 'all' : 2, 'a better vote is told to all');
  }
});

test('a quorum waits a while for a better vote, which cancels the decision', () => {
  const chart = elector();
  look(chart);
  chart.send(notice(2));
  assert.deepEqual(chart.state, { looking: 'finalizing' });
  assert.equal(elected(chart.pass(FINALIZE_MS - 1)), undefined);
  const better = chart.send(notice(3, { zxid: zxidOf(1, 7) }));
  assert.equal(votes(better)[0]?.notification.leader, 3);
  assert.equal(elected(better), undefined);
  chart.send(notice(2, { leader: 3, zxid: zxidOf(1, 7) }));
  assert.equal(chart.state, 'settled', 'everybody agrees: nothing better can come');
});

test('a quorum that nobody contradicts is a decision', () => {
  const chart = elector();
  look(chart);
  chart.send(notice(2, { zxid: zxidOf(1, 4) }));
  chart.send(notice(2, { leader: 1 }));
  const effects = chart.pass(FINALIZE_MS);
  assert.equal(elected(effects), 1);
  assert.equal(votes(effects)[0]?.notification.state, leading);
});

test('who is known to be dead is not waited for', () => {
  const chart = elector();
  look(chart);
  chart.send({ type: 'GONE', peer: 3 });
  const effects = chart.send(notice(2));
  assert.equal(elected(effects), 2);
});

test('who comes back from the dead is waited for again', () => {
  const chart = elector();
  look(chart);
  chart.send({ type: 'GONE', peer: 3 }, notice(3, { zxid: zxidOf(1, 1) }));
  assert.equal(elected(chart.send(notice(2, { leader: 2 }))), undefined);
  assert.equal(elected(chart.pass(FINALIZE_MS)), 2);
});

test('a later round is caught up with, and its votes begin afresh', () => {
  const chart = elector([1, 2, 3, 4, 5]);
  look(chart);
  chart.send(notice(2, { leader: 5 }), notice(3, { leader: 5 }));
  const [vote] = votes(chart.send(notice(4, { round: 7, zxid: zxidOf(1, 1) })));
  assert.equal(vote?.notification.round, 7);
  assert.equal(
    vote.notification.leader,
    1,
    'the vote of the last round does not count in this one',
  );
  assert.equal(elected(chart.pass(FINALIZE_MS)), undefined);
});

test('who is in an earlier round is told of this one, and not counted', () => {
  const chart = elector();
  look(chart);
  chart.send(notice(2, { leader: 1 }), notice(3, { leader: 1 }), { type: 'UNSETTLED' });
  look(chart);
  const [vote] = votes(chart.send(notice(2)));
  assert.equal(vote?.to, 2);
  assert.equal(vote.notification.round, 2);
  assert.equal(vote.notification.leader, 1);
  assert.equal(elected(chart.pass(FINALIZE_MS)), undefined);
});

test('a late joiner joins a settled leader, whatever its own history is', () => {
  const chart = elector();
  look(chart, zxidOf(9, 9), 9);
  const settled = { leader: 3, zxid: zxidOf(1, 1), peerEpoch: 4, round: 12 };
  assert.equal(elected(chart.send(notice(2, { ...settled, state: following }))), undefined);
  const effects = chart.send(notice(3, { ...settled, state: leading }));
  assert.equal(elected(effects), 3);
  assert.equal(votes(effects)[0]?.notification.round, 12);
});

test('members that settled in different rounds are one quorum, if leader and epoch are the same', () => {
  const chart = elector([1, 2, 3, 4, 5]);
  look(chart);
  const settled = { leader: 3, peerEpoch: 4 };
  chart.send(notice(2, { ...settled, state: following, round: 2, zxid: 7 }));
  chart.send(notice(4, { ...settled, state: following, round: 9, peerEpoch: 3 }));
  assert.equal(elected(chart.send(notice(3, { ...settled, state: leading, round: 4 }))), undefined);
  assert.equal(
    elected(chart.send(notice(4, { ...settled, state: following, round: 9, zxid: 8 }))),
    3,
  );
});

test('a crashed leader is not elected by those who have not noticed', () => {
  const chart = elector();
  look(chart);
  const settled = { leader: 3, peerEpoch: 4, state: following, round: 1 };
  assert.equal(elected(chart.send(notice(2, settled))), undefined);
  assert.equal(elected(chart.send(notice(3, { ...settled, leader: 3 }))), undefined);
  assert.equal(elected(chart.pass(10_000)), undefined);
});

test('a leader that has crashed, and looks again, does not believe that it leads', () => {
  const chart = elector();
  look(chart);
  const still = { leader: 1, peerEpoch: 1, state: following, round: 8 };
  chart.send(notice(2, still), notice(3, still));
  assert.equal(elected(chart.pass(10_000)), undefined);
});

test('those who have decided for this member in this round have voted for it, if their votes were lost', () => {
  const chart = elector();
  look(chart);
  chart.send(notice(2, { leader: 1, state: following }));
  assert.equal(elected(chart.pass(FINALIZE_MS)), 1);
});

test('who has settled answers those who look, strangers as well, and nobody else', () => {
  const chart = elector();
  look(chart);
  chart.send(notice(2), notice(3, { leader: 3 }), notice(2, { leader: 3 }));
  assert.equal(chart.state, 'settled');
  chart.send({ type: 'SETTLED', epoch: 6 });
  const [answer] = votes(chart.send(notice(2, { round: 1 })));
  assert.equal(answer?.to, 2);
  assert.deepEqual(answer.notification, {
    leader: 3,
    zxid: zxidOf(1, 5),
    peerEpoch: 6,
    state: following,
    round: 1,
  });
  assert.deepEqual(chart.send(notice(2, { leader: 3, state: following })), []);
  // One that is not known here may be a member that is about to be, or one that observes (§11.2).
  assert.deepEqual(
    votes(chart.send(notice(7, { round: 1 }))).map(({ to }) => to),
    [7],
  );
});

test('a leader that looks in a later round is followed no more', () => {
  const chart = elector();
  look(chart);
  chart.send(notice(2, { leader: 3 }), notice(3, { leader: 3 }));
  assert.equal(chart.state, 'settled');
  const abandons = (effects: Effect[]) =>
    effects.some((effect) => effect.type === 'tell' && effect.event.type === 'ABANDON');
  assert.equal(abandons(chart.send(notice(3))), false, 'said before it was elected');
  assert.equal(abandons(chart.send(notice(2, { round: 2 }))), false, 'not the leader');
  assert.ok(abandons(chart.send(notice(3, { round: 2 }))));
});

test('a leader that follows another member itself is followed no more', () => {
  const chart = elector();
  look(chart);
  chart.send(notice(2), notice(3, { leader: 3 }), notice(2, { leader: 3 }));
  assert.equal(chart.state, 'settled');
  const abandons = (effects: Effect[]) =>
    effects.some((effect) => effect.type === 'tell' && effect.event.type === 'ABANDON');
  const follows = { leader: 2, state: following } as const;
  assert.equal(abandons(chart.send(notice(2, follows))), false, 'not the leader');
  assert.equal(abandons(chart.send(notice(3, { ...follows, round: 0 }))), false, 'long ago');
  assert.ok(abandons(chart.send(notice(3, follows))));
});

test('who was elected, and whose voters then decided for another who leads, leads no more', () => {
  const chart = elector([1, 2, 3, 4, 5], 3);
  look(chart);
  chart.send(notice(1, { leader: 3 }), notice(2, { leader: 3 }));
  assert.equal(elected(chart.pass(FINALIZE_MS)), 3);
  const abandoned = (effects: Effect[]) =>
    effects.some(
      (effect) =>
        effect.type === 'tell' && effect.to === 'leader' && effect.event.type === 'ABANDON',
    );
  const for5 = { leader: 5, state: following } as const;
  assert.equal(abandoned(chart.send(notice(1, for5))), false, 'one');
  assert.equal(abandoned(chart.send(notice(2, { ...for5, round: 0 }))), false, 'of a former round');
  assert.equal(abandoned(chart.send(notice(4, for5), notice(2, for5))), false, '5 has not said so');
  assert.ok(abandoned(chart.send(notice(5, { ...for5, state: leading }))));
});

test('the vote of who still looks makes the quorum of those who have decided in the same round', () => {
  const chart = elector([1, 2, 3, 4, 5], 3);
  look(chart);
  // 4 and 2 decide for 4 before 5 and 1 are there, and those two decide for 5 with the vote of 3.
  chart.send(notice(4, { leader: 4 }), notice(5, { leader: 5 }));
  chart.send(notice(4, { leader: 4, state: leading }), notice(2, { leader: 4, state: following }));
  assert.equal(elected(chart.send(notice(1, { leader: 5, state: following }))), undefined);
  assert.equal(elected(chart.send(notice(5, { leader: 5, state: leading }))), 5);
});

test('the vote is announced again, more and more rarely, until somebody answers', () => {
  const chart = elector();
  look(chart);
  const announcements = [];
  for (let time = 0; time < 50; time++) {
    announcements.push(votes(chart.pass(100)).length);
  }
  const times = announcements.flatMap((count, at) => (count > 0 ? [(at + 1) * 100] : []));
  assert.deepEqual(times, [200, 600, 1400, 2400, 3400, 4400]);
  assert.equal(votes(chart.send({ type: 'BUS_UP' })).length, 1, 'at once when the bus is back');
  assert.equal(votes(chart.pass(200)).length, 1);
});

test('votes for strangers, and of strangers, do not count', () => {
  const chart = elector();
  look(chart);
  assert.deepEqual(chart.send(notice(9), notice(2, { leader: 9, zxid: zxidOf(9, 9) })), []);
  assert.deepEqual(chart.state, { looking: 'polling' });
});

test('a member alone elects itself', () => {
  const chart = elector([1]);
  assert.equal(elected(look(chart)), 1);
});
