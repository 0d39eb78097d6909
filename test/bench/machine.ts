import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  fdatasyncSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { basename, join } from 'node:path';
import { figure, median } from './table.ts';

const FLUSHES = 200;
const FLUSHED_BYTES = 4096;
const GB = 2 ** 30;

/** What the figures of a run were measured on. */
export interface Machine {
  readonly processor: string;
  readonly processors: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly node: string;
  readonly java: string | undefined;
  readonly disk: string;
  readonly flushMedianMs: number;
  readonly load: number;
}

/** @param directory where everything is kept that is measured */
export function lookAtMachine(directory: string): Machine {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    processors: availableParallelism(),
    memoryGb: Math.round(totalmem() / GB),
    kernel: release(),
    node: process.version,
    java: versionIn('java', ['-version'], /version "(.+?)"/),
    disk: diskOf(directory),
    flushMedianMs: flushMedianMs(directory),
    load: loadavg()[0] ?? Number.NaN,
  };
}

export function machineText(machine: Machine): string {
  const { processor, processors, memoryGb, kernel, node, java, disk, flushMedianMs, load } =
    machine;
  return [
    `${processor}, ${processors} processors, ${memoryGb} GB, Linux ${kernel}`,
    `Node.js ${node}${java === undefined ? '' : `, Java ${java}`}`,
    `${disk}; writing 4 KB and fdatasync: ${figure(flushMedianMs)} ms (median of ${FLUSHES})`,
    `load of the last minute before the run: ${figure(load)}`,
  ].join('\n');
}

/** What a program says of its version; `undefined` where it is not installed. */
export function versionIn(
  file: string,
  args: readonly string[],
  pattern: RegExp,
): string | undefined {
  try {
    // Java writes its version to stderr.
    const text = execFileSync('sh', ['-c', '"$0" "$@" 2>&1', file, ...args], { encoding: 'utf8' });
    return text.match(pattern)?.[1];
  } catch {
    return undefined;
  }
}

/** File system and device of a directory, as far as the system tells them. */
function diskOf(directory: string): string {
  const mount = mountOf(directory, readFileSync('/proc/self/mountinfo', 'utf8'));
  if (mount === undefined) return 'an unknown disk';
  if (mount.type === 'tmpfs') return 'tmpfs: memory, whose flushes cost NOTHING';
  try {
    const device = basename(readlinkSync(`/sys/dev/block/${mount.device}`));
    return `${mount.type} on ${device} (${turns(mount.device) ? 'rotational' : 'not rotational'})`;
  } catch {
    return `${mount.type} on device ${mount.device}`;
  }
}

function turns(device: string): boolean {
  // A partition has its queue where its disk is.
  const queue = ['queue', '../queue'].find((path) =>
    existsSync(`/sys/dev/block/${device}/${path}`),
  );
  return readFileSync(`/sys/dev/block/${device}/${queue}/rotational`, 'utf8').trim() === '1';
}

/** The mount under a directory: the longest mount point that begins its path. */
export function mountOf(
  directory: string,
  mountinfo: string,
): { readonly type: string; readonly device: string } | undefined {
  let found: { type: string; device: string; length: number } | undefined;
  for (const line of mountinfo.split('\n')) {
    const [, device, point, type] = line.match(/^\d+ \d+ (\d+:\d+) \S+ (\S+) .*? - (\S+) /) ?? [];
    if (device === undefined || point === undefined || type === undefined) continue;
    const isAbove = point === '/' || directory === point || directory.startsWith(`${point}/`);
    if (isAbove && point.length >= (found?.length ?? 0)) {
      found = { type, device, length: point.length };
    }
  }
  return found && { type: found.type, device: found.device };
}

function flushMedianMs(directory: string): number {
  const own = mkdtempSync(join(directory, 'fdatasync-'));
  const file = openSync(join(own, 'file'), 'w');
  const bytes = Buffer.alloc(FLUSHED_BYTES, 'v');
  const times: number[] = [];
  try {
    for (let flush = 0; flush < FLUSHES; flush += 1) {
      const begunMs = performance.now();
      writeSync(file, bytes);
      fdatasyncSync(file);
      times.push(performance.now() - begunMs);
    }
  } finally {
    closeSync(file);
    rmSync(own, { recursive: true });
  }
  return median(times);
}
