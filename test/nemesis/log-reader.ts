import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { open } from 'lmdb';
import { ErrorCode } from '../../machines/jute/error-code.ts';
import type { TxnBody } from '../../machines/znode/txn.ts';
import { decodeTxn, recordsOf } from '../../machines/znode/txn-codec.ts';
import { readMember } from '../../storage/lmdb/member-record.ts';
import { decodeLogValue, zxidKey } from '../../storage/log-value.ts';
import type { DeliveredTxn } from '../history/event.ts';

/** A part of what a member's log holds. */
export interface LogPart {
  /** zxid that the log begins after: of a snapshot, or 0. */
  readonly baseZxid: number;
  /** What the log says is committed; the records behind it may yet be cut off. */
  readonly committedZxid: number;
  readonly txns: readonly DeliveredTxn[];
}

const FIRST_KEY = Buffer.alloc(1);

/**
 * The records after a zxid in the log below the directory of a member that does not run. Opening the environment of one
 * that does may undo its last commit: lmdb 3.5.6 reads the number of the last transaction and writes it into the lock
 * file a moment later, and a commit between the two is overwritten by the next.
 */
export async function readLogAfter(dataDir: string, after: number): Promise<LogPart | undefined> {
  const path = join(dataDir, 'log');
  if (!existsSync(join(path, 'data.mdb'))) return undefined;
  const options = { encoding: 'binary', keyEncoding: 'binary' } as const;
  const root = open<Uint8Array, Uint8Array>({
    ...options,
    path,
    readOnly: true,
    noSubdir: false,
    mapSize: 2 ** 36,
    maxDbs: 4,
  });
  try {
    const members = root.openDB<Uint8Array, Uint8Array>('meta', options);
    const entries = root.openDB<Uint8Array, Uint8Array>('entries', options);
    const { baseZxid, committedZxid } = readMember(members, path);
    // The entry that holds the next record may begin before it.
    const before = { start: zxidKey(after + 1), end: FIRST_KEY, reverse: true, limit: 1 };
    const [start = FIRST_KEY] = [...entries.getKeys(before)];
    const txns: DeliveredTxn[] = [];
    let committed = committedZxid;
    for (const { key, value } of entries.getRange({ start })) {
      const firstZxid = Number(Buffer.from(key).readBigUInt64BE());
      const entry = decodeLogValue(value, firstZxid, path);
      committed = Math.max(committed, entry.committedZxid);
      if (entry.lastZxid > after) txns.push(...txnsOf(entry.bytes, after));
    }
    return { baseZxid, committedZxid: committed, txns };
  } finally {
    await root.close();
  }
}

function* txnsOf(bytes: Uint8Array, after: number): Generator<DeliveredTxn> {
  for (const { start, end } of recordsOf(bytes)) {
    const { zxid, sessionId: session, cxid, timeMs, body } = decodeTxn(bytes, start, end);
    if (zxid <= after) continue;
    const sum = crc32(bytes.subarray(start, end));
    const code = refusalOf(body);
    yield {
      ...{ zxid, session, cxid, timeMs, kind: body.type, code, sum },
      ...(body.type === 'createSession' ? { timeoutMs: body.timeoutMs } : {}),
      ...(body.type === 'closeSession' ? { paths: body.paths } : {}),
      ...(body.type === 'delete' && session === 0 ? { paths: [body.path] } : {}),
      ...(body.type === 'setConfig' ? { config: Buffer.from(body.data).toString() } : {}),
    };
  }
}

/** The code of the part for which a multi failed stands among those that say that nothing was tried (reference §3.5). */
function refusalOf(body: TxnBody): number {
  if (body.type === 'error') return body.code;
  if (body.type !== 'multi') return ErrorCode.ok;
  const codes = body.parts.map((part) => (part.type === 'error' ? part.code : ErrorCode.ok));
  const blank: readonly number[] = [ErrorCode.ok, ErrorCode.runtimeInconsistency];
  return codes.find((code) => !blank.includes(code)) ?? ErrorCode.ok;
}
