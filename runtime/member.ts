import type { Effect, Note } from '../machines/effect.ts';
import { InvariantViolation } from '../machines/invariant.ts';
import { Replica } from '../machines/replica.ts';
import { RequestProcessor } from '../machines/session/request-processor.ts';
import type { SessionInput } from '../machines/session/session.ts';
import type { LinkEvent } from '../machines/zab/event.ts';
import type { HistoryView } from '../machines/zab/history.ts';
import type { LinkMessage, StreamMessage } from '../machines/zab/message.ts';
import {
  decodeLinkMessage,
  decodeStreamMessage,
  encodeMessage,
  MalformedMessage,
} from '../machines/zab/message-codec.ts';
import { decodeNotification, encodeNotification } from '../machines/zab/vote.ts';
import { hex, type Zxid } from '../machines/zab/zxid.ts';
import { SUPER_IDENTITY } from '../machines/znode/authentication.ts';
import { DataTree, type DataTreeOptions } from '../machines/znode/tree.ts';
import {
  type ActorDefinition,
  type MemberEnvironment,
  RunningActor,
  type Timing,
} from './actor.ts';
import { type LinkHandler, Links } from './bus/link.ts';
import { Checkpointer, type CheckpointerOptions } from './checkpointer.ts';
import { ClientService } from './client-service.ts';
import { Host, type Turns } from './host.ts';
import { LearnerSynchronizer } from './learner-synchronizer.ts';
import type { BusPort, Clock, SnapshotSink, Store } from './ports.ts';
import { Replayer } from './replayer.ts';
import type { Roster } from './roster.ts';

/** What surrounds a member: in production the real thing, in the simulator its twins. */
export interface MemberPorts {
  readonly store: Store;
  readonly bus: BusPort;
  readonly clock: Clock;
  readonly turns: Turns;
  readonly random: (count: number) => Uint8Array;
  readonly note: (note: Note) => void;
  /** A broken invariant, a disk that fails: the member has stopped. */
  readonly failed: (error: unknown) => void;
  readonly fourLetterWord: (word: string) => string;
}

export interface MemberSettings {
  readonly self: number;
  readonly ensemble: string;
  readonly voters: readonly number[];
  readonly timing: Timing;
  readonly sessions: SessionInput;
  readonly checkpoint: CheckpointerOptions;
  readonly tree: DataTreeOptions;
  readonly access: { readonly skipAcl: boolean; readonly superDigest: string | undefined };
  /** Requests in work above which a member stops reading from connections that have some. */
  readonly outstandingLimit: number;
}

export type MemberRole = 'looking' | 'leader' | 'follower';

/** Progress of anything that takes longer than this is told, and told again at this interval. */
const PROGRESS_MS = 2000;

/**
 * One member: its actors, the orders they give, and everything those reach. Neither the real disk nor the
 * real bus is known here, so that the simulator runs the very same member.
 */
export class Member implements LinkHandler {
  readonly #ports: MemberPorts;
  readonly #settings: MemberSettings;
  readonly #definitions: readonly ActorDefinition[];
  readonly host: Host;
  readonly links: Links;
  readonly clients: ClientService;
  readonly processor: RequestProcessor;
  readonly replica: Replica;
  readonly checkpointer: Checkpointer;
  readonly #replayer: Replayer;
  readonly #synchronizers = new Map<number, LearnerSynchronizer>();
  #sink: SnapshotSink | undefined;
  #role: MemberRole = 'looking';
  #submissionsDue = false;
  #toldProgressMs = 0;
  readonly #received = { bytes: 0, toldMs: 0 };

  constructor(roster: Roster, settings: MemberSettings, ports: MemberPorts) {
    this.#ports = ports;
    this.#settings = settings;
    this.#definitions = roster.actors;
    const definition = roster.connectionActors.get('session');
    if (definition === undefined) throw new Error('there is no session actor in the roster');
    const { store, clock } = ports;
    this.host = new Host(
      ports.turns,
      (effect) => this.#perform(effect),
      () => this.#endTurn(),
      (error) => ports.failed(error),
    );
    this.clients = new ClientService({
      clock,
      definition,
      sessions: settings.sessions,
      // Whoever may do everything passes every ACL.
      identities: settings.access.skipAcl ? [SUPER_IDENTITY] : [],
      random: ports.random,
      appliedZxid: () => this.replica.appliedZxid,
      submit: (message) => this.#submit(message),
      submissionsWaiting: () => this.#submissionsWaiting(),
      turnHasOutput: () => this.host.turnHasOutput(),
      guard: (fn) => this.host.guard(fn),
      fourLetterWord: ports.fourLetterWord,
    });
    this.processor = new RequestProcessor(
      {
        member: settings.self,
        firstRequestId: store.log.incarnation * 2 ** 32,
        authentication: { superDigest: settings.access.superDigest },
        outstandingLimit: settings.outstandingLimit,
        nowMs: () => performance.now(),
      },
      this.clients,
    );
    this.clients.use(this.processor);
    this.replica = new Replica(new DataTree(store.tree, settings.tree), this.processor.observer);
    this.processor.useReplica(this.replica);
    this.checkpointer = new Checkpointer(store, this.replica, clock, settings.checkpoint, (error) =>
      this.#fail(error),
    );
    this.#replayer = new Replayer({
      log: store.log,
      clock,
      later: (fn) => ports.turns.afterPoll(fn),
      progress: (applied, through, startedMs) => this.#tellReplay(applied, through, startedMs),
      fail: (error) => this.#fail(error),
    });
    this.links = new Links(
      ports.bus,
      {
        ensemble: settings.ensemble,
        self: settings.self,
        members: settings.voters,
        incarnation: store.log.incarnation,
      },
      this,
    );
  }

  get role(): MemberRole {
    return this.#role;
  }

  /** Replays what is known to be committed, then looks for a leader. */
  start(): void {
    const environment: MemberEnvironment = {
      self: this.#settings.self,
      voters: this.#settings.voters,
      incarnation: this.#ports.store.log.incarnation,
      history: historyOf(this.#ports.store),
      state: this.replica,
      timing: this.#settings.timing,
    };
    for (const definition of this.#definitions) {
      const input = definition.input(environment);
      this.host.add(
        new RunningActor<Effect>(definition.name, definition, input, this.#ports.clock, (effects) =>
          this.host.obey(effects),
        ),
      );
    }
    const through = Math.max(this.#ports.store.log.committedZxid, this.replica.appliedZxid);
    this.#replayer.replay(this.replica, through, () => {
      this.host.deliver('member', { type: 'START' });
      this.#beat();
    });
  }

  stop(): void {
    this.host.stop();
    for (const synchronizer of this.#synchronizers.values()) synchronizer.stop();
    this.#synchronizers.clear();
  }

  // --- what comes over the bus

  vote(from: number, payload: Buffer): void {
    const notification = decodeNotification(payload);
    if (notification === undefined || from === this.#settings.self) return;
    for (const { name, ears } of this.#definitions) {
      const event = ears.vote?.(notification, from);
      if (event !== undefined) this.host.deliver(name, event);
    }
  }

  message(from: number, link: number, payload: Buffer): void {
    let message: LinkMessage;
    try {
      message = decodeLinkMessage(payload);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      this.#ports.note({ level: 'warn', text: `member ${from} sent nonsense: ${error.message}` });
      this.links.closeLink(from, link);
      this.linkDown(from, link, 'a malformed message');
      return;
    }
    for (const { name, ears } of this.#definitions) {
      const event = ears.link?.(message, from, link, this.#ports.clock.wallMs());
      if (event !== undefined) this.host.deliver(name, event);
    }
  }

  broadcast(from: number, stream: number, sequence: number, payload: Buffer): void {
    let message: StreamMessage;
    try {
      message = decodeStreamMessage(payload);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      this.streamDown(from, stream, `a malformed message: ${error.message}`);
      return;
    }
    for (const { name, ears } of this.#definitions) {
      const event = ears.stream?.(message, from, stream, sequence);
      if (event !== undefined) this.host.deliver(name, event);
    }
  }

  linkDown(peer: number, link: number, reason: string): void {
    this.#tellFact({ type: 'LINK_DOWN', peer, link, reason });
  }

  streamDown(leader: number, _stream: number, reason: string): void {
    this.#tellFact({ type: 'STREAM_DOWN', leader, reason });
  }

  gone(peer: number): void {
    this.#tellFact({ type: 'GONE', peer });
  }

  busDown(): void {
    this.#ports.note({ level: 'warn', text: 'the bus is gone; waiting for it' });
  }

  busUp(): void {
    this.#ports.note({ level: 'info', text: 'the bus is there' });
    this.#tellFact({ type: 'BUS_UP' });
  }

  #tellFact(fact: LinkEvent): void {
    for (const { name, ears } of this.#definitions) {
      const event = ears.fact?.(fact);
      if (event !== undefined) this.host.deliver(name, event);
    }
  }

  // --- time

  #beat(): void {
    this.host.guard(() => {
      const { clock } = this.#ports;
      const tick = {
        type: 'TICK',
        nowMs: clock.now(),
        wallMs: clock.wallMs(),
        touched: this.processor.takeTouched(),
      } as const;
      for (const { name, ears } of this.#definitions) {
        const event = ears.time?.(tick);
        if (event !== undefined) this.host.deliver(name, event);
      }
      this.checkpointer.consider();
      clock.setTimeout(() => this.#beat(), this.#settings.timing.heartbeatMs);
    });
  }

  #endTurn(): void {
    this.links.flush();
    this.clients.flush();
  }

  // --- requests of this member's clients

  #submissionsWaiting(): void {
    if (this.#submissionsDue) return;
    this.#submissionsDue = true;
    this.#ports.turns.afterPoll(() => {
      this.#submissionsDue = false;
      this.host.guard(() => this.#handOver());
    });
  }

  #handOver(): void {
    const submissions = this.processor.takeSubmissions();
    if (submissions === undefined) return;
    const { requests, syncRequestId } = submissions;
    if (requests.length > 0) this.#submit({ type: 'REQUEST', requests });
    if (syncRequestId !== undefined) this.#submit({ type: 'SYNC', requestId: syncRequestId });
  }

  #submit(message: Extract<LinkMessage, { type: 'REQUEST' | 'SYNC' | 'REVALIDATE' }>): void {
    if (this.#role === 'leader') {
      const from = this.#settings.self;
      const wallMs = this.#ports.clock.wallMs();
      this.host.deliver('leader', { ...message, from, link: 0, wallMs });
    } else if (this.#role === 'follower') {
      this.host.deliver('follower', { type: 'SUBMIT', message });
    }
  }

  // --- orders

  #perform(effect: Effect): void {
    const { store } = this.#ports;
    switch (effect.type) {
      case 'tell':
        this.host.deliver(effect.to, effect.event);
        return;
      case 'vote':
        this.links.sendVote(effect.to, encodeNotification(effect.notification));
        return;
      case 'probe':
        this.links.probe(effect.peer);
        return;
      case 'open':
        this.links.openLink(effect.peer, effect.link);
        return;
      case 'close':
        this.links.closeLink(effect.peer, effect.link);
        return;
      case 'send':
        this.links.send(effect.peer, effect.link, encodeMessage(effect.message));
        return;
      case 'openStream':
        this.links.openStream(effect.stream);
        return;
      case 'publish':
        this.links.publish(effect.stream, encodeMessage(effect.message));
        return;
      case 'closeStream':
        this.links.closeStream(effect.stream);
        return;
      case 'followStream':
        this.links.follow(effect.leader, effect.stream);
        return;
      case 'unfollow':
        this.links.unfollow();
        return;
      case 'append':
        store.log.append(effect.runs, effect.committedZxid, (error) => this.#flushed(error));
        return;
      case 'adopt':
        this.#adopt(effect);
        return;
      case 'saveEpochs': {
        const { acceptedEpoch, currentEpoch, by } = effect;
        store.log.saveEpochs({ acceptedEpoch, currentEpoch }, (error) => {
          if (error !== undefined) this.#fail(error);
          else this.host.deliver(by, { type: 'EPOCHS_SAVED', acceptedEpoch, currentEpoch });
        });
        return;
      }
      case 'receiveSnapshot':
        this.#sink?.abort();
        this.#sink = store.receiveSnapshot(effect.zxid);
        this.#received.bytes = 0;
        this.#received.toldMs = this.#ports.clock.now();
        return;
      case 'storePiece':
        this.#storePiece(effect.bytes);
        return;
      case 'abortSnapshot':
        this.#sink?.abort();
        this.#sink = undefined;
        return;
      case 'replay': {
        const { by, through } = effect;
        this.#replayer.replay(this.replica, through, () => {
          this.replica.rememberDigest();
          this.host.deliver(by, { type: 'REPLAYED', through });
        });
        return;
      }
      case 'deliver':
        this.processor.deliver(effect.txns);
        return;
      case 'answerSync':
        this.processor.synced(effect.requestId, effect.zxid);
        return;
      case 'answerRevalidate':
        this.clients.revalidated(effect.requestId, effect.valid);
        return;
      case 'compareDigest':
        this.replica.compareDigest(effect.zxid, effect.digest);
        return;
      case 'synchronize':
        this.#synchronize(effect.peer, effect.link, effect.mode, effect.after);
        return;
      case 'credit': {
        const synchronizer = this.#synchronizers.get(effect.peer);
        if (synchronizer?.link === effect.link) synchronizer.credit(effect.bytes);
        return;
      }
      case 'stopSynchronizing': {
        const synchronizer = this.#synchronizers.get(effect.peer);
        if (synchronizer?.link !== effect.link) return;
        synchronizer.stop();
        this.#synchronizers.delete(effect.peer);
        return;
      }
      case 'serve':
        this.#role = effect.role;
        this.clients.serve();
        return;
      case 'cease':
        this.#role = 'looking';
        this.clients.cease();
        return;
      case 'note':
        this.#ports.note(effect.note);
        return;
    }
  }

  #flushed(error: Error | undefined): void {
    if (error !== undefined) {
      this.#fail(error);
      return;
    }
    this.host.deliver('logger', { type: 'FLUSHED' });
    this.host.guard(() => this.checkpointer.consider());
  }

  #adopt(effect: Extract<Effect, { type: 'adopt' }>): void {
    const { keepThrough, runs: entries, currentEpoch, committedZxid } = effect;
    const { store } = this.#ports;
    if (!effect.snapshot) {
      store.log.adopt({ keepThrough, entries, currentEpoch, committedZxid }, (error) =>
        this.#flushed(error),
      );
      return;
    }
    const sink = this.#sink;
    if (sink === undefined) throw new InvariantViolation('a snapshot to install that never came');
    this.#sink = undefined;
    this.checkpointer.hold(() => {
      sink.install({ entries, currentEpoch, committedZxid }, (error) => {
        if (error === undefined) {
          this.host.guard(() => {
            this.replica.replaceTree(new DataTree(store.tree, this.#settings.tree));
            this.processor.useReplica(this.replica);
            this.checkpointer.release();
          });
        }
        this.#flushed(error);
      });
    });
  }

  #storePiece(bytes: Uint8Array): void {
    const sink = this.#sink;
    if (sink === undefined) throw new InvariantViolation('a piece without a snapshot');
    sink.write(bytes, (error) => {
      if (sink !== this.#sink) return;
      if (error !== undefined) {
        this.#fail(error);
        return;
      }
      this.#received.bytes += bytes.length;
      const now = this.#ports.clock.now();
      if (now - this.#received.toldMs > PROGRESS_MS) {
        this.#received.toldMs = now;
        const megabytes = (this.#received.bytes / 2 ** 20).toFixed(0);
        this.#ports.note({ level: 'info', text: `receiving a snapshot: ${megabytes} MB so far` });
      }
      this.host.deliver('follower', { type: 'PIECE_STORED', bytes: bytes.length });
    });
  }

  #synchronize(peer: number, link: number, mode: 'diff' | 'snapshot', after: Zxid): void {
    this.#synchronizers.get(peer)?.stop();
    const ports = {
      store: this.#ports.store,
      send: (to: number, on: number, message: LinkMessage) =>
        this.links.send(to, on, encodeMessage(message)),
      caughtUp: (to: number, on: number, through: Zxid) => {
        this.#synchronizers.delete(to);
        this.host.deliver('leader', { type: 'CAUGHT_UP', peer: to, link: on, through });
      },
    };
    const synchronizer = new LearnerSynchronizer(ports, peer, link, mode, after);
    this.#synchronizers.set(peer, synchronizer);
    synchronizer.pump();
  }

  #tellReplay(applied: Zxid, through: Zxid, startedMs: number): void {
    const now = this.#ports.clock.now();
    if (now - Math.max(startedMs, this.#toldProgressMs) < PROGRESS_MS) return;
    this.#toldProgressMs = now;
    this.#ports.note({
      level: 'info',
      text: `replaying the log: ${hex(applied)} of ${hex(through)}`,
    });
  }

  #fail(error: unknown): void {
    this.host.guard(() => {
      throw error;
    });
  }
}

/** The durable history as charts look at it. */
function historyOf(store: Store): HistoryView {
  const { log } = store;
  return {
    get firstZxid() {
      return log.firstZxid;
    },
    get lastZxid() {
      return log.lastZxid;
    },
    get committedZxid() {
      return log.committedZxid;
    },
    get checkpointZxid() {
      return store.tree.zxid;
    },
    get epochs() {
      return log.epochs;
    },
    floor: (zxid) => log.floor(zxid),
    bytesAfter: (zxid) => log.bytesAfter(zxid),
  };
}
