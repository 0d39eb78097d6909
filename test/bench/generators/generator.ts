import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { isMeasurement, type Measurement } from '../measurement.ts';
import type { Watcher } from './load-run.ts';

/** Whatever still runs when this process ends, ends with it. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface GeneratorRun {
  readonly file: string;
  readonly args: readonly string[];
  /** It is killed when it takes longer. */
  readonly withinMs: number;
  readonly watcher: Watcher;
}

/** Runs a load generator to its end. Rejects when it could not finish. */
export function runGenerator(run: GeneratorRun): Promise<Measurement> {
  const { file, args, withinMs, watcher } = run;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    let measurement: Measurement | undefined;
    let complaint = '';
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, withinMs);
    createInterface(child.stdout).on('line', (line) => {
      if (line === 'measuring') watcher.measuring();
      if (!line.startsWith('{')) return;
      const value: unknown = JSON.parse(line);
      if (isMeasurement(value)) measurement = value;
      watcher.measured();
    });
    child.stderr.on('data', (text) => {
      complaint += text;
    });
    const fail = (why: string) => {
      reject(new Error(`the generator (${args.join(' ')}): ${why}`));
    };
    child.on('error', (error) => {
      clearTimeout(timer);
      running.delete(child);
      fail(error.message);
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      if (isLate) fail(`not done within ${withinMs} ms`);
      else if (code !== 0) fail(complaint.trim() || `ended with ${code ?? signal}`);
      else if (measurement === undefined) fail('printed no figures');
      else resolve(measurement);
    });
  });
}
