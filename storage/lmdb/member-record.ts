import type { Zxid } from '../../machines/zab/zxid.ts';
import { CorruptRecord } from '../error.ts';
import { sealNumbers, unsealNumbers } from '../sealed-numbers.ts';
import type { Table } from './table.ts';

/** What a member keeps beside the records of its log, in the same environment: one commit covers both. */
export interface MemberRecord {
  readonly acceptedEpoch: number;
  readonly currentEpoch: number;
  readonly incarnation: number;
  /** zxid before the first record of the log. */
  readonly baseZxid: Zxid;
  /** Known to be committed when this was written; the last value of the log may know of more. */
  readonly committedZxid: Zxid;
  /** Which `tree.<generation>` directory is the tree: an installed snapshot becomes the tree by this number. */
  readonly treeGeneration: number;
}

const KEY = Buffer.from('member');
const FORMAT_VERSION = 1;

const FIRST_START: MemberRecord = {
  acceptedEpoch: 0,
  currentEpoch: 0,
  incarnation: 0,
  baseZxid: 0,
  committedZxid: 0,
  treeGeneration: 1,
};

/** @throws CorruptRecord */
export function readMember(table: Table, file: string): MemberRecord {
  const value = table.getBinary(KEY);
  if (value === undefined) return FIRST_START;
  const numbers = unsealNumbers(FORMAT_VERSION, value, 6);
  if (numbers === undefined)
    throw new CorruptRecord(file, 0, 0, 'the record of epochs is unreadable');
  const [acceptedEpoch = 0, currentEpoch = 0, incarnation = 0] = numbers;
  const [baseZxid = 0, committedZxid = 0, treeGeneration = 0] = numbers.slice(3);
  return { acceptedEpoch, currentEpoch, incarnation, baseZxid, committedZxid, treeGeneration };
}

export function writeMember(table: Table, member: MemberRecord): void {
  const { acceptedEpoch, currentEpoch, incarnation } = member;
  const { baseZxid, committedZxid, treeGeneration } = member;
  const numbers = [acceptedEpoch, currentEpoch, incarnation];
  numbers.push(baseZxid, committedZxid, treeGeneration);
  void table.put(KEY, sealNumbers(FORMAT_VERSION, numbers));
}
