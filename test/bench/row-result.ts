import type { Outcome } from './comparison.ts';
import type { Measurement } from './measurement.ts';
import type { Row } from './row.ts';

/** An outcome with everything behind it, for the file of raw figures. */
export interface RawOutcome extends Outcome {
  readonly measurements: readonly Measurement[];
  readonly timesMs?: readonly number[];
}

export interface RowResult {
  readonly row: Row;
  readonly outcomes: readonly RawOutcome[];
}
