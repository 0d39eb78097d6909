import { type Arrival, arrivalText } from './field.ts';
import type { Failure } from './run.ts';
import { scriptText, stepLines } from './script.ts';
import type { Pair } from './servers.ts';
import type { Transcript } from './world.ts';

const COLUMN = 76;
const INDENT = '  ';

/** What a person needs: the script, the step at which the two part, and what both said to it. */
export function failureText(failure: Failure, command: string): string {
  const { steps, difference, answers, log } = failure;
  const last = steps.at(-1);
  const { what, zookeeper, vivarium, session } = difference;
  return [
    `ZooKeeper and Vivarium part at step ${steps.length}:`,
    ...(last === undefined ? [] : stepLines(last).map((line) => INDENT + line)),
    `${INDENT}told to ${session}: ${what}${difference.path === undefined ? '' : ` of ${difference.path}`}`,
    `${INDENT}ZooKeeper: ${zookeeper}`,
    `${INDENT}Vivarium:  ${vivarium}`,
    '',
    ...sideBySide(answers),
    '',
    "ZooKeeper's log of this step:",
    ...log
      .trimEnd()
      .split('\n')
      .map((line) => INDENT + line),
    '',
    'the whole script:',
    scriptText(steps).trimEnd(),
    '',
    `once more: ${command}`,
  ].join('\n');
}

/** Line by line for each connection; where both cannot stand in one line, one below the other. */
function sideBySide(answers: Pair<Transcript>): string[] {
  const lines: string[] = [`${'ZooKeeper'.padEnd(COLUMN)} | Vivarium`];
  for (const label of new Set([...answers.zookeeper.keys(), ...answers.vivarium.keys()])) {
    lines.push(`connection ${label}`);
    const left = told(answers.zookeeper.get(label));
    const right = told(answers.vivarium.get(label));
    for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
      const one = wrapped(left[at] ?? '');
      const other = wrapped(right[at] ?? '');
      for (let row = 0; row < Math.max(one.length, other.length); row += 1) {
        lines.push(`${(one[row] ?? '').padEnd(COLUMN)} | ${other[row] ?? ''}`);
      }
    }
  }
  return lines;
}

function told(arrivals: readonly Arrival[] = []): string[] {
  return arrivals.map(arrivalText);
}

function wrapped(text: string): string[] {
  const rows: string[] = [];
  let row = '';
  for (const word of text.split(' ')) {
    if (row !== '' && row.length + 1 + word.length > COLUMN) {
      rows.push(row);
      row = `${INDENT}${word}`;
    } else row = row === '' ? word : `${row} ${word}`;
  }
  return [...rows, row];
}
