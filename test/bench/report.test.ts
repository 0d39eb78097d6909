import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Figures } from './figure.ts';
import { outcomeLine, rowText, summaryTable, verdictTable } from './report.ts';
import { atLeast, atMost, type PeerName, type Row } from './row.ts';
import type { RawOutcome, RowResult } from './row-result.ts';

const row: Row = {
  name: 'set',
  what: 'writes',
  group: 'compare',
  setting: { lasts: 'run', flushes: 'plain' },
  work: { kind: 'load', load: { operation: 'set', connections: 1, window: 1 } },
  peers: ['vivarium', 'zookeeper', 'etcd'],
  targets: [atLeast('perSecond', 2.5), atMost('p99Ms', 0.5), atMost('p999OverP50', 10, 'itself')],
};

function outcome(peer: PeerName, round: number, figures: Figures): RawOutcome {
  return { peer, round, figures, notes: [], measurements: [] };
}

const result: RowResult = {
  row,
  outcomes: [
    outcome('vivarium', 1, { perSecond: 30_000, p99Ms: 6 }),
    outcome('zookeeper', 1, { perSecond: 10_000, p99Ms: 10 }),
    { ...outcome('zookeeper', 2, { perSecond: 1 }), disqualified: 'an election: from 1 to 2' },
    outcome('vivarium', 2, { perSecond: 40_000 }),
    { ...outcome('vivarium', 3, { perSecond: 42_000 }), notes: ['7 requests FAILED'] },
    outcome('zookeeper', 3, { perSecond: 10_500 }),
  ],
};

describe('the report of the bench', () => {
  test('a row has every figure of every peer, and the ratios with their spread', () => {
    assert.equal(
      rowText(result),
      [
        'set (writes)',
        '              vivarium  zookeeper  ratio to zookeeper',
        '  throughput  40,000/s   10,250/s   3.50 [3.00..4.00]',
        '  p99          6.00 ms    10.0 ms                0.60',
        "  target throughput >= 2.5 of zookeeper's: 3.50 [3.00..4.00] met",
        "  target p99 <= 0.5 of zookeeper's: 0.60 NOT MET",
        '  target p99.9 / p50 <= 10: - NOT MEASURED',
        '  round 2 of zookeeper does not count: an election: from 1 to 2',
        '  vivarium: 7 requests FAILED',
      ].join('\n'),
    );
  });

  test('all targets stand together at the end', () => {
    const lines = verdictTable([result]).split('\n');
    assert.equal(lines.length, 4);
    assert.match(lines[1] ?? '', /^set .*throughput.* 3\.50 \[3\.00\.\.4\.00\] +met$/);
    assert.match(lines[2] ?? '', /NOT MET$/);
    assert.equal(verdictTable([{ ...result, row: { ...row, targets: [] } }]), '');
  });

  test('a summary has the ratios to one peer, and is empty for one that was not measured', () => {
    const [head, line, ...others] = summaryTable([result], 'zookeeper').split('\n');
    assert.match(head ?? '', /^vivarium : zookeeper +throughput +p50 +p99/);
    assert.match(line ?? '', /^set +3\.50 \[3\.00\.\.4\.00\] +- +0\.60 +- +-$/);
    assert.deepEqual(others, []);
    assert.equal(summaryTable([result], 'etcd'), '');
  });

  test('a round has its line', () => {
    const line = outcomeLine({
      ...outcome('vivarium', 1, { perSecond: 12_345, p50Ms: 0.5 }),
      disqualified: 'an election',
    });
    assert.equal(line, 'throughput 12,345/s, p50 0.50 ms, DOES NOT COUNT: an election');
  });
});
