import { ErrorCode } from '../jute/error-code.ts';
import { replyError, replyInt } from '../jute/reply.ts';
import { checkAcl } from '../znode/access.ts';
import { Perm } from '../znode/acl.ts';
import { DescendantCount } from '../znode/descendant-count.ts';
import { canonicalPath, ROOT } from '../znode/path.ts';
import type { Client, Waiting } from './client.ts';
import type { ServedReplica } from './served-replica.ts';

/** Nodes that are looked at in one turn: about as long as a batch of writes takes. */
const NODES_PER_TURN = 1000;

type Answer = { readonly count: number } | { readonly count?: undefined; readonly code: ErrorCode };

type Count = Extract<Waiting, { kind: 'count' }>;

/** getAllChildrenNumber: small trees are counted at once, large ones over several turns, one of them in each turn. */
export class CountRequests {
  readonly #served: ServedReplica;
  readonly #countsWaiting: () => void;
  readonly #running = new Map<Client, DescendantCount>();

  /** @param countsWaiting `work` has something to do in the next turn */
  constructor(served: ServedReplica, countsWaiting: () => void) {
    this.#served = served;
    this.#countsWaiting = countsWaiting;
  }

  forget(client: Client): void {
    this.#running.delete(client);
  }

  reset(): void {
    this.#running.clear();
  }

  nodeCreated(path: string): void {
    for (const count of this.#running.values()) count.created(path);
  }

  nodeDeleted(path: string): void {
    for (const count of this.#running.values()) count.deleted(path);
  }

  /** Answers the request that the client waits for first; false where the count is still under way. */
  answer(client: Client, request: Count): boolean {
    const answer = this.#answerTo(client, request);
    if (answer === undefined) return false;
    this.#running.delete(client);
    client.shift();
    const { outbox } = client.line;
    const { appliedZxid } = this.#served;
    if (answer.count === undefined) replyError(outbox, request.xid, appliedZxid, answer.code);
    else replyInt(outbox, request.xid, appliedZxid, answer.count);
    return true;
  }

  /** Carries one count on, the one that has waited longest. The client whose answer is ready. */
  work(): Client | undefined {
    const [next] = this.#running;
    if (next === undefined) return undefined;
    const [client, count] = next;
    count.work(NODES_PER_TURN);
    this.#running.delete(client);
    this.#running.set(client, count);
    this.#countsWaiting();
    return count.isDone ? client : undefined;
  }

  #answerTo(client: Client, request: Count): Answer | undefined {
    const running = this.#running.get(client);
    if (running !== undefined) return running.isDone ? answerOf(running) : undefined;
    const { tree } = this.#served.current;
    const path = canonicalPath(request.path);
    const node = tree.get(path);
    if (node === undefined) return { code: ErrorCode.noNode };
    if (!checkAcl(node.acl, Perm.read, request.identities)) return { code: ErrorCode.noAuth };
    // Known without a look at any of them.
    if (path === ROOT) return { count: tree.totals.nodeCount - 1 };
    const count = new DescendantCount(tree, path);
    count.work(NODES_PER_TURN);
    if (count.isDone) return answerOf(count);
    this.#running.set(client, count);
    this.#countsWaiting();
    return undefined;
  }
}

/** The node may have gone while its descendants were counted. */
function answerOf({ count }: DescendantCount): Answer {
  return count === undefined ? { code: ErrorCode.noNode } : { count };
}
