import { fileURLToPath } from 'node:url';
import type { Address } from '../../client/connection.ts';
import type { Measurement } from '../measurement.ts';
import type { Load } from '../row.ts';
import { runGenerator } from './generator.ts';
import { type LoadRun, loadLimitMs, secondsOf } from './load-run.ts';

const PROGRAM = fileURLToPath(new URL('./node-load-process.ts', import.meta.url));

/** What the process is told, in one argument. */
export interface NodeLoadOrder {
  readonly store: 'etcd' | 'jetstream';
  readonly addresses: readonly Address[];
  readonly operation: 'set' | 'get';
  readonly connections: number;
  readonly window: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly warmUp: number;
}

/** Drives stores that do not speak ZooKeeper's protocol, by a process in Node.js. */
export function nodeLoad(
  store: NodeLoadOrder['store'],
  addresses: readonly Address[],
  load: Load,
  run: LoadRun,
): Promise<Measurement> {
  const { operation, connections, window, bytes = 100 } = load;
  if (operation !== 'set' && operation !== 'get') {
    throw new Error(`the generator in Node.js knows no ${operation}`);
  }
  const order: NodeLoadOrder = {
    store,
    addresses,
    operation,
    connections,
    window,
    bytes,
    seconds: secondsOf(load, run),
    warmUp: run.warmUp,
  };
  return runGenerator({
    file: process.execPath,
    args: ['--import', import.meta.resolve('tsx'), PROGRAM, JSON.stringify(order)],
    withinMs: loadLimitMs(load, run),
    watcher: run.watcher,
  });
}
