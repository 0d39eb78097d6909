import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Recorder } from './generators/recorder.ts';
import { type Measurement, measurementNotes, seriesFigures } from './measurement.ts';

/** A second of a hundred requests, from second to second one of them a millisecond slower. */
function recorded(seconds: number): Measurement {
  const recorder = new Recorder();
  recorder.reply(500, 0, true);
  recorder.begin(1000);
  for (let request = 0; request < seconds * 100; request += 1) {
    const askedMs = 1000 + request * 10;
    recorder.reply(askedMs + 1 + Math.floor(request / 100), askedMs, request !== 7);
  }
  return recorder.end(1000 + seconds * 1000 + 500, 'set');
}

describe('what a generator has measured', () => {
  test('counts from the end of warming up, by the second', () => {
    const measurement = recorded(4);
    assert.equal(measurement.done, 400);
    assert.equal(measurement.failed, 1);
    assert.equal(measurement.seconds, 4.5);
    assert.deepEqual(measurement.bySecond, [100, 100, 100, 100]);
    assert.equal(measurement.worstMs, 4);
    assert.equal(measurement.silenceMs, 506, 'the end without replies is silence, too');
  });

  test('percentiles are right to two per cent', () => {
    const { p50Ms, p90Ms, p999Ms } = recorded(4);
    assert.ok(Math.abs(p50Ms - 2) < 0.04, `${p50Ms}`);
    assert.ok(Math.abs(p90Ms - 4) < 0.08, `${p90Ms}`);
    assert.ok(Math.abs(p999Ms - 4) < 0.08, `${p999Ms}`);
  });

  test('a fill has the speed of its last tenth and its worst second', () => {
    const measurement: Measurement = {
      ...recorded(4),
      tenthSeconds: [1, 1, 1, 1, 1, 1, 1, 1, 1, 2],
      bySecond: [100, 100, 40, 160],
    };
    assert.deepEqual(seriesFigures(measurement), { lastTenthShare: 0.5, worstSecondShare: 0.4 });
    const short = { ...measurement, tenthSeconds: [], bySecond: [] };
    assert.deepEqual(seriesFigures(short), {});
  });

  test('failures, and a generator at its limit, are said', () => {
    const measurement = { ...recorded(4), failed: 0, cpuSeconds: 1 };
    assert.deepEqual(measurementNotes(measurement), []);
    assert.match(measurementNotes({ ...measurement, failed: 3 }).join(), /3 requests FAILED/);
    assert.match(measurementNotes({ ...measurement, cpuSeconds: 4 }).join(), /89 % of a processor/);
  });
});
