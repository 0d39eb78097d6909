import { type Arrival, type Field, plain } from './field.ts';
import type { Request } from './request.ts';
import type { Step } from './step.ts';
import type { Transcript } from './world.ts';

/** Short names for what the tests of this room put together by hand. */
export const get = (path: string): Request => ({ op: 'getData', fields: { path, watch: false } });

export const send = (session: string, ...requests: readonly Request[]): Step => ({
  do: 'send',
  session,
  requests,
});

export const reply = (index: number, zxid: bigint, ...fields: readonly Field[]): Arrival => ({
  kind: 'reply',
  index,
  fields: [plain('error', 'OK'), { kind: 'zxid', name: 'zxid', zxid }, ...fields],
});

export const refusal = (index: number, zxid: bigint, error: string): Arrival => ({
  kind: 'reply',
  index,
  fields: [plain('error', error), { kind: 'zxid', name: 'zxid', zxid }],
});

export const event = (name: string, path: string): Arrival => ({
  kind: 'event',
  event: name,
  path,
  fields: [plain('state', 3)],
});

/** What one connection of session `a` was told. */
export const told = (...arrivals: readonly Arrival[]): Transcript => new Map([['a.1', arrivals]]);
