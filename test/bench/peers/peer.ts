import type { Ensemble } from '../../ensemble.ts';
import type { FlushWatch } from '../flushes/flush-watch.ts';
import type { LoadDriver } from '../generators/load-run.ts';
import type { PeerName } from '../row.ts';

/** Something that runs on this machine and is measured. */
export interface Peer {
  readonly name: PeerName;
  readonly load: LoadDriver;
  /** Its processes, without generators. */
  readonly pids: () => number[];
  /** Another one after each election. */
  readonly term: () => Promise<string>;
  /** Ends all of its processes and removes what they kept. */
  readonly stop: () => Promise<void>;
  /** Of those that have members and sessions. */
  readonly ensemble?: Ensemble;
  readonly flushWatch?: FlushWatch;
}
