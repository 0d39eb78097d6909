import type { ModelNode } from './node.ts';

/** What is asked of the txn that is being carried out. */
interface Draft {
  get(path: string): ModelNode | undefined;
  set(path: string, node: ModelNode): void;
  nodes(): Iterable<readonly [path: string, node: ModelNode]>;
}

/** The two nodes of a quota, and the path that it is for (reference §6.4). */
const QUOTA_NODE = /^\/zookeeper\/quota(\/.+)\/zookeeper_(?:limits|stats)$/;

export function bytesOf(node: Pick<ModelNode, 'data'>): number {
  return Buffer.byteLength(node.data ?? '');
}

/** What a create, a delete or a setData adds is paid by the deepest path that has limits. */
export function charge(draft: Draft, path: string, count: number, bytes: number): void {
  if (count === 0 && bytes === 0) return;
  let top = path;
  while (top !== '' && draft.get(`/zookeeper/quota${top}/zookeeper_limits`) === undefined) {
    top = top.slice(0, top.lastIndexOf('/'));
  }
  if (top !== '') tell(draft, top, (usage) => [usage[0] + count, usage[1] + bytes]);
}

/** Where `created` is a node of a quota, all that it is for is counted. */
export function countAnew(draft: Draft, created: string): void {
  const top = QUOTA_NODE.exec(created)?.[1];
  if (top === undefined) return;
  let count = 0;
  let bytes = 0;
  for (const [path, node] of draft.nodes()) {
    if (path !== top && !path.startsWith(`${top}/`)) continue;
    count += 1;
    bytes += bytesOf(node);
  }
  tell(draft, top, () => [count, bytes]);
}

/** The text changes, and nothing that anybody watches. */
function tell(
  draft: Draft,
  top: string,
  change: (usage: readonly [number, number]) => readonly [number, number],
): void {
  const path = `/zookeeper/quota${top}/zookeeper_stats`;
  const stats = draft.get(path);
  if (stats === undefined) return;
  const figure = (name: string) =>
    Number(new RegExp(`${name}=(-?\\d+)`).exec(stats.data ?? '')?.[1] ?? 0);
  const [count, bytes] = change([figure('count'), figure('bytes')]);
  draft.set(path, { ...stats, data: `count=${count},bytes=${bytes}` });
}
