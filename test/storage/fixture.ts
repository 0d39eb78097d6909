import { zxidOf } from '../../machines/zab/zxid.ts';
import { OPEN_ACL } from '../../machines/znode/acl.ts';
import {
  type Checkpoint,
  isReapableKind,
  NO_DIGEST,
  type TreeTotals,
  type Znode,
} from '../../machines/znode/znode.ts';
import type { Done, LogEntry, SnapshotSource, Store } from '../../runtime/ports.ts';

/** Waits for what reports by `done`. */
export function finished(order: (done: Done) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    order((error) => {
      if (error === undefined) resolve();
      else reject(error);
    });
  });
}

/** A run of records whose content tells which they are. */
export function entry(epoch: number, first: number, last: number, recordBytes = 20): LogEntry {
  const records: Buffer[] = [];
  for (let counter = first; counter <= last; counter++) {
    const record = Buffer.alloc(4 + recordBytes, counter & 0xff);
    record.writeUInt32BE(recordBytes, 0);
    record.writeDoubleBE(zxidOf(epoch, counter), 4);
    records.push(record);
  }
  return {
    firstZxid: zxidOf(epoch, first),
    lastZxid: zxidOf(epoch, last),
    count: records.length,
    bytes: Buffer.concat(records),
  };
}

/** The zxids that the bytes of entries say they are. */
export function zxidsIn(entries: Iterable<LogEntry>): number[] {
  const zxids: number[] = [];
  for (const { bytes } of entries) {
    const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let offset = 0; offset < view.byteLength; offset += 4 + view.readUInt32BE(offset)) {
      zxids.push(view.readDoubleBE(offset + 4));
    }
  }
  return zxids;
}

export function zxids(epoch: number, first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => zxidOf(epoch, first + index));
}

/** Everything the log holds after its base. */
export function history(store: Store, after = 0): number[] {
  return zxidsIn(store.log.read(after, store.log.lastZxid, 1000));
}

export function znode(data: string | null, more: Partial<Znode> = {}): Znode {
  return {
    data: data === null ? null : Buffer.from(data),
    acl: OPEN_ACL,
    czxid: 1,
    mzxid: 2,
    pzxid: 3,
    ctimeMs: 1_700_000_000_123,
    mtimeMs: 1_700_000_000_456,
    version: 4,
    childCreates: 5,
    aversion: 6,
    childCount: 7,
    kind: 0,
    ephemeralOwner: 0,
    ttlMs: 0,
    digest: NO_DIGEST,
    ...more,
  };
}

export function totals(nodeCount: number): TreeTotals {
  return { nodeCount, ephemeralCount: 0, dataBytes: 0, digest: nodeCount * 7 };
}

export function checkpoint(
  zxid: number,
  nodes: Iterable<readonly [string, Znode | null]>,
  more: Partial<Checkpoint> = {},
): Checkpoint {
  const map = new Map(nodes);
  const reapables = new Map([...map].flatMap(([path, node]) => reapableOf(path, node)));
  return { zxid, totals: totals(map.size), nodes: map, sessions: new Map(), reapables, ...more };
}

export function* pieces(source: SnapshotSource, maxBytes: number): Generator<Uint8Array> {
  for (;;) {
    const piece = source.next(maxBytes);
    if (piece === undefined) break;
    yield piece;
  }
  source.close();
}

/** An open store of epoch 1 whose log holds counters 1 to `last`. */
export async function withLog(store: Store, last: number): Promise<Store> {
  await finished((done) => store.log.saveEpochs({ acceptedEpoch: 1, currentEpoch: 1 }, done));
  if (last > 0) await finished((done) => store.log.append([entry(1, 1, last)], 0, done));
  return store;
}

export function comparable(node: Znode | undefined): unknown {
  if (node === undefined) return undefined;
  return { ...node, data: node.data === null ? null : Buffer.from(node.data).toString('latin1') };
}

/** What an overlay would say of a node that came; of one that went nobody here knows what it was. */
function reapableOf(path: string, node: Znode | null): [string, boolean][] {
  return node === null || isReapableKind(node.kind) ? [[path, node !== null]] : [];
}
