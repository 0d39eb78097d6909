const EVERY_MS = 5000;

/** Says what is under way, at its beginning and every few seconds until something else is. */
export class Progress {
  readonly #say: (line: string) => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  async during<T>(what: string, work: () => Promise<T>): Promise<T> {
    const begunMs = performance.now();
    this.#say(`${what} …`);
    this.end();
    this.#timer = setInterval(() => {
      this.#say(`${what} … ${Math.round((performance.now() - begunMs) / 1000)} s`);
    }, EVERY_MS);
    try {
      return await work();
    } finally {
      this.end();
    }
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
