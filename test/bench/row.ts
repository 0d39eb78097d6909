import type { FigureName } from './figure.ts';

/** Whom a row is measured on. `revision` is another revision of this project, `frames` no service at all. */
export const PEER_NAMES = [
  'vivarium',
  'zookeeper',
  'revision',
  'etcd',
  'jetstream',
  'frames',
] as const;
export type PeerName = (typeof PEER_NAMES)[number];

/** Those with members, sessions and a tree, by ZooKeeper's protocol. */
export type EnsembleName = Extract<PeerName, 'vivarium' | 'zookeeper' | 'revision'>;

export function isEnsembleName(name: PeerName): name is EnsembleName {
  return name === 'vivarium' || name === 'zookeeper' || name === 'revision';
}

/** What the load generator does; zkload.c says what each is. */
export interface Load {
  readonly operation: 'set' | 'get' | 'mix' | 'create' | 'fill' | 'children' | 'session';
  readonly connections: number;
  /** Requests under way on each connection. */
  readonly window: number;
  /** Of data in each node and each write. Default 100. */
  readonly bytes?: number;
  /** Uniformly among the nodes that the setting was filled with, instead of a thousand. */
  readonly isOverTree?: boolean;
  /** Default: all members in turn. */
  readonly at?: 'leader' | 'follower';
  /** Measured for at least so long, whatever --seconds says. */
  readonly secondsMin?: number;
}

export type Work =
  | { readonly kind: 'load'; readonly load: Load }
  /** Creates all nodes that the setting has, and measures that. */
  | { readonly kind: 'fill'; readonly connections: number; readonly window: number }
  | { readonly kind: 'memory' }
  | { readonly kind: 'restart' }
  | { readonly kind: 'leader-kill'; readonly kills: number }
  | { readonly kind: 'watches'; readonly sessions: number; readonly changes: number }
  | { readonly kind: 'observers'; readonly observers: number; readonly load: Load };

/** What the members are like that a row is measured on. Rows of one setting share them. */
export interface Setting {
  /** For all rounds of all its rows, for one round of them, or none: then the row starts its own. */
  readonly lasts: 'run' | 'round' | 'row';
  /** Default: what --members says. */
  readonly voters?: number;
  /** Real flushes, the same counted, or counted and not done. */
  readonly flushes: 'plain' | 'counted' | 'dropped';
  /** The tree has so many nodes of 100 bytes before anything but a fill is measured. */
  readonly nodes?: number;
  /** Of ZooKeeper's members. */
  readonly javaHeap?: string;
}

/** A bound on the ratio of a figure to a peer's, or on the figure of Vivarium itself. */
export interface Target {
  readonly figure: FigureName;
  readonly against: PeerName | 'itself';
  readonly bound: 'at least' | 'at most';
  readonly value: number;
}

export interface Row {
  readonly name: string;
  /** One sentence about what is measured. */
  readonly what: string;
  readonly group: 'compare' | 'scale';
  readonly setting: Setting;
  readonly work: Work;
  readonly peers: readonly PeerName[];
  readonly targets: readonly Target[];
  /** However many --rounds says. */
  readonly roundsMax?: number;
}

export function atLeast(
  figure: FigureName,
  value: number,
  against: Target['against'] = 'zookeeper',
): Target {
  return { figure, against, bound: 'at least', value };
}

export function atMost(
  figure: FigureName,
  value: number,
  against: Target['against'] = 'zookeeper',
): Target {
  return { figure, against, bound: 'at most', value };
}
