import type { Random } from '../sim/world/random.ts';

/** What the clients saw, below the directory of the run; the history has what members delivered, too. */
export const CLIENTS_FILE = 'clients.ndjson';

/** What the command line asks for, and what its first process has prepared for the second. */
export interface RunOptions {
  readonly seed: number;
  readonly minutes: number;
  /** Default: 3, for some seeds 5. */
  readonly members?: number;
  /** Beside the members that vote. Default: 1 beside five of them. */
  readonly observers?: number;
  /** Of the kinds of faults only those whose name holds one of these words. */
  readonly only: readonly string[];
  /** Longer than that to service is a violation, ms. */
  readonly serviceMs: number;
  /** Stays when something was violated. */
  readonly historyFile: string;
  /** For everything that the run writes. */
  readonly directory: string;
  /** The members' program, and the directory that was made for it. */
  readonly program: string;
  readonly programDirectory: string;
  /** Whether the run has mounts and process ids of its own, and whether it has a network of its own. */
  readonly isIsolated: boolean;
  readonly hasNetwork: boolean;
}

/** Settings under which members do rare things often. */
export function memberSettings(random: Random): Record<string, number> {
  return {
    tickTime: 1000,
    'checkpoint.intervalMs': random.pick([300, 1500, 5000]),
    'checkpoint.changes': random.pick([40, 500, 50_000]),
    'cache.bytes': random.pick([0, 65_536, 67_108_864]),
    // The log keeps every record, for the checkers at the end; checkpoints are made as ever.
    'log.retainTxns': 1_000_000_000,
  };
}
