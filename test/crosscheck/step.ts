import type { Request } from './request.ts';

/** How a connection is opened (reference §1.2, §1.3). */
export interface Connecting {
  readonly do: 'connect';
  readonly session: string;
  /** The session goes on; else it is a new one. */
  readonly resume: boolean;
  readonly member: number;
  readonly timeoutMs: number;
  readonly seen: 'zero' | 'last' | 'ahead';
  readonly password: 'right' | 'wrong' | 'short' | 'none';
  /** The byte is left out, or says so. */
  readonly readOnly: 'absent' | 'false' | 'true';
  /** The session's id is one that never was. */
  readonly unknown: boolean;
}

/** One step of a script; after each, both servers come to rest. */
export type Step =
  | Connecting
  /** The socket goes without a word. */
  | { readonly do: 'drop'; readonly session: string }
  /** In one piece, without waiting for answers in between. */
  | { readonly do: 'send'; readonly session: string; readonly requests: readonly Request[] }
  /** Bytes as they are, in hexadecimal, where a frame was due. */
  | { readonly do: 'bytes'; readonly session: string; readonly hex: string };

export const PLAIN_CONNECTING: Omit<Connecting, 'session'> = {
  do: 'connect',
  resume: false,
  member: 0,
  timeoutMs: 60_000,
  seen: 'last',
  password: 'right',
  readOnly: 'false',
  unknown: false,
};
