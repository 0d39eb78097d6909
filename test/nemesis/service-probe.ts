import { setTimeout as sleep } from 'node:timers/promises';
import { ClientSession } from './client-session.ts';
import type { Recorder } from './recorder.ts';
import { RecordingConnection, type Target } from './recording-connection.ts';

const ANSWER_MS = 1000;
const RETRY_MS = 20;
const TIMEOUT_MS = 4000;

/** Asks, with new connections, whether a write is acknowledged through a member. */
export class ServiceProbe {
  readonly #recorder: Recorder;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  /**
   * From `sinceMs` (of `performance.now()`) to the moment at which a write has been acknowledged through each of the
   * members, ms; `undefined` when that has not come within `withinMs`.
   */
  async throughAll(
    targets: readonly Target[],
    sinceMs: number,
    withinMs: number,
  ): Promise<number | undefined> {
    const deadlineMs = performance.now() + withinMs;
    const times = await Promise.all(targets.map((target) => this.#through(target, deadlineMs)));
    if (times.includes(undefined)) return undefined;
    return Math.max(...times.map((time) => time ?? 0)) - sinceMs;
  }

  async #through(target: Target, deadlineMs: number): Promise<number | undefined> {
    while (performance.now() < deadlineMs) {
      const session = new ClientSession(TIMEOUT_MS);
      const connection = await RecordingConnection.open(this.#recorder, target, session, ANSWER_MS);
      if (typeof connection !== 'string') {
        const late = setTimeout(() => connection.drop(), ANSWER_MS);
        const data = `probe ${session.id}`;
        const answer = await connection.request({ op: 'setData', path: '/', data, version: -1 });
        clearTimeout(late);
        if (answer?.code === 0) {
          const atMs = performance.now();
          void connection.request({ op: 'closeSession' }).then(() => connection.drop());
          return atMs;
        }
        connection.drop();
      }
      await sleep(RETRY_MS);
    }
    return undefined;
  }
}
