import type { Effect, Note } from '../machines/effect.ts';
import { Replica } from '../machines/replica.ts';
import {
  type ConnectionThrottleOptions,
  NO_CONNECTION_THROTTLE,
} from '../machines/session/connection-throttle.ts';
import type { LargeRequestLimits } from '../machines/session/large-requests.ts';
import { LocalSessions } from '../machines/session/local-sessions.ts';
import { RequestProcessor } from '../machines/session/request-processor.ts';
import type { SessionInput } from '../machines/session/session.ts';
import type { LinkMessage } from '../machines/zab/message.ts';
import type { ReapingOptions } from '../machines/zab/reaper.ts';
import { hex, type Zxid } from '../machines/zab/zxid.ts';
import {
  type AuthenticationOptions,
  UNCHECKED_IDENTITY,
} from '../machines/znode/authentication.ts';
import type { PrepOptions } from '../machines/znode/prep.ts';
import { DataTree, type DataTreeOptions } from '../machines/znode/tree.ts';
import {
  type ActorDefinition,
  type ConnectionActorDefinition,
  type MemberEnvironment,
  RunningActor,
  type Timing,
} from './actor.ts';
import { Links } from './bus/link.ts';
import { BusIntake } from './bus-intake.ts';
import { Checkpointer, type CheckpointerOptions } from './checkpointer.ts';
import { ClientService, type MemberRole } from './client-service.ts';
import { historyOf } from './history-view.ts';
import { Host, type Turns } from './host.ts';
import { SYNCHRONIZER_WINDOW, type SynchronizerWindow } from './learner-synchronizer.ts';
import { MemberMetrics } from './member-metrics.ts';
import { OrderPerformer } from './order-performer.ts';
import type { BusPort, Clock, Store } from './ports.ts';
import { PROGRESS_MS } from './progress.ts';
import { QuotaNotes } from './quota-notes.ts';
import { Replayer } from './replayer.ts';
import type { Roster } from './roster.ts';

export type { MemberRole };

/** What surrounds a member: in production the real thing, in the simulator its twins. */
export interface MemberPorts {
  readonly store: Store;
  readonly bus: BusPort;
  readonly clock: Clock;
  readonly turns: Turns;
  /** Monotone and finer than the clock: how long a request took, for those who watch latencies. */
  readonly stopwatchMs: () => number;
  readonly random: (count: number) => Uint8Array;
  readonly note: (note: Note) => void;
  /** A broken invariant, a disk that fails: the member has stopped. */
  readonly failed: (error: unknown) => void;
  readonly fourLetterWord: (word: string, argument: Uint8Array) => string;
}

export interface MemberSettings {
  readonly self: number;
  readonly ensemble: string;
  readonly voters: readonly number[];
  readonly timing: Timing;
  readonly sessions: SessionInput;
  /** Whether new sessions are local, and whether these become global with their first ephemeral (reference §9.5). */
  readonly localSessions?: { readonly isEnabled: boolean; readonly isUpgrading: boolean };
  readonly checkpoint: CheckpointerOptions;
  readonly tree: DataTreeOptions;
  /** What the leader asks of writes beyond the tree. */
  readonly prep?: PrepOptions;
  readonly reaping: ReapingOptions;
  /** Of the zxid counter, at which a leader gives its epoch up; as production has it unless given. */
  readonly counterLimit?: number;
  /** Requests that a leader proposes without waiting for the batch before; as production has it unless given. */
  readonly batchWorth?: number;
  /** How history is cut for learners; as production has it unless given. */
  readonly synchronization?: SynchronizerWindow;
  readonly access: AuthenticationOptions & { readonly skipAcl: boolean };
  /** Requests in work above which a member stops reading from connections that have some. */
  readonly outstandingLimit: number;
  readonly limits?: {
    readonly largeRequests: LargeRequestLimits;
    readonly connectionThrottle: ConnectionThrottleOptions;
  };
}

/**
 * One member: its actors, the orders they give, and everything those reach. Neither the real disk nor the
 * real bus is known here, so that the simulator runs the very same member.
 */
export class Member {
  readonly #ports: MemberPorts;
  readonly #settings: MemberSettings;
  readonly #definitions: readonly ActorDefinition[];
  readonly host: Host;
  readonly metrics = new MemberMetrics();
  readonly links: Links;
  readonly clients: ClientService;
  readonly localSessions: LocalSessions;
  readonly processor: RequestProcessor;
  readonly replica: Replica;
  readonly checkpointer: Checkpointer;
  readonly #replayer: Replayer;
  readonly #performer: OrderPerformer;
  readonly #quotaNotes: QuotaNotes;
  #submissionsDue = false;
  #countsDue = false;
  #toldProgressMs = 0;

  constructor(roster: Roster, settings: MemberSettings, ports: MemberPorts) {
    this.#ports = ports;
    this.#settings = settings;
    this.#definitions = roster.actors;
    const definition = roster.connectionActors.get('session');
    if (definition === undefined) throw new Error('there is no session actor in the roster');
    const { store, clock } = ports;
    this.host = new Host(
      ports.turns,
      (effect) => this.#performer.perform(effect),
      () => this.#endTurn(),
      (error) => ports.failed(error),
    );
    this.localSessions = this.#newLocalSessions();
    this.clients = this.#newClientService(definition);
    this.processor = new RequestProcessor(
      {
        member: settings.self,
        firstRequestId: store.log.incarnation * 2 ** 32,
        localSessions: this.localSessions,
        authentication: settings.access,
        outstandingLimit: settings.outstandingLimit,
        ...settings.limits,
        nowMs: ports.stopwatchMs,
      },
      this.clients,
    );
    this.clients.use(this.processor);
    this.replica = new Replica(
      new DataTree(store.tree, settings.tree),
      this.processor.observer,
      settings.prep,
    );
    this.#quotaNotes = new QuotaNotes(clock, ports.note);
    this.processor.useReplica(this.replica);
    this.checkpointer = new Checkpointer(
      store,
      this.replica,
      clock,
      settings.checkpoint,
      () => this.#performer.neededAfter,
      (error) => this.#fail(error),
    );
    this.#replayer = this.#newReplayer();
    this.links = this.#openLinks(roster);
    const { host, links, clients, processor, replica, checkpointer } = this;
    this.#performer = new OrderPerformer({
      host,
      links,
      store,
      clock,
      stopwatchMs: ports.stopwatchMs,
      metrics: this.metrics,
      clients,
      processor,
      replica,
      replayer: this.#replayer,
      checkpointer,
      tree: settings.tree,
      synchronization: settings.synchronization ?? SYNCHRONIZER_WINDOW,
      note: ports.note,
      fail: (error) => this.#fail(error),
    });
  }

  #newLocalSessions(): LocalSessions {
    const { store, clock } = this.#ports;
    const { self, timing, localSessions } = this.#settings;
    return new LocalSessions({
      ...(localSessions ?? { isEnabled: false, isUpgrading: false }),
      member: self,
      incarnation: store.log.incarnation,
      expiryIntervalMs: timing.sessionExpiryIntervalMs,
      livedMs: () => clock.now(),
    });
  }

  #newClientService(definition: ConnectionActorDefinition): ClientService {
    const { clock, random, fourLetterWord } = this.#ports;
    const { sessions, access, limits } = this.#settings;
    return new ClientService({
      clock,
      metrics: this.metrics,
      connectionThrottle: limits?.connectionThrottle ?? NO_CONNECTION_THROTTLE,
      definition,
      sessions,
      localSessions: this.localSessions,
      // Whoever may do everything passes every ACL.
      identities: access.skipAcl ? [UNCHECKED_IDENTITY] : [],
      random,
      appliedZxid: () => this.replica.appliedZxid,
      hasSession: (sessionId) => this.replica.tree.sessions.has(sessionId),
      submit: (message) => this.#submitInOrder(message),
      submissionsWaiting: () => this.#submissionsWaiting(),
      countsWaiting: () => this.#countsWaiting(),
      turnHasOutput: () => this.host.turnHasOutput(),
      guard: (fn) => this.host.guard(fn),
      fourLetterWord,
    });
  }

  #openLinks(roster: Roster): Links {
    const { store, bus, clock, note } = this.#ports;
    const { self, ensemble, voters } = this.#settings;
    return new Links(
      bus,
      { ensemble, self, members: voters, incarnation: store.log.incarnation },
      new BusIntake(roster.actors, {
        self,
        clock,
        deliver: (to, event) => this.host.deliver(to, event),
        closeLink: (peer, link) => this.links.closeLink(peer, link),
        note,
      }),
    );
  }

  get role(): MemberRole {
    return this.clients.role;
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
      reaping: this.#settings.reaping,
      counterLimit: this.#settings.counterLimit,
      batchWorth: this.#settings.batchWorth,
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
    const startedMs = this.#ports.stopwatchMs();
    this.#replayer.replay(this.replica, through, () => {
      this.metrics.startupTxns.add(this.#replayer.count);
      this.metrics.startupTxnsLoad.add(this.#ports.stopwatchMs() - startedMs);
      this.host.deliver('member', { type: 'START' });
      this.#beat();
    });
  }

  stop(): void {
    this.host.stop();
    this.#performer.stop();
  }

  /** Lets go of what is kept in memory only because it may be asked for soon. */
  rest(): void {
    this.replica.tree.forget();
    this.#ports.store.tree.rest();
  }

  // --- time

  #beat(): void {
    this.host.guard(() => {
      const { clock } = this.#ports;
      this.processor.expireLocalSessions();
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
      this.#quotaNotes.tell(this.replica.takeQuotaExcesses());
      clock.setTimeout(() => this.#beat(), this.#settings.timing.heartbeatMs);
    });
  }

  #endTurn(): void {
    this.links.flush();
    if (this.#performer.hasToApply) {
      // The bus writes what it was given behind this callback, and before what is asked for here.
      this.#ports.turns.afterCallback(() => this.host.guard(() => this.#apply()));
    }
    this.clients.flush();
  }

  #apply(): void {
    this.#performer.apply();
    this.host.turnHasOutput();
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

  #countsWaiting(): void {
    if (this.#countsDue) return;
    this.#countsDue = true;
    this.#ports.turns.afterPoll(() => {
      this.#countsDue = false;
      this.host.guard(() => this.processor.countOn());
    });
  }

  #handOver(): void {
    const submissions = this.processor.takeSubmissions();
    if (submissions === undefined) return;
    const { requests, syncRequestId } = submissions;
    if (requests.length > 0) this.#submit({ type: 'REQUEST', requests });
    if (syncRequestId !== undefined) this.#submit({ type: 'SYNC', requestId: syncRequestId });
  }

  /** What was asked before a session comes back here must not look as if it had been asked after. */
  #submitInOrder(message: Extract<LinkMessage, { type: 'REVALIDATE' }>): void {
    this.#handOver();
    this.#submit(message);
  }

  #submit(message: Extract<LinkMessage, { type: 'REQUEST' | 'SYNC' | 'REVALIDATE' }>): void {
    if (this.role === 'leader') {
      const from = this.#settings.self;
      const wallMs = this.#ports.clock.wallMs();
      this.host.deliver('leader', { ...message, from, link: 0, wallMs });
    } else if (this.clients.isServing) {
      this.host.deliver('follower', { type: 'SUBMIT', message });
    }
  }

  #newReplayer(): Replayer {
    const { store, clock, turns } = this.#ports;
    return new Replayer({
      log: store.log,
      clock,
      later: (fn) => turns.afterPoll(fn),
      progress: (applied, through, startedMs) => this.#tellReplay(applied, through, startedMs),
      fail: (error) => this.#fail(error),
    });
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
