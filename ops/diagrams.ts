import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadRoster } from '../runtime/roster.ts';
import { chartPage } from './chart-page.ts';

/**
 * Writes a page about the chart of every actor into ops/docs/machines. `npm run diagrams` and `npm run fix`
 * call it; a test checks that the pages are current.
 */
export const PAGES = new URL('docs/machines/', import.meta.url);
const ACTORS = new URL('../actors/', import.meta.url);

/** Every page by its name, as it should be. */
export async function currentPages(): Promise<ReadonlyMap<string, string>> {
  const { actors, connectionActors } = await loadRoster();
  const pages = new Map<string, string>();
  const entries: string[] = [];
  for (const { name, chart } of [...actors, ...connectionActors.values()]) {
    const about = aboutActor(name);
    pages.set(`${name}.md`, chartPage(name, about, chart));
    entries.push(`| [${name}](${name}.md) | ${about} |`);
  }
  pages.set('README.md', indexPage(entries));
  return pages;
}

/** The sentences that the actor's own file says about it. */
function aboutActor(name: string): string {
  const text = readFileSync(new URL(`${name}.ts`, ACTORS), 'utf8');
  const about = /\/\*\* (.+?) \*\/\nexport const (?:actor|connectionActor)\b/s.exec(text)?.[1];
  if (about === undefined) throw new Error(`actors/${name}.ts does not say what its actor is for`);
  return about.replace(/\n \* /g, ' ');
}

function indexPage(entries: readonly string[]): string {
  return `${[
    '# The charts',
    '',
    'One page for each actor, written by `npm run diagrams` from the chart that runs: do not edit.',
    '`npm run fix` writes them, too, and a test says when they are not current.',
    '',
    '| actor | what it is for |',
    '|---|---|',
    ...entries,
    '',
    '## How to read them',
    '',
    '- A chart is in one innermost state at a time, and in all states around it. `[*]` points to the state',
    '  that is entered first; a final state points back to it.',
    '- An arrow says `EVENT [guard]`: it is taken when the event comes and the guard holds. `[else]` is taken',
    '  when no guard above it holds. A guard alone is *always* watched: it is looked at after every event.',
    '  An arrow with more than two reasons names the events only; their guards are in the table.',
    '  *after* is a timer on the lived clock, which starts when the state is entered.',
    '- An arrow from a state with states inside counts for all of these. The innermost state is asked first;',
    '  where it does not know the event, or none of its guards holds, the state around it is asked.',
    '- The picture has only what leads from one state to another. What a state does without being left is in',
    '  the table: *acts, stays* emits orders or changes data, *ignored* is expected and does nothing.',
    '- Guards look at the data behind the chart, and actions emit orders: both are in `machines/`, under the',
    '  names used here.',
  ].join('\n')}\n`;
}

if (process.argv[1] === import.meta.filename) {
  const pages = await currentPages();
  mkdirSync(PAGES, { recursive: true });
  for (const name of readdirSync(PAGES)) if (!pages.has(name)) rmSync(new URL(name, PAGES));
  for (const [name, page] of pages) writeFileSync(new URL(name, PAGES), page);
}
