import type { Address } from '../client/connection.ts';
import type { Command, ManagedProcess } from './managed-process.ts';

export interface EnsembleOptions {
  /** That vote. Default 3. */
  readonly members?: number;
  /** Members without a vote, numbered behind the others. Default 0. */
  readonly observers?: number;
  /** Servers of the bus, for a service that has one. Default 1. */
  readonly natsServers?: number;
  /** Settings under zoo.cfg's keys, for every member. */
  readonly settings?: Readonly<Record<string, string | number>>;
  readonly service?: 'vivarium' | 'zookeeper';
  /** System properties of ZooKeeper's members, for what zoo.cfg has no key for. */
  readonly javaProperties?: Readonly<Record<string, string | number>>;
  /** How large the heap of a ZooKeeper member may become, as -Xmx has it. Default 1g. */
  readonly javaHeap?: string;
  /** How long all members may take until they serve, ms. Default 60,000. */
  readonly serveMs?: number;
  /** Of every member, not of the bus. */
  readonly environment?: Readonly<Record<string, string>>;
  /** For the Node.js of each of Vivarium's members. */
  readonly nodeFlags?: (place: Place) => readonly string[];
  /** A compiled program to run as Vivarium's members, instead of these sources. */
  readonly program?: string;
}

/** Where one member of an ensemble lives. */
export interface Place extends Address {
  readonly id: number;
  readonly votes: boolean;
  /** Everything that the member keeps; without it the member is a new one. */
  readonly dataDir: string;
}

/** The ways of reference §11.4. */
export type CatchUp = 'DIFF' | 'SNAP' | 'TRUNC';

/** How one kind of ensemble is laid out on this machine. */
export interface Service {
  readonly kind: 'vivarium' | 'zookeeper';
  /** The bus between the members, started before them. */
  readonly bus: readonly ManagedProcess[];
  readonly memberCommand: (place: Place) => Command;
  /** How a learner says by which way it caught up. */
  readonly catchUps: (log: string) => CatchUp[];
}

export interface Site {
  readonly directory: string;
  readonly places: readonly Place[];
  readonly options: EnsembleOptions;
}
