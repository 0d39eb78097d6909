import type { Txn } from '../znode/txn.ts';
import type { ForwardedRequest } from './message.ts';

/**
 * Clients that ask again as soon as they are answered. Without them the leader would propose what the others asked
 * meanwhile, and these would come just behind it: two groups that take turns, and pay for two batches where one would do.
 *
 * Who has come back while the next batch was under way is expected to do so again, until it once does not: whoever
 * writes now and then is waited for by nobody.
 */
export class ReturningClients {
  /** Sessions that came back the last time. */
  readonly #prompt = new Set<number>();
  /** Sessions of the batch that was committed last, as long as they have not asked again. */
  readonly #absent = new Set<number>();
  /** Those of the absent that have only just been opened. They behave as the newcomers before them did. */
  readonly #newcomers = new Set<number>();
  #areNewcomersPrompt = false;
  /** How many of the absent are prompt. */
  #expected = 0;

  get areExpected(): boolean {
    return this.#expected > 0;
  }

  /** A batch is committed: whoever has not asked again since the batch before it will not be waited for. */
  answered(txns: readonly Txn[]): void {
    this.giveUp();
    for (const { sessionId, body } of txns) {
      if (body.type === 'closeSession') {
        this.#prompt.delete(sessionId);
        continue;
      }
      this.#absent.add(sessionId);
      if (body.type !== 'createSession') continue;
      this.#newcomers.add(sessionId);
      if (this.#areNewcomersPrompt) this.#prompt.add(sessionId);
    }
    for (const sessionId of this.#absent) if (this.#prompt.has(sessionId)) this.#expected += 1;
  }

  /** @param isBusy a batch is under way: coming back that soon is what makes a client worth waiting for */
  asked(requests: readonly ForwardedRequest[], isBusy: boolean): void {
    for (const { sessionId } of requests) {
      if (!this.#absent.delete(sessionId)) continue;
      const isNewcomer = this.#newcomers.delete(sessionId);
      if (this.#prompt.has(sessionId)) this.#expected -= 1;
      else if (isBusy) {
        this.#prompt.add(sessionId);
        if (isNewcomer) this.#areNewcomersPrompt = true;
      }
    }
  }

  /** They were waited for long enough. */
  giveUp(): void {
    for (const sessionId of this.#absent) this.#prompt.delete(sessionId);
    if (this.#newcomers.size > 0) this.#areNewcomersPrompt = false;
    this.#absent.clear();
    this.#newcomers.clear();
    this.#expected = 0;
  }
}
