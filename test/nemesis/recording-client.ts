import { setTimeout as sleep } from 'node:timers/promises';
import type { ClientRequest, ClientResult } from '../history/request.ts';
import { CREDENTIALS, RequestMix } from '../history/request-mix.ts';
import type { Random } from '../sim/world/random.ts';
import { ClientSession } from './client-session.ts';
import type { Recorder } from './recorder.ts';
import { RecordingConnection, type Target } from './recording-connection.ts';

const TIMEOUTS_MS = [4000, 5000, 8000] as const;
const HANDSHAKE_MS = 1500;
const RETRY_MS = 40;
/** More children than that are thinned out: a tree that only grows makes every reply longer than the one before. */
const CHILDREN_MAX = 40;

/** How a stay at one member ends. */
type Parting = 'move' | 'overlap' | 'close' | 'silence' | 'lost' | 'stop';

/** A client as there are many: one session after the other, each at one member after the other. */
export class RecordingClient {
  readonly #name: string;
  readonly #recorder: Recorder;
  readonly #targets: readonly Target[];
  readonly #random: Random;
  /** Mean pause between two batches of requests, ms. */
  readonly #pauseMs: number;
  readonly #stop = new AbortController();
  readonly #surplus: ClientRequest[] = [];
  #next: number;
  #lives = 0;

  constructor(
    name: string,
    recorder: Recorder,
    targets: readonly Target[],
    random: Random,
    pauseMs: number,
  ) {
    this.#name = name;
    this.#recorder = recorder;
    this.#targets = targets;
    this.#random = random;
    this.#pauseMs = pauseMs;
    this.#next = random.below(targets.length);
  }

  /** Begins to end: the session is closed where a member can be reached. */
  stop(): void {
    this.#stop.abort();
  }

  /** Resolves when the client has ended. */
  async run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#lives += 1;
      const reads = 0.3 + this.#random.next() * 0.4;
      const mix = new RequestMix(this.#random, `${this.#name}-${this.#lives}`, reads);
      await this.#live(new ClientSession(this.#random.pick(TIMEOUTS_MS)), mix);
    }
  }

  /** One session from its beginning to its end. */
  async #live(session: ClientSession, mix: RequestMix): Promise<void> {
    let former: RecordingConnection | undefined;
    for (;;) {
      const connection = await this.#connect(session);
      former?.drop();
      former = undefined;
      if (connection === undefined) return;
      const parting = await this.#converse(connection, session, mix);
      switch (parting) {
        case 'overlap':
          former = connection;
          break;
        case 'stop':
        case 'close':
          await connection.request({ op: 'closeSession' });
          connection.drop();
          return;
        case 'silence':
          connection.drop();
          await this.#pause(connection.timeoutMs * 1.5 + 1500);
          break;
        default:
          connection.drop();
      }
    }
  }

  /** `undefined` when the session is over, or the client is. */
  async #connect(session: ClientSession): Promise<RecordingConnection | undefined> {
    for (;;) {
      if (this.#stop.signal.aborted) return undefined;
      const target = this.#targets[this.#next];
      this.#next = (this.#next + 1) % this.#targets.length;
      if (target === undefined) throw new RangeError('no members');
      const outcome = await RecordingConnection.open(this.#recorder, target, session, HANDSHAKE_MS);
      if (outcome === 'refused') return undefined;
      if (outcome !== 'lost') return outcome;
      await this.#pause(RETRY_MS);
    }
  }

  async #converse(
    connection: RecordingConnection,
    session: ClientSession,
    mix: RequestMix,
  ): Promise<Parting> {
    const again: Promise<unknown>[] = [];
    if (session.isAuthenticated) {
      again.push(connection.request({ op: 'auth', scheme: 'digest', credentials: CREDENTIALS }));
    }
    const watches = session.watches();
    if (watches !== undefined) again.push(connection.request(watches));
    await Promise.all(again);
    while (!this.#stop.signal.aborted) {
      const batch = Array.from({ length: 1 + this.#random.below(3) }, () => this.#choose(mix));
      await Promise.all(
        batch.map(async (request) => {
          const answer = await connection.request(request);
          if (answer === undefined) return;
          mix.learn(request, answer.result);
          this.#thinOut(request, answer.result);
        }),
      );
      await this.#pause(this.#random.next() * 2 * this.#pauseMs);
      if (!connection.isOpen) return 'lost';
      const parting = this.#parting();
      if (parting !== undefined) return parting;
    }
    return 'stop';
  }

  #parting(): Parting | undefined {
    const dice = this.#random.next();
    if (dice < 0.006) return 'move';
    if (dice < 0.009) return 'overlap';
    if (dice < 0.012) return 'close';
    if (dice < 0.014) return 'silence';
    return undefined;
  }

  #choose(mix: RequestMix): ClientRequest {
    const surplus = this.#random.chance(0.5) ? this.#surplus.pop() : undefined;
    return surplus ?? mix.next();
  }

  #thinOut(request: ClientRequest, { names }: ClientResult): void {
    if (names === undefined || names.length < CHILDREN_MAX || !('path' in request)) return;
    if (request.path.startsWith('/zookeeper') || this.#surplus.length > 0) return;
    const parent = request.path === '/' ? '' : request.path;
    for (let count = 0; count < 8; count += 1) {
      const name = this.#random.pick(names);
      if (name === 'zookeeper') continue;
      this.#surplus.push({ op: 'delete', path: `${parent}/${name}`, version: -1 });
    }
  }

  async #pause(ms: number): Promise<void> {
    await sleep(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined);
  }
}
