import type { Verdict } from './check-history.ts';

/** One fault that was done and healed. */
export interface Healing {
  readonly kind: string;
  /** Until a write had been acknowledged through every member; `undefined` when that never came. */
  readonly serviceMs: number | undefined;
}

export interface RunSummary {
  readonly kinds: readonly string[];
  readonly healings: readonly Healing[];
  readonly leftOut: readonly { readonly kind: string; readonly reason: string }[];
  readonly verdicts: readonly Verdict[];
  readonly acknowledgedWrites: number;
  readonly answered: number;
  readonly unknown: number;
  readonly txns: number;
  readonly nodes: number;
}

/** The table at the end, for a person. */
export function report(summary: RunSummary): string {
  const rows = summary.kinds.map((kind) => {
    const of = summary.healings.filter((healing) => healing.kind === kind);
    const times = of.flatMap(({ serviceMs }) => (serviceMs === undefined ? [] : [serviceMs]));
    return [kind, `${of.length}`, milliseconds(median(times)), milliseconds(Math.max(...times))];
  });
  const total = summary.healings.length;
  const lines = [
    ...table([['fault', 'times', 'median ms to service', 'worst'], ...rows]),
    '',
    `${total} faults; ${summary.acknowledgedWrites} writes acknowledged, ${summary.unknown} with unknown outcome, ` +
      `${summary.answered} requests answered, ${summary.txns} txns committed, ${summary.nodes} nodes at the end`,
    ...summary.leftOut.map(({ kind, reason }) => `left out: ${kind} (${reason})`),
    '',
    ...table(
      summary.verdicts.map(({ checker, violation }) => [
        checker,
        violation === undefined ? 'ok' : 'VIOLATED',
      ]),
    ),
  ];
  return lines.join('\n');
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  '),
  );
}

function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((one, other) => one - other);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  return (lower + upper) / 2;
}

function milliseconds(ms: number): string {
  return Number.isFinite(ms) ? ms.toFixed(0) : '-';
}
