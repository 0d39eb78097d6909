import type { Measurement } from '../measurement.ts';

/** 64 steps per power of two, in microseconds: a figure is right to 1.6 %. */
const STEPS = 64;
const BINS = 36 * STEPS;

/** What figures.c is to the generator in C. Times are of `performance.now()`, ms. */
export class Recorder {
  readonly #bins = new Float64Array(BINS);
  readonly #bySecond: number[] = [];
  #done = 0;
  #failed = 0;
  #worstMs = 0;
  #silenceMs = 0;
  #lastMs = 0;
  #begunMs = 0;
  #cpu = process.cpuUsage();

  begin(nowMs: number): void {
    this.#bins.fill(0);
    this.#bySecond.length = 0;
    this.#done = 0;
    this.#failed = 0;
    this.#worstMs = 0;
    this.#silenceMs = 0;
    this.#begunMs = nowMs;
    this.#lastMs = nowMs;
    this.#cpu = process.cpuUsage();
  }

  reply(nowMs: number, askedMs: number, isGood: boolean): void {
    const latencyMs = nowMs - askedMs;
    const bin = binOf(latencyMs * 1000);
    this.#bins[bin] = (this.#bins[bin] ?? 0) + 1;
    this.#worstMs = Math.max(this.#worstMs, latencyMs);
    this.#silenceMs = Math.max(this.#silenceMs, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    const second = Math.floor((nowMs - this.#begunMs) / 1000);
    this.#bySecond[second] = (this.#bySecond[second] ?? 0) + 1;
    this.#done += 1;
    if (!isGood) this.#failed += 1;
  }

  end(nowMs: number, operation: string): Measurement {
    const seconds = (nowMs - this.#begunMs) / 1000;
    const { user, system } = process.cpuUsage(this.#cpu);
    const wholeSeconds = Array.from(
      { length: Math.floor(seconds) },
      (_, second) => this.#bySecond[second] ?? 0,
    );
    return {
      operation,
      seconds,
      done: this.#done,
      perSecond: this.#done / seconds,
      failed: this.#failed,
      p50Ms: this.#percentileMs(0.5),
      p90Ms: this.#percentileMs(0.9),
      p99Ms: this.#percentileMs(0.99),
      p999Ms: this.#percentileMs(0.999),
      worstMs: this.#worstMs,
      silenceMs: Math.max(this.#silenceMs, nowMs - this.#lastMs),
      cpuSeconds: (user + system) / 1e6,
      bySecond: wholeSeconds,
      tenthSeconds: [],
    };
  }

  #percentileMs(share: number): number {
    let seen = 0;
    for (const [bin, count] of this.#bins.entries()) {
      seen += count;
      if (count > 0 && seen >= this.#done * share) return binMiddle(bin) / 1000;
    }
    return 0;
  }
}

function binOf(microseconds: number): number {
  const value = Math.max(1, Math.floor(microseconds));
  const shift = Math.max(0, Math.floor(Math.log2(value / STEPS)));
  return Math.min(BINS - 1, shift * STEPS + Math.floor(value / 2 ** shift));
}

function binMiddle(bin: number): number {
  if (bin < 2 * STEPS) return bin + 0.5;
  const shift = Math.floor(bin / STEPS) - 1;
  return (bin - shift * STEPS + 0.5) * 2 ** shift;
}
