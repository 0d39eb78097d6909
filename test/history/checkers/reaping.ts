import { BETWEEN_MEMBERS, type Checker } from '../checker.ts';
import type { HistoryRecord } from '../model/history-record.ts';
import type { ModelNode } from '../model/node.ts';
import { zxidText } from '../zxid-text.ts';

/**
 * What the leader deletes by itself has had its time (reference §9.8): a container that has had a child and has none, or
 * never had one for as long as is set; a TTL node without children to which nobody has written for longer than its
 * TTL, by the times that txns tell. Nothing else ever goes without a request.
 */
export class Reaping implements Checker {
  readonly name = 'reaping';
  readonly ignores = BETWEEN_MEMBERS;
  readonly #record: HistoryRecord;
  readonly #maxNeverUsedMs: number;

  constructor(record: HistoryRecord, maxNeverUsedMs: number) {
    this.#record = record;
    this.#maxNeverUsedMs = maxNeverUsedMs;
  }

  see(): string | undefined {
    for (const { zxid, session, kind, paths, timeMs } of this.#record.fresh) {
      if (session !== 0 || kind !== 'delete') continue;
      const [path = ''] = paths ?? [];
      const node = this.#record.tree.versions.at(path, zxid - 1);
      const reason = node === undefined ? undefined : this.#reasonToStay(node, timeMs);
      if (reason !== undefined) return `${zxidText(zxid)} deletes ${path} by itself: ${reason}`;
    }
    return undefined;
  }

  end(): undefined {
    return undefined;
  }

  #reasonToStay(node: ModelNode, timeMs: number): string | undefined {
    if (node.children > 0) return `it has ${node.children} children`;
    const silentMs = timeMs - node.mtimeMs;
    if (node.ttlMs > 0) {
      if (silentMs > node.ttlMs) return undefined;
      return `it was written ${silentMs} ms ago, and its TTL is ${node.ttlMs} ms`;
    }
    if (!node.isContainer) return 'it is neither a container nor a TTL node';
    if (node.creates > 0) return undefined;
    const limitMs = this.#maxNeverUsedMs;
    if (limitMs > 0 && silentMs > limitMs) return undefined;
    return `it is a container that has never had a child, ${silentMs} ms old, and the limit is ${limitMs} ms`;
  }
}
