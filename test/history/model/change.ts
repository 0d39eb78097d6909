import type { AclText } from '../request.ts';

/** What a watch event says has happened (reference §7.1). */
export const EVENT_KIND = { created: 1, deleted: 2, dataChanged: 3, childrenChanged: 4 } as const;
export type EventKind = (typeof EVENT_KIND)[keyof typeof EVENT_KIND];

/** One thing that a txn does and that somebody may watch, in the order of reference §7.2. */
export interface Change {
  readonly kind: EventKind;
  readonly path: string;
  /** Who may read it may hear of it: the node's own, for children the parent's (reference §7.2). */
  readonly acl: AclText;
}
