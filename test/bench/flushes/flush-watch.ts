import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileC } from '../compile.ts';

/** Counts what members flush, or has them believe that they did: a library that is loaded into them. */
export class FlushWatch {
  readonly #directory = mkdtempSync(join(tmpdir(), 'flushes-'));
  readonly #mode: 'counted' | 'dropped';

  constructor(mode: 'counted' | 'dropped') {
    this.#mode = mode;
  }

  /** For the processes to watch. */
  get environment(): Record<string, string> {
    const library = { name: 'flush-watch', directory: 'flushes', flags: ['-fPIC', '-shared'] };
    return {
      LD_PRELOAD: compileC(library),
      FLUSH_WATCH: this.#mode === 'dropped' ? 'drop' : 'count',
      FLUSH_WATCH_DIRECTORY: this.#directory,
    };
  }

  /** Flushes of these processes since they began. @throws Error where one of them does not count */
  count(pids: readonly number[]): number {
    return pids.reduce((sum, pid) => sum + this.#countOf(pid), 0);
  }

  remove(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #countOf(pid: number): number {
    const file = join(this.#directory, String(pid));
    if (!existsSync(file)) throw new Error(`process ${pid} does not count its flushes`);
    const bytes = readFileSync(file);
    return Number(bytes.readBigUInt64LE());
  }
}
