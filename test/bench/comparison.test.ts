import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { figureOf, judge, type Outcome, ratioOf, spreadOf } from './comparison.ts';
import type { Figures } from './figure.ts';
import { atLeast, atMost, type PeerName } from './row.ts';

function outcome(peer: PeerName, round: number, figures: Figures, disqualified?: string): Outcome {
  const rest = disqualified === undefined ? {} : { disqualified };
  return { peer, round, figures, notes: [], ...rest };
}

const ROUNDS: readonly Outcome[] = [
  outcome('vivarium', 1, { perSecond: 300, p99Ms: 4 }),
  outcome('zookeeper', 1, { perSecond: 100, p99Ms: 8 }),
  outcome('zookeeper', 2, { perSecond: 200, p99Ms: 8 }),
  outcome('vivarium', 2, { perSecond: 400, p99Ms: 6 }),
  outcome('vivarium', 3, { perSecond: 800 }),
  outcome('zookeeper', 3, { perSecond: 200 }),
];

describe('figures and ratios over rounds', () => {
  test('a ratio is made round by round, and has its spread', () => {
    assert.deepEqual(ratioOf(ROUNDS, 'zookeeper', 'perSecond'), {
      median: 3,
      least: 2,
      most: 4,
      rounds: 3,
    });
  });

  test('a round in which one of both has no such figure makes no ratio', () => {
    assert.equal(ratioOf(ROUNDS, 'zookeeper', 'p99Ms')?.rounds, 2);
    assert.equal(ratioOf(ROUNDS, 'etcd', 'perSecond'), undefined);
  });

  test('a round that is disqualified counts for neither', () => {
    const rounds = [
      ...ROUNDS.slice(0, 1),
      outcome('zookeeper', 1, { perSecond: 1 }, 'an election'),
    ];
    assert.equal(ratioOf(rounds, 'zookeeper', 'perSecond'), undefined);
    assert.equal(figureOf(rounds, 'zookeeper', 'perSecond'), undefined);
    assert.equal(figureOf(rounds, 'vivarium', 'perSecond')?.median, 300);
  });

  test('a peer that did nothing makes no ratio, and what is no number no spread', () => {
    const rounds = [...ROUNDS.slice(0, 1), outcome('zookeeper', 1, { perSecond: 0 })];
    assert.equal(ratioOf(rounds, 'zookeeper', 'perSecond'), undefined);
    assert.equal(spreadOf([Number.NaN, Number.POSITIVE_INFINITY]), undefined);
    assert.equal(spreadOf([Number.NaN, 2])?.rounds, 1);
  });
});

describe('targets', () => {
  test('the median decides, and the bound itself is enough', () => {
    assert.equal(judge(ROUNDS, atLeast('perSecond', 3)).isMet, true);
    assert.equal(judge(ROUNDS, atLeast('perSecond', 3.1)).isMet, false);
    assert.equal(judge(ROUNDS, atMost('p99Ms', 0.625)).isMet, true);
    assert.equal(judge(ROUNDS, atMost('p99Ms', 0.6)).isMet, false);
  });

  test('a target may be about Vivarium alone', () => {
    assert.equal(judge(ROUNDS, atLeast('perSecond', 400, 'itself')).isMet, true);
    assert.equal(judge(ROUNDS, atMost('perSecond', 399, 'itself')).isMet, false);
  });

  test('without figures nothing is met and nothing is missed', () => {
    assert.equal(judge(ROUNDS, atLeast('residentMb', 1)).isMet, undefined);
    assert.equal(judge(ROUNDS, atLeast('perSecond', 1, 'frames')).isMet, undefined);
  });
});
