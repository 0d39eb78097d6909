import { Ensemble } from '../../sim/world/ensemble.ts';
import type { Traffic } from '../../sim/world/network.ts';
import { type MessageType, messageText } from './message-text.ts';
import { Onlooker } from './onlooker.ts';
import { Transcript } from './transcript.ts';
import { Visitors } from './visitors.ts';

export interface StageOptions {
  readonly size: number;
  /** Members without a vote, numbered behind the others. */
  readonly observers: number;
  /** As many changes bring a checkpoint; none is written without it. */
  readonly checkpointChanges: number;
  /** Txns that the log keeps behind a checkpoint. */
  readonly retainTxns: number;
}

const NETWORK_MS = 1;
/** Slower than there and back on the network: one sees who waits for a flush. */
const DISK_MS = 3;
const NEVER_MS = 1e9;

/** All of it given here, so that a default changed elsewhere does not change every script. */
const TIMING = {
  heartbeatMs: 50,
  silenceMs: 500,
  establishMs: 5000,
  finalizeWaitMs: 100,
  announceMinMs: 200,
  announceMaxMs: 1000,
  sessionExpiryIntervalMs: 500,
};
const LONG_MS = 20_000;

/** They come with every heartbeat, or tell of the bus: shown where a script asks for them. */
const BACKGROUND: readonly MessageType[] = ['PING', 'PONG', 'HOLD', 'CREDIT'];

interface Loss {
  readonly type: string;
  readonly from: number;
  readonly to: number | undefined;
}

/** An ensemble whose every step is written down, and what a script may do to it. */
export class Stage {
  readonly ensemble: Ensemble;
  readonly transcript: Transcript;
  readonly visitors: Visitors;
  readonly #onlookers = new Map<number, Onlooker>();
  readonly #hidden = new Set<string>(BACKGROUND);
  readonly #cuts = new Set<string>();
  readonly #losses: Loss[] = [];
  readonly #lost = new Set<Traffic>();
  #notesSeen = 0;

  constructor(options: StageOptions) {
    const { size, observers, checkpointChanges: changes, retainTxns } = options;
    this.ensemble = new Ensemble({
      size,
      observers,
      networkMs: () => NETWORK_MS,
      diskMs: () => DISK_MS,
      settings: {
        timing: TIMING,
        sessions: { minTimeoutMs: 1000, maxTimeoutMs: 20_000, patienceMs: 1000 },
        checkpoint: { intervalMs: NEVER_MS, changes, retainTxns },
      },
    });
    this.transcript = new Transcript(() => this.ensemble.loop.nowMs);
    this.visitors = new Visitors(this.ensemble, this.transcript);
    this.ensemble.network.watch((traffic) => this.#hear(traffic));
    this.ensemble.network.loses = (traffic) => this.#lost.has(traffic);
  }

  // --- members

  start(member: number): void {
    this.ensemble.start(member);
    this.#onlookers.set(member, new Onlooker(this.ensemble, member, this.transcript));
  }

  crash(member: number, survivors: number): void {
    this.ensemble.crash(member, { log: survivors });
    this.#onlookers.delete(member);
    this.transcript.add(member, 'crashes');
  }

  // --- the network

  show(types: readonly string[]): void {
    for (const type of types) this.#hidden.delete(type);
  }

  hide(types: readonly string[]): void {
    for (const type of types) this.#hidden.add(type);
  }

  cut(from: number, to: number): void {
    this.#cuts.add(`${from} ${to}`);
    this.ensemble.network.cut(from, to);
  }

  heal(): void {
    this.#cuts.clear();
    this.ensemble.network.heal();
  }

  /** The next such message, and all that leaves in one bus message with it, does not arrive. */
  lose(loss: Loss): void {
    this.#losses.push(loss);
  }

  #hear(traffic: Traffic): void {
    const { from, to, message } = traffic;
    this.look();
    const at = this.#losses.findIndex(
      (loss) =>
        loss.type === message.type &&
        loss.from === from &&
        (loss.to === undefined || loss.to === to),
    );
    if (at >= 0) {
      this.#losses.splice(at, 1);
      this.#lost.add(traffic);
    }
    if (this.#hidden.has(message.type)) return;
    const fate = at >= 0 ? ' (lost)' : this.#fateText(from, to);
    this.transcript.add(`${from}->${to ?? 'all'}`, `${messageText(message)}${fate}`);
  }

  #fateText(from: number, to: number | undefined): string {
    const { ensemble } = this;
    const isCut = (member: number) => this.#cuts.has(`${from} ${member}`);
    if (to !== undefined) {
      if (!ensemble.isRunning(to)) return ' (nobody is there)';
      return isCut(to) ? ' (cut off)' : '';
    }
    const missed = ensemble.running.filter(isCut);
    return missed.length === 0 ? '' : ` (not to ${missed.join(', ')})`;
  }

  // --- time

  /** Looks at everything, and writes down what is new. */
  look(): void {
    for (const onlooker of this.#onlookers.values()) onlooker.look();
    this.#lookAtNotes();
  }

  run(forMs: number): void {
    const endMs = this.ensemble.loop.nowMs + forMs;
    while (this.ensemble.loop.step(endMs)) this.#lookAtAll();
  }

  until(condition: () => boolean, what: string): void {
    const seen = () => {
      this.#lookAtAll();
      return condition();
    };
    this.ensemble.until(seen, what, LONG_MS);
  }

  #lookAtAll(): void {
    this.look();
    this.visitors.look();
  }

  /** What a member warns of says why it gives something up. */
  #lookAtNotes(): void {
    const { notes } = this.ensemble;
    for (const note of notes.slice(this.#notesSeen)) {
      const [, member, text] = /^\S+ (\d+) warn (.*)$/.exec(note) ?? [];
      if (member !== undefined && text !== undefined) this.transcript.add(member, `warns: ${text}`);
    }
    this.#notesSeen = notes.length;
  }
}
