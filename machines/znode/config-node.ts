import { InvariantViolation } from '../invariant.ts';
import type { Zxid } from '../zab/zxid.ts';
import { CONFIG_NODE } from './path.ts';
import type { PendingChanges } from './pending.ts';
import type { DataTree } from './tree.ts';
import type { SetConfigTxn } from './txn.ts';

/** Whatever is written to the config node, no version counts it (reference §5.3). */
export const CONFIG_VERSION = -1;

const VERSION_LINE = /\n?version=[0-9a-f]+$/;

/** What `/zookeeper/config` says (reference §12); empty where no client may be sent anywhere. */
export function configOf(tree: DataTree): string {
  const data = tree.get(CONFIG_NODE)?.data ?? null;
  return data === null ? '' : Buffer.from(data).toString();
}

/** The members that it tells of: all of it but the version. */
export function membersOf(tree: DataTree): string {
  return configOf(tree).replace(VERSION_LINE, '');
}

/**
 * The members as the leader has them: a line for each, and last the version, without a newline. The version is the zxid
 * of the txn that wrote it: clients take two texts of one version for the same.
 */
export function configByLeader(members: string, pending: PendingChanges, zxid: Zxid): SetConfigTxn {
  const node = pending.get(CONFIG_NODE);
  if (node === undefined) throw new InvariantViolation('there is no config node');
  const text = members === '' ? '' : `${members}\nversion=${zxid.toString(16)}`;
  const data = Buffer.from(text);
  pending.dataSet(CONFIG_NODE, node, data, CONFIG_VERSION, zxid);
  return { type: 'setConfig', data };
}
