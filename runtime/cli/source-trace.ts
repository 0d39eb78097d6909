import { readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { fileURLToPath } from 'node:url';

const PLACE = /(file:\/\/[^\s()]+\.js):(\d+):(\d+)/g;

/**
 * Makes the trace of an error, and of what caused it, speak of the sources again where a compiled program runs. Node.js
 * would do so for every error, and read all maps at every start for it (a tenth of a start); a member needs it once, at
 * its end.
 */
export function traceToSources(error: Error): void {
  const maps = new Map<string, SourceMap | undefined>();
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    if (one.stack === undefined) continue;
    one.stack = one.stack.replace(PLACE, (place, url: string, line: string, column: string) => {
      if (!maps.has(url)) maps.set(url, mapOf(url));
      const origin = maps.get(url)?.findOrigin(Number(line), Number(column));
      if (origin === undefined || !('fileName' in origin)) return place;
      return `${new URL(origin.fileName, url).href}:${origin.lineNumber}:${origin.columnNumber}`;
    });
  }
}

/** Of a compiled file; `undefined` where it has none. */
function mapOf(url: string): SourceMap | undefined {
  try {
    return new SourceMap(JSON.parse(readFileSync(`${fileURLToPath(url)}.map`, 'utf8')));
  } catch {
    return undefined;
  }
}
