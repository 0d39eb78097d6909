import { compileC } from '../compile.ts';
import type { Measurement } from '../measurement.ts';
import type { Load } from '../row.ts';
import { runGenerator } from './generator.ts';
import { type LoadRun, loadLimitMs, secondsOf } from './load-run.ts';

const READ_PERCENT = 90;

/** Drives servers of ZooKeeper's protocol, by a generator in C (see the head of zkload.c). */
export function zkload(hosts: string, load: Load, run: LoadRun): Promise<Measurement> {
  const file = compileC({ name: 'zkload', directory: 'zkload', flags: [] });
  return runGenerator({
    file,
    args: ['-h', hosts, ...zkloadArguments(load, run)],
    withinMs: loadLimitMs(load, run),
    watcher: run.watcher,
  });
}

export function zkloadArguments(load: Load, run: LoadRun): string[] {
  const { operation, connections, window, bytes = 100, isOverTree } = load;
  const { warmUp, root, nodes } = run;
  const args: [string, string | number][] = [
    ['-o', operation],
    ['-c', connections],
    ['-w', window],
    ['-b', bytes],
    ['-p', root],
  ];
  if (operation === 'fill') {
    args.push(['-n', nodes ?? 0]);
  } else {
    args.push(['-s', secondsOf(load, run)], ['-u', warmUp]);
    if (operation === 'mix') args.push(['-r', READ_PERCENT]);
    if (isOverTree) args.push(['-t', nodes ?? 0]);
  }
  return args.flatMap(([flag, value]) => [flag, String(value)]);
}
