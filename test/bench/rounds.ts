import type { Progress } from './progress.ts';
import { outcomeLine } from './report.ts';
import type { PeerName, Row, Setting } from './row.ts';
import type { RawOutcome, RowResult } from './row-result.ts';
import type { Stage } from './stage.ts';
import { figure } from './table.ts';

/** What rounds need of a stage. */
export type PeerStage = Pick<Stage, 'start' | 'stop' | 'stopAll' | 'play' | 'idleShares'>;

export interface RoundsOptions {
  readonly rounds: number;
  /** Those that are measured at all, Vivarium first. */
  readonly peers: readonly PeerName[];
}

/** Longer than any play takes: whatever hangs ends there, and the other rows are still measured. */
const PLAY_LIMIT_MS = 45 * 60_000;
/** Of what a server has logged; the rest is in its directory, until the run ends. */
const MESSAGE_MAX = 600;

/** Measures rows: those of one setting on the same members, the peers in turns, the other way round in every other round. */
export class Rounds {
  readonly #options: RoundsOptions;
  readonly #newStage: (setting: Setting) => PeerStage;
  readonly #progress: Progress;
  readonly #say: (line: string) => void;
  readonly #outcomes = new Map<Row, RawOutcome[]>();

  constructor(
    options: RoundsOptions,
    newStage: (setting: Setting) => PeerStage,
    progress: Progress,
    say: (line: string) => void,
  ) {
    this.#options = options;
    this.#newStage = newStage;
    this.#progress = progress;
    this.#say = say;
  }

  async run(rows: readonly Row[]): Promise<RowResult[]> {
    for (const some of bySetting(rows)) {
      const [first] = some;
      if (first === undefined) continue;
      const stage = this.#newStage(first.setting);
      try {
        await this.#runSetting(stage, some, first.setting.lasts);
      } finally {
        await stage.stopAll();
      }
    }
    return rows.map((row) => ({ row, outcomes: this.#outcomes.get(row) ?? [] }));
  }

  async #runSetting(stage: PeerStage, rows: readonly Row[], lasts: Row['setting']['lasts']) {
    const rounds = Math.max(...rows.map((row) => this.#roundsOf(row)));
    const peers = this.#options.peers.filter((peer) =>
      rows.some((row) => row.peers.includes(peer)),
    );
    const running = lasts === 'run' ? await this.#startAll(stage, peers, rows) : peers;
    if (lasts === 'run') await this.#sayIdle(stage, running);
    for (let round = 1; round <= rounds; round += 1) {
      // Whoever comes second finds the machine as the first has left it: they take turns.
      const order = round % 2 === 1 ? running : [...running].reverse();
      const due = rows.filter((row) => round <= this.#roundsOf(row));
      if (lasts === 'round') await this.#playByPeer(stage, due, order, round);
      else
        for (const row of due) for (const peer of order) await this.#play(stage, row, peer, round);
    }
  }

  /** Those that run side by side take this from each other while one of them is measured. */
  async #sayIdle(stage: PeerStage, peers: readonly PeerName[]): Promise<void> {
    const used = await this.#progress.during('everybody is idle', () => stage.idleShares(peers));
    const shares = peers.map(
      (peer, index) => `${peer} ${figure((used[index] ?? Number.NaN) * 100)} %`,
    );
    this.#say(`  of a processor: ${shares.join(', ')}`);
  }

  /** Each peer runs for its own rows only, so that the others leave it the machine. */
  async #playByPeer(
    stage: PeerStage,
    rows: readonly Row[],
    order: readonly PeerName[],
    round: number,
  ) {
    for (const peer of order) {
      const running = await this.#startAll(stage, [peer], rows);
      for (const row of rows) {
        if (running.length > 0) await this.#play(stage, row, peer, round);
      }
      await stage.stop(peer);
    }
  }

  /** Those that could be started; the others have failed in all their rows. */
  async #startAll(stage: PeerStage, peers: readonly PeerName[], rows: readonly Row[]) {
    const running: PeerName[] = [];
    for (const peer of peers) {
      try {
        await this.#progress.during(`${peer} starts`, () => stage.start(peer));
        running.push(peer);
      } catch (error) {
        this.#say(`${peer} could not be started: ${messageOf(error)}`);
        for (const row of rows.filter((one) => one.peers.includes(peer))) {
          this.#keep(row, failedOutcome(peer, 1, error));
        }
      }
    }
    return running;
  }

  async #play(stage: PeerStage, row: Row, peer: PeerName, round: number): Promise<void> {
    if (!row.peers.includes(peer)) return;
    const what = `${row.name}, round ${round} of ${this.#roundsOf(row)}, ${peer}`;
    const work = async () => {
      const played = await within(PLAY_LIMIT_MS, stage.play(row, peer));
      return { ...played, peer, round };
    };
    const outcome = await this.#progress
      .during(what, work)
      .catch((error: unknown) => failedOutcome(peer, round, error));
    this.#keep(row, outcome);
    this.#say(`  ${outcomeLine(outcome)}`);
  }

  #roundsOf({ roundsMax = Number.POSITIVE_INFINITY }: Row): number {
    return Math.min(this.#options.rounds, roundsMax);
  }

  #keep(row: Row, outcome: RawOutcome): void {
    this.#outcomes.set(row, [...(this.#outcomes.get(row) ?? []), outcome]);
  }
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${limitMs} ms`)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function failedOutcome(peer: PeerName, round: number, error: unknown): RawOutcome {
  const disqualified = `FAILED: ${messageOf(error)}`;
  return { peer, round, figures: {}, disqualified, notes: [], measurements: [] };
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : '';
  return `${text} ${cause}`
    .trim()
    .replace(/\s*\n\s*/g, ' | ')
    .slice(0, MESSAGE_MAX);
}

/** Rows that stand on the same members, together; in the order in which the first of each came. */
export function bySetting(rows: readonly Row[]): Row[][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = row.setting.lasts === 'row' ? `row ${row.name}` : JSON.stringify(row.setting);
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups.values()];
}
