import { readFileSync } from 'node:fs';

/** Of this release, as its package says. */
export const VERSION = readVersion();

function readVersion(): string {
  const content: unknown = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  );
  return typeof content === 'object' && content !== null && 'version' in content
    ? String(content.version)
    : '0.0.0';
}
