/** What the watch needs of a connection. */
export interface Pingable {
  stats(): { readonly inBytes: number };
  /** Settles when the server has answered. */
  flush(): Promise<void>;
}

/** A server that was pinged and said nothing at all for so many whole intervals is given up. */
const SILENT_INTERVALS = 2;

/**
 * Finds out about a server that stands still, or a path to it that swallows everything: neither closes a connection.
 * A server that is busy sending is not silent, even if its answer to the ping waits behind the rest. Intervals are
 * counted, not time: while this process itself stands still none passes, so it does not blame the server for its own
 * stall.
 */
export class SilenceWatch {
  readonly #connection: Pingable;
  readonly #silent: () => void;
  readonly #timer: NodeJS.Timeout;
  #waiting = false;
  #silentIntervals = 0;
  #inBytes = 0;

  constructor(connection: Pingable, pingIntervalMs: number, silent: () => void) {
    this.#connection = connection;
    this.#silent = silent;
    this.#timer = setInterval(() => this.#look(), pingIntervalMs);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { inBytes } = this.#connection.stats();
    const heard = !this.#waiting || inBytes !== this.#inBytes;
    this.#silentIntervals = heard ? 0 : this.#silentIntervals + 1;
    this.#inBytes = inBytes;
    if (this.#silentIntervals >= SILENT_INTERVALS) this.#silent();
    else if (!this.#waiting) this.#ping();
  }

  #ping(): void {
    this.#waiting = true;
    const answered = (): void => {
      this.#waiting = false;
    };
    this.#connection.flush().then(answered, answered);
  }
}
