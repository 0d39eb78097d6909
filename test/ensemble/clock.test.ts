import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Alarm, LivedClock } from '../../runtime/clock.ts';

/** Time that passes when it is told to, in a process that may stand still. */
class TestAlarm implements Alarm {
  #nowMs = 1000;
  #rings: { readonly ring: () => void; readonly atMs: number } | undefined;
  rung = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  set(ring: () => void, delayMs: number): void {
    this.#rings = { ring, atMs: this.#nowMs + delayMs };
  }

  clear(): void {
    this.#rings = undefined;
  }

  get isSet(): boolean {
    return this.#rings !== undefined;
  }

  run(forMs: number): void {
    const endMs = this.#nowMs + forMs;
    while (this.#rings !== undefined && this.#rings.atMs <= endMs) this.#ring(this.#rings.atMs);
    this.#nowMs = endMs;
  }

  /** What is done takes its time. */
  spend(ms: number): void {
    this.#nowMs += ms;
  }

  /** The process does not run: what was due rings at the end, once. */
  stall(forMs: number): void {
    this.#ring(this.#nowMs + forMs);
  }

  #ring(atMs: number): void {
    const { ring } = this.#rings ?? {};
    this.#nowMs = atMs;
    this.#rings = undefined;
    this.rung += 1;
    ring?.();
  }
}

test('a timer runs when it is due, not before, whatever is set meanwhile', () => {
  const alarm = new TestAlarm();
  const clock = new LivedClock(alarm);
  const ran: [string, number][] = [];
  const set = (name: string, delayMs: number) =>
    clock.setTimeout(() => ran.push([name, clock.now()]), delayMs);
  set('late', 120);
  alarm.run(33);
  set('soon', 20);
  const never = set('never', 25);
  set('at once', 0);
  clock.clearTimeout(never);
  alarm.run(200);
  assert.deepEqual(ran, [
    ['at once', 34],
    ['soon', 53],
    ['late', 120],
  ]);
});

test('a clock with one timer of 50 ms wakes the process no more often than that', () => {
  const alarm = new TestAlarm();
  const clock = new LivedClock(alarm);
  let beats = 0;
  const beat = () => {
    beats += 1;
    alarm.spend(3);
    clock.setTimeout(beat, 50);
  };
  clock.setTimeout(beat, 50);
  alarm.run(1000);
  assert.equal(beats, 20);
  assert.equal(alarm.rung, 20);
});

test('timers that are due close together are run together', () => {
  const alarm = new TestAlarm();
  const clock = new LivedClock(alarm);
  const ran: number[] = [];
  for (let delayMs = 20; delayMs < 30; delayMs++)
    clock.setTimeout(() => ran.push(delayMs), delayMs);
  alarm.run(30);
  assert.equal(ran.length, 10);
  assert.equal(alarm.rung, 2);
});

test('a timer that is set for less than a step wakes the process by itself', () => {
  const alarm = new TestAlarm();
  const clock = new LivedClock(alarm);
  const ran: [string, number][] = [];
  const set = (name: string, delayMs: number) =>
    clock.setTimeout(() => ran.push([name, clock.now()]), delayMs);
  set('beat', 50);
  alarm.run(47);
  set('short', 2);
  alarm.run(2);
  assert.deepEqual(ran, [
    ['short', 49],
    ['beat', 49],
  ]);
  const rung = alarm.rung;
  set('beat', 50);
  set('longer', 9);
  set('short', 2);
  alarm.run(100);
  assert.deepEqual(ran.slice(2), [
    ['short', 51],
    ['longer', 61],
    ['beat', 99],
  ]);
  assert.equal(alarm.rung, rung + 3 + 1, 'three timers, and one longest sleep');
});

test('time in which the process did not run does not count', () => {
  const alarm = new TestAlarm();
  const clock = new LivedClock(alarm);
  alarm.run(500);
  assert.equal(clock.now(), 500);
  alarm.run(30);
  alarm.stall(5000);
  assert.ok(clock.now() <= 500 + 30 + 90, `${clock.now()} ms`);
  const lived = clock.now();
  alarm.run(200);
  assert.equal(clock.now(), lived + 200);
});

test('whoever asks for the time during a stall hears no more of it than whoever asks after', () => {
  const alarm = new TestAlarm();
  const clock = new LivedClock(alarm);
  let during = 0;
  clock.setTimeout(() => {
    during = clock.now();
  }, 20);
  alarm.stall(5000);
  assert.equal(during, clock.now());
  assert.ok(during <= 90);
});

test('a clock that is stopped runs nothing more, and sets no alarm', () => {
  const alarm = new TestAlarm();
  const clock = new LivedClock(alarm);
  let ran = 0;
  clock.setTimeout(() => {
    ran += 1;
  }, 20);
  clock.stop();
  clock.setTimeout(() => {
    ran += 1;
  }, 10);
  alarm.run(500);
  assert.equal(ran, 0);
  assert.equal(alarm.isSet, false);
});
