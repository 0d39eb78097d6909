import type { KnownDifferences } from './known-differences.ts';
import type { Tally } from './tally.ts';

/** Errors that a client of ZooKeeper can be told, all of which a long run has to have met (reference §4). */
const EXPECTED_ERRORS = [
  'OK',
  'RUNTIMEINCONSISTENCY',
  'MARSHALLINGERROR',
  'UNIMPLEMENTED',
  'BADARGUMENTS',
  'NONODE',
  'NOAUTH',
  'BADVERSION',
  'NOCHILDRENFOREPHEMERALS',
  'NODEEXISTS',
  'NOTEMPTY',
  'INVALIDACL',
  'AUTHFAILED',
  'QUOTAEXCEEDED',
  'RECONFIGDISABLED',
  'NOWATCHER',
  'closed',
];

/** What was compared, for a person. */
export function reportText(tally: Tally, known: KnownDifferences, tookMs: number): string {
  const lines = [
    `${tally.steps} steps, ${tally.replies} replies and ${tally.events} events compared in ${(tookMs / 1000).toFixed(1)} s`,
    '',
    'operations',
    ...countLines(tally.operations),
    '',
    'errors of replies',
    ...countLines(tally.errors),
    '',
    'errors inside multis',
    ...countLines(tally.results),
    '',
    'known differences, and how often',
    ...known.table.map(
      ({ name, reason }) =>
        `  ${String(known.counts.get(name) ?? 0).padStart(7)}  ${name}: ${reason}`,
    ),
  ];
  return lines.join('\n');
}

/** What a long run should have met and has not: a hole in the scripts, or an entry that explains nothing any more. */
export function holes(tally: Tally, known: KnownDifferences): readonly string[] {
  return [
    ...tally.missedOperations.map((name) => `no script has asked for ${name}`),
    ...tally.missedErrors(EXPECTED_ERRORS).map((name) => `no script was told ${name}`),
    ...known.unused.map(({ name }) => `this known difference explained nothing: ${name}`),
  ];
}

function countLines(counts: ReadonlyMap<string, number>): string[] {
  return [...counts]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, count]) => `  ${String(count).padStart(7)}  ${name}`);
}
