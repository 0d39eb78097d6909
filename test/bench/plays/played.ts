import type { Figures } from '../figure.ts';
import type { Measurement } from '../measurement.ts';

/** What came of one row, one peer, one round. */
export interface Played {
  readonly figures: Figures;
  readonly notes: readonly string[];
  /** Why it does not count. */
  readonly disqualified?: string;
  /** All that the generator said, for the raw figures. */
  readonly measurements: readonly Measurement[];
  /** Times of single events, ms, for the raw figures. */
  readonly timesMs?: readonly number[];
}
