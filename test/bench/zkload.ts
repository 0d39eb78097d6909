import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('./zkload.c', import.meta.url));

/** What zkload prints of one run. */
export interface Measurement {
  readonly operation: string;
  readonly seconds: number;
  readonly done: number;
  readonly perSecond: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly worstMs: number;
  /** Longest time without any reply. */
  readonly silenceMs: number;
  /** What the generator itself used: near `seconds` it measures itself. */
  readonly cpuSeconds: number;
}

function isMeasurement(value: unknown): value is Measurement {
  return typeof value === 'object' && value !== null && 'perSecond' in value && 'p50Ms' in value;
}

/** The compiled generator; built once per version of its source. */
function binary(): string {
  const version = createHash('sha256').update(readFileSync(SOURCE)).digest('hex').slice(0, 16);
  const file = join(tmpdir(), `zkload-${version}`);
  if (!existsSync(file)) {
    const draft = `${file}.${process.pid}`;
    execFileSync('cc', ['-O2', '-Wall', '-o', draft, SOURCE], { stdio: 'inherit' });
    renameSync(draft, file);
  }
  return file;
}

/** Runs the generator with these arguments (see the head of zkload.c). Rejects when it could not finish. */
export function zkload(hosts: string, args: readonly string[]): Promise<Measurement> {
  return new Promise((resolve, reject) => {
    execFile(binary(), ['-h', hosts, ...args], (error, stdout, stderr) => {
      if (error !== null) {
        reject(new Error(`zkload ${args.join(' ')}: ${stderr.trim() || error.message}`));
        return;
      }
      const measurement: unknown = JSON.parse(stdout);
      if (isMeasurement(measurement)) resolve(measurement);
      else reject(new Error(`zkload printed ${stdout}`));
    });
  });
}
