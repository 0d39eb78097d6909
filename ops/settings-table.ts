import { readFileSync, writeFileSync } from 'node:fs';
import { environmentName, settingKeys, settingTable } from '../runtime/config/setting-table.ts';

/**
 * Writes the table of settings into README.md, between its two markers. `npm run fix` calls it; a
 * test checks that the table is current.
 */
const README = new URL('../README.md', import.meta.url);
const BEGIN = '<!-- settings: written by "npm run fix" -->';
const END = '<!-- end of settings -->';

function settingsTable(): string {
  const rows = settingKeys.map((key) => {
    const { flag, description, fallback, zookeeperKeys = [] } = settingTable[key];
    const names = [key, ...zookeeperKeys].map((name) => `\`${name}\``).join(', ');
    const standard = fallback === undefined ? '' : `\`${fallback}\``;
    return `| ${names} | \`${flag}\` | \`${environmentName(key)}\` | ${standard} | ${description} |`;
  });
  return [
    '| in a file | flag | environment | default | what it is |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

/** The README as it should be. */
export function currentReadme(readme: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) throw new Error('README.md has lost the markers of its settings');
  return `${readme.slice(0, begin + BEGIN.length)}\n${settingsTable()}\n${readme.slice(end)}`;
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(README, currentReadme(readFileSync(README, 'utf8')));
}
