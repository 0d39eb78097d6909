/** What was seen, each line behind the time since the commands began, in ms. */
export class Transcript {
  readonly #nowMs: () => number;
  #beganMs = 0;
  #lines: string[] = [];
  /** While it is quiet nothing is written down: what happens is no matter of the script. */
  isQuiet = false;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  begin(): void {
    this.#beganMs = this.#nowMs();
    this.#lines = [];
  }

  /** @param actor who does or undergoes it: a member, two of them, or a client */
  add(actor: string | number, text: string): void {
    const ms = String(this.#nowMs() - this.#beganMs).padStart(4);
    this.tell([`${ms}  ${String(actor).padEnd(6)} ${text}`]);
  }

  /** Lines that have no time: the answer to a question about the state of things. */
  tell(lines: readonly string[]): void {
    if (!this.isQuiet) this.#lines.push(...lines);
  }

  /** Everything since `begin`. */
  get lines(): readonly string[] {
    return this.#lines;
  }
}
