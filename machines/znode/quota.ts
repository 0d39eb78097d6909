import { childOf, nameOf, parentOf, QUOTA_ROOT } from './path.ts';
import {
  parseLimits,
  parseUsage,
  type QuotaLimits,
  type QuotaUsage,
  usageOf,
  usageText,
} from './quota-text.ts';
import { dataLength, type Znode } from './znode.ts';
import { withUsage } from './znode-change.ts';

/** Set by a client: `/zookeeper/quota` + the path that the quota is for + this (reference §6.4). */
const LIMITS_NODE = 'zookeeper_limits';
/** Made by a client, and kept by the service from then on. */
const STATS_NODE = 'zookeeper_stats';
const QUOTA_PREFIX = `${QUOTA_ROOT}/`;
/** What limits right below `/zookeeper/quota` would be for. ZooKeeper keeps no quota for the root. */
const WHOLE_TREE = '';

/** What the quotas need of the tree that they are part of. */
export interface QuotaTree {
  get(path: string): Znode | undefined;
  /** The same, and nothing is kept of it: for walks. */
  look(path: string): Znode | undefined;
  childNames(path: string): readonly string[];
  replace(path: string, before: Znode, after: Znode): void;
}

/** A limit that a write would pass. */
export interface QuotaExcess {
  /** The path that has the quota. */
  readonly path: string;
  readonly what: 'count' | 'bytes';
  readonly isHard: boolean;
  /** What would be in use after the write. */
  readonly usage: number;
  readonly limit: number;
}

/** A path with limits, and what was last read of its two nodes: a text is read once, not with every write. */
class Quota {
  readonly path: string;
  readonly limitsPath: string;
  readonly statsPath: string;
  #limitsData: Uint8Array | null = null;
  #limits: QuotaLimits = parseLimits(null);
  #statsData: Uint8Array | null = null;
  #usage: QuotaUsage = parseUsage(null);

  constructor(path: string) {
    this.path = path;
    this.limitsPath = `${QUOTA_ROOT}${path}/${LIMITS_NODE}`;
    this.statsPath = `${QUOTA_ROOT}${path}/${STATS_NODE}`;
  }

  limits(node: Znode): QuotaLimits {
    if (node.data !== this.#limitsData) {
      this.#limitsData = node.data;
      this.#limits = parseLimits(node.data);
    }
    return this.#limits;
  }

  usage(stats: Znode): QuotaUsage {
    if (stats.data !== this.#statsData) {
      this.#statsData = stats.data;
      this.#usage = parseUsage(stats.data);
    }
    return this.#usage;
  }

  /** `statsData` is the text of `usage`, so that reading it would give the same. */
  remember(statsData: Uint8Array, usage: QuotaUsage): void {
    this.#statsData = statsData;
    this.#usage = usage;
  }
}

/**
 * The quotas of a tree (reference §6.4). What is in use is the text of `zookeeper_stats`, a node like any
 * other: part of the digest, of checkpoints and of snapshots. Every member brings it forward with each txn
 * that it applies, by the same bytes, so that nothing is counted when a member starts. Stat, zxid and
 * watches of that node do not move.
 *
 * A node is charged to the deepest path above it, or at it, that has limits. What clients write is charged;
 * that the text of `zookeeper_stats` grows is not.
 */
export class Quotas {
  readonly #tree: QuotaTree;
  readonly #quotas = new Map<string, Quota>();

  constructor(tree: QuotaTree) {
    this.#tree = tree;
  }

  /** How many paths have limits. */
  get size(): number {
    return this.#quotas.size;
  }

  /** Finds the limits that the tree has: a walk over `/zookeeper/quota`, whatever the size of the rest. */
  load(): void {
    this.#quotas.clear();
    for (const [path] of this.#below(QUOTA_ROOT)) {
      if (nameOf(path) === LIMITS_NODE) this.#register(quotaPathOf(path));
    }
  }

  /** The node of `path`, with `bytes` of data, was put into the tree. */
  created(path: string, bytes: number): void {
    if (path.startsWith(QUOTA_PREFIX)) {
      const name = nameOf(path);
      // Usage that was there before its limits is counted anew, as ZooKeeper does when it starts.
      if (name === LIMITS_NODE) this.#register(quotaPathOf(path));
      if (name === LIMITS_NODE || name === STATS_NODE) this.#recount(quotaPathOf(path));
    }
    if (this.#quotas.size !== 0) this.#charge(path, 1, bytes);
  }

  /** The node of `path`, which had `bytes` of data, was taken out of the tree. */
  deleted(path: string, bytes: number): void {
    if (this.#quotas.size === 0) return;
    if (path.startsWith(QUOTA_PREFIX) && nameOf(path) === LIMITS_NODE) {
      this.#quotas.delete(quotaPathOf(path));
    }
    this.#charge(path, -1, -bytes);
  }

  /** The data of the node of `path` was replaced. */
  dataSet(path: string, bytesBefore: number, bytesAfter: number): void {
    if (this.#quotas.size !== 0) this.#charge(path, 0, bytesAfter - bytesBefore);
  }

  /**
   * The limit that a write to `path` would pass, which adds so much. Held against what is committed, not
   * against what is prepared (reference §6.4). Of count and bytes the first hard limit counts, else the
   * first soft one; where there is a hard limit the soft one is not looked at.
   */
  excess(path: string, addedCount: number, addedBytes: number): QuotaExcess | undefined {
    if (this.#quotas.size === 0) return undefined;
    const quota = this.#quotaOf(path);
    if (quota === undefined) return undefined;
    const limitsNode = this.#tree.get(quota.limitsPath);
    const stats = this.#tree.get(quota.statsPath);
    if (limitsNode === undefined || stats === undefined) return undefined;
    const limits = quota.limits(limitsNode);
    const usage = quota.usage(stats);
    const count = passed(
      { path: quota.path, what: 'count', usage: usage.count + addedCount },
      addedCount,
      limits.countHardLimit,
      limits.count,
    );
    if (count?.isHard === true) return count;
    const bytes = passed(
      { path: quota.path, what: 'bytes', usage: usage.bytes + addedBytes },
      addedBytes,
      limits.byteHardLimit,
      limits.bytes,
    );
    return bytes?.isHard === true ? bytes : (count ?? bytes);
  }

  #register(path: string): void {
    if (path !== WHOLE_TREE) this.#quotas.set(path, new Quota(path));
  }

  /** The quota that `path` is charged to. */
  #quotaOf(path: string): Quota | undefined {
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      const quota = this.#quotas.get(path.slice(0, end));
      if (quota !== undefined) return quota;
    }
    return undefined;
  }

  #charge(path: string, count: number, bytes: number): void {
    if (count === 0 && bytes === 0) return;
    const quota = this.#quotaOf(path);
    const stats = quota && this.#tree.get(quota.statsPath);
    if (quota === undefined || stats === undefined) return;
    const usage = quota.usage(stats);
    this.#write(quota, stats, usage.count + count, usage.bytes + bytes);
  }

  /** Counts everything at and below `path`, whoever it is charged to, and writes it down if there is where. */
  #recount(path: string): void {
    if (path === WHOLE_TREE) return;
    const quota = this.#quotas.get(path) ?? new Quota(path);
    const stats = this.#tree.get(quota.statsPath);
    if (stats === undefined) return;
    let count = 0;
    let bytes = 0;
    for (const [, node] of this.#below(path)) {
      count += 1;
      bytes += dataLength(node);
    }
    this.#write(quota, stats, count, bytes);
  }

  #write(quota: Quota, stats: Znode, count: number, bytes: number): void {
    const usage = usageOf(count, bytes);
    const data = usageText(usage);
    quota.remember(data, usage);
    this.#tree.replace(quota.statsPath, stats, withUsage(stats, data));
  }

  /** All nodes at and below `top`; what others read often stays in the cache. */
  *#below(top: string): Iterable<readonly [path: string, node: Znode]> {
    const left = [top];
    for (let path = left.pop(); path !== undefined; path = left.pop()) {
      const node = this.#tree.look(path);
      if (node === undefined) continue;
      yield [path, node];
      if (node.childCount === 0) continue;
      for (const name of this.#tree.childNames(path)) left.push(childOf(path, name));
    }
  }
}

/** The path that a node below `/zookeeper/quota` speaks of. */
function quotaPathOf(path: string): string {
  return parentOf(path).slice(QUOTA_ROOT.length);
}

function passed(
  what: Pick<QuotaExcess, 'path' | 'what' | 'usage'>,
  added: number,
  hardLimit: number | undefined,
  softLimit: number | undefined,
): QuotaExcess | undefined {
  const limit = hardLimit ?? softLimit;
  if (added === 0 || limit === undefined || what.usage <= limit) return undefined;
  return { ...what, limit, isHard: hardLimit !== undefined };
}
