import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Opcode } from '../../machines/jute/opcode.ts';
import { ConnectionFigures } from '../../machines/session/connection-figures.ts';
import { RequestStatistics } from '../../machines/session/statistics.ts';
import { SizeRange } from '../../machines/size-range.ts';
import { Summary } from '../../machines/summary.ts';
import { DigestLog } from '../../machines/znode/digest-log.ts';

test('a summary of nothing is all zeros', () => {
  assert.deepEqual(new Summary().figures, {
    ...{ average: 0, min: 0, max: 0, count: 0, sum: 0 },
    percentiles: undefined,
  });
  assert.deepEqual(new Summary({ percentiles: true }).figures.percentiles, [0, 0, 0, 0]);
});

test('a summary tells mean, bounds and percentiles, these to a sixteenth', () => {
  const values = fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(values, (given) => {
      const summary = new Summary({ percentiles: true });
      for (const value of given) summary.add(value);
      const { average, min, max, count, sum, percentiles } = summary.figures;
      const sorted = [...given].sort((one, other) => one - other);
      const total = given.reduce((whole, value) => whole + value, 0);
      assert.deepEqual([min, max], [sorted[0], sorted.at(-1)]);
      assert.deepEqual([count, sum, average], [given.length, total, total / given.length]);
      for (const [at, share] of [0.5, 0.95, 0.99, 0.999].entries()) {
        const exact = sorted[Math.ceil(given.length * share) - 1] ?? 0;
        const told = percentiles?.[at] ?? -1;
        assert.ok(told <= exact && told >= exact - exact / 16, `${told} for ${exact}`);
      }
      summary.reset();
      assert.equal(summary.figures.count, 0);
    }),
  );
});

test('only the whole part of a value counts, and nothing below zero', () => {
  const summary = new Summary();
  for (const value of [1.9, -3, 2]) summary.add(value);
  assert.deepEqual([summary.figures.sum, summary.figures.min], [3, 0]);
});

test('sizes before the first are -1', () => {
  const sizes = new SizeRange();
  assert.deepEqual([sizes.last, sizes.min, sizes.max], [-1, -1, -1]);
  for (const size of [48, 600, 47]) sizes.add(size);
  assert.deepEqual([sizes.last, sizes.min, sizes.max], [47, 47, 600]);
  sizes.reset();
  assert.equal(sizes.max, -1);
});

test('figures of a connection: the last request, and latencies of all', () => {
  const figures = new ConnectionFigures();
  assert.equal(figures.lastOperation, 'NA');
  figures.answered(Opcode.create, 7, 0x100000001, 10, 4);
  figures.answered(Opcode.ping, -2, 0x100000002, 12, 0);
  assert.equal(figures.lastOperation, 'PING');
  assert.equal(figures.lastCxid, 7, 'a ping has no number of its own');
  assert.equal(figures.lastZxid, 0x100000002);
  assert.equal(figures.lastResponseMs, 12);
  assert.deepEqual(figures.latencyMs, { last: 0, min: 0, average: 2, max: 4 });
  figures.reset();
  assert.deepEqual([figures.lastOperation, figures.lastCxid, figures.lastZxid], ['NA', -1, -1]);
});

test('statistics keep reads and updates apart, and a reset only forgets the latencies of all', () => {
  const statistics = new RequestStatistics();
  const { reads, updates } = statistics;
  const connection = new ConnectionFigures();
  statistics.answered(connection, Opcode.getData, 1, 5, 10, 0, reads);
  statistics.answered(connection, Opcode.setData, 2, 6, 14, 3.5, updates);
  assert.deepEqual(statistics.latency, { minMs: 0, averageMs: 1.75, maxMs: 4 });
  assert.deepEqual([reads.figures.count, updates.figures.sum], [1, 3]);
  statistics.reset();
  assert.deepEqual(statistics.latency, { minMs: 0, averageMs: 0, maxMs: 0 });
  assert.equal(reads.figures.count, 1);
});

test('digests are kept at the same zxids on every member, and 1024 of them', () => {
  const log = new DigestLog();
  const epoch = 3 * 2 ** 32;
  for (let counter = 1; counter <= 1030 * 128; counter++) log.passed(epoch + counter, counter);
  const kept = [...log];
  assert.equal(kept.length, 1024);
  assert.deepEqual(kept[0], [epoch + 7 * 128, 7 * 128]);
  assert.deepEqual(kept.at(-1), [epoch + 1030 * 128, 1030 * 128]);
});
