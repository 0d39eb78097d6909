import type { FigureName, Figures } from './figure.ts';
import type { PeerName, Target } from './row.ts';
import { median } from './table.ts';

/** What one peer did in one round of a row. */
export interface Outcome {
  readonly peer: PeerName;
  readonly round: number;
  readonly figures: Figures;
  /** Why this round does not count: an election, most of the time. */
  readonly disqualified?: string;
  /** What the reader has to know: failed requests, a generator at its limit. */
  readonly notes: readonly string[];
}

/** A figure over the rounds. */
export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly rounds: number;
}

export interface Verdict {
  readonly target: Target;
  /** `undefined` where nothing was measured that could be held against the target. */
  readonly spread: Spread | undefined;
  readonly isMet: boolean | undefined;
}

export function spreadOf(values: readonly number[]): Spread | undefined {
  const finite = values.filter((value) => Number.isFinite(value));
  if (finite.length === 0) return undefined;
  return {
    median: median(finite),
    least: Math.min(...finite),
    most: Math.max(...finite),
    rounds: finite.length,
  };
}

/** A peer's figure, over the rounds that count. */
export function figureOf(
  outcomes: readonly Outcome[],
  peer: PeerName,
  name: FigureName,
): Spread | undefined {
  return spreadOf(valuesOf(outcomes, peer, name).map(([, value]) => value));
}

/** Vivarium's figure divided by the peer's, round by round: what the machine did in a round, it did to both. */
export function ratioOf(
  outcomes: readonly Outcome[],
  peer: PeerName,
  name: FigureName,
): Spread | undefined {
  const theirs = new Map(valuesOf(outcomes, peer, name));
  const ratios = valuesOf(outcomes, 'vivarium', name).flatMap(([round, ours]) => {
    const other = theirs.get(round);
    return other === undefined || other === 0 ? [] : [ours / other];
  });
  return spreadOf(ratios);
}

export function judge(outcomes: readonly Outcome[], target: Target): Verdict {
  const spread =
    target.against === 'itself'
      ? figureOf(outcomes, 'vivarium', target.figure)
      : ratioOf(outcomes, target.against, target.figure);
  if (spread === undefined) return { target, spread, isMet: undefined };
  const isMet =
    target.bound === 'at least' ? spread.median >= target.value : spread.median <= target.value;
  return { target, spread, isMet };
}

function valuesOf(
  outcomes: readonly Outcome[],
  peer: PeerName,
  name: FigureName,
): [round: number, value: number][] {
  return outcomes.flatMap((outcome): [number, number][] => {
    const value = outcome.figures[name];
    const counts = outcome.peer === peer && outcome.disqualified === undefined;
    return counts && value !== undefined ? [[outcome.round, value]] : [];
  });
}
