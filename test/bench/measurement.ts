import type { Figures } from './figure.ts';

/** What a load generator prints of one run. */
export interface Measurement {
  readonly operation: string;
  readonly seconds: number;
  readonly done: number;
  readonly perSecond: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly worstMs: number;
  /** Longest time without any reply. */
  readonly silenceMs: number;
  /** What the generator itself used while it measured. */
  readonly cpuSeconds: number;
  /** Replies in each whole second. */
  readonly bySecond: readonly number[];
  /** How long each tenth of a fill took; empty for what time ends. */
  readonly tenthSeconds: readonly number[];
}

/** Above this part of one processor a generator measures itself. */
const GENERATOR_SHARE_MAX = 0.8;

export function isMeasurement(value: unknown): value is Measurement {
  if (typeof value !== 'object' || value === null) return false;
  const has = (key: string) => key in value;
  return ['perSecond', 'p50Ms', 'cpuSeconds', 'bySecond', 'tenthSeconds'].every(has);
}

export function latencyFigures(measurement: Measurement): Figures {
  const { perSecond, p50Ms, p99Ms, p999Ms, silenceMs } = measurement;
  return {
    perSecond,
    p50Ms,
    p99Ms,
    p999Ms,
    silenceMs,
    p999OverP50: p999Ms / p50Ms,
    generatorShare: generatorShareOf(measurement),
  };
}

/** How even a fill was: its last tenth beside its first, its worst second beside the mean of all. */
export function seriesFigures({ tenthSeconds, bySecond }: Measurement): Figures {
  const first = tenthSeconds[0];
  const last = tenthSeconds.at(-1);
  const mean = bySecond.reduce((sum, count) => sum + count, 0) / bySecond.length;
  return {
    ...(first !== undefined && last !== undefined && last > 0
      ? { lastTenthShare: first / last }
      : {}),
    ...(mean > 0 ? { worstSecondShare: Math.min(...bySecond) / mean } : {}),
  };
}

/** What is wrong with the measurement, a few words each. */
export function measurementNotes(measurement: Measurement): string[] {
  const { failed } = measurement;
  const share = generatorShareOf(measurement);
  return [
    ...(failed > 0 ? [`${failed} requests FAILED`] : []),
    ...(share > GENERATOR_SHARE_MAX
      ? [`the generator used ${Math.round(share * 100)} % of a processor: it may be the limit`]
      : []),
  ];
}

function generatorShareOf({ cpuSeconds, seconds }: Measurement): number {
  return cpuSeconds / seconds;
}
