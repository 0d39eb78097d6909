import { crc32 } from 'node:zlib';
import type { RecordRun } from '../../../machines/zab/message.ts';
import { recordsOf, zxidAt } from '../../../machines/znode/txn-codec.ts';
import type { MessageSeen } from '../../history/event.ts';
import type { Traffic } from './network.ts';

/** A message between members as a history tells it: what it is about, and the records that it carries. */
export function messageSeen({ message }: Traffic): MessageSeen {
  switch (message.type) {
    case 'VOTE': {
      const { state, leader, round } = message;
      return {
        message: 'VOTE',
        epoch: message.peerEpoch,
        zxid: message.zxid,
        note: `${leader} state ${state} round ${round}`,
      };
    }
    case 'FOLLOWERINFO':
    case 'OBSERVERINFO':
      return { message: message.type, epoch: message.acceptedEpoch };
    case 'LEADERINFO':
    case 'ACKNEWLEADER':
      return { message: message.type, epoch: message.epoch };
    case 'ACKEPOCH':
      return { message: message.type, epoch: message.currentEpoch, zxid: message.lastZxid };
    case 'NEWLEADER':
      return { message: message.type, epoch: message.epoch, zxid: message.lastZxid };
    case 'DIFF':
    case 'TRUNC':
      return { message: message.type, zxid: message.keepThrough };
    case 'SNAP':
    case 'ACK':
    case 'COMMIT':
    case 'PING':
    case 'SYNCED':
      return { message: message.type, zxid: message.zxid };
    case 'UPTODATE':
      return { message: message.type, zxid: message.committedZxid };
    case 'PROPOSAL':
    case 'RECORDS':
      return {
        message: message.type,
        zxid: message.run.lastZxid,
        records: [...sumsOf(message.run)],
      };
    case 'REQUEST':
      return { message: message.type, note: `${message.requests.length} requests` };
    case 'REVALIDATE':
    case 'REVALIDATED':
    case 'SYNC':
      return { message: message.type, note: `request ${message.requestId}` };
    default:
      return { message: message.type };
  }
}

/** Which records a run holds, each with the checksum of its bytes: a zxid is one txn, for ever and everywhere. */
export function* sumsOf({ bytes }: Pick<RecordRun, 'bytes'>): Generator<readonly [number, number]> {
  for (const { start, end } of recordsOf(bytes)) {
    yield [zxidAt(bytes, start), crc32(bytes.subarray(start, end))];
  }
}
