import { figureOf, judge, type Outcome, ratioOf, type Spread, type Verdict } from './comparison.ts';
import { FIGURE_NAMES, FIGURES, type FigureName } from './figure.ts';
import type { PeerName, Row, Target } from './row.ts';
import type { RowResult } from './row-result.ts';
import { figure, table } from './table.ts';

/** One peer's round on one line. */
export function outcomeLine({ figures, disqualified, notes }: Outcome): string {
  const shown = FIGURE_NAMES.flatMap((name) => {
    const value = figures[name];
    return value === undefined ? [] : [`${FIGURES[name].title} ${withUnit(name, value)}`];
  });
  const against = disqualified === undefined ? [] : [`DOES NOT COUNT: ${disqualified}`];
  return [...shown, ...notes, ...against].join(', ');
}

/** What was measured of a row: every figure of every peer, and Vivarium's ratio to each. */
export function rowText({ row, outcomes }: RowResult): string {
  const peers = row.peers.filter((peer) => outcomes.some((outcome) => outcome.peer === peer));
  const others = peers.filter((peer) => peer !== 'vivarium');
  const measured = FIGURE_NAMES.filter((name) =>
    peers.some((peer) => figureOf(outcomes, peer, name) !== undefined),
  );
  const head = ['', ...peers, ...others.map((peer) => `ratio to ${peer}`)];
  const lines = measured.map((name) => [
    `  ${FIGURES[name].title}`,
    ...peers.map((peer) => spreadText(name, figureOf(outcomes, peer, name))),
    ...others.map((peer) => ratioText(ratioOf(outcomes, peer, name))),
  ]);
  return [
    `${row.name} (${row.what})`,
    ...(measured.length === 0 ? ['  nothing was measured'] : [table([head, ...lines])]),
    ...row.targets.map((target) => `  ${verdictText(judge(outcomes, target))}`),
    ...remarks(outcomes).map((remark) => `  ${remark}`),
  ].join('\n');
}

/** All targets of all rows, and which of them are met. */
export function verdictTable(results: readonly RowResult[]): string {
  const lines = results.flatMap(({ row, outcomes }) =>
    row.targets.map((target) => {
      const { spread, isMet } = judge(outcomes, target);
      return [row.name, targetText(target), ratioText(spread), metText(isMet)];
    }),
  );
  return lines.length === 0 ? '' : table([['row', 'target', 'measured', ''], ...lines], 2);
}

const SUMMED: readonly FigureName[] = ['perSecond', 'p50Ms', 'p99Ms', 'cpuPer1000', 'residentMb'];

/** Vivarium's ratios to one peer, over all rows. */
export function summaryTable(results: readonly RowResult[], peer: PeerName): string {
  const lines = results.flatMap(({ row, outcomes }) => {
    const ratios = SUMMED.map((name) => ratioOf(outcomes, peer, name));
    if (ratios.every((ratio) => ratio === undefined)) return [];
    return [[row.name, ...ratios.map(ratioText)]];
  });
  const head = [`vivarium : ${peer}`, ...SUMMED.map((name) => FIGURES[name].title)];
  return lines.length === 0 ? '' : table([head, ...lines]);
}

export function listText(rows: readonly Row[]): string {
  return rows
    .map((row) => {
      const targets = row.targets.map(targetText).join('; ');
      const peers = row.peers.filter((peer) => peer !== 'vivarium').join(', ');
      return [
        row.name,
        `  ${row.what}`,
        `  beside ${peers}${targets === '' ? '' : `; ${targets}`}`,
      ].join('\n');
    })
    .join('\n');
}

export function targetText({ figure: name, against, bound, value }: Target): string {
  const sign = bound === 'at least' ? '>=' : '<=';
  return `${FIGURES[name].title} ${sign} ${value}${against === 'itself' ? '' : ` of ${against}'s`}`;
}

function verdictText({ target, spread, isMet }: Verdict): string {
  return `target ${targetText(target)}: ${ratioText(spread)} ${metText(isMet)}`;
}

function metText(isMet: boolean | undefined): string {
  if (isMet === undefined) return 'NOT MEASURED';
  return isMet ? 'met' : 'NOT MET';
}

/** What did not count, and what else has to be known, once each. */
function remarks(outcomes: readonly Outcome[]): string[] {
  const lines = outcomes.flatMap(({ peer, round, disqualified, notes }) => [
    ...(disqualified === undefined
      ? []
      : [`round ${round} of ${peer} does not count: ${disqualified}`]),
    ...notes.map((note) => `${peer}: ${note}`),
  ]);
  return [...new Set(lines)];
}

function spreadText(name: FigureName, spread: Spread | undefined): string {
  return spread === undefined ? '-' : withUnit(name, spread.median);
}

function ratioText(spread: Spread | undefined): string {
  if (spread === undefined) return '-';
  const { median, least, most, rounds } = spread;
  const range = rounds === 1 ? '' : ` [${figure(least)}..${figure(most)}]`;
  return `${figure(median)}${range}`;
}

function withUnit(name: FigureName, value: number): string {
  return `${figure(value)}${FIGURES[name].unit}`;
}

export function peersText(peers: readonly (readonly [PeerName, string, string])[]): string {
  return peers
    .map(([name, version, durability]) => `${name}: ${version}; ${durability}`)
    .join('\n');
}
