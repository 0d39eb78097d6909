import type { Address } from '../../client/connection.ts';

/** How a session is told of changes: by watches that it sets again after each event, or by one that stays. */
export type Variant = 'one-shot' | 'persistent';

/** What the scene tells a process of clients. */
export type CrowdOrder =
  | {
      readonly order: 'connect';
      readonly members: readonly Address[];
      /** Number of its first session among all, and how many it has. */
      readonly first: number;
      readonly sessions: number;
      readonly timeoutMs: number;
    }
  | { readonly order: 'arm'; readonly variant: Variant; readonly watches: number }
  /** Every session has to be told of so many changes in all. */
  | { readonly order: 'await'; readonly events: number }
  /** Compares what every session was told with what was done, after everything has arrived. */
  | { readonly order: 'judge'; readonly zxids: readonly number[] }
  | { readonly order: 'close' };

/** What comes back when all sessions of the process have done it. Times are of the system's monotonic clock, ms. */
export type CrowdReport =
  | { readonly done: 'connect' | 'arm' | 'close'; readonly atMs: number }
  | {
      readonly done: 'await';
      /** When the last session was told of it. */
      readonly atMs: number;
      /** When the last one had its watch again: the same, where watches stay. */
      readonly armedAtMs: number;
    }
  | {
      readonly done: 'judge';
      readonly events: number;
      readonly problems: readonly string[];
      readonly problemCount: number;
    }
  | { readonly done: 'failed'; readonly problem: string };

export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** The node that every session watches. */
export const WATCHED = '/watched';

/** A path that one session alone watches; there is no such node. */
export function ownPath(session: number, watch: number): string {
  return `/watched-by-${session}/${watch}`;
}
