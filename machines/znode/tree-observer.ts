import type { Zxid } from '../zab/zxid.ts';
import type { Acl } from './acl.ts';

/**
 * Told of every change to a node, in the order of the txns and of the parts of a multi, each right after
 * it happened (reference §7.2). `acl` decides who may hear of it: that of the node, also of a deleted one,
 * and that of the parent for its children.
 */
export interface NodeObserver {
  nodeCreated(path: string, zxid: Zxid, acl: readonly Acl[]): void;
  nodeDeleted(path: string, zxid: Zxid, acl: readonly Acl[]): void;
  dataChanged(path: string, zxid: Zxid, acl: readonly Acl[]): void;
  /** `path` is the parent's. Comes after the event of the child. */
  childrenChanged(path: string, zxid: Zxid, acl: readonly Acl[]): void;
}

export interface TreeObserver extends NodeObserver {
  /** The session is gone, and its ephemerals with it: their events came before. */
  sessionClosed(sessionId: number, zxid: Zxid): void;
}

/** Hears nothing: for replay, which triggers no watches (reference §16.4). */
export const NO_OBSERVER: TreeObserver = Object.freeze({
  nodeCreated: () => undefined,
  nodeDeleted: () => undefined,
  dataChanged: () => undefined,
  childrenChanged: () => undefined,
  sessionClosed: () => undefined,
});
