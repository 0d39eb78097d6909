import { writeFileSync } from 'node:fs';
import { permissions, schemes } from './compatibility/access.ts';
import { differences } from './compatibility/differences.ts';
import { keys } from './compatibility/keys.ts';
import { limits } from './compatibility/limits.ts';
import { monitorKeys } from './compatibility/monitor-keys.ts';
import { createFlags, watchEvents, watchKinds } from './compatibility/nodes-and-watches.ts';
import { opcodes } from './compatibility/opcodes.ts';
import type { Kind, Row } from './compatibility/row.ts';
import { words } from './compatibility/words.ts';

/**
 * Writes ops/docs/COMPATIBILITY.md from the rows in ops/compatibility. `npm run fix` calls it; a test checks that the page
 * is current, and that every test it names exists.
 */
export const PAGE = new URL('docs/COMPATIBILITY.md', import.meta.url);

export const KINDS: readonly Kind[] = [
  differences,
  opcodes,
  createFlags,
  watchKinds,
  watchEvents,
  schemes,
  permissions,
  limits,
  words,
  keys,
  monitorKeys,
];

/** The page as it should be. */
export function currentPage(): string {
  return `${[
    '# Compatibility with ZooKeeper 3.9',
    '',
    'Written by `npm run fix` from the rows in `ops/compatibility`: do not edit. Each row says what became of something that',
    'ZooKeeper has, and where that is tested: the file, and the title of the test or a part of it.',
    '',
    ...KINDS.flatMap(table),
  ].join('\n')}\n`;
}

function table({ title, of, rows }: Kind): string[] {
  const count = (state: Row['state']) => rows.filter((row) => row.state === state).length;
  return [
    `## ${title}`,
    '',
    `${count('supported')} supported, ${count('differs')} different, ${count('not there')} not there.`,
    '',
    `| ${of} | | | tested in |`,
    '|---|---|---|---|',
    ...rows.map(line),
    '',
  ];
}

function line({ name, state, why, proofs }: Row): string {
  const tests = proofs.map(([file, title]) => `\`${file}\`: ${title.replaceAll('|', '\\|')}`);
  return `| ${name} | ${state} | ${why ?? ''} | ${tests.join('; ')} |`;
}

if (process.argv[1] === import.meta.filename) writeFileSync(PAGE, currentPage());
