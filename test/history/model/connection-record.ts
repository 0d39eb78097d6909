import type { Identities } from './access.ts';
import type { Invocation } from './invocation.ts';

/** What one connection has asked and was told so far. */
export interface ConnectionRecord {
  readonly connection: number;
  readonly session: number;
  readonly member: number;
  /** Whether its member had no leader when it began; it has none until it ends. */
  readonly isReadOnly: boolean;
  /** Sent and not answered, in the order in which they were sent. */
  readonly outstanding: Invocation[];
  /** What it has asked to be taken for: auth never fails for a password (reference §8.4). */
  identities: Identities;
}
