import type { Effect, Note, Tell } from '../machines/effect.ts';
import { unreachable } from '../machines/invariant.ts';
import type { Replica } from '../machines/replica.ts';
import type { RequestProcessor } from '../machines/session/request-processor.ts';
import type { LinkMessage } from '../machines/zab/message.ts';
import { encodeMessage } from '../machines/zab/message-codec.ts';
import { encodeNotification } from '../machines/zab/vote.ts';
import type { Zxid } from '../machines/zab/zxid.ts';
import { DataTree, type DataTreeOptions } from '../machines/znode/tree.ts';
import type { Txn } from '../machines/znode/txn.ts';
import type { Links } from './bus/link.ts';
import type { Checkpointer } from './checkpointer.ts';
import type { ClientService, MemberRole } from './client-service.ts';
import type { Host } from './host.ts';
import { LearnerSynchronizer, type SynchronizerWindow } from './learner-synchronizer.ts';
import type { MemberMetrics } from './member-metrics.ts';
import type { Clock, Store } from './ports.ts';
import type { Replayer } from './replayer.ts';
import { SnapshotReceiver } from './snapshot-receiver.ts';

export interface OrderPerformerParts {
  readonly host: Host;
  readonly links: Links;
  readonly store: Store;
  readonly clock: Clock;
  /** Finer than the clock: how long a flush took. */
  readonly stopwatchMs: () => number;
  readonly metrics: MemberMetrics;
  readonly clients: ClientService;
  readonly processor: RequestProcessor;
  readonly replica: Replica;
  readonly replayer: Replayer;
  readonly checkpointer: Checkpointer;
  readonly tree: DataTreeOptions;
  readonly synchronization: SynchronizerWindow;
  readonly note: (note: Note) => void;
  readonly fail: (error: unknown) => void;
}

type BusOrder = Extract<
  Effect,
  {
    type:
      | 'vote'
      | 'probe'
      | 'open'
      | 'close'
      | 'send'
      | 'openStream'
      | 'publish'
      | 'closeStream'
      | 'followStream'
      | 'unfollow';
  }
>;

/** Carries out what charts order: where pure decisions meet bus, disk, tree and clients. */
export class OrderPerformer {
  readonly #parts: OrderPerformerParts;
  readonly #receiver: SnapshotReceiver;
  readonly #synchronizers = new Map<number, LearnerSynchronizer>();
  /** Commits that are not applied yet, and what comes behind them. */
  #applications: (() => void)[] = [];

  constructor(parts: OrderPerformerParts) {
    this.#parts = parts;
    const { store, clock, host, note, fail } = parts;
    this.#receiver = new SnapshotReceiver({
      store,
      clock,
      note,
      fail,
      pieceStored: (bytes) => host.deliver('follower', { type: 'PIECE_STORED', bytes }),
    });
  }

  stop(): void {
    for (const synchronizer of this.#synchronizers.values()) synchronizer.stop();
    this.#synchronizers.clear();
    this.#receiver.abort();
  }

  /** The log has to keep everything after this: it is on its way to a learner. Infinity where nobody learns. */
  get neededAfter(): Zxid {
    let oldest = Number.POSITIVE_INFINITY;
    for (const { after } of this.#synchronizers.values()) oldest = Math.min(oldest, after);
    return oldest;
  }

  get hasToApply(): boolean {
    return this.#applications.length > 0;
  }

  /**
   * Commits become the state of the tree, and are answered. Not before the messages of the turn have left: the others
   * wait for these, and nobody in this member looks at the tree before the turn is over.
   */
  apply(): void {
    const applications = this.#applications;
    this.#applications = [];
    for (const application of applications) application();
  }

  perform(effect: Effect): void {
    const { host, store, clock, clients, processor, replica } = this.#parts;
    switch (effect.type) {
      case 'tell':
        this.#count(effect);
        host.deliver(effect.to, effect.event);
        return;
      case 'remind':
        clock.setTimeout(() => host.deliver('leader', effect.event), effect.afterMs);
        return;
      case 'append':
        this.#append(effect);
        return;
      case 'adopt':
        this.apply();
        this.#adopt(effect);
        return;
      case 'saveEpochs':
        store.log.saveEpochs(effect, (error) => this.#flushed(error));
        return;
      case 'receiveSnapshot':
        this.#receiver.begin(effect.zxid);
        return;
      case 'storePiece':
        this.#receiver.store(effect.bytes);
        return;
      case 'abortSnapshot':
        this.#receiver.abort();
        return;
      case 'replay':
        this.apply();
        this.#replay(effect.by, effect.through);
        return;
      case 'deliver':
        this.#countDelivered(effect.txns);
        this.#applications.push(() => processor.deliver(effect.txns));
        return;
      case 'answerSync':
        this.#applications.push(() => processor.synced(effect.requestId, effect.zxid));
        return;
      case 'answerRevalidate':
        this.#applications.push(() => clients.revalidated(effect.requestId, effect.valid));
        return;
      case 'compareDigest':
        this.#applications.push(() => replica.compareDigest(effect.zxid, effect.digest));
        return;
      case 'synchronize':
        this.#synchronize(effect.peer, effect.link, effect.mode, effect.after);
        return;
      case 'credit':
        this.#synchronizerOn(effect.peer, effect.link)?.credit(effect.bytes);
        return;
      case 'stopSynchronizing':
        this.#stopSynchronizing(effect.peer, effect.link);
        return;
      case 'serve':
        this.apply();
        this.#serve(effect.role);
        return;
      case 'cease':
        this.apply();
        clients.cease();
        return;
      case 'note':
        this.#parts.note(effect.note);
        return;
      default:
        this.#performOnBus(effect);
    }
  }

  /** What of the life of the member is counted (reference §14.2). */
  #count(order: Tell): void {
    const { metrics, clock } = this.#parts;
    if (order.to === 'elector' && order.event.type === 'LOOK') metrics.looked(clock.now());
    if (order.to === 'member' && order.event.type === 'ELECTED') metrics.elected(clock.now());
  }

  #countDelivered(txns: readonly Txn[]): void {
    const { metrics, clients, clock } = this.#parts;
    metrics.delivered(txns, clients.role === 'leader', clock.wallMs());
  }

  #append(order: Extract<Effect, { type: 'append' }>): void {
    const { store, clients, metrics, stopwatchMs } = this.#parts;
    const { runs, committedZxid } = order;
    if (clients.role === 'follower' || clients.role === 'observer')
      for (const { count } of runs) metrics.learnerProposals += count;
    const startedMs = stopwatchMs();
    store.log.append(runs, committedZxid, (error) => {
      metrics.fsync.add(stopwatchMs() - startedMs);
      this.#flushed(error);
    });
  }

  #performOnBus(order: BusOrder): void {
    const { links } = this.#parts;
    switch (order.type) {
      case 'vote':
        links.sendVote(order.to, encodeNotification(order.notification));
        return;
      case 'probe':
        links.probe(order.peer);
        return;
      case 'open':
        links.openLink(order.peer, order.link);
        return;
      case 'close':
        links.closeLink(order.peer, order.link);
        return;
      case 'send':
        links.send(order.peer, order.link, encodeMessage(order.message));
        return;
      case 'openStream':
        links.openStream(order.stream);
        return;
      case 'publish':
        links.publish(order.stream, encodeMessage(order.message));
        return;
      case 'closeStream':
        links.closeStream(order.stream);
        return;
      case 'followStream':
        links.follow(order.leader, order.stream);
        return;
      case 'unfollow':
        links.unfollow();
        return;
      default:
        unreachable(order);
    }
  }

  /**
   * What a former leader had ordered to be replayed stays where it is while clients only read: a tree that moved on under
   * their watches would tell them nothing. The next leader orders it again.
   */
  #serve(role: Exclude<MemberRole, 'looking'>): void {
    const { replayer, clients } = this.#parts;
    if (role === 'read-only') replayer.stop();
    clients.serve(role);
  }

  #replay(by: 'leader' | 'follower', through: Zxid): void {
    const { replayer, replica, host } = this.#parts;
    replayer.replay(replica, through, () => {
      replica.rememberDigest();
      host.deliver(by, { type: 'REPLAYED', through });
    });
  }

  #flushed(error: Error | undefined): void {
    const { host, checkpointer, fail } = this.#parts;
    if (error !== undefined) {
      fail(error);
      return;
    }
    host.deliver('logger', { type: 'FLUSHED' });
    host.guard(() => checkpointer.consider());
  }

  #adopt(order: Extract<Effect, { type: 'adopt' }>): void {
    const { store, checkpointer, replayer } = this.#parts;
    // What the last leader had ordered may be under way still; it goes on when this one orders it.
    replayer.stop();
    const { keepThrough, runs: entries, currentEpoch, committedZxid } = order;
    if (!order.snapshot) {
      store.log.adopt({ keepThrough, entries, currentEpoch, committedZxid }, (error) =>
        this.#flushed(error),
      );
      return;
    }
    checkpointer.hold(() => {
      this.#receiver.install(order, (error) => {
        if (error === undefined) this.#useNewTree();
        this.#flushed(error);
      });
    });
  }

  #useNewTree(): void {
    const { host, store, replica, processor, checkpointer, tree } = this.#parts;
    host.guard(() => {
      replica.replaceTree(new DataTree(store.tree, tree));
      processor.useReplica(replica);
      checkpointer.release();
    });
  }

  #synchronize(peer: number, link: number, mode: 'diff' | 'snapshot', after: Zxid): void {
    const { store, host, links, metrics, synchronization } = this.#parts;
    if (mode === 'diff') metrics.diffs += 1;
    else metrics.snaps += 1;
    this.#synchronizers.get(peer)?.stop();
    const ports = {
      ...synchronization,
      store,
      send: (to: number, on: number, message: LinkMessage) =>
        links.send(to, on, encodeMessage(message)),
      caughtUp: (to: number, on: number, through: Zxid) => {
        this.#synchronizers.delete(to);
        host.deliver('leader', { type: 'CAUGHT_UP', peer: to, link: on, through });
      },
      gaveUp: (to: number, on: number) => {
        this.#synchronizers.delete(to);
        const reason = 'the history it lacks has been purged';
        host.deliver('leader', { type: 'LINK_DOWN', peer: to, link: on, reason });
      },
    };
    const synchronizer = new LearnerSynchronizer(ports, peer, link, mode, after);
    this.#synchronizers.set(peer, synchronizer);
    synchronizer.pump();
  }

  #synchronizerOn(peer: number, link: number): LearnerSynchronizer | undefined {
    const synchronizer = this.#synchronizers.get(peer);
    return synchronizer?.link === link ? synchronizer : undefined;
  }

  #stopSynchronizing(peer: number, link: number): void {
    const synchronizer = this.#synchronizerOn(peer, link);
    if (synchronizer === undefined) return;
    synchronizer.stop();
    this.#synchronizers.delete(peer);
  }
}
